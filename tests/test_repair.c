/* SPDX-License-Identifier: BSD-2-Clause */
/* Repairing archives that were damaged: what parity makes again, and what is saved without it. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faulty_io.h"
#include "format/limits.h"
#include "format/parity_table.h"
#include "format/trailer.h"
#include "read/scan_sections.h"
#include "support/byte_order.h"
#include "support_repair.h"
#include "support_rewrite.h"
#include "support_section.h"

enum { FIVE_PERCENT = 500, SECTIONS_LIMIT = 4096 };

static bool is_long(void)
{
	return getenv("NARC_LONG") != NULL;
}

static uint8_t *copy_of(const struct packed *packed)
{
	uint8_t *copy = malloc(packed->size);

	memcpy(copy, packed->data, packed->size);
	return copy;
}

/* ---- sections ----------------------------------------------------------------------------- */

struct found_section {
	enum section_tag tag;
	uint64_t offset, size;
};

struct found_sections {
	struct found_section list[SECTIONS_LIMIT];
	size_t count;
};

static enum narc_status note_section(void *context, enum section_tag tag,
				     const struct byte_buffer *section, uint64_t offset,
				     struct narc_error *error)
{
	struct found_sections *found = context;

	(void)error;
	assert_true(found->count < SECTIONS_LIMIT);
	found->list[found->count++] = (struct found_section){ tag, offset, section->size };
	return NARC_OK;
}

static void find_sections(const void *data, size_t size, struct found_sections *found)
{
	struct narc_source source;
	struct narc_error error;

	found->count = 0;
	ASSERT_OK(narc_memory_source(data, size, &source, &error), &error);
	ASSERT_OK(scan_sections(source, 0, UINT64_MAX, note_section, found, &error), &error);
	source.ops->close(source.context);
}

static struct found_sections sections;

static struct found_section last_section(const struct packed *packed, enum section_tag tag)
{
	size_t i;

	find_sections(packed->data, packed->size, &sections);
	for (i = sections.count; sections.list[i - 1].tag != tag; i--)
		assert_true(i > 1);
	return sections.list[i - 1];
}

/* Where the first parity table stands: behind all that is there once only. */
static uint64_t parity_offset(const struct packed *packed)
{
	size_t i = 0;

	find_sections(packed->data, packed->size, &sections);
	while (sections.list[i].tag != SECTION_PARITY_TABLE)
		assert_true(++i < sections.count);
	return sections.list[i].offset;
}

/* ---- with parity -------------------------------------------------------------------------- */

TEST(what_is_whole_needs_no_repair)
{
	static const unsigned parities[] = { 0, FIVE_PERCENT, 10000 };

	for (size_t i = 0; i < 2 * COUNT_OF(parities); i++) {
		unsigned parity = parities[i / 2];
		struct packed packed = i % 2 ? make_redacted_archive(parity, 9000)
					     : make_plain_archive(parity, 9000);
		struct narc_repair_result result;
		struct packed repaired;
		struct narc_error error;

		ASSERT_OK(try_to_repair(packed.data, packed.size, &repaired, &result, &error),
			  &error);
		assert_int_equal(result.outcome, NARC_REPAIR_NOT_NEEDED);
		assert_true(result.damaged_size == 0 && result.mended_size == 0);
		assert_int_equal(repaired.size, packed.size);
		assert_memory_equal(repaired.data, packed.data, packed.size);
		packed_free(&repaired);
		packed_free(&packed);
	}
}

TEST(more_parity_than_all_is_refused)
{
	struct narc_pack_options options = plain_options();
	struct narc_error error = { 0 };
	narc_packer *packer = NULL;

	options.parity = NARC_PARITY_WHOLE + 1;
	ASSERT_STATUS(narc_packer_new(&options, &packer, &error), NARC_MISUSE, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_MISUSE);
	options.parity = NARC_PARITY_WHOLE;
	ASSERT_OK(narc_packer_new(&options, &packer, &error), &error);
	narc_packer_free(packer);
}

static void assert_every_byte_is_mended(const struct packed *packed, size_t step)
{
	uint8_t *copy = copy_of(packed);

	for (size_t place = 0; place < packed->size; place += step) {
		uint8_t before = copy[place];

		copy[place] = (uint8_t)~before;
		assert_mended(packed, copy, packed->size);
		copy[place] = before;
	}
	free(copy);
}

