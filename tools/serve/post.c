/* SPDX-License-Identifier: BSD-2-Clause */
#include "post.h"

#include <inttypes.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "days.h"
#include "page.h"
#include "render.h"

/* A post that was found, with what its front matter says. */
struct found_post {
	struct lookup *lookup;
	const struct narc_record *record;
	const char *key;
	long version; /* that was asked for; 0: none */
	const char *content;
	narc_front_matter_reader *reader;
	struct narc_front_matter matter;
};

static void forget_post(struct found_post *post)
{
	narc_front_matter_reader_free(post->reader);
}

/* Finds the post that an address is of. False, with the answer to that, if it is not there. */
static bool find_post(struct visit *visit, struct found_post *post)
{
	*post = (struct found_post){ .key = visit->target.segments[1], .matter = NO_MATTER };
	if (!visit_find(visit, post->key, &post->lookup))
		return false;
	target_number(&visit->target, "version", 1, UINT32_MAX, 0, &post->version);
	post->record = post->lookup->record;
	return true;
}

/* Reads the content of what was found. False, with the answer to that, if it cannot be had. */
static bool read_post(struct visit *visit, struct found_post *post)
{
	struct narc_error error;
	const void *content;

	if (post->record->size > PAGE_CONTENT_LIMIT) {
		visit_fail(visit, MHD_HTTP_CONTENT_TOO_LARGE, TEXT_TOO_LARGE);
		return false;
	}
	if (!visit_content(visit, post->lookup, &content))
		return false;
	if (narc_front_matter_reader_new(&post->reader, &error) != NARC_OK) {
		visit_fail_reading(visit, "", &error);
		return false;
	}
	post->content = content;
	post->matter = matter_of(post->reader, content, post->record->size);
	return true;
}

/* ---- pieces of pages -------------------------------------------------------------------- */

static void put_address(struct text *page, const char *key, const char *view, long version)
{
	html(page, "/post/");
	html_url(page, key);
	if (*view)
		html(page, "/%s", view);
	if (version)
		html(page, "?version=%lu", (unsigned long)version);
}

static void put_view(struct text *page, enum language language, const char *key, const char *view,
		     long version, enum text_id name, bool is_current)
{
	html(page, "<li><a href=\"");
	put_address(page, key, view, version);
	html(page, "\"");
	if (is_current)
		html(page, " aria-current=\"page\"");
	html(page, ">%s</a></li>\n", text_in(language, name));
}

void put_views(struct text *page, enum language language, const char *key, long version,
	       enum post_view current)
{
	html(page, "<nav class=\"views\" aria-label=\"%s\"><ul>\n", text_in(language, TEXT_VIEWS));
	put_view(page, language, key, "", version, TEXT_VIEW_RENDERED, current == VIEW_PAGE);
	put_view(page, language, key, "source", version, TEXT_VIEW_SOURCE, current == VIEW_SOURCE);
	put_view(page, language, key, "versions", 0, TEXT_VIEW_VERSIONS, current == VIEW_VERSIONS);
	html(page, "<li><a href=\"");
	put_address(page, key, "raw", version);
	html(page, "%sdownload\">%s</a></li>\n</ul></nav>\n", version ? "&" : "?",
	     text_in(language, TEXT_DOWNLOAD));
}

void put_tombstone(struct text *page, enum language language,
		   const struct narc_tombstone *tombstone)
{
	char date[DATE_TEXT_SIZE];

	html(page, "<p class=\"notice\">");
	put_phrase(page, language, TEXT_REDACTED_AT, format_date(tombstone->time, 0, date));
	html(page, " %s: <bdi>%s</bdi></p>\n", text_in(language, TEXT_REASON), tombstone->reason);
}

static void put_fact(struct text *page, enum language language, enum text_id name)
{
	html(page, "<dt>%s</dt>", text_in(language, name));
}

