/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that need libraries whose loading takes longer than fetching a post are programs of
 * their own: "narc NAME" becomes narc-NAME. */
#ifndef NARC_TOOLS_COMPANION_H
#define NARC_TOOLS_COMPANION_H

/* Runs the program narc-NAME, NAME being argv[0], in the place of this one; it lies beside narc,
 * or where meson installs it. Returns, EXIT_SYSTEM with a message, only if it cannot be run. */
int run_companion(int argc, char **argv);

#endif
