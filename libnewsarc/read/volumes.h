/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The volumes of a set, which is read as one archive: as if its files stood one behind the other,
 * and their rows, blocks and generations were numbered through. Each volume numbers its own from
 * the beginning, and has places in itself; so what is decoded of one is moved.
 */
#ifndef NARC_READ_VOLUMES_H
#define NARC_READ_VOLUMES_H

#include <pthread.h>
#include <stdatomic.h>

#include "format/descriptor.h"
#include "format/key_filter.h"
#include "format/manifest.h"
#include "format/segment.h"
#include "format/set_manifest.h"
#include "read/page_cache.h"

struct volume {
	const struct set_volume *said;
	struct extent place; /* of the file, among the bytes of all */
	uint64_t first_row, rows;
	uint64_t first_block, blocks;
	uint32_t generations_before, generations;
	size_t first_segment, segment_count;
	size_t first_dictionary, dictionary_count;
	_Atomic unsigned users; /* blocks that are at hand, with what is loaded of it */
	_Atomic bool has_filter; /* it was decoded, when it was first needed */
	struct key_filter filter;
};

/* The filters that a file has, without anything else. */
struct filter_bytes {
	struct byte_buffer bytes; /* empty until one of them is needed */
	bool is_damaged;          /* which is found once */
};

struct volume_list {
	struct set_manifest manifest;
	struct byte_buffer manifest_section; /* that it points into */
	struct narc_source manifest_source;
	struct filter_bytes *filters; /* of the manifest, and then of each filter file; NULL until
					 one is needed */
	struct narc_store store;
	bool owns_store; /* closes it */
	struct volume *volumes;
	size_t count;
	const struct succession **replaced; /* those that are, in order of successors */
	size_t replaced_count;
	const char *only; /* not NULL: keys are found in volumes of this label, or none */
	pthread_mutex_t lock; /* of filters that are loaded */
};

void volume_list_free(struct volume_list *list);

/* The volume that has this byte or row, of which there are not fewer. */
struct volume *volume_at(const struct volume_list *list, uint64_t offset);
struct volume *volume_of_row(const struct volume_list *list, uint64_t row);

/* Moves what was decoded of a volume to where it is in the set. */
void volume_move_page(const struct volume *volume, struct cached_page *page);
void volume_move_descriptor(const struct volume *volume, struct descriptor *descriptor);
void volume_move_segment(const struct volume *volume, struct segment *segment);

/* A key of an index, as it is compared with what the manifest says of volumes. */
struct volume_probe {
	enum key_index index;
	const char *code; /* without its family, and not NUL at its end */
	size_t code_size;
	uint64_t hash;
};

struct volume_probe volume_probe_of(enum key_index index, const void *key, size_t size);

/* Whether a volume may have the key by its label, and the infoCodes that it has. */
bool volume_is_candidate(const struct volume_list *list, const struct volume *volume,
			 const struct volume_probe *probe);

/* The successions of rows first to first + rows, in their order. */
const struct succession *volume_list_successions(const struct volume_list *list, uint64_t first,
						 uint64_t rows, size_t *count);

/* Sorts what is asked for next: to be called once all is decoded. */
enum narc_status volume_list_sort_replaced(struct volume_list *list, struct narc_error *error);

/* Has a row say which row it takes the place of, if that is one of another volume. */
void volume_list_complete(const struct volume_list *list, struct row *row);

/* Has an error say in which volume, and where in that, instead of where in all of them. One that
 * says so already, or is of no place, stays. list NULL: of one file, it stays. */
enum narc_status volume_list_settle(const struct volume_list *list, enum narc_status status,
				    struct narc_error *error);

#endif
