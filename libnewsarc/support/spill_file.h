/* SPDX-License-Identifier: BSD-2-Clause */
/* A temporary file without a name, made when first written to. */
#ifndef NARC_SUPPORT_SPILL_FILE_H
#define NARC_SUPPORT_SPILL_FILE_H

#include "newsarc.h"

struct spill_file {
	const char *folder; /* where to make it; the caller's */
	int fd;             /* -1 until it is made */
	uint64_t size;
};

static inline struct spill_file spill_file_in(const char *folder)
{
	return (struct spill_file){ .folder = folder, .fd = -1 };
}

enum narc_status spill_file_append(struct spill_file *spill, const void *data, size_t size,
				   struct narc_error *error);

/* Appends what is streamed: spill_piece is a narc_write_fn, whose context this is. */
struct spill_stream {
	struct spill_file *spill;
	enum narc_status status; /* if it is not NARC_OK, why the stream was stopped */
	struct narc_error error;
};
bool spill_piece(void *context, const void *data, size_t size);

/* What streaming came to: its own status, or what stopped it. */
enum narc_status spill_stream_end(const struct spill_stream *stream, enum narc_status status,
				  struct narc_error *error);

enum narc_status spill_file_read_at(struct spill_file *spill, uint64_t offset, void *buffer,
				    size_t size, struct narc_error *error);

/* Maps size > 0 bytes at offset, which is a multiple of the page size. */
enum narc_status spill_file_map(struct spill_file *spill, uint64_t offset, size_t size,
				const uint8_t **data, struct narc_error *error);
void spill_file_unmap(const uint8_t *data, size_t size);

/* Fills up to the next multiple of the page size, so that what comes next can be mapped. */
enum narc_status spill_file_align(struct spill_file *spill, struct narc_error *error);

void spill_file_close(struct spill_file *spill);

#endif
