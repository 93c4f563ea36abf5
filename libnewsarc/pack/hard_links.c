/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files whose content is that of another, as hard links in a tar are. The other's content
 * went to the sorter and is not at hand any more, so links wait for the end; then all items
 * are looked through once.
 */
#include <stdlib.h>
#include <string.h>

#include "pack/base_reader.h"
#include "pack/intake.h"
#include "pack/pack_item.h"
#include "pack/packer.h"
#include "support/status.h"

void packer_free_links(struct narc_packer *packer)
{
	for (size_t i = 0; i < packer->link_count; i++) {
		free((char *)(uintptr_t)packer->links[i].entry.path);
		free(packer->links[i].target);
	}
	free(packer->links);
	packer->links = NULL;
	packer->link_count = 0;
}

enum narc_status narc_packer_add_link(narc_packer *packer, const struct narc_entry *entry,
				      const char *target, struct narc_error *error)
{
	struct pack_link link = { .tree = packer->tree_count - 1 };
	struct narc_entry aim = { .path = target };
	enum narc_status status = intake_drain(packer->intake, error);

	if (status == NARC_OK)
		status = history_refuse(&packer->history, error);
	if (status != NARC_OK)
		return status;
	if (packer->link_count == packer->link_capacity) {
		size_t capacity = packer->link_capacity ? 2 * packer->link_capacity : 16;
		struct pack_link *links = realloc(packer->links, capacity * sizeof(*links));

		if (!links)
			return narc_fail_memory(error);
		packer->links = links;
		packer->link_capacity = capacity;
	}
	status = packer_check_entry(packer, entry, &link.entry, error);
	if (status != NARC_OK)
		return status;
	status = packer_check_entry(packer, &aim, &aim, error);
	if (status != NARC_OK) {
		free((char *)(uintptr_t)link.entry.path);
		return status;
	}
	link.target = (char *)(uintptr_t)aim.path;
	link.sequence = packer->sequence++;
	packer->links[packer->link_count++] = link;
	return NARC_OK;
}

/* Links to links end here, for they might go round. */
enum { LINK_HOPS_LIMIT = 16 };

/* The links in two orders, for they are looked for by their targets and by themselves. */
struct link_index {
	struct narc_packer *packer;
	struct pack_link **by_target;
	struct pack_link **by_path;
};

static int compare_targets(const void *a, const void *b)
{
	struct pack_link *const *left = a;
	struct pack_link *const *right = b;

	return strcmp((*left)->target, (*right)->target);
}

static int compare_paths(const void *a, const void *b)
{
	struct pack_link *const *left = a;
	struct pack_link *const *right = b;

	int order = strcmp((*left)->entry.path, (*right)->entry.path);

	return order ? order : ((*left)->sequence > (*right)->sequence) -
			       ((*left)->sequence < (*right)->sequence);
}

static const char *target_of(const struct pack_link *link)
{
	return link->target;
}

static const char *path_of(const struct pack_link *link)
{
	return link->entry.path;
}

