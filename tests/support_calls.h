/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls on files that fail, do half of what they were asked for, or are watched. A program
 * that is linked with these has its calls of open, openat, read, pread, write, pwrite, ftruncate,
 * fsync, fdatasync, link, linkat, rename, renameat, unlink and close replaced (ld --wrap), and
 * those of the static libraries in it.
 */
#ifndef TESTS_SUPPORT_CALLS_H
#define TESTS_SUPPORT_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum file_call {
	CALL_OPEN,
	CALL_READ,
	CALL_WRITE,
	CALL_TRUNCATE,
	CALL_SYNC, /* of files and of folders */
	CALL_LINK,
	CALL_RENAME,
	CALL_UNLINK,
	CALL_CLOSE, /* never fails */
	CALL_COUNT
};

/* Starts to count anew; none fails. */
void calls_reset(void);

/* From here on, call number number of this kind fails with this errno, having done nothing;
 * counted from 1. */
void calls_fail(enum file_call call, uint64_t number, int with_errno);

/* From here on, only so many bytes find room in files; a write does what it can, the next one
 * fails with ENOSPC. */
void calls_fill_disk(uint64_t room);

/* From here on, every other read and write is interrupted by a signal, and those between take a
 * few bytes at a time. */
void calls_shorten(void);

/* From here on, writes write nothing, and do not say why. */
void calls_write_nothing(void);

/* Ends all of this. Whether a call failed. */
bool calls_have_failed(void);

/* How many calls there were, and how many bytes they wrote. */
uint64_t calls_count(enum file_call call);
uint64_t calls_written(void);

/* A call that was made, and came to its end. Of a write, what was written. */
struct call_made {
	enum file_call call;
	bool has_failed;
	int fd;           /* of open, the new one */
	const char *path; /* of open, link, rename and unlink */
	const char *target; /* of link and rename: the new name */
	bool makes_file;  /* of open: the file, with or without a name, is new */
	bool is_to_write; /* of open */
	uint64_t offset;  /* of a write; of truncate, the size */
	const void *data;
	size_t size;
};

typedef void (*call_watcher_fn)(void *context, const struct call_made *made);

/* Tells watcher of each of these calls but reads and write(), one at a time, until it is NULL.
 * It makes none of them itself. */
void calls_watch(call_watcher_fn watcher, void *context);

#endif
