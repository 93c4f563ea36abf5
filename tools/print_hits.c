/* SPDX-License-Identifier: BSD-2-Clause */
#include "print_hits.h"

#include <string.h>

#include "characters.h"
#include "report.h"
#include "terminal.h"
#include "text_width.h"

static bool is_escaped(const struct hit_printer *printer)
{
	return printer->format->is_for_people || printer->format->has_colors;
}

static void begin_color(const struct hit_printer *printer, const char *color)
{
	if (printer->format->has_colors)
		fputs(color, stdout);
}

static void end_color(const struct hit_printer *printer)
{
	begin_color(printer, COLOR_END);
}

/* Of a line, or of a part of it. */
static void print_part(const struct hit_printer *printer, const char *text, size_t size)
{
	if (is_escaped(printer))
		print_lines(stdout, text, size);
	else
		fwrite(text, 1, size, stdout);
}

/* ---- names -------------------------------------------------------------------------------- */

static void print_name(const struct hit_printer *printer, const char *name)
{
	if (is_escaped(printer))
		print_string(stdout, name);
	else
		fputs(name, stdout);
}

/* "ARCHIVE:PATH", and what separates it from what follows. */
static void print_path(const struct hit_printer *printer, const struct narc_record *record,
		       char separator)
{
	begin_color(printer, COLOR_PATH);
	if (printer->format->names_archive) {
		print_name(printer, printer->archive);
		putchar(':');
	}
	print_name(printer, record->path);
	end_color(printer);
	putchar(printer->format->ends_paths_with_nul ? '\0' : separator);
}

/* The line above those of a record. */
static void print_heading(const struct hit_printer *printer, const struct narc_record *record)
{
	char date[DATE_TEXT_SIZE];

	if (printer->has_printed)
		putchar('\n');
	print_path(printer, record, ' ');
	if (*record->info_code) {
		putchar(' ');
		print_name(printer, record->info_code);
		putchar(' ');
	}
	printf(" %s\n", format_short_date(record->local_time, date));
}

/* What stands before the first line of a record. */
static void begin_record(struct hit_printer *printer, const struct narc_record *record)
{
	const struct hit_format *format = printer->format;

	if (printer->has_begun)
		return;
	if (format->is_for_people)
		print_heading(printer, record);
	else if (printer->has_printed && (format->before || format->after))
		puts("--");
	printer->has_begun = printer->has_printed = true;
}

/* What stands before a line: "PATH:DATE:CODE:LINE:" for programs, "LINE:" below a heading. */
static void print_prefix(struct hit_printer *printer, const struct narc_record *record,
			 uint64_t number, char separator)
{
	char date[DATE_TEXT_SIZE];

	begin_record(printer, record);
	if (!printer->format->is_for_people) {
		print_path(printer, record, separator);
		format_short_date(record->local_time, date);
		date[strcspn(date, " ")] = '\0';
		printf("%s%c", date, separator);
		print_name(printer, record->info_code);
		putchar(separator);
	}
	if (!printer->format->has_line_numbers)
		return;
	begin_color(printer, COLOR_NUMBER);
	printf("%llu", (unsigned long long)number);
	end_color(printer);
	putchar(separator);
}

/* ---- lines -------------------------------------------------------------------------------- */

/* The part of a line that is shown. */
struct window {
	size_t start;
	size_t end;
};

/* A tab stays one: it takes eight columns at most. */
static size_t shown_width(const char *text, size_t size, size_t *length)
{
	size_t width = character_width(text, size, length);

	return *text == '\t' ? 8 : width;
}

/* Where so many columns from start on end. */
static size_t skip_columns(const char *text, size_t size, size_t start, size_t columns)
{
	while (start < size) {
		size_t length;
		size_t width = shown_width(text + start, size - start, &length);

		if (width > columns)
			break;
		columns -= width;
		start += length;
	}
	return start;
}

/* Where a character begins, about so many columns before place. */
static size_t go_back(const char *text, size_t place, size_t columns)
{
	while (place > 0 && columns > 0) {
		size_t start = character_start(text, place, place - 1);
		size_t length;
		size_t width = shown_width(text + start, place - start, &length);

		place = start;
		columns -= width < columns ? width : columns;
	}
	return place;
}

