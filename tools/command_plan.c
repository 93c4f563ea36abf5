/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "store.h"
#include "translate.h"
#include "zone.h"

static const char usage[] =
	"usage: narc plan [options] SET/ PATH...\n\n"
	"Prints how a set is packed by many machines: a line for each part of it, a\n"
	"command that packs that part of the files below each PATH, whatever else is in\n"
	"the set. They may run in any order, at the same time, and again. GNU parallel\n"
	"and Slurm take such lines.\n\n"
	"  --by year|month   what a part is; a month\n"
	"  --status          instead, which parts are done: the set has their files as they\n"
	"                    are now; exit status 1 if any is missing, or changed since\n"
	"  --options TEXT    put into each line, as \"--preset max --parity 5%\"\n"
	"  --timezone ZONE   of dates without one, if the site's _config.yml names none\n"
	"  --temp-dir DIR    for temporary files, instead of TMPDIR or /tmp\n" PROGRESS_USAGE;

enum { OPTION_BY = OPTION_OWN, OPTION_STATUS, OPTION_OPTIONS, OPTION_TIMEZONE, OPTION_TEMP_DIR };

struct plan {
	const char *set;
	char **paths;
	int path_count;
	enum narc_period period;
	bool shows_status;
	const char *options; /* NULL: none */
	const char *zone;    /* likewise */
	narc_archive *archive; /* of the set; NULL: there is none yet */
	bool is_all_done;
};

/* ---- lines --------------------------------------------------------------------------------- */

/* Prints a word of a shell's command. */
static void print_word(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_./:,+@%";

	if (*word && strspn(word, plain) == strlen(word)) {
		fputs(word, stdout);
		return;
	}
	putchar('\'');
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*word);
	}
	putchar('\'');
}

/* The path from the root, as who runs the line may be in another folder; an address as it is. What
 * is not there yet is in the current folder, if it does not say otherwise. */
static void print_place(const char *place, bool is_folder)
{
	char *real = strstr(place, "://") ? NULL : realpath(place, NULL);
	char *here = real || *place == '/' || strstr(place, "://") ? NULL : getcwd(NULL, 0);
	const char *name = real ? real : place;
	size_t size = strlen(name) + (here ? strlen(here) : 0) + 3;
	char *whole = malloc(size);

	if (whole) {
		snprintf(whole, size, "%s%s%s%s", here ? here : "", here ? "/" : "", name,
			 is_folder && name[strlen(name) - 1] != '/' ? "/" : "");
		print_word(whole);
	}
	free(whole);
	free(here);
	free(real);
}

static void print_job(const struct plan *plan, const char *shard)
{
	printf("narc pack --quiet --shard %s ", shard);
	if (plan->options)
		printf("%s ", plan->options);
	if (plan->zone) {
		fputs("--timezone ", stdout);
		print_word(plan->zone);
		putchar(' ');
	}
	print_place(plan->set, true);
	for (int i = 0; i < plan->path_count; i++) {
		putchar(' ');
		print_place(plan->paths[i], false);
	}
	putchar('\n');
}

/* ---- what there is ------------------------------------------------------------------------- */

static bool has_volume_of(const narc_archive *set, const char *shard)
{
	struct narc_volume volume;

	for (size_t i = 0; set && narc_archive_volume(set, i, &volume); i++)
		if (strcmp(volume.label, shard) == 0)
			return true;
	return false;
}

static void print_status(struct plan *plan, const struct narc_shard *shard)
{
	printf("%s  ", shard->name);
	if (!shard->added)
		printf(_("done, %llu files"), (unsigned long long)shard->unchanged);
	else if (shard->unchanged || has_volume_of(plan->archive, shard->name))
		printf(_("changed, %llu files to be added"), (unsigned long long)shard->added);
	else
		fputs(_("missing"), stdout);
	putchar('\n');
	plan->is_all_done &= shard->added == 0;
}

/* A narc_shard_fn. */
static bool take_shard(void *context, const struct narc_shard *shard)
{
	struct plan *plan = context;

	clear_progress();
	if (plan->shows_status)
		print_status(plan, shard);
	else
		print_job(plan, shard->name);
	return !ferror(stdout);
}

