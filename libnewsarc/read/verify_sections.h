/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_READ_VERIFY_SECTIONS_H
#define NARC_READ_VERIFY_SECTIONS_H

#include "read/archive.h"
#include "read/damage_list.h"

/* Goes through the file from the header to the last trailer: between the runs there are sections
 * and nothing else, each as it was written, and in the order that section 1 of the format gives
 * for each generation; also those that mean nothing any more. And unless folder is NULL, the
 * parity is that of what it covers; folder is for temporary files. Notes what is damaged, and goes
 * on with the next section that is whole. */
enum narc_status verify_sections(const struct narc_archive *archive, const char *folder,
				 struct damage_list *damages, struct narc_error *error);

#endif
