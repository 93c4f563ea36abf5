/* SPDX-License-Identifier: BSD-2-Clause */
/* The one printer: all text of files and archives goes through here before a terminal sees
 * it, and all messages come from here. */
#ifndef NARC_TOOLS_REPORT_H
#define NARC_TOOLS_REPORT_H

#include <newsarc.h>
#include <stdio.h>

/* Exit statuses of narc; part of its interface. */
enum exit_status {
	EXIT_DONE = 0,
	EXIT_MISSING = 1, /* something asked for is not there, or damage or forgery was found */
	EXIT_USAGE = 2,
	EXIT_SYSTEM = 3
};

enum exit_status exit_status_for(enum narc_status status);

/* Prints bytes with control characters, bidirectional controls and what is not UTF-8 as
 * escapes: \n, \x1b, \u{202e}. */
void print_text(FILE *out, const char *bytes, size_t size);
void print_string(FILE *out, const char *text);

/* Text of several lines: the same, but for line ends and tabs, which stay. */
void print_lines(FILE *out, const char *bytes, size_t size);

/* A field of CSV (RFC 4180), quoted where need be. To a file go the bytes as they are. */
void print_csv_field(FILE *out, const char *text, bool to_terminal);

/* A line of JSON, put together before it is printed: where a million are, printing each part
 * takes most of the time. Starts as { .out = file }. */
struct json_line {
	FILE *out;
	size_t size;
	char bytes[4096];
};

/* Puts text as it is. */
void json_put(struct json_line *line, const char *text);

/* Puts a string with its quotes. Bytes that are not UTF-8 become lone surrogates U+DC80 to
 * U+DCFF, as Python's surrogateescape has them. */
void json_put_string(struct json_line *line, const char *text);
void json_put_text(struct json_line *line, const char *bytes, size_t size);

/* Puts names that are separated by "\n" as an array of strings. */
void json_put_names(struct json_line *line, const char *names);

void json_put_number(struct json_line *line, uint64_t value);

/* Puts the last digits of a number in base 8 or 16, which have 3 or 4 bits each. */
void json_put_digits(struct json_line *line, uint64_t value, unsigned bits, unsigned count);

/* The same behind what comes before it, as {"path": or ,"size": */
void json_field_string(struct json_line *line, const char *before, const char *text);
void json_field_number(struct json_line *line, const char *before, uint64_t value);

/* Prints what there is. */
void json_end(struct json_line *line);

/* "narc: message" on standard error, in one line: a name cannot make it look like two. */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints a label in the language of messages, and blanks, so that it takes so many columns. */
void print_label(const char *label, size_t columns);

/* Says what went wrong with the archive (or other file) called name, and what can be done;
 * returns the exit status for it. */
enum exit_status report_error(const char *name, const struct narc_error *error);

/* Says where and how the archive called name is damaged. */
void report_damage(const char *name, const struct narc_error *damage);

/* Says what region of it is damaged, and what that costs. */
void report_region(const char *name, const struct narc_damage *damage, const char *loss);

/* Ends standard output: EXIT_SYSTEM, with a message, if something could not be written. */
enum exit_status finish_output(enum exit_status status);

/* "4.65 MB" */
enum { SIZE_TEXT_SIZE = 32 };
const char *format_size(uint64_t bytes, char text[SIZE_TEXT_SIZE]);

/* "2022-01-05T11:01:51+08:00" */
enum { DATE_TEXT_SIZE = 64 };
const char *format_date(int64_t local_time, int zone_minutes, char text[DATE_TEXT_SIZE]);

/* "2022-01-05 11:01" */
const char *format_short_date(int64_t local_time, char text[DATE_TEXT_SIZE]);

#endif