static void note_skipped(void *context, enum narc_notice_kind kind, const char *path,
			 const char *text)
{
	(void)context;
	(void)kind;
	report("%s: %s", path, text);
}

/* ---- all of it ----------------------------------------------------------------------------- */

static enum exit_status print_shards(struct plan *plan, struct narc_pack_options *options)
{
	narc_packer *packer;
	struct narc_error error;
	enum narc_status status;

	options->notice = note_skipped;
	options->zone_lookup = zone_lookup;
	options->progress = show_progress(plan->set);
	if (!options->temporary_folder)
		options->temporary_folder = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
	status = narc_packer_new(options, &packer, &error);
	if (status != NARC_OK)
		return report_error("plan", &error);
	narc_packer_exclude(packer, plan->set);
	if (plan->archive)
		status = narc_packer_append_to(packer, plan->archive, &error);
	for (int i = 0; i < plan->path_count && status == NARC_OK; i++)
		status = narc_packer_add_tree(packer, plan->paths[i], &error);
	if (status == NARC_OK)
		status = narc_packer_tell_shards(packer, plan->period, take_shard, plan, &error);
	narc_packer_free(packer);
	if (status != NARC_OK)
		return report_error(has_volume(plan->archive, error.path) ? plan->set : "plan",
				    &error);
	return plan->shows_status && !plan->is_all_done ? EXIT_MISSING : EXIT_DONE;
}

static enum exit_status run(struct plan *plan, struct narc_pack_options *options)
{
	enum exit_status status = EXIT_DONE;

	if (plan->shows_status)
		status = open_set_if_any(plan->set, &plan->archive);
	if (status == EXIT_DONE)
		status = print_shards(plan, options);
	narc_archive_close(plan->archive);
	return finish_output(status);
}

/* A job is one line. */
static bool has_line_end(const struct plan *plan)
{
	bool has = strchr(plan->set, '\n') || (plan->options && strchr(plan->options, '\n')) ||
		   (plan->zone && strchr(plan->zone, '\n'));

	for (int i = 0; i < plan->path_count; i++)
		has |= strchr(plan->paths[i], '\n') != NULL;
	if (has)
		report("plan: a path with a line end cannot be part of a line");
	return has;
}

int command_plan(int argc, char **argv)
{
	static const struct option options[] = {
		{ "by", required_argument, NULL, OPTION_BY },
		{ "status", no_argument, NULL, OPTION_STATUS },
		{ "options", required_argument, NULL, OPTION_OPTIONS },
		{ "timezone", required_argument, NULL, OPTION_TIMEZONE },
		{ "temp-dir", required_argument, NULL, OPTION_TEMP_DIR },
		PROGRESS_OPTIONS,
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct plan plan = { .period = NARC_PERIOD_MONTH, .is_all_done = true };
	struct narc_pack_options pack;
	int option;

	narc_pack_options_init(&pack);
	pack.temporary_folder = NULL;
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option == OPTION_STATUS)
			plan.shows_status = true;
		else if (option == OPTION_OPTIONS)
			plan.options = optarg;
		else if (option == OPTION_TIMEZONE)
			pack.zone = plan.zone = optarg;
		else if (option == OPTION_TEMP_DIR)
			pack.temporary_folder = optarg;
		else if (option == OPTION_BY && take_period(optarg, &plan.period) != EXIT_DONE)
			return EXIT_USAGE;
		else if (option != OPTION_BY && !take_progress_option(option))
			return show_usage(option, argv, usage);
	}
	if (argc - optind < 2)
		return wrong_operands(argv[0], "a set and paths");
	if (!names_set(argv[optind])) {
		report("plan: %s is no set: to make one there, give it as %s/", argv[optind],
		       argv[optind]);
		return EXIT_USAGE;
	}
	plan.set = argv[optind];
	plan.paths = argv + optind + 1;
	plan.path_count = argc - optind - 1;
	if (has_line_end(&plan))
		return EXIT_USAGE;
	return run(&plan, &pack);
}
