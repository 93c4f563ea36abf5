/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of reading files that are elsewhere, without any server. tests/cli/remote.sh has servers. */
#include "support_check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "remote/address.h"
#include "remote/aws_settings.h"
#include "remote/piece_store.h"
#include "remote/scan_guess.h"
#include "support_folder.h"

/* ---- pieces ------------------------------------------------------------------------------- */

enum { ROOM = 8 };

static void put_piece(struct piece_cache *cache, uint64_t number)
{
	struct piece *piece = piece_cache_begin(cache, number);

	assert_non_null(piece);
	assert_true(!piece->is_here && piece->number == number);
	assert_ptr_equal(piece_cache_find(cache, number), piece);
	piece_cache_end(cache, piece, true);
}

/* Reads it; false if it is not there. */
static bool use_piece(struct piece_cache *cache, uint64_t number)
{
	struct piece *piece = piece_cache_find(cache, number);

	if (!piece)
		return false;
	piece_cache_hold(cache, piece);
	piece_cache_release(cache, piece);
	return true;
}

TEST(what_was_used_last_stays)
{
	struct piece_cache cache;

	assert_true(piece_cache_init(&cache, (size_t)ROOM * PIECE_SIZE));
	for (uint64_t i = 0; i < ROOM; i++)
		put_piece(&cache, i * 1000);
	assert_true(use_piece(&cache, 0));
	assert_true(use_piece(&cache, 2000));
	for (uint64_t i = 0; i < ROOM - 2; i++)
		put_piece(&cache, 1 + i);
	for (uint64_t i = 0; i < ROOM; i++)
		assert_true(!!piece_cache_find(&cache, i * 1000) == (i == 0 || i == 2));
	piece_cache_free(&cache);
}

TEST(what_is_on_its_way_is_not_given_up)
{
	struct piece_cache cache;
	struct piece *waiting;

	assert_true(piece_cache_init(&cache, (size_t)ROOM * PIECE_SIZE));
	waiting = piece_cache_begin(&cache, 7);
	for (uint64_t i = 0; i < 3 * ROOM; i++)
		put_piece(&cache, 100 + i);
	assert_ptr_equal(piece_cache_find(&cache, 7), waiting);
	assert_int_equal(cache.count, ROOM);
	piece_cache_end(&cache, waiting, false);
	assert_null(piece_cache_find(&cache, 7));
	piece_cache_free(&cache);
}

/* Against a list of which pieces there are, in order of use. */
TEST(what_is_held_stays_until_it_was_released_as_often)
{
	struct piece_cache cache;
	struct piece *held;

	assert_true(piece_cache_init(&cache, (size_t)ROOM * PIECE_SIZE));
	put_piece(&cache, 7);
	held = piece_cache_find(&cache, 7);
	piece_cache_hold(&cache, held);
	piece_cache_hold(&cache, held);
	piece_cache_release(&cache, held);
	for (uint64_t i = 0; i < 3 * ROOM; i++)
		put_piece(&cache, 100 + i);
	assert_ptr_equal(piece_cache_find(&cache, 7), held);
	piece_cache_release(&cache, held);
	for (uint64_t i = 0; i < ROOM; i++)
		put_piece(&cache, 200 + i);
	assert_null(piece_cache_find(&cache, 7));
	piece_cache_free(&cache);
}

TEST(any_use_of_pieces_keeps_those_used_last)
{
	uint64_t used[ROOM];
	size_t count = 0;
	struct piece_cache cache;
	struct test_random random = { 3 };

	assert_true(piece_cache_init(&cache, (size_t)ROOM * PIECE_SIZE));
	for (unsigned round = 0; round < 20000; round++) {
		uint64_t number = random_below(&random, 3 * ROOM);
		size_t place = 0;

		while (place < count && used[place] != number)
			place++;
		assert_true(use_piece(&cache, number) == (place < count));
		if (place == count) {
			put_piece(&cache, number);
			if (count == ROOM)
				place = 0;
			else
				count++;
		}
		memmove(used + place, used + place + 1, (count - place - 1) * sizeof(*used));
		used[count - 1] = number;
		assert_int_equal(cache.count, count);
	}
	piece_cache_free(&cache);
}

/* ---- pieces that are kept ----------------------------------------------------------------- */

static const char kept_url[] = "https://news.example/a.narc?signature=word";

