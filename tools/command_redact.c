/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "remote.h"
#include "store.h"
#include "translate.h"

static const char usage[] =
	"usage: narc redact --reason TEXT [options] ARCHIVE KEY...\n\n"
	"Takes contents out of ARCHIVE for good, with all their traces, and leaves\n"
	"tombstones. A KEY is an infoCode, which means every entry and version that has\n"
	"it, or a stored path, which means that entry and its versions. ARCHIVE is\n"
	"written anew, and replaced when that is done.\n\n"
	"Of a set, which may be in a store, the volumes that have it are written anew.\n"
	"All files that are of the set no more are removed, also those that were joined\n"
	"before: who has opened it before finds them missing. If that was interrupted,\n"
	"the same call finishes it.\n\n"
	"  --reason TEXT     is kept in the tombstone\n"
	"  --keep-versions   take out only what is current\n"
	"  --grace SECONDS   of a set: how long such files stay, with what is redacted; 0\n"
	"  --level N         zstd's level for what has to be compressed anew\n"
	"  --temp-dir DIR    for temporary files, instead of ARCHIVE's folder\n" PROGRESS_USAGE;

enum {
	OPTION_REASON = OPTION_OWN,
	OPTION_KEEP_VERSIONS,
	OPTION_GRACE,
	OPTION_LEVEL,
	OPTION_TEMP_DIR
};

/* A narc_notice_fn, of the archive that context names. */
static void note_kept(void *context, enum narc_notice_kind kind, const char *path,
		      const char *text)
{
	char *file = kind == NARC_NOTICE_LEFT ? file_of_set(context, path) : NULL;

	report("%s: %s", file ? file : path, text);
	free(file);
}

static void tell_result(const char *name, const struct narc_redact_result *result)
{
	clear_progress();
	if (!wants_summary())
		return;
	print_string(stderr, name);
	fputs(": ", stderr);
	fprintf(stderr,
		_("%llu contents redacted; %llu of %llu blocks compressed anew, %llu bytes of "
		  "dictionaries overwritten"),
		(unsigned long long)result->rows, (unsigned long long)result->recompressed,
		(unsigned long long)result->blocks, (unsigned long long)result->scrubbed_size);
	putc('\n', stderr);
}

static enum exit_status redact(const char *name, narc_archive *archive,
			       const struct narc_redact_options *options)
{
	struct narc_redact_result result;
	struct narc_error error;
	struct narc_sink sink;

	if (narc_file_sink(name, true, &sink, &error) != NARC_OK ||
	    narc_archive_redact(archive, options, sink, &result, &error) != NARC_OK)
		return report_error(name, &error);
	tell_result(name, &result);
	return EXIT_DONE;
}

/* Holds the lock against other writers until the new archive has the name. */
static enum exit_status run(const char *name, struct narc_redact_options *options)
{
	char *folder = folder_of(name);
	enum exit_status status = EXIT_DONE;
	struct narc_error error;
	struct narc_sink lock;
	narc_archive *archive;

	if (!folder) {
		report("out of memory");
		return EXIT_SYSTEM;
	}
	if (!options->temporary_folder)
		options->temporary_folder = folder;
	if (narc_append_sink(name, &lock, &error) != NARC_OK) {
		status = report_error(name, &error);
	} else {
		archive = open_archive(name, &status);
		if (archive)
			status = redact(name, archive, options);
		narc_archive_close(archive);
		lock.ops->close(lock.context);
	}
	free(folder);
	return status;
}

static void tell_set_result(const char *name, const struct narc_redact_result *result)
{
	tell_result(name, result);
	if (wants_summary())
		report("%s: %llu volumes were written anew; %llu files were removed, %llu will be "
		       "later",
		       name, (unsigned long long)result->volumes,
		       (unsigned long long)result->removed, (unsigned long long)result->waiting);
}

/* What was begun may have come so far that the set has it no more, but files do. */
static enum exit_status report_set_error(const char *name, const struct narc_error *error)
{
	enum exit_status status = report_error(name, error);

	if (status == EXIT_SYSTEM)
		report("%s: files that have what is to be redacted may be left: do the same again "
		       "when that is mended, which finishes it",
		       name);
	return status;
}

/* Nobody is locked out: what others do meanwhile is seen to. */
static enum exit_status run_set(const char *name, struct narc_redact_options *options)
{
	struct narc_redact_result result;
	struct narc_store store;
	struct narc_error error;
	enum exit_status status = open_store_to_write(name, false, &store);

	if (status != EXIT_DONE)
		return status;
	if (!options->temporary_folder)
		options->temporary_folder = folder_of_set(name);
	if (narc_set_redact(store, options, &result, &error) == NARC_OK)
		tell_set_result(name, &result);
	else
		status = report_set_error(name, &error);
	store.ops->close(store.context);
	return status;
}

static enum exit_status take_level(const char *value, int *level)
{
	long number;

	if (!parse_number(value, 1, 22, &number)) {
		report("--level: \"%s\" is not a number from 1 to 22", value);
		return EXIT_USAGE;
	}
	*level = (int)number;
	return EXIT_DONE;
}

int command_redact(int argc, char **argv)
{
	static const struct option options[] = {
		{ "reason", required_argument, NULL, OPTION_REASON },
		{ "keep-versions", no_argument, NULL, OPTION_KEEP_VERSIONS },
		{ "grace", required_argument, NULL, OPTION_GRACE },
		{ "level", required_argument, NULL, OPTION_LEVEL },
		{ "temp-dir", required_argument, NULL, OPTION_TEMP_DIR },
		PROGRESS_OPTIONS,
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct narc_redact_options chosen;
	bool is_for_sets = false;
	enum exit_status status;
	int option;

	narc_redact_options_init(&chosen);
	chosen.reason = NULL;
	chosen.temporary_folder = NULL;
	chosen.notice = note_kept;
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		status = EXIT_DONE;
		if (option == OPTION_REASON)
			chosen.reason = optarg;
		else if (option == OPTION_KEEP_VERSIONS)
			chosen.keep_versions = true;
		else if (option == OPTION_GRACE)
			status = take_grace(optarg, &chosen.grace);
		else if (option == OPTION_LEVEL)
			status = take_level(optarg, &chosen.level);
		else if (option == OPTION_TEMP_DIR)
			chosen.temporary_folder = optarg;
		else if (!take_progress_option(option))
			return show_usage(option, argv, usage);
		if (status != EXIT_DONE)
			return status;
		is_for_sets |= option == OPTION_GRACE;
	}
	if (argc - optind < 2)
		return wrong_operands(argv[0], "an archive and keys");
	if (!chosen.reason) {
		report("redact: --reason is missing: it says in the archive why something is gone");
		return EXIT_USAGE;
	}
	status = take_epoch(&chosen.time);
	if (status != EXIT_DONE)
		return status;
	chosen.notice_context = argv[optind];
	chosen.progress = show_progress(argv[optind]);
	chosen.keys = (const char *const *)argv + optind + 1;
	chosen.key_count = (size_t)(argc - optind - 1);
	if (names_set(argv[optind]))
		return run_set(argv[optind], &chosen);
	if (is_for_sets) {
		report("redact: --grace is for sets, which are folders");
		return EXIT_USAGE;
	}
	status = refuse_remote(argv[0], argv[optind]);
	if (status == EXIT_DONE)
		status = refuse_volume(argv[optind]);
	return status == EXIT_DONE ? run(argv[optind], &chosen) : status;
}
