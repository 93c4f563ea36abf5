/* SPDX-License-Identifier: BSD-2-Clause */
#include "api.h"

#include <microhttpd.h>
#include <string.h>

#include "calendar.h"
#include "days.h"
#include "versions.h"

enum { DAYS_MOST = 40000 }; /* a hundred years */

static void put_flag(struct json_line *line, const char *before, bool value)
{
	json_put(line, before);
	json_put(line, value ? "true" : "false");
}

static void put_date(struct json_line *line, const char *before, int32_t day)
{
	char text[DAY_TEXT_SIZE];

	json_field_string(line, before, format_day(day, text));
}

/* "first" and "last", which are null if there are none. */
static void put_span(struct json_line *line, const struct day_counts *counts)
{
	struct span span = span_of(counts);

	if (counts->count == 0) {
		json_put(line, ",\"first\":null,\"last\":null");
		return;
	}
	put_date(line, ",\"first\":", span.first);
	put_date(line, ",\"last\":", span.last);
}

/* ---- what there is ---------------------------------------------------------------------- */

static bool put_archive(struct visit *visit, struct json_line *line, size_t place)
{
	const char *name = visit->set->names[place];
	struct narc_info info;
	struct narc_error error;

	if (narc_archive_info(visit->set->archives[place], &info, &error) != NARC_OK) {
		report_damage(name, &error);
		return false;
	}
	json_field_string(line, place ? ",{\"name\":" : "{\"name\":", name);
	json_field_number(line, ",\"generation\":", info.generation);
	json_field_number(line, ",\"entries\":", info.current_rows);
	json_field_number(line, ",\"posts\":", info.current_posts);
	json_field_number(line, ",\"content_size\":", info.current_size);
	json_field_number(line, ",\"file_size\":", info.file_size);
	json_put(line, "}");
	return true;
}

void send_overview(struct visit *visit)
{
	const struct day_counts *counts;
	bool is_current, is_good = true;
	struct catalog *catalog = visit_catalog(visit, &counts, &is_current);
	struct json_line line;

	if (visit_begin_json(visit, &line)) {
		json_put(&line, "{\"archives\":[");
		for (size_t i = 0; i < visit->set->count && is_good; i++)
			is_good = put_archive(visit, &line, i);
		json_field_number(&line, "],\"posts\":", counts->posts);
		put_span(&line, counts);
		json_field_number(&line, ",\"failures\":", catalog ? catalog->damages : 0);
		put_flag(&line, ",\"is_current\":", is_current);
		json_put(&line, "}\n");
		text_end_json(&visit->reply.body, &line);
	}
	if (!is_good)
		visit_fail(visit, MHD_HTTP_INTERNAL_SERVER_ERROR, TEXT_DAMAGED);
	catalog_release(catalog);
}

void send_days(struct visit *visit)
{
	const char *period = target_parameter(&visit->target, "period");
	const struct day_counts *counts;
	struct narc_filter filter;
	int32_t first, last;
	struct catalog *catalog;
	struct span span;
	struct json_line line;
	bool is_current;

	narc_filter_init(&filter);
	if (period && narc_filter_set_dates(&filter, period, NULL) != NARC_OK) {
		visit_fail(visit, MHD_HTTP_BAD_REQUEST, TEXT_BAD_PARAMETER);
		return;
	}
	catalog = visit_catalog(visit, &counts, &is_current);
	span = span_of(counts);
	first = day_of_time(filter.from) > span.first ? day_of_time(filter.from) : span.first;
	last = day_of_time(filter.to) < span.last ? day_of_time(filter.to) : span.last;
	if (last >= first && last - first >= DAYS_MOST) {
		visit_fail(visit, MHD_HTTP_BAD_REQUEST, TEXT_TOO_MANY_DAYS);
		catalog_release(catalog);
		return;
	}
	if (visit_begin_json(visit, &line)) {
		json_put(&line, "{\"days\":[");
		for (int32_t day = first; day <= last; day++) {
			put_date(&line, day == first ? "{\"date\":" : ",{\"date\":", day);
			json_field_number(&line, ",\"posts\":",
					  day_counts_between(counts, day, day));
			json_put(&line, "}");
		}
		json_field_number(&line, "],\"missing\":",
				  missing_days(counts, span, first, last));
		put_flag(&line, ",\"is_current\":", is_current);
		json_put(&line, "}\n");
		text_end_json(&visit->reply.body, &line);
	}
	catalog_release(catalog);
}

static void put_subject(struct json_line *line, const struct subject *subject, bool is_first)
{
	json_field_string(line, is_first ? "{\"name\":" : ",{\"name\":", subject->name);
	json_field_number(line, ",\"posts\":", subject->counts.posts);
	put_span(line, &subject->counts);
	json_put(line, "}");
}

