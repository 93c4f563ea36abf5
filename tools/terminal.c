/* SPDX-License-Identifier: BSD-2-Clause */
#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { USUAL_COLUMNS = 80 };

bool is_capable_terminal(int fd)
{
	const char *terminal = getenv("TERM");

	return isatty(fd) && terminal && *terminal && strcmp(terminal, "dumb") != 0;
}

size_t terminal_columns(int fd)
{
	struct winsize window = { .ws_col = 0 };

	if (ioctl(fd, TIOCGWINSZ, &window) < 0 || window.ws_col == 0)
		return USUAL_COLUMNS;
	return window.ws_col;
}

/* As no-color.org and bixense.com/clicolors have it. */
static bool wants_colors(int fd)
{
	const char *refused = getenv("NO_COLOR");
	const char *forced = getenv("CLICOLOR_FORCE");

	if (refused && *refused)
		return false;
	if (forced && *forced && strcmp(forced, "0") != 0)
		return true;
	return is_capable_terminal(fd);
}

bool choose_colors(const char *when, int fd, bool *has_colors)
{
	if (!when || strcmp(when, "auto") == 0)
		*has_colors = wants_colors(fd);
	else if (strcmp(when, "always") == 0)
		*has_colors = true;
	else if (strcmp(when, "never") == 0)
		*has_colors = false;
	else
		return false;
	return true;
}