/* The first of the sorted links whose name is not before this one. */
static size_t find_first(struct pack_link *const *links, size_t count,
			 const char *(*name_of)(const struct pack_link *), const char *name)
{
	size_t low = 0;
	size_t high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(name_of(links[middle]), name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Links that came before a file of the same path are replaced by it. */
static void replace_links(const struct link_index *index, const struct pack_item *item)
{
	size_t count = index->packer->link_count;

	for (size_t i = find_first(index->by_path, count, path_of, item->entry.path);
	     i < count && strcmp(index->by_path[i]->entry.path, item->entry.path) == 0; i++)
		if (item->sequence > index->by_path[i]->sequence)
			index->by_path[i]->is_replaced = true;
}

/* Gives the sorted links from first on that have its target a content in the large file. */
static void aim_links(const struct link_index *index, size_t first, enum narc_file_type type,
		      uint64_t offset, uint64_t size)
{
	const char *target = index->by_target[first]->target;

	for (size_t i = first; i < index->packer->link_count; i++) {
		struct pack_link *link = index->by_target[i];

		if (strcmp(link->target, target) != 0)
			break;
		link->found = true;
		link->entry.type = type;
		link->offset = offset;
		link->size = size;
	}
}

/* Keeps the content of an item that links aim at. Of several arrivals of its path, links
 * that came earlier cannot be told apart: the last one counts, as for the path itself. */
static enum narc_status look_at_item(void *context, const struct sort_item *sorted,
				     struct narc_error *error)
{
	const struct link_index *index = context;
	struct narc_packer *packer = index->packer;
	struct pack_item item;
	enum narc_status status = NARC_OK;
	uint64_t offset;
	size_t first;

	pack_item_decode(sorted, &item);
	replace_links(index, &item);
	first = find_first(index->by_target, packer->link_count, target_of, item.entry.path);
	if (first == packer->link_count ||
	    strcmp(index->by_target[first]->target, item.entry.path) != 0 ||
	    path_set_fate(&packer->paths, item.entry.path, item.sequence, item.hash) != PATH_KEPT)
		return NARC_OK;
	offset = item.large_offset;
	if (!item.is_large && item.size) {
		status = spill_file_align(&packer->large, error);
		offset = packer->large.size;
		if (status == NARC_OK)
			status = spill_file_append(&packer->large, item.content,
						   (size_t)item.size, error);
	}
	if (status == NARC_OK)
		aim_links(index, first, item.entry.type, offset, item.size);
	return status;
}

/* A target that is in the base as it came did not go to the sorter. */
static enum narc_status look_into_base(const struct link_index *index, size_t first,
				       struct narc_error *error)
{
	struct narc_packer *packer = index->packer;
	struct spill_stream stream = { .spill = &packer->large };
	const struct narc_record *record;
	uint64_t offset;
	enum narc_status status = base_find_path(&packer->reader, index->by_target[first]->target,
						 &record, error);

	if (status != NARC_OK || !record || record->is_redacted)
		return status;
	status = spill_file_align(&packer->large, error);
	offset = packer->large.size;
	if (status == NARC_OK)
		status = narc_cursor_stream(packer->reader.cursor, spill_piece, &stream, error);
	status = spill_stream_end(&stream, status, error);
	if (status == NARC_OK)
		aim_links(index, first, record->type, offset, record->size);
	return status;
}

static enum narc_status look_at_unchanged(const struct link_index *index, struct narc_error *error)
{
	const struct narc_packer *packer = index->packer;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < packer->link_count && packer->base && status == NARC_OK; i++) {
		const struct pack_link *link = index->by_target[i];

		if (!link->found && path_set_has(&packer->paths, link->target))
			status = look_into_base(index, i, error);
	}
	return status;
}

/* The last link that has this path, unless a file came under it later; NULL if none. */
static struct pack_link *last_link_at(const struct link_index *index, const char *path)
{
	size_t count = index->packer->link_count;
	struct pack_link *last = NULL;

	for (size_t i = find_first(index->by_path, count, path_of, path);
	     i < count && strcmp(index->by_path[i]->entry.path, path) == 0; i++)
		last = index->by_path[i];
	return last && !last->is_replaced ? last : NULL;
}

/* A link to a link has the content of that, if it has any; else that of the file there. */
static void follow_link(const struct link_index *index, struct pack_link *link, unsigned hops)
{
	struct pack_link *other = last_link_at(index, link->target);

	if (!other || other == link || hops == LINK_HOPS_LIMIT)
		return;
	follow_link(index, other, hops + 1);
	if (!other->found)
		return;
	link->found = true;
	link->entry.type = other->entry.type;
	link->offset = other->offset;
	link->size = other->size;
}

static enum narc_status add_link(struct narc_packer *packer, const struct pack_link *link,
				 struct narc_error *error)
{
	struct pack_content content = { .size = (size_t)link->size, .data = (const uint8_t *)"",
					.is_large = link->size >= LARGE_CONTENT,
					.large_offset = link->offset };
	enum narc_status status = NARC_OK;

	if (link->size)
		status = spill_file_map(&packer->large, link->offset, content.size, &content.data,
					error);
	if (status != NARC_OK)
		return status;
	status = packer_add_content(packer, &link->entry, link->tree, link->sequence, &content,
				    error);
	if (link->size)
		spill_file_unmap(content.data, content.size);
	return status;
}

static enum narc_status add_links(struct narc_packer *packer, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < packer->link_count && status == NARC_OK; i++) {
		const struct pack_link *link = &packer->links[i];

		if (!link->found)
			packer_notice(packer, NARC_NOTICE_SKIPPED, link->entry.path,
				      "is a hard link to a file that did not come");
		else if (link->is_replaced)
			packer_notice(packer, NARC_NOTICE_REPLACED, link->entry.path,
				      "came more than once; the last one is kept");
		else
			status = add_link(packer, link, error);
	}
	return status;
}

enum narc_status packer_resolve_links(struct narc_packer *packer, struct narc_error *error)
{
	size_t count = packer->link_count;
	struct link_index index = { .packer = packer };
	enum narc_status status;

	if (count == 0)
		return NARC_OK;
	index.by_target = calloc(count, sizeof(struct pack_link *));
	index.by_path = calloc(count, sizeof(struct pack_link *));
	if (!index.by_target || !index.by_path) {
		status = narc_fail_memory(error);
		goto done;
	}
	for (size_t i = 0; i < count; i++)
		index.by_target[i] = index.by_path[i] = &packer->links[i];
	qsort(index.by_path, count, sizeof(struct pack_link *), compare_paths);
	qsort(index.by_target, count, sizeof(struct pack_link *), compare_targets);
	path_set_finish(&packer->paths);
	status = external_sort_scan(packer->items, look_at_item, &index, error);
	if (status == NARC_OK)
		status = look_at_unchanged(&index, error);
	for (size_t i = 0; i < count && status == NARC_OK; i++)
		follow_link(&index, &packer->links[i], 0);
	if (status == NARC_OK)
		status = add_links(packer, error);
done:
	free(index.by_target);
	free(index.by_path);
	return status;
}
