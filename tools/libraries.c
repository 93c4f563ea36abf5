/* SPDX-License-Identifier: BSD-2-Clause */
#include "libraries.h"

#include <dlfcn.h>

#include "fail.h"
#include "translate.h"

/* A function of a library, and where its address goes. POSIX has object and function pointers of
 * one size; C does not say so. */
struct wanted {
	const char *name;
	void **place;
};

#define EXCHANGE_LIBRARY "libnewsarc-exchange.so.0"
#define GIT_LIBRARY "libnewsarc-git.so.0"
#define REMOTE_LIBRARY "libnewsarc-remote.so.0"

static const char *const not_installed =
	N_("this needs newsarc's %s library, which is not installed: %s");

static bool find(const char *file, const struct wanted *wanted, size_t count)
{
	void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	size_t found = 0;

	while (library && found < count &&
	       (*wanted[found].place = dlsym(library, wanted[found].name)))
		found++;
	return found == count;
}

static enum exit_status load(const char *what, const char *file, const struct wanted *wanted,
			     size_t count)
{
	if (find(file, wanted, count))
		return EXIT_DONE;
	report(not_installed, what, dlerror());
	return EXIT_SYSTEM;
}

enum exit_status load_exchange(struct exchange *exchange)
{
	const struct wanted wanted[] = {
		{ "narc_import_archive", (void **)&exchange->import_archive },
		{ "narc_export_archive", (void **)&exchange->export_archive },
	};

	return load("exchange", EXCHANGE_LIBRARY, wanted, 2);
}

enum exit_status load_git_import(struct git_import *git)
{
	const struct wanted wanted[] = {
		{ "narc_git_options_init", (void **)&git->options_init },
		{ "narc_import_git", (void **)&git->import },
	};

	return load("git", GIT_LIBRARY, wanted, 2);
}

enum narc_status load_remote(struct remote *remote, struct narc_error *error)
{
	const struct wanted wanted[] = {
		{ "narc_remote_source", (void **)&remote->source },
		{ "narc_remote_sink", (void **)&remote->sink },
		{ "narc_remote_sink_abort", (void **)&remote->sink_abort },
		{ "narc_object_get", (void **)&remote->object_get },
		{ "narc_object_put", (void **)&remote->object_put },
		{ "narc_object_delete", (void **)&remote->object_delete },
		{ "narc_object_list", (void **)&remote->object_list },
		{ "narc_upload_list", (void **)&remote->upload_list },
		{ "narc_upload_remove", (void **)&remote->upload_remove },
	};

	if (find(REMOTE_LIBRARY, wanted, sizeof(wanted) / sizeof(wanted[0])))
		return NARC_OK;
	return fail_at(error, NARC_IO, "remote", not_installed, "remote", dlerror());
}

static library_version_fn *find_library_version(const char *file, const char *name)
{
	library_version_fn *function;
	const struct wanted wanted = { name, (void **)&function };

	return find(file, &wanted, 1) ? function : NULL;
}

library_version_fn *find_exchange_library_version(void)
{
	return find_library_version(EXCHANGE_LIBRARY, "narc_exchange_library_version");
}

library_version_fn *find_git_library_version(void)
{
	return find_library_version(GIT_LIBRARY, "narc_git_library_version");
}

library_version_fn *find_remote_library_version(void)
{
	return find_library_version(REMOTE_LIBRARY, "narc_remote_library_version");
}
