/* SPDX-License-Identifier: BSD-2-Clause */
/* A post's infoCode: where it is looked for, and which of several counts. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pack/parse_post.h"
#include "pack/post_code.h"

static void assert_code(const char *path, const char *text, const char *wanted)
{
	size_t size = strlen(text);
	uint8_t *copy = malloc(size + 1); /* of just this size, for sanitizers */
	char code[CODE_SIZE_LIMIT + 1];
	uint8_t *exact = realloc(copy, size ? size : 1);

	memcpy(exact, text, size);
	memset(code, 'x', sizeof(code));
	post_code_find(path, exact, size, code);
	assert_string_equal(code, wanted);
	free(exact);
}

#define LINK "https://data.example.com/news?infoCode=NW202201050123456789"
#define PAGE "https://finance.example.com/a/202201051234567890.html"
#define COMMA_PAGE "https://finance.example.com/news/1354,202201051234567890.html"

TEST(a_code_in_the_footer_link_wins_over_the_file_name)
{
	assert_code("_posts/2022-01-05-NW202201059999999999.md", "text\n\n[link](" LINK ")\n",
		    "NW202201050123456789");
	assert_code("_posts/2022-01-05-NW202201059999999999.md",
		    "text\n\n[link](" COMMA_PAGE ")\n", "202201051234567890");
}

TEST(an_infocode_in_a_link_wins_over_the_page_of_another)
{
	assert_code("a.md", LINK "\n" COMMA_PAGE "\n", "NW202201050123456789");
	assert_code("a.md", COMMA_PAGE "\n" LINK "\n", "NW202201050123456789");
	assert_code("2022-01-05-202201051234567890.md", COMMA_PAGE "\n" LINK "\n",
		    "NW202201050123456789");
}

TEST(both_spellings_of_the_parameter_are_known)
{
	assert_code("a.md", "?infoCode=A1", "A1");
	assert_code("a.md", "?infocode=A1", "A1");
	assert_code("a.md", "?InfoCode=A1", "");
	assert_code("a.md", "?INFOCODE=A1", "");
	assert_code("a.md", "?infoCODE=A1", "");
}

TEST(the_parameter_stands_where_parameters_stand)
{
	assert_code("a.md", "http://x/?a=b&infoCode=A1", "A1");
	assert_code("a.md", "http://x/?a=b&amp;infoCode=A1", "A1");
	assert_code("a.md", "http://x/#infoCode=A1", "A1");
	assert_code("a.md", "http://x/;infoCode=A1", "A1");
	assert_code("a.md", "http://x/infoCode=A1", "A1");
	assert_code("a.md", "infoCode=A1", "");
	assert_code("a.md", "my infoCode=A1", "");
	assert_code("a.md", "?xinfoCode=A1", "");
	assert_code("a.md", "?ode=A1", "");
	assert_code("a.md", "ode=A1", "");
	assert_code("a.md", "foCode=A1", "");
}

TEST(a_code_ends_where_a_parameter_or_a_link_ends)
{
	static const char *const ends[] = { "", " ", "\n", "\r\n", "\t", ")", "\"", "'", "<", ">",
					    "]", "}", "&x=1", "&amp;x=1", "#top", "?x", ";", ",",
					    "`", "|", "。", "\xff", ".", "...", ". More" };

	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		char text[64];

		snprintf(text, sizeof(text), "(http://x/?infoCode=A1.b-2%s", ends[i]);
		assert_code("a.md", text, "A1.b-2");
	}
}

TEST(an_empty_parameter_is_no_code)
{
	assert_code("a.md", "?infoCode=", "");
	assert_code("a.md", "?infoCode=&x", "");
	assert_code("a.md", "?infoCode=.", "");
	assert_code("2022-01-05-NW202201050123456789.md", "?infoCode= x", "NW202201050123456789");
	assert_code("a.md", "?infoCode= " COMMA_PAGE, "202201051234567890");
}

TEST(a_code_of_255_bytes_is_kept_and_one_of_256_is_not)
{
	char text[400] = "?infoCode=";
	char code[CODE_SIZE_LIMIT + 2];

	memset(code, 'c', sizeof(code));
	code[CODE_SIZE_LIMIT] = '\0';
	strcat(text, code);
	assert_code("a.md", text, code);
	assert_code("2022-01-05-NW202201050123456789.md", text, code);
	strcat(text, "c");
	assert_code("a.md", text, "");
	assert_code("2022-01-05-NW202201050123456789.md", text, "NW202201050123456789");
}

TEST(of_several_links_the_last_counts)
{
	assert_code("a.md", "?infoCode=A1 ?infoCode=A2 ?infocode=A3\n", "A3");
	assert_code("a.md", "?infoCode=A1 ?infoCode=A2 ?infoCode=\n", "A2");
	assert_code("a.md",
		    "http://x/1,11111111.html http://x/1,22222222.html http://x/1,33333333.html",
		    "33333333");
}

TEST(of_several_links_the_one_that_agrees_with_the_file_name_counts)
{
	assert_code("_posts/2022-01-05-NW202201050000000001.md",
		    "?infoCode=NW202201050000000001 ?infoCode=NW202201050000000002\n",
		    "NW202201050000000001");
	assert_code("_posts/2022-01-05-202201050000000001.md",
		    "/news/1,202201050000000001.html\n/news/1,202201050000000002.html\n",
		    "202201050000000001");
}

