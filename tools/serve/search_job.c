/* SPDX-License-Identifier: BSD-2-Clause */
#include "search_job.h"

#include <stdlib.h>
#include <string.h>

#include "../characters.h"
#include "stream.h"

enum { SEARCH_THREADS = 4, EXCERPT_BEFORE = 90, EXCERPT_SIZE = 300, QUERY_SIZE = 1000 };

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/* ---- excerpts --------------------------------------------------------------------------- */

struct excerpt search_excerpt(const struct search_hit *hit, const struct found_line *line)
{
	const char *text = hit->text + line->start;
	struct excerpt excerpt = { 0, line->size };
	struct match match;

	if (find_in_line(hit->matcher, text, line->size, 0, &match, NULL) == NARC_OK &&
	    match.start > EXCERPT_BEFORE)
		excerpt.start = character_start(text, line->size, match.start - EXCERPT_BEFORE);
	if (line->size - excerpt.start > EXCERPT_SIZE)
		excerpt.end = character_start(text, line->size, excerpt.start + EXCERPT_SIZE);
	return excerpt;
}

bool search_next_match(const struct search_hit *hit, const struct found_line *line,
		       struct excerpt excerpt, size_t from, struct match *match)
{
	if (from >= excerpt.end ||
	    find_in_line(hit->matcher, hit->text + line->start, line->size, from, match, NULL) !=
		    NARC_OK ||
	    match->start >= excerpt.end)
		return false;
	if (match->end > excerpt.end)
		match->end = excerpt.end;
	return true;
}

/* ---- the parameters --------------------------------------------------------------------- */

/* Keeps a parameter; NULL if it is not there, or empty. False if there is no memory. */
static bool keep_parameter(const struct visit *visit, const char *name, char **value)
{
	const char *text = target_parameter(&visit->target, name);

	*value = text && *text ? strdup(text) : NULL;
	return !text || !*text || *value;
}

static bool take_scope(const struct visit *visit, enum search_scope *scope)
{
	static const struct {
		const char *name;
		enum search_scope scope;
	} scopes[] = {
		{ "", SEARCH_CONTENT },
		{ "all", SEARCH_CONTENT },
		{ "title", SEARCH_TITLE },
#ifdef WITH_HTML
		{ "text", SEARCH_TEXT },
#endif
	};
	const char *name = target_parameter(&visit->target, "in");

	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
		if (strcmp(name ? name : "", scopes[i].name) == 0) {
			*scope = scopes[i].scope;
			return true;
		}
	}
	return false;
}

/* Where the search goes on, if it does. */
static bool take_start(const struct visit *visit, struct search_job *job)
{
	const char *after = target_parameter(&visit->target, "after");

	job->start.mark = NO_MARK;
	job->start.is_skipping = after && *after;
	if (job->start.is_skipping && !mark_parse(after, &job->start.mark))
		return false;
	job->at = job->done = job->start.mark;
	job->archive = job->start.is_skipping ? job->start.mark.archive : 0;
	return true;
}

static bool take_parameters(struct visit *visit, struct search_job *job, enum text_id *wrong,
			    struct narc_error *detail)
{
	const char *query = target_parameter(&visit->target, "q");
	const char *dates = target_parameter(&visit->target, "dates");

	*wrong = TEXT_COUNT;
	if (!keep_parameter(visit, "category", &job->category))
		return false;
	target_put(&job->address, &visit->target, "after");
	narc_filter_init(&job->filter);
	job->filter.kind = NARC_KIND_ONLY_POSTS;
	job->filter.category = job->category;
	*wrong = TEXT_BAD_DATES;
	if (dates && *dates &&
	    narc_filter_set_dates(&job->filter, dates, detail) != NARC_OK)
		return false;
	*wrong = TEXT_BAD_PARAMETER;
	return query && *query && strlen(query) <= QUERY_SIZE && take_scope(visit, &job->where) &&
	       take_start(visit, job) &&
	       target_number(&visit->target, "limit", 1, SEARCH_POSTS_MOST, SEARCH_POSTS,
			     &job->most);
}

static bool compile(const struct visit *visit, struct search_job *job, enum text_id *wrong,
		    struct narc_error *detail)
{
	const char *expression = target_parameter(&visit->target, "q");
	const char *regex = target_parameter(&visit->target, "regex");
	const struct pattern_options options = {
		.expressions = &expression,
		.count = 1,
		.is_fixed = !regex || strcmp(regex, "1") != 0,
		.is_smart = true,
	};
	enum narc_status status = pattern_new(&options, &job->pattern, detail);

	*wrong = status == NARC_NOMEM ? TEXT_COUNT : TEXT_BAD_PATTERN;
	return status == NARC_OK;
}

bool search_job_new(struct visit *visit, const struct search_format *format,
		    struct search_job **job, enum text_id *wrong, struct narc_error *detail)
{
	struct search_job *made = calloc(1, sizeof(*made));

	*wrong = TEXT_COUNT;
	*detail = (struct narc_error){ .status = NARC_OK };
	if (!made)
		return false;
	made->format = format;
	made->language = visit->language;
	made->set = visit->set;
	atomic_fetch_add(&made->set->holders, 1);
	if (take_parameters(visit, made, wrong, detail) && compile(visit, made, wrong, detail)) {
		*job = made;
		return true;
	}
	search_job_free(made);
	return false;
}