/* Shows the neighbourhood of place if the line is too long: three quarters of it behind. */
static struct window choose_window(const struct hit_printer *printer, const char *line, size_t size,
				   size_t place)
{
	size_t columns = printer->format->columns;
	struct window window = { 0, size };

	if (columns == 0)
		return window;
	window.end = skip_columns(line, size, 0, columns);
	if (window.end == size || place < window.end - window.end / 4)
		return window;
	window.start = go_back(line, place, columns / 4);
	window.end = skip_columns(line, size, window.start, columns);
	return window;
}

static void print_match(const struct hit_printer *printer, const char *text, size_t size)
{
	begin_color(printer, COLOR_MATCH);
	print_part(printer, text, size);
	end_color(printer);
}

/* Prints the window with its matches, of which match is the first; returns how many are not in
 * it. */
static uint64_t print_marked(const struct hit_printer *printer, struct matcher *matcher,
			     const char *line, size_t size, struct window window,
			     struct match match)
{
	size_t place = window.start;
	uint64_t hidden = 0;

	do {
		size_t end = match.end < window.end ? match.end : window.end;

		if (match.start >= window.end) {
			hidden++;
			continue;
		}
		print_part(printer, line + place, match.start - place);
		print_match(printer, line + match.start, end - match.start);
		place = end;
	} while (find_in_line(matcher, line, size, match.end, &match, NULL) == NARC_OK);
	print_part(printer, line + place, window.end - place);
	return hidden;
}

/* Prints a line. matcher: NULL: nothing in it is marked. */
static void print_text_of_line(const struct hit_printer *printer, struct matcher *matcher,
			       const char *line, size_t size)
{
	struct match match = { 0, 0 };
	struct window window;
	uint64_t hidden = 0;
	bool is_marked;

	if (!is_escaped(printer) && !printer->format->columns) {
		fwrite(line, 1, size, stdout);
		putchar('\n');
		return;
	}
	if (is_escaped(printer))
		size -= size > 0 && line[size - 1] == '\r';
	is_marked = matcher && find_in_line(matcher, line, size, 0, &match, NULL) == NARC_OK;
	window = choose_window(printer, line, size, match.start);
	if (window.start > 0)
		fputs("\u2026", stdout);
	if (is_marked)
		hidden = print_marked(printer, matcher, line, size, window, match);
	else
		print_part(printer, line + window.start, window.end - window.start);
	if (window.end < size)
		fputs("\u2026", stdout);
	if (hidden)
		printf(" [%llu more %s]", (unsigned long long)hidden,
		       hidden == 1 ? "match" : "matches");
	putchar('\n');
}

/* ---- context ------------------------------------------------------------------------------ */

static size_t end_of_line(const struct search_hit *hit, size_t start)
{
	const char *end = memchr(hit->text + start, '\n', hit->size - start);

	return end ? (size_t)(end - hit->text) : hit->size;
}

/* Prints the next line of the text, which does not match. */
static void print_context_line(struct hit_printer *printer, const struct search_hit *hit)
{
	size_t end = end_of_line(hit, printer->printed);

	print_prefix(printer, hit->record, printer->number++, '-');
	print_text_of_line(printer, NULL, hit->text + printer->printed, end - printer->printed);
	printer->printed = end + 1;
}

/* Prints lines behind the last one that matched, up to place. */
static void print_after(struct hit_printer *printer, const struct search_hit *hit, size_t place)
{
	for (; printer->after > 0 && printer->printed < place; printer->after--)
		print_context_line(printer, hit);
}

/* Prints lines before one that matches. */
static void print_before(struct hit_printer *printer, const struct search_hit *hit,
			 const struct found_line *line)
{
	const struct hit_format *format = printer->format;
	size_t start = line->start;
	uint64_t lines = 0;

	while (lines < format->before && start > printer->printed) {
		const char *text = hit->text + printer->printed;
		const char *before = memrchr(text, '\n', start - 1 - printer->printed);

		start = before ? (size_t)(before + 1 - hit->text) : printer->printed;
		lines++;
	}
	/* What was left out between groups of lines is marked. */
	if ((format->before || format->after) && start > printer->printed && printer->has_lines)
		puts("--");
	printer->printed = start;
	printer->number = line->number - lines;
	while (printer->printed < line->start)
		print_context_line(printer, hit);
}

/* ---- records ------------------------------------------------------------------------------ */

static void print_binary(struct hit_printer *printer, const struct search_hit *hit)
{
	if (hit->goes_on)
		return;
	begin_record(printer, hit->record);
	if (printer->format->is_for_people) {
		puts("binary file matches");
	} else {
		print_path(printer, hit->record, ':');
		puts(" binary file matches");
	}
}

