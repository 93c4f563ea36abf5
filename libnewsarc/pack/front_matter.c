/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/front_matter.h"

#include <string.h>
#include <yaml.h>

/* ---- values --------------------------------------------------------------------------- */

enum known_key { KEY_OTHER, KEY_TITLE, KEY_DATE, KEY_CATEGORIES, KEY_TAGS, KEY_TIMEZONE };

static enum known_key key_of(const char *key, size_t size)
{
	static const struct {
		const char *name;
		enum known_key key;
	} known[] = {
		{ "title", KEY_TITLE },           { "date", KEY_DATE },
		{ "categories", KEY_CATEGORIES }, { "category", KEY_CATEGORIES },
		{ "tags", KEY_TAGS },             { "tag", KEY_TAGS },
		{ "timezone", KEY_TIMEZONE },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i].name) == size && memcmp(known[i].name, key, size) == 0)
			return known[i].key;
	return KEY_OTHER;
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void trim(const uint8_t **text, size_t *size)
{
	while (*size && is_space(**text)) {
		(*text)++;
		(*size)--;
	}
	while (*size && is_space((*text)[*size - 1]))
		(*size)--;
}

static bool list_has(const struct byte_buffer *list, const uint8_t *name, size_t size)
{
	const uint8_t *place = list->data;
	const uint8_t *end = place ? place + list->size : place;

	while (place < end) {
		const uint8_t *stop = memchr(place, '\n', (size_t)(end - place));
		size_t length = (size_t)((stop ? stop : end) - place);

		if (length == size && memcmp(place, name, size) == 0)
			return true;
		place += length + 1;
	}
	return false;
}

/* Adds a name to a list, once. Line ends in it become spaces, NULs end it, for neither can
 * stand in a list of names. */
static void add_to_list(struct byte_buffer *list, const uint8_t *name, size_t size)
{
	const uint8_t *nul = memchr(name, '\0', size);
	struct byte_buffer cleaned = BYTE_BUFFER_EMPTY;

	byte_buffer_append(&cleaned, name, nul ? (size_t)(nul - name) : size);
	for (size_t i = 0; i < cleaned.size; i++)
		if (cleaned.data[i] == '\n')
			cleaned.data[i] = ' ';
	name = cleaned.data;
	size = cleaned.size;
	trim(&name, &size);
	if (size && !list_has(list, name, size)) {
		if (list->size)
			byte_buffer_append_u8(list, '\n');
		byte_buffer_append(list, name, size);
	}
	list->failed |= cleaned.failed;
	byte_buffer_free(&cleaned);
}

/* A string of several names, as Jekyll takes it: separated by white space. */
static void add_words(struct byte_buffer *list, const uint8_t *text, size_t size)
{
	size_t start = 0;

	for (size_t i = 0; i <= size; i++) {
		if (i < size && !is_space(text[i]) && text[i] != '\n')
			continue;
		add_to_list(list, text + start, i - start);
		start = i + 1;
	}
}

static struct byte_buffer *list_of(struct front_matter *matter, enum known_key key)
{
	if (key == KEY_CATEGORIES)
		return &matter->categories;
	return key == KEY_TAGS ? &matter->tags : NULL;
}

static struct byte_buffer *text_of(struct front_matter *matter, enum known_key key)
{
	switch (key) {
	case KEY_TITLE:
		return &matter->title;
	case KEY_DATE:
		return &matter->date;
	case KEY_TIMEZONE:
		return &matter->timezone;
	default:
		return NULL;
	}
}

/* Sets a key to a scalar. The last one counts where a key comes twice, as in YAML. */
static void set_scalar(struct front_matter *matter, enum known_key key, const uint8_t *value,
		       size_t size)
{
	struct byte_buffer *list = list_of(matter, key);
	struct byte_buffer *text = text_of(matter, key);

	if (list) {
		byte_buffer_clear(list);
		add_words(list, value, size);
	} else if (text) {
		byte_buffer_clear(text);
		byte_buffer_append(text, value, size);
	}
}

static void clear(struct front_matter *matter)
{
	byte_buffer_clear(&matter->title);
	byte_buffer_clear(&matter->date);
	byte_buffer_clear(&matter->categories);
	byte_buffer_clear(&matter->tags);
	byte_buffer_clear(&matter->timezone);
	matter->end = 0;
	matter->problem = NULL;
	matter->problem_line = 0;
	matter->failed = false;
}

/* Gathers what failed in the parts. */
static void note_failures(struct front_matter *matter)
{
	matter->failed |= matter->title.failed || matter->date.failed ||
			  matter->categories.failed || matter->tags.failed ||
			  matter->timezone.failed;
}

void front_matter_free(struct front_matter *matter)
{
	byte_buffer_free(&matter->title);
	byte_buffer_free(&matter->date);
	byte_buffer_free(&matter->categories);
	byte_buffer_free(&matter->tags);
	byte_buffer_free(&matter->timezone);
}

