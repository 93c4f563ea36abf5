/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the page of HTML share. */
#ifndef NARC_SURVEY_PAGE_H
#define NARC_SURVEY_PAGE_H

#include "survey/charts.h"
#include "survey/print.h"

struct survey_page {
	const struct survey_output *output;
	struct text text; /* not yet written */
};

/* Writes what there is, so that not all of it is in memory. */
void survey_page_flush(struct survey_page *page);

/* print_html_days.c: the sections of the calendar, with charts. */
enum narc_status survey_page_put_days(struct survey_page *page, struct narc_error *error);
enum narc_status survey_page_put_compression(struct survey_page *page, struct narc_error *error);

#endif
