/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as an archive that others are made of: what is appended to, redacted, compacted,
 * merged with itself, split. Of a good archive comes a good one, with what it had. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "support/content_hash.h"

/* The sum over an archive's records of the hash of what each is. */
struct sum {
	uint64_t records;
	uint64_t total;
};

struct output {
	void *data;
	size_t size;
};

/* An archive that others are made of. */
struct base {
	const uint8_t *data;
	size_t size;
	narc_archive *archive;
	bool good;
	char *key;  /* of its last record; "" if there is none */
	char *path; /* likewise */
};

static uint64_t hash_of(const struct narc_record *record)
{
	uint64_t fields[] = { content_hash(record->path, strlen(record->path)),
			      content_hash(record->info_code, strlen(record->info_code)),
			      content_hash(record->categories, strlen(record->categories)),
			      record->size, record->hash, (uint64_t)record->local_time,
			      (uint64_t)record->mtime_seconds, record->permissions,
			      record->is_redacted };

	return content_hash(fields, sizeof(fields));
}

/* Of the records that are current as of a generation, 0 for the last; or of all. */
static struct sum sum_of(narc_archive *archive, uint32_t as_of, bool all_versions)
{
	struct narc_filter filter;
	const struct narc_record *record;
	narc_cursor *cursor;
	struct narc_error error;
	struct sum sum = { 0 };

	narc_filter_init(&filter);
	filter.as_of = as_of;
	filter.all_versions = all_versions;
	filter.with_redacted = true;
	HOLDS(narc_cursor_open(archive, &filter, &cursor, &error) == NARC_OK);
	while (narc_cursor_next(cursor, &record, &error) == NARC_OK) {
		sum.records++;
		sum.total += hash_of(record);
	}
	narc_cursor_close(cursor);
	return sum;
}

static void check_same(struct sum a, struct sum b)
{
	HOLDS(a.records == b.records && a.total == b.total);
}

static struct narc_sink sink_into(struct output *output)
{
	struct narc_sink sink;
	struct narc_error error;

	*output = (struct output){ NULL, 0 };
	HOLDS(narc_memory_sink(&output->data, &output->size, &sink, &error) == NARC_OK);
	return sink;
}

/* Opens what was made of an archive: NULL if nothing was, which is no wonder if that was not
 * good. */
static narc_archive *open_output(const struct base *base, struct output *output,
				 enum narc_status status, const struct narc_error *error)
{
	narc_archive *archive = NULL;

	if (fuzz_succeeded(status, error))
		archive = fuzz_open(output->data, output->size);
	if (base->good)
		HOLDS(archive ? fuzz_is_good(archive) : status == NARC_LIMIT);
	return archive;
}

static void close_output(struct output *output, narc_archive *archive)
{
	narc_archive_close(archive);
	free(output->data);
}

/* ---- appending ---------------------------------------------------------------------------- */

static void add(narc_packer *packer, const char *path, const char *text)
{
	struct narc_entry entry = { .path = path, .permissions = 0644,
				    .mtime_seconds = 1641352000 };
	struct narc_error error;

	fuzz_succeeded(narc_packer_add(packer, &entry, text, strlen(text), &error), &error);
}

/* New files, a new state of one that is there, and a post that has its infoCode. */
static void append(const struct base *base)
{
	struct narc_pack_options options;
	struct narc_pack_result result;
	struct output output;
	struct narc_sink sink = sink_into(&output);
	narc_packer *packer;
	narc_archive *archive;
	struct narc_error error = { 0 };
	char post[512];

	narc_pack_options_init(&options);
	options.level = options.threads = 1;
	options.dictionary_size = 0;
	options.time = 1700000000;
	HOLDS(sink.ops->append(sink.context, base->data, base->size, &error) == NARC_OK);
	HOLDS(narc_packer_new(&options, &packer, &error) == NARC_OK);
	if (fuzz_succeeded(narc_packer_append_to(packer, base->archive, &error), &error)) {
		snprintf(post, sizeof(post), "---\ndate: 2022-01-05\n---\n?infoCode=%.200s\n",
			 base->key);
		add(packer, "fuzzed/a.txt", "a new file");
		add(packer, "fuzzed/2022-01-05-post.md", post);
		if (*base->path)
			add(packer, base->path, "a new state");
		archive = open_output(base, &output,
				      narc_packer_commit(packer, sink, &result, &error), &error);
		if (archive && base->good) {
			struct narc_info info;

			HOLDS(narc_archive_info(base->archive, &info, &error) == NARC_OK);
			check_same(sum_of(base->archive, 0, false),
				   sum_of(archive, info.generation, false));
		}
		close_output(&output, archive);
	} else {
		sink.ops->close(sink.context);
	}
	narc_packer_free(packer);
}

