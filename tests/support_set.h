/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets in a store in memory. */
#ifndef TESTS_SUPPORT_SET_H
#define TESTS_SUPPORT_SET_H

#include "support_archive.h"
#include "support_store.h"

/* Adds files as a volume to the set, as it is then: those that are new to it, or all if they are not
 * compared; options NULL: plain_options. */
enum narc_status add_files(struct memory_store *memory, const struct narc_pack_options *options,
			   bool is_compared, const struct given_file *files, size_t count,
			   struct narc_error *error);

/* The same, compared. */
enum narc_status add_volume(struct memory_store *memory, const struct narc_pack_options *options,
			    const struct given_file *files, size_t count,
			    struct narc_error *error);

/* The same of a text, which must succeed. */
void add_text_volume(struct memory_store *memory, const char *path, const char *text);

narc_archive *open_memory_set(struct memory_store *memory);

/* Fails unless the set has just these paths, with their last texts, and is good. */
void assert_set_has(struct memory_store *memory, const char *const (*files)[2], size_t count);

/* Joins all volumes; time is now. */
enum narc_status compact_set(struct memory_store *memory, int64_t time,
			     struct narc_compact_result *result, struct narc_error *error);

#endif
