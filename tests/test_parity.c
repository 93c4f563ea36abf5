/* SPDX-License-Identifier: BSD-2-Clause */
/* Parity (section 19 of the format): the code, the tables, where chunks stand, and writing it. */
#include "support_check.h"

#include <stdlib.h>
#include <string.h>

#include "format/limits.h"
#include "format/parity_table.h"
#include "format/write_parity.h"
#include "pack/plan_parity.h"
#include "support/checked_math.h"
#include "support/content_hash.h"
#include "support/reed_solomon.h"
#include "support_section.h"

/* ---- the code, as the format describes it ------------------------------------------------- */

static uint8_t multiply(uint8_t a, uint8_t b)
{
	unsigned product = 0;

	for (unsigned shift = 0; shift < 8; shift++)
		if (b >> shift & 1)
			product ^= (unsigned)a << shift;
	for (unsigned bit = 15; bit >= 8; bit--)
		if (product >> bit & 1)
			product ^= 0x11du << (bit - 8);
	return (uint8_t)product;
}

static uint8_t invert(uint8_t a)
{
	for (unsigned b = 1; b < 256; b++)
		if (multiply(a, (uint8_t)b) == 1)
			return (uint8_t)b;
	fail_msg("%u has no inverse", a);
	return 0;
}

/* Parity chunk r of data chunks. */
static void compute_plainly(uint8_t *const *data, unsigned k, unsigned r, size_t length,
			    uint8_t *parity)
{
	memset(parity, 0, length);
	for (unsigned j = 0; j < k; j++) {
		uint8_t factor = invert((uint8_t)((k + r) ^ j));

		for (size_t i = 0; i < length; i++)
			parity[i] ^= multiply(factor, data[j][i]);
	}
}

enum { LENGTH_LIMIT = 200 };

struct stripe {
	unsigned data, parity;
	size_t length;
	uint8_t bytes[REED_SOLOMON_CHUNKS_LIMIT][LENGTH_LIMIT];
	uint8_t right[REED_SOLOMON_CHUNKS_LIMIT][LENGTH_LIMIT];
	uint8_t *chunks[REED_SOLOMON_CHUNKS_LIMIT];
	struct reed_solomon code;
};

static void stripe_init(struct stripe *stripe, unsigned data, unsigned parity, size_t length,
			struct test_random *random)
{
	struct narc_error error;

	stripe->data = data;
	stripe->parity = parity;
	stripe->length = length;
	for (unsigned i = 0; i < data + parity; i++) {
		stripe->chunks[i] = stripe->bytes[i];
		for (size_t k = 0; k < length; k++)
			stripe->bytes[i][k] = (uint8_t)random_next(random);
	}
	ASSERT_OK(reed_solomon_init(&stripe->code, data, parity, &error), &error);
	reed_solomon_encode(&stripe->code, length, stripe->chunks, stripe->chunks + data);
	memcpy(stripe->right, stripe->bytes, sizeof(stripe->bytes));
}

/* Loses these chunks, and has them made again. */
static void assert_rebuilds(struct stripe *stripe, const bool *lost)
{
	unsigned count = 0;
	struct narc_error error = { 0 };
	enum narc_status status;

	memcpy(stripe->bytes, stripe->right, sizeof(stripe->bytes));
	for (unsigned i = 0; i < stripe->data + stripe->parity; i++) {
		count += lost[i];
		if (lost[i])
			memset(stripe->bytes[i], 0xa5, stripe->length);
	}
	status = reed_solomon_rebuild(&stripe->code, stripe->length, stripe->chunks, lost, &error);
	if (count > stripe->parity) {
		ASSERT_STATUS(status, NARC_CORRUPT, &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_CORRUPT);
		return;
	}
	ASSERT_OK(status, &error);
	for (unsigned i = 0; i < stripe->data; i++)
		assert_memory_equal(stripe->bytes[i], stripe->right[i], stripe->length);
}

TEST(parity_is_what_the_format_says)
{
	static const unsigned sizes[][2] = {
		{ 1, 1 }, { 1, 254 }, { 254, 1 }, { 2, 3 }, { 17, 16 }, { 127, 128 }, { 200, 55 }
	};
	static struct stripe stripe;
	struct test_random random = { 1 };
	uint8_t plain[LENGTH_LIMIT];

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		stripe_init(&stripe, sizes[i][0], sizes[i][1], 64 + i, &random);
		for (unsigned r = 0; r < stripe.parity; r += 1 + stripe.parity / 8) {
			compute_plainly(stripe.chunks, stripe.data, r, stripe.length, plain);
			assert_memory_equal(stripe.bytes[stripe.data + r], plain, stripe.length);
		}
		reed_solomon_free(&stripe.code);
	}
}

