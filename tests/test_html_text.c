/* SPDX-License-Identifier: BSD-2-Clause */
/* What a reader sees of HTML, and of Markdown with HTML in it. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "search/html_text.h"

static struct html_reader *reader;

static int set_up(void **state)
{
	(void)state;
	return html_reader_new(&reader, NULL) == NARC_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	html_reader_free(reader);
	return 0;
}

static enum narc_status read_bytes(const char *html, size_t size, bool is_markdown, char **text)
{
	char *copy = malloc(size ? size : 1); /* of just this size, for sanitizers */
	const char *read = NULL;
	size_t read_size = 0;
	struct narc_error error = { 0 };
	enum narc_status status;

	memcpy(copy, html, size);
	status = html_read(reader, copy, size, is_markdown, &read, &read_size, &error);
	*text = status == NARC_OK ? strndup(read_size ? read : "", read_size) : NULL;
	if (status != NARC_OK)
		ASSERT_ERROR_IS_TOLD(&error, status);
	free(copy);
	return status;
}

static void assert_text(const char *html, bool is_markdown, const char *wanted)
{
	char *text;

	ASSERT_OK(read_bytes(html, strlen(html), is_markdown, &text), NULL);
	assert_string_equal(text, wanted);
	free(text);
}

#define ASSERT_HTML(html, wanted) assert_text(html, false, wanted)
#define ASSERT_MARKDOWN(markdown, wanted) assert_text(markdown, true, wanted)

TEST(tags_inside_of_a_word_leave_it_whole)
{
	ASSERT_HTML("a w<b>or</b>d", "a word");
	ASSERT_MARKDOWN("a w<b>or</b>d", "a word");
	ASSERT_HTML("\xe7\xbb\x8f<strong>\xe6\xb5\x8e</strong>", "\xe7\xbb\x8f\xe6\xb5\x8e");
	ASSERT_HTML("hyphen\xc2\xad" "ated z\xe2\x80\x8bw a&shy;b<wbr>c", "hyphenated zw abc");
}

TEST(entities_are_the_characters_that_they_stand_for)
{
	ASSERT_HTML("&lt;a&gt; &amp;amp; &#x5b57;&#23383; &eacute;",
		    "<a> &amp; \xe5\xad\x97\xe5\xad\x97 \xc3\xa9");
	ASSERT_HTML("a&nbsp;b", "a b");
	ASSERT_MARKDOWN("AT&amp;T & Co &xyzzy;", "AT&T & Co &xyzzy;");
}

TEST(lines_end_where_blocks_do)
{
	ASSERT_HTML("<p>one</p><p>two</p>", "one\ntwo\n");
	ASSERT_HTML("<div>one<div>two</div>three</div>four", "one\ntwo\nthree\nfour");
	ASSERT_HTML("one<br>two<br/>three", "one\ntwo\nthree");
	ASSERT_HTML("<ul><li>one<li>two</ul>", "one\ntwo\n");
	ASSERT_HTML("<table><tr><td>a</td><td>b</td></tr><tr><th>c<th>d</table>", "a b\nc d\n");
	ASSERT_HTML("<h1>head</h1>text", "head\ntext");
}

TEST(white_space_of_html_is_one_blank)
{
	ASSERT_HTML("<p>  one\n two\t\r\n <i> three </i></p>\n\n<p>four</p>\n",
		    "one two three\nfour\n");
	ASSERT_HTML("<pre>\none\n  two\n</pre>", "one\n  two\n");
}

TEST(markdown_stays_as_it_is)
{
	ASSERT_MARKDOWN("# Head\n\n* one\n* two\n\n    code\n",
			"# Head\n\n* one\n* two\n\n    code\n");
	ASSERT_MARKDOWN("one < two\n\nthree <b>four</b>\n  five\n",
			"one < two\n\nthree four\n  five\n");
	ASSERT_MARKDOWN("<p>in\nside</p>\n\nout\nside\n", "in side\n\n\nout\nside\n");
	ASSERT_MARKDOWN("", "");
}

