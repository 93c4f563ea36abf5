/* SPDX-License-Identifier: BSD-2-Clause */
#include "support_archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/civil_time.h"
#include "support/content_hash.h"
#include "support_check.h"

struct given_file given_text(const char *path, const char *text)
{
	return (struct given_file){
		.entry = { .path = path, .permissions = 0644, .mtime_seconds = 1641352000,
			   .mtime_nanoseconds = 5 },
		.content = text,
		.size = strlen(text),
	};
}

/* ---- packing ----------------------------------------------------------------------- */

struct narc_pack_options plain_options(void)
{
	struct narc_pack_options options;

	narc_pack_options_init(&options);
	options.level = 1;
	options.threads = 1;
	options.block_size = (size_t)64 << 10;
	options.dictionary_size = 0;
	return options;
}

narc_packer *new_packer(const struct narc_pack_options *options)
{
	struct narc_pack_options plain = plain_options();
	narc_packer *packer = NULL;
	struct narc_error error;

	ASSERT_OK(narc_packer_new(options ? options : &plain, &packer, &error), &error);
	return packer;
}

void add_file(narc_packer *packer, const struct given_file *file)
{
	struct narc_error error;

	ASSERT_OK(narc_packer_add(packer, &file->entry, file->content, file->size, &error), &error);
}

void add_link(narc_packer *packer, const char *path, const char *target)
{
	struct given_file file = given_text(path, "");
	struct narc_error error;

	ASSERT_OK(narc_packer_add_link(packer, &file.entry, target, &error), &error);
}

struct packed commit_packer(narc_packer *packer)
{
	struct packed packed = { NULL, 0, { 0 } };
	struct narc_sink sink;
	struct narc_error error;

	ASSERT_OK(narc_memory_sink(&packed.data, &packed.size, &sink, &error), &error);
	ASSERT_OK(narc_packer_commit(packer, sink, &packed.result, &error), &error);
	narc_packer_free(packer);
	assert_true(packed.result.archive_size == packed.size);
	return packed;
}

struct packed pack_files(const struct narc_pack_options *options, const struct given_file *files,
			 size_t count)
{
	narc_packer *packer = new_packer(options);

	for (size_t i = 0; i < count; i++)
		add_file(packer, &files[i]);
	return commit_packer(packer);
}

void packed_free(struct packed *packed)
{
	free(packed->data);
	packed->data = NULL;
}

/* ---- reading ----------------------------------------------------------------------- */

narc_archive *open_bytes(const void *data, size_t size)
{
	struct narc_source source;
	narc_archive *archive = NULL;
	struct narc_error error;

	ASSERT_OK(narc_memory_source(data, size, &source, &error), &error);
	ASSERT_OK(narc_archive_open(source, &archive, &error), &error);
	return archive;
}

narc_archive *open_packed(const struct packed *packed)
{
	return open_bytes(packed->data, packed->size);
}

struct narc_sink sink_over(const struct packed *base, struct packed *packed)
{
	struct narc_sink sink;
	struct narc_error error;

	ASSERT_OK(narc_memory_sink(&packed->data, &packed->size, &sink, &error), &error);
	ASSERT_OK(sink.ops->append(sink.context, base->data, base->size, &error), &error);
	return sink;
}

narc_packer *new_appender(const struct narc_pack_options *options, narc_archive *archive)
{
	narc_packer *packer = new_packer(options);
	struct narc_error error;

	ASSERT_OK(narc_packer_append_to(packer, archive, &error), &error);
	return packer;
}

struct packed append_files(const struct packed *base,
				  const struct narc_pack_options *options,
				  const struct given_file *files, size_t count)
{
	struct packed packed = { NULL, 0, { 0 } };
	narc_archive *archive = open_packed(base);
	narc_packer *packer = new_appender(options, archive);
	struct narc_sink sink = sink_over(base, &packed);
	struct narc_error error;

	for (size_t i = 0; i < count; i++)
		add_file(packer, &files[i]);
	ASSERT_OK(narc_packer_commit(packer, sink, &packed.result, &error), &error);
	narc_packer_free(packer);
	narc_archive_close(archive);
	return packed;
}

