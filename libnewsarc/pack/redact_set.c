/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking contents out of a set for good. Rows are looked for in all of it; each volume that has
 * some is written anew, as an archive is; and all that were written take the places of the old ones
 * in one edition. Who added or joined volumes meanwhile may have brought such rows again: so that is
 * done until there are none. What is left of the old files is removed.
 */
#include <stdlib.h>
#include <string.h>

#include "pack/redacted_rows.h"
#include "pack/redaction.h"
#include "pack/replace_volumes.h"
#include "pack/retired_files.h"
#include "read/cursor.h"
#include "read/volume_source.h"
#include "support/status.h"
#include "support/translate.h"

/* A volume that is written anew. */
struct redacted_volume {
	const struct volume *old;
	const uint64_t *rows; /* that are redacted in it, ascending, as rows of the set */
	size_t row_count;
	struct volume_file file;
	struct volume_description description;
	bool is_written;
	struct narc_redact_result result;
};

struct set_redaction {
	struct narc_store store;
	const struct narc_redact_options *options;
	struct narc_redact_result result;
	struct number_map told; /* rows that keep a content: each is told of once */
	/* Of the edition at hand: */
	struct set_edition edition;
	struct number_map rows; /* that are to be redacted */
	uint64_t *sorted;       /* the same in their order */
	struct redacted_volume *volumes;
	struct replacement *replacements; /* of each of them */
	size_t count;
	int64_t retired; /* since when the old volumes will be */
};

/* ---- which rows, and volumes ---------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a;
	uint64_t right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

static enum narc_status sort_rows(struct set_redaction *redaction, struct narc_error *error)
{
	const struct number_map *rows = &redaction->rows;
	size_t count = 0;

	redaction->sorted = calloc(rows->count + 1, sizeof(*redaction->sorted));
	if (!redaction->sorted)
		return narc_fail_memory(error);
	for (size_t i = 0; i < rows->capacity; i++)
		if (rows->slots[i].key)
			redaction->sorted[count++] = rows->slots[i].key - 1;
	qsort(redaction->sorted, count, sizeof(*redaction->sorted), by_number);
	return NARC_OK;
}

/* How many of the rows from here on are of the same volume. */
static size_t rows_of_one(const uint64_t *rows, size_t count, const struct volume *volume)
{
	size_t same = 0;

	while (same < count && rows[same] - volume->first_row < volume->rows)
		same++;
	return same;
}

static enum narc_status list_volumes(struct set_redaction *redaction, struct narc_error *error)
{
	const struct volume_list *list = redaction->edition.set->volumes;
	size_t most = list->count < redaction->rows.count ? list->count : redaction->rows.count;

	redaction->volumes = calloc(most + 1, sizeof(*redaction->volumes));
	redaction->replacements = calloc(most + 1, sizeof(*redaction->replacements));
	if (!redaction->volumes || !redaction->replacements)
		return narc_fail_memory(error);
	for (size_t i = 0; i < redaction->rows.count;) {
		const uint64_t *rows = &redaction->sorted[i];
		struct redacted_volume *volume = &redaction->volumes[redaction->count];

		volume->old = volume_of_row(list, *rows);
		volume->rows = rows;
		volume->row_count = rows_of_one(rows, redaction->rows.count - i, volume->old);
		redaction->replacements[redaction->count++] = (struct replacement){
			.volumes = volume->old->said, .count = 1, .by = &volume->description
		};
		i += volume->row_count;
	}
	return NARC_OK;
}

/* ---- what keeps their contents -------------------------------------------------------------- */

/* UINT64_MAX is no key of a map. */
static uint64_t content_number(const struct narc_record *record)
{
	return record->hash >> 1;
}

/* The contents that go, with their sizes. */
static enum narc_status list_contents(struct set_redaction *redaction, struct number_map *contents,
				      struct narc_error *error)
{
	const struct narc_record *record;
	narc_cursor *cursor;
	enum narc_status status = cursor_new_of_all(redaction->edition.set, &cursor, error);

	if (status != NARC_OK)
		return status;
	for (size_t i = 0; i < redaction->rows.count && status == NARC_OK; i++) {
		status = narc_cursor_find_row(cursor, redaction->sorted[i], error);
		if (status == NARC_OK)
			status = narc_cursor_next(cursor, &record, error);
		if (status == NARC_OK && record->size)
			status = number_map_put(contents, content_number(record), record->size,
						error);
	}
	narc_cursor_close(cursor);
	return status;
}

static enum narc_status look_at_row(struct set_redaction *redaction,
				    const struct number_map *contents,
				    const struct narc_record *record, struct narc_error *error)
{
	const struct narc_redact_options *options = redaction->options;
	const uint64_t *size = number_map_find(contents, content_number(record));

	if (!size || *size != record->size || record->is_redacted ||
	    number_map_find(&redaction->rows, record->row) ||
	    number_map_find(&redaction->told, record->row))
		return NARC_OK;
	redaction->result.kept_copies++;
	if (options->notice)
		options->notice(options->notice_context, NARC_NOTICE_KEPT, record->path,
				translated("has the same content as what is redacted, and keeps "
					   "it"));
	return number_map_put(&redaction->told, record->row, 1, error);
}

