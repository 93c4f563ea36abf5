/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include <unistd.h>

#include "command.h"

static const char usage[] =
	"usage: narc extract [options] ARCHIVE [KEY...]\n\n"
	"Writes entries as files, with their times and permissions. A KEY is an infoCode,\n"
	"which means every entry that has it, or a stored path.\n\n"
	"  -p, --stdout      print the content instead; of a KEY, only its newest entry\n"
	"  -C DIR            write below DIR, which is made if need be\n"
	"  --version N       version N of each KEY, with the path that it had last\n"
	"  --keep-set-id     give files their set-user-ID, set-group-ID and sticky bits,\n"
	"                    which are left out otherwise\n"
	KEEP_GOING_USAGE
	"  --threads N       0: one a processor\n" PROGRESS_USAGE "\n" FILTER_USAGE "\n" LIMIT_USAGE;

enum { OPTION_VERSION = OPTION_OWN, OPTION_KEEP_SET_ID, OPTION_KEEP_GOING };

struct extract_options {
	const char *folder;
	bool to_stdout;
	bool keep_set_id;
	bool keep_going;
	unsigned threads;
	struct narc_limits limits;
	struct selection selection;
};

/* Where entries go. */
struct extraction {
	const char *name; /* of the archive */
	narc_archive *archive;
	const struct extract_options *options;
	narc_cursor *cursor;
	narc_folder *folder; /* NULL: standard output */
	bool to_terminal;
	enum exit_status status;
	uint64_t delivered;
	uint64_t failed;
};

static bool write_stdout(void *context, const void *data, size_t size)
{
	const struct extraction *extraction = context;

	/* A post is not to steer the terminal that shows it. */
	if (extraction->to_terminal)
		print_lines(stdout, data, size);
	else
		fwrite(data, 1, size, stdout);
	return !ferror(stdout);
}

static void note_failure(struct extraction *extraction, const struct narc_error *error)
{
	enum exit_status status = report_error(extraction->name, error);

	extraction->failed++;
	if (status > extraction->status)
		extraction->status = status;
}

/* Delivers the record that the cursor is at; false if nothing more can be delivered. */
static bool deliver(struct extraction *extraction)
{
	struct narc_error error;
	enum narc_status status =
		extraction->folder
			? narc_folder_write(extraction->folder, extraction->cursor, &error)
			: narc_cursor_stream(extraction->cursor, write_stdout, extraction, &error);

	if (status == NARC_OK) {
		extraction->delivered++;
		return true;
	}
	if (status == NARC_CANCELLED)
		return false; /* standard output: told at the end */
	note_failure(extraction, &error);
	return status != NARC_NOMEM && !ends_output(&error);
}

/* Delivers all that the cursor gives from here on. */
static bool deliver_all(struct extraction *extraction)
{
	const struct narc_record *record;
	struct narc_error error;
	enum narc_status status;

	while ((status = narc_cursor_next(extraction->cursor, &record, &error)) != NARC_END) {
		if (status == NARC_OK) {
			if (!deliver(extraction))
				return false;
			continue;
		}
		note_failure(extraction, &error);
		if (status == NARC_IO || status == NARC_NOMEM)
			return false;
	}
	return true;
}

/* Delivers the newest record of the key that was found. */
static bool deliver_newest(struct extraction *extraction)
{
	const struct narc_record *record;
	struct narc_error error;
	enum narc_status status = go_to_newest(extraction->cursor, &record, &error);

	if (status == NARC_OK)
		return deliver(extraction);
	note_failure(extraction, &error);
	return status != NARC_IO && status != NARC_NOMEM;
}

static bool extract_key(struct extraction *extraction, const char *key)
{
	struct narc_error error;
	enum narc_status status = narc_cursor_find(extraction->cursor, key, &error);

	/* A version may have had several paths, one after the other. */
	if (status == NARC_OK)
		return extraction->folder && !extraction->options->selection.filter.version
			       ? deliver_all(extraction)
			       : deliver_newest(extraction);
	note_failure(extraction, &error);
	return status != NARC_IO && status != NARC_NOMEM;
}

static bool note_unwritten(void *context, const struct narc_error *failure)
{
	note_failure(context, failure);
	return !ends_output(failure);
}

static void note_alike(void *context, const char *path, const char *other)
{
	const struct extraction *extraction = context;

	report("%s: %s: only case or Unicode form makes it another name than %s: not every file "
	       "system keeps both",
	       extraction->name, path, other);
}

static void write_all(struct extraction *extraction)
{
	const struct narc_extract_options options = { .threads = extraction->options->threads,
						      .failed = note_unwritten,
						      .context = extraction,
						      .alike = note_alike,
						      .temporary_folder =
							      extraction->options->folder,
						      .progress =
							      show_progress(extraction->name) };
	struct narc_extract_result result;
	struct narc_error error;
	enum narc_status status =
		narc_folder_write_all(extraction->folder, extraction->archive,
				      &extraction->options->selection.filter, &options, &result, &error);

	if (status == NARC_OK)
		extraction->delivered = result.written;
	else if (status != NARC_CANCELLED) /* what made it stop was told */
		note_failure(extraction, &error);
}

