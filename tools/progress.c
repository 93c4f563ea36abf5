/* SPDX-License-Identifier: BSD-2-Clause */
#include "progress.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "terminal.h"
#include "text_width.h"
#include "translate.h"

/* What is over before the first of these would only flicker. */
#define SECONDS_TO_FIRST_DRAWING 1.0
#define SECONDS_BETWEEN_DRAWINGS 0.1
#define SECONDS_BETWEEN_LINES 5.0

enum { CLOCK_SIZE = 32 };

static enum { AUTOMATIC, ALWAYS, QUIET } wanted;

/* What is shown; narc does one thing at a time. */
static struct {
	const char *name;
	bool is_drawn; /* there is a line at the terminal */
	bool has_begun;
	bool as_lines;
	double begun;  /* the activity, likewise below, in seconds of a clock */
	double next;   /* drawing or line, at the earliest */
	enum narc_activity activity;
	bool is_at_start; /* nothing of it was done yet */
} shown;

bool take_progress_option(int option)
{
	if (option == OPTION_PROGRESS)
		wanted = ALWAYS;
	else if (option == OPTION_QUIET)
		wanted = QUIET;
	else
		return false;
	return true;
}

bool is_quiet(void)
{
	return wanted == QUIET;
}

bool wants_summary(void)
{
	return wanted == ALWAYS || (wanted != QUIET && isatty(STDERR_FILENO));
}

/* ---- what is said ------------------------------------------------------------------------- */

static const char *name_of(enum narc_activity activity)
{
	static const char *const names[] = {
		[NARC_ACTIVITY_READING] = N_("reading"),
		[NARC_ACTIVITY_TRAINING] = N_("training a dictionary"),
		[NARC_ACTIVITY_COMPRESSING] = N_("compressing"),
		[NARC_ACTIVITY_COPYING] = N_("copying"),
		[NARC_ACTIVITY_INDEXING] = N_("writing the index"),
		[NARC_ACTIVITY_EXTRACTING] = N_("extracting"),
		[NARC_ACTIVITY_CHECKING] = N_("checking"),
		[NARC_ACTIVITY_MENDING] = N_("mending"),
	};

	return _(names[activity]);
}

/* How much of it is done, from 0 to 1; 0 if that is not known. */
static double share_done(const struct narc_progress *progress)
{
	double share = 0;

	if (progress->total_bytes)
		share = (double)progress->bytes / (double)progress->total_bytes;
	else if (progress->total_records)
		share = (double)progress->records / (double)progress->total_records;
	return share > 1 ? 1 : share;
}

/* "0:05", or "1:02:03". */
static const char *format_clock(double seconds, char text[CLOCK_SIZE])
{
	unsigned long whole = seconds < 1e9 ? (unsigned long)(seconds + 0.5) : 1000000000;

	if (whole < 3600)
		snprintf(text, CLOCK_SIZE, "%lu:%02lu", whole / 60, whole % 60);
	else
		snprintf(text, CLOCK_SIZE, "%lu:%02lu:%02lu", whole / 3600, whole / 60 % 60,
			 whole % 60);
	return text;
}

/* How much is said, from the least. */
enum detail { WITH_SHARE, WITH_RECORDS, WITH_SPEED, WITH_TOTAL, WITH_NAME };

/* What stands between two parts of a line, of which there may be none yet. */
static const char *next_mark(const char **mark)
{
	const char *this = *mark;

	*mark = ", ";
	return this;
}

static void put_records(FILE *out, const struct narc_progress *progress, enum detail detail,
			const char *mark)
{
	fputs(mark, out);
	if (progress->total_records && detail >= WITH_TOTAL)
		fprintf(out, _("%llu of %llu entries"), (unsigned long long)progress->records,
			(unsigned long long)progress->total_records);
	else
		fprintf(out, translate_count("%llu entry", "%llu entries", progress->records),
			(unsigned long long)progress->records);
}

static void put_speed(FILE *out, const struct narc_progress *progress, double seconds,
		      const char *mark)
{
	char size[SIZE_TEXT_SIZE];

	fprintf(out, "%s%s", mark, format_size(progress->bytes, size));
	if (seconds >= SECONDS_BETWEEN_DRAWINGS)
		fprintf(out, ", %s/s",
			format_size((uint64_t)((double)progress->bytes / seconds), size));
}

