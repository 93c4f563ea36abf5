/* SPDX-License-Identifier: BSD-2-Clause */
/* What a packer that appends asks of the archive that is there. */
#ifndef NARC_PACK_BASE_READER_H
#define NARC_PACK_BASE_READER_H

#include "pack/pack_item.h"

/* Belongs to one thread. */
struct base_reader {
	narc_cursor *cursor;
};

enum narc_status base_reader_open(struct base_reader *reader, narc_archive *archive,
				  struct narc_error *error);
void base_reader_close(struct base_reader *reader);

/* The record of the path that is current, or would be if it were not redacted; valid until the
 * next call; NULL if there is none. */
enum narc_status base_find_path(struct base_reader *reader, const char *path,
				const struct narc_record **record, struct narc_error *error);

/* Whether the content of the record that was found last is just this. */
enum narc_status base_compare(struct base_reader *reader, const uint8_t *content, uint64_t size,
			      uint64_t hash, bool *is_equal, struct narc_error *error);

/* Whether a record is of the type, size and modification time of a file. */
bool base_has_state(const struct narc_record *record, const struct narc_entry *entry,
		    uint64_t size);

/* Whether just the content of the item was taken out of the archive, under its path or
 * infoCode. */
enum narc_status base_has_redacted(struct base_reader *reader, const struct pack_item *item,
				   bool *has, struct narc_error *error);

/* Whether it has just this content under the path. */
enum narc_status base_has_content(struct base_reader *reader, const struct narc_entry *entry,
				  const uint8_t *content, uint64_t size, uint64_t hash, bool *has,
				  struct narc_error *error);

#endif
