/* SPDX-License-Identifier: BSD-2-Clause */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_fail(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

static bool is_text(const char *text, size_t room)
{
	return memchr(text, '\0', room) && *text;
}

bool fuzz_succeeded(enum narc_status status, const struct narc_error *error)
{
	if (status == NARC_OK)
		return true;
	HOLDS(status != NARC_END && status != NARC_NOMEM && status != NARC_MISUSE);
	HOLDS(error->status == status);
	HOLDS(is_text(error->stage, sizeof(error->stage)));
	HOLDS(is_text(error->message, sizeof(error->message)));
	HOLDS(memchr(error->path, '\0', sizeof(error->path)));
	return false;
}

/* ---- sections ---------------------------------------------------------------------------- */

struct fuzz_codec *fuzz_codec(void)
{
	static struct fuzz_codec codec;

	if (!codec.compressor) {
		codec.compressor = ZSTD_createCCtx();
		codec.decompressor = ZSTD_createDCtx();
		HOLDS(codec.compressor && codec.decompressor);
	}
	return &codec;
}

struct fuzz_section fuzz_section(enum section_tag tag, const uint8_t *payload, size_t size)
{
	struct byte_buffer buffer = BYTE_BUFFER_EMPTY;
	struct fuzz_section section;

	section_begin(&buffer, tag);
	byte_buffer_append(&buffer, payload, size);
	section_end(&buffer, 0);
	section.bytes = malloc(buffer.size);
	section.size = buffer.size;
	HOLDS(!buffer.failed && section.bytes);
	memcpy(section.bytes, buffer.data, buffer.size);
	byte_buffer_free(&buffer);
	return section;
}

void fuzz_section_free(struct fuzz_section *section)
{
	free(section->bytes);
}

void fuzz_one_of(const struct fuzz_kind *kinds, unsigned count, const uint8_t *data, size_t size)
{
	const struct fuzz_kind *kind;
	struct fuzz_section section;

	if (size == 0)
		return;
	kind = &kinds[data[0] % count];
	section = fuzz_section(kind->tag, data + 1, size - 1);
	kind->fuzz(&section);
	fuzz_section_free(&section);
}

/* ---- archives ---------------------------------------------------------------------------- */

narc_archive *fuzz_open(const void *data, size_t size)
{
	struct narc_source source;
	narc_archive *archive;
	struct narc_error error = { 0 };

	HOLDS(narc_memory_source(data, size, &source, &error) == NARC_OK);
	return fuzz_succeeded(narc_archive_open(source, &archive, &error), &error) ? archive
										   : NULL;
}

/* The entries that a damage touches come one after the other, as long as they can be read. */
static bool check_damage(void *context, const struct narc_damage *damage)
{
	const struct narc_record *record;
	struct narc_error error = { 0 };
	uint64_t records = 0;

	(void)context;
	HOLDS(!fuzz_succeeded(damage->error.status, &damage->error));
	while (damage->touched && narc_cursor_next(damage->touched, &record, &error) == NARC_OK)
		records++;
	HOLDS(records <= damage->entries + damage->versions);
	return true;
}

static bool check(narc_archive *archive, bool quick)
{
	struct narc_verify_options options = { .quick = quick, .threads = 1,
					       .report = check_damage };
	struct narc_verify_result result = { 0 };
	struct narc_error error = { 0 };

	HOLDS(narc_archive_verify(archive, &options, &result, &error) == NARC_OK);
	return result.damages == 0;
}

bool fuzz_is_good(narc_archive *archive)
{
	bool good = check(archive, false);

	/* A quick check looks at less. */
	HOLDS(check(archive, true) || !good);
	return good;
}
