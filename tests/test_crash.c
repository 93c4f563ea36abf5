/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Power cuts at any moment of any writing: whatever of it has reached the disk, the archive is
 * what it was or what it was to become, whole; once a commit has returned, it is the latter; and
 * it can be appended to. The sinks are those that narc uses, on files; what they do to them is
 * taken down by a simulated disk.
 */
#include "support_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support_archive.h"
#include "support_calls.h"
#include "support_campaign.h"
#include "support_repair.h"
#include "support_rewrite.h"

enum { TRAILER_SIZE = 120 };

/* Starts with an archive of these bytes; NULL: with none. */
static void begin(struct campaign *campaign, const void *data, size_t size)
{
	campaign_begin(campaign, REWRITTEN_NAME ".narc", data, size);
}

static void tell(const char *what, struct disk_counts counts)
{
	print_message("%s: %llu moments, %llu images, %llu of them different\n", what,
		      (unsigned long long)counts.moments, (unsigned long long)counts.images,
		      (unsigned long long)counts.distinct);
}

/* ---- packing ------------------------------------------------------------------------------- */

static void pack_to_file(struct campaign *campaign, bool replace, const struct given_file *files,
			 size_t count)
{
	narc_packer *packer = new_packer(NULL);
	struct narc_sink sink;
	struct narc_error error;

	campaign_expect(campaign);
	for (size_t i = 0; i < count; i++)
		add_file(packer, &files[i]);
	ASSERT_OK(narc_file_sink(campaign->path, replace, &sink, &error), &error);
	ASSERT_OK(narc_packer_commit(packer, sink, NULL, &error), &error);
	narc_packer_free(packer);
	campaign_has_changed(campaign);
}

TEST(a_new_archive_is_there_as_a_whole_or_not_at_all)
{
	const struct given_file files[] = { given_text("a", "first"), given_text("b", "other") };
	struct campaign campaign;

	begin(&campaign, NULL, 0);
	pack_to_file(&campaign, false, files, COUNT_OF(files));
	tell("pack", campaign_finish(&campaign));
}

TEST(an_archive_that_is_replaced_is_the_old_one_or_the_new_one)
{
	const struct given_file files[] = { given_text("a", "first"), given_text("b", "other") };
	struct campaign campaign;

	begin(&campaign, NULL, 0);
	pack_to_file(&campaign, true, files, 1);
	pack_to_file(&campaign, true, files, 2);
	pack_to_file(&campaign, true, files + 1, 1);
	tell("pack --force", campaign_finish(&campaign));
}

/* ---- appending ----------------------------------------------------------------------------- */

static struct narc_pack_options append_options(void)
{
	struct narc_pack_options options = plain_options();

	options.time = 1700000000;
	return options;
}

/* Appends by way of the file. */
static enum narc_status append_to_file(const char *path, const struct given_file *files,
				       size_t count, struct narc_error *error)
{
	struct narc_pack_options options = append_options();
	struct narc_source source;
	narc_archive *archive;
	narc_packer *packer;
	struct narc_sink sink;
	enum narc_status status;

	ASSERT_OK(narc_archive_finish(path, options.temporary_folder, error), error);
	ASSERT_OK(narc_append_sink(path, &sink, error), error);
	ASSERT_OK(narc_file_source(path, &source, error), error);
	ASSERT_OK(narc_archive_open(source, &archive, error), error);
	packer = new_appender(&options, archive);
	for (size_t i = 0; i < count; i++)
		add_file(packer, &files[i]);
	status = narc_packer_commit(packer, sink, NULL, error);
	narc_packer_free(packer);
	narc_archive_close(archive);
	return status;
}

static void append(struct campaign *campaign, const struct given_file *files, size_t count)
{
	const uint32_t before = state_of_file(campaign->path).generation;
	struct narc_error error;

	campaign_expect(campaign);
	ASSERT_OK(append_to_file(campaign->path, files, count, &error), &error);
	campaign_has_changed(campaign);
	assert_int_equal(state_of_file(campaign->path).generation, before + 1);
}

