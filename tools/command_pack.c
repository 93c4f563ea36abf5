/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "output.h"
#include "pack_input.h"
#include "pack_set.h"
#include "remote.h"
#include "store.h"
#include "translate.h"
#include "zone.h"

#define COMMON_OPTIONS                                                                    \
	"  --preset fast|default|max  how long it takes, and how few bytes it makes\n"     \
	"  --level N           zstd's compression level, 1 to 22\n"                        \
	"  --block-size SIZE   content compressed together, as 64K; 0: each post alone\n"  \
	"  --dict-size SIZE    the dictionary's size at most; 0: none\n"                   \
	"  --parity PERCENT    so much damage, as 5%, can be repaired; also if it is 0,\n"  \
	"                      the loss of 64 KiB of what all posts need can be\n"          \
	"  --threads N         0: one a processor\n"                                       \
	"  --timezone ZONE     of dates without one, if the site's _config.yml names none\n" \
	PACK_INPUT_USAGE                                                                  \
	"  --temp-dir DIR      for temporary files, instead of ARCHIVE's folder\n"           \
	"  --progress          show how far it is, as is done at a terminal\n"                \
	"  --quiet             show neither that nor, if all went well, what came of it\n"

static const char pack_usage[] =
	"usage: narc pack [options] ARCHIVE PATH...\n\n"
	"Makes ARCHIVE of all files and symbolic links below each PATH. Stored paths are\n"
	"relative to PATH. As s3://BUCKET/KEY, ARCHIVE is an object in a store.\n\n"
	"  --force             replace ARCHIVE if it exists\n"
	"  --split month|year|SIZE  make a set: ARCHIVE is a folder, in which there is a\n"
	"                      volume for each month or year, or for SIZE of content\n"
	"  --shard YEAR[-MONTH]  of a set, this part alone\n" COMMON_OPTIONS;

static const char append_usage[] =
	"usage: narc append [options] ARCHIVE PATH...\n\n"
	"Adds to ARCHIVE, as its next generation, the files and symbolic links below each\n"
	"PATH that are new or have another content. What is there stays: \"narc history\"\n"
	"shows it. A file with the content of one that is gone from all PATHs is that\n"
	"one, moved. Of a git repository, the commits that are later than the last\n"
	"generation are added, or those of --rev A..B.\n\n"
	"  --checksum          compare contents, also where size and time are the same\n"
	COMMON_OPTIONS;

enum {
	OPTION_FORCE = OPTION_NO_PACK_INPUT,
	OPTION_CHECKSUM,
	OPTION_SPLIT,
	OPTION_SHARD,
	OPTION_PRESET,
	OPTION_LEVEL,
	OPTION_BLOCK_SIZE,
	OPTION_DICT_SIZE,
	OPTION_PARITY,
	OPTION_TIMEZONE,
	OPTION_TEMP_DIR
};

#define COMMON_LONG_OPTIONS                                                      \
	{ "preset", required_argument, NULL, OPTION_PRESET },                    \
	{ "level", required_argument, NULL, OPTION_LEVEL },                      \
	{ "block-size", required_argument, NULL, OPTION_BLOCK_SIZE },            \
	{ "dict-size", required_argument, NULL, OPTION_DICT_SIZE },              \
	{ "parity", required_argument, NULL, OPTION_PARITY },                    \
	THREADS_OPTION,                                                          \
	{ "timezone", required_argument, NULL, OPTION_TIMEZONE },                \
	PACK_INPUT_OPTIONS,                                                      \
	{ "temp-dir", required_argument, NULL, OPTION_TEMP_DIR },                \
	PROGRESS_OPTIONS,                                                        \
	HELP_OPTION,                                                             \
	{ NULL, 0, NULL, 0 }

static const struct option pack_options[] = {
	{ "force", no_argument, NULL, OPTION_FORCE },
	{ "split", required_argument, NULL, OPTION_SPLIT },
	{ "shard", required_argument, NULL, OPTION_SHARD },
	COMMON_LONG_OPTIONS,
};

static const struct option append_options[] = {
	{ "checksum", no_argument, NULL, OPTION_CHECKSUM },
	COMMON_LONG_OPTIONS,
};

/* What was asked for. A level, block or dictionary size of its own goes before what the
 * preset says, wherever it stands. */
struct pack_request {
	struct narc_pack_options options;
	const char *preset;
	long level;               /* 0: not given */
	bool has_block_size;
	uint64_t block_size;
	bool has_dictionary_size;
	uint64_t dictionary_size;
	bool is_append;
	bool force;
	const char *archive;
	const char *split, *shard; /* of a set */
	struct pack_input input;
	char **arguments; /* all of them */
};

static enum exit_status wrong_value(const char *option, const char *value, const char *wanted)
{
	report("%s: \"%s\" is not %s", option, value, _(wanted));
	return EXIT_USAGE;
}

static enum exit_status take_option(int option, const char *value, struct pack_request *request)
{
	bool taken;
	enum exit_status status = take_pack_input(option, value, &request->input, &taken);

