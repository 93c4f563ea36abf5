/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What fuzz targets share. A target is a function that takes any bytes; what must hold, holds
 * for all of them. libFuzzer calls it in fuzz builds, replay.c in all others.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <zstd.h>

#include "format/section.h"
#include "newsarc.h"
#include "support/byte_buffer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process with a message unless the condition is true. */
#define HOLDS(condition) \
	((condition) ? (void)0 : fuzz_fail(#condition, __FILE__, __LINE__))
_Noreturn void fuzz_fail(const char *what, const char *file, int line);

/* Whether the call succeeded. If it failed, it must have been with an error that bad input may
 * lead to, and that is told. */
bool fuzz_succeeded(enum narc_status status, const struct narc_error *error);

/* ---- sections ---------------------------------------------------------------------------- */

/* The contexts that codecs work with; the same ones for all inputs. */
struct fuzz_codec {
	ZSTD_CCtx *compressor;
	ZSTD_DCtx *decompressor;
	struct byte_buffer scratch;
};
struct fuzz_codec *fuzz_codec(void);

/* Where a section is taken to stand: what is in front of it has room. */
#define FUZZ_OFFSET ((uint64_t)1 << 40)

/* A section of this payload, in memory of just its size. */
struct fuzz_section {
	uint8_t *bytes;
	size_t size;
};
struct fuzz_section fuzz_section(enum section_tag tag, const uint8_t *payload, size_t size);
void fuzz_section_free(struct fuzz_section *section);

/* A kind of section, and what takes one. */
struct fuzz_kind {
	enum section_tag tag;
	void (*fuzz)(const struct fuzz_section *section);
};

/* Takes an input whose first byte says of which of these kinds its section is; the rest of it is
 * the payload. */
void fuzz_one_of(const struct fuzz_kind *kinds, unsigned count, const uint8_t *data, size_t size);

/* ---- archives ---------------------------------------------------------------------------- */

/* Opens an archive; NULL if it is refused. */
narc_archive *fuzz_open(const void *data, size_t size);

/* Whether a whole check finds nothing. */
bool fuzz_is_good(narc_archive *archive);

#endif
