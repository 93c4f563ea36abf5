/* SPDX-License-Identifier: BSD-2-Clause */
/* The statement that is signed (section 4 of newsarc-signature.md). */
#ifndef NARC_SIGN_STATEMENT_H
#define NARC_SIGN_STATEMENT_H

#include "sign/text_lines.h"

void statement_put(struct byte_buffer *text, const struct narc_statement *statement);

#endif
