/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each record is searched by the thread that decodes it, which keeps what matches, and the first
 * lines of that. The thread that called goes on with further lines.
 */
#include "search/search.h"

#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "search/searched_text.h"

/* Lines that are given at once. */
enum { LINES_AT_ONCE = 1024 };

/* What a thread needs. */
struct searcher {
	struct matcher *matcher;
	struct text_reader *texts;
};

struct search {
	const struct search_options *options;
	narc_cursor *cursor;
	struct matcher *matcher; /* of the thread that called, for further lines */
	struct searcher *searchers[NARC_THREADS_LIMIT]; /* made when first needed */
};

/* What came of searching a record; not made where nothing did. */
struct finding {
	struct searched_text text; /* of SEARCH_LINES */
	struct line_search lines;  /* behind those found */
	struct narc_error *failure; /* not NULL: it could not be searched; nothing else is set */
	bool is_binary;
	bool is_complete;
	uint64_t left; /* lines that may still be given */
	uint64_t count;
	size_t line_count;
	struct found_line found[]; /* LINES_AT_ONCE, or those that there are */
};

/* ---- in the threads ----------------------------------------------------------------------- */

static void searcher_free(struct searcher *searcher)
{
	if (!searcher)
		return;
	matcher_free(searcher->matcher);
	text_reader_free(searcher->texts);
	free(searcher);
}

static enum narc_status get_searcher(struct search *search, unsigned thread,
				     struct searcher **searcher, struct narc_error *error)
{
	struct searcher *made = search->searchers[thread];
	enum narc_status status = NARC_OK;

	if (!made) {
		made = calloc(1, sizeof(*made));
		status = made ? matcher_new(search->options->pattern, &made->matcher, error)
			      : fail_memory(error);
		if (status == NARC_OK)
			status = text_reader_new(search->options->scope,
						 search->options->temporary_folder, &made->texts,
						 error);
		if (status != NARC_OK) {
			searcher_free(made);
			return status;
		}
		search->searchers[thread] = made;
	}
	*searcher = made;
	return NARC_OK;
}

static void free_finding(void *result)
{
	struct finding *finding = result;

	if (finding) {
		searched_text_free(&finding->text);
		free(finding->failure);
	}
	free(finding);
}

static struct line_search start_lines(const struct search_options *options,
				      struct matcher *matcher, const struct searched_text *text)
{
	return (struct line_search){ .matcher = matcher,
				     .stays_in_lines = pattern_stays_in_lines(options->pattern),
				     .inverts = options->inverts,
				     .text = text->bytes,
				     .size = text->size };
}

/* Finds up to LINES_AT_ONCE lines. */
static enum narc_status find_lines(struct line_search *search, uint64_t most,
				   struct found_line lines[LINES_AT_ONCE], size_t *count,
				   bool *is_complete, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	*count = 0;
	while (status == NARC_OK && *count < LINES_AT_ONCE && *count < most) {
		status = find_line(search, &lines[*count], error);
		*count += status == NARC_OK;
	}
	*is_complete = status == NARC_END || *count == most;
	return status == NARC_END ? NARC_OK : status;
}

static uint64_t most_lines(const struct search_options *options)
{
	if (options->wanted == SEARCH_ANY)
		return 1;
	return options->most_lines ? options->most_lines : UINT64_MAX;
}

/* Makes a finding of these lines. It takes over the text, or a copy of it. */
static enum narc_status keep(const struct finding *found, const struct found_line *lines,
			     struct searched_text *text, struct finding **kept,
			     struct narc_error *error)
{
	size_t size = found->line_count * sizeof(*lines);
	struct finding *made = malloc(sizeof(*made) + size);

	if (!made)
		return fail_memory(error);
	*made = *found;
	if (found->line_count) {
		memcpy(made->found, lines, size);
		made->is_binary = memchr(text->bytes, '\0', text->size) != NULL;
		if (!searched_text_keep(text, &made->text)) {
			free(made);
			return fail_memory(error);
		}
		made->lines.text = made->text.bytes;
	}
	*kept = made;
	return NARC_OK;
}

/* Searches a text; *finding stays NULL if there is nothing to be told. */
static enum narc_status search_text(const struct search_options *options,
				    struct matcher *matcher, struct searched_text *text,
				    struct finding **finding, struct narc_error *error)
{
	struct finding found = { .lines = start_lines(options, matcher, text),
				 .left = most_lines(options),
				 .is_complete = true };
	struct found_line lines[LINES_AT_ONCE];
	enum narc_status status;

	if (options->wanted == SEARCH_LINES)
		status = find_lines(&found.lines, found.left, lines, &found.line_count,
				    &found.is_complete, error);
	else
		status = count_lines(&found.lines, found.left, &found.count, error);
	if (status != NARC_OK)
		return status;
	if (options->wanted == SEARCH_LINES)
		found.count = found.line_count > 0;
	found.left -= found.line_count;
	return found.count || options->with_unmatched
		       ? keep(&found, lines, text, finding, error)
		       : NARC_OK;
}

/* Makes a finding of what would fail another time, too, after as long. */
static enum narc_status keep_failure(const struct narc_error *failure, struct finding **kept,
				     struct narc_error *error)
{
	struct finding *made = calloc(1, sizeof(*made));

