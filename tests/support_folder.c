/* SPDX-License-Identifier: BSD-2-Clause */
#include "support_folder.h"

#include <dirent.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/content_hash.h"
#include "support_check.h"

char *test_folder_new(void)
{
	char *name = strdup("/tmp/newsarc-test-XXXXXX");

	assert_non_null(name);
	assert_non_null(mkdtemp(name));
	return name;
}

static int is_entry(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

void test_folder_remove(char *folder)
{
	DIR *open = opendir(folder);
	struct dirent *entry;

	assert_non_null(open);
	while ((entry = readdir(open)))
		if (is_entry(entry))
			assert_int_equal(unlinkat(dirfd(open), entry->d_name, 0), 0);
	closedir(open);
	assert_int_equal(rmdir(folder), 0);
	free(folder);
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *place)
{
	(void)about;
	(void)type;
	(void)place;
	return remove(path);
}

void test_tree_remove(char *folder)
{
	assert_int_equal(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(folder);
}

static void describe_entry(const char *path, const char *name, FILE *out)
{
	struct stat about;
	char target[TEST_PATH_SIZE] = "";
	size_t size = 0;
	void *content = NULL;

	assert_int_equal(lstat(path, &about), 0);
	if (S_ISDIR(about.st_mode)) {
		fprintf(out, "%s:\n", name);
		test_tree_describe(path, out);
		return;
	}
	if (S_ISLNK(about.st_mode))
		assert_true(readlink(path, target, sizeof(target) - 1) > 0);
	else
		content = test_file_read(path, &size);
	fprintf(out, "%s %o %lld.%09ld %zu %016llx %s\n", name, (unsigned)about.st_mode,
		(long long)about.st_mtim.tv_sec, about.st_mtim.tv_nsec, size,
		(unsigned long long)content_hash(content, size), target);
	free(content);
}

void test_tree_describe(const char *folder, FILE *out)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_entry, alphasort);

	assert_true(count >= 0);
	for (int i = 0; i < count; i++) {
		char path[TEST_PATH_SIZE];

		test_path(path, folder, entries[i]->d_name);
		describe_entry(path, entries[i]->d_name, out);
		free(entries[i]);
	}
	free(entries);
}

void test_path(char path[TEST_PATH_SIZE], const char *folder, const char *name)
{
	int size = snprintf(path, TEST_PATH_SIZE, "%s/%s", folder, name);

	assert_true(size > 0 && size < TEST_PATH_SIZE);
}

size_t test_folder_count(const char *folder)
{
	DIR *open = opendir(folder);
	struct dirent *entry;
	size_t count = 0;

	assert_non_null(open);
	while ((entry = readdir(open)))
		count += is_entry(entry) != 0;
	closedir(open);
	return count;
}

void *test_file_read(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	char *data;
	long length;

	if (!file)
		return NULL;
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	length = ftell(file);
	assert_true(length >= 0);
	rewind(file);
	data = malloc((size_t)length + 1);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, (size_t)length, file), length);
	fclose(file);
	*size = (size_t)length;
	return data;
}

void assert_file_is(const char *folder, const char *name, const char *text)
{
	char path[TEST_PATH_SIZE];
	size_t size = 0;
	char *found;

	test_path(path, folder, name);
	found = test_file_read(path, &size);
	assert_non_null(found);
	assert_int_equal(size, strlen(text));
	assert_memory_equal(found, text, size);
	free(found);
}

void test_file_write(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

void test_limit_file_size(uint64_t size)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size == TEST_NO_LIMIT ? RLIM_INFINITY : (rlim_t)size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

size_t test_open_descriptors(void)
{
	return test_folder_count("/proc/self/fd");
}
