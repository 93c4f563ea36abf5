/* SPDX-License-Identifier: BSD-2-Clause */
/* What is suggested for a mistyped name. */
#include "support_check.h"

#include <string.h>

#include "suggest.h"

static const char *const commands[] = { "pack",   "append", "list",	"extract", "export",
					"verify", "merge",  "check-receipt", "receipt" };

/* The text that is suggested for what was typed; "" for none. */
static const char *suggested(const char *typed)
{
	static char text[SUGGESTION_TEXT_SIZE];
	struct suggestion suggestion;

	suggestion_init(&suggestion, typed, strlen(typed));
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		suggestion_consider(&suggestion, commands[i], strlen(commands[i]));
	return suggestion_text(&suggestion, "", text) ? text : "";
}

TEST(one_slip_of_each_kind_is_forgiven)
{
	assert_string_equal(suggested("pakc"), "\"pack\"");
	assert_string_equal(suggested("lst"), "\"list\"");
	assert_string_equal(suggested("lisst"), "\"list\"");
	assert_string_equal(suggested("lost"), "\"list\"");
}

TEST(longer_names_may_have_more_slips)
{
	assert_string_equal(suggested("vrefiy"), "\"verify\"");
	assert_string_equal(suggested("chekc-reciept"), "\"check-receipt\"");
	assert_string_equal(suggested("lsti-"), "");
}

TEST(the_names_with_the_fewest_slips_are_suggested)
{
	assert_string_equal(suggested("exptract"), "\"extract\"");
	assert_string_equal(suggested("receipts"), "\"receipt\"");
}

TEST(a_beginning_is_completed)
{
	assert_string_equal(suggested("ex"), "\"extract\" or \"export\"");
	assert_string_equal(suggested("check"), "\"check-receipt\"");
	assert_string_equal(suggested("e"), "");
}

TEST(what_is_like_none_gets_no_suggestion)
{
	char endless[5000];

	memset(endless, 'a', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	assert_string_equal(suggested(""), "");
	assert_string_equal(suggested("x"), "");
	assert_string_equal(suggested("brew"), "");
	assert_string_equal(suggested("\xff\xfe\x1b[31m"), "");
	assert_string_equal(suggested(endless), "");
}

TEST(options_are_those_at_the_start_of_lines)
{
	static const char usage[] = "usage: narc x --usage\n\n"
				    "  -p, --stdout      not --inside\n"
				    "  --limit-output N  so much\n"
				    "  -F, -E            letters\n"
				    "                    --text\n"
				    "  -";
	static const struct {
		const char *typed;
		const char *meant;
	} cases[] = {
		{ "stduot", "\"--stdout\"" }, { "limit-outptu", "\"--limit-output\"" },
		{ "insdie", NULL },	      { "txet", NULL },
		{ "usgae", NULL },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[SUGGESTION_TEXT_SIZE];
		struct suggestion suggestion;
		const char *meant;

		suggestion_init(&suggestion, cases[i].typed, strlen(cases[i].typed));
		suggestion_consider_options(&suggestion, usage);
		meant = suggestion_text(&suggestion, "--", text);
		if (cases[i].meant)
			assert_string_equal(meant, cases[i].meant);
		else
			assert_null(meant);
	}
}

TEST(no_more_names_are_kept_than_there_is_room_for)
{
	char text[SUGGESTION_TEXT_SIZE];
	struct suggestion suggestion;

	suggestion_init(&suggestion, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 30);
	for (char letter = 'b'; letter < 'z'; letter++) {
		char name[32] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

		name[29] = letter;
		suggestion_consider(&suggestion, name, 30);
	}
	suggestion_consider(&suggestion, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 40);
	assert_int_equal(suggestion.count, SUGGESTION_NAMES);
	assert_int_equal(strlen(suggestion_text(&suggestion, "--", text)), 4 * 34 + 2 + 2 + 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_slip_of_each_kind_is_forgiven),
		cmocka_unit_test(longer_names_may_have_more_slips),
		cmocka_unit_test(the_names_with_the_fewest_slips_are_suggested),
		cmocka_unit_test(a_beginning_is_completed),
		cmocka_unit_test(what_is_like_none_gets_no_suggestion),
		cmocka_unit_test(options_are_those_at_the_start_of_lines),
		cmocka_unit_test(no_more_names_are_kept_than_there_is_room_for),
	};

	return cmocka_run_group_tests_name("suggest", tests, NULL, NULL);
}