TEST(every_loss_that_is_not_more_than_the_parity_is_made_up_for)
{
	static struct stripe stripe;
	struct test_random random = { 2 };

	for (unsigned data = 1; data <= 5; data++)
		for (unsigned parity = 1; parity <= 5; parity++) {
			stripe_init(&stripe, data, parity, 70, &random);
			for (unsigned loss = 0; loss < 1u << (data + parity); loss++) {
				bool lost[REED_SOLOMON_CHUNKS_LIMIT] = { false };

				for (unsigned i = 0; i < data + parity; i++)
					lost[i] = loss >> i & 1;
				assert_rebuilds(&stripe, lost);
			}
			reed_solomon_free(&stripe.code);
		}
}

TEST(any_loss_from_many_chunks_is_made_up_for)
{
	static struct stripe stripe;
	struct test_random random = { 3 };

	for (unsigned round = 0; round < 60; round++) {
		unsigned all = round % 3 ? REED_SOLOMON_CHUNKS_LIMIT
					 : 2 + (unsigned)random_below(&random, 254);
		unsigned data = 1 + (unsigned)random_below(&random, all - 1);

		stripe_init(&stripe, data, all - data,
			    1 + (size_t)random_below(&random, LENGTH_LIMIT), &random);
		for (unsigned i = 0; i < 3; i++) {
			bool lost[REED_SOLOMON_CHUNKS_LIMIT] = { false };
			/* As many as can be made up for, fewer, and one more. */
			unsigned left = i == 0	 ? stripe.parity
					: i == 1 ? (unsigned)random_below(&random, stripe.parity)
						 : stripe.parity + 1;

			while (left) {
				unsigned chunk = (unsigned)random_below(&random, all);

				left -= !lost[chunk];
				lost[chunk] = true;
			}
			assert_rebuilds(&stripe, lost);
		}
		reed_solomon_free(&stripe.code);
	}
}

/* ---- tables ------------------------------------------------------------------------------- */

static struct parity_table aimed_table(const struct extent *extents, size_t count,
				       struct parity_aim aim)
{
	struct parity_table table = { 0 };
	struct narc_error error;

	table.extents = malloc(count * sizeof(*extents));
	memcpy(table.extents, extents, count * sizeof(*extents));
	table.extent_count = count;
	table.offset = 500;
	ASSERT_OK(parity_table_choose(&table, aim, &error), &error);
	for (uint64_t i = 0; i < table.chunks + parity_table_parity_count(&table); i++)
		table.hashes[i] = i * UINT64_C(0x9e3779b97f4a7c15);
	return table;
}

/* Of parity of a part; 0: of the guard. */
static struct parity_table made_table(const struct extent *extents, size_t count,
				      unsigned strength)
{
	return aimed_table(extents, count, (struct parity_aim){ strength, strength == 0 });
}

static struct parity_table small_table(void)
{
	static const struct extent extents[] = { { 0, 300 }, { 310, 100 }, { 5000, 400 } };

	return made_table(extents, COUNT_OF(extents), 5000);
}

static enum narc_status decode_table(struct test_codec *codec, const uint8_t *section,
				     size_t size, struct narc_error *error)
{
	struct parity_table table = { 0 };
	enum narc_status status = parity_table_decode(section, size, 500, &table, error);

	(void)codec;
	parity_table_free(&table);
	return status;
}

TEST(a_parity_table_comes_back)
{
	struct parity_table table = small_table(), back = { 0 };
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct narc_error error;

	ASSERT_OK(parity_table_encode(&section, &table, &error), &error);
	assert_int_equal(section.size, parity_table_section_size(&table));
	ASSERT_OK(parity_table_decode(section.data, section.size, 500, &back, &error), &error);
	assert_true(back.offset == 500);
	assert_int_equal(back.chunk_size, table.chunk_size);
	assert_true(back.stripes == table.stripes);
	assert_int_equal(back.parity_chunks, table.parity_chunks);
	assert_int_equal(back.extent_count, 3);
	assert_memory_equal(back.extents, table.extents, 3 * sizeof(*back.extents));
	assert_true(back.size == 800 && back.size == table.size);
	assert_true(back.chunks == table.chunks);
	assert_int_equal(back.data_chunks, table.data_chunks);
	assert_memory_equal(back.hashes, table.hashes,
			    (table.chunks + parity_table_parity_count(&table)) * 8);
	parity_table_free(&table);
	parity_table_free(&back);
	byte_buffer_free(&section);
}

