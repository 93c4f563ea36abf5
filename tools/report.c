/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "characters.h"
#include "progress.h"
#include "text_width.h"
#include "translate.h"

enum exit_status exit_status_for(enum narc_status status)
{
	switch (status) {
	case NARC_OK:
	case NARC_END:
		return EXIT_DONE;
	case NARC_NOT_NEWSARC:
	case NARC_UNSUPPORTED:
	case NARC_CORRUPT:
	case NARC_LIMIT:
	case NARC_NOT_FOUND:
	case NARC_BAD_SIGNATURE:
		return EXIT_MISSING;
	case NARC_EXISTS:
	case NARC_MISUSE:
		return EXIT_USAGE;
	case NARC_IO:
	case NARC_NOMEM:
	case NARC_CANCELLED:
		break;
	}
	return EXIT_SYSTEM;
}

/* ---- text ------------------------------------------------------------------------------- */

static void print_escape(FILE *out, unsigned point)
{
	char text[ESCAPE_SIZE];

	fwrite(text, 1, format_escape(point, text), out);
}

/* Where the printable ASCII at the front ends, which most text is; also at the two characters
 * that JSON escapes. */
static const unsigned char *skip_plain(const unsigned char *next, const unsigned char *end)
{
	while (next < end && *next >= 0x20 && *next < 0x7f && *next != '"' && *next != '\\')
		next++;
	return next;
}

static const unsigned char *print_plain(FILE *out, const unsigned char *next,
					const unsigned char *end)
{
	const unsigned char *plain_end = skip_plain(next, end);

	if (plain_end > next)
		fwrite(next, 1, (size_t)(plain_end - next), out);
	return plain_end;
}

static void print_escaped(FILE *out, const char *bytes, size_t size, bool keep_lines)
{
	const unsigned char *end = (const unsigned char *)bytes + size;
	const unsigned char *next = print_plain(out, (const unsigned char *)bytes, end);

	while (next < end) {
		unsigned point = *next;
		size_t length = decode_utf8(next, (size_t)(end - next), &point);

		if (length == 0) {
			print_escape(out, *next);
			length = 1;
		} else if (is_control(point) &&
			   !(keep_lines && (point == '\n' || point == '\t'))) {
			print_escape(out, point);
		} else {
			fwrite(next, 1, length, out);
		}
		next = print_plain(out, next + length, end);
	}
}

void print_text(FILE *out, const char *bytes, size_t size)
{
	print_escaped(out, bytes, size, false);
}

void print_string(FILE *out, const char *text)
{
	print_text(out, text, strlen(text));
}

void print_lines(FILE *out, const char *bytes, size_t size)
{
	print_escaped(out, bytes, size, true);
}

void print_csv_field(FILE *out, const char *text, bool to_terminal)
{
	bool quote = strpbrk(text, ",\"\r\n") != NULL;

	if (quote)
		putc('"', out);
	for (const char *next = text; *next;) {
		size_t length = strcspn(next, "\"");

		if (to_terminal)
			print_text(out, next, length);
		else
			fwrite(next, 1, length, out);
		next += length;
		if (*next == '"') {
			fputs("\"\"", out);
			next++;
		}
	}
	if (quote)
		putc('"', out);
}

/* ---- JSON --------------------------------------------------------------------------------- */

void json_field_string(struct json_line *line, const char *before, const char *text)
{
	json_put(line, before);
	json_put_string(line, text);
}

void json_field_number(struct json_line *line, const char *before, uint64_t value)
{
	json_put(line, before);
	json_put_number(line, value);
}

void json_end(struct json_line *line)
{
	fwrite(line->bytes, 1, line->size, line->out);
	line->size = 0;
}

static void put_bytes(struct json_line *line, const void *bytes, size_t size)
{
	if (size > sizeof(line->bytes) - line->size)
		json_end(line);
	if (size > sizeof(line->bytes)) {
		fwrite(bytes, 1, size, line->out);
		return;
	}
	memcpy(line->bytes + line->size, bytes, size);
	line->size += size;
}

void json_put(struct json_line *line, const char *text)
{
	put_bytes(line, text, strlen(text));
}

