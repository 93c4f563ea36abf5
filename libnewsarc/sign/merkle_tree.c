/* SPDX-License-Identifier: BSD-2-Clause */
#include "sign/merkle_tree.h"

#include <assert.h>
#include <sodium/crypto_hash_sha256.h>
#include <string.h>

static_assert(TREE_HASH_SIZE == crypto_hash_sha256_BYTES, "a hash of the tree is SHA-256");

/* So that a node cannot be taken for a leaf. */
static const uint8_t leaf_prefix = 0;
static const uint8_t node_prefix = 1;

void tree_hash_leaf(const void *leaf, size_t size, uint8_t hash[TREE_HASH_SIZE])
{
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, &leaf_prefix, 1);
	crypto_hash_sha256_update(&state, leaf, size);
	crypto_hash_sha256_final(&state, hash);
}

/* parent may be one of the two. */
static void hash_node(const uint8_t left[TREE_HASH_SIZE], const uint8_t right[TREE_HASH_SIZE],
		      uint8_t parent[TREE_HASH_SIZE])
{
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, &node_prefix, 1);
	crypto_hash_sha256_update(&state, left, TREE_HASH_SIZE);
	crypto_hash_sha256_update(&state, right, TREE_HASH_SIZE);
	crypto_hash_sha256_final(&state, parent);
}

/* ---- building ----------------------------------------------------------------------------- */

void merkle_tree_init(struct merkle_tree *tree)
{
	memset(tree, 0, sizeof(*tree));
}

void merkle_tree_watch_next(struct merkle_tree *tree)
{
	tree->is_watched = true;
	tree->watched = tree->leaves;
}

static bool is_watched(const struct merkle_tree *tree, const struct tree_node *node)
{
	return tree->is_watched && tree->watched - node->first < node->count;
}

/* Makes one node of the last two. */
static void join_last(struct merkle_tree *tree)
{
	const struct tree_node *right = &tree->nodes[--tree->node_count];
	struct tree_node *left = &tree->nodes[tree->node_count - 1];
	const struct tree_node *sibling = NULL;

	if (is_watched(tree, left))
		sibling = right;
	else if (is_watched(tree, right))
		sibling = left;
	if (sibling)
		memcpy(tree->path.hashes[tree->path.size++], sibling->hash, TREE_HASH_SIZE);
	hash_node(left->hash, right->hash, left->hash);
	left->count += right->count;
}

void merkle_tree_add(struct merkle_tree *tree, const uint8_t hash[TREE_HASH_SIZE])
{
	struct tree_node *node;

	assert(tree->node_count < TREE_LEVELS_MOST);
	node = &tree->nodes[tree->node_count++];
	node->first = tree->leaves++;
	node->count = 1;
	memcpy(node->hash, hash, TREE_HASH_SIZE);
	while (tree->node_count > 1 && tree->nodes[tree->node_count - 2].count ==
					       tree->nodes[tree->node_count - 1].count)
		join_last(tree);
}

void merkle_tree_finish(struct merkle_tree *tree, uint8_t root[TREE_HASH_SIZE])
{
	while (tree->node_count > 1)
		join_last(tree);
	if (tree->node_count)
		memcpy(root, tree->nodes[0].hash, TREE_HASH_SIZE);
	else
		crypto_hash_sha256(root, NULL, 0);
}

/* ---- a path ------------------------------------------------------------------------------- */

/* As section 2.1.3.2 of RFC 9162 has it: at each level index is the number of the node on the way
 * up, last that of the last node. */
bool tree_path_root(const struct tree_path *path, const uint8_t leaf[TREE_HASH_SIZE],
		    uint64_t index, uint64_t count, uint8_t root[TREE_HASH_SIZE])
{
	uint64_t last = count - 1;

	if (index >= count)
		return false;
	memcpy(root, leaf, TREE_HASH_SIZE);
	for (unsigned i = 0; i < path->size; i++) {
		if (last == 0)
			return false;
		if (index & 1 || index == last) {
			hash_node(path->hashes[i], root, root);
			/* A last node without a sibling is the one above it, too. */
			while (index && !(index & 1)) {
				index >>= 1;
				last >>= 1;
			}
		} else {
			hash_node(root, path->hashes[i], root);
		}
		index >>= 1;
		last >>= 1;
	}
	return last == 0;
}
