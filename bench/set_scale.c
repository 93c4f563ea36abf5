// SPDX-License-Identifier: BSD-2-Clause
/*
 * set_scale - what a set of very many volumes takes
 *
 * Makes a volume for each day and keeps all of them in memory, behind a store that counts what is
 * asked of it; and then measures what opening the set takes, looking up single posts, listing days,
 * and going through all of it. Look-ups that open the set anew show what a process does that was
 * just started.
 */
#include <err.h>
#include <getopt.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/set_manifest.h"
#include "measure.h"
#include "pack/describe_volume.h"
#include "post_text.h"
#include "random.h"

static struct {
	size_t volumes, posts, look_ups;
	uint64_t seed;
	bool as_json;
} options = { .volumes = 10000, .posts = 100, .look_ups = 2000, .seed = 1 };

static void check(enum narc_status status, const struct narc_error *error)
{
	if (status != NARC_OK)
		errx(1, "%s: %s%s%s", error->stage, error->message, *error->path ? ": " : "",
		     error->path);
}

/* ---- a store in memory that counts ------------------------------------------------------------- */

struct stored {
	char name[32];
	void *data;
	size_t size;
};

static struct store {
	struct stored *volumes; /* by their names, which have their numbers in them */
	struct stored *filters; /* files of them, likewise */
	struct stored manifest;
	uint64_t opened, reads, bytes;
} store;

static struct stored *find_stored(const char *name)
{
	if (strcmp(name, NARC_SET_MANIFEST) == 0)
		return &store.manifest;
	return &(*name == 'v' ? store.volumes : store.filters)[strtoul(name + 1, NULL, 10)];
}

static enum narc_status stored_read_at(void *context, uint64_t offset, void *buffer, size_t length,
				       struct narc_error *error)
{
	const struct stored *stored = context;

	(void)error;
	store.reads++;
	store.bytes += length;
	if (offset + length > stored->size)
		errx(1, "%s is read behind its end", stored->name);
	memcpy(buffer, (const char *)stored->data + offset, length);
	return NARC_OK;
}

static enum narc_status stored_size(void *context, uint64_t *size, struct narc_error *error)
{
	(void)error;
	*size = ((const struct stored *)context)->size;
	return NARC_OK;
}

static void close_nothing(void *context)
{
	(void)context;
}

static const struct narc_source_ops stored_ops = { .read_at = stored_read_at,
						   .size = stored_size,
						   .close = close_nothing };

static enum narc_status store_open(void *context, const char *name, struct narc_source *source,
				   struct narc_error *error)
{
	(void)context;
	(void)error;
	store.opened++;
	*source = (struct narc_source){ &stored_ops, find_stored(name) };
	return NARC_OK;
}

static const struct narc_store_ops store_ops = { .open = store_open, .close = close_nothing };

static void forget_counts(void)
{
	store.opened = store.reads = store.bytes = 0;
}

/* ---- making it ----------------------------------------------------------------------------------- */

static struct newsroom newsroom;

static void pack_day(size_t day, struct stored *stored)
{
	static char text[POST_TEXT_MAX];
	struct narc_pack_options pack;
	struct narc_pack_result result;
	struct narc_error error;
	struct narc_sink sink;
	narc_packer *packer;

	narc_pack_options_init(&pack);
	pack.level = 1;
	pack.threads = 1;
	pack.dictionary_size = 0;
	check(narc_packer_new(&pack, &packer, &error), &error);
	for (size_t i = 0; i < options.posts; i++) {
		struct post post = plan_post(&newsroom, day * options.posts + i);
		char path[64];
		struct narc_entry entry = { .path = path, .permissions = 0644,
					    .mtime_seconds = post.time };

		snprintf(path, sizeof(path), "_posts/%s-%s.md", post.date, post.code);
		check(narc_packer_add(packer, &entry, text, write_post_text(&post, text), &error),
		      &error);
	}
	check(narc_memory_sink(&stored->data, &stored->size, &sink, &error), &error);
	check(narc_packer_commit(packer, sink, &result, &error), &error);
	narc_packer_free(packer);
}

/* As writers do: filters go into a file of their own when there are many in the manifest. */
enum { FILTERS_IN_MANIFEST = 256 << 10 };

static void move_filters(struct set_manifest *manifest, struct byte_buffer *filters)
{
	struct stored *stored = &store.filters[manifest->filter_file_count];

	snprintf(stored->name, sizeof(stored->name), "f%zu", manifest->filter_file_count);
	stored->data = filters->data;
	stored->size = filters->size;
	*filters = BYTE_BUFFER_EMPTY;
	set_manifest_move_filters(manifest, (struct filter_file){ stored->name, stored->size });
}

