/* SPDX-License-Identifier: BSD-2-Clause */
/* What is searched of a record: its content, what a reader sees of it, or its title. */
#ifndef NARC_SEARCH_SEARCHED_TEXT_H
#define NARC_SEARCH_SEARCHED_TEXT_H

#include "search/search.h"

struct searched_text {
	const char *bytes;
	size_t size;
	char *owned;        /* memory or a mapping with the bytes; NULL: they are another's */
	size_t mapped_size; /* 0: memory */
};

void searched_text_free(struct searched_text *text);

/* Moves the bytes to kept, or copies them if they are another's; false if there is no memory. */
bool searched_text_keep(struct searched_text *text, struct searched_text *kept);

/* What a thread needs to read texts. */
struct text_reader;

enum narc_status text_reader_new(enum search_scope scope, const char *temporary_folder,
				 struct text_reader **reader, struct narc_error *error);
void text_reader_free(struct text_reader *reader);

/* Reads the text of the cursor's record, to be freed, also when this fails; valid until the next
 * call on the cursor or the reader. NARC_END if it has none: a symbolic link, or no title. */
enum narc_status text_reader_read(struct text_reader *reader, narc_cursor *cursor,
				  struct searched_text *text, struct narc_error *error);

#endif
