/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange/warc_record.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "exchange/header_fields.h"
#include "support/translate.h"

enum { HEAD_LIMIT = 64 * 1024 };

static const char magic[] = "WARC/";

void warc_record_free(struct warc_record *record)
{
	free(record->target);
	free(record->date);
	free(record->first_target);
	free(record->first_date);
	*record = (struct warc_record){ 0 };
}

static enum narc_status fail(const struct unpacked *from, const char *text,
			     struct narc_error *error)
{
	char message[200];

	snprintf(message, sizeof(message), translated("at byte %llu of its unpacked records: %s"),
		 (unsigned long long)from->offset, translated(text));
	return exchange_say(NARC_IO, from->source, message, error);
}

/* ---- fields ------------------------------------------------------------------------------- */

/* An address: WARC 1.0 has it between angle brackets. */
static char *address(struct header_field field)
{
	if (field.size >= 2 && field.value[0] == '<' && field.value[field.size - 1] == '>') {
		field.value++;
		field.size -= 2;
	}
	return header_field_copy(&field);
}

/* "2022-01-05T03:04:05Z", from WARC 1.1 on with up to nine digits of a second. Left at 0 if it is
 * not that. */
static void take_date(struct warc_record *record)
{
	struct tm tm = { 0 };
	const char *rest = record->date ? strptime(record->date, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	uint32_t unit = 100000000;

	if (!rest)
		return;
	record->seconds = timegm(&tm);
	for (rest += *rest == '.'; isdigit((unsigned char)*rest) && unit; rest++, unit /= 10)
		record->nanoseconds += (uint32_t)(*rest - '0') * unit;
}

static enum warc_type type_of(const struct header_field *field)
{
	return header_field_is(field, "response")   ? WARC_RESPONSE
	       : header_field_is(field, "resource") ? WARC_RESOURCE
	       : header_field_is(field, "revisit")  ? WARC_REVISIT
						    : WARC_OTHER;
}

static bool parse_length(const struct header_field *field, uint64_t *length)
{
	*length = 0;
	for (size_t i = 0; i < field->size; i++) {
		if (!isdigit((unsigned char)field->value[i]) || *length >= UINT64_MAX / 20)
			return false;
		*length = *length * 10 + (uint64_t)(field->value[i] - '0');
	}
	return field->size > 0;
}

/* A copy of a field; NULL if there is none. */
static bool copy_field(const uint8_t *head, size_t size, const char *name,
		       char *(*copy)(struct header_field), char **text)
{
	struct header_field field;

	if (!header_field_find(head, size, name, &field))
		return true;
	*text = copy(field);
	return *text != NULL;
}

static char *as_it_is(struct header_field field)
{
	return header_field_copy(&field);
}

static enum narc_status take_fields(struct warc_record *record, const struct unpacked *from,
				    const uint8_t *head, size_t size, struct narc_error *error)
{
	struct header_field field;

	if (!header_field_find(head, size, "Content-Length", &field) ||
	    !parse_length(&field, &record->length))
		return fail(from, "a record does not say how long it is", error);
	header_field_find(head, size, "WARC-Type", &field);
	record->type = type_of(&field);
	header_field_find(head, size, "Content-Type", &field);
	record->is_http = record->type == WARC_RESPONSE && field.size >= 16 &&
			  strncasecmp(field.value, "application/http", 16) == 0;
	record->is_segment = header_field_find(head, size, "WARC-Segment-Number", &field);
	if (!copy_field(head, size, "WARC-Target-URI", address, &record->target) ||
	    !copy_field(head, size, "WARC-Date", as_it_is, &record->date) ||
	    !copy_field(head, size, "WARC-Refers-To-Target-URI", address, &record->first_target) ||
	    !copy_field(head, size, "WARC-Refers-To-Date", as_it_is, &record->first_date))
		return exchange_say(NARC_NOMEM, from->source, "out of memory", error);
	take_date(record);
	return NARC_OK;
}

/* ---- records ------------------------------------------------------------------------------ */

enum narc_status warc_starts(struct unpacked *from, bool *is_warc, struct narc_error *error)
{
	const uint8_t *bytes;
	size_t there;
	enum narc_status status = unpacked_look(from, strlen(magic), &bytes, &there, error);

	*is_warc = status == NARC_OK && there >= strlen(magic) &&
		   memcmp(bytes, magic, strlen(magic)) == 0;
	return status;
}

/* Behind a block are two line ends, of which some writers leave out one. */
static enum narc_status skip_line_ends(struct unpacked *from, struct narc_error *error)
{
	const uint8_t *bytes;
	size_t there, size;
	enum narc_status status;

	do {
		status = unpacked_look(from, 4, &bytes, &there, error);
		for (size = 0; size < there && (bytes[size] == '\r' || bytes[size] == '\n'); size++)
			;
		if (status == NARC_OK)
			unpacked_take(from, size);
	} while (status == NARC_OK && size);
	return status;
}

enum narc_status warc_record_read(struct warc_record *record, struct unpacked *from,
				  struct narc_error *error)
{
	enum narc_status status = skip_line_ends(from, error);
	const uint8_t *head = NULL;
	bool is_warc = false;
	size_t there = 0, size;

	warc_record_free(record);
	if (status == NARC_OK)
		status = warc_starts(from, &is_warc, error);
	if (status == NARC_OK)
		status = unpacked_look(from, HEAD_LIMIT, &head, &there, error);
	if (status != NARC_OK || there == 0)
		return status == NARC_OK ? NARC_END : status;
	if (!is_warc)
		return fail(from, "there is something else than a record of WARC", error);
	size = header_size(head, there);
	if (size == 0)
		return fail(from, "the head of a record is cut short, or is longer than 64 KiB",
			    error);
	status = take_fields(record, from, head, size, error);
	if (status == NARC_OK)
		unpacked_take(from, size);
	return status;
}
