/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/retired_files.h"

#include <stdlib.h>
#include <string.h>

#include "pack/set_edition.h"
#include "support/status.h"
#include "support/translate.h"

/* ---- removing them -------------------------------------------------------------------------- */

/* The retired files of an edition, and which of them go. */
struct leaving {
	const struct set_manifest *manifest;
	bool *goes; /* of each retired file */
};

/* A narc_store_list_fn. */
static bool look_at_file(void *context, const char *name, uint64_t size, int64_t time)
{
	struct leaving *leaving = context;

	(void)size;
	for (size_t i = 0; i < leaving->manifest->retired_count; i++) {
		const struct retired_volume *retired = &leaving->manifest->retired[i];

		if (strcmp(retired->name, name) == 0 && time > retired->time)
			leaving->goes[i] = false;
	}
	return true;
}

/* By a clock that is ahead of this one, a file may be retired only in a while. */
static bool is_due(const struct retired_volume *retired, int64_t now, int64_t grace)
{
	return (now > retired->time ? now - retired->time : 0) >= grace;
}

static enum narc_status remove_files(struct narc_store store, const struct leaving *leaving,
				     struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < leaving->manifest->retired_count && status == NARC_OK; i++)
		if (leaving->goes[i])
			status = store.ops->remove(store.context,
						   leaving->manifest->retired[i].name, error);
	return status;
}

/* Leaves out those that went. */
static void forget_removed(struct set_manifest *manifest, const bool *goes)
{
	size_t kept = 0;
	size_t count = manifest->retired_count;

	for (size_t i = 0; i < count; i++)
		if (!goes[i])
			manifest->retired[kept++] = manifest->retired[i];
	manifest->retired_count = kept;
}

static enum narc_status remove_once(const struct set_edition *edition, struct next_edition *next,
				    int64_t now, int64_t grace, uint64_t *removed,
				    struct narc_error *error)
{
	struct narc_store store = edition->store;
	size_t count = next->manifest.retired_count;
	struct leaving leaving = { &next->manifest, calloc(count + 1, sizeof(bool)) };
	enum narc_status status = leaving.goes ? NARC_OK : narc_fail_memory(error);

	for (size_t i = 0; i < count && status == NARC_OK; i++)
		leaving.goes[i] = is_due(&next->manifest.retired[i], now, grace);
	if (status == NARC_OK)
		status = store.ops->list(store.context, look_at_file, &leaving, error);
	if (status == NARC_OK)
		status = remove_files(store, &leaving, error);
	if (status == NARC_OK)
		forget_removed(&next->manifest, leaving.goes);
	*removed = count - next->manifest.retired_count;
	if (status == NARC_OK && *removed)
		status = next_edition_write(edition, next, error);
	free(leaving.goes);
	return status;
}

enum narc_status remove_retired(struct narc_store store, int64_t now, int64_t grace,
				uint64_t *removed, uint64_t *waiting, struct narc_error *error)
{
	enum narc_status status = NARC_EXISTS;

	for (unsigned i = 0; status == NARC_EXISTS && i < EDITION_ATTEMPTS; i++) {
		struct set_edition edition;
		struct next_edition next = { 0 };

		status = set_edition_load(store, &edition, error);
		if (status == NARC_OK)
			status = next_edition_begin(&edition, 0, 0, &next, error);
		if (status == NARC_OK)
			status = remove_once(&edition, &next, now, grace, removed, error);
		*waiting = next.manifest.retired_count;
		next_edition_free(&next);
		set_edition_free(&edition);
	}
	return status;
}

/* ---- telling of those that are left --------------------------------------------------------- */

struct left_files {
	const char **volumes; /* their names, in order */
	size_t volume_count;
	const char **retired; /* likewise */
	size_t retired_count;
	narc_notice_fn notice;
	void *context;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool has_name(const char *const *names, size_t count, const char *name)
{
	return bsearch(&name, names, count, sizeof(*names), by_name) != NULL;
}

static enum narc_status sort_names(struct left_files *left, const struct set_manifest *manifest,
				   struct narc_error *error)
{
	left->volumes = calloc(manifest->volume_count + 1, sizeof(*left->volumes));
	left->retired = calloc(manifest->retired_count + 1, sizeof(*left->retired));
	if (!left->volumes || !left->retired)
		return narc_fail_memory(error);
	for (size_t i = 0; i < manifest->volume_count; i++)
		left->volumes[left->volume_count++] = manifest->volumes[i].name;
	for (size_t i = 0; i < manifest->retired_count; i++)
		left->retired[left->retired_count++] = manifest->retired[i].name;
	qsort(left->volumes, left->volume_count, sizeof(*left->volumes), by_name);
	qsort(left->retired, left->retired_count, sizeof(*left->retired), by_name);
	return NARC_OK;
}

static bool is_archive_name(const char *name)
{
	static const char ending[] = ".narc";
	size_t size = strlen(name);

	return size >= sizeof(ending) - 1 &&
	       strcmp(name + size - (sizeof(ending) - 1), ending) == 0;
}

/* A narc_store_list_fn. */
static bool look_at_left(void *context, const char *name, uint64_t size, int64_t time)
{
	const struct left_files *left = context;
	const char *text = NULL;

	(void)size;
	(void)time;
	if (has_name(left->retired, left->retired_count, name))
		text = translated("is of the set no more, and will be removed later: it may have "
				  "what was redacted");
	else if (is_archive_name(name) &&
		 !has_name(left->volumes, left->volume_count, name))
		text = translated("is not of the set, and stays as it is: it may have what was "
				  "redacted");
	if (text)
		left->notice(left->context, NARC_NOTICE_LEFT, name, text);
	return true;
}

enum narc_status tell_left_files(struct narc_store store, narc_notice_fn notice,
				 void *notice_context, struct narc_error *error)
{
	struct left_files left = { .notice = notice, .context = notice_context };
	struct set_edition edition;
	enum narc_status status = set_edition_load(store, &edition, error);

	if (status == NARC_OK)
		status = sort_names(&left, &edition.set->volumes->manifest, error);
	if (status == NARC_OK)
		status = store.ops->list(store.context, look_at_left, &left, error);
	free(left.volumes);
	free(left.retired);
	set_edition_free(&edition);
	return status;
}
