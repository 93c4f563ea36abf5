/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "text_width.h"

static const char usage[] =
	"usage: narc list [options] ARCHIVE\n\n"
	"Shows the entries, one a line, in order of date.\n\n"
	"  --json            one JSON object a line\n"
	"  --csv             comma-separated values, with a heading\n\n" FILTER_USAGE
	ALL_VERSIONS_USAGE "\n" LIMIT_USAGE;

enum { OPTION_JSON = OPTION_OWN, OPTION_CSV };

enum list_format { FORMAT_COLUMNS, FORMAT_JSON, FORMAT_CSV };

static const char *kind_name(enum narc_kind kind)
{
	return kind == NARC_KIND_POST ? "post" : "file";
}

static const char *origin_name(enum narc_date_origin origin)
{
	static const char *const names[] = { "front-matter", "file-name", "info-code", "mtime" };

	return names[origin];
}

enum { CATEGORIES_SIZE = 4097 };

/* The category names, with a blank between them. */
static const char *join_categories(const char *categories, char text[CATEGORIES_SIZE])
{
	size_t size = strnlen(categories, CATEGORIES_SIZE - 1);

	for (size_t i = 0; i < size; i++)
		text[i] = categories[i] == '\n' ? ' ' : categories[i];
	text[size] = '\0';
	return text;
}

static void put_category_list(struct json_line *line, const char *categories)
{
	char name[CATEGORIES_SIZE];

	json_put(line, "[");
	while (*categories) {
		size_t length = strcspn(categories, "\n");

		memcpy(name, categories, length);
		name[length] = '\0';
		json_put_string(line, name);
		categories += length;
		if (*categories == '\n' && *++categories)
			json_put(line, ",");
	}
	json_put(line, "]");
}

static void print_json(const struct narc_record *record, bool to_terminal)
{
	struct json_line line = { .out = stdout };
	char date[DATE_TEXT_SIZE];
	char categories[CATEGORIES_SIZE];
	int64_t mtime = record->mtime_seconds;

	(void)to_terminal; /* it is escaped everywhere */
	json_field_string(&line, "{\"path\":", record->path);
	json_field_string(&line, ",\"kind\":", kind_name(record->kind));
	json_field_string(&line, ",\"info_code\":", record->info_code);
	json_field_string(&line, ",\"date\":",
		   format_date(record->local_time, record->zone_minutes, date));
	json_field_string(&line, ",\"category\":", join_categories(record->categories, categories));
	json_field_number(&line, ",\"size\":", record->size);
	json_put(&line, ",\"hash\":\"");
	json_put_digits(&line, record->hash, 4, 16);
	json_field_number(&line, "\",\"version\":", record->version);
	json_put(&line, ",\"categories\":");
	put_category_list(&line, record->categories);
	json_field_string(&line, ",\"type\":",
		   record->type == NARC_TYPE_SYMLINK ? "symlink" : "regular");
	json_field_string(&line, ",\"date_origin\":", origin_name(record->date_origin));
	json_put(&line, ",\"mode\":\"");
	json_put_digits(&line, record->permissions, 3, 4);
	json_field_number(&line, mtime < 0 ? "\",\"mtime\":-" : "\",\"mtime\":",
		   mtime < 0 ? -(uint64_t)mtime : (uint64_t)mtime);
	json_field_number(&line, ",\"mtime_nanoseconds\":", record->mtime_nanoseconds);
	json_field_number(&line, ",\"generation\":", record->generation);
	json_put(&line, "}\n");
	json_end(&line);
}

static void print_csv(const struct narc_record *record, bool to_terminal)
{
	char date[DATE_TEXT_SIZE];
	char categories[CATEGORIES_SIZE];

	print_csv_field(stdout, record->path, to_terminal);
	printf(",%s,", kind_name(record->kind));
	print_csv_field(stdout, record->info_code, to_terminal);
	printf(",%s,", format_date(record->local_time, record->zone_minutes, date));
	print_csv_field(stdout, join_categories(record->categories, categories), to_terminal);
	printf(",%llu,%016llx,%lu\r\n", (unsigned long long)record->size,
	       (unsigned long long)record->hash, (unsigned long)record->version);
}

/* Date, size, category and path fill 80 columns for a post of the usual name, which has the
 * infoCode in it; where the path does not show the code, it stands behind. */
static void print_columns(const struct narc_record *record, bool to_terminal)
{
	char date[DATE_TEXT_SIZE];
	char category[CATEGORIES_SIZE];
	size_t width = text_width(join_categories(record->categories, category));

	(void)to_terminal;
	printf("%s %7llu ", format_short_date(record->local_time, date),
	       (unsigned long long)record->size);
	print_string(stdout, width ? category : "-");
	printf("%*s ", (int)(width < 10 ? 10 - (width ? width : 1) : 0), "");
	print_string(stdout, record->path);
	if (*record->info_code && !strstr(record->path, record->info_code)) {
		fputs(" [", stdout);
		print_string(stdout, record->info_code);
		putchar(']');
	}
	putchar('\n');
}

static enum exit_status list(narc_archive *archive, const char *name,
			     const struct narc_filter *filter, enum list_format format)
{
	static void (*const print[])(const struct narc_record *, bool) = { print_columns,
									   print_json, print_csv };
	const bool to_terminal = isatty(STDOUT_FILENO);
	const struct narc_record *record;
	enum exit_status exit_status = EXIT_DONE;
	enum narc_status status;
	struct narc_error error;
	narc_cursor *cursor;

	if (narc_cursor_open(archive, filter, &cursor, &error) != NARC_OK)
		return report_error(name, &error);
	if (format == FORMAT_CSV)
		fputs("path,kind,info_code,date,category,size,hash,version\r\n", stdout);
	while ((status = narc_cursor_next(cursor, &record, &error)) != NARC_END && !ferror(stdout)) {
		if (status == NARC_OK) {
			print[format](record, to_terminal);
			continue;
		}
		/* Behind a damaged block there are others. */
		exit_status = report_error(name, &error);
		if (exit_status == EXIT_SYSTEM)
			break;
	}
	narc_cursor_close(cursor);
	return exit_status;
}

int command_list(int argc, char **argv)
{
	static const struct option options[] = {
		FILTER_OPTIONS,
		ALL_VERSIONS_OPTION,
		{ "json", no_argument, NULL, OPTION_JSON },
		{ "csv", no_argument, NULL, OPTION_CSV },
		LIMIT_OPTIONS,
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	enum list_format format = FORMAT_COLUMNS;
	enum exit_status status = EXIT_DONE;
	struct narc_limits limits = { 0 };
	struct selection selection;
	narc_archive *archive;
	int option;

	selection_init(&selection);
	text_width_init();
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		bool taken;

		status = take_filter_option(option, optarg, &selection, &taken);
		if (!taken)
			status = take_limit_option(option, optarg, &limits, &taken);
		if (status != EXIT_DONE)
			return status;
		if (option == OPTION_JSON)
			format = FORMAT_JSON;
		else if (option == OPTION_CSV)
			format = FORMAT_CSV;
		else if (!taken)
			return show_usage(option, argv, usage);
	}
	if (argc - optind != 1)
		return wrong_operands(argv[0], "one archive");
	archive = open_archive_within(argv[optind], &limits, &status);
	if (archive)
		status = settle_selection(&selection, argv[optind], archive);
	/* What was taken out can be listed, if nothing else. */
	selection.filter.with_redacted = selection.filter.all_versions;
	if (archive && status == EXIT_DONE)
		status = list(archive, argv[optind], &selection.filter, format);
	narc_archive_close(archive);
	return finish_output(status);
}