TEST(a_damaged_byte_anywhere_is_mended)
{
	struct packed plain = make_plain_archive(FIVE_PERCENT, 9000);
	struct packed redacted = make_redacted_archive(FIVE_PERCENT, 9000);

	assert_every_byte_is_mended(&plain, is_long() ? 1 : plain.size / 30);
	assert_every_byte_is_mended(&redacted, is_long() ? 1 : redacted.size / 50);
	packed_free(&plain);
	packed_free(&redacted);
}

/* The tables of a file, the first of each two. */
static size_t find_tables(const struct packed *packed, struct parity_table *tables)
{
	struct narc_error error;
	size_t count = 0;

	find_sections(packed->data, packed->size, &sections);
	for (size_t i = 0; i < sections.count; i++) {
		const struct found_section *found = &sections.list[i];

		if (found->tag != SECTION_PARITY_TABLE)
			continue;
		ASSERT_OK(parity_table_decode((const uint8_t *)packed->data + found->offset,
					      (size_t)found->size, found->offset, &tables[count],
					      &error),
			  &error);
		if (tables[count].offset == found->offset)
			count++;
		else
			parity_table_free(&tables[count]);
	}
	return count;
}

/* Overwrites so much of what a table covers that all its parity is needed. */
static void assert_burst_is_mended(const struct packed *packed, const struct parity_table *table,
				   struct test_random *random)
{
	uint8_t *copy = copy_of(packed);
	uint64_t most = (table->stripes * table->parity_chunks - 1) * table->chunk_size + 1;
	const struct extent *extent =
		&table->extents[random_below(random, table->extent_count)];
	uint64_t size = random_below(random, 3) ? most : 1 + random_below(random, most);
	uint64_t start;

	if (size > extent->size)
		size = extent->size;
	start = extent->offset + random_below(random, extent->size - size + 1);
	memset(copy + start, (int)random_below(random, 256), (size_t)size);
	if (memcmp(copy, packed->data, packed->size) != 0)
		assert_mended(packed, copy, packed->size);
	free(copy);
}

TEST(bursts_up_to_what_parity_covers_are_mended)
{
	struct test_random random = { 11 };

	for (int redacted = 0; redacted <= 1; redacted++) {
		struct packed packed = redacted ? make_redacted_archive(FIVE_PERCENT, 60000)
						: make_plain_archive(FIVE_PERCENT, 60000);
		struct parity_table tables[8];
		size_t count = find_tables(&packed, tables);

		/* Of two groups a generation. */
		assert_int_equal(count, redacted ? 4 : 2);
		for (unsigned i = 0; i < (is_long() ? 3000 : 24); i++)
			assert_burst_is_mended(&packed, &tables[i % count], &random);
		for (size_t i = 0; i < count; i++)
			parity_table_free(&tables[i]);
		packed_free(&packed);
	}
}

static void wipe(uint8_t *data, struct extent extent)
{
	memset(data + extent.offset, 0, (size_t)extent.size);
}

TEST(what_one_of_two_groups_makes_again_the_other_finds_whole)
{
	static const unsigned strengths[] = { 1, FIVE_PERCENT };

	for (size_t i = 0; i < COUNT_OF(strengths); i++) {
		struct packed packed = make_plain_archive(strengths[i], 60000);
		struct parity_table tables[8];
		const struct parity_table *guard = &tables[0], *whole = &tables[1];
		uint8_t *copy = copy_of(&packed);
		uint64_t most;

		assert_int_equal(find_tables(&packed, tables), 2);
		most = parity_table_parity_count(whole) * whole->chunk_size;
		/* All that stands first, of which the guard alone has parity enough; and a post. */
		wipe(copy, guard->extents[0]);
		copy[guard->offset / 2] ^= 1;
		assert_true(strengths[i] > 1 || guard->extents[0].size > most);
		assert_mended(&packed, copy, packed.size);
		memcpy(copy, packed.data, packed.size);
		/* All of the guard, which the other one covers. */
		wipe(copy, parity_table_group(guard));
		copy[guard->extents[0].offset + 30] ^= 1;
		if (strengths[i] > 1)
			assert_mended(&packed, copy, packed.size);
		for (size_t k = 0; k < 2; k++)
			parity_table_free(&tables[k]);
		free(copy);
		packed_free(&packed);
	}
}

