// SPDX-License-Identifier: BSD-2-Clause
/*
 * lmdb_posts - posts in a key-value store, to compare look-ups with
 *
 * What one would build instead of an archive: an LMDB file whose keys are infoCodes, and whose
 * values are the hash of a post and the post, compressed with zstd and a trained dictionary.
 */
#include <err.h>
#include <fts.h>
#include <getopt.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>
#include <zdict.h>
#include <zstd.h>

#include "measure.h"
#include "random.h"

#define MAP_SIZE	((size_t)1 << 38)	/* of addresses: the file takes what it needs */
#define SAMPLE_SIZE	((size_t)24 << 20)	/* what the dictionary is trained on */
#define HASH_SIZE	sizeof(uint64_t)
#define NAME_DATE_SIZE	11			/* "2022-01-05-" */
#define KEY_SIZE_LIMIT	511			/* LMDB's */

static struct {
	size_t count, dictionary_size;
	uint64_t seed;
	int level;
	bool as_json;
} options = { .count = 10000, .dictionary_size = (size_t)1 << 20, .seed = 1, .level = 12 };

/* Before all others, as no infoCode is like it. */
static MDB_val dictionary_key(void)
{
	static char key[1];

	return (MDB_val){ sizeof(key), key };
}

static void must(int code)
{
	if (code)
		errx(1, "lmdb: %s", mdb_strerror(code));
}

static size_t must_zstd(size_t code)
{
	if (ZSTD_isError(code))
		errx(1, "zstd: %s", ZSTD_getErrorName(code));
	return code;
}

/* ---- files ------------------------------------------------------------------------------ */

struct file {
	char *path, *code;
	size_t size;
};

struct file_list {
	struct file *files;
	size_t count, capacity;
};

/* What stands between the date and the extension of a file's name. */
static char *code_of(const char *name)
{
	const char *code = strlen(name) > NAME_DATE_SIZE && name[NAME_DATE_SIZE - 1] == '-'
				   ? name + NAME_DATE_SIZE
				   : name;
	const char *dot = strrchr(code, '.');

	return strndup(code, dot ? (size_t)(dot - code) : strlen(code));
}

static void add_file(struct file_list *list, const FTSENT *entry)
{
	if (list->count == list->capacity) {
		list->capacity = list->capacity ? 2 * list->capacity : 1024;
		list->files = reallocarray(list->files, list->capacity, sizeof(*list->files));
		if (!list->files)
			err(1, NULL);
	}
	list->files[list->count++] = (struct file){
		strdup(entry->fts_path), code_of(entry->fts_name), (size_t)entry->fts_statp->st_size
	};
}

static int by_code(const void *a, const void *b)
{
	const struct file *left = a;
	const struct file *right = b;
	int order = strcmp(left->code, right->code);

	return order ? order : strcmp(left->path, right->path);
}

/* In the order of their codes: a tree that is filled in order is the smallest. */
static struct file_list list_files(char *folder)
{
	struct file_list list = { 0 };
	FTS *fts = fts_open((char *[]){ folder, NULL }, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *entry;

	if (!fts)
		err(1, "%s", folder);
	while ((entry = fts_read(fts)))
		if (entry->fts_info == FTS_F)
			add_file(&list, entry);
	fts_close(fts);
	if (list.count == 0)
		errx(1, "%s: no files", folder);
	qsort(list.files, list.count, sizeof(*list.files), by_code);
	return list;
}

static void free_files(struct file_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->files[i].path);
		free(list->files[i].code);
	}
	free(list->files);
}

static void read_file(const struct file *file, uint8_t *content)
{
	FILE *stream = fopen(file->path, "r");

	if (!stream || fread(content, 1, file->size, stream) != file->size)
		err(1, "%s", file->path);
	fclose(stream);
}

/* ---- making ----------------------------------------------------------------------------- */

/* By fastCover, as narc does it, on files from all over the list. */
static size_t train_dictionary(const struct file_list *list, uint8_t *dictionary)
{
	ZDICT_fastCover_params_t parameters = {
		.k = 512, .d = 8, .f = 20, .steps = 1, .splitPoint = 1.0, .accel = 1,
		.zParams = { .compressionLevel = 3 },
	};
	uint8_t *joined = take_memory(SAMPLE_SIZE, 1);
	size_t *sizes = take_memory(list->count, sizeof(*sizes));
	size_t held = 0, total = 0, taken = 0, size;

	for (size_t i = 0; i < list->count; i++)
		total += list->files[i].size;
	for (size_t i = 0, stride = total / SAMPLE_SIZE + 1; i < list->count; i += stride) {
		if (list->files[i].size > SAMPLE_SIZE - held)
			continue;
		read_file(&list->files[i], joined + held);
		sizes[taken++] = list->files[i].size;
		held += list->files[i].size;
	}
	size = must_zstd(ZDICT_trainFromBuffer_fastCover(dictionary, options.dictionary_size,
							 joined, sizes, (unsigned)taken,
							 parameters));
	free(joined);
	free(sizes);
	return size;
}

