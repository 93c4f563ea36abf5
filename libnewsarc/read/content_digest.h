/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SHA-256 (FIPS 180-4) of contents. What was taken out of an archive cannot be compared with
 * what comes; so its tombstone has a hash that nobody can make another content for.
 */
#ifndef NARC_READ_CONTENT_DIGEST_H
#define NARC_READ_CONTENT_DIGEST_H

#include "format/manifest.h"
#include "newsarc.h"

void digest_content(const uint8_t *content, uint64_t size, uint8_t digest[CONTENT_DIGEST_SIZE]);

/* Of the content of the cursor's record. */
enum narc_status digest_record(narc_cursor *cursor, uint8_t digest[CONTENT_DIGEST_SIZE],
			       struct narc_error *error);

#endif
