/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange/import_warc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "exchange/http_body.h"
#include "exchange/url_path.h"
#include "exchange/warc_captures.h"
#include "exchange/warc_record.h"
#include "support/translate.h"

/* What is kept in memory of all addresses. */
enum { CAPTURES_LIMIT = 1 << 30 };

enum { HTTP_NO_CONTENT = 204, HTTP_RESET_CONTENT = 205, HTTP_PARTIAL = 206, HTTP_UNCHANGED = 304 };

struct warc_import {
	narc_packer *packer;
	struct unpacked *from;
	struct warc_record record;
	struct http_body body;
	struct warc_captures captures;
	uint64_t given; /* bytes of content */
};

static enum narc_status fail_memory(struct warc_import *import, struct narc_error *error)
{
	return exchange_say(NARC_NOMEM, import->from->source, "out of memory", error);
}

static void skip(struct warc_import *import, const char *text)
{
	narc_packer_notify(import->packer, NARC_NOTICE_SKIPPED, import->record.target, text);
}

/* A narc_read_fn. */
static enum narc_status read_body(void *context, void *buffer, size_t size, size_t *got,
				  struct narc_error *error)
{
	struct warc_import *import = context;
	enum narc_status status = http_body_read(&import->body, buffer, size, got, error);

	import->given += *got;
	return status == NARC_OK ? check_expansion(import->from->archive, import->from->source,
						   import->given, error)
				 : status;
}

static struct narc_entry entry_for(const struct warc_import *import, const char *path)
{
	return (struct narc_entry){
		.path = path,
		.type = NARC_TYPE_REGULAR,
		.permissions = 0644,
		.mtime_seconds = import->record.date.seconds,
		.mtime_nanoseconds = import->record.date.nanoseconds,
	};
}

/* The path of an address; without what is in front of the first name, of addresses of files. */
static char *path_of(const char *target)
{
	char *path = url_path(target);
	size_t slashes = path ? strspn(path, "/") : 0;

	if (slashes)
		memmove(path, path + slashes, strlen(path + slashes) + 1);
	return path;
}

static bool is_of_http(const struct warc_record *record)
{
	return record->target && (strncasecmp(record->target, "http://", 7) == 0 ||
				  strncasecmp(record->target, "https://", 8) == 0);
}

/* ---- contents ----------------------------------------------------------------------------- */

/* Not an error, or where to look instead; nor what has no content, as the answer to a question of
 * another kind (HEAD), which is none of a page. */
static bool has_content(const struct warc_import *import)
{
	const struct http_body *body = &import->body;

	if (import->record.type == WARC_RESOURCE || !body->answer)
		return true;
	return body->answer / 100 == 2 && body->answer != HTTP_NO_CONTENT &&
	       body->answer != HTTP_RESET_CONTENT && !(body->is_cut_short && body->left == 0);
}

/* Why a content is not stored; NULL if it is. */
static const char *why_not(const struct warc_import *import, char text[80])
{
	const struct http_body *body = &import->body;

	if (import->record.is_segment)
		return "is in several records, which cannot be put together";
	if (import->record.is_truncated || body->is_cut_short)
		return "was cut short by the crawler";
	if (import->record.type == WARC_RESPONSE && is_of_http(&import->record) && !body->answer)
		return "is no answer of HTTP";
	if (body->answer == HTTP_PARTIAL)
		return "is a part only (206)";
	if (!body->coding[0])
		return NULL;
	snprintf(text, 80, translated("is packed as \"%s\", which cannot be undone"), body->coding);
	return text;
}

/* Whether all that is known takes too much memory. */
static enum narc_status check_captures(struct warc_import *import, bool is_noted,
				       struct narc_error *error)
{
	if (!is_noted)
		return fail_memory(import, error);
	if (import->captures.memory > CAPTURES_LIMIT)
		return exchange_say(NARC_LIMIT, import->from->source,
				    "has too many addresses: what is to be known of them takes "
				    "more than 1 GiB of memory",
				    error);
	return NARC_OK;
}

static enum narc_status store(struct warc_import *import, const char *path,
			      struct narc_error *error)
{
	struct narc_entry entry = entry_for(import, path);
	enum narc_status status =
		narc_packer_add_stream(import->packer, &entry, read_body, import, error);

	if (status != NARC_OK)
		return status;
	return check_captures(import,
			      warc_captures_add(&import->captures, path, &import->record.date),
			      error);
}

static enum narc_status take_body(struct warc_import *import, struct narc_error *error)
{
	char text[80];
	const char *reason = why_not(import, text);
	enum narc_status status = NARC_OK;
	char *path;

	if (!has_content(import))
		return NARC_OK;
	if (reason) {
		skip(import, reason);
		return NARC_OK;
	}
	path = path_of(import->record.target);
	status = path ? store(import, path, error) : fail_memory(import, error);
	free(path);
	return status;
}

static enum narc_status take_content(struct warc_import *import, struct narc_error *error)
{
	enum narc_status status =
		http_body_open(&import->body, import->from, import->record.length,
			       import->record.type == WARC_RESPONSE && is_of_http(&import->record),
			       error);