void json_put_number(struct json_line *line, uint64_t value)
{
	char digits[20];
	size_t first = sizeof(digits);

	do {
		digits[--first] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	put_bytes(line, digits + first, sizeof(digits) - first);
}

void json_put_digits(struct json_line *line, uint64_t value, unsigned bits, unsigned count)
{
	char digits[22];

	for (unsigned i = count; i-- > 0; value >>= bits)
		digits[i] = "0123456789abcdef"[value & ((1u << bits) - 1)];
	put_bytes(line, digits, count);
}

/* As JSON has it, in UTF-16. */
static void put_escape(struct json_line *line, unsigned point)
{
	if (point >= 0x10000) {
		put_escape(line, 0xd800 + ((point - 0x10000) >> 10));
		point = 0xdc00 + ((point - 0x10000) & 0x3ff);
	}
	json_put(line, "\\u");
	json_put_digits(line, point, 4, 4);
}

void json_put_text(struct json_line *line, const char *bytes, size_t size)
{
	const unsigned char *next = (const unsigned char *)bytes;
	const unsigned char *end = next + size;

	json_put(line, "\"");
	while (next < end) {
		const unsigned char *plain = next;
		unsigned point;
		size_t length;

		next = skip_plain(plain, end);
		put_bytes(line, plain, (size_t)(next - plain));
		if (next == end)
			break;
		point = *next;
		length = decode_utf8(next, (size_t)(end - next), &point);
		if (point == '"' || point == '\\')
			json_put(line, "\\");
		if (length == 0)
			put_escape(line, 0xdc00 + *next);
		else if (is_control(point))
			put_escape(line, point);
		else
			put_bytes(line, next, length);
		next += length ? length : 1;
	}
	json_put(line, "\"");
}

void json_put_string(struct json_line *line, const char *text)
{
	json_put_text(line, text, strlen(text));
}

void json_put_names(struct json_line *line, const char *names)
{
	json_put(line, "[");
	while (*names) {
		size_t length = strcspn(names, "\n");

		json_put_text(line, names, length);
		names += length;
		if (*names == '\n' && *++names)
			json_put(line, ",");
	}
	json_put(line, "]");
}

/* ---- messages ----------------------------------------------------------------------------- */

/* Room for two paths of the longest kind. */
enum { REPORT_SIZE = 2 * 4096 + 512 };

/* A message is one line, whatever other threads have to say. */
static void begin_report(void)
{
	fflush(stdout);
	flockfile(stderr);
	clear_progress();
	fputs("narc: ", stderr);
}

static void end_report(void)
{
	putc('\n', stderr);
	funlockfile(stderr);
}

void report(const char *format, ...)
{
	va_list arguments;
	char text[REPORT_SIZE];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), _(format), arguments);
	va_end(arguments);
	begin_report();
	print_string(stderr, text);
	end_report();
}

static const char *advice_for(enum narc_status status)
{
	switch (status) {
	case NARC_CORRUPT:
		return _("\"narc verify\" says what is damaged, \"narc repair\" makes it whole "
			 "as far as it can be, and \"narc extract --keep-going\" gets out all else");
	case NARC_EXISTS:
		return _("give --force to replace it");
	default:
		return NULL;
	}
}

/* "NAME: PATH: stage: message, at byte N"; parts that are not known are left out. */
static void print_error(const char *name, const struct narc_error *error, const char *advice)
{
	bool has_path = error->path[0] && strcmp(error->path, name) != 0;

	begin_report();
	print_string(stderr, name);
	fputs(": ", stderr);
	if (has_path) {
		print_string(stderr, error->path);
		fputs(": ", stderr);
	}
	if (error->offset != NARC_NO_OFFSET)
		fprintf(stderr, _("at byte %llu, %s: "), (unsigned long long)error->offset,
			_(error->stage));
	print_string(stderr, error->message);
	if (advice)
		fprintf(stderr, " (%s)", advice);
	end_report();
}

enum exit_status report_error(const char *name, const struct narc_error *error)
{
	print_error(name, error, advice_for(error->status));
	return exit_status_for(error->status);
}

