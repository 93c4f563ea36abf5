/* SPDX-License-Identifier: BSD-2-Clause */
#include "signed_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum exit_status out_of_memory(void)
{
	report("out of memory");
	return EXIT_SYSTEM;
}

char *path_with_suffix(const char *path, const char *suffix)
{
	size_t size = strlen(path) + strlen(suffix) + 1;
	char *joined = malloc(size);

	if (joined)
		snprintf(joined, size, "%s%s", path, suffix);
	return joined;
}

static char *without_slashes(const char *path)
{
	size_t size = strlen(path);

	while (size > 1 && path[size - 1] == '/')
		size--;
	return strndup(path, size);
}

enum exit_status signed_files_name(struct signed_files *files, const char *archive,
				   const char *path)
{
	char *name = without_slashes(archive); /* of a set */

	if (!name)
		return out_of_memory();
	files->statement_path = path ? strdup(path) : path_with_suffix(name, STATEMENT_SUFFIX);
	free(name);
	if (files->statement_path)
		files->signature_path = path_with_suffix(files->statement_path, SIGNATURE_SUFFIX);
	return files->signature_path ? EXIT_DONE : out_of_memory();
}

static enum exit_status read_all(FILE *in, const char *path, struct small_file *file)
{
	file->data = malloc(SMALL_FILE_LIMIT);
	if (!file->data)
		return out_of_memory();
	file->size = fread(file->data, 1, SMALL_FILE_LIMIT, in);
	if (ferror(in)) {
		report("%s: cannot read: %s", path, strerror(errno));
		return EXIT_SYSTEM;
	}
	if (file->size == SMALL_FILE_LIMIT) {
		report("%s: is too long for what it should be", path);
		return EXIT_MISSING;
	}
	return EXIT_DONE;
}

enum exit_status small_file_read(const char *path, struct small_file *file)
{
	/* Not blocking, as a pipe without a writer would. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	FILE *in = fd < 0 ? NULL : fdopen(fd, "r");
	struct stat about;
	enum exit_status status;

	if (!in) {
		report("%s: cannot open: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return EXIT_SYSTEM;
	}
	if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode)) {
		status = read_all(in, path, file);
	} else {
		report("%s: not a regular file", path);
		status = EXIT_MISSING;
	}
	fclose(in);
	return status;
}

enum exit_status signed_files_read(struct signed_files *files)
{
	enum exit_status status = small_file_read(files->statement_path, &files->statement);

	return status == EXIT_DONE ? small_file_read(files->signature_path, &files->signature)
				   : status;
}

void signed_files_free(struct signed_files *files)
{
	free(files->statement_path);
	free(files->signature_path);
	free(files->statement.data);
	free(files->signature.data);
}

enum exit_status sink_write_whole(struct narc_sink sink, const char *path, const void *data,
				  size_t size)
{
	struct narc_error error;
	enum narc_status status = sink.ops->append(sink.context, data, size, &error);

	if (status == NARC_OK)
		status = sink.ops->sync(sink.context, &error);
	if (status == NARC_OK)
		status = sink.ops->publish(sink.context, &error);
	sink.ops->close(sink.context);
	return status == NARC_OK ? EXIT_DONE : report_error(path, &error);
}