	if (taken || take_progress_option(option))
		return status;
	switch (option) {
	case OPTION_FORCE:
		request->force = true;
		return EXIT_DONE;
	case OPTION_SPLIT:
		request->split = value;
		return EXIT_DONE;
	case OPTION_SHARD:
		request->shard = value;
		return EXIT_DONE;
	case OPTION_CHECKSUM:
		request->options.compare_content = true;
		return EXIT_DONE;
	case OPTION_PRESET:
		request->preset = value;
		return EXIT_DONE;
	case OPTION_LEVEL:
		if (!parse_number(value, 1, 22, &request->level))
			return wrong_value("--level", value, "a number from 1 to 22");
		return EXIT_DONE;
	case OPTION_BLOCK_SIZE:
		request->has_block_size = parse_size(value, &request->block_size);
		if (!request->has_block_size)
			return wrong_value("--block-size", value, "a size such as 0, 65536, 64K or 1M");
		return EXIT_DONE;
	case OPTION_DICT_SIZE:
		request->has_dictionary_size = parse_size(value, &request->dictionary_size);
		if (!request->has_dictionary_size)
			return wrong_value("--dict-size", value, "a size such as 0, 112640, 110K or 1M");
		return EXIT_DONE;
	case OPTION_PARITY:
		if (!parse_percent(value, &request->options.parity))
			return wrong_value("--parity", value, "a part such as 5%, 2.5% or 0");
		return EXIT_DONE;
	case OPTION_THREADS:
		return take_threads(value, &request->options.threads);
	case OPTION_TIMEZONE:
		request->options.zone = value;
		return EXIT_DONE;
	case OPTION_TEMP_DIR:
		request->options.temporary_folder = value;
		return EXIT_DONE;
	default:
		return show_usage(option, request->arguments,
				  request->is_append ? append_usage : pack_usage);
	}
}

/* Puts together what preset and single options say. */
static enum exit_status settle_options(struct pack_request *request)
{
	struct narc_pack_options *options = &request->options;
	struct narc_error error;

	if (request->preset &&
	    narc_pack_options_preset(options, request->preset, &error) != NARC_OK) {
		report("--preset: %s", error.message);
		return EXIT_USAGE;
	}
	if (request->level)
		options->level = (int)request->level;
	if (request->has_block_size)
		options->block_size = (size_t)request->block_size;
	if (request->has_dictionary_size)
		options->dictionary_size = (size_t)request->dictionary_size;
	options->zone_lookup = zone_lookup;
	return take_epoch(&options->time);
}

static void note_skipped(void *context, enum narc_notice_kind kind, const char *path,
			 const char *text)
{
	(void)context;
	if (kind == NARC_NOTICE_SKIPPED)
		report("not packed: %s: %s", path, text);
	else
		report("%s: %s", path, text);
}

/* ---- packing ------------------------------------------------------------------------------ */

static void tell_result(const struct pack_request *request, const struct narc_pack_result *result)
{
	char before[SIZE_TEXT_SIZE], after[SIZE_TEXT_SIZE];

	clear_progress();
	if (!wants_summary())
		return;
	print_string(stderr, request->archive);
	fputs(": ", stderr);
	if (request->is_append) {
		fprintf(stderr,
			_("generation %lu: %llu entries new, changed or moved, %llu as they were"),
			(unsigned long)result->generation, (unsigned long long)result->rows,
			(unsigned long long)result->unchanged);
		putc('\n', stderr);
		return;
	}
	if (request->input.from_git)
		fprintf(stderr, _("%llu versions in %lu generations"),
			(unsigned long long)result->rows, (unsigned long)result->generation);
	else
		fprintf(stderr, translate_count("%llu entry", "%llu entries", result->rows),
			(unsigned long long)result->rows);
	fprintf(stderr, _(", %s in %s"), format_size(result->content_size, before),
		format_size(result->archive_size, after));
	if (result->content_size)
		fprintf(stderr, " (%.1f %%)",
			100.0 * (double)result->archive_size / (double)result->content_size);
	putc('\n', stderr);
}

static enum exit_status pack(const struct pack_request *request, narc_packer *packer)
{
	const char *folder = request->options.temporary_folder;
	struct narc_pack_result result;
	struct narc_error error;
	struct narc_sink sink;
	enum exit_status status = open_output(request->archive, request->force, folder, &sink);

	/* Whether the archive can be written is to be known before the work is done; but it is
	 * opened anew behind it, as an unfinished archive may have a name, in the very tree. */
	if (status != EXIT_DONE)
		return status;
	sink.ops->close(sink.context);
	narc_packer_exclude(packer, request->archive);
	status = add_pack_input(packer, &request->input, NULL);
	if (status == EXIT_DONE)
		status = open_output(request->archive, request->force, folder, &sink);
	if (status != EXIT_DONE)
		return status;
	if (narc_packer_commit(packer, sink, &result, &error) != NARC_OK)
		return report_error(request->archive, &error);
	tell_result(request, &result);
	return result.notices ? EXIT_MISSING : EXIT_DONE;
}

