/* SPDX-License-Identifier: BSD-2-Clause */
/* What a packer is to the stages of packing. */
#ifndef NARC_PACK_PACKER_H
#define NARC_PACK_PACKER_H

#include <sys/types.h>

#include "format/names.h"
#include "pack/base_reader.h"
#include "pack/front_matter.h"
#include "pack/history.h"
#include "pack/path_set.h"
#include "pack/period.h"
#include "pack/sample.h"
#include "support/external_sort.h"
#include "support/number_map.h"
#include "support/progress.h"
#include "support/spill_file.h"

/* Content from this size on does not go through the sorter, but waits in a file of its own
 * and becomes a block of its own, compressed as a stream. */
#define LARGE_CONTENT ((uint64_t)1 << 20)

/* One set of files that came together. */
struct pack_tree {
	bool has_config; /* a _config.yml came with it */
	char *zone;      /* of that, or NULL */
	char *root; /* its folder, or NULL */
};

/* A file that has the content of another. */
struct pack_link {
	struct narc_entry entry; /* owns its path */
	char *target;
	size_t tree;
	uint64_t sequence; /* of its arrival, among that of all files */
	bool is_replaced;  /* a file of the same path came after it */
	bool found;
	uint64_t offset; /* of the content, in the large file */
	uint64_t size;
};

/* A file that is left out, by what stat() says of it. */
struct excluded_file {
	bool exists;
	dev_t device;
	ino_t inode;
};

struct intake;
struct pack_item;
struct post_facts;

/* A row of another volume that gives way to one that is written. */
struct foreign_row {
	uint64_t row;
	uint32_t generation; /* of the successor, in its volume, as is its number */
	uint64_t successor;
	bool is_replaced;
};

struct narc_packer {
	struct narc_pack_options options;
	char *temporary_folder; /* copies of the options' strings */
	char *zone;

	struct external_sort *items;
	struct spill_file large;
	struct sample sample;
	struct name_counter names;
	struct path_set paths;
	struct pack_tree *trees;
	size_t tree_count;
	struct pack_tree base_site; /* of the base: it stands for trees whose configuration is as it was,
				     * or did not come */
	size_t tree_capacity;
	struct pack_link *links;
	size_t link_count;
	size_t link_capacity;
	uint64_t sequence;
	uint64_t admitted; /* files that went to the sorter */
	uint64_t content_size;
	uint64_t notices;
	struct progress progress;
	struct excluded_file excluded;
	struct intake *intake; /* NULL until there is a tree */

	narc_archive *base; /* that is appended to, or NULL */
	bool is_volume; /* it writes a volume of a set */
	char *label; /* of the part of the set; NULL: it is for all of it */
	struct narc_filter dates; /* of files that are kept */
	struct base_reader reader;
	struct number_map former_rows; /* of it, that give way, and the generation from which on */
	struct foreign_row *foreign_rows; /* likewise, of a set */
	size_t foreign_count, foreign_capacity;
	uint64_t unchanged; /* files that it has already, or a history had just before */
	struct month_counts unchanged_months; /* of the former */
	struct history history;
	bool committed;

	struct front_matter matter; /* reused */
	struct byte_buffer key;
	struct byte_buffer value;
	struct byte_buffer content;
};

/* Checks an entry and gives the one to be stored, whose path is to be freed. Safe with threads. */
enum narc_status packer_check_entry(const struct narc_packer *packer,
				    const struct narc_entry *entry, struct narc_entry *stored,
				    struct narc_error *error);

/* Fills in what a file with this content says of itself; item has its entry and size. What is
 * filled in belongs to content, facts and matter. Safe with threads. */
enum narc_status packer_parse(struct front_matter *matter, struct pack_item *item,
			      const uint8_t *content, struct post_facts *facts,
			      struct narc_error *error);

/* Gives a parsed file to the sorter. */
enum narc_status packer_admit(struct narc_packer *packer, const struct pack_item *item,
			      struct narc_error *error);

/* The generation that it writes: of a history, the one at hand, and in the end the last. */
uint32_t packer_generation(const struct narc_packer *packer);

/* Takes note of a file that came and is in the base as it is: of its path, hash and local time. */
enum narc_status packer_note_unchanged(struct narc_packer *packer, const struct pack_item *item,
				       struct narc_error *error);

/* Where a content is that is given to packer_add_content: in memory, and if is_large also
 * in the large file. */
struct pack_content {
	const uint8_t *data;
	size_t size;
	bool is_large;
	uint64_t large_offset;
};

/* Parses and admits a file. */
enum narc_status packer_add_content(struct narc_packer *packer, const struct narc_entry *entry,
				    size_t tree, uint64_t sequence,
				    const struct pack_content *content,
				    struct narc_error *error);

/* The same of a file of any size, read in pieces. */
enum narc_status packer_add_stream(struct narc_packer *packer, const struct narc_entry *entry,
				   narc_read_fn read, void *context, struct narc_error *error);

/* Gives the files that were added as links to the sorter. */
enum narc_status packer_resolve_links(struct narc_packer *packer, struct narc_error *error);
void packer_free_links(struct narc_packer *packer);

void packer_notice(struct narc_packer *packer, enum narc_notice_kind kind, const char *path,
		   const char *text);

/* The zone offset of a date that came without one. */
enum narc_status packer_zone(struct narc_packer *packer, uint64_t tree, int64_t local_time,
			     int *minutes, struct narc_error *error);

#endif
