/* SPDX-License-Identifier: BSD-2-Clause */
/* The Merkle tree against known answers, and against the definition, word for word. */
#include "support_check.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "sign/merkle_tree.h"

enum { EXHAUSTIVE_LEAVES = 130 };

/* The leaves that implementations of RFC 6962 and RFC 9162 are tested with. */
static const struct {
	const char *bytes;
	size_t size;
} known_leaves[] = {
	{ "", 0 },
	{ "\x00", 1 },
	{ "\x10", 1 },
	{ "\x20\x21", 2 },
	{ "\x30\x31", 2 },
	{ "\x40\x41\x42\x43", 4 },
	{ "\x50\x51\x52\x53\x54\x55\x56\x57", 8 },
	{ "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16 },
};

/* Of none of them, of the first, of the first two, ... */
static const char *const known_roots[] = {
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static void root_of_known(size_t count, uint8_t root[TREE_HASH_SIZE])
{
	struct merkle_tree tree;
	uint8_t hash[TREE_HASH_SIZE];

	merkle_tree_init(&tree);
	for (size_t i = 0; i < count; i++) {
		tree_hash_leaf(known_leaves[i].bytes, known_leaves[i].size, hash);
		merkle_tree_add(&tree, hash);
	}
	merkle_tree_finish(&tree, root);
}

TEST(roots_are_those_that_other_implementations_have)
{
	uint8_t root[TREE_HASH_SIZE];
	char digits[2 * TREE_HASH_SIZE + 1];

	for (size_t count = 0; count <= COUNT_OF(known_leaves); count++) {
		root_of_known(count, root);
		sodium_bin2hex(digits, sizeof(digits), root, sizeof(root));
		assert_string_equal(digits, known_roots[count]);
	}
}

/* ---- the definition ----------------------------------------------------------------------- */

static uint8_t leaves[EXHAUSTIVE_LEAVES][TREE_HASH_SIZE];

static void make_leaves(void)
{
	for (size_t i = 0; i < EXHAUSTIVE_LEAVES; i++) {
		const uint8_t leaf = (uint8_t)i;

		tree_hash_leaf(&leaf, 1, leaves[i]);
	}
}

/* MTH of section 2.1.1 of RFC 9162, over leaves first to end - 1, of which there is one. */
static void define_root(size_t first, size_t end, uint8_t root[TREE_HASH_SIZE])
{
	uint8_t parts[1 + 2 * TREE_HASH_SIZE] = { 1 };
	size_t split = 1;

	if (end - first == 1) {
		memcpy(root, leaves[first], TREE_HASH_SIZE);
		return;
	}
	while (2 * split < end - first)
		split *= 2;
	define_root(first, first + split, parts + 1);
	define_root(first + split, end, parts + 1 + TREE_HASH_SIZE);
	crypto_hash_sha256(root, parts, sizeof(parts));
}

static void build(size_t count, size_t watched, struct merkle_tree *tree,
		  uint8_t root[TREE_HASH_SIZE])
{
	merkle_tree_init(tree);
	for (size_t i = 0; i < count; i++) {
		if (i == watched)
			merkle_tree_watch_next(tree);
		merkle_tree_add(tree, leaves[i]);
	}
	merkle_tree_finish(tree, root);
}

TEST(the_root_is_the_one_of_the_definition_for_every_small_number_of_leaves)
{
	struct merkle_tree tree;
	uint8_t root[TREE_HASH_SIZE], wanted[TREE_HASH_SIZE];

	make_leaves();
	for (size_t count = 1; count <= EXHAUSTIVE_LEAVES; count++) {
		build(count, count, &tree, root);
		define_root(0, count, wanted);
		assert_memory_equal(root, wanted, TREE_HASH_SIZE);
	}
}

TEST(the_path_of_every_leaf_leads_to_the_root)
{
	struct merkle_tree tree;
	uint8_t root[TREE_HASH_SIZE], reached[TREE_HASH_SIZE];

	make_leaves();
	for (size_t count = 1; count <= EXHAUSTIVE_LEAVES; count++) {
		for (size_t i = 0; i < count; i++) {
			build(count, i, &tree, root);
			assert_true(tree_path_root(&tree.path, leaves[i], i, count, reached));
			assert_memory_equal(reached, root, TREE_HASH_SIZE);
		}
	}
}

/* Whether a path is one of this leaf to this root. */
static bool leads_to(const struct tree_path *path, const uint8_t leaf[TREE_HASH_SIZE],
		     uint64_t index, uint64_t count, const uint8_t root[TREE_HASH_SIZE])
{
	uint8_t reached[TREE_HASH_SIZE];

	return tree_path_root(path, leaf, index, count, reached) &&
	       memcmp(reached, root, TREE_HASH_SIZE) == 0;
}

TEST(no_path_leads_from_another_place_or_another_leaf_or_is_longer_or_shorter)
{
	enum { LEAVES = 21 };
	struct merkle_tree tree;
	uint8_t root[TREE_HASH_SIZE], reached[TREE_HASH_SIZE];

	make_leaves();
	for (size_t i = 0; i < LEAVES; i++) {
		struct tree_path *path = &tree.path;

		build(LEAVES, i, &tree, root);
		for (size_t other = 0; other < LEAVES + 20; other++) {
			assert_true(leads_to(path, leaves[i], other, LEAVES, root) == (other == i));
			assert_true(leads_to(path, leaves[other], i, LEAVES, root) == (other == i));
		}
		assert_false(leads_to(path, leaves[i], UINT64_MAX, LEAVES, root));
		assert_false(leads_to(path, leaves[i], i, 0, root));
		for (unsigned size = 0; size <= TREE_LEVELS_MOST; size++) {
			struct tree_path other = *path;

			other.size = size;
			assert_true(tree_path_root(&other, leaves[i], i, LEAVES, reached) ==
				    (size == path->size));
		}
	}
}

TEST(a_node_is_no_leaf)
{
	uint8_t node[TREE_HASH_SIZE], as_leaf[TREE_HASH_SIZE];
	uint8_t parts[2 * TREE_HASH_SIZE];
	struct merkle_tree tree;

	make_leaves();
	build(2, 2, &tree, node);
	memcpy(parts, leaves, sizeof(parts));
	tree_hash_leaf(parts, sizeof(parts), as_leaf);
	assert_memory_not_equal(node, as_leaf, TREE_HASH_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roots_are_those_that_other_implementations_have),
		cmocka_unit_test(the_root_is_the_one_of_the_definition_for_every_small_number_of_leaves),
		cmocka_unit_test(the_path_of_every_leaf_leads_to_the_root),
		cmocka_unit_test(no_path_leads_from_another_place_or_another_leaf_or_is_longer_or_shorter),
		cmocka_unit_test(a_node_is_no_leaf),
	};

	return cmocka_run_group_tests_name("merkle_tree", tests, NULL, NULL);
}