/* A file of 40 pieces and a half. */
static const struct http_state kept_state = { 40 * PIECE_SIZE + PIECE_SIZE / 2, "\"one\"" };

static void put_lasting(struct piece_cache *cache, uint64_t number)
{
	struct piece *piece = piece_cache_begin(cache, number);

	assert_non_null(piece);
	memset(piece->bytes, (int)number + 1, PIECE_SIZE);
	piece->is_lasting = true;
	piece_cache_end(cache, piece, true);
}

/* In a folder that is not there yet. */
static char *store_in(const char *folder)
{
	char below[TEST_PATH_SIZE], *path;

	test_path(below, folder, "a/b");
	path = piece_store_path(below, kept_url);
	assert_non_null(path);
	return path;
}

/* Nothing else is left there. */
static void remove_store(char *folder, char *path)
{
	char below[TEST_PATH_SIZE];

	test_path(below, folder, "a/b");
	assert_int_equal(test_folder_count(below), 1);
	test_tree_remove(folder);
	free(path);
}

TEST(lasting_pieces_are_kept_in_the_order_of_their_use)
{
	char *folder = test_folder_new(), *path = store_in(folder);
	struct piece_cache cache, other;
	struct kept_pieces kept;
	const struct piece *piece;

	assert_true(piece_cache_init(&cache, (size_t)ROOM * PIECE_SIZE));
	put_lasting(&cache, 3);
	put_lasting(&cache, 40);
	put_piece(&cache, 5);
	put_lasting(&cache, 0);
	assert_true(use_piece(&cache, 3));
	piece_store_save(path, &kept_state, &cache);
	piece_store_load(path, &kept);
	assert_true(http_state_is_same(&kept.state, &kept_state));
	assert_int_equal(kept.count, 3);

	/* What is there already stays as it is. */
	assert_true(piece_cache_init(&other, (size_t)ROOM * PIECE_SIZE));
	put_piece(&other, 0);
	kept_pieces_give(&kept, &other);
	assert_int_equal(other.count, 3);
	piece = other.newest;
	assert_true(piece->number == 3 && piece->is_lasting && piece->is_here);
	for (size_t i = 0; i < PIECE_SIZE; i++)
		assert_int_equal(piece->bytes[i], 4);
	assert_int_equal(piece_cache_find(&other, 40)->bytes[PIECE_SIZE / 2 - 1], 41);
	assert_int_equal(piece_cache_find(&other, 40)->bytes[PIECE_SIZE / 2], 0);
	assert_null(piece_cache_find(&other, 5));
	kept_pieces_free(&kept);
	piece_cache_free(&cache);
	piece_cache_free(&other);
	remove_store(folder, path);
}

TEST(not_more_pieces_are_kept_than_may_be)
{
	char *folder = test_folder_new(), *path = store_in(folder);
	struct piece_cache cache;
	struct kept_pieces kept;

	assert_true(piece_cache_init(&cache, (size_t)2 * STORE_FILE_PIECES * PIECE_SIZE));
	for (uint64_t i = 0; i < STORE_FILE_PIECES + 10; i++)
		put_lasting(&cache, i);
	piece_store_save(path, &(struct http_state){ UINT64_C(1) << 40, "\"x\"" }, &cache);
	piece_store_load(path, &kept);
	assert_int_equal(kept.count, STORE_FILE_PIECES);
	piece_cache_free(&cache);
	assert_true(piece_cache_init(&cache, (size_t)2 * STORE_FILE_PIECES * PIECE_SIZE));
	kept_pieces_give(&kept, &cache);
	assert_null(piece_cache_find(&cache, 9));
	assert_non_null(piece_cache_find(&cache, 10));
	kept_pieces_free(&kept);
	piece_cache_free(&cache);
	remove_store(folder, path);
}

TEST(what_is_damaged_counts_as_not_kept)
{
	char *folder = test_folder_new(), *path = store_in(folder);
	struct test_random random = { 6 };
	struct piece_cache cache;
	struct kept_pieces kept;
	struct stat about;

	assert_true(piece_cache_init(&cache, (size_t)ROOM * PIECE_SIZE));
	put_lasting(&cache, 40);
	for (unsigned i = 0; i < 2000; i++) {
		int fd;
		uint8_t byte;
		off_t place;

		piece_store_save(path, &kept_state, &cache);
		assert_int_equal(stat(path, &about), 0);
		place = i < 300 ? i : (off_t)random_below(&random, (uint64_t)about.st_size);
		fd = open(path, O_RDWR);
		assert_int_equal(pread(fd, &byte, 1, place), 1);
		byte ^= (uint8_t)(1 << i % 8);
		assert_int_equal(pwrite(fd, &byte, 1, place), 1);
		if (i % 4 == 0)
			assert_int_equal(ftruncate(fd, place), 0);
		close(fd);
		piece_store_load(path, &kept);
		assert_int_equal(kept.count, 0);
		kept_pieces_free(&kept);
	}
	piece_cache_free(&cache);
	remove_store(folder, path);
}

