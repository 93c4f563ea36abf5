/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange.h"

#include <dlfcn.h>

/* A function of a library, and where its address goes. POSIX has object and function pointers of
 * one size; C does not say so. */
struct wanted {
	const char *name;
	void **place;
};

static enum exit_status load(const char *what, const char *file, const struct wanted *wanted,
			     size_t count)
{
	void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	size_t found = 0;

	while (library && found < count &&
	       (*wanted[found].place = dlsym(library, wanted[found].name)))
		found++;
	if (found == count)
		return EXIT_DONE;
	report("this needs newsarc's %s library, which is not installed: %s", what, dlerror());
	return EXIT_SYSTEM;
}

enum exit_status load_exchange(struct exchange *exchange)
{
	const struct wanted wanted[] = {
		{ "narc_import_archive", (void **)&exchange->import_archive },
		{ "narc_export_archive", (void **)&exchange->export_archive },
	};

	return load("exchange", "libnewsarc-exchange.so.0", wanted, 2);
}

enum exit_status load_git_import(struct git_import *git)
{
	const struct wanted wanted[] = {
		{ "narc_git_options_init", (void **)&git->options_init },
		{ "narc_import_git", (void **)&git->import },
	};

	return load("git", "libnewsarc-git.so.0", wanted, 2);
}
