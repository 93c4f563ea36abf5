/* SPDX-License-Identifier: BSD-2-Clause */
/* narc: the command table. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "companion.h"
#include "suggest.h"
#include "translate.h"
#include "usage.h"
#include "versions.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
};

static const struct command commands[] = {
	{ "pack", command_pack, "make an archive of posts and files" },
	{ "append", command_append, "add to an archive what is new or has changed" },
	{ "list", command_list, "show what is in an archive" },
	{ "extract", command_extract, "get entries out, as files or on standard output" },
	{ "grep", command_grep, "search posts for a pattern" },
	{ "export", command_export, "write entries as tar, zip, ..." },
	{ "history", command_history, "show the versions of a post, and what changed" },
	{ "diff", command_diff, "compare an archive with a tree or another archive" },
	{ "merge", command_merge, "make one archive of several" },
	{ "split", command_split, "make an archive for each year or month" },
	{ "plan", command_plan, "print how many machines pack a set" },
	{ "compact", command_compact, "leave out indexes that are needed no more" },
	{ "redact", command_redact, "take contents out for good" },
	{ "repair", command_repair, "make a damaged archive whole again" },
	{ "verify", command_verify, "check an archive for damage" },
	{ "keygen", command_keygen, "make a key to sign archives with" },
	{ "sign", command_sign, "sign what an archive holds" },
	{ "receipt", command_receipt, "prove of a post that it was signed" },
	{ "check-receipt", command_check_receipt, "check such a proof, without the archive" },
	{ "info", command_info, "show what an archive is made of" },
	{ "report", command_report, "show what there is to know of all posts" },
	{ "s3", command_s3, "remove what unfinished writing left in a store" },
	{ "mount", run_companion, "show an archive as a folder" },
	{ "serve", run_companion, "show archives as web pages" },
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]), HELP_SIZE = 4096 };

static void print_help(FILE *out)
{
	char usage[HELP_SIZE] = "usage: narc COMMAND [options] ARCHIVE ...\n\n";
	size_t used = strlen(usage);

	for (size_t i = 0; i < COMMAND_COUNT; i++)
		used += (size_t)snprintf(usage + used, sizeof(usage) - used, "  %-13s  %s\n",
					 commands[i].name, commands[i].summary);
	snprintf(usage + used, sizeof(usage) - used, "%s",
		 "\n\"narc COMMAND --help\" tells of a command, \"narc --version\" of this program.\n"
		 "Exit status: 0 done; 1 something asked for is not there, damage was found, or a\n"
		 "signature is not right; 2 wrong usage; 3 a system error.\n");
	print_usage(out, usage);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static void report_no_command(const char *name)
{
	char text[SUGGESTION_TEXT_SIZE];
	struct suggestion suggestion;
	const char *meant;

	suggestion_init(&suggestion, name, strlen(name));
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		suggestion_consider(&suggestion, commands[i].name, strlen(commands[i].name));
	meant = suggestion_text(&suggestion, "", text);
	if (meant)
		report("there is no command \"%s\"; did you mean %s? \"narc help\" shows those there are",
		       name, meant);
	else
		report("there is no command \"%s\"; \"narc help\" shows those there are", name);
}

/* A descriptor that the caller closed would be given to the first file that is opened, and
 * messages would go into the archive. */
static bool open_standard_descriptors(void)
{
	/* Opened the wrong way round, so that using them still fails. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return false;
	return true;
}

int main(int argc, char **argv)
{
	const struct command *command;
	char help_option[] = "--help";
	char *help[] = { argv[0], NULL, help_option, NULL };
	int status;

	if (!open_standard_descriptors())
		return EXIT_SYSTEM;
	translate_init();
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		print_versions();
		return finish_output(EXIT_DONE);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    (strcmp(argv[1], "help") == 0 && argc == 2)) {
		print_help(stdout);
		return finish_output(EXIT_DONE);
	}
	if (strcmp(argv[1], "help") == 0) {
		help[1] = argv[2];
		argv = help;
		argc = 3;
	}
	command = find_command(argv[1]);
	if (!command) {
		report_no_command(argv[1]);
		return EXIT_USAGE;
	}
	status = command->run(argc - 1, argv + 1);
	clear_progress();
	return status;
}
