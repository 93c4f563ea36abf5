/* SPDX-License-Identifier: BSD-2-Clause */
#include "search/searched_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fail.h"
#include "markup.h"
#include "search/html_text.h"
#include "spool_content.h"

struct text_reader {
	enum search_scope scope;
	const char *temporary_folder;
	narc_front_matter_reader *front_matter; /* not of SEARCH_CONTENT */
	struct html_reader *html;               /* of SEARCH_TEXT */
};

/* ---- bytes -------------------------------------------------------------------------------- */

void searched_text_free(struct searched_text *text)
{
	if (text->mapped_size)
		munmap(text->owned, text->mapped_size);
	else
		free(text->owned);
	*text = (struct searched_text){ .bytes = NULL };
}

bool searched_text_keep(struct searched_text *text, struct searched_text *kept)
{
	*kept = *text;
	if (!text->owned) {
		kept->owned = malloc(text->size ? text->size : 1);
		if (!kept->owned)
			return false;
		memcpy(kept->owned, text->bytes, text->size);
		kept->bytes = kept->owned;
	}
	*text = (struct searched_text){ .bytes = NULL };
	return true;
}

/* Has a content that is too large for memory be a file, which is mapped. */
static enum narc_status map_content(const struct text_reader *reader, narc_cursor *cursor,
				    struct searched_text *text, struct narc_error *error)
{
	void *mapped;
	int fd;
	enum narc_status status = spool_content(cursor, reader->temporary_folder, &fd, error);

	if (status != NARC_OK)
		return status;
	mapped = mmap(NULL, text->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (mapped == MAP_FAILED) {
		status = fail_system(error, errno, "search", "cannot map a temporary file");
	} else {
		text->owned = mapped;
		text->mapped_size = text->size;
	}
	close(fd);
	return status;
}

static enum narc_status read_content(const struct text_reader *reader, narc_cursor *cursor,
				     struct searched_text *text, struct narc_error *error)
{
	const void *content = NULL;
	enum narc_status status;

	text->size = (size_t)narc_cursor_record(cursor)->size;
	if (narc_cursor_is_large(cursor)) {
		status = map_content(reader, cursor, text, error);
		content = text->owned;
	} else {
		status = narc_cursor_content(cursor, &content, error);
	}
	text->bytes = content;
	return status;
}

/* ---- what a reader sees ------------------------------------------------------------------- */

/* Puts in the place of a content what a reader sees of it. */
static enum narc_status read_markup(struct text_reader *reader, const struct narc_record *record,
				    struct searched_text *text, struct narc_error *error)
{
	const enum markup markup = markup_of(record->path);
	struct narc_front_matter matter = { .size = 0 };
	struct narc_error none;
	enum narc_status status = NARC_OK;
	const char *seen;
	size_t size;

	if (markup == MARKUP_NONE || memchr(text->bytes, '\0', text->size))
		return NARC_OK;
	if (record->kind == NARC_KIND_POST)
		status = narc_front_matter_read(reader->front_matter, text->bytes, text->size,
						&matter, &none);
	if (status == NARC_NOMEM)
		return fail_memory(error);
	text->bytes += matter.size;
	text->size -= matter.size;
	status = html_read(reader->html, text->bytes, text->size, markup == MARKUP_MARKDOWN, &seen,
			   &size, error);
	if (status != NARC_OK)
		return status;
	/* It is the reader's then, unless there was nothing to be read as HTML. */
	if (seen != text->bytes)
		searched_text_free(text);
	text->bytes = seen;
	text->size = size;
	return NARC_OK;
}

/* ---- titles ------------------------------------------------------------------------------- */

/* Puts in the place of a content its title, as one line. */
static enum narc_status read_title(struct text_reader *reader, struct searched_text *text,
				   struct narc_error *error)
{
	struct narc_front_matter matter;
	struct narc_error none;
	char *title;
	enum narc_status status = narc_front_matter_read(reader->front_matter, text->bytes,
							 text->size, &matter, &none);

	searched_text_free(text);
	if (status == NARC_NOT_FOUND)
		return NARC_END;
	title = status == NARC_OK ? strdup(matter.title) : NULL;
	if (!title)
		return fail_memory(error);
	text->owned = title;
	text->bytes = title;
	text->size = strlen(title);
	while (text->size && title[text->size - 1] == '\n')
		text->size--;
	for (size_t i = 0; i < text->size; i++)
		if (title[i] == '\n')
			title[i] = ' ';
	return NARC_OK;
}

/* ---- all of them -------------------------------------------------------------------------- */

enum narc_status text_reader_new(enum search_scope scope, const char *temporary_folder,
				 struct text_reader **out, struct narc_error *error)
{
	struct text_reader *reader = calloc(1, sizeof(*reader));
	enum narc_status status = reader ? NARC_OK : fail_memory(error);

	if (status != NARC_OK)
		return status;
	reader->scope = scope;
	reader->temporary_folder = temporary_folder;
	if (scope != SEARCH_CONTENT)
		status = narc_front_matter_reader_new(&reader->front_matter, error);
	if (status == NARC_OK && scope == SEARCH_TEXT)
		status = html_reader_new(&reader->html, error);
	if (status != NARC_OK) {
		text_reader_free(reader);
		return status;
	}
	*out = reader;
	return NARC_OK;
}

void text_reader_free(struct text_reader *reader)
{
	if (!reader)
		return;
	narc_front_matter_reader_free(reader->front_matter);
	html_reader_free(reader->html);
	free(reader);
}

enum narc_status text_reader_read(struct text_reader *reader, narc_cursor *cursor,
				  struct searched_text *text, struct narc_error *error)
{
	const struct narc_record *record = narc_cursor_record(cursor);
	enum narc_status status;

	*text = (struct searched_text){ .bytes = NULL };
	if (record->type == NARC_TYPE_SYMLINK ||
	    (reader->scope == SEARCH_TITLE && record->kind != NARC_KIND_POST))
		return NARC_END;
	status = read_content(reader, cursor, text, error);
	if (status != NARC_OK || reader->scope == SEARCH_CONTENT)
		return status;
	return reader->scope == SEARCH_TEXT ? read_markup(reader, record, text, error)
					    : read_title(reader, text, error);
}