/* ---- by libyaml ------------------------------------------------------------------------- */

/* What the events so far mean: depth 1 is inside of the top mapping. */
struct yaml_walk {
	struct front_matter *matter;
	unsigned depth;
	bool expects_value;
	enum known_key key; /* of the value that is expected, or whose list this is */
};

/* Notes why this is not YAML; line is the parser's, which counts from 0. False. */
static bool refuse(struct front_matter *matter, const char *problem, size_t line)
{
	matter->problem = problem;
	matter->problem_line = line + 1;
	return false;
}

static bool take_scalar(struct yaml_walk *walk, const yaml_event_t *event)
{
	const uint8_t *value = event->data.scalar.value;
	size_t size = event->data.scalar.length;

	if (walk->depth == 0)
		return refuse(walk->matter, "there are no keys with values",
			      event->start_mark.line);
	if (walk->depth == 1 && !walk->expects_value) {
		walk->key = key_of((const char *)value, size);
		walk->expects_value = true;
	} else if (walk->depth == 1) {
		set_scalar(walk->matter, walk->key, value, size);
		walk->expects_value = false;
	} else if (walk->depth == 2 && list_of(walk->matter, walk->key)) {
		add_to_list(list_of(walk->matter, walk->key), value, size);
	}
	return true;
}

static bool take_start(struct yaml_walk *walk, const yaml_event_t *event)
{
	const bool is_mapping = event->type == YAML_MAPPING_START_EVENT;
	struct byte_buffer *list = list_of(walk->matter, walk->key);

	if (walk->depth == 0 && !is_mapping)
		return refuse(walk->matter, "there is a list, and no keys with values",
			      event->start_mark.line);
	if (walk->depth == 1 && !walk->expects_value)
		return refuse(walk->matter, "a key is a list or a mapping",
			      event->start_mark.line);
	if (walk->depth == 1 && list && !is_mapping)
		byte_buffer_clear(list);
	else if (walk->depth == 1)
		walk->key = KEY_OTHER;
	walk->depth++;
	return true;
}

static bool take_event(struct yaml_walk *walk, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return take_scalar(walk, event);
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		return take_start(walk, event);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		walk->depth--;
		if (walk->depth == 1)
			walk->expects_value = false;
		return true;
	case YAML_ALIAS_EVENT:
		/* A title that starts with "*", for nobody gives anchors to posts. */
		return refuse(walk->matter, "a value starts with \"*\", and is not quoted",
			      event->start_mark.line);
	default:
		return true;
	}
}

/* Notes what libyaml says of a text that it cannot read. Of bytes that are no characters it gives
 * the place, and not the line. */
static void note_refusal(struct front_matter *matter, const yaml_parser_t *parser,
			 const uint8_t *text, size_t size)
{
	size_t line = parser->problem_mark.line;

	if (parser->error == YAML_READER_ERROR) {
		line = 0;
		for (size_t i = 0; i < size && i < parser->problem_offset; i++)
			line += text[i] == '\n';
	}
	refuse(matter, parser->problem, line);
}

