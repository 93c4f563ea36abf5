/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

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
	"Of a set, which may be in a store, each volume is made what it was, and one of\n"
	"which something is lost stays as it is, so that the set does: put it there from\n"
	"a copy, or save what is whole of it to another file by -o.\n\n"
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

/* Of an archive, or a volume. */
static enum exit_status tell_result(const struct request *request, const char *name,
				    const struct narc_repair_result *result)
{
	char damaged[SIZE_TEXT_SIZE], mended[SIZE_TEXT_SIZE];

	clear_progress();
	if (is_quiet() && !result->lost_rows && !result->lost_gaps)
		return EXIT_DONE;
	print_string(stdout, name);
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
	return status == EXIT_DONE ? tell_result(request, request->archive, &result) : status;
}

/* Nobody appends in the meantime. */
static enum exit_status run(struct request *request)
{
	char *folder = folder_of(request->archive);
	bool is_in_place = !request->dry_run && !request->output;
	enum exit_status status = EXIT_DONE;
	struct narc_error error;
	struct narc_sink lock;

	if (!folder) {
		report("out of memory");
		return EXIT_SYSTEM;
	}
	request->options.gives_up_unreadable = !is_in_place;
	if (!request->options.temporary_folder)
		request->options.temporary_folder = folder;
	if (is_in_place)
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

/* ---- sets ----------------------------------------------------------------------------------- */

/* A set under repair, and what the worst of its volumes came to. */
struct set_request {
	const struct request *request;
	enum exit_status status;
};

/* Says of a volume that is not what it was, and stays as it is. */
static enum exit_status tell_lost(const struct request *request, const char *name,
				  const struct narc_volume_repair *volume)
{
	switch (volume->state) {
	case NARC_VOLUME_DAMAGED:
		if (volume->error.status)
			report_damage(name, &volume->error);
		else
			tell_result(request, name, &volume->repair);
		report("%s: it stays as it is: put it there from a copy, or save what is whole of it "
		       "by \"narc repair -o FILE %s\"",
		       name, name);
		return EXIT_MISSING;
	case NARC_VOLUME_OTHER:
		report("%s: is another archive than the one that the set has: put that there from a "
		       "copy",
		       name);
		return EXIT_MISSING;
	case NARC_VOLUME_MISSING:
		report("%s: is missing: put it there from a copy", name);
		return EXIT_MISSING;
	default:
		return report_failed(name, &volume->error);
	}
}

/* A narc_volume_repair_fn. */
static bool tell_volume(void *context, const struct narc_volume_repair *volume)
{
	struct set_request *set = context;
	enum exit_status status = EXIT_DONE;
	char *name = file_of_set(set->request->archive, volume->name);

	clear_progress();
	if (volume->state == NARC_VOLUME_MENDED)
		tell_result(set->request, name ? name : volume->name, &volume->repair);
	else if (volume->state != NARC_VOLUME_GOOD)
		status = tell_lost(set->request, name ? name : volume->name, volume);
	if (status > set->status)
		set->status = status;
	free(name);
	return true;
}

/* A narc_store_list_fn: looks for what may be a volume. */
static bool look_for_archive(void *context, const char *name, uint64_t size, int64_t time)
{
	static const char ending[] = ".narc";
	size_t length = strlen(name);
	bool *found = context;

	(void)size;
	(void)time;
	*found = length >= sizeof(ending) && strcmp(name + length + 1 - sizeof(ending), ending) == 0;
	return !*found;
}

/* Without what the manifest says, which is nowhere else, a set cannot be made what it was. */
static enum exit_status report_manifest(const char *name, struct narc_store store,
					const struct narc_error *error)
{
	bool has_archives = false;

	store.ops->list(store.context, look_for_archive, &has_archives, NULL);
	if (error->status == NARC_NOT_FOUND && !has_archives) {
		report("%s: there is no set here: it would have a file \"%s\"", name,
		       NARC_SET_MANIFEST);
		return EXIT_SYSTEM;
	}
	if (error->status == NARC_NOT_FOUND)
		report("%s: the file \"%s\" is missing", name, NARC_SET_MANIFEST);
	else
		report_damage(name, error);
	report("%s: what \"%s\" says stands nowhere else: in which order volumes are, when each "
	       "came, and what took the place of what; so put it there from a copy. Without one, "
	       "volumes are still archives: \"narc merge\" makes one of them, by their own dates",
	       name, NARC_SET_MANIFEST);
	return EXIT_MISSING;
}

static void tell_whole_set(const struct request *request,
			   const struct narc_set_repair_result *result)
{
	if (is_quiet() || result->lost || (result->mended && !result->filters))
		return;
	print_string(stdout, request->archive);
	fputs(": ", stdout);
	if (!result->filters)
		puts(_("nothing is damaged"));
	else if (request->dry_run)
		printf(translate_count("%llu damaged filter can be made again\n",
				       "%llu damaged filters can be made again\n",
				       result->filters),
		       (unsigned long long)result->filters);
	else
		printf(translate_count("%llu damaged filter was made again\n",
				       "%llu damaged filters were made again\n",
				       result->filters),
		       (unsigned long long)result->filters);
}

static enum exit_status repair_set(struct request *request)
{
	struct set_request set = { .request = request, .status = EXIT_DONE };
	struct narc_set_repair_options options;
	struct narc_set_repair_result result;
	struct narc_store store;
	struct narc_error error;
	enum exit_status status = request->dry_run
					  ? open_store(request->archive, false, &store)
					  : open_store_to_write(request->archive, false, &store);

	if (status != EXIT_DONE)
		return status;
	narc_set_repair_options_init(&options);
	if (!request->options.temporary_folder)
		request->options.temporary_folder = folder_of_set(request->archive);
	options.repair = request->options;
	options.repair.gives_up_unreadable = request->dry_run;
	options.dry_run = request->dry_run;
	options.report = tell_volume;
	options.context = &set;
	if (narc_set_repair(store, &options, &result, &error) == NARC_OK) {
		clear_progress();
		tell_whole_set(request, &result);
		status = set.status;
	} else if (exit_status_for(error.status) == EXIT_MISSING) {
		status = report_manifest(request->archive, store, &error);
	} else {
		status = report_error(request->archive, &error);
	}
	store.ops->close(store.context);
	return status;
}

/* ---- the command ---------------------------------------------------------------------------- */

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
	if (!names_set(request.archive))
		return finish_output(run(&request));
	if (request.output || request.force) {
		report("repair: a set is repaired in its place: of one of its volumes, -o saves what "
		       "is whole");
		return EXIT_USAGE;
	}
	return finish_output(repair_set(&request));
}
