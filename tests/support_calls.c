/* SPDX-License-Identifier: BSD-2-Clause */
#include "support_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <string.h>
#include <sys/types.h>

enum { SHORT_SIZE = 1000 };

/* The linker gives the real functions these names. */
int __real_open64(const char *path, int flags, ...);
int __real_openat64(int folder, const char *path, int flags, ...);
ssize_t __real_read(int fd, void *buffer, size_t size);
ssize_t __real_pread64(int fd, void *buffer, size_t size, off_t offset);
ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __real_pwrite64(int fd, const void *data, size_t size, off_t offset);
int __real_ftruncate64(int fd, off_t size);
int __real_link(const char *path, const char *target);
int __real_linkat(int folder, const char *path, int target_folder, const char *target, int flags);
int __real_rename(const char *path, const char *target);
int __real_renameat(int folder, const char *path, int target_folder, const char *target);
int __real_unlink(const char *path);
int __real_close(int fd);

int __wrap_open64(const char *path, int flags, ...);
int __wrap_openat64(int folder, const char *path, int flags, ...);
ssize_t __wrap_read(int fd, void *buffer, size_t size);
ssize_t __wrap_pread64(int fd, void *buffer, size_t size, off_t offset);
ssize_t __wrap_write(int fd, const void *data, size_t size);
ssize_t __wrap_pwrite64(int fd, const void *data, size_t size, off_t offset);
int __wrap_ftruncate64(int fd, off_t size);
int __wrap_fsync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_link(const char *path, const char *target);
int __wrap_linkat(int folder, const char *path, int target_folder, const char *target, int flags);
int __wrap_rename(const char *path, const char *target);
int __wrap_renameat(int folder, const char *path, int target_folder, const char *target);
int __wrap_unlink(const char *path);
int __wrap_close(int fd);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* What becomes of the next calls. */
static struct {
	uint64_t counts[CALL_COUNT];
	uint64_t written;
	enum file_call failing;
	uint64_t fail_at; /* 0: none does */
	int fail_with;
	bool disk_is_finite;
	uint64_t room;
	bool shortens, interrupts_next, writes_nothing;
	bool has_failed;
} plan;

static pthread_mutex_t watcher_lock = PTHREAD_MUTEX_INITIALIZER;
static call_watcher_fn watcher;
static void *watcher_context;

void calls_reset(void)
{
	pthread_mutex_lock(&lock);
	memset(&plan, 0, sizeof(plan));
	pthread_mutex_unlock(&lock);
}

void calls_fail(enum file_call call, uint64_t number, int with_errno)
{
	calls_reset();
	pthread_mutex_lock(&lock);
	plan.failing = call;
	plan.fail_at = number;
	plan.fail_with = with_errno;
	pthread_mutex_unlock(&lock);
}

void calls_fill_disk(uint64_t room)
{
	calls_reset();
	pthread_mutex_lock(&lock);
	plan.disk_is_finite = true;
	plan.room = room;
	pthread_mutex_unlock(&lock);
}

void calls_shorten(void)
{
	calls_reset();
	pthread_mutex_lock(&lock);
	plan.shortens = true;
	pthread_mutex_unlock(&lock);
}

void calls_write_nothing(void)
{
	calls_reset();
	pthread_mutex_lock(&lock);
	plan.writes_nothing = true;
	pthread_mutex_unlock(&lock);
}

bool calls_have_failed(void)
{
	bool has_failed;

	pthread_mutex_lock(&lock);
	has_failed = plan.has_failed;
	pthread_mutex_unlock(&lock);
	calls_reset();
	return has_failed;
}

uint64_t calls_count(enum file_call call)
{
	uint64_t count;

	pthread_mutex_lock(&lock);
	count = plan.counts[call];
	pthread_mutex_unlock(&lock);
	return count;
}

uint64_t calls_written(void)
{
	uint64_t size;

	pthread_mutex_lock(&lock);
	size = plan.written;
	pthread_mutex_unlock(&lock);
	return size;
}

void calls_watch(call_watcher_fn new_watcher, void *context)
{
	pthread_mutex_lock(&watcher_lock);
	watcher = new_watcher;
	watcher_context = context;
	pthread_mutex_unlock(&watcher_lock);
}

static void tell(struct call_made made)
{
	const int number = errno;

	pthread_mutex_lock(&watcher_lock);
	if (watcher)
		watcher(watcher_context, &made);
	pthread_mutex_unlock(&watcher_lock);
	errno = number;
}

/* Counts a call. The errno that it is to fail with, or 0. */
static int count_call(enum file_call call)
{
	bool fails;

	pthread_mutex_lock(&lock);
	fails = ++plan.counts[call] == plan.fail_at && call == plan.failing;
	plan.has_failed |= fails;
	pthread_mutex_unlock(&lock);
	return fails ? plan.fail_with : 0;
}

/* Counts a read or a write, of which *size becomes what is to be done of it. The errno that it
 * is to fail with, or 0. */