TEST(what_is_kept_tells_no_address_and_nobody_else_can_look)
{
	char *folder = test_folder_new(), *path = store_in(folder), *other;
	struct piece_cache cache = { 0 };
	struct stat about;

	assert_true(piece_cache_init(&cache, (size_t)ROOM * PIECE_SIZE));
	piece_store_save(path, &kept_state, &cache);
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0600);
	assert_null(strstr(path, "word"));
	assert_null(strstr(path, "news.example"));
	*strrchr(path, '/') = '\0';
	assert_int_equal(stat(path, &about), 0);
	assert_int_equal(about.st_mode & 07777, 0700);
	other = piece_store_path(path, "https://news.example/a.narc");
	path[strlen(path)] = '/';
	assert_string_not_equal(other, path);
	free(other);
	assert_null(piece_store_path("/dev/null/none", kept_url));
	piece_cache_free(&cache);
	remove_store(folder, path);
}

TEST(only_a_strong_tag_says_that_bytes_are_the_same)
{
	const struct http_state one = { 5, "\"one\"" }, longer = { 6, "\"one\"" },
				two = { 5, "\"two\"" }, weak = { 5, "W/\"one\"" },
				none = { 5, "" }, date = { 5, "Wed, 25 Nov 2026 00:00:00 GMT" };

	assert_true(http_state_is_same(&one, &one));
	assert_false(http_state_is_same(&one, &longer));
	assert_false(http_state_is_same(&one, &two));
	assert_false(http_state_is_same(&weak, &weak));
	assert_false(http_state_is_same(&none, &none));
	assert_false(http_state_is_same(&date, &date));
}

/* ---- what will be read -------------------------------------------------------------------- */

enum { MOST = 1 << 20 };

TEST(a_few_reads_here_and_there_are_no_scan)
{
	struct scan_guess guess = { 0 };
	struct test_random random = { 4 };
	uint64_t start;

	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(scan_guess_next(&guess, random_below(&random, UINT64_C(1) << 40),
						 1000, MOST, &start),
				 0);
}

TEST(a_scan_is_asked_for_once_and_ever_further_ahead)
{
	struct scan_guess guess = { 0 };
	uint64_t start, size, ahead = 0, largest = 0;

	for (uint64_t offset = 0; offset < 20 * MOST; offset += 10000) {
		size = scan_guess_next(&guess, offset, 10000, MOST, &start);
		if (!size)
			continue;
		assert_true(start >= offset + 10000 && (ahead == 0 || start == ahead));
		assert_true(start + size - (offset + 10000) <= MOST);
		ahead = start + size;
		largest = size > largest ? size : largest;
	}
	assert_true(ahead >= 20 * MOST && largest >= MOST / 2);
}

TEST(threads_that_read_out_of_turn_are_one_scan)
{
	struct scan_guess guess = { 0 };
	struct test_random random = { 5 };
	uint64_t start, asked = 0;

	for (uint64_t i = 0; i < 2000; i++) {
		uint64_t offset = (i + random_below(&random, 4)) * 10000;

		asked += scan_guess_next(&guess, offset, 10000, MOST, &start);
	}
	assert_true(asked > 18000000 && asked < 22000000 + MOST);
}

TEST(several_scans_are_told_apart)
{
	struct scan_guess guess = { 0 };
	uint64_t start, asked[SCANS] = { 0 };

	for (uint64_t offset = 0; offset < 10 * MOST; offset += 10000)
		for (uint64_t i = 0; i < SCANS; i++)
			asked[i] += scan_guess_next(&guess, (i << 32) + offset, 10000, MOST, &start);
	for (size_t i = 0; i < SCANS; i++)
		assert_true(asked[i] > 9 * MOST);
}

/* ---- addresses ---------------------------------------------------------------------------- */

