/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How far narc is with what takes long, on standard error: at a terminal a line that is drawn again
 * and again, unless it is a dumb one; elsewhere, if that is asked for, a line every few seconds.
 */
#ifndef NARC_TOOLS_PROGRESS_H
#define NARC_TOOLS_PROGRESS_H

#include <newsarc.h>

/* Takes an option of PROGRESS_OPTIONS (command.h); false if it is none of them. */
bool take_progress_option(int option);

/* The function that shows progress, to be given to the library, and what it is of, which is kept;
 * NULL if nothing is to be shown. One call at a time is shown. */
narc_progress_fn show_progress(const char *name);

/* Takes the line from the terminal, before something else is written there. report.h does so by
 * itself. */
void clear_progress(void);

/* Whether to tell a person at a terminal, on standard error, what came of it: a nightly job that
 * did its work says nothing. */
bool wants_summary(void);

/* Whether what went well is to be passed over, on standard output too. */
bool is_quiet(void);

#endif
