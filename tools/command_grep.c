/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "print_hits.h"
#include "terminal.h"
#include "text_width.h"

static const char usage[] =
	"usage: narc grep [options] PATTERN ARCHIVE...\n"
	"       narc grep [options] -e PATTERN... ARCHIVE...\n\n"
	"Shows the lines that match a regular expression (of Perl's kind: PCRE2), in\n"
	"order of date. At a terminal they stand below path, infoCode and date of their\n"
	"post; elsewhere each is PATH:DATE:INFOCODE:LINE:TEXT, with ARCHIVE: before it if\n"
	"there are several.\n\n"
	"What is searched, and for what:\n"
	"  --title           only the titles of posts\n"
	"  --text            what a reader sees: without front matter and HTML tags\n"
	"  -e PATTERN        one of several patterns, or one that starts with \"-\"\n"
	"  -F, -E            patterns are fixed strings, or regular expressions (default)\n"
	"  -i, -S            ignore case, or do so unless PATTERN has a capital letter\n"
	"  -w, -v            match whole words; show the lines that do not match\n\n"
	"What is shown:\n"
	"  -l, -c            paths of what has such lines, or how many each has\n"
	"  --files-without-match  paths of what has none\n"
	"  -o                only what matches of a line\n"
	"  -q                nothing: the exit status tells\n"
	"  -m NUM            at most NUM lines of each\n"
	"  -A, -B, -C NUM    NUM lines after, before, or around each\n"
	"  -n, -N            with line numbers (default), or without\n"
	"  -M NUM            at most NUM columns of a line; 0: all. At a terminal, two\n"
	"                    rows are shown, elsewhere all\n"
	"  -0, --null        a NUL byte behind each path\n"
	COLOR_USAGE
	"  --json            one JSON object a line; offsets are in bytes\n"
	KEEP_GOING_USAGE
	"  --threads N       0: one a processor\n\n" FILTER_USAGE ALL_VERSIONS_USAGE "\n" LIMIT_USAGE
	"\nExit status: 0 something matched; 1 nothing did; 2 wrong usage, or an error.\n";

enum {
	OPTION_TITLE = OPTION_OWN,
	OPTION_TEXT,
	OPTION_WITHOUT,
	OPTION_JSON,
	OPTION_KEEP_GOING
};

enum { OUTPUT_UNSET = -1 };

struct grep_options {
	struct pattern_options pattern;
	struct search_options search;
	struct hit_format format;
	int output; /* of hit_output, or OUTPUT_UNSET */
	bool is_quiet;
	const char *color;
	const char *columns;
	bool keep_going;
	struct narc_limits limits;
	struct selection selection;
};

/* A search of one archive after the other. */
struct grep {
	const struct grep_options *options;
	struct hit_printer printer;
	bool has_matched;
	bool has_failed;
};

/* ---- options ------------------------------------------------------------------------------ */

static enum exit_status take_count(const char *option, const char *value, uint64_t *count)
{
	long number;

	if (!parse_number(value, 0, INT32_MAX, &number)) {
		report("grep: %s: \"%s\" is not a number from 0", option, value);
		return EXIT_USAGE;
	}
	*count = (uint64_t)number;
	return EXIT_DONE;
}

static enum exit_status take_output(struct grep_options *options, enum hit_output output)
{
	if (options->output != OUTPUT_UNSET && options->output != (int)output) {
		report("grep: -l, -c, -o, --files-without-match and --json exclude each other");
		return EXIT_USAGE;
	}
	options->output = (int)output;
	return EXIT_DONE;
}

static enum exit_status take_scope(struct grep_options *options, enum search_scope scope)
{
	if (options->search.scope != SEARCH_CONTENT && options->search.scope != scope) {
		report("grep: --title and --text exclude each other");
		return EXIT_USAGE;
	}
	options->search.scope = scope;
	return EXIT_DONE;
}

/* Adds a pattern; there is room for as many as there are arguments. */
static void add_pattern(struct grep_options *options, const char **patterns, const char *pattern)
{
	patterns[options->pattern.count++] = pattern;
	options->pattern.expressions = patterns;
}

static enum exit_status take_context(struct hit_format *format, int option, const char *value)
{
	uint64_t lines = 0;
	enum exit_status status = take_count("-A, -B or -C", value, &lines);

	if (option != 'B')
		format->after = lines;
	if (option != 'A')
		format->before = lines;
	return status;
}

/* Takes an option of the pattern; false if it is none. */
static bool take_pattern_option(struct pattern_options *pattern, int option)
{
	switch (option) {
	case 'F':
	case 'E':
		pattern->is_fixed = option == 'F';
		return true;
	case 'i':
		pattern->ignores_case = true;
		return true;
	case 'S':
		pattern->is_smart = true;
		return true;
	case 'w':
		pattern->is_whole_words = true;
		return true;
	default:
		return false;
	}
}

