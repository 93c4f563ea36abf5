/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether an archive is what was signed. */
#ifndef NARC_TOOLS_VERIFY_SIGNED_H
#define NARC_TOOLS_VERIFY_SIGNED_H

#include "command.h"

/* What was signed, and by whom. */
struct signed_state {
	struct narc_public_key key;
	struct narc_statement statement;
};

/* Reads a statement whose signature is right. signature_path: NULL: the archive's. */
enum exit_status read_signed(const char *name, const char *key_path, const char *signature_path,
			     struct signed_state *state);

/* Checks that the archive called name is in this state, and tells so: with json, as JSON. */
enum exit_status check_signed(const char *name, narc_archive *archive,
			      const struct signed_state *state, unsigned threads, bool json);

#endif
