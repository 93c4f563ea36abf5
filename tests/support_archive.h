/* SPDX-License-Identifier: BSD-2-Clause */
/* Archives in memory: packed from files that a test gives, opened, and read back. */
#ifndef TESTS_SUPPORT_ARCHIVE_H
#define TESTS_SUPPORT_ARCHIVE_H

#include "newsarc.h"

/* A file to be packed. */
struct given_file {
	struct narc_entry entry;
	const void *content;
	size_t size;
};

/* A regular file with this text, 0644, modified at a fixed time. */
struct given_file given_text(const char *path, const char *text);

/* An archive in memory. */
struct packed {
	void *data;
	size_t size;
	struct narc_pack_result result;
};

/* Level 1, one thread, blocks of 64 KiB, no dictionary: what differs in a test is what it
 * tests. */
struct narc_pack_options plain_options(void);

narc_packer *new_packer(const struct narc_pack_options *options);
void add_file(narc_packer *packer, const struct given_file *file);
void add_link(narc_packer *packer, const char *path, const char *target);

/* Commits and frees the packer. */
struct packed commit_packer(narc_packer *packer);

/* All of it, with plain_options if options is NULL. */
struct packed pack_files(const struct narc_pack_options *options, const struct given_file *files,
			 size_t count);
void packed_free(struct packed *packed);

narc_archive *open_bytes(const void *data, size_t size);
narc_archive *open_packed(const struct packed *packed);

/* A sink that has the archive already, as the file has that is appended to. */
struct narc_sink sink_over(const struct packed *base, struct packed *packed);
narc_packer *new_appender(const struct narc_pack_options *options, narc_archive *archive);

/* What becomes of base when these files come. */
struct packed append_files(const struct packed *base, const struct narc_pack_options *options,
			   const struct given_file *files, size_t count);

/* A cursor over what filter lets pass, all if it is NULL. */
narc_cursor *open_cursor(narc_archive *archive, const struct narc_filter *filter);

/* The next record; NULL at the end. */
const struct narc_record *next_record(narc_cursor *cursor);

/* Finds key and gives its first record; NULL if there is none. */
const struct narc_record *find_record(narc_cursor *cursor, const char *key);

/* The record with this path, which must be there. */
const struct narc_record *find_path(narc_cursor *cursor, const char *path);

/* Fails unless the cursor's record is this file: bytes, type, permissions, time. */
void assert_is_file(narc_cursor *cursor, const struct given_file *file);

/* Fails unless the archive holds these files and no others, in the order of the format,
 * all of which are found by path, and by infoCode if they have one. */
void assert_holds_files(narc_archive *archive, const struct given_file *files, size_t count);

/* Fails unless a whole check finds nothing, but for a generation behind the end whose trailer was
 * written in part; and goes over so many rows. */
void assert_verifies(narc_archive *archive, uint64_t rows);

/* Packs, or commits, checks all of the above, and frees; returns what the commit said. */
struct narc_pack_result assert_comes_back(const struct narc_pack_options *options,
					  const struct given_file *files, size_t count);
struct narc_pack_result assert_packer_makes(narc_packer *packer, const struct given_file *files,
					    size_t count);

/* Notices: how many there were, and the last one. */
struct told {
	unsigned count;
	enum narc_notice_kind kind;
	char path[256];
};

/* A narc_notice_fn, whose context is a struct told. */
void note_told(void *context, enum narc_notice_kind kind, const char *path, const char *text);

/* Posts made up of few words, with infoCodes of both families, one every few minutes from
 * 2021-12-01 on, and some copies, revisions and plain files among them. */
struct made_posts {
	struct given_file *files;
	size_t count;
};

struct made_posts make_posts(size_t count, uint64_t seed);
void made_posts_free(struct made_posts *posts);

/* The same files in another order. */
void shuffle_files(struct given_file *files, size_t count, uint64_t seed);

#endif
