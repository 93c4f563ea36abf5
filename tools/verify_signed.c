/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify_signed.h"

#include "signed_files.h"
#include "translate.h"

enum exit_status read_signed(const char *name, const char *key_path, const char *signature_path,
			     struct signed_state *state)
{
	struct signed_files files = { 0 };
	struct narc_error error;
	enum exit_status status;

	if (narc_public_key_load(key_path, &state->key, &error) != NARC_OK)
		return report_error(key_path, &error);
	status = signed_files_name(&files, name, signature_path);
	if (status == EXIT_DONE)
		status = signed_files_read(&files);
	if (status == EXIT_DONE &&
	    narc_check_signature(files.signature.data, files.signature.size,
				 files.statement.data, files.statement.size, &state->key,
				 &error) != NARC_OK)
		status = report_error(files.signature_path, &error);
	if (status == EXIT_DONE &&
	    narc_statement_read(files.statement.data, files.statement.size, &state->statement,
				&error) != NARC_OK)
		status = report_error(files.statement_path, &error);
	signed_files_free(&files);
	return status;
}

static void tell_plainly(const char *name, const struct narc_info *info,
			 const struct signed_state *state, const struct narc_statement *found)
{
	const struct narc_statement *statement = &state->statement;
	char date[DATE_TEXT_SIZE], id[NARC_KEY_ID_TEXT_SIZE];

	narc_key_id_text(state->key.id, id);
	print_string(stdout, name);
	fputs(": ", stdout);
	printf(_("signed %s with key %s: %llu entries, up to generation %lu, are unaltered"),
	       format_date(statement->time, 0, date), id, (unsigned long long)statement->rows,
	       (unsigned long)statement->generation);
	putchar('\n');
	if (found->redacted > statement->redacted) {
		print_string(stdout, name);
		fputs(": ", stdout);
		printf(_("since then %llu contents were redacted, whose hashes are those that were "
			 "signed"),
		       (unsigned long long)(found->redacted - statement->redacted));
		putchar('\n');
	}
	if (info->rows > statement->rows) {
		print_string(stdout, name);
		fputs(": ", stdout);
		printf(_("the %llu entries of generations %lu to %lu are newer, and not covered by "
			 "the signature"),
		       (unsigned long long)(info->rows - statement->rows),
		       (unsigned long)statement->generation + 1, (unsigned long)info->generation);
		putchar('\n');
	}
}

static void tell_json(const char *name, const struct narc_info *info,
		      const struct signed_state *state, const struct narc_statement *found)
{
	const struct narc_statement *statement = &state->statement;
	struct json_line line = { .out = stdout };
	char date[DATE_TEXT_SIZE], id[NARC_KEY_ID_TEXT_SIZE];

	narc_key_id_text(state->key.id, id);
	json_field_string(&line, "{\"type\":\"signature\",\"archive\":", name);
	json_field_string(&line, ",\"key\":", id);
	json_field_string(&line, ",\"time\":", format_date(statement->time, 0, date));
	json_field_number(&line, ",\"generation\":", statement->generation);
	json_field_number(&line, ",\"signed\":", statement->rows);
	json_field_number(&line, ",\"redacted_since\":", found->redacted - statement->redacted);
	json_field_number(&line, ",\"newer\":", info->rows - statement->rows);
	json_put(&line, "}\n");
	json_end(&line);
}

enum exit_status check_signed(const char *name, narc_archive *archive,
			      const struct signed_state *state, unsigned threads, bool json)
{
	struct narc_statement found;
	struct narc_error error;
	struct narc_info info;

	if (narc_statement_check(archive, &state->statement, threads, &found, &error) != NARC_OK ||
	    narc_archive_info(archive, &info, &error) != NARC_OK)
		return report_error(name, &error);
	(json ? tell_json : tell_plainly)(name, &info, state, &found);
	return EXIT_DONE;
}