TEST(a_section_of_any_kind_that_is_lost_is_mended)
{
	struct packed packed = make_redacted_archive(2000, 30000);
	bool seen_second = false;
	unsigned kinds = 0;
	uint8_t *copy = copy_of(&packed);

	find_sections(packed.data, packed.size, &sections);
	for (size_t i = 0; i < sections.count; i++) {
		struct found_section section = sections.list[i];
		bool is_first = true;

		for (size_t k = 0; k < i; k++)
			is_first = is_first && sections.list[k].tag != section.tag;
		/* The second of two tables, too. */
		is_first = is_first || (section.tag == SECTION_PARITY_TABLE && !seen_second);
		seen_second = seen_second || (kinds > 6 && section.tag == SECTION_PARITY_TABLE);
		if (!is_first)
			continue;
		kinds++;
		memset(copy + section.offset, 0, (size_t)section.size);
		assert_mended(&packed, copy, packed.size);
		memcpy(copy, packed.data, packed.size);
		/* Only its heading. */
		memset(copy + section.offset, 0xff, SECTION_HEADING_SIZE);
		assert_mended(&packed, copy, packed.size);
		memcpy(copy, packed.data, packed.size);
	}
	assert_true(kinds >= 12);
	free(copy);
	packed_free(&packed);
}

TEST(a_file_that_was_cut_at_its_end_is_mended)
{
	struct packed packed = make_redacted_archive(1000, 30000);
	struct found_section segment = last_section(&packed, SECTION_SEGMENT);

	/* Up to what stands behind the second table, and parts of that. */
	for (size_t size = (size_t)segment.offset; size < packed.size; size += 71)
		assert_mended(&packed, packed.data, size);
	assert_mended(&packed, packed.data, (size_t)segment.offset - 10);
	packed_free(&packed);
}

/* The file without size bytes at start, or with so many more there. */
static void assert_shift_is_mended(const struct packed *packed, size_t start, size_t size,
				   bool inserted)
{
	const uint8_t *data = packed->data;
	uint8_t *copy = malloc(packed->size + size);
	size_t skipped = inserted ? 0 : size, added = inserted ? size : 0;

	memcpy(copy, data, start);
	memset(copy + start, 0x5a, added);
	memcpy(copy + start + added, data + start + skipped, packed->size - start - skipped);
	assert_mended(packed, copy, packed->size + added - skipped);
	free(copy);
}

TEST(a_region_that_is_missing_or_too_much_is_mended)
{
	struct packed packed = make_plain_archive(1000, 60000);
	struct packed living = make_redacted_archive(1000, 30000);
	struct test_random random = { 12 };
	struct parity_table tables[8];
	size_t count = find_tables(&packed, tables);
	const struct parity_table *whole = &tables[count - 1]; /* a guard may stand in front */
	size_t most = (whole->parity_chunks * whole->stripes - 2) * whole->chunk_size;

	for (unsigned i = 0; i < (is_long() ? 300 : 8); i++) {
		size_t start = (size_t)random_below(&random, whole->extents[0].size - most);
		size_t size = 1 + (size_t)random_below(&random, most);

		assert_shift_is_mended(&packed, start, size, false);
		assert_shift_is_mended(&packed, start, 1 + 37 * size, true);
	}
	assert_shift_is_mended(&packed, 0, 100, false);
	assert_shift_is_mended(&packed, 0, 100000, true);
	for (size_t start = 0; start < living.size - 600; start += living.size / 12) {
		assert_shift_is_mended(&living, start, 300, false);
		assert_shift_is_mended(&living, start, 2000, true);
	}
	for (size_t i = 0; i < count; i++)
		parity_table_free(&tables[i]);
	packed_free(&packed);
	packed_free(&living);
}

TEST(what_a_torn_append_left_behind_does_no_harm)
{
	struct packed base = make_plain_archive(FIVE_PERCENT, 9000);
	struct made_posts posts = make_posts(60, 75);
	struct narc_pack_options options = plain_options();
	struct packed grown = append_files(&base, &options, posts.files, posts.count);
	struct known_rows known = known_rows_of(&grown);

	for (size_t torn = 1; torn < 20000; torn = torn * 3 + 5) {
		uint8_t *torn_file = malloc(base.size + torn);

		memcpy(torn_file, base.data, base.size);
		memset(torn_file + base.size, 0x11, torn);
		assert_mended(&base, torn_file, base.size + torn);
		free(torn_file);
	}
	/* What another writer began, and its blocks that are whole, are taken for posts. */
	for (size_t size = base.size + 1; size < grown.size; size += (grown.size - base.size) / 40)
		assert_saved(&known, grown.data, size, (struct extent){ size, grown.size - size });
	known_rows_free(&known);
	packed_free(&grown);
	packed_free(&base);
	made_posts_free(&posts);
}

