/* SPDX-License-Identifier: BSD-2-Clause */
/* Damaged files: finding sections in them, and putting pieces of them where they belong. */
#include "support_check.h"

#include <stdlib.h>
#include <string.h>

#include "format/limits.h"
#include "read/mended_source.h"
#include "read/scan_sections.h"
#include "support/byte_order.h"
#include "support_repair.h"
#include "support_section.h"

/* ---- mended sources ----------------------------------------------------------------------- */

enum { DAMAGED_SIZE = 5000, SIZE_LIMIT = 12000 };

struct model {
	uint8_t bytes[SIZE_LIMIT];
	uint64_t size;
};

static void resize(struct model *model, struct mended_source *mended, struct test_random *random)
{
	uint64_t size = random_below(random, SIZE_LIMIT + 1);

	mended_source_resize(mended, size);
	if (size > model->size)
		memset(model->bytes + model->size, 0, (size_t)(size - model->size));
	model->size = size;
}

static void put(struct model *model, struct mended_source *mended, struct test_random *random)
{
	uint64_t offset = random_below(random, model->size);
	uint64_t size = 1 + random_below(random, model->size - offset < 300 ? model->size - offset
									      : 300);
	uint8_t bytes[300];
	struct narc_error error;

	for (uint64_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)random_next(random);
	ASSERT_OK(mended_source_put(mended, offset, bytes, (size_t)size, &error), &error);
	memcpy(model->bytes + offset, bytes, (size_t)size);
}

static void move(struct model *model, struct mended_source *mended, const uint8_t *damaged,
		 struct test_random *random)
{
	uint64_t place = random_below(random, DAMAGED_SIZE);
	uint64_t offset = random_below(random, model->size);
	uint64_t most = DAMAGED_SIZE - place < model->size - offset ? DAMAGED_SIZE - place
								      : model->size - offset;
	uint64_t size = 1 + random_below(random, random_below(random, 2) && most > 50 ? 50 : most);
	struct narc_error error;

	ASSERT_OK(mended_source_move(mended, offset, place, size, &error), &error);
	memcpy(model->bytes + offset, damaged + place, (size_t)size);
}

static void assert_reads(const struct model *model, struct mended_source *mended,
			 struct test_random *random)
{
	struct narc_source source = mended_source_as_source(mended);
	uint64_t offset = random_below(random, model->size + 1);
	size_t length = (size_t)random_below(random, model->size - offset + 1);
	uint8_t *bytes = malloc(length + 1);
	struct narc_error error = { 0 };
	uint64_t size;

	ASSERT_OK(source.ops->size(source.context, &size, &error), &error);
	assert_true(size == model->size);
	ASSERT_OK(source.ops->read_at(source.context, offset, bytes, length, &error), &error);
	assert_memory_equal(bytes, model->bytes + offset, length);
	length = (size_t)(model->size - offset) + 1;
	ASSERT_STATUS(source.ops->read_at(source.context, offset, bytes, length, &error),
		      NARC_CORRUPT, &error);
	free(bytes);
	source.ops->close(source.context);
}

TEST(a_mended_source_is_what_was_put_together)
{
	uint8_t damaged[DAMAGED_SIZE];
	struct test_random random = { 31 };

	for (size_t i = 0; i < DAMAGED_SIZE; i++)
		damaged[i] = (uint8_t)random_next(&random);
	for (unsigned round = 0; round < 40; round++) {
		struct model model = { .size = round ? DAMAGED_SIZE : 0 };
		struct mended_source mended;
		struct narc_source source;
		struct narc_error error;

		memcpy(model.bytes, damaged, (size_t)model.size);
		ASSERT_OK(narc_memory_source(damaged, (size_t)model.size, &source, &error), &error);
		ASSERT_OK(mended_source_init(&mended, source, "/tmp", &error), &error);
		for (unsigned step = 0; step < 500; step++) {
			uint64_t kind = random_below(&random, 20);

			if (kind == 0 || (round == 0 && step == 0))
				resize(&model, &mended, &random);
			else if (model.size && kind < 8)
				put(&model, &mended, &random);
			else if (model.size && round && kind < 14)
				move(&model, &mended, damaged, &random);
			if (model.size)
				assert_reads(&model, &mended, &random);
		}
		mended_source_free(&mended);
		source.ops->close(source.context);
	}
}