/* Takes an option of grep's own; *taken is false if it is none. */
static enum exit_status take_option(struct grep_options *options, const char **patterns, int option,
				    bool *taken)
{
	*taken = true;
	switch (option) {
	case 'e':
		add_pattern(options, patterns, optarg);
		return EXIT_DONE;
	case 'v':
		options->search.inverts = true;
		return EXIT_DONE;
	case 'n':
	case 'N':
		options->format.has_line_numbers = option == 'n';
		return EXIT_DONE;
	case 'q':
		options->is_quiet = true;
		return EXIT_DONE;
	case '0':
		options->format.ends_paths_with_nul = true;
		return EXIT_DONE;
	case 'l':
		return take_output(options, OUTPUT_PATHS);
	case 'c':
		return take_output(options, OUTPUT_COUNTS);
	case 'o':
		return take_output(options, OUTPUT_MATCHES);
	case OPTION_WITHOUT:
		return take_output(options, OUTPUT_PATHS_WITHOUT);
	case OPTION_JSON:
		return take_output(options, OUTPUT_JSON);
	case OPTION_TITLE:
		return take_scope(options, SEARCH_TITLE);
	case OPTION_TEXT:
		return take_scope(options, SEARCH_TEXT);
	case 'm':
		return take_count("-m", optarg, &options->search.most_lines);
	case 'A':
	case 'B':
	case 'C':
		return take_context(&options->format, option, optarg);
	case 'M':
		options->columns = optarg;
		return EXIT_DONE;
	case OPTION_COLOR:
		options->color = optarg;
		return EXIT_DONE;
	case OPTION_KEEP_GOING:
		options->keep_going = true;
		return EXIT_DONE;
	case OPTION_THREADS:
		return take_threads(optarg, &options->search.threads);
	default:
		*taken = take_pattern_option(&options->pattern, option);
		return EXIT_DONE;
	}
}

/* Lines fill two rows of a terminal; JSON is for programs everywhere. */
static enum exit_status settle_columns(struct grep_options *options)
{
	uint64_t columns = 0;
	enum exit_status status = EXIT_DONE;

	if (options->columns) {
		status = take_count("-M", options->columns, &columns);
	} else if (options->format.is_for_people) {
		columns = 2 * terminal_columns(STDOUT_FILENO) - 10;
	}
	options->format.columns = (size_t)columns;
	return status;
}

static enum exit_status settle(struct grep_options *options)
{
	struct hit_format *format = &options->format;
	enum exit_status status = take_color(options->color, &format->has_colors);

	format->is_for_people = isatty(STDOUT_FILENO);
	if (status == EXIT_DONE)
		status = settle_columns(options);
	format->output = options->output == OUTPUT_UNSET ? OUTPUT_LINES
							 : (enum hit_output)options->output;
	if (options->is_quiet)
		format->output = OUTPUT_NOTHING;
	/* A title has no lines to be told apart. */
	if (options->search.scope == SEARCH_TITLE)
		format->has_line_numbers = false;
	if (format->output == OUTPUT_COUNTS)
		options->search.wanted = SEARCH_COUNT;
	else if (format->output == OUTPUT_LINES || format->output == OUTPUT_MATCHES ||
		 format->output == OUTPUT_JSON)
		options->search.wanted = SEARCH_LINES;
	else
		options->search.wanted = SEARCH_ANY;
	options->search.with_unmatched = format->output == OUTPUT_PATHS_WITHOUT;
	return status;
}

/* ---- searching ---------------------------------------------------------------------------- */

static bool take_hit(void *context, const struct search_hit *hit)
{
	struct grep *grep = context;
	bool is_wanted = (hit->count > 0) != grep->options->search.with_unmatched;

	grep->has_matched |= is_wanted;
	return print_hit(&grep->printer, hit) &&
	       !(is_wanted && grep->options->format.output == OUTPUT_NOTHING);
}

static bool take_failure(void *context, const struct narc_error *failure)
{
	struct grep *grep = context;

	grep->has_failed = true;
	report_error(grep->printer.archive, failure);
	return failure->status != NARC_IO && !ends_output(failure);
}

static void search_in(struct grep *grep, narc_archive *archive, struct search_options *options)
{
	struct selection selection = grep->options->selection;
	const char *name = grep->printer.archive;
	struct narc_error error;
	enum narc_status status;

	if (settle_selection(&selection, name, archive) != EXIT_DONE) {
		grep->has_failed = true;
		return;
	}
	status = search_archive(archive, &selection.filter, options, &error);
	/* Of what made it end before the end, take_failure or the exit status tells. */
	if (status != NARC_OK && status != NARC_CANCELLED) {
		grep->has_failed = true;
		report_error(name, &error);
	}
	grep->has_failed |= narc_archive_opening_error(archive) != NULL;
}

