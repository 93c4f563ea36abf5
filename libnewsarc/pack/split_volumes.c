/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packing into several volumes of a set: files are taken in once, and come out of the sorter in
 * order of date; each part of them goes to a packer of its own, so that its volume is what it would
 * be if it had been packed alone.
 */
#include <stdlib.h>
#include <string.h>

#include "pack/intake.h"
#include "pack/pack_item.h"
#include "pack/packer.h"
#include "pack/period.h"
#include "read/open_set.h"
#include "support/status.h"

struct splitting {
	narc_packer *packer; /* that has taken in all files */
	struct narc_store store;
	const struct narc_volume_split *split;
	struct narc_pack_result result;

	/* The part at hand. */
	narc_packer *part; /* NULL: there is none */
	narc_archive *base;
	int32_t period;
	uint64_t size;
	uint64_t tree;
};

/* ---- going through -------------------------------------------------------------------------- */

typedef enum narc_status (*take_item_fn)(void *context, const struct pack_item *item,
					 struct narc_error *error);

/* Ends the taking in, and gives all files that are to be stored, in order of date. */
static enum narc_status go_through(narc_packer *packer, take_item_fn take, void *context,
				   struct narc_error *error)
{
	struct sort_item sorted;
	struct pack_item item;
	enum narc_status status = intake_drain(packer->intake, error);

	if (packer->committed || packer->history.is_used)
		return narc_fail(error, NARC_MISUSE, "pack", NARC_NO_OFFSET,
				 "this packer is done, or has a history, which cannot be divided");
	if (status == NARC_OK)
		status = packer_resolve_links(packer, error);
	packer->committed = true;
	if (status == NARC_OK)
		status = external_sort_finish(packer->items, error);
	path_set_finish(&packer->paths);
	while (status == NARC_OK) {
		enum path_fate fate;

		status = external_sort_next(packer->items, &sorted, error);
		if (status != NARC_OK)
			break;
		pack_item_decode(&sorted, &item);
		fate = path_set_fate(&packer->paths, item.entry.path, item.sequence, item.hash);
		if (fate == PATH_REPLACED)
			packer_notice(packer, NARC_NOTICE_REPLACED, item.entry.path,
				      "came more than once; the last one is kept");
		if (fate == PATH_KEPT)
			status = take(context, &item, error);
	}
	return status == NARC_END ? NARC_OK : status;
}

/* ---- which parts there are ------------------------------------------------------------------ */

struct telling {
	enum narc_period period;
	narc_shard_fn tell;
	void *context;
	const struct month_counts *unchanged;
	size_t next; /* of these, that was not told of */

	/* The part at hand, of which there are files to be written. */
	uint64_t added; /* 0: there is none */
	int32_t part;
};

/* The part of the next month that has unchanged files; false if there is none. */
static bool next_unchanged(const struct telling *telling, int32_t *part)
{
	if (telling->next == telling->unchanged->count)
		return false;
	*part = period_of_month(telling->period, telling->unchanged->months[telling->next].month);
	return true;
}

static enum narc_status tell_part(struct telling *telling, int32_t part, uint64_t added,
				  struct narc_error *error)
{
	char name[NARC_PERIOD_SIZE];
	struct narc_shard shard = { .name = name, .added = added };
	int32_t next;

	while (next_unchanged(telling, &next) && next == part)
		shard.unchanged += telling->unchanged->months[telling->next++].files;
	period_format(telling->period, part, name);
	return telling->tell(telling->context, &shard)
		       ? NARC_OK
		       : narc_fail(error, NARC_CANCELLED, "pack", NARC_NO_OFFSET,
				   "stopped by the receiver");
}

/* Ends the part at hand, after those before it that have unchanged files only. */
static enum narc_status tell_added(struct telling *telling, struct narc_error *error)
{
	enum narc_status status = NARC_OK;
	int32_t next;

	if (!telling->added)
		return NARC_OK;
	while (status == NARC_OK && next_unchanged(telling, &next) && next < telling->part)
		status = tell_part(telling, next, 0, error);
	if (status == NARC_OK)
		status = tell_part(telling, telling->part, telling->added, error);
	telling->added = 0;
	return status;
}

/* A take_item_fn. */
static enum narc_status count_added(void *context, const struct pack_item *item,
				    struct narc_error *error)
{
	struct telling *telling = context;
	int32_t part = period_of(telling->period, item->local_time);
	enum narc_status status = NARC_OK;

	if (part != telling->part)
		status = tell_added(telling, error);
	telling->part = part;
	telling->added++;
	return status;
}

enum narc_status narc_packer_tell_shards(narc_packer *packer, enum narc_period period,
					 narc_shard_fn tell, void *context,
					 struct narc_error *error)
{
	struct telling telling = { .period = period, .tell = tell, .context = context,
				   .unchanged = &packer->unchanged_months };
	enum narc_status status = go_through(packer, count_added, &telling, error);
	int32_t next;

	if (status == NARC_OK)
		status = tell_added(&telling, error);
	while (status == NARC_OK && next_unchanged(&telling, &next))
		status = tell_part(&telling, next, 0, error);
	return status;
}

/* ---- one part ------------------------------------------------------------------------------- */

/* Opens the set as it is; none is as good as one without volumes. */
static enum narc_status open_base(struct splitting *splitting, struct narc_error *error)
{
	struct narc_store store = splitting->store;
	struct narc_source manifest;
	enum narc_status status =
		store.ops->open(store.context, NARC_SET_MANIFEST, &manifest, error);