static void put_archived(struct text *page, enum language language, const struct found_post *post,
			 const struct archive_set *set)
{
	char date[DATE_TEXT_SIZE];
	int64_t time;

	if (narc_archive_generation_time(set->archives[post->lookup->archive],
					 post->record->generation, &time, NULL) != NARC_OK)
		return;
	put_fact(page, language, TEXT_ARCHIVED);
	html(page, "<dd><time datetime=\"%s\">", format_date(time, 0, date));
	html(page, "%s UTC</time></dd>\n", format_short_date(time, date));
}

static void put_facts(struct visit *visit, const struct found_post *post)
{
	const struct narc_record *record = post->record;
	struct text *page = &visit->reply.body;
	enum language language = visit->language;
	struct date day = date_of_day(day_of_time(record->local_time));
	char clock[DAY_TEXT_SIZE], date[DATE_TEXT_SIZE], size[SIZE_TEXT_SIZE];

	html(page, "<section class=\"facts\" aria-labelledby=\"facts\">\n"
		   "<h2 id=\"facts\">%s</h2>\n<dl>\n", text_in(language, TEXT_FACTS));
	put_fact(page, language, TEXT_DATE);
	format_date(record->local_time, record->zone_minutes, date);
	html(page, "<dd><a href=\"/%04d/%02d/%02d\"><time datetime=\"%s\">", day.year, day.month,
	     day.day, date);
	put_day(page, language, day_of_date(day));
	html(page, " %s</time></a></dd>\n", format_clock(record->local_time, clock));
	if (*record->categories) {
		put_fact(page, language, TEXT_CATEGORIES);
		html(page, "<dd>");
		put_chips(page, record->categories, "category");
		html(page, "</dd>\n");
	}
	if (*post->matter.tags) {
		put_fact(page, language, TEXT_TAGS);
		html(page, "<dd>");
		put_chips(page, post->matter.tags, "tag");
		html(page, "</dd>\n");
	}
	if (*record->info_code) {
		put_fact(page, language, TEXT_CODE);
		html(page, "<dd><a href=\"/post/");
		html_url(page, record->info_code);
		html(page, "\"><bdi>%s</bdi></a></dd>\n", record->info_code);
	}
	put_fact(page, language, TEXT_PATH);
	html(page, "<dd><bdi>%s</bdi></dd>\n", record->path);
	put_fact(page, language, TEXT_SIZE);
	html(page, "<dd>%s</dd>\n", format_size(record->size, size));
	put_fact(page, language, TEXT_VERSION);
	html(page, "<dd>%lu</dd>\n", (unsigned long)record->version);
	put_archived(page, language, post, visit->set);
	if (visit->set->count > 1) {
		put_fact(page, language, TEXT_ARCHIVE);
		html(page, "<dd><bdi>%s</bdi></dd>\n", visit->set->names[post->lookup->archive]);
	}
	put_fact(page, language, TEXT_HASH);
	html(page, "<dd><code>");
	text_print(page, "%016" PRIx64, record->hash);
	html(page, "</code></dd>\n</dl>\n</section>\n");
}

/* ---- pages ------------------------------------------------------------------------------ */

/* The title that a page has: of the front matter, or what else there is. */
static const char *title_of(const struct found_post *post)
{
	if (*post->matter.title)
		return post->matter.title;
	return *post->record->info_code ? post->record->info_code : post->record->path;
}

static void put_old_version(struct text *page, enum language language,
			    const struct found_post *post)
{
	char number[24];

	if (!post->version)
		return;
	snprintf(number, sizeof(number), "%lu", (unsigned long)post->version);
	html(page, "<p class=\"notice\">");
	put_phrase(page, language, TEXT_THIS_VERSION, number);
	html(page, " <a href=\"");
	put_address(page, post->key, "", 0);
	html(page, "\">%s</a></p>\n", text_in(language, TEXT_SHOW_CURRENT));
}

