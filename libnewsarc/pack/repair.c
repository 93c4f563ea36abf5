/* SPDX-License-Identifier: BSD-2-Clause */
/* Repairing: what parity can make again is made again; else what is whole is saved. */
#include <stdlib.h>
#include <string.h>

#include "pack/mend.h"
#include "pack/salvage.h"
#include "read/scan_sections.h"
#include "support/status.h"

enum { COPY_SIZE = 1 << 20 };

struct narc_repair {
	struct narc_repair_options options;
	struct narc_source damaged;
	bool is_unreadable;            /* in parts, of which this is the first */
	struct narc_error unreadable;
	struct mended_source mended;
	struct salvage *salvage; /* NULL: mended is whole */
	uint64_t size;           /* of the archive, up to the end of its trailer */
	struct narc_repair_result result;
	struct progress progress;
};

void narc_repair_options_init(struct narc_repair_options *options)
{
	struct narc_pack_options pack;

	narc_pack_options_init(&pack);
	*options = (struct narc_repair_options){
		.level = pack.level,
		.memory = pack.memory,
		.temporary_folder = pack.temporary_folder,
	};
}

void narc_repair_free(narc_repair *repair)
{
	if (!repair)
		return;
	salvage_free(repair->salvage);
	mended_source_free(&repair->mended);
	repair->damaged.ops->close(repair->damaged.context);
	free(repair);
}

/* ---- what can be read of it --------------------------------------------------------------- */

static enum narc_status watched_read_at(void *context, uint64_t offset, void *buffer, size_t length,
					struct narc_error *error)
{
	struct narc_repair *repair = context;
	struct narc_error failure;
	enum narc_status status = repair->damaged.ops->read_at(repair->damaged.context, offset,
							       buffer, length, &failure);

	if (status == NARC_OK)
		return NARC_OK;
	if (status == NARC_IO && !repair->is_unreadable) {
		repair->is_unreadable = true;
		repair->unreadable = failure;
	}
	if (error)
		*error = failure;
	return status;
}

static enum narc_status watched_size(void *context, uint64_t *size, struct narc_error *error)
{
	const struct narc_repair *repair = context;

	return repair->damaged.ops->size(repair->damaged.context, size, error);
}

static void close_nothing(void *context)
{
	(void)context;
}

/* Takes note of what cannot be read. */
static struct narc_source watched_source(struct narc_repair *repair)
{
	static const struct narc_source_ops ops = { .read_at = watched_read_at,
						    .size = watched_size,
						    .close = close_nothing };

	return (struct narc_source){ &ops, repair };
}

static enum narc_status fail_unreadable(const struct narc_repair *repair, struct narc_error *error)
{
	if (error)
		*error = repair->unreadable;
	return NARC_IO;
}

/* ---- whether it is whole ------------------------------------------------------------------ */

/* A section_found_fn. */
static enum narc_status find_any(void *context, enum section_tag tag,
				 const struct byte_buffer *section, uint64_t offset,
				 struct narc_error *error)
{
	bool *found = context;

	(void)section;
	(void)tag;
	(void)offset;
	(void)error;
	*found = true;
	return NARC_END;
}

/* Whether the mended file is an archive without any damage, and nothing is behind it. */
static enum narc_status check_whole(struct narc_repair *repair, bool *is_whole,
				    struct narc_error *error)
{
	struct narc_source source = mended_source_as_source(&repair->mended);
	struct narc_verify_options options = {
		.threads = 1,
		.temporary_folder = repair->options.temporary_folder,
		.progress = repair->options.progress,
		.progress_context = repair->options.progress_context,
	};
	struct narc_verify_result verified;
	narc_archive *archive;
	struct narc_info info;
	bool has_more = false; /* what stands behind the trailer was once to be an archive's */
	enum narc_status status = narc_archive_open(source, &archive, error);

