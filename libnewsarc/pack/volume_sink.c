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
	return file->inner.ops->append(file->inner.context, data, length, error);
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

	return file->inner.ops->sync(file->inner.context, error);
}

static enum narc_status volume_publish(void *context, struct narc_error *error)
{
	struct volume_file *file = context;

	file->hash = XXH3_64bits_digest(file->state);
	snprintf(file->name, sizeof(file->name), "%s%s%016llx.narc", file->label,
		 *file->label ? "-" : "", (unsigned long long)file->hash);
	return file->store.ops->finish(file->store.context, file->inner, file->size, file->name,
				       error);
}

static void volume_close(void *context)
{
	struct volume_file *file = context;

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

enum narc_status volume_sink(struct volume_file *file, struct narc_store store, const char *label,
			     struct narc_sink *sink, struct narc_error *error)
{
	enum narc_status status;

	*file = (struct volume_file){ .store = store, .label = label };
	file->state = XXH3_createState();
	if (!file->state)
		return narc_fail_memory(error);
	XXH3_64bits_reset(file->state);
	status = store.ops->create(store.context, &file->inner, error);
	if (status == NARC_OK)
		*sink = (struct narc_sink){ &volume_sink_ops, file };
	else
		XXH3_freeState(file->state);
	return status;
}