/* Appends one file. Where several have one code, those after the first get a longer key. */
static void put_file(MDB_txn *transaction, MDB_dbi database, ZSTD_CCtx *compressor,
		     const struct file *file, size_t copies)
{
	size_t bound = HASH_SIZE + ZSTD_compressBound(file->size);
	uint8_t *content = take_memory(file->size, 1);
	uint8_t *value = take_memory(bound, 1);
	char key[KEY_SIZE_LIMIT];
	size_t key_size = strlen(file->code) + copies;
	uint64_t hash;
	size_t size;

	if (key_size == 0 || key_size > KEY_SIZE_LIMIT)
		errx(1, "%s: its name does not make a key", file->path);
	memset(key, 1, sizeof(key));
	memcpy(key, file->code, key_size - copies);
	read_file(file, content);
	hash = XXH3_64bits(content, file->size);
	memcpy(value, &hash, HASH_SIZE);
	size = HASH_SIZE + must_zstd(ZSTD_compress2(compressor, value + HASH_SIZE,
						    bound - HASH_SIZE, content, file->size));
	must(mdb_put(transaction, database, &(MDB_val){ key_size, key }, &(MDB_val){ size, value },
		     MDB_APPEND));
	free(content);
	free(value);
}

static MDB_env *open_environment(const char *path, unsigned flags)
{
	MDB_env *environment;

	must(mdb_env_create(&environment));
	must(mdb_env_set_mapsize(environment, MAP_SIZE));
	must(mdb_env_open(environment, path, MDB_NOSUBDIR | MDB_NOLOCK | flags, 0666));
	return environment;
}

static ZSTD_CCtx *new_compressor(const uint8_t *dictionary, size_t size)
{
	ZSTD_CCtx *compressor = ZSTD_createCCtx();

	if (!compressor)
		errx(1, "out of memory");
	must_zstd(ZSTD_CCtx_setParameter(compressor, ZSTD_c_compressionLevel, options.level));
	must_zstd(ZSTD_CCtx_setParameter(compressor, ZSTD_c_dictIDFlag, 0));
	must_zstd(ZSTD_CCtx_loadDictionary(compressor, dictionary, size));
	return compressor;
}

static void make(const char *path, char *folder)
{
	struct file_list list = list_files(folder);
	uint8_t *dictionary = take_memory(options.dictionary_size, 1);
	size_t dictionary_size = options.dictionary_size ? train_dictionary(&list, dictionary) : 0;
	ZSTD_CCtx *compressor = new_compressor(dictionary, dictionary_size);
	MDB_env *environment = open_environment(path, 0);
	MDB_txn *transaction;
	MDB_dbi database;
	MDB_val key = dictionary_key();

	must(mdb_txn_begin(environment, NULL, 0, &transaction));
	must(mdb_dbi_open(transaction, NULL, 0, &database));
	must(mdb_put(transaction, database, &key, &(MDB_val){ dictionary_size, dictionary },
		     MDB_APPEND));
	for (size_t i = 0, copies = 0; i < list.count; i++) {
		bool is_copy = i && strcmp(list.files[i].code, list.files[i - 1].code) == 0;

		copies = is_copy ? copies + 1 : 0;
		put_file(transaction, database, compressor, &list.files[i], copies);
	}
	must(mdb_txn_commit(transaction));
	mdb_env_close(environment);
	ZSTD_freeCCtx(compressor);
	free(dictionary);
	free_files(&list);
}

/* ---- looking up ------------------------------------------------------------------------- */

struct store {
	MDB_env *environment;
	MDB_txn *transaction;
	MDB_dbi database;
	ZSTD_DCtx *decompressor;
	ZSTD_DDict *dictionary;
	uint8_t *content;
	size_t capacity;
};

static struct store open_store(const char *path)
{
	struct store store = { .environment = open_environment(path, MDB_RDONLY),
			       .decompressor = ZSTD_createDCtx() };
	MDB_val key = dictionary_key();
	MDB_val value;

	must(mdb_txn_begin(store.environment, NULL, MDB_RDONLY, &store.transaction));
	must(mdb_dbi_open(store.transaction, NULL, 0, &store.database));
	must(mdb_get(store.transaction, store.database, &key, &value));
	store.dictionary = ZSTD_createDDict(value.mv_data, value.mv_size);
	if (!store.decompressor || !store.dictionary)
		errx(1, "out of memory");
	return store;
}

static void close_store(struct store *store)
{
	mdb_txn_abort(store->transaction);
	mdb_env_close(store->environment);
	ZSTD_freeDCtx(store->decompressor);
	ZSTD_freeDDict(store->dictionary);
	free(store->content);
}

