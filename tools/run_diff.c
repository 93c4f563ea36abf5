/* SPDX-License-Identifier: BSD-2-Clause */
#include "run_diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "terminal.h"

static bool write_piece(void *context, const void *data, size_t size)
{
	int fd = *(const int *)context;
	const char *place = data;

	while (size) {
		ssize_t written = write(fd, place, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		place += written;
		size -= (size_t)written;
	}
	return true;
}

enum exit_status diff_side_fill(struct diff_side *side, narc_cursor *cursor, const char *name)
{
	struct narc_error error;

	side->fd = memfd_create("narc", 0); /* diff is to have it too */
	if (side->fd >= 0 &&
	    narc_cursor_stream(cursor, write_piece, &side->fd, &error) == NARC_OK)
		return EXIT_DONE;
	if (side->fd >= 0)
		return report_error(name, &error);
	report("cannot make a temporary file: %s", strerror(errno));
	return EXIT_SYSTEM;
}

void diff_side_close(struct diff_side *side)
{
	if (side->fd >= 0)
		close(side->fd);
	side->fd = -1;
}

/* In the child: becomes diff, which writes to fd. */
static void become_diff(const struct diff_side *old, const struct diff_side *new, int fd)
{
	char old_name[32], new_name[32];

	snprintf(old_name, sizeof(old_name), "/dev/fd/%d", old->fd);
	snprintf(new_name, sizeof(new_name), "/dev/fd/%d", new->fd);
	if (lseek(old->fd, 0, SEEK_SET) == 0 && lseek(new->fd, 0, SEEK_SET) == 0 &&
	    dup2(fd, STDOUT_FILENO) >= 0)
		execlp("diff", "diff", "-u", "--label", old->label, "--label", new->label, old_name,
		       new_name, (char *)NULL);
	_exit(127);
}

/* In the heading, lines that begin with --- and +++ are of names; behind it, of differences. */
static const char *color_of(const char *line, bool *in_heading)
{
	if (strncmp(line, "@@", 2) == 0) {
		*in_heading = false;
		return COLOR_PLACE;
	}
	if (*in_heading)
		return COLOR_HEADING;
	return *line == '+' ? COLOR_ADDED : *line == '-' ? COLOR_MISSING : "";
}

static void print_colored(const char *line, size_t size, bool *in_heading)
{
	const char *color = color_of(line, in_heading);
	bool is_whole = size && line[size - 1] == '\n';

	fputs(color, stdout);
	print_lines(stdout, line, size - is_whole);
	fputs(*color ? COLOR_END : "", stdout);
	if (is_whole)
		putchar('\n');
}

/* Passes on what diff writes: a post is not to steer the terminal that shows it. */
static void pass_on(int fd, bool has_colors)
{
	bool to_terminal = isatty(STDOUT_FILENO);
	bool in_heading = true;
	FILE *in = fdopen(fd, "r");
	char *line = NULL;
	size_t capacity = 0;
	ssize_t size;

	if (!in) {
		close(fd);
		return;
	}
	while ((size = getline(&line, &capacity, in)) >= 0) {
		if (has_colors)
			print_colored(line, (size_t)size, &in_heading);
		else if (to_terminal)
			print_lines(stdout, line, (size_t)size);
		else
			fwrite(line, 1, (size_t)size, stdout);
	}
	free(line);
	fclose(in);
}

enum exit_status run_diff(const struct diff_side *old, const struct diff_side *new,
			  bool has_colors)
{
	int ends[2];
	int result = 0;
	pid_t child;

	fflush(stdout);
	if (pipe(ends) != 0) {
		report("cannot start diff: %s", strerror(errno));
		return EXIT_SYSTEM;
	}
	child = fork();
	if (child == 0)
		become_diff(old, new, ends[1]);
	close(ends[1]);
	pass_on(ends[0], has_colors);
	while (child > 0 && waitpid(child, &result, 0) < 0 && errno == EINTR)
		;
	/* 1: there are differences. */
	if (child > 0 && WIFEXITED(result) && WEXITSTATUS(result) <= 1)
		return EXIT_DONE;
	report("diff could not be run; it is in the package diffutils");
	return EXIT_SYSTEM;
}
