/* SPDX-License-Identifier: BSD-2-Clause */
/* What "narc --version" says: the version of narc, and those of the libraries that it makes use
 * of. */
#ifndef NARC_TOOLS_VERSIONS_H
#define NARC_TOOLS_VERSIONS_H

void print_versions(void);

#endif
