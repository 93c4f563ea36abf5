/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "command.h"
#include "signed_files.h"
#include "translate.h"

static const char usage[] =
	"usage: narc check-receipt --key PUBLICKEY RECEIPT [FILE]\n\n"
	"Checks a receipt of \"narc receipt\", and says what it proves; with FILE, also\n"
	"whether this is the content that the post had. Nothing else is needed.\n\n"
	"  --key PUBLICKEY   of who signed the archive\n";

enum { OPTION_KEY = OPTION_OWN };

enum { LABEL_COLUMNS = 12 };

static void print_proof(const narc_receipt *receipt, const struct narc_public_key *key)
{
	const struct narc_signed_row *row = narc_receipt_row(receipt);
	const struct narc_statement *statement = narc_receipt_statement(receipt);
	const struct narc_record *record = &row->record;
	char date[DATE_TEXT_SIZE], id[NARC_KEY_ID_TEXT_SIZE];

	print_label(N_("path"), LABEL_COLUMNS);
	print_string(stdout, record->path);
	if (*record->info_code) {
		putchar('\n');
		print_label(N_("infoCode"), LABEL_COLUMNS);
		print_string(stdout, record->info_code);
	}
	putchar('\n');
	print_label(N_("date"), LABEL_COLUMNS);
	puts(format_date(record->local_time, record->zone_minutes, date));
	print_label(N_("version"), LABEL_COLUMNS);
	printf(_("%lu, of generation %lu"), (unsigned long)record->version,
	       (unsigned long)record->generation);
	putchar('\n');
	print_label("SHA-256", LABEL_COLUMNS);
	for (size_t i = 0; i < sizeof(row->sha256); i++)
		printf("%02x", row->sha256[i]);
	putchar('\n');
	narc_key_id_text(key->id, id);
	print_label(N_("signed"), LABEL_COLUMNS);
	printf(_("%s, with key %s, as one of %llu entries"),
	       format_date(statement->time, 0, date), id, (unsigned long long)statement->rows);
	putchar('\n');
}

static enum exit_status check(const char *name, const char *text, size_t size,
			      const struct narc_public_key *key, const char *content)
{
	narc_receipt *receipt;
	struct narc_error error;
	enum exit_status status = EXIT_DONE;

	if (narc_receipt_open(text, size, key, &receipt, &error) != NARC_OK)
		return report_error(name, &error);
	if (content && narc_receipt_check_file(receipt, content, &error) != NARC_OK) {
		status = report_error(content, &error);
	} else {
		print_string(stdout, name);
		fputs(": ", stdout);
		puts(_("good; it proves that this was signed:"));
		print_proof(receipt, key);
	}
	if (status == EXIT_DONE && content) {
		print_string(stdout, content);
		fputs(": ", stdout);
		puts(_("is what has this SHA-256"));
	}
	narc_receipt_close(receipt);
	return status;
}

static enum exit_status run(const char *name, const char *key_path, const char *content)
{
	struct small_file file = { NULL, 0 };
	struct narc_public_key key;
	struct narc_error error;
	enum exit_status status;

	if (narc_public_key_load(key_path, &key, &error) != NARC_OK)
		return report_error(key_path, &error);
	status = small_file_read(name, &file);
	if (status == EXIT_DONE)
		status = check(name, file.data, file.size, &key, content);
	free(file.data);
	return status;
}

int command_check_receipt(int argc, char **argv)
{
	static const struct option options[] = {
		{ "key", required_argument, NULL, OPTION_KEY },
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	const char *key = NULL;
	int option;

	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option != OPTION_KEY)
			return show_usage(option, argv, usage);
		key = optarg;
	}
	if (argc - optind < 1 || argc - optind > 2)
		return wrong_operands(argv[0], "a receipt, and perhaps a file");
	if (!key) {
		report("check-receipt: --key is missing: the public key of who signed");
		return EXIT_USAGE;
	}
	return finish_output(run(argv[optind], key, argv[optind + 1]));
}
