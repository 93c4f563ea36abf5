/* SPDX-License-Identifier: BSD-2-Clause */
/* Posts as reports name them: by path, day, categories and title. The survey keeps rows only. */
#ifndef NARC_SURVEY_LISTED_H
#define NARC_SURVEY_LISTED_H

#include <newsarc.h>

struct listing;

enum narc_status listing_open(narc_archive *archive, struct listing **listing,
			      struct narc_error *error);

/* Finds the record of a row, and its title: "" if it has none, or is too large for memory. Both are
 * valid until the next call. */
enum narc_status listing_read(struct listing *listing, uint64_t row,
			      const struct narc_record **record, const char **title,
			      struct narc_error *error);
void listing_close(struct listing *listing);

#endif