static void send_subjects(struct visit *visit, bool is_tags)
{
	static const struct subjects none;
	const struct day_counts *counts;
	bool is_current;
	struct catalog *catalog = visit_catalog(visit, &counts, &is_current);
	const struct subjects *subjects =
		!catalog ? &none : is_tags ? &catalog->tags : &catalog->categories;
	struct json_line line;

	if (visit_begin_json(visit, &line)) {
		json_put(&line, "{\"names\":[");
		for (size_t i = 0; i < subjects->count; i++)
			put_subject(&line, subjects->list[i], i == 0);
		put_flag(&line, "],\"is_complete\":", !catalog || !catalog->is_cut);
		put_flag(&line, ",\"is_current\":",
			 is_current && (!is_tags || catalog->has_tags));
		json_put(&line, "}\n");
		text_end_json(&visit->reply.body, &line);
	}
	catalog_release(catalog);
}

void send_categories(struct visit *visit)
{
	send_subjects(visit, false);
}

void send_tags(struct visit *visit)
{
	send_subjects(visit, true);
}

/* ---- entries ---------------------------------------------------------------------------- */

void json_put_entry(struct json_line *line, const char *archive, const struct narc_record *record,
		    const struct narc_front_matter *matter)
{
	char date[DATE_TEXT_SIZE];

	json_field_string(line, "\"path\":", record->path);
	json_field_string(line, ",\"kind\":", record->kind == NARC_KIND_POST ? "post" : "file");
	json_field_string(line, ",\"info_code\":", record->info_code);
	json_field_string(line, ",\"date\":",
			  format_date(record->local_time, record->zone_minutes, date));
	json_field_string(line, ",\"title\":", matter->title);
	json_put(line, ",\"categories\":");
	json_put_names(line, record->categories);
	json_put(line, ",\"tags\":");
	json_put_names(line, matter->tags);
	json_field_number(line, ",\"size\":", record->size);
	json_put(line, ",\"hash\":\"");
	json_put_digits(line, record->hash, 4, 16);
	json_field_number(line, "\",\"version\":", record->version);
	json_field_number(line, ",\"generation\":", record->generation);
	put_flag(line, ",\"redacted\":", record->is_redacted);
	json_field_string(line, ",\"archive\":", archive);
}

void send_post(struct visit *visit)
{
	struct narc_front_matter matter = NO_MATTER;
	narc_front_matter_reader *reader = NULL;
	struct lookup *lookup;
	struct json_line line;

	if (!visit_find(visit, visit->target.segments[2], &lookup))
		return;
	/* A post that cannot be read has facts all the same. */
	if (narc_front_matter_reader_new(&reader, NULL) == NARC_OK)
		matter = matter_read(reader, lookup->cursor);
	if (visit_begin_json(visit, &line)) {
		json_put(&line, "{");
		json_put_entry(&line, visit->set->names[lookup->archive], lookup->record,
			       &matter);
		json_put(&line, "}\n");
		text_end_json(&visit->reply.body, &line);
	}
	narc_front_matter_reader_free(reader);
}

/* ---- versions --------------------------------------------------------------------------- */

void send_versions(struct visit *visit)
{
	struct post_history history;
	struct json_line line;

	if (visit_history(visit, visit->target.segments[2], &history) &&
	    visit_begin_json(visit, &line)) {
		json_put(&line, "{\"versions\":[");
		for (size_t i = 0; i < history.count; i++) {
			if (i)
				json_put(&line, ",");
			json_put_state(&line, &history.list[i]);
		}
		json_put(&line, "]}\n");
		text_end_json(&visit->reply.body, &line);
	}
	post_history_free(&history);
}

/* The lines that an edit is about, where they are not the same on both sides. */
static void put_edit(struct json_line *line, const struct comparison *comparison,
		     const struct edit *edit)
{
	static const char *const names[] = { "keep", "remove", "add" };
	const struct piece *lines = edit->kind == EDIT_ADD
					    ? comparison->lines[1].list + edit->new
					    : comparison->lines[0].list + edit->old;

	json_field_string(line, "{\"kind\":", names[edit->kind]);
	json_field_number(line, ",\"old\":", edit->old + 1);
	json_field_number(line, ",\"new\":", edit->new + 1);
	json_field_number(line, ",\"count\":", edit->count);
	json_put(line, ",\"lines\":[");
	for (size_t i = 0; i < edit->count && edit->kind != EDIT_KEEP; i++) {
		if (i)
			json_put(line, ",");
		json_put_text(line, lines[i].text, lines[i].size);
	}
	json_put(line, "]}");
}

void send_diff(struct visit *visit)
{
	struct comparison comparison;
	struct json_line line;

	if (visit_compare(visit, visit->target.segments[2], &comparison) &&
	    visit_begin_json(visit, &line)) {
		json_field_number(&line, "{\"from\":", comparison.from);
		json_field_number(&line, ",\"to\":", comparison.to);
		put_flag(&line, ",\"is_coarse\":", comparison.edits.is_coarse);
		json_put(&line, ",\"edits\":[");
		for (size_t i = 0; i < comparison.edits.count; i++) {
			if (i)
				json_put(&line, ",");
			put_edit(&line, &comparison, &comparison.edits.list[i]);
		}
		json_put(&line, "]}\n");
		text_end_json(&visit->reply.body, &line);
	}
	comparison_free(&comparison);
}