static void write_manifest(const struct set_manifest *manifest, const struct byte_buffer *filters)
{
	struct byte_buffer file = BYTE_BUFFER_EMPTY;
	struct narc_error error;

	check(set_manifest_encode(&file, manifest, &error), &error);
	byte_buffer_append(&file, filters->data, filters->size);
	check(byte_buffer_status(&file, &error), &error);
	store.manifest = (struct stored){ NARC_SET_MANIFEST, file.data, file.size };
}

/* The manifest is made at once: to add volumes one by one would write it as often. */
static void make_set(void)
{
	struct set_manifest manifest = { .edition = 1 };
	struct volume_description *all = take_memory(options.volumes, sizeof(*all));
	struct volume_file *files = take_memory(options.volumes, sizeof(*files));
	struct byte_buffer filters = BYTE_BUFFER_EMPTY;
	struct narc_error error;

	store.volumes = take_memory(options.volumes, sizeof(*store.volumes));
	store.filters = take_memory(options.volumes, sizeof(*store.filters));
	manifest.volumes = take_memory(options.volumes, sizeof(*manifest.volumes));
	manifest.filter_files = take_memory(options.volumes, sizeof(*manifest.filter_files));
	for (size_t i = 0; i < options.volumes; i++) {
		struct stored *stored = &store.volumes[i];

		snprintf(stored->name, sizeof(stored->name), "v%zu.narc", i);
		pack_day(i, stored);
		files[i] = (struct volume_file){ .store = { &store_ops, NULL },
						 .label = "",
						 .size = stored->size };
		snprintf(files[i].name, sizeof(files[i].name), "%s", stored->name);
		check(describe_volume(&files[i], &all[i], &error), &error);
		narc_archive_close(all[i].archive);
		all[i].archive = NULL;
		manifest.volumes[manifest.volume_count++] = all[i].volume;
		manifest.current_rows += options.posts;
		manifest.current_posts += options.posts;
		byte_buffer_append(&filters, all[i].filter.data, all[i].filter.size);
		if (filters.size > FILTERS_IN_MANIFEST)
			move_filters(&manifest, &filters);
	}
	write_manifest(&manifest, &filters);
	byte_buffer_free(&filters);
	for (size_t i = 0; i < options.volumes; i++)
		volume_description_free(&all[i]);
	free(manifest.volumes);
	free(manifest.filter_files);
	free(files);
	free(all);
}

/* ---- measuring ------------------------------------------------------------------------------------ */

static narc_archive *open_it(void)
{
	struct narc_error error;
	narc_archive *archive;

	check(narc_set_open((struct narc_store){ &store_ops, NULL }, &archive, &error), &error);
	return archive;
}

static void find_one(narc_archive *archive, uint64_t *rng)
{
	struct post post = plan_post(&newsroom,
				     below(rng, (uint64_t)options.volumes * options.posts));
	const struct narc_record *record;
	const void *content;
	struct narc_error error;
	narc_cursor *cursor;

	check(narc_cursor_open(archive, NULL, &cursor, &error), &error);
	check(narc_cursor_find(cursor, post.code, &error), &error);
	check(narc_cursor_next(cursor, &record, &error), &error);
	check(narc_cursor_content(cursor, &content, &error), &error);
	narc_cursor_close(cursor);
}

/* A path without an infoCode may be in any volume, as far as dates and infoCodes tell. */
static void miss_one(narc_archive *archive, uint64_t *rng)
{
	narc_cursor *cursor;
	struct narc_error error;
	char path[32];

	snprintf(path, sizeof(path), "assets/%08x.css", below(rng, UINT32_MAX));
	check(narc_cursor_open(archive, NULL, &cursor, &error), &error);
	if (narc_cursor_find(cursor, path, &error) != NARC_NOT_FOUND)
		errx(1, "%s was found", path);
	narc_cursor_close(cursor);
}

static uint64_t list_days(narc_archive *archive, int64_t from, int64_t to)
{
	const struct narc_record *record;
	struct narc_filter filter;
	struct narc_error error;
	narc_cursor *cursor;
	uint64_t count = 0;
	enum narc_status status;

	narc_filter_init(&filter);
	filter.from = from;
	filter.to = to;
	check(narc_cursor_open(archive, &filter, &cursor, &error), &error);
	while ((status = narc_cursor_next(cursor, &record, &error)) == NARC_OK)
		count++;
	if (status != NARC_END)
		check(status, &error);
	narc_cursor_close(cursor);
	return count;
}

struct timing {
	double p50, p99; /* microseconds */
	double opened, reads, bytes; /* of each, on average */
};

static struct timing measure(narc_archive *archive, size_t count,
			     void (*run)(narc_archive *archive, uint64_t *rng))
{
	uint64_t *times = take_memory(count, sizeof(*times));
	uint64_t rng = options.seed;
	struct timing timing;

	forget_counts();
	for (size_t i = 0; i < count; i++) {
		uint64_t start = clock_now();
		narc_archive *used = archive ? archive : open_it();

		run(used, &rng);
		if (!archive)
			narc_archive_close(used);
		times[i] = clock_now() - start;
	}
	sort_numbers(times, count);
	timing = (struct timing){ .p50 = (double)quantile(times, count, 500) / 1e3,
				  .p99 = (double)quantile(times, count, 990) / 1e3,
				  .opened = (double)store.opened / (double)count,
				  .reads = (double)store.reads / (double)count,
				  .bytes = (double)store.bytes / (double)count };
	free(times);
	return timing;
}

