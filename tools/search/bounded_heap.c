/* SPDX-License-Identifier: BSD-2-Clause */
#include "search/bounded_heap.h"

#include <stdlib.h>
#include <time.h>

enum { CHUNK_SIZE = 256 << 10, ALIGNMENT = 16, ASKED_PER_LOOK = 64 };

struct heap_chunk {
	struct heap_chunk *before;
	size_t size;
	_Alignas(ALIGNMENT) unsigned char bytes[];
};

static int64_t processor_time(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void drop_chunk(struct bounded_heap *heap)
{
	struct heap_chunk *dropped = heap->chunks;

	heap->chunks = dropped->before;
	heap->total -= dropped->size;
	free(dropped);
}

void bounded_heap_begin(struct bounded_heap *heap, size_t memory_limit, int64_t nanoseconds)
{
	/* One chunk does for most. */
	while (heap->chunks && (heap->chunks->before || heap->chunks->size > CHUNK_SIZE))
		drop_chunk(heap);
	heap->used = 0;
	heap->asked = 0;
	heap->memory_limit = memory_limit;
	heap->deadline = processor_time() + nanoseconds;
}

void bounded_heap_free(struct bounded_heap *heap)
{
	while (heap->chunks)
		drop_chunk(heap);
}

static _Noreturn void give_up(struct bounded_heap *heap, enum narc_status status)
{
	heap->status = status;
	longjmp(heap->give_up, 1);
}

static void add_chunk(struct bounded_heap *heap, size_t least)
{
	size_t size = least > CHUNK_SIZE ? least : CHUNK_SIZE;
	struct heap_chunk *chunk;

	if (size > heap->memory_limit || heap->total > heap->memory_limit - size)
		give_up(heap, NARC_LIMIT);
	chunk = malloc(sizeof(*chunk) + size);
	if (!chunk)
		give_up(heap, NARC_NOMEM);
	chunk->before = heap->chunks;
	chunk->size = size;
	heap->chunks = chunk;
	heap->used = 0;
	heap->total += size;
}

void *bounded_heap_allocate(void *context, size_t size)
{
	struct bounded_heap *heap = context;
	void *place;

	if (++heap->asked % ASKED_PER_LOOK == 0 && processor_time() > heap->deadline)
		give_up(heap, NARC_LIMIT);
	if (size > heap->memory_limit)
		give_up(heap, NARC_LIMIT);
	size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (!heap->chunks || size > heap->chunks->size - heap->used)
		add_chunk(heap, size);
	place = heap->chunks->bytes + heap->used;
	heap->used += size;
	return place;
}
