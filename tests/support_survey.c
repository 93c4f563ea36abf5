/* SPDX-License-Identifier: BSD-2-Clause */
#include "support_survey.h"

#include "survey/print.h"

#define MATTER(title, day, category)                                                              \
	"---\ntitle: " title "\ndate: 2022-01-" day " 08:00:00 +0800\ncategories: " category       \
	"\n---\n"
#define STORY                                                                                      \
	"<p>The council has decided that the old bridge will be closed from Monday on, since the " \
	"repair of its pillars takes longer than the engineers had said in spring; buses go over " \
	"the new one, and who walks has to take the ferry, which is free for the time being.</p>\n"

struct packed make_surveyed(void)
{
	const struct given_file files[] = {
		given_text("_posts/2022-01-05-NW202201050000000001.md", MATTER("a", "05", "one") STORY),
		given_text("_posts/2022-01-06-NW202201060000000002.md",
			   MATTER("\"<b>\"", "06", "two") STORY "More of it later.\n"),
		given_text("old_post/2022-01-05-NW202201050000000001.md",
			   MATTER("a", "05", "one") STORY),
		given_text("_posts/2022-01-07-words.md", MATTER("c: d", "09", "") "short\n"),
		given_text("_posts/2022-01-08-NW202201080000000004.md", "---\ntags: [x\n---\nshort\n"),
		given_text("README.md", "no post\n"),
		given_text("style.css", "p {}\n"),
	};
	const struct given_file later = given_text("_posts/2022-01-05-NW202201050000000001.md",
						   MATTER("a", "05", "one") STORY "An edit.\n");
	struct narc_pack_options options = plain_options();
	struct packed base, both;

	options.block_size = 0;
	base = pack_files(&options, files, sizeof(files) / sizeof(files[0]));
	both = append_files(&base, &options, &later, 1);
	packed_free(&base);
	return both;
}

enum narc_status survey_and_print(narc_archive *archive, enum survey_format format,
				  const struct survey_options *options, FILE *out,
				  struct narc_error *error)
{
	static enum narc_status (*const print[])(const struct survey_output *,
						 struct narc_error *) = {
		[SURVEY_TEXT] = survey_print_text,
		[SURVEY_JSON] = survey_print_json,
		[SURVEY_HTML] = survey_print_html,
	};
	struct survey_output output = { .out = out, .name = "a.narc", .most = options->most };
	struct narc_filter filter;
	struct survey *survey = NULL;
	enum narc_status status;

	narc_filter_init(&filter);
	status = survey_make(archive, &filter, options, &survey, error);
	if (status == NARC_OK)
		status = listing_open(archive, &output.listing, error);
	if (status == NARC_OK) {
		output.survey = survey;
		status = print[format](&output, error);
		listing_close(output.listing);
	}
	survey_free(survey);
	return status;
}
