/* SPDX-License-Identifier: BSD-2-Clause */
/* What a signature covers of a row (section 2 of newsarc-signature.md). */
#ifndef NARC_SIGN_SIGNED_ROW_H
#define NARC_SIGN_SIGNED_ROW_H

#include "sign/merkle_tree.h"
#include "support/byte_buffer.h"

/* Hashes a row as a leaf of the tree; scratch is for its bytes. */
enum narc_status signed_row_hash(const struct narc_signed_row *row, struct byte_buffer *scratch,
				 uint8_t hash[TREE_HASH_SIZE], struct narc_error *error);

#endif
