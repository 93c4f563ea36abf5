/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree of names that a mounted archive is: what is added is there, once, under its name. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mount/tree.h"

enum { MANY = 5000 };

/* What was hidden, one path a line. */
struct hidden {
	char text[4096];
	size_t count;
};

static void note_hidden(void *context, const struct tree *tree, uint32_t folder, const char *name)
{
	struct hidden *hidden = context;
	char path[TREE_PATH_SIZE];
	size_t used = strlen(hidden->text);

	hidden->count++;
	snprintf(hidden->text + used, sizeof(hidden->text) - used, "%s\n",
		 tree_path(tree, folder, name, path));
}

static struct hidden settle(struct tree *tree)
{
	struct hidden hidden = { .count = 0 };

	assert_int_equal(tree_settle(tree, 77, note_hidden, &hidden), NARC_OK);
	return hidden;
}

static uint32_t add_folder(struct tree *tree, uint32_t parent, const char *name)
{
	uint32_t folder;

	assert_int_equal(tree_add_folder(tree, parent, name, strlen(name), &folder), NARC_OK);
	return folder;
}

static void add_file(struct tree *tree, uint32_t folder, const char *name, uint64_t row)
{
	const struct tree_node file = { .row = row, .size = 10 * row, .mode = S_IFREG | 0444 };

	assert_int_equal(tree_add_file(tree, folder, name, strlen(name), &file), NARC_OK);
}

/* The node at a path; NULL if there is none. */
static const struct tree_node *find(const struct tree *tree, const char *path)
{
	uint32_t number = TREE_ROOT;
	char name[TREE_NAME_LIMIT + 1];

	while (*path) {
		const struct tree_folder *folder = tree_folder_of(tree, number);
		size_t size = strcspn(path, "/");

		if (!folder)
			return NULL;
		memcpy(name, path, size);
		name[size] = '\0';
		number = tree_find(tree, folder, name);
		if (number == TREE_NONE)
			return NULL;
		path += size + (path[size] == '/');
	}
	return tree_node(tree, number);
}

static void assert_file(const struct tree *tree, const char *path, uint64_t row)
{
	const struct tree_node *node = find(tree, path);

	assert_non_null(node);
	assert_true(S_ISREG(node->mode));
	assert_int_equal(node->row, row);
}

/* The names of a folder as they are listed, with a blank behind each. */
static const char *list(const struct tree *tree, const char *path, char text[4096])
{
	const struct tree_folder *folder = tree_folder(tree, (uint32_t)find(tree, path)->row);

	text[0] = '\0';
	for (uint32_t i = 0; i < folder->count; i++) {
		const struct tree_node *node = tree_node(tree, folder->first + i);

		if (node->mode)
			strcat(strcat(text, node->name), " ");
	}
	return text;
}

TEST(an_empty_tree_is_a_folder_with_nothing_in_it)
{
	struct tree *tree = tree_new(UINT64_MAX);

	assert_int_equal(settle(tree).count, 0);
	assert_int_equal(tree_count(tree), 1);
	assert_int_equal(tree_folder_of(tree, TREE_ROOT)->count, 0);
	assert_int_equal(tree_find(tree, tree_folder_of(tree, TREE_ROOT), "a"), TREE_NONE);
	assert_true(S_ISDIR(tree_node(tree, TREE_ROOT)->mode));
	assert_int_equal(tree_node(tree, TREE_ROOT)->mtime_seconds, 77);
	tree_free(tree);
}

TEST(nodes_of_a_folder_are_together_in_the_order_in_which_they_were_added)
{
	struct tree *tree = tree_new(UINT64_MAX);
	uint32_t a = add_folder(tree, TREE_ROOT, "a");
	uint32_t b = add_folder(tree, TREE_ROOT, "b");
	char text[4096];

	add_file(tree, b, "z", 1);
	add_file(tree, a, "y", 2);
	add_file(tree, TREE_ROOT, "c", 3);
	add_file(tree, b, "x", 4);
	add_file(tree, add_folder(tree, a, "b"), "z", 5);
	add_file(tree, a, "x", 6);
	add_file(tree, b, "y", 7);
	assert_int_equal(settle(tree).count, 0);
	assert_string_equal(list(tree, "", text), "a b c ");
	assert_string_equal(list(tree, "a", text), "y b x ");
	assert_string_equal(list(tree, "b", text), "z x y ");
	assert_string_equal(list(tree, "a/b", text), "z ");
	assert_file(tree, "b/z", 1);
	assert_file(tree, "a/y", 2);
	assert_file(tree, "c", 3);
	assert_file(tree, "b/x", 4);
	assert_file(tree, "a/b/z", 5);
	assert_file(tree, "a/x", 6);
	assert_file(tree, "b/y", 7);
	assert_null(find(tree, "a/z"));
	assert_null(find(tree, "c/z"));
	assert_int_equal(tree_size(tree), 280);
	assert_int_equal(tree_largest(tree), 70);
	assert_int_equal(tree_folder_of(tree, TREE_ROOT)->subfolders, 2);
	tree_free(tree);
}

