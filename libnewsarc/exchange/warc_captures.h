/* SPDX-License-Identifier: BSD-2-Clause */
/* What a WARC file has of each path, and what it says is as it was: so a content is stored under
 * every address at which it was seen, though the file has it once. All zero when empty. */
#ifndef NARC_EXCHANGE_WARC_CAPTURES_H
#define NARC_EXCHANGE_WARC_CAPTURES_H

#include "newsarc.h"

struct capture;

/* A path whose content is that of another one. */
struct revisit {
	struct revisit *next;
	struct narc_entry entry; /* owns its path */
	uint64_t date;           /* hash of it */
	uint64_t first_date;     /* of when the content was got; 0: not known */
	char path[];             /* that it was got from; then that of the entry */
};

struct warc_captures {
	struct capture *slots; /* open addressing, by the hash of the path */
	size_t capacity;
	size_t count;
	struct revisit *revisits, **last;
	size_t revisit_bytes;
};

bool warc_captures_has(const struct warc_captures *captures, const char *path);

/* Notes that the content that path has is from a date on, as it is written, or NULL. False if there
 * is no memory, likewise below. */
bool warc_captures_add(struct warc_captures *captures, const char *path, const char *date);

/* Notes that entry's path, from date on, has the content that path had from first_date on. */
bool warc_captures_add_revisit(struct warc_captures *captures, const struct narc_entry *entry,
			       const char *date, const char *path, const char *first_date);

enum revisit_fate {
	REVISIT_STANDS,
	REVISIT_REPLACED, /* its path has a later content */
	REVISIT_ELSEWHERE /* what it refers to is not in this file, or is no longer what is stored */
};
enum revisit_fate warc_captures_fate(const struct warc_captures *captures,
				     const struct revisit *revisit);
void warc_captures_free(struct warc_captures *captures);

#endif
