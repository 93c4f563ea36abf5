/* SPDX-License-Identifier: BSD-2-Clause */
/* Small objects in a store of S3, each by one request. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "remote/put_object.h"
#include "remote/s3_listing.h"
#include "support/status.h"

enum narc_status narc_object_get(const char *url, size_t limit,
				 const struct narc_remote_options *options, void **data,
				 size_t *size, char etag[NARC_ETAG_SIZE], struct narc_error *error)
{
	/* What says that it is not there may be longer. */
	const struct s3_request request = {
		.method = "GET", .limit = limit > S3_ANSWER_LIMIT ? limit : S3_ANSWER_LIMIT
	};
	struct s3_answer answer;
	struct s3_client client;
	enum narc_status status = s3_client_init(&client, url, options, error);

	if (status != NARC_OK)
		return status;
	status = s3_perform(&client, &request, &answer, error);
	if (status == NARC_OK && answer.code != S3_OK)
		status = s3_fail(&client, &answer, error);
	if (status == NARC_OK && answer.body.size > limit)
		status = narc_fail(error, NARC_LIMIT, "remote", NARC_NO_OFFSET,
				   "the object has more than the %zu bytes that are allowed",
				   limit);
	if (status == NARC_OK) {
		*data = answer.body.data;
		*size = answer.body.size;
		strcpy(etag, answer.etag);
		answer.body = BYTE_BUFFER_EMPTY;
	}
	s3_answer_free(&answer);
	s3_client_free(&client);
	return status;
}

enum narc_status narc_object_put(const char *url, const void *data, size_t size,
				 const char *replaces, const struct narc_remote_options *options,
				 char etag[NARC_ETAG_SIZE], struct narc_error *error)
{
	const struct payload payload = { .data = size ? data : "", .size = size };
	struct s3_client client;
	enum narc_status status = s3_client_init(&client, url, options, error);

	if (status != NARC_OK)
		return status;
	status = put_object(&client, &payload, replaces, etag, error);
	s3_client_free(&client);
	return status;
}

enum narc_status narc_object_delete(const char *url, const struct narc_remote_options *options,
				    struct narc_error *error)
{
	const struct s3_request request = { .method = "DELETE", .limit = S3_ANSWER_LIMIT };
	struct s3_answer answer;
	struct s3_client client;
	enum narc_status status = s3_client_init(&client, url, options, error);

	if (status != NARC_OK)
		return status;
	status = s3_perform(&client, &request, &answer, error);
	if (status == NARC_OK && answer.code / 100 != 2) {
		status = s3_fail(&client, &answer, error);
		if (status == NARC_NOT_FOUND)
			status = NARC_OK;
	}
	s3_answer_free(&answer);
	s3_client_free(&client);
	return status;
}

/* ---- listing ------------------------------------------------------------------------------ */

struct object_list {
	narc_object_fn take;
	void *context;
};

/* An s3_item_fn. */
static enum narc_status take_object(void *context, const struct s3_item *item,
				    struct narc_error *error)
{
	const struct object_list *list = context;
	const struct narc_object object = { .key = item->key, .etag = item->etag,
					    .size = item->size, .time = item->time };

	if (list->take(list->context, &object))
		return NARC_OK;
	return narc_fail(error, NARC_CANCELLED, "remote", NARC_NO_OFFSET, "no more was wanted");
}

enum narc_status narc_object_list(const char *url, const struct narc_remote_options *options,
				  narc_object_fn take, void *context, struct narc_error *error)
{
	struct object_list list = { take, context };
	char *prefix = NULL;
	struct s3_client client;
	enum narc_status status = s3_client_init_bucket(&client, url, options, &prefix, error);

	if (status == NARC_OK) {
		status = s3_list(&client, S3_OBJECTS, prefix, take_object, &list, error);
		s3_client_free(&client);
	}
	free(prefix);
	return status;
}