/* ---- finding sections --------------------------------------------------------------------- */

enum { FOUND_LIMIT = 3000 };

struct found {
	struct {
		enum section_tag tag;
		uint64_t offset;
		size_t size;
	} list[FOUND_LIMIT];
	size_t count;
};

static enum narc_status note(void *context, enum section_tag tag,
			     const struct byte_buffer *section, uint64_t offset,
			     struct narc_error *error)
{
	struct found *found = context;

	(void)error;
	assert_true(found->count < FOUND_LIMIT);
	found->list[found->count].tag = tag;
	found->list[found->count].offset = offset;
	found->list[found->count++].size = section->size;
	return NARC_OK;
}

/* Scans a copy that is just so large, so that a sanitizer sees any read outside. */
static void scan(const void *data, size_t size, struct found *found)
{
	uint8_t *copy = malloc(size + 1);
	struct narc_source source;
	struct narc_error error;

	memcpy(copy, data, size);
	found->count = 0;
	ASSERT_OK(narc_memory_source(copy, size, &source, &error), &error);
	ASSERT_OK(scan_sections(source, 0, UINT64_MAX, note, found, &error), &error);
	source.ops->close(source.context);
	free(copy);
}

/* What a walk by the sizes of all frames finds. */
static void walk(const struct packed *packed, struct found *found)
{
	const uint8_t *data = packed->data;
	struct byte_buffer section = BYTE_BUFFER_EMPTY;

	found->count = 0;
	for (size_t place = 0; place < packed->size; place += section.size) {
		byte_buffer_clear(&section);
		byte_buffer_append(&section, data + place,
				   ZSTD_findFrameCompressedSize(data + place,
								packed->size - place));
		if (load_le32(data + place) == SECTION_MAGIC)
			note(found, (enum section_tag)load_le32(data + place + 8), &section, place,
			     NULL);
	}
	byte_buffer_free(&section);
}

/* Fails unless those of all from place first on were found, so far behind. */
static void assert_same(const struct found *got, const struct found *all, size_t first,
			uint64_t shift)
{
	assert_int_equal(got->count, all->count - first);
	for (size_t i = 0; i < got->count; i++) {
		assert_int_equal(got->list[i].tag, all->list[first + i].tag);
		assert_true(got->list[i].offset == all->list[first + i].offset + shift);
		assert_int_equal(got->list[i].size, all->list[first + i].size);
	}
}

static struct found all, got;

TEST(all_sections_are_found_in_order)
{
	struct packed packed = make_redacted_archive(500, 30000);
	size_t behind = 0;

	walk(&packed, &all);
	assert_true(all.count > 30);
	scan(packed.data, packed.size, &got);
	assert_same(&got, &all, 0, 0);
	/* Cut at the beginning, and at the end. */
	for (size_t cut = 1; cut < packed.size; cut += packed.size / 60) {
		while (behind < all.count && all.list[behind].offset < cut)
			behind++;
		scan((const uint8_t *)packed.data + cut, packed.size - cut, &got);
		assert_same(&got, &all, behind, (uint64_t)-cut);
		scan(packed.data, cut, &got);
		assert_in_range(got.count, behind - 1, behind);
		if (got.count < behind)
			assert_true(all.list[behind - 1].offset + all.list[behind - 1].size > cut);
	}
	packed_free(&packed);
}

TEST(sections_are_found_among_garbage_and_at_the_ends_of_windows)
{
	enum { WINDOW = 1 << 20, ROOM = 3 * WINDOW };
	static const uint8_t heading[] = { 0x5a, 0x2a, 0x4d, 0x18, 0xff, 0xff, 0xff,
					   0xff, 'N',  'B',  'L',  'K' };
	uint8_t *bytes = malloc(ROOM);
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct test_random random = { 32 };

	section_of(&section, SECTION_NAMES, "some names", 10);
	for (size_t before = WINDOW - 40; before < WINDOW + 5; before++) {
		memset(bytes, (int)(before & 1 ? 0 : 0x5a), before + 100);
		/* Magics that are none, of which one begins just before. */
		memcpy(bytes + 100, heading, sizeof(heading));
		memcpy(bytes + before - 4, heading, 4);
		memcpy(bytes + before, section.data, section.size);
		scan(bytes, before + section.size, &got);
		assert_int_equal(got.count, 1);
		assert_true(got.list[0].offset == before);
		scan(bytes, before + section.size - 1, &got);
		assert_int_equal(got.count, 0);
	}
	for (unsigned round = 0; round < 30; round++) {
		size_t place = 0, count = 0;

		all.count = 0;
		while (count < 50) {
			size_t gap = (size_t)random_below(&random, round % 2 ? 60 : 50000);

			for (size_t i = 0; i < gap; i++)
				bytes[place++] = (uint8_t)random_next(&random);
			note(&all, SECTION_NAMES, &section, place, NULL);
			memcpy(bytes + place, section.data, section.size);
			place += section.size;
			count++;
		}
		scan(bytes, place, &got);
		assert_same(&got, &all, 0, 0);
	}
	byte_buffer_free(&section);
	free(bytes);
}

