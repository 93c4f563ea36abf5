/* SPDX-License-Identifier: BSD-2-Clause */
#include "versions.h"

#include "command.h"
#include "companion.h"
#include "exchange.h"
#include "search/library.h"

static void print_all(library_version_fn *version_of)
{
	struct narc_library library;

	for (size_t i = 0; version_of(i, &library); i++)
		print_library(library.name, library.version);
}

/* Of a library of newsarc's own that is loaded when it is wanted. */
static void print_loadable(const char *name, library_version_fn *version_of)
{
	if (version_of)
		print_all(version_of);
	else
		print_library(name, "");
}

/* Of a program that is a command of narc. All goes out at once in the end, so that nobody who reads
 * the first line only makes it end by a signal. */
static void print_companion(const char *command, const char *const *names)
{
	char name[16];

	snprintf(name, sizeof(name), "%s", command);
	if (print_companion_versions(name))
		return;
	for (; *names; names++)
		print_library(*names, "");
}

void print_versions(void)
{
	static const char *const of_mount[] = { "libfuse", NULL };
	static const char *const of_serve[] = { "libmicrohttpd", "cmark", "zlib", NULL };

	printf("narc %s\n", narc_version());
	print_all(narc_library_version);
	print_all(search_library_version);
	print_loadable("libarchive", find_exchange_library_version());
	print_loadable("libgit2", find_git_library_version());
	print_companion("mount", of_mount);
	print_companion("serve", of_serve);
}
