/* SPDX-License-Identifier: BSD-2-Clause */
#include "support_memory.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <zdict.h>
#include <zstd.h>
#include <zstd_errors.h>

/* The linker gives the real functions these names. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *place, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);
char *__real_realpath(const char *path, char *resolved);
void __real_free(void *place);
void *__real_mmap(void *place, size_t size, int protection, int flags, int fd, long offset);
void *__real_mmap64(void *place, size_t size, int protection, int flags, int fd, off_t offset);
int __real_munmap(void *place, size_t size);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
			  void *(*run)(void *argument), void *argument);
size_t __real_ZDICT_trainFromBuffer_fastCover(void *dictionary, size_t capacity,
					      const void *samples, const size_t *sizes,
					      unsigned count, ZDICT_fastCover_params_t parameters);
ZSTD_CDict *__real_ZSTD_createCDict_advanced(const void *dictionary, size_t size,
					     ZSTD_dictLoadMethod_e method,
					     ZSTD_dictContentType_e type,
					     ZSTD_compressionParameters parameters,
					     ZSTD_customMem allocator);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *place, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size);
char *__wrap_realpath(const char *path, char *resolved);
void __wrap_free(void *place);
void *__wrap_mmap(void *place, size_t size, int protection, int flags, int fd, long offset);
void *__wrap_mmap64(void *place, size_t size, int protection, int flags, int fd, off_t offset);
int __wrap_munmap(void *place, size_t size);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
			  void *(*run)(void *argument), void *argument);
size_t __wrap_ZDICT_trainFromBuffer_fastCover(void *dictionary, size_t capacity,
					      const void *samples, const size_t *sizes,
					      unsigned count, ZDICT_fastCover_params_t parameters);
ZSTD_CDict *__wrap_ZSTD_createCDict_advanced(const void *dictionary, size_t size,
					     ZSTD_dictLoadMethod_e method,
					     ZSTD_dictContentType_e type,
					     ZSTD_compressionParameters parameters,
					     ZSTD_customMem allocator);

/* Calls that are still to succeed before one fails; 0: none fails. */
struct countdown {
	uint64_t left;
	bool has_failed;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct countdown memory;
static struct countdown threads;
static int64_t held;

struct byte_count {
	int64_t held;
	int64_t most;
	uint64_t taken;
};

static struct byte_count bytes;

static bool is_to_fail(struct countdown *countdown)
{
	bool fails;

	pthread_mutex_lock(&lock);
	fails = countdown->left == 1;
	if (countdown->left)
		countdown->left--;
	countdown->has_failed |= fails;
	pthread_mutex_unlock(&lock);
	if (fails)
		errno = ENOMEM;
	return fails;
}

static void start(struct countdown *countdown, uint64_t number)
{
	pthread_mutex_lock(&lock);
	*countdown = (struct countdown){ number, false };
	pthread_mutex_unlock(&lock);
}

static bool end(struct countdown *countdown)
{
	bool has_failed;

	pthread_mutex_lock(&lock);
	has_failed = countdown->has_failed;
	*countdown = (struct countdown){ 0, false };
	pthread_mutex_unlock(&lock);
	return has_failed;
}

void memory_fail(uint64_t number)
{
	start(&memory, number);
}

bool memory_has_failed(void)
{
	return end(&memory);
}

void threads_fail(uint64_t number)
{
	start(&threads, number);
}

bool threads_have_failed(void)
{
	return end(&threads);
}

int64_t memory_held(void)
{
	int64_t value;

	pthread_mutex_lock(&lock);
	value = held;
	pthread_mutex_unlock(&lock);
	return value;
}

void memory_count(void)
{
	pthread_mutex_lock(&lock);
	bytes = (struct byte_count){ 0 };
	pthread_mutex_unlock(&lock);
}

static struct byte_count bytes_counted(void)
{
	struct byte_count value;

