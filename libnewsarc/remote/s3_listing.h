/* SPDX-License-Identifier: BSD-2-Clause */
/* Goes through what a bucket has: its objects, or uploads that were begun and not finished. */
#ifndef NARC_REMOTE_S3_LISTING_H
#define NARC_REMOTE_S3_LISTING_H

#include "remote/s3_client.h"
#include "remote/xml_answer.h"

struct s3_item {
	char key[XML_TEXT_LIMIT];
	char upload[XML_TEXT_LIMIT]; /* its identifier; of an object, "" */
	char etag[NARC_ETAG_SIZE];   /* of an upload, "" */
	uint64_t size;
	int64_t time;
};

enum s3_kind { S3_OBJECTS, S3_UPLOADS };

/* Told of each item, which is valid during the call. */
typedef enum narc_status (*s3_item_fn)(void *context, const struct s3_item *item,
				       struct narc_error *error);

/* Lists what has a key that begins with prefix, in the order of keys; ends with what take
 * returns, if that is not NARC_OK. */
enum narc_status s3_list(struct s3_client *client, enum s3_kind kind, const char *prefix,
			 s3_item_fn take, void *context, struct narc_error *error);

/* For tests. Takes one page of a listing: *item is the last one of it, and stays as it was if
 * there is none. *is_last: there are no more; else token (of objects) has what to ask on by. */
enum narc_status s3_listing_page(enum s3_kind kind, const char *prefix, const char *bytes,
				 size_t size, s3_item_fn take, void *context, struct s3_item *item,
				 bool *is_last, char token[XML_TEXT_LIMIT],
				 struct narc_error *error);

/* "2022-01-05T11:01:51.000Z", in seconds of UTC; 0 for what is none. */
int64_t s3_time(const char *text);

#endif