	*is_whole = false;
	if (status == NARC_CORRUPT || status == NARC_LIMIT || status == NARC_NOT_NEWSARC)
		return NARC_OK;
	if (status != NARC_OK)
		return status;
	status = narc_archive_verify(archive, &options, &verified, error);
	if (status == NARC_OK)
		status = narc_archive_info(archive, &info, error);
	if (status == NARC_OK && verified.damages == 0 && info.trailing_size)
		status = scan_sections(source, info.file_size, UINT64_MAX, find_any, &has_more,
				       error);
	narc_archive_close(archive);
	if (status != NARC_OK)
		return status == NARC_CORRUPT ? NARC_OK : status;
	repair->size = info.file_size;
	*is_whole = verified.damages == 0 && !has_more;
	return NARC_OK;
}

static enum narc_status examine(struct narc_repair *repair, struct narc_error *error)
{
	const struct narc_repair_options *options = &repair->options;
	struct narc_repair_result *result = &repair->result;
	struct mend_result mended;
	bool is_whole;
	uint64_t file_size = 0;
	enum narc_status status = mended_source_init(&repair->mended, watched_source(repair),
						     options->temporary_folder, error);

	if (status == NARC_OK) {
		file_size = repair->mended.size;
		status = mend(&repair->mended, 0, options->temporary_folder, &repair->progress,
			      &mended, error);
	}
	if (status == NARC_OK)
		status = check_whole(repair, &is_whole, error);
	if (status != NARC_OK)
		return status;
	result->damaged_size = mended.damaged_bytes;
	result->mended_size = mended.mended_bytes;
	if (!is_whole && repair->is_unreadable && !options->gives_up_unreadable)
		return fail_unreadable(repair, error);
	if (!is_whole)
		return salvage_new(mended_source_as_source(&repair->mended), options, result,
				   &repair->salvage, error);
	result->outcome = mended.mended_bytes || mended.moved || repair->size != file_size
				  ? NARC_REPAIR_MENDED
				  : NARC_REPAIR_NOT_NEEDED;
	return NARC_OK;
}

enum narc_status narc_repair_new(struct narc_source source,
				 const struct narc_repair_options *options, narc_repair **out,
				 struct narc_repair_result *result, struct narc_error *error)
{
	struct narc_repair *repair = calloc(1, sizeof(*repair));
	enum narc_status status;

	if (!repair) {
		source.ops->close(source.context);
		return narc_fail_memory(error);
	}
	repair->options = *options;
	repair->damaged = source;
	repair->mended.made.fd = -1;
	repair->progress = (struct progress){ .tell = options->progress,
					      .context = options->progress_context };
	status = examine(repair, error);
	if (status != NARC_OK) {
		narc_repair_free(repair);
		return status;
	}
	*result = repair->result;
	*out = repair;
	return NARC_OK;
}

/* ---- writing ------------------------------------------------------------------------------ */

static enum narc_status copy_mended(struct narc_repair *repair, struct narc_sink sink,
				    struct narc_error *error)
{
	struct narc_source source = mended_source_as_source(&repair->mended);
	uint8_t *bytes = malloc(COPY_SIZE);
	uint64_t place = 0;
	enum narc_status status = bytes ? NARC_OK : narc_fail_memory(error);

	progress_begin(&repair->progress, NARC_ACTIVITY_COPYING, 0, repair->size);
	while (status == NARC_OK && place < repair->size) {
		uint64_t left = repair->size - place;
		size_t size = left < COPY_SIZE ? (size_t)left : COPY_SIZE;

		status = source.ops->read_at(source.context, place, bytes, size, error);
		if (status == NARC_OK)
			status = sink.ops->append(sink.context, bytes, size, error);
		place += size;
		progress_add(&repair->progress, 0, size);
	}
	free(bytes);
	if (status == NARC_OK)
		status = sink.ops->sync(sink.context, error);
	return status == NARC_OK ? sink.ops->publish(sink.context, error) : status;
}

enum narc_status narc_repair_write(narc_repair *repair, struct narc_sink sink,
				   struct narc_error *error)
{
	enum narc_status status = repair->salvage ? salvage_write(repair->salvage, sink, error)
						  : copy_mended(repair, sink, error);

	sink.ops->close(sink.context);
	return status;
}
