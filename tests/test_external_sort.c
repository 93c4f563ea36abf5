/* SPDX-License-Identifier: BSD-2-Clause */
/* Sorting in memory and by way of a temporary file. */
#include "support_check.h"

#include <stdlib.h>
#include <string.h>

#include "support/byte_buffer.h"
#include "support/external_sort.h"
#include "support/status.h"

static const char folder[] = "/tmp";

/* What was added, to be sorted by qsort for comparison. */
struct wanted_item {
	struct byte_buffer key;
	struct byte_buffer value;
};

static int by_key(const void *a, const void *b)
{
	const struct byte_buffer *left = &((const struct wanted_item *)a)->key;
	const struct byte_buffer *right = &((const struct wanted_item *)b)->key;
	size_t shorter = left->size < right->size ? left->size : right->size;
	int order = shorter ? memcmp(left->data, right->data, shorter) : 0;

	return order ? order : (left->size > right->size) - (left->size < right->size);
}

static void free_wanted(struct wanted_item *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		byte_buffer_free(&items[i].key);
		byte_buffer_free(&items[i].value);
	}
	free(items);
}

/* Keys that differ only far behind, that are prefixes of others, that hold NULs, and that
 * are shorter than what the sorter compares first; all different by their last bytes. */
static struct wanted_item *make_items(size_t count, size_t value_limit)
{
	static const char *const starts[] = { "", "a", "ab", "abcdefgh", "abcdefgh\0\0", "\xff\xff",
					      "2022-01-05-NW2022010" };
	struct test_random random = { 42 };
	struct wanted_item *items = calloc(count, sizeof(*items));

	assert_non_null(items);
	for (size_t i = 0; i < count; i++) {
		const char *start = starts[random_below(&random, COUNT_OF(starts))];
		size_t size = value_limit ? (size_t)random_below(&random, value_limit) : 0;

		byte_buffer_append(&items[i].key, start, strlen(start));
		for (size_t k = random_below(&random, 4); k > 0; k--)
			byte_buffer_append_u8(&items[i].key,
					      (uint8_t)(random_below(&random, 3) ? 0 : 0xff));
		byte_buffer_append_u32(&items[i].key, (uint32_t)(i * 2654435761u));
		for (size_t k = 0; k < size; k++)
			byte_buffer_append_u8(&items[i].value, (uint8_t)(i + k / 16));
	}
	return items;
}

static struct sort_item as_item(const struct wanted_item *item)
{
	return (struct sort_item){ item->key.data, item->key.size, item->value.data,
				   item->value.size };
}

static struct external_sort *sorter_of(size_t memory, const struct wanted_item *items, size_t count)
{
	struct external_sort *sort = NULL;
	struct narc_error error;

	ASSERT_OK(external_sort_new(memory, folder, &sort, &error), &error);
	for (size_t i = 0; i < count; i++) {
		struct sort_item item = as_item(&items[i]);

		ASSERT_OK(external_sort_add(sort, &item, &error), &error);
	}
	return sort;
}

static void assert_same_item(const struct sort_item *item, const struct wanted_item *wanted)
{
	assert_int_equal(item->key_size, wanted->key.size);
	assert_int_equal(item->value_size, wanted->value.size);
	assert_memory_equal(item->key, wanted->key.data, item->key_size);
	if (item->value_size)
		assert_memory_equal(item->value, wanted->value.data, item->value_size);
}

static void assert_sorts(size_t memory, size_t count, size_t value_limit)
{
	struct wanted_item *items = make_items(count, value_limit);
	struct external_sort *sort = sorter_of(memory, items, count);
	struct sort_item item;
	struct narc_error error;

	qsort(items, count, sizeof(*items), by_key);
	ASSERT_OK(external_sort_finish(sort, &error), &error);
	/* Half of them, and from the beginning, to the end, and from the beginning. */
	for (unsigned round = 0; round < 3; round++) {
		for (size_t i = 0; i < (round ? count : count / 2); i++) {
			ASSERT_OK(external_sort_next(sort, &item, &error), &error);
			assert_same_item(&item, &items[i]);
		}
		if (round)
			ASSERT_STATUS(external_sort_next(sort, &item, &error), NARC_END, &error);
		ASSERT_OK(external_sort_rewind(sort, &error), &error);
	}
	external_sort_free(sort);
	free_wanted(items, count);
}

