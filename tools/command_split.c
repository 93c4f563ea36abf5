/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "fail.h"
#include "output.h"
#include "remote.h"

static const char usage[] =
	"usage: narc split --by year|month [options] DIR ARCHIVE\n\n"
	"Makes an archive for each year or month of ARCHIVE's entries, as DIR/2022.narc\n"
	"or DIR/2022-01.narc. The versions of a post stay together, where the last is.\n"
	"Only blocks that have to be divided are compressed anew. As s3://BUCKET/PREFIX,\n"
	"DIR is in a store.\n\n"
	"  --by year|month   which of them\n"
	"  --force           replace what exists\n"
	"  --temp-dir DIR    for temporary files, instead of DIR\n" PROGRESS_USAGE;

enum { OPTION_BY = OPTION_OWN, OPTION_FORCE, OPTION_TEMP_DIR };

struct split_target {
	const char *folder; /* or s3://BUCKET/PREFIX */
	const char *temporary_folder;
	bool force;
};

static enum narc_status make_sink(void *context, const char *name, struct narc_sink *sink,
				  struct narc_error *error)
{
	const struct split_target *target = context;
	size_t size = strlen(target->folder) + strlen(name) + sizeof("/.narc");
	char *path = malloc(size);
	enum narc_status status;

	if (!path)
		return fail_memory(error);
	snprintf(path, size, "%s/%s.narc", target->folder, name);
	status = make_output(path, target->force, target->temporary_folder, sink, error);
	free(path);
	return status;
}

static enum exit_status run(const char *name, const struct split_target *target,
			    const struct narc_split_options *options)
{
	enum exit_status status = EXIT_DONE;
	struct narc_error error;
	narc_archive *archive;
	bool is_here = !is_remote(target->folder);
	bool is_new = is_here && mkdir(target->folder, 0777) == 0;

	if (is_here && !is_new && errno != EEXIST) {
		report("%s: cannot make the folder: %s", target->folder, strerror(errno));
		return EXIT_SYSTEM;
	}
	archive = open_archive(name, &status);
	if (archive && narc_archive_split(archive, options, &error) != NARC_OK)
		status = report_error(name, &error);
	narc_archive_close(archive);
	/* Does nothing if there are parts in it. */
	if (status != EXIT_DONE && is_new)
		rmdir(target->folder);
	return status;
}

int command_split(int argc, char **argv)
{
	static const struct option options[] = {
		{ "by", required_argument, NULL, OPTION_BY },
		{ "force", no_argument, NULL, OPTION_FORCE },
		{ "temp-dir", required_argument, NULL, OPTION_TEMP_DIR },
		PROGRESS_OPTIONS,
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct split_target target = { .folder = NULL };
	struct narc_split_options chosen;
	bool has_period = false;
	int option;

	narc_split_options_init(&chosen);
	chosen.temporary_folder = NULL;
	chosen.make_sink = make_sink;
	chosen.context = &target;
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		enum exit_status status = EXIT_DONE;

		if (option == OPTION_BY)
			status = take_period(optarg, &chosen.period);
		else if (option == OPTION_FORCE)
			target.force = true;
		else if (option == OPTION_TEMP_DIR)
			chosen.temporary_folder = optarg;
		else if (!take_progress_option(option))
			return show_usage(option, argv, usage);
		if (status != EXIT_DONE)
			return status;
		has_period |= option == OPTION_BY;
	}
	if (argc - optind != 2)
		return wrong_operands(argv[0], "a folder and an archive");
	if (!has_period) {
		report("split: give --by year or --by month");
		return EXIT_USAGE;
	}
	target.folder = argv[optind];
	if (!chosen.temporary_folder)
		chosen.temporary_folder =
			is_remote(target.folder) ? standard_folder() : target.folder;
	target.temporary_folder = chosen.temporary_folder;
	chosen.progress = show_progress(argv[optind + 1]);
	return run(argv[optind + 1], &target, &chosen);
}