static uint64_t size_of_filters(void)
{
	uint64_t size = 0;

	for (size_t i = 0; i < options.volumes; i++)
		size += store.filters[i].size;
	return size;
}

static void run(void)
{
	const double volumes = (double)options.volumes;
	uint64_t before = mallinfo2().uordblks, start = clock_now(), after_open, all, day;
	const uint64_t peak_before = peak_rss_kb();
	narc_archive *archive = open_it();
	double opening = (double)(clock_now() - start) / 1e6, listing, day_time;
	struct timing warm, miss, cold, cold_miss;

	after_open = mallinfo2().uordblks;
	warm = measure(archive, options.look_ups, find_one);
	miss = measure(archive, options.look_ups, miss_one);
	start = clock_now();
	forget_counts();
	day = list_days(archive, (int64_t)(newsroom.start + options.volumes / 2) * 86400,
			(int64_t)(newsroom.start + options.volumes / 2) * 86400 + 86399);
	day_time = (double)(clock_now() - start) / 1e3;
	const double day_opened = (double)store.opened, day_reads = (double)store.reads;
	start = clock_now();
	all = list_days(archive, INT64_MIN, INT64_MAX);
	listing = (double)(clock_now() - start) / 1e9;
	narc_archive_close(archive);
	cold = measure(NULL, 20, find_one);
	cold_miss = measure(NULL, 20, miss_one);
	print_figures(
		(const struct figure[]){
			{ "volumes", "volumes", volumes, 0 },
			{ "posts", "posts", volumes * (double)options.posts, 0 },
			{ "manifest_bytes", "bytes of the manifest", (double)store.manifest.size, 0 },
			{ "manifest_bytes_a_volume", "bytes of it a volume",
			  (double)store.manifest.size / volumes, 1 },
			{ "filters_in_files", "bytes of filters in files of their own",
			  (double)size_of_filters(), 0 },
			{ "open_ms", "ms to open the set", opening, 1 },
			{ "open_kb", "KiB of memory that it takes",
			  (double)(after_open - before) / 1024, 0 },
			{ "find_p50_us", "us a look-up of a post, median", warm.p50, 1 },
			{ "find_p99_us", "us, of one in a hundred", warm.p99, 1 },
			{ "find_opened", "volumes opened a look-up", warm.opened, 2 },
			{ "find_reads", "reads a look-up", warm.reads, 2 },
			{ "miss_p50_us", "us to see that a path is nowhere, median", miss.p50, 1 },
			{ "miss_opened", "volumes opened for that", miss.opened, 2 },
			{ "cold_p50_ms", "ms a look-up that opens the set", cold.p50 / 1e3, 1 },
			{ "cold_bytes", "bytes read for that", cold.bytes, 0 },
			{ "cold_miss_ms", "ms to see that a path is nowhere, likewise",
			  cold_miss.p50 / 1e3, 1 },
			{ "cold_miss_bytes", "bytes read for that", cold_miss.bytes, 0 },
			{ "day_us", "us to list a day", day_time, 1 },
			{ "day_rows", "posts in it", (double)day, 0 },
			{ "day_opened", "volumes opened for that", day_opened, 0 },
			{ "day_reads", "reads for that", day_reads, 0 },
			{ "list_s", "s to list all posts", listing, 2 },
			{ "list_rows", "which are", (double)all, 0 },
			{ "peak_kb", "KiB of memory at most, beyond the volumes",
			  (double)(peak_rss_kb() - peak_before), 0 },
			{ NULL, NULL, 0, 0 },
		},
		options.as_json);
}

int main(int argc, char **argv)
{
	static const char usage[] =
		"usage: set_scale [options]\n\n"
		"  -v N  volumes (10000)\n  -p N  posts a volume (100)\n  -n N  look-ups (2000)\n"
		"  -s N  seed (1)\n  -j    as JSON\n";
	int option;

	while ((option = getopt(argc, argv, "v:p:n:s:j")) != -1) {
		switch (option) {
		case 'v':
			options.volumes = parse_number(optarg, 1, 1 << 20);
			break;
		case 'p':
			options.posts = parse_number(optarg, 1, 1 << 20);
			break;
		case 'n':
			options.look_ups = parse_number(optarg, 1, 1 << 24);
			break;
		case 's':
			options.seed = parse_number(optarg, 0, UINT64_MAX);
			break;
		case 'j':
			options.as_json = true;
			break;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	prepare_language();
	newsroom = (struct newsroom){ options.seed, 10957, options.posts };
	make_set();
	run();
	return 0;
}