static void look_up(struct store *store, char *key)
{
	MDB_val name = { strlen(key), key };
	MDB_val value;
	const uint8_t *frame;
	unsigned long long size;
	uint64_t hash;

	must(mdb_get(store->transaction, store->database, &name, &value));
	frame = (const uint8_t *)value.mv_data + HASH_SIZE;
	memcpy(&hash, value.mv_data, HASH_SIZE);
	size = ZSTD_getFrameContentSize(frame, value.mv_size - HASH_SIZE);
	if (size > store->capacity) {
		free(store->content);
		store->capacity = (size_t)size;
		store->content = take_memory(store->capacity, 1);
	}
	size = must_zstd(ZSTD_decompress_usingDDict(store->decompressor, store->content,
						    store->capacity, frame,
						    value.mv_size - HASH_SIZE, store->dictionary));
	if (XXH3_64bits(store->content, (size_t)size) != hash)
		errx(1, "%s: is damaged", key);
}

/* As many keys as options say, or all if they are fewer (reservoir sampling), in random order. */
static char **pick_keys(const struct store *store, size_t *kept)
{
	char **keys = take_memory(options.count, sizeof(*keys));
	uint64_t rng = options.seed;
	MDB_cursor *cursor;
	MDB_val key, value;

	*kept = 0;
	must(mdb_cursor_open(store->transaction, store->database, &cursor));
	must(mdb_cursor_get(cursor, &key, &value, MDB_FIRST)); /* the dictionary */
	for (uint64_t seen = 0; mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0; seen++) {
		uint64_t place = seen < options.count ? seen : next(&rng) % (seen + 1);

		if (place >= options.count)
			continue;
		free(keys[place]);
		keys[place] = strndup(key.mv_data, key.mv_size);
		*kept += seen < options.count;
	}
	mdb_cursor_close(cursor);
	for (uint32_t i = 0; i < *kept; i++) {
		uint32_t place = below(&rng, i + 1);
		char *other = keys[place];

		keys[place] = keys[i];
		keys[i] = other;
	}
	return keys;
}

static void report(uint64_t *times, uint64_t open_time, uint64_t size)
{
	size_t count = options.count;

	sort_numbers(times, count);
	print_figures((struct figure[]){
		{ "count", "look-ups", (double)count, 0 },
		{ "p50_us", "median, µs", 1e-3 * (double)quantile(times, count, 500), 2 },
		{ "p99_us", "99 of 100 within, µs",
		  1e-3 * (double)quantile(times, count, 990), 2 },
		{ "min_us", "fastest, µs", 1e-3 * (double)times[0], 2 },
		{ "mean_us", "mean, µs", 1e-3 * mean_of(times, count), 2 },
		{ "open_us", "opening, µs", 1e-3 * (double)open_time, 2 },
		{ "rss_kb", "peak memory, KiB", (double)peak_rss_kb(), 0 },
		{ "size", "bytes in use", (double)size, 0 },
		{ 0 },
	}, options.as_json);
}

static void measure(const char *path)
{
	uint64_t *times = take_memory(options.count, sizeof(*times));
	uint64_t start = clock_now();
	struct store store = open_store(path);
	uint64_t open_time = clock_now() - start;
	size_t kept;
	char **keys = pick_keys(&store, &kept);
	MDB_envinfo info;
	MDB_stat stat;

	for (unsigned warm = 0; warm <= 1; warm++) {
		for (size_t i = 0; i < options.count; i++) {
			start = clock_now();
			look_up(&store, keys[i % kept]);
			times[i] = clock_now() - start;
		}
	}
	must(mdb_env_info(store.environment, &info));
	must(mdb_env_stat(store.environment, &stat));
	close_store(&store);
	report(times, open_time, (info.me_last_pgno + 1) * (uint64_t)stat.ms_psize);
	for (size_t i = 0; i < kept; i++)
		free(keys[i]);
	free(keys);
	free(times);
}

/* ---- the program ------------------------------------------------------------------------ */

static void usage(void)
{
	fputs("usage: lmdb_posts make [--dictionary-size BYTES] [--level L] DB FOLDER\n"
	      "       lmdb_posts look-up [--count N] [--seed S] [--json] DB\n",
	      stderr);
	exit(2);
}

static void parse_options(int argc, char **argv)
{
	static const struct option names[] = {
		{ "dictionary-size", required_argument, NULL, 'd' },
		{ "level", required_argument, NULL, 'l' },
		{ "count", required_argument, NULL, 'n' },
		{ "seed", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ 0 },
	};

	for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
		switch (c) {
		case 'd': options.dictionary_size = parse_number(optarg, 0, UINT32_MAX); break;
		case 'l': options.level = (int)parse_number(optarg, 1, 22); break;
		case 'n': options.count = parse_number(optarg, 1, 10000000); break;
		case 's': options.seed = parse_number(optarg, 0, UINT64_MAX); break;
		case 'j': options.as_json = true; break;
		default: usage();
		}
	}
}

int main(int argc, char **argv)
{
	const char *command;

	parse_options(argc, argv);
	command = argc > optind ? argv[optind] : "";
	if (strcmp(command, "make") == 0 && argc - optind == 3)
		make(argv[optind + 1], argv[optind + 2]);
	else if (strcmp(command, "look-up") == 0 && argc - optind == 2)
		measure(argv[optind + 1]);
	else
		usage();
	return 0;
}
