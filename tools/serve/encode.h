/* SPDX-License-Identifier: BSD-2-Clause */
/* Compression of answers. */
#ifndef NARC_SERVE_ENCODE_H
#define NARC_SERVE_ENCODE_H

#include "negotiate.h"
#include "../text.h"

/* Compresses bytes into out, which is empty. False if that fails, for want of memory. */
bool encode(enum encoding encoding, const void *bytes, size_t size, struct text *out);

#endif
