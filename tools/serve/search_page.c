/* SPDX-License-Identifier: BSD-2-Clause */
#include "search_page.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "days.h"
#include "page.h"
#include "search_job.h"

/* ---- the form --------------------------------------------------------------------------- */

static const char *asked(const struct visit *visit, const char *name)
{
	const char *value = target_parameter(&visit->target, name);

	return value ? value : "";
}

static void put_scope(struct visit *visit, const char *value, enum text_id name)
{
	const char *chosen = asked(visit, "in");
	bool is_chosen = strcmp(*chosen ? chosen : "all", value) == 0;

	html(&visit->reply.body, "<option value=\"%s\"%s>%s</option>\n", value,
	     is_chosen ? " selected" : "", text_in(visit->language, name));
}

static void put_field(struct visit *visit, const char *name, enum text_id label,
		      const char *hint)
{
	html(&visit->reply.body,
	     "<span class=\"field\"><label for=\"%s\">%s</label>\n"
	     "<input id=\"%s\" name=\"%s\" value=\"%s\" placeholder=\"%s\" maxlength=\"100\">"
	     "</span>\n",
	     name, text_in(visit->language, label), name, name, asked(visit, name), hint);
}

void put_search_form(struct visit *visit, bool is_whole)
{
	struct text *page = &visit->reply.body;
	enum language language = visit->language;

	html(page,
	     "<form class=\"search\" role=\"search\" action=\"/search\" method=\"get\">\n"
	     "<span class=\"field query\"><label for=\"q\">%s</label>\n"
	     "<input type=\"search\" id=\"q\" name=\"q\" value=\"%s\" maxlength=\"300\" required>"
	     "</span>\n<button type=\"submit\">%s</button>\n",
	     text_in(language, TEXT_SEARCH_FOR), asked(visit, "q"),
	     text_in(language, TEXT_SEARCH));
	if (!is_whole) {
		html(page, "</form>\n");
		return;
	}
	html(page, "<span class=\"field\"><label for=\"in\">%s</label>\n"
		   "<select id=\"in\" name=\"in\">\n",
	     text_in(language, TEXT_SEARCH_IN));
	put_scope(visit, "all", TEXT_IN_ALL);
	put_scope(visit, "title", TEXT_IN_TITLE);
#ifdef WITH_HTML
	put_scope(visit, "text", TEXT_IN_TEXT);
#endif
	html(page, "</select></span>\n");
	put_field(visit, "dates", TEXT_IN_DATES, "2022-03..2023");
	put_field(visit, "category", TEXT_IN_CATEGORY, "");
	html(page,
	     "<span class=\"field check\"><input type=\"checkbox\" id=\"regex\" name=\"regex\" "
	     "value=\"1\"%s> <label for=\"regex\">%s</label></span>\n</form>\n",
	     strcmp(asked(visit, "regex"), "1") == 0 ? " checked" : "",
	     text_in(language, TEXT_IS_REGEX));
}

/* ---- results as a page ------------------------------------------------------------------ */

static void put_excerpt(struct text *out, const struct search_hit *hit,
			const struct found_line *line)
{
	struct excerpt excerpt = search_excerpt(hit, line);
	const char *text = hit->text + line->start;
	size_t place = excerpt.start;
	struct match match;

	html(out, "<p class=\"excerpt\"><bdi>%s", excerpt.start ? "…" : "");
	while (search_next_match(hit, line, excerpt, place, &match)) {
		html_text(out, text + place, match.start - place);
		html(out, "<mark>");
		html_text(out, text + match.start, match.end - match.start);
		html(out, "</mark>");
		place = match.end;
	}
	html_text(out, text + place, excerpt.end - place);
	html(out, "%s</bdi></p>", excerpt.end < line->size ? "…" : "");
}

static void put_page_hit(struct text *out, const struct search_job *job,
			 const struct search_hit *hit, const struct narc_front_matter *matter)
{
	bool has_lines = job->where != SEARCH_TITLE && !hit->is_binary;

	put_post_start(out, job->language, hit->record, matter->title, true);
	for (size_t i = 0; has_lines && i < hit->line_count; i++)
		put_excerpt(out, hit, &hit->lines[i]);
	html(out, "</li>\n");
}

/* A link to the same search from where this one ended. */
static void put_continuation(struct text *out, const struct search_job *job)
{
	char token[MARK_TEXT_SIZE], day[DAY_TEXT_SIZE];
	struct text address = { .bytes = NULL };

	if (!search_next(job, token))
		return;
	text_put_bytes(&address, job->address.bytes, job->address.size);
	address_put(&address, "after", token);
	html(out, " <a href=\"%s\">", text_string(&address) ? address.bytes : "");
	put_phrase(out, job->language, TEXT_SEARCH_ON,
		   format_day(day_of_time(job->done.time), day));
	html(out, "</a>");
	text_free(&address);
}

static void put_page_end(struct text *out, const struct search_job *job)
{
	struct text count = { .bytes = NULL };

	html(out, "</ol>\n<p role=\"status\" class=\"lead\">");
	if (job->posts) {
		put_post_count(&count, job->language, job->posts);
		put_phrase(out, job->language, TEXT_FOUND, text_string(&count) ? count.bytes : "");
		text_free(&count);
	} else if (job->end == SEARCH_COMPLETE) {
		html(out, "%s", text_in(job->language, TEXT_FOUND_NONE));
	}
	if (job->end == SEARCH_LIMIT || job->end == SEARCH_TIME) {
		html(out, " %s", text_in(job->language, job->end == SEARCH_LIMIT
								? TEXT_FOUND_LIMIT
								: TEXT_FOUND_TIME));
		put_continuation(out, job);
	}
	html(out, "</p>\n");
	if (job->left_out) {
		html(out, "<p class=\"notice\" role=\"status\">");
		put_phrase_number(out, job->language, TEXT_LEFT_OUT, job->left_out);
		html(out, "</p>\n");
	}
	put_damages(out, job->language, job->failures);
}

