/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_TOOLS_PASSPHRASE_H
#define NARC_TOOLS_PASSPHRASE_H

#include <stdbool.h>
#include <stddef.h>

/* A narc_passphrase_fn: asks at the terminal, which does not show what is typed; or, where
 * standard input is none, takes a line of that. */
bool ask_passphrase(void *context, char *text, size_t size);

#endif