	if (made)
		made->failure = malloc(sizeof(*failure));
	if (!made || !made->failure) {
		free(made);
		return fail_memory(error);
	}
	*made->failure = *failure;
	*kept = made;
	return NARC_OK;
}

/* Whether searching failed, and not reading. */
static bool is_own(const struct narc_error *failure)
{
	return strcmp(failure->stage, "search") == 0;
}

/* A narc_work_fn. */
static enum narc_status search_record(void *context, unsigned thread, narc_cursor *cursor,
				      void **result, struct narc_error *error)
{
	struct search *search = context;
	struct searcher *searcher;
	struct searched_text text = { .bytes = NULL };
	struct finding *finding = NULL;
	struct narc_error failure;
	enum narc_status status = get_searcher(search, thread, &searcher, &failure);

	if (status == NARC_OK)
		status = text_reader_read(searcher->texts, cursor, &text, &failure);
	if (status == NARC_OK)
		status = search_text(search->options, searcher->matcher, &text, &finding, &failure);
	searched_text_free(&text);
	if (status == NARC_END) /* it has no such text */
		return NARC_OK;
	if (status != NARC_OK)
		error_set_path(&failure, narc_cursor_record(cursor)->path);
	if (status == NARC_LIMIT && is_own(&failure))
		status = keep_failure(&failure, &finding, &failure);
	if (status == NARC_OK)
		*result = finding;
	else if (error)
		*error = failure;
	return status;
}

/* ---- telling ------------------------------------------------------------------------------ */

static enum narc_status cancelled(struct narc_error *error)
{
	return fail_at(error, NARC_CANCELLED, "search", "stopped by the receiver");
}

/* Tells of what could not be searched. */
static enum narc_status tell_failure(const struct search_options *options, enum narc_status status,
				     const struct narc_error *failure, struct narc_error *error)
{
	if (status == NARC_NOMEM) {
		if (error)
			*error = *failure;
		return status;
	}
	return options->failed(options->context, failure) ? NARC_OK : cancelled(error);
}

/* Tells of a finding, and of all further lines. */
static enum narc_status tell(struct search *search, struct finding *finding,
			     struct narc_error *error)
{
	const struct search_options *options = search->options;
	const struct narc_record *record = narc_cursor_record(search->cursor);
	struct found_line lines[LINES_AT_ONCE];
	struct search_hit hit = { .record = record,
				  .text = finding->text.bytes,
				  .size = finding->text.size,
				  .lines = finding->found,
				  .line_count = finding->line_count,
				  .is_last = finding->is_complete,
				  .is_binary = finding->is_binary,
				  .count = finding->count,
				  .matcher = search->matcher };
	struct narc_error failure;
	enum narc_status status = NARC_OK;

	if (finding->failure)
		return tell_failure(options, finding->failure->status, finding->failure, error);
	finding->lines.matcher = search->matcher;
	while (status == NARC_OK) {
		if (!options->hit(options->context, &hit))
			return cancelled(error);
		if (hit.is_last)
			return NARC_OK;
		status = find_lines(&finding->lines, finding->left, lines, &hit.line_count,
				    &finding->is_complete, &failure);
		finding->left -= hit.line_count;
		hit.lines = lines;
		hit.goes_on = true;
		hit.is_last = finding->is_complete;
	}
	error_set_path(&failure, record->path);
	return tell_failure(options, status, &failure, error);
}

/* Takes what came of the cursor's record, and tells of it. */
static enum narc_status take_record(struct search *search, struct narc_error *error)
{
	void *result = NULL;
	struct narc_error failure;
	enum narc_status status = narc_cursor_take_result(search->cursor, &result, &failure);

	if (status != NARC_OK)
		return tell_failure(search->options, status, &failure, error);
	if (result)
		status = tell(search, result, error);
	free_finding(result);
	return status;
}

static enum narc_status take_all(struct search *search, struct narc_error *error)
{
	const struct search_options *options = search->options;
	const struct narc_record *record;
	struct narc_error failure;
	enum narc_status status = NARC_OK;

	while (status == NARC_OK) {
		status = narc_cursor_next(search->cursor, &record, &failure);
		if (status == NARC_OK && options->is_over &&
		    options->is_over(options->context, record))
			return cancelled(error);
		if (status == NARC_OK)
			status = take_record(search, error);
		else if (status != NARC_END)
			status = tell_failure(options, status, &failure, error);
	}
	return status == NARC_END ? NARC_OK : status;
}

enum narc_status search_archive(narc_archive *archive, const struct narc_filter *filter,
				const struct search_options *options, struct narc_error *error)
{
	struct search *search = calloc(1, sizeof(*search));
	enum narc_status status;

	if (!search)
		return fail_memory(error);
	search->options = options;
	status = matcher_new(options->pattern, &search->matcher, error);
	if (status == NARC_OK)
		status = narc_cursor_open(archive, filter, &search->cursor, error);
	if (status == NARC_OK) {
		narc_cursor_work_ahead(search->cursor,
				       &(struct narc_work){ .threads = options->threads,
							    .work = search_record,
							    .free_result = free_finding,
							    .context = search });
		status = take_all(search, error);
	}
	narc_cursor_close(search->cursor);
	matcher_free(search->matcher);
	for (size_t i = 0; i < NARC_THREADS_LIMIT; i++)
		searcher_free(search->searchers[i]);
	free(search);
	return status;
}