static bool parse_by_yaml(struct front_matter *matter, const uint8_t *text, size_t size)
{
	struct yaml_walk walk = { .matter = matter };
	yaml_parser_t parser;
	bool good = true;
	bool ended = false;

	if (!yaml_parser_initialize(&parser)) {
		matter->failed = true;
		return false;
	}
	yaml_parser_set_input_string(&parser, text, size);
	while (good && !ended) {
		yaml_event_t event;

		if (!yaml_parser_parse(&parser, &event)) {
			/* libyaml does not always say that memory ran out. */
			matter->failed = parser.error != YAML_READER_ERROR &&
					 parser.error != YAML_SCANNER_ERROR &&
					 parser.error != YAML_PARSER_ERROR;
			note_refusal(matter, &parser, text, size);
			good = false;
			break;
		}
		good = take_event(&walk, &event);
		ended = event.type == YAML_STREAM_END_EVENT ||
			event.type == YAML_DOCUMENT_END_EVENT;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return good;
}

/* ---- line by line ------------------------------------------------------------------------- */

static void unquote(const uint8_t **text, size_t *size)
{
	trim(text, size);
	if (*size >= 2 && ((*text)[0] == '"' || (*text)[0] == '\'') &&
	    (*text)[*size - 1] == (*text)[0]) {
		(*text)++;
		*size -= 2;
	}
}

/* "[a, b]" */
static void set_bracketed(struct byte_buffer *list, const uint8_t *text, size_t size)
{
	size_t start = 0;

	byte_buffer_clear(list);
	for (size_t i = 0; i <= size; i++) {
		const uint8_t *name = text + start;
		size_t length = i - start;

		if (i < size && text[i] != ',')
			continue;
		unquote(&name, &length);
		add_to_list(list, name, length);
		start = i + 1;
	}
}

static void set_lenient(struct front_matter *matter, enum known_key key, const uint8_t *value,
			size_t size)
{
	struct byte_buffer *list = list_of(matter, key);

	trim(&value, &size);
	if (list && size >= 2 && value[0] == '[' && value[size - 1] == ']') {
		set_bracketed(list, value + 1, size - 2);
		return;
	}
	unquote(&value, &size);
	set_scalar(matter, key, value, size);
}

/* Splits "key: value"; false if the line is not of that form. */
static bool split_line(const uint8_t *line, size_t size, size_t *key_size)
{
	const uint8_t *colon = memchr(line, ':', size);

	if (!colon || colon == line || is_space(line[0]) || line[0] == '-' || line[0] == '#')
		return false;
	*key_size = (size_t)(colon - line);
	for (size_t i = 0; i < *key_size; i++)
		if (line[i] == '<' || line[i] == '>' || line[i] == '"')
			return false;
	return *key_size + 1 == size || is_space(line[*key_size + 1]);
}

/* Takes one line; *key is the key whose list "- name" lines go on with. */
static bool take_line(struct front_matter *matter, const uint8_t *line, size_t size,
		      enum known_key *key)
{
	struct byte_buffer *list = list_of(matter, *key);
	const uint8_t *item = line;
	size_t item_size = size;
	size_t key_size;

	if (split_line(line, size, &key_size)) {
		*key = key_of((const char *)line, key_size);
		set_lenient(matter, *key, line + key_size + 1, size - key_size - 1);
		return true;
	}
	trim(&item, &item_size);
	if (item_size == 0 || item[0] != '-')
		return false;
	item++;
	item_size--;
	unquote(&item, &item_size);
	if (list)
		add_to_list(list, item, item_size);
	return true;
}

static size_t line_size(const uint8_t *text, size_t size)
{
	const uint8_t *end = memchr(text, '\n', size);

	return end ? (size_t)(end - text) : size;
}

/* Reads lines; with until_other, only up to the first that is none of a header. Returns the size
 * of what was read. */
static size_t parse_by_line(struct front_matter *matter, const uint8_t *text, size_t size,
			    bool until_other)
{
	const struct front_matter before = *matter;
	enum known_key key = KEY_OTHER;
	size_t place = 0;

	clear(matter);
	matter->problem = before.problem;
	matter->problem_line = before.problem_line;
	matter->failed = before.failed;
	while (place < size) {
		size_t length = line_size(text + place, size - place);

		if (!take_line(matter, text + place, length, &key) && until_other)
			break;
		place += length + (length < size - place);
	}
	return place;
}

/* ---- finding it --------------------------------------------------------------------------- */

/* Whether a line is mark, three characters, and nothing else but white space. */
static bool is_mark(const uint8_t *line, size_t size, const char *mark)
{
	if (size < 3 || memcmp(line, mark, 3) != 0)
		return false;
	for (size_t i = 3; i < size; i++)
		if (!is_space(line[i]))
			return false;
	return true;
}

/* The size of the lines up to the closing one, and with it; false if there is none. */
static bool find_close(const uint8_t *text, size_t size, size_t *header_size, size_t *whole_size)
{
	size_t place = 0;

	while (place < size) {
		size_t length = line_size(text + place, size - place);

		if (is_mark(text + place, length, "---") || is_mark(text + place, length, "...")) {
			*header_size = place;
			*whole_size = place + length + (length < size - place);
			return true;
		}
		place += length + 1;
	}
	return false;
}

bool front_matter_parse(struct front_matter *matter, const uint8_t *text, size_t size)
{
	static const uint8_t byte_order_mark[3] = { 0xef, 0xbb, 0xbf };
	const uint8_t *start = text;
	size_t first, header_size, end;

	clear(matter);
	if (size >= 3 && memcmp(text, byte_order_mark, 3) == 0) {
		text += 3;
		size -= 3;
	}
	first = line_size(text, size);
	if (!is_mark(text, first, "---") || first == size)
		return false;
	text += first + 1;
	size -= first + 1;
	if (!find_close(text, size, &header_size, &end)) {
		refuse(matter, "no line \"---\" ends it", 0);
		end = parse_by_line(matter, text, size, true);
	} else if (!parse_by_yaml(matter, text, header_size)) {
		matter->problem_line++; /* the first line is "---" */
		parse_by_line(matter, text, header_size, false);
	}
	matter->end = (size_t)(text - start) + end;
	note_failures(matter);
	return true;
}

void front_matter_parse_yaml(struct front_matter *matter, const uint8_t *text, size_t size)
{
	clear(matter);
	if (!parse_by_yaml(matter, text, size))
		parse_by_line(matter, text, size, false);
	note_failures(matter);
}
