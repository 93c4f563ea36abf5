/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages of the indexes by infoCode, path and content (section 9 of the format). They hold
 * separators, the shortest prefixes that tell neighbouring keys apart, as the inner nodes
 * of a prefix B-tree do (Bayer, Unterauer, "Prefix B-Trees", 1977), but in the leaves too:
 * the row itself says whether it is the key. Fingerprints of the keys spare most of the rows
 * that are not, as those in the leaves of an FP-tree do (Oukid and others, "FPTree", 2016).
 */
#ifndef NARC_FORMAT_KEY_PAGE_H
#define NARC_FORMAT_KEY_PAGE_H

#include <zstd.h>

#include "support/byte_buffer.h"

enum key_index { KEY_INDEX_CODES = 1, KEY_INDEX_PATHS = 2, KEY_INDEX_CONTENTS = 3 };

/* How many bytes of key, which is greater than previous, make its separator. */
size_t key_separator_size(const uint8_t *previous, size_t previous_size, const uint8_t *key,
			  size_t key_size);

/* A page being built. */
struct key_page_builder {
	enum key_index index;
	unsigned level;
	bool with_fingerprints;        /* of a leaf */
	uint32_t count;
	struct byte_buffer last;       /* the separator added last */
	struct byte_buffer shared;     /* the columns, as the page will have them */
	struct byte_buffer added;
	struct byte_buffer suffixes;
	struct byte_buffer counts;     /* leaf: blocks of each entry; inner: child sizes */
	struct byte_buffer values;     /* leaf: block numbers */
	struct byte_buffer fingerprints;
	uint64_t last_block;           /* the first of the entry before */
	uint64_t first_child;          /* inner: its offset */
};

void key_page_builder_free(struct key_page_builder *builder);

/* Adds an entry of a leaf with count ascending block numbers, whose separator is the first
 * bytes of key; or of an inner page with the offset and size of a child. There is room for
 * PAGE_ENTRIES_LIMIT. */
void key_page_add_blocks(struct key_page_builder *builder, const uint8_t *key, size_t key_size,
			 size_t separator_size, const uint64_t *blocks, size_t count);
void key_page_add_child(struct key_page_builder *builder, const uint8_t *separator, size_t size,
			uint64_t child_offset, uint64_t child_size);

/* Where in the section of an inner page the offset of its first child is. */
enum { KEY_PAGE_CHILD = 15 };

/* Appends the section and empties the builder. */
enum narc_status key_page_encode(struct byte_buffer *out, struct key_page_builder *builder,
				 ZSTD_CCtx *compressor, struct narc_error *error);

/* A decoded page. */
struct key_page {
	enum key_index index;
	unsigned level;
	uint32_t count;
	uint16_t *shared;        /* bytes shared with the separator before */
	uint32_t *suffix_start;  /* in suffixes; count + 1 of them */
	uint8_t *suffixes;
	uint32_t *value_start;   /* leaf: in values; count + 1 of them */
	uint64_t *values;        /* leaf: block numbers; inner: child offsets, count + 1 */
	uint8_t *fingerprints;   /* NULL: there are none */
	void *memory;            /* all of the above */
	size_t memory_size;
};

enum narc_status key_page_decode(const uint8_t *section, size_t size, uint64_t offset,
				 ZSTD_DCtx *decompressor, struct byte_buffer *scratch,
				 struct key_page *page, struct narc_error *error);
void key_page_free(struct key_page *page);

/* How much memory a decoded page takes besides the struct. */
static inline size_t key_page_memory(const struct key_page *page)
{
	return page->memory_size;
}

/* The last entry whose separator is not greater than key; false if there is none. */
bool key_page_search(const struct key_page *page, const uint8_t *key, size_t size,
		     uint32_t *place);

/* Whether the entry of a leaf that was found for key may be that of key itself. */
bool key_page_may_have(const struct key_page *page, uint32_t place, const uint8_t *key,
		       size_t size);

#endif