TEST(a_page_is_a_comma_digits_and_html_at_the_end_of_a_link)
{
	assert_code("a.md", COMMA_PAGE, "202201051234567890");
	assert_code("a.md", "(" COMMA_PAGE ")", "202201051234567890");
	assert_code("a.md", "//x/news,1.html", "1");
	assert_code("a.md", "/news/1354,20220105.html\n", "20220105");
	assert_code("a.md", "http://x/1,20220105.html\"", "20220105");
	assert_code("a.md", "http://x/1,20220105.html。", "20220105");
	assert_code("a.md", PAGE, "");
	assert_code("a.md", "http://x/1,20220105.htm", "");
	assert_code("a.md", "http://x/1,20220105.html?a", "");
	assert_code("a.md", "http://x/1,20220105.html.bak", "");
	assert_code("a.md", "http://x/1,2022x0105.html", "");
	assert_code("a.md", "http://x/1,.html", "");
	assert_code("a.md", "word,20220105.html", "");
	assert_code("a.md", "ftp://x/1,20220105.html", "");
	assert_code("a.md", ",20220105.html", "");
	assert_code("a.md", "20220105.html", "");
	assert_code("a.md", ".html", "");
}

TEST(a_page_of_255_digits_is_kept_and_one_of_256_is_not)
{
	char text[400] = "http://x/1,";
	char digits[CODE_SIZE_LIMIT + 2];

	memset(digits, '7', sizeof(digits));
	digits[CODE_SIZE_LIMIT] = '\0';
	strcat(strcat(text, digits), ".html");
	assert_code("a.md", text, digits);
	strcpy(text, "http://x/1,7");
	strcat(strcat(text, digits), ".html");
	assert_code("a.md", text, "");
}

TEST(a_file_name_holds_a_code_behind_its_date)
{
	assert_code("_posts/2022-01-05-NW202201050123456789.md", "", "NW202201050123456789");
	assert_code("2022-01-05-202201050123456789.md", "", "202201050123456789");
	assert_code("2022-01-05-AP20220105.html", "", "AP20220105");
	assert_code("2022-01-05-20220105.markdown", "", "20220105");
	assert_code("-202205262391921712.md", "", "202205262391921712");
	assert_code("x/-202205262391921712.md", "", "202205262391921712");
	assert_code("NW202201050123456789.md", "", "NW202201050123456789");
}

TEST(a_file_name_that_is_words_holds_no_code)
{
	assert_code("2021-12-01-init.md", "", "");
	assert_code("2021-12-01-welcome-to-jekyll.markdown", "", "");
	assert_code("2021-12-01-NW2021120.md", "", "");
	assert_code("2021-12-01-NW20211201x.md", "", "");
	assert_code("2021-12-01-NW20211201-1.md", "", "");
	assert_code("2021-12-01-.md", "", "");
	assert_code("2021-12-01.md", "", "");
	assert_code("-.md", "", "");
	assert_code(".md", "", "");
	assert_code("20220105/about.md", "", "");
}

TEST(a_code_of_a_file_name_is_255_bytes_at_most)
{
	char path[400] = "2022-01-05-";
	char code[CODE_SIZE_LIMIT + 2];

	memset(code, '1', sizeof(code));
	code[CODE_SIZE_LIMIT] = '\0';
	strcat(strcat(path, code), ".md");
	assert_code(path, "", code);
	strcpy(path, "2022-01-05-1");
	strcat(strcat(path, code), ".md");
	assert_code(path, "", "");
}

TEST(a_nul_in_the_text_ends_a_code_and_is_none)
{
	static const char text[] = "\0?infoCode=A1\0?infoCode=\0";
	char code[CODE_SIZE_LIMIT + 1];

	post_code_find("a.md", (const uint8_t *)text, sizeof(text) - 1, code);
	assert_string_equal(code, "A1");
}

TEST(only_posts_have_codes)
{
	static const char text[] = "?infoCode=NW202201050123456789\n";
	struct front_matter matter = { .problem = NULL };
	struct narc_entry entry = { .path = "2022-01-05-NW202201050123456789.md" };
	struct post_facts facts;

	parse_post(&matter, &entry, (const uint8_t *)text, sizeof(text) - 1, &facts);
	assert_int_equal(facts.kind, NARC_KIND_FILE);
	assert_string_equal(facts.code, "");
	front_matter_free(&matter);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_code_in_the_footer_link_wins_over_the_file_name),
		cmocka_unit_test(an_infocode_in_a_link_wins_over_the_page_of_another),
		cmocka_unit_test(both_spellings_of_the_parameter_are_known),
		cmocka_unit_test(the_parameter_stands_where_parameters_stand),
		cmocka_unit_test(a_code_ends_where_a_parameter_or_a_link_ends),
		cmocka_unit_test(an_empty_parameter_is_no_code),
		cmocka_unit_test(a_code_of_255_bytes_is_kept_and_one_of_256_is_not),
		cmocka_unit_test(of_several_links_the_last_counts),
		cmocka_unit_test(of_several_links_the_one_that_agrees_with_the_file_name_counts),
		cmocka_unit_test(a_page_is_a_comma_digits_and_html_at_the_end_of_a_link),
		cmocka_unit_test(a_page_of_255_digits_is_kept_and_one_of_256_is_not),
		cmocka_unit_test(a_file_name_holds_a_code_behind_its_date),
		cmocka_unit_test(a_file_name_that_is_words_holds_no_code),
		cmocka_unit_test(a_code_of_a_file_name_is_255_bytes_at_most),
		cmocka_unit_test(a_nul_in_the_text_ends_a_code_and_is_none),
		cmocka_unit_test(only_posts_have_codes),
	};

	return cmocka_run_group_tests_name("post_code", tests, NULL, NULL);
}