static enum narc_status count(void *context, enum section_tag tag,
			      const struct byte_buffer *section, uint64_t offset,
			      struct narc_error *error)
{
	(void)tag;
	(void)section;
	(void)offset;
	(void)error;
	++*(unsigned *)context;
	return NARC_OK;
}

TEST(frames_that_pretend_to_lead_far_do_not_take_long)
{
	enum { FRAMES = 60000, EMPTY_BLOCKS = 30 };
	/* A frame with a checksum and, at its end, a block that hides the next section and the
	 * beginning of the frame behind that: so each leads through all that follow. */
	static const uint8_t beginning[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x24, 1 };
	const uint32_t hiding = (SECTION_MIN_SIZE + sizeof(beginning)) << 3;
	struct byte_buffer file = BYTE_BUFFER_EMPTY;
	struct narc_source source;
	struct narc_error error;
	unsigned counted = 0;

	for (unsigned i = 0; i < FRAMES; i++) {
		section_end(&file, section_begin(&file, SECTION_NAMES));
		byte_buffer_append(&file, beginning, sizeof(beginning));
		for (unsigned k = 0; k < EMPTY_BLOCKS; k++)
			byte_buffer_append(&file, "\0\0", 3);
		byte_buffer_append_u8(&file, (uint8_t)hiding);
		byte_buffer_append_u8(&file, (uint8_t)(hiding >> 8));
		byte_buffer_append_u8(&file, 0);
	}
	assert_false(file.failed);
	ASSERT_OK(narc_memory_source(file.data, file.size, &source, &error), &error);
	ASSERT_OK(scan_sections(source, 0, UINT64_MAX, count, &counted, &error), &error);
	assert_int_equal(counted, FRAMES);
	source.ops->close(source.context);
	byte_buffer_free(&file);
}

/* ---- archives inside of archives ---------------------------------------------------------- */

enum { NOISE_SIZE = 200000 };

/* An archive of two generations that does not compress, for most of it is noise. */
static struct packed make_inner(unsigned parity)
{
	struct narc_pack_options options = plain_options();
	struct made_posts posts = make_posts(60, 35);
	struct test_random random = { 36 };
	struct given_file *files = malloc(62 * sizeof(*files));
	uint8_t *noise = malloc(2 * NOISE_SIZE);
	struct packed base, inner;

	for (size_t i = 0; i < 2 * NOISE_SIZE; i++)
		noise[i] = (uint8_t)random_next(&random);
	options.parity = parity;
	options.block_size = 4000;
	memcpy(files + 1, posts.files, 60 * sizeof(*files));
	files[0] = given_text("first-noise", "");
	files[0].entry.mtime_seconds = 1638316800;
	files[0].content = noise;
	files[0].size = NOISE_SIZE;
	base = pack_files(&options, files, 40);
	files[0].entry.path = "second-noise";
	files[0].content = noise + NOISE_SIZE;
	inner = append_files(&base, &options, files, 61);
	packed_free(&base);
	made_posts_free(&posts);
	free(noise);
	free(files);
	return inner;
}

/* An archive that has another among its posts, which does not compress, and so stands in it as
 * it is; before or behind most of them. */
static struct packed make_nest(const struct packed *inner, unsigned parity, bool early)
{
	struct narc_pack_options options = plain_options();
	struct made_posts posts = make_posts(120, 33);
	struct given_file files[121];
	struct packed nest;

