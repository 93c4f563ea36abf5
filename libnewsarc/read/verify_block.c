/* SPDX-License-Identifier: BSD-2-Clause */
/* Checking a block: its descriptor, its rows, and what they hold. */
#include <string.h>

#include "read/verify.h"
#include "support/content_hash.h"
#include "support/status.h"

/* ---- rows --------------------------------------------------------------------------------- */

static enum narc_status check_order(struct verification *check, const struct narc_record *record,
				    struct narc_error *error)
{
	const bool is_behind = row_order_pass(&check->order, record);

	/* Codes and paths without their names are not those of the row. */
	check->order.has_last = check->block.names != NULL;
	if (is_behind || !check->block.names)
		return NARC_OK;
	return narc_fail(error, NARC_CORRUPT, "descriptor", check->block.descriptor.offset,
			 "row %llu is not behind the row before it in order",
			 (unsigned long long)record->row);
}

/* Takes note that the content of a row cannot be had because of a damage. */
static enum narc_status lose(struct verification *check, const struct row *row, size_t damage,
			     struct narc_error *error)
{
	return damage == NO_DAMAGE ? NARC_OK
				   : number_map_put(&check->lost, row->record.row, damage, error);
}

/* Checks that the row that a copy names is what the copy says. */
static enum narc_status check_source(struct verification *check, const struct row *row,
				     struct narc_error *error)
{
	struct fetched_block *block;
	struct row owner;
	struct narc_error damage;
	size_t place;
	enum narc_status status = find_owner(&check->locator, &check->block, row, &check->source,
					     &block, &owner, &damage);

	status = damage_list_tell(&check->damages, status, &damage, 0, &place, error);
	return status == NARC_OK ? lose(check, row, place, error) : status;
}

static enum narc_status fail_hash(const struct verification *check, const struct row *row,
				  struct narc_error *error)
{
	enum narc_status status = narc_fail(error, NARC_CORRUPT, "content",
					    check->block.entry.offset,
					    "the content does not match its hash");

	narc_error_set_path(error, row->record.path);
	return status;
}

static bool feed_hash(void *context, const void *data, size_t size)
{
	XXH3_64bits_update(context, data, size);
	return true;
}

/* The content of a row that is too large for memory, and alone in its block. */
static enum narc_status check_large_content(struct verification *check, const struct row *row,
					    struct narc_error *error)
{
	XXH3_state_t *state = XXH3_createState();
	enum narc_status status;

	if (!state)
		return narc_fail_memory(error);
	XXH3_64bits_reset(state);
	status = stream_block(&check->locator, &check->block, feed_hash, state, error);
	if (status == NARC_OK && XXH3_64bits_digest(state) != row->record.hash)
		status = fail_hash(check, row, error);
	XXH3_freeState(state);
	return status;
}

/* The same of what the block was decoded to, though maybe not all of it. */
static enum narc_status check_small_content(const struct verification *check,
					    const struct row *row, struct narc_error *error)
{
	const struct fetched_block *block = &check->block;
	uint64_t end = row->content_start + row->record.size;
	const uint8_t *content = (const uint8_t *)"";

	if (row->record.size)
		content = block->content.data + row->content_start;
	if (end <= block->content.size || row->record.size == 0) {
		if (content_hash(content, (size_t)row->record.size) == row->record.hash)
			return NARC_OK;
	}
	return fail_hash(check, row, error);
}

/* The dictionary that the block needs, if it is damaged; otherwise NO_DAMAGE. */
static size_t bad_dictionary(const struct verification *check)
{
	const struct manifest *manifest = &check->archive->manifest;
	uint32_t identifier = check->block.descriptor.facts.dictionary;

	for (size_t i = 0; i < manifest->dictionary_count && identifier; i++)
		if (manifest->dictionaries[i].identifier == identifier)
			return check->bad_dictionary[i];
	return NO_DAMAGE;
}

static enum narc_status check_content(struct verification *check, const struct row *row,
				      struct narc_error *error)
{
	uint64_t size = check->block.entry.frame_size;
	size_t place = bad_dictionary(check);
	struct narc_error damage;
	enum narc_status status;

