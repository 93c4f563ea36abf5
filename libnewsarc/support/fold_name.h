/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_SUPPORT_FOLD_NAME_H
#define NARC_SUPPORT_FOLD_NAME_H

#include "support/byte_buffer.h"

/* Sets folded to a form of the name, with a NUL behind it, that is the same for names which some
 * file system takes for one: without regard to case, to how Unicode puts letters and accents
 * together, and to characters that are not seen. What is not UTF-8 has no such forms, and only its
 * ASCII letters have a case. */
enum narc_status fold_name(const char *name, struct byte_buffer *folded,
			   struct narc_error *error);

#endif
