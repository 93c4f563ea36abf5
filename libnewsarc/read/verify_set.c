/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/verify_set.h"

#include <stdlib.h>
#include <string.h>

#include "format/row_keys.h"
#include "read/cursor.h"
#include "read/verify_successions.h"
#include "read/volume_filters.h"
#include "read/volume_source.h"
#include "support/status.h"

/* The check of a set, and the volume at hand. */
struct set_check {
	narc_archive *set;
	const struct narc_verify_options *options;
	struct narc_verify_result sum;
	struct volume *volume;
	const char *file; /* that is found damaged: the volume, or the manifest */
	const char *lost_filters; /* the filter file that was told of last, as a whole */
	bool has_first_code, has_last_code; /* that the manifest says */
	uint64_t bytes_before, rows_before; /* of the volumes before, for progress */
	bool goes_on;
};

/* A narc_verify_fn. */
static bool tell_of_volume(void *context, const struct narc_damage *damage)
{
	struct set_check *check = context;
	struct narc_damage placed = *damage;

	placed.volume = check->file;
	check->goes_on = !check->options->report ||
			 check->options->report(check->options->context, &placed);
	return check->goes_on;
}

/* Damage that is of the file as a whole. */
static enum narc_status tell_all(struct set_check *check, const struct narc_error *what,
				 uint64_t entries)
{
	const struct narc_damage damage = { .error = *what, .unnamed = entries };

	check->sum.damages++;
	return tell_of_volume(check, &damage) ? NARC_OK : NARC_CANCELLED;
}

/* A narc_progress_fn. */
static void show_progress(void *context, const struct narc_progress *progress)
{
	const struct set_check *check = context;
	const struct trailer *trailer = &check->set->trailer;
	struct narc_progress whole = *progress;

	whole.records += check->rows_before;
	whole.bytes += check->bytes_before;
	whole.total_records = trailer->rows;
	whole.total_bytes = trailer->owned_size;
	check->options->progress(check->options->progress_context, &whole);
}

/* ---- what the manifest says of it ----------------------------------------------------------- */

static bool has_section(narc_archive *archive, uint64_t offset, struct bytes said,
			struct byte_buffer *buffer)
{
	return archive_read_section(archive, (struct extent){ offset, said.size }, buffer, NULL) ==
		       NARC_OK &&
	       memcmp(buffer->data, said.data, said.size) == 0;
}

/* Whether the file has just the sections that the manifest has of it. */
static bool is_same_volume(narc_archive *archive, const struct set_volume *said)
{
	const struct manifest *manifest = &archive->manifest;
	struct byte_buffer buffer = BYTE_BUFFER_EMPTY;
	bool is_same = has_section(archive, archive->trailer.end - said->trailer.size,
				   said->trailer, &buffer) &&
		       has_section(archive, archive->trailer.manifest.offset, said->manifest,
				   &buffer) &&
		       manifest->segment_count == said->segment_count;

	for (size_t i = 0; i < said->segment_count && is_same; i++)
		is_same = has_section(archive, manifest->segments[i].offset, said->segments[i],
				      &buffer);
	byte_buffer_free(&buffer);
	return is_same;
}

static enum narc_status check_hash(const struct set_check *check, narc_archive *archive,
				   struct narc_error *error)
{
	const struct set_volume *said = check->volume->said;
	struct progress untold = { .tell = NULL };
	uint64_t hash;
	enum narc_status status = volume_hash(archive->source, said->size, &untold, &hash, error);

	if (status == NARC_OK && hash != said->hash)
		status = narc_fail(error, NARC_CORRUPT, "volume", NARC_NO_OFFSET,
				   "has another hash than the set says");
	return status;
}

/* A row_key_fn. */
static enum narc_status look_for_key(void *context, enum key_index index, const void *key,
				     size_t size, struct narc_error *error)
{
	struct set_check *check = context;
	const struct set_volume *said = check->volume->said;
	const struct volume_probe probe = volume_probe_of(index, key, size);

	if (probe.code) {
		check->has_first_code |= strcmp(probe.code, said->first_code) == 0;
		check->has_last_code |= strcmp(probe.code, said->last_code) == 0;
	}
	if (volume_is_candidate(check->set->volumes, check->volume, &probe) &&
	    volume_may_have(check->set->volumes, check->volume, &probe))
		return NARC_OK;
	return narc_fail(error, NARC_CORRUPT, "filter", NARC_NO_OFFSET,
			 "the filter of volume %s does not let all of its keys pass",
			 check->volume->said->name);
}

/* What a filter does not let pass is not found. Rows that cannot be read were told of. */
static enum narc_status check_filter(struct set_check *check, narc_archive *archive,
				     struct narc_error *error)
{
	const struct narc_record *record;
	narc_cursor *cursor;
	enum narc_status status = cursor_open_all(archive, &cursor, error);

	check->has_first_code = check->has_last_code = !*check->volume->said->first_code;
	if (status != NARC_OK)
		return status;
	while (status == NARC_OK) {
		status = narc_cursor_next(cursor, &record, error);
		if (status == NARC_OK)
			status = row_keys_tell(record, look_for_key, check, error);
	}
	narc_cursor_close(cursor);
	if (status == NARC_END && !(check->has_first_code && check->has_last_code))
		return narc_fail(error, NARC_CORRUPT, "volume", NARC_NO_OFFSET,
				 "has other infoCodes than the set says");
	return status == NARC_END ? NARC_OK : status;
}

