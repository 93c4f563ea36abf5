/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "run_diff.h"

static const char usage[] =
	"usage: narc history [options] ARCHIVE KEY\n\n"
	"Shows the versions of a post, the oldest first: version, generation and the day\n"
	"on which it was archived, date, size, hash and path; \"*\" marks what is current.\n"
	"A KEY is an infoCode, or a stored path.\n\n"
	"  --diff            what changed from each version to the next\n"
	"  --json            one JSON object a line\n\n" LIMIT_USAGE;

enum { OPTION_JSON = OPTION_OWN, OPTION_DIFF };

/* A state of a post. */
struct state {
	struct narc_record record; /* owns its path */
	int64_t archived;
	bool is_current;
	struct narc_tombstone tombstone; /* if record.is_redacted */
};

struct history {
	const char *name; /* of the archive */
	narc_archive *archive;
	const char *key;
	struct state *states;
	size_t count;
	bool json;
	bool diff;
};

static void history_free(struct history *history)
{
	for (size_t i = 0; i < history->count; i++)
		free((char *)(uintptr_t)history->states[i].record.path);
	free(history->states);
}

static enum exit_status out_of_memory(void)
{
	report("out of memory");
	return EXIT_SYSTEM;
}

static enum exit_status add_state(struct history *history, const struct narc_record *record)
{
	struct state *grown =
		realloc(history->states, (history->count + 1) * sizeof(*history->states));
	struct state *state;

	if (!grown)
		return out_of_memory();
	history->states = grown;
	state = &grown[history->count];
	*state = (struct state){ .record = *record };
	state->record.path = strdup(record->path);
	if (!state->record.path)
		return out_of_memory();
	history->count++;
	if (narc_archive_generation_time(history->archive, record->generation, &state->archived,
					 NULL) != NARC_OK)
		state->archived = 0;
	if (record->is_redacted &&
	    narc_archive_tombstone(history->archive, record->row, &state->tombstone, NULL) !=
		    NARC_OK)
		state->tombstone.reason = "";
	return EXIT_DONE;
}

/* ---- collecting --------------------------------------------------------------------------- */

static enum exit_status open_cursor(const struct history *history, bool all_versions,
				    narc_cursor **cursor)
{
	struct narc_filter filter;
	struct narc_error error;

	narc_filter_init(&filter);
	filter.all_versions = all_versions;
	filter.with_redacted = all_versions;
	if (narc_cursor_open(history->archive, &filter, cursor, &error) == NARC_OK)
		return EXIT_DONE;
	return report_error(history->name, &error);
}

/* A path stands for the infoCode that its last state has: so the states under other paths are
 * shown too. */
static enum narc_status find_key(narc_cursor *cursor, const char *key, struct narc_error *error)
{
	const struct narc_record *record;
	char code[256] = "";
	enum narc_status status = narc_cursor_find(cursor, key, error);

	while (status == NARC_OK &&
	       (status = narc_cursor_next(cursor, &record, error)) == NARC_OK)
		snprintf(code, sizeof(code), "%s", record->info_code);
	if (status != NARC_END)
		return status;
	return *code ? narc_cursor_find_code(cursor, code, error)
		     : narc_cursor_find(cursor, key, error);
}

static enum exit_status collect(struct history *history)
{
	const struct narc_record *record;
	narc_cursor *cursor = NULL;
	struct narc_error error;
	enum narc_status found;
	enum exit_status status = open_cursor(history, true, &cursor);

	if (status != EXIT_DONE)
		return status;
	found = find_key(cursor, history->key, &error);
	while (found == NARC_OK && status == EXIT_DONE) {
		found = narc_cursor_next(cursor, &record, &error);
		if (found == NARC_OK)
			status = add_state(history, record);
	}
	if (found != NARC_OK && found != NARC_END)
		status = report_error(history->name, &error);
	narc_cursor_close(cursor);
	return status;
}

/* Marks the states that are current. */
static enum exit_status mark_current(struct history *history)
{
	const struct narc_record *record;
	narc_cursor *cursor = NULL;
	struct narc_error error;
	enum exit_status status = open_cursor(history, false, &cursor);

	for (size_t i = 0; i < history->count && status == EXIT_DONE; i++) {
		struct state *state = &history->states[i];
		enum narc_status found =
			narc_cursor_find_path(cursor, state->record.path, &error);

		if (found == NARC_OK)
			found = narc_cursor_next(cursor, &record, &error);
		if (found == NARC_OK)
			state->is_current = record->row == state->record.row;
		else if (found != NARC_NOT_FOUND)
			status = report_error(history->name, &error);
	}
	narc_cursor_close(cursor);
	return status;
}

/* ---- printing ----------------------------------------------------------------------------- */

static const char *format_day(int64_t time, char text[DATE_TEXT_SIZE])
{
	time_t seconds = (time_t)time;
	struct tm day;

	if (!localtime_r(&seconds, &day) || strftime(text, DATE_TEXT_SIZE, "%Y-%m-%d", &day) == 0)
		strcpy(text, "-");
	return text;
}

