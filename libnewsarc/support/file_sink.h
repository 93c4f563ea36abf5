/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_SUPPORT_FILE_SINK_H
#define NARC_SUPPORT_FILE_SINK_H

#include "newsarc.h"

/* Has a sink of narc_file_sink become another file of the same folder. */
enum narc_status file_sink_set_path(struct narc_sink sink, const char *path,
				    struct narc_error *error);

#endif
