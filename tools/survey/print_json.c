/* SPDX-License-Identifier: BSD-2-Clause */
#include "days.h"
#include "report.h"
#include "survey/print.h"

/* A list of which there may be more than are shown is an object: {"total":N,"list":[...]}. */
static void begin_list(struct json_line *line, const char *before, uint64_t total)
{
	json_field_number(line, before, total);
	json_put(line, ",\"list\":[");
}

static void put_day(struct json_line *line, const char *before, int32_t day)
{
	char text[DAY_TEXT_SIZE];

	json_field_string(line, before, format_day(day, text));
}

/* Puts a post, without the end of its object. */
static enum narc_status put_post(const struct survey_output *output, struct json_line *line,
				 const char *before, uint64_t row, struct narc_error *error)
{
	const struct narc_record *record;
	const char *title;
	char date[DATE_TEXT_SIZE];
	enum narc_status status = listing_read(output->listing, row, &record, &title, error);

	if (status != NARC_OK)
		return status;
	json_field_string(line, before, record->path);
	json_field_string(line, ",\"info_code\":", record->info_code);
	json_field_string(line, ",\"date\":",
			  format_date(record->local_time, record->zone_minutes, date));
	json_put(line, ",\"categories\":");
	json_put_names(line, record->categories);
	json_field_number(line, ",\"size\":", record->size);
	json_field_string(line, ",\"title\":", title);
	return NARC_OK;
}

/* ---- by the calendar ---------------------------------------------------------------------- */

static void put_ranges(struct json_line *line, const char *before, const struct day_ranges *ranges)
{
	json_field_number(line, before, ranges->days);
	json_put(line, ",\"ranges\":[");
	for (size_t i = 0; i < ranges->count; i++) {
		const struct day_range *range = &ranges->list[i];

		put_day(line, i ? ",{\"from\":" : "{\"from\":", range->first);
		put_day(line, ",\"to\":", range->last);
		json_field_number(line, ",\"days\":", (uint64_t)(range->last - range->first) + 1);
		json_field_number(line, ",\"posts\":", range->posts);
		json_field_number(line, ",\"expected\":", range->expected);
		json_put(line, "}");
	}
	json_put(line, "]}");
}

static void put_days(struct json_line *line, const struct activity *activity)
{
	json_field_number(line, ",\"days\":{\"span\":", activity_span(activity));
	json_field_number(line, ",\"with_posts\":", activity->count);
	put_ranges(line, ",\"missing\":{\"days\":", &activity->missing);
	put_ranges(line, ",\"drops\":{\"days\":", &activity->drops);
	json_put(line, ",\"list\":[");
	for (size_t i = 0; i < activity->count; i++) {
		put_day(line, i ? ",{\"date\":" : "{\"date\":", activity->days[i].day);
		json_field_number(line, ",\"posts\":", activity->days[i].posts);
		json_field_number(line, ",\"size\":", activity->days[i].size);
		json_put(line, "}");
	}
	json_put(line, "]}");
}

static void put_months(struct json_line *line, const struct months *months)
{
	json_put(line, ",\"months\":[");
	for (size_t i = 0; i < months->count; i++) {
		const struct month *month = &months->list[i];
		char text[32];

		snprintf(text, sizeof(text), "%04d-%02d", month->month / 12, month->month % 12 + 1);
		json_field_string(line, i ? ",{\"month\":" : "{\"month\":", text);
		json_field_number(line, ",\"posts\":", month->posts);
		json_field_number(line, ",\"size\":", month->size);
		json_field_number(line, ",\"days\":", month->days);
		json_field_number(line, ",\"content_size\":", month->content_size);
		json_field_number(line, ",\"stored_size\":", (uint64_t)(month->stored_size + 0.5));
		json_put(line, "}");
	}
	json_field_number(line, "],\"other_files\":{\"content_size\":", months->others.content_size);
	json_field_number(line, ",\"stored_size\":", (uint64_t)(months->others.stored_size + 0.5));
	json_put(line, "}");
}

static void put_categories(struct json_line *line, const struct categories *categories)
{
	begin_list(line, ",\"categories\":{\"total\":", categories->count);
	for (size_t i = 0; i < categories->count; i++) {
		const struct category *category = &categories->list[i];

		json_field_string(line, i ? ",{\"name\":" : "{\"name\":", category->name);
		json_field_number(line, ",\"posts\":", category->posts);
		json_field_number(line, ",\"size\":", category->size);
		json_field_number(line, ",\"days\":", category->days);
		put_day(line, ",\"first\":", category->first_day);
		put_day(line, ",\"last\":", category->last_day);
		json_field_number(line, ",\"longest_gap\":{\"days\":", category->gap);
		if (category->gap)
			put_day(line, ",\"from\":", category->gap_day);
		else
			json_put(line, ",\"from\":null");
		json_put(line, "}}");
	}
	json_field_number(line, "],\"posts_without\":", categories->none);
	json_field_number(line, ",\"posts_of_others\":", categories->other);
	json_put(line, "}");
}

/* ---- posts -------------------------------------------------------------------------------- */

static enum narc_status put_faults(const struct survey_output *output, struct json_line *line,
				   struct narc_error *error)
{
	const struct faults *faults = &output->survey->faults;
	enum narc_status status = NARC_OK;

