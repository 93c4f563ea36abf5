/* SPDX-License-Identifier: BSD-2-Clause */
#include "store.h"

#include <string.h>
#include <sys/stat.h>

bool names_set(const char *name)
{
	size_t size = strlen(name);
	struct stat about;

	return (size && name[size - 1] == '/') ||
	       (stat(name, &about) == 0 && S_ISDIR(about.st_mode));
}

enum exit_status open_store(const char *name, bool make, struct narc_store *store)
{
	struct narc_error error;

	return narc_folder_store(name, make, store, &error) == NARC_OK ? EXIT_DONE
								       : report_error(name, &error);
}

narc_archive *open_set(const char *name, enum exit_status *status)
{
	struct narc_store store;
	struct narc_error error;
	narc_archive *archive;

	*status = open_store(name, false, &store);
	if (*status != EXIT_DONE)
		return NULL;
	switch (narc_set_open(store, &archive, &error)) {
	case NARC_OK:
		return archive;
	case NARC_NOT_FOUND:
		report("%s: this is a folder, but no set: it has no file \"%s\"", name,
		       NARC_SET_MANIFEST);
		*status = EXIT_SYSTEM;
		return NULL;
	default:
		*status = report_error(name, &error);
		return NULL;
	}
}