TEST(every_change_of_a_parity_table_is_refused)
{
	struct parity_table table = small_table();
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct test_codec codec;
	struct narc_error error;

	test_codec_open(&codec);
	ASSERT_OK(parity_table_encode(&section, &table, &error), &error);
	assert_every_change_is_refused(&codec, &section, decode_table);
	count_resealed_changes_taken(&codec, &section, decode_table);
	parity_table_free(&table);
	byte_buffer_free(&section);
	test_codec_close(&codec);
}

/* The fields of the section of a table, in its payload. */
struct fields {
	uint64_t offset;
	uint32_t chunk_size, parity_chunks;
	uint64_t stripes, extents;
	struct extent list[3];
	size_t listed, hashes;
};

static enum narc_status decode_fields(const struct fields *fields)
{
	struct byte_buffer payload = BYTE_BUFFER_EMPTY;
	enum narc_status status;

	byte_buffer_append_u64(&payload, fields->offset);
	byte_buffer_append_u32(&payload, fields->chunk_size);
	byte_buffer_append_u32(&payload, fields->parity_chunks);
	byte_buffer_append_u64(&payload, fields->stripes);
	byte_buffer_append_u64(&payload, fields->extents);
	for (size_t i = 0; i < fields->listed; i++) {
		byte_buffer_append_u64(&payload, fields->list[i].offset);
		byte_buffer_append_u64(&payload, fields->list[i].size);
	}
	for (size_t i = 0; i < fields->hashes; i++)
		byte_buffer_append_u64(&payload, i);
	status = decode_payload(SECTION_PARITY_TABLE, &payload, decode_table);
	byte_buffer_free(&payload);
	return status;
}

/* Three extents that make four chunks, in two stripes with a parity chunk each. */
enum { GROUP = 200, GROUP_END = GROUP + 444, FAR = 1 << 21 };
static const struct fields good_fields = {
	GROUP, 64, 1, 2, 3, { { 0, 50 }, { 60, 50 }, { FAR, 100 } }, 3, 6
};

#define ASSERT_FIELDS(wanted, ...)                                     \
	do {                                                           \
		struct fields fields = good_fields;                    \
		__VA_ARGS__;                                           \
		assert_int_equal(decode_fields(&fields), NARC_##wanted); \
	} while (0)

TEST(the_fields_of_a_parity_table_must_be_in_range)
{
	ASSERT_FIELDS(OK, (void)fields);
	ASSERT_FIELDS(CORRUPT, fields.offset = (uint64_t)INT64_MAX + 1);
	ASSERT_FIELDS(CORRUPT, fields.chunk_size = 0);
	ASSERT_FIELDS(CORRUPT, fields.chunk_size = 63);
	ASSERT_FIELDS(CORRUPT, fields.chunk_size = 1048577; fields.stripes = 1; fields.hashes = 2);
	ASSERT_FIELDS(OK, fields.chunk_size = 1048576; fields.stripes = 1; fields.hashes = 2);
	ASSERT_FIELDS(CORRUPT, fields.parity_chunks = 0; fields.hashes = 4);
	ASSERT_FIELDS(OK, fields.parity_chunks = 253; fields.hashes = 4 + 2 * 253);
	ASSERT_FIELDS(CORRUPT, fields.parity_chunks = 254; fields.hashes = 4 + 2 * 254);
	ASSERT_FIELDS(CORRUPT, fields.parity_chunks = UINT32_MAX);
	ASSERT_FIELDS(CORRUPT, fields.stripes = 0; fields.hashes = 4);
	ASSERT_FIELDS(OK, fields.stripes = 4; fields.hashes = 8);
	ASSERT_FIELDS(CORRUPT, fields.stripes = 5; fields.hashes = 9);
	ASSERT_FIELDS(CORRUPT, fields.stripes = UINT64_MAX);
	ASSERT_FIELDS(CORRUPT, fields.stripes = (uint64_t)1 << 63; fields.parity_chunks = 2);
	ASSERT_FIELDS(CORRUPT, fields.extents = 0; fields.listed = 0);
	ASSERT_FIELDS(CORRUPT, fields.extents = UINT64_MAX);
	ASSERT_FIELDS(CORRUPT, fields.extents = PARITY_EXTENTS_LIMIT + 1);
	ASSERT_FIELDS(CORRUPT, fields.extents = PARITY_EXTENTS_LIMIT);
	ASSERT_FIELDS(CORRUPT, fields.hashes = 5);
	ASSERT_FIELDS(CORRUPT, fields.hashes = 7);
}

TEST(the_extents_of_a_parity_table_ascend_and_do_not_overlap)
{
	ASSERT_FIELDS(CORRUPT, fields.list[0].size = 0);
	ASSERT_FIELDS(OK, fields.list[1].offset = 50);
	ASSERT_FIELDS(CORRUPT, fields.list[1].offset = 49);
	ASSERT_FIELDS(CORRUPT, fields.list[1].offset = 0);
	ASSERT_FIELDS(CORRUPT, fields.list[2].offset = UINT64_MAX - 50);
	ASSERT_FIELDS(CORRUPT, fields.list[2].offset = (uint64_t)INT64_MAX);
	ASSERT_FIELDS(CORRUPT, fields.list[2].size = UINT64_MAX);
	ASSERT_FIELDS(CORRUPT, fields.list[2].size = UINT64_MAX - FAR - 50);
	ASSERT_FIELDS(CORRUPT, fields.list[2].size = (uint64_t)1 << 62);
	/* One byte in a chunk of its own less, and there are other numbers of chunks. */
	ASSERT_FIELDS(OK, fields.list[2].size = 93);
	ASSERT_FIELDS(CORRUPT, fields.list[2].size = 92);
}

TEST(the_last_extent_stands_behind_the_parity_and_all_others_before_it)
{
	ASSERT_FIELDS(OK, fields.list[2].offset = GROUP_END);
	ASSERT_FIELDS(CORRUPT, fields.list[2].offset = GROUP_END - 1);
	ASSERT_FIELDS(CORRUPT, fields.list[2].offset = 110);
	ASSERT_FIELDS(OK, fields.offset = 110);
	ASSERT_FIELDS(CORRUPT, fields.offset = 109);
	ASSERT_FIELDS(CORRUPT, fields.offset = 0);
	ASSERT_FIELDS(CORRUPT, fields.offset = INT64_MAX);
	ASSERT_FIELDS(CORRUPT, fields.list[1].offset = GROUP_END);
	ASSERT_FIELDS(OK, fields.offset = 0; fields.extents = fields.listed = 1;
		      fields.list[0] = (struct extent){ FAR, 200 });
	ASSERT_FIELDS(CORRUPT, fields.extents = fields.listed = 1;
		      fields.list[0] = (struct extent){ 0, 200 });
}

/* ---- where chunks stand ------------------------------------------------------------------- */

enum { EXTENTS = 40 };

static size_t make_extents(struct test_random *random, struct extent *extents, uint64_t most)
{
	size_t count = 1 + (size_t)random_below(random, EXTENTS);
	uint64_t place = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t limit = (uint64_t)1 << random_below(random, 24);

		place += random_below(random, 3) ? random_below(random, 300000) : 0;
		extents[i].offset = place;
		extents[i].size = 1 + random_below(random, limit < most ? limit : most);
		place += extents[i].size;
	}
	return count;
}

