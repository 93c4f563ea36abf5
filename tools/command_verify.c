/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "store.h"
#include "translate.h"
#include "verify_signed.h"

static const char usage[] =
	"usage: narc verify [options] ARCHIVE...\n\n"
	"Reads every byte of the archives and checks it: structure, index, and the hash\n"
	"of every content. Names each damaged region and the entries that it touches.\n"
	"Exit status 1 if there is any.\n\n"
	"  --quick           structure and index only\n"
	"  --sample WHICH    structure and index, and a part of the content: 3/20 is the\n"
	"                    third of twenty parts; 5% one of twenty by the date, so that\n"
	"                    a run a day looks at all of it in twenty days\n"
	"  --json            one JSON object a line: each damage, with all entries that\n"
	"                    it touches, and a summary of each archive\n"
	"  --threads N       0: one a processor\n" PROGRESS_USAGE "\n"
	"With a key, also checks that each archive is what was signed with \"narc sign\".\n"
	"Exit status 1 if it is not, which is said in other words than damage.\n\n"
	"  --key PUBLICKEY   of who signed\n"
	"  --signature FILE  the statement that was signed, instead of ARCHIVE.sig\n\n" LIMIT_USAGE;

enum {
	OPTION_QUICK = OPTION_OWN,
	OPTION_SAMPLE,
	OPTION_JSON,
	OPTION_KEY,
	OPTION_SIGNATURE
};

/* How many entries of a damage are named; --json has all. */
enum { NAMED_LIMIT = 10, PARTS_LIMIT = 1000000, COUNT_SIZE = 96, STATES_SIZE = 256 };

#define SECONDS_A_DAY 86400

struct verification {
	const char *name; /* of the archive */
	bool json;
	const char *key;       /* NULL: no signature is asked for */
	const char *signature; /* NULL: the archive's */
	struct narc_limits limits;
	struct narc_verify_options options;
};

/* ---- for people --------------------------------------------------------------------------- */

/* "3 entries and 1 older version": of what there is none is not told, but for entries. */
static void count_states(uint64_t entries, uint64_t versions, char *text, size_t size)
{
	char some[COUNT_SIZE], older[COUNT_SIZE];

	snprintf(some, sizeof(some), translate_count("%llu entry", "%llu entries", entries),
		 (unsigned long long)entries);
	snprintf(older, sizeof(older),
		 translate_count("%llu older version", "%llu older versions", versions),
		 (unsigned long long)versions);
	if (entries && versions)
		snprintf(text, size, _("%s and %s"), some, older);
	else
		snprintf(text, size, "%s", versions ? older : some);
}

static void describe_loss(const struct narc_damage *damage, char *text, size_t size)
{
	char known[STATES_SIZE], unnamed[STATES_SIZE];

	count_states(damage->entries, damage->versions, known, sizeof(known));
	snprintf(unnamed, sizeof(unnamed),
		 translate_count("%llu entry or version, whose name cannot be read",
				 "%llu entries or versions, whose names cannot be read",
				 damage->unnamed),
		 (unsigned long long)damage->unnamed);
	if (damage->is_end)
		snprintf(text, size, "%s", _("what it was to lead to cannot be read"));
	else if (damage->entries + damage->versions == 0 && damage->unnamed == 0)
		snprintf(text, size, "%s", _("no entry is lost by it"));
	else if (damage->unnamed == 0)
		snprintf(text, size, _("touches %s"), known);
	else if (damage->entries + damage->versions == 0)
		snprintf(text, size, _("touches %s"), unnamed);
	else
		snprintf(text, size, _("touches %s, and %s"), known, unnamed);
}

static void name_entries(const struct verification *check, const struct narc_damage *damage)
{
	const struct narc_record *record;
	uint64_t named = 0;
	uint64_t count = damage->entries + damage->versions;
	enum narc_status status;

	while (damage->touched && named < NAMED_LIMIT &&
	       (status = narc_cursor_next(damage->touched, &record, NULL)) != NARC_END) {
		if (status != NARC_OK)
			continue;
		report("%s:   %s%s%s%s", check->name, record->path,
		       *record->info_code ? " [" : "", record->info_code,
		       *record->info_code ? "]" : "");
		named++;
	}
	if (named < count)
		report("%s:   and %llu more (--json names all)", check->name,
		       (unsigned long long)(count - named));
}

static void tell_plainly(const struct verification *check, const struct narc_damage *damage)
{
	char loss[3 * STATES_SIZE];
	char *name = damage->volume ? file_of_set(check->name, damage->volume) : NULL;

	describe_loss(damage, loss, sizeof(loss));
	report_region(name ? name : check->name, damage, loss);
	name_entries(check, damage);
	free(name);
}

