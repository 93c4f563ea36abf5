/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

static const char usage[] =
	"usage: narc info [--json] ARCHIVE\n\n"
	"Shows what the archive holds and what its bytes are spent on.\n\n"
	"  --json            one JSON object\n";

enum { OPTION_JSON = OPTION_OWN };

static void print_part(const char *label, uint64_t bytes, const struct narc_info *info)
{
	char size[SIZE_TEXT_SIZE];

	printf("  %-12s %10s  %5.1f %%\n", label, format_size(bytes, size),
	       100.0 * (double)bytes / (double)info->file_size);
}

static void print_plain(const char *name, const struct narc_info *info)
{
	char size[SIZE_TEXT_SIZE], stored[SIZE_TEXT_SIZE];
	char first[DATE_TEXT_SIZE], last[DATE_TEXT_SIZE];
	uint64_t former = info->rows - info->current_rows - info->tombstones;

	print_string(stdout, name);
	printf(": newsarc archive, format %lu, generation %lu\n",
	       (unsigned long)info->format_version, (unsigned long)info->generation);
	printf("entries      %llu: %llu posts, %llu other files\n",
	       (unsigned long long)info->current_rows, (unsigned long long)info->current_posts,
	       (unsigned long long)(info->current_rows - info->current_posts));
	if (former)
		printf("history      %llu former state%s of entries\n", (unsigned long long)former,
		       former == 1 ? "" : "s");
	if (info->tombstones)
		printf("redacted     %llu state%s of entries; \"narc history\" says when and why\n",
		       (unsigned long long)info->tombstones, info->tombstones == 1 ? "" : "s");
	if (info->has_dates)
		printf("dates        %s to %s\n", format_short_date(info->first_local_time, first),
		       format_short_date(info->last_local_time, last));
	printf("content      %s; %s with all versions and without the copies\n",
	       format_size(info->current_size, size), format_size(info->owned_size, stored));
	printf("file         %s in %llu blocks\n", format_size(info->file_size, size),
	       (unsigned long long)info->blocks);
	print_part("data", info->blocks_size - info->descriptors_size, info);
	print_part("descriptors", info->descriptors_size, info);
	print_part("dictionary", info->dictionary_size, info);
	print_part("names", info->names_size, info);
	print_part("index", info->index_size, info);
	print_part("parity", info->parity_size, info);
	if (info->rows)
		printf("%.1f bytes an entry, of these %.1f for descriptors and index\n",
		       (double)info->file_size / (double)info->rows,
		       (double)(info->descriptors_size + info->index_size) / (double)info->rows);
	if (info->trailing_size)
		printf("ignored      %llu bytes behind the end\n",
		       (unsigned long long)info->trailing_size);
}

static void print_json(const struct narc_info *info)
{
	const struct {
		const char *name;
		uint64_t value;
	} fields[] = {
		{ "format_version", info->format_version },
		{ "generation", info->generation },
		{ "segments", info->segments },
		{ "runs", info->runs },
		{ "entries", info->current_rows },
		{ "posts", info->current_posts },
		{ "rows", info->rows },
		{ "tombstones", info->tombstones },
		{ "blocks", info->blocks },
		{ "content_size", info->current_size },
		{ "stored_content_size", info->owned_size },
		{ "file_size", info->file_size },
		{ "trailing_size", info->trailing_size },
		{ "names_size", info->names_size },
		{ "dictionaries", info->dictionaries },
		{ "dictionary_size", info->dictionary_size },
		{ "dictionary_raw_size", info->dictionary_raw_size },
		{ "dictionary_offset", info->dictionary_offset },
		{ "blocks_offset", info->blocks_offset },
		{ "blocks_size", info->blocks_size },
		{ "descriptors_size", info->descriptors_size },
		{ "index_size", info->index_size },
		{ "parity_size", info->parity_size },
	};
	char date[DATE_TEXT_SIZE];

	putchar('{');
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		printf("\"%s\":%llu,", fields[i].name, (unsigned long long)fields[i].value);
	if (info->has_dates) {
		printf("\"first_date\":\"%.10s\",",
		       format_short_date(info->first_local_time, date));
		printf("\"last_date\":\"%.10s\"}\n",
		       format_short_date(info->last_local_time, date));
	} else {
		puts("\"first_date\":null,\"last_date\":null}");
	}
}

int command_info(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, OPTION_JSON },
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	enum exit_status status = EXIT_DONE;
	struct narc_error error;
	struct narc_info info;
	narc_archive *archive;
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option != OPTION_JSON)
			return show_usage(option, argv, usage);
		json = true;
	}
	if (argc - optind != 1)
		return wrong_operands(argv[0], "one archive");
	archive = open_archive(argv[optind], &status);
	if (!archive)
		return status;
	if (narc_archive_info(archive, &info, &error) != NARC_OK)
		status = report_error(argv[optind], &error);
	else if (json)
		print_json(&info);
	else
		print_plain(argv[optind], &info);
	narc_archive_close(archive);
	return finish_output(status);
}