static void print_plain(const struct state *state)
{
	const struct narc_record *record = &state->record;
	char archived[DATE_TEXT_SIZE], date[DATE_TEXT_SIZE];

	printf("%c %3lu  %4lu %s  %s %8llu %016llx ", state->is_current ? '*' : ' ',
	       (unsigned long)record->version, (unsigned long)record->generation,
	       format_day(state->archived, archived), format_short_date(record->local_time, date),
	       (unsigned long long)record->size, (unsigned long long)record->hash);
	print_string(stdout, record->path);
	if (record->is_redacted) {
		printf(" (redacted %s: ", format_day(state->tombstone.time, archived));
		print_string(stdout, state->tombstone.reason);
		putchar(')');
	}
	putchar('\n');
}

static void put_redaction(struct json_line *line, const struct state *state)
{
	const struct narc_tombstone *tombstone = &state->tombstone;
	char date[DATE_TEXT_SIZE];
	char digest[2 * sizeof(tombstone->sha256) + 1];

	if (!state->record.is_redacted) {
		json_put(line, ",\"redacted\":null}\n");
		return;
	}
	for (size_t i = 0; i < sizeof(tombstone->sha256); i++)
		snprintf(digest + 2 * i, 3, "%02x", tombstone->sha256[i]);
	json_field_string(line, ",\"redacted\":{\"time\":", format_date(tombstone->time, 0, date));
	json_field_string(line, ",\"reason\":", tombstone->reason);
	json_field_string(line, ",\"sha256\":", digest);
	json_put(line, "}}\n");
}

static void print_json(const struct state *state)
{
	struct json_line line = { .out = stdout };
	const struct narc_record *record = &state->record;
	char date[DATE_TEXT_SIZE];

	json_field_number(&line, "{\"version\":", record->version);
	json_field_number(&line, ",\"generation\":", record->generation);
	json_field_string(&line, ",\"archived\":", format_date(state->archived, 0, date));
	json_field_string(&line, ",\"date\":",
		   format_date(record->local_time, record->zone_minutes, date));
	json_field_string(&line, ",\"path\":", record->path);
	json_field_number(&line, ",\"size\":", record->size);
	json_put(&line, ",\"hash\":\"");
	json_put_digits(&line, record->hash, 4, 16);
	json_put(&line, state->is_current ? "\",\"current\":true" : "\",\"current\":false");
	put_redaction(&line, state);
	json_end(&line);
}

/* Points the cursor at the record of a state. */
static enum narc_status find_state(narc_cursor *cursor, const struct state *state,
				   struct narc_error *error)
{
	const struct narc_record *record;
	enum narc_status status = narc_cursor_find_path(cursor, state->record.path, error);

	do {
		if (status == NARC_OK)
			status = narc_cursor_next(cursor, &record, error);
	} while (status == NARC_OK && record->row != state->record.row);
	return status;
}

static enum exit_status fill_side(struct history *history, narc_cursor *cursor,
				  const struct state *state, struct diff_side *side)
{
	struct narc_error error;

	if (find_state(cursor, state, &error) != NARC_OK)
		return report_error(history->name, &error);
	return diff_side_fill(side, cursor, history->name);
}

/* A label as print_string would show it, with version and generation. */
static void format_label(const struct state *state, char *label, size_t size)
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
				   const struct state *before, const struct state *after)
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
		status = run_diff(&old, &new);
	diff_side_close(&old);
	diff_side_close(&new);
	return status;
}

static enum exit_status print_diffs(struct history *history)
{
	narc_cursor *cursor = NULL;
	enum exit_status status = open_cursor(history, true, &cursor);

	for (size_t i = 1; i < history->count && status == EXIT_DONE; i++)
		if (history->states[i].record.version != history->states[i - 1].record.version &&
		    !history->states[i].record.is_redacted &&
		    !history->states[i - 1].record.is_redacted)
			status = print_diff(history, cursor, &history->states[i - 1],
					    &history->states[i]);
	narc_cursor_close(cursor);
	return status;
}

static enum exit_status run(struct history *history)
{
	enum exit_status status = collect(history);

	if (status == EXIT_DONE)
		status = mark_current(history);
	for (size_t i = 0; i < history->count && status == EXIT_DONE && !history->diff; i++)
		(history->json ? print_json : print_plain)(&history->states[i]);
	if (status == EXIT_DONE && history->diff)
		status = print_diffs(history);
	return status;
}

int command_history(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, OPTION_JSON },
		{ "diff", no_argument, NULL, OPTION_DIFF },
		LIMIT_OPTIONS,
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct history history = { .name = NULL };
	struct narc_limits limits = { 0 };
	enum exit_status status = EXIT_DONE;
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
	history_free(&history);
	narc_archive_close(history.archive);
	return finish_output(status);
}
