/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as an archive of which everything is read. Contents are what their hashes say; and
 * an archive in which a check finds nothing gives all that it has, by every way that leads to
 * it. */
#include <stdlib.h>
#include <string.h>

#include "format/limits.h"
#include "format/post_path.h"
#include "fuzz.h"
#include "support/content_hash.h"

enum {
	KEYS_LIMIT = 12,            /* records that are looked up by their keys */
	CALLS_LIMIT = 3000,         /* of a cursor */
	CONTENT_LIMIT = 64 << 20,   /* bytes that are read of one archive */
};

struct reading {
	narc_archive *archive;
	bool good;
	uint64_t content_read;
	struct narc_record keys[KEYS_LIMIT]; /* own their path and infoCode */
	size_t key_count;
};

/* Of a good archive, nothing may fail. */
static bool succeeded(const struct reading *reading, enum narc_status status,
		      const struct narc_error *error)
{
	bool success = fuzz_succeeded(status, error);

	HOLDS(success || !reading->good || status == NARC_LIMIT);
	return success;
}

/* ---- records ------------------------------------------------------------------------------ */

static void keep_key(struct reading *reading, const struct narc_record *record)
{
	struct narc_record *key = &reading->keys[reading->key_count];

	if (reading->key_count == KEYS_LIMIT)
		return;
	*key = *record;
	key->path = strdup(record->path);
	key->info_code = strdup(record->info_code);
	HOLDS(key->path && key->info_code);
	reading->key_count++;
}

static void free_keys(struct reading *reading)
{
	for (size_t i = 0; i < reading->key_count; i++) {
		free((char *)(uintptr_t)reading->keys[i].path);
		free((char *)(uintptr_t)reading->keys[i].info_code);
	}
}

static void check_record(const struct narc_record *record)
{
	HOLDS(post_path_is_storable(record->path));
	HOLDS(strlen(record->info_code) <= CODE_SIZE_LIMIT);
	HOLDS(record->permissions <= 07777 && record->mtime_nanoseconds < 1000000000);
	HOLDS(record->generation >= 1 && record->version >= 1);
	HOLDS(!record->is_redacted || record->size == 0);
}

/* ---- contents ----------------------------------------------------------------------------- */

struct stream {
	XXH3_state_t *hash;
	uint64_t size;
};

static bool take_piece(void *context, const void *data, size_t size)
{
	struct stream *stream = context;

	stream->size += size;
	return XXH3_64bits_update(stream->hash, data, size) == XXH_OK;
}

static void check_stream(struct reading *reading, narc_cursor *cursor,
			 const struct narc_record *record)
{
	struct stream stream = { XXH3_createState(), 0 };
	struct narc_error error = { 0 };

	HOLDS(stream.hash && XXH3_64bits_reset(stream.hash) == XXH_OK);
	if (succeeded(reading, narc_cursor_stream(cursor, take_piece, &stream, &error), &error))
		HOLDS(stream.size == record->size &&
		      XXH3_64bits_digest(stream.hash) == record->hash);
	XXH3_freeState(stream.hash);
}

static void check_tombstone(struct reading *reading, narc_cursor *cursor,
			    const struct narc_record *record)
{
	struct narc_tombstone tombstone;
	const void *content;
	struct narc_error error = { 0 };

	HOLDS(narc_cursor_content(cursor, &content, &error) == NARC_NOT_FOUND);
	if (succeeded(reading, narc_archive_tombstone(reading->archive, record->row, &tombstone,
						      &error),
		      &error))
		HOLDS(strlen(tombstone.reason) <= REASON_SIZE_LIMIT);
}

static void check_content(struct reading *reading, narc_cursor *cursor,
			  const struct narc_record *record)
{
	const void *content;
	struct narc_error error = { 0 };

	if (record->is_redacted) {
		check_tombstone(reading, cursor, record);
		return;
	}
	reading->content_read += record->size < CONTENT_LIMIT ? record->size : CONTENT_LIMIT;
	if (reading->content_read > CONTENT_LIMIT)
		return;
	if (succeeded(reading, narc_cursor_content(cursor, &content, &error), &error))
		HOLDS(content_hash(content, (size_t)record->size) == record->hash);
	check_stream(reading, cursor, record);
}

/* ---- walks -------------------------------------------------------------------------------- */

/* Goes on behind what is damaged, as who saves what there is does. Returns how many records
 * there were. */