	json_field_number(line, ",\"faults\":{\"entries\":", faults->posts);
	for (unsigned kind = 0; kind < FAULT_KINDS && status == NARC_OK; kind++) {
		const struct fault_list *list = &faults->kinds[kind];

		json_field_string(line, ",", fault_name(kind));
		begin_list(line, ":{\"total\":", list->total);
		for (size_t i = 0; i < list->count && status == NARC_OK; i++) {
			status = put_post(output, line, i ? ",{\"path\":" : "{\"path\":",
					  list->list[i].row, error);
			if (list->list[i].problem) {
				json_field_number(line, ",\"line\":", list->list[i].line);
				json_field_string(line, ",\"problem\":", list->list[i].problem);
			}
			json_put(line, "}");
		}
		json_put(line, "]}");
	}
	json_put(line, "}");
	return status;
}

static enum narc_status put_group(const struct survey_output *output, struct json_line *line,
				  const struct post_groups *groups, const struct post_group *group,
				  struct narc_error *error)
{
	const struct surveyed_post *posts = output->survey->posts;
	const uint32_t *members = groups->members + group->first;
	const size_t shown = survey_shown(output, group->count);
	enum narc_status status = NARC_OK;

	json_field_number(line, "{\"days\":", group->days);
	json_put(line, group->has_several_categories ? ",\"several_categories\":true"
						     : ",\"several_categories\":false");
	json_put(line, group->has_several_contents ? ",\"several_contents\":true"
						   : ",\"several_contents\":false");
	begin_list(line, ",\"posts\":{\"total\":", group->count);
	for (size_t i = 0; i < shown && status == NARC_OK; i++) {
		status = put_post(output, line, i ? ",{\"path\":" : "{\"path\":",
				  posts[members[i]].row, error);
		if (groups == &output->survey->texts)
			json_field_number(line, ",\"resemblance\":",
					  sketch_resemblance(&posts[members[0]].sketch,
							     &posts[members[i]].sketch));
		json_put(line, "}");
	}
	json_put(line, "]}}");
	return status;
}

static enum narc_status put_groups(const struct survey_output *output, struct json_line *line,
				   const char *before, const struct post_groups *groups,
				   struct narc_error *error)
{
	const size_t shown = survey_shown(output, groups->count);
	enum narc_status status = NARC_OK;

	json_field_number(line, before, groups->posts);
	json_field_number(line, ",\"spare_size\":", groups->spare_size);
	json_field_number(line, ",\"of_several_categories\":", groups->crossing);
	json_field_number(line, ",\"of_several_contents\":", groups->differing);
	begin_list(line, ",\"total\":", groups->count);
	for (size_t i = 0; i < shown && status == NARC_OK; i++) {
		if (i)
			json_put(line, ",");
		status = put_group(output, line, groups, &groups->groups[i], error);
	}
	json_put(line, "]");
	return status;
}

static enum narc_status put_all_groups(const struct survey_output *output, struct json_line *line,
				       struct narc_error *error)
{
	const struct survey *survey = output->survey;
	enum narc_status status = put_groups(output, line, ",\"equal_contents\":{\"posts\":",
					     &survey->contents, error);

	if (status == NARC_OK)
		status = put_groups(output, line, "},\"equal_codes\":{\"posts\":", &survey->codes,
				    error);
	if (status == NARC_OK)
		status = put_groups(output, line, "},\"similar_texts\":{\"posts\":", &survey->texts,
				    error);
	json_field_number(line, ",\"not_compared\":", survey->uncompared);
	json_field_number(line, ",\"cut_buckets\":", survey->texts.cut_buckets);
	json_put(line, "}");
	return status;
}

static enum narc_status put_largest(const struct survey_output *output, struct json_line *line,
				    struct narc_error *error)
{
	const struct survey *survey = output->survey;
	enum narc_status status = NARC_OK;

	begin_list(line, ",\"largest\":{\"total\":", survey->count);
	for (size_t i = 0; i < survey->largest_count && status == NARC_OK; i++) {
		status = put_post(output, line, i ? ",{\"path\":" : "{\"path\":",
				  survey->posts[survey->largest[i]].row, error);
		json_put(line, "}");
	}
	json_put(line, "]}");
	return status;
}

/* ---- the whole ---------------------------------------------------------------------------- */

static void put_summary(const struct survey_output *output, struct json_line *line)
{
	const struct survey *survey = output->survey;
	const struct activity *activity = &survey->activity;

	json_field_string(line, "{\"archive\":", output->name);
	if (output->as_of)
		json_field_string(line, ",\"as_of\":", output->as_of);
	else
		json_put(line, ",\"as_of\":null");
	json_field_number(line, ",\"posts\":", activity->posts);
	json_field_number(line, ",\"size\":", activity->size);
	json_field_number(line, ",\"files\":", survey->files);
	json_field_number(line, ",\"files_size\":", survey->files_size);
	if (activity->count) {
		put_day(line, ",\"first\":", activity->days[0].day);
		put_day(line, ",\"last\":", activity->days[activity->count - 1].day);
	} else {
		json_put(line, ",\"first\":null,\"last\":null");
	}
	json_field_number(line, ",\"not_read\":", survey->failures);
}

enum narc_status survey_print_json(const struct survey_output *output, struct narc_error *error)
{
	const struct survey *survey = output->survey;
	struct json_line line = { .out = output->out };
	enum narc_status status;

	put_summary(output, &line);
	put_days(&line, &survey->activity);
	put_months(&line, &survey->months);
	put_categories(&line, &survey->categories);
	status = put_faults(output, &line, error);
	if (status == NARC_OK)
		status = put_all_groups(output, &line, error);
	if (status == NARC_OK)
		status = put_largest(output, &line, error);
	json_put(&line, "}\n");
	json_end(&line);
	return status;
}
