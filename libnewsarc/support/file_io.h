/* SPDX-License-Identifier: BSD-2-Clause */
/* Exact-length reads and writes on file descriptors: the only place with EINTR loops. */
#ifndef NARC_SUPPORT_FILE_IO_H
#define NARC_SUPPORT_FILE_IO_H

#include <sys/types.h>

#include "newsarc.h"

/* NARC_CORRUPT if the file ends before. */
enum narc_status file_read_at(int fd, uint64_t offset, void *buffer, size_t length,
			      struct narc_error *error);

/* Reads until buffer is full or the file ends. */
enum narc_status file_read_some(int fd, void *buffer, size_t size, size_t *got,
				struct narc_error *error);

/* Writes at a place of the file, whatever was written before. */
enum narc_status file_write_at(int fd, uint64_t offset, const void *data, size_t length,
			       struct narc_error *error);

enum narc_status file_write_all(int fd, const void *data, size_t length, struct narc_error *error);

/* Opens a file without a name in folder, which is gone with its last descriptor. */
enum narc_status file_open_unnamed(const char *folder, int *fd, struct narc_error *error);

/* Writes what the folder says of its files to disk. */
enum narc_status file_sync_folder(const char *folder, struct narc_error *error);

/* The folder part of path ("." if it has none), to be freed with free(). */
char *file_folder_of(const char *path);

#endif
