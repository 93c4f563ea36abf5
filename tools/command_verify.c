/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "command.h"
#include "signed_files.h"

static const char usage[] =
	"usage: narc verify [options] ARCHIVE\n\n"
	"Reads every byte of the archive and checks it: structure, index, and the hash of\n"
	"every content. Names each damage. Exit status 1 if there is any.\n\n"
	"  --quick           structure and index only\n"
	"  --threads N       0: one a processor\n\n"
	"With a key, also checks that the archive is what was signed with \"narc sign\".\n"
	"Exit status 1 if it is not, which is said in other words than damage.\n\n"
	"  --key PUBLICKEY   of who signed\n"
	"  --signature FILE  the statement that was signed, instead of ARCHIVE.sig\n\n" LIMIT_USAGE;

enum { OPTION_QUICK = OPTION_OWN, OPTION_KEY, OPTION_SIGNATURE };

struct verify_options {
	const char *key;       /* NULL: no signature is asked for */
	const char *signature; /* NULL: the archive's */
	bool quick;
	unsigned threads;
	struct narc_limits limits;
};

static bool note_damage(void *context, const struct narc_error *damage)
{
	report_damage(context, damage);
	return true;
}

static void tell_good(const char *name, const struct narc_verify_result *result, bool quick)
{
	char size[SIZE_TEXT_SIZE];

	print_string(stdout, name);
	printf(": good; %llu entries", (unsigned long long)result->rows_checked);
	if (quick)
		puts(", index only");
	else
		printf(", %s\n", format_size(result->bytes_checked, size));
}

static enum exit_status find_damage(const char *name, narc_archive *archive,
				    const struct verify_options *chosen)
{
	/* The callback only prints the name. */
	struct narc_verify_options options = { .quick = chosen->quick, .threads = chosen->threads,
					       .report = note_damage,
					       .context = (void *)(uintptr_t)name,
					       .temporary_folder = getenv("TMPDIR") };
	struct narc_verify_result result;
	struct narc_error error;
	struct narc_info info;

	if (narc_archive_verify(archive, &options, &result, &error) != NARC_OK)
		return report_error(name, &error);
	if (result.damages) {
		report("%s: damaged in %llu places; %llu entries were looked at", name,
		       (unsigned long long)result.damages,
		       (unsigned long long)result.rows_checked);
		return EXIT_MISSING;
	}
	tell_good(name, &result, chosen->quick);
	if (narc_archive_info(archive, &info, &error) == NARC_OK && info.trailing_size)
		report("%s: behind its end at byte %llu stand %llu bytes that do not belong to it: "
		       "something was not finished there; they do no harm",
		       name, (unsigned long long)info.file_size,
		       (unsigned long long)info.trailing_size);
	return EXIT_DONE;
}

/* ---- signatures --------------------------------------------------------------------------- */

/* Reads a statement whose signature is right. */
static enum exit_status read_signed(const char *name, const struct verify_options *options,
				    struct narc_public_key *key,
				    struct narc_statement *statement)
{
	struct signed_files files = { 0 };
	struct narc_error error;
	enum exit_status status;

	if (narc_public_key_load(options->key, key, &error) != NARC_OK)
		return report_error(options->key, &error);
	status = signed_files_name(&files, name, options->signature);
	if (status == EXIT_DONE)
		status = signed_files_read(&files);
	if (status == EXIT_DONE &&
	    narc_check_signature(files.signature.data, files.signature.size,
				 files.statement.data, files.statement.size, key,
				 &error) != NARC_OK)
		status = report_error(files.signature_path, &error);
	if (status == EXIT_DONE &&
	    narc_statement_read(files.statement.data, files.statement.size, statement, &error) !=
		    NARC_OK)
		status = report_error(files.statement_path, &error);
	signed_files_free(&files);
	return status;
}

static void tell_signed(const char *name, narc_archive *archive,
			const struct narc_public_key *key,
			const struct narc_statement *statement,
			const struct narc_statement *found)
{
	char date[DATE_TEXT_SIZE], id[NARC_KEY_ID_TEXT_SIZE];
	struct narc_error error;
	struct narc_info info;

	narc_key_id_text(key->id, id);
	print_string(stdout, name);
	printf(": signed %s with key %s: %llu entries, up to generation %lu, are unaltered\n",
	       format_date(statement->time, 0, date), id, (unsigned long long)statement->rows,
	       (unsigned long)statement->generation);
	if (found->redacted > statement->redacted) {
		print_string(stdout, name);
		printf(": since then %llu contents were redacted, whose hashes are those that were "
		       "signed\n",
		       (unsigned long long)(found->redacted - statement->redacted));
	}
	if (narc_archive_info(archive, &info, &error) == NARC_OK && info.rows > statement->rows) {
		print_string(stdout, name);
		printf(": the %llu entries of generations %lu to %lu are newer, and not covered by "
		       "the signature\n",
		       (unsigned long long)(info.rows - statement->rows),
		       (unsigned long)statement->generation + 1, (unsigned long)info.generation);
	}
}

static enum exit_status check_signed(const char *name, narc_archive *archive,
				     const struct verify_options *options,
				     const struct narc_public_key *key,
				     const struct narc_statement *statement)
{
	struct narc_statement found;
	struct narc_error error;

	if (narc_statement_check(archive, statement, options->threads, &found, &error) != NARC_OK)
		return report_error(name, &error);
	tell_signed(name, archive, key, statement, &found);
	return EXIT_DONE;
}

/* A bad signature does not keep from looking for damage: one may explain the other. */
static enum exit_status verify(const char *name, const struct verify_options *options)
{
	struct narc_statement statement;
	struct narc_public_key key;
	enum exit_status status = EXIT_DONE, signature = EXIT_DONE;
	narc_archive *archive = open_archive_within(name, &options->limits, &status);

	if (!archive)
		return status;
	if (options->key)
		signature = read_signed(name, options, &key, &statement);
	if (signature <= EXIT_MISSING)
		status = find_damage(name, archive, options);
	if (status == EXIT_DONE && signature == EXIT_DONE && options->key)
		signature = check_signed(name, archive, options, &key, &statement);
	narc_archive_close(archive);
	return status > signature ? status : signature;
}

int command_verify(int argc, char **argv)
{
	static const struct option options[] = {
		{ "quick", no_argument, NULL, OPTION_QUICK },
		{ "key", required_argument, NULL, OPTION_KEY },
		{ "signature", required_argument, NULL, OPTION_SIGNATURE },
		LIMIT_OPTIONS,
		THREADS_OPTION,
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct verify_options chosen = { .key = NULL };
	enum exit_status status = EXIT_DONE;
	int option;

	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		bool taken;

		status = take_limit_option(option, optarg, &chosen.limits, &taken);
		if (taken)
			; /* and done with */
		else if (option == OPTION_QUICK)
			chosen.quick = true;
		else if (option == OPTION_KEY)
			chosen.key = optarg;
		else if (option == OPTION_SIGNATURE)
			chosen.signature = optarg;
		else if (option == OPTION_THREADS)
			status = take_threads(optarg, &chosen.threads);
		else
			return show_usage(option, argv, usage);
		if (status != EXIT_DONE)
			return status;
	}
	if (argc - optind != 1)
		return wrong_operands(argv[0], "one archive");
	if (chosen.signature && !chosen.key) {
		report("verify: --signature needs --key: the public key of who signed");
		return EXIT_USAGE;
	}
	if (chosen.quick && chosen.key) {
		report("verify: --quick and --key exclude each other: contents were signed");
		return EXIT_USAGE;
	}
	return finish_output(verify(argv[optind], &chosen));
}
