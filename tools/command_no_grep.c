/* SPDX-License-Identifier: BSD-2-Clause */
/* In the place of command_grep.c, where there is no PCRE2. */
#include "command.h"

int command_grep(int argc, char **argv)
{
	(void)argc;
	report("%s: this narc was built without PCRE2, the library that searches: install "
	       "libpcre2-dev and build it again",
	       argv[0]);
	return EXIT_USAGE;
}
