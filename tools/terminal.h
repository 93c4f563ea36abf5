/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known of the terminal that somebody sits at. */
#ifndef NARC_TOOLS_TERMINAL_H
#define NARC_TOOLS_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Whether fd leads to a terminal that knows the usual control sequences: no dumb one. */
bool is_capable_terminal(int fd);

/* How wide it is; 80 if it does not say. */
size_t terminal_columns(int fd);

/* Sets whether what goes to fd is coloured, by the value of --color: "always", "never", or "auto" or
 * NULL, which is at a capable terminal. The environment may say otherwise then: NO_COLOR that there
 * are none, CLICOLOR_FORCE that there are some in any case. False for another value. */
bool choose_colors(const char *when, int fd, bool *has_colors);

/* What is coloured, as grep, git and diff do it. */
#define COLOR_PATH "\x1b[35m"
#define COLOR_NUMBER "\x1b[32m"
#define COLOR_MATCH "\x1b[1;31m"
#define COLOR_HEADING "\x1b[1m"
#define COLOR_PLACE "\x1b[36m"
#define COLOR_ADDED "\x1b[32m"
#define COLOR_MISSING "\x1b[31m"
#define COLOR_CHANGED "\x1b[33m"
#define COLOR_END "\x1b[0m"

#endif
