/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows of a history that came so far, to be looked up by path, infoCode and content while
 * those of later generations come. Their contents are with the sorter, and not at hand: a digest
 * that nobody can make another content for takes their place. Holds some 150 bytes a row; paths
 * and infoCodes are in a temporary file.
 */
#ifndef NARC_PACK_PAST_ROWS_H
#define NARC_PACK_PAST_ROWS_H

#include "format/limits.h"
#include "support/number_map.h"
#include "support/spill_file.h"

/* Number of a row that is not there. */
#define PAST_NONE UINT32_MAX

/* The first half of SHA-256. */
enum { PAST_DIGEST_SIZE = 16 };

/* How far those that are alike were gone through for the files of a generation. */
struct past_walk {
	uint32_t generation; /* 0: of none */
	uint32_t next;       /* the first row of an older one that is still of interest */
	uint32_t version;    /* of the first of older ones that is current; 0: there is none */
};

struct past_row {
	uint8_t digest[PAST_DIGEST_SIZE]; /* of the content */
	uint64_t size;
	uint64_t texts;       /* where its path and infoCode are in the temporary file */
	uint64_t row;         /* its number in the archive, once that is known */
	uint32_t generation;
	uint32_t version;
	uint32_t superseded;  /* by this generation; 0: it is current */
	uint32_t highest;     /* version of the rows with its infoCode, so far */
	uint32_t next_place;  /* the row of another path of the same hash */
	uint32_t next_alike;  /* an older row with the same infoCode, or without one and the same
			       * content, or with the same hash of these */
	struct past_walk walk; /* of the last one that is alike: the walk through all that are */
	enum narc_kind kind;
	enum narc_file_type type;
};

struct past_rows {
	struct past_row *rows; /* by their number, in the order of their arrival */
	uint32_t count;
	size_t capacity;
	struct number_map places; /* hash of a path -> its last row */
	struct number_map codes;
	struct number_map contents;
	struct spill_file texts;
};

/* Path and infoCode of a row. */
struct past_texts {
	char path[PATH_SIZE_LIMIT + 1];
	char code[CODE_SIZE_LIMIT + 1];
};

/* folder is for the temporary file, and the caller's. */
void past_rows_init(struct past_rows *past, const char *folder);
void past_rows_free(struct past_rows *past);

void past_digest(const uint8_t *content, uint64_t size, uint8_t digest[PAST_DIGEST_SIZE]);

enum narc_status past_rows_texts(struct past_rows *past, uint32_t number,
				 struct past_texts *texts, struct narc_error *error);

/* The last row with this path; PAST_NONE if there is none. */
enum narc_status past_rows_at(struct past_rows *past, const char *path, uint32_t *number,
			      struct narc_error *error);

/* The last row with this infoCode, or without any and with this content, as far as a hash says:
 * whoever asks compares. past_rows_next leads to older ones; those that a generation before this
 * one superseded are left out, but for the first. */
uint32_t past_rows_with_code(const struct past_rows *past, const char *code);
uint32_t past_rows_with_content(const struct past_rows *past,
				const uint8_t digest[PAST_DIGEST_SIZE]);
uint32_t past_rows_next(struct past_rows *past, uint32_t number, uint32_t generation);

/* The walk through the rows that are alike, of which this is the last, for a file of a generation:
 * from the first one of an older generation on, or where a former file came to. So the files of one
 * generation do not go through each other, nor each of them through all that is of no interest. */
struct past_walk *past_rows_walk(struct past_rows *past, uint32_t last, uint32_t generation);

/* Adds a row with the next number, in the place of the last one with its path, or PAST_NONE; where
 * its texts are, and what it leads to, is filled in. NARC_LIMIT if there are too many. */
enum narc_status past_rows_add(struct past_rows *past, const struct past_row *row,
			       const char *path, uint32_t former, const char *code,
			       struct narc_error *error);

#endif