static void append_text(struct campaign *campaign, const char *path, const char *text)
{
	const struct given_file file = given_text(path, text);

	append(campaign, &file, 1);
}

/* The archive as it is, and what would become of it. */
struct attempt {
	struct packed before, after;
	struct state state;
};

static struct attempt begin_attempt(const struct campaign *campaign, const struct given_file *files,
				    size_t count)
{
	struct narc_pack_options options = append_options();
	struct attempt attempt = { .before = { NULL, 0, { 0 } } };
	narc_archive *archive;

	attempt.before.data = test_file_read(campaign->path, &attempt.before.size);
	assert_non_null(attempt.before.data);
	attempt.after = append_files(&attempt.before, &options, files, count);
	archive = open_packed(&attempt.after);
	attempt.state = state_of(archive);
	narc_archive_close(archive);
	return attempt;
}

static void end_attempt(struct attempt *attempt)
{
	packed_free(&attempt->before);
	packed_free(&attempt->after);
}

/* Appends, but a sync fails, by its number. Whether what failed is there after all, nobody can
 * say; but it is read no more. */
static void append_with_failing_sync(struct campaign *campaign, uint64_t number,
				     const struct given_file *files, size_t count)
{
	struct attempt attempt = begin_attempt(campaign, files, count);
	const struct state before = state_of_file(campaign->path);
	struct narc_error error = { 0 };

	campaign_may_be(campaign, &attempt.state);
	calls_fail(CALL_SYNC, number, EIO);
	ASSERT_STATUS(append_to_file(campaign->path, files, count, &error), NARC_IO, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_IO);
	assert_int_equal(error.system_errno, EIO);
	assert_true(calls_have_failed());
	assert_true(state_of_file(campaign->path).digest == before.digest);
	end_attempt(&attempt);
}

/* Appends where there is room for so many bytes only; true if that was too little. */
static bool append_to_full_disk(struct campaign *campaign, uint64_t room,
				const struct given_file *files, size_t count)
{
	struct attempt attempt = begin_attempt(campaign, files, count);
	const struct state before = state_of_file(campaign->path);
	struct narc_error error = { 0 };
	enum narc_status status;
	bool is_full;

	campaign_may_be(campaign, &attempt.state);
	calls_fill_disk(room);
	status = append_to_file(campaign->path, files, count, &error);
	is_full = calls_have_failed();
	ASSERT_STATUS(status, is_full ? NARC_IO : NARC_OK, &error);
	if (is_full) {
		assert_int_equal(error.system_errno, ENOSPC);
		assert_true(state_of_file(campaign->path).digest == before.digest);
	} else {
		campaign_has_changed(campaign);
	}
	end_attempt(&attempt);
	return is_full;
}

/* Appends up to a place, as a process does that is killed: nothing ends it. */
static void append_and_die(struct campaign *campaign, size_t end, const struct given_file *files,
			   size_t count)
{
	struct attempt attempt = begin_attempt(campaign, files, count);
	narc_archive *archive = open_packed(&attempt.before);
	const uint8_t *data = attempt.after.data;
	struct narc_info info;
	struct narc_error error;
	size_t synced;
	int fd = open(campaign->path, O_RDWR | O_CLOEXEC);

	ASSERT_OK(narc_archive_info(archive, &info, &error), &error);
	narc_archive_close(archive);
	if (end > attempt.after.size)
		end = attempt.after.size;
	if (end < info.file_size)
		end = (size_t)info.file_size;
	synced = attempt.after.size - TRAILER_SIZE < end ? attempt.after.size - TRAILER_SIZE : end;
	campaign_may_be(campaign, &attempt.state);
	assert_int_equal(ftruncate(fd, (off_t)info.file_size), 0);
	assert_int_equal(fdatasync(fd), 0);
	assert_int_equal(pwrite(fd, data + info.file_size, synced - (size_t)info.file_size,
				(off_t)info.file_size),
			 synced - info.file_size);
	if (synced < end) {
		assert_int_equal(fdatasync(fd), 0);
		assert_int_equal(pwrite(fd, data + synced, end - synced, (off_t)synced),
				 end - synced);
	}
	close(fd);
	end_attempt(&attempt);
}

