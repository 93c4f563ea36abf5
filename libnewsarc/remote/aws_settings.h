/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tools of AWS are told by the environment and by files: who asks, and whom. */
#ifndef NARC_REMOTE_AWS_SETTINGS_H
#define NARC_REMOTE_AWS_SETTINGS_H

#include "newsarc.h"

/* Each NULL if it is not there. */
struct aws_settings {
	char *key_id;
	char *secret;
	char *token;
	char *region;
	char *endpoint; /* without a "/" at its end */
};

/* Reads AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION,
 * AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3 and AWS_ENDPOINT_URL; what they do not say, from the
 * profile AWS_PROFILE ("default") in ~/.aws/credentials and ~/.aws/config, or where
 * AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE have these. NARC_IO for a profile that is
 * named and not there. The settings are to be freed, also on failure. */
enum narc_status aws_settings_read(struct aws_settings *settings, struct narc_error *error);
void aws_settings_free(struct aws_settings *settings);

#endif
