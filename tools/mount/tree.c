/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

#include "tree_parts.h"

void tree_free(struct tree *tree)
{
	if (!tree)
		return;
	name_store_free(&tree->names);
	free(tree->nodes);
	free(tree->folders);
	free(tree->parents);
	free(tree->slots);
	free(tree->by_name);
	free(tree);
}

/* ---- adding ------------------------------------------------------------------------------- */

static bool take_memory(struct tree *tree, uint64_t size)
{
	if (size > tree->memory)
		return false;
	tree->memory -= size;
	return true;
}

/* How many to have room for instead of count; 0 if there may be no more. */
static uint32_t next_room(uint32_t count)
{
	if (count < 64)
		return 64;
	if (count == TREE_NONE)
		return 0;
	return count > TREE_NONE / 3 * 2 ? TREE_NONE : count + count / 2;
}

static enum narc_status add_node(struct tree *tree, uint32_t parent, const char *name, size_t size,
				 const struct tree_node *node)
{
	const char *copy;

	if (!take_memory(tree, sizeof(*node) + sizeof(*tree->parents) + size + 1))
		return NARC_LIMIT;
	if (tree->node_count == tree->node_room) {
		uint32_t room = next_room(tree->node_count);
		struct tree_node *nodes;
		uint32_t *parents;

		if (room == 0)
			return NARC_LIMIT;
		nodes = realloc(tree->nodes, room * sizeof(*nodes));
		if (nodes)
			tree->nodes = nodes;
		parents = realloc(tree->parents, room * sizeof(*parents));
		if (parents)
			tree->parents = parents;
		if (!nodes || !parents)
			return NARC_NOMEM;
		tree->node_room = room;
	}
	copy = name_store_add(&tree->names, name, size);
	if (!copy)
		return NARC_NOMEM;
	tree->parents[tree->node_count] = parent;
	tree->nodes[tree->node_count] = *node;
	tree->nodes[tree->node_count++].name = copy;
	return NARC_OK;
}

static enum narc_status add_folder(struct tree *tree, uint32_t parent, const char *name,
				   size_t size, bool numbers_twins)
{
	const struct tree_node node = { .row = tree->folder_count, .mode = S_IFDIR | 0555 };
	enum narc_status status;

	if (!take_memory(tree, sizeof(*tree->folders) + 2 * sizeof(*tree->slots)))
		return NARC_LIMIT;
	if (tree->folder_count == tree->folder_room) {
		uint32_t room = next_room(tree->folder_count);
		struct tree_folder *folders =
			room ? realloc(tree->folders, room * sizeof(*folders)) : NULL;

		if (!folders)
			return room ? NARC_NOMEM : NARC_LIMIT;
		tree->folders = folders;
		tree->folder_room = room;
	}
	status = add_node(tree, parent, name, size, &node);
	if (status == NARC_OK)
		tree->folders[tree->folder_count++] =
			(struct tree_folder){ .node = tree->node_count - 1, .parent = parent,
					      .numbers_twins = numbers_twins };
	return status;
}

struct tree *tree_new(uint64_t memory)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	if (!tree)
		return NULL;
	tree->memory = memory;
	/* Nobody can know which names will fall together. */
	if (getrandom(&tree->seed, sizeof(tree->seed), 0) < 0)
		tree->seed = 0;
	if (add_folder(tree, TREE_ROOT, "", 0, false) == NARC_OK)
		return tree;
	tree_free(tree);
	return NULL;
}

static bool is_name(const char *name, size_t size)
{
	return size > 0 && size <= TREE_NAME_LIMIT && !memchr(name, '/', size) &&
	       !(name[0] == '.' && (size == 1 || (size == 2 && name[1] == '.')));
}