TEST(an_archive_that_grows_has_all_of_a_generation_or_nothing)
{
	const struct given_file first = given_text("a", "first");
	struct packed base = pack_files(NULL, &first, 1);
	struct campaign campaign;

	begin(&campaign, base.data, base.size);
	append_text(&campaign, "a", "second");
	append_text(&campaign, "b", "another file");
	append_text(&campaign, "moved", "another file");
	append_text(&campaign, "a", "first");
	tell("append", campaign_finish(&campaign));
	packed_free(&base);
}

TEST(many_generations_whose_segments_are_merged_survive_as_well)
{
	const struct given_file first = given_text("a", "first");
	struct packed base = pack_files(NULL, &first, 1);
	struct campaign campaign;

	begin(&campaign, base.data, base.size);
	for (unsigned i = 0; i < 12; i++) {
		char path[16], text[32];

		snprintf(path, sizeof(path), "p%u", i % 5);
		snprintf(text, sizeof(text), "text of generation %u", i + 2);
		append_text(&campaign, path, text);
	}
	tell("append, many times", campaign_finish(&campaign));
	packed_free(&base);
}

/* What one power cut left, the next one may hit: an append that ends somewhere, and garbage. */
TEST(an_append_behind_a_torn_one_has_all_of_a_generation_or_nothing)
{
	const struct given_file first = given_text("a", "first"), second = given_text("b", "second");
	struct packed base = pack_files(NULL, &first, 1);
	struct packed packed = append_files(&base, NULL, &second, 1);
	const size_t sizes[] = { packed.size - 1, packed.size - TRAILER_SIZE,
				 base.size + (packed.size - base.size) / 2 };

	for (size_t i = 0; i < 2 * COUNT_OF(sizes); i++) {
		struct campaign campaign;

		if (i == COUNT_OF(sizes))
			memset((uint8_t *)packed.data + base.size, 0xee, packed.size - base.size);
		begin(&campaign, packed.data, sizes[i % COUNT_OF(sizes)]);
		append_text(&campaign, "c", "third");
		append_text(&campaign, "b", "second");
		tell("append behind a torn one", campaign_finish(&campaign));
	}
	packed_free(&base);
	packed_free(&packed);
}

TEST(an_append_after_one_whose_sync_failed_leaves_no_mixture_of_both)
{
	const struct given_file first = given_text("a", "first"), second = given_text("b", "second");
	struct packed base = pack_files(NULL, &first, 1);

	for (uint64_t number = 1; number <= 3; number++) {
		struct campaign campaign;

		begin(&campaign, base.data, base.size);
		append_with_failing_sync(&campaign, number, &second, 1);
		append_text(&campaign, "c", "third, which is longer than the second");
		append_text(&campaign, "d", "fourth");
		tell("append after a sync that failed", campaign_finish(&campaign));
	}
	packed_free(&base);
}

TEST(an_append_behind_one_that_was_killed_before_its_last_sync_keeps_both_or_the_first)
{
	const struct given_file first = given_text("a", "first"), second = given_text("b", "second");
	struct packed base = pack_files(NULL, &first, 1);
	struct campaign campaign;

	begin(&campaign, base.data, base.size);
	append_and_die(&campaign, SIZE_MAX, &second, 1);
	append_text(&campaign, "c", "third");
	tell("append behind one that was killed", campaign_finish(&campaign));
	packed_free(&base);
}

/* A file that cannot be compressed. */
static struct given_file random_file(const char *path, size_t size, struct test_random *random)
{
	struct given_file file = given_text(path, "");
	uint8_t *content = test_malloc(size + 1);

	for (size_t i = 0; i < size; i++)
		content[i] = (uint8_t)random_next(random);
	file.content = content;
	file.size = size;
	return file;
}

static void free_file(struct given_file *file)
{
	test_free((void *)(uintptr_t)file->content);
}

