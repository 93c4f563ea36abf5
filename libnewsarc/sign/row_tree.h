/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree over an archive's rows (section 3 of newsarc-signature.md). */
#ifndef NARC_SIGN_ROW_TREE_H
#define NARC_SIGN_ROW_TREE_H

#include "sign/signed_row.h"

#define NO_ROW UINT64_MAX

struct row_tree {
	struct merkle_tree merkle;
	struct narc_statement facts; /* all but the time */
	/* Of the row that is wanted, if there is one: */
	uint64_t leaf; /* its place among the rows; NO_ROW: it is not among them */
	struct narc_signed_row row; /* owns its infoCode and its path */
};

/* Reads all rows up to generation, whose contents are checked. wanted is a row's number, or
 * NO_ROW. The tree is to be freed, also on failure. */
enum narc_status row_tree_build(narc_archive *archive, uint32_t generation, uint64_t wanted,
				unsigned threads, struct row_tree *tree,
				struct narc_error *error);
void row_tree_free(struct row_tree *tree);

/* The same of what was signed; NARC_BAD_SIGNATURE if it is not what the statement says. */
enum narc_status row_tree_build_signed(narc_archive *archive,
				       const struct narc_statement *statement, uint64_t wanted,
				       unsigned threads, struct row_tree *tree,
				       struct narc_error *error);

#endif
