/* SPDX-License-Identifier: BSD-2-Clause */
/* The body of an answer of HTTP (RFC 9112) that was recorded as it came over the wire. */
#ifndef NARC_EXCHANGE_HTTP_BODY_H
#define NARC_EXCHANGE_HTTP_BODY_H

#include <zlib.h>

#include "exchange/unpacked.h"

struct http_body {
	struct unpacked *from;
	uint64_t left;     /* bytes of the record */
	unsigned answer;   /* 200, 404, ...; 0 if it is no answer of HTTP */
	char coding[32];   /* of what was sent, if it is one that cannot be undone, or "" */
	bool is_cut_short; /* less is there than the head says */
	bool is_chunked;
	bool has_ended;    /* the last chunk came */
	uint64_t chunk_left;
	bool is_packed;    /* by gzip or deflate */
	bool has_unpacker; /* which is not at its end */
	z_stream unpacker;
	uint8_t block[16384]; /* what was read ahead, next_in and avail_in of the unpacker */
};

/* Reads the head of the answer that stands in the next length bytes. Without a head, or if it is
 * none of HTTP, they are the body from the first on. To be closed, also if it fails. NARC_CORRUPT
 * as below. */
enum narc_status http_body_open(struct http_body *body, struct unpacked *from, uint64_t length,
				bool has_head, struct narc_error *error);

/* A narc_read_fn of the body, without the codings that it came in. NARC_CORRUPT if these are
 * damaged, or end too early: what stands behind the body can be read all the same. */
enum narc_status http_body_read(void *context, void *buffer, size_t size, size_t *got,
				struct narc_error *error);

/* Ends it, and goes behind the bytes, unless status is a failure, which is returned. */
enum narc_status http_body_close(struct http_body *body, enum narc_status status,
				 struct narc_error *error);

#endif
