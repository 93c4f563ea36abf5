/* SPDX-License-Identifier: BSD-2-Clause */
#include "survey/survey.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "days.h"
#include "fail.h"
#include "grow.h"
#include "survey/look.h"

/* Of what could not be read: NARC_OK if the survey goes on behind it. */
static enum narc_status take_failure(struct survey *survey, const struct survey_options *options,
				     enum narc_status status, struct narc_error *error)
{
	if (status == NARC_NOMEM || !options->failed)
		return status;
	survey->failures++;
	return options->failed(options->context, error) ? NARC_OK : status;
}

/* ---- what is stored ----------------------------------------------------------------------- */

static enum narc_status add_stored(struct survey *survey, narc_cursor *cursor,
				   struct narc_error *error)
{
	struct narc_block block;
	enum narc_status status = narc_cursor_block(cursor, &block, error);

	if (status == NARC_OK &&
	    !months_add_stored(&survey->months, narc_cursor_record(cursor), &block))
		status = fail_memory(error);
	return status;
}

/* Goes through the index, of all versions. What is damaged there is damaged for the other pass,
 * which tells of it. */
static enum narc_status count_stored(struct survey *survey, narc_archive *archive,
				     const struct narc_filter *chosen,
				     const struct survey_options *options, struct narc_error *error)
{
	struct narc_filter filter = *chosen;
	const struct narc_record *record;
	narc_cursor *cursor = NULL;
	enum narc_status status;

	filter.all_versions = filter.with_redacted = true;
	status = narc_cursor_open(archive, &filter, &cursor, error);
	while (status == NARC_OK) {
		status = narc_cursor_next(cursor, &record, error);
		if (status == NARC_OK)
			status = add_stored(survey, cursor, error);
		else if (status == NARC_CORRUPT && options->failed)
			status = NARC_OK;
	}
	narc_cursor_close(cursor);
	return status == NARC_END ? NARC_OK : status;
}

/* ---- posts -------------------------------------------------------------------------------- */

/* A hash of a name, which is not 0. */
static uint64_t hash_of(const char *name)
{
	uint64_t hash = XXH3_64bits(name, strlen(name));

	return hash ? hash : 1;
}

static struct surveyed_post make_post(const struct narc_record *record, const struct look *look)
{
	struct surveyed_post post = {
		.row = record->row,
		.hash = record->hash,
		.code = *record->info_code ? hash_of(record->info_code) : 0,
		.size = record->size,
		.day = day_of_time(record->local_time),
		.category = (uint32_t)hash_of(record->categories) & ~SURVEYED_HAS_SKETCH,
		.sketch = look->sketch,
	};

	if (look->has_sketch)
		post.category |= SURVEYED_HAS_SKETCH;
	return post;
}

static enum narc_status add_post(struct survey *survey, const struct narc_record *record,
				 const struct look *look, size_t most, struct narc_error *error)
{
	const int32_t day = day_of_time(record->local_time);

	if (survey->count == UINT32_MAX)
		return fail_at(error, NARC_LIMIT, "survey",
			       "there are more posts than can be surveyed at once; choose some of "
			       "them by --date");
	if (!grow_list((void **)&survey->posts, survey->count, &survey->capacity,
		       sizeof(*survey->posts)) ||
	    !activity_add(&survey->activity, day, record->size) ||
	    !categories_add(&survey->categories, record->categories, day, record->size) ||
	    !faults_add(&survey->faults, &look->faults, record->row, most))
		return fail_memory(error);
	survey->posts[survey->count++] = make_post(record, look);
	survey->uncompared += !look->has_sketch;
	return NARC_OK;
}

static enum narc_status add_file(struct survey *survey, const struct narc_record *record,
				 size_t most, struct narc_error *error)
{
	const struct post_faults faults = post_faults_find(record, NULL);

	survey->files++;
	survey->files_size += record->size;
	return faults_add(&survey->faults, &faults, record->row, most) ? NARC_OK
								       : fail_memory(error);
}

/* Takes the record that the cursor is at. */
static enum narc_status add_record(struct survey *survey, narc_cursor *cursor,
				   const struct survey_options *options, struct narc_error *error)
{
	const struct narc_record *record = narc_cursor_record(cursor);
	void *look = NULL;
	enum narc_status status;

	if (record->kind != NARC_KIND_POST)
		return add_file(survey, record, options->most, error);
	status = narc_cursor_take_result(cursor, &look, error);
	if (status != NARC_OK) {
		error_set_path(error, record->path);
		return take_failure(survey, options, status, error);
	}
	status = add_post(survey, record, look, options->most, error);
	free(look);
	return status;
}

