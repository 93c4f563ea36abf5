/* SPDX-License-Identifier: BSD-2-Clause */
/* In the place of command_grep.c and of the search engine, where there is no PCRE2. */
#include "command.h"
#include "search/library.h"

bool search_library_version(size_t index, struct narc_library *library)
{
	static const char *const names[] = { "PCRE2", "gumbo" };

	if (index >= sizeof(names) / sizeof(names[0]))
		return false;
	*library = (struct narc_library){ .name = names[index] };
	return true;
}

int command_grep(int argc, char **argv)
{
	(void)argc;
	report("%s: this narc was built without PCRE2, the library that searches: install "
	       "libpcre2-dev and build it again",
	       argv[0]);
	return EXIT_USAGE;
}
