/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages of the indexes by infoCode and by path (section 9 of the format). */
#include "support_check.h"

#include <stdlib.h>
#include <string.h>

#include "format/key_page.h"
#include "format/limits.h"
#include "support/byte_order.h"
#include "support_section.h"

enum { KEY_LIMIT = 24 };

/* A key, and what its page entry is. */
struct test_key {
	uint8_t bytes[KEY_LIMIT];
	size_t size;
	size_t separator_size;
	uint64_t blocks[4];
	size_t block_count;
};

static int compare_bytes(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
	size_t shorter = a_size < b_size ? a_size : b_size;
	int order = memcmp(a, b, shorter);

	return order ? order : (a_size > b_size) - (a_size < b_size);
}

static int by_bytes(const void *a, const void *b)
{
	const struct test_key *left = a;
	const struct test_key *right = b;

	return compare_bytes(left->bytes, left->size, right->bytes, right->size);
}

/* Keys of few different letters, so that many share a beginning or are one of another. */
static size_t make_keys(struct test_random *random, struct test_key *keys, size_t limit)
{
	size_t count = 0;
	size_t letters = 1 + random_below(random, 4);
	size_t longest = 1 + random_below(random, KEY_LIMIT);

	for (size_t i = 0; i < limit; i++) {
		struct test_key *key = &keys[i];

		key->size = 1 + random_below(random, longest);
		if (i && random_below(random, 3) == 0) {
			/* The key before, cut short or longer. */
			memcpy(key->bytes, keys[i - 1].bytes, keys[i - 1].size);
			for (size_t k = keys[i - 1].size; k < key->size; k++)
				key->bytes[k] = 1;
			continue;
		}
		for (size_t k = 0; k < key->size; k++)
			key->bytes[k] = (uint8_t)(random_below(random, letters) * 85);
	}
	qsort(keys, limit, sizeof(*keys), by_bytes);
	for (size_t i = 0; i < limit; i++)
		if (count == 0 || by_bytes(&keys[i], &keys[count - 1]) != 0)
			keys[count++] = keys[i];
	return count;
}

static void choose_blocks(struct test_random *random, struct test_key *keys, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t block = random_below(random, UINT64_C(1) << random_below(random, 48));

		keys[i].block_count = 1 + random_below(random, 4);
		for (size_t k = 0; k < keys[i].block_count; k++) {
			keys[i].blocks[k] = block;
			block += 1 + random_below(random, 300);
		}
		keys[i].separator_size =
			i ? key_separator_size(keys[i - 1].bytes, keys[i - 1].size, keys[i].bytes,
					       keys[i].size)
			  : 1;
	}
}

static void decode_page(struct test_codec *codec, const struct byte_buffer *section,
			struct key_page *page)
{
	struct narc_error error;

	ASSERT_OK(key_page_decode(section->data, section->size, 9, codec->decompressor,
				  &codec->scratch, page, &error),
		  &error);
}

static void make_leaf(struct test_codec *codec, const struct test_key *keys, size_t count,
		      bool with_fingerprints, struct byte_buffer *section)
{
	struct key_page_builder builder = { .index = KEY_INDEX_PATHS,
					    .with_fingerprints = with_fingerprints };
	struct narc_error error;

	for (size_t i = 0; i < count; i++)
		key_page_add_blocks(&builder, keys[i].bytes, keys[i].size, keys[i].separator_size,
				    keys[i].blocks, keys[i].block_count);
	byte_buffer_clear(section);
	ASSERT_OK(key_page_encode(section, &builder, codec->compressor, &error), &error);
	assert_int_equal(builder.count, 0);
	key_page_builder_free(&builder);
}

/* The last key whose separator is not greater than the key sought; count if there is none. */
static size_t reference_search(const struct test_key *keys, size_t count, const uint8_t *key,
			       size_t size)
{
	size_t found = count;

	for (size_t i = 0; i < count; i++)
		if (compare_bytes(keys[i].bytes, keys[i].separator_size, key, size) <= 0)
			found = i;
	return found;
}

