/* SPDX-License-Identifier: BSD-2-Clause */
#include "versions.h"

#include "page.h"
#include "post.h"

enum {
	CONTEXT = 3,        /* unchanged lines around what changed */
	WORD_EDITS = 200,   /* in a line; with more, it is another line */
	LINE_SIZE = 20000,  /* of longer ones words are not compared */
	UNCHANGED_RUN = 160 /* bytes of a line, from which on the middle is left out */
};

/* ---- the list --------------------------------------------------------------------------- */

static enum text_id state_name(const struct post_state *state)
{
	return state->record.is_redacted ? TEXT_REDACTED
	       : state->is_current	 ? TEXT_CURRENT
					 : TEXT_SUPERSEDED;
}

static void put_version_link(struct text *page, const char *key, uint32_t version)
{
	html(page, "<a href=\"/post/");
	html_url(page, key);
	html(page, "?version=%lu\">%lu</a>", (unsigned long)version, (unsigned long)version);
}

static void put_changes_link(struct text *page, enum language language, const char *key,
			     const struct post_state *before, const struct post_state *state)
{
	char number[16];

	if (!before || before->record.version >= state->record.version ||
	    before->record.is_redacted || state->record.is_redacted)
		return;
	snprintf(number, sizeof(number), "%lu", (unsigned long)before->record.version);
	html(page, "<a href=\"/post/");
	html_url(page, key);
	html(page, "/diff?from=%s&amp;to=%lu\">", number, (unsigned long)state->record.version);
	put_phrase(page, language, TEXT_CHANGES_SINCE, number);
	html(page, "</a>");
}

static void put_state(struct text *page, enum language language, const char *key,
		      const struct post_state *before, const struct post_state *state)
{
	const struct narc_record *record = &state->record;
	char date[DATE_TEXT_SIZE];

	html(page, "<tr><td>");
	put_version_link(page, key, record->version);
	html(page, "</td><td>%s</td>", text_in(language, state_name(state)));
	html(page, "<td>%s UTC</td>", format_short_date(state->archived, date));
	html(page, "<td>%s</td>", format_short_date(record->local_time, date));
	html(page, "<td class=\"number\">");
	put_number(page, record->size);
	html(page, "</td><td class=\"path\"><bdi>%s</bdi></td><td class=\"changes\">",
	     record->path);
	put_changes_link(page, language, key, before, state);
	if (record->is_redacted)
		html(page, "%s: <bdi>%s</bdi>", text_in(language, TEXT_REASON),
		     state->tombstone.reason);
	html(page, "</td></tr>\n");
}

static void put_heads(struct text *page, enum language language)
{
	static const enum text_id heads[] = { TEXT_VERSION, TEXT_STATE, TEXT_ARCHIVED, TEXT_DATE,
					      TEXT_SIZE,    TEXT_PATH,  TEXT_CHANGES };

	html(page, "<thead><tr>");
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		html(page, "<th scope=\"col\">%s</th>", text_in(language, heads[i]));
	html(page, "</tr></thead>\n");
}

/* The newest first. */
static void put_history(struct text *page, enum language language, const char *key,
			const struct post_history *history)
{
	html(page, "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n"
		   "<table class=\"versions\">\n",
	     text_in(language, TEXT_VIEW_VERSIONS));
	put_heads(page, language);
	html(page, "<tbody>\n");
	for (size_t i = history->count; i > 0; i--)
		put_state(page, language, key, i > 1 ? &history->list[i - 2] : NULL,
			  &history->list[i - 1]);
	html(page, "</tbody>\n</table>\n</div>\n");
}

void show_versions(struct visit *visit)
{
	const char *key = visit->target.segments[1];
	struct text *page = &visit->reply.body;
	struct post_history history;

	if (visit_history(visit, key, &history)) {
		page_begin_phrase(visit, TEXT_VERSIONS_TITLE, key);
		put_views(page, visit->language, key, 0, VIEW_VERSIONS);
		put_history(page, visit->language, key, &history);
		if (history.list[history.count - 1].record.version == 1)
			html(page, "<p>%s</p>\n", text_in(visit->language, TEXT_ONE_VERSION));
		page_end(visit);
	}
	post_history_free(&history);
}

