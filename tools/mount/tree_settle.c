/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of adding to a tree: nodes are put together by folder, and names sorted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tree_parts.h"

/* ---- putting the nodes of each folder together -------------------------------------------- */

/* Gives each folder the places of its nodes, and parents those where the nodes go. */
static void assign_places(struct tree *tree)
{
	uint32_t place = 1;

	for (uint32_t i = 1; i < tree->node_count; i++)
		tree->folders[tree->parents[i]].count++;
	for (uint32_t i = 0; i < tree->folder_count; i++) {
		tree->folders[i].first = place;
		place += tree->folders[i].count;
		tree->folders[i].count = 0;
	}
	for (uint32_t i = 1; i < tree->node_count; i++) {
		struct tree_folder *folder = &tree->folders[tree->parents[i]];

		tree->parents[i] = folder->first + folder->count++;
	}
	tree->parents[TREE_ROOT] = TREE_ROOT;
}

/* Moves each node to its place: in circles, so that no second array is needed. */
static void move_nodes(struct tree *tree)
{
	for (uint32_t i = 0; i < tree->node_count; i++) {
		while (tree->parents[i] != i) {
			uint32_t place = tree->parents[i];
			struct tree_node node = tree->nodes[place];

			tree->nodes[place] = tree->nodes[i];
			tree->nodes[i] = node;
			tree->parents[i] = tree->parents[place];
			tree->parents[place] = place;
		}
		if (S_ISDIR(tree->nodes[i].mode))
			tree->folders[tree->nodes[i].row].node = i;
	}
}

/* ---- names -------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b, void *context)
{
	const struct tree *tree = context;
	uint32_t left = *(const uint32_t *)a;
	uint32_t right = *(const uint32_t *)b;
	int order = strcmp(tree->nodes[left].name, tree->nodes[right].name);

	return order ? order : left < right ? -1 : 1;
}

/* Mostly they are in order already: then this takes one look at each. */
static void sort_names(struct tree *tree, const struct tree_folder *folder)
{
	uint32_t *names = tree->by_name + folder->first;

	for (uint32_t i = 1; i < folder->shown; i++) {
		if (compare_names(&names[i - 1], &names[i], tree) > 0) {
			qsort_r(names, folder->shown, sizeof(*names), compare_names, tree);
			return;
		}
	}
}

static bool has_name(const struct tree *tree, uint32_t node, const char *name)
{
	return strcmp(tree->nodes[node].name, name) == 0;
}

/* How many of the names from place on are the same. */
static uint32_t count_twins(const struct tree *tree, const struct tree_folder *folder,
			    uint32_t place)
{
	const uint32_t *names = tree->by_name + folder->first;
	uint32_t count = 1;

	while (place + count < folder->shown &&
	       has_name(tree, names[place + count], tree->nodes[names[place]].name))
		count++;
	return count;
}

/* ---- twins -------------------------------------------------------------------------------- */

struct settling {
	struct tree *tree;
	tree_hidden_fn hidden;
	void *context;
};

static void hide(const struct settling *settling, uint32_t folder, uint32_t node)
{
	struct tree *tree = settling->tree;

	tree->nodes[node].mode = 0;
	settling->hidden(settling->context, tree, folder, tree->nodes[node].name);
}

/* Which of nodes of one name is left. */
static uint32_t pick(const struct tree *tree, const uint32_t *twins, uint32_t count)
{
	while (count > 1 && S_ISDIR(tree->nodes[twins[count - 1]].mode))
		count--;
	return twins[count - 1];
}

/* Leaves one node of each name. */
static void hide_twins(const struct settling *settling, uint32_t number)
{
	struct tree *tree = settling->tree;
	struct tree_folder *folder = &tree->folders[number];
	uint32_t *names = tree->by_name + folder->first;
	uint32_t kept = 0;

	for (uint32_t i = 0, count; i < folder->shown; i += count) {
		uint32_t left;

		count = count_twins(tree, folder, i);
		left = pick(tree, names + i, count);
		for (uint32_t j = i; j < i + count; j++)
			if (names[j] != left)
				hide(settling, number, names[j]);
		names[kept++] = left;
	}
	folder->shown = kept;
}

/* Makes the next name that nobody has: "a~2.md" of "a.md"; NULL if it is too long. */
static const char *next_name(const struct tree *tree, const struct tree_folder *folder,
			     const char *name, uint32_t *number, char text[TREE_NAME_LIMIT + 1])
{
	const char *dot = strrchr(name, '.');
	size_t stem = dot && dot > name ? (size_t)(dot - name) : strlen(name);

	do {
		int size = snprintf(text, TREE_NAME_LIMIT + 1, "%.*s~%lu%s", (int)stem, name,
				    (unsigned long)(*number)++, name + stem);

		if (size > TREE_NAME_LIMIT)
			return NULL;
	} while (tree_find(tree, folder, text) != TREE_NONE);
	return text;
}

