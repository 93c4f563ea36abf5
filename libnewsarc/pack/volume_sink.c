/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/volume_sink.h"

#include <stdio.h>

#include "support/status.h"

static enum narc_status volume_append(void *context, const void *data, size_t length,
				      struct narc_error *error)
{
	struct volume_file *file = context;

	XXH3_64bits_update(file->state, data, length);
	file->size += length;
	return file->inner.ops ? file->inner.ops->append(file->inner.context, data, length, error)
			       : NARC_OK;
}

static enum narc_status volume_read_at(void *context, uint64_t offset, void *buffer, size_t length,
				       struct narc_error *error)
{
	const struct volume_file *file = context;

	return file->inner.ops->read_at(file->inner.context, offset, buffer, length, error);
}

static enum narc_status volume_truncate(void *context, uint64_t size, struct narc_error *error)
{
	(void)context;
	return narc_fail(error, NARC_MISUSE, "write", size, "a volume is never continued");
}

static enum narc_status volume_sync(void *context, struct narc_error *error)
{
	const struct volume_file *file = context;

	return file->inner.ops ? file->inner.ops->sync(file->inner.context, error) : NARC_OK;
}

static enum narc_status volume_publish(void *context, struct narc_error *error)
{
	struct volume_file *file = context;

	file->hash = XXH3_64bits_digest(file->state);
	if (!file->restored)
		snprintf(file->name, sizeof(file->name), "%s%s%016llx.narc", file->label,
			 *file->label ? "-" : "", (unsigned long long)file->hash);
	else if (file->hash == file->restored->hash && file->size == file->restored->size)
		snprintf(file->name, sizeof(file->name), "%s", file->restored->name);
	else
		return narc_fail(error, NARC_CORRUPT, "volume", NARC_NO_OFFSET,
				 "is another archive than the one that the set had");
	if (!file->inner.ops)
		return NARC_OK;
	return file->store.ops->finish(file->store.context, file->inner, file->size, file->name,
				       error);
}

static void volume_close(void *context)
{
	struct volume_file *file = context;

	if (file->inner.ops)
		file->inner.ops->close(file->inner.context);
	XXH3_freeState(file->state);
}

static const struct narc_sink_ops volume_sink_ops = {
	.append = volume_append,
	.read_at = volume_read_at,
	.truncate = volume_truncate,
	.sync = volume_sync,
	.publish = volume_publish,
	.close = volume_close,
};

static enum narc_status begin_sink(struct volume_file *file, bool nowhere, struct narc_sink *sink,
				   struct narc_error *error)
{
	struct narc_store store = file->store;
	enum narc_status status = NARC_OK;

	file->state = XXH3_createState();
	if (!file->state)
		return narc_fail_memory(error);
	XXH3_64bits_reset(file->state);
	if (!nowhere)
		status = store.ops->create(store.context, &file->inner, error);
	if (status == NARC_OK)
		*sink = (struct narc_sink){ &volume_sink_ops, file };
	else
		XXH3_freeState(file->state);
	return status;
}

enum narc_status volume_sink(struct volume_file *file, struct narc_store store, const char *label,
			     struct narc_sink *sink, struct narc_error *error)
{
	*file = (struct volume_file){ .store = store, .label = label };
	return begin_sink(file, false, sink, error);
}

enum narc_status restored_volume_sink(struct volume_file *file, struct narc_store store,
				      const struct set_volume *said, bool nowhere,
				      struct narc_sink *sink, struct narc_error *error)
{
	*file = (struct volume_file){ .store = store, .label = said->label, .restored = said };
	return begin_sink(file, nowhere, sink, error);
}