static void conclude_plainly(const struct verification *check,
			     const struct narc_verify_result *result)
{
	char size[SIZE_TEXT_SIZE], states[STATES_SIZE];

	if (result->damages) {
		report(translate_count("%s: damaged in %llu place; %llu of %llu entries%s are good",
				       "%s: damaged in %llu places; %llu of %llu entries%s are good",
				       result->damages),
		       check->name, (unsigned long long)result->damages,
		       (unsigned long long)result->good_entries,
		       (unsigned long long)result->entries,
		       check->options.quick || check->options.parts ? _(", as far as was looked at,")
								    : "");
		if (result->versions)
			report("%s: of %llu older versions, %llu are good", check->name,
			       (unsigned long long)result->versions,
			       (unsigned long long)result->good_versions);
		report("%s: put a good copy in its place; if there is none, \"narc repair\" makes "
		       "again what parity covers, and \"narc extract --keep-going\" gets out what "
		       "is good, and says what is not",
		       check->name);
		return;
	}
	if (is_quiet())
		return;
	count_states(result->entries, result->versions, states, sizeof(states));
	print_string(stdout, check->name);
	fputs(": ", stdout);
	if (check->options.quick)
		printf(_("good; %s, index only"), states);
	else if (check->options.parts)
		printf(_("good; %s, %s of content in %llu of %llu blocks"), states,
		       format_size(result->bytes_checked, size),
		       (unsigned long long)result->blocks_checked,
		       (unsigned long long)result->blocks);
	else
		printf(_("good; %s, %s"), states, format_size(result->bytes_checked, size));
	putchar('\n');
}

/* ---- for programs ------------------------------------------------------------------------- */

static void put_record(struct json_line *line, const struct narc_record *record)
{
	json_field_string(line, "{\"path\":", record->path);
	json_field_string(line, ",\"info_code\":", record->info_code);
	json_field_number(line, ",\"version\":", record->version);
	json_field_number(line, ",\"generation\":", record->generation);
	json_put(line, "}");
}

static void put_touched(struct json_line *line, narc_cursor *touched)
{
	const struct narc_record *record;
	const char *before = "";
	enum narc_status status;

	while (touched && (status = narc_cursor_next(touched, &record, NULL)) != NARC_END) {
		if (status != NARC_OK)
			continue;
		json_put(line, before);
		put_record(line, record);
		before = ",";
	}
}

static void tell_json(const struct verification *check, const struct narc_damage *damage)
{
	struct json_line line = { .out = stdout };

	json_field_string(&line, "{\"type\":\"damage\",\"archive\":", check->name);
	if (damage->volume)
		json_field_string(&line, ",\"volume\":", damage->volume);
	if (damage->error.offset == NARC_NO_OFFSET)
		json_put(&line, ",\"offset\":null");
	else
		json_field_number(&line, ",\"offset\":", damage->error.offset);
	if (damage->length)
		json_field_number(&line, ",\"length\":", damage->length);
	else
		json_put(&line, ",\"length\":null");
	json_field_string(&line, ",\"section\":", damage->error.stage);
	json_field_string(&line, ",\"message\":", damage->error.message);
	json_field_number(&line, ",\"entries\":", damage->entries);
	json_field_number(&line, ",\"versions\":", damage->versions);
	json_field_number(&line, ",\"unnamed\":", damage->unnamed);
	json_put(&line, damage->is_end ? ",\"end\":true" : ",\"end\":false");
	json_put(&line, ",\"touched\":[");
	put_touched(&line, damage->touched);
	json_put(&line, "]}\n");
	json_end(&line);
}

static void conclude_json(const struct verification *check,
			  const struct narc_verify_result *result, uint64_t ignored)
{
	struct json_line line = { .out = stdout };

	json_field_string(&line, "{\"type\":\"summary\",\"archive\":", check->name);
	json_put(&line, result->damages ? ",\"good\":false" : ",\"good\":true");
	json_field_number(&line, ",\"damages\":", result->damages);
	json_field_number(&line, ",\"entries\":", result->entries);
	json_field_number(&line, ",\"good_entries\":", result->good_entries);
	json_field_number(&line, ",\"versions\":", result->versions);
	json_field_number(&line, ",\"good_versions\":", result->good_versions);
	json_field_number(&line, ",\"blocks\":", result->blocks);
	json_field_number(&line, ",\"blocks_checked\":", result->blocks_checked);
	json_field_number(&line, ",\"bytes_checked\":", result->bytes_checked);
	json_field_number(&line, ",\"bytes_ignored\":", ignored);
	json_put(&line, "}\n");
	json_end(&line);
}

/* ---- an archive --------------------------------------------------------------------------- */

static bool note_damage(void *context, const struct narc_damage *damage)
{
	const struct verification *check = context;

	clear_progress();
	(check->json ? tell_json : tell_plainly)(check, damage);
	return !ferror(stdout);
}

static enum exit_status find_damage(struct verification *check, narc_archive *archive)
{
	struct narc_verify_result result;
	struct narc_error error;
	bool is_generation;