TEST(addresses_in_markdown_are_no_tags)
{
	ASSERT_MARKDOWN("a <http://example.com/?a=1&copy=2> <b>c</b> <me@example.com>\n",
			"a http://example.com/?a=1&copy=2 c me@example.com\n");
	ASSERT_HTML("a <http://example.com/> b", "a b");
	ASSERT_MARKDOWN("<a:> <1:2> <a b:c> <http://x", " <1:2>  ");
}

TEST(what_nobody_sees_is_left_out)
{
	ASSERT_HTML("a<script>if (b < c) d();</script>e<style>f{}</style><!-- g -->h", "aeh");
	ASSERT_HTML("a<iframe>b</iframe><template>c</template><img alt='d' src='e'>", "a");
	ASSERT_HTML("<!DOCTYPE html><html><head><title>t</title></head>"
		    "<body class=\"b\">x</body></html>",
		    "t\nx");
}

TEST(what_is_never_closed_is_read_to_its_end)
{
	ASSERT_HTML("<p>one<b>two", "onetwo\n");
	ASSERT_HTML("one<a href=\"two>three", "one");
	ASSERT_HTML("</p></div>one</x>", "one");
	ASSERT_HTML("<!-- one", "");
}

TEST(bytes_that_are_not_utf_8_do_no_harm)
{
	static const char letters[] = "<>&;/=\"' ab!-#x\xe5\xad\x97\xff\xc2\xa0\n";
	struct test_random random = { 95 };
	char html[60], *text;

	ASSERT_HTML("a\xff" "b", "a\xef\xbf\xbd" "b");
	for (size_t i = 0; i < 20000; i++) {
		size_t size = random_below(&random, sizeof(html));

		for (size_t k = 0; k < size; k++)
			html[k] = letters[random_below(&random, sizeof(letters) - 1)];
		ASSERT_OK(read_bytes(html, size, i % 2, &text), NULL);
		free(text);
	}
}

/* Repeats a part, between a beginning and an end. */
static char *repeat(const char *beginning, const char *part, size_t count, const char *end)
{
	char *text = malloc(strlen(beginning) + strlen(part) * count + strlen(end) + 1);
	char *place = stpcpy(text, beginning);

	for (size_t i = 0; i < count; i++)
		place = stpcpy(place, part);
	strcpy(place, end);
	return text;
}

TEST(a_tree_may_be_deep)
{
	char *html = repeat("", "<div>", 20000, "deep"), *text;

	ASSERT_OK(read_bytes(html, strlen(html), false, &text), NULL);
	assert_int_equal(strncmp(text, "deep\n", 5), 0);
	free(text);
	free(html);
}

TEST(what_takes_too_much_memory_is_given_up)
{
	char *html = repeat("", "<b>", 2000000, "deep"), *text;

	assert_int_equal(read_bytes(html, strlen(html), false, &text), NARC_LIMIT);
	free(html);
	html = repeat("", "a<p>", 5 << 20, "");
	assert_int_equal(read_bytes(html, strlen(html), false, &text), NARC_LIMIT);
	free(html);
	ASSERT_HTML("a<b>b</b>", "ab");
}

TEST(what_takes_too_long_is_given_up)
{
	char *html = repeat("", "<b>", 200000, "");
	char *whole = repeat(html, "</i>", 1000000, "");
	char *text;

	assert_int_equal(read_bytes(whole, strlen(whole), false, &text), NARC_LIMIT);
	free(whole);
	free(html);
	ASSERT_HTML("a<b>b</b>", "ab");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags_inside_of_a_word_leave_it_whole),
		cmocka_unit_test(entities_are_the_characters_that_they_stand_for),
		cmocka_unit_test(lines_end_where_blocks_do),
		cmocka_unit_test(white_space_of_html_is_one_blank),
		cmocka_unit_test(markdown_stays_as_it_is),
		cmocka_unit_test(addresses_in_markdown_are_no_tags),
		cmocka_unit_test(what_nobody_sees_is_left_out),
		cmocka_unit_test(what_is_never_closed_is_read_to_its_end),
		cmocka_unit_test(bytes_that_are_not_utf_8_do_no_harm),
		cmocka_unit_test(a_tree_may_be_deep),
		cmocka_unit_test(what_takes_too_much_memory_is_given_up),
		cmocka_unit_test(what_takes_too_long_is_given_up),
	};

	return cmocka_run_group_tests_name("html_text", tests, set_up, tear_down);
}
