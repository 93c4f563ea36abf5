/* SPDX-License-Identifier: BSD-2-Clause */
/* Histories that are packed at once, in memory: what comes of them is what appending each
 * generation by itself gives. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faulty_io.h"
#include "read/archive.h"
#include "support_archive.h"

/* A generation: all files that there are in it. */
struct state {
	int64_t time;
	const struct given_file *files;
	size_t count;
};

/* A narc_has_path_fn. */
static enum narc_status has_path(void *context, const char *path, bool *has,
				 struct narc_error *error)
{
	const struct state *state = context;

	(void)error;
	*has = false;
	for (size_t i = 0; i < state->count && !*has; i++)
		*has = strcmp(state->files[i].entry.path, path) == 0;
	return NARC_OK;
}

static void begin_state(narc_packer *packer, const struct state *state)
{
	struct narc_error error;

	ASSERT_OK(narc_packer_begin_generation(packer, state->time, has_path,
					       (void *)(uintptr_t)state, &error),
		  &error);
}

/* Gives all files of all states: the packer leaves out those that stay as they were. */
static void add_states(narc_packer *packer, const struct state *states, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		begin_state(packer, &states[i]);
		for (size_t j = 0; j < states[i].count; j++)
			add_file(packer, &states[i].files[j]);
	}
}

static struct packed pack_states(const struct narc_pack_options *options,
				 const struct state *states, size_t count)
{
	narc_packer *packer = new_packer(options);

	add_states(packer, states, count);
	return commit_packer(packer);
}

/* In the place of base. */
static void append_states(struct packed *base, const struct state *states, size_t count)
{
	struct packed packed = { NULL, 0, { 0 } };
	narc_archive *archive = open_packed(base);
	narc_packer *packer = new_appender(NULL, archive);
	struct narc_sink sink = sink_over(base, &packed);
	struct narc_error error;

	add_states(packer, states, count);
	ASSERT_OK(narc_packer_commit(packer, sink, &packed.result, &error), &error);
	narc_packer_free(packer);
	narc_archive_close(archive);
	if (packed.data) {
		packed_free(base);
		*base = packed;
	}
}

enum { LINE = 256 };

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* What all records of an archive say that does not depend on where they stand, sorted. */
static char *describe(const struct packed *packed, size_t *count)
{
	narc_archive *archive = open_packed(packed);
	const struct narc_record *record;
	struct narc_filter filter;
	narc_cursor *cursor;
	char *lines = NULL;

	*count = 0;
	narc_filter_init(&filter);
	for (uint32_t as_of = 1; as_of <= archive->trailer.generation; as_of++) {
		filter.as_of = as_of;
		cursor = open_cursor(archive, &filter);
		while ((record = next_record(cursor))) {
			char *larger = realloc(lines, (*count + 1) * LINE);

			assert_non_null(larger);
			lines = larger;
			memset(lines + *count * LINE, 0, LINE);
			snprintf(lines + (*count)++ * LINE, LINE, "%u %s %s %u %u %llx", as_of,
				 record->path, record->info_code, record->generation,
				 record->version, (unsigned long long)record->hash);
		}
		narc_cursor_close(cursor);
	}
	narc_archive_close(archive);
	if (lines)
		qsort(lines, *count, LINE, by_text);
	return lines;
}

/* Fails unless the archive is what comes of one state after the other being appended. */
static void assert_is_as_appended(const struct packed *packed, const struct state *states,
				  size_t count)
{
	struct packed one = pack_files(NULL, states[0].files, states[0].count);
	size_t lines, other_lines;
	char *description, *other;

	for (size_t i = 1; i < count; i++) {
		struct packed more = append_files(&one, NULL, states[i].files, states[i].count);

		if (more.result.rows) {
			packed_free(&one);
			one = more;
		} else {
			packed_free(&more);
		}
	}
	description = describe(packed, &lines);
	other = describe(&one, &other_lines);
	assert_int_equal(lines, other_lines);
	for (size_t i = 0; i < lines; i++)
		assert_string_equal(description + i * LINE, other + i * LINE);
	free(description);
	free(other);
	packed_free(&one);
}