/* ---- saving ------------------------------------------------------------------------------- */

/* Whether a region has nothing that posts outside of it need: names, or a dictionary. */
static bool spares_what_all_need(const struct packed *packed, struct extent lost)
{
	find_sections(packed->data, packed->size, &sections);
	for (size_t i = 0; i < sections.count; i++) {
		const struct found_section *section = &sections.list[i];

		if ((section->tag == SECTION_NAMES || section->tag == SECTION_DICTIONARY) &&
		    section->offset < extent_end(lost) &&
		    lost.offset < section->offset + section->size)
			return false;
	}
	return true;
}

TEST(more_damage_than_parity_loses_what_it_touches_alone)
{
	struct packed packed = make_redacted_archive(200, 60000);
	struct known_rows known = known_rows_of(&packed);
	const uint64_t end = parity_offset(&packed);
	struct test_random random = { 13 };

	for (unsigned i = 0; i < 40; i++) {
		const struct extent all = { 0, packed.size };
		struct extent lost = { 0, 5000 + random_below(&random, 30000) };
		uint8_t *copy = copy_of(&packed);

		lost.offset = random_below(&random, end - lost.size);
		memset(copy + lost.offset, 0, (size_t)lost.size);
		assert_saved(&known, copy, packed.size,
			     spares_what_all_need(&packed, lost) ? lost : all);
		free(copy);
	}
	known_rows_free(&known);
	packed_free(&packed);
}

static void assert_regions_lose_what_they_touch(const struct packed *packed, size_t step)
{
	struct known_rows known = known_rows_of(packed);
	uint64_t least = known.count;

	assert_true(packed->size > 200000);
	for (size_t start = 0; start < packed->size; start += step) {
		size_t left = packed->size - start;
		struct extent lost = { start, left < PARITY_REGION ? left : PARITY_REGION };
		uint8_t *copy = copy_of(packed);
		uint64_t saved;

		memset(copy + lost.offset, 0, (size_t)lost.size);
		saved = assert_saved(&known, copy, packed->size, lost);
		least = saved < least ? saved : least;
		free(copy);
	}
	assert_true(least < known.count && least > known.count / 4);
	known_rows_free(&known);
}

TEST(any_region_that_is_lost_without_parity_loses_the_posts_that_it_touches_alone)
{
	struct packed plain = make_plain_archive(0, 200000);

	assert_regions_lose_what_they_touch(&plain, is_long() ? 1000 : 16384);
	packed_free(&plain);
}

TEST(any_region_that_is_lost_of_several_generations_loses_the_posts_that_it_touches_alone)
{
	struct packed living = make_redacted_archive(0, 200000);

	assert_regions_lose_what_they_touch(&living, is_long() ? 1000 : 16384);
	packed_free(&living);
}

TEST(any_region_that_is_lost_with_little_parity_loses_the_posts_that_it_touches_alone)
{
	static const unsigned strengths[] = { 50, FIVE_PERCENT };

	for (size_t i = 0; i < COUNT_OF(strengths); i++) {
		struct packed plain = make_plain_archive(strengths[i], 200000);
		struct packed living = make_redacted_archive(strengths[i], 200000);

		assert_regions_lose_what_they_touch(&plain, is_long() ? 1000 : 16384);
		assert_regions_lose_what_they_touch(&living, is_long() ? 1000 : 16384);
		packed_free(&plain);
		packed_free(&living);
	}
}

TEST(a_damaged_last_trailer_does_not_lose_the_last_generation)
{
	for (unsigned parity = 0; parity <= FIVE_PERCENT; parity += FIVE_PERCENT) {
		struct packed packed = make_redacted_archive(parity, 9000);
		uint8_t *copy = copy_of(&packed);

		for (size_t place = 1; place <= TRAILER_SECTION_SIZE; place += 17) {
			copy[packed.size - place] ^= 0x40;
			assert_mended(&packed, copy, packed.size);
			copy[packed.size - place] ^= 0x40;
		}
		memset(copy + packed.size - TRAILER_SECTION_SIZE, 0, TRAILER_SECTION_SIZE);
		assert_mended(&packed, copy, packed.size);
		assert_mended(&packed, packed.data, packed.size - 1);
		assert_mended(&packed, packed.data, packed.size - TRAILER_SECTION_SIZE);
		free(copy);
		packed_free(&packed);
	}
}