static void assert_search(const struct key_page *page, const struct test_key *keys, size_t count,
			  const uint8_t *key, size_t size)
{
	size_t wanted = reference_search(keys, count, key, size);
	uint32_t place = UINT32_MAX;
	bool found = key_page_search(page, key, size, &place);

	assert_int_equal(found, wanted < count);
	if (found)
		assert_int_equal(place, wanted);
}

static void assert_page_is_right(struct test_random *random, const struct key_page *page,
				 const struct test_key *keys, size_t count)
{
	assert_int_equal(page->index, KEY_INDEX_PATHS);
	assert_int_equal(page->level, 0);
	assert_int_equal(page->count, count);
	for (size_t i = 0; i < count; i++) {
		uint32_t place;

		assert_true(key_page_search(page, keys[i].bytes, keys[i].size, &place));
		assert_int_equal(place, i);
		assert_true(key_page_may_have(page, place, keys[i].bytes, keys[i].size));
		assert_int_equal(page->value_start[i + 1] - page->value_start[i],
				 keys[i].block_count);
		for (size_t k = 0; k < keys[i].block_count; k++)
			assert_true(page->values[page->value_start[i] + k] == keys[i].blocks[k]);
	}
	/* Keys that are absent: cut short, made longer, one byte other, and at random. */
	for (size_t i = 0; i < count; i++) {
		uint8_t key[KEY_LIMIT + 1];
		size_t size = keys[i].size;

		memcpy(key, keys[i].bytes, size);
		for (size_t cut = 0; cut < size; cut++)
			assert_search(page, keys, count, key, cut);
		key[size] = 0;
		assert_search(page, keys, count, key, size + 1);
		key[size] = 0xff;
		assert_search(page, keys, count, key, size + 1);
		key[random_below(random, size)] ^= (uint8_t)(1 + random_below(random, 255));
		assert_search(page, keys, count, key, size);
	}
	for (size_t i = 0; i < 50; i++) {
		uint8_t key[KEY_LIMIT];
		size_t size = random_below(random, KEY_LIMIT);

		for (size_t k = 0; k < size; k++)
			key[k] = (uint8_t)random_next(random);
		assert_search(page, keys, count, key, size);
	}
}

static void assert_random_pages(uint64_t seed, unsigned pages, size_t limit)
{
	struct test_random random = { seed };
	struct test_codec codec;
	struct test_key *keys = calloc(limit, sizeof(*keys));
	struct byte_buffer section = BYTE_BUFFER_EMPTY;

	test_codec_open(&codec);
	for (unsigned i = 0; i < pages; i++) {
		size_t count = make_keys(&random, keys, 1 + random_below(&random, limit));
		struct key_page page = { 0 };

		choose_blocks(&random, keys, count);
		make_leaf(&codec, keys, count, i % 2, &section);
		decode_page(&codec, &section, &page);
		assert_int_equal(page.fingerprints != NULL, i % 2);
		assert_page_is_right(&random, &page, keys, count);
		key_page_free(&page);
	}
	byte_buffer_free(&section);
	free(keys);
	test_codec_close(&codec);
}

TEST(small_pages_lead_to_every_key_and_tell_the_candidate_for_every_other)
{
	assert_random_pages(1, 1500, 12);
}

TEST(large_pages_lead_to_every_key_and_tell_the_candidate_for_every_other)
{
	assert_random_pages(2, 20, PAGE_ENTRIES_LIMIT);
}

