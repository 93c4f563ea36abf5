/* SPDX-License-Identifier: BSD-2-Clause */
/* The content of a cursor's record, within the limits that the archive is read with. */
#include "format/limits.h"
#include "read/cursor.h"
#include "support/content_hash.h"
#include "support/status.h"

/* A content that each of several readers may keep: where they take turns, it would be decoded again
 * for each row otherwise. */
enum { KEPT_CONTENT = 1 << 20 };

/* Finds the row that owns the content of the cursor's row, and its block. */
static enum narc_status find_content(struct narc_cursor *cursor, struct fetched_block **block,
				     struct row *owner, struct narc_error *error)
{
	struct row_reader *reader = cursor->readers[0];

	if (reader->row.record.is_redacted)
		return narc_fail(error, NARC_NOT_FOUND, "content", NARC_NO_OFFSET,
				 "the content was redacted (\"narc history\" says when and why)");
	/* Of the readers, one keeps a large content. */
	if (reader->block.descriptor.facts.content_size > KEPT_CONTENT) {
		if (cursor->decoded && cursor->decoded != reader)
			fetched_block_drop_content(&cursor->decoded->block);
		cursor->decoded = reader;
	}
	return find_owner(&cursor->locator, &reader->block, &reader->row, &cursor->source, block,
			  owner, error);
}

static enum narc_status fail_hash(const struct narc_cursor *cursor,
				  const struct fetched_block *block, struct narc_error *error)
{
	enum narc_status status = narc_fail(error, NARC_CORRUPT, "content", block->entry.offset,
					    "the content does not match its hash: it is damaged");

	narc_error_set_path(error, narc_cursor_record(cursor)->path);
	return status;
}

/* Whether the content was found right when it was read ahead. */
static bool is_checked(const struct narc_cursor *cursor)
{
	const struct row_work *work = cursor_row_work(cursor);

	return cursor->readers[0]->row.source == 0 && work && work->is_checked;
}

/* How much of its block the content needs: who goes through a range needs all of it. */
static uint64_t content_end(const struct narc_cursor *cursor, const struct row *owner)
{
	return cursor->match == MATCH_ANY && !cursor->rows_only
		       ? UINT64_MAX
		       : owner->content_start + owner->record.size;
}

/* Whether the content came out right of a data frame that is damaged elsewhere. */
static bool content_was_saved(const struct fetched_block *block, const struct row *owner)
{
	return block_was_saved(block, owner->content_start + owner->record.size) &&
	       content_hash(block->content.data + owner->content_start,
			    (size_t)owner->record.size) == owner->record.hash;
}

static enum narc_status decode_content(struct narc_cursor *cursor, struct fetched_block *block,
				       const struct row *owner, struct narc_error *error)
{
	enum narc_status status = decode_block_until(&cursor->locator, block,
						     content_end(cursor, owner), error);

	return status == NARC_CORRUPT && content_was_saved(block, owner) ? NARC_OK : status;
}

enum narc_status cursor_read_content(struct narc_cursor *cursor, const void **data,
				     struct narc_error *error)
{
	struct fetched_block *block;
	struct row owner;
	const uint8_t *content;
	enum narc_status status;

	status = find_content(cursor, &block, &owner, error);
	/* What is empty needs no data frame, which may be a large file's. */
	if (status == NARC_OK && owner.record.size)
		status = decode_content(cursor, block, &owner, error);
	if (status != NARC_OK) {
		narc_error_set_path(error, narc_cursor_record(cursor)->path);
		return status;
	}
	content = owner.record.size ? block->content.data + owner.content_start
				    : (const uint8_t *)"";
	if (!is_checked(cursor) &&
	    content_hash(content, (size_t)owner.record.size) != owner.record.hash)
		return fail_hash(cursor, block, error);
	cursor->has_checked = true;
	*data = content;
	return NARC_OK;
}

/* ---- limits -------------------------------------------------------------------------------- */

void narc_archive_limit(narc_archive *archive, const struct narc_limits *limits)
{
	archive->limits = *limits;
}

bool narc_cursor_is_large(const narc_cursor *cursor)
{
	const struct narc_record *record = narc_cursor_record(cursor);

	return record && record->size > archive_memory_limit(cursor->archive);
}

bool archive_take_output(struct narc_archive *archive, uint64_t size)
{
	uint64_t limit = archive->limits.output;
	uint64_t taken = atomic_load(&archive->output);

	do {
		if (limit && (size > limit || taken > limit - size))
			return false;
	} while (!atomic_compare_exchange_weak(&archive->output, &taken, taken + size));
	return true;
}

