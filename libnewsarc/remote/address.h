/* SPDX-License-Identifier: BSD-2-Clause */
/* How a remote file is asked for, or a bucket of them. */
#ifndef NARC_REMOTE_ADDRESS_H
#define NARC_REMOTE_ADDRESS_H

#include "newsarc.h"

struct remote_address {
	char *url;
	/* Of an object in a store of S3, else NULL: */
	char *signature; /* for CURLOPT_AWS_SIGV4; NULL: nobody is named */
	char *key_id;
	char *secret;
	char *token_header;
	bool is_s3;
};

/* Takes "http://...", "https://..." or "s3://bucket/key". NARC_MISUSE for something else, and for
 * credentials in it. To be freed, also on failure. */
enum narc_status remote_address_read(struct remote_address *address, const char *text,
				     struct narc_error *error);

/* Takes "s3://bucket/prefix", where the prefix may be empty; the URL is that of the bucket, with
 * a "/" at its end. *prefix, as it was given, is to be freed. Likewise. */
enum narc_status remote_address_read_bucket(struct remote_address *address, const char *text,
					    char **prefix, struct narc_error *error);
void remote_address_free(struct remote_address *address);

/* Percent-encodes all but what RFC 3986 calls unreserved, and the bytes of spared: as it is signed.
 * To be freed; NULL if there is no memory. */
char *percent_encode(const char *text, const char *spared);

#endif
