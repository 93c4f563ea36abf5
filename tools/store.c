/* SPDX-License-Identifier: BSD-2-Clause */
#include "store.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "remote.h"
#include "remote_store.h"

bool names_set(const char *name)
{
	size_t size = strlen(name);
	struct stat about;

	return (size && name[size - 1] == '/') ||
	       (!is_remote(name) && stat(name, &about) == 0 && S_ISDIR(about.st_mode));
}

/* Whether there is a place that may have a set. */
static bool has_store(const char *name)
{
	struct stat about;

	return is_remote(name) || stat(name, &about) == 0;
}

enum exit_status open_store(const char *name, bool make, struct narc_store *store)
{
	struct narc_error error;

	if (is_remote(name))
		return make_remote_store(name, store, &error) == NARC_OK
			       ? EXIT_DONE
			       : report_remote(name, &error);
	return narc_folder_store(name, make, store, &error) == NARC_OK ? EXIT_DONE
								       : report_error(name, &error);
}

enum exit_status open_store_to_write(const char *name, bool make, struct narc_store *store)
{
	if (is_remote(name) && strncasecmp(name, "s3://", 5) != 0) {
		report("%s: a set on a server can only be read: do it where its files are", name);
		return EXIT_USAGE;
	}
	return open_store(name, make, store);
}

/* Opens it; NARC_NOT_FOUND, and nothing is said, if there is no set. */
static enum narc_status try_set(const char *name, narc_archive **archive,
				enum exit_status *exit_status)
{
	struct narc_store store;
	struct narc_error error;
	enum narc_status status;

	*archive = NULL;
	*exit_status = open_store(name, false, &store);
	if (*exit_status != EXIT_DONE)
		return NARC_IO;
	status = narc_set_open(store, archive, &error);
	if (status != NARC_OK && status != NARC_NOT_FOUND)
		*exit_status = is_remote(name) ? report_remote(name, &error)
					       : report_error(name, &error);
	return status;
}

enum exit_status open_set_if_any(const char *name, narc_archive **archive)
{
	enum exit_status status;

	*archive = NULL;
	if (!has_store(name))
		return EXIT_DONE;
	try_set(name, archive, &status);
	return status;
}

narc_archive *open_set(const char *name, enum exit_status *status)
{
	narc_archive *archive;

	if (try_set(name, &archive, status) == NARC_NOT_FOUND) {
		report("%s: there is no set here: it would have a file \"%s\"", name,
		       NARC_SET_MANIFEST);
		*status = EXIT_SYSTEM;
	}
	return archive;
}
