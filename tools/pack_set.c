/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack_set.h"

#include <string.h>

#include "store.h"

static bool parse_split(const char *text, struct narc_volume_split *split)
{
	*split = (struct narc_volume_split){ .size = 0 };
	if (strcmp(text, "month") == 0)
		split->period = NARC_PERIOD_MONTH;
	else if (strcmp(text, "year") == 0)
		split->period = NARC_PERIOD_YEAR;
	else
		return parse_size(text, &split->size) && split->size > 0;
	return true;
}

enum exit_status check_set_packing(const char *command, const struct set_packing *packing)
{
	struct narc_volume_split split;

	if ((packing->split || packing->shard) && !names_set(packing->set)) {
		report("%s: --%s is for sets, which are folders: to make %s one, give it as %s/",
		       command, packing->split ? "split" : "shard", packing->set, packing->set);
		return EXIT_USAGE;
	}
	if (packing->split && packing->shard) {
		report("%s: --split and --shard exclude each other", command);
		return EXIT_USAGE;
	}
	if (packing->split && !parse_split(packing->split, &split)) {
		report("--split: \"%s\" is not month, year or a size such as 2G", packing->split);
		return EXIT_USAGE;
	}
	if ((packing->split || packing->shard) && packing->input->from_git) {
		report("%s: --from-git brings a history, which cannot be divided", command);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

static enum exit_status refuse(const struct set_packing *packing, const narc_archive *base)
{
	if (packing->is_append && !base) {
		report("%s: there is no set to append to: \"narc pack\" makes one", packing->set);
		return EXIT_SYSTEM;
	}
	if (!packing->is_append && !packing->shard && !packing->split && base) {
		report("%s: there is such a set already: \"narc append\" adds to it", packing->set);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

static enum narc_status commit(narc_packer *packer, const struct set_packing *packing,
			       struct narc_store store, struct narc_pack_result *result,
			       struct narc_error *error)
{
	struct narc_volume_split split;

	if (!packing->split)
		return narc_packer_commit_volume(packer, store, result, error);
	parse_split(packing->split, &split);
	return narc_packer_commit_split(packer, store, &split, result, error);
}

static enum exit_status pack(narc_packer *packer, const struct set_packing *packing,
			     struct narc_store store, narc_archive *base,
			     struct narc_pack_result *result)
{
	/* What is divided is compared when that is done. */
	narc_archive *compared = packing->split ? NULL : base;
	struct narc_error error;
	enum exit_status status = refuse(packing, base);

	if (status != EXIT_DONE)
		return status;
	if (compared && narc_packer_append_to(packer, compared, &error) != NARC_OK)
		return report_error(packing->set, &error);
	narc_packer_exclude(packer, packing->set);
	status = add_pack_input(packer, packing->input, compared);
	if (status == EXIT_DONE && commit(packer, packing, store, result, &error) != NARC_OK)
		status = report_error(packing->set, &error);
	return status;
}

enum exit_status pack_into_set(narc_packer *packer, const struct set_packing *packing,
			       struct narc_pack_result *result)
{
	struct narc_store store;
	narc_archive *base = NULL;
	struct narc_error error;
	enum exit_status status = EXIT_DONE;

	if (packing->shard && narc_packer_set_shard(packer, packing->shard, &error) != NARC_OK) {
		report("--shard: %s", error.message);
		status = EXIT_USAGE;
	}
	if (status == EXIT_DONE)
		status = open_store_to_write(packing->set, !packing->is_append, &store);
	if (status != EXIT_DONE) {
		narc_packer_free(packer);
		return status;
	}
	status = open_set_if_any(packing->set, &base);
	if (status == EXIT_DONE)
		status = pack(packer, packing, store, base, result);
	narc_packer_free(packer);
	narc_archive_close(base);
	store.ops->close(store.context);
	return status;
}
