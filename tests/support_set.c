/* SPDX-License-Identifier: BSD-2-Clause */
#include "support_set.h"

#include <string.h>

#include "support_check.h"

enum narc_status add_files(struct memory_store *memory, const struct narc_pack_options *options,
			   bool is_compared, const struct given_file *files, size_t count,
			   struct narc_error *error)
{
	struct narc_store store = memory_store_open(memory);
	struct narc_store own = memory_store_open(memory);
	narc_packer *packer = new_packer(options);
	narc_archive *set = NULL;
	enum narc_status status = narc_set_open(own, &set, error);

	if (status == NARC_OK && is_compared)
		status = narc_packer_append_to(packer, set, error);
	else if (status == NARC_NOT_FOUND)
		status = NARC_OK;
	for (size_t i = 0; i < count && status == NARC_OK; i++)
		status = narc_packer_add(packer, &files[i].entry, files[i].content, files[i].size,
					 error);
	if (status == NARC_OK)
		status = narc_packer_commit_volume(packer, store, NULL, error);
	narc_packer_free(packer);
	narc_archive_close(set);
	store.ops->close(store.context);
	return status;
}

enum narc_status add_volume(struct memory_store *memory, const struct narc_pack_options *options,
			    const struct given_file *files, size_t count, struct narc_error *error)
{
	return add_files(memory, options, true, files, count, error);
}

void add_text_volume(struct memory_store *memory, const char *path, const char *text)
{
	const struct given_file file = given_text(path, text);
	struct narc_error error;

	ASSERT_OK(add_volume(memory, NULL, &file, 1, &error), &error);
}

narc_archive *open_memory_set(struct memory_store *memory)
{
	struct narc_error error;
	narc_archive *set;

	ASSERT_OK(narc_set_open(memory_store_open(memory), &set, &error), &error);
	return set;
}

void assert_set_has(struct memory_store *memory, const char *const (*files)[2], size_t count)
{
	narc_archive *set = open_memory_set(memory);
	narc_cursor *cursor = open_cursor(set, NULL);
	struct narc_verify_options options = { .threads = 1 };
	struct narc_verify_result result;
	struct narc_error error;
	const void *content;

	for (size_t i = 0; i < count; i++) {
		const struct narc_record *record = find_path(cursor, files[i][0]);

		assert_int_equal(record->size, strlen(files[i][1]));
		ASSERT_OK(narc_cursor_content(cursor, &content, &error), &error);
		assert_memory_equal(content, files[i][1], (size_t)record->size);
	}
	narc_cursor_close(cursor);
	ASSERT_OK(narc_archive_verify(set, &options, &result, &error), &error);
	assert_int_equal(result.damages, 0);
	assert_int_equal(result.entries, count);
	narc_archive_close(set);
}

enum narc_status compact_set(struct memory_store *memory, int64_t time,
			     struct narc_compact_result *result, struct narc_error *error)
{
	struct narc_store store = memory_store_open(memory);
	struct narc_compact_options options;
	enum narc_status status;

	narc_compact_options_init(&options);
	options.time = time;
	status = narc_set_compact(store, &options, result, error);
	store.ops->close(store.context);
	return status;
}
