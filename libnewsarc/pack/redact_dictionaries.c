/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking pieces of contents that go out of the dictionaries that were trained on them. */
#include <stdlib.h>
#include <zdict.h>

#include "pack/redaction.h"
#include "support/status.h"

/* Whether the content that a row owns stays, in its own or in another row. */
static bool content_stays(const struct redaction *redaction, uint64_t row)
{
	return !redaction_has(redaction, row) || number_map_find(&redaction->owners, row);
}

/* Gives the content of a row, which owns it, to scrub. */
static enum narc_status add_text(struct redaction *redaction, uint64_t number,
				 struct narc_error *error)
{
	struct locator *locator = &redaction->rewriter.locator;
	struct fetched_block here = { 0 }, *block;
	struct row row;
	enum narc_status status =
		find_row(locator, &here, number, &redaction->search, &block, &row, error);

	/* No dictionary was trained on what does not fit into memory. */
	if (status != NARC_OK || row.source || row.record.size == 0 ||
	    row.record.size > BLOCK_CONTENT_LIMIT)
		return status;
	status = decode_block(locator, block, error);
	return status == NARC_OK
		       ? scrub_add_text(&redaction->scrub,
					block->content.data + row.content_start,
					(size_t)row.record.size, error)
		       : status;
}

static enum narc_status add_texts(struct redaction *redaction, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < redaction->rows->capacity && status == NARC_OK; i++)
		if (redaction->rows->slots[i].key)
			status = add_text(redaction, redaction->rows->slots[i].key - 1, error);
	return status;
}

/* A visit_block_fn: spares in the dictionaries what contents that stay have. Ends where nothing
 * is left that might go. */
static enum narc_status spare(struct redaction *redaction, struct fetched_block *block,
			      struct narc_error *error)
{
	struct row_walk *walk = &redaction->search.walk;
	struct row row;
	enum narc_status status;

	if (!scrub_has_pieces(&redaction->scrub))
		return NARC_END;
	progress_add(&redaction->progress, block->entry.rows, 0);
	if (block->descriptor.facts.content_size > BLOCK_CONTENT_LIMIT)
		return NARC_OK;
	status = decode_block(&redaction->rewriter.locator, block, error);
	row_walk_begin(walk, &block->descriptor, block->names);
	while (status == NARC_OK && (status = row_walk_next(walk, &row, error)) == NARC_OK)
		if (row.source == 0 && content_stays(redaction, row.record.row))
			scrub_spare(&redaction->scrub, block->content.data + row.content_start,
				    (size_t)row.record.size);
	return status == NARC_END ? NARC_OK : status;
}

/* Looks for pieces of what goes in a dictionary. Its entropy tables stay. */
static enum narc_status search_dictionary(struct redaction *redaction, size_t place,
					  struct narc_error *error)
{
	const struct byte_buffer *dictionary = &redaction->rewriter.dictionaries[place];
	size_t header = ZDICT_getDictHeaderSize(dictionary->data, dictionary->size);

	return scrub_search(&redaction->scrub, dictionary->data + header, dictionary->size - header,
			    error);
}

static enum narc_status overwrite_dictionary(struct redaction *redaction, size_t place,
					     struct narc_error *error)
{
	struct byte_buffer *dictionary = &redaction->rewriter.dictionaries[place];
	size_t header = ZDICT_getDictHeaderSize(dictionary->data, dictionary->size);
	size_t overwritten = 0;
	enum narc_status status = scrub_overwrite(&redaction->scrub, dictionary->data + header,
						  dictionary->size - header, &overwritten, error);

	if (status != NARC_OK || overwritten == 0)
		return status;
	redaction->result.scrubbed_size += overwritten;
	redaction->scrubbed[place] =
		ZSTD_createDDict_byReference(dictionary->data, dictionary->size);
	return redaction->scrubbed[place] ? NARC_OK : narc_fail_memory(error);
}

enum narc_status redaction_scrub_dictionaries(struct redaction *redaction,
					      struct narc_error *error)
{
	enum narc_status status = rewriter_add_dictionaries(&redaction->rewriter, error);
	size_t count = redaction->rewriter.dictionary_count;

	if (status != NARC_OK)
		return status;
	redaction->scrubbed = calloc(count + 1, sizeof(*redaction->scrubbed));
	if (!redaction->scrubbed)
		return narc_fail_memory(error);
	status = add_texts(redaction, error);
	for (size_t i = 0; i < count && status == NARC_OK; i++)
		status = search_dictionary(redaction, i, error);
	if (status != NARC_OK || !scrub_has_pieces(&redaction->scrub))
		return status;
	status = redaction_visit_runs(redaction, true, spare, error);
	for (size_t i = 0; i < count && status == NARC_OK; i++)
		status = overwrite_dictionary(redaction, i, error);
	return status;
}
