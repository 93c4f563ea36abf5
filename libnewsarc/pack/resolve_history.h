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

/* A row that gives way. */
struct former_row {
	uint64_t row; /* ROW_NONE: there is none */
	uint64_t size;
	enum narc_kind kind;
	bool is_redacted;
};

struct item_history {
	uint64_t owner;            /* of the same content; ROW_NONE */
	struct former_row at_path; /* current under the same path */
	struct former_row moved;   /* current under a path that is gone */
	uint32_t version;
};

/* Works out the history of an item of a packer that appends; of one that does not, there is
 * none. Items are given in the order of their rows, and no two of them get the same row moved. */
enum narc_status resolve_history(struct narc_packer *packer, const struct pack_item *item,
				 const uint8_t *content, struct item_history *history,
				 struct narc_error *error);

#endif