/* That a file of filters is lost is told of once, and not of each volume that has one in it. */
static bool was_told(struct set_check *check, const char *file)
{
	const struct volume_list *list = check->set->volumes;
	bool is_lost = list->filters[check->volume->said->filter_file].is_damaged;
	bool was = is_lost && check->lost_filters == file;

	check->lost_filters = is_lost ? file : check->lost_filters;
	return was;
}

static enum narc_status check_said(struct set_check *check, narc_archive *archive,
				   struct narc_error *error)
{
	struct narc_error damage;
	enum narc_status status = NARC_OK;

	if (!is_same_volume(archive, check->volume->said))
		status = narc_fail(&damage, NARC_CORRUPT, "volume", NARC_NO_OFFSET,
				   "is another archive than the one that the set had");
	else if (!check->options->quick && !check->options->parts)
		status = check_hash(check, archive, &damage);
	if (status == NARC_OK) {
		status = volume_load_filter(check->set->volumes, check->volume, &damage);
		if (status != NARC_OK)
			check->file = filter_file_name(check->set->volumes, check->volume->said);
		if (status == NARC_CORRUPT && was_told(check, check->file))
			return NARC_OK;
	}
	if (status == NARC_OK && !check->options->quick)
		status = check_filter(check, archive, &damage);
	if (status == NARC_NOMEM || status == NARC_IO)
		return narc_fail_text(error, status, damage.stage, damage.offset, damage.message);
	return status == NARC_OK ? NARC_OK : tell_all(check, &damage, 0);
}

/* ---- each of them --------------------------------------------------------------------------- */

static void add_result(struct narc_verify_result *sum, const struct narc_verify_result *part)
{
	sum->damages += part->damages;
	sum->rows_checked += part->rows_checked;
	sum->bytes_checked += part->bytes_checked;
	sum->entries += part->entries;
	sum->versions += part->versions;
	sum->blocks += part->blocks;
	sum->good_entries += part->good_entries;
	sum->good_versions += part->good_versions;
	sum->blocks_checked += part->blocks_checked;
}

static enum narc_status check_archive(struct set_check *check, narc_archive *archive,
				      struct narc_error *error)
{
	struct narc_verify_options options = *check->options;
	struct narc_verify_result result;
	enum narc_status status;

	options.report = tell_of_volume;
	options.context = check;
	if (options.progress) {
		options.progress = show_progress;
		options.progress_context = check;
	}
	narc_archive_limit(archive, &check->set->limits);
	status = narc_archive_verify(archive, &options, &result, error);
	if (status != NARC_OK)
		return status;
	add_result(&check->sum, &result);
	return result.damages || !check->goes_on ? NARC_OK : check_said(check, archive, error);
}

static enum narc_status check_volume(struct set_check *check, struct narc_error *error)
{
	struct narc_error damage;
	struct narc_source source;
	narc_archive *archive;
	enum narc_status status =
		volume_open(check->set->volumes, check->volume, &source, &damage);

	if (status == NARC_OK)
		status = narc_archive_open_damaged(source, &archive, &damage);
	if (status == NARC_OK) {
		status = check_archive(check, archive, error);
		narc_archive_close(archive);
		return status;
	}
	if (!is_damage(status) && status != NARC_NOT_NEWSARC) {
		if (error)
			*error = damage;
		return status;
	}
	check->sum.entries += check->volume->rows;
	return tell_all(check, &damage, check->volume->rows);
}

/* What takes the rows of all volumes. Where some are damaged, they do not say. */
static enum narc_status check_whole(struct set_check *check, struct narc_error *error)
{
	const struct trailer *trailer = &check->set->trailer;
	struct narc_verify_result *sum = &check->sum;
	struct narc_error damage;
	enum narc_status status;

	if (!check->goes_on)
		return NARC_OK;
	/* Of each volume, entries are what was current before others came. */
	if (sum->good_entries == sum->entries && sum->good_versions == sum->versions) {
		sum->entries = sum->good_entries = trailer->current_rows;
		sum->versions = sum->good_versions = trailer->rows - trailer->current_rows;
	}
	if (sum->damages)
		return NARC_OK;
	check->file = NARC_SET_MANIFEST;
	status = verify_successions(check->set, check->options->temporary_folder, &damage);
	if (status == NARC_CORRUPT)
		return tell_all(check, &damage, 0);
	if (status != NARC_OK && error)
		*error = damage;
	return status;
}

enum narc_status verify_set(narc_archive *set, const struct narc_verify_options *options,
			    struct narc_verify_result *result, struct narc_error *error)
{
	struct set_check check = { .set = set, .options = options, .goes_on = true };
	struct volume_list *list = set->volumes;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < list->count && status == NARC_OK && check.goes_on; i++) {
		check.volume = &list->volumes[i];
		check.file = check.volume->said->name;
		status = check_volume(&check, error);
		check.rows_before += check.volume->rows;
		check.bytes_before = check.sum.bytes_checked;
	}
	if (status == NARC_OK)
		status = check_whole(&check, error);
	if (status == NARC_OK || status == NARC_CANCELLED)
		*result = check.sum;
	return status == NARC_CANCELLED ? NARC_OK : status;
}
