// SPDX-License-Identifier: BSD-2-Clause
/*
 * look_up - how long it takes to get a post out of an open archive
 *
 * Picks records at random and gets the content of each by its key, through the public
 * interface, in one process whose caches are warm: all of them are looked up once before any is
 * measured.
 */
#include <err.h>
#include <fcntl.h>
#include <getopt.h>
#include <newsarc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure.h"
#include "random.h"

enum {
	SKIP_LIMIT = 512, /* records between a random time and the one that is picked there */
	TRIES_LIMIT = 1000
};

static struct {
	const char *archive;
	size_t count;
	uint64_t seed;
	bool by_path, cold_pages, mapped, as_json;
} options = { .count = 10000, .seed = 1 };

static void check(enum narc_status status, const struct narc_error *error)
{
	if (status != NARC_OK)
		errx(1, "%s: %s: %s%s%s", options.archive, error->stage, error->message,
		     *error->path ? ": " : "", error->path);
}

/* ---- a source that counts -------------------------------------------------------------- */

struct counting_source {
	struct narc_source inner;
	uint64_t reads, bytes;
};

/* As a database would have it: the difference is what the system calls take. It is not for
 * programs that go on, as they would die of a file that is cut short. */
static void map_file(struct narc_source *source)
{
	int fd = open(options.archive, O_RDONLY | O_CLOEXEC);
	struct narc_error error;
	struct stat about;
	void *data;

	if (fd < 0 || fstat(fd, &about) != 0)
		err(1, "%s", options.archive);
	data = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (data == MAP_FAILED)
		err(1, "%s", options.archive);
	close(fd);
	check(narc_memory_source(data, (size_t)about.st_size, source, &error), &error);
}

static enum narc_status count_read(void *context, uint64_t offset, void *buffer, size_t length,
				   struct narc_error *error)
{
	struct counting_source *source = context;

	source->reads++;
	source->bytes += length;
	return source->inner.ops->read_at(source->inner.context, offset, buffer, length, error);
}

static enum narc_status pass_size(void *context, uint64_t *size, struct narc_error *error)
{
	struct counting_source *source = context;

	return source->inner.ops->size(source->inner.context, size, error);
}

static void pass_close(void *context)
{
	struct counting_source *source = context;

	source->inner.ops->close(source->inner.context);
}

static const struct narc_source_ops counting_ops = {
	.read_at = count_read,
	.size = pass_size,
	.close = pass_close,
};

static narc_archive *open_archive(struct counting_source *source)
{
	narc_archive *archive;
	struct narc_error error;

	*source = (struct counting_source){ 0 };
	if (options.mapped)
		map_file(&source->inner);
	else
		check(narc_file_source(options.archive, &source->inner, &error), &error);
	check(narc_archive_open((struct narc_source){ &counting_ops, source }, &archive, &error),
	      &error);
	return archive;
}

/* ---- what is looked up ------------------------------------------------------------------ */

/* The key of some record not long after a random time; NULL where there is none. A time alone
 * would favour what follows a pause, the first post of a day; and to be fair to all records
 * would take going through them. */
static char *try_to_pick(narc_archive *archive, const struct narc_info *info, uint64_t *rng)
{
	const struct narc_record *record;
	struct narc_filter filter;
	narc_cursor *cursor;
	struct narc_error error;
	uint64_t seconds = (uint64_t)info->last_local_time - (uint64_t)info->first_local_time;
	uint32_t skip = below(rng, info->rows < SKIP_LIMIT ? info->rows : SKIP_LIMIT);
	const char *key = "";
	char *copy = NULL;
	enum narc_status status;

	narc_filter_init(&filter);
	filter.from = info->first_local_time + (int64_t)(next(rng) % (seconds + 1));
	check(narc_cursor_open(archive, &filter, &cursor, &error), &error);
	while ((status = narc_cursor_next(cursor, &record, &error)) == NARC_OK) {
		key = options.by_path ? record->path : record->info_code;
		if (skip == 0 && *key)
			break;
		skip -= skip > 0;
	}
	if (status == NARC_OK) {
		copy = strdup(key);
		if (!copy)
			err(1, NULL);
	} else if (status != NARC_END) {
		check(status, &error);
	}
	narc_cursor_close(cursor);
	return copy;
}

/* Uses an archive of its own, so that the one that is measured starts without memory of it. */
static char **pick_keys(void)
{
	struct counting_source source;
	narc_archive *archive = open_archive(&source);
	char **keys = take_memory(options.count, sizeof(*keys));
	uint64_t rng = options.seed;
	struct narc_info info;
	struct narc_error error;

	check(narc_archive_info(archive, &info, &error), &error);
	if (info.rows == 0)
		errx(1, "%s: is empty", options.archive);
	for (size_t i = 0; i < options.count; i++) {
		for (unsigned tries = 0; !keys[i] && tries < TRIES_LIMIT; tries++)
			keys[i] = try_to_pick(archive, &info, &rng);
		if (!keys[i])
			errx(1, "%s: has no records with such keys", options.archive);
	}
	narc_archive_close(archive);
	return keys;
}

/* ---- looking up ------------------------------------------------------------------------- */

static narc_cursor *open_cursor(narc_archive *archive)
{
	narc_cursor *cursor;
	struct narc_error error;

	check(narc_cursor_open(archive, NULL, &cursor, &error), &error);
	return cursor;
}

