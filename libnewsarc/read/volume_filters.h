/* SPDX-License-Identifier: BSD-2-Clause */
/* The filters of a set's volumes, a file of them at a time, read when one of them is first needed. */
#ifndef NARC_READ_VOLUME_FILTERS_H
#define NARC_READ_VOLUME_FILTERS_H

#include "read/volumes.h"

/* The name of the file that has the filter of a volume. */
const char *filter_file_name(const struct volume_list *list, const struct set_volume *volume);

/* Reads the filter of a volume, unless that is done. */
enum narc_status volume_load_filter(struct volume_list *list, struct volume *volume,
				    struct narc_error *error);

/* Whether a volume may have the key by its filter: if that cannot be read, it may. */
bool volume_may_have(struct volume_list *list, struct volume *volume,
		     const struct volume_probe *probe);

void filter_files_free(struct volume_list *list);

#endif
