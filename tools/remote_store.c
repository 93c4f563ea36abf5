/* SPDX-License-Identifier: BSD-2-Clause */
#include "remote_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fail.h"
#include "libraries.h"
#include "output.h"
#include "remote.h"

/* Of each volume that is open, what stays in memory, in bytes: many may be. */
#define CACHE_SIZE ((size_t)4 << 20)

enum { COPY_SIZE = 1 << 20 };

struct remote_store {
	char *url; /* ends with "/" */
	struct remote remote;
	struct narc_remote_options options;
};

/* The address of a file, to be freed; NULL if there is no memory. */
static char *address_of(const struct remote_store *store, const char *name)
{
	size_t size = strlen(store->url) + strlen(name) + 1;
	char *url = malloc(size);

	if (url)
		snprintf(url, size, "%s%s", store->url, name);
	return url;
}

/* ---- reading -------------------------------------------------------------------------------- */

static enum narc_status remote_open(void *context, const char *name, struct narc_source *source,
				    struct narc_error *error)
{
	const struct remote_store *store = context;
	struct narc_remote_options options = store->options;
	char *url = address_of(store, name);
	char *folder;
	struct narc_error failure;
	enum narc_status status;

	if (!url)
		return fail_memory(error);
	if (!options.cache || options.cache > CACHE_SIZE)
		options.cache = CACHE_SIZE;
	options.folder = folder = cache_folder();
	status = store->remote.source(url, &options, source, &failure);
	free(folder);
	if (status == NARC_IO && failure.system_errno == ENOENT)
		status = failure.status = NARC_NOT_FOUND;
	if (status != NARC_OK && error)
		*error = failure;
	free(url);
	return status;
}

static enum narc_status remote_read(void *context, const char *name, size_t limit, void **data,
				    size_t *size, char version[NARC_STORE_VERSION_SIZE],
				    struct narc_error *error)
{
	const struct remote_store *store = context;
	char *url = address_of(store, name);
	char etag[NARC_ETAG_SIZE];
	enum narc_status status =
		url ? store->remote.object_get(url, limit, &store->options, data, size, etag, error)
		    : fail_memory(error);

	free(url);
	if (status == NARC_OK)
		snprintf(version, NARC_STORE_VERSION_SIZE, "%s", etag);
	return status;
}

/* Tells of objects directly below the prefix. */
struct listing {
	const char *prefix; /* of their keys */
	narc_store_list_fn tell;
	void *context;
	bool is_over;
};

/* A narc_object_fn. */
static bool take_object(void *context, const struct narc_object *object)
{
	struct listing *listing = context;
	size_t length = strlen(listing->prefix);
	const char *name = object->key + length;

	if (strncmp(object->key, listing->prefix, length) != 0 || !*name || *name == '.' ||
	    strchr(name, '/'))
		return true;
	listing->is_over = !listing->tell(listing->context, name, object->size, object->time);
	return !listing->is_over;
}

static enum narc_status remote_list(void *context, narc_store_list_fn tell, void *tell_context,
				    struct narc_error *error)
{
	const struct remote_store *store = context;
	/* Behind the bucket. */
	const char *slash = strchr(store->url + strlen("s3://"), '/');
	struct listing listing = { slash ? slash + 1 : "", tell, tell_context, false };
	enum narc_status status = store->remote.object_list(store->url, &store->options,
							    take_object, &listing, error);

	return status == NARC_CANCELLED && listing.is_over ? NARC_OK : status;
}

/* ---- writing -------------------------------------------------------------------------------- */

static enum narc_status remote_replace(void *context, const char *name, const void *data,
				       size_t size, const char *version, struct narc_error *error)
{
	const struct remote_store *store = context;
	char *url = address_of(store, name);
	enum narc_status status =
		url ? store->remote.object_put(url, data, size, version ? version : "",
					       &store->options, NULL, error)
		    : fail_memory(error);

	free(url);
	/* What was to be replaced was removed meanwhile. */
	return status == NARC_NOT_FOUND ? NARC_EXISTS : status;
}

/* What is begun is a file here, as its name is not known before its end. */
static enum narc_status remote_create(void *context, struct narc_sink *sink,
				      struct narc_error *error)
{
	const char *folder = standard_folder();
	size_t size = strlen(folder) + sizeof("/newsarc-volume");
	char *path = malloc(size);
	enum narc_status status;

	(void)context;
	if (!path)
		return fail_memory(error);
	snprintf(path, size, "%s/newsarc-volume", folder);
	status = narc_file_sink(path, true, sink, error);
	free(path);
	return status;
}

static enum narc_status copy_all(struct narc_sink from, uint64_t size, struct narc_sink to,
				 struct narc_error *error)
{
	void *buffer = malloc(COPY_SIZE);
	enum narc_status status = buffer ? NARC_OK : fail_memory(error);

	for (uint64_t offset = 0; offset < size && status == NARC_OK;) {
		size_t piece = size - offset < COPY_SIZE ? (size_t)(size - offset) : COPY_SIZE;

		status = from.ops->read_at(from.context, offset, buffer, piece, error);
		if (status == NARC_OK)
			status = to.ops->append(to.context, buffer, piece, error);
		offset += piece;
	}
	free(buffer);
	return status;
}

static enum narc_status remote_finish(void *context, struct narc_sink file, uint64_t size,
				      const char *name, struct narc_error *error)
{
	char *url = address_of(context, name);
	struct narc_sink sink;
	enum narc_status status = url ? make_output(url, true, NULL, &sink, error)
				      : fail_memory(error);

	free(url);
	if (status != NARC_OK)
		return status;
	status = copy_all(file, size, sink, error);
	if (status == NARC_OK)
		status = sink.ops->sync(sink.context, error);
	if (status == NARC_OK)
		status = sink.ops->publish(sink.context, error);
	sink.ops->close(sink.context);
	return status;
}

static enum narc_status remote_remove(void *context, const char *name, struct narc_error *error)
{
	const struct remote_store *store = context;
	char *url = address_of(store, name);
	enum narc_status status = url ? store->remote.object_delete(url, &store->options, error)
				      : fail_memory(error);

	free(url);
	return status;
}

/* ---- the store ------------------------------------------------------------------------------ */

static void remote_close(void *context)
{
	struct remote_store *store = context;

	free(store->url);
	free(store);
}

static const struct narc_store_ops remote_store_ops = {
	.open = remote_open,
	.read = remote_read,
	.replace = remote_replace,
	.create = remote_create,
	.finish = remote_finish,
	.list = remote_list,
	.remove = remote_remove,
	.close = remote_close,
};

enum narc_status make_remote_store(const char *url, struct narc_store *out,
				   struct narc_error *error)
{
	struct remote_store *store = calloc(1, sizeof(*store));
	size_t length = strlen(url);
	enum narc_status status;

	if (!store)
		return fail_memory(error);
	store->url = malloc(length + 2);
	status = store->url ? load_remote(&store->remote, error) : fail_memory(error);
	if (status != NARC_OK) {
		remote_close(store);
		return status;
	}
	snprintf(store->url, length + 2, "%s%s", url, url[length - 1] == '/' ? "" : "/");
	store->options = remote_options();
	*out = (struct narc_store){ &remote_store_ops, store };
	return NARC_OK;
}