	if (row->record.size && place != NO_DAMAGE)
		return lose(check, row, place, error);
	if (row->record.size && !verify_wants_content(check, check->block.entry.first_block))
		return NARC_OK;
	status = check->block.descriptor.facts.content_size > BLOCK_CONTENT_LIMIT &&
				 row->record.size
			 ? check_large_content(check, row, &damage)
			 : check_small_content(check, row, &damage);
	status = damage_list_tell(&check->damages, status, &damage, size, &place, error);
	if (status == NARC_OK && place == NO_DAMAGE)
		check->result.bytes_checked += row->record.size;
	return status == NARC_OK ? lose(check, row, place, error) : status;
}

/* A row takes the place of one of an older generation. What cannot be read is told of where it
 * stands. */
static enum narc_status check_generation(struct verification *check, struct row *row,
					 struct narc_error *error)
{
	struct fetched_block *block;
	struct row replaced = { .record = { .generation = 0 } };
	enum narc_status status =
		check_references(check->archive, &check->block, row, error);

	if (status == NARC_OK && row->replaces)
		status = find_row(&check->locator, &check->block,
				  row->record.row - (uint64_t)row->replaces, &check->replaced,
				  &block, &replaced, error);
	if (status == NARC_OK && replaced.record.generation >= row->record.generation)
		status = narc_fail(error, NARC_CORRUPT, "descriptor",
				   check->block.descriptor.offset,
				   "row %llu replaces one that is not older",
				   (unsigned long long)row->record.row);
	return status;
}

static enum narc_status check_tombstone(struct verification *check, const struct row *row,
					struct narc_error *error)
{
	check->redacted++;
	if (manifest_tombstone(&check->archive->manifest, row->record.row))
		return NARC_OK;
	return narc_fail(error, NARC_CORRUPT, "descriptor", check->block.descriptor.offset,
			 "row %llu was redacted, but has no tombstone",
			 (unsigned long long)row->record.row);
}

/* Whether the content may be looked at; *error is set if none may be any more. */
static enum narc_status check_limits(struct verification *check, const struct row *row, bool *may,
				     struct narc_error *error)
{
	struct narc_error damage;
	size_t place;
	enum narc_status status = archive_admit(check->archive, &row->record, &damage);

	*may = status == NARC_OK;
	if (*may || strcmp(damage.stage, NARC_STAGE_OUTPUT) == 0) {
		if (error && !*may)
			*error = damage;
		return status;
	}
	damage.offset = check->block.entry.offset;
	status = damage_list_tell(&check->damages, status, &damage, check->block.entry.frame_size,
				  &place, error);
	return status == NARC_OK ? lose(check, row, place, error) : status;
}

static enum narc_status check_row(struct verification *check, struct row *row,
				  struct narc_error *error)
{
	const struct narc_record *record = &row->record;
	bool may_read = true;
	struct narc_error damage;
	enum narc_status status =
		verify_tell(check, check_order(check, record, &damage), &damage, error);

	if (status == NARC_OK)
		status = verify_tell(check, check_generation(check, row, &damage), &damage, error);
	if (status == NARC_OK && !row->source &&
	    verify_wants_content(check, check->block.entry.first_block))
		status = check_limits(check, row, &may_read, error);
	if (status != NARC_OK || !may_read)
		return status;
	if (read_ahead_did(&check->done, &check->block, record->row)) {
		check->result.bytes_checked += row->source ? 0 : record->size;
		return NARC_OK;
	}
	if (record->is_redacted)
		return verify_tell(check, check_tombstone(check, row, &damage), &damage, error);
	return row->source ? check_source(check, row, error) : check_content(check, row, error);
}

static void count_row(struct verification *check, const struct row *row)
{
	check->rows++;
	if (visible_rows_have(&check->current, &row->record)) {
		check->current_rows++;
		check->current_posts += row->record.kind == NARC_KIND_POST;
		check->current_size += row->record.size;
	}
	check->content_size += row->record.size;
	if (!row->source)
		check->owned_size += row->record.size;
	check->result.rows_checked++;
}

/* What the index is to have of the row; of rows without names it is not known. */
static enum narc_status collect_row(struct verification *check, const struct row *row,
				    struct narc_error *error)
{
	enum narc_status status;

	if (!check->block.names)
		return NARC_OK;
	status = row_keys_add(&check->keys, &row->record, check->block.entry.first_block, error);
	return status == NARC_OK ? history_check_add(&check->history, row, error) : status;
}

/* Goes through the rows of the block that is fetched. */
static enum narc_status check_rows(struct verification *check, struct narc_error *error)
{
	struct narc_error damage;
	struct row row;
	size_t place;
	enum narc_status status;

