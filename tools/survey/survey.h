/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A survey of an archive: what an archivist asks of all of its posts, found in one pass over their
 * contents, on all processors, and one over the index.
 *
 * Memory: 72 bytes a post, 40 more while it is looked for what posts have in common, and what three
 * blocks a thread hold; days, months and categories are bounded by the calendar and CATEGORIES_LIMIT.
 */
#ifndef NARC_SURVEY_SURVEY_H
#define NARC_SURVEY_SURVEY_H

#include "survey/activity.h"
#include "survey/categories.h"
#include "survey/faults.h"
#include "survey/groups.h"
#include "survey/months.h"

struct survey_options {
	size_t most;      /* that lists of faults and of largest posts have; 0: no bound */
	unsigned threads; /* 0: one a processor */
	/* NULL: the survey ends with the first record or block that cannot be read. Else told of
	 * each; returns false to end it there, too. */
	bool (*failed)(void *context, const struct narc_error *error);
	void *context;
	narc_progress_fn progress; /* told of contents that are read; or NULL */
};

struct survey {
	struct surveyed_post *posts; /* in order of date */
	uint32_t count;
	size_t capacity;
	struct activity activity;
	struct categories categories;
	struct months months;
	struct faults faults;
	struct post_groups contents; /* posts of equal contents */
	struct post_groups codes;    /* of one infoCode */
	struct post_groups texts;    /* of similar text */
	uint32_t *largest;           /* places of posts */
	size_t largest_count;
	uint64_t uncompared; /* posts whose text is too short to be compared, or too large */
	uint64_t files;      /* other files, and the bytes of their contents */
	uint64_t files_size;
	uint64_t failures;   /* that failed was told of */
};

/* Surveys the records that pass filter. *survey is to be freed. NARC_LIMIT above four billion
 * posts. */
enum narc_status survey_make(narc_archive *archive, const struct narc_filter *filter,
			     const struct survey_options *options, struct survey **survey,
			     struct narc_error *error);
void survey_free(struct survey *survey);

#endif