static void extract_keys(struct extraction *extraction, char **keys, int key_count)
{
	bool more = true;

	for (int i = 0; i < key_count && more; i++)
		more = extract_key(extraction, keys[i]);
}

static void extract_all(struct extraction *extraction)
{
	if (extraction->folder) {
		write_all(extraction);
	} else {
		narc_cursor_read_ahead(extraction->cursor, extraction->options->threads);
		deliver_all(extraction);
	}
	if (extraction->options->selection.is_given && !extraction->delivered &&
	    extraction->status == EXIT_DONE) {
		report("%s: no entry is like that (\"narc list\" shows what there is)",
		       extraction->name);
		extraction->status = EXIT_MISSING;
	}
}

/* With the failures told before, says how it ended. */
static void conclude(const struct extraction *extraction)
{
	if (extraction->failed)
		report("%s: %llu entries were extracted; %llu times something could not be read, as told "
		       "above",
		       extraction->name, (unsigned long long)extraction->delivered,
		       (unsigned long long)extraction->failed);
}

static enum exit_status run(const char *name, struct extract_options *options, char **keys,
			    int key_count)
{
	struct extraction extraction = { .name = name, .options = options,
					 .to_terminal = isatty(STDOUT_FILENO) };
	struct narc_error error;

	extraction.archive = open_to_read(name, &options->limits, options->keep_going,
					  &extraction.status);
	if (!extraction.archive)
		return extraction.status;
	extraction.status = settle_selection(&options->selection, name, extraction.archive);
	if (extraction.status != EXIT_DONE)
		goto done;
	if (narc_cursor_open(extraction.archive, &options->selection.filter, &extraction.cursor, &error) !=
	    NARC_OK)
		extraction.status = report_error(name, &error);
	else if (!options->to_stdout &&
		 narc_folder_open(options->folder, &extraction.folder, &error) != NARC_OK)
		extraction.status = report_error(options->folder, &error);
	if (extraction.status != EXIT_DONE)
		goto done;
	if (extraction.folder && options->keep_set_id)
		narc_folder_keep_set_id(extraction.folder);
	if (key_count)
		extract_keys(&extraction, keys, key_count);
	else
		extract_all(&extraction);
	if (options->keep_going)
		conclude(&extraction);
	if (extraction.status == EXIT_DONE && narc_archive_opening_error(extraction.archive))
		extraction.status = EXIT_MISSING;
done:
	narc_folder_close(extraction.folder);
	narc_cursor_close(extraction.cursor);
	narc_archive_close(extraction.archive);
	return extraction.status;
}

int command_extract(int argc, char **argv)
{
	static const struct option options[] = {
		FILTER_OPTIONS,
		{ "stdout", no_argument, NULL, 'p' },
		{ "directory", required_argument, NULL, 'C' },
		{ "version", required_argument, NULL, OPTION_VERSION },
		{ "keep-set-id", no_argument, NULL, OPTION_KEEP_SET_ID },
		LIMIT_OPTIONS,
		{ "keep-going", no_argument, NULL, OPTION_KEEP_GOING },
		THREADS_OPTION,
		PROGRESS_OPTIONS,
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct extract_options chosen = { .folder = NULL };
	int option;

	selection_init(&chosen.selection);
	while ((option = getopt_long(argc, argv, ":pC:", options, NULL)) != -1) {
		bool taken;
		enum exit_status status = take_filter_option(option, optarg, &chosen.selection,
							     &taken);

		if (!taken)
			status = take_limit_option(option, optarg, &chosen.limits, &taken);
		if (taken || take_progress_option(option))
			; /* and done with */
		else if (option == OPTION_VERSION)
			status = take_version(optarg, &chosen.selection.filter.version);
		else if (option == OPTION_KEEP_GOING)
			chosen.keep_going = true;
		else if (option == OPTION_THREADS)
			status = take_threads(optarg, &chosen.threads);
		else if (option == OPTION_KEEP_SET_ID)
			chosen.keep_set_id = true;
		else if (option == 'p')
			chosen.to_stdout = true;
		else if (option == 'C')
			chosen.folder = optarg;
		else
			return show_usage(option, argv, usage);
		if (status != EXIT_DONE)
			return status;
	}
	if (argc == optind)
		return wrong_operands(argv[0], "an archive and keys");
	if (chosen.folder && chosen.to_stdout) {
		report("extract: -p and -C exclude each other");
		return EXIT_USAGE;
	}
	if (chosen.selection.filter.version && argc - optind == 1) {
		report("extract: --version is of a KEY, which is missing");
		return EXIT_USAGE;
	}
	if (!chosen.folder)
		chosen.folder = ".";
	return finish_output(run(argv[optind], &chosen, argv + optind + 1, argc - optind - 1));
}