TEST(an_append_of_some_or_many_sectors_has_all_of_a_generation_or_nothing)
{
	static const size_t sizes[] = { 2000, 300000 };
	const struct given_file first = given_text("a", "first");
	struct packed base = pack_files(NULL, &first, 1);
	struct test_random random = { 17 };

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct given_file large = random_file("large", sizes[i], &random);
		struct campaign campaign;

		begin(&campaign, base.data, base.size);
		append(&campaign, &large, 1);
		tell(i ? "append of many sectors" : "append of some sectors",
		     campaign_finish(&campaign));
		free_file(&large);
	}
	packed_free(&base);
}

/* ---- one thing after the other ------------------------------------------------------------- */

static void compact(struct campaign *campaign)
{
	struct rewritten rewritten = { .folder = campaign->folder };
	struct packed packed = { NULL, 0, { 0 } };
	narc_archive *archive;
	struct narc_error error;

	packed.data = test_file_read(campaign->path, &packed.size);
	archive = open_packed(&packed);
	campaign_expect(campaign);
	ASSERT_OK(rewrite(COMPACTING, archive, NULL, &rewritten, &error), &error);
	campaign_has_changed(campaign);
	narc_archive_close(archive);
	packed_free(&packed);
}

/* Does something to the archive. One that was killed behind its trailer is to be followed by one
 * that ends well, which *is_cautious asks for: for two faults at once there is no cure. */
static void do_something(struct campaign *campaign, struct test_random *random, bool *is_cautious)
{
	const uint64_t number = random_next(random), size = 1 + random_below(random, 1500);
	char path[16];
	struct given_file file;

	snprintf(path, sizeof(path), "p%u", (unsigned)random_below(random, 6));
	file = random_file(path, (size_t)size, random);
	switch (*is_cautious ? 7 : random_below(random, 8)) {
	case 0:
		append_with_failing_sync(campaign, 1 + number % 3, &file, 1);
		break;
	case 1:
		append_to_full_disk(campaign, number % (size + 1000), &file, 1);
		break;
	case 2:
		append_and_die(campaign, SIZE_MAX, &file, 1);
		*is_cautious = true;
		break;
	case 3:
		append_and_die(campaign, (size_t)(number % 20000), &file, 1);
		*is_cautious = true;
		break;
	case 4:
		compact(campaign);
		break;
	default:
		append(campaign, &file, 1);
		*is_cautious = false;
	}
	free_file(&file);
}

TEST(archives_survive_whatever_happens_to_them_one_thing_after_the_other)
{
	const struct given_file first = given_text("a", "first");
	struct packed base = pack_files(NULL, &first, 1);
	struct disk_counts total = { 0 };
	const uint64_t lives = getenv("NARC_LONG") ? 300 : 4;

	for (uint64_t life = 0; life < lives; life++) {
		struct test_random random = { 1000 + life };
		struct campaign campaign;
		struct disk_counts counts;
		bool is_cautious = false;

		begin(&campaign, base.data, base.size);
		for (unsigned i = 0; i < 12; i++)
			do_something(&campaign, &random, &is_cautious);
		counts = campaign_finish(&campaign);
		total.moments += counts.moments;
		total.images += counts.images;
		total.distinct += counts.distinct;
	}
	tell("one thing after the other", total);
	packed_free(&base);
}

/* ---- rewriting ----------------------------------------------------------------------------- */

static void rewrite_file(enum rewriting rewriting, const char *what)
{
	struct packed living = make_living_archive();
	narc_archive *archive = open_packed(&living), *other = open_packed(&living);
	struct rewritten rewritten = { .count = 0 };
	struct campaign campaign;
	struct narc_error error;

	begin(&campaign, living.data, living.size);
	rewritten.folder = campaign.folder;
	campaign_expect(&campaign);
	ASSERT_OK(rewrite(rewriting, archive, other, &rewritten, &error), &error);
	campaign_has_changed(&campaign);
	append_text(&campaign, "later", "appended to what was made");
	tell(what, campaign_finish(&campaign));
	narc_archive_close(archive);
	narc_archive_close(other);
	packed_free(&living);
}

TEST(an_archive_that_is_merged_into_is_the_old_one_or_the_new_one)
{
	rewrite_file(MERGING, "merge");
}

