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
	"  --reason TEXT     is kept in the tombstone\n"
	"  --keep-versions   take out only what is current\n"
	"  --level N         zstd's level for what has to be compressed anew\n"
	"  --temp-dir DIR    for temporary files, instead of ARCHIVE's folder\n" PROGRESS_USAGE;

enum { OPTION_REASON = OPTION_OWN, OPTION_KEEP_VERSIONS, OPTION_LEVEL, OPTION_TEMP_DIR };

static void note_kept(void *context, enum narc_notice_kind kind, const char *path,
		      const char *text)
{
	(void)context;
	(void)kind;
	report("%s: %s", path, text);
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
		{ "level", required_argument, NULL, OPTION_LEVEL },
		{ "temp-dir", required_argument, NULL, OPTION_TEMP_DIR },
		PROGRESS_OPTIONS,
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct narc_redact_options chosen;
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
		else if (option == OPTION_LEVEL)
			status = take_level(optarg, &chosen.level);
		else if (option == OPTION_TEMP_DIR)
			chosen.temporary_folder = optarg;
		else if (!take_progress_option(option))
			return show_usage(option, argv, usage);
		if (status != EXIT_DONE)
			return status;
	}
	if (argc - optind < 2)
		return wrong_operands(argv[0], "an archive and keys");
	if (!chosen.reason) {
		report("redact: --reason is missing: it says in the archive why something is gone");
		return EXIT_USAGE;
	}
	status = refuse_set(argv[0], argv[optind]);
	if (status == EXIT_DONE)
		status = refuse_remote(argv[0], argv[optind]);
	if (status == EXIT_DONE)
		status = refuse_volume(argv[optind]);
	if (status == EXIT_DONE)
		status = take_epoch(&chosen.time);
	if (status != EXIT_DONE)
		return status;
	chosen.progress = show_progress(argv[optind]);
	chosen.keys = (const char *const *)argv + optind + 1;
	chosen.key_count = (size_t)(argc - optind - 1);
	return run(argv[optind], &chosen);
}