static void assert_table_is_in_bounds(const struct parity_table *table)
{
	assert_true(table->chunk_size >= PARITY_CHUNK_SIZE_LEAST);
	assert_true(table->chunk_size <= PARITY_CHUNK_SIZE_LIMIT);
	assert_true(table->parity_chunks >= 1);
	assert_true(table->data_chunks + table->parity_chunks <= REED_SOLOMON_CHUNKS_LIMIT);
	assert_true(table->stripes >= 1 && table->stripes <= table->chunks);
	assert_true(table->chunks * table->chunk_size >= table->size);
	assert_true((table->chunks - 1) * table->chunk_size < table->size);
	assert_true(table->data_chunks * table->stripes >= table->chunks);
	assert_true((table->data_chunks - 1) * table->stripes < table->chunks);
}

TEST(parity_of_a_part_is_not_more_than_that_part)
{
	static const unsigned strengths[] = { 1, 50, 250, 500, 1000, 3333, 5000, 9999, 10000 };
	struct test_random random = { 4 };

	for (unsigned round = 0; round < 2000; round++) {
		struct extent extents[EXTENTS];
		size_t count = make_extents(&random, extents, round % 2 ? UINT64_MAX : 70000);
		unsigned strength = strengths[random_below(&random, COUNT_OF(strengths))];
		struct parity_table table = made_table(extents, count, strength);
		uint64_t wanted = (uint64_t)table.data_chunks * strength / 10000;

		assert_table_is_in_bounds(&table);
		assert_int_equal(table.parity_chunks, wanted ? wanted : 1);
		parity_table_free(&table);
	}
}

