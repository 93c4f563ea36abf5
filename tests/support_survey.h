/* SPDX-License-Identifier: BSD-2-Clause */
/* Surveys of an archive that has what a survey tells of. */
#ifndef TESTS_SUPPORT_SURVEY_H
#define TESTS_SUPPORT_SURVEY_H

#include <stdio.h>

#include "support_archive.h"
#include "survey/survey.h"

/* An archive of a few posts with faults, copies and similar texts, of one generation and another;
 * each post is a block. */
struct packed make_surveyed(void);

enum survey_format { SURVEY_TEXT, SURVEY_JSON, SURVEY_HTML, SURVEY_FORMATS };

/* Surveys an archive and prints that. */
enum narc_status survey_and_print(narc_archive *archive, enum survey_format format,
				  const struct survey_options *options, FILE *out,
				  struct narc_error *error);

#endif
