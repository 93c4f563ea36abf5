/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "output.h"
#include "signed_files.h"

static const char usage[] =
	"usage: narc receipt [options] ARCHIVE KEY\n\n"
	"Writes a proof that a post was in the archive when it was signed: its path, date\n"
	"and hash, the signature, and what leads from one to the other. All contents are\n"
	"read for that. \"narc check-receipt\" checks it without the archive. A KEY is an\n"
	"infoCode, or a stored path; of several entries, the newest that was signed is\n"
	"meant.\n\n"
	"  --signature FILE  the statement that was signed, instead of ARCHIVE.sig\n"
	"  --version N       version N of the post\n"
	"  -o, --output FILE instead of standard output\n"
	"  --force           replace FILE if it exists\n"
	"  --threads N       0: one a processor\n";

enum { OPTION_SIGNATURE = OPTION_OWN, OPTION_VERSION, OPTION_FORCE };

struct receipt_options {
	const char *name; /* of the archive */
	const char *key;
	const char *signature;
	const char *output; /* NULL: standard output */
	uint32_t version;
	unsigned threads;
	bool force;
};

static enum narc_status find_row(narc_archive *archive, const struct receipt_options *options,
				 uint32_t generation, uint64_t *row, bool *is_redacted,
				 struct narc_error *error)
{
	const struct narc_record *record;
	struct narc_filter filter;
	narc_cursor *cursor = NULL;
	enum narc_status status;

	narc_filter_init(&filter);
	filter.as_of = generation;
	filter.version = options->version;
	filter.with_redacted = true;
	status = narc_cursor_open(archive, &filter, &cursor, error);
	if (status == NARC_OK)
		status = narc_cursor_find(cursor, options->key, error);
	if (status == NARC_OK)
		status = go_to_newest(cursor, &record, error);
	if (status == NARC_OK) {
		*row = record->row;
		*is_redacted = record->is_redacted;
	}
	narc_cursor_close(cursor);
	return status;
}

static enum exit_status write_receipt(const struct receipt_options *options, const char *receipt,
				      size_t size)
{
	enum exit_status status;
	struct narc_sink sink;

	if (!options->output) {
		fwrite(receipt, 1, size, stdout);
		return EXIT_DONE;
	}
	status = open_output(options->output, options->force, NULL, &sink);
	if (status != EXIT_DONE)
		return status;
	return sink_write_whole(sink, options->output, receipt, size);
}

static enum exit_status make(narc_archive *archive, const struct receipt_options *options,
			     const struct signed_files *files)
{
	struct narc_statement statement;
	struct narc_error error;
	bool is_redacted;
	uint64_t row;
	char *receipt;
	size_t size;
	enum exit_status status;

	if (narc_statement_read(files->statement.data, files->statement.size, &statement,
				&error) != NARC_OK)
		return report_error(files->statement_path, &error);
	if (find_row(archive, options, statement.generation, &row, &is_redacted, &error) != NARC_OK)
		return report_error(options->key, &error);
	if (narc_receipt_make(archive, row, files->statement.data, files->statement.size,
			      files->signature.data, files->signature.size, options->threads,
			      &receipt, &size, &error) != NARC_OK)
		return report_error(options->name, &error);
	if (is_redacted)
		report("%s: its content was redacted: the receipt proves what hash it had",
		       options->key);
	status = write_receipt(options, receipt, size);
	free(receipt);
	return status;
}

static enum exit_status run(const struct receipt_options *options)
{
	struct signed_files files = { 0 };
	narc_archive *archive = NULL;
	enum exit_status status = signed_files_name(&files, options->name, options->signature);

	if (status == EXIT_DONE)
		status = signed_files_read(&files);
	if (status == EXIT_DONE)
		archive = open_archive(options->name, &status);
	if (archive)
		status = make(archive, options, &files);
	narc_archive_close(archive);
	signed_files_free(&files);
	return status;
}

int command_receipt(int argc, char **argv)
{
	static const struct option options[] = {
		{ "signature", required_argument, NULL, OPTION_SIGNATURE },
		{ "version", required_argument, NULL, OPTION_VERSION },
		{ "output", required_argument, NULL, 'o' },
		{ "force", no_argument, NULL, OPTION_FORCE },
		THREADS_OPTION,
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct receipt_options chosen = { .name = NULL };
	int option;

	while ((option = getopt_long(argc, argv, ":o:", options, NULL)) != -1) {
		enum exit_status status = EXIT_DONE;

		if (option == OPTION_SIGNATURE)
			chosen.signature = optarg;
		else if (option == OPTION_VERSION)
			status = take_version(optarg, &chosen.version);
		else if (option == OPTION_FORCE)
			chosen.force = true;
		else if (option == OPTION_THREADS)
			status = take_threads(optarg, &chosen.threads);
		else if (option == 'o')
			chosen.output = optarg;
		else
			return show_usage(option, argv, usage);
		if (status != EXIT_DONE)
			return status;
	}
	if (argc - optind != 2)
		return wrong_operands(argv[0], "an archive and a key");
	chosen.name = argv[optind];
	chosen.key = argv[optind + 1];
	return finish_output(run(&chosen));
}
