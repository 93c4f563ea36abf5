/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "remote.h"
#include "store.h"
#include "run_diff.h"
#include "terminal.h"
#include "translate.h"

static const char usage[] =
	"usage: narc diff [options] ARCHIVE PATH\n\n"
	"Compares an archive with the files below PATH, or with another archive: a line\n"
	"for each path that was added there, is missing there, or has another content.\n"
	"Exit status 1 if there is any.\n\n"
	"  --checksum        compare contents, also where size and time are the same\n"
	"  --json            one JSON object a line\n" COLOR_USAGE AS_OF_USAGE "\n" LIMIT_USAGE;

enum { OPTION_JSON = OPTION_OWN, OPTION_CHECKSUM };

/* What an archive is compared with. */
struct other_side {
	const char *name;
	narc_archive *archive; /* NULL: name is a folder */
	narc_cursor *cursor;
};

struct comparison {
	const char *name; /* of the archive */
	narc_archive *archive;
	narc_cursor *cursor; /* over its entries, in order */
	narc_cursor *finder; /* to look for single ones */
	struct other_side other;
	struct narc_limits limits; /* of each archive */
	bool checksum;
	bool json;
	bool has_colors;
	uint64_t differences;
};

static const char *color_of(const char *change)
{
	return *change == 'a' ? COLOR_ADDED : *change == 'm' ? COLOR_MISSING : COLOR_CHANGED;
}

static void tell(struct comparison *comparison, const char *change, const char *path)
{
	struct json_line line = { .out = stdout };

	comparison->differences++;
	if (comparison->json) {
		json_field_string(&line, "{\"change\":", change);
		json_field_string(&line, ",\"path\":", path);
		json_put(&line, "}\n");
		json_end(&line);
		return;
	}
	fputs(comparison->has_colors ? color_of(change) : "", stdout);
	printf("%-8s ", change);
	print_string(stdout, path);
	puts(comparison->has_colors ? COLOR_END : "");
}

/* ---- contents ----------------------------------------------------------------------------- */

/* A content that comes is compared with what can be read from fd. */
struct content_check {
	int fd;
	bool is_equal;
	int system_errno;
};

static bool check_piece(void *context, const void *data, size_t size)
{
	struct content_check *check = context;
	const char *place = data;
	char buffer[65536];

	while (size && check->is_equal) {
		ssize_t got = read(check->fd, buffer, size < sizeof(buffer) ? size : sizeof(buffer));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			check->system_errno = errno;
		check->is_equal = got > 0 && memcmp(buffer, place, (size_t)got) == 0;
		if (check->is_equal) {
			place += got;
			size -= (size_t)got;
		}
	}
	return check->is_equal;
}

/* Compares the record that the archive's cursor is at with what fd has, which is as long. */
static enum exit_status compare_content(struct comparison *comparison, int fd, bool *is_equal)
{
	struct content_check check = { .fd = fd, .is_equal = true };
	struct narc_error error;
	enum narc_status status =
		narc_cursor_stream(comparison->cursor, check_piece, &check, &error);

	*is_equal = check.is_equal;
	if (check.system_errno) {
		report("%s: cannot read: %s", comparison->other.name,
		       strerror(check.system_errno));
		return EXIT_SYSTEM;
	}
	if (status != NARC_OK && status != NARC_CANCELLED)
		return report_error(comparison->name, &error);
	return EXIT_DONE;
}

/* ---- with another archive ----------------------------------------------------------------- */

/* Finds a path in an archive; *record is NULL if it is not there. */
static enum exit_status find(narc_cursor *cursor, const char *name, const char *path,
			     const struct narc_record **record)
{
	struct narc_error error;
	enum narc_status status = narc_cursor_find_path(cursor, path, &error);

	*record = NULL;
	if (status == NARC_OK)
		status = narc_cursor_next(cursor, record, &error);
	if (status == NARC_OK || status == NARC_NOT_FOUND)
		return EXIT_DONE;
	return report_error(name, &error);
}

static enum exit_status compare_with_record(struct comparison *comparison,
					    const struct narc_record *record)
{
	struct other_side *other = &comparison->other;
	struct diff_side side = { -1, NULL };
	const struct narc_record *found;
	bool is_equal = false;
	enum exit_status status = find(other->cursor, other->name, record->path, &found);

	if (status != EXIT_DONE)
		return status;
	if (!found) {
		tell(comparison, "missing", record->path);
		return EXIT_DONE;
	}
	/* Equal hashes prove nothing. */
	if (found->type == record->type && found->size == record->size &&
	    found->hash == record->hash) {
		status = diff_side_fill(&side, other->cursor, other->name);
		if (status == EXIT_DONE && lseek(side.fd, 0, SEEK_SET) == 0)
			status = compare_content(comparison, side.fd, &is_equal);
		diff_side_close(&side);
	}
	if (status == EXIT_DONE && !is_equal)
		tell(comparison, "changed", record->path);
	return status;
}

