/* SPDX-License-Identifier: BSD-2-Clause */
/* A survey as text for a terminal of 80 columns, as JSON (docs/report.md), and as a page of HTML
 * that needs nothing else. */
#ifndef NARC_SURVEY_PRINT_H
#define NARC_SURVEY_PRINT_H

#include <stdio.h>

#include "survey/listed.h"
#include "survey/survey.h"

struct survey_output {
	FILE *out; /* whoever opened it asks whether it failed */
	const struct survey *survey;
	struct listing *listing;
	const char *name;    /* of the archive */
	const char *as_of;   /* as it was asked for; or NULL */
	size_t most;         /* that lists have; 0: all */
};

/* They fail where a record that is to be named cannot be read. */
enum narc_status survey_print_text(const struct survey_output *output, struct narc_error *error);
enum narc_status survey_print_json(const struct survey_output *output, struct narc_error *error);
enum narc_status survey_print_html(const struct survey_output *output, struct narc_error *error);

/* How many of a list that has count are shown. */
static inline size_t survey_shown(const struct survey_output *output, size_t count)
{
	return output->most && output->most < count ? output->most : count;
}

#endif
