/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "remote.h"
#include "store.h"
#include "suggest.h"
#include "terminal.h"
#include "translate.h"
#include "usage.h"

void selection_init(struct selection *selection)
{
	*selection = (struct selection){ .as_of = NULL };
	narc_filter_init(&selection->filter);
}

static enum exit_status take_kind(const char *argument, struct narc_filter *filter)
{
	if (strcmp(argument, "post") == 0) {
		filter->kind = NARC_KIND_ONLY_POSTS;
	} else if (strcmp(argument, "file") == 0) {
		filter->kind = NARC_KIND_ONLY_FILES;
	} else {
		report("--kind: \"%s\" is neither post nor file", argument);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

/* Reads a generation; or a day, which is over at *time, where *generation is 0. */
static bool parse_when(const char *text, long *generation, int64_t *time)
{
	struct tm next_day = { .tm_isdst = -1 };
	struct narc_filter day;

	if (parse_number(text, 1, UINT32_MAX, generation))
		return true;
	narc_filter_init(&day);
	*generation = 0;
	if (strlen(text) != strlen("2022-01-05") ||
	    narc_filter_set_dates(&day, text, NULL) != NARC_OK || day.from == INT64_MIN ||
	    day.to == INT64_MAX)
		return false;
	sscanf(text, "%4d-%2d-%2d", &next_day.tm_year, &next_day.tm_mon, &next_day.tm_mday);
	next_day.tm_year -= 1900;
	next_day.tm_mon -= 1;
	next_day.tm_mday += 1;
	*time = (int64_t)mktime(&next_day) - 1;
	return true;
}

static enum exit_status take_as_of(const char *argument, struct selection *selection)
{
	int64_t time;
	long generation;

	if (!parse_when(argument, &generation, &time)) {
		report("--as-of: \"%s\" is neither a generation, from 1, nor a day such as "
		       "2022-01-05",
		       argument);
		return EXIT_USAGE;
	}
	selection->as_of = argument;
	return EXIT_DONE;
}

enum exit_status take_filter_option(int option, const char *argument,
				    struct selection *selection, bool *taken)
{
	struct narc_filter *filter = &selection->filter;
	struct narc_error error;

	*taken = true;
	switch (option) {
	case OPTION_DATE:
		if (narc_filter_set_dates(filter, argument, &error) != NARC_OK) {
			report("--date: %s", error.message);
			return EXIT_USAGE;
		}
		break;
	case OPTION_CODE:
		filter->code_glob = argument;
		break;
	case OPTION_CATEGORY:
		filter->category = argument;
		break;
	case OPTION_PATH:
		filter->path_glob = argument;
		break;
	case OPTION_KIND:
		if (take_kind(argument, filter) != EXIT_DONE)
			return EXIT_USAGE;
		break;
	case OPTION_ALL_VERSIONS:
		filter->all_versions = true;
		break;
	case OPTION_AS_OF:
		if (take_as_of(argument, selection) != EXIT_DONE)
			return EXIT_USAGE;
		break;
	default:
		*taken = false;
		return EXIT_DONE;
	}
	selection->is_given = true;
	return EXIT_DONE;
}

enum exit_status settle_selection(struct selection *selection, const char *name,
				  const narc_archive *archive)
{
	long generation = 0;
	struct narc_error error;
	int64_t time = 0;

	if (!selection->as_of)
		return EXIT_DONE;
	parse_when(selection->as_of, &generation, &time);
	selection->filter.as_of = (uint32_t)generation;
	if (generation == 0 &&
	    narc_archive_generation_at(archive, time, &selection->filter.as_of, &error) != NARC_OK)
		return report_error(name, &error);
	return EXIT_DONE;
}

enum exit_status take_version(const char *value, uint32_t *version)
{
	long number;

	if (!parse_number(value, 1, UINT32_MAX, &number)) {
		report("--version: \"%s\" is not a number from 1", value);
		return EXIT_USAGE;
	}
	*version = (uint32_t)number;
	return EXIT_DONE;
}

enum exit_status take_color(const char *value, bool *has_colors)
{
	if (choose_colors(value, STDOUT_FILENO, has_colors))
		return EXIT_DONE;
	report("--color: \"%s\" is none of always, auto and never", value);
	return EXIT_USAGE;
}

enum exit_status take_period(const char *value, enum narc_period *period)
{
	if (strcmp(value, "year") == 0) {
		*period = NARC_PERIOD_YEAR;
	} else if (strcmp(value, "month") == 0) {
		*period = NARC_PERIOD_MONTH;
	} else {
		report("--by: \"%s\" is neither year nor month", value);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

enum exit_status take_grace(const char *value, int64_t *seconds)
{
	long number;

	if (!parse_number(value, 0, INT32_MAX, &number)) {
		report("--grace: \"%s\" is not a number of seconds", value);
		return EXIT_USAGE;
	}
	*seconds = number;
	return EXIT_DONE;
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

enum exit_status take_limit_option(int option, const char *argument, struct narc_limits *limits,
				   bool *taken)
{
	uint64_t *limit;

	*taken = true;
	switch (option) {
	case OPTION_LIMIT_BLOCK:
		limit = &limits->block;
		break;
	case OPTION_LIMIT_ENTRY:
		limit = &limits->record;
		break;
	case OPTION_LIMIT_OUTPUT:
		limit = &limits->output;
		break;
	case OPTION_LIMIT_DICTIONARIES:
		limit = &limits->kept;
		break;
	default:
		*taken = false;
		return EXIT_DONE;
	}
	if (parse_size(argument, limit) && *limit)
		return EXIT_DONE;
	report("\"%s\" is no limit: give a number of bytes from 1, or of K, M or G", argument);
	return EXIT_USAGE;
}

bool ends_output(const struct narc_error *error)
{
	return error->system_errno == ENOSPC || strcmp(error->stage, NARC_STAGE_OUTPUT) == 0;
}

/* A long option that is none, as "--outptu=FILE", is compared with those that the usage lists. */
static void report_unknown(const char *command, const char *argument, const char *usage)
{
	char text[SUGGESTION_TEXT_SIZE];
	struct suggestion suggestion;
	const char *meant = NULL;

	if (strncmp(argument, "--", 2) == 0) {
		suggestion_init(&suggestion, argument + 2, strcspn(argument + 2, "="));
		suggestion_consider_options(&suggestion, usage);
		suggestion_consider(&suggestion, "help", strlen("help"));
		meant = suggestion_text(&suggestion, "--", text);
	}
	if (meant)
		report("%s: \"%s\" is no option; did you mean %s? \"narc %s --help\" shows the options",
		       command, argument, meant, command);
	else
		report("%s: \"%s\" is no option; \"narc %s --help\" shows the options", command,
		       argument, command);
}

enum exit_status show_usage(int option, char **argv, const char *usage)
{
	/* getopt has gone past the argument, unless it stands among other letters. */
	const char *argument = argv[optind > 1 ? optind - 1 : 1];

	if (option == OPTION_HELP) {
		print_usage(stdout, usage);
		return finish_output(EXIT_DONE);
	}
	if (option == ':')
		report("%s: \"%s\" needs a value; \"narc %s --help\" shows the options", argv[0],
		       argument, argv[0]);
	else if (strncmp(argument, "--", 2) == 0 && optopt) /* a long one that getopt knows */
		report("%s: \"%s\" has a value that it does not take; \"narc %s --help\" shows the "
		       "options",
		       argv[0], argument, argv[0]);
	else
		report_unknown(argv[0], argument, usage);
	return EXIT_USAGE;
}

void print_library(const char *name, const char *version)
{
	printf("%-14s %s\n", name, *version ? version : _("not there"));
}

enum exit_status wrong_operands(const char *command, const char *wanted)
{
	report("%s takes %s; \"narc %s --help\" tells more", command, _(wanted), command);
	return EXIT_USAGE;
}

/* What is not read must not go unnoticed. */
static void warn_of_ignored(const char *path, const narc_archive *archive)
{
	bool is_generation;
	uint64_t size = narc_archive_ignored(archive, &is_generation);

	if (is_generation)
		report("%s: the trailer at its end is damaged: the last %llu bytes, which are a "
		       "later generation, are ignored, and what is shown is the one before it; "
		       "\"narc repair\" makes the trailer again",
		       path, (unsigned long long)size);
	else if (size)
		report("%s: the last %llu bytes do not belong to the archive and are ignored: "
		       "something was not finished there, which does no harm",
		       path, (unsigned long long)size);
}

enum exit_status open_source(const char *path, struct narc_source *source)
{
	struct narc_error error;

	if (is_remote(path))
		return open_remote(path, source);
	return narc_file_source(path, source, &error) == NARC_OK ? EXIT_DONE
								 : report_error(path, &error);
}

narc_archive *open_archive(const char *path, enum exit_status *status)
{
	struct narc_source source;
	struct narc_error error;
	narc_archive *archive;

	if (names_set(path))
		return open_whole_set(path, status);
	*status = open_source(path, &source);
	if (*status != EXIT_DONE)
		return NULL;
	if (narc_archive_open(source, &archive, &error) != NARC_OK) {
		*status = report_error(path, &error);
		return NULL;
	}
	warn_of_ignored(path, archive);
	return archive;
}

narc_archive *open_archive_within(const char *path, const struct narc_limits *limits,
				  enum exit_status *status)
{
	narc_archive *archive = open_archive(path, status);

	if (archive)
		narc_archive_limit(archive, limits);
	return archive;
}

narc_archive *open_damaged(const char *path, const struct narc_limits *limits,
			   enum exit_status *status)
{
	struct narc_source source;
	struct narc_error error;
	narc_archive *archive;

	if (names_set(path)) {
		archive = open_whole_set(path, status);
		if (archive)
			narc_archive_limit(archive, limits);
		return archive;
	}
	*status = open_source(path, &source);
	if (*status != EXIT_DONE)
		return NULL;
	if (narc_archive_open_damaged(source, &archive, &error) != NARC_OK) {
		*status = report_error(path, &error);
		return NULL;
	}
	narc_archive_limit(archive, limits);
	warn_of_ignored(path, archive);
	return archive;
}

static narc_archive *open_and_keep_going(const char *path, const struct narc_limits *limits,
					 enum exit_status *status)
{
	narc_archive *archive = open_damaged(path, limits, status);
	const struct narc_error *why = archive ? narc_archive_opening_error(archive) : NULL;
	struct narc_error error;

	if (why)
		report_damage(path, why);
	if (!archive || narc_archive_keep_going(archive, getenv("TMPDIR"), &error) == NARC_OK)
		return archive;
	*status = report_error(path, &error);
	narc_archive_close(archive);
	return NULL;
}

narc_archive *open_to_read(const char *path, const struct narc_limits *limits, bool keep_going,
			   enum exit_status *status)
{
	return keep_going ? open_and_keep_going(path, limits, status)
			  : open_archive_within(path, limits, status);
}

enum narc_status go_to_newest(narc_cursor *cursor, const struct narc_record **record,
			      struct narc_error *error)
{
	const struct narc_record *next;
	struct narc_record newest;
	char path[4096];
	bool has_any = false;
	enum narc_status status;

	while ((status = narc_cursor_next(cursor, &next, error)) == NARC_OK) {
		if (!has_any || narc_record_is_newer(next, &newest)) {
			newest = *next;
			newest.path = strcpy(path, next->path);
			has_any = true;
		}
	}
	if (status == NARC_END && has_any)
		status = narc_cursor_find_row(cursor, newest.row, error);
	return status == NARC_OK ? narc_cursor_next(cursor, record, error) : status;
}

bool is_same_file(const char *a, const char *b)
{
	struct stat about_a, about_b;

	return stat(a, &about_a) == 0 && stat(b, &about_b) == 0 &&
	       about_a.st_dev == about_b.st_dev && about_a.st_ino == about_b.st_ino;
}

bool is_special_file(const char *path)
{
	struct stat about;

	return stat(path, &about) == 0 && !S_ISREG(about.st_mode);
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

bool parse_percent(const char *text, unsigned *hundredths)
{
	size_t digits = strspn(text, "0123456789.");
	char *end;
	double value;

	/* Nothing else that strtod knows. */
	if (*text < '0' || *text > '9' || strcmp(text + digits + (text[digits] == '%'), "") != 0)
		return false;
	value = strtod(text, &end);
	if (end != text + digits || value > 100)
		return false;
	*hundredths = (unsigned)(value * 100 + 0.5);
	return true;
}

bool parse_number(const char *text, long least, long most, long *value)
{
	char *end;

	errno = 0;
	*value = strtol(text, &end, 10);
	return !errno && end != text && *end == '\0' && *value >= least && *value <= most;
}

enum exit_status take_epoch(int64_t *time)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	long seconds;

	if (!epoch || !*epoch)
		return EXIT_DONE;
	if (!parse_number(epoch, 0, LONG_MAX, &seconds)) {
		report("SOURCE_DATE_EPOCH: \"%s\" is not a number of seconds", epoch);
		return EXIT_USAGE;
	}
	*time = seconds;
	return EXIT_DONE;
}

char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (is_remote(path))
		return strdup(standard_folder());
	if (!slash)
		return strdup(".");
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}
