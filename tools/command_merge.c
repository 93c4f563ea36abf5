/* SPDX-License-Identifier: BSD-2-Clause */
/* narc merge, and narc compact, which is a merge of one archive into its own place. */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "output.h"
#include "remote.h"
#include "store.h"

static const char merge_usage[] =
	"usage: narc merge [options] ARCHIVE FROM...\n\n"
	"Makes ARCHIVE of the entries of all FROM archives, with all their versions.\n"
	"Generations are numbered by the time at which they were written. Nothing is\n"
	"compressed anew. As s3://BUCKET/KEY, ARCHIVE is an object in a store.\n\n"
	"  --force           replace ARCHIVE if it exists\n"
	"  --temp-dir DIR    for temporary files, instead of ARCHIVE's folder\n" PROGRESS_USAGE;

static const char compact_usage[] =
	"usage: narc compact [options] ARCHIVE\n\n"
	"Writes ARCHIVE anew with one index over all generations, and without those that\n"
	"newer ones took the place of. Nothing is lost, and nothing compressed anew.\n"
	"Of a set, it joins small volumes that follow each other, and removes the files\n"
	"of those that were joined before.\n\n"
	"  --size SIZE       of a set: what joined volumes have at most, as 64M or 2G;\n"
	"                    256M, or a 4096th of the set if that is more\n"
	"  --grace SECONDS   of a set: how long files stay that it has joined; 3600\n"
	"  --temp-dir DIR    for temporary files, instead of ARCHIVE's folder\n" PROGRESS_USAGE;

enum { OPTION_FORCE = OPTION_OWN, OPTION_TEMP_DIR, OPTION_SIZE, OPTION_GRACE };

/* What an error is of: one of the archives that are merged, or what is made of them. */
static const char *name_of_failed(char **names, int count, const char *target,
				  const struct narc_error *error)
{
	for (int i = 0; i < count; i++)
		if (strcmp(error->path, names[i]) == 0)
			return names[i];
	return target;
}

static enum exit_status merge(char **names, narc_archive **archives, int count, const char *target,
			      bool force, const char *temporary_folder)
{
	struct narc_merge_options options;
	char *folder = folder_of(target);
	enum exit_status status;
	struct narc_error error;
	struct narc_sink sink;

	if (!folder) {
		report("out of memory");
		return EXIT_SYSTEM;
	}
	narc_merge_options_init(&options);
	options.temporary_folder = temporary_folder ? temporary_folder : folder;
	options.names = (const char *const *)names;
	options.progress = show_progress(target);
	status = open_output(target, force, options.temporary_folder, &sink);
	if (status == EXIT_DONE &&
	    narc_archives_merge(archives, (size_t)count, &options, sink, &error) != NARC_OK)
		status = report_error(name_of_failed(names, count, target, &error), &error);
	free(folder);
	return status;
}

static bool is_among(char **names, int count, const char *target)
{
	for (int i = 0; i < count; i++)
		if (is_same_file(names[i], target))
			return true;
	return false;
}

static enum exit_status merge_named(char **names, int count, const char *target, bool force,
				    const char *temporary_folder)
{
	narc_archive **archives = calloc((size_t)count, sizeof(*archives));
	enum exit_status status = EXIT_DONE;

	if (!archives) {
		report("out of memory");
		return EXIT_SYSTEM;
	}
	for (int i = 0; i < count && status == EXIT_DONE; i++)
		archives[i] = open_archive(names[i], &status);
	if (status == EXIT_DONE)
		status = merge(names, archives, count, target, force, temporary_folder);
	for (int i = 0; i < count; i++)
		narc_archive_close(archives[i]);
	free(archives);
	return status;
}

/* Merges archives into the place of one of them, to which nobody appends in the meantime. */
static enum exit_status merge_in_place(char **names, int count, const char *target,
				       const char *temporary_folder)
{
	enum exit_status status;
	struct narc_error error;
	struct narc_sink lock;

	if (narc_append_sink(target, &lock, &error) != NARC_OK)
		return report_error(target, &error);
	status = merge_named(names, count, target, true, temporary_folder);
	lock.ops->close(lock.context);
	return status;
}