TEST(what_was_cut_off_anywhere_leaves_what_was_before)
{
	struct packed packed = make_redacted_archive(0, 30000);
	struct known_rows known = known_rows_of(&packed);
	uint64_t blocks = known.rows[0].block.offset + known.rows[0].block.size;

	for (size_t size = packed.size; size > blocks; size -= size / 40 + 1) {
		struct extent lost = { size, packed.size - size };

		assert_saved(&known, packed.data, size, lost);
	}
	known_rows_free(&known);
	packed_free(&packed);
}

TEST(a_wrong_checksum_of_a_data_frame_is_not_copied)
{
	struct packed packed = make_plain_archive(0, 0);
	struct known_rows known = known_rows_of(&packed);
	const struct extent all = { 0, packed.size };
	uint8_t *copy = copy_of(&packed);

	find_sections(packed.data, packed.size, &sections);
	for (size_t i = 0; i < sections.count; i++)
		if (sections.list[i].tag == SECTION_DESCRIPTOR)
			copy[sections.list[i].offset - 1] ^= 1;
	/* Rows whose hashes are right are saved, and their blocks made anew. */
	assert_saved(&known, copy, packed.size, all);
	known_rows_free(&known);
	free(copy);
	packed_free(&packed);
}

/* An archive of two sites, each with its own names. */
static struct packed make_merged(void)
{
	struct made_posts posts = make_posts(150, 76);
	struct given_file *files = calloc(150, sizeof(*files));
	struct narc_pack_options options = plain_options();
	struct packed one, other, merged;

	/* The same folders and extensions as in the other, but for the letters. */
	memcpy(files, posts.files, 150 * sizeof(*files));
	options.block_size = 3000;
	for (size_t i = 0; i < 150; i++) {
		char *path = strdup(posts.files[i].entry.path);

		path[0] = 'X';
		files[i].entry.path = path;
		files[i].entry.mtime_seconds += 5000;
	}
	one = pack_files(&options, posts.files, 75);
	other = pack_files(&options, files + 75, 75);
	merged = rewrite_packed(MERGING, &one, &other).parts[0];
	for (size_t i = 0; i < 150; i++)
		free((char *)(uintptr_t)files[i].entry.path);
	free(files);
	packed_free(&one);
	packed_free(&other);
	made_posts_free(&posts);
	return merged;
}

/* Loses the second names section with what is before and behind it, all parity, and the
 * segment. */
static void assert_no_wrong_names(const struct packed *packed, size_t before, size_t behind,
				  bool with_segment)
{
	struct known_rows known = known_rows_of(packed);
	uint8_t *copy = copy_of(packed);
	size_t start = 0;

	find_sections(packed->data, packed->size, &sections);
	for (size_t i = 0; i < sections.count; i++) {
		struct found_section *section = &sections.list[i];
		bool is_lost = section->tag == SECTION_NAMES || section->tag == SECTION_PARITY ||
			       section->tag == SECTION_PARITY_TABLE ||
			       (section->tag == SECTION_SEGMENT && with_segment);

		if (section->tag == SECTION_NAMES && start == 0) {
			start = 1;
			continue;
		}
		if (section->tag == SECTION_NAMES) {
			start = (size_t)section->offset;
			memset(copy + start - before, 0, before);
			memset(copy + section->offset + section->size, 0, behind);
		}
		if (is_lost)
			memset(copy + section->offset, 0, (size_t)section->size);
	}
	assert_true(start > 1);
	start -= before + 3000;
	assert_saved(&known, copy, packed->size, (struct extent){ start, packed->size - start });
	known_rows_free(&known);
	free(copy);
}

/* An archive of two generations, each with its own names. */
static struct packed make_grown(void)
{
	struct made_posts posts = make_posts(150, 77);
	struct narc_pack_options options = plain_options();
	struct packed base, grown;

	for (size_t i = 75; i < 150; i++)
		*(char *)(uintptr_t)posts.files[i].entry.path = 'X';
	options.block_size = 3000;
	base = pack_files(&options, posts.files, 75);
	grown = append_files(&base, &options, posts.files + 75, 75);
	packed_free(&base);
	made_posts_free(&posts);
	return grown;
}

