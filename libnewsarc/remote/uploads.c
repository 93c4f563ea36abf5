/* SPDX-License-Identifier: BSD-2-Clause */
/* Uploads that were begun and not finished. */
#include <stdlib.h>

#include "remote/s3_listing.h"
#include "remote/upload.h"
#include "support/status.h"

struct upload_list {
	struct s3_client *client;
	narc_upload_fn take;
	void *context;
};

/* An s3_item_fn. One that is gone by now is not told of. */
static enum narc_status take_upload(void *context, const struct s3_item *item,
				    struct narc_error *error)
{
	const struct upload_list *list = context;
	struct narc_upload upload = { .key = item->key, .id = item->upload, .time = item->time };
	enum narc_status status = upload_measure(list->client, item->key, item->upload,
						 &upload.parts, &upload.size, error);

	if (status != NARC_OK)
		return status == NARC_NOT_FOUND ? NARC_OK : status;
	if (list->take(list->context, &upload))
		return NARC_OK;
	return narc_fail(error, NARC_CANCELLED, "remote", NARC_NO_OFFSET, "no more was wanted");
}

enum narc_status narc_upload_list(const char *url, const struct narc_remote_options *options,
				  narc_upload_fn take, void *context, struct narc_error *error)
{
	struct s3_client client;
	struct upload_list list = { &client, take, context };
	char *prefix = NULL;
	enum narc_status status = s3_client_init_bucket(&client, url, options, &prefix, error);

	if (status == NARC_OK) {
		status = s3_list(&client, S3_UPLOADS, prefix, take_upload, &list, error);
		s3_client_free(&client);
	}
	free(prefix);
	return status;
}

enum narc_status narc_upload_remove(const char *url, const char *id,
				    const struct narc_remote_options *options,
				    struct narc_error *error)
{
	struct s3_client client;
	enum narc_status status = s3_client_init(&client, url, options, error);

	if (status != NARC_OK)
		return status;
	status = upload_remove(&client, NULL, id, error);
	s3_client_free(&client);
	return status;
}
