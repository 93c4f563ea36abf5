/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of WARC files (ISO 28500, versions 0.17 to 1.1), which crawlers write. libarchive's reader
 * leaves out what has an address that ends with "/", where most sites have their posts, and what
 * was the same as before. */
#ifndef NARC_EXCHANGE_WARC_RECORD_H
#define NARC_EXCHANGE_WARC_RECORD_H

#include "exchange/unpacked.h"

enum warc_type {
	WARC_RESPONSE, /* what came from the address, head and all */
	WARC_RESOURCE, /* what is at the address */
	WARC_REVISIT,  /* it had been there before */
	WARC_OTHER
};

struct warc_record {
	enum warc_type type;
	uint64_t length;  /* bytes of its block, which comes next */
	char *target;     /* address, or NULL */
	char *date;       /* as it is written, or NULL */
	int64_t seconds;  /* the same, of UTC */
	uint32_t nanoseconds;
	bool is_http;     /* its block has the head of an answer of HTTP */
	bool is_segment;  /* its block goes on in another record */
	char *first_target, *first_date; /* of a revisit, what it was the same as; or NULL */
};

/* Whether what comes next looks like a record. */
enum narc_status warc_starts(struct unpacked *from, bool *is_warc, struct narc_error *error);

/* Reads the head of the next record; NARC_END if there is none. The record, all zero at first, is
 * filled anew; to be freed in the end. */
enum narc_status warc_record_read(struct warc_record *record, struct unpacked *from,
				  struct narc_error *error);
void warc_record_free(struct warc_record *record);

#endif
