/* SPDX-License-Identifier: BSD-2-Clause */
/* What is packed: trees, a list of files, another archive, the history of a git repository. */
#ifndef NARC_TOOLS_PACK_INPUT_H
#define NARC_TOOLS_PACK_INPUT_H

#include <getopt.h>

#include "command.h"

struct pack_input {
	const char *archive; /* that they go to, for messages */
	const char *list; /* --files-from */
	int delimiter;    /* of the paths in it */
	const char *from_archive;
	const char *from_git;
	const char **revisions; /* --rev; owned */
	size_t revision_count;
	bool by_day;            /* --generation day */
	bool has_generation;
	char **paths;
	size_t path_count;
};

enum {
	OPTION_FILES_FROM = OPTION_OWN,
	OPTION_FROM_ARCHIVE,
	OPTION_FROM_GIT,
	OPTION_REV,
	OPTION_GENERATION,
	OPTION_NO_PACK_INPUT /* the first that is free for others */
};

#define PACK_INPUT_OPTIONS                                                       \
	{ "files-from", required_argument, NULL, OPTION_FILES_FROM },            \
	{ "null", no_argument, NULL, '0' },                                      \
	{ "from-archive", required_argument, NULL, OPTION_FROM_ARCHIVE },        \
	{ "from-git", required_argument, NULL, OPTION_FROM_GIT },                \
	{ "rev", required_argument, NULL, OPTION_REV },                          \
	{ "generation", required_argument, NULL, OPTION_GENERATION }

#define PACK_INPUT_USAGE                                                                  \
	"  --files-from FILE   a path a line, relative to PATH if one is given, else to\n" \
	"                      the current folder; \"-\" is standard input\n"              \
	"  -0, --null          paths in that file end with NUL\n"                          \
	"  --from-archive FILE take the files of a tar, zip, ..., or of what a crawler\n" \
	"                      recorded (WARC); \"-\" is standard input\n"                 \
	"  --from-git REPO     take the history of a git repository, each commit that\n"   \
	"                      changes files as a generation; of all its files, or of\n"   \
	"                      those at or below PATH\n"                                   \
	"  --rev RANGE         of which commits: as main, v1..v2, ^v1, or --all; may be\n" \
	"                      given again; HEAD if it is not given\n"                     \
	"  --generation commit|day  day: only the last commit of each day\n"

/* Takes an option of these; sets *taken if it was one. EXIT_USAGE, with a message, if its
 * argument is wrong. */
enum exit_status take_pack_input(int option, const char *value, struct pack_input *input,
				 bool *taken);

/* Whether this all goes together, and none of it is the archive that is to be written. */
enum exit_status check_pack_input(const char *command, const char *archive,
				  const struct pack_input *input);

/* Gives it to the packer; archive is the one that is appended to, or NULL. */
enum exit_status add_pack_input(narc_packer *packer, const struct pack_input *input,
				narc_archive *archive);

#endif
