/* SPDX-License-Identifier: BSD-2-Clause */
/* What a WARC file has of each path, and what it says is as it was: so a content is stored under
 * every address at which it was seen, though the file has it once. All zero when empty. */
#ifndef NARC_EXCHANGE_WARC_CAPTURES_H
#define NARC_EXCHANGE_WARC_CAPTURES_H

#include "exchange/warc_record.h"

struct capture;

/* A path whose content is that of another one, or its own of another file. */
struct revisit {
	struct revisit *next;
	struct narc_entry entry; /* owns its path */
	uint64_t sequence;
	struct warc_date first_date; /* of when the content was got */
	char path[];                 /* that it was got from; then that of the entry */
};

struct warc_captures {
	struct capture *slots; /* open addressing, by the hash of the path */
	size_t capacity;
	size_t count;
	struct revisit *revisits, **last;
	uint64_t sequence;
	size_t memory; /* bytes that all this takes */
};

/* Notes that a content was stored under path. False if there is no memory, likewise below. */
bool warc_captures_add(struct warc_captures *captures, const char *path,
		       const struct warc_date *date);

/* Notes that entry's path has the content that path had from first_date on. */
bool warc_captures_add_revisit(struct warc_captures *captures, const struct narc_entry *entry,
			       const char *path, const struct warc_date *first_date);

enum capture_state {
	CAPTURE_NONE,  /* nothing is stored under the path */
	CAPTURE_THIS,  /* what is stored there is from this date, as far as that is known */
	CAPTURE_OTHER  /* it is from another one */
};
enum capture_state warc_captures_state(const struct warc_captures *captures, const char *path,
				       const struct warc_date *date);

enum revisit_fate {
	REVISIT_STANDS,
	REVISIT_REPLACED, /* something else is known of its path that is later */
	REVISIT_ELSEWHERE /* what it refers to is not in this file, or is not what is stored */
};
enum revisit_fate warc_captures_fate(const struct warc_captures *captures,
				     const struct revisit *revisit);
void warc_captures_free(struct warc_captures *captures);

#endif
