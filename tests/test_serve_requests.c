/* SPDX-License-Identifier: BSD-2-Clause */
/* What the server makes of requests: targets, headers, names that it is called by. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve/encode.h"
#include "serve/listen.h"
#include "serve/negotiate.h"
#include "serve/request.h"

/* ---- targets ---------------------------------------------------------------------------- */

/* The target as "[segment][segment]name=value;", or what is wrong with it. */
static const char *parsed(const char *text)
{
	static const char *const wrong[] = { "", "bad", "too deep", "too many", "no memory" };
	static char shown[4096];
	struct target target;
	enum target_status status = target_parse(text, &target);
	size_t size = 0;

	*shown = '\0';
	if (status == TARGET_OK) {
		for (size_t i = 0; i < target.segment_count; i++)
			size += (size_t)sprintf(shown + size, "[%s]", target.segments[i]);
		for (size_t i = 0; i < target.parameter_count; i++)
			size += (size_t)sprintf(shown + size, "%s=%s;", target.parameters[i].name,
						target.parameters[i].value);
	} else {
		strcpy(shown, wrong[status]);
	}
	target_free(&target);
	return shown;
}

TEST(a_target_is_taken_apart_before_it_is_decoded)
{
	assert_string_equal(parsed("/"), "");
	assert_string_equal(parsed("/post/a%2Fb%3Fc"), "[post][a/b?c]");
	assert_string_equal(parsed("/a/b?c=d&e=%26f"), "[a][b]c=d;e=&f;");
	assert_string_equal(parsed("/%E4%B8%AD?q=%e4%b8%ad+b"), "[中]q=中 b;");
	assert_string_equal(parsed("/a+b"), "[a+b]");
}

TEST(parameters_without_a_value_or_a_name_are_no_mistake)
{
	assert_string_equal(parsed("/?a&b=&&=c"), "a=;b=;=c;");
	assert_string_equal(parsed("/?"), "");
	assert_string_equal(parsed("/?a=b=c"), "a=b=c;");
}

TEST(empty_segments_stay_but_for_a_slash_at_the_end)
{
	assert_string_equal(parsed("/a/"), "[a]");
	assert_string_equal(parsed("//a//b"), "[][a][][b]");
}

TEST(escapes_that_are_none_are_refused)
{
	assert_string_equal(parsed("/%"), "bad");
	assert_string_equal(parsed("/%4"), "bad");
	assert_string_equal(parsed("/%zz"), "bad");
	assert_string_equal(parsed("/a?b=%g0"), "bad");
	assert_string_equal(parsed("/a?%=1"), "bad");
}

TEST(control_characters_are_refused_however_they_are_written)
{
	assert_string_equal(parsed("/a%00b"), "bad");
	assert_string_equal(parsed("/a%0d%0aSet-Cookie:x"), "bad");
	assert_string_equal(parsed("/a\tb"), "bad");
	assert_string_equal(parsed("/a?b=%7f"), "bad");
}

TEST(a_target_that_is_no_path_is_refused)
{
	assert_string_equal(parsed(""), "bad");
	assert_string_equal(parsed("*"), "bad");
	assert_string_equal(parsed("http://host/"), "bad");
}

TEST(more_segments_or_parameters_than_there_can_be_are_refused)
{
	assert_string_equal(parsed("/1/2/3/4/5/6"), "[1][2][3][4][5][6]");
	assert_string_equal(parsed("/1/2/3/4/5/6/7"), "too deep");
	assert_string_equal(parsed("/?a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a"), "too many");
}

TEST(numbers_are_whole_and_within_bounds)
{
	struct target target;
	long value;

	assert_int_equal(target_parse("/?a=7&b=0&c=x&d=1e9&e=", &target), TARGET_OK);
	assert_true(target_number(&target, "a", 1, 9, 3, &value));
	assert_int_equal(value, 7);
	assert_true(target_number(&target, "none", 1, 9, 3, &value));
	assert_int_equal(value, 3);
	assert_true(target_number(&target, "e", 1, 9, 3, &value));
	assert_int_equal(value, 3);
	assert_false(target_number(&target, "b", 1, 9, 3, &value));
	assert_false(target_number(&target, "c", 1, 9, 3, &value));
	assert_false(target_number(&target, "d", 1, 9, 3, &value));
	target_free(&target);
}

/* ---- encodings -------------------------------------------------------------------------- */

TEST(the_encoding_that_is_liked_best_is_chosen)
{
	assert_int_equal(choose_encoding(NULL), ENCODING_NONE);
	assert_int_equal(choose_encoding(""), ENCODING_NONE);
	assert_int_equal(choose_encoding("gzip"), ENCODING_GZIP);
	assert_int_equal(choose_encoding("gzip, deflate, br, zstd"), ENCODING_ZSTD);
	assert_int_equal(choose_encoding("zstd;q=0.5, gzip"), ENCODING_GZIP);
	assert_int_equal(choose_encoding("zstd;q=0, gzip;q=0.001"), ENCODING_GZIP);
	assert_int_equal(choose_encoding("GZIP ; Q=0.8"), ENCODING_GZIP);
	assert_int_equal(choose_encoding("br"), ENCODING_NONE);
}