TEST(a_folder_is_the_same_when_it_is_asked_for_again)
{
	struct tree *tree = tree_new(UINT64_MAX);
	uint32_t folders[MANY];
	char name[32];

	for (uint32_t i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "folder %lu", (unsigned long)i / 2);
		folders[i] = add_folder(tree, i % 2 ? folders[0] : TREE_ROOT, name);
	}
	for (uint32_t i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "folder %lu", (unsigned long)i / 2);
		assert_int_equal(add_folder(tree, i % 2 ? folders[0] : TREE_ROOT, name), folders[i]);
		add_file(tree, folders[i], "file", i);
	}
	assert_int_equal(settle(tree).count, 0);
	assert_int_equal(tree_count(tree), 1 + 2 * MANY);
	for (uint32_t i = 0; i < MANY; i++) {
		char path[64];

		snprintf(path, sizeof(path), "%sfolder %lu/file", i % 2 ? "folder 0/" : "",
			 (unsigned long)i / 2);
		assert_file(tree, path, i);
	}
	tree_free(tree);
}

TEST(names_that_come_in_any_order_are_found)
{
	struct tree *tree = tree_new(UINT64_MAX);
	char name[32];

	for (uint64_t i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%llx", (unsigned long long)(i * 0x9e3779b97f4a7c15));
		add_file(tree, TREE_ROOT, name, i);
	}
	assert_int_equal(settle(tree).count, 0);
	for (uint64_t i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%llx", (unsigned long long)(i * 0x9e3779b97f4a7c15));
		assert_file(tree, name, i);
	}
	tree_free(tree);
}

TEST(a_name_that_no_file_can_have_is_refused)
{
	static const char *const names[] = { "", ".", "..", "a/b", "/", "a/" };
	const struct tree_node file = { .mode = S_IFREG };
	struct tree *tree = tree_new(UINT64_MAX);
	char name[TREE_NAME_LIMIT + 2];
	uint32_t folder;

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		size_t size = strlen(names[i]);

		assert_int_equal(tree_add_file(tree, TREE_ROOT, names[i], size, &file), NARC_MISUSE);
		assert_int_equal(tree_add_folder(tree, TREE_ROOT, names[i], size, &folder),
				 NARC_MISUSE);
	}
	memset(name, 'n', sizeof(name));
	assert_int_equal(tree_add_file(tree, TREE_ROOT, name, sizeof(name) - 1, &file), NARC_MISUSE);
	assert_int_equal(tree_add_file(tree, TREE_ROOT, name, sizeof(name) - 2, &file), NARC_OK);
	assert_int_equal(tree_add_file(tree, TREE_ROOT, "...", 3, &file), NARC_OK);
	assert_int_equal(tree_add_file(tree, TREE_ROOT, ".a", 2, &file), NARC_OK);
	assert_int_equal(settle(tree).count, 0);
	assert_int_equal(tree_count(tree), 4);
	tree_free(tree);
}

TEST(of_files_with_one_name_the_last_is_left)
{
	struct tree *tree = tree_new(UINT64_MAX);
	char text[4096];

	add_file(tree, TREE_ROOT, "b", 1);
	add_file(tree, TREE_ROOT, "a", 2);
	add_file(tree, TREE_ROOT, "b", 3);
	add_file(tree, TREE_ROOT, "c", 4);
	add_file(tree, TREE_ROOT, "b", 5);
	assert_string_equal(settle(tree).text, "b\nb\n");
	assert_string_equal(list(tree, "", text), "a c b ");
	assert_file(tree, "a", 2);
	assert_file(tree, "b", 5);
	assert_file(tree, "c", 4);
	assert_int_equal(tree_size(tree), 110);
	tree_free(tree);
}

TEST(a_file_hides_a_folder_of_its_name_and_all_that_is_in_it)
{
	for (int file_first = 0; file_first < 2; file_first++) {
		struct tree *tree = tree_new(UINT64_MAX);
		uint32_t folder = add_folder(tree, TREE_ROOT, "top");

		if (file_first)
			add_file(tree, folder, "a", 1);
		add_file(tree, add_folder(tree, add_folder(tree, folder, "a"), "b"), "c", 9);
		if (!file_first)
			add_file(tree, folder, "a", 1);
		add_file(tree, folder, "d", 2);
		assert_string_equal(settle(tree).text, "top/a\n");
		assert_file(tree, "top/a", 1);
		assert_file(tree, "top/d", 2);
		assert_int_equal(tree_size(tree), 30);
		assert_int_equal(tree_largest(tree), 20);
		assert_int_equal(tree_folder(tree, folder)->subfolders, 0);
		/* Not to be seen by its number, either. */
		for (uint32_t i = 0; i < tree_count(tree); i++)
			assert_true(tree_node(tree, i)->mode == 0 || tree_node(tree, i)->row != 9);
		tree_free(tree);
	}
}