	pthread_mutex_lock(&lock);
	value = bytes;
	pthread_mutex_unlock(&lock);
	return value;
}

uint64_t memory_most(void)
{
	return (uint64_t)bytes_counted().most;
}

uint64_t memory_taken(void)
{
	return bytes_counted().taken;
}

/* Counts pieces, and their bytes. */
static void count_held(int pieces, size_t taken, size_t given_back)
{
	pthread_mutex_lock(&lock);
	held += pieces;
	bytes.held += (int64_t)taken - (int64_t)given_back;
	bytes.most = bytes.held > bytes.most ? bytes.held : bytes.most;
	bytes.taken += taken > given_back ? taken - given_back : 0;
	pthread_mutex_unlock(&lock);
}

static void *count_taken(void *place)
{
	if (place)
		count_held(1, malloc_usable_size(place), 0);
	return place;
}

void *__wrap_malloc(size_t size)
{
	return is_to_fail(&memory) ? NULL : count_taken(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
	return is_to_fail(&memory) ? NULL : count_taken(__real_calloc(count, size));
}

void *__wrap_realloc(void *place, size_t size)
{
	size_t before = malloc_usable_size(place);
	void *moved = is_to_fail(&memory) ? NULL : __real_realloc(place, size);

	if (moved)
		count_held(!place, malloc_usable_size(moved), before);
	return moved;
}

char *__wrap_strdup(const char *text)
{
	return is_to_fail(&memory) ? NULL : count_taken(__real_strdup(text));
}

char *__wrap_strndup(const char *text, size_t size)
{
	return is_to_fail(&memory) ? NULL : count_taken(__real_strndup(text, size));
}

/* Takes memory where there is no place for the result. */
char *__wrap_realpath(const char *path, char *resolved)
{
	char *result = !resolved && is_to_fail(&memory) ? NULL : __real_realpath(path, resolved);

	return resolved ? result : count_taken(result);
}

void __wrap_free(void *place)
{
	if (place)
		count_held(-1, 0, malloc_usable_size(place));
	__real_free(place);
}

void *__wrap_mmap(void *place, size_t size, int protection, int flags, int fd, long offset)
{
	void *mapped = is_to_fail(&memory)
			       ? MAP_FAILED
			       : __real_mmap(place, size, protection, flags, fd, offset);

	if (mapped != MAP_FAILED)
		count_held(1, size, 0);
	return mapped;
}

void *__wrap_mmap64(void *place, size_t size, int protection, int flags, int fd, off_t offset)
{
	void *mapped = is_to_fail(&memory)
			       ? MAP_FAILED
			       : __real_mmap64(place, size, protection, flags, fd, offset);

	if (mapped != MAP_FAILED)
		count_held(1, size, 0);
	return mapped;
}

int __wrap_munmap(void *place, size_t size)
{
	int failed = __real_munmap(place, size);

	if (!failed)
		count_held(-1, 0, size);
	return failed;
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
			  void *(*run)(void *argument), void *argument)
{
	return is_to_fail(&threads) ? EAGAIN
				    : __real_pthread_create(thread, attributes, run, argument);
}

/* ---- calls of zstd (1.5.4) that do not look whether they got the memory that they asked for,
 * and crash: these count as one call each, which fails before it begins ------------------------ */

/* Lets all calls succeed until resume; gives what was to fail. */
static uint64_t pause_failing(void)
{
	uint64_t left;

	pthread_mutex_lock(&lock);
	left = memory.left;
	memory.left = 0;
	pthread_mutex_unlock(&lock);
	return left;
}

static void resume_failing(uint64_t left)
{
	pthread_mutex_lock(&lock);
	memory.left = left;
	pthread_mutex_unlock(&lock);
}

size_t __wrap_ZDICT_trainFromBuffer_fastCover(void *dictionary, size_t capacity,
					      const void *samples, const size_t *sizes,
					      unsigned count, ZDICT_fastCover_params_t parameters)
{
	uint64_t left;
	size_t result;

	if (is_to_fail(&memory))
		return (size_t)-ZSTD_error_memory_allocation;
	left = pause_failing();
	result = __real_ZDICT_trainFromBuffer_fastCover(dictionary, capacity, samples, sizes, count,
							parameters);
	resume_failing(left);
	return result;
}

ZSTD_CDict *__wrap_ZSTD_createCDict_advanced(const void *dictionary, size_t size,
					     ZSTD_dictLoadMethod_e method,
					     ZSTD_dictContentType_e type,
					     ZSTD_compressionParameters parameters,
					     ZSTD_customMem allocator)
{
	ZSTD_CDict *result;
	uint64_t left;

	if (is_to_fail(&memory))
		return NULL;
	left = pause_failing();
	result = __real_ZSTD_createCDict_advanced(dictionary, size, method, type, parameters,
						  allocator);
	resume_failing(left);
	return result;
}