TEST(none_is_sent_where_all_others_are_refused_or_it_is_liked_better)
{
	assert_int_equal(choose_encoding("gzip;q=0, zstd;q=0"), ENCODING_NONE);
	assert_int_equal(choose_encoding("gzip;q=0.5, identity"), ENCODING_NONE);
	assert_int_equal(choose_encoding("*;q=0"), ENCODING_NONE);
	assert_int_equal(choose_encoding("*"), ENCODING_ZSTD);
	assert_int_equal(choose_encoding("zstd;q=0, *"), ENCODING_GZIP);
}

TEST(a_quality_that_is_none_is_no_wish)
{
	assert_int_equal(choose_encoding("gzip;q=high"), ENCODING_NONE);
	assert_int_equal(choose_encoding("gzip;q=-1"), ENCODING_NONE);
	assert_int_equal(choose_encoding("gzip;q="), ENCODING_NONE);
	assert_int_equal(wanted_quality("gzip;q=7", "gzip"), 0);
	assert_int_equal(wanted_quality("gzip;q=1.5", "gzip"), 1000);
	assert_int_equal(wanted_quality("gzip;q=0.3333", "gzip"), 333);
	assert_int_equal(wanted_quality(";;q=1,,;", "gzip"), 0);
}

TEST(a_language_is_named_by_its_start)
{
	assert_int_equal(wanted_quality("zh-CN,zh;q=0.9,en;q=0.8", "zh"), 1000);
	assert_int_equal(wanted_quality("zh-CN,zh;q=0.9,en;q=0.8", "en"), 800);
	assert_int_equal(wanted_quality("zho", "zh"), 0);
}

TEST(what_is_encoded_is_less_and_is_what_it_was)
{
	struct text plain = { .bytes = NULL }, encoded = { .bytes = NULL };

	for (int i = 0; i < 1000; i++)
		text_print(&plain, "line %d\n", i);
	assert_true(encode(ENCODING_GZIP, plain.bytes, plain.size, &encoded));
	assert_true(encoded.size < plain.size / 2);
	assert_memory_equal(encoded.bytes, "\x1f\x8b", 2);
	text_free(&encoded);
	assert_true(encode(ENCODING_ZSTD, plain.bytes, plain.size, &encoded));
	assert_true(encoded.size < plain.size / 2);
	assert_memory_equal(encoded.bytes, "\x28\xb5\x2f\xfd", 4);
	text_free(&encoded);
	text_free(&plain);
}

/* ---- conditions and ranges -------------------------------------------------------------- */

TEST(a_tag_is_found_in_a_list)
{
	assert_true(names_tag("\"abc\"", "abc"));
	assert_true(names_tag("W/\"abc\"", "abc"));
	assert_true(names_tag("\"x\", \"abc\" , \"y\"", "abc"));
	assert_true(names_tag("*", "abc"));
	assert_false(names_tag(NULL, "abc"));
	assert_false(names_tag("", "abc"));
	assert_false(names_tag("abc", "abc"));
	assert_false(names_tag("\"abcd\"", "abc"));
	assert_false(names_tag("\"ab", "ab"));
}

TEST(if_range_takes_nothing_but_this_very_tag)
{
	assert_true(is_same_tag("\"abc\"", "abc"));
	assert_false(is_same_tag("W/\"abc\"", "abc"));
	assert_false(is_same_tag("*", "abc"));
	assert_false(is_same_tag("Thu, 26 Nov 2026 14:00:00 GMT", "abc"));
	assert_false(is_same_tag(NULL, "abc"));
}

/* The range as "FIRST-LAST", "whole", or "none". */
static const char *range_of(const char *header, uint64_t size)
{
	static char shown[64];
	uint64_t first, last;

	switch (parse_range(header, size, &first, &last)) {
	case RANGE_PART:
		snprintf(shown, sizeof(shown), "%llu-%llu", (unsigned long long)first,
			 (unsigned long long)last);
		return shown;
	case RANGE_NOT_SATISFIABLE:
		return "none";
	case RANGE_WHOLE:
		break;
	}
	return "whole";
}

TEST(a_range_is_from_the_start_or_the_end)
{
	assert_string_equal(range_of("bytes=0-9", 100), "0-9");
	assert_string_equal(range_of("bytes=5-", 100), "5-99");
	assert_string_equal(range_of("bytes=-5", 100), "95-99");
	assert_string_equal(range_of("bytes=-500", 100), "0-99");
	assert_string_equal(range_of("bytes=90-500", 100), "90-99");
	assert_string_equal(range_of("bytes=99-99", 100), "99-99");
	assert_string_equal(range_of("Bytes=0-0 ", 100), "0-0");
}

