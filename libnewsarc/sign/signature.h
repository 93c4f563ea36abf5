/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_SIGN_SIGNATURE_H
#define NARC_SIGN_SIGNATURE_H

#include "newsarc.h"

/* Whether a text has the form of a signature; NARC_BAD_SIGNATURE if not. */
enum narc_status signature_check_form(const void *text, size_t size, struct narc_error *error);

#endif