TEST(an_archive_that_is_compacted_is_the_old_one_or_the_new_one)
{
	rewrite_file(COMPACTING, "compact");
}

TEST(an_archive_that_is_redacted_is_the_old_one_or_the_new_one)
{
	rewrite_file(REDACTING, "redact");
}

TEST(each_part_of_a_split_is_there_as_a_whole_or_not_at_all)
{
	static const char *const names[] = { "2021-12.narc", "2022-01.narc" };
	struct packed living = make_living_archive();

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		narc_archive *archive = open_packed(&living);
		struct rewritten rewritten = { .count = 0 };
		struct campaign campaign;
		struct narc_error error;

		campaign_begin(&campaign, names[i], NULL, 0);
		rewritten.folder = campaign.folder;
		campaign_expect(&campaign);
		ASSERT_OK(rewrite(SPLITTING, archive, NULL, &rewritten, &error), &error);
		campaign_has_changed(&campaign);
		tell("split", campaign_finish(&campaign));
		narc_archive_close(archive);
	}
	packed_free(&living);
}

/* ---- repairing ----------------------------------------------------------------------------- */

/* What a damaged archive may be after a power cut while it is repaired: as it was, or this. */
enum { DAMAGED, REPAIRED };

struct damage {
	struct packed damaged, repaired;
	enum narc_repair_outcome outcome;
	struct state state; /* of what is repaired */
};

static bool is_same(const struct disk_image *image, const struct packed *packed)
{
	return image->data && image->size == packed->size &&
	       memcmp(image->data, packed->data, packed->size) == 0;
}

/* Fails unless an image can be repaired, again or still. */
static void assert_can_be_repaired(const struct disk_image *image, const struct damage *damage,
				   enum narc_repair_outcome outcome)
{
	struct narc_repair_result result;
	struct packed again;
	struct narc_error error;

	ASSERT_OK(try_to_repair(image->data, image->size, &again, &result, &error), &error);
	assert_int_equal(result.outcome, outcome);
	assert_int_equal(again.size, damage->repaired.size);
	assert_memory_equal(again.data, damage->repaired.data, again.size);
	packed_free(&again);
}

/* A disk_check_fn. */
static void check_repaired_image(void *context, const struct disk_image *image)
{
	const struct damage *damage = context;

	if (image->lowest == DAMAGED && is_same(image, &damage->damaged)) {
		assert_can_be_repaired(image, damage, damage->outcome);
	} else if (image->highest == REPAIRED && is_same(image, &damage->repaired)) {
		assert_can_be_repaired(image, damage, NARC_REPAIR_NOT_NEEDED);
		assert_can_be_appended_to(image, &damage->state);
	} else {
		fail_msg("after %zu changes, %zu bytes are neither what was damaged nor what it "
			 "was repaired to", image->moment, image->size);
	}
}

/* What repairing comes to where the power stays on. */
static struct damage damage_of(const struct packed *damaged, enum narc_repair_outcome outcome)
{
	struct damage damage = { .damaged = *damaged, .outcome = outcome };
	struct narc_repair_result result;
	struct narc_error error;
	narc_archive *archive;

	ASSERT_OK(try_to_repair(damaged->data, damaged->size, &damage.repaired, &result, &error),
		  &error);
	assert_int_equal(result.outcome, outcome);
	archive = open_packed(&damage.repaired);
	damage.state = state_of(archive);
	narc_archive_close(archive);
	return damage;
}

