/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that need libraries whose loading takes longer than fetching a post are programs of
 * their own: "narc NAME" becomes narc-NAME. */
#ifndef NARC_TOOLS_COMPANION_H
#define NARC_TOOLS_COMPANION_H

#include <stdbool.h>

/* Runs the program narc-NAME, NAME being argv[0], in the place of this one; it lies beside narc,
 * or where meson installs it. Returns, EXIT_SYSTEM with a message, only if it cannot be run. */
int run_companion(int argc, char **argv);

/* Has the program narc-NAME print the libraries that it makes use of, as print_library does; false,
 * without a message, if it is not there or cannot be run. */
bool print_companion_versions(char *name);

#endif
