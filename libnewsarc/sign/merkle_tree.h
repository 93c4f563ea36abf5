/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Merkle tree of RFC 9162 over SHA-256, built from its leaves in order: what is held is the
 * roots of the whole subtrees on the left, which are log n, and the path of one leaf.
 */
#ifndef NARC_SIGN_MERKLE_TREE_H
#define NARC_SIGN_MERKLE_TREE_H

#include "newsarc.h"

enum { TREE_HASH_SIZE = 32, TREE_LEVELS_MOST = 64 };

/* Over leaves first to first + count - 1. */
struct tree_node {
	uint64_t first;
	uint64_t count;
	uint8_t hash[TREE_HASH_SIZE];
};

/* What a leaf has to be hashed with to give the root, from the leaf up. */
struct tree_path {
	unsigned size;
	uint8_t hashes[TREE_LEVELS_MOST][TREE_HASH_SIZE];
};

struct merkle_tree {
	uint64_t leaves;
	struct tree_node nodes[TREE_LEVELS_MOST];
	unsigned node_count;
	bool is_watched; /* the leaf whose path is wanted has been added */
	uint64_t watched;
	struct tree_path path;
};

void tree_hash_leaf(const void *leaf, size_t size, uint8_t hash[TREE_HASH_SIZE]);

void merkle_tree_init(struct merkle_tree *tree);

/* Adds the hash of a leaf. */
void merkle_tree_add(struct merkle_tree *tree, const uint8_t hash[TREE_HASH_SIZE]);

/* Has the path collected of the leaf that comes next. */
void merkle_tree_watch_next(struct merkle_tree *tree);

/* The root over all leaves. The tree, but for its path, is used up by that. */
void merkle_tree_finish(struct merkle_tree *tree, uint8_t root[TREE_HASH_SIZE]);

/* The root that a path leads to from leaf number index of count; false if the path is not as
 * long as it has to be. */
bool tree_path_root(const struct tree_path *path, const uint8_t leaf[TREE_HASH_SIZE],
		    uint64_t index, uint64_t count, uint8_t root[TREE_HASH_SIZE]);

#endif
