/* SPDX-License-Identifier: BSD-2-Clause */
/* What commands share: the options that choose records, and opening an archive. */
#ifndef NARC_TOOLS_COMMAND_H
#define NARC_TOOLS_COMMAND_H

#include <getopt.h>

#include "progress.h"
#include "report.h"

/* A command gets its own name as argv[0]. */
int command_pack(int argc, char **argv);
int command_append(int argc, char **argv);
int command_list(int argc, char **argv);
int command_extract(int argc, char **argv);
int command_grep(int argc, char **argv);
int command_export(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_info(int argc, char **argv);
int command_history(int argc, char **argv);
int command_diff(int argc, char **argv);
int command_merge(int argc, char **argv);
int command_compact(int argc, char **argv);
int command_redact(int argc, char **argv);
int command_repair(int argc, char **argv);
int command_split(int argc, char **argv);
int command_plan(int argc, char **argv);
int command_keygen(int argc, char **argv);
int command_sign(int argc, char **argv);
int command_receipt(int argc, char **argv);
int command_check_receipt(int argc, char **argv);
int command_report(int argc, char **argv);
int command_s3(int argc, char **argv);

/* Values of long options that have no letter; those of a command's own start at
 * OPTION_OWN. */
enum {
	OPTION_HELP = 256,
	OPTION_DATE,
	OPTION_CODE,
	OPTION_CATEGORY,
	OPTION_PATH,
	OPTION_KIND,
	OPTION_ALL_VERSIONS,
	OPTION_AS_OF,
	OPTION_THREADS,
	OPTION_COLOR,
	OPTION_PROGRESS,
	OPTION_QUIET,
	OPTION_LIMIT_BLOCK,
	OPTION_LIMIT_ENTRY,
	OPTION_LIMIT_OUTPUT,
	OPTION_LIMIT_DICTIONARIES,
	OPTION_OWN
};

#define HELP_OPTION { "help", no_argument, NULL, OPTION_HELP }

#define THREADS_OPTION { "threads", required_argument, NULL, OPTION_THREADS }

#define COLOR_OPTION { "color", required_argument, NULL, OPTION_COLOR }

#define COLOR_USAGE                                                                               \
	"  --color auto|always|never  auto: at a terminal, unless NO_COLOR says no, or\n"         \
	"                    CLICOLOR_FORCE says yes in any case\n"

#define PROGRESS_OPTIONS                                                                          \
	{ "progress", no_argument, NULL, OPTION_PROGRESS },                                       \
		{ "quiet", no_argument, NULL, OPTION_QUIET }

#define PROGRESS_USAGE                                                                            \
	"  --progress        show how far it is, as is done at a terminal\n"                      \
	"  --quiet           show neither that nor, if all went well, what came of it\n"

#define LIMIT_OPTIONS                                                                             \
	{ "limit-output", required_argument, NULL, OPTION_LIMIT_OUTPUT }, MEMORY_LIMIT_OPTIONS

/* Where contents are given for as long as they are asked for. */
#define MEMORY_LIMIT_OPTIONS                                                                      \
	{ "limit-block", required_argument, NULL, OPTION_LIMIT_BLOCK },                           \
		{ "limit-entry", required_argument, NULL, OPTION_LIMIT_ENTRY },                   \
		{ "limit-dictionaries", required_argument, NULL, OPTION_LIMIT_DICTIONARIES }

#define LIMIT_USAGE                                                                               \
	LIMIT_USAGE_HEAD                                                                          \
	"  --limit-output SIZE        all contents together; behind that it ends\n"               \
	LIMIT_USAGE_TAIL

#define MEMORY_LIMIT_USAGE LIMIT_USAGE_HEAD LIMIT_USAGE_TAIL

#define LIMIT_USAGE_HEAD                                                                          \
	"What an archive from strangers may take (as 512K, 64M, 2G; else what the format\n"       \
	"allows):\n"

#define LIMIT_USAGE_TAIL                                                                          \
	"  --limit-entry SIZE         one content\n"                                              \
	"  --limit-block SIZE         what is decompressed at once in memory: 64M at most\n"      \
	"  --limit-dictionaries SIZE  what stays in memory of dictionaries and names: 2G\n"

#define FILTER_OPTIONS                                                                            \
	{ "date", required_argument, NULL, OPTION_DATE },                                         \
		{ "code", required_argument, NULL, OPTION_CODE },                                 \
		{ "category", required_argument, NULL, OPTION_CATEGORY },                         \
		{ "path", required_argument, NULL, OPTION_PATH },                                 \
		{ "kind", required_argument, NULL, OPTION_KIND },                                 \
		AS_OF_OPTION

#define AS_OF_OPTION { "as-of", required_argument, NULL, OPTION_AS_OF }

#define ALL_VERSIONS_OPTION { "all-versions", no_argument, NULL, OPTION_ALL_VERSIONS }

#define FILTER_USAGE                                                                              \
	"Which entries (all if none is given):\n"                                                 \
	"  --date FROM..TO   calendar dates: 2022-01-05, 2022-01, 2022, or a range of\n"          \
	"                    them; either end may be left out\n"                                  \
	"  --code GLOB       infoCodes that match the pattern\n"                                  \
	"  --category NAME   entries of this category\n"                                          \
	"  --path GLOB       stored paths that match the pattern\n"                               \
	"  --kind post|file  posts, or the other files\n" AS_OF_USAGE

#define AS_OF_USAGE                                                                               \
	"  --as-of WHEN      as they were at a generation (1 is the first), or at the end\n"      \
	"                    of a day, as 2022-01-05\n"

#define KEEP_GOING_USAGE                                                                          \
	"  --keep-going      of an archive that is damaged, all that can be found;\n"           \
	"                    entries whose names are lost go to lost-names/\n"

#define ALL_VERSIONS_USAGE                                                                        \
	"  --all-versions    with what newer entries superseded\n"

/* Which entries of an archive are chosen. */
struct selection {
	struct narc_filter filter;
	const char *as_of; /* NULL: as they are */
	bool is_given;     /* any option of these was */
};

void selection_init(struct selection *selection);

/* Takes an option of FILTER_OPTIONS, or ALL_VERSIONS_OPTION; sets *taken if it was one.
 * EXIT_USAGE, with a message, if its argument is wrong. */
enum exit_status take_filter_option(int option, const char *argument,
				    struct selection *selection, bool *taken);

/* Finds the generation of --as-of in the archive called name. EXIT_MISSING, with a message, if
 * there is none. */
enum exit_status settle_selection(struct selection *selection, const char *name,
				  const narc_archive *archive);

/* Takes the value of THREADS_OPTION. EXIT_USAGE, with a message, if it is wrong. */
enum exit_status take_threads(const char *value, unsigned *threads);

/* Takes the value of --grace, a number of seconds. Likewise. */
enum exit_status take_grace(const char *value, int64_t *seconds);

/* Takes the value of --by: "year" or "month". Likewise. */
enum exit_status take_period(const char *value, enum narc_period *period);

/* Takes the value of COLOR_OPTION, NULL if it was not given: whether standard output is coloured.
 * Likewise. */
enum exit_status take_color(const char *value, bool *has_colors);

/* Takes the value of an option that asks for a version of a post. Likewise. */
enum exit_status take_version(const char *value, uint32_t *version);

/* Takes an option of LIMIT_OPTIONS; sets *taken if it was one. EXIT_USAGE, with a message, if its
 * argument is no size. */
enum exit_status take_limit_option(int option, const char *argument, struct narc_limits *limits,
				   bool *taken);

/* Whether nothing can be written any more behind this error: the disk is full, or the output limit
 * is reached. */
bool ends_output(const struct narc_error *error);

/* Answers --help, and what getopt_long could not take (its options start with ":", so that
 * it prints nothing of its own, which would be raw). Returns the exit status. */
enum exit_status show_usage(int option, char **argv, const char *usage);

/* Prints a library that is made use of; a version of "": it is not there. */
void print_library(const char *name, const char *version);

/* Says that an operand is missing or one too many. */
enum exit_status wrong_operands(const char *command, const char *wanted);

/* Opens the file or address called path; on failure, says why. */
enum exit_status open_source(const char *path, struct narc_source *source);

/* Opens the archive called path; on failure, says why and sets *status. */
narc_archive *open_archive(const char *path, enum exit_status *status);

/* The same for one that is to be read within limits. */
narc_archive *open_archive_within(const char *path, const struct narc_limits *limits,
				  enum exit_status *status);

/* The same. keep_going: of one that is damaged, what can be read is read, after saying why it
 * cannot be opened as it should be. */
narc_archive *open_to_read(const char *path, const struct narc_limits *limits, bool keep_going,
			   enum exit_status *status);

/* The same of one that may be damaged, to be checked. */
narc_archive *open_damaged(const char *path, const struct narc_limits *limits,
			   enum exit_status *status);

/* Moves a cursor to the newest of the records that it gives from here on. */
enum narc_status go_to_newest(narc_cursor *cursor, const struct narc_record **record,
			      struct narc_error *error);

/* Sets time to what SOURCE_DATE_EPOCH says, if it is set: the time that
 * reproducible-builds.org has programs take instead of the clock's. EXIT_USAGE, with a message,
 * if it is no time. */
enum exit_status take_epoch(int64_t *time);

/* The folder of an archive, a place for temporary files that has room; of one that is elsewhere,
 * the standard one. To be freed; NULL if there is no memory. */
char *folder_of(const char *path);

/* Whether two names are of one file, which is there. */
bool is_same_file(const char *a, const char *b);

/* Whether the path is that of a pipe or a device, which is written to as it is. */
bool is_special_file(const char *path);

/* Reads "65536", "64K", "1M", "2G" (powers of 1024). */
bool parse_size(const char *text, uint64_t *size);

/* Reads "5%", "2.5%" or "5" as hundredths of a percent, 100 % at most. */
bool parse_percent(const char *text, unsigned *hundredths);

/* Reads a whole number from least to most. */
bool parse_number(const char *text, long least, long most, long *value);

#endif
