/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "command.h"
#include "fail.h"
#include "output.h"
#include "survey/print.h"
#include "text_width.h"

static const char usage[] =
	"usage: narc report [options] ARCHIVE\n\n"
	"Shows what there is to know of all posts: how many there are by day, month and\n"
	"category; days without posts, or with suddenly few; what is wrong with front\n"
	"matter; posts of one infoCode, equal contents, similar texts; the largest posts;\n"
	"and how well each month is compressed.\n\n"
	"  --text            for a terminal of 80 columns (default)\n"
	"  --json            one JSON object\n"
	"  --html            a page of HTML with charts, which needs nothing else\n"
	"  -o FILE           write to FILE; \"-\" is standard output\n"
	"  --top N           how many of each list are shown: 5, of --html 50, of --json\n"
	"                    1000; 0: all. --json has all days, months and categories\n"
	KEEP_GOING_USAGE
	"  --threads N       0: one a processor\n" PROGRESS_USAGE "\n" FILTER_USAGE "\n" LIMIT_USAGE;

enum { OPTION_TEXT = OPTION_OWN, OPTION_JSON, OPTION_HTML, OPTION_TOP, OPTION_KEEP_GOING };

enum report_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_HTML };

enum { TOP_UNSET = -1 };

struct report_options {
	enum report_format format;
	const char *output;
	long top; /* or TOP_UNSET */
	unsigned threads;
	bool keep_going;
	struct narc_limits limits;
	struct selection selection;
};

/* ---- the report --------------------------------------------------------------------------- */

static bool note_failure(void *context, const struct narc_error *failure)
{
	const char *name = context;

	report_damage(name, failure);
	return failure->status != NARC_IO && !ends_output(failure);
}

static size_t top_of(const struct report_options *options)
{
	static const size_t defaults[] = { [FORMAT_TEXT] = 5, [FORMAT_JSON] = 1000,
					   [FORMAT_HTML] = 50 };

	return options->top == TOP_UNSET ? defaults[options->format] : (size_t)options->top;
}

static enum exit_status print_survey(narc_archive *archive, const char *name,
				     const struct report_options *options,
				     const struct survey *survey, FILE *out)
{
	static enum narc_status (*const print[])(const struct survey_output *,
						 struct narc_error *) = {
		[FORMAT_TEXT] = survey_print_text,
		[FORMAT_JSON] = survey_print_json,
		[FORMAT_HTML] = survey_print_html,
	};
	struct survey_output output = { .out = out,
					.survey = survey,
					.name = name,
					.as_of = options->selection.as_of,
					.most = top_of(options) };
	struct narc_error error;
	enum narc_status status = listing_open(archive, &output.listing, &error);

	if (status == NARC_OK)
		status = print[options->format](&output, &error);
	if (status == NARC_OK)
		listing_close(output.listing);
	return status == NARC_OK ? EXIT_DONE : report_error(name, &error);
}

/* ---- where it goes ------------------------------------------------------------------------ */

/* A sink as a stream. */
struct sink_stream {
	struct narc_sink sink;
	struct narc_error error;
};

static ssize_t write_to_sink(void *context, const char *bytes, size_t size)
{
	struct sink_stream *stream = context;
	enum narc_status status = stream->sink.ops->append(stream->sink.context, bytes, size,
							   &stream->error);

	return status == NARC_OK ? (ssize_t)size : 0;
}

/* Writes a file that is whole, or is not there. */
static enum exit_status print_to_file(narc_archive *archive, const char *name,
				      const struct report_options *options,
				      const struct survey *survey)
{
	const cookie_io_functions_t calls = { .write = write_to_sink };
	struct sink_stream stream = { .error = { .status = NARC_OK } };
	struct narc_sink *sink = &stream.sink;
	enum exit_status exit_status = EXIT_DONE;
	enum narc_status status;
	FILE *out;

	exit_status = open_output(options->output, true, NULL, sink);
	if (exit_status != EXIT_DONE)
		return exit_status;
	out = fopencookie(&stream, "w", calls);
	status = out ? NARC_OK : fail_memory(&stream.error);
	if (out)
		exit_status = print_survey(archive, name, options, survey, out);
	if (out && (fclose(out) != 0 || stream.error.status != NARC_OK))
		status = stream.error.status;
	if (status == NARC_OK && exit_status == EXIT_DONE)
		status = sink->ops->sync(sink->context, &stream.error);
	if (status == NARC_OK && exit_status == EXIT_DONE)
		status = sink->ops->publish(sink->context, &stream.error);
	sink->ops->close(sink->context);
	return status == NARC_OK ? exit_status : report_error(options->output, &stream.error);
}