TEST(a_range_behind_the_end_cannot_be_given)
{
	assert_string_equal(range_of("bytes=100-", 100), "none");
	assert_string_equal(range_of("bytes=18446744073709551615-", 100), "none");
	assert_string_equal(range_of("bytes=99999999999999999999999-", 100), "none");
	assert_string_equal(range_of("bytes=-0", 100), "none");
	assert_string_equal(range_of("bytes=0-", 0), "none");
	assert_string_equal(range_of("bytes=-1", 0), "none");
}

TEST(what_is_no_single_range_of_bytes_means_all_of_it)
{
	static const char *const headers[] = {
		"",	       "bytes",	   "bytes=",	 "bytes=-",    "bytes=9-3", "bytes=0-1,5-6",
		"bytes=a-b",   "lines=0-1", "bytes=1",	 "bytes=1-2x", "bytes=--5", "bytes=0x1-2",
	};

	assert_string_equal(range_of(NULL, 100), "whole");
	for (size_t i = 0; i < COUNT_OF(headers); i++)
		assert_string_equal(range_of(headers[i], 100), "whole");
}

/* ---- names ------------------------------------------------------------------------------ */

TEST(an_address_to_listen_at_has_a_host_and_a_port)
{
	struct listen_address address;

	assert_null(listen_parse("127.0.0.1:8080", &address));
	assert_string_equal(address.host, "127.0.0.1");
	assert_true(listen_is_loopback(&address));
	assert_null(listen_parse("[::1]:0", &address));
	assert_string_equal(address.host, "::1");
	assert_true(listen_is_loopback(&address));
	assert_null(listen_parse("0.0.0.0:80", &address));
	assert_false(listen_is_loopback(&address));
	assert_null(listen_parse("[::]:80", &address));
	assert_false(listen_is_loopback(&address));
}

TEST(other_addresses_are_refused)
{
	static const char *const texts[] = { "",	"8080",	 "127.0.0.1", "127.0.0.1:",
					     ":8080",	"[::1]", "[::1:80",   "127.0.0.1:65536",
					     "a:b",	"127.0.0.1:8o", "127.0.0.1:-1" };
	struct listen_address address;

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_non_null(listen_parse(texts[i], &address));
}

TEST(only_names_of_its_own_mean_the_server)
{
	static const char *const names[] = { "news.example" };
	struct listen_address address;

	assert_null(listen_parse("127.0.0.1:8080", &address));
	assert_true(host_is_ours("127.0.0.1:8080", &address, names, 1));
	assert_true(host_is_ours("192.0.2.7", &address, names, 1));
	assert_true(host_is_ours("[::1]:8080", &address, names, 1));
	assert_true(host_is_ours("LOCALHOST", &address, names, 1));
	assert_true(host_is_ours("News.Example:443", &address, names, 1));
	assert_false(host_is_ours("", &address, names, 1));
	assert_false(host_is_ours("evil.example", &address, names, 1));
	assert_false(host_is_ours("news.example.evil.example", &address, names, 1));
	assert_false(host_is_ours("127.0.0.1.evil.example", &address, names, 1));
	assert_false(host_is_ours("localhost:80/x", &address, names, 1));
	assert_false(host_is_ours("[::1", &address, names, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_target_is_taken_apart_before_it_is_decoded),
		cmocka_unit_test(parameters_without_a_value_or_a_name_are_no_mistake),
		cmocka_unit_test(empty_segments_stay_but_for_a_slash_at_the_end),
		cmocka_unit_test(escapes_that_are_none_are_refused),
		cmocka_unit_test(control_characters_are_refused_however_they_are_written),
		cmocka_unit_test(a_target_that_is_no_path_is_refused),
		cmocka_unit_test(more_segments_or_parameters_than_there_can_be_are_refused),
		cmocka_unit_test(numbers_are_whole_and_within_bounds),
		cmocka_unit_test(the_encoding_that_is_liked_best_is_chosen),
		cmocka_unit_test(none_is_sent_where_all_others_are_refused_or_it_is_liked_better),
		cmocka_unit_test(a_quality_that_is_none_is_no_wish),
		cmocka_unit_test(a_language_is_named_by_its_start),
		cmocka_unit_test(what_is_encoded_is_less_and_is_what_it_was),
		cmocka_unit_test(a_tag_is_found_in_a_list),
		cmocka_unit_test(if_range_takes_nothing_but_this_very_tag),
		cmocka_unit_test(a_range_is_from_the_start_or_the_end),
		cmocka_unit_test(a_range_behind_the_end_cannot_be_given),
		cmocka_unit_test(what_is_no_single_range_of_bytes_means_all_of_it),
		cmocka_unit_test(an_address_to_listen_at_has_a_host_and_a_port),
		cmocka_unit_test(other_addresses_are_refused),
		cmocka_unit_test(only_names_of_its_own_mean_the_server),
	};

	return cmocka_run_group_tests_name("serve_requests", tests, NULL, NULL);
}
