/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Repairing a set. A volume never changes: so what parity makes of a damaged one takes its place
 * only if it is, bit for bit, what the set says; and so is what was whole left alone. Filters are
 * made again from the volumes.
 */
#include <stdio.h>
#include <string.h>

#include "pack/replace_volumes.h"
#include "read/volume_filters.h"
#include "read/volume_source.h"
#include "support/status.h"

struct set_mending {
	struct narc_store store;
	const struct narc_set_repair_options *options;
	struct set_edition edition;
	struct progress progress;
	struct narc_set_repair_result result;
};

void narc_set_repair_options_init(struct narc_set_repair_options *options)
{
	*options = (struct narc_set_repair_options){ .dry_run = false };
	narc_repair_options_init(&options->repair);
}

/* ---- what is damaged ------------------------------------------------------------------------ */

/* Whether the file is the volume. What cannot be read, parity may make again. */
static enum narc_status is_good(struct set_mending *mending, const struct set_volume *said,
				bool *is, struct narc_error *error)
{
	struct narc_store store = mending->store;
	struct narc_source source;
	uint64_t size, hash = 0;
	enum narc_status status = store.ops->open(store.context, said->name, &source, error);

	*is = false;
	if (status != NARC_OK)
		return status;
	status = source.ops->size(source.context, &size, error);
	progress_begin(&mending->progress, NARC_ACTIVITY_CHECKING, 0, said->size);
	if (status == NARC_OK && size == said->size)
		status = volume_hash(source, size, &mending->progress, &hash, error);
	*is = status == NARC_OK && size == said->size && hash == said->hash;
	source.ops->close(source.context);
	return status == NARC_NOMEM ? status : NARC_OK;
}

/* Who redacts, or joins volumes, may have taken it out of the set meanwhile; who has no manifest any
 * more has not. */
static enum narc_status is_of_set(const struct set_mending *mending, const char *name, bool *is,
				  struct narc_error *error)
{
	struct set_edition now;
	enum narc_status status = set_edition_load(mending->store, &now, error);

	if (status == NARC_OK)
		*is = !now.is_there || set_manifest_has(&now.set->volumes->manifest, name);
	set_edition_free(&now);
	return status;
}

/* ---- mending it ----------------------------------------------------------------------------- */

/* NARC_CORRUPT if what is made again is not the volume. What was taken out of the set meanwhile
 * does not come back. */
static enum narc_status put_back(const struct set_mending *mending, const struct set_volume *said,
				 narc_repair *repair, struct narc_error *error)
{
	const bool dry_run = mending->options->dry_run;
	struct narc_store store = mending->store;
	struct volume_file file;
	struct narc_sink sink;
	bool is = true;
	enum narc_status status = restored_volume_sink(&file, store, said, dry_run, &sink, error);

	if (status == NARC_OK)
		status = narc_repair_write(repair, sink, error);
	if (status == NARC_OK && !dry_run)
		status = is_of_set(mending, said->name, &is, error);
	if (status == NARC_OK && !is)
		status = store.ops->remove(store.context, said->name, error);
	return status;
}

/* Puts back what parity makes of the file. */
static enum narc_status mend_volume(const struct set_mending *mending,
				    const struct set_volume *said, narc_repair *repair,
				    struct narc_volume_repair *volume, struct narc_error *error)
{
	enum narc_status status;

	volume->state = volume->repair.outcome == NARC_REPAIR_SAVED ? NARC_VOLUME_DAMAGED
								     : NARC_VOLUME_OTHER;
	if (volume->repair.outcome != NARC_REPAIR_MENDED)
		return NARC_OK;
	status = put_back(mending, said, repair, error);
	if (status == NARC_OK)
		volume->state = NARC_VOLUME_MENDED;
	return status == NARC_CORRUPT ? NARC_OK : status;
}

static enum narc_status repair_file(const struct set_mending *mending,
				    const struct set_volume *said,
				    struct narc_volume_repair *volume, struct narc_error *error)
{
	struct narc_store store = mending->store;
	struct narc_source source;
	struct narc_error found;
	narc_repair *repair = NULL;
	enum narc_status status = store.ops->open(store.context, said->name, &source, error);