	if (status == NARC_OK)
		status = take_body(import, error);
	/* What is damaged, or has a path that cannot be stored, concerns this record alone. */
	if (status == NARC_CORRUPT || status == NARC_MISUSE) {
		skip(import, error->message);
		status = NARC_OK;
	}
	return http_body_close(&import->body, status, error);
}

/* ---- what is as it was -------------------------------------------------------------------- */

static enum narc_status note_revisit(struct warc_import *import, const char *path,
				     const char *first, struct narc_error *error)
{
	const struct warc_date *first_date = &import->record.first_date;
	struct narc_entry entry = entry_for(import, path);
	enum capture_state state = warc_captures_state(&import->captures, path, first_date);

	if (strcmp(path, first) != 0 || state == CAPTURE_NONE)
		return check_captures(import,
				      warc_captures_add_revisit(&import->captures, &entry, first,
								first_date),
				      error);
	/* At the same address, what is stored stays, if it is that. */
	if (state == CAPTURE_OTHER)
		skip(import, "was as it had been before what is stored of it");
	return NARC_OK;
}

static enum narc_status note_addresses(struct warc_import *import, struct narc_error *error)
{
	const struct warc_record *record = &import->record;
	char *path = path_of(record->target);
	char *first = path_of(record->first_target ? record->first_target : record->target);
	enum narc_status status = path && first ? note_revisit(import, path, first, error)
						: fail_memory(import, error);

	free(path);
	free(first);
	return status;
}

/* The block of a revisit has the head of an answer, if anything. That of an error is none. */
static enum narc_status take_revisit(struct warc_import *import, struct narc_error *error)
{
	enum narc_status status =
		http_body_open(&import->body, import->from, import->record.length, true, error);
	unsigned answer = import->body.answer;

	if (status == NARC_CORRUPT)
		status = NARC_OK;
	if (status == NARC_OK && (!answer || answer / 100 == 2 || answer == HTTP_UNCHANGED))
		status = note_addresses(import, error);
	return http_body_close(&import->body, status, error);
}

static enum narc_status copy_first(struct warc_import *import, const struct revisit *revisit,
				   struct narc_error *error)
{
	enum narc_status status =
		narc_packer_add_link(import->packer, &revisit->entry, revisit->path, error);

	if (status != NARC_MISUSE)
		return status;
	narc_packer_notify(import->packer, NARC_NOTICE_SKIPPED, revisit->entry.path,
			   error->message);
	return NARC_OK;
}

/* A crawl that leaves out what the one before had is appended to the archive of that. */
static enum narc_status look_in_base(struct warc_import *import, const struct revisit *revisit,
				     struct narc_error *error)
{
	bool has_path;
	enum narc_status status =
		narc_packer_base_has(import->packer, revisit->entry.path, &has_path, error);

	if (status == NARC_OK && !has_path)
		narc_packer_notify(import->packer, NARC_NOTICE_SKIPPED, revisit->entry.path,
				   "was as before, and what it was before is not in this file");
	return status;
}

static enum narc_status end_revisit(struct warc_import *import, const struct revisit *revisit,
				    struct narc_error *error)
{
	switch (warc_captures_fate(&import->captures, revisit)) {
	case REVISIT_STANDS:
		return copy_first(import, revisit, error);
	case REVISIT_ELSEWHERE:
		return look_in_base(import, revisit, error);
	default:
		return NARC_OK;
	}
}

/* ---- all records -------------------------------------------------------------------------- */

/* Questions to name servers, and what a crawler says of itself, are records, too. */
static bool is_of_site(const struct warc_record *record)
{
	static const char *const others[] = { "ftp://", "ftps://", "file://" };
	bool is_file = false;

	for (size_t i = 0; record->target && i < sizeof(others) / sizeof(others[0]); i++)
		is_file |= strncasecmp(record->target, others[i], strlen(others[i])) == 0;
	return record->type != WARC_OTHER && (is_file || is_of_http(record));
}

static enum narc_status take_record(struct warc_import *import, struct narc_error *error)
{
	const struct warc_record *record = &import->record;

	if (!is_of_site(record))
		return unpacked_skip(import->from, record->length, error);
	return record->type == WARC_REVISIT ? take_revisit(import, error)
					    : take_content(import, error);
}

enum narc_status import_warc(narc_packer *packer, struct unpacked *from,
			     struct narc_error *error)
{
	struct warc_import *import = calloc(1, sizeof(*import));
	enum narc_status status;

	if (!import)
		return exchange_say(NARC_NOMEM, from->source, "out of memory", error);
	import->packer = packer;
	import->from = from;
	while ((status = warc_record_read(&import->record, from, error)) == NARC_OK &&
	       (status = take_record(import, error)) == NARC_OK)
		;
	if (status == NARC_END)
		status = NARC_OK;
	for (struct revisit *revisit = import->captures.revisits; revisit && status == NARC_OK;
	     revisit = revisit->next)
		status = end_revisit(import, revisit, error);
	warc_captures_free(&import->captures);
	warc_record_free(&import->record);
	free(import);
	return status;
}