static void assert_sound(const struct packed *packed)
{
	narc_archive *archive = open_packed(packed);

	assert_verifies(archive, archive->trailer.rows);
	narc_archive_close(archive);
}

static uint64_t count_current(const struct packed *packed)
{
	narc_archive *archive = open_packed(packed);
	struct narc_error error;
	struct narc_info info;

	ASSERT_OK(narc_archive_info(archive, &info, &error), &error);
	narc_archive_close(archive);
	return info.current_rows;
}

static void check_states(const struct state *states, size_t count)
{
	struct packed packed = pack_states(NULL, states, count);

	assert_sound(&packed);
	assert_is_as_appended(&packed, states, count);
	packed_free(&packed);
}

#define STATE(time, files) { time, files, COUNT_OF(files) }

#define POST(date, text, code) \
	"---\ndate: " date "\n---\n" text "\n<http://a/?infoCode=NW" code ">\n"
#define CODE "202201050000000001"
#define OTHER_CODE "202201050000000002"

/* ---- what becomes of files ---------------------------------------------------------------- */

TEST(each_content_of_a_path_is_a_version_in_its_generation)
{
	const struct given_file first[] = { given_text("a", "1"), given_text("b", "same") };
	const struct given_file second[] = { given_text("a", "2"), given_text("b", "same") };
	const struct given_file third[] = { given_text("a", "1"), given_text("b", "same") };
	const struct state states[] = { STATE(100, first), STATE(200, second), STATE(300, third) };
	struct packed packed = pack_states(NULL, states, 3);

	assert_int_equal(packed.result.generation, 3);
	assert_true(packed.result.rows == 4 && packed.result.unchanged == 2);
	/* The content that came back is stored once. */
	assert_true(packed.result.owned_size == strlen("12same"));
	packed_free(&packed);
	check_states(states, 3);
}

TEST(a_file_whose_path_is_gone_was_moved)
{
	const struct given_file first[] = { given_text("old", "text"), given_text("b", "b") };
	const struct given_file second[] = { given_text("new", "text"), given_text("b", "b") };
	const struct given_file third[] = { given_text("old", "text"), given_text("b", "b") };
	const struct state states[] = { STATE(100, first), STATE(200, second), STATE(300, third) };
	struct packed packed = pack_states(NULL, states, 3);

	assert_true(packed.result.moved == 2);
	assert_true(count_current(&packed) == 2);
	packed_free(&packed);
	check_states(states, 3);
}

TEST(a_file_whose_path_stays_is_a_copy)
{
	const struct given_file first[] = { given_text("old", "text") };
	const struct given_file second[] = { given_text("old", "text"), given_text("new", "text") };
	const struct state states[] = { STATE(100, first), STATE(200, second) };
	struct packed packed = pack_states(NULL, states, 2);

	assert_true(packed.result.moved == 0);
	packed_free(&packed);
	check_states(states, 2);
}

TEST(a_deleted_file_stays_and_its_return_is_no_change)
{
	const struct given_file first[] = { given_text("a", "a"), given_text("b", "b") };
	const struct given_file second[] = { given_text("b", "other") };
	const struct given_file third[] = { given_text("a", "a"), given_text("b", "other") };
	const struct state states[] = { STATE(100, first), STATE(200, second), STATE(300, third) };
	struct packed packed = pack_states(NULL, states, 3);

	assert_int_equal(packed.result.generation, 2);
	packed_free(&packed);
	check_states(states, 3);
}

TEST(a_deleted_file_that_comes_back_elsewhere_was_moved)
{
	const struct given_file first[] = { given_text("a", "a"), given_text("b", "b") };
	const struct given_file second[] = { given_text("b", "other") };
	const struct given_file third[] = { given_text("c", "a"), given_text("b", "other") };
	const struct state states[] = { STATE(100, first), STATE(200, second), STATE(300, third) };
	struct packed packed = pack_states(NULL, states, 3);

	assert_true(packed.result.moved == 1);
	packed_free(&packed);
	check_states(states, 3);
}