TEST(the_table_of_any_size_finds_room_in_its_section_or_is_refused)
{
	static const unsigned strengths[] = { 0, 1, 500, 10000 };
	static const uint64_t most = (uint64_t)1 << 40;
	struct narc_error error = { 0 };

	for (size_t i = 0; i < COUNT_OF(strengths); i++) {
		const struct parity_aim aim = { strengths[i], strengths[i] == 0 };

		for (uint64_t size = most >> 5; size <= most; size *= 2) {
			struct extent extents[] = { { 0, size - 7 }, { size * 3, 7 } };
			struct parity_table table = made_table(extents, 2, strengths[i]);

			assert_table_is_in_bounds(&table);
			assert_true(parity_table_section_size(&table) <= PARITY_TABLE_SIZE_LIMIT);
			parity_table_free(&table);
		}
		for (uint64_t size = most << 5; size <= (uint64_t)INT64_MAX / 2; size *= 64) {
			struct parity_table table = { .extents = malloc(sizeof(struct extent)),
						      .extent_count = 1 };

			*table.extents = (struct extent){ 0, size };
			ASSERT_STATUS(parity_table_choose(&table, aim, &error), NARC_LIMIT,
				      &error);
			ASSERT_ERROR_IS_TOLD(&error, NARC_LIMIT);
			parity_table_free(&table);
		}
	}
}

TEST(five_percent_of_parity_takes_five_and_a_half_percent_with_its_tables)
{
	struct test_random random = { 5 };

	for (unsigned round = 0; round < 3000; round++) {
		uint64_t most = (uint64_t)1 << (20 + random_below(&random, 15));
		uint64_t size = (1 << 20) + random_below(&random, most);
		struct extent extents[] = { { 0, size },
					    { size + 1, 120 + random_below(&random, 4000) } };
		struct parity_table table = made_table(extents, 2, 500);
		uint64_t cost = parity_table_group(&table).size;

		assert_table_is_in_bounds(&table);
		assert_true(cost * 1000 <= 55 * table.size);
		/* And it is not much less. */
		assert_true(table.parity_chunks * table.chunk_size * table.stripes * 100 >=
			    4 * table.size);
		parity_table_free(&table);
	}
}

/* Lays out a file as a writer does: what is covered but the last extent, table, parity, table, and
 * the last extent. */
static void lay_out(struct parity_table *table)
{
	struct extent *last = &table->extents[table->extent_count - 1];

	table->offset = table->extent_count > 1 ? extent_end(last[-1]) + 3000 : 3000;
	last->offset = extent_end(parity_table_group(table));
}

static bool overlaps(uint64_t start, uint64_t size, uint64_t region)
{
	return start < region + PARITY_REGION && region < start + size;
}

/* Whether a data chunk has a byte in the region. */
static bool is_hit(const struct parity_table *table, uint64_t chunk, uint64_t region)
{
	uint64_t start = chunk * table->chunk_size, end = start + table->chunk_size;
	uint64_t offset, part;

	for (; start < end; start += part) {
		part = parity_table_place(table, start, end - start, &offset);
		if (part == 0)
			return false;
		if (overlaps(offset, part, region))
			return true;
	}
	return false;
}

static void assert_region_is_made_up_for(const struct parity_table *table, uint64_t region)
{
	uint64_t *lost = calloc((size_t)table->stripes, sizeof(*lost));

	for (uint64_t i = 0; i < table->chunks; i++)
		lost[i % table->stripes] += is_hit(table, i, region);
	for (uint64_t i = 0; i < parity_table_parity_count(table); i++)
		lost[i % table->stripes] += overlaps(parity_table_parity_offset(table, i),
						     table->chunk_size, region);
	for (uint64_t i = 0; i < table->stripes; i++)
		assert_true(lost[i] <= table->parity_chunks);
	free(lost);
}

static void assert_any_region_is_made_up_for(const struct parity_table *table,
					     struct test_random *random)
{
	const uint64_t end = extent_end(table->extents[table->extent_count - 1]);

	for (unsigned i = 0; i < 40; i++)
		assert_region_is_made_up_for(table, random_below(random, end));
	for (uint64_t back = 0; back < 2 * PARITY_REGION && back < table->offset; back += 5001)
		assert_region_is_made_up_for(table, table->offset - back);
	for (uint64_t i = PARITY_REGION; i < 3 * PARITY_REGION; i += 5003)
		assert_region_is_made_up_for(table, end > i ? end - i : 0);
}

TEST(parity_that_survives_a_region_makes_up_for_the_loss_of_any)
{
	static const unsigned strengths[] = { 0, 0, 1, 50, 500, 2000 };
	struct test_random random = { 6 };
	unsigned tried = 0;

	for (unsigned round = 0; round < 300; round++) {
		struct extent extents[EXTENTS];
		size_t count = make_extents(&random, extents, round % 4 ? 20000 : 2 << 20);
		struct parity_aim aim = { strengths[round % COUNT_OF(strengths)], true };
		struct parity_table table = aimed_table(extents, count, aim);

		lay_out(&table);
		assert_table_is_in_bounds(&table);
		assert_true(table.parity_chunks >= table.data_chunks * aim.strength / 10000);
		/* So few chunks that each of them has a parity chunk: as much as there can be. */
		if (table.parity_chunks < table.data_chunks) {
			tried++;
			assert_any_region_is_made_up_for(&table, &random);
		}
		parity_table_free(&table);
	}
	assert_true(tried > 100);
}

