/* SPDX-License-Identifier: BSD-2-Clause */
#include "companion.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report.h"

/* Of each of these programs, the Debian package that has to be there for it to be built. */
static const struct companion {
	const char *name;
	const char *package;
} companions[] = {
	{ "mount", "libfuse3-dev" },
	{ "serve", "libmicrohttpd-dev" },
};

/* Runs FOLDER/narc-NAME; returns if it is not there, or cannot be run. */
static void run_in(const char *folder, char **argv)
{
	char *name = argv[0];
	char path[PATH_MAX];
	int size = snprintf(path, sizeof(path), "%s/narc-%s", folder, name);

	if (size < 0 || (size_t)size >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return;
	}
	argv[0] = path;
	execv(path, argv);
	argv[0] = name;
}

/* The folder of the program that runs, as the build has them all; false if that is not known. */
static bool find_own_folder(char folder[PATH_MAX])
{
	ssize_t size = readlink("/proc/self/exe", folder, PATH_MAX - 1);
	char *slash;

	if (size < 0)
		return false;
	folder[size] = '\0';
	slash = strrchr(folder, '/');
	if (slash)
		*slash = '\0';
	return slash != NULL;
}

static const char *package_for(const char *name)
{
	const struct companion *companion = companions;

	while (strcmp(companion->name, name) != 0)
		companion++;
	return companion->package;
}

/* Returns if it is not there (ENOENT), or cannot be run. */
static void run_wherever(char **argv)
{
	char folder[PATH_MAX];

	errno = ENOENT;
	if (find_own_folder(folder))
		run_in(folder, argv);
	if (errno == ENOENT)
		run_in(COMPANION_FOLDER, argv);
}

/* In the child: runs the program with its output to a pipe. Why it cannot be run is said when that
 * is asked of it. */
static void run_for_parent(char **argv, const int pipe_ends[2])
{
	if (dup2(pipe_ends[1], STDOUT_FILENO) >= 0 && freopen("/dev/null", "w", stderr)) {
		close(pipe_ends[0]);
		close(pipe_ends[1]);
		run_wherever(argv);
	}
	_exit(EXIT_SYSTEM);
}

/* Takes what comes out of a pipe to its end, of which there is room for size bytes. */
static size_t take_all(int fd, char *text, size_t size)
{
	char rest[256];
	size_t used = 0;
	ssize_t got;

	do {
		got = used < size ? read(fd, text + used, size - used) : read(fd, rest, sizeof(rest));
		if (got > 0 && used < size)
			used += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	return used;
}

bool print_companion_versions(char *name)
{
	char option[] = "--version";
	char *argv[] = { name, option, NULL };
	char text[1024];
	size_t size;
	int pipe_ends[2];
	int status = -1;
	pid_t child;

	if (pipe(pipe_ends) < 0)
		return false;
	child = fork();
	if (child == 0)
		run_for_parent(argv, pipe_ends);
	close(pipe_ends[1]);
	size = take_all(pipe_ends[0], text, sizeof(text));
	close(pipe_ends[0]);
	if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
		return false;
	fwrite(text, 1, size, stdout);
	return true;
}

int run_companion(int argc, char **argv)
{
	(void)argc;
	run_wherever(argv);
	if (errno == ENOENT)
		report("%s: the program narc-%s is neither beside narc nor in %s: build newsarc "
		       "again, with Debian's package %s installed",
		       argv[0], argv[0], COMPANION_FOLDER, package_for(argv[0]));
	else
		report("%s: cannot run narc-%s: %s", argv[0], argv[0], strerror(errno));
	return EXIT_SYSTEM;
}