/* A line, to be freed; NULL if there is no memory. */
static char *describe(const struct narc_progress *progress, double seconds, enum detail detail)
{
	double share = share_done(progress);
	const char *mark = " ";
	char clock[CLOCK_SIZE];
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (detail >= WITH_NAME) {
		print_string(out, shown.name);
		fputs(": ", out);
	}
	fputs(name_of(progress->activity), out);
	if (progress->total_bytes || progress->total_records)
		fprintf(out, "%s%d %%", next_mark(&mark), (int)(100 * share));
	if (detail >= WITH_RECORDS && (progress->records || progress->total_records))
		put_records(out, progress, detail, next_mark(&mark));
	if (detail >= WITH_SPEED && progress->bytes)
		put_speed(out, progress, seconds, next_mark(&mark));
	if (share > 0 && seconds >= SECONDS_BETWEEN_DRAWINGS) {
		fputs(next_mark(&mark), out);
		fprintf(out, _("%s left"), format_clock(seconds / share - seconds, clock));
	}
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* ---- where it is said --------------------------------------------------------------------- */

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* In the background, it would draw over what is done at the terminal meanwhile. */
static bool is_in_foreground(void)
{
	pid_t group = tcgetpgrp(STDERR_FILENO);

	return group < 0 || group == getpgrp();
}

/* Draws what says most of what fits; the last column stays free, as terminals differ in what they
 * do behind it. */
static void draw(const struct narc_progress *progress, double seconds)
{
	size_t columns = terminal_columns(STDERR_FILENO) - 1;
	char *text = describe(progress, seconds, WITH_NAME);

	for (int detail = WITH_NAME; text && text_width(text) > columns && detail > WITH_SHARE;) {
		free(text);
		text = describe(progress, seconds, (enum detail)--detail);
	}
	if (!text)
		return;
	fprintf(stderr, "\r%.*s\x1b[K", (int)fitting_length(text, strlen(text), columns), text);
	shown.is_drawn = true;
	free(text);
}

static void print_line(const struct narc_progress *progress, double seconds)
{
	char *text = describe(progress, seconds, WITH_NAME);

	if (text)
		report("%s", text);
	free(text);
}

/* How many drawings of what begins may come before their time. */
#define EARLY_DRAWINGS 2

/* Whether it is time to show something. What begins is shown at once, as nothing more may be said
 * of it for long; then so much later comes what is shown next. */
static bool is_due(double time, bool begins)
{
	const double between = shown.as_lines ? SECONDS_BETWEEN_LINES : SECONDS_BETWEEN_DRAWINGS;
	const bool is_early = time < shown.next;

	if (is_early && (!begins || shown.as_lines ||
			 shown.next - time > (EARLY_DRAWINGS + 0.5) * between))
		return false;
	shown.next = (is_early ? shown.next : time) + between;
	return true;
}

/* A narc_progress_fn. */
static void show(void *context, const struct narc_progress *progress)
{
	const double time = now();
	const bool is_at_start = progress->records == 0 && progress->bytes == 0;
	/* What begins again before anything was done goes on. */
	const bool begins = !shown.has_begun || progress->activity != shown.activity ||
			    (is_at_start && !shown.is_at_start);

	(void)context;
	if (begins)
		shown.begun = time;
	shown.has_begun = true;
	shown.activity = progress->activity;
	shown.is_at_start = is_at_start;
	if (!is_due(time, begins))
		return;
	if (shown.as_lines)
		print_line(progress, time - shown.begun);
	else if (is_in_foreground())
		draw(progress, time - shown.begun);
}

narc_progress_fn show_progress(const char *name)
{
	shown.name = name;
	shown.has_begun = false;
	shown.as_lines = !is_capable_terminal(STDERR_FILENO);
	shown.next = wanted == ALWAYS ? 0 : now() + SECONDS_TO_FIRST_DRAWING;
	if (wanted == QUIET || (shown.as_lines && wanted != ALWAYS))
		return NULL;
	text_width_init();
	return show;
}

void clear_progress(void)
{
	if (shown.is_drawn)
		fputs("\r\x1b[K", stderr);
	shown.is_drawn = false;
}
