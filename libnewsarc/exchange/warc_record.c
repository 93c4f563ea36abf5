/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange/warc_record.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "exchange/header_fields.h"

enum { HEAD_LIMIT = 64 * 1024, VERSION_SIZE = 8 };

void warc_record_free(struct warc_record *record)
{
	free(record->target);
	free(record->first_target);
	*record = (struct warc_record){ 0 };
}

static enum narc_status fail(const struct unpacked *from, const char *text,
			     struct narc_error *error)
{
	char message[200];

	snprintf(message, sizeof(message), "at byte %" PRIu64 " of its unpacked records: %s",
		 from->offset, text);
	return exchange_say(NARC_IO, from->source, message, error);
}

/* ---- fields ------------------------------------------------------------------------------- */

/* An address, which WARC 1.0 has between angle brackets; NULL if it is not there. False if there is
 * no memory. */
static bool copy_address(const uint8_t *head, size_t size, const char *name, char **address)
{
	struct header_field field;

	if (!header_field_find(head, size, name, &field))
		return true;
	if (field.size >= 2 && field.value[0] == '<' && field.value[field.size - 1] == '>') {
		field.value++;
		field.size -= 2;
	}
	*address = header_field_copy(&field);
	return *address != NULL;
}

/* "2022-01-05T03:04:05Z", from WARC 1.1 on with up to nine digits of a fraction. */
static struct warc_date parse_date(const uint8_t *head, size_t size, const char *name)
{
	struct warc_date date = { 0 };
	struct header_field field;
	struct tm tm = { 0 };
	char text[64];
	const char *rest;

	header_field_find(head, size, name, &field);
	snprintf(text, sizeof(text), "%.*s", (int)field.size, field.value);
	rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	if (!rest)
		return date;
	date.is_known = true;
	date.seconds = timegm(&tm);
	date.has_fraction = *rest == '.';
	rest += date.has_fraction;
	for (uint32_t unit = 100000000; isdigit((unsigned char)*rest) && unit; unit /= 10)
		date.nanoseconds += (uint32_t)(*rest++ - '0') * unit;
	return date;
}

bool warc_date_is(const struct warc_date *a, const struct warc_date *b)
{
	return a->seconds == b->seconds && (!a->has_fraction || !b->has_fraction ||
					    a->nanoseconds == b->nanoseconds);
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

static enum narc_status take_fields(struct warc_record *record, const struct unpacked *from,
				    const uint8_t *head, size_t size, struct narc_error *error)
{
	struct header_field field;

	if (!header_field_find(head, size, "Content-Length", &field) ||
	    !parse_length(&field, &record->length))
		return fail(from, "a record does not say how long it is", error);
	header_field_find(head, size, "WARC-Type", &field);
	record->type = type_of(&field);
	record->is_segment = header_field_find(head, size, "WARC-Segment-Number", &field);
	record->is_truncated = header_field_find(head, size, "WARC-Truncated", &field);
	record->date = parse_date(head, size, "WARC-Date");
	record->first_date = parse_date(head, size, "WARC-Refers-To-Date");
	if (!copy_address(head, size, "WARC-Target-URI", &record->target) ||
	    !copy_address(head, size, "WARC-Refers-To-Target-URI", &record->first_target))
		return exchange_say(NARC_NOMEM, from->source, "out of memory", error);
	return NARC_OK;
}

/* ---- records ------------------------------------------------------------------------------ */

enum narc_status warc_starts(struct unpacked *from, bool *is_warc, struct narc_error *error)
{
	const uint8_t *bytes;
	size_t there;
	enum narc_status status = unpacked_look(from, VERSION_SIZE, &bytes, &there, error);

	/* "WARC/1.0": a folder may be named WARC, too. */
	*is_warc = status == NARC_OK && there >= VERSION_SIZE && memcmp(bytes, "WARC/", 5) == 0 &&
		   isdigit(bytes[5]) && bytes[6] == '.' && isdigit(bytes[7]);
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
	size = header_size(head, there < HEAD_LIMIT ? there : HEAD_LIMIT);
	if (size == 0)
		return fail(from, "the head of a record is cut short, or is longer than 64 KiB",
			    error);
	status = take_fields(record, from, head, size, error);
	if (status == NARC_OK)
		unpacked_take(from, size);
	return status;
}