TEST(no_row_gets_names_that_are_not_its_own)
{
	struct packed packed = make_merged();

	for (int with_segment = 0; with_segment <= 1; with_segment++) {
		assert_no_wrong_names(&packed, 0, 0, with_segment);
		assert_no_wrong_names(&packed, 0, 300, with_segment);
		/* Where a descriptor of the run before is lost, too, only the segment tells. */
		if (!with_segment)
			assert_no_wrong_names(&packed, 100, 0, with_segment);
	}
	packed_free(&packed);
	/* Not those of the generation before either, if nothing says where that ends. */
	packed = make_grown();
	assert_no_wrong_names(&packed, 0, 0, true);
	assert_no_wrong_names(&packed, TRAILER_SECTION_SIZE, 0, true);
	packed_free(&packed);
}

/* ---- faults ------------------------------------------------------------------------------- */

static enum narc_status repair_with(struct faulty_io *io, const void *data, size_t size,
				    struct packed *repaired, struct narc_error *error)
{
	struct narc_repair_options options;
	struct narc_repair_result result;
	struct narc_sink sink;
	narc_repair *repair;
	enum narc_status status;

	*repaired = (struct packed){ 0 };
	narc_repair_options_init(&options);
	status = narc_repair_new(faulty_memory_source(io, data, size), &options, &repair, &result,
				 error);
	if (status == NARC_OK) {
		ASSERT_OK(narc_memory_sink(&repaired->data, &repaired->size, &sink, error), error);
		status = narc_repair_write(repair, faulty_sink(io, sink), error);
		narc_repair_free(repair);
	}
	assert_int_equal(io->opened, 0);
	return status;
}

/* Lets each call of this kind fail in turn: then that is told, or the file is as it should be. */
static void assert_calls_may_fail(const void *data, size_t size, enum io_call call, uint64_t least)
{
	struct packed wanted, repaired;
	struct faulty_io io;
	struct narc_error error = { 0 };
	uint64_t number = 1;

	faulty_io_init(&io);
	ASSERT_OK(repair_with(&io, data, size, &wanted, &error), &error);
	for (;; number += 1 + number / (is_long() ? 1000 : 40)) {
		enum narc_status with = number % 2 ? NARC_IO : NARC_NOMEM;
		enum narc_status status;

		faulty_io_fail(&io, call, number, with);
		status = repair_with(&io, data, size, &repaired, &error);
		if (status == NARC_OK) {
			assert_int_equal(repaired.size, wanted.size);
			assert_memory_equal(repaired.data, wanted.data, wanted.size);
		} else {
			assert_true(io.has_failed);
			ASSERT_STATUS(status, with, &error);
			assert_fault_is_told(&io, &error);
			assert_null(repaired.data);
		}
		packed_free(&repaired);
		if (!io.has_failed)
			break;
	}
	assert_true(number > least);
	packed_free(&wanted);
}

TEST(repairing_fails_with_what_reading_or_writing_fails_with)
{
	static const enum io_call calls[] = { IO_SOURCE_READ, IO_SOURCE_SIZE, IO_SINK_APPEND,
					      IO_SINK_SYNC, IO_SINK_PUBLISH };
	static const uint64_t least[] = { 100, 1, 1, 1, 1 };
	struct packed packed = make_redacted_archive(FIVE_PERCENT, 0);
	uint8_t *copy = copy_of(&packed);

	/* What is mended, and what is saved. */
	for (unsigned much = 0; much <= 1; much++) {
		memset(copy + packed.size / 3, 0, much ? 6000 : 200);
		for (size_t i = 0; i < COUNT_OF(calls); i++)
			assert_calls_may_fail(copy, packed.size, calls[i], least[i]);
	}
	free(copy);
	packed_free(&packed);
}

/* ---- files that mean harm ----------------------------------------------------------------- */

/* Repairs whatever it is: nothing happens but that. */
static void assert_survives(const void *data, size_t size)
{
	struct narc_repair_result result;
	struct packed repaired;
	struct narc_error error = { 0 };
	enum narc_status status = try_to_repair(data, size, &repaired, &result, &error);

	if (status == NARC_OK) {
		narc_archive *archive = open_packed(&repaired);
		struct narc_verify_result verified;
		struct narc_verify_options options = { .threads = 1 };

		/* Rows that lie about their order stay as they are. */
		ASSERT_OK(narc_archive_verify(archive, &options, &verified, &error), &error);
		narc_archive_close(archive);
	} else {
		assert_int_equal(status, NARC_CORRUPT);
		ASSERT_ERROR_IS_TOLD(&error, NARC_CORRUPT);
	}
	packed_free(&repaired);
}

