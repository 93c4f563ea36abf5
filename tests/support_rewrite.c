/* SPDX-License-Identifier: BSD-2-Clause */
#include "support_rewrite.h"

#include <stdio.h>
#include <string.h>

#include "support_check.h"
#include "support_folder.h"

enum { LIVING_POSTS = 60 };

#define POST(text) "---\ndate: 2022-01-05\n---\n" text "\n<http://a/?infoCode=" REDACTED_CODE ">\n"

struct narc_pack_options living_options(void)
{
	struct narc_pack_options options = plain_options();

	options.block_size = 4000;
	options.dictionary_size = 2000;
	options.time = 1700000000;
	return options;
}

struct packed make_living_archive(void)
{
	const struct given_file first[] = {
		given_text("_posts/r.md", POST("The first text, in which a name stands")),
		given_text(REDACTED_PATH, REDACTED_TEXT),
		given_text("old_post/moved.txt", "a note that is moved about"),
		given_text("copy.txt", "the same text twice"),
	};
	const struct given_file second[] = {
		given_text("old_post/r.md", POST("The second text, where the name stands still")),
		given_text("archive/moved.txt", "a note that is moved about"),
		given_text("another-copy.txt", "the same text twice"),
	};
	struct narc_pack_options options = living_options();
	struct made_posts posts = make_posts(LIVING_POSTS, 51);
	struct given_file files[LIVING_POSTS + COUNT_OF(first) + COUNT_OF(second)];
	struct packed base, living;
	size_t count = posts.count;

	assert_true(count <= LIVING_POSTS);
	memcpy(files, posts.files, count * sizeof(*files));
	memcpy(files + count, first, sizeof(first));
	base = pack_files(&options, files, count + COUNT_OF(first));
	/* All but what was moved and rewritten comes again. */
	files[count] = second[0];
	files[count + 2] = second[1];
	files[count + COUNT_OF(first)] = second[2];
	options.time++;
	living = append_files(&base, &options, files, count + COUNT_OF(first) + 1);
	packed_free(&base);
	made_posts_free(&posts);
	return living;
}

static enum narc_status make_part(void *context, const char *name, struct narc_sink *sink,
				  struct narc_error *error)
{
	struct rewritten *rewritten = context;
	struct packed *part = &rewritten->parts[rewritten->count];
	char path[TEST_PATH_SIZE];
	enum narc_status status;

	assert_true(rewritten->count < COUNT_OF(rewritten->parts));
	if (rewritten->folder) {
		snprintf(path, sizeof(path), "%s/%s.narc", rewritten->folder, name);
		status = narc_file_sink(path, true, sink, error);
	} else {
		status = narc_memory_sink(&part->data, &part->size, sink, error);
	}
	if (status != NARC_OK)
		return status;
	rewritten->count++;
	if (rewritten->io)
		*sink = faulty_sink(rewritten->io, *sink);
	return NARC_OK;
}

static enum narc_status redact(narc_archive *archive, bool keep_versions,
			       struct rewritten *rewritten, struct narc_error *error)
{
	static const char *const keys[] = { REDACTED_CODE, REDACTED_PATH };
	struct narc_redact_options options;
	struct narc_sink sink;
	enum narc_status status = make_part(rewritten, REWRITTEN_NAME, &sink, error);

	if (status != NARC_OK)
		return status;
	narc_redact_options_init(&options);
	options.keys = keys;
	options.key_count = COUNT_OF(keys);
	options.reason = REASON;
	options.time = 1800000000;
	options.level = 1;
	options.keep_versions = keep_versions;
	if (rewritten->memory)
		options.memory = rewritten->memory;
	return narc_archive_redact(archive, &options, sink, &rewritten->redacted, error);
}

static enum narc_status merge(narc_archive *archive, narc_archive *other,
			      struct rewritten *rewritten, struct narc_error *error)
{
	narc_archive *const archives[] = { archive, other };
	struct narc_merge_options options;
	struct narc_sink sink;
	enum narc_status status = make_part(rewritten, REWRITTEN_NAME, &sink, error);

	if (status != NARC_OK)
		return status;
	narc_merge_options_init(&options);
	if (rewritten->memory)
		options.memory = rewritten->memory;
	return narc_archives_merge(archives, other ? 2 : 1, &options, sink, error);
}

static enum narc_status split(narc_archive *archive, struct rewritten *rewritten,
			      struct narc_error *error)
{
	struct narc_split_options options;

	narc_split_options_init(&options);
	options.period = NARC_PERIOD_MONTH;
	options.make_sink = make_part;
	options.context = rewritten;
	options.level = 1;
	if (rewritten->memory)
		options.memory = rewritten->memory;
	return narc_archive_split(archive, &options, error);
}

enum narc_status rewrite(enum rewriting rewriting, narc_archive *archive, narc_archive *other,
			 struct rewritten *rewritten, struct narc_error *error)
{
	switch (rewriting) {
	case REDACTING:
	case REDACTING_CURRENT:
		return redact(archive, rewriting == REDACTING_CURRENT, rewritten, error);
	case MERGING:
		return merge(archive, other, rewritten, error);
	case COMPACTING:
		return merge(archive, NULL, rewritten, error);
	default:
		return split(archive, rewritten, error);
	}
}

void rewritten_free(struct rewritten *rewritten)
{
	for (size_t i = 0; i < rewritten->count; i++)
		packed_free(&rewritten->parts[i]);
	rewritten->count = 0;
}

struct rewritten rewrite_packed(enum rewriting rewriting, const struct packed *packed,
				const struct packed *other)
{
	narc_archive *archive = open_packed(packed);
	narc_archive *second = other ? open_packed(other) : NULL;
	struct rewritten rewritten = { .count = 0 };
	struct narc_error error;

	ASSERT_OK(rewrite(rewriting, archive, second, &rewritten, &error), &error);
	narc_archive_close(archive);
	narc_archive_close(second);
	return rewritten;
}
