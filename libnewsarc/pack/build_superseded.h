/* SPDX-License-Identifier: BSD-2-Clause */
/* The index over superseded rows: collected in any order, written in that of the rows. */
#ifndef NARC_PACK_BUILD_SUPERSEDED_H
#define NARC_PACK_BUILD_SUPERSEDED_H

#include "pack/page_writer.h"
#include "support/external_sort.h"

struct superseded_builder {
	struct external_sort *sort;
	uint64_t count;
};

enum narc_status superseded_builder_init(struct superseded_builder *builder, size_t memory,
					 const char *folder, struct narc_error *error);
void superseded_builder_free(struct superseded_builder *builder);

/* Adds a row, once, and the generation that superseded it. */
enum narc_status superseded_builder_add(struct superseded_builder *builder, uint64_t row,
					uint32_t generation, struct narc_error *error);

/* Writes the pages; root is left alone if there are none. */
enum narc_status superseded_builder_write(struct superseded_builder *builder,
					  struct page_writer *pages, struct extent *root,
					  struct narc_error *error);

#endif
