/* SPDX-License-Identifier: BSD-2-Clause */
/* Where characters begin, what is shown in the place of some, and how wide they are. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "characters.h"
#include "report.h"
#include "text_width.h"

/* ---- places --------------------------------------------------------------------------------- */

TEST(a_character_begins_where_its_first_byte_is)
{
	static const char text[] = "a\xc3\xa9\xe5\xad\x97\xf0\x9f\x91\xa9z";
	static const size_t starts[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10 };

	assert_int_equal(strlen(text), COUNT_OF(starts));
	for (size_t i = 0; i < COUNT_OF(starts); i++)
		assert_int_equal(character_start(text, strlen(text), i), starts[i]);
}

TEST(a_byte_that_is_of_no_character_is_one_by_itself)
{
	static const char *const texts[] = {
		"\x80\x80\x80\x80\x80", "a\x80", "\xe5\xad", "\xe5\xad\x97\x97", "\xc0\x80", "\xff",
	};
	static const size_t places[] = { 4, 1, 1, 3, 1, 0 };

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_int_equal(character_start(texts[i], strlen(texts[i]), places[i]), places[i]);
}

/* ---- widths --------------------------------------------------------------------------------- */

TEST(letters_of_east_asia_take_two_columns_and_accents_none)
{
	assert_int_equal(text_width(""), 0);
	assert_int_equal(text_width("abc"), 3);
	assert_int_equal(text_width("\xe5\xad\x97\xe3\x80\x82"), 4);
	assert_int_equal(text_width("e\xcc\x81"), 1);
}

TEST(what_is_escaped_is_as_wide_as_what_is_printed)
{
	static const char *const texts[] = { "\n",	     "\t",	     "\r",	     "\x1b",
					     "\xc2\x9b",     "\xff",	     "\xe5\xad",     "\xe2\x80\xae",
					     "\xef\xbb\xbf", "\xf3\xa0\x80\x81", "a\x01z" };

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		char *shown = NULL;
		size_t size = 0;
		FILE *out = open_memstream(&shown, &size);

		print_string(out, texts[i]);
		fclose(out);
		assert_int_equal(text_width(texts[i]), size);
		free(shown);
	}
}

TEST(what_libc_does_not_know_is_shown_as_it_is)
{
	assert_int_equal(text_width("\xef\xbf\xbf"), 1); /* U+FFFF, which never is a character */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_character_begins_where_its_first_byte_is),
		cmocka_unit_test(a_byte_that_is_of_no_character_is_one_by_itself),
		cmocka_unit_test(letters_of_east_asia_take_two_columns_and_accents_none),
		cmocka_unit_test(what_is_escaped_is_as_wide_as_what_is_printed),
		cmocka_unit_test(what_libc_does_not_know_is_shown_as_it_is),
	};

	text_width_init();
	return cmocka_run_group_tests_name("characters", tests, NULL, NULL);
}
