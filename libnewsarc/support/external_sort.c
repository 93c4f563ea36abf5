/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/external_sort.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "support/arena.h"
#include "support/byte_buffer.h"
#include "support/byte_order.h"
#include "support/spill_file.h"
#include "support/status.h"

enum {
	CHUNK_SIZE = 256 * 1024, /* of a run, before compression */
	CHUNK_HEADER_SIZE = 8,   /* raw size and compressed size, u32 each */
	CHUNK_LEVEL = 1
};

/* An item in memory. */
struct stored_item {
	uint32_t key_size;
	uint32_t value_size;
	uint8_t bytes[]; /* key, then value */
};

/* The first eight bytes of the key stand beside the pointer, so that most comparisons
 * touch no other memory. */
struct item_ref {
	uint64_t prefix;
	const struct stored_item *item;
};

/* A sorted run in the spill file, and the chunk of it that is being merged. */
struct run {
	uint64_t start;
	uint64_t next;
	uint64_t end;
	uint8_t *chunk;
	size_t chunk_capacity;
	struct byte_reader reader;
	struct sort_item item; /* the run's next item */
	uint64_t prefix;
};

struct external_sort {
	size_t budget;
	struct arena items;
	struct item_ref *refs;
	size_t count;
	size_t capacity;
	size_t next; /* of refs, when nothing was spilled */

	struct spill_file spill;
	struct run *runs;
	size_t run_count;
	size_t run_capacity;
	struct run **heap; /* runs that have an item, smallest first */
	size_t heap_size;
	bool started; /* the heap's first run still stands on the item given last */
	struct byte_buffer raw;
	struct byte_buffer packed;
	ZSTD_CCtx *compressor;
	ZSTD_DCtx *decompressor;
};

enum narc_status external_sort_new(size_t memory, const char *folder, struct external_sort **out,
				   struct narc_error *error)
{
	struct external_sort *sort = calloc(1, sizeof(*sort));

	if (!sort)
		return narc_fail_memory(error);
	sort->budget = memory;
	sort->spill = spill_file_in(folder);
	*out = sort;
	return NARC_OK;
}

void external_sort_free(struct external_sort *sort)
{
	if (!sort)
		return;
	arena_free(&sort->items);
	free(sort->refs);
	for (size_t i = 0; i < sort->run_count; i++)
		free(sort->runs[i].chunk);
	free(sort->runs);
	free(sort->heap);
	byte_buffer_free(&sort->raw);
	byte_buffer_free(&sort->packed);
	ZSTD_freeCCtx(sort->compressor);
	ZSTD_freeDCtx(sort->decompressor);
	spill_file_close(&sort->spill);
	free(sort);
}

static uint64_t key_prefix(const uint8_t *key, size_t size)
{
	uint8_t bytes[8] = { 0 };

	if (size >= 8)
		return load_be64(key);
	memcpy(bytes, key, size);
	return load_be64(bytes);
}

static struct sort_item read_item(struct byte_reader *reader)
{
	struct sort_item item = { 0 };

	item.key_size = (size_t)byte_reader_varint(reader);
	item.value_size = (size_t)byte_reader_varint(reader);
	item.key = byte_reader_bytes(reader, item.key_size);
	item.value = byte_reader_bytes(reader, item.value_size);
	return item;
}

static struct sort_item item_of(const struct stored_item *stored)
{
	return (struct sort_item){ stored->bytes, stored->key_size,
				   stored->bytes + stored->key_size, stored->value_size };
}

static int compare_keys(uint64_t a_prefix, const struct sort_item *a, uint64_t b_prefix,
			const struct sort_item *b)
{
	size_t shorter = a->key_size < b->key_size ? a->key_size : b->key_size;
	int order;

	if (a_prefix != b_prefix)
		return a_prefix < b_prefix ? -1 : 1;
	order = memcmp(a->key, b->key, shorter);
	if (order != 0)
		return order;
	return (a->key_size > b->key_size) - (a->key_size < b->key_size);
}

static int compare_refs(const void *a, const void *b)
{
	const struct item_ref *left = a;
	const struct item_ref *right = b;
	struct sort_item left_item, right_item;

	if (left->prefix != right->prefix)
		return left->prefix < right->prefix ? -1 : 1;
	left_item = item_of(left->item);
	right_item = item_of(right->item);
	return compare_keys(left->prefix, &left_item, right->prefix, &right_item);
}

static enum narc_status compress_chunk(struct external_sort *sort, struct narc_error *error)
{
	size_t bound = ZSTD_compressBound(sort->raw.size);
	uint8_t *place;
	size_t size;

