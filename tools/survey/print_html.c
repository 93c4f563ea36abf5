/* SPDX-License-Identifier: BSD-2-Clause */
#include "days.h"
#include "fail.h"
#include "report.h"
#include "report_css.h"
#include "survey/page.h"

/* ---- the head ----------------------------------------------------------------------------- */

static void put_head(struct survey_page *page)
{
	struct text *text = &page->text;

	html(text, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	     "<meta http-equiv=\"Content-Security-Policy\" "
	     "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	     "<title>Report: %s</title>\n<style>\n", page->output->name);
	text_put_bytes(text, report_css, sizeof(report_css));
	text_put(text, "</style>\n</head>\n<body>\n");
}

static void put_tile(struct text *text, const char *value, const char *label)
{
	html(text, "<li><strong>%s</strong> %s</li>\n", value, label);
}

static void put_count_tile(struct text *text, uint64_t count, const char *label)
{
	char value[32];

	snprintf(value, sizeof(value), "%llu", (unsigned long long)count);
	put_tile(text, value, label);
}

static void put_share_tile(struct text *text, const struct months *months)
{
	double content = 0, stored = 0;
	char value[32];

	for (size_t i = 0; i < months->count; i++) {
		content += (double)months->list[i].content_size;
		stored += months->list[i].stored_size;
	}
	snprintf(value, sizeof(value), "%.1f %%", content > 0 ? 100 * stored / content : 0);
	put_tile(text, value, "compressed to");
}

static void put_summary(struct survey_page *page)
{
	static const char *const sections[][2] = {
		{ "days", "Days" }, { "categories", "Categories" }, { "compression", "Compression" },
		{ "faults", "Faults" }, { "similar", "Similar texts" }, { "codes", "InfoCodes" },
		{ "copies", "Equal contents" }, { "largest", "Largest" },
	};
	const struct survey *survey = page->output->survey;
	const struct activity *activity = &survey->activity;
	struct text *text = &page->text;
	char first[DAY_TEXT_SIZE], last[DAY_TEXT_SIZE], size[SIZE_TEXT_SIZE];

	html(text, "<header><h1>%s</h1>\n<p>", page->output->name);
	if (activity->count)
		html(text, "Posts from %s to %s.", format_day(activity->days[0].day, first),
		     format_day(activity->days[activity->count - 1].day, last));
	else
		html(text, "There are no posts.");
	if (page->output->as_of)
		html(text, " As of %s.", page->output->as_of);
	html(text, "</p>\n");
	if (survey->failures)
		html(text, "<p class=\"alert\">What could not be read, in %llu places, is not in "
		     "this report.</p>\n", (unsigned long long)survey->failures);
	html(text, "<ul class=\"tiles\">\n");
	put_count_tile(text, activity->posts, "posts");
	put_tile(text, format_size(activity->size, size), "in their contents");
	put_share_tile(text, &survey->months);
	put_count_tile(text, survey->categories.count, "categories");
	put_count_tile(text, day_ranges_news_days(&activity->missing), "days without posts");
	put_count_tile(text, survey->faults.posts, "with faults");
	put_count_tile(text, survey->texts.crossing, "stories in several categories");
	put_count_tile(text, survey->files, "other files");
	html(text, "</ul>\n<nav aria-label=\"Contents\"><ul>\n");
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		html(text, "<li><a href=\"#%s\">%s</a></li>\n", sections[i][0], sections[i][1]);
	html(text, "</ul></nav></header>\n<main>\n");
}

/* ---- categories --------------------------------------------------------------------------- */

static void put_category(struct text *text, const struct category *category, uint64_t most)
{
	char first[DAY_TEXT_SIZE], last[DAY_TEXT_SIZE], gap[DAY_TEXT_SIZE];

	html(text, "<tr><th scope=\"row\">%s</th><td class=\"number\">%llu</td>"
	     "<td class=\"extra\">", category->name, (unsigned long long)category->posts);
	chart_put_bar(text, category->posts, most);
	html(text, "</td><td class=\"date\">%s</td><td class=\"date\">%s</td>"
	     "<td class=\"number extra\">%lu</td>", format_day(category->first_day, first),
	     format_day(category->last_day, last), (unsigned long)category->days);
	if (category->gap)
		html(text, "<td class=\"date extra\">%lu from %s</td></tr>\n",
		     (unsigned long)category->gap, format_day(category->gap_day, gap));
	else
		html(text, "<td class=\"extra\">none</td></tr>\n");
}

static void put_categories(struct survey_page *page)
{
	const struct categories *categories = &page->output->survey->categories;
	struct text *text = &page->text;

	html(text, "<section id=\"categories\"><h2>Categories</h2>\n");
	if (categories->count) {
		html(text, "<table><thead><tr><th scope=\"col\">Category</th>"
		     "<th scope=\"col\" class=\"number\">Posts</th>"
		     "<td class=\"extra\"></td><th scope=\"col\">First</th>"
		     "<th scope=\"col\">Last</th><th scope=\"col\" class=\"number extra\">Days</th>"
		     "<th scope=\"col\" class=\"extra\">Longest gap, in days</th></tr></thead>"
		     "<tbody>\n");
		for (size_t i = 0; i < categories->count; i++) {
			put_category(text, &categories->list[i], categories->list[0].posts);
			survey_page_flush(page);
		}
		html(text, "</tbody></table>\n");
	}
	html(text, "<p class=\"note\">%llu posts have no category.",
	     (unsigned long long)categories->none);
	if (categories->other)
		html(text, " %llu times, a post is in one of more categories than are told apart.",
		     (unsigned long long)categories->other);
	html(text, "</p></section>\n");
}

/* ---- posts -------------------------------------------------------------------------------- */

static void put_more(struct text *text, uint64_t total, uint64_t shown)
{
	if (shown < total)
		html(text, "<p class=\"note\">And %llu more.</p>\n",
		     (unsigned long long)(total - shown));
}

/* Puts cells with the title, path, categories and day of a post. */
static enum narc_status put_post(struct survey_page *page, uint64_t row, struct narc_error *error)
{
	struct text *text = &page->text;
	const struct narc_record *record;
	const char *title;
	char day[DAY_TEXT_SIZE];
	enum narc_status status = listing_read(page->output->listing, row, &record, &title, error);

	if (status != NARC_OK)
		return status;
	html(text, "<td class=\"date extra\">%s</td><td class=\"post\">",
	     format_day(day_of_time(record->local_time), day));
	if (*title)
		html(text, "%s<br>", title);
	/* The line ends between the names of categories become blanks. */
	html(text, "<span class=\"path\">%s</span></td><td class=\"extra\">%s</td>", record->path,
	     record->categories);
	survey_page_flush(page);
	return NARC_OK;
}

static enum narc_status put_fault_list(struct survey_page *page, enum fault_kind kind,
				       struct narc_error *error)
{
	const struct fault_list *list = &page->output->survey->faults.kinds[kind];
	const size_t shown = survey_shown(page->output, list->count);
	struct text *text = &page->text;
	enum narc_status status = NARC_OK;

	html(text, "<details><summary>%llu with %s</summary>\n<table><tbody>\n",
	     (unsigned long long)list->total, fault_text(kind));
	for (size_t i = 0; i < shown && status == NARC_OK; i++) {
		const struct fault *fault = &list->list[i];

		html(text, "<tr>");
		status = put_post(page, fault->row, error);
		if (fault->problem)
			html(text, "<td>line %lu: %s</td>", (unsigned long)fault->line,
			     fault->problem);
		html(text, "</tr>\n");
	}
	html(text, "</tbody></table>\n");
	put_more(text, list->total, shown);
	html(text, "</details>\n");
	return status;
}

static enum narc_status put_faults(struct survey_page *page, struct narc_error *error)
{
	const struct faults *faults = &page->output->survey->faults;
	struct text *text = &page->text;
	enum narc_status status = NARC_OK;

	html(text, "<section id=\"faults\"><h2>Posts with faults: %llu</h2>\n",
	     (unsigned long long)faults->posts);
	for (unsigned kind = 0; kind < FAULT_KINDS && status == NARC_OK; kind++)
		if (faults->kinds[kind].total)
			status = put_fault_list(page, (enum fault_kind)kind, error);
	html(text, "</section>\n");
	return status;
}

static enum narc_status put_group(struct survey_page *page, const struct post_groups *groups,
				  const struct post_group *group, struct narc_error *error)
{
	const struct surveyed_post *posts = page->output->survey->posts;
	const uint32_t *members = groups->members + group->first;
	const size_t shown = survey_shown(page->output, group->count);
	struct text *text = &page->text;
	enum narc_status status = NARC_OK;

	html(text, "<tbody class=\"group\">");
	for (size_t i = 0; i < shown && status == NARC_OK; i++) {
		html(text, "<tr>");
		if (groups == &page->output->survey->texts)
			html(text, "<td class=\"number\">%u %%</td>",
			     sketch_resemblance(&posts[members[0]].sketch,
						&posts[members[i]].sketch));
		status = put_post(page, posts[members[i]].row, error);
		html(text, "</tr>\n");
	}
	if (shown < group->count)
		html(text, "<tr><td colspan=\"4\" class=\"note\">and %llu more</td></tr>",
		     (unsigned long long)(group->count - shown));
	html(text, "</tbody>\n");
	return status;
}

static enum narc_status put_groups(struct survey_page *page, const struct post_groups *groups,
				   struct narc_error *error)
{
	const size_t shown = survey_shown(page->output, groups->count);
	enum narc_status status = NARC_OK;

	if (shown)
		html(&page->text, "<table>\n");
	for (size_t i = 0; i < shown && status == NARC_OK; i++)
		status = put_group(page, groups, &groups->groups[i], error);
	if (shown)
		html(&page->text, "</table>\n");
	put_more(&page->text, groups->count, shown);
	html(&page->text, "</section>\n");
	return status;
}

static enum narc_status put_all_groups(struct survey_page *page, struct narc_error *error)
{
	const struct survey *survey = page->output->survey;
	struct text *text = &page->text;
	char size[SIZE_TEXT_SIZE];
	enum narc_status status;

	html(text, "<section id=\"similar\"><h2>Similar texts: %zu groups, %llu of several "
	     "categories</h2>\n<p class=\"note\">Posts with several infoCodes whose texts have "
	     "some %d percent in common, or more. In percent: what a post has in common with "
	     "the first of its group. %llu posts of few words were not compared.",
	     survey->texts.count, (unsigned long long)survey->texts.crossing, SIMILAR_LEAST,
	     (unsigned long long)survey->uncompared);
	if (survey->texts.cut_buckets)
		html(text, " In %llu places there were too many alike to compare all of them.",
		     (unsigned long long)survey->texts.cut_buckets);
	html(text, "</p>\n");
	status = put_groups(page, &survey->texts, error);
	html(text, "<section id=\"codes\"><h2>One infoCode, several paths: %zu, %llu of them with "
	     "several contents</h2>\n", survey->codes.count,
	     (unsigned long long)survey->codes.differing);
	if (status == NARC_OK)
		status = put_groups(page, &survey->codes, error);
	html(text, "<section id=\"copies\"><h2>Equal contents: %zu groups</h2>\n"
	     "<p class=\"note\">All but one of each come to %s in the site; the archive has each "
	     "content once.</p>\n", survey->contents.count,
	     format_size(survey->contents.spare_size, size));
	if (status == NARC_OK)
		status = put_groups(page, &survey->contents, error);
	return status;
}

static enum narc_status put_largest(struct survey_page *page, struct narc_error *error)
{
	const struct survey *survey = page->output->survey;
	struct text *text = &page->text;
	enum narc_status status = NARC_OK;

	html(text, "<section id=\"largest\"><h2>Largest posts</h2>\n");
	if (survey->largest_count)
		html(text, "<table><caption>By their contents, uncompressed</caption><tbody>\n");
	for (size_t i = 0; i < survey->largest_count && status == NARC_OK; i++) {
		const struct surveyed_post *post = &survey->posts[survey->largest[i]];
		char size[SIZE_TEXT_SIZE];

		html(text, "<tr><td class=\"number\">%s</td>", format_size(post->size, size));
		status = put_post(page, post->row, error);
		html(text, "</tr>\n");
	}
	if (survey->largest_count)
		html(text, "</tbody></table>\n");
	html(text, "</section>\n");
	return status;
}

/* ---- the whole ---------------------------------------------------------------------------- */

void survey_page_flush(struct survey_page *page)
{
	if (page->text.size)
		fwrite(page->text.bytes, 1, page->text.size, page->output->out);
	page->text.size = 0;
}

enum narc_status survey_print_html(const struct survey_output *output, struct narc_error *error)
{
	struct survey_page page = { .output = output };
	enum narc_status status;

	put_head(&page);
	put_summary(&page);
	status = survey_page_put_days(&page, error);
	put_categories(&page);
	if (status == NARC_OK)
		status = survey_page_put_compression(&page, error);
	if (status == NARC_OK)
		status = put_faults(&page, error);
	if (status == NARC_OK)
		status = put_all_groups(&page, error);
	if (status == NARC_OK)
		status = put_largest(&page, error);
	text_put(&page.text, "</main>\n</body>\n</html>\n");
	survey_page_flush(&page);
	if (status == NARC_OK && page.text.failed)
		status = fail_memory(error);
	text_free(&page.text);
	return status;
}