/* ---- which groups there are --------------------------------------------------------------- */

enum { TAIL_SIZE = 900 };

/* A generation of this size, of which guarded bytes at its start are guarded. */
static struct parity_plan planned(uint64_t size, const struct extent *guarded, unsigned strength)
{
	const struct bare_generation generation = { 0, guarded, 1, size, TAIL_SIZE };
	struct parity_plan plan;
	struct narc_error error;

	ASSERT_OK(plan_parity(&generation, strength, &plan, &error), &error);
	for (size_t i = 0; i < plan.count; i++) {
		const struct parity_table *table = &plan.tables[i];

		assert_table_is_in_bounds(table);
		assert_true(table->offset ==
			    (i ? extent_end(parity_table_group(table - 1)) : size));
		assert_int_equal(table->extent_count, 2);
		assert_true(table->extents[0].offset == 0);
		assert_true(table->extents[1].offset == parity_plan_end(&plan));
		assert_true(table->extents[1].size == TAIL_SIZE);
	}
	return plan;
}

static bool is_same_table(const struct parity_table *a, const struct parity_table *b)
{
	return a->chunk_size == b->chunk_size && a->stripes == b->stripes &&
	       a->parity_chunks == b->parity_chunks && a->extents[0].size == b->extents[0].size;
}

/* Fails unless there is no less against the loss of a region than where no parity is asked for. */
static void assert_is_not_less_than_the_guard(uint64_t size, uint64_t guarded_size,
					      unsigned strength, struct test_random *random)
{
	const struct extent guarded = { 0, guarded_size };
	struct parity_plan none = planned(size, &guarded, 0);
	struct parity_plan plan = planned(size, &guarded, strength);
	const struct parity_table *whole = &plan.tables[plan.count - 1];

	assert_int_equal(none.count, 1);
	assert_true(whole->extents[0].size == whole->offset);
	assert_true(whole->parity_chunks >= whole->data_chunks * strength / 10000);
	if (plan.count == 2)
		assert_true(is_same_table(&plan.tables[0], &none.tables[0]));
	else if (whole->parity_chunks < whole->data_chunks)
		assert_any_region_is_made_up_for(whole, random);
	parity_plan_free(&none);
	parity_plan_free(&plan);
}

TEST(parity_of_a_part_is_never_less_than_the_guard)
{
	static const unsigned strengths[] = { 1, 50, 250, 500, 1000, 5000, 10000 };
	struct test_random random = { 9 };

	for (unsigned round = 0; round < 300; round++) {
		uint64_t size = 200 + random_below(&random, (uint64_t)1 << (8 + round % 16));
		uint64_t guarded = 100 + random_below(&random, size - 100);

		assert_is_not_less_than_the_guard(size, guarded,
						  strengths[round % COUNT_OF(strengths)], &random);
	}
}

static uint64_t cost_of(uint64_t size, uint64_t guarded_size, unsigned strength, size_t groups)
{
	const struct extent guarded = { 0, guarded_size };
	struct parity_plan plan = planned(size, &guarded, strength);
	uint64_t cost = parity_plan_end(&plan) - size;

	assert_int_equal(plan.count, groups);
	parity_plan_free(&plan);
	return cost;
}

TEST(the_guard_stands_before_parity_where_that_is_smaller)
{
	/* A night's posts: their guard is small. */
	uint64_t guard = cost_of(20000, 300, 0, 1), both = cost_of(20000, 300, 500, 2);

	assert_true(guard < 2000 && both < guard + 20000 / 7);
	/* A small archive with a dictionary that is most of its guard. */
	guard = cost_of(160000, 34000, 0, 1);
	both = cost_of(160000, 34000, 500, 2);
	assert_true(both < guard + 160000 / 10);
	/* One where a little more parity does it; and one where that of the part does. */
	assert_true(cost_of(1200000, 250000, 500, 1) < 1200000 * 67 / 1000);
	assert_true(cost_of(2000000, 360000, 500, 1) < 2000000 * 55 / 1000);
	/* Of so small a part, it would take more. */
	assert_true(cost_of(5000000, 20000, 50, 2) < 5000000 * 13 / 1000);
}

TEST(the_guard_stands_before_parity_of_large_archives)
{
	cost_of(16000000, 370000, 500, 1);
	cost_of(20000000, 370000, 500, 2);
	cost_of(12000000, 370000, 1000, 2);
}