static void clear_settings(void)
{
	static const char *const names[] = {
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION",
		"AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_PROFILE",
		"AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE",
	};

	for (size_t i = 0; i < COUNT_OF(names); i++)
		unsetenv(names[i]);
	setenv("HOME", "/nonexistent", 1);
}

static void assert_url(const char *text, const char *url)
{
	struct remote_address address;
	struct narc_error error;

	ASSERT_OK(remote_address_read(&address, text, &error), &error);
	assert_string_equal(address.url, url);
	remote_address_free(&address);
}

static void assert_refused(const char *text)
{
	struct remote_address address;
	struct narc_error error;

	ASSERT_STATUS(remote_address_read(&address, text, &error), NARC_MISUSE, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_MISUSE);
	assert_null(strstr(error.message, "word"));
	remote_address_free(&address);
}

TEST(objects_have_the_addresses_that_stores_give_them)
{
	clear_settings();
	assert_url("s3://news/a.narc", "https://news.s3.us-east-1.amazonaws.com/a.narc");
	assert_url("s3://news.example/a", "https://s3.us-east-1.amazonaws.com/news.example/a");
	setenv("AWS_DEFAULT_REGION", "eu-west-3", 1);
	assert_url("s3://news/a/b c+d=%41/~\xc3\xa9",
		   "https://news.s3.eu-west-3.amazonaws.com/a/b%20c%2Bd%3D%2541/~%C3%A9");
	setenv("AWS_ENDPOINT_URL", "http://localhost:9000//", 1);
	assert_url("S3://news/a", "http://localhost:9000/news/a");
	setenv("AWS_ENDPOINT_URL_S3", "https://store.example", 1);
	assert_url("s3://news//a", "https://store.example/news//a");
	assert_url("https://news.example/a?b@c", "https://news.example/a?b@c");
}

TEST(what_is_no_address_is_refused_without_telling_a_password)
{
	clear_settings();
	assert_refused("s3://");
	assert_refused("s3://bucket");
	assert_refused("s3://bucket/");
	assert_refused("s3:///key");
	assert_refused("gopher://host/");
	assert_refused("http://name:word@host/");
	assert_refused("https://name:word@host");
}

TEST(who_asks_is_named_if_both_halves_of_a_key_are_known)
{
	struct remote_address address;
	struct narc_error error;

	clear_settings();
	setenv("AWS_ACCESS_KEY_ID", "name", 1);
	ASSERT_OK(remote_address_read(&address, "s3://b/k", &error), &error);
	assert_null(address.signature);
	remote_address_free(&address);
	setenv("AWS_SECRET_ACCESS_KEY", "word", 1);
	setenv("AWS_SESSION_TOKEN", "token", 1);
	ASSERT_OK(remote_address_read(&address, "s3://b/k", &error), &error);
	assert_string_equal(address.signature, "aws:amz:us-east-1:s3");
	assert_string_equal(address.key_id, "name");
	assert_string_equal(address.secret, "word");
	assert_string_equal(address.token_header, "x-amz-security-token: token");
	remote_address_free(&address);
	clear_settings();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_used_last_stays),
		cmocka_unit_test(what_is_on_its_way_is_not_given_up),
		cmocka_unit_test(what_is_held_stays_until_it_was_released_as_often),
		cmocka_unit_test(any_use_of_pieces_keeps_those_used_last),
		cmocka_unit_test(lasting_pieces_are_kept_in_the_order_of_their_use),
		cmocka_unit_test(not_more_pieces_are_kept_than_may_be),
		cmocka_unit_test(what_is_damaged_counts_as_not_kept),
		cmocka_unit_test(what_is_kept_tells_no_address_and_nobody_else_can_look),
		cmocka_unit_test(only_a_strong_tag_says_that_bytes_are_the_same),
		cmocka_unit_test(a_few_reads_here_and_there_are_no_scan),
		cmocka_unit_test(a_scan_is_asked_for_once_and_ever_further_ahead),
		cmocka_unit_test(threads_that_read_out_of_turn_are_one_scan),
		cmocka_unit_test(several_scans_are_told_apart),
		cmocka_unit_test(objects_have_the_addresses_that_stores_give_them),
		cmocka_unit_test(what_is_no_address_is_refused_without_telling_a_password),
		cmocka_unit_test(who_asks_is_named_if_both_halves_of_a_key_are_known),
	};

	return cmocka_run_group_tests_name("remote", tests, NULL, NULL);
}