TEST(a_separator_is_the_shortest_beginning_that_is_greater_than_the_key_before)
{
	static const struct {
		const char *previous;
		const char *key;
		size_t size;
	} cases[] = {
		{ "", "a", 1 }, { "a", "b", 1 }, { "a", "ab", 2 }, { "a", "abc", 2 },
		{ "abcd", "abd", 3 }, { "abcd", "b", 1 }, { "abc", "abcd", 4 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(key_separator_size((const uint8_t *)cases[i].previous,
						    strlen(cases[i].previous),
						    (const uint8_t *)cases[i].key,
						    strlen(cases[i].key)),
				 cases[i].size);
}

/* Separators of one byte lead many keys of two bytes to an entry. */
TEST(fingerprints_tell_that_most_keys_that_are_absent_are_so)
{
	struct test_codec codec;
	struct test_key keys[26] = { { .size = 0 } };
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct key_page page = { 0 };
	unsigned passed = 0;

	test_codec_open(&codec);
	for (size_t i = 0; i < 26; i++)
		keys[i] = (struct test_key){ .bytes = { (uint8_t)('a' + i) }, .size = 1,
					     .separator_size = 1, .block_count = 1 };
	make_leaf(&codec, keys, 26, true, &section);
	decode_page(&codec, &section, &page);
	for (unsigned i = 0; i < 26 * 256; i++) {
		const uint8_t absent[2] = { (uint8_t)('a' + i / 256), (uint8_t)i };
		uint32_t place;

		assert_true(key_page_search(&page, absent, 2, &place));
		passed += key_page_may_have(&page, place, absent, 2);
	}
	/* One in 256 is let through, give or take four times the standard deviation. */
	assert_in_range(passed, 26 - 20, 26 + 20);
	key_page_free(&page);
	byte_buffer_free(&section);
	test_codec_close(&codec);
}

TEST(an_inner_page_gives_back_its_children)
{
	struct test_codec codec;
	struct key_page_builder builder = { .index = KEY_INDEX_CODES, .level = 3 };
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct key_page page;
	struct narc_error error;
	uint64_t offset = UINT64_C(1) << 40;
	uint32_t place;

	test_codec_open(&codec);
	for (uint32_t i = 0; i < PAGE_ENTRIES_LIMIT; i++) {
		uint8_t key[2] = { (uint8_t)(i / 256), (uint8_t)i };

		key_page_add_child(&builder, key, 2, offset, 20 + i);
		offset += 20 + i;
	}
	ASSERT_OK(key_page_encode(&section, &builder, codec.compressor, &error), &error);
	decode_page(&codec, &section, &page);
	assert_int_equal(page.index, KEY_INDEX_CODES);
	assert_int_equal(page.level, 3);
	assert_int_equal(page.count, PAGE_ENTRIES_LIMIT);
	offset = UINT64_C(1) << 40;
	for (uint32_t i = 0; i < PAGE_ENTRIES_LIMIT; i++) {
		uint8_t key[3] = { (uint8_t)(i / 256), (uint8_t)i, 'x' };

		assert_true(key_page_search(&page, key, 3, &place));
		assert_int_equal(place, i);
		assert_true(page.values[i] == offset);
		assert_true(page.values[i + 1] == offset + 20 + i);
		offset += 20 + i;
	}
	key_page_free(&page);
	key_page_builder_free(&builder);
	byte_buffer_free(&section);
	test_codec_close(&codec);
}

TEST(a_builder_may_be_used_again_after_a_page)
{
	struct test_codec codec;
	struct key_page_builder builder = { .index = KEY_INDEX_CODES, .with_fingerprints = true };
	struct byte_buffer sections[2] = { BYTE_BUFFER_EMPTY, BYTE_BUFFER_EMPTY };
	const uint64_t blocks[] = { 5, 6 };
	struct narc_error error;

	test_codec_open(&codec);
	for (size_t i = 0; i < 2; i++) {
		key_page_add_blocks(&builder, (const uint8_t *)"abcd", 4, 3, blocks, 2);
		key_page_add_blocks(&builder, (const uint8_t *)"abd", 3, 3, blocks, 1);
		ASSERT_OK(key_page_encode(&sections[i], &builder, codec.compressor, &error),
			  &error);
	}
	assert_int_equal(sections[0].size, sections[1].size);
	assert_memory_equal(sections[0].data, sections[1].data, sections[0].size);
	key_page_builder_free(&builder);
	byte_buffer_free(&sections[0]);
	byte_buffer_free(&sections[1]);
	test_codec_close(&codec);
}

/* ---- damage ------------------------------------------------------------------------ */

static enum narc_status decode_and_search(struct test_codec *codec, const uint8_t *section,
					  size_t size, struct narc_error *error)
{
	struct key_page page = { 0 };
	enum narc_status status = key_page_decode(section, size, 9, codec->decompressor,
						  &codec->scratch, &page, error);
	uint32_t place;

	if (status == NARC_OK) {
		key_page_search(&page, (const uint8_t *)"key", 3, &place);
		key_page_search(&page, (const uint8_t *)"", 0, &place);
	}
	key_page_free(&page);
	return status;
}

TEST(every_change_of_a_key_page_is_refused)
{
	struct test_random random = { 7 };
	struct test_codec codec;
	struct test_key keys[20] = { { .size = 0 } };
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	size_t count = make_keys(&random, keys, COUNT_OF(keys));

	test_codec_open(&codec);
	choose_blocks(&random, keys, count);
	make_leaf(&codec, keys, count, true, &section);
	assert_every_change_is_refused(&codec, &section, decode_and_search);
	count_resealed_changes_taken(&codec, &section, decode_and_search);
	byte_buffer_free(&section);
	test_codec_close(&codec);
}

/* Where the first child of an inner page is. */
static uint64_t first_child = 100;

/* Makes a page of these fields and a plain body, and decodes it. */
static enum narc_status decode_fields(uint8_t index, uint8_t level, uint8_t fingerprint_size,
				      uint64_t count, const void *body, size_t size)
{
	struct byte_buffer payload = BYTE_BUFFER_EMPTY;
	enum narc_status status;

	byte_buffer_append_u8(&payload, index);
	byte_buffer_append_u8(&payload, level);
	byte_buffer_append_u8(&payload, fingerprint_size);
	if (level > 0)
		byte_buffer_append_u64(&payload, first_child);
	byte_buffer_append_varint(&payload, count);
	byte_buffer_append_u8(&payload, 0);
	byte_buffer_append_varint(&payload, size);
	byte_buffer_append(&payload, body, size);
	status = decode_payload(SECTION_KEY_PAGE, &payload, decode_and_search);
	byte_buffer_free(&payload);
	return status;
}

#define ASSERT_PAGE_WITH(wanted, index, level, fingerprint_size, count, body) \
	assert_int_equal(decode_fields((index), (level), (fingerprint_size), (count), (body), \
				       sizeof(body) - 1), \
			 (wanted))
#define ASSERT_PAGE(wanted, index, level, count, body) \
	ASSERT_PAGE_WITH((wanted), (index), (level), 0, (count), body)

/* Two entries, "b" of block 5 and "c" of block 6. */
#define GOOD_LEAF "\0\0\1\1bc\1\1\x0a\2"

TEST(the_fields_of_a_key_page_must_be_in_range)
{
	ASSERT_PAGE(NARC_OK, 1, 0, 2, GOOD_LEAF);
	ASSERT_PAGE(NARC_OK, 2, 0, 2, GOOD_LEAF);
	ASSERT_PAGE(NARC_CORRUPT, 0, 0, 2, GOOD_LEAF);
	ASSERT_PAGE(NARC_OK, 3, 0, 2, GOOD_LEAF);
	ASSERT_PAGE(NARC_CORRUPT, 4, 0, 2, GOOD_LEAF);
	ASSERT_PAGE(NARC_CORRUPT, 1, 8, 2, GOOD_LEAF);
	ASSERT_PAGE(NARC_CORRUPT, 1, 255, 2, GOOD_LEAF);
	ASSERT_PAGE(NARC_CORRUPT, 1, 0, 0, GOOD_LEAF);
	ASSERT_PAGE(NARC_CORRUPT, 1, 0, 0, "");
	ASSERT_PAGE(NARC_CORRUPT, 1, 0, 1, GOOD_LEAF);
	ASSERT_PAGE(NARC_CORRUPT, 1, 0, 3, GOOD_LEAF);
	ASSERT_PAGE(NARC_CORRUPT, 1, 0, 1025, GOOD_LEAF);
	ASSERT_PAGE(NARC_CORRUPT, 1, 0, UINT64_MAX, GOOD_LEAF);
	ASSERT_PAGE(NARC_CORRUPT, 1, 0, 2, GOOD_LEAF "\0");
}

TEST(leaves_alone_have_fingerprints_and_one_byte_for_each_key)
{
	ASSERT_PAGE_WITH(NARC_OK, 1, 0, 1, 2, GOOD_LEAF "xy");
	ASSERT_PAGE_WITH(NARC_CORRUPT, 1, 0, 1, 2, GOOD_LEAF);
	ASSERT_PAGE_WITH(NARC_CORRUPT, 1, 0, 1, 2, GOOD_LEAF "x");
	ASSERT_PAGE_WITH(NARC_CORRUPT, 1, 0, 1, 2, GOOD_LEAF "xyz");
	ASSERT_PAGE_WITH(NARC_CORRUPT, 1, 0, 0, 2, GOOD_LEAF "xy");
	ASSERT_PAGE_WITH(NARC_CORRUPT, 1, 0, 2, 2, GOOD_LEAF "xyxy");
	ASSERT_PAGE_WITH(NARC_CORRUPT, 1, 1, 1, 2, "\0\0\1\1bc\x14\x15xy");
}

TEST(separators_must_ascend)
{
	ASSERT_PAGE(NARC_CORRUPT, 1, 0, 2, "\0\0\1\1cb\1\1\x0a\2");   /* less */
	ASSERT_PAGE(NARC_CORRUPT, 1, 0, 2, "\0\0\1\1bb\1\1\x0a\2");   /* the same */
	ASSERT_PAGE(NARC_CORRUPT, 1, 0, 2, "\0\1\1\0b\1\1\x0a\2");    /* the same, shared */
	ASSERT_PAGE(NARC_OK, 1, 0, 2, "\0\1\1\1bc\1\1\x0a\2");        /* "b", "bc" */
	ASSERT_PAGE(NARC_CORRUPT, 1, 0, 2, "\0\2\1\1bc\1\1\x0a\2");   /* shares too much */
	ASSERT_PAGE(NARC_CORRUPT, 1, 0, 2, "\1\0\1\1bc\1\1\x0a\2");   /* nothing to share with */
	ASSERT_PAGE(NARC_CORRUPT, 1, 0, 2, "\0\1\2\1bccc\1\1\x0a\2"); /* "bc", "bc" */
	ASSERT_PAGE(NARC_CORRUPT, 1, 0, 2, "\0\0\2\1bcb\1\1\x0a\2");  /* "bc", "b" */
}

TEST(separators_are_at_most_as_long_as_paths)
{
	struct byte_buffer body = BYTE_BUFFER_EMPTY;

	for (size_t size = PATH_SIZE_LIMIT; size <= PATH_SIZE_LIMIT + 1; size++) {
		byte_buffer_clear(&body);
		byte_buffer_append_varint(&body, 0);
		byte_buffer_append_varint(&body, size);
		for (size_t i = 0; i < size; i++)
			byte_buffer_append_u8(&body, 'a');
		byte_buffer_append(&body, "\1\0", 2);
		assert_int_equal(decode_fields(1, 0, 0, 1, body.data, body.size),
				 size <= PATH_SIZE_LIMIT ? NARC_OK : NARC_CORRUPT);
	}
	byte_buffer_free(&body);
}

TEST(every_key_has_a_block_at_least_and_they_ascend)
{
	ASSERT_PAGE(NARC_CORRUPT, 1, 0, 2, "\0\0\1\1bc\1\0\x0a");
	ASSERT_PAGE(NARC_OK, 1, 0, 2, "\0\0\1\1bc\2\1\x0a\0\2");
	ASSERT_PAGE(NARC_CORRUPT, 1, 0, 2, "\0\0\1\1bc\3\1\x0a\0\2");
	ASSERT_PAGE(NARC_CORRUPT, 1, 0, 2, "\0\0\1\1bc\x7f\x7f\x0a\0\2");
	/* A first block before the first there is. */
	ASSERT_PAGE(NARC_CORRUPT, 1, 0, 2, "\0\0\1\1bc\1\1\1\2");
	ASSERT_PAGE(NARC_OK, 1, 0, 2, "\0\0\1\1bc\1\1\x0a\x09");
	ASSERT_PAGE(NARC_CORRUPT, 1, 0, 2, "\0\0\1\1bc\1\1\x0a\x0b");
	/* A difference of 2 to the 64, which would be the same block again. */
	ASSERT_PAGE(NARC_CORRUPT, 1, 0, 1,
		    "\0\1b\2\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\1");
	/* More blocks than there can be. */
	ASSERT_PAGE(NARC_CORRUPT, 1, 0, 1, "\0\1b\1\xfe\xff\xff\xff\xff\xff\xff\xff\xff\1");
}

TEST(children_have_the_size_of_pages_and_lie_below_2_to_the_64)
{
	ASSERT_PAGE(NARC_OK, 1, 1, 2, "\0\0\1\1bc\x14\x15");
	ASSERT_PAGE(NARC_CORRUPT, 1, 1, 2, "\0\0\1\1bc\x14\x13");
	ASSERT_PAGE(NARC_CORRUPT, 1, 1, 2, "\0\0\1\1bc\x00\x14");
	/* 8 MiB and a byte more. */
	ASSERT_PAGE(NARC_OK, 1, 1, 1, "\0\1b\x80\x80\x80\x04");
	ASSERT_PAGE(NARC_CORRUPT, 1, 1, 1, "\0\1b\x81\x80\x80\x04");
	first_child = UINT64_MAX - 20;
	ASSERT_PAGE(NARC_OK, 1, 1, 1, "\0\1b\x14");
	first_child = UINT64_MAX - 19;
	ASSERT_PAGE(NARC_CORRUPT, 1, 1, 1, "\0\1b\x14");
	first_child = 100;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_pages_lead_to_every_key_and_tell_the_candidate_for_every_other),
		cmocka_unit_test(large_pages_lead_to_every_key_and_tell_the_candidate_for_every_other),
		cmocka_unit_test(a_separator_is_the_shortest_beginning_that_is_greater_than_the_key_before),
		cmocka_unit_test(fingerprints_tell_that_most_keys_that_are_absent_are_so),
		cmocka_unit_test(an_inner_page_gives_back_its_children),
		cmocka_unit_test(a_builder_may_be_used_again_after_a_page),
		cmocka_unit_test(every_change_of_a_key_page_is_refused),
		cmocka_unit_test(the_fields_of_a_key_page_must_be_in_range),
		cmocka_unit_test(leaves_alone_have_fingerprints_and_one_byte_for_each_key),
		cmocka_unit_test(separators_must_ascend),
		cmocka_unit_test(separators_are_at_most_as_long_as_paths),
		cmocka_unit_test(every_key_has_a_block_at_least_and_they_ascend),
		cmocka_unit_test(children_have_the_size_of_pages_and_lie_below_2_to_the_64),
	};

	return cmocka_run_group_tests_name("key_page", tests, NULL, NULL);
}