static int count_transfer(enum file_call call, size_t *size)
{
	int number = count_call(call);

	pthread_mutex_lock(&lock);
	if (!number && plan.shortens) {
		plan.interrupts_next = !plan.interrupts_next;
		if (plan.interrupts_next)
			number = EINTR;
		else if (*size > SHORT_SIZE)
			*size = SHORT_SIZE;
	}
	if (!number && call == CALL_WRITE && plan.writes_nothing) {
		plan.has_failed = true;
		*size = 0;
	}
	if (!number && call == CALL_WRITE && plan.disk_is_finite && *size) {
		if (plan.room == 0) {
			plan.has_failed = true;
			number = ENOSPC;
		}
		if (*size > plan.room)
			*size = (size_t)plan.room;
		plan.room -= *size;
	}
	if (!number && call == CALL_WRITE)
		plan.written += *size;
	pthread_mutex_unlock(&lock);
	return number;
}

static int fail_with(int number)
{
	errno = number;
	return -1;
}

/* ---- opening and closing ------------------------------------------------------------------- */

static bool has_mode(int flags)
{
	return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
}

static int open_for(int folder, const char *path, int flags, mode_t mode)
{
	int number = count_call(CALL_OPEN);
	int fd = number ? fail_with(number) : __real_openat64(folder, path, flags, mode);

	if (fd >= 0)
		tell((struct call_made){ .call = CALL_OPEN, .fd = fd, .path = path,
					 .makes_file = has_mode(flags),
					 .is_to_write = (flags & O_ACCMODE) != O_RDONLY });
	return fd;
}

#define TAKE_MODE(mode, flags)                     \
	do {                                       \
		va_list arguments;                 \
		va_start(arguments, flags);        \
		mode = va_arg(arguments, mode_t);  \
		va_end(arguments);                 \
	} while (0)

int __wrap_open64(const char *path, int flags, ...)
{
	mode_t mode = 0;

	if (has_mode(flags))
		TAKE_MODE(mode, flags);
	return open_for(AT_FDCWD, path, flags, mode);
}

int __wrap_openat64(int folder, const char *path, int flags, ...)
{
	mode_t mode = 0;

	if (has_mode(flags))
		TAKE_MODE(mode, flags);
	return open_for(folder, path, flags, mode);
}

int __wrap_close(int fd)
{
	tell((struct call_made){ .call = CALL_CLOSE, .fd = fd });
	return __real_close(fd);
}

/* ---- reading and writing ------------------------------------------------------------------- */

ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
	int number = count_transfer(CALL_READ, &size);

	return number ? fail_with(number) : __real_read(fd, buffer, size);
}

ssize_t __wrap_pread64(int fd, void *buffer, size_t size, off_t offset)
{
	int number = count_transfer(CALL_READ, &size);

	return number ? fail_with(number) : __real_pread64(fd, buffer, size, offset);
}

ssize_t __wrap_write(int fd, const void *data, size_t size)
{
	int number = count_transfer(CALL_WRITE, &size);

	return number ? fail_with(number) : __real_write(fd, data, size);
}

ssize_t __wrap_pwrite64(int fd, const void *data, size_t size, off_t offset)
{
	int number = count_transfer(CALL_WRITE, &size);
	ssize_t written = number ? fail_with(number) : __real_pwrite64(fd, data, size, offset);

	if (written > 0)
		tell((struct call_made){ .call = CALL_WRITE, .fd = fd, .offset = (uint64_t)offset,
					 .data = data, .size = (size_t)written });
	return written;
}

int __wrap_ftruncate64(int fd, off_t size)
{
	int number = count_call(CALL_TRUNCATE);
	int result = number ? fail_with(number) : __real_ftruncate64(fd, size);

	if (result == 0)
		tell((struct call_made){ .call = CALL_TRUNCATE, .fd = fd,
					 .offset = (uint64_t)size });
	return result;
}

/* Nothing is synced: that takes long, and no test could tell. */
int __wrap_fsync(int fd)
{
	int number = count_call(CALL_SYNC);

	tell((struct call_made){ .call = CALL_SYNC, .fd = fd, .has_failed = number != 0 });
	return number ? fail_with(number) : 0;
}

int __wrap_fdatasync(int fd)
{
	return __wrap_fsync(fd);
}

/* ---- names --------------------------------------------------------------------------------- */

static int end_naming(enum file_call call, int result, const char *path, const char *target)
{
	if (result == 0)
		tell((struct call_made){ .call = call, .fd = -1, .path = path, .target = target });
	return result;
}

int __wrap_link(const char *path, const char *target)
{
	int number = count_call(CALL_LINK);

	return end_naming(CALL_LINK, number ? fail_with(number) : __real_link(path, target), path,
			  target);
}

int __wrap_linkat(int folder, const char *path, int target_folder, const char *target, int flags)
{
	int number = count_call(CALL_LINK);

	return end_naming(CALL_LINK,
			  number ? fail_with(number)
				 : __real_linkat(folder, path, target_folder, target, flags),
			  path, target);
}

int __wrap_rename(const char *path, const char *target)
{
	int number = count_call(CALL_RENAME);

	return end_naming(CALL_RENAME, number ? fail_with(number) : __real_rename(path, target),
			  path, target);
}

int __wrap_renameat(int folder, const char *path, int target_folder, const char *target)
{
	int number = count_call(CALL_RENAME);

	return end_naming(CALL_RENAME,
			  number ? fail_with(number)
				 : __real_renameat(folder, path, target_folder, target),
			  path, target);
}

int __wrap_unlink(const char *path)
{
	int number = count_call(CALL_UNLINK);

	return end_naming(CALL_UNLINK, number ? fail_with(number) : __real_unlink(path), path, NULL);
}
