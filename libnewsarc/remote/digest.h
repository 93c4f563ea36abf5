/* SPDX-License-Identifier: BSD-2-Clause */
/* What is sent, and the hashes that go with it: its SHA-256 is signed, and so is its MD5, which is
 * also what a store of S3 calls it by. They are told from what came there by both. */
#ifndef NARC_REMOTE_DIGEST_H
#define NARC_REMOTE_DIGEST_H

#include "newsarc.h"

enum { MD5_SIZE = 16, MD5_TEXT_SIZE = 25, SHA256_TEXT_SIZE = 65 };

/* Bytes in memory, or of a file. */
struct payload {
	const void *data; /* NULL: of the file */
	int fd;
	uint64_t offset;
	uint64_t size;
};

/* Up to size bytes of it, from a place on. */
enum narc_status payload_read(const struct payload *payload, uint64_t place, void *buffer,
			      size_t size, struct narc_error *error);

struct digests {
	uint8_t md5[MD5_SIZE];
	char md5_text[MD5_TEXT_SIZE];       /* in base64, for Content-MD5 */
	char sha256_text[SHA256_TEXT_SIZE]; /* hexadecimal, for x-amz-content-sha256 */
};

enum narc_status digests_make(const struct payload *payload, struct digests *digests,
			      struct narc_error *error);

/* The ETag of one object, or part, with these bytes: "MD5", with the quotes; or of one of so many
 * parts, by the MD5s of these, one after the other: "MD5-COUNT". */
enum { ETAG_TEXT_SIZE = 48 };
enum narc_status etag_of_parts(const uint8_t *md5s, size_t count, char etag[ETAG_TEXT_SIZE],
			       struct narc_error *error);
void etag_of_md5(const uint8_t md5[MD5_SIZE], char etag[ETAG_TEXT_SIZE]);

#endif
