/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "post_history.h"
#include "run_diff.h"
#include "translate.h"

static const char usage[] =
	"usage: narc history [options] ARCHIVE KEY\n\n"
	"Shows the versions of a post, the oldest first: version, generation and the day\n"
	"on which it was archived, date, size, hash and path; \"*\" marks what is current.\n"
	"A KEY is an infoCode, or a stored path. The first generation has the day of the\n"
	"newest file in it, as nothing else is known of when that was, and so that the\n"
	"same files make the same archive.\n\n"
	"  --diff            what changed from each version to the next\n"
	"  --json            one JSON object a line\n" COLOR_USAGE "\n" LIMIT_USAGE;

enum { OPTION_JSON = OPTION_OWN, OPTION_DIFF };

struct history {
	const char *name; /* of the archive */
	narc_archive *archive;
	const char *key;
	struct post_history states;
	bool json;
	bool diff;
	bool has_colors;
};

/* ---- printing ----------------------------------------------------------------------------- */

static const char *format_day(int64_t time, char text[DATE_TEXT_SIZE])
{
	time_t seconds = (time_t)time;
	struct tm day;

	if (!localtime_r(&seconds, &day) || strftime(text, DATE_TEXT_SIZE, "%Y-%m-%d", &day) == 0)
		strcpy(text, "-");
	return text;
}

static void print_plain(const struct post_state *state)
{
	const struct narc_record *record = &state->record;
	char archived[DATE_TEXT_SIZE], date[DATE_TEXT_SIZE];

	printf("%c %3lu  %4lu %s  %s %8llu %016llx ", state->is_current ? '*' : ' ',
	       (unsigned long)record->version, (unsigned long)record->generation,
	       format_day(state->archived, archived), format_short_date(record->local_time, date),
	       (unsigned long long)record->size, (unsigned long long)record->hash);
	print_string(stdout, record->path);
	if (record->is_redacted) {
		printf(_(" (redacted %s: "), format_day(state->tombstone.time, archived));
		print_string(stdout, state->tombstone.reason);
		putchar(')');
	}
	putchar('\n');
}

static void print_json(const struct post_state *state)
{
	struct json_line line = { .out = stdout };

	json_put_state(&line, state);
	json_put(&line, "\n");
	json_end(&line);
}

static enum exit_status fill_side(struct history *history, narc_cursor *cursor,
				  const struct post_state *state, struct diff_side *side)
{
	struct narc_error error;

	if (post_history_go_to(cursor, state, &error) != NARC_OK)
		return report_error(history->name, &error);
	return diff_side_fill(side, cursor, history->name);
}

/* A label as print_string would show it, with version and generation. */
static void format_label(const struct post_state *state, char *label, size_t size)
{
	FILE *out = fmemopen(label, size, "w");

	*label = '\0';
	if (!out)
		return;
	print_string(out, state->record.path);
	fprintf(out, " (version %lu, generation %lu)", (unsigned long)state->record.version,
		(unsigned long)state->record.generation);
	fclose(out);
	label[size - 1] = '\0';
}

static enum exit_status print_diff(struct history *history, narc_cursor *cursor,
				   const struct post_state *before, const struct post_state *after)
{
	char labels[2][1024];
	struct diff_side old = { -1, labels[0] }, new = { -1, labels[1] };
	enum exit_status status;

	format_label(before, labels[0], sizeof(labels[0]));
	format_label(after, labels[1], sizeof(labels[1]));
	status = fill_side(history, cursor, before, &old);
	if (status == EXIT_DONE)
		status = fill_side(history, cursor, after, &new);
	if (status == EXIT_DONE)
		status = run_diff(&old, &new, history->has_colors);
	diff_side_close(&old);
	diff_side_close(&new);
	return status;
}

static enum exit_status print_diffs(struct history *history)
{
	const struct post_state *states = history->states.list;
	enum exit_status status = EXIT_DONE;
	struct narc_filter filter;
	struct narc_error error;
	narc_cursor *cursor;

	narc_filter_init(&filter);
	filter.all_versions = true;
	if (narc_cursor_open(history->archive, &filter, &cursor, &error) != NARC_OK)
		return report_error(history->name, &error);
	for (size_t i = 1; i < history->states.count && status == EXIT_DONE; i++)
		if (states[i].record.version != states[i - 1].record.version &&
		    !states[i].record.is_redacted && !states[i - 1].record.is_redacted)
			status = print_diff(history, cursor, &states[i - 1], &states[i]);
	narc_cursor_close(cursor);
	return status;
}

static enum exit_status run(struct history *history)
{
	struct narc_error error;

	if (post_history_collect(history->archive, history->key, &history->states, &error) !=
	    NARC_OK)
		return report_error(history->name, &error);
	for (size_t i = 0; i < history->states.count && !history->diff; i++)
		(history->json ? print_json : print_plain)(&history->states.list[i]);
	return history->diff ? print_diffs(history) : EXIT_DONE;
}

int command_history(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, OPTION_JSON },
		{ "diff", no_argument, NULL, OPTION_DIFF },
		COLOR_OPTION,
		LIMIT_OPTIONS,
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct history history = { .name = NULL };
	struct narc_limits limits = { 0 };
	enum exit_status status = take_color(NULL, &history.has_colors);
	int option;

	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		bool taken;

		status = take_limit_option(option, optarg, &limits, &taken);
		if (taken)
			; /* and done with */
		else if (option == OPTION_JSON)
			history.json = true;
		else if (option == OPTION_DIFF)
			history.diff = true;
		else if (option == OPTION_COLOR)
			status = take_color(optarg, &history.has_colors);
		else
			return show_usage(option, argv, usage);
		if (status != EXIT_DONE)
			return status;
	}
	if (argc - optind != 2)
		return wrong_operands(argv[0], "an archive and a key");
	if (history.json && history.diff) {
		report("history: --json and --diff exclude each other");
		return EXIT_USAGE;
	}
	history.name = argv[optind];
	history.key = argv[optind + 1];
	history.archive = open_archive_within(history.name, &limits, &status);
	if (history.archive)
		status = run(&history);
	post_history_free(&history.states);
	narc_archive_close(history.archive);
	return finish_output(status);
}
