/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "command.h"

static const char usage[] =
	"usage: narc verify [options] ARCHIVE\n\n"
	"Reads every byte of the archive and checks it: structure, index, and the hash of\n"
	"every content. Names each damage. Exit status 1 if there is any.\n\n"
	"  --quick           structure and index only\n"
	"  --threads N       0: one a processor\n\n" LIMIT_USAGE;

enum { OPTION_QUICK = OPTION_OWN };

static bool note_damage(void *context, const struct narc_error *damage)
{
	report_damage(context, damage);
	return true;
}

static enum exit_status verify(const char *name, bool quick, unsigned threads,
			       const struct narc_limits *limits)
{
	/* The callback only prints the name. */
	struct narc_verify_options options = { .quick = quick, .threads = threads,
					       .report = note_damage,
					       .context = (void *)(uintptr_t)name,
					       .temporary_folder = getenv("TMPDIR") };
	struct narc_verify_result result;
	struct narc_error error;
	struct narc_info info;
	enum exit_status status = EXIT_DONE;
	char size[SIZE_TEXT_SIZE];
	narc_archive *archive = open_archive_within(name, limits, &status);

	if (!archive)
		return status;
	if (narc_archive_verify(archive, &options, &result, &error) != NARC_OK) {
		status = report_error(name, &error);
	} else if (result.damages) {
		report("%s: damaged in %llu places; %llu entries were looked at", name,
		       (unsigned long long)result.damages,
		       (unsigned long long)result.rows_checked);
		status = EXIT_MISSING;
	} else {
		print_string(stdout, name);
		printf(": good; %llu entries", (unsigned long long)result.rows_checked);
		if (quick)
			puts(", index only");
		else
			printf(", %s\n", format_size(result.bytes_checked, size));
	}
	if (status == EXIT_DONE && narc_archive_info(archive, &info, &error) == NARC_OK &&
	    info.trailing_size)
		report("%s: behind its end at byte %llu stand %llu bytes that do not belong to it: "
		       "something was not finished there; they do no harm",
		       name, (unsigned long long)info.file_size,
		       (unsigned long long)info.trailing_size);
	narc_archive_close(archive);
	return status;
}

int command_verify(int argc, char **argv)
{
	static const struct option options[] = {
		{ "quick", no_argument, NULL, OPTION_QUICK },
		LIMIT_OPTIONS,
		THREADS_OPTION,
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct narc_limits limits = { 0 };
	bool quick = false;
	unsigned threads = 0;
	enum exit_status status = EXIT_DONE;
	int option;

	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		bool taken;

		status = take_limit_option(option, optarg, &limits, &taken);
		if (taken)
			; /* and done with */
		else if (option == OPTION_QUICK)
			quick = true;
		else if (option == OPTION_THREADS)
			status = take_threads(optarg, &threads);
		else
			return show_usage(option, argv, usage);
		if (status != EXIT_DONE)
			return status;
	}
	if (argc - optind != 1)
		return wrong_operands(argv[0], "one archive");
	return finish_output(verify(argv[optind], quick, threads, &limits));
}
