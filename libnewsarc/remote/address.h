/* SPDX-License-Identifier: BSD-2-Clause */
/* How a remote file is asked for. */
#ifndef NARC_REMOTE_ADDRESS_H
#define NARC_REMOTE_ADDRESS_H

#include "newsarc.h"

struct remote_address {
	char *url;
	/* Of an object in a store of S3, else NULL: */
	char *signature;   /* for CURLOPT_AWS_SIGV4; NULL: nobody is named */
	char *credentials; /* "key:secret" */
	char *token_header;
	bool is_s3;
};

/* Takes "http://...", "https://..." or "s3://bucket/key". NARC_MISUSE for something else, and for
 * credentials in it. To be freed, also on failure. */
enum narc_status remote_address_read(struct remote_address *address, const char *text,
				     struct narc_error *error);
void remote_address_free(struct remote_address *address);

#endif
