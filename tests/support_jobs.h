/* SPDX-License-Identifier: BSD-2-Clause */
/* What narc does to files, one job a command, each in a folder of its own; and what a folder
 * holds before and after. */
#ifndef TESTS_SUPPORT_JOBS_H
#define TESTS_SUPPORT_JOBS_H

#include "support_rewrite.h"

enum job {
	JOB_PACK,
	JOB_PACK_OVER,
	JOB_APPEND,
	JOB_APPEND_HISTORY,
	JOB_MERGE,
	JOB_COMPACT,
	JOB_REDACT,
	JOB_SPLIT,
	JOB_MEND,
	JOB_SAVE,
	JOB_EXTRACT,
	JOB_EXPORT,
	JOBS
};

/* A folder with an archive, two that are damaged, a tree of files, and room for what comes of
 * them. */
struct workplace {
	char *folder;
	bool has_told; /* of a file that was not packed */
};

const char *job_name(enum job job);
struct workplace workplace_new(const struct packed *living);
void workplace_remove(struct workplace *place);

/* Does the job, which the caller's calls may let fail. */
enum narc_status workplace_do(struct workplace *place, enum job job, struct narc_error *error);

/* The files below a folder, with their content. */
struct snapshot {
	struct snapshot_file {
		char *path; /* relative */
		void *data;
		size_t size;
	} files[256];
	size_t count;
};

void snapshot_take(struct snapshot *snapshot, const char *folder);
void snapshot_free(struct snapshot *snapshot);
const struct snapshot_file *snapshot_find(const struct snapshot *snapshot, const char *path);

/* Whether this file is there, and the same. */
bool snapshot_has(const struct snapshot *snapshot, const struct snapshot_file *file);

#endif
