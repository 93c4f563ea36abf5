/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/temporary_name.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PREFIX_SIZE = 256 };

/* Of a name that is too long to be made longer, a part will do. */
static void write_prefix(char prefix[PREFIX_SIZE], const char *path)
{
	const char *slash = strrchr(path, '/');

	snprintf(prefix, PREFIX_SIZE, ".%.200s.tmp-", slash ? slash + 1 : path);
}

char *temporary_name(const char *folder, const char *path, unsigned number)
{
	char prefix[PREFIX_SIZE];
	size_t size = strlen(folder) + PREFIX_SIZE + 64;
	char *name = malloc(size);

	if (!name)
		return NULL;
	write_prefix(prefix, path);
	snprintf(name, size, "%s/%s%ld-%u", folder, prefix, (long)getpid(), number);
	return name;
}

bool temporary_lock(int fd, bool has_name)
{
	struct stat about;

	/* Where there are no locks, nobody removes anything either. */
	while (flock(fd, LOCK_EX) != 0 && errno == EINTR)
		continue;
	return !has_name || fstat(fd, &about) != 0 || about.st_nlink > 0;
}

/* Whether name is the prefix and PROCESS-NUMBER. */
static bool is_temporary(const char *name, const char *prefix)
{
	static const char digits[] = "0123456789";
	size_t size = strlen(prefix), process, number;

	if (strncmp(name, prefix, size) != 0)
		return false;
	process = strspn(name + size, digits);
	if (process == 0 || name[size + process] != '-')
		return false;
	name += size + process + 1;
	number = strspn(name, digits);
	return number > 0 && name[number] == '\0';
}

static void remove_left_over(int folder, const char *name)
{
	struct stat about;
	int fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlinkat(folder, name, 0);
	close(fd);
}

void temporary_remove_left_overs(const char *folder, const char *path)
{
	char prefix[PREFIX_SIZE];
	DIR *open = opendir(folder);
	struct dirent *entry;

	if (!open)
		return;
	write_prefix(prefix, path);
	while ((entry = readdir(open)))
		if (is_temporary(entry->d_name, prefix))
			remove_left_over(dirfd(open), entry->d_name);
	closedir(open);
}