	if (status == NARC_NOT_FOUND)
		return NARC_OK;
	if (status == NARC_OK)
		status = set_open(store, false, manifest, &splitting->base, error);
	return status == NARC_OK
		       ? narc_packer_append_to(splitting->part, splitting->base, error)
		       : status;
}

static void drop_part(struct splitting *splitting)
{
	narc_packer_free(splitting->part);
	narc_archive_close(splitting->base);
	splitting->part = NULL;
	splitting->base = NULL;
}

static enum narc_status begin_part(struct splitting *splitting, const struct pack_item *item,
				   struct narc_error *error)
{
	const struct narc_volume_split *split = splitting->split;
	struct narc_pack_options options = splitting->packer->options;
	char name[NARC_PERIOD_SIZE];
	enum narc_status status;

	options.temporary_folder = splitting->packer->temporary_folder;
	options.zone = splitting->packer->zone;
	status = narc_packer_new(&options, &splitting->part, error);
	splitting->period = period_of(split->period, item->local_time);
	splitting->size = 0;
	splitting->tree = UINT64_MAX;
	period_format(split->period, splitting->period, name);
	if (status == NARC_OK && !split->size)
		status = narc_packer_set_shard(splitting->part, name, error);
	return status == NARC_OK ? open_base(splitting, error) : status;
}

static void add_result(struct narc_pack_result *sum, const struct narc_pack_result *part)
{
	sum->generation = part->generation;
	sum->unchanged += part->unchanged;
	sum->moved += part->moved;
	sum->rows += part->rows;
	sum->posts += part->posts;
	sum->blocks += part->blocks;
	sum->content_size += part->content_size;
	sum->owned_size += part->owned_size;
	sum->archive_size += part->archive_size;
	sum->notices += part->notices;
}

static enum narc_status end_part(struct splitting *splitting, struct narc_error *error)
{
	struct narc_pack_result result;
	enum narc_status status;

	if (!splitting->part)
		return NARC_OK;
	status = narc_packer_commit_volume(splitting->part, splitting->store, &result, error);
	if (status == NARC_OK)
		add_result(&splitting->result, &result);
	drop_part(splitting);
	return status;
}

static bool is_of_part(const struct splitting *splitting, const struct pack_item *item)
{
	const struct narc_volume_split *split = splitting->split;

	if (!split->size)
		return period_of(split->period, item->local_time) == splitting->period;
	return splitting->size == 0 || (item->size <= split->size &&
					splitting->size <= split->size - item->size);
}

/* ---- its files ------------------------------------------------------------------------------ */

/* Has the part know the zone of the site that an item is of. */
static enum narc_status settle_tree(struct splitting *splitting, uint64_t number,
				    struct narc_error *error)
{
	const struct pack_tree *tree = &splitting->packer->trees[number];
	struct pack_tree *last;
	enum narc_status status = NARC_OK;

	if (splitting->tree == number)
		return NARC_OK;
	if (splitting->tree != UINT64_MAX)
		status = narc_packer_begin_tree(splitting->part, error);
	if (status != NARC_OK)
		return status;
	splitting->tree = number;
	last = &splitting->part->trees[splitting->part->tree_count - 1];
	last->has_config = tree->has_config;
	last->zone = tree->zone ? strdup(tree->zone) : NULL;
	last->root = tree->root ? strdup(tree->root) : NULL;
	return (tree->zone && !last->zone) || (tree->root && !last->root)
		       ? narc_fail_memory(error)
		       : NARC_OK;
}

static enum narc_status add_item(struct splitting *splitting, const struct pack_item *item,
				 struct narc_error *error)
{
	struct spill_file *large = &splitting->packer->large;
	const uint8_t *content = item->content;
	enum narc_status status = settle_tree(splitting, item->tree, error);

	if (status == NARC_OK && item->is_large)
		status = spill_file_map(large, item->large_offset, (size_t)item->size, &content,
					error);
	if (status != NARC_OK)
		return status;
	splitting->size += item->size;
	status = narc_packer_add(splitting->part, &item->entry, content, (size_t)item->size, error);
	if (item->is_large)
		spill_file_unmap(content, (size_t)item->size);
	return status;
}

/* A take_item_fn. */
static enum narc_status take_item(void *context, const struct pack_item *item,
				  struct narc_error *error)
{
	struct splitting *splitting = context;
	enum narc_status status = NARC_OK;

	if (splitting->part && !is_of_part(splitting, item))
		status = end_part(splitting, error);
	if (status == NARC_OK && !splitting->part)
		status = begin_part(splitting, item, error);
	return status == NARC_OK ? add_item(splitting, item, error) : status;
}

enum narc_status narc_packer_commit_split(narc_packer *packer, struct narc_store store,
					  const struct narc_volume_split *split,
					  struct narc_pack_result *result,
					  struct narc_error *error)
{
	struct splitting splitting = { .packer = packer, .store = store, .split = split };
	enum narc_status status;

	if (packer->base)
		return narc_fail(error, NARC_MISUSE, "pack", NARC_NO_OFFSET,
				 "this packer appends, and what it appends cannot be divided");
	status = go_through(packer, take_item, &splitting, error);
	if (status == NARC_OK)
		status = end_part(&splitting, error);
	drop_part(&splitting);
	if (status == NARC_OK && result) {
		*result = splitting.result;
		result->notices += packer->notices;
	}
	return status;
}
