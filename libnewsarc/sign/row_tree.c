/* SPDX-License-Identifier: BSD-2-Clause */
#include "sign/row_tree.h"

#include <stdlib.h>
#include <string.h>

#include "read/archive.h"
#include "read/content_digest.h"
#include "read/cursor.h"
#include "support/status.h"

/* ---- building ----------------------------------------------------------------------------- */

/* The hash of a content that was taken out is in its tombstone: so the row's leaf stays. */
static enum narc_status digest_row(narc_cursor *cursor, const struct narc_record *record,
				   uint8_t digest[CONTENT_DIGEST_SIZE], struct narc_error *error)
{
	struct narc_tombstone tombstone;
	enum narc_status status;

	if (!record->is_redacted)
		return digest_record(cursor, digest, error);
	status = narc_archive_tombstone(cursor->archive, record->row, &tombstone, NULL);
	if (status != NARC_OK)
		return narc_fail(error, NARC_CORRUPT, "tombstone", NARC_NO_OFFSET,
				 "row %llu was redacted, but has no tombstone",
				 (unsigned long long)record->row);
	memcpy(digest, tombstone.sha256, CONTENT_DIGEST_SIZE);
	return NARC_OK;
}

/* Keeps the row that is wanted, and has its path collected. */
static enum narc_status keep_row(struct row_tree *tree, const struct narc_signed_row *row,
				 struct narc_error *error)
{
	struct narc_record *kept = &tree->row.record;

	tree->row = *row;
	kept->info_code = strdup(row->record.info_code);
	kept->path = strdup(row->record.path);
	kept->categories = "";
	tree->leaf = tree->merkle.leaves;
	merkle_tree_watch_next(&tree->merkle);
	return kept->info_code && kept->path ? NARC_OK : narc_fail_memory(error);
}

static enum narc_status add_row(struct row_tree *tree, narc_cursor *cursor,
				const struct narc_record *record, uint64_t wanted,
				struct byte_buffer *scratch, struct narc_error *error)
{
	struct narc_signed_row row = { .record = *record,
				       .replaces = cursor->readers[0]->row.replaces };
	uint8_t hash[TREE_HASH_SIZE];
	enum narc_status status = digest_row(cursor, record, row.sha256, error);

	if (status == NARC_OK)
		status = signed_row_hash(&row, scratch, hash, error);
	if (status == NARC_OK && record->row == wanted)
		status = keep_row(tree, &row, error);
	if (status != NARC_OK)
		return status;
	merkle_tree_add(&tree->merkle, hash);
	tree->facts.rows++;
	tree->facts.redacted += record->is_redacted;
	tree->facts.content_size += record->size;
	return NARC_OK;
}

enum narc_status row_tree_build(narc_archive *archive, uint32_t generation, uint64_t wanted,
				unsigned threads, struct row_tree *tree, struct narc_error *error)
{
	const struct narc_record *record;
	struct byte_buffer scratch = BYTE_BUFFER_EMPTY;
	struct narc_filter filter;
	narc_cursor *cursor = NULL;
	enum narc_status status;

	*tree = (struct row_tree){ .facts = { .generation = generation }, .leaf = NO_ROW };
	merkle_tree_init(&tree->merkle);
	narc_filter_init(&filter);
	filter.as_of = generation;
	filter.all_versions = filter.with_redacted = true;
	status = narc_cursor_open(archive, &filter, &cursor, error);
	/* From here on rows come in the order of their numbers. */
	if (status == NARC_OK)
		narc_cursor_read_ahead(cursor, threads);
	while (status == NARC_OK) {
		status = narc_cursor_next(cursor, &record, error);
		if (status == NARC_OK)
			status = add_row(tree, cursor, record, wanted, &scratch, error);
	}
	narc_cursor_close(cursor);
	byte_buffer_free(&scratch);
	if (status != NARC_END)
		return status;
	merkle_tree_finish(&tree->merkle, tree->facts.root);
	return NARC_OK;
}

void row_tree_free(struct row_tree *tree)
{
	if (tree->leaf == NO_ROW)
		return;
	free((char *)(uintptr_t)tree->row.record.info_code);
	free((char *)(uintptr_t)tree->row.record.path);
}

/* ---- comparing ---------------------------------------------------------------------------- */

static enum narc_status fail(struct narc_error *error, const char *what)
{
	return narc_fail_text(error, NARC_BAD_SIGNATURE, "signature", NARC_NO_OFFSET, what);
}

static enum narc_status compare(const struct row_tree *tree,
				const struct narc_statement *statement, struct narc_error *error)
{
	const struct narc_statement *facts = &tree->facts;

	if (facts->rows != statement->rows)
		return narc_fail(error, NARC_BAD_SIGNATURE, "signature", NARC_NO_OFFSET,
				 "up to generation %lu the archive has %llu rows, and %llu were "
				 "signed: it is another one, or was altered",
				 (unsigned long)statement->generation,
				 (unsigned long long)facts->rows,
				 (unsigned long long)statement->rows);
	if (memcmp(facts->root, statement->root, sizeof(facts->root)) != 0)
		return fail(error, "the archive is not what was signed: a row, or what a file "
				   "holds, is another");
	if (facts->redacted < statement->redacted)
		return fail(error, "the archive has contents that had been redacted when it was "
				   "signed");
	if (facts->redacted == statement->redacted &&
	    facts->content_size != statement->content_size)
		return fail(error, "the lengths of the contents are not what was signed");
	return NARC_OK;
}

enum narc_status row_tree_build_signed(narc_archive *archive,
				       const struct narc_statement *statement, uint64_t wanted,
				       unsigned threads, struct row_tree *tree,
				       struct narc_error *error)
{
	enum narc_status status;

	*tree = (struct row_tree){ .leaf = NO_ROW };
	if (statement->generation > archive->trailer.generation)
		return narc_fail(error, NARC_BAD_SIGNATURE, "signature", NARC_NO_OFFSET,
				 "generation %lu was signed, and the archive ends with %lu: it is "
				 "another one, or something was taken away",
				 (unsigned long)statement->generation,
				 (unsigned long)archive->trailer.generation);
	status = row_tree_build(archive, statement->generation, wanted, threads, tree, error);
	return status == NARC_OK ? compare(tree, statement, error) : status;
}

/* ---- statements --------------------------------------------------------------------------- */

enum narc_status narc_statement_make(narc_archive *archive, uint32_t generation, unsigned threads,
				     int64_t time, struct narc_statement *statement,
				     struct narc_error *error)
{
	struct row_tree tree;
	enum narc_status status =
		row_tree_build(archive, generation ? generation : archive->trailer.generation,
			       NO_ROW, threads, &tree, error);

	if (status == NARC_OK) {
		*statement = tree.facts;
		statement->time = time;
	}
	row_tree_free(&tree);
	return status;
}

enum narc_status narc_statement_check(narc_archive *archive,
				      const struct narc_statement *statement, unsigned threads,
				      struct narc_statement *found, struct narc_error *error)
{
	struct row_tree tree;
	enum narc_status status =
		row_tree_build_signed(archive, statement, NO_ROW, threads, &tree, error);

	if (status == NARC_OK) {
		*found = tree.facts;
		found->time = statement->time;
	}
	row_tree_free(&tree);
	return status;
}