void report_damage(const char *name, const struct narc_error *damage)
{
	print_error(name, damage, NULL);
}

void report_region(const char *name, const struct narc_damage *damage, const char *loss)
{
	const struct narc_error *error = &damage->error;

	begin_report();
	print_string(stderr, name);
	fputs(": ", stderr);
	if (error->offset != NARC_NO_OFFSET && damage->length)
		fprintf(stderr, _("bytes %llu to %llu, %s: "), (unsigned long long)error->offset,
			(unsigned long long)(error->offset + damage->length - 1), _(error->stage));
	else if (error->offset != NARC_NO_OFFSET)
		fprintf(stderr, _("at byte %llu, %s: "), (unsigned long long)error->offset,
			_(error->stage));
	else
		fprintf(stderr, "%s: ", _(error->stage));
	print_string(stderr, error->message);
	fprintf(stderr, _("; %s"), loss);
	end_report();
}

void print_label(const char *label, size_t columns)
{
	const char *text = _(label);
	size_t width;

	text_width_init();
	width = text_width(text);
	fputs(text, stdout);
	printf("%*s", (int)(width < columns ? columns - width : 0), "");
}

enum exit_status finish_output(enum exit_status status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	report("cannot write to standard output: %s", strerror(errno));
	return EXIT_SYSTEM;
}

/* ---- numbers and dates -------------------------------------------------------------------- */

const char *format_size(uint64_t bytes, char text[SIZE_TEXT_SIZE])
{
	static const char *const units[] = { "kB", "MB", "GB", "TB", "PB", "EB" };
	double value = (double)bytes / 1000;
	size_t unit = 0;

	if (bytes < 1000) {
		snprintf(text, SIZE_TEXT_SIZE, _("%u bytes"), (unsigned)bytes);
		return text;
	}
	while (value >= 999.5 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1000;
		unit++;
	}
	snprintf(text, SIZE_TEXT_SIZE, value < 9.995 ? "%.2f %s" : value < 99.95 ? "%.1f %s" : "%.0f %s",
		 value, units[unit]);
	return text;
}

/* gmtime knows the calendar; a time too far off for it is shown as a number. */
static bool split_time(int64_t local_time, struct tm *split)
{
	time_t seconds = (time_t)local_time;

	return gmtime_r(&seconds, split) != NULL;
}

/* Writes two digits, and returns their end. */
static char *put_pair(char *text, int value)
{
	text[0] = (char)('0' + value / 10);
	text[1] = (char)('0' + value % 10);
	return text + 2;
}

static char *put_part(char *text, char mark, int value)
{
	*text = mark;
	return put_pair(text + 1, value);
}

/* "2022-01-05T11:01", with that between date and time; returns its end. */
static char *put_date(char *text, const struct tm *split, char between)
{
	long long year = (long long)split->tm_year + 1900;

	if (year >= 0 && year <= 9999)
		text = put_pair(put_pair(text, (int)year / 100), (int)year % 100);
	else
		text += sprintf(text, "%04lld", year);
	text = put_part(text, '-', split->tm_mon + 1);
	text = put_part(text, '-', split->tm_mday);
	text = put_part(text, between, split->tm_hour);
	return put_part(text, ':', split->tm_min);
}

const char *format_date(int64_t local_time, int zone_minutes, char text[DATE_TEXT_SIZE])
{
	int distance = abs(zone_minutes);
	struct tm split;
	char *place;

	if (!split_time(local_time, &split)) {
		snprintf(text, DATE_TEXT_SIZE, "@%lld", (long long)local_time);
		return text;
	}
	place = put_date(text, &split, 'T');
	place = put_part(place, ':', split.tm_sec);
	place = put_part(place, zone_minutes < 0 ? '-' : '+', distance / 60);
	place = put_part(place, ':', distance % 60);
	*place = '\0';
	return text;
}

const char *format_short_date(int64_t local_time, char text[DATE_TEXT_SIZE])
{
	struct tm split;

	if (split_time(local_time, &split))
		*put_date(text, &split, ' ') = '\0';
	else
		snprintf(text, DATE_TEXT_SIZE, "@%lld", (long long)local_time);
	return text;
}