/* ---- with a folder ------------------------------------------------------------------------ */

static enum exit_status fail_at(const char *path, const char *what)
{
	report("%s: %s: %s", path, _(what), strerror(errno));
	return EXIT_SYSTEM;
}

static enum exit_status compare_link(struct comparison *comparison, const char *path,
				     bool *is_equal)
{
	char target[4096];
	ssize_t size = readlink(path, target, sizeof(target));
	const struct narc_record *record = narc_cursor_record(comparison->cursor);
	const void *content;
	struct narc_error error;

	if (size < 0)
		return fail_at(path, "cannot read the symbolic link");
	if (narc_cursor_content(comparison->cursor, &content, &error) != NARC_OK)
		return report_error(comparison->name, &error);
	*is_equal = record->size == (uint64_t)size && memcmp(content, target, (size_t)size) == 0;
	return EXIT_DONE;
}

static enum exit_status compare_regular(struct comparison *comparison, const char *path,
					bool *is_equal)
{
	enum exit_status status;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return fail_at(path, "cannot open");
	status = compare_content(comparison, fd, is_equal);
	close(fd);
	return status;
}

static enum exit_status compare_file(struct comparison *comparison, const char *path,
				     const struct stat *about, bool *is_equal)
{
	const struct narc_record *record = narc_cursor_record(comparison->cursor);
	bool is_link = record->type == NARC_TYPE_SYMLINK;

	*is_equal = false;
	if (is_link != S_ISLNK(about->st_mode) || (!is_link && !S_ISREG(about->st_mode)) ||
	    (uint64_t)about->st_size != record->size)
		return EXIT_DONE;
	*is_equal = !comparison->checksum && about->st_mtim.tv_sec == record->mtime_seconds &&
		    about->st_mtim.tv_nsec == (long)record->mtime_nanoseconds;
	if (*is_equal)
		return EXIT_DONE;
	return is_link ? compare_link(comparison, path, is_equal)
		       : compare_regular(comparison, path, is_equal);
}

static enum exit_status compare_with_file(struct comparison *comparison,
					  const struct narc_record *record)
{
	size_t size = strlen(comparison->other.name) + strlen(record->path) + 2;
	char *path = malloc(size);
	bool is_equal = false;
	struct stat about;
	enum exit_status status = EXIT_DONE;

	if (!path) {
		report("out of memory");
		return EXIT_SYSTEM;
	}
	snprintf(path, size, "%s/%s", comparison->other.name, record->path);
	if (lstat(path, &about) == 0) {
		status = compare_file(comparison, path, &about, &is_equal);
		if (status == EXIT_DONE && !is_equal)
			tell(comparison, "changed", record->path);
	} else if (errno == ENOENT || errno == ENOTDIR) {
		tell(comparison, "missing", record->path);
	} else {
		status = fail_at(path, "cannot look at it");
	}
	free(path);
	return status;
}

/* ---- what was added ----------------------------------------------------------------------- */

static enum exit_status tell_if_added(struct comparison *comparison, const char *path)
{
	const struct narc_record *record;
	enum exit_status status = find(comparison->finder, comparison->name, path, &record);

	if (status == EXIT_DONE && !record)
		tell(comparison, "added", path);
	return status;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static enum exit_status tell_added_files(struct comparison *comparison)
{
	char *name = strdup(comparison->other.name);
	char *const roots[] = { name, NULL };
	FTS *tree = name ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name) : NULL;
	size_t root_size = strlen(comparison->other.name);
	enum exit_status status = tree ? EXIT_DONE : fail_at(comparison->other.name, "cannot open");
	FTSENT *entry;

	while (status == EXIT_DONE && (entry = fts_read(tree))) {
		const char *path = entry->fts_path + root_size;

		errno = entry->fts_errno;
		if (entry->fts_info == FTS_F || entry->fts_info == FTS_SL ||
		    entry->fts_info == FTS_SLNONE)
			status = tell_if_added(comparison, path + strspn(path, "/"));
		else if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR ||
			 entry->fts_info == FTS_NS)
			status = fail_at(entry->fts_path, "cannot read");
	}
	if (tree)
		fts_close(tree);
	free(name);
	return status;
}