TEST(what_is_no_archive_cannot_be_repaired)
{
	struct test_random random = { 14 };
	uint8_t *garbage = malloc(300000);

	for (size_t i = 0; i < 300000; i++)
		garbage[i] = (uint8_t)random_next(&random);
	for (size_t size = 0; size < 300000; size = size * 2 + 1) {
		struct narc_repair_result result;
		struct packed repaired;
		struct narc_error error = { 0 };

		ASSERT_STATUS(try_to_repair(garbage, size, &repaired, &result, &error),
			      NARC_CORRUPT, &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_CORRUPT);
	}
	free(garbage);
}

/* Makes the checksum of a section right for what it is now. */
static void reseal(uint8_t *file, const struct found_section *section)
{
	struct byte_buffer bytes = BYTE_BUFFER_EMPTY;

	byte_buffer_append(&bytes, file + section->offset, (size_t)section->size);
	section_reseal(&bytes);
	memcpy(file + section->offset, bytes.data, bytes.size);
	byte_buffer_free(&bytes);
}

TEST(sections_with_wrong_fields_and_right_checksums_do_no_harm)
{
	struct test_random random = { 15 };

	for (int redacted = 0; redacted <= 1; redacted++) {
		struct packed packed = redacted ? make_redacted_archive(FIVE_PERCENT, 0)
						: make_plain_archive(0, 0);
		uint8_t *copy = copy_of(&packed);

		find_sections(packed.data, packed.size, &sections);
		for (unsigned round = 0; round < (is_long() ? 20000 : 60); round++) {
			unsigned changes = 1 + (unsigned)random_below(&random, 4);

			for (unsigned i = 0; i < changes; i++) {
				const struct found_section *section =
					&sections.list[random_below(&random, sections.count)];
				uint64_t payload = section->size - SECTION_MIN_SIZE;
				uint64_t most = round % 2 && payload > 40 ? 40 : payload;
				uint8_t *place = copy + section->offset + SECTION_HEADING_SIZE;

				place[random_below(&random, most)] =
					(uint8_t)random_next(&random);
				reseal(copy, section);
			}
			assert_survives(copy, packed.size);
			memcpy(copy, packed.data, packed.size);
		}
		free(copy);
		packed_free(&packed);
	}
}

static void append_table(struct byte_buffer *file, const struct parity_table *table)
{
	struct narc_error error;

	ASSERT_OK(parity_table_encode(file, table, &error), &error);
}

static struct parity_table hostile_table(struct extent *extents, size_t count, unsigned strength)
{
	struct parity_table table = { .extents = extents, .extent_count = count };
	struct narc_error error;
	const struct parity_aim aim = { strength, strength == 0 };

	ASSERT_OK(parity_table_choose(&table, aim, &error), &error);
	return table;
}

static void forget_table(struct parity_table *table)
{
	table->extents = NULL;
	parity_table_free(table);
}

TEST(tables_that_lie_about_what_they_cover_do_no_harm)
{
	struct packed packed = make_plain_archive(0, 0);
	struct extent extents[3] = { { 0, 1000 }, { 1000, 1 }, { 0, 0 } };
	struct byte_buffer file = BYTE_BUFFER_EMPTY;
	static const uint64_t ends[] = { 2000, 100000, 380000, 3000000, (uint64_t)1 << 40,
					 (uint64_t)INT64_MAX - 5000 };

	for (size_t i = 0; i < COUNT_OF(ends); i++)
		for (unsigned offset = 0; offset < 4; offset++) {
			struct parity_table table;

			extents[1].size = 1 + i * 777;
			extents[2] = (struct extent){ ends[i], 1 + i * 33 };
			table = hostile_table(extents, 3, i % 2 ? 0 : 3000);
			table.offset = offset == 0   ? 0
				       : offset == 1 ? packed.size
				       : offset == 2 ? INT64_MAX
						     : ends[i] + 100;
			byte_buffer_clear(&file);
			byte_buffer_append(&file, packed.data, packed.size);
			append_table(&file, &table);
			append_table(&file, &table);
			assert_survives(file.data, file.size);
			/* Alone, it is no archive. */
			assert_survives(file.data + packed.size, file.size - packed.size);
			forget_table(&table);
		}
	byte_buffer_free(&file);
	packed_free(&packed);
}