/* Takes the next record; NARC_END if there is none. */
static enum narc_status read_next(struct survey *survey, narc_cursor *cursor,
				  const struct survey_options *options,
				  struct narc_progress *progress, struct narc_error *error)
{
	const struct narc_record *record;
	enum narc_status status = narc_cursor_next(cursor, &record, error);

	if (status == NARC_END)
		return status;
	if (status != NARC_OK)
		return take_failure(survey, options, status, error);
	progress->records++;
	progress->bytes += record->size;
	return add_record(survey, cursor, options, error);
}

static enum narc_status read_posts(struct survey *survey, narc_archive *archive,
				   const struct narc_filter *filter,
				   const struct survey_options *options, struct narc_error *error)
{
	struct looker *looker = calloc(1, sizeof(*looker));
	const struct narc_work work = { .threads = options->threads,
					.work = look_at_post,
					.free_result = free,
					.context = looker };
	struct narc_progress progress = { .activity = NARC_ACTIVITY_READING };
	narc_cursor *cursor = NULL;
	enum narc_status status;

	if (!looker)
		return fail_memory(error);
	narc_archive_expect(archive, filter, &progress.total_records, &progress.total_bytes);
	status = narc_cursor_open(archive, filter, &cursor, error);
	if (status == NARC_OK)
		narc_cursor_work_ahead(cursor, &work);
	while (status == NARC_OK) {
		if (options->progress)
			options->progress(options->context, &progress);
		status = read_next(survey, cursor, options, &progress, error);
	}
	narc_cursor_close(cursor);
	looker_free(looker);
	free(looker);
	return status == NARC_END ? NARC_OK : status;
}

/* ---- what comes of it --------------------------------------------------------------------- */

static int compare_sizes(const void *a, const void *b, void *context)
{
	const struct surveyed_post *posts = context;
	const uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	if (posts[left].size != posts[right].size)
		return posts[left].size > posts[right].size ? -1 : 1;
	return left < right ? -1 : left > right;
}

static enum narc_status find_largest(struct survey *survey, size_t most, struct narc_error *error)
{
	uint32_t *places = calloc((size_t)survey->count + 1, sizeof(*places));

	if (!places)
		return fail_memory(error);
	for (uint32_t i = 0; i < survey->count; i++)
		places[i] = i;
	if (survey->count)
		qsort_r(places, survey->count, sizeof(*places), compare_sizes, survey->posts);
	survey->largest = places;
	survey->largest_count = most && most < survey->count ? most : survey->count;
	return NARC_OK;
}

static enum narc_status conclude(struct survey *survey, size_t most, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	categories_complete(&survey->categories);
	if (!activity_judge(&survey->activity) ||
	    !months_add_posts(&survey->months, &survey->activity))
		status = fail_memory(error);
	if (status == NARC_OK)
		status = find_largest(survey, most, error);
	if (status == NARC_OK)
		status = group_by_content(survey->posts, survey->count, &survey->contents, error);
	if (status == NARC_OK)
		status = group_by_code(survey->posts, survey->count, &survey->codes, error);
	if (status == NARC_OK)
		status = group_by_text(survey->posts, survey->count, &survey->texts, error);
	return status;
}

enum narc_status survey_make(narc_archive *archive, const struct narc_filter *filter,
			     const struct survey_options *options, struct survey **out,
			     struct narc_error *error)
{
	struct survey *survey = calloc(1, sizeof(*survey));
	struct narc_error failure; /* where the caller wants none, failed does */
	enum narc_status status;

	if (!survey)
		return fail_memory(error);
	status = count_stored(survey, archive, filter, options, &failure);
	if (status == NARC_OK)
		status = read_posts(survey, archive, filter, options, &failure);
	if (status == NARC_OK)
		status = conclude(survey, options->most, &failure);
	if (status != NARC_OK) {
		if (error)
			*error = failure;
		survey_free(survey);
		return status;
	}
	*out = survey;
	return NARC_OK;
}

void survey_free(struct survey *survey)
{
	if (!survey)
		return;
	free(survey->posts);
	activity_free(&survey->activity);
	categories_free(&survey->categories);
	months_free(&survey->months);
	faults_free(&survey->faults);
	post_groups_free(&survey->contents);
	post_groups_free(&survey->codes);
	post_groups_free(&survey->texts);
	free(survey->largest);
	free(survey);
}