TEST(where_twins_are_numbered_all_are_left_and_no_name_comes_twice)
{
	struct tree *tree = tree_new(UINT64_MAX);
	uint32_t folder = add_folder(tree, TREE_ROOT, "numbered");
	uint32_t inner;
	char text[4096];

	tree_number_twins(tree, folder);
	inner = add_folder(tree, folder, "inner");
	for (uint64_t i = 1; i <= 3; i++) {
		add_file(tree, folder, "a.md", i);
		add_file(tree, folder, ".hidden", 10 + i);
		add_file(tree, inner, "no extension", 20 + i);
		add_file(tree, TREE_ROOT, "a.md", 30 + i);
	}
	add_file(tree, folder, "a~2.md", 41);
	add_file(tree, folder, "a~2.md", 42);
	add_file(tree, folder, "x.tar.gz", 51);
	add_file(tree, folder, "x.tar.gz", 52);
	assert_string_equal(settle(tree).text, "a.md\na.md\n");
	assert_file(tree, "numbered/a.md", 1);
	assert_file(tree, "numbered/a~3.md", 2);
	assert_file(tree, "numbered/a~4.md", 3);
	assert_file(tree, "numbered/.hidden", 11);
	assert_file(tree, "numbered/.hidden~2", 12);
	assert_file(tree, "numbered/a~2.md", 41);
	assert_file(tree, "numbered/a~2~2.md", 42);
	assert_file(tree, "numbered/x.tar~2.gz", 52);
	assert_string_equal(list(tree, "numbered/inner", text),
			    "no extension no extension~2 no extension~3 ");
	assert_file(tree, "a.md", 33);
	tree_free(tree);
}

TEST(a_twin_for_which_no_name_is_left_is_hidden)
{
	struct tree *tree = tree_new(UINT64_MAX);
	char name[TREE_NAME_LIMIT + 1];

	memset(name, 'n', TREE_NAME_LIMIT);
	name[TREE_NAME_LIMIT] = '\0';
	tree_number_twins(tree, TREE_ROOT);
	add_file(tree, TREE_ROOT, name, 1);
	add_file(tree, TREE_ROOT, name, 2);
	add_file(tree, TREE_ROOT, "other", 3);
	assert_int_equal(settle(tree).count, 1);
	assert_file(tree, name, 1);
	assert_file(tree, "other", 3);
	assert_int_equal(tree_folder_of(tree, TREE_ROOT)->shown, 2);
	tree_free(tree);
}

TEST(what_takes_more_memory_than_it_may_is_refused)
{
	struct tree *tree = tree_new(MANY);
	const struct tree_node file = { .mode = S_IFREG };
	enum narc_status status = NARC_OK;
	uint32_t folder = TREE_ROOT;
	size_t count = 0;

	while ((status = tree_add_folder(tree, folder, "a", 1, &folder)) == NARC_OK)
		count++;
	assert_int_equal(status, NARC_LIMIT);
	assert_true(count > 10 && count < MANY / 50);
	while ((status = tree_add_file(tree, TREE_ROOT, "file", 4, &file)) == NARC_OK)
		count++;
	assert_int_equal(status, NARC_LIMIT);
	assert_true(count < MANY / 50);
	tree_free(tree);
	assert_null(tree_new(10));
}

TEST(a_path_that_is_too_long_to_be_shown_is_cut)
{
	struct tree *tree = tree_new(UINT64_MAX);
	char name[TREE_NAME_LIMIT + 1];
	char path[TREE_PATH_SIZE];
	uint32_t folder = TREE_ROOT;

	memset(name, 'n', TREE_NAME_LIMIT);
	name[TREE_NAME_LIMIT] = '\0';
	for (int i = 0; i < 40; i++)
		folder = add_folder(tree, folder, name);
	assert_string_equal(tree_path(tree, TREE_ROOT, "a", path), "a");
	assert_true(strlen(tree_path(tree, folder, "end", path)) < TREE_PATH_SIZE);
	assert_non_null(strstr(tree_path(tree, folder, "end", path), "n/end"));
	tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_tree_is_a_folder_with_nothing_in_it),
		cmocka_unit_test(nodes_of_a_folder_are_together_in_the_order_in_which_they_were_added),
		cmocka_unit_test(a_folder_is_the_same_when_it_is_asked_for_again),
		cmocka_unit_test(names_that_come_in_any_order_are_found),
		cmocka_unit_test(a_name_that_no_file_can_have_is_refused),
		cmocka_unit_test(of_files_with_one_name_the_last_is_left),
		cmocka_unit_test(a_file_hides_a_folder_of_its_name_and_all_that_is_in_it),
		cmocka_unit_test(where_twins_are_numbered_all_are_left_and_no_name_comes_twice),
		cmocka_unit_test(a_twin_for_which_no_name_is_left_is_hidden),
		cmocka_unit_test(what_takes_more_memory_than_it_may_is_refused),
		cmocka_unit_test(a_path_that_is_too_long_to_be_shown_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
