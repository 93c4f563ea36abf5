/* SPDX-License-Identifier: BSD-2-Clause */
/* What comes in by way of libarchive: a file, or standard input, as what is in it when the
 * compression that it may have (gzip, zstd, ...) is undone; and what libarchive fails with. */
#ifndef NARC_EXCHANGE_UNPACKED_H
#define NARC_EXCHANGE_UNPACKED_H

#include <archive.h>

#include "newsarc.h"

enum { UNPACKED_BLOCK_SIZE = 256 * 1024 };

struct unpacked {
	struct archive *archive;
	const char *source; /* its name, for messages */
	const uint8_t *next; /* what libarchive gave, and is not in block yet */
	size_t next_size;
	bool has_ended;
	uint64_t offset;    /* bytes that were taken */
	size_t start, end;  /* of block, what was read and not taken */
	uint8_t block[UNPACKED_BLOCK_SIZE];
};

/* Opens the file at path, or standard input if it is NULL. To be closed, also if it fails. */
enum narc_status unpacked_open(struct unpacked *unpacked, const char *path, const char *source,
			       struct narc_error *error);
void unpacked_close(struct unpacked *unpacked);

/* Reads on until size bytes, UNPACKED_BLOCK_SIZE at most, are there to be looked at, or there are
 * no more; says how many are there, at least, and where. */
enum narc_status unpacked_look(struct unpacked *unpacked, size_t size, const uint8_t **bytes,
			       size_t *there, struct narc_error *error);

/* Takes bytes that were looked at. */
void unpacked_take(struct unpacked *unpacked, size_t size);

/* Takes size bytes, looked at or not. NARC_IO if they are not there. */
enum narc_status unpacked_skip(struct unpacked *unpacked, uint64_t size,
			       struct narc_error *error);

/* Has libarchive undo what files are compressed by; no text of mails, and by no other program. */
void support_compressions(struct archive *archive);

/* Files give no more than so many times what was read of their archive: holes without end, and what
 * was compressed over and over, do. A small archive may. NARC_LIMIT if that is exceeded. */
enum narc_status check_expansion(struct archive *archive, const char *source, uint64_t given,
				 struct narc_error *error);

/* Fills in *error with what went wrong with the archive that was read from source. */
enum narc_status exchange_fail(struct archive *archive, const char *source,
			       struct narc_error *error);

/* The same with a message of its own. */
enum narc_status exchange_say(enum narc_status status, const char *source, const char *text,
			      struct narc_error *error);

#endif
