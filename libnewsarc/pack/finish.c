/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finishing a generation in its place: one whose trailer was not written to its end, or was
 * damaged since then, while its parity knows what the trailer was. All that stands before the
 * trailer was on the disk before that was begun: so where the file is as large as with it, the
 * generation is whole.
 */
#include "pack/finish.h"

#include <stdlib.h>

#include "pack/mend.h"
#include "read/archive.h"
#include "support/status.h"

struct finishing {
	struct narc_sink sink; /* continues the archive */
	struct mended_source mended;
	uint64_t file_size;
	uint64_t start; /* of the generation */
	uint64_t end;
};

/* Where the first byte is that was made again; the end if none was. */
static uint64_t first_made(const struct finishing *finishing)
{
	const struct mended_source *mended = &finishing->mended;

	for (size_t i = 0; i < mended->piece_count; i++)
		if (mended->pieces[i].is_made)
			return mended->pieces[i].offset;
	return finishing->end;
}

/* Whether the generation is an archive's last, in the mended file, and only it had to be mended. */
static bool can_be_finished(struct finishing *finishing)
{
	narc_archive *archive;

	if (narc_archive_open(mended_source_as_source(&finishing->mended), &archive, NULL) !=
	    NARC_OK)
		return false;
	finishing->end = archive->trailer.end;
	narc_archive_close(archive);
	return finishing->end > finishing->start && finishing->end <= finishing->file_size &&
	       first_made(finishing) >= finishing->start &&
	       first_made(finishing) < finishing->end;
}

/* Writes anew what stands behind the first byte that has to be another. */
static enum narc_status write_anew(struct finishing *finishing, struct narc_error *error)
{
	struct narc_source source = mended_source_as_source(&finishing->mended);
	const struct narc_sink_ops *ops = finishing->sink.ops;
	uint64_t place = first_made(finishing);
	size_t size = (size_t)(finishing->end - place);
	uint8_t *bytes = malloc(size);
	enum narc_status status = bytes ? source.ops->read_at(source.context, place, bytes, size,
							      error)
					: narc_fail_memory(error);

	if (status == NARC_OK)
		status = ops->truncate(finishing->sink.context, place, error);
	if (status == NARC_OK)
		status = ops->append(finishing->sink.context, bytes, size, error);
	if (status == NARC_OK)
		status = ops->sync(finishing->sink.context, error);
	if (status == NARC_OK)
		status = ops->publish(finishing->sink.context, error);
	free(bytes);
	return status;
}

/* Looks where the last valid trailer ends, and whether anything stands behind it. */
static bool has_tail(struct finishing *finishing)
{
	narc_archive *archive;
	bool has;

	if (narc_archive_open(mended_source_as_source(&finishing->mended), &archive, NULL) !=
	    NARC_OK)
		return false;
	finishing->start = archive->trailer.end;
	has = archive->file_size > archive->trailer.end;
	narc_archive_close(archive);
	return has;
}

enum narc_status finish_generation(struct narc_source source, struct narc_sink sink,
				   const char *folder, struct narc_error *error)
{
	struct finishing finishing = { .sink = sink };
	struct progress untold = { 0 };
	struct mend_result result = { 0 };
	enum narc_status status = mended_source_init(&finishing.mended, source, folder, error);

	finishing.file_size = finishing.mended.size;
	if (status == NARC_OK && has_tail(&finishing))
		status = mend(&finishing.mended, finishing.start, folder, &untold, &result, error);
	if (status == NARC_OK && result.tables && can_be_finished(&finishing))
		status = write_anew(&finishing, error);
	mended_source_free(&finishing.mended);
	return status;
}

enum narc_status narc_archive_finish(const char *path, const char *folder, struct narc_error *error)
{
	struct narc_source source;
	struct narc_sink sink;
	enum narc_status status = narc_append_sink(path, &sink, error);

	if (status != NARC_OK)
		return status;
	status = narc_file_source(path, &source, error);
	if (status == NARC_OK) {
		status = finish_generation(source, sink, folder, error);
		source.ops->close(source.context);
	}
	sink.ops->close(sink.context);
	return status;
}