static enum narc_status check_size(const struct narc_archive *archive,
				   const struct narc_record *record, struct narc_error *error)
{
	uint64_t limit = archive->limits.record;

	if (!limit || record->size <= limit)
		return NARC_OK;
	narc_fail(error, NARC_LIMIT, "content", NARC_NO_OFFSET,
		  "has %llu bytes, more than the limit of %llu for one",
		  (unsigned long long)record->size, (unsigned long long)limit);
	narc_error_set_path(error, record->path);
	return NARC_LIMIT;
}

enum narc_status archive_admit(struct narc_archive *archive, const struct narc_record *record,
			       struct narc_error *error)
{
	enum narc_status status = check_size(archive, record, error);

	if (status == NARC_OK && !archive_take_output(archive, record->size))
		status = narc_fail(error, NARC_LIMIT, NARC_STAGE_OUTPUT, NARC_NO_OFFSET,
				   "the contents come to more than the limit of %llu bytes for all",
				   (unsigned long long)archive->limits.output);
	return status;
}

static enum narc_status admit(narc_cursor *cursor, struct narc_error *error)
{
	const struct narc_record *record = narc_cursor_record(cursor);
	enum narc_status status;

	if (!record)
		return narc_fail(error, NARC_MISUSE, "content", NARC_NO_OFFSET,
				 "the cursor is not at a record");
	status = cursor->counts_later ? check_size(cursor->archive, record, error)
				  : archive_admit(cursor->archive, record, error);
	if (status == NARC_OK)
		cursor->handed_out += record->size;
	return status;
}

/* What was not handed out may be tried again. */
static void take_back(narc_cursor *cursor)
{
	uint64_t size = narc_cursor_record(cursor)->size;

	cursor->handed_out -= size;
	if (!cursor->counts_later)
		atomic_fetch_sub(&cursor->archive->output, size);
}

enum narc_status narc_cursor_content(narc_cursor *cursor, const void **data,
				     struct narc_error *error)
{
	enum narc_status status = admit(cursor, error);

	if (status != NARC_OK)
		return status;
	status = cursor_read_content(cursor, data, error);
	if (status != NARC_OK)
		take_back(cursor);
	return volume_list_settle(cursor->archive->volumes, status, error);
}

/* ---- in pieces ----------------------------------------------------------------------------- */

/* Passes pieces on and hashes them. */
struct hashing_writer {
	XXH3_state_t *state;
	narc_write_fn write;
	void *context;
};

static bool hash_and_write(void *context, const void *data, size_t size)
{
	struct hashing_writer *writer = context;

	XXH3_64bits_update(writer->state, data, size);
	return writer->write(writer->context, data, size);
}

/* Content too large for memory has to be alone in its block. */
static enum narc_status stream_large(struct narc_cursor *cursor,
				     const struct fetched_block *block, const struct row *owner,
				     narc_write_fn write, void *context, struct narc_error *error)
{
	struct hashing_writer writer = { XXH3_createState(), write, context };
	enum narc_status status;

	if (!writer.state)
		return narc_fail_memory(error);
	XXH3_64bits_reset(writer.state);
	if (owner->record.size != block->descriptor.facts.content_size)
		status = narc_fail(error, NARC_LIMIT, "data frame", block->entry.offset,
				   "a block of several rows holds more than %llu bytes",
				   (unsigned long long)archive_memory_limit(cursor->archive));
	else
		status = stream_block(&cursor->locator, block, hash_and_write, &writer, error);
	if (status == NARC_OK && XXH3_64bits_digest(writer.state) != owner->record.hash)
		status = fail_hash(cursor, block, error);
	XXH3_freeState(writer.state);
	return status;
}

enum narc_status narc_cursor_stream(narc_cursor *cursor, narc_write_fn write, void *context,
				    struct narc_error *error)
{
	struct fetched_block *block;
	struct row owner;
	const void *data;
	enum narc_status status;

	if (narc_cursor_is_large(cursor)) {
		status = admit(cursor, error);
		if (status != NARC_OK)
			return status;
		status = find_content(cursor, &block, &owner, error);
		if (status == NARC_OK)
			status = stream_large(cursor, block, &owner, write, context, error);
		if (status != NARC_OK)
			narc_error_set_path(error, narc_cursor_record(cursor)->path);
		return volume_list_settle(cursor->archive->volumes, status, error);
	}
	status = narc_cursor_content(cursor, &data, error);
	if (status == NARC_OK && narc_cursor_record(cursor)->size &&
	    !write(context, data, (size_t)narc_cursor_record(cursor)->size))
		status = narc_fail(error, NARC_CANCELLED, "content", NARC_NO_OFFSET,
				   "stopped by the receiver");
	return status;
}