	if (!sort->compressor)
		sort->compressor = ZSTD_createCCtx();
	byte_buffer_clear(&sort->packed);
	place = byte_buffer_reserve(&sort->packed, CHUNK_HEADER_SIZE + bound);
	if (!sort->compressor || !place)
		return narc_fail_memory(error);
	size = ZSTD_compressCCtx(sort->compressor, place + CHUNK_HEADER_SIZE, bound,
				 sort->raw.data, sort->raw.size, CHUNK_LEVEL);
	if (ZSTD_isError(size))
		return narc_fail(error, NARC_NOMEM, "sort", NARC_NO_OFFSET, "zstd: %s",
				 ZSTD_getErrorName(size));
	store_le32(place, (uint32_t)sort->raw.size);
	store_le32(place + 4, (uint32_t)size);
	byte_buffer_clear(&sort->raw);
	return spill_file_append(&sort->spill, place, CHUNK_HEADER_SIZE + size, error);
}

static enum narc_status add_run(struct external_sort *sort, uint64_t start,
				struct narc_error *error)
{
	if (sort->run_count == sort->run_capacity) {
		size_t capacity = sort->run_capacity ? 2 * sort->run_capacity : 16;
		struct run *runs = realloc(sort->runs, capacity * sizeof(*runs));

		if (!runs)
			return narc_fail_memory(error);
		sort->runs = runs;
		sort->run_capacity = capacity;
	}
	sort->runs[sort->run_count++] = (struct run){ .start = start, .next = start,
						      .end = sort->spill.size };
	return NARC_OK;
}

/* Sorts what is in memory and writes it to the spill file. */
static enum narc_status spill_run(struct external_sort *sort, struct narc_error *error)
{
	uint64_t start = sort->spill.size;
	enum narc_status status = NARC_OK;

	byte_buffer_clear(&sort->raw); /* of what a run that failed may have left */
	qsort(sort->refs, sort->count, sizeof(*sort->refs), compare_refs);
	for (size_t i = 0; i < sort->count && status == NARC_OK; i++) {
		struct sort_item item = item_of(sort->refs[i].item);

		byte_buffer_append_varint(&sort->raw, item.key_size);
		byte_buffer_append_varint(&sort->raw, item.value_size);
		byte_buffer_append(&sort->raw, item.key, item.key_size);
		byte_buffer_append(&sort->raw, item.value, item.value_size);
		if (sort->raw.failed)
			return narc_fail_memory(error);
		if (sort->raw.size >= CHUNK_SIZE || i + 1 == sort->count)
			status = compress_chunk(sort, error);
	}
	if (status != NARC_OK)
		return status;
	arena_free(&sort->items);
	sort->count = 0;
	return add_run(sort, start, error);
}

static enum narc_status add_ref(struct external_sort *sort, struct item_ref ref,
				struct narc_error *error)
{
	if (sort->count == sort->capacity) {
		size_t capacity = sort->capacity ? 2 * sort->capacity : 1024;
		struct item_ref *refs = realloc(sort->refs, capacity * sizeof(*refs));

		if (!refs)
			return narc_fail_memory(error);
		sort->refs = refs;
		sort->capacity = capacity;
	}
	sort->refs[sort->count++] = ref;
	return NARC_OK;
}

enum narc_status external_sort_add(struct external_sort *sort, const struct sort_item *item,
				   struct narc_error *error)
{
	struct stored_item *stored;
	enum narc_status status = NARC_OK;

	if (sort->count && sort->items.held + sort->count * sizeof(*sort->refs) >= sort->budget)
		status = spill_run(sort, error);
	if (status != NARC_OK)
		return status;
	stored = arena_take(&sort->items, sizeof(*stored) + item->key_size + item->value_size);
	if (!stored)
		return narc_fail_memory(error);
	stored->key_size = (uint32_t)item->key_size;
	stored->value_size = (uint32_t)item->value_size;
	if (item->key_size)
		memcpy(stored->bytes, item->key, item->key_size);
	if (item->value_size)
		memcpy(stored->bytes + item->key_size, item->value, item->value_size);
	return add_ref(sort, (struct item_ref){ key_prefix(item->key, item->key_size), stored },
		       error);
}

static enum narc_status load_chunk(struct external_sort *sort, struct run *run,
				   struct narc_error *error)
{
	uint8_t header[CHUNK_HEADER_SIZE];
	uint32_t raw_size, packed_size;
	uint8_t *packed;
	size_t size;
	enum narc_status status = spill_file_read_at(&sort->spill, run->next, header,
						     sizeof(header), error);

