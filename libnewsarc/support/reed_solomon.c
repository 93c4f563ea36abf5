/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/reed_solomon.h"

#include <dlfcn.h>
#include <isa-l/erasure_code.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "support/status.h"

/* What of ISA-L is used. */
static struct {
	__typeof__(gf_gen_cauchy1_matrix) *make_matrix;
	__typeof__(gf_invert_matrix) *invert;
	__typeof__(ec_init_tables) *make_tables;
	__typeof__(ec_encode_data) *encode;
	bool is_loaded;
} isal;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void)
{
	void *library = dlopen("libisal.so.2", RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return;
	*(void **)&isal.make_matrix = dlsym(library, "gf_gen_cauchy1_matrix");
	*(void **)&isal.invert = dlsym(library, "gf_invert_matrix");
	*(void **)&isal.make_tables = dlsym(library, "ec_init_tables");
	*(void **)&isal.encode = dlsym(library, "ec_encode_data");
	isal.is_loaded = isal.make_matrix && isal.invert && isal.make_tables && isal.encode;
}

bool reed_solomon_is_available(void)
{
	pthread_once(&once, load);
	return isal.is_loaded;
}

/* ISA-L takes pointers to what it only reads, and numbers of type int. */
enum { TABLE_SIZE = 32 };

/* So much of each chunk at a time is in the second cache for all parity chunks together: twice as
 * fast as a quarter of a megabyte. */
enum { SLICE_SIZE = 2048 };

enum narc_status reed_solomon_init(struct reed_solomon *code, unsigned data, unsigned parity,
				   struct narc_error *error)
{
	*code = (struct reed_solomon){ .data = data, .parity = parity };
	if (!reed_solomon_is_available())
		return narc_fail(error, NARC_IO, "parity", NARC_NO_OFFSET,
				 "the library ISA-L cannot be loaded: install libisal2");
	code->matrix = malloc((size_t)(data + parity) * data);
	code->tables = malloc((size_t)TABLE_SIZE * data * parity);
	if (!code->matrix || !code->tables) {
		reed_solomon_free(code);
		return narc_fail_memory(error);
	}
	isal.make_matrix(code->matrix, (int)(data + parity), (int)data);
	isal.make_tables((int)data, (int)parity, code->matrix + (size_t)data * data, code->tables);
	return NARC_OK;
}

void reed_solomon_free(struct reed_solomon *code)
{
	free(code->matrix);
	free(code->tables);
	*code = (struct reed_solomon){ 0 };
}

void reed_solomon_encode(const struct reed_solomon *code, size_t length, uint8_t **data,
			 uint8_t **parity)
{
	uint8_t *from[REED_SOLOMON_CHUNKS_LIMIT], *to[REED_SOLOMON_CHUNKS_LIMIT];

	for (size_t start = 0; start < length; start += SLICE_SIZE) {
		size_t size = length - start < SLICE_SIZE ? length - start : SLICE_SIZE;

		for (unsigned i = 0; i < code->data; i++)
			from[i] = data[i] + start;
		for (unsigned i = 0; i < code->parity; i++)
			to[i] = parity[i] + start;
		isal.encode((int)size, (int)code->data, (int)code->parity, code->tables, from, to);
	}
}

/* What it takes to make lost chunks again. */
struct rebuilding {
	uint8_t *rows;     /* of the chunks that are used, then what these become inverted */
	uint8_t *inverted;
	uint8_t *wanted;   /* of the latter, those of the chunks that are lost */
	uint8_t *tables;
	uint8_t *used[REED_SOLOMON_CHUNKS_LIMIT];
	uint8_t *made[REED_SOLOMON_CHUNKS_LIMIT];
	unsigned made_count;
};

static bool rebuilding_init(struct rebuilding *rebuilding, unsigned data)
{
	size_t size = (size_t)data * data;

	*rebuilding = (struct rebuilding){ .rows = malloc(size), .inverted = malloc(size),
					   .wanted = malloc(size),
					   .tables = malloc(TABLE_SIZE * size) };
	return rebuilding->rows && rebuilding->inverted && rebuilding->wanted &&
	       rebuilding->tables;
}

static void rebuilding_free(struct rebuilding *rebuilding)
{
	free(rebuilding->rows);
	free(rebuilding->inverted);
	free(rebuilding->wanted);
	free(rebuilding->tables);
}

/* Chooses as many chunks as there are data chunks, and inverts their rows of the matrix: so
 * they lead back to the data chunks. */
static bool choose_chunks(const struct reed_solomon *code, uint8_t **chunks, const bool *lost,
			  struct rebuilding *rebuilding)
{
	unsigned used = 0;

	for (unsigned i = 0; i < code->data + code->parity && used < code->data; i++) {
		if (lost[i])
			continue;
		memcpy(rebuilding->rows + (size_t)used * code->data,
		       code->matrix + (size_t)i * code->data, code->data);
		rebuilding->used[used++] = chunks[i];
	}
	return used == code->data &&
	       isal.invert(rebuilding->rows, rebuilding->inverted, (int)code->data) == 0;
}

enum narc_status reed_solomon_rebuild(const struct reed_solomon *code, size_t length,
				      uint8_t **chunks, const bool *lost,
				      struct narc_error *error)
{
	struct rebuilding rebuilding;
	enum narc_status status = NARC_OK;

	if (!rebuilding_init(&rebuilding, code->data)) {
		rebuilding_free(&rebuilding);
		return narc_fail_memory(error);
	}
	if (!choose_chunks(code, chunks, lost, &rebuilding))
		status = narc_fail(error, NARC_CORRUPT, "parity", NARC_NO_OFFSET,
				   "more is lost than the parity makes up for");
	for (unsigned i = 0; i < code->data && status == NARC_OK; i++) {
		if (!lost[i])
			continue;
		memcpy(rebuilding.wanted + (size_t)rebuilding.made_count * code->data,
		       rebuilding.inverted + (size_t)i * code->data, code->data);
		rebuilding.made[rebuilding.made_count++] = chunks[i];
	}
	if (status == NARC_OK && rebuilding.made_count) {
		isal.make_tables((int)code->data, (int)rebuilding.made_count, rebuilding.wanted,
				 rebuilding.tables);
		isal.encode((int)length, (int)code->data, (int)rebuilding.made_count,
			    rebuilding.tables, rebuilding.used, rebuilding.made);
	}
	rebuilding_free(&rebuilding);
	return status;
}