/* Puts the names that the nodes from place on will have into names, where they get others; NULL for
 * those that are to be hidden. */
static enum narc_status rename_twins(struct tree *tree, const struct tree_folder *folder,
				     uint32_t place, uint32_t count, const char **names)
{
	const char *name = tree->nodes[tree->by_name[folder->first + place]].name;
	char text[TREE_NAME_LIMIT + 1];
	uint32_t number = 2;

	for (uint32_t i = 1; i < count; i++) {
		const char *next = next_name(tree, folder, name, &number, text);

		names[i] = next ? name_store_add(&tree->names, next, strlen(next)) : NULL;
		if (next && !names[i])
			return NARC_NOMEM;
	}
	return NARC_OK;
}

static bool has_twins(const struct tree *tree, const struct tree_folder *folder)
{
	for (uint32_t i = 0; i < folder->shown; i++)
		if (count_twins(tree, folder, i) > 1)
			return true;
	return false;
}

/* Gives nodes of one name others. What names there are must stay to be seen until all new ones are
 * found. */
static enum narc_status number_twins(const struct settling *settling, uint32_t number)
{
	struct tree *tree = settling->tree;
	struct tree_folder *folder = &tree->folders[number];
	uint32_t *nodes = tree->by_name + folder->first;
	const char **names;
	enum narc_status status = NARC_OK;
	uint32_t kept = 0;

	if (!has_twins(tree, folder))
		return NARC_OK;
	names = calloc(folder->shown, sizeof(*names));
	if (!names)
		return NARC_NOMEM;
	for (uint32_t i = 0, count; i < folder->shown && status == NARC_OK; i += count) {
		count = count_twins(tree, folder, i);
		names[i] = tree->nodes[nodes[i]].name;
		status = rename_twins(tree, folder, i, count, names + i);
	}
	for (uint32_t i = 0; i < folder->shown && status == NARC_OK; i++) {
		if (names[i]) {
			tree->nodes[nodes[i]].name = names[i];
			nodes[kept++] = nodes[i];
		} else {
			hide(settling, number, nodes[i]);
		}
	}
	free(names);
	folder->shown = kept;
	sort_names(tree, folder);
	return status;
}

/* ---- the end of adding -------------------------------------------------------------------- */

static enum narc_status settle_folder(const struct settling *settling, uint32_t number)
{
	struct tree *tree = settling->tree;
	struct tree_folder *folder = &tree->folders[number];

	folder->shown = folder->count;
	for (uint32_t i = 0; i < folder->count; i++)
		tree->by_name[folder->first + i] = folder->first + i;
	sort_names(tree, folder);
	if (folder->numbers_twins)
		return number_twins(settling, number);
	hide_twins(settling, number);
	return NARC_OK;
}

/* Counts what is to be seen; folders come behind those that they are in. */
static void sum_up(struct tree *tree, uint32_t number)
{
	struct tree_folder *folder = &tree->folders[number];

	if (tree->nodes[folder->node].mode == 0)
		folder->shown = 0;
	for (uint32_t i = 0; i < folder->count; i++) {
		struct tree_node *node = &tree->nodes[folder->first + i];

		if (folder->shown == 0)
			node->mode = 0;
		if (S_ISDIR(node->mode)) {
			folder->subfolders++;
		} else if (node->mode) {
			tree->size += node->size;
			if (node->size > tree->largest)
				tree->largest = node->size;
		}
	}
}

enum narc_status tree_settle(struct tree *tree, int64_t folder_time, tree_hidden_fn hidden,
			     void *context)
{
	const struct settling settling = { tree, hidden, context };
	struct tree_node *nodes;
	enum narc_status status = NARC_OK;

	assign_places(tree);
	move_nodes(tree);
	free(tree->slots);
	tree->slots = NULL;
	/* The array of the places has the right size for the names. */
	tree->by_name = tree->parents;
	tree->parents = NULL;
	nodes = realloc(tree->nodes, tree->node_count * sizeof(*nodes));
	if (nodes)
		tree->nodes = nodes;
	for (uint32_t i = 0; i < tree->folder_count && status == NARC_OK; i++)
		status = settle_folder(&settling, i);
	for (uint32_t i = 0; i < tree->folder_count && status == NARC_OK; i++) {
		tree->nodes[tree->folders[i].node].mtime_seconds = folder_time;
		sum_up(tree, i);
	}
	return status;
}
