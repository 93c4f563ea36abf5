/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/post_code.h"

#include <string.h>

#include "format/post_path.h"

/* A file name holds a code if it is letters and at least this many digits: "init" is a
 * name, not a code. */
enum { NAME_CODE_DIGITS = 8 };

struct span {
	const uint8_t *start;
	size_t size;
};

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Whether c ends a link in a text: white space, control characters, brackets and quotes,
 * and everything that is not ASCII, which a link has to escape. */
static bool ends_link(uint8_t c)
{
	return c <= ' ' || c >= 0x7f || strchr("\"'<>()[]{}`\\|^", c) != NULL;
}

/* The code in a file name behind "YYYY-MM-DD-", behind "-", or at its start. */
static struct span code_in_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const char *dot = strrchr(name, '.');
	const char *end = dot && dot > name ? dot : name + strlen(name);
	const uint8_t *start;
	size_t size, letters = 0;

	if (post_name_has_date(name) && name[POST_NAME_DATE_SIZE] == '-')
		name += POST_NAME_DATE_SIZE + 1;
	else if (*name == '-')
		name++;
	if (name >= end)
		return (struct span){ 0 };
	start = (const uint8_t *)name;
	size = (size_t)(end - name);
	while (letters < size && is_letter(start[letters]))
		letters++;
	for (size_t i = letters; i < size; i++)
		if (!is_digit(start[i]))
			return (struct span){ 0 };
	if (size - letters < NAME_CODE_DIGITS || size > CODE_SIZE_LIMIT)
		return (struct span){ 0 };
	return (struct span){ start, size };
}

static bool same(struct span a, struct span b)
{
	return a.size == b.size && memcmp(a.start, b.start, a.size) == 0;
}

/* Goes through the places of needle in text that read turns into a code. */
static struct span find_in_links(const uint8_t *text, size_t size, const char *needle,
				 struct span (*read)(const uint8_t *text, size_t size,
						     const uint8_t *place),
				 struct span in_name)
{
	size_t needle_size = strlen(needle);
	const uint8_t *place = text;
	const uint8_t *end = text + size;
	struct span last = { 0 };

	while ((place = memmem(place, (size_t)(end - place), needle, needle_size))) {
		struct span found = read(text, size, place);

		if (found.size && in_name.size && same(found, in_name))
			return found;
		if (found.size)
			last = found;
		place += needle_size;
	}
	return last;
}

/* place is at "ode=" of "infoCode=VALUE". */
static struct span read_parameter(const uint8_t *text, size_t size, const uint8_t *place)
{
	const uint8_t *value = place + 4;
	const uint8_t *end = text + size;
	struct span code = { value, 0 };

	if (place - text < 6 ||
	    (memcmp(place - 5, "infoC", 5) != 0 && memcmp(place - 5, "infoc", 5) != 0) ||
	    !memchr("?&;#/", place[-6], 5))
		return (struct span){ 0 };
	while (value < end && !ends_link(*value) && !strchr("&#?;,", *value))
		value++;
	code.size = (size_t)(value - code.start);
	while (code.size && code.start[code.size - 1] == '.')
		code.size--; /* of the sentence */
	return code.size <= CODE_SIZE_LIMIT ? code : (struct span){ 0 };
}

/* Whether the link that reaches up to here starts like one: "http://", "//host", "/path". */
static bool is_link(const uint8_t *text, const uint8_t *end)
{
	const uint8_t *start = end;
	size_t size;

	while (start > text && !ends_link(start[-1]))
		start--;
	size = (size_t)(end - start);
	return (size >= 1 && start[0] == '/') ||
	       (size >= 7 && memcmp(start, "http://", 7) == 0) ||
	       (size >= 8 && memcmp(start, "https://", 8) == 0);
}

/* place is at ".html" of ",DIGITS.html". */
static struct span read_page(const uint8_t *text, size_t size, const uint8_t *place)
{
	const uint8_t *behind = place + 5;
	const uint8_t *start = place;

	if (behind < text + size && !ends_link(*behind))
		return (struct span){ 0 };
	while (start > text && is_digit(start[-1]))
		start--;
	if (start == place || start == text || start[-1] != ',' ||
	    place - start > CODE_SIZE_LIMIT || !is_link(text, start))
		return (struct span){ 0 };
	return (struct span){ start, (size_t)(place - start) };
}

void post_code_find(const char *path, const uint8_t *text, size_t size,
		    char code[CODE_SIZE_LIMIT + 1])
{
	struct span in_name = code_in_name(path);
	struct span found = find_in_links(text, size, "ode=", read_parameter, in_name);

	if (!found.size)
		found = find_in_links(text, size, ".html", read_page, in_name);
	if (!found.size)
		found = in_name;
	if (found.size)
		memcpy(code, found.start, found.size);
	code[found.size] = '\0';
}
