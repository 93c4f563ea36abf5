/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files that a tree is made of. */
#ifndef NARC_MOUNT_TREE_PARTS_H
#define NARC_MOUNT_TREE_PARTS_H

#include "name_store.h"
#include "tree.h"

struct tree {
	struct name_store names;
	struct tree_node *nodes;
	uint32_t node_count;
	uint32_t node_room;
	struct tree_folder *folders;
	uint32_t folder_count;
	uint32_t folder_room;
	uint64_t memory; /* that may still be used */
	uint64_t size;
	uint64_t largest;
	/* Until it is settled: the folder of each node, and a hash table of folders by parent and
	 * name, with TREE_NONE in empty slots. */
	uint32_t *parents;
	uint64_t seed;
	uint32_t *slots;
	uint32_t slot_count; /* a power of two */
	/* From then on: the nodes of each folder that are shown, by name, from its first place on. */
	uint32_t *by_name;
};

#endif