static void print_matches(struct hit_printer *printer, const struct search_hit *hit,
			  const struct found_line *line)
{
	const char *text = hit->text + line->start;
	struct match match = { 0, 0 };

	while (find_in_line(hit->matcher, text, line->size, match.end, &match, NULL) == NARC_OK) {
		print_prefix(printer, hit->record, line->number, ':');
		print_match(printer, text + match.start, match.end - match.start);
		putchar('\n');
	}
}

static void print_found_line(struct hit_printer *printer, const struct search_hit *hit,
			     const struct found_line *line)
{
	print_after(printer, hit, line->start);
	print_before(printer, hit, line);
	print_prefix(printer, hit->record, line->number, ':');
	print_text_of_line(printer, hit->matcher, hit->text + line->start, line->size);
	printer->printed = line->start + line->size + 1;
	printer->number = line->number + 1;
	printer->after = printer->format->after;
	printer->has_lines = true;
}

static void print_found_lines(struct hit_printer *printer, const struct search_hit *hit)
{
	if (!hit->goes_on) {
		printer->has_begun = printer->has_lines = false;
		printer->printed = 0;
		printer->number = 1;
		printer->after = 0;
	}
	if (hit->is_binary) {
		print_binary(printer, hit);
		return;
	}
	for (size_t i = 0; i < hit->line_count; i++)
		if (printer->format->output == OUTPUT_MATCHES)
			print_matches(printer, hit, &hit->lines[i]);
		else
			print_found_line(printer, hit, &hit->lines[i]);
	if (hit->is_last)
		print_after(printer, hit, hit->size);
}

/* ---- JSON --------------------------------------------------------------------------------- */

static void put_record(struct json_line *json, const struct hit_printer *printer,
		       const struct narc_record *record)
{
	char date[DATE_TEXT_SIZE];

	json_field_string(json, "{\"archive\":", printer->archive);
	json_field_string(json, ",\"path\":", record->path);
	json_field_string(json, ",\"info_code\":", record->info_code);
	json_field_string(json, ",\"date\":",
			  format_date(record->local_time, record->zone_minutes, date));
	json_field_number(json, ",\"version\":", record->version);
}

static void put_matches(struct json_line *json, const struct search_hit *hit,
			const struct found_line *line)
{
	const char *text = hit->text + line->start;
	const char *before = "";
	struct match match = { 0, 0 };

	json_put(json, ",\"matches\":[");
	while (find_in_line(hit->matcher, text, line->size, match.end, &match, NULL) == NARC_OK) {
		json_put(json, before);
		json_field_number(json, "{\"start\":", match.start);
		json_field_number(json, ",\"end\":", match.end);
		json_put(json, "}");
		before = ",";
	}
	json_put(json, "]");
}

static void print_json(const struct hit_printer *printer, const struct search_hit *hit)
{
	struct json_line json = { .out = stdout };

	for (size_t i = 0; i < hit->line_count && !hit->is_binary; i++) {
		const struct found_line *line = &hit->lines[i];

		put_record(&json, printer, hit->record);
		json_field_number(&json, ",\"line\":", line->number);
		json_field_number(&json, ",\"offset\":", line->start);
		json_put(&json, ",\"text\":");
		json_put_text(&json, hit->text + line->start, line->size);
		put_matches(&json, hit, line);
		json_put(&json, "}\n");
	}
	if (hit->is_binary && !hit->goes_on) {
		put_record(&json, printer, hit->record);
		json_put(&json, ",\"binary\":true}\n");
	}
	json_end(&json);
}

/* ---- all of it ---------------------------------------------------------------------------- */

bool print_hit(struct hit_printer *printer, const struct search_hit *hit)
{
	switch (printer->format->output) {
	case OUTPUT_LINES:
	case OUTPUT_MATCHES:
		print_found_lines(printer, hit);
		break;
	case OUTPUT_JSON:
		print_json(printer, hit);
		break;
	case OUTPUT_PATHS:
	case OUTPUT_PATHS_WITHOUT:
		if ((hit->count == 0) == (printer->format->output == OUTPUT_PATHS_WITHOUT))
			print_path(printer, hit->record, '\n');
		break;
	case OUTPUT_COUNTS:
		print_path(printer, hit->record, ':');
		printf("%llu\n", (unsigned long long)hit->count);
		break;
	case OUTPUT_NOTHING:
		break;
	}
	return !ferror(stdout);
}