narc_cursor *open_cursor(narc_archive *archive, const struct narc_filter *filter)
{
	narc_cursor *cursor = NULL;
	struct narc_error error;

	ASSERT_OK(narc_cursor_open(archive, filter, &cursor, &error), &error);
	return cursor;
}

const struct narc_record *next_record(narc_cursor *cursor)
{
	const struct narc_record *record = NULL;
	struct narc_error error = { 0 };
	enum narc_status status = narc_cursor_next(cursor, &record, &error);

	if (status == NARC_END) {
		assert_null(narc_cursor_record(cursor));
		return NULL;
	}
	ASSERT_OK(status, &error);
	assert_ptr_equal(narc_cursor_record(cursor), record);
	return record;
}

const struct narc_record *find_record(narc_cursor *cursor, const char *key)
{
	struct narc_error error = { 0 };
	enum narc_status status = narc_cursor_find(cursor, key, &error);

	if (status == NARC_NOT_FOUND) {
		ASSERT_ERROR_IS_TOLD(&error, NARC_NOT_FOUND);
		return NULL;
	}
	ASSERT_OK(status, &error);
	assert_null(narc_cursor_record(cursor));
	return next_record(cursor);
}

const struct narc_record *find_path(narc_cursor *cursor, const char *path)
{
	const struct narc_record *record = find_record(cursor, path);

	while (record && strcmp(record->path, path) != 0)
		record = next_record(cursor);
	if (!record)
		print_error("\"%s\" is not there\n", path);
	assert_non_null(record);
	return record;
}

/* Checks pieces against what is wanted. */
struct stream_check {
	const uint8_t *next;
	size_t left;
	bool same;
};

static bool check_piece(void *context, const void *data, size_t size)
{
	struct stream_check *check = context;

	if (size > check->left || memcmp(check->next, data, size) != 0) {
		check->same = false;
		return false;
	}
	check->next += size;
	check->left -= size;
	return true;
}

void assert_is_file(narc_cursor *cursor, const struct given_file *file)
{
	const struct narc_record *record = narc_cursor_record(cursor);
	struct stream_check check = { file->content, file->size, true };
	const void *content = NULL;
	struct narc_error error = { 0 };

	assert_non_null(record);
	assert_string_equal(record->path, file->entry.path);
	assert_int_equal(record->type, file->entry.type);
	assert_int_equal(record->permissions, file->entry.permissions);
	assert_true(record->mtime_seconds == file->entry.mtime_seconds);
	assert_int_equal(record->mtime_nanoseconds, file->entry.mtime_nanoseconds);
	assert_true(record->size == file->size);
	assert_true(record->hash == content_hash(file->content, file->size));
	assert_int_equal(record->generation, 1);
	assert_int_equal(record->version, 1);
	if (file->size <= NARC_CONTENT_IN_MEMORY) {
		ASSERT_OK(narc_cursor_content(cursor, &content, &error), &error);
		assert_non_null(content);
		assert_true(file->size == 0 || memcmp(content, file->content, file->size) == 0);
	} else {
		ASSERT_STATUS(narc_cursor_content(cursor, &content, &error), NARC_LIMIT, &error);
	}
	ASSERT_OK(narc_cursor_stream(cursor, check_piece, &check, &error), &error);
	assert_true(check.same && check.left == 0);
}

static int compare_records(int64_t a_time, const char *a_code, const char *a_path,
			   const struct narc_record *b)
{
	int order = (a_time > b->local_time) - (a_time < b->local_time);

	if (!order)
		order = strcmp(a_code, b->info_code);
	return order ? order : strcmp(a_path, b->path);
}

static int by_path(const void *a, const void *b)
{
	return strcmp((*(const struct given_file *const *)a)->entry.path,
		      (*(const struct given_file *const *)b)->entry.path);
}