TEST(five_percent_of_parity_takes_no_more_because_of_the_guard_in_larger_archives)
{
	struct test_random random = { 10 };

	for (unsigned round = 0; round < 2000; round++) {
		uint64_t size = 1480000 + random_below(&random, (uint64_t)1 << (20 + round % 12));
		const struct extent guarded = { 0, size / 6 < 370000 ? size / 6 : 370000 };
		struct parity_plan plan = planned(size, &guarded, 500);

		assert_true((parity_plan_end(&plan) - size) * 1000 <= 55 * size);
		parity_plan_free(&plan);
	}
}

TEST(places_are_found_in_every_extent)
{
	struct test_random random = { 7 };

	for (unsigned round = 0; round < 300; round++) {
		struct extent extents[EXTENTS];
		size_t count = make_extents(&random, extents, 5000);
		struct parity_table table = made_table(extents, count, 500);
		uint64_t before = 0, offset;

		for (size_t i = 0; i < count; i++) {
			uint64_t inside = random_below(&random, extents[i].size);
			uint64_t left = extents[i].size - inside;
			uint64_t length = 1 + random_below(&random, 6000);

			assert_true(parity_table_place(&table, before + inside, length, &offset) ==
				    (length < left ? length : left));
			assert_true(offset == extents[i].offset + inside);
			before += extents[i].size;
		}
		assert_true(table.size == before);
		assert_true(parity_table_place(&table, before, 1, &offset) == 0);
		assert_true(parity_table_place(&table, UINT64_MAX, 1, &offset) == 0);
		parity_table_free(&table);
	}
}

TEST(parity_chunks_stand_one_behind_the_other_in_sections)
{
	struct extent extents[] = { { 0, 3000000 }, { 3000000, 90000000 } };
	struct parity_table table = made_table(extents, 2, 1000);
	uint64_t place = table.offset + parity_table_section_size(&table);
	uint64_t in_section = parity_table_chunks_of_section(&table);
	uint64_t count = parity_table_parity_count(&table);

	assert_true(count > 2 * in_section);
	assert_true(in_section * table.chunk_size <= PARITY_SECTION_CONTENT_LIMIT);
	for (uint64_t i = 0; i < count; i++) {
		place += i % in_section == 0 ? SECTION_HEADING_SIZE : 0;
		assert_true(parity_table_parity_offset(&table, i) == place);
		place += table.chunk_size;
		place += i % in_section == in_section - 1 || i == count - 1
				 ? SECTION_CHECKSUM_SIZE
				 : 0;
	}
	assert_true(place == extent_end(parity_table_group(&table)) -
				     parity_table_section_size(&table));
	parity_table_free(&table);
}

/* ---- writing ------------------------------------------------------------------------------ */

/* Fills what stands before the parity, and behind it, with anything. */
static void fill(struct byte_buffer *buffer, size_t size, struct test_random *random)
{
	for (size_t i = 0; i < size; i++)
		byte_buffer_append_u8(buffer, (uint8_t)random_next(random));
}

/* A chunk as the file has it: its bytes, and zeros behind them. */
static void read_plainly(const uint8_t *file, const struct parity_table *table, uint64_t chunk,
			 uint8_t *bytes)
{
	uint64_t before = 0;

	memset(bytes, 0, table->chunk_size);
	for (size_t i = 0; i < table->extent_count; i++) {
		for (uint64_t k = 0; k < table->extents[i].size; k++, before++)
			if (before / table->chunk_size == chunk)
				bytes[before % table->chunk_size] =
					file[table->extents[i].offset + k];
	}
}

static void assert_stripe_is_right(const uint8_t *file, const struct parity_table *table,
				   uint64_t stripe)
{
	uint8_t *data[REED_SOLOMON_CHUNKS_LIMIT];
	uint8_t *plain = malloc(table->chunk_size);

	for (unsigned j = 0; j < table->data_chunks; j++) {
		uint64_t chunk = j * table->stripes + stripe;

		data[j] = malloc(table->chunk_size);
		read_plainly(file, table, chunk, data[j]);
		if (chunk < table->chunks)
			assert_true(table->hashes[chunk] ==
				    content_hash(data[j], table->chunk_size));
	}
	for (unsigned r = 0; r < table->parity_chunks; r++) {
		uint64_t number = r * table->stripes + stripe;

		compute_plainly(data, table->data_chunks, r, table->chunk_size, plain);
		assert_memory_equal(file + parity_table_parity_offset(table, number), plain,
				    table->chunk_size);
		assert_true(table->hashes[table->chunks + number] ==
			    content_hash(plain, table->chunk_size));
	}
	for (unsigned j = 0; j < table->data_chunks; j++)
		free(data[j]);
	free(plain);
}