/* Volumes share no contents: so all rows are gone through for what is the same. */
static enum narc_status find_kept(struct set_redaction *redaction, struct narc_error *error)
{
	struct number_map contents = { 0 };
	const struct narc_record *record;
	narc_cursor *cursor = NULL;
	enum narc_status status = list_contents(redaction, &contents, error);

	if (status == NARC_OK)
		status = cursor_open_all(redaction->edition.set, &cursor, error);
	while (status == NARC_OK) {
		status = narc_cursor_next(cursor, &record, error);
		if (status == NARC_OK)
			status = look_at_row(redaction, &contents, record, error);
	}
	narc_cursor_close(cursor);
	number_map_free(&contents);
	return status == NARC_END ? NARC_OK : status;
}

/* ---- writing volumes anew ------------------------------------------------------------------- */

/* Its rows as it numbers them itself. */
static enum narc_status number_rows(const struct redacted_volume *volume, struct number_map *rows,
				    struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < volume->row_count && status == NARC_OK; i++)
		status = number_map_put(rows, volume->rows[i] - volume->old->first_row, 1, error);
	return status;
}

static enum narc_status write_volume(struct set_redaction *redaction,
				     struct redacted_volume *volume, struct narc_error *error)
{
	const struct volume_list *list = redaction->edition.set->volumes;
	struct narc_redact_options options = *redaction->options;
	struct number_map rows = { 0 };
	narc_archive *archive = NULL;
	struct narc_source source;
	struct narc_sink sink;
	enum narc_status status = volume_open(list, volume->old, &source, error);

	options.notice = NULL; /* what keeps a content was told, of all volumes */
	if (status == NARC_OK)
		status = narc_archive_open(source, &archive, error);
	if (status == NARC_OK)
		status = number_rows(volume, &rows, error);
	if (status == NARC_OK)
		status = volume_sink(&volume->file, redaction->store, volume->old->said->label,
				     &sink, error);
	if (status == NARC_OK)
		status = redact_rows(archive, &rows, &options, sink, &volume->result, error);
	volume->is_written = status == NARC_OK;
	if (status == NARC_CORRUPT || status == NARC_LIMIT || status == NARC_UNSUPPORTED)
		narc_error_set_path(error, volume->old->said->name);
	number_map_free(&rows);
	narc_archive_close(archive);
	return status;
}

static enum narc_status write_volumes(struct set_redaction *redaction, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < redaction->count && status == NARC_OK; i++) {
		struct redacted_volume *volume = &redaction->volumes[i];

		status = write_volume(redaction, volume, error);
		if (status == NARC_OK)
			status = describe_volume(&volume->file, &volume->description, error);
		if (status == NARC_OK)
			status = replacement_settle(&redaction->replacements[i], volume->old->rows,
						    error);
		if (status != NARC_OK)
			break;
		/* There may be more volumes than a process may have files open. */
		narc_archive_close(volume->description.archive);
		volume->description.archive = NULL;
	}
	return status;
}

/* Removes what was written and will not be of the set. Where that fails, it stays. */
static void remove_written(const struct set_redaction *redaction)
{
	struct set_edition edition;

	if (set_edition_load(redaction->store, &edition, NULL) == NARC_OK)
		for (size_t i = 0; i < redaction->count; i++)
			if (redaction->volumes[i].is_written)
				remove_unused_volume(&edition, redaction->volumes[i].file.name,
						     NULL);
	set_edition_free(&edition);
}

/* ---- putting them into their places --------------------------------------------------------- */

/* A narc_store_list_fn. What is retired is removed unless it was written later: by the clock of the
 * store, which may be ahead of ours. */
static bool look_at_time(void *context, const char *name, uint64_t size, int64_t time)
{
	struct set_redaction *redaction = context;

	(void)size;
	for (size_t i = 0; i < redaction->count; i++)
		if (time > redaction->retired &&
		    strcmp(redaction->volumes[i].old->said->name, name) == 0)
			redaction->retired = time;
	return true;
}

static enum narc_status count_out(const struct narc_record *record, struct set_manifest *next,
				  struct narc_error *error)
{
	bool is_post = record->kind == NARC_KIND_POST;

	if (next->current_rows == 0 || next->current_posts < is_post ||
	    next->current_size < record->size)
		return narc_fail(error, NARC_CORRUPT, "set", NARC_NO_OFFSET,
				 "counts fewer current rows, posts or bytes than there are");
	next->current_rows--;
	next->current_posts -= is_post;
	next->current_size -= record->size;
	return NARC_OK;
}

/* As recount of struct replacements: rows that were current in the set until now are not. */
static enum narc_status count_volume_out(void *context, const struct set_edition *edition,
					 size_t place, const struct replacement *replacement,
					 struct set_manifest *next, struct narc_error *error)
{
	const struct set_redaction *redaction = context;
	const struct redacted_volume *volume =
		&redaction->volumes[replacement - redaction->replacements];
	uint64_t first_row = edition->set->volumes->volumes[place].first_row;
	const struct narc_record *record;
	narc_cursor *cursor;
	enum narc_status status = cursor_new_of_all(edition->set, &cursor, error);

