/* SPDX-License-Identifier: BSD-2-Clause */
/* A redaction under way, between the files that carry it out. */
#ifndef NARC_PACK_REDACTION_H
#define NARC_PACK_REDACTION_H

#include "pack/rewrite.h"
#include "pack/scrub_dictionary.h"
#include "support/number_map.h"

/* Which names of the run at hand rows refer to that stay, and which those that go. */
struct name_use {
	uint8_t *stays;
	uint8_t *goes;
};

struct redaction {
	narc_archive *archive;
	const struct narc_redact_options *options;
	struct progress progress;
	struct rewriter rewriter;
	const struct number_map *rows; /* that are redacted */
	struct number_map owners; /* of those rows that own a content which another row keeps: that row */
	struct scrub scrub;
	ZSTD_DDict **scrubbed;    /* of each dictionary, if it changed */
	struct name_use name_use;
	struct byte_buffer decoded;
	struct owner_search search;
	struct narc_redact_result result;
};

/* Whether a row is to be redacted. */
static inline bool redaction_has(const struct redaction *redaction, uint64_t row)
{
	return number_map_find(redaction->rows, row) != NULL;
}

/* As narc_archive_redact, of these rows: keys are not looked at. */
enum narc_status redact_rows(narc_archive *archive, const struct number_map *rows,
			     const struct narc_redact_options *options, struct narc_sink sink,
			     struct narc_redact_result *result, struct narc_error *error);

/* NARC_END ends the visit. */
typedef enum narc_status (*visit_block_fn)(struct redaction *redaction,
					   struct fetched_block *block, struct narc_error *error);

/* Goes through the blocks of a run, or of all runs. */
enum narc_status redaction_visit_blocks(struct redaction *redaction, const struct run *run,
					bool with_frames, visit_block_fn visit,
					struct narc_error *error);
enum narc_status redaction_visit_runs(struct redaction *redaction, bool with_frames,
				      visit_block_fn visit, struct narc_error *error);

/* redact_dictionaries.c: takes over the dictionaries, without pieces that only contents have
 * which go. */
enum narc_status redaction_scrub_dictionaries(struct redaction *redaction,
					      struct narc_error *error);

/* redact_blocks.c: loads the names of a run, and takes out of them what goes. */
enum narc_status redaction_load_names(struct redaction *redaction, const struct archive_run *run,
				      struct narc_error *error);

/* An edit_block_fn. */
enum narc_status redaction_edit_block(void *context, struct fetched_block *block,
				      struct block_job *job, enum block_edit *edit,
				      struct narc_error *error);

#endif