TEST(very_many_small_extents_are_gone_through_soon)
{
	enum { MANY = 500000 };
	struct extent *extents = malloc(MANY * sizeof(*extents));
	struct byte_buffer file = BYTE_BUFFER_EMPTY;
	struct parity_table table;

	for (size_t i = 0; i < MANY; i++)
		extents[i] = (struct extent){ 2 * i, 1 };
	table = hostile_table(extents, MANY, 500);
	table.offset = 2 * MANY;
	extents[MANY - 1].offset = extent_end(parity_table_group(&table));
	byte_buffer_append(&file, "", 1);
	append_table(&file, &table);
	assert_survives(file.data, file.size);
	free(extents);
	forget_table(&table);
	byte_buffer_free(&file);
}

TEST(very_many_tables_over_the_same_are_gone_through_soon)
{
	struct byte_buffer file = BYTE_BUFFER_EMPTY;

	for (unsigned i = 0; i < 2000; i++) {
		struct extent extents[2] = { { 0, 2000000 }, { 3000000 + i, 100 } };
		struct parity_table table = { .extents = extents, .extent_count = 2,
					      .chunk_size = 65536, .parity_chunks = 1,
					      .stripes = 1 };
		uint64_t hashes[64] = { 0 };

		table.size = 2000100;
		table.chunks = table.data_chunks = 31;
		table.hashes = hashes;
		table.offset = 2000000 + i;
		append_table(&file, &table);
	}
	assert_survives(file.data, file.size);
	byte_buffer_free(&file);
}

TEST(bits_that_are_turned_over_anywhere_do_no_harm)
{
	struct packed packed = make_redacted_archive(FIVE_PERCENT, 9000);
	struct known_rows known = known_rows_of(&packed);
	struct test_random random = { 16 };
	const struct extent all = { 0, packed.size };

	for (unsigned round = 0; round < (is_long() ? 5000 : 40); round++) {
		uint8_t *copy = copy_of(&packed);
		uint64_t flips = (uint64_t)1 << random_below(&random, 10);
		struct narc_repair_result result;
		struct packed repaired;
		struct narc_error error;

		for (uint64_t i = 0; i < flips; i++)
			copy[random_below(&random, packed.size)] ^=
				(uint8_t)(1u << random_below(&random, 8));
		if (try_to_repair(copy, packed.size, &repaired, &result, &error) == NARC_OK) {
			packed_free(&repaired);
			assert_saved(&known, copy, packed.size, all);
		}
		free(copy);
	}
	known_rows_free(&known);
	packed_free(&packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_whole_needs_no_repair),
		cmocka_unit_test(more_parity_than_all_is_refused),
		cmocka_unit_test(a_damaged_byte_anywhere_is_mended),
		cmocka_unit_test(bursts_up_to_what_parity_covers_are_mended),
		cmocka_unit_test(what_one_of_two_groups_makes_again_the_other_finds_whole),
		cmocka_unit_test(a_section_of_any_kind_that_is_lost_is_mended),
		cmocka_unit_test(a_file_that_was_cut_at_its_end_is_mended),
		cmocka_unit_test(a_region_that_is_missing_or_too_much_is_mended),
		cmocka_unit_test(what_a_torn_append_left_behind_does_no_harm),
		cmocka_unit_test(more_damage_than_parity_loses_what_it_touches_alone),
		cmocka_unit_test(
			any_region_that_is_lost_without_parity_loses_the_posts_that_it_touches_alone),
		cmocka_unit_test(
			any_region_that_is_lost_of_several_generations_loses_the_posts_that_it_touches_alone),
		cmocka_unit_test(
			any_region_that_is_lost_with_little_parity_loses_the_posts_that_it_touches_alone),
		cmocka_unit_test(a_damaged_last_trailer_does_not_lose_the_last_generation),
		cmocka_unit_test(what_was_cut_off_anywhere_leaves_what_was_before),
		cmocka_unit_test(a_wrong_checksum_of_a_data_frame_is_not_copied),
		cmocka_unit_test(no_row_gets_names_that_are_not_its_own),
		cmocka_unit_test(repairing_fails_with_what_reading_or_writing_fails_with),
		cmocka_unit_test(what_is_no_archive_cannot_be_repaired),
		cmocka_unit_test(sections_with_wrong_fields_and_right_checksums_do_no_harm),
		cmocka_unit_test(tables_that_lie_about_what_they_cover_do_no_harm),
		cmocka_unit_test(very_many_small_extents_are_gone_through_soon),
		cmocka_unit_test(very_many_tables_over_the_same_are_gone_through_soon),
		cmocka_unit_test(bits_that_are_turned_over_anywhere_do_no_harm),
	};

	return cmocka_run_group_tests_name("repair", tests, NULL, NULL);
}
