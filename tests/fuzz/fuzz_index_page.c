/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages of all indexes. The first byte says of which kind; the rest is a page's payload. */
#include <stdlib.h>
#include <string.h>

#include "format/block_page.h"
#include "format/key_page.h"
#include "format/limits.h"
#include "format/superseded_page.h"
#include "fuzz.h"

/* ---- key pages --------------------------------------------------------------------------- */

/* Makes separator, which is the one of the entry before, that of this entry. */
static size_t next_separator(const struct key_page *page, uint32_t entry,
			     uint8_t separator[PATH_SIZE_LIMIT])
{
	size_t added = page->suffix_start[entry + 1] - page->suffix_start[entry];

	HOLDS(page->shared[entry] + added <= PATH_SIZE_LIMIT);
	memcpy(separator + page->shared[entry], page->suffixes + page->suffix_start[entry], added);
	return page->shared[entry] + added;
}

/* Each separator leads to its own entry. Adds the entries to builder. */
static void check_entries(const struct key_page *page, struct key_page_builder *builder)
{
	uint8_t separator[PATH_SIZE_LIMIT];

	for (uint32_t i = 0; i < page->count; i++) {
		size_t size = next_separator(page, i, separator);
		uint32_t place;

		HOLDS(key_page_search(page, separator, size, &place) && place == i);
		if (page->level > 0) {
			key_page_add_child(builder, separator, size, page->values[i],
					   page->values[i + 1] - page->values[i]);
			continue;
		}
		key_page_may_have(page, i, separator, size);
		key_page_add_blocks(builder, separator, size, size,
				    page->values + page->value_start[i],
				    page->value_start[i + 1] - page->value_start[i]);
	}
}

static void check_same_keys(const struct key_page *a, const struct key_page *b)
{
	uint32_t values = a->level ? a->count + 1 : a->value_start[a->count];

	HOLDS(a->index == b->index && a->level == b->level && a->count == b->count);
	HOLDS(memcmp(a->suffix_start, b->suffix_start, (a->count + 1) * sizeof(uint32_t)) == 0);
	HOLDS(memcmp(a->suffixes, b->suffixes, a->suffix_start[a->count]) == 0);
	HOLDS(memcmp(a->values, b->values, values * sizeof(uint64_t)) == 0);
}

/* A page that is taken can be written again, and is the same then. */
static void fuzz_key_page(const struct fuzz_section *section)
{
	struct fuzz_codec *codec = fuzz_codec();
	struct key_page_builder builder = { 0 };
	struct byte_buffer again = BYTE_BUFFER_EMPTY;
	struct key_page page, copy;
	struct narc_error error = { 0 };

	if (!fuzz_succeeded(key_page_decode(section->bytes, section->size, FUZZ_OFFSET,
					    codec->decompressor, &codec->scratch, &page, &error),
			    &error))
		return;
	builder.index = page.index;
	builder.level = page.level;
	check_entries(&page, &builder);
	HOLDS(key_page_encode(&again, &builder, codec->compressor, &error) == NARC_OK);
	HOLDS(key_page_decode(again.data, again.size, FUZZ_OFFSET, codec->decompressor,
			      &codec->scratch, &copy, &error) == NARC_OK);
	check_same_keys(&page, &copy);
	key_page_free(&page);
	key_page_free(&copy);
	key_page_builder_free(&builder);
	byte_buffer_free(&again);
}

/* ---- block pages -------------------------------------------------------------------------- */

static void check_same_blocks(const struct block_page *a, const struct block_page *b)
{
	HOLDS(a->level == b->level && a->count == b->count);
	for (uint32_t i = 0; i < a->count; i++) {
		const struct block_entry *x = &a->entries[i];
		const struct block_entry *y = &b->entries[i];

		HOLDS(x->first_local_time == y->first_local_time);
		HOLDS(x->first_row == y->first_row && x->rows == y->rows);
		HOLDS(x->first_block == y->first_block && x->blocks == y->blocks);
		HOLDS(x->offset == y->offset && x->section_size == y->section_size);
		HOLDS(a->level > 0 || x->frame_size == y->frame_size);
	}
}

static void fuzz_block_page(const struct fuzz_section *section)
{
	struct fuzz_codec *codec = fuzz_codec();
	struct byte_buffer again = BYTE_BUFFER_EMPTY;
	struct block_page page, copy;
	struct narc_error error = { 0 };

	if (!fuzz_succeeded(block_page_decode(section->bytes, section->size, FUZZ_OFFSET,
					      codec->decompressor, &codec->scratch, &page, &error),
			    &error))
		return;
	HOLDS(block_page_encode(&again, page.level, page.entries, page.count, codec->compressor,
				&error) == NARC_OK);
	HOLDS(block_page_decode(again.data, again.size, FUZZ_OFFSET, codec->decompressor,
				&codec->scratch, &copy, &error) == NARC_OK);
	check_same_blocks(&page, &copy);
	block_page_free(&page);
	block_page_free(&copy);
	byte_buffer_free(&again);
}

/* ---- superseded pages --------------------------------------------------------------------- */

static void check_same_rows(const struct superseded_page *a, const struct superseded_page *b)
{
	HOLDS(a->level == b->level && a->count == b->count);
	for (uint32_t i = 0; i < a->count; i++) {
		const struct superseded_entry *x = &a->entries[i];
		const struct superseded_entry *y = &b->entries[i];

		HOLDS(x->row == y->row);
		HOLDS(a->level ? x->child.offset == y->child.offset &&
					 x->child.size == y->child.size
			       : x->generation == y->generation);
		HOLDS(superseded_page_search(a, x->row) == i);
	}
}

static void fuzz_superseded_page(const struct fuzz_section *section)
{
	struct fuzz_codec *codec = fuzz_codec();
	struct byte_buffer again = BYTE_BUFFER_EMPTY;
	struct superseded_page page, copy;
	struct narc_error error = { 0 };

	if (!fuzz_succeeded(superseded_page_decode(section->bytes, section->size, FUZZ_OFFSET,
						   codec->decompressor, &codec->scratch, &page,
						   &error),
			    &error))
		return;
	HOLDS(superseded_page_encode(&again, page.level, page.entries, page.count,
				     codec->compressor, &error) == NARC_OK);
	HOLDS(superseded_page_decode(again.data, again.size, FUZZ_OFFSET, codec->decompressor,
				     &codec->scratch, &copy, &error) == NARC_OK);
	check_same_rows(&page, &copy);
	superseded_page_free(&page);
	superseded_page_free(&copy);
	byte_buffer_free(&again);
}

/* ---- all of them -------------------------------------------------------------------------- */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuzz_kind kinds[] = {
		{ SECTION_KEY_PAGE, fuzz_key_page },
		{ SECTION_BLOCK_PAGE, fuzz_block_page },
		{ SECTION_SUPERSEDED, fuzz_superseded_page },
	};

	fuzz_one_of(kinds, sizeof(kinds) / sizeof(kinds[0]), data, size);
	return 0;
}