	options.parity = parity;
	options.block_size = 4000;
	memcpy(files, posts.files, 120 * sizeof(*files));
	files[120] = given_text("backup.narc", "");
	files[120].content = inner->data;
	files[120].size = inner->size;
	files[120].entry.mtime_seconds = early ? 1638316800 : 1638316800 + 20000;
	nest = pack_files(&options, files, 121);
	made_posts_free(&posts);
	return nest;
}

/* Where the inner archive stands in the nest. */
static size_t place_of(const struct packed *nest, const struct packed *inner)
{
	const uint8_t *found = memmem(nest->data, nest->size, inner->data, 100000);

	assert_non_null(found);
	return (size_t)(found - (const uint8_t *)nest->data);
}

TEST(sections_of_an_archive_inside_of_another_are_not_taken_for_its_own)
{
	struct packed inner = make_inner(500);

	for (int early = 0; early <= 1; early++) {
		struct packed nest = make_nest(&inner, 500, early);
		size_t place = place_of(&nest, &inner);
		uint8_t *data = nest.data;

		walk(&nest, &all);
		scan(nest.data, nest.size, &got);
		assert_same(&got, &all, 0, 0);
		/* In a frame that is damaged in front of it, too: its checksum is the decoder's. */
		data[place - 3] ^= 0x06;
		scan(nest.data, nest.size, &got);
		assert_same(&got, &all, 0, 0);
		packed_free(&nest);
	}
	packed_free(&inner);
}

TEST(sections_of_part_of_an_archive_inside_of_another_are_not_taken_for_its_own)
{
	struct packed inner = make_inner(500);
	/* Without its header, and its end. */
	struct packed part = { (uint8_t *)inner.data + 2000, inner.size - 3000, { 0 } };

	for (int early = 0; early <= 1; early++) {
		struct packed nest = make_nest(&part, 0, early);

		place_of(&nest, &part);
		walk(&nest, &all);
		scan(nest.data, nest.size, &got);
		assert_same(&got, &all, 0, 0);
		packed_free(&nest);
	}
	packed_free(&inner);
}

/* Damages a nest here and there, and has it repaired. */
static void assert_nest_is_repaired(unsigned parity, unsigned inner_parity, bool early)
{
	struct packed inner = make_inner(inner_parity);
	struct packed nest = make_nest(&inner, parity, early);
	struct known_rows known = known_rows_of(&nest);
	struct test_random random = { 34 };
	size_t place = place_of(&nest, &inner);

	for (unsigned round = 0; round < 30; round++) {
		uint8_t *copy = malloc(nest.size);
		/* Inside of the inner one, before its beginning, and anywhere. */
		uint64_t start = round % 3 == 0	  ? place + random_below(&random, inner.size)
				 : round % 3 == 1 ? place - 1 - random_below(&random, 8)
						  : random_below(&random, nest.size - 400);
		struct extent lost = { start, 1 + random_below(&random, 300) };

		memcpy(copy, nest.data, nest.size);
		memset(copy + start, 0x33, (size_t)lost.size);
		if (parity)
			assert_mended(&nest, copy, nest.size);
		else
			assert_saved(&known, copy, nest.size, lost);
		free(copy);
	}
	known_rows_free(&known);
	packed_free(&nest);
	packed_free(&inner);
}

TEST(an_archive_with_another_inside_is_mended)
{
	assert_nest_is_repaired(500, 500, true);
	assert_nest_is_repaired(500, 0, false);
}

TEST(an_archive_with_another_inside_is_saved)
{
	assert_nest_is_repaired(0, 500, true);
	assert_nest_is_repaired(0, 500, false);
	assert_nest_is_repaired(0, 0, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mended_source_is_what_was_put_together),
		cmocka_unit_test(all_sections_are_found_in_order),
		cmocka_unit_test(sections_are_found_among_garbage_and_at_the_ends_of_windows),
		cmocka_unit_test(frames_that_pretend_to_lead_far_do_not_take_long),
		cmocka_unit_test(sections_of_an_archive_inside_of_another_are_not_taken_for_its_own),
		cmocka_unit_test(
			sections_of_part_of_an_archive_inside_of_another_are_not_taken_for_its_own),
		cmocka_unit_test(an_archive_with_another_inside_is_mended),
		cmocka_unit_test(an_archive_with_another_inside_is_saved),
	};

	return cmocka_run_group_tests_name("mended", tests, NULL, NULL);
}