/* ---- differences ------------------------------------------------------------------------ */

/* A line without its end. */
static size_t line_size(const struct piece *line)
{
	return line->size - (line->size && line->text[line->size - 1] == '\n');
}

static void put_line_start(struct text *page, enum language language, enum edit_kind kind)
{
	if (kind == EDIT_KEEP)
		html(page, "<span class=\"kept\"><span class=\"mark\">  </span>");
	else
		html(page,
		     "<span class=\"%s\"><span class=\"mark\" aria-hidden=\"true\">%s </span>"
		     "<span class=\"hidden\">%s: </span>",
		     kind == EDIT_ADD ? "added" : "removed", kind == EDIT_ADD ? "+" : "−",
		     text_in(language, kind == EDIT_ADD ? TEXT_LINE_ADDED : TEXT_LINE_REMOVED));
}

/* Ends a line, inside of it, where the line end makes no other one. */
static void put_line_end(struct text *page)
{
	html(page, "\n</span>");
}

static void put_whole_line(struct text *page, enum language language, enum edit_kind kind,
			   const struct piece *line)
{
	put_line_start(page, language, kind);
	html_lines(page, line->text, line_size(line));
	put_line_end(page);
}

/* Puts words that did not change; of many, those next to what did. */
static void put_kept_words(struct text *page, const struct pieces *words, size_t first,
			   size_t count, bool is_first, bool is_last)
{
	const char *start = words->list[first].text;
	const struct piece *last = &words->list[first + count - 1];
	size_t size = (size_t)(last->text + last->size - start);
	size_t head = is_first ? 0 : count, tail = is_last ? 0 : count;

	if (size > UNCHANGED_RUN) {
		/* Chinese has three bytes a word. */
		head = is_first ? 0 : UNCHANGED_RUN / 8;
		tail = is_last ? 0 : UNCHANGED_RUN / 8;
	}
	if (head + tail >= count || size <= UNCHANGED_RUN) {
		html_lines(page, start, size);
		return;
	}
	if (head)
		html_lines(page, start, (size_t)(words->list[first + head].text - start));
	html(page, "…");
	if (tail) {
		start = words->list[first + count - tail].text;
		html_lines(page, start, (size_t)(last->text + last->size - start));
	}
}

/* Puts one side of a line of which some words changed. */
static void put_words(struct text *page, const struct pieces *words, const struct edits *edits,
		      enum edit_kind side)
{
	for (size_t i = 0; i < edits->count; i++) {
		const struct edit *edit = &edits->list[i];
		size_t first = side == EDIT_REMOVE ? edit->old : edit->new;
		const struct piece *last = &words->list[first + edit->count - 1];
		const char *element = side == EDIT_REMOVE ? "del" : "ins";

		if (edit->kind == EDIT_KEEP) {
			put_kept_words(page, words, first, edit->count, i == 0,
				       i + 1 == edits->count);
		} else if (edit->kind == side) {
			html(page, "<%s>", element);
			html_lines(page, words->list[first].text,
				   (size_t)(last->text + last->size - words->list[first].text));
			html(page, "</%s>", element);
		}
	}
}

/* Puts both sides of a line in whose place another one came, with the words that changed. */
static void put_changed_line(struct text *page, enum language language, const struct piece *old,
			     const struct piece *new)
{
	struct pieces words[2] = { { .list = NULL }, { .list = NULL } };
	struct edits edits = { .list = NULL };

	if (old->size <= LINE_SIZE && new->size <= LINE_SIZE &&
	    split_words(old->text, line_size(old), &words[0]) &&
	    split_words(new->text, line_size(new), &words[1]) &&
	    diff_pieces(&words[0], &words[1], WORD_EDITS, &edits) && !edits.is_coarse) {
		put_line_start(page, language, EDIT_REMOVE);
		put_words(page, &words[0], &edits, EDIT_REMOVE);
		put_line_end(page);
		put_line_start(page, language, EDIT_ADD);
		put_words(page, &words[1], &edits, EDIT_ADD);
		put_line_end(page);
	} else {
		put_whole_line(page, language, EDIT_REMOVE, old);
		put_whole_line(page, language, EDIT_ADD, new);
	}
	edits_free(&edits);
	pieces_free(&words[0]);
	pieces_free(&words[1]);
}