static uint32_t *find_slot(const struct tree *tree, uint32_t parent, const char *name, size_t size)
{
	uint64_t hash = XXH3_64bits_withSeed(name, size, tree->seed + parent);
	uint32_t place = (uint32_t)hash & (tree->slot_count - 1);

	for (;; place = (place + 1) & (tree->slot_count - 1)) {
		uint32_t *slot = &tree->slots[place];
		const struct tree_folder *folder = &tree->folders[*slot];
		const char *other;

		if (*slot == TREE_NONE)
			return slot;
		other = tree->nodes[folder->node].name;
		if (folder->parent == parent && strncmp(other, name, size) == 0 && !other[size])
			return slot;
	}
}

/* Keeps the table half empty. */
static enum narc_status grow_slots(struct tree *tree)
{
	uint32_t slot_count = tree->slot_count ? tree->slot_count * 2 : 256;
	uint32_t *slots;

	if (tree->slot_count / 2 > tree->folder_count)
		return NARC_OK;
	if (slot_count == 0)
		return NARC_LIMIT;
	slots = malloc(slot_count * sizeof(*slots));
	if (!slots)
		return NARC_NOMEM;
	memset(slots, 0xff, slot_count * sizeof(*slots));
	free(tree->slots);
	tree->slots = slots;
	tree->slot_count = slot_count;
	for (uint32_t i = 1; i < tree->folder_count; i++) {
		const char *name = tree->nodes[tree->folders[i].node].name;

		*find_slot(tree, tree->folders[i].parent, name, strlen(name)) = i;
	}
	return NARC_OK;
}

enum narc_status tree_add_folder(struct tree *tree, uint32_t parent, const char *name, size_t size,
				 uint32_t *folder)
{
	enum narc_status status = is_name(name, size) ? grow_slots(tree) : NARC_MISUSE;
	uint32_t *slot;

	if (status != NARC_OK)
		return status;
	slot = find_slot(tree, parent, name, size);
	if (*slot == TREE_NONE) {
		status = add_folder(tree, parent, name, size, tree->folders[parent].numbers_twins);
		if (status != NARC_OK)
			return status;
		*slot = tree->folder_count - 1;
	}
	*folder = *slot;
	return NARC_OK;
}

void tree_number_twins(struct tree *tree, uint32_t folder)
{
	tree->folders[folder].numbers_twins = true;
}

enum narc_status tree_add_file(struct tree *tree, uint32_t folder, const char *name, size_t size,
			       const struct tree_node *file)
{
	return is_name(name, size) ? add_node(tree, folder, name, size, file) : NARC_MISUSE;
}

/* ---- looking at it ------------------------------------------------------------------------ */

uint32_t tree_count(const struct tree *tree)
{
	return tree->node_count;
}

const struct tree_node *tree_node(const struct tree *tree, uint32_t number)
{
	return &tree->nodes[number];
}

const struct tree_folder *tree_folder(const struct tree *tree, uint32_t folder)
{
	return &tree->folders[folder];
}

const struct tree_folder *tree_folder_of(const struct tree *tree, uint32_t number)
{
	const struct tree_node *node = &tree->nodes[number];

	return S_ISDIR(node->mode) ? &tree->folders[node->row] : NULL;
}

uint64_t tree_size(const struct tree *tree)
{
	return tree->size;
}

uint64_t tree_largest(const struct tree *tree)
{
	return tree->largest;
}

uint32_t tree_find(const struct tree *tree, const struct tree_folder *folder, const char *name)
{
	const uint32_t *names = tree->by_name + folder->first;
	uint32_t low = 0;
	uint32_t high = folder->shown;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = strcmp(tree->nodes[names[middle]].name, name);

		if (order == 0)
			return names[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return TREE_NONE;
}

const char *tree_path(const struct tree *tree, uint32_t folder, const char *name,
		      char text[TREE_PATH_SIZE])
{
	size_t place = TREE_PATH_SIZE;

	text[--place] = '\0';
	for (;;) {
		size_t size = strlen(name);

		if (size + 1 > place)
			break;
		place -= size;
		memcpy(text + place, name, size);
		if (folder == TREE_ROOT)
			break;
		text[--place] = '/';
		name = tree->nodes[tree->folders[folder].node].name;
		folder = tree->folders[folder].parent;
	}
	return text + place;
}