/* ---- rewriting ---------------------------------------------------------------------------- */

static void redact(const struct base *base)
{
	const char *const keys[] = { base->key };
	struct narc_redact_options options;
	struct narc_redact_result result;
	struct output output;
	narc_archive *archive;
	struct narc_error error = { 0 };

	if (!*base->key)
		return;
	narc_redact_options_init(&options);
	options.keys = keys;
	options.key_count = 1;
	options.reason = "a reason";
	options.time = 1700000000;
	options.level = 1;
	archive = open_output(base, &output,
			      narc_archive_redact(base->archive, &options, sink_into(&output),
						  &result, &error),
			      &error);
	if (archive && base->good)
		HOLDS(sum_of(archive, 0, true).records ==
		      sum_of(base->archive, 0, true).records);
	close_output(&output, archive);
}

static void merge(const struct base *base, size_t count)
{
	narc_archive *const archives[] = { base->archive, base->archive };
	struct narc_merge_options options;
	struct output output;
	narc_archive *archive;
	struct narc_error error = { 0 };

	narc_merge_options_init(&options);
	options.level = 1;
	archive = open_output(base, &output,
			      narc_archives_merge(archives, count, &options, sink_into(&output),
						  &error),
			      &error);
	if (archive && base->good) {
		check_same(sum_of(base->archive, 0, false), sum_of(archive, 0, false));
		if (count == 1)
			check_same(sum_of(base->archive, 0, true), sum_of(archive, 0, true));
	}
	close_output(&output, archive);
}

enum { PARTS_LIMIT = 64 };

struct parts {
	struct output outputs[PARTS_LIMIT];
	size_t count;
};

static enum narc_status make_part(void *context, const char *name, struct narc_sink *sink,
				  struct narc_error *error)
{
	struct parts *parts = context;

	HOLDS(strlen(name) < NARC_PERIOD_SIZE);
	if (parts->count == PARTS_LIMIT) {
		*error = (struct narc_error){ .status = NARC_LIMIT, .stage = "split",
					      .message = "too many parts" };
		return NARC_LIMIT;
	}
	*sink = sink_into(&parts->outputs[parts->count++]);
	return NARC_OK;
}

/* Each record goes into one of the parts. */
static void split(const struct base *base)
{
	struct narc_split_options options;
	struct parts parts = { .count = 0 };
	struct narc_error error = { 0 };
	struct sum sum = { 0 };
	enum narc_status status;

	narc_split_options_init(&options);
	options.period = NARC_PERIOD_MONTH;
	options.make_sink = make_part;
	options.context = &parts;
	options.level = 1;
	status = narc_archive_split(base->archive, &options, &error);
	HOLDS(fuzz_succeeded(status, &error) || !base->good || status == NARC_LIMIT);
	for (size_t i = 0; i < parts.count; i++) {
		struct output *output = &parts.outputs[i];
		narc_archive *archive = NULL;

		if (status == NARC_OK)
			archive = open_output(base, output, status, &error);
		if (archive && base->good) {
			struct sum of_part = sum_of(archive, 0, true);

			sum.records += of_part.records;
			sum.total += of_part.total;
		}
		close_output(output, archive);
	}
	if (base->good && status == NARC_OK)
		check_same(sum_of(base->archive, 0, true), sum);
}

/* ---- all of it ---------------------------------------------------------------------------- */

/* Takes the keys of the last record that can be read. */
static void take_keys(struct base *base)
{
	const struct narc_record *record;
	struct narc_filter filter;
	narc_cursor *cursor;
	struct narc_error error = { 0 };

	base->key = strdup("");
	base->path = strdup("");
	narc_filter_init(&filter);
	if (!fuzz_succeeded(narc_cursor_open(base->archive, &filter, &cursor, &error), &error))
		return;
	while (narc_cursor_next(cursor, &record, &error) == NARC_OK) {
		free(base->key);
		free(base->path);
		base->key = strdup(*record->info_code ? record->info_code : record->path);
		base->path = strdup(record->path);
	}
	narc_cursor_close(cursor);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct base base = { data, size, fuzz_open(data, size), false, NULL, NULL };

	if (!base.archive)
		return 0;
	base.good = fuzz_is_good(base.archive);
	take_keys(&base);
	append(&base);
	redact(&base);
	merge(&base, 1);
	merge(&base, 2);
	split(&base);
	free(base.key);
	free(base.path);
	narc_archive_close(base.archive);
	return 0;
}
