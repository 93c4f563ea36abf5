/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a file that is appended is to those that are there: whose content it has, whose place
 * it takes, and which version it is (section 15 of the format).
 */
#ifndef NARC_PACK_RESOLVE_HISTORY_H
#define NARC_PACK_RESOLVE_HISTORY_H

#include "pack/pack_item.h"
#include "pack/packer.h"

/* No row. */
#define ROW_NONE UINT64_MAX

/* Set in the number of a row that is written at the same time: its place is not known yet. */
#define PAST_ROW ((uint64_t)1 << 63)

/* Set in the number of a row of another volume of the set. */
#define FOREIGN_ROW ((uint64_t)1 << 62)

/* A row that gives way. */
struct former_row {
	uint64_t row; /* ROW_NONE: there is none; PAST_ROW: the number of a row of the history;
		       * FOREIGN_ROW: that of a row of the set */
	uint64_t size;
	enum narc_kind kind;
	bool is_redacted;
};

struct item_history {
	uint64_t owner;            /* of the same content; ROW_NONE */
	struct former_row at_path; /* current under the same path */
	struct former_row moved;   /* current under a path that is gone */
	bool is_unchanged;         /* the row at the path is just this file: all else is as it was */
	uint32_t generation;       /* of the item */
	uint32_t version;
	uint32_t highest_version;  /* of those with the infoCode, this one included */
	uint8_t digest[PAST_DIGEST_SIZE]; /* of the content, if it is of a history */
};

/* Works out the history of an item, in the archive that is appended to and in what came of the
 * history so far; where there is neither, it has none. Items are given in the order of their
 * rows, or generation by generation; no two of one generation get the same row moved. former: of
 * what came, the last row with its path, or PAST_NONE. */
enum narc_status resolve_history(struct narc_packer *packer, const struct pack_item *item,
				 const uint8_t *content, uint32_t former,
				 struct item_history *history, struct narc_error *error);

#endif