	check->options.progress = show_progress(check->name);
	if (narc_archive_verify(archive, &check->options, &result, &error) != NARC_OK)
		return report_error(check->name, &error);
	clear_progress();
	if (check->json)
		conclude_json(check, &result, narc_archive_ignored(archive, &is_generation));
	else
		conclude_plainly(check, &result);
	return result.damages ? EXIT_MISSING : EXIT_DONE;
}

/* A bad signature does not keep from looking for damage: one may explain the other. */
static enum exit_status verify(struct verification *check, const char *name)
{
	struct signed_state signed_state;
	enum exit_status status = EXIT_DONE, signature = EXIT_DONE;
	narc_archive *archive = open_damaged(name, &check->limits, &status);

	if (!archive)
		return status;
	check->name = name;
	if (check->key)
		signature = read_signed(name, check->key, check->signature, &signed_state);
	if (signature <= EXIT_MISSING)
		status = find_damage(check, archive);
	if (status == EXIT_DONE && signature == EXIT_DONE && check->key)
		signature = check_signed(name, archive, &signed_state, check->options.threads,
					 check->json);
	narc_archive_close(archive);
	return status > signature ? status : signature;
}

/* Which part of as many it is today, if there is one a day. */
static enum exit_status choose_part(uint32_t parts, uint32_t *part)
{
	int64_t now = (int64_t)time(NULL);
	enum exit_status status = take_epoch(&now);

	*part = (uint32_t)((uint64_t)(now / SECONDS_A_DAY) % parts);
	return status;
}

/* Reads "3/20", or "5%". */
static enum exit_status take_sample(const char *value, struct narc_verify_options *options)
{
	char text[32];
	const size_t length = strlen(value);
	char *slash = NULL;
	long part, parts;

	if (length < sizeof(text))
		slash = strchr(strcpy(text, value), '/');
	if (slash) {
		*slash = '\0';
		if (parse_number(slash + 1, 1, PARTS_LIMIT, &parts) &&
		    parse_number(text, 1, parts, &part)) {
			options->parts = (uint32_t)parts;
			options->part = (uint32_t)part - 1;
			return EXIT_DONE;
		}
	} else if (length > 1 && length < sizeof(text) && value[length - 1] == '%') {
		text[length - 1] = '\0';
		if (parse_number(text, 1, 100, &part)) {
			options->parts = (uint32_t)((100 + part - 1) / part);
			return choose_part(options->parts, &options->part);
		}
	}
	report("--sample: \"%s\" is neither a part such as 3/20 nor a share from 1%% to 100%%",
	       value);
	return EXIT_USAGE;
}

/* Says which do not. */
static bool options_agree(const struct verification *check, int archives)
{
	const char *wrong = NULL;

	if (check->options.quick && check->options.parts)
		wrong = N_("--quick and --sample exclude each other");
	else if (check->signature && !check->key)
		wrong = N_("--signature needs --key: the public key of who signed");
	else if (check->signature && archives > 1)
		wrong = N_("--signature is of one archive");
	else if (check->key && (check->options.quick || check->options.parts))
		wrong = check->options.quick
				? N_("--quick and --key exclude each other: contents were signed")
				: N_("--sample and --key exclude each other: all contents were "
				     "signed");
	if (wrong)
		report("verify: %s", _(wrong));
	return !wrong;
}

int command_verify(int argc, char **argv)
{
	static const struct option options[] = {
		{ "quick", no_argument, NULL, OPTION_QUICK },
		{ "sample", required_argument, NULL, OPTION_SAMPLE },
		{ "json", no_argument, NULL, OPTION_JSON },
		{ "key", required_argument, NULL, OPTION_KEY },
		{ "signature", required_argument, NULL, OPTION_SIGNATURE },
		LIMIT_OPTIONS,
		THREADS_OPTION,
		PROGRESS_OPTIONS,
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct verification check = { .options = { .report = note_damage,
						   .temporary_folder = getenv("TMPDIR") } };
	enum exit_status status = EXIT_DONE;
	int option;

	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		bool taken;

		status = take_limit_option(option, optarg, &check.limits, &taken);
		if (taken || take_progress_option(option))
			; /* and done with */
		else if (option == OPTION_QUICK)
			check.options.quick = true;
		else if (option == OPTION_SAMPLE)
			status = take_sample(optarg, &check.options);
		else if (option == OPTION_JSON)
			check.json = true;
		else if (option == OPTION_KEY)
			check.key = optarg;
		else if (option == OPTION_SIGNATURE)
			check.signature = optarg;
		else if (option == OPTION_THREADS)
			status = take_threads(optarg, &check.options.threads);
		else
			return show_usage(option, argv, usage);
		if (status != EXIT_DONE)
			return status;
	}
	if (argc == optind)
		return wrong_operands(argv[0], "one archive or more");
	if (!options_agree(&check, argc - optind))
		return EXIT_USAGE;
	check.options.context = &check;
	if (check.json)
		translate_nothing();
	for (int i = optind; i < argc; i++) {
		enum exit_status one = verify(&check, argv[i]);

		status = one > status ? one : status;
	}
	return finish_output(status);
}
