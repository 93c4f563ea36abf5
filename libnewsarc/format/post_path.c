/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/post_path.h"

#include <string.h>

#include "format/limits.h"
#include "support/civil_time.h"

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool post_name_has_date(const char *name)
{
	static const char pattern[] = "dddd-dd-dd";

	for (size_t i = 0; i < POST_NAME_DATE_SIZE; i++) {
		bool digit = name[i] >= '0' && name[i] <= '9';

		if (pattern[i] == 'd' ? !digit : name[i] != '-')
			return false;
	}
	return true;
}

bool post_path_split(const char *path, const char **code, size_t *code_size)
{
	const char *name = last_component(path);
	const char *start, *dot;

	if (!post_name_has_date(name) || name[POST_NAME_DATE_SIZE] != '-')
		return false;
	start = name + POST_NAME_DATE_SIZE + 1;
	dot = strrchr(start, '.');
	*code = start;
	*code_size = dot ? (size_t)(dot - start) : strlen(start);
	return *code_size > 0;
}

bool post_path_is_regular(const char *path, const char *info_code)
{
	const char *code;
	size_t code_size;

	return post_path_split(path, &code, &code_size) &&
	       code_size == strlen(info_code) && memcmp(code, info_code, code_size) == 0;
}

size_t post_path_shape(const char *path, int64_t local_time, const char *code, char *shape,
		       const char **rest)
{
	const char *name = last_component(path);
	size_t prefix_size = (size_t)(name - path);
	char date[CIVIL_DATE_TEXT_SIZE];
	const char *suffix;
	size_t suffix_size;

	memcpy(shape, path, prefix_size);
	if (!post_path_is_regular(path, code) ||
	    civil_date_format(civil_date_of(local_time), date) != POST_NAME_DATE_SIZE ||
	    memcmp(name, date, POST_NAME_DATE_SIZE) != 0) {
		*rest = name;
		return prefix_size;
	}
	suffix = name + POST_NAME_DATE_SIZE + 1 + strlen(code);
	suffix_size = strlen(suffix);
	shape[prefix_size] = '\0';
	memcpy(shape + prefix_size + 1, suffix, suffix_size);
	*rest = "";
	return prefix_size + 1 + suffix_size;
}

bool post_path_is_storable(const char *path)
{
	size_t size = strlen(path);
	const char *component = path;

	if (size == 0 || size > PATH_SIZE_LIMIT)
		return false;
	for (;;) {
		size_t length = (size_t)(strchrnul(component, '/') - component);

		if (length == 0 || (length == 1 && component[0] == '.') ||
		    (length == 2 && component[0] == '.' && component[1] == '.'))
			return false;
		component += length;
		if (*component == '\0')
			return true;
		component++;
	}
}