TEST(files_that_swap_their_paths_stay_two_files)
{
	const struct given_file first[] = { given_text("a", "a's"), given_text("b", "b's") };
	const struct given_file second[] = { given_text("a", "b's"), given_text("b", "a's") };
	const struct state states[] = { STATE(100, first), STATE(200, second), STATE(300, first) };

	check_states(states, 3);
}

TEST(a_file_that_is_moved_over_another_takes_the_place_of_both)
{
	const struct given_file first[] = { given_text("a", "a's"), given_text("b", "b's") };
	const struct given_file second[] = { given_text("b", "a's") };
	const struct given_file third[] = { given_text("a", "b's"), given_text("b", "a's") };
	const struct state states[] = { STATE(100, first), STATE(200, second), STATE(300, third) };

	check_states(states, 3);
}

TEST(the_infocode_tells_the_versions_of_a_post_whatever_its_path)
{
	const struct given_file first[] = {
		given_text("_posts/a.md", POST("2022-01-05", "one", CODE)),
		given_text("_posts/b.md", POST("2022-01-06", "other", OTHER_CODE)) };
	/* Rewritten, then moved, then dated back, so that the newest stands first. */
	const struct given_file second[] = {
		given_text("_posts/a.md", POST("2022-01-05", "two", CODE)), first[1] };
	const struct given_file third[] = {
		given_text("old/a.md", POST("2022-01-05", "two", CODE)), first[1] };
	const struct given_file fourth[] = {
		given_text("old/a.md", POST("2021-01-05", "three", CODE)), first[1] };
	const struct given_file fifth[] = {
		given_text("old/b.md", POST("2022-01-06", "other, rewritten", OTHER_CODE)),
		fourth[0] };
	const struct state states[] = { STATE(100, first), STATE(200, second), STATE(300, third),
					STATE(400, fourth), STATE(500, fifth) };
	struct packed packed = pack_states(NULL, states, 5);

	assert_true(packed.result.moved == 2 && packed.result.rows == 6);
	packed_free(&packed);
	check_states(states, 5);
}

TEST(a_file_that_becomes_a_symbolic_link_is_a_row_of_its_own)
{
	const struct given_file first[] = { given_text("a", "b") };
	struct given_file second[] = { given_text("a", "b") };
	const struct state states[] = { STATE(100, first), STATE(200, second) };

	second[0].entry.type = NARC_TYPE_SYMLINK;
	check_states(states, 2);
}

/* ---- generations -------------------------------------------------------------------------- */

TEST(a_generation_that_brings_nothing_is_none)
{
	const struct given_file files[] = { given_text("a", "a") };
	const struct given_file others[] = { given_text("a", "b") };
	const struct state states[] = { STATE(100, files), STATE(200, files), STATE(300, others),
					STATE(400, others) };
	struct packed packed = pack_states(NULL, states, 4);
	narc_archive *archive = open_packed(&packed);
	struct narc_error error;
	uint32_t generation;
	int64_t time;

	assert_int_equal(packed.result.generation, 2);
	ASSERT_OK(narc_archive_generation_time(archive, 1, &time, &error), &error);
	assert_true(time == 100);
	ASSERT_OK(narc_archive_generation_time(archive, 2, &time, &error), &error);
	assert_true(time == 300);
	ASSERT_OK(narc_archive_generation_at(archive, 299, &generation, &error), &error);
	assert_int_equal(generation, 1);
	narc_archive_close(archive);
	packed_free(&packed);
}

TEST(times_do_not_go_back)
{
	const struct given_file first[] = { given_text("a", "1") };
	const struct given_file second[] = { given_text("a", "2") };
	const struct given_file third[] = { given_text("a", "3") };
	const struct state states[] = { STATE(100, first), STATE(-50, second), STATE(90, third) };
	struct packed packed = pack_states(NULL, states, 2);
	narc_archive *archive;
	struct narc_error error;
	int64_t time;

	append_states(&packed, states + 2, 1);
	archive = open_packed(&packed);
	for (uint32_t i = 1; i <= 3; i++) {
		ASSERT_OK(narc_archive_generation_time(archive, i, &time, &error), &error);
		assert_true(time == 100);
	}
	narc_archive_close(archive);
	packed_free(&packed);
}

