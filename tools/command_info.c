/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>

#include "command.h"
#include "text_width.h"
#include "translate.h"

static const char usage[] =
	"usage: narc info [--json] ARCHIVE\n\n"
	"Shows what the archive holds and what its bytes are spent on.\n\n"
	"  --json            one JSON object\n";

enum { OPTION_JSON = OPTION_OWN };

/* Labels, and those of the parts of the file, with blanks behind them. */
enum { LABEL_COLUMNS = 13, PART_COLUMNS = 13, SIZE_COLUMNS = 10 };

static void print_part(const char *label, uint64_t bytes, const struct narc_info *info)
{
	char text[SIZE_TEXT_SIZE];
	const char *size = format_size(bytes, text);
	size_t width;

	fputs("  ", stdout);
	print_label(label, PART_COLUMNS);
	width = text_width(size);
	printf("%*s%s  %5.1f %%\n", (int)(width < SIZE_COLUMNS ? SIZE_COLUMNS - width : 0), "",
	       size, 100.0 * (double)bytes / (double)info->file_size);
}

static void print_parts(const struct narc_info *info)
{
	print_part(N_("data"), info->blocks_size - info->descriptors_size, info);
	print_part(N_("descriptors"), info->descriptors_size, info);
	print_part(N_("dictionary"), info->dictionary_size, info);
	print_part(N_("names"), info->names_size, info);
	print_part(N_("index"), info->index_size, info);
	print_part(N_("parity"), info->parity_size, info);
	if (info->rows) {
		printf(_("%.1f bytes an entry, of these %.1f for descriptors and index"),
		       (double)info->file_size / (double)info->rows,
		       (double)(info->descriptors_size + info->index_size) / (double)info->rows);
		putchar('\n');
	}
}

/* A line of a label and what is to be said of it. */
static void print_line(const char *label, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void print_line(const char *label, const char *format, ...)
{
	va_list arguments;

	print_label(label, LABEL_COLUMNS);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

static void print_history(const struct narc_info *info)
{
	uint64_t former = info->rows - info->current_rows - info->tombstones;

	if (former)
		print_line(N_("history"),
			   translate_count("%llu former state of entries",
					   "%llu former states of entries", former),
			   (unsigned long long)former);
	if (info->tombstones)
		print_line(N_("redacted"),
			   translate_count("%llu state of entries; \"narc history\" says when and why",
					   "%llu states of entries; \"narc history\" says when and why",
					   info->tombstones),
			   (unsigned long long)info->tombstones);
}

/* Of a set, how many volumes there are, and between which they are. */
static void print_volumes(const narc_archive *archive)
{
	struct narc_volume first, last;
	size_t count = 0;

	if (!narc_archive_volume(archive, 0, &first))
		return;
	while (narc_archive_volume(archive, count, &last))
		count++;
	print_line(N_("volumes"), _("%llu: from %s to %s"), (unsigned long long)count, first.name,
		   last.name);
}

static void print_plain(const char *name, const narc_archive *archive,
			const struct narc_info *info)
{
	char size[SIZE_TEXT_SIZE], stored[SIZE_TEXT_SIZE];
	char first[DATE_TEXT_SIZE], last[DATE_TEXT_SIZE];

	print_string(stdout, name);
	fputs(": ", stdout);
	printf(_("newsarc archive, format %lu, generation %lu"),
	       (unsigned long)info->format_version, (unsigned long)info->generation);
	putchar('\n');
	print_volumes(archive);
	print_line(N_("entries"), _("%llu: %llu posts, %llu other files"),
		   (unsigned long long)info->current_rows,
		   (unsigned long long)info->current_posts,
		   (unsigned long long)(info->current_rows - info->current_posts));
	print_history(info);
	if (info->has_dates)
		print_line(N_("dates"), _("%s to %s"),
			   format_short_date(info->first_local_time, first),
			   format_short_date(info->last_local_time, last));
	print_line(N_("content"), _("%s; %s with all versions and without the copies"),
		   format_size(info->current_size, size), format_size(info->owned_size, stored));
	print_line(N_("file"), _("%s in %llu blocks"), format_size(info->file_size, size),
		   (unsigned long long)info->blocks);
	print_parts(info);
	if (info->trailing_size)
		print_line(N_("ignored"), _("%llu bytes behind the end"),
			   (unsigned long long)info->trailing_size);
}

/* Of a set, each volume; nothing of what is none. */
static void print_json_volumes(const narc_archive *archive)
{
	struct json_line line = { .out = stdout };
	struct narc_volume volume;

	for (size_t i = 0; narc_archive_volume(archive, i, &volume); i++) {
		json_put(&line, i ? "," : "\"volumes\":[");
		json_field_string(&line, "{\"name\":", volume.name);
		json_field_string(&line, ",\"label\":", volume.label);
		json_field_number(&line, ",\"size\":", volume.size);
		json_field_number(&line, ",\"rows\":", volume.rows);
		json_field_number(&line, ",\"first_generation\":", volume.first_generation);
		json_field_number(&line, ",\"generations\":", volume.generations);
		json_put(&line, "}");
	}
	if (narc_archive_volume(archive, 0, &volume))
		json_put(&line, "],");
	json_end(&line);
}

static void print_json(const narc_archive *archive, const struct narc_info *info)
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
	print_json_volumes(archive);
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
		print_json(archive, &info);
	else
		print_plain(argv[optind], archive, &info);
	narc_archive_close(archive);
	return finish_output(status);
}
