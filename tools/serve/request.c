/* SPDX-License-Identifier: BSD-2-Clause */
#include "request.h"

#include <stdlib.h>
#include <string.h>

#include "../command.h"
#include "html.h"

static int hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

/* Decodes a text in its place. False if there is an escape that is none, or a control character,
 * which could end a line of a header or a log. */
static bool decode(char *text, bool plus_is_blank)
{
	char *out = text;

	for (; *text; text++) {
		char byte = *text;

		if (byte == '+' && plus_is_blank) {
			byte = ' ';
		} else if (byte == '%') {
			int high = hex_value(text[1]);
			int low = high < 0 ? -1 : hex_value(text[2]);

			if (low < 0)
				return false;
			byte = (char)(high << 4 | low);
			text += 2;
		}
		if ((unsigned char)byte < 0x20 || byte == 0x7f)
			return false;
		*out++ = byte;
	}
	*out = '\0';
	return true;
}

static enum target_status parse_path(char *path, struct target *target)
{
	if (*path != '/')
		return TARGET_BAD;
	while (path) {
		char *segment = path + 1;

		path = strchr(segment, '/');
		if (path)
			*path = '\0';
		target->ends_with_slash = *segment == '\0';
		if (target->ends_with_slash && !path)
			break;
		if (!decode(segment, false))
			return TARGET_BAD;
		if (target->segment_count == REQUEST_SEGMENTS)
			return TARGET_TOO_DEEP;
		target->segments[target->segment_count++] = segment;
	}
	return TARGET_OK;
}

static enum target_status parse_query(char *query, struct target *target)
{
	while (query) {
		char *name = query;
		char *value;

		query = strchr(name, '&');
		if (query)
			*query++ = '\0';
		if (*name == '\0')
			continue;
		value = strchr(name, '=');
		if (value)
			*value++ = '\0';
		else
			value = name + strlen(name);
		if (!decode(name, true) || !decode(value, true))
			return TARGET_BAD;
		if (target->parameter_count == REQUEST_PARAMETERS)
			return TARGET_TOO_MANY;
		target->parameters[target->parameter_count++] =
			(struct parameter){ name, value };
	}
	return TARGET_OK;
}

enum target_status target_parse(const char *text, struct target *target)
{
	enum target_status status;
	char *query;

	*target = (struct target){ .text = strdup(text) };
	if (!target->text)
		return TARGET_NO_MEMORY;
	query = strchr(target->text, '?');
	if (query)
		*query++ = '\0';
	status = parse_path(target->text, target);
	return status == TARGET_OK ? parse_query(query, target) : status;
}

void target_free(struct target *target)
{
	free(target->text);
	target->text = NULL;
}

const char *target_parameter(const struct target *target, const char *name)
{
	for (size_t i = 0; i < target->parameter_count; i++)
		if (strcmp(target->parameters[i].name, name) == 0)
			return target->parameters[i].value;
	return NULL;
}

bool target_number(const struct target *target, const char *name, long least, long most,
		   long fallback, long *value)
{
	const char *text = target_parameter(target, name);

	*value = fallback;
	return !text || !*text || parse_number(text, least, most, value);
}

/* ---- addresses -------------------------------------------------------------------------- */

void target_put(struct text *out, const struct target *target, const char *without)
{
	for (size_t i = 0; i < target->segment_count; i++) {
		text_put(out, "/");
		html_url(out, target->segments[i]);
	}
	if (target->segment_count == 0)
		text_put(out, "/");
	for (size_t i = 0; i < target->parameter_count; i++) {
		const struct parameter *parameter = &target->parameters[i];

		if (strcmp(parameter->name, "lang") != 0 &&
		    (!without || strcmp(parameter->name, without) != 0))
			address_put(out, parameter->name, parameter->value);
	}
}

void address_put(struct text *out, const char *name, const char *value)
{
	bool has_query = out->size && memchr(out->bytes, '?', out->size);

	text_put(out, has_query ? "&" : "?");
	html_url(out, name);
	text_put(out, "=");
	html_url(out, value);
}