	if (status != NARC_OK)
		return status;
	raw_size = load_le32(header);
	packed_size = load_le32(header + 4);
	byte_buffer_clear(&sort->packed);
	packed = byte_buffer_reserve(&sort->packed, packed_size);
	if (raw_size > run->chunk_capacity) {
		free(run->chunk);
		run->chunk = malloc(raw_size);
		run->chunk_capacity = run->chunk ? raw_size : 0;
	}
	if (!sort->decompressor)
		sort->decompressor = ZSTD_createDCtx();
	if (!packed || !run->chunk || !sort->decompressor)
		return narc_fail_memory(error);
	status = spill_file_read_at(&sort->spill, run->next + sizeof(header), packed, packed_size,
				    error);
	if (status != NARC_OK)
		return status;
	size = ZSTD_decompressDCtx(sort->decompressor, run->chunk, raw_size, packed, packed_size);
	if (ZSTD_isError(size) || size != raw_size)
		return narc_fail(error, NARC_IO, "sort", run->next,
				 "the temporary file does not hold what was written to it");
	run->reader = byte_reader_over(run->chunk, raw_size);
	run->next += sizeof(header) + packed_size;
	return NARC_OK;
}

/* Moves a run to its next item; NARC_END if it has none. */
static enum narc_status advance_run(struct external_sort *sort, struct run *run,
				    struct narc_error *error)
{
	if (byte_reader_left(&run->reader) == 0) {
		enum narc_status status;

		if (run->next == run->end)
			return NARC_END;
		status = load_chunk(sort, run, error);
		if (status != NARC_OK)
			return status;
	}
	run->item = read_item(&run->reader);
	run->prefix = key_prefix(run->item.key, run->item.key_size);
	return NARC_OK;
}

enum narc_status external_sort_scan(struct external_sort *sort, sort_visit_fn visit,
				    void *context, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i < sort->run_count && status == NARC_OK; i++) {
		struct run run = sort->runs[i];

		while (status == NARC_OK &&
		       (status = advance_run(sort, &run, error)) == NARC_OK)
			status = visit(context, &run.item, error);
		free(run.chunk);
		if (status == NARC_END)
			status = NARC_OK;
	}
	for (size_t i = 0; i < sort->count && status == NARC_OK; i++) {
		struct sort_item item = item_of(sort->refs[i].item);

		status = visit(context, &item, error);
	}
	return status;
}

static bool run_is_smaller(const struct run *a, const struct run *b)
{
	return compare_keys(a->prefix, &a->item, b->prefix, &b->item) < 0;
}

/* Restores the heap below place, whose run may be too large for it. */
static void sift_down(struct external_sort *sort, size_t place)
{
	struct run *run = sort->heap[place];

	for (;;) {
		size_t child = 2 * place + 1;

		if (child >= sort->heap_size)
			break;
		if (child + 1 < sort->heap_size &&
		    run_is_smaller(sort->heap[child + 1], sort->heap[child]))
			child++;
		if (!run_is_smaller(sort->heap[child], run))
			break;
		sort->heap[place] = sort->heap[child];
		place = child;
	}
	sort->heap[place] = run;
}

static enum narc_status start_merge(struct external_sort *sort, struct narc_error *error)
{
	if (!sort->heap)
		sort->heap = calloc(sort->run_count, sizeof(*sort->heap));
	if (!sort->heap)
		return narc_fail_memory(error);
	sort->heap_size = 0;
	for (size_t i = 0; i < sort->run_count; i++) {
		enum narc_status status = advance_run(sort, &sort->runs[i], error);

		if (status != NARC_OK)
			return status;
		sort->heap[sort->heap_size++] = &sort->runs[i];
	}
	for (size_t i = sort->heap_size / 2; i-- > 0;)
		sift_down(sort, i);
	return NARC_OK;
}

enum narc_status external_sort_finish(struct external_sort *sort, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	if (sort->run_count == 0) {
		if (sort->count)
			qsort(sort->refs, sort->count, sizeof(*sort->refs), compare_refs);
		return NARC_OK;
	}
	if (sort->count)
		status = spill_run(sort, error);
	if (status == NARC_OK)
		status = start_merge(sort, error);
	return status;
}

enum narc_status external_sort_rewind(struct external_sort *sort, struct narc_error *error)
{
	sort->next = 0;
	sort->started = false;
	if (sort->run_count == 0)
		return NARC_OK;
	for (size_t i = 0; i < sort->run_count; i++) {
		sort->runs[i].next = sort->runs[i].start;
		sort->runs[i].reader = byte_reader_over(NULL, 0);
	}
	return start_merge(sort, error);
}

enum narc_status external_sort_next(struct external_sort *sort, struct sort_item *item,
				    struct narc_error *error)
{
	if (sort->run_count == 0) {
		if (sort->next == sort->count)
			return NARC_END;
		*item = item_of(sort->refs[sort->next++].item);
		return NARC_OK;
	}
	if (sort->started && sort->heap_size) {
		enum narc_status status = advance_run(sort, sort->heap[0], error);

		if (status == NARC_END)
			sort->heap[0] = sort->heap[--sort->heap_size];
		else if (status != NARC_OK)
			return status;
		if (sort->heap_size)
			sift_down(sort, 0);
	}
	sort->started = true;
	if (sort->heap_size == 0)
		return NARC_END;
	*item = sort->heap[0]->item;
	return NARC_OK;
}
