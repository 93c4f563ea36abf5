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

/* What is kept in memory of what is as it was. */
enum { REVISITS_LIMIT = 256 << 20 };

enum { HTTP_PARTIAL = 206 };

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
		.mtime_seconds = import->record.seconds,
		.mtime_nanoseconds = import->record.nanoseconds,
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

/* ---- contents ----------------------------------------------------------------------------- */

/* Why the body is not stored; "" if nobody will miss it, NULL if it is. */
static const char *why_not(struct warc_import *import, char text[80])
{
	const struct http_body *body = &import->body;

	if (import->record.is_segment)
		return "is in several records, which cannot be put together";
	if (body->answer == HTTP_PARTIAL)
		return "is a part only (206)";
	/* An error, or where to look instead. */
	if (body->answer && body->answer / 100 != 2)
		return "";
	if (!body->coding[0])
		return NULL;
	snprintf(text, 80, translated("is packed as \"%s\", which cannot be undone"), body->coding);
	return text;
}

static enum narc_status store(struct warc_import *import, const char *path,
			      struct narc_error *error)
{
	struct narc_entry entry = entry_for(import, path);
	enum narc_status status =
		narc_packer_add_stream(import->packer, &entry, read_body, import, error);

	if (status == NARC_OK && !warc_captures_add(&import->captures, path, import->record.date))
		return fail_memory(import, error);
	return status;
}

static enum narc_status take_body(struct warc_import *import, struct narc_error *error)
{
	char text[80];
	const char *reason = why_not(import, text);
	enum narc_status status = NARC_OK;
	char *path;

	if (reason) {
		if (reason[0])
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
			       import->record.is_http, error);

	if (status == NARC_OK)
		status = take_body(import, error);
	/* What is damaged within, or has a path that cannot be stored, concerns this record alone. */
	if (status == NARC_CORRUPT || status == NARC_MISUSE) {
		skip(import, error->message);
		status = NARC_OK;
	}
	return status == NARC_OK ? http_body_close(&import->body, error) : status;
}

/* ---- what is as it was -------------------------------------------------------------------- */

static enum narc_status note_revisit(struct warc_import *import, const char *path,
				     const char *first, struct narc_error *error)
{
	struct narc_entry entry = entry_for(import, path);

	/* At the same address, what was stored stays. */
	if (strcmp(path, first) == 0 && warc_captures_has(&import->captures, path))
		return NARC_OK;
	if (!warc_captures_add_revisit(&import->captures, &entry, import->record.date, first,
				       import->record.first_date))
		return fail_memory(import, error);
	if (import->captures.revisit_bytes > REVISITS_LIMIT)
		return exchange_say(NARC_LIMIT, import->from->source,
				    "says of too many addresses that they were as before: what is "
				    "known of them takes more than 256 MiB",
				    error);
	return NARC_OK;
}

static enum narc_status take_revisit(struct warc_import *import, struct narc_error *error)
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
	static const char *const schemes[] = { "http://", "https://", "ftp://", "ftps://",
					       "file://" };

	for (size_t i = 0; record->target && i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncasecmp(record->target, schemes[i], strlen(schemes[i])) == 0)
			return record->type != WARC_OTHER;
	return false;
}

static enum narc_status take_record(struct warc_import *import, struct narc_error *error)
{
	const struct warc_record *record = &import->record;
	enum narc_status status = NARC_OK;

	if (is_of_site(record) && record->type != WARC_REVISIT)
		return take_content(import, error);
	if (is_of_site(record))
		status = take_revisit(import, error);
	if (status == NARC_OK)
		status = http_body_open(&import->body, import->from, record->length, false, error);
	return status == NARC_OK ? http_body_close(&import->body, error) : status;
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
