/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "command.h"
#include "libraries.h"
#include "output.h"
#include "remote.h"

static const char usage[] =
	"usage: narc export [options] ARCHIVE\n\n"
	"Writes entries as an archive of another format, to standard output unless -o is\n"
	"given. As s3://BUCKET/KEY, FILE is an object in a store.\n\n"
	"  --format pax|ustar|gnutar|zip|7zip|cpio|...  as libarchive writes them; if it\n"
	"                    is not given, that of a FILE named .zip, .7z or .cpio, else\n"
	"                    pax, which is a kind of tar\n"
	"  -o FILE           write to FILE; \"-\" is standard output\n"
	KEEP_GOING_USAGE
	"  --threads N       0: one a processor\n" PROGRESS_USAGE "\n" FILTER_USAGE
	ALL_VERSIONS_USAGE "\n" LIMIT_USAGE;

enum { OPTION_FORMAT = OPTION_OWN, OPTION_KEEP_GOING };

struct export_options {
	const char *format;
	const char *output;
	bool keep_going;
	unsigned threads;
	struct narc_limits limits;
	struct selection selection;
};

/* The format that the name of a file promises. */
static const char *format_of(const char *name)
{
	static const struct {
		const char *extension;
		const char *format;
	} known[] = { { ".zip", "zip" }, { ".7z", "7zip" }, { ".cpio", "cpio" } };
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < sizeof(known) / sizeof(known[0]); i++)
		if (strcasecmp(dot, known[i].extension) == 0)
			return known[i].format;
	return "pax";
}

struct damage_count {
	const char *name;
	uint64_t count;
};

static bool note_damage(void *context, const struct narc_error *damage)
{
	struct damage_count *damages = context;

	if (ends_output(damage))
		return false; /* told at the end */
	report_damage(damages->name, damage);
	damages->count++;
	return true;
}

/* Exports into a sink, which it publishes if all went well and closes in any case. */
static enum exit_status export_to(narc_archive *archive, const char *name,
				  const struct export_options *options, struct narc_sink sink)
{
	struct damage_count damages = { name, 0 };
	const struct narc_export_options chosen = { .threads = options->threads,
						    .damaged = note_damage,
						    .context = &damages,
						    .progress = show_progress(name) };
	struct exchange exchange;
	struct narc_error error;
	enum narc_status status;
	enum exit_status exit_status = load_exchange(&exchange);

	if (exit_status != EXIT_DONE)
		goto done;
	status = exchange.export_archive(archive, &options->selection.filter, options->format, &chosen, sink,
					 &error);
	if (status == NARC_OK)
		status = sink.ops->sync(sink.context, &error);
	if (status == NARC_OK)
		status = sink.ops->publish(sink.context, &error);
	if (status != NARC_OK) {
		exit_status = report_error(strcmp(error.stage, "write") == 0 ? options->output : name,
					   &error);
		goto done;
	}
	if (damages.count) {
		report("%s: %llu entries were left out", name, (unsigned long long)damages.count);
		exit_status = EXIT_MISSING;
	}
done:
	sink.ops->close(sink.context);
	return exit_status;
}

static enum exit_status export_to_file(narc_archive *archive, const char *name,
				       const struct export_options *options)
{
	struct narc_sink sink;
	enum exit_status status = open_output(options->output, true, NULL, &sink);

	return status == EXIT_DONE ? export_to(archive, name, options, sink) : status;
}

static enum exit_status export_to_descriptor(narc_archive *archive, const char *name,
					     const struct export_options *options, int fd)
{
	struct narc_error error;
	struct narc_sink sink;

	if (narc_descriptor_sink(fd, &sink, &error) != NARC_OK)
		return report_error(options->output, &error);
	return export_to(archive, name, options, sink);
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
	int fd = open(options->output, O_WRONLY | O_CLOEXEC);

	if (fd < 0) {
		report("%s: cannot write here: %s", options->output, strerror(errno));
		return EXIT_SYSTEM;
	}
	status = isatty(fd) ? refuse_terminal() : export_to_descriptor(archive, name, options, fd);
	close(fd);
	return status;
}

static enum exit_status run(const char *name, struct export_options *options)
{
	enum exit_status status = EXIT_DONE;
	bool to_stdout = strcmp(options->output, "-") == 0;
	narc_archive *archive;

	if (to_stdout && isatty(STDOUT_FILENO))
		return refuse_terminal();
	if (!to_stdout && (is_same_file(options->output, name) ||
			   (is_remote(name) && strcmp(options->output, name) == 0))) {
		report("%s: the export would replace the archive that it is made from", name);
		return EXIT_USAGE;
	}
	archive = open_to_read(name, &options->limits, options->keep_going, &status);
	if (!archive)
		return status;
	status = settle_selection(&options->selection, name, archive);
	if (status != EXIT_DONE) {
		narc_archive_close(archive);
		return status;
	}
	if (to_stdout)
		status = export_to_descriptor(archive, name, options, STDOUT_FILENO);
	else if (is_special_file(options->output))
		status = export_to_special(archive, name, options);
	else
		status = export_to_file(archive, name, options);
	if (status == EXIT_DONE && narc_archive_opening_error(archive))
		status = EXIT_MISSING;
	narc_archive_close(archive);
	return status;
}

int command_export(int argc, char **argv)
{
	static const struct option options[] = {
		FILTER_OPTIONS,
		ALL_VERSIONS_OPTION,
		{ "format", required_argument, NULL, OPTION_FORMAT },
		{ "output", required_argument, NULL, 'o' },
		LIMIT_OPTIONS,
		{ "keep-going", no_argument, NULL, OPTION_KEEP_GOING },
		THREADS_OPTION,
		PROGRESS_OPTIONS,
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct export_options chosen = { .output = "-" };
	int option;

	selection_init(&chosen.selection);
	while ((option = getopt_long(argc, argv, ":o:", options, NULL)) != -1) {
		bool taken;
		enum exit_status status = take_filter_option(option, optarg, &chosen.selection,
							     &taken);

		if (!taken)
			status = take_limit_option(option, optarg, &chosen.limits, &taken);
		if (taken || take_progress_option(option))
			; /* and done with */
		else if (option == OPTION_THREADS)
			status = take_threads(optarg, &chosen.threads);
		else if (option == OPTION_KEEP_GOING)
			chosen.keep_going = true;
		else if (option == OPTION_FORMAT)
			chosen.format = optarg;
		else if (option == 'o')
			chosen.output = optarg;
		else
			return show_usage(option, argv, usage);
		if (status != EXIT_DONE)
			return status;
	}
	if (argc - optind != 1)
		return wrong_operands(argv[0], "one archive");
	if (!chosen.format)
		chosen.format = format_of(chosen.output);
	return run(argv[optind], &chosen);
}