/* Appends to the archive that is locked, and opened after that, so that nobody else changes
 * it any more. */
static enum exit_status append_to(const struct pack_request *request, narc_packer *packer,
				  narc_archive *archive, struct narc_sink sink)
{
	enum exit_status status = EXIT_DONE;
	struct narc_pack_result result;
	struct narc_error error;

	if (narc_packer_append_to(packer, archive, &error) != NARC_OK)
		status = report_error(request->archive, &error);
	narc_packer_exclude(packer, request->archive);
	if (status == EXIT_DONE)
		status = add_pack_input(packer, &request->input, archive);
	if (status != EXIT_DONE)
		sink.ops->close(sink.context);
	else if (narc_packer_commit(packer, sink, &result, &error) != NARC_OK)
		status = report_error(request->archive, &error);
	else
		tell_result(request, &result);
	return status == EXIT_DONE && result.notices ? EXIT_MISSING : status;
}

static enum exit_status append(const struct pack_request *request, narc_packer *packer)
{
	enum exit_status status = refuse_remote("append", request->archive);
	narc_archive *archive = NULL;
	struct narc_error error;
	struct narc_sink sink;

	if (status == EXIT_DONE)
		status = refuse_volume(request->archive);
	if (status != EXIT_DONE)
		; /* it was said why */
	else if (narc_archive_finish(request->archive, request->options.temporary_folder, &error) !=
		    NARC_OK ||
	    narc_append_sink(request->archive, &sink, &error) != NARC_OK) {
		status = report_error(request->archive, &error);
	} else {
		archive = open_archive(request->archive, &status);
		if (archive)
			status = append_to(request, packer, archive, sink);
		else
			sink.ops->close(sink.context);
	}
	/* The packer reads the archive to its end. */
	narc_packer_free(packer);
	narc_archive_close(archive);
	return status;
}

static struct set_packing set_packing_of(const struct pack_request *request)
{
	return (struct set_packing){ .set = request->archive,
				     .split = request->split,
				     .shard = request->shard,
				     .is_append = request->is_append,
				     .input = &request->input };
}

static enum exit_status pack_set(const struct pack_request *request, narc_packer *packer)
{
	const struct set_packing packing = set_packing_of(request);
	struct narc_pack_result result;
	enum exit_status status = pack_into_set(packer, &packing, &result);

	if (status != EXIT_DONE)
		return status;
	tell_result(request, &result);
	return result.notices ? EXIT_MISSING : EXIT_DONE;
}

static enum exit_status run(struct pack_request *request)
{
	char *folder = folder_of(request->archive);
	narc_packer *packer = NULL;
	struct narc_error error;
	enum exit_status status = settle_options(request);

	if (!folder) {
		report("out of memory");
		return EXIT_SYSTEM;
	}
	if (!request->options.temporary_folder)
		request->options.temporary_folder = folder;
	request->options.notice = note_skipped;
	request->options.progress = show_progress(request->archive);
	if (status == EXIT_DONE && narc_packer_new(&request->options, &packer, &error) != NARC_OK)
		status = report_error(strcmp(error.stage, "time zone") == 0 ? "--timezone" : "pack",
				      &error);
	if (status == EXIT_DONE && names_set(request->archive)) {
		status = pack_set(request, packer);
	} else if (status == EXIT_DONE && request->is_append) {
		status = append(request, packer);
	} else if (status == EXIT_DONE) {
		status = pack(request, packer);
		narc_packer_free(packer);
	}
	free(folder);
	return status;
}

static enum exit_status read_and_run(int argc, char **argv, struct pack_request *request)
{
	const struct option *long_options = request->is_append ? append_options : pack_options;
	struct set_packing packing;
	enum exit_status status;
	int option;

	while ((option = getopt_long(argc, argv, ":0", long_options, NULL)) != -1) {
		status = take_option(option, optarg, request);
		if (status != EXIT_DONE || option == OPTION_HELP)
			return status;
	}
	if (argc == optind)
		return wrong_operands(argv[0], "an archive and paths");
	request->archive = argv[optind];
	request->input.paths = argv + optind + 1;
	request->input.path_count = (size_t)(argc - optind - 1);
	request->input.archive = request->archive;
	status = check_pack_input(argv[0], request->archive, &request->input);
	packing = set_packing_of(request);
	if (status == EXIT_DONE)
		status = check_set_packing(argv[0], &packing);
	return status == EXIT_DONE ? run(request) : status;
}

static enum exit_status pack_or_append(int argc, char **argv, bool is_append)
{
	struct pack_request request = { .input.delimiter = '\n', .is_append = is_append,
					.arguments = argv };
	enum exit_status status;

	narc_pack_options_init(&request.options);
	request.options.temporary_folder = NULL; /* the archive's, once it is known */
	status = read_and_run(argc, argv, &request);
	free(request.input.revisions);
	return status;
}

int command_pack(int argc, char **argv)
{
	return pack_or_append(argc, argv, false);
}

int command_append(int argc, char **argv)
{
	return pack_or_append(argc, argv, true);
}
