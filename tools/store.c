/* SPDX-License-Identifier: BSD-2-Clause */
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "remote.h"
#include "remote_store.h"

char *file_of_set(const char *set, const char *file)
{
	size_t length = strlen(set);
	size_t size = length + strlen(file) + 2;
	char *path = malloc(size);

	if (path)
		snprintf(path, size, "%s%s%s", set, length && set[length - 1] == '/' ? "" : "/",
			 file);
	return path;
}

char *manifest_path(const char *folder)
{
	return file_of_set(folder, NARC_SET_MANIFEST);
}

const char *folder_of_set(const char *set)
{
	return is_remote(set) ? standard_folder() : set;
}

static bool has_manifest(const char *folder)
{
	char *path = manifest_path(folder);
	bool has = path && access(path, F_OK) == 0;

	free(path);
	return has;
}

bool names_set(const char *name)
{
	size_t size = strlen(name);

	return (size && name[size - 1] == '/') || (!is_remote(name) && has_manifest(name));
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

bool has_volume(const narc_archive *set, const char *name)
{
	struct narc_volume volume;

	for (size_t i = 0; set && narc_archive_volume(set, i, &volume); i++)
		if (strcmp(volume.name, name) == 0)
			return true;
	return false;
}

/* Whether a file is a volume of the set in its folder, as far as that can be opened. */
static bool is_volume(const char *folder, const char *name)
{
	narc_archive *set = NULL;
	struct narc_store store;
	bool is;

	if (!has_manifest(folder) || narc_folder_store(folder, false, &store, NULL) != NARC_OK ||
	    narc_set_open(store, &set, NULL) != NARC_OK)
		return false;
	is = has_volume(set, name);
	narc_archive_close(set);
	return is;
}

enum exit_status refuse_volume(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = folder_of(path);
	bool is = folder && is_volume(folder, slash ? slash + 1 : path);

	if (is)
		report("%s: this is a volume of the set %s, and volumes never change; make another "
		       "file of it with -o or \"narc merge\", or take the set as a whole",
		       path, folder);
	free(folder);
	return is ? EXIT_USAGE : EXIT_DONE;
}

narc_archive *open_whole_set(const char *name, enum exit_status *status)
{
	narc_archive *archive;

	if (try_set(name, &archive, status) == NARC_NOT_FOUND) {
		report("%s: there is no set here: it would have a file \"%s\"", name,
		       NARC_SET_MANIFEST);
		*status = EXIT_SYSTEM;
	}
	return archive;
}
