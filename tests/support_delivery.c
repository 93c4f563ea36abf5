/* SPDX-License-Identifier: BSD-2-Clause */
#include "support_delivery.h"

#include "support_check.h"

void open_delivery(struct delivery *delivery, const struct given_file *files, size_t count)
{
	struct narc_error error;

	delivery->packed = pack_files(NULL, files, count);
	delivery->archive = open_packed(&delivery->packed);
	delivery->cursor = open_cursor(delivery->archive, NULL);
	delivery->place = test_folder_new();
	test_path(delivery->target, delivery->place, "target");
	ASSERT_OK(narc_folder_open(delivery->target, &delivery->folder, &error), &error);
}

void close_delivery(struct delivery *delivery)
{
	narc_folder_close(delivery->folder);
	narc_cursor_close(delivery->cursor);
	narc_archive_close(delivery->archive);
	packed_free(&delivery->packed);
	test_tree_remove(delivery->place);
}

enum narc_status write_path(struct delivery *delivery, const char *path, struct narc_error *error)
{
	find_path(delivery->cursor, path);
	return narc_folder_write(delivery->folder, delivery->cursor, error);
}

struct given_file given_link(const char *path, const char *target)
{
	struct given_file file = given_text(path, target);

	file.entry.type = NARC_TYPE_SYMLINK;
	file.entry.permissions = 0777;
	return file;
}