static uint64_t walk(struct reading *reading, const struct narc_filter *filter, bool with_content)
{
	narc_cursor *cursor;
	struct narc_error error = { 0 };
	uint64_t records = 0;

	if (!succeeded(reading, narc_cursor_open(reading->archive, filter, &cursor, &error),
		       &error))
		return 0;
	for (unsigned calls = 0; calls < CALLS_LIMIT; calls++) {
		const struct narc_record *record;
		enum narc_status status = narc_cursor_next(cursor, &record, &error);

		if (status == NARC_END)
			break;
		if (!succeeded(reading, status, &error))
			continue;
		records++;
		check_record(record);
		if (!with_content)
			continue;
		check_content(reading, cursor, record);
		keep_key(reading, record);
	}
	narc_cursor_close(cursor);
	return records;
}

static void walk_filtered(struct reading *reading, const struct narc_info *info)
{
	struct narc_filter filter;
	struct narc_error error = { 0 };

	for (uint32_t generation = 1; generation <= info->generation && generation <= 4;
	     generation++) {
		uint32_t by_time;
		int64_t time;

		narc_filter_init(&filter);
		filter.as_of = generation;
		walk(reading, &filter, false);
		if (info->rows &&
		    succeeded(reading, narc_archive_generation_time(reading->archive, generation,
								    &time, &error),
			      &error))
			fuzz_succeeded(narc_archive_generation_at(reading->archive, time,
								  &by_time, &error),
				       &error);
	}
	narc_filter_init(&filter);
	filter.from = info->first_local_time + 1;
	filter.to = info->last_local_time;
	filter.code_glob = "*[0-9]*";
	filter.path_glob = "*a*";
	walk(reading, &filter, false);
	filter.category = "emnews";
	filter.kind = NARC_KIND_ONLY_POSTS;
	filter.version = 1;
	walk(reading, &filter, false);
}

/* ---- look-ups ----------------------------------------------------------------------------- */

/* Whether the row is among those that the cursor was pointed at. */
static bool comes(struct reading *reading, narc_cursor *cursor, uint64_t row)
{
	struct narc_error error = { 0 };

	for (unsigned calls = 0; calls < CALLS_LIMIT; calls++) {
		const struct narc_record *record;
		enum narc_status status = narc_cursor_next(cursor, &record, &error);

		if (status == NARC_END)
			break;
		if (succeeded(reading, status, &error) && record->row == row)
			return true;
	}
	return false;
}

static void find(struct reading *reading, narc_cursor *cursor, enum narc_status status,
		 const struct narc_error *error, uint64_t row)
{
	if (succeeded(reading, status, error))
		HOLDS(comes(reading, cursor, row) || !reading->good);
}

static void look_up(struct reading *reading)
{
	static const char *const strangers[] = { "", "NW202201050000000001", "202201050000000001",
						 "_posts/2022-01-05-x.md", "\xff\xff" };
	struct narc_filter filter;
	narc_cursor *cursor;
	struct narc_error error = { 0 };

	narc_filter_init(&filter);
	filter.all_versions = filter.with_redacted = true;
	if (!succeeded(reading, narc_cursor_open(reading->archive, &filter, &cursor, &error),
		       &error))
		return;
	for (size_t i = 0; i < reading->key_count; i++) {
		const struct narc_record *key = &reading->keys[i];

		find(reading, cursor, narc_cursor_find_path(cursor, key->path, &error), &error,
		     key->row);
		if (*key->info_code)
			find(reading, cursor,
			     narc_cursor_find_code(cursor, key->info_code, &error), &error,
			     key->row);
		else if (key->size)
			find(reading, cursor, narc_cursor_find_content(cursor, key->hash, &error),
			     &error, key->row);
	}
	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++)
		if (fuzz_succeeded(narc_cursor_find(cursor, strangers[i], &error), &error))
			comes(reading, cursor, UINT64_MAX);
	narc_cursor_close(cursor);
}

/* ---- all of it ---------------------------------------------------------------------------- */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reading reading = { .archive = fuzz_open(data, size) };
	struct narc_filter filter;
	struct narc_info info;
	struct narc_error error = { 0 };

	if (!reading.archive)
		return 0;
	reading.good = fuzz_is_good(reading.archive);
	narc_filter_init(&filter);
	filter.all_versions = filter.with_redacted = true;
	if (succeeded(&reading, narc_archive_info(reading.archive, &info, &error), &error)) {
		uint64_t records = walk(&reading, &filter, true);

		HOLDS(!reading.good || records == info.rows || records >= CALLS_LIMIT);
		walk_filtered(&reading, &info);
	}
	look_up(&reading);
	free_keys(&reading);
	narc_archive_close(reading.archive);
	return 0;
}