	row_walk_begin(&check->walk, &check->block.descriptor, check->block.names);
	while ((status = row_walk_next(&check->walk, &row, &damage)) == NARC_OK) {
		count_row(check, &row);
		status = check_row(check, &row, error);
		if (status == NARC_OK)
			status = collect_row(check, &row, error);
		if (status != NARC_OK)
			return status;
	}
	status = damage_list_tell(&check->damages, status, &damage,
				  check->block.entry.section_size, &place, error);
	if (place != NO_DAMAGE)
		check->damages.damages[place].unnamed +=
			check->block.descriptor.facts.row_count - check->walk.next;
	return status;
}

/* ---- blocks ------------------------------------------------------------------------------- */

bool verify_wants_content(const struct verification *check, uint64_t number)
{
	const struct narc_verify_options *options = check->options;

	return !options->quick && (!options->parts || number % options->parts == options->part);
}

/* Fetches the block, which stands at *place, and moves *place behind it. */
static enum narc_status fetch(struct verification *check, const struct block_entry *entry,
			      uint64_t *place, struct narc_error *error)
{
	bool has_content = verify_wants_content(check, entry->first_block);
	enum narc_status status = NARC_OK;

	if (entry->offset != *place)
		status = narc_fail(error, NARC_CORRUPT, "block page", entry->offset,
				   "block %llu does not follow the one before it",
				   (unsigned long long)entry->first_block);
	*place = block_entry_end(entry);
	/* Blocks that were not given to the threads are not asked of them. */
	if (status == NARC_OK && has_content)
		status = read_ahead_fetch(check->ahead, &check->locator, entry, true,
					  &check->block, &check->done, error);
	if (!has_content)
		block_work_clear(&check->done);
	if (status == NARC_OK && !has_content)
		status = fetch_block(&check->locator, entry, false, &check->block, error);
	if (status == NARC_OK)
		status = visible_rows_enter(&check->current, &check->locator, entry, error);
	return status;
}

/* Checks the data frame; of a content that is too large for memory only its bytes. */
static enum narc_status check_frame(struct verification *check, struct narc_error *error)
{
	struct fetched_block *block = &check->block;
	struct narc_error damage;
	enum narc_status status = NARC_OK;

	if (!verify_wants_content(check, block->entry.first_block))
		return NARC_OK;
	if (block->descriptor.facts.content_size <= BLOCK_CONTENT_LIMIT &&
	    bad_dictionary(check) == NO_DAMAGE)
		status = decode_block(&check->locator, block, &damage);
	if (status == NARC_OK)
		status = check_frame_hash(&check->locator, block, &damage);
	return damage_list_tell(&check->damages, status, &damage, block->entry.frame_size, NULL,
				error);
}

/* What is lost with the descriptor of a block, or a descriptor that was not found. */
static enum narc_status tell_lost(struct verification *check, enum narc_status status,
				  const struct block_entry *entry,
				  const struct narc_error *damage, struct narc_error *error)
{
	uint64_t length = is_hole(entry) ? entry->frame_size : entry->section_size;
	struct damage *told;
	size_t place;

	status = damage_list_tell(&check->damages, status, damage, length, &place, error);
	if (place == NO_DAMAGE)
		return status;
	/* A hole is come across for each block that it stands for. */
	told = &check->damages.damages[place];
	if (!told->is_counted)
		told->unnamed += entry->rows;
	told->is_counted = true;
	return status;
}

enum narc_status verify_block(struct verification *check, uint64_t number, uint64_t *place,
			      struct narc_error *error)
{
	struct block_entry entry = { .blocks = 0 };
	struct narc_error damage;
	size_t run = (size_t)(archive_run_of_block(check->archive, number) - check->archive->runs);
	enum narc_status status = locate_block(&check->locator, number, &entry, &damage);

	if (status == NARC_OK) {
		status = fetch(check, &entry, place, &damage);
	} else if (entry.blocks && is_hole(&entry)) {
		*place = block_entry_end(&entry);
	}
	if (status != NARC_OK)
		return tell_lost(check, status, &entry, &damage, error);
	if (!check->block.names && check->bad_names[run] != NO_DAMAGE)
		check->damages.damages[check->bad_names[run]].unnamed += entry.rows;
	status = check_frame(check, error);
	return status == NARC_OK ? check_rows(check, error) : status;
}
