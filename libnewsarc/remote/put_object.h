/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts an object by one request, which is carried out as a whole or not at all. */
#ifndef NARC_REMOTE_PUT_OBJECT_H
#define NARC_REMOTE_PUT_OBJECT_H

#include "remote/s3_client.h"

/* replaces as in narc_object_put. etag may be NULL. */
enum narc_status put_object(struct s3_client *client, const struct payload *payload,
			    const char *replaces, char etag[NARC_ETAG_SIZE],
			    struct narc_error *error);

/* Fails because a condition does not hold, as who writes has to be told. */
enum narc_status fail_condition(bool may_replace, struct narc_error *error);

#endif
