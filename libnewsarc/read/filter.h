/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_READ_FILTER_H
#define NARC_READ_FILTER_H

#include "newsarc.h"

bool filter_passes(const struct narc_filter *filter, const struct narc_record *record);

/* Whether it asks for nothing but the date. */
bool filter_is_of_dates(const struct narc_filter *filter);

/* Whether it is for superseded rows too. */
static inline bool filter_is_of_all_states(const struct narc_filter *filter)
{
	return filter->all_versions || filter->version;
}

/* Whether a glob pattern has no special character, and so matches itself alone. */
bool glob_is_plain(const char *pattern);

#endif