int command_merge(int argc, char **argv)
{
	static const struct option options[] = {
		{ "force", no_argument, NULL, OPTION_FORCE },
		{ "temp-dir", required_argument, NULL, OPTION_TEMP_DIR },
		PROGRESS_OPTIONS,
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	const char *temporary_folder = NULL;
	bool force = false;
	int option;

	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option == OPTION_FORCE)
			force = true;
		else if (option == OPTION_TEMP_DIR)
			temporary_folder = optarg;
		else if (!take_progress_option(option))
			return show_usage(option, argv, merge_usage);
	}
	if (argc - optind < 2)
		return wrong_operands(argv[0], "an archive to be made, and archives");
	if (force && is_among(argv + optind + 1, argc - optind - 1, argv[optind]))
		return merge_in_place(argv + optind + 1, argc - optind - 1, argv[optind],
				      temporary_folder);
	return merge_named(argv + optind + 1, argc - optind - 1, argv[optind], force,
			   temporary_folder);
}

static enum exit_status compact_set(const char *name, struct narc_compact_options *options)
{
	struct narc_compact_result result;
	struct narc_store store;
	struct narc_error error;
	enum exit_status status = open_store_to_write(name, false, &store);

	if (status != EXIT_DONE)
		return status;
	if (!options->temporary_folder)
		options->temporary_folder = folder_of_set(name);
	options->progress = show_progress(name);
	if (narc_set_compact(store, options, &result, &error) != NARC_OK) {
		status = report_error(name, &error);
	} else if (wants_summary()) {
		clear_progress();
		report("%s: %llu volumes were joined into %llu; %llu files were removed, %llu will be "
		       "later",
		       name, (unsigned long long)result.joined, (unsigned long long)result.written,
		       (unsigned long long)result.removed, (unsigned long long)result.waiting);
	}
	store.ops->close(store.context);
	return status;
}

static enum exit_status take_compact_option(int option, const char *value,
					    struct narc_compact_options *options)
{
	if (option == OPTION_GRACE)
		return take_grace(value, &options->grace);
	if (parse_size(value, &options->size) && options->size)
		return EXIT_DONE;
	report("--size: \"%s\" is not a size such as 64M or 2G", value);
	return EXIT_USAGE;
}

int command_compact(int argc, char **argv)
{
	static const struct option options[] = {
		{ "size", required_argument, NULL, OPTION_SIZE },
		{ "grace", required_argument, NULL, OPTION_GRACE },
		{ "temp-dir", required_argument, NULL, OPTION_TEMP_DIR },
		PROGRESS_OPTIONS,
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct narc_compact_options compact;
	enum exit_status status = EXIT_DONE;
	bool is_for_sets = false;
	int option;

	narc_compact_options_init(&compact);
	compact.temporary_folder = NULL;
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option == OPTION_TEMP_DIR) {
			compact.temporary_folder = optarg;
		} else if (option == OPTION_SIZE || option == OPTION_GRACE) {
			status = take_compact_option(option, optarg, &compact);
			is_for_sets = true;
		} else if (!take_progress_option(option)) {
			return show_usage(option, argv, compact_usage);
		}
		if (status != EXIT_DONE)
			return status;
	}
	if (argc - optind != 1)
		return wrong_operands(argv[0], "one archive");
	if (names_set(argv[optind]))
		return compact_set(argv[optind], &compact);
	if (is_for_sets) {
		report("compact: --size and --grace are for sets, which are folders");
		return EXIT_USAGE;
	}
	status = refuse_remote(argv[0], argv[optind]);
	if (status == EXIT_DONE)
		status = refuse_volume(argv[optind]);
	return status == EXIT_DONE
		       ? merge_in_place(argv + optind, 1, argv[optind], compact.temporary_folder)
		       : status;
}