TEST(a_history_without_files_is_an_archive_without_any)
{
	const struct state states[] = { { 100, NULL, 0 }, { 200, NULL, 0 } };
	const struct given_file file[] = { given_text("a", "a") };
	const struct state more[] = { STATE(300, file) };
	struct packed packed = pack_states(NULL, states, 2);

	assert_true(packed.result.rows == 0 && packed.result.generation == 1);
	assert_sound(&packed);
	append_states(&packed, more, 1);
	assert_true(packed.result.rows == 1 && packed.result.generation == 2);
	assert_sound(&packed);
	packed_free(&packed);
}

TEST(a_path_comes_once_in_a_generation)
{
	const struct given_file file = given_text("a", "a"), other = given_text("a", "b");
	const struct state only = { 100, &file, 1 };
	narc_packer *packer = new_packer(NULL);
	struct narc_error error;
	struct packed packed;

	begin_state(packer, &only);
	add_file(packer, &file);
	ASSERT_STATUS(narc_packer_add(packer, &other.entry, "b", 1, &error), NARC_MISUSE, &error);
	assert_string_equal(error.path, "a");
	packed = commit_packer(packer);
	assert_true(packed.result.rows == 1);
	assert_sound(&packed);
	packed_free(&packed);
}

TEST(files_of_no_generation_and_of_one_do_not_go_together)
{
	const struct given_file file = given_text("a", "a");
	const struct state only = { 100, &file, 1 };
	narc_packer *packer = new_packer(NULL);
	struct narc_error error;

	add_file(packer, &file);
	ASSERT_STATUS(narc_packer_begin_generation(packer, 0, has_path, (void *)(uintptr_t)&only,
						   &error),
		      NARC_MISUSE, &error);
	narc_packer_free(packer);
	packer = new_packer(NULL);
	begin_state(packer, &only);
	ASSERT_STATUS(narc_packer_add_tree(packer, ".", &error), NARC_MISUSE, &error);
	ASSERT_STATUS(narc_packer_add_path(packer, NULL, "x", &error), NARC_MISUSE, &error);
	ASSERT_STATUS(narc_packer_add_link(packer, &file.entry, "b", &error), NARC_MISUSE, &error);
	narc_packer_free(packer);
}

/* A narc_has_path_fn that fails. */
static enum narc_status fail_to_look(void *context, const char *path, bool *has,
				     struct narc_error *error)
{
	(void)context;
	(void)path;
	(void)has;
	memset(error, 0, sizeof(*error));
	error->status = NARC_IO;
	strcpy(error->stage, "test");
	strcpy(error->message, "cannot look");
	return NARC_IO;
}

TEST(what_looking_for_a_path_fails_with_is_what_adding_fails_with)
{
	const struct given_file old = given_text("a", "a"), new = given_text("b", "a");
	const struct state only = { 100, &old, 1 };
	narc_packer *packer = new_packer(NULL);
	struct narc_error error;

	begin_state(packer, &only);
	add_file(packer, &old);
	ASSERT_OK(narc_packer_begin_generation(packer, 200, fail_to_look, NULL, &error), &error);
	ASSERT_STATUS(narc_packer_add(packer, &new.entry, "a", 1, &error), NARC_IO, &error);
	assert_string_equal(error.message, "cannot look");
	narc_packer_free(packer);
}

/* ---- many --------------------------------------------------------------------------------- */

enum { LINEAGES = 60, STATES = 25, TEXT_SIZE = 160 };

/* A site that changes: its posts are made, rewritten, moved, deleted, and come back. */
struct made_site {
	struct test_random random;
	struct given_file files[STATES][LINEAGES];
	struct state states[STATES];
	char paths[STATES][LINEAGES][48];
	char texts[STATES][LINEAGES][TEXT_SIZE];
	unsigned contents[LINEAGES];
	unsigned folders[LINEAGES];
	bool is_there[LINEAGES];
};

static void change(struct made_site *site, unsigned lineage)
{
	switch (random_below(&site->random, 8)) {
	case 0:
		site->contents[lineage]++;
		break;
	case 1:
		site->contents[lineage] -= site->contents[lineage] > 0;
		break;
	case 2:
		site->folders[lineage] = (unsigned)random_below(&site->random, 3);
		break;
	case 3:
		site->is_there[lineage] = !site->is_there[lineage];
		break;
	case 4:
		site->contents[lineage]++;
		site->folders[lineage] = (unsigned)random_below(&site->random, 3);
		break;
	default:
		break;
	}
}