/* Goes through the whole archive once. */
static void assert_walk_gives_files(narc_archive *archive, const struct given_file **sorted,
				    size_t count)
{
	narc_cursor *cursor = open_cursor(archive, NULL);
	const struct narc_record *record;
	bool *seen = calloc(count + 1, sizeof(*seen));
	char *code = strdup("");
	char *path = strdup("");
	int64_t time = INT64_MIN;
	size_t rows = 0;

	while ((record = next_record(cursor))) {
		struct given_file key = { .entry = { .path = record->path } };
		const struct given_file *wanted = &key;
		const struct given_file **found =
			bsearch(&wanted, sorted, count, sizeof(const struct given_file *), by_path);

		assert_non_null(found);
		assert_false(seen[found - sorted]);
		seen[found - sorted] = true;
		assert_is_file(cursor, *found);
		assert_true(record->row == rows);
		assert_true(compare_records(time, code, path, record) < 0);
		time = record->local_time;
		free(code);
		free(path);
		code = strdup(record->info_code);
		path = strdup(record->path);
		rows++;
	}
	assert_int_equal(rows, count);
	free(code);
	free(path);
	free(seen);
	narc_cursor_close(cursor);
}

static void assert_keys_lead_to_file(narc_cursor *cursor, const struct given_file *file)
{
	const struct narc_record *record = find_path(cursor, file->entry.path);
	char code[256];

	assert_is_file(cursor, file);
	if (!*record->info_code)
		return;
	snprintf(code, sizeof(code), "%s", record->info_code);
	record = find_record(cursor, code);
	while (record && strcmp(record->path, file->entry.path) != 0) {
		assert_string_equal(record->info_code, code);
		record = next_record(cursor);
	}
	assert_non_null(record);
	assert_is_file(cursor, file);
}

void assert_holds_files(narc_archive *archive, const struct given_file *files, size_t count)
{
	const struct given_file **sorted = calloc(count + 1, sizeof(const struct given_file *));
	narc_cursor *cursor = open_cursor(archive, NULL);

	for (size_t i = 0; i < count; i++)
		sorted[i] = &files[i];
	qsort(sorted, count, sizeof(const struct given_file *), by_path);
	assert_walk_gives_files(archive, sorted, count);
	for (size_t i = 0; i < count; i++)
		assert_keys_lead_to_file(cursor, &files[i]);
	narc_cursor_close(cursor);
	free(sorted);
}

static bool tell_damage(void *context, const struct narc_damage *told)
{
	const struct narc_error *damage = &told->error;

	(void)context;
	print_error("damage: %s, stage \"%s\", path \"%s\": %s\n", narc_status_name(damage->status),
		    damage->stage, damage->path, damage->message);
	return true;
}

void assert_verifies(narc_archive *archive, uint64_t rows)
{
	bool has_lost_end;

	narc_archive_ignored(archive, &has_lost_end);
	for (int quick = 0; quick <= 1; quick++) {
		struct narc_verify_options options = { .quick = quick, .report = tell_damage };
		struct narc_verify_result result = { 0 };
		struct narc_error error;

		ASSERT_OK(narc_archive_verify(archive, &options, &result, &error),
			  &error);
		assert_true(result.damages == has_lost_end);
		assert_true(result.rows_checked == rows);
	}
}

static struct narc_pack_result assert_is_of_files(struct packed *packed,
						  const struct given_file *files, size_t count)
{
	narc_archive *archive = open_packed(packed);

	assert_true(packed->result.rows == count);
	assert_holds_files(archive, files, count);
	assert_verifies(archive, count);
	narc_archive_close(archive);
	packed_free(packed);
	return packed->result;
}

struct narc_pack_result assert_comes_back(const struct narc_pack_options *options,
					  const struct given_file *files, size_t count)
{
	struct packed packed = pack_files(options, files, count);

	return assert_is_of_files(&packed, files, count);
}

struct narc_pack_result assert_packer_makes(narc_packer *packer, const struct given_file *files,
					    size_t count)
{
	struct packed packed = commit_packer(packer);

	return assert_is_of_files(&packed, files, count);
}

void note_told(void *context, enum narc_notice_kind kind, const char *path, const char *text)
{
	struct told *told = context;

	assert_true(*text != '\0');
	told->count++;
	told->kind = kind;
	snprintf(told->path, sizeof(told->path), "%s", path);
}

/* ---- made-up posts ----------------------------------------------------------------- */

