/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks a store of S3 for what is not parts of one file: anything that it can do with an object or a
 * bucket. From several threads at once; what is asked for in vain is asked for again. */
#ifndef NARC_REMOTE_S3_CLIENT_H
#define NARC_REMOTE_S3_CLIENT_H

#include "remote/attempts.h"
#include "remote/connections.h"
#include "remote/digest.h"
#include "support/byte_buffer.h"

struct s3_client {
	struct connections connections;
	unsigned attempts; /* at each request */
	atomic_bool ended; /* set by any thread: what is under way fails */
};

/* Of an object, s3://BUCKET/KEY; options may be NULL. NARC_MISUSE for what is none, as an address
 * of HTTP. To be freed only if it succeeds. */
enum narc_status s3_client_init(struct s3_client *client, const char *url,
				const struct narc_remote_options *options,
				struct narc_error *error);

/* Of a bucket, s3://BUCKET/PREFIX; *prefix is to be freed. Likewise. */
enum narc_status s3_client_init_bucket(struct s3_client *client, const char *url,
				       const struct narc_remote_options *options, char **prefix,
				       struct narc_error *error);
void s3_client_free(struct s3_client *client);

/* The field that says of an object by which call it was put, so that who was not told whether
 * this was done can ask. */
#define S3_MARK_FIELD "x-amz-meta-newsarc-put"
enum { S3_MARK_SIZE = 33 };

enum { S3_OK = 200, S3_NOT_FOUND = 404, S3_CONFLICT = 409, S3_CONDITION_FAILED = 412 };
enum { S3_NOT_IMPLEMENTED = 501 };

/* The body of an answer that is no content. */
enum { S3_ANSWER_LIMIT = 64 * 1024 };

struct s3_request {
	const char *method;
	const char *key;       /* NULL: the client's own object, or the bucket */
	const char *query;     /* sorted and encoded; NULL: none */
	const char *condition; /* "If-Match: ..." or "If-None-Match: *", or NULL */
	const char *mark;      /* to be kept with the object, or NULL */
	const struct payload *payload; /* NULL: nothing is sent */
	const struct digests *digests; /* of the payload */
	size_t limit;      /* of the body of the answer */
	bool is_late;      /* the answer may be 200, and its body say that it failed */
	bool is_after_end; /* is asked for even if the client has ended */
};

struct s3_answer {
	long code;
	char etag[NARC_ETAG_SIZE]; /* "" if there is none */
	bool has_md5;     /* an ETag is of MD5s, as of a store that does not encrypt by other keys */
	char mark[S3_MARK_SIZE];
	uint64_t size;    /* that the answer says its body has, or would have */
	bool was_unsure;  /* an attempt before this one may have been carried out */
	struct byte_buffer body; /* with a NUL behind it */
};

/* Gets an answer, whatever it says, unless that may pass, and did not. The answer is to be freed
 * by s3_answer_free in any case. NARC_LIMIT if its body is longer than allowed. */
enum narc_status s3_perform(struct s3_client *client, const struct s3_request *request,
			    struct s3_answer *answer, struct narc_error *error);
void s3_answer_free(struct s3_answer *answer);

/* Fails because of an answer: NARC_NOT_FOUND for an object that is not there, NARC_EXISTS for a
 * condition that does not hold, else NARC_IO. */
enum narc_status s3_fail(const struct s3_client *client, const struct s3_answer *answer,
			 struct narc_error *error);

/* What is known of the client's object without getting it: size, ETag and mark. NARC_NOT_FOUND. */
enum narc_status s3_head(struct s3_client *client, struct s3_answer *answer,
			 struct narc_error *error);

/* A mark that no other call has. */
enum narc_status s3_mark_make(char mark[S3_MARK_SIZE], struct narc_error *error);

#endif