void search_job_free(void *context)
{
	struct search_job *job = context;

	narc_cursor_close(job->titles);
	narc_front_matter_reader_free(job->reader);
	pattern_free(job->pattern);
	archive_set_release(job->set);
	text_free(&job->before);
	text_free(&job->behind);
	text_free(&job->piece);
	text_free(&job->address);
	free(job->category);
	free(job);
}

/* ---- the search ------------------------------------------------------------------------- */

/* Sends what was put to piece. */
static bool send_piece(struct search_job *job)
{
	bool is_good = !job->piece.failed &&
		       stream_put(job->stream, job->piece.bytes, job->piece.size);

	job->piece.size = 0;
	job->last_put = now();
	if (!is_good)
		job->end = SEARCH_LEFT;
	return is_good;
}

/* Asked at each record. A client that left is only noticed when something is sent to it: so a line
 * end is, each second. */
static bool is_over(void *context, const struct narc_record *record)
{
	struct search_job *job = context;
	time_t time = now();

	job->is_skipped = resumption_skips(&job->start, job->archive, record);
	if (!job->is_skipped) {
		job->done = job->at;
		job->at = mark_of(job->archive, record);
	}
	if (time >= job->deadline) {
		job->end = SEARCH_TIME;
		return true;
	}
	if (time > job->last_put) {
		text_put(&job->piece, "\n");
		return !send_piece(job);
	}
	return false;
}

/* What a post says of itself; the text that was searched may be all of it. */
static struct narc_front_matter read_matter(struct search_job *job, const struct search_hit *hit)
{
	const struct narc_record *found;

	if (job->where == SEARCH_CONTENT)
		return matter_of(job->reader, hit->text, hit->size);
	if (narc_cursor_find_row(job->titles, hit->record->row, NULL) != NARC_OK ||
	    narc_cursor_next(job->titles, &found, NULL) != NARC_OK)
		return NO_MATTER;
	return matter_read(job->reader, job->titles);
}

static bool take_hit(void *context, const struct search_hit *hit)
{
	struct search_job *job = context;
	struct narc_front_matter matter;

	if (hit->goes_on || job->is_skipped)
		return true;
	if (job->posts == (uint64_t)job->most) {
		job->end = SEARCH_LIMIT;
		return false;
	}
	job->posts++;
	matter = read_matter(job, hit);
	job->format->put_hit(&job->piece, job, hit, &matter);
	return send_piece(job);
}

static bool take_failure(void *context, const struct narc_error *error)
{
	struct search_job *job = context;

	if (error->status == NARC_LIMIT) {
		job->left_out += !job->is_skipped;
		return true;
	}
	job->failures++;
	report_damage(job->set->names[job->archive], error);
	return true;
}

/* Searches one archive. */
static enum narc_status search_one(struct search_job *job, struct narc_error *error)
{
	const struct search_options options = {
		.pattern = job->pattern,
		.scope = job->where,
		.wanted = SEARCH_LINES,
		.most_lines = SEARCH_LINES_SHOWN,
		.threads = SEARCH_THREADS,
		.hit = take_hit,
		.failed = take_failure,
		.is_over = is_over,
		.context = job,
	};
	narc_archive *archive = job->set->archives[job->archive];
	struct narc_filter filter = job->filter;
	enum narc_status status = narc_cursor_open(archive, NULL, &job->titles, error);

	/* The mark is of the first archive, if its post is there still. */
	job->start.is_skipping &= job->start.mark.archive == job->archive;
	if (job->start.is_skipping && job->start.mark.time > filter.from)
		filter.from = job->start.mark.time;
	if (status == NARC_OK)
		status = search_archive(archive, &filter, &options, error);
	narc_cursor_close(job->titles);
	job->titles = NULL;
	return status;
}

static bool run(struct stream *stream, void *context)
{
	struct search_job *job = context;
	enum narc_status status;
	struct narc_error error;

	job->stream = stream;
	job->deadline = now() + SEARCH_SECONDS;
	status = stream_put(stream, job->before.bytes, job->before.size) ? NARC_OK : NARC_CANCELLED;
	if (status == NARC_OK)
		status = narc_front_matter_reader_new(&job->reader, &error);
	for (; status == NARC_OK && job->archive < job->set->count; job->archive++) {
		status = search_one(job, &error);
		if (status == NARC_OK || status == NARC_CANCELLED || status == NARC_NOMEM)
			continue;
		take_failure(job, &error);
		status = NARC_OK;
	}
	if (job->end == SEARCH_LEFT || status == NARC_NOMEM)
		return false;
	job->format->put_end(&job->piece, job);
	text_put_bytes(&job->piece, job->behind.bytes, job->behind.size);
	return send_piece(job);
}

const char *search_next(const struct search_job *job, char text[MARK_TEXT_SIZE])
{
	const struct mark *start = &job->start.mark, *done = &job->done;

	if (job->end == SEARCH_COMPLETE ||
	    (done->archive == start->archive && done->row == start->row))
		return NULL;
	return mark_format(done, text);
}

bool search_job_start(struct visit *visit, struct search_job *job)
{
	visit->reply.stream = stream_new(run, job, search_job_free);
	return visit->reply.stream != NULL;
}
