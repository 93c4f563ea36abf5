/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "exchange.h"

static const char usage[] =
	"usage: narc export [options] ARCHIVE\n\n"
	"Writes entries as an archive of another format, to standard output unless -o is\n"
	"given.\n\n"
	"  --format NAME     pax (tar, the default), ustar, gnutar, zip, 7zip, cpio, ...\n"
	"                    as libarchive writes them\n"
	"  -o FILE           write to FILE; \"-\" is standard output\n\n" FILTER_USAGE;

enum { OPTION_FORMAT = OPTION_OWN };

struct export_options {
	const char *format;
	const char *output;
	struct narc_filter filter;
};

struct damage_count {
	const char *name;
	uint64_t count;
};

static bool note_damage(void *context, const struct narc_error *damage)
{
	struct damage_count *damages = context;

	report_damage(damages->name, damage);
	damages->count++;
	return true;
}

/* Sets *whole if the export came to its end, though records may have been left out. */
static enum exit_status export_to(narc_archive *archive, const char *name,
				  const struct export_options *options, int fd, bool *whole)
{
	struct damage_count damages = { name, 0 };
	struct exchange exchange;
	struct narc_error error;
	enum exit_status status = load_exchange(&exchange);

	*whole = false;
	if (status != EXIT_DONE)
		return status;
	if (exchange.export_archive(archive, &options->filter, options->format, fd, note_damage,
				    &damages, &error) != NARC_OK)
		return report_error(strcmp(error.stage, "output") == 0 ? options->output : name,
				    &error);
	*whole = true;
	if (damages.count)
		report("%s: %llu entries were left out", name, (unsigned long long)damages.count);
	return damages.count ? EXIT_MISSING : EXIT_DONE;
}

/* Opens a file in the folder of the output: without a name where that can be, so that an
 * export that is interrupted leaves nothing; else under a name made from template. */
static int open_unfinished(const char *output, char *template, bool *has_name)
{
	int fd = -1;

#ifdef O_TMPFILE
	char *folder = strdup(output);
	char *slash = folder ? strrchr(folder, '/') : NULL;

	if (slash)
		slash[slash == folder] = '\0';
	/* Without /proc it could not be given a name. */
	if (folder && access("/proc/self/fd", X_OK) == 0)
		fd = open(slash ? folder : ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
	free(folder);
#endif
	*has_name = fd < 0;
	return fd >= 0 ? fd : mkostemp(template, O_CLOEXEC);
}

/* Gives the finished file its name. */
static bool finish_file(int fd, char *template, bool has_name, const char *output)
{
	char self[64];
	mode_t mask = umask(0);

	umask(mask);
	if (fsync(fd) != 0)
		return false;
	if (has_name)
		return fchmod(fd, 0666 & ~mask) == 0 && rename(template, output) == 0;
	/* mktemp's race does no harm here: linkat fails where the name is taken. */
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	snprintf(template + strlen(template) - 6, 7, "%06u", (unsigned)getpid() % 1000000u);
	if (linkat(AT_FDCWD, self, AT_FDCWD, template, AT_SYMLINK_FOLLOW) != 0)
		return false;
	if (rename(template, output) == 0)
		return true;
	unlink(template);
	return false;
}

/* A file of the final name is always whole. */
static enum exit_status export_to_file(narc_archive *archive, const char *name,
				       const struct export_options *options)
{
	size_t size = strlen(options->output) + 16;
	char *template = malloc(size);
	enum exit_status status = EXIT_SYSTEM;
	bool has_name, whole;
	int fd;

	if (!template) {
		report("out of memory");
		return EXIT_SYSTEM;
	}
	snprintf(template, size, "%s.tmp-XXXXXX", options->output);
	fd = open_unfinished(options->output, template, &has_name);
	if (fd < 0) {
		report("%s: cannot write here: %s", options->output, strerror(errno));
		free(template);
		return EXIT_SYSTEM;
	}
	status = export_to(archive, name, options, fd, &whole);
	if (whole && !finish_file(fd, template, has_name, options->output)) {
		report("%s: cannot write: %s", options->output, strerror(errno));
		status = EXIT_SYSTEM;
		whole = false;
	}
	if (!whole && has_name)
		unlink(template);
	close(fd);
	free(template);
	return status;
}

/* A pipe or a device is written to as it is. */
static bool is_special(const char *path)
{
	struct stat about;

	return stat(path, &about) == 0 && !S_ISREG(about.st_mode);
}

static enum exit_status refuse_terminal(void)
{
	report("export: will not write an archive to a terminal: give -o FILE, or redirect the "
	       "output");
	return EXIT_USAGE;
}

static enum exit_status export_to_special(narc_archive *archive, const char *name,
					  const struct export_options *options)
{
	enum exit_status status;
	bool whole;
	int fd = open(options->output, O_WRONLY | O_CLOEXEC);

	if (fd < 0) {
		report("%s: cannot write here: %s", options->output, strerror(errno));
		return EXIT_SYSTEM;
	}
	status = isatty(fd) ? refuse_terminal() : export_to(archive, name, options, fd, &whole);
	close(fd);
	return status;
}

static enum exit_status run(const char *name, const struct export_options *options)
{
	enum exit_status status = EXIT_DONE;
	bool to_stdout = strcmp(options->output, "-") == 0;
	bool whole;
	narc_archive *archive;

	if (to_stdout && isatty(STDOUT_FILENO))
		return refuse_terminal();
	if (!to_stdout && is_same_file(options->output, name)) {
		report("%s: the export would replace the archive that it is made from", name);
		return EXIT_USAGE;
	}
	archive = open_archive(name, &status);
	if (!archive)
		return status;
	if (to_stdout)
		status = export_to(archive, name, options, STDOUT_FILENO, &whole);
	else if (is_special(options->output))
		status = export_to_special(archive, name, options);
	else
		status = export_to_file(archive, name, options);
	narc_archive_close(archive);
	return status;
}

int command_export(int argc, char **argv)
{
	static const struct option options[] = {
		FILTER_OPTIONS,
		{ "format", required_argument, NULL, OPTION_FORMAT },
		{ "output", required_argument, NULL, 'o' },
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct export_options chosen = { .format = "pax", .output = "-" };
	int option;

	narc_filter_init(&chosen.filter);
	while ((option = getopt_long(argc, argv, ":o:", options, NULL)) != -1) {
		bool taken;
		enum exit_status status = take_filter_option(option, optarg, &chosen.filter,
							     &taken);

		if (status != EXIT_DONE)
			return status;
		if (option == OPTION_FORMAT)
			chosen.format = optarg;
		else if (option == 'o')
			chosen.output = optarg;
		else if (!taken)
			return show_usage(option, argv, usage);
	}
	if (argc - optind != 1)
		return wrong_operands(argv[0], "one archive");
	return run(argv[optind], &chosen);
}