static enum exit_status print_to_special(narc_archive *archive, const char *name,
					 const struct report_options *options,
					 const struct survey *survey)
{
	FILE *out = fopen(options->output, "we");
	enum exit_status status;

	if (!out) {
		report("%s: cannot write here: %s", options->output, strerror(errno));
		return EXIT_SYSTEM;
	}
	status = print_survey(archive, name, options, survey, out);
	if (fclose(out) != 0) {
		report("%s: cannot write here: %s", options->output, strerror(errno));
		status = EXIT_SYSTEM;
	}
	return status;
}

static enum exit_status survey_and_print(narc_archive *archive, const char *name,
					 const struct report_options *options)
{
	const struct survey_options wanted = { .most = top_of(options),
					       .threads = options->threads,
					       .failed = options->keep_going ? note_failure : NULL,
					       .context = (void *)(uintptr_t)name,
					       .progress = show_progress(name) };
	struct narc_error error;
	struct survey *survey;
	enum exit_status status;

	if (survey_make(archive, &options->selection.filter, &wanted, &survey, &error) != NARC_OK)
		return report_error(name, &error);
	clear_progress();
	if (strcmp(options->output, "-") == 0)
		status = print_survey(archive, name, options, survey, stdout);
	else if (is_special_file(options->output))
		status = print_to_special(archive, name, options, survey);
	else
		status = print_to_file(archive, name, options, survey);
	if (status == EXIT_DONE && (survey->failures || narc_archive_opening_error(archive)))
		status = EXIT_MISSING;
	survey_free(survey);
	return status;
}

static enum exit_status run(const char *name, struct report_options *options)
{
	enum exit_status status = EXIT_DONE;
	narc_archive *archive;

	if (options->selection.filter.kind == NARC_KIND_ONLY_FILES) {
		report("report: it is posts that are told of; --kind file leaves none");
		return EXIT_USAGE;
	}
	if (strcmp(options->output, "-") != 0 && is_same_file(options->output, name)) {
		report("%s: the report would replace the archive that it is of", name);
		return EXIT_USAGE;
	}
	archive = open_to_read(name, &options->limits, options->keep_going, &status);
	if (archive)
		status = settle_selection(&options->selection, name, archive);
	if (archive && status == EXIT_DONE)
		status = survey_and_print(archive, name, options);
	narc_archive_close(archive);
	return finish_output(status);
}

/* ---- options ------------------------------------------------------------------------------ */

static enum exit_status take_top(const char *value, long *top)
{
	if (parse_number(value, 0, INT32_MAX, top))
		return EXIT_DONE;
	report("--top: \"%s\" is not a number from 0", value);
	return EXIT_USAGE;
}

int command_report(int argc, char **argv)
{
	static const struct option options[] = {
		FILTER_OPTIONS,
		{ "text", no_argument, NULL, OPTION_TEXT },
		{ "json", no_argument, NULL, OPTION_JSON },
		{ "html", no_argument, NULL, OPTION_HTML },
		{ "output", required_argument, NULL, 'o' },
		{ "top", required_argument, NULL, OPTION_TOP },
		{ "keep-going", no_argument, NULL, OPTION_KEEP_GOING },
		LIMIT_OPTIONS,
		THREADS_OPTION,
		PROGRESS_OPTIONS,
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct report_options chosen = { .output = "-", .top = TOP_UNSET };
	int option;

	selection_init(&chosen.selection);
	text_width_init();
	while ((option = getopt_long(argc, argv, ":o:", options, NULL)) != -1) {
		bool taken;
		enum exit_status status = take_filter_option(option, optarg, &chosen.selection,
							     &taken);

		if (!taken)
			status = take_limit_option(option, optarg, &chosen.limits, &taken);
		if (taken || take_progress_option(option))
			; /* and done with */
		else if (option == OPTION_TEXT || option == OPTION_JSON || option == OPTION_HTML)
			chosen.format = (enum report_format)(option - OPTION_TEXT);
		else if (option == OPTION_TOP)
			status = take_top(optarg, &chosen.top);
		else if (option == OPTION_THREADS)
			status = take_threads(optarg, &chosen.threads);
		else if (option == OPTION_KEEP_GOING)
			chosen.keep_going = true;
		else if (option == 'o')
			chosen.output = optarg;
		else
			return show_usage(option, argv, usage);
		if (status != EXIT_DONE)
			return status;
	}
	if (argc - optind != 1)
		return wrong_operands(argv[0], "one archive");
	return run(argv[optind], &chosen);
}