TEST(items_in_memory_come_out_in_order_of_memcmp)
{
	assert_sorts((size_t)64 << 20, 20000, 50);
}

TEST(items_of_a_few_runs_come_out_in_the_same_order)
{
	assert_sorts((size_t)512 << 10, 20000, 50);
}

TEST(items_of_as_many_runs_as_items_come_out_in_the_same_order)
{
	assert_sorts(1, 700, 50);
}

TEST(runs_of_many_chunks_come_out_in_the_same_order)
{
	/* Each run is several times the 256 KiB that are compressed together. */
	assert_sorts((size_t)2 << 20, 3000, 4000);
}

TEST(items_larger_than_a_chunk_and_than_the_budget_come_out_whole)
{
	assert_sorts((size_t)1 << 20, 12, 900000);
	assert_sorts(1000, 12, 900000);
}

TEST(nothing_sorts_to_nothing)
{
	assert_sorts((size_t)1 << 20, 0, 0);
	assert_sorts(0, 0, 0);
}

TEST(an_item_may_have_an_empty_key_and_an_empty_value)
{
	static const uint8_t nothing[1];

	for (size_t memory = 0; memory <= 1 << 20; memory += 1 << 20) {
		struct external_sort *sort = NULL;
		struct sort_item item = { nothing, 0, nothing, 0 };
		struct sort_item second = { (const uint8_t *)"\0", 1, nothing, 0 };
		struct narc_error error;

		ASSERT_OK(external_sort_new(memory, folder, &sort, &error), &error);
		ASSERT_OK(external_sort_add(sort, &second, &error), &error);
		ASSERT_OK(external_sort_add(sort, &item, &error), &error);
		ASSERT_OK(external_sort_finish(sort, &error), &error);
		ASSERT_OK(external_sort_next(sort, &item, &error), &error);
		assert_int_equal(item.key_size, 0);
		assert_int_equal(item.value_size, 0);
		ASSERT_OK(external_sort_next(sort, &item, &error), &error);
		assert_int_equal(item.key_size, 1);
		ASSERT_STATUS(external_sort_next(sort, &item, &error), NARC_END, &error);
		external_sort_free(sort);
	}
}

/* Counts items by the number that their keys end in. */
struct scan_counts {
	uint8_t *seen;
	size_t count;
	size_t stop_after;
};

static enum narc_status count_item(void *context, const struct sort_item *item,
				   struct narc_error *error)
{
	struct scan_counts *counts = context;
	struct byte_reader reader = byte_reader_over(item->key + item->key_size - 4, 4);
	uint32_t number = byte_reader_u32(&reader) * UINT32_C(244002641); /* the inverse */

	assert_true(number < counts->count);
	counts->seen[number]++;
	if (counts->stop_after && --counts->stop_after == 0)
		return narc_fail(error, NARC_CANCELLED, "scan", NARC_NO_OFFSET, "enough");
	return NARC_OK;
}

static void assert_scan_sees_all(size_t memory, size_t count)
{
	struct wanted_item *items = make_items(count, 200);
	struct external_sort *sort = sorter_of(memory, items, count);
	struct scan_counts counts = { calloc(count, 1), count, 0 };
	struct sort_item item;
	struct narc_error error;

	ASSERT_OK(external_sort_scan(sort, count_item, &counts, &error), &error);
	ASSERT_OK(external_sort_scan(sort, count_item, &counts, &error), &error);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(counts.seen[i], 2);
	/* A scan changes nothing: sorting goes on as if there had been none. */
	qsort(items, count, sizeof(*items), by_key);
	ASSERT_OK(external_sort_finish(sort, &error), &error);
	for (size_t i = 0; i < count; i++) {
		ASSERT_OK(external_sort_next(sort, &item, &error), &error);
		assert_same_item(&item, &items[i]);
	}
	external_sort_free(sort);
	free(counts.seen);
	free_wanted(items, count);
}