static void look_up(narc_cursor *cursor, const char *key)
{
	const struct narc_record *record;
	const void *content;
	struct narc_error error;

	check(narc_cursor_find(cursor, key, &error), &error);
	check(narc_cursor_next(cursor, &record, &error), &error);
	check(narc_cursor_content(cursor, &content, &error), &error);
}

/* One each a look-up. */
struct measured {
	uint64_t *nanoseconds, *reads, *bytes;
};

static void measure_one(narc_archive *archive, narc_cursor *cursor,
			const struct counting_source *source, const char *key,
			const struct measured *measured, size_t i)
{
	uint64_t reads = source->reads;
	uint64_t bytes = source->bytes;
	uint64_t start = clock_now();

	if (options.cold_pages) {
		narc_cursor *own = open_cursor(archive);

		look_up(own, key);
		narc_cursor_close(own);
	} else {
		look_up(cursor, key);
	}
	measured->nanoseconds[i] = clock_now() - start;
	measured->reads[i] = source->reads - reads;
	measured->bytes[i] = source->bytes - bytes;
}

static void report(const struct measured *measured, uint64_t open_time, uint64_t first_time)
{
	size_t count = options.count;
	const uint64_t *times = measured->nanoseconds;

	sort_numbers(measured->nanoseconds, count);
	sort_numbers(measured->reads, count);
	sort_numbers(measured->bytes, count);
	print_figures((struct figure[]){
		{ "count", "look-ups", (double)count, 0 },
		{ "p50_us", "median, µs", 1e-3 * (double)quantile(times, count, 500), 2 },
		{ "p99_us", "99 of 100 within, µs",
		  1e-3 * (double)quantile(times, count, 990), 2 },
		{ "min_us", "fastest, µs", 1e-3 * (double)times[0], 2 },
		{ "mean_us", "mean, µs", 1e-3 * mean_of(times, count), 2 },
		{ "reads_p50", "reads, median", (double)quantile(measured->reads, count, 500), 0 },
		{ "reads_max", "reads, most", (double)measured->reads[count - 1], 0 },
		{ "bytes_p50", "bytes read, median",
		  (double)quantile(measured->bytes, count, 500), 0 },
		{ "open_us", "opening, µs", 1e-3 * (double)open_time, 2 },
		{ "first_us", "first look-up, µs", 1e-3 * (double)first_time, 2 },
		{ "rss_kb", "peak memory, KiB", (double)peak_rss_kb(), 0 },
		{ 0 },
	}, options.as_json);
}

static void measure(char **keys)
{
	struct measured measured = {
		take_memory(options.count, sizeof(uint64_t)),
		take_memory(options.count, sizeof(uint64_t)),
		take_memory(options.count, sizeof(uint64_t)),
	};
	struct counting_source source;
	uint64_t start = clock_now();
	narc_archive *archive = open_archive(&source);
	uint64_t open_time = clock_now() - start;
	narc_cursor *cursor = open_cursor(archive);
	uint64_t first_time = 0;

	for (unsigned warm = 0; warm <= 1; warm++) {
		for (size_t i = 0; i < options.count; i++)
			measure_one(archive, cursor, &source, keys[i], &measured, i);
		if (!warm)
			first_time = measured.nanoseconds[0];
	}
	narc_cursor_close(cursor);
	narc_archive_close(archive);
	report(&measured, open_time, first_time);
	free(measured.nanoseconds);
	free(measured.reads);
	free(measured.bytes);
}

/* ---- the program ------------------------------------------------------------------------ */

static void usage(void)
{
	fputs("usage: look_up [options] ARCHIVE\n\n"
	      "  --count N        look up so many records (10000)\n"
	      "  --seed S         pick others\n"
	      "  --by code|path   by infoCode (that is the default) or by path\n"
	      "  --cold-pages     a new cursor for each, which has no page of the index yet\n"
	      "  --mapped         from memory that the file is mapped to, and not by reads\n"
	      "  --json           print the figures as JSON\n",
	      stderr);
	exit(2);
}

static void parse_options(int argc, char **argv)
{
	static const struct option names[] = {
		{ "count", required_argument, NULL, 'n' },
		{ "seed", required_argument, NULL, 's' },
		{ "by", required_argument, NULL, 'b' },
		{ "cold-pages", no_argument, NULL, 'c' },
		{ "mapped", no_argument, NULL, 'm' },
		{ "json", no_argument, NULL, 'j' },
		{ 0 },
	};

	for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
		switch (c) {
		case 'n': options.count = parse_number(optarg, 1, 10000000); break;
		case 's': options.seed = parse_number(optarg, 0, UINT64_MAX); break;
		case 'b':
			options.by_path = strcmp(optarg, "path") == 0;
			if (!options.by_path && strcmp(optarg, "code") != 0)
				usage();
			break;
		case 'c': options.cold_pages = true; break;
		case 'm': options.mapped = true; break;
		case 'j': options.as_json = true; break;
		default: usage();
		}
	}
	if (argc - optind != 1)
		usage();
	options.archive = argv[optind];
}

int main(int argc, char **argv)
{
	char **keys;

	parse_options(argc, argv);
	keys = pick_keys();
	measure(keys);
	for (size_t i = 0; i < options.count; i++)
		free(keys[i]);
	free(keys);
	return 0;
}