static void search_all(struct grep *grep, const struct pattern *pattern, char **names, int count)
{
	const struct grep_options *options = grep->options;
	struct search_options search = options->search;

	search.pattern = pattern;
	search.hit = take_hit;
	search.failed = take_failure;
	search.context = grep;
	search.temporary_folder = getenv("TMPDIR");
	for (int i = 0; i < count && !ferror(stdout); i++) {
		enum exit_status status = EXIT_DONE;
		narc_archive *archive;

		if (grep->has_matched && options->format.output == OUTPUT_NOTHING)
			return;
		grep->printer.archive = names[i];
		archive = open_to_read(names[i], &options->limits, options->keep_going, &status);
		if (archive)
			search_in(grep, archive, &search);
		grep->has_failed |= !archive;
		narc_archive_close(archive);
	}
}

/* 0 and 1 as all know them from grep, and 2 for whatever went wrong. */
static int run(const struct grep_options *options, char **names, int count)
{
	struct grep grep = { .options = options, .printer = { .format = &options->format } };
	struct pattern *pattern = NULL;
	struct narc_error error;

	if (pattern_new(&options->pattern, &pattern, &error) != NARC_OK) {
		report("grep: %s%s", error.message,
		       options->pattern.is_fixed ? "" : "; -F takes it as it stands");
		return EXIT_USAGE;
	}
	search_all(&grep, pattern, names, count);
	pattern_free(pattern);
	if (finish_output(EXIT_DONE) != EXIT_DONE)
		return EXIT_USAGE;
	if (grep.has_failed && !(grep.has_matched && options->is_quiet))
		return EXIT_USAGE;
	return grep.has_matched ? EXIT_DONE : EXIT_MISSING;
}

static enum exit_status take_options(struct grep_options *chosen, const char **patterns, int argc,
				     char **argv, bool *is_answered)
{
	static const struct option options[] = {
		FILTER_OPTIONS,
		ALL_VERSIONS_OPTION,
		{ "title", no_argument, NULL, OPTION_TITLE },
		{ "text", no_argument, NULL, OPTION_TEXT },
		{ "regexp", required_argument, NULL, 'e' },
		{ "fixed-strings", no_argument, NULL, 'F' },
		{ "extended-regexp", no_argument, NULL, 'E' },
		{ "ignore-case", no_argument, NULL, 'i' },
		{ "smart-case", no_argument, NULL, 'S' },
		{ "word-regexp", no_argument, NULL, 'w' },
		{ "invert-match", no_argument, NULL, 'v' },
		{ "files-with-matches", no_argument, NULL, 'l' },
		{ "count", no_argument, NULL, 'c' },
		{ "files-without-match", no_argument, NULL, OPTION_WITHOUT },
		{ "only-matching", no_argument, NULL, 'o' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "max-count", required_argument, NULL, 'm' },
		{ "after-context", required_argument, NULL, 'A' },
		{ "before-context", required_argument, NULL, 'B' },
		{ "context", required_argument, NULL, 'C' },
		{ "line-number", no_argument, NULL, 'n' },
		{ "no-line-number", no_argument, NULL, 'N' },
		{ "max-columns", required_argument, NULL, 'M' },
		{ "null", no_argument, NULL, '0' },
		COLOR_OPTION,
		{ "json", no_argument, NULL, OPTION_JSON },
		{ "keep-going", no_argument, NULL, OPTION_KEEP_GOING },
		LIMIT_OPTIONS,
		THREADS_OPTION,
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	enum exit_status status = EXIT_DONE;
	int option;

	while (status == EXIT_DONE &&
	       (option = getopt_long(argc, argv, ":FEiSwvlcoqnN0e:m:A:B:C:M:", options, NULL)) !=
		       -1) {
		bool taken;

		status = take_filter_option(option, optarg, &chosen->selection, &taken);
		if (!taken)
			status = take_limit_option(option, optarg, &chosen->limits, &taken);
		if (!taken)
			status = take_option(chosen, patterns, option, &taken);
		if (!taken) {
			*is_answered = true;
			return show_usage(option, argv, usage);
		}
	}
	return status;
}

int command_grep(int argc, char **argv)
{
	struct grep_options chosen = { .output = OUTPUT_UNSET,
				       .format = { .has_line_numbers = true } };
	const char **patterns = calloc((size_t)argc, sizeof(*patterns));
	bool is_answered = false;
	int status;

	if (!patterns) {
		report("out of memory");
		return EXIT_USAGE;
	}
	text_width_init();
	selection_init(&chosen.selection);
	status = take_options(&chosen, patterns, argc, argv, &is_answered);
	if (status == EXIT_DONE && !is_answered && !chosen.pattern.count && optind < argc)
		add_pattern(&chosen, patterns, argv[optind++]);
	chosen.format.names_archive = argc - optind > 1;
	if (status == EXIT_DONE && !is_answered)
		status = argc == optind ? wrong_operands(argv[0], "a pattern and archives")
					: settle(&chosen);
	if (status == EXIT_DONE && !is_answered)
		status = run(&chosen, argv + optind, argc - optind);
	free(patterns);
	return status;
}