TEST(a_scan_sees_every_item_once_in_memory_and_in_runs)
{
	assert_scan_sees_all((size_t)64 << 20, 3000);
	assert_scan_sees_all((size_t)128 << 10, 3000);
	assert_scan_sees_all(1, 300);
}

TEST(a_scan_ends_with_what_the_visitor_says)
{
	static const size_t budgets[] = { 1, 100000, 1 << 26 };

	for (size_t i = 0; i < COUNT_OF(budgets); i++) {
		struct wanted_item *items = make_items(300, 200);
		struct external_sort *sort = sorter_of(budgets[i], items, 300);
		struct scan_counts counts = { calloc(300, 1), 300, 7 };
		struct narc_error error = { 0 };
		size_t seen = 0;

		ASSERT_STATUS(external_sort_scan(sort, count_item, &counts, &error),
			      NARC_CANCELLED, &error);
		for (size_t k = 0; k < 300; k++)
			seen += counts.seen[k];
		assert_int_equal(seen, 7);
		external_sort_free(sort);
		free(counts.seen);
		free_wanted(items, 300);
	}
}

TEST(the_end_stays_the_end)
{
	static const size_t budgets[] = { 1, 1 << 20 };

	for (size_t i = 0; i < COUNT_OF(budgets); i++) {
		struct wanted_item *items = make_items(3, 10);
		struct external_sort *sort = sorter_of(budgets[i], items, 3);
		struct sort_item item;
		struct narc_error error;

		ASSERT_OK(external_sort_finish(sort, &error), &error);
		for (size_t k = 0; k < 3; k++)
			ASSERT_OK(external_sort_next(sort, &item, &error), &error);
		for (size_t k = 0; k < 3; k++)
			ASSERT_STATUS(external_sort_next(sort, &item, &error), NARC_END, &error);
		external_sort_free(sort);
		free_wanted(items, 3);
	}
}

TEST(a_folder_that_is_not_there_is_told_when_memory_is_full)
{
	struct external_sort *sort = NULL;
	struct sort_item item = { (const uint8_t *)"a", 1, (const uint8_t *)"b", 1 };
	struct narc_error error = { 0 };

	ASSERT_OK(external_sort_new(1, "/nonexistent/folder", &sort, &error), &error);
	ASSERT_OK(external_sort_add(sort, &item, &error), &error);
	ASSERT_STATUS(external_sort_add(sort, &item, &error), NARC_IO, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_IO);
	assert_string_equal(error.path, "/nonexistent/folder");
	external_sort_free(sort);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_in_memory_come_out_in_order_of_memcmp),
		cmocka_unit_test(items_of_a_few_runs_come_out_in_the_same_order),
		cmocka_unit_test(items_of_as_many_runs_as_items_come_out_in_the_same_order),
		cmocka_unit_test(runs_of_many_chunks_come_out_in_the_same_order),
		cmocka_unit_test(items_larger_than_a_chunk_and_than_the_budget_come_out_whole),
		cmocka_unit_test(nothing_sorts_to_nothing),
		cmocka_unit_test(an_item_may_have_an_empty_key_and_an_empty_value),
		cmocka_unit_test(a_scan_sees_every_item_once_in_memory_and_in_runs),
		cmocka_unit_test(a_scan_ends_with_what_the_visitor_says),
		cmocka_unit_test(the_end_stays_the_end),
		cmocka_unit_test(a_folder_that_is_not_there_is_told_when_memory_is_full),
	};

	return cmocka_run_group_tests_name("external_sort", tests, NULL, NULL);
}