	if (status == NARC_OK)
		status = narc_repair_new(source, &mending->options->repair, &repair,
					 &volume->repair, &found);
	else
		return status;
	if (status == NARC_OK) {
		status = mend_volume(mending, said, repair, volume, error);
	} else if (status == NARC_NOMEM || status == NARC_CANCELLED) {
		narc_fail_text(error, status, found.stage, found.offset, found.message);
	} else {
		volume->state = status == NARC_IO ? NARC_VOLUME_UNREADABLE : NARC_VOLUME_DAMAGED;
		volume->error = found;
		status = NARC_OK;
	}
	narc_repair_free(repair);
	return status;
}

/* ---- filters -------------------------------------------------------------------------------- */

/* Has the volume take its own place, with what is said of it made anew. */
static enum narc_status describe_again(const struct set_mending *mending,
				       const struct volume *volume, struct narc_error *error)
{
	const struct set_volume *said = volume->said;
	struct volume_file file = { .store = mending->store, .label = said->label,
				    .size = said->size, .hash = said->hash };
	struct volume_description description = { 0 };
	struct replacement replacement = { .volumes = said, .count = 1, .by = &description };
	const struct replacements one = { .all = &replacement, .count = 1 };
	enum narc_status status;

	snprintf(file.name, sizeof(file.name), "%s", said->name);
	status = describe_volume(&file, &description, error);
	if (status == NARC_OK)
		status = replacement_settle(&replacement, volume->rows, error);
	if (status == NARC_OK)
		status = replace_volumes(mending->store, &one, error);
	volume_description_free(&description);
	return status;
}

static enum narc_status repair_filter(struct set_mending *mending, struct volume *volume,
				      struct narc_error *error)
{
	enum narc_status status =
		volume_load_filter(mending->edition.set->volumes, volume, error);

	if (status != NARC_CORRUPT)
		return status;
	mending->result.filters++;
	return mending->options->dry_run ? NARC_OK : describe_again(mending, volume, error);
}

/* ---- all of it ------------------------------------------------------------------------------ */

static enum narc_status report_volume(struct set_mending *mending,
				      const struct narc_volume_repair *volume,
				      struct narc_error *error)
{
	const struct narc_set_repair_options *options = mending->options;

	mending->result.volumes++;
	mending->result.mended += volume->state == NARC_VOLUME_MENDED;
	mending->result.lost += volume->state > NARC_VOLUME_MENDED;
	if (!options->report || options->report(options->context, volume))
		return NARC_OK;
	return narc_fail(error, NARC_CANCELLED, "repair", NARC_NO_OFFSET, "stopped by the receiver");
}

static enum narc_status repair_volume(struct set_mending *mending, struct volume *volume,
				      struct narc_error *error)
{
	struct narc_volume_repair repaired = { .name = volume->said->name };
	bool is = false;
	enum narc_status status = is_good(mending, volume->said, &is, error);

	if (status == NARC_OK && !is)
		status = repair_file(mending, volume->said, &repaired, error);
	if (status == NARC_NOT_FOUND) {
		repaired.state = NARC_VOLUME_MISSING;
		status = is_of_set(mending, volume->said->name, &is, error);
		if (status == NARC_OK && !is)
			return NARC_OK;
	}
	if (status == NARC_OK)
		status = report_volume(mending, &repaired, error);
	if (status == NARC_OK && repaired.state <= NARC_VOLUME_MENDED)
		status = repair_filter(mending, volume, error);
	return status;
}

enum narc_status narc_set_repair(struct narc_store store,
				 const struct narc_set_repair_options *options,
				 struct narc_set_repair_result *result, struct narc_error *error)
{
	struct set_mending mending = {
		.store = store,
		.options = options,
		.progress = { .tell = options->repair.progress,
			      .context = options->repair.progress_context },
	};
	enum narc_status status = set_edition_load(store, &mending.edition, error);

	if (status == NARC_OK && !mending.edition.is_there)
		status = narc_fail(error, NARC_NOT_FOUND, "repair", NARC_NO_OFFSET,
				   "there is no set");
	for (size_t i = 0; status == NARC_OK && i < mending.edition.set->volumes->count; i++)
		status = repair_volume(&mending, &mending.edition.set->volumes->volumes[i], error);
	set_edition_free(&mending.edition);
	if (status == NARC_OK)
		*result = mending.result;
	return status;
}
