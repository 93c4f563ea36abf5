/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum exit_status take_filter_option(int option, const char *argument, struct narc_filter *filter,
				    bool *taken)
{
	struct narc_error error;

	*taken = true;
	switch (option) {
	case OPTION_DATE:
		if (narc_filter_set_dates(filter, argument, &error) == NARC_OK)
			return EXIT_DONE;
		report("--date: %s", error.message);
		return EXIT_USAGE;
	case OPTION_CODE:
		filter->code_glob = argument;
		return EXIT_DONE;
	case OPTION_CATEGORY:
		filter->category = argument;
		return EXIT_DONE;
	case OPTION_PATH:
		filter->path_glob = argument;
		return EXIT_DONE;
	case OPTION_KIND:
		if (strcmp(argument, "post") == 0)
			filter->kind = NARC_KIND_ONLY_POSTS;
		else if (strcmp(argument, "file") == 0)
			filter->kind = NARC_KIND_ONLY_FILES;
		else {
			report("--kind: \"%s\" is neither post nor file", argument);
			return EXIT_USAGE;
		}
		return EXIT_DONE;
	case OPTION_ALL_VERSIONS:
		filter->all_versions = true;
		return EXIT_DONE;
	default:
		*taken = false;
		return EXIT_DONE;
	}
}

enum exit_status take_threads(const char *value, unsigned *threads)
{
	long number;

	if (!parse_number(value, 0, 1024, &number)) {
		report("--threads: \"%s\" is not a number from 0 to 1024", value);
		return EXIT_USAGE;
	}
	*threads = (unsigned)number;
	return EXIT_DONE;
}

enum exit_status show_usage(int option, char **argv, const char *usage)
{
	/* getopt has gone past the argument, unless it stands among other letters. */
	const char *argument = argv[optind > 1 ? optind - 1 : 1];

	if (option == OPTION_HELP) {
		fputs(usage, stdout);
		return finish_output(EXIT_DONE);
	}
	report("%s: \"%s\" %s; \"narc %s --help\" shows the options", argv[0], argument,
	       option == ':' ? "needs a value" : "is no option, or has a value that it does not take",
	       argv[0]);
	return EXIT_USAGE;
}

enum exit_status wrong_operands(const char *command, const char *wanted)
{
	report("%s takes %s; \"narc %s --help\" tells more", command, wanted, command);
	return EXIT_USAGE;
}

narc_archive *open_archive(const char *path, enum exit_status *status)
{
	struct narc_source source;
	struct narc_error error;
	narc_archive *archive;

	if (narc_file_source(path, &source, &error) == NARC_OK &&
	    narc_archive_open(source, &archive, &error) == NARC_OK)
		return archive;
	*status = report_error(path, &error);
	return NULL;
}

bool is_same_file(const char *a, const char *b)
{
	struct stat about_a, about_b;

	return stat(a, &about_a) == 0 && stat(b, &about_b) == 0 &&
	       about_a.st_dev == about_b.st_dev && about_a.st_ino == about_b.st_ino;
}

bool parse_size(const char *text, uint64_t *size)
{
	static const char units[] = "KMG";
	const char *unit;
	char *end;
	unsigned shift = 0;
	unsigned long long value;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (*end) {
		unit = strchr(units, *end >= 'a' ? *end - 'a' + 'A' : *end);
		if (!unit || end[1])
			return false;
		shift = 10 * (unsigned)(unit - units + 1);
	}
	if (errno || value > UINT64_MAX >> shift)
		return false;
	*size = (uint64_t)value << shift;
	return true;
}

bool parse_number(const char *text, long least, long most, long *value)
{
	char *end;

	errno = 0;
	*value = strtol(text, &end, 10);
	return !errno && end != text && *end == '\0' && *value >= least && *value <= most;
}
