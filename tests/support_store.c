/* SPDX-License-Identifier: BSD-2-Clause */
#include "support_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/status.h"
#include "support_check.h"

/* Whether this call is the one to fail. */
static enum narc_status pass_or_fail(struct memory_store *store, struct narc_error *error)
{
	if (++store->calls != store->fail_at)
		return NARC_OK;
	store->has_failed = true;
	return narc_fail(error, NARC_IO, "store", NARC_NO_OFFSET, "a test lets this fail");
}

struct stored_file *memory_store_find(struct memory_store *store, const char *name)
{
	for (size_t i = 0; i < store->count; i++)
		if (strcmp(store->files[i].name, name) == 0)
			return &store->files[i];
	return NULL;
}

void memory_store_put(struct memory_store *store, const char *name, const void *data, size_t size)
{
	struct stored_file *file = memory_store_find(store, name);

	if (!file) {
		assert_true(store->count < STORED_FILES);
		file = &store->files[store->count++];
		snprintf(file->name, sizeof(file->name), "%s", name);
		file->data = NULL;
	}
	free(file->data);
	file->data = malloc(size + 1);
	assert_non_null(file->data);
	memcpy(file->data, data, size);
	file->size = size;
	file->time = store->clock;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* A file that was opened stays what it was, as one of a file system does. */
struct opened_file {
	struct memory_store *store;
	struct narc_source bytes;
	void *data;
};

static enum narc_status opened_read_at(void *context, uint64_t offset, void *buffer, size_t length,
				       struct narc_error *error)
{
	struct opened_file *opened = context;
	enum narc_status status = pass_or_fail(opened->store, error);

	return status == NARC_OK ? opened->bytes.ops->read_at(opened->bytes.context, offset,
							      buffer, length, error)
				 : status;
}

static enum narc_status opened_size(void *context, uint64_t *size, struct narc_error *error)
{
	struct opened_file *opened = context;

	return opened->bytes.ops->size(opened->bytes.context, size, error);
}

static void opened_close(void *context)
{
	struct opened_file *opened = context;

	opened->store->opened--;
	opened->bytes.ops->close(opened->bytes.context);
	free(opened->data);
	free(opened);
}

static enum narc_status fail_missing(const char *name, struct narc_error *error)
{
	return narc_fail(error, NARC_NOT_FOUND, "store", NARC_NO_OFFSET, "there is no %s", name);
}

static enum narc_status store_open(void *context, const char *name, struct narc_source *source,
				   struct narc_error *error)
{
	static const struct narc_source_ops ops = { .read_at = opened_read_at,
						    .size = opened_size,
						    .close = opened_close };
	struct memory_store *store = context;
	struct stored_file *file = memory_store_find(store, name);
	struct opened_file *opened;
	enum narc_status status = pass_or_fail(store, error);

	if (status != NARC_OK)
		return status;
	if (!file)
		return fail_missing(name, error);
	opened = calloc(1, sizeof(*opened));
	opened->store = store;
	opened->data = malloc(file->size + 1);
	memcpy(opened->data, file->data, file->size);
	ASSERT_OK(narc_memory_source(opened->data, file->size, &opened->bytes, NULL), NULL);
	store->opened++;
	*source = (struct narc_source){ &ops, opened };
	return NARC_OK;
}

static void write_version(const struct stored_file *file, char version[NARC_STORE_VERSION_SIZE])
{
	uint64_t sum = 0;

	for (size_t i = 0; i < file->size; i++)
		sum = sum * 31 + ((const uint8_t *)file->data)[i];
	snprintf(version, NARC_STORE_VERSION_SIZE, "%llx", (unsigned long long)sum);
}

static enum narc_status store_read(void *context, const char *name, size_t limit, void **data,
				   size_t *size, char version[NARC_STORE_VERSION_SIZE],
				   struct narc_error *error)
{
	struct memory_store *store = context;
	const struct stored_file *file = memory_store_find(store, name);
	enum narc_status status = pass_or_fail(store, error);

	if (status != NARC_OK)
		return status;
	if (!file)
		return fail_missing(name, error);
	assert_true(file->size <= limit);
	*data = malloc(file->size + 1);
	memcpy(*data, file->data, file->size);
	*size = file->size;
	write_version(file, version);
	return NARC_OK;
}

static enum narc_status store_list(void *context, narc_store_list_fn tell, void *tell_context,
				   struct narc_error *error)
{
	struct memory_store *store = context;
	enum narc_status status = pass_or_fail(store, error);

	for (size_t i = 0; i < store->count && status == NARC_OK; i++)
		if (!tell(tell_context, store->files[i].name, store->files[i].size,
			  store->files[i].time))
			break;
	return status;
}

/* ---- writing -------------------------------------------------------------------------------- */

static enum narc_status store_replace(void *context, const char *name, const void *data,
				      size_t size, const char *version, struct narc_error *error)
{
	struct memory_store *store = context;
	void (*rival)(struct memory_store *store) = store->rival;
	struct stored_file *file;
	char found[NARC_STORE_VERSION_SIZE];
	enum narc_status status = pass_or_fail(store, error);

	if (status != NARC_OK)
		return status;
	store->rival = NULL;
	if (rival)
		rival(store);
	file = memory_store_find(store, name);
	if (file)
		write_version(file, found);
	if (version ? !file || strcmp(version, found) != 0 : file != NULL)
		return narc_fail(error, NARC_EXISTS, "store", NARC_NO_OFFSET, "somebody was faster");
	memory_store_put(store, name, data, size);
	return NARC_OK;
}

/* A file that is begun: what memory sinks leave it with is not asked for before it is published. */
struct begun_file {
	struct memory_store *store;
	struct narc_sink bytes;
	void *data;
	size_t size;
};

static enum narc_status begun_append(void *context, const void *data, size_t length,
				     struct narc_error *error)
{
	struct begun_file *begun = context;
	enum narc_status status = pass_or_fail(begun->store, error);

	return status == NARC_OK
		       ? begun->bytes.ops->append(begun->bytes.context, data, length, error)
		       : status;
}

static enum narc_status begun_read_at(void *context, uint64_t offset, void *buffer, size_t length,
				      struct narc_error *error)
{
	struct begun_file *begun = context;

	return begun->bytes.ops->read_at(begun->bytes.context, offset, buffer, length, error);
}

static enum narc_status begun_truncate(void *context, uint64_t size, struct narc_error *error)
{
	struct begun_file *begun = context;

	return begun->bytes.ops->truncate(begun->bytes.context, size, error);
}

static enum narc_status begun_sync(void *context, struct narc_error *error)
{
	return pass_or_fail(((struct begun_file *)context)->store, error);
}

static enum narc_status begun_publish(void *context, struct narc_error *error)
{
	(void)context;
	(void)error;
	fail_msg("what has no name yet is not published");
	return NARC_MISUSE;
}

static void begun_close(void *context)
{
	struct begun_file *begun = context;

	begun->store->opened--;
	begun->bytes.ops->close(begun->bytes.context);
	free(begun->data);
	free(begun);
}

static enum narc_status store_create(void *context, struct narc_sink *sink,
				     struct narc_error *error)
{
	static const struct narc_sink_ops ops = { .append = begun_append,
						  .read_at = begun_read_at,
						  .truncate = begun_truncate,
						  .sync = begun_sync,
						  .publish = begun_publish,
						  .close = begun_close };
	struct memory_store *store = context;
	struct begun_file *begun;
	enum narc_status status = pass_or_fail(store, error);

	if (status != NARC_OK)
		return status;
	begun = calloc(1, sizeof(*begun));
	begun->store = store;
	ASSERT_OK(narc_memory_sink(&begun->data, &begun->size, &begun->bytes, NULL), NULL);
	store->opened++;
	*sink = (struct narc_sink){ &ops, begun };
	return NARC_OK;
}

static enum narc_status store_finish(void *context, struct narc_sink sink, uint64_t size,
				     const char *name, struct narc_error *error)
{
	struct memory_store *store = context;
	void *data = malloc((size_t)size + 1);
	enum narc_status status = pass_or_fail(store, error);

	if (status == NARC_OK)
		status = sink.ops->read_at(sink.context, 0, data, (size_t)size, error);
	if (status == NARC_OK)
		memory_store_put(store, name, data, (size_t)size);
	free(data);
	return status;
}

static enum narc_status store_remove(void *context, const char *name, struct narc_error *error)
{
	struct memory_store *store = context;
	struct stored_file *file = memory_store_find(store, name);
	enum narc_status status = pass_or_fail(store, error);

	if (status != NARC_OK || !file)
		return status;
	free(file->data);
	*file = store->files[--store->count];
	return NARC_OK;
}

/* ---- the store ------------------------------------------------------------------------------ */

static void store_close(void *context)
{
	((struct memory_store *)context)->opened--;
}

struct narc_store memory_store_open(struct memory_store *store)
{
	static const struct narc_store_ops ops = { .open = store_open,
						   .read = store_read,
						   .replace = store_replace,
						   .create = store_create,
						   .finish = store_finish,
						   .list = store_list,
						   .remove = store_remove,
						   .close = store_close };

	store->opened++;
	return (struct narc_store){ &ops, store };
}

void memory_store_free(struct memory_store *store)
{
	assert_int_equal(store->opened, 0);
	for (size_t i = 0; i < store->count; i++)
		free(store->files[i].data);
	*store = (struct memory_store){ .count = 0 };
}

struct memory_store memory_store_copy(const struct memory_store *store)
{
	struct memory_store copy = { .clock = store->clock };

	for (size_t i = 0; i < store->count; i++)
		memory_store_put(&copy, store->files[i].name, store->files[i].data, store->files[i].size);
	return copy;
}
