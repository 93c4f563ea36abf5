/* SPDX-License-Identifier: BSD-2-Clause */
#include "visit.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"

enum { ENCODED_SIZE_LEAST = 256 }; /* smaller ones do not become smaller */

/* ---- errors ----------------------------------------------------------------------------- */

/* Throws away what was made so far, but for the language that was chosen. */
static void restart(struct visit *visit, unsigned status)
{
	struct reply *reply = &visit->reply;

	text_free(&reply->body);
	text_free(&reply->name);
	text_free(&reply->location);
	*reply = (struct reply){ .status = status,
				 .sets_language = reply->sets_language,
				 .retry_after = status == 503 ? 5 : 0 };
}

static void fail_as_json(struct visit *visit, unsigned status, const char *why)
{
	struct json_line line;

	if (!visit_begin_json(visit, &line))
		return;
	json_field_number(&line, "{\"error\":{\"status\":", status);
	json_field_string(&line, ",\"message\":", why);
	json_put(&line, "}}\n");
	text_end_json(&visit->reply.body, &line);
}

void visit_fail_with(struct visit *visit, unsigned status, const char *why)
{
	char number[16];

	restart(visit, status);
	if (visit->is_api) {
		fail_as_json(visit, status, why);
		return;
	}
	visit->reply.kind = REPLY_PAGE;
	visit->reply.type = "text/html; charset=utf-8";
	snprintf(number, sizeof(number), "%u", status);
	page_begin_phrase(visit, TEXT_ERROR, number);
	html(&visit->reply.body, "<p role=\"alert\">%s</p>\n<p><a href=\"/\">%s</a></p>\n", why,
	     text_in(visit->language, TEXT_GO_HOME));
	page_end(visit);
}

void visit_fail(struct visit *visit, unsigned status, enum text_id why)
{
	visit_fail_with(visit, status,
			text_in(visit->is_api ? LANGUAGE_ENGLISH : visit->language, why));
}

void visit_fail_reading(struct visit *visit, const char *name, const struct narc_error *error)
{
	switch (error->status) {
	case NARC_NOMEM:
		visit_fail(visit, MHD_HTTP_SERVICE_UNAVAILABLE, TEXT_NO_MEMORY);
		break;
	case NARC_LIMIT:
		visit_fail(visit, MHD_HTTP_INTERNAL_SERVER_ERROR, TEXT_TOO_LARGE);
		break;
	case NARC_CORRUPT:
		report_damage(name, error);
		visit_fail(visit, MHD_HTTP_INTERNAL_SERVER_ERROR, TEXT_DAMAGED);
		break;
	default:
		report_damage(name, error);
		visit_fail(visit, MHD_HTTP_INTERNAL_SERVER_ERROR, TEXT_UNREADABLE);
	}
}

/* ---- looking up ------------------------------------------------------------------------- */

struct lookup *visit_lookup(struct visit *visit)
{
	if (!visit->lookup)
		visit->lookup = lookup_take(visit->set);
	if (!visit->lookup)
		visit_fail(visit, MHD_HTTP_SERVICE_UNAVAILABLE, TEXT_NO_MEMORY);
	return visit->lookup;
}

bool visit_find(struct visit *visit, const char *key, struct lookup **lookup)
{
	struct narc_error error;
	enum narc_status status;
	long version;

	if (!target_number(&visit->target, "version", 1, UINT32_MAX, 0, &version)) {
		visit_fail(visit, MHD_HTTP_BAD_REQUEST, TEXT_BAD_PARAMETER);
		return false;
	}
	*lookup = visit_lookup(visit);
	if (!*lookup)
		return false;
	status = lookup_find(*lookup, key, (uint32_t)version, &error);
	if (status == NARC_OK)
		return true;
	if (status == NARC_NOT_FOUND)
		visit_fail(visit, MHD_HTTP_NOT_FOUND,
			   version ? TEXT_NO_SUCH_VERSION : TEXT_NO_SUCH_POST);
	else
		visit_fail_reading(visit, visit->set->names[(*lookup)->archive], &error);
	return false;
}

struct catalog *visit_catalog(struct visit *visit, const struct day_counts **counts,
			      bool *is_current)
{
	static const struct day_counts none;
	struct catalog *catalog = archives_catalog(visit->archives, is_current);

	*counts = catalog ? &catalog->days : &none;
	return catalog;
}

bool visit_content(struct visit *visit, struct lookup *lookup, const void **content)
{
	const char *name = visit->set->names[lookup->archive];
	struct narc_error error;

	if (lookup->record->is_redacted) {
		visit_fail(visit, MHD_HTTP_GONE, TEXT_GONE);
		return false;
	}
	if (narc_cursor_content(lookup->cursor, content, &error) == NARC_OK)
		return true;
	visit_fail_reading(visit, name, &error);
	return false;
}

/* ---- what is sent ----------------------------------------------------------------------- */

enum encoding visit_encoding(const struct visit *visit, size_t size)
{
	/* A range is one of the bytes as they are. */
	if (size < ENCODED_SIZE_LEAST || visit->range)
		return ENCODING_NONE;
	return choose_encoding(visit->accept_encoding);
}

bool visit_is_known(struct visit *visit, size_t size)
{
	char tag[TAG_SIZE];

	encoded_tag(visit->reply.tag, visit_encoding(visit, size), tag);
	if (!visit->if_none_match || !names_tag(visit->if_none_match, tag))
		return false;
	strcpy(visit->reply.tag, tag);
	visit->reply.status = MHD_HTTP_NOT_MODIFIED;
	return true;
}

bool visit_begin_json(struct visit *visit, struct json_line *line)
{
	visit->reply.kind = REPLY_DATA;
	visit->reply.type = "application/json; charset=utf-8";
	return text_begin_json(&visit->reply.body, line);
}

void visit_end(struct visit *visit)
{
	lookup_give(visit->lookup);
	archive_set_release(visit->set);
	target_free(&visit->target);
	text_free(&visit->reply.body);
	text_free(&visit->reply.location);
	text_free(&visit->reply.name);
}
