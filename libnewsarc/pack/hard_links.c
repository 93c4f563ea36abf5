/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files whose content is that of another, as hard links in a tar are. The other's content
 * went to the sorter and is not at hand any more, so links wait for the end; then all items
 * are looked through once.
 */
#include <stdlib.h>
#include <string.h>

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
	enum narc_status status;

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
	packer->links[packer->link_count++] = link;
	return NARC_OK;
}

static int by_target(const void *a, const void *b)
{
	const struct pack_link *left = a;
	const struct pack_link *right = b;

	return strcmp(left->target, right->target);
}

/* The first of the links to a path, in the sorted list. */
static size_t first_link_to(const struct narc_packer *packer, const char *path)
{
	size_t low = 0;
	size_t high = packer->link_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(packer->links[middle].target, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Keeps the content of an item that links aim at. Of several arrivals of its path, links
 * that came earlier cannot be told apart: the last one counts, as for the path itself. */
static enum narc_status keep_target(void *context, const struct sort_item *sorted,
				    struct narc_error *error)
{
	struct narc_packer *packer = context;
	struct pack_item item;
	enum narc_status status = NARC_OK;
	uint64_t offset;
	size_t first;

	pack_item_decode(sorted, &item);
	first = first_link_to(packer, item.entry.path);
	if (first == packer->link_count ||
	    strcmp(packer->links[first].target, item.entry.path) != 0 ||
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
	for (size_t i = first; i < packer->link_count; i++) {
		struct pack_link *link = &packer->links[i];

		if (strcmp(link->target, item.entry.path) != 0)
			break;
		link->found = true;
		link->offset = offset;
		link->size = item.size;
	}
	return status;
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
	status = packer_add_content(packer, &link->entry, link->tree, &content, error);
	if (link->size)
		spill_file_unmap(content.data, content.size);
	return status;
}

enum narc_status packer_resolve_links(struct narc_packer *packer, struct narc_error *error)
{
	enum narc_status status;

	if (packer->link_count == 0)
		return NARC_OK;
	qsort(packer->links, packer->link_count, sizeof(*packer->links), by_target);
	path_set_finish(&packer->paths);
	status = external_sort_scan(packer->items, keep_target, packer, error);
	for (size_t i = 0; i < packer->link_count && status == NARC_OK; i++) {
		if (packer->links[i].found)
			status = add_link(packer, &packer->links[i], error);
		else
			packer_notice(packer, NARC_NOTICE_SKIPPED, packer->links[i].entry.path,
				      "is a hard link to a file that did not come");
	}
	return status;
}