/* Repairs a file, beside which a repair that was killed has left another one. */
static void repair_on_disk(const struct packed *damaged, enum narc_repair_outcome outcome,
			   const char *what)
{
	static const char name[] = REWRITTEN_NAME ".narc";
	static const char left_over[] = "." REWRITTEN_NAME ".narc.tmp-9-0";
	const struct given_file later = given_text("later", "appended to what was repaired");
	struct damage damage = damage_of(damaged, outcome);
	char *folder = test_folder_new(), path[TEST_PATH_SIZE];
	struct disk_counts counts = { 0 };
	struct simulated_disk *disk;
	struct narc_repair_result result;
	struct narc_error error;

	test_path(path, folder, left_over);
	test_file_write(path, damage.repaired.data, damage.repaired.size / 2);
	test_path(path, folder, name);
	test_file_write(path, damaged->data, damaged->size);
	disk = disk_new(folder);
	disk_expect(disk, DAMAGED, REPAIRED);
	ASSERT_OK(repair_file(path, &result, &error), &error);
	disk_expect(disk, REPAIRED, REPAIRED);
	assert_int_equal(test_folder_count(folder), 1);
	disk_check(disk, name, images_at_a_moment(), check_repaired_image, &damage, &counts);
	/* What was damaged, what was repaired, and that this has to stay. */
	assert_true(counts.distinct >= 3);
	tell(what, counts);
	disk_free(disk);
	ASSERT_OK(append_to_file(path, &later, 1, &error), &error);
	assert_int_equal(state_of_file(path).rows, damage.state.rows + 1);
	test_folder_remove(folder);
	packed_free(&damage.repaired);
}

TEST(an_archive_that_is_mended_is_the_damaged_one_or_what_it_was)
{
	struct packed packed = make_redacted_archive(500, 9000);
	struct packed damaged = { malloc(packed.size), packed.size, { 0 } };

	memcpy(damaged.data, packed.data, packed.size);
	memset((uint8_t *)damaged.data + packed.size / 3, 0, 300);
	assert_mended(&packed, damaged.data, damaged.size);
	repair_on_disk(&damaged, NARC_REPAIR_MENDED, "repair by parity");
	packed_free(&damaged);
	packed_free(&packed);
}

TEST(an_archive_that_is_saved_is_the_damaged_one_or_what_is_whole_of_it)
{
	struct packed packed = make_redacted_archive(0, 9000);

	memset((uint8_t *)packed.data + packed.size / 3, 0, 3000);
	repair_on_disk(&packed, NARC_REPAIR_SAVED, "repair without parity");
	packed_free(&packed);
}

TEST(an_archive_that_was_cut_short_is_that_or_what_is_saved_of_it)
{
	struct packed packed = make_redacted_archive(0, 9000);
	struct packed damaged = { packed.data, packed.size / 3, { 0 } };

	repair_on_disk(&damaged, NARC_REPAIR_SAVED, "repair of what was cut short");
	packed_free(&packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_archive_is_there_as_a_whole_or_not_at_all),
		cmocka_unit_test(an_archive_that_is_replaced_is_the_old_one_or_the_new_one),
		cmocka_unit_test(an_archive_that_grows_has_all_of_a_generation_or_nothing),
		cmocka_unit_test(many_generations_whose_segments_are_merged_survive_as_well),
		cmocka_unit_test(an_append_behind_a_torn_one_has_all_of_a_generation_or_nothing),
		cmocka_unit_test(an_append_after_one_whose_sync_failed_leaves_no_mixture_of_both),
		cmocka_unit_test(an_append_behind_one_that_was_killed_before_its_last_sync_keeps_both_or_the_first),
		cmocka_unit_test(an_append_of_some_or_many_sectors_has_all_of_a_generation_or_nothing),
		cmocka_unit_test(archives_survive_whatever_happens_to_them_one_thing_after_the_other),
		cmocka_unit_test(an_archive_that_is_merged_into_is_the_old_one_or_the_new_one),
		cmocka_unit_test(an_archive_that_is_compacted_is_the_old_one_or_the_new_one),
		cmocka_unit_test(an_archive_that_is_redacted_is_the_old_one_or_the_new_one),
		cmocka_unit_test(each_part_of_a_split_is_there_as_a_whole_or_not_at_all),
		cmocka_unit_test(an_archive_that_is_mended_is_the_damaged_one_or_what_it_was),
		cmocka_unit_test(an_archive_that_is_saved_is_the_damaged_one_or_what_is_whole_of_it),
		cmocka_unit_test(an_archive_that_was_cut_short_is_that_or_what_is_saved_of_it),
	};

	return cmocka_run_group_tests_name("crash", tests, NULL, NULL);
}