	if (status != NARC_OK)
		return status;
	cursor_set_all_versions(cursor, false);
	for (size_t i = 0; i < volume->row_count && status == NARC_OK; i++) {
		status = narc_cursor_find_row(
			cursor, volume->rows[i] - volume->old->first_row + first_row, error);
		if (status == NARC_OK)
			status = narc_cursor_next(cursor, &record, error);
		if (status == NARC_OK)
			status = count_out(record, next, error);
		else if (status == NARC_NOT_FOUND)
			status = NARC_OK;
	}
	narc_cursor_close(cursor);
	return status;
}

static void add_result(struct narc_redact_result *sum, const struct narc_redact_result *part)
{
	sum->rows += part->rows;
	sum->blocks += part->blocks;
	sum->recompressed += part->recompressed;
	sum->scrubbed_size += part->scrubbed_size;
	sum->archive_size += part->archive_size;
	sum->volumes++;
}

static enum narc_status replace_written(struct set_redaction *redaction, struct narc_error *error)
{
	struct replacements replacements = { .all = redaction->replacements,
					     .count = redaction->count,
					     .recount = count_volume_out,
					     .context = redaction };
	struct narc_store store = redaction->store;
	enum narc_status status;

	redaction->retired = redaction->options->now;
	status = store.ops->list(store.context, look_at_time, redaction, error);
	replacements.time = redaction->retired;
	if (status != NARC_OK) {
		remove_written(redaction);
		return status;
	}
	status = replace_volumes(store, &replacements, error);
	for (size_t i = 0; i < redaction->count && status == NARC_OK; i++)
		if (redaction->replacements[i].is_done)
			add_result(&redaction->result, &redaction->volumes[i].result);
	return status;
}

/* ---- until nothing is left ------------------------------------------------------------------ */

static void forget_edition(struct set_redaction *redaction)
{
	for (size_t i = 0; i < redaction->count; i++)
		volume_description_free(&redaction->volumes[i].description);
	redaction->count = 0;
	free(redaction->volumes);
	free(redaction->replacements);
	free(redaction->sorted);
	number_map_free(&redaction->rows);
	set_edition_free(&redaction->edition);
	redaction->volumes = NULL;
	redaction->replacements = NULL;
	redaction->sorted = NULL;
	redaction->rows = (struct number_map){ 0 };
}

static enum narc_status find_rows(struct set_redaction *redaction, const char **redacted,
				  struct narc_error *error)
{
	enum narc_status status = set_edition_load(redaction->store, &redaction->edition, error);

	if (status == NARC_OK && !redaction->edition.is_there)
		status = narc_fail(error, NARC_NOT_FOUND, "redact", NARC_NO_OFFSET,
				   "there is no set");
	return status == NARC_OK
		       ? find_redacted_rows(redaction->edition.set, redaction->options,
					    &redaction->rows, redacted, error)
		       : status;
}

/* Takes out the rows that were found. */
static enum narc_status redact_found(struct set_redaction *redaction, struct narc_error *error)
{
	enum narc_status status = sort_rows(redaction, error);

	if (status == NARC_OK)
		status = find_kept(redaction, error);
	if (status == NARC_OK)
		status = list_volumes(redaction, error);
	if (status != NARC_OK)
		return status;
	status = write_volumes(redaction, error);
	if (status != NARC_OK) {
		remove_written(redaction);
		return status;
	}
	return replace_written(redaction, error);
}

/* NARC_OK, and *redacted is set, if of some key there was nothing left from the start. */
static enum narc_status redact_all(struct set_redaction *redaction, const char **redacted,
				   struct narc_error *error)
{
	const char *found_none;
	enum narc_status status = find_rows(redaction, redacted, error);

	while (status == NARC_OK && !*redacted && redaction->rows.count) {
		status = redact_found(redaction, error);
		forget_edition(redaction);
		if (status == NARC_OK)
			status = find_rows(redaction, &found_none, error);
	}
	forget_edition(redaction);
	return status;
}

enum narc_status narc_set_redact(struct narc_store store,
				 const struct narc_redact_options *options,
				 struct narc_redact_result *result, struct narc_error *error)
{
	struct set_redaction redaction = { .store = store, .options = options };
	const char *redacted = NULL;
	enum narc_status status = check_redact_options(options, error);

	if (status == NARC_OK)
		status = redact_all(&redaction, &redacted, error);
	number_map_free(&redaction.told);
	if (status == NARC_OK)
		status = remove_retired(store, options->now, options->grace,
					&redaction.result.removed, &redaction.result.waiting,
					error);
	if (status == NARC_OK && options->notice)
		status = tell_left_files(store, options->notice, options->notice_context, error);
	if (status == NARC_OK && redacted)
		status = fail_redacted(redacted, error);
	if (status == NARC_OK)
		*result = redaction.result;
	return status;
}
