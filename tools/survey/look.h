/* SPDX-License-Identifier: BSD-2-Clause */
/* What the content of a post tells the survey: found in the threads that read ahead. */
#ifndef NARC_SURVEY_LOOK_H
#define NARC_SURVEY_LOOK_H

#include "survey/faults.h"
#include "survey/sketch.h"

/* What came of looking at a post. */
struct look {
	struct post_faults faults;
	bool has_sketch;
	struct sketch sketch;
};

/* What all threads need, one of each. */
struct looker {
	narc_front_matter_reader *readers[NARC_THREADS_LIMIT]; /* made when first needed */
};

/* A narc_work_fn, whose context is a looker, and whose result a look, to be freed with free(); there
 * is none of what is no post. */
enum narc_status look_at_post(void *looker, unsigned thread, narc_cursor *cursor, void **result,
			      struct narc_error *error);
void looker_free(struct looker *looker);

#endif