/* What stands in the place of a post that was taken out. */
static void show_redacted(struct visit *visit, const struct found_post *post)
{
	narc_archive *archive = visit->set->archives[post->lookup->archive];
	struct narc_tombstone tombstone;

	visit->reply.status = MHD_HTTP_GONE;
	page_begin(visit, title_of(post));
	if (narc_archive_tombstone(archive, post->record->row, &tombstone, NULL) == NARC_OK)
		put_tombstone(&visit->reply.body, visit->language, &tombstone);
	put_facts(visit, post);
	page_end(visit);
}

static void put_frame(struct visit *visit, const struct found_post *post)
{
	struct text *page = &visit->reply.body;
	enum language language = visit->language;

	html(page, "<iframe sandbox title=\"%s\" src=\"", text_in(language, TEXT_FRAME_TITLE));
	put_address(page, post->key, "frame", post->version);
	html(page, "\"></iframe>\n<p class=\"note\">%s <a href=\"",
	     text_in(language, TEXT_FRAME_NOTE));
	put_address(page, post->key, "frame", post->version);
	html(page, "\">%s</a></p>\n", text_in(language, TEXT_FRAME_ALONE));
}

void show_post(struct visit *visit)
{
	struct text *page = &visit->reply.body;
	struct found_post post;
	bool is_page;

	if (!find_post(visit, &post))
		return;
	if (post.record->is_redacted) {
		show_redacted(visit, &post);
		return;
	}
	is_page = post.record->size <= PAGE_CONTENT_LIMIT;
	if (is_page && !read_post(visit, &post)) {
		forget_post(&post);
		return;
	}
	page_begin(visit, title_of(&post));
	put_old_version(page, visit->language, &post);
	put_views(page, visit->language, post.key, post.version, VIEW_PAGE);
	if (is_page && can_render(post.record->path, post.content, post.record->size))
		put_frame(visit, &post);
	else
		html(page, "<p class=\"notice\">%s</p>\n",
		     text_in(visit->language, TEXT_NOT_RENDERED));
	put_facts(visit, &post);
	page_end(visit);
	forget_post(&post);
}

void show_frame(struct visit *visit)
{
	struct found_post post;

	if (!find_post(visit, &post))
		return;
	if (read_post(visit, &post)) {
		visit->reply.kind = REPLY_POST;
		if (!can_render(post.record->path, post.content, post.record->size))
			visit_fail(visit, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, TEXT_NOT_RENDERED);
		else if (!render_post(&visit->reply.body, post.record->path, title_of(&post),
				      post.content + post.matter.size,
				      post.record->size - post.matter.size))
			visit_fail(visit, MHD_HTTP_SERVICE_UNAVAILABLE, TEXT_NO_MEMORY);
	}
	forget_post(&post);
}

static void put_source_lines(struct text *page, const char *text, size_t size)
{
	const char *end = text + size;

	html(page, "<pre class=\"source\" tabindex=\"0\"><code>");
	while (text < end) {
		const char *line_end = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((line_end ? line_end : end) - text);

		html(page, "<span class=\"line\">");
		html_lines(page, text, length);
		html(page, "\n</span>"); /* inside, where it makes no line of its own */
		text += length + 1;
	}
	html(page, "</code></pre>\n");
}

void show_source(struct visit *visit)
{
	struct text *page = &visit->reply.body;
	struct found_post post;

	if (!find_post(visit, &post))
		return;
	if (read_post(visit, &post)) {
		page_begin_phrase(visit, TEXT_SOURCE_TITLE, title_of(&post));
		put_old_version(page, visit->language, &post);
		put_views(page, visit->language, post.key, post.version, VIEW_SOURCE);
		if (memchr(post.content, '\0', post.record->size))
			html(page, "<p class=\"notice\">%s</p>\n",
			     text_in(visit->language, TEXT_NOT_RENDERED));
		else
			put_source_lines(page, post.content, post.record->size);
		page_end(visit);
	}
	forget_post(&post);
}