/* A third of the files has infoCodes, and some of these no front matter. */
static void write_file(struct made_site *site, unsigned state, unsigned lineage)
{
	struct state *to = &site->states[state];
	char *path = site->paths[state][lineage];
	char *text = site->texts[state][lineage];
	unsigned content = site->contents[lineage];

	snprintf(path, sizeof(site->paths[0][0]), "%u/%u%s", site->folders[lineage], lineage,
		 lineage % 3 ? ".txt" : ".md");
	if (lineage % 3)
		snprintf(text, TEXT_SIZE, "%u of %u", content, lineage);
	else
		snprintf(text, TEXT_SIZE, "%sdate: 2022-01-%02u\n---\n%u\n<?infoCode=NW2022010500000000%02u>",
			 lineage % 2 ? "---\n" : "", 1 + (content * 7 + lineage) % 28, content,
			 lineage);
	site->files[state][to->count++] = given_text(path, text);
}

static struct made_site *make_states(uint64_t seed)
{
	struct made_site *site = calloc(1, sizeof(*site));

	assert_non_null(site);
	site->random.state = seed;
	for (unsigned i = 0; i < STATES; i++) {
		site->states[i].files = site->files[i];
		site->states[i].time = 1000 * i;
		for (unsigned j = 0; j < LINEAGES; j++) {
			change(site, j);
			if (site->is_there[j])
				write_file(site, i, j);
		}
	}
	return site;
}

TEST(a_history_is_what_appending_each_of_its_generations_gives)
{
	for (uint64_t seed = 1; seed <= 10; seed++) {
		struct made_site *site = make_states(seed);

		check_states(site->states, STATES);
		free(site);
	}
}

TEST(a_history_can_be_continued_anywhere)
{
	struct made_site *site = make_states(20);

	for (size_t cut = 1; cut < STATES; cut += 5) {
		struct packed packed = pack_states(NULL, site->states, cut);

		append_states(&packed, site->states + cut, STATES - cut);
		assert_sound(&packed);
		assert_is_as_appended(&packed, site->states, STATES);
		packed_free(&packed);
	}
	free(site);
}

TEST(neither_memory_nor_threads_change_what_is_written)
{
	struct made_site *site = make_states(30);
	struct narc_pack_options options = plain_options();
	struct packed one = pack_states(&options, site->states, STATES), other;

	options.memory = 4096;
	options.threads = 3;
	other = pack_states(&options, site->states, STATES);
	assert_true(one.size == other.size);
	assert_memory_equal(one.data, other.data, one.size);
	packed_free(&one);
	packed_free(&other);
	free(site);
}

TEST(a_post_that_is_rewritten_thousands_of_times_is_not_gone_through_each_time)
{
	enum { TIMES = 20000 };
	narc_packer *packer = new_packer(NULL);
	struct given_file file = given_text("a.md", "");
	const struct state only = { 0, &file, 1 };
	struct packed packed;
	char text[128];

	for (unsigned i = 0; i < TIMES; i++) {
		snprintf(text, sizeof(text), POST("2022-01-05", "%u", CODE), i);
		file.content = text;
		file.size = strlen(text);
		begin_state(packer, &only);
		add_file(packer, &file);
	}
	packed = commit_packer(packer);
	assert_int_equal(packed.result.generation, TIMES);
	assert_sound(&packed);
	packed_free(&packed);
}

/* What a generation of many files that are alike asks for, and how often. */
struct many_alike {
	char letter; /* paths of this generation begin with it, or another before it that stays */
	bool has_gone;
	uint64_t asked;
};

static enum narc_status has_alike(void *context, const char *path, bool *has,
				  struct narc_error *error)
{
	struct many_alike *many = context;

	(void)error;
	many->asked++;
	*has = *path == many->letter || !many->has_gone;
	return NARC_OK;
}

