/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/beneath.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef SYS_openat2
#include <linux/openat2.h>

int beneath_open(int root, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};

	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}
#else
int beneath_open(int root, const char *path)
{
	(void)root;
	(void)path;
	return -1;
}
#endif

bool beneath_is_known(int root)
{
	int fd = beneath_open(root, ".");

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}