/* Puts lines that did not change; of many, those next to what did. */
static void put_kept_lines(struct text *page, enum language language, const struct piece *lines,
			   size_t count, bool is_first, bool is_last)
{
	size_t head = is_first ? 0 : CONTEXT, tail = is_last ? 0 : CONTEXT;

	for (size_t i = 0; i < count; i++) {
		if (count > head + tail && i == head) {
			html(page, "<span class=\"gap\">");
			put_phrase_number(page, language, TEXT_LINES_LEFT_OUT,
					  count - head - tail);
			put_line_end(page);
			i = count - tail;
			if (i == count)
				return;
		}
		put_whole_line(page, language, EDIT_KEEP, &lines[i]);
	}
}

static void put_edits(struct text *page, enum language language,
		      const struct comparison *comparison)
{
	const struct edits *edits = &comparison->edits;
	const struct piece *old = comparison->lines[0].list, *new = comparison->lines[1].list;

	html(page, "<pre class=\"diff\" tabindex=\"0\"><code>");
	for (size_t i = 0; i < edits->count; i++) {
		const struct edit *edit = &edits->list[i], *next = edit + 1;
		bool is_last = i + 1 == edits->count;

		if (edit->kind == EDIT_KEEP) {
			put_kept_lines(page, language, old + edit->old, edit->count, i == 0,
				       is_last);
			continue;
		}
		if (edit->kind == EDIT_REMOVE && !is_last && next->kind == EDIT_ADD &&
		    next->count == edit->count) {
			for (size_t j = 0; j < edit->count; j++)
				put_changed_line(page, language, old + edit->old + j,
						 new + next->new + j);
			i++;
			continue;
		}
		for (size_t j = 0; j < edit->count; j++)
			put_whole_line(page, language, edit->kind,
				       edit->kind == EDIT_ADD ? new + edit->new + j
							      : old + edit->old + j);
	}
	html(page, "</code></pre>\n");
}

static void put_choice(struct text *page, enum language language, const char *name,
		       enum text_id label, uint32_t value)
{
	html(page,
	     "<span class=\"field\"><label for=\"%s\">%s</label>\n"
	     "<input type=\"number\" id=\"%s\" name=\"%s\" min=\"1\" value=\"%lu\" required>"
	     "</span>\n",
	     name, text_in(language, label), name, name, (unsigned long)value);
}

void show_diff(struct visit *visit)
{
	const char *key = visit->target.segments[1];
	struct text *page = &visit->reply.body;
	enum language language = visit->language;
	struct comparison comparison;

	if (visit_compare(visit, key, &comparison)) {
		page_begin_phrase(visit, TEXT_DIFF_TITLE, key);
		put_views(page, language, key, 0, VIEW_NONE);
		html(page, "<form method=\"get\">\n");
		put_choice(page, language, "from", TEXT_DIFF_FROM, comparison.from);
		put_choice(page, language, "to", TEXT_DIFF_TO, comparison.to);
		html(page, "<button type=\"submit\">%s</button>\n</form>\n<p>%s</p>\n",
		     text_in(language, TEXT_COMPARE), text_in(language, TEXT_DIFF_LEGEND));
		if (comparison.edits.is_coarse)
			html(page, "<p class=\"notice\">%s</p>\n",
			     text_in(language, TEXT_TOO_DIFFERENT));
		if (comparison.edits.count == 0 ||
		    (comparison.edits.count == 1 && comparison.edits.list[0].kind == EDIT_KEEP))
			html(page, "<p>%s</p>\n", text_in(language, TEXT_NO_DIFFERENCE));
		else
			put_edits(page, language, &comparison);
		page_end(visit);
	}
	comparison_free(&comparison);
}