static void add_alike(narc_packer *packer, struct many_alike *many, unsigned count,
		      const char *text)
{
	struct narc_error error;
	char path[32];

	many->asked = 0;
	ASSERT_OK(narc_packer_begin_generation(packer, 0, has_alike, many, &error), &error);
	for (unsigned i = 0; i < count; i++) {
		struct given_file file;

		snprintf(path, sizeof(path), "%c%u", many->letter, i);
		file = given_text(path, text);
		add_file(packer, &file);
	}
}

TEST(files_with_one_content_do_not_go_through_each_other)
{
	enum { COUNT = 2000, MANY = 10000 };
	struct many_alike many = { 'a', false, 0 };
	narc_packer *packer = new_packer(NULL);
	struct packed packed;

	add_alike(packer, &many, COUNT, "alike");
	/* Copies: whether one of those before is gone is asked once of each. */
	many.letter = 'b';
	add_alike(packer, &many, COUNT, "alike");
	assert_int_equal(many.asked, COUNT);
	/* Then one half of them is moved to the other. */
	many = (struct many_alike){ 'c', true, 0 };
	add_alike(packer, &many, COUNT, "alike");
	assert_in_range(many.asked, COUNT, 2 * COUNT);
	/* Nor do those of one generation, which is not counted, but took long once. */
	many = (struct many_alike){ 'd', false, 0 };
	add_alike(packer, &many, MANY, "others");
	add_alike(packer, &many, MANY, POST("2022-01-05", "a", CODE));
	packed = commit_packer(packer);
	assert_int_equal(packed.result.rows, 3 * COUNT + 2 * MANY);
	assert_int_equal(packed.result.moved, COUNT);
	packed_free(&packed);
}

TEST(a_large_file_has_its_versions_too)
{
	enum { SIZE = 3 << 20 };
	char *bytes[2] = { malloc(SIZE), malloc(SIZE) };
	struct given_file files[2];
	struct state states[3];

	for (unsigned i = 0; i < 2; i++) {
		assert_non_null(bytes[i]);
		memset(bytes[i], 'a' + (int)i, SIZE);
		files[i] = given_text("large", "");
		files[i].content = bytes[i];
		files[i].size = SIZE;
	}
	states[0] = (struct state){ 100, &files[0], 1 };
	states[1] = (struct state){ 200, &files[1], 1 };
	states[2] = (struct state){ 300, &files[0], 1 };
	check_states(states, 3);
	free(bytes[0]);
	free(bytes[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_content_of_a_path_is_a_version_in_its_generation),
		cmocka_unit_test(a_file_whose_path_is_gone_was_moved),
		cmocka_unit_test(a_file_whose_path_stays_is_a_copy),
		cmocka_unit_test(a_deleted_file_stays_and_its_return_is_no_change),
		cmocka_unit_test(a_deleted_file_that_comes_back_elsewhere_was_moved),
		cmocka_unit_test(files_that_swap_their_paths_stay_two_files),
		cmocka_unit_test(a_file_that_is_moved_over_another_takes_the_place_of_both),
		cmocka_unit_test(the_infocode_tells_the_versions_of_a_post_whatever_its_path),
		cmocka_unit_test(a_file_that_becomes_a_symbolic_link_is_a_row_of_its_own),
		cmocka_unit_test(a_generation_that_brings_nothing_is_none),
		cmocka_unit_test(times_do_not_go_back),
		cmocka_unit_test(a_history_without_files_is_an_archive_without_any),
		cmocka_unit_test(a_path_comes_once_in_a_generation),
		cmocka_unit_test(files_of_no_generation_and_of_one_do_not_go_together),
		cmocka_unit_test(what_looking_for_a_path_fails_with_is_what_adding_fails_with),
		cmocka_unit_test(a_history_is_what_appending_each_of_its_generations_gives),
		cmocka_unit_test(a_history_can_be_continued_anywhere),
		cmocka_unit_test(neither_memory_nor_threads_change_what_is_written),
		cmocka_unit_test(a_post_that_is_rewritten_thousands_of_times_is_not_gone_through_each_time),
		cmocka_unit_test(files_with_one_content_do_not_go_through_each_other),
		cmocka_unit_test(a_large_file_has_its_versions_too),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
