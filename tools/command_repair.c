/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "command.h"
#include "output.h"
#include "remote.h"
#include "store.h"
#include "translate.h"

static const char usage[] =
	"usage: narc repair [options] ARCHIVE\n\n"
	"Makes ARCHIVE whole again, as far as that is possible. What its parity covers\n"
	"is as it was then, bit for bit. If that is not all, what is whole of the rest\n"
	"gets a new index, and what is lost is named. The archive is written anew, and\n"
	"replaced when that is done. Exit status 1 if something is lost. As\n"
	"s3://BUCKET/KEY, FILE is an object in a store.\n\n"
	"  --dry-run         say what would be done, and do nothing\n"
	"  -o, --output FILE write to FILE, and leave ARCHIVE as it is\n"
	"  --force           replace FILE if it exists\n"
	"  --temp-dir DIR    for temporary files, instead of ARCHIVE's folder\n" PROGRESS_USAGE;

enum { OPTION_DRY_RUN = OPTION_OWN, OPTION_FORCE, OPTION_TEMP_DIR };

struct request {
	const char *archive;
	const char *output; /* NULL: in place */
	bool force;
	bool dry_run;
	struct narc_repair_options options;
};

static void note_lost(void *context, enum narc_notice_kind kind, const char *path,
		      const char *text)
{
	(void)context;
	(void)kind;
	report("%s: %s", path, text);
}

static void tell_saved(const struct narc_repair_result *result)
{
	printf(_("%llu entries and versions are whole"), (unsigned long long)result->rows);
	if (result->lost_rows && result->lost_gaps)
		printf(_(", %llu are lost, of some of which nothing is known"),
		       (unsigned long long)result->lost_rows);
	else if (result->lost_rows)
		printf(_(", %llu are lost"), (unsigned long long)result->lost_rows);
	else if (result->lost_gaps)
		fputs(_("; the end is missing, and what stood there"), stdout);
	putchar('\n');
}

static enum exit_status tell_result(const struct request *request,
				    const struct narc_repair_result *result)
{
	char damaged[SIZE_TEXT_SIZE], mended[SIZE_TEXT_SIZE];

	clear_progress();
	if (is_quiet() && !result->lost_rows && !result->lost_gaps)
		return EXIT_DONE;
	print_string(stdout, request->archive);
	fputs(": ", stdout);
	if (result->outcome == NARC_REPAIR_NOT_NEEDED) {
		puts(_("nothing is damaged"));
		return EXIT_DONE;
	}
	if (result->damaged_size)
		printf(_("of %s damaged, parity makes %s again; "),
		       format_size(result->damaged_size, damaged),
		       format_size(result->mended_size, mended));
	if (result->outcome == NARC_REPAIR_MENDED) {
		puts(request->dry_run ? _("all can be as it was") : _("all is as it was"));
		return EXIT_DONE;
	}
	tell_saved(result);
	return result->lost_rows || result->lost_gaps ? EXIT_MISSING : EXIT_DONE;
}

static enum exit_status write_repaired(const struct request *request, narc_repair *repair)
{
	const char *target = request->output ? request->output : request->archive;
	struct narc_error error;
	struct narc_sink sink;
	enum exit_status status = open_output(target, !request->output || request->force,
					      request->options.temporary_folder, &sink);

	if (status == EXIT_DONE && narc_repair_write(repair, sink, &error) != NARC_OK)
		status = report_error(target, &error);
	return status;
}

/* Of what is damaged beyond repair, there is nothing to be advised. */
static enum exit_status report_failed(const char *name, const struct narc_error *error)
{
	if (error->status == NARC_IO)
		report("%s: what cannot be read now may be so another time: try again, or copy what "
		       "can be read of the file, as with ddrescue, and repair the copy",
		       name);
	if (error->status != NARC_CORRUPT)
		return report_error(name, error);
	report_damage(name, error);
	return exit_status_for(error->status);
}

static enum exit_status repair(const struct request *request)
{
	struct narc_repair_result result = { 0 };
	struct narc_source source;
	struct narc_error error;
	narc_repair *repair;
	enum exit_status status = open_source(request->archive, &source);

	if (status != EXIT_DONE)
		return status;
	if (narc_repair_new(source, &request->options, &repair, &result, &error) != NARC_OK)
		return report_failed(request->archive, &error);
	/* A volume that is not what it was is another one. */
	if (!request->dry_run && !request->output && result.outcome == NARC_REPAIR_SAVED)
		status = refuse_volume(request->archive);
	if (status == EXIT_DONE && !request->dry_run &&
	    (request->output || result.outcome != NARC_REPAIR_NOT_NEEDED))
		status = write_repaired(request, repair);
	narc_repair_free(repair);
	return status == EXIT_DONE ? tell_result(request, &result) : status;
}

/* Nobody appends in the meantime. */
static enum exit_status run(struct request *request)
{
	char *folder = folder_of(request->archive);
	bool is_in_place = !request->dry_run && !request->output;
	enum exit_status status = refuse_set("repair", request->archive);
	struct narc_error error;
	struct narc_sink lock;

	if (!folder) {
		report("out of memory");
		return EXIT_SYSTEM;
	}
	request->options.gives_up_unreadable = !is_in_place;
	if (!request->options.temporary_folder)
		request->options.temporary_folder = folder;
	if (status == EXIT_DONE && is_in_place)
		status = refuse_remote("repair", request->archive);
	if (status != EXIT_DONE) {
		; /* it was said why */
	} else if (!is_in_place) {
		status = repair(request);
	} else if (narc_append_sink(request->archive, &lock, &error) != NARC_OK) {
		status = report_error(request->archive, &error);
	} else {
		status = repair(request);
		lock.ops->close(lock.context);
	}
	free(folder);
	return status;
}

int command_repair(int argc, char **argv)
{
	static const struct option options[] = {
		{ "dry-run", no_argument, NULL, OPTION_DRY_RUN },
		{ "output", required_argument, NULL, 'o' },
		{ "force", no_argument, NULL, OPTION_FORCE },
		{ "temp-dir", required_argument, NULL, OPTION_TEMP_DIR },
		PROGRESS_OPTIONS,
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct request request = { 0 };
	int option;

	narc_repair_options_init(&request.options);
	request.options.temporary_folder = NULL;
	request.options.notice = note_lost;
	while ((option = getopt_long(argc, argv, ":o:", options, NULL)) != -1) {
		if (option == OPTION_DRY_RUN)
			request.dry_run = true;
		else if (option == 'o')
			request.output = optarg;
		else if (option == OPTION_FORCE)
			request.force = true;
		else if (option == OPTION_TEMP_DIR)
			request.options.temporary_folder = optarg;
		else if (!take_progress_option(option))
			return show_usage(option, argv, usage);
	}
	if (argc - optind != 1)
		return wrong_operands(argv[0], "one archive");
	request.archive = argv[optind];
	request.options.progress = show_progress(request.archive);
	return finish_output(run(&request));
}