static const char *const words[] = {
	"market", "shares", "公司", "今日", "上涨", "research", "report", "的", "quarter", "利润",
	"rose", "fell", "index", "银行", "sector", "analysts", "said", "on", "by", "亿元",
};

static const char *any_word(struct test_random *random)
{
	return words[random_below(random, COUNT_OF(words))];
}

/* One post's text; the file owns it. No two random numbers in one expression: compilers
 * differ in which they take first. */
static char *make_text(struct test_random *random, int64_t time, const char *code, size_t *size)
{
	size_t room = 6000;
	char *text = malloc(room);
	char date[CIVIL_DATE_TEXT_SIZE];
	const char *first = any_word(random);
	const char *second = any_word(random);
	const char *categories = random_below(random, 3) ? "emnews" : "report stock";
	uint64_t length = 20 + random_below(random, 300);
	size_t place;

	assert_non_null(text);
	civil_date_format(civil_date_of(time), date);
	place = (size_t)snprintf(text, room,
				 "---\nlayout: post\ntitle: \"%s %s\"\n"
				 "date: %s %02d:%02d:%02d +0800\ncategories: %s\n---\n\n",
				 first, second, date, (int)(time / 3600 % 24),
				 (int)(time / 60 % 60), (int)(time % 60), categories);
	for (uint64_t i = 0; i < length; i++)
		place += (size_t)snprintf(text + place, room - place, "%s%s", any_word(random),
					  i % 12 == 11 ? ".\n" : " ");
	place += (size_t)snprintf(text + place, room - place,
				  "\n\n[link](https://data.example.com/news?infoCode=%s)\n", code);
	*size = place;
	return text;
}

struct made_posts make_posts(size_t count, uint64_t seed)
{
	struct test_random random = { seed };
	struct made_posts posts = { calloc(count + 1, sizeof(*posts.files)), count };
	int64_t time = civil_days_from_date((struct civil_date){ 2021, 12, 1 }) * SECONDS_PER_DAY;

	for (size_t i = 0; i < count; i++) {
		struct given_file *file = &posts.files[i];
		struct narc_entry *entry = &file->entry;
		char *path = malloc(96);
		char code[32], date[CIVIL_DATE_TEXT_SIZE];
		uint64_t kind = random_below(&random, 20);

		time += 1 + (int64_t)random_below(&random, 600);
		civil_date_format(civil_date_of(time), date);
		snprintf(code, sizeof(code), "%s%.4s%.2s%.2s%04u%06u", i % 3 ? "NW" : "", date,
			 date + 5, date + 8, (unsigned)random_below(&random, 10000), (unsigned)i);
		snprintf(path, 96, "_posts/%s-%s.md", date, code);
		entry->path = path;
		entry->permissions = random_below(&random, 9) ? 0644 : 0600;
		entry->mtime_seconds = time + (int64_t)random_below(&random, 5000);
		entry->mtime_nanoseconds = (uint32_t)random_below(&random, 1000000000);
		if (kind == 0 && i) {
			/* A copy of a post before, elsewhere; sometimes of a plain file. */
			const struct given_file *other = &posts.files[random_below(&random, i)];
			char *copy = malloc(other->size + 1);

			memcpy(copy, other->content, other->size + 1);
			snprintf(path, 96, "copies/%zu.md", i);
			file->content = copy;
			file->size = other->size;
			continue;
		}
		if (kind == 1)
			snprintf(path, 96, "assets/%s-%zu.txt", date, i);
		file->content = make_text(&random, time, code, &file->size);
	}
	return posts;
}

void made_posts_free(struct made_posts *posts)
{
	for (size_t i = 0; i < posts->count; i++) {
		free((char *)(uintptr_t)posts->files[i].entry.path);
		free((char *)(uintptr_t)posts->files[i].content);
	}
	free(posts->files);
	posts->files = NULL;
}

void shuffle_files(struct given_file *files, size_t count, uint64_t seed)
{
	struct test_random random = { seed };

	for (size_t i = count; i > 1; i--) {
		size_t other = (size_t)random_below(&random, i);
		struct given_file kept = files[i - 1];

		files[i - 1] = files[other];
		files[other] = kept;
	}
}
