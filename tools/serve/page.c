/* SPDX-License-Identifier: BSD-2-Clause */
#include "page.h"

#include <string.h>

#include "days.h"

void put_phrase(struct text *page, enum language language, enum text_id id, const char *value)
{
	const char *text = text_in(language, id);
	const char *mark = strstr(text, "%s");

	if (!mark) {
		html(page, "%s", text);
		return;
	}
	html(page, "%.*s%s%s", (int)(mark - text), text, value, mark + strlen("%s"));
}

void put_phrase_number(struct text *page, enum language language, enum text_id id, uint64_t number)
{
	struct text digits = { .bytes = NULL };
	const char *string;

	put_number(&digits, number);
	string = text_string(&digits);
	put_phrase(page, language, id, string ? string : "");
	text_free(&digits);
}

void put_post_count(struct text *page, enum language language, uint64_t posts)
{
	if (posts == 0)
		html(page, "%s", text_in(language, TEXT_NO_POSTS));
	else if (posts == 1)
		html(page, "%s", text_in(language, TEXT_ONE_POST));
	else
		put_phrase_number(page, language, TEXT_POSTS, posts);
}

/* ---- the frame of a page ---------------------------------------------------------------- */

static void put_section(struct text *page, enum language language, const char *address,
			enum text_id id)
{
	html(page, "<li><a href=\"%s\">%s</a></li>\n", address, text_in(language, id));
}

/* Links to this page in the other languages. */
static void put_languages(struct visit *visit)
{
	struct text *page = &visit->reply.body;

	for (enum language language = 0; language < LANGUAGE_COUNT; language++) {
		struct text address = { .bytes = NULL };

		if (language == visit->language)
			continue;
		target_put(&address, &visit->target, NULL);
		address_put(&address, "lang", language_code(language));
		html(page,
		     "<li class=\"language\"><a rel=\"nofollow\" lang=\"%s\" hreflang=\"%s\" "
		     "href=\"%s\">%s</a></li>\n",
		     language_tag(language), language_tag(language),
		     text_string(&address) ? address.bytes : "/", language_name(language));
		text_free(&address);
	}
}

static void put_header(struct visit *visit)
{
	struct text *page = &visit->reply.body;
	enum language language = visit->language;

	html(page, "<a class=\"skip\" href=\"#main\">%s</a>\n", text_in(language, TEXT_SKIP));
	html(page, "<header>\n<a class=\"site\" href=\"/\">%s</a>\n", text_in(language, TEXT_SITE));
	html(page, "<nav aria-label=\"%s\"><ul>\n", text_in(language, TEXT_SECTIONS));
	put_section(page, language, "/", TEXT_CALENDAR);
	put_section(page, language, "/categories", TEXT_CATEGORIES);
	put_section(page, language, "/tags", TEXT_TAGS);
	put_section(page, language, "/search", TEXT_SEARCH);
	put_languages(visit);
	html(page, "</ul></nav>\n</header>\n");
}

void page_begin(struct visit *visit, const char *title)
{
	struct text *page = &visit->reply.body;
	enum language language = visit->language;

	html(page, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
	     language_tag(language));
	html(page, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		   "<meta name=\"color-scheme\" content=\"light dark\">\n");
	html(page, "<title>%s – %s</title>\n", title, text_in(language, TEXT_SITE));
	html(page, "<link rel=\"stylesheet\" href=\"/style.css\">\n"
		   "<link rel=\"icon\" href=\"/icon.svg\" type=\"image/svg+xml\">\n"
		   "</head>\n<body>\n");
	put_header(visit);
	html(page, "<main id=\"main\" tabindex=\"-1\">\n<h1>%s</h1>\n", title);
}

void page_begin_phrase(struct visit *visit, enum text_id id, const char *value)
{
	const char *text = text_in(visit->language, id);
	const char *mark = strstr(text, "%s");
	struct text title = { .bytes = NULL };
	const char *string;

	text_put_bytes(&title, text, mark ? (size_t)(mark - text) : strlen(text));
	if (mark) {
		text_put(&title, value);
		text_put(&title, mark + strlen("%s"));
	}
	string = text_string(&title);
	page_begin(visit, string ? string : "");
	text_free(&title);
}

void page_end(struct visit *visit)
{
	html(&visit->reply.body,
	     "</main>\n<footer><p>newsarc %s · <a href=\"/api/openapi.yaml\">%s</a></p></footer>\n"
	     "</body>\n</html>\n",
	     narc_version(), text_in(visit->language, TEXT_HELP_API));
}

/* ---- posts ------------------------------------------------------------------------------ */

void put_post_address(struct text *page, const struct narc_record *record)
{
	html(page, "/post/");
	html_url(page, *record->info_code ? record->info_code : record->path);
}

void put_post_title(struct text *page, enum language language, const struct narc_record *record,
		    const char *title)
{
	if (*title)
		html(page, "%s", title);
	else
		put_phrase(page, language, TEXT_UNTITLED,
			   *record->info_code ? record->info_code : record->path);
}

void put_chips(struct text *page, const char *names, const char *folder)
{
	while (*names) {
		int size = (int)strcspn(names, "\n");
		char name[4096];

		if (size && (size_t)size < sizeof(name)) {
			memcpy(name, names, (size_t)size);
			name[size] = '\0';
			html(page, " <a class=\"chip\" href=\"/%s/", folder);
			html_url(page, name);
			html(page, "\"><bdi>%s</bdi></a>", name);
		}
		names += size + (names[size] == '\n');
	}
}

void put_post_start(struct text *page, enum language language, const struct narc_record *record,
		    const char *title, bool with_day)
{
	char day[DAY_TEXT_SIZE], clock[DAY_TEXT_SIZE];

	format_day(day_of_time(record->local_time), day);
	format_clock(record->local_time, clock);
	html(page, "<li><time datetime=\"%sT%s\">", day, clock);
	if (with_day)
		html(page, "%s ", day);
	html(page, "%s</time> <span class=\"entry\"><a class=\"title\" href=\"", clock);
	put_post_address(page, record);
	html(page, "\"><bdi>");
	put_post_title(page, language, record, title);
	html(page, "</bdi></a>");
	put_chips(page, record->categories, "category");
	html(page, "</span>");
}

void put_post_item(struct text *page, enum language language, const struct narc_record *record,
		   const char *title)
{
	put_post_start(page, language, record, title, false);
	html(page, "</li>\n");
}

void put_counting(struct text *page, enum language language, bool is_current)
{
	if (!is_current)
		html(page, "<p class=\"notice\" role=\"status\">%s</p>\n",
		     text_in(language, TEXT_COUNTING));
}

void put_damages(struct text *page, enum language language, uint64_t damages)
{
	if (damages == 0)
		return;
	html(page, "<p class=\"notice\" role=\"status\">");
	put_phrase_number(page, language, TEXT_DAMAGES, damages);
	html(page, "</p>\n");
}
