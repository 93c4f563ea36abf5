/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "passphrase.h"
#include "remote.h"
#include "signed_files.h"
#include "translate.h"

static const char usage[] =
	"usage: narc sign --key SECRETKEY [options] ARCHIVE\n\n"
	"Writes two files beside the archive, which stays as it is: ARCHIVE.sig, a\n"
	"statement of what it holds, and ARCHIVE.sig.minisig, its signature.\n"
	"\"narc verify --key\" checks the archive by them, also after more was appended or\n"
	"redacted, or it was compacted; \"minisign -Vm ARCHIVE.sig -p PUBLICKEY\" checks\n"
	"the signature alone.\n\n"
	"  --key SECRETKEY   of \"narc keygen\", or of minisign; the passphrase of one that\n"
	"                    is encrypted is asked for, or read from standard input\n"
	"  --unsigned        write the statement only, for minisign to sign\n"
	"  --generation N    what the archive was at this generation, and not at the last\n"
	"  -o, --output FILE the statement, instead of ARCHIVE.sig\n"
	"  --force           replace the files if they exist\n"
	"  --threads N       0: one a processor\n";

enum { OPTION_KEY = OPTION_OWN, OPTION_UNSIGNED, OPTION_GENERATION, OPTION_FORCE };

struct sign_options {
	const char *key;
	const char *output;
	bool is_unsigned;
	bool force;
	uint32_t generation;
	unsigned threads;
	int64_t time;
};

/* The texts of both files. */
struct signed_texts {
	char statement[NARC_STATEMENT_SIZE];
	char signature[NARC_SIGNATURE_SIZE];
};

static enum narc_status make_texts(narc_archive *archive, const narc_secret_key *key,
				   const struct sign_options *options, struct signed_texts *texts,
				   struct narc_error *error)
{
	struct narc_statement statement;
	char date[DATE_TEXT_SIZE], comment[200];
	enum narc_status status =
		narc_statement_make(archive, options->generation, options->threads, options->time,
				    &statement, error);

	if (status == NARC_OK)
		status = narc_statement_write(&statement, texts->statement, error);
	if (status != NARC_OK || !key)
		return status;
	snprintf(comment, sizeof(comment), "newsarc generation %lu, %llu rows, signed %s",
		 (unsigned long)statement.generation, (unsigned long long)statement.rows,
		 format_date(statement.time, 0, date));
	return narc_sign(key, texts->statement, strlen(texts->statement), comment,
			 texts->signature, error);
}

/* The signature is written first: where there is a statement, its signature is there too. */
static enum exit_status write_files(const struct signed_files *files, struct narc_sink *statement,
				    struct narc_sink *signature, const struct signed_texts *texts)
{
	enum exit_status status = EXIT_DONE;
	struct narc_sink sink = *statement;

	if (signature->ops) {
		status = sink_write_whole(*signature, files->signature_path, texts->signature,
					  strlen(texts->signature));
		signature->ops = NULL;
	}
	if (status != EXIT_DONE)
		return status;
	statement->ops = NULL;
	return sink_write_whole(sink, files->statement_path, texts->statement,
				strlen(texts->statement));
}

/* Makes sure that both files can be written before the archive is read. */
static enum exit_status open_sinks(const struct signed_files *files,
				   const struct sign_options *options,
				   struct narc_sink *statement, struct narc_sink *signature)
{
	struct narc_error error;

	if (narc_file_sink(files->statement_path, options->force, statement, &error) != NARC_OK)
		return report_error(files->statement_path, &error);
	if (!options->is_unsigned &&
	    narc_file_sink(files->signature_path, options->force, signature, &error) != NARC_OK)
		return report_error(files->signature_path, &error);
	return EXIT_DONE;
}

