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

#endif
