/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of WARC files (ISO 28500, versions 0.17 to 1.1), which crawlers write. libarchive's
 * reader leaves out what has an address that ends with "/", where most sites have their posts, and
 * what was the same as before. */
#ifndef NARC_EXCHANGE_WARC_RECORD_H
#define NARC_EXCHANGE_WARC_RECORD_H

#include "exchange/unpacked.h"

enum warc_type {
	WARC_RESPONSE, /* what came from the address, head and all */
	WARC_RESOURCE, /* what is at the address */
	WARC_REVISIT,  /* it had been there before */
	WARC_OTHER
};

struct warc_date {
	bool is_known;
	int64_t seconds; /* of UTC */
	bool has_fraction;
	uint32_t nanoseconds;
};

/* Whether two dates that are known are of the same time. Some tools leave out fractions where they
 * refer to a record. */
bool warc_date_is(const struct warc_date *a, const struct warc_date *b);

struct warc_record {
	enum warc_type type;
	uint64_t length;  /* bytes of its block, which comes next */
	char *target;     /* address, or NULL */
	struct warc_date date;
	bool is_segment;   /* its block goes on in another record */
	bool is_truncated; /* the crawler gave up amid of it */
	char *first_target; /* of a revisit, what it was the same as, or NULL; and when */
	struct warc_date first_date;
};

/* Whether what comes next looks like a record. */
enum narc_status warc_starts(struct unpacked *from, bool *is_warc, struct narc_error *error);

/* Reads the head of the next record; NARC_END if there is none. The record, all zero at first, is
 * filled anew; to be freed in the end. */
enum narc_status warc_record_read(struct warc_record *record, struct unpacked *from,
				  struct narc_error *error);
void warc_record_free(struct warc_record *record);

#endif