static enum exit_status tell_added_records(struct comparison *comparison)
{
	const struct narc_record *record;
	enum exit_status status = EXIT_DONE;
	enum narc_status found = NARC_OK;
	struct narc_error error;
	narc_cursor *cursor;

	if (narc_cursor_open(comparison->other.archive, NULL, &cursor, &error) != NARC_OK)
		return report_error(comparison->other.name, &error);
	while (status == EXIT_DONE &&
	       (found = narc_cursor_next(cursor, &record, &error)) == NARC_OK)
		status = tell_if_added(comparison, record->path);
	if (found != NARC_OK && found != NARC_END)
		status = report_error(comparison->other.name, &error);
	narc_cursor_close(cursor);
	return status;
}

/* ---- all of it ---------------------------------------------------------------------------- */

static enum exit_status compare(struct comparison *comparison)
{
	const struct narc_record *record;
	enum exit_status status = EXIT_DONE;
	enum narc_status found = NARC_OK;
	struct narc_error error;

	while (status == EXIT_DONE &&
	       (found = narc_cursor_next(comparison->cursor, &record, &error)) == NARC_OK)
		status = comparison->other.archive ? compare_with_record(comparison, record)
						   : compare_with_file(comparison, record);
	if (found != NARC_OK && found != NARC_END)
		status = report_error(comparison->name, &error);
	if (status == EXIT_DONE)
		status = comparison->other.archive ? tell_added_records(comparison)
						   : tell_added_files(comparison);
	return status == EXIT_DONE && comparison->differences ? EXIT_MISSING : status;
}

static enum exit_status open_other(struct other_side *other, const struct narc_limits *limits)
{
	enum exit_status status = EXIT_DONE;
	struct narc_error error;
	struct stat about;

	if (!is_remote(other->name) && !names_set(other->name)) {
		if (stat(other->name, &about) != 0)
			return fail_at(other->name, "cannot look at it");
		if (S_ISDIR(about.st_mode))
			return EXIT_DONE;
	}
	other->archive = open_archive_within(other->name, limits, &status);
	if (other->archive &&
	    narc_cursor_open(other->archive, NULL, &other->cursor, &error) != NARC_OK)
		status = report_error(other->name, &error);
	return status;
}

static enum exit_status run(struct comparison *comparison, struct selection *selection)
{
	struct narc_error error;
	enum exit_status status = settle_selection(selection, comparison->name, comparison->archive);

	if (status == EXIT_DONE)
		status = open_other(&comparison->other, &comparison->limits);
	if (status == EXIT_DONE &&
	    (narc_cursor_open(comparison->archive, &selection->filter, &comparison->cursor,
			      &error) != NARC_OK ||
	     narc_cursor_open(comparison->archive, &selection->filter, &comparison->finder,
			      &error) != NARC_OK))
		status = report_error(comparison->name, &error);
	if (status == EXIT_DONE)
		status = compare(comparison);
	narc_cursor_close(comparison->cursor);
	narc_cursor_close(comparison->finder);
	narc_cursor_close(comparison->other.cursor);
	narc_archive_close(comparison->other.archive);
	return status;
}

int command_diff(int argc, char **argv)
{
	static const struct option options[] = {
		AS_OF_OPTION,
		{ "checksum", no_argument, NULL, OPTION_CHECKSUM },
		{ "json", no_argument, NULL, OPTION_JSON },
		COLOR_OPTION,
		LIMIT_OPTIONS,
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct comparison comparison = { .name = NULL };
	enum exit_status status = take_color(NULL, &comparison.has_colors);
	struct selection selection;
	int option;

	selection_init(&selection);
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		bool taken;

		status = take_filter_option(option, optarg, &selection, &taken);
		if (!taken)
			status = take_limit_option(option, optarg, &comparison.limits, &taken);
		if (taken)
			; /* and done with */
		else if (option == OPTION_CHECKSUM)
			comparison.checksum = true;
		else if (option == OPTION_JSON)
			comparison.json = true;
		else if (option == OPTION_COLOR)
			status = take_color(optarg, &comparison.has_colors);
		else
			return show_usage(option, argv, usage);
		if (status != EXIT_DONE)
			return status;
	}
	if (argc - optind != 2)
		return wrong_operands(argv[0], "an archive, and a folder or another archive");
	comparison.name = argv[optind];
	comparison.other.name = argv[optind + 1];
	comparison.archive = open_archive_within(comparison.name, &comparison.limits, &status);
	if (comparison.archive)
		status = run(&comparison, &selection);
	narc_archive_close(comparison.archive);
	return finish_output(status);
}