static enum exit_status sign(const char *name, narc_archive *archive, const narc_secret_key *key,
			     const struct sign_options *options, const struct signed_files *files)
{
	struct narc_sink statement = { NULL, NULL }, signature = { NULL, NULL };
	struct signed_texts texts;
	struct narc_error error;
	enum exit_status status = open_sinks(files, options, &statement, &signature);

	if (status == EXIT_DONE && make_texts(archive, key, options, &texts, &error) != NARC_OK)
		status = report_error(name, &error);
	if (status == EXIT_DONE)
		status = write_files(files, &statement, &signature, &texts);
	if (statement.ops)
		statement.ops->close(statement.context);
	if (signature.ops)
		signature.ops->close(signature.context);
	return status;
}

static enum exit_status run(const char *name, const struct sign_options *options)
{
	struct signed_files files = { 0 };
	narc_secret_key *key = NULL;
	narc_archive *archive = NULL;
	struct narc_error error;
	enum exit_status status = signed_files_name(&files, name, options->output);

	if (is_remote(files.statement_path ? files.statement_path : "")) {
		report("sign: give -o FILE: a statement is kept here, also of an archive that is not");
		status = EXIT_USAGE;
	}
	if (status == EXIT_DONE && options->key &&
	    narc_secret_key_load(options->key, ask_passphrase, NULL, &key, &error) != NARC_OK)
		status = report_error(options->key, &error);
	if (status == EXIT_DONE)
		archive = open_archive(name, &status);
	if (archive)
		status = sign(name, archive, key, options, &files);
	if (status == EXIT_DONE && wants_summary())
		report("%s: %s", files.statement_path,
		       options->is_unsigned ? _("written, to be signed with \"minisign -S\"")
					    : _("written and signed"));
	narc_archive_close(archive);
	narc_secret_key_free(key);
	signed_files_free(&files);
	return status;
}

static enum exit_status take_generation(const char *value, uint32_t *generation)
{
	long number;

	if (!parse_number(value, 1, UINT32_MAX, &number)) {
		report("--generation: \"%s\" is not a number from 1", value);
		return EXIT_USAGE;
	}
	*generation = (uint32_t)number;
	return EXIT_DONE;
}

static enum exit_status take_option(int option, struct sign_options *chosen, bool *taken)
{
	*taken = true;
	switch (option) {
	case OPTION_KEY:
		chosen->key = optarg;
		break;
	case OPTION_UNSIGNED:
		chosen->is_unsigned = true;
		break;
	case OPTION_FORCE:
		chosen->force = true;
		break;
	case OPTION_GENERATION:
		return take_generation(optarg, &chosen->generation);
	case OPTION_THREADS:
		return take_threads(optarg, &chosen->threads);
	case 'o':
		chosen->output = optarg;
		break;
	default:
		*taken = false;
	}
	return EXIT_DONE;
}

int command_sign(int argc, char **argv)
{
	static const struct option options[] = {
		{ "key", required_argument, NULL, OPTION_KEY },
		{ "unsigned", no_argument, NULL, OPTION_UNSIGNED },
		{ "generation", required_argument, NULL, OPTION_GENERATION },
		{ "output", required_argument, NULL, 'o' },
		{ "force", no_argument, NULL, OPTION_FORCE },
		THREADS_OPTION,
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct sign_options chosen = { .time = (int64_t)time(NULL) };
	enum exit_status status;
	int option;

	while ((option = getopt_long(argc, argv, ":o:", options, NULL)) != -1) {
		bool taken;

		status = take_option(option, &chosen, &taken);
		if (!taken)
			return show_usage(option, argv, usage);
		if (status != EXIT_DONE)
			return status;
	}
	if (argc - optind != 1)
		return wrong_operands(argv[0], "one archive");
	if (!chosen.key == !chosen.is_unsigned) {
		report("sign: give either --key, or --unsigned");
		return EXIT_USAGE;
	}
	status = take_epoch(&chosen.time);
	return status == EXIT_DONE ? run(argv[optind], &chosen) : status;
}
