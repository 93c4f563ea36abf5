/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of reading files that are elsewhere, without any server. tests/cli/remote.sh has servers. */
#include "support_check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "remote/address.h"
#include "remote/aws_settings.h"
#include "remote/piece_cache.h"
#include "remote/scan_guess.h"

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

TEST(what_was_used_last_stays)
{
	struct piece_cache cache;

	assert_true(piece_cache_init(&cache, (size_t)ROOM * PIECE_SIZE));
	for (uint64_t i = 0; i < ROOM; i++)
		put_piece(&cache, i * 1000);
	assert_non_null(piece_cache_find(&cache, 0));
	assert_non_null(piece_cache_find(&cache, 2000));
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
		assert_true(!!piece_cache_find(&cache, number) == (place < count));
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
		cmocka_unit_test(any_use_of_pieces_keeps_those_used_last),
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
