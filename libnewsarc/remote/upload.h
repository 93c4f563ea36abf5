/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts an object in parts, which become it when the last one is there: what stores of S3 call a
 * multipart upload. */
#ifndef NARC_REMOTE_UPLOAD_H
#define NARC_REMOTE_UPLOAD_H

#include "remote/s3_client.h"

/* So many parts an object can have, each of which but the last has 5 MiB at least, and 5 GiB at
 * most. */
enum { PART_LIMIT = 10000 };

/* How large a part is to be, by its number from 1; the last one may be smaller. They become
 * larger the more there are, as nobody knows how much will come; all of them are more than the 5
 * TiB that an object may have. */
uint64_t part_size(unsigned number);

struct part {
	uint64_t offset;
	uint64_t size;
	char etag[NARC_ETAG_SIZE];
	uint8_t md5[MD5_SIZE];
	bool has_md5; /* the ETag is that */
};

/* *id, to be freed. The mark goes with the object. Not ended, as nobody could be told of its id. */
enum narc_status upload_begin(struct s3_client *client, const char *mark, char **id,
			      struct narc_error *error);

/* Puts a part of a file. */
enum narc_status upload_part(struct s3_client *client, const char *id, unsigned number, int fd,
			     struct part *part, struct narc_error *error);

/* Makes them the object, unless one is there that is not to be replaced: NARC_EXISTS. NARC_OK only
 * if the object is what the parts are. */
enum narc_status upload_complete(struct s3_client *client, const char *id, const char *mark,
				 const struct part *parts, size_t count, bool replace,
				 struct narc_error *error);

/* Removes the parts of an upload to key, NULL: that of the client, even if the client has ended.
 * NARC_NOT_FOUND. */
enum narc_status upload_remove(struct s3_client *client, const char *key, const char *id,
			       struct narc_error *error);

/* How many parts an upload to key has, and bytes in them. NARC_NOT_FOUND. */
enum narc_status upload_measure(struct s3_client *client, const char *key, const char *id,
				uint64_t *parts, uint64_t *size, struct narc_error *error);

#endif