/* Writes parity over what extents cover, of which the last is the tail; checks some stripes. */
static void assert_parity_is_right(const struct extent *extents, size_t count, unsigned strength,
				   struct test_random *random)
{
	struct parity_table table = made_table(extents, count, strength), back = { 0 };
	struct byte_buffer before = BYTE_BUFFER_EMPTY, tail = BYTE_BUFFER_EMPTY;
	struct narc_sink sink;
	struct parity_input input;
	struct narc_error error;
	void *data;
	uint8_t *file;
	size_t size, section;

	lay_out(&table);
	section = (size_t)parity_table_section_size(&table);
	fill(&before, (size_t)table.offset, random);
	fill(&tail, (size_t)extents[count - 1].size, random);
	ASSERT_OK(narc_memory_sink(&data, &size, &sink, &error), &error);
	ASSERT_OK(sink.ops->append(sink.context, before.data, before.size, &error), &error);
	input = (struct parity_input){ sink, table.extents[count - 1].offset, &tail };
	ASSERT_OK(write_parity(&table, &input, "/tmp", &error), &error);
	ASSERT_OK(sink.ops->append(sink.context, tail.data, tail.size, &error), &error);
	ASSERT_OK(sink.ops->publish(sink.context, &error), &error);
	sink.ops->close(sink.context);
	file = data;
	assert_true(size == extent_end(table.extents[count - 1]));
	assert_memory_equal(file, before.data, before.size);
	ASSERT_OK(parity_table_decode(file + table.offset, section, table.offset, &back, &error),
		  &error);
	assert_memory_equal(file + table.offset, file + size - tail.size - section, section);
	assert_true(back.offset == table.offset);
	assert_stripe_is_right(file, &back, 0);
	assert_stripe_is_right(file, &back, back.stripes - 1);
	assert_stripe_is_right(file, &back, back.stripes / 2);
	parity_table_free(&table);
	parity_table_free(&back);
	byte_buffer_free(&before);
	byte_buffer_free(&tail);
	free(data);
}

TEST(the_parity_that_is_written_is_that_of_what_is_covered)
{
	static const struct extent one[] = { { 0, 1 } };
	static const struct extent small[] = { { 0, 200 }, { 210, 56 }, { 0, 255 } };
	static const struct extent odd[] = { { 5, 1 }, { 7, 1 }, { 9, 12345 }, { 20000, 999 },
					     { 21000, 77 }, { 0, 700 } };
	static const struct extent large[] = { { 0, 1100000 }, { 1200000, 123456 }, { 0, 54321 } };
	static const unsigned strengths[] = { 0, 1, 500, 10000 };
	struct test_random random = { 8 };

	for (size_t i = 0; i < COUNT_OF(strengths); i++) {
		assert_parity_is_right(one, 1, strengths[i], &random);
		assert_parity_is_right(small, COUNT_OF(small), strengths[i], &random);
		assert_parity_is_right(odd, COUNT_OF(odd), strengths[i], &random);
	}
	assert_parity_is_right(large, COUNT_OF(large), 500, &random);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parity_is_what_the_format_says),
		cmocka_unit_test(every_loss_that_is_not_more_than_the_parity_is_made_up_for),
		cmocka_unit_test(any_loss_from_many_chunks_is_made_up_for),
		cmocka_unit_test(a_parity_table_comes_back),
		cmocka_unit_test(every_change_of_a_parity_table_is_refused),
		cmocka_unit_test(the_fields_of_a_parity_table_must_be_in_range),
		cmocka_unit_test(the_extents_of_a_parity_table_ascend_and_do_not_overlap),
		cmocka_unit_test(
			the_last_extent_stands_behind_the_parity_and_all_others_before_it),
		cmocka_unit_test(parity_of_a_part_is_not_more_than_that_part),
		cmocka_unit_test(the_table_of_any_size_finds_room_in_its_section_or_is_refused),
		cmocka_unit_test(five_percent_of_parity_takes_five_and_a_half_percent_with_its_tables),
		cmocka_unit_test(parity_that_survives_a_region_makes_up_for_the_loss_of_any),
		cmocka_unit_test(parity_of_a_part_is_never_less_than_the_guard),
		cmocka_unit_test(the_guard_stands_before_parity_where_that_is_smaller),
		cmocka_unit_test(the_guard_stands_before_parity_of_large_archives),
		cmocka_unit_test(
			five_percent_of_parity_takes_no_more_because_of_the_guard_in_larger_archives),
		cmocka_unit_test(places_are_found_in_every_extent),
		cmocka_unit_test(parity_chunks_stand_one_behind_the_other_in_sections),
		cmocka_unit_test(the_parity_that_is_written_is_that_of_what_is_covered),
	};

	return cmocka_run_group_tests_name("parity", tests, NULL, NULL);
}
