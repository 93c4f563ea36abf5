/* SPDX-License-Identifier: BSD-2-Clause */
#include "post_history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

static enum narc_status add_state(narc_archive *archive, struct post_history *history,
				  const struct narc_record *record, struct narc_error *error)
{
	struct post_state *grown =
		realloc(history->list, (history->count + 1) * sizeof(*history->list));
	struct post_state *state;

	if (!grown)
		return fail_memory(error);
	history->list = grown;
	state = &grown[history->count];
	*state = (struct post_state){ .record = *record };
	state->record.path = strdup(record->path);
	state->record.info_code = state->record.categories = "";
	if (!state->record.path)
		return fail_memory(error);
	history->count++;
	if (narc_archive_generation_time(archive, record->generation, &state->archived, NULL) !=
	    NARC_OK)
		state->archived = 0;
	if (record->is_redacted &&
	    narc_archive_tombstone(archive, record->row, &state->tombstone, NULL) != NARC_OK)
		state->tombstone.reason = "";
	return NARC_OK;
}

enum narc_status post_history_find(narc_cursor *cursor, const char *key, struct narc_error *error)
{
	const struct narc_record *record;
	struct narc_record newest = { .generation = 0 };
	char code[256] = "";
	enum narc_status status = narc_cursor_find(cursor, key, error);

	while (status == NARC_OK &&
	       (status = narc_cursor_next(cursor, &record, error)) == NARC_OK) {
		if (newest.generation && !narc_record_is_newer(record, &newest))
			continue;
		newest = *record; /* whose strings are not looked at */
		snprintf(code, sizeof(code), "%s", record->info_code);
	}
	if (status != NARC_END)
		return status;
	return *code ? narc_cursor_find_code(cursor, code, error)
		     : narc_cursor_find(cursor, key, error);
}

static enum narc_status open_cursor(narc_archive *archive, bool all_versions, narc_cursor **cursor,
				    struct narc_error *error)
{
	struct narc_filter filter;

	narc_filter_init(&filter);
	filter.all_versions = all_versions;
	filter.with_redacted = all_versions;
	return narc_cursor_open(archive, &filter, cursor, error);
}

static int by_age(const void *a, const void *b)
{
	const struct narc_record *left = &((const struct post_state *)a)->record;
	const struct narc_record *right = &((const struct post_state *)b)->record;

	return narc_record_is_newer(left, right) - narc_record_is_newer(right, left);
}

/* Of a history that was packed at once, a cursor gives the states in order of the dates that they
 * say they have. */
static enum narc_status collect_states(narc_archive *archive, const char *key,
				       struct post_history *history, struct narc_error *error)
{
	const struct narc_record *record;
	narc_cursor *cursor = NULL;
	enum narc_status status = open_cursor(archive, true, &cursor, error);

	if (status == NARC_OK)
		status = post_history_find(cursor, key, error);
	while (status == NARC_OK) {
		status = narc_cursor_next(cursor, &record, error);
		if (status == NARC_OK)
			status = add_state(archive, history, record, error);
	}
	narc_cursor_close(cursor);
	if (history->count)
		qsort(history->list, history->count, sizeof(*history->list), by_age);
	return status == NARC_END ? NARC_OK : status;
}

static enum narc_status mark_current(narc_archive *archive, struct post_history *history,
				     struct narc_error *error)
{
	const struct narc_record *record;
	narc_cursor *cursor = NULL;
	enum narc_status status = open_cursor(archive, false, &cursor, error);

	for (size_t i = 0; i < history->count && status == NARC_OK; i++) {
		struct post_state *state = &history->list[i];

		status = narc_cursor_find_path(cursor, state->record.path, error);
		if (status == NARC_OK)
			status = narc_cursor_next(cursor, &record, error);
		if (status == NARC_OK)
			state->is_current = record->row == state->record.row;
		else if (status == NARC_NOT_FOUND)
			status = NARC_OK;
	}
	narc_cursor_close(cursor);
	return status;
}

enum narc_status post_history_collect(narc_archive *archive, const char *key,
				      struct post_history *history, struct narc_error *error)
{
	enum narc_status status = collect_states(archive, key, history, error);

	return status == NARC_OK ? mark_current(archive, history, error) : status;
}

enum narc_status post_history_go_to(narc_cursor *cursor, const struct post_state *state,
				    struct narc_error *error)
{
	const struct narc_record *record;
	enum narc_status status = narc_cursor_find_row(cursor, state->record.row, error);

	return status == NARC_OK ? narc_cursor_next(cursor, &record, error) : status;
}

void post_history_free(struct post_history *history)
{
	for (size_t i = 0; i < history->count; i++)
		free((char *)(uintptr_t)history->list[i].record.path);
	free(history->list);
	*history = (struct post_history){ .list = NULL };
}

static void put_redaction(struct json_line *line, const struct narc_tombstone *tombstone)
{
	char date[DATE_TEXT_SIZE];

	json_field_string(line, "{\"time\":", format_date(tombstone->time, 0, date));
	json_field_string(line, ",\"reason\":", tombstone->reason);
	json_put(line, ",\"sha256\":\"");
	for (size_t i = 0; i < sizeof(tombstone->sha256); i++)
		json_put_digits(line, tombstone->sha256[i], 4, 2);
	json_put(line, "\"}");
}

void json_put_state(struct json_line *line, const struct post_state *state)
{
	const struct narc_record *record = &state->record;
	char date[DATE_TEXT_SIZE];

	json_field_number(line, "{\"version\":", record->version);
	json_field_number(line, ",\"generation\":", record->generation);
	json_field_string(line, ",\"archived\":", format_date(state->archived, 0, date));
	json_field_string(line, ",\"date\":",
			  format_date(record->local_time, record->zone_minutes, date));
	json_field_string(line, ",\"path\":", record->path);
	json_field_number(line, ",\"size\":", record->size);
	json_put(line, ",\"hash\":\"");
	json_put_digits(line, record->hash, 4, 16);
	json_put(line, state->is_current ? "\",\"current\":true" : "\",\"current\":false");
	json_put(line, ",\"redacted\":");
	if (record->is_redacted)
		put_redaction(line, &state->tombstone);
	else
		json_put(line, "null");
	json_put(line, "}");
}
