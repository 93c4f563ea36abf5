/* SPDX-License-Identifier: BSD-2-Clause */
/* Appending to a file in large pieces, which is what the sinks that write files do. */
#ifndef NARC_SUPPORT_FILE_OUTPUT_H
#define NARC_SUPPORT_FILE_OUTPUT_H

#include "support/byte_buffer.h"

/* fd and path are the sink's, which opens, closes and frees them. */
struct file_output {
	char *path; /* that errors name */
	int fd;
	uint64_t written;           /* where the next bytes go */
	struct byte_buffer pending; /* appended, not yet written */
};

enum narc_status file_output_append(struct file_output *output, const void *data, size_t length,
				    struct narc_error *error);

/* Returns when the file has all that was appended. */
enum narc_status file_output_flush(struct file_output *output, struct narc_error *error);

/* Reads back what was appended, or was there before. */
enum narc_status file_output_read_at(struct file_output *output, uint64_t offset, void *buffer,
				     size_t length, struct narc_error *error);

/* Cuts off what is behind size bytes. */
enum narc_status file_output_truncate(struct file_output *output, uint64_t size,
				      struct narc_error *error);
enum narc_status file_output_sync(struct file_output *output, struct narc_error *error);

#endif
