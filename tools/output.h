/* SPDX-License-Identifier: BSD-2-Clause */
/* Where archives, and what else a command makes, are written to: files, or objects in a store. */
#ifndef NARC_TOOLS_OUTPUT_H
#define NARC_TOOLS_OUTPUT_H

#include "report.h"

/* A sink that becomes the file, or the object s3://BUCKET/KEY, that path names. temporary_folder
 * is for the copy of what goes to a store; NULL: the standard one. Once there was a sink to a
 * store, SIGINT, SIGTERM and SIGHUP do not end the process before all that is unfinished in
 * stores was removed; a second one does. */
enum narc_status make_output(const char *path, bool replace, const char *temporary_folder,
			     struct narc_sink *sink, struct narc_error *error);

/* The same; on failure, says why, and returns the exit status. */
enum exit_status open_output(const char *path, bool replace, const char *temporary_folder,
			     struct narc_sink *sink);

#endif