/* ---- results as JSON -------------------------------------------------------------------- */

static void put_json_excerpt(struct json_line *line, const struct search_hit *hit,
			     const struct found_line *found)
{
	struct excerpt excerpt = search_excerpt(hit, found);
	const char *text = hit->text + found->start;
	size_t place = excerpt.start;
	struct match match;
	bool is_first = true;

	json_field_number(line, "{\"number\":", found->number);
	json_put(line, ",\"text\":");
	json_put_text(line, text + excerpt.start, excerpt.end - excerpt.start);
	json_put(line, ",\"matches\":[");
	while (search_next_match(hit, found, excerpt, place, &match)) {
		json_field_number(line, is_first ? "[" : ",[", match.start - excerpt.start);
		json_field_number(line, ",", match.end - excerpt.start);
		json_put(line, "]");
		is_first = false;
		place = match.end;
	}
	json_put(line, "]}");
}

static void put_json_hit(struct text *out, const struct search_job *job,
			 const struct search_hit *hit, const struct narc_front_matter *matter)
{
	struct json_line line;

	if (!text_begin_json(out, &line))
		return;
	json_put(&line, "{");
	json_put_entry(&line, job->set->names[job->archive], hit->record, matter);
	json_put(&line, ",\"lines\":[");
	for (size_t i = 0; i < hit->line_count && !hit->is_binary; i++) {
		if (i)
			json_put(&line, ",");
		put_json_excerpt(&line, hit, &hit->lines[i]);
	}
	json_put(&line, "]}\n");
	text_end_json(out, &line);
}

static void put_json_end(struct text *out, const struct search_job *job)
{
	static const char *const names[] = { "complete", "limit", "time", "left" };
	char token[MARK_TEXT_SIZE];
	const char *next = search_next(job, token);
	struct json_line line;

	if (!text_begin_json(out, &line))
		return;
	json_field_string(&line, "{\"end\":", names[job->end]);
	json_field_number(&line, ",\"posts\":", job->posts);
	json_field_number(&line, ",\"failures\":", job->failures);
	json_field_number(&line, ",\"left_out\":", job->left_out);
	json_put(&line, ",\"next\":");
	if (next)
		json_put_string(&line, next);
	else
		json_put(&line, "null");
	json_put(&line, "}\n");
	text_end_json(out, &line);
}

/* ---- the answers ------------------------------------------------------------------------ */

/* Says what is wrong with what was asked for. */
static void fail_search(struct visit *visit, enum text_id wrong, const struct narc_error *detail)
{
	struct text *page = &visit->reply.body;

	if (wrong == TEXT_COUNT) {
		visit_fail(visit, MHD_HTTP_SERVICE_UNAVAILABLE, TEXT_NO_MEMORY);
	} else if (visit->is_api) {
		visit_fail_with(visit, MHD_HTTP_BAD_REQUEST,
				*detail->message ? detail->message
						 : text_in(LANGUAGE_ENGLISH, wrong));
	} else {
		visit->reply.status = MHD_HTTP_BAD_REQUEST;
		page_begin(visit, text_in(visit->language, TEXT_SEARCH));
		html(page, "<p class=\"notice\" role=\"alert\">");
		put_phrase(page, visit->language, wrong, detail->message);
		html(page, "</p>\n");
		put_search_form(visit, true);
		page_end(visit);
	}
}

void show_search(struct visit *visit)
{
	static const struct search_format format = { put_page_hit, put_page_end };
	struct text *page = &visit->reply.body;
	struct narc_error detail;
	struct search_job *job;
	enum text_id wrong;

	if (*asked(visit, "q") == '\0') {
		page_begin(visit, text_in(visit->language, TEXT_SEARCH));
		put_search_form(visit, true);
		page_end(visit);
		return;
	}
	if (!search_job_new(visit, &format, &job, &wrong, &detail)) {
		fail_search(visit, wrong, &detail);
		return;
	}
	page_begin(visit, text_in(visit->language, TEXT_SEARCH));
	put_search_form(visit, true);
	html(page, "<h2>%s</h2>\n<p class=\"note\">%s</p>\n<ol class=\"posts results\">\n",
	     text_in(visit->language, TEXT_RESULTS), text_in(visit->language, TEXT_RESULTS_ORDER));
	job->before = *page;
	*page = (struct text){ .bytes = NULL };
	page_end(visit);
	job->behind = *page;
	*page = (struct text){ .bytes = NULL };
	if (job->before.failed || job->behind.failed || !search_job_start(visit, job)) {
		search_job_free(job);
		visit_fail(visit, MHD_HTTP_SERVICE_UNAVAILABLE, TEXT_BUSY);
	}
}

void send_search(struct visit *visit)
{
	static const struct search_format format = { put_json_hit, put_json_end };
	struct narc_error detail;
	struct search_job *job;
	enum text_id wrong;

	if (!search_job_new(visit, &format, &job, &wrong, &detail)) {
		fail_search(visit, wrong, &detail);
		return;
	}
	visit->reply.kind = REPLY_DATA;
	visit->reply.type = "application/x-ndjson; charset=utf-8";
	if (!search_job_start(visit, job)) {
		search_job_free(job);
		visit_fail(visit, MHD_HTTP_SERVICE_UNAVAILABLE, TEXT_BUSY);
	}
}
