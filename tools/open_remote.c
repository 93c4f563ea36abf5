/* SPDX-License-Identifier: BSD-2-Clause */
#include "open_remote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libraries.h"

bool is_remote(const char *path)
{
	size_t length = strspn(path, "abcdefghijklmnopqrstuvwxyz0123456789");

	return length > 1 && strncmp(path + length, "://", 3) == 0;
}

/* A number of the environment, for what is seldom changed; 0 if it is not there. */
static unsigned environment_number(const char *name, long most)
{
	const char *text = getenv(name);
	long value = 0;

	return text && parse_number(text, 1, most, &value) ? (unsigned)value : 0;
}

/* A folder by its whole path; others are to be ignored, says the XDG Base Directory Specification. */
static const char *environment_folder(const char *name)
{
	const char *folder = getenv(name);

	return folder && *folder == '/' ? folder : NULL;
}

/* Where parts of archives are kept; NULL: nowhere. */
static char *cache_folder(void)
{
	const char *wanted = getenv("NARC_REMOTE_KEEP");
	const char *cache = environment_folder("XDG_CACHE_HOME");
	const char *above = cache ? cache : environment_folder("HOME");
	const char *below = cache ? "/newsarc" : "/.cache/newsarc";
	size_t size;
	char *folder;

	if (!above || (wanted && strcmp(wanted, "0") == 0))
		return NULL;
	size = strlen(above) + strlen(below) + 1;
	folder = malloc(size);
	if (folder)
		snprintf(folder, size, "%s%s", above, below);
	return folder;
}

enum exit_status open_remote(const char *url, struct narc_source *source)
{
	char *folder = cache_folder();
	const struct narc_remote_options options = {
		.cache = (size_t)environment_number("NARC_REMOTE_CACHE", 1 << 20) << 20,
		.timeout = environment_number("NARC_REMOTE_TIMEOUT", 86400),
		.attempts = environment_number("NARC_REMOTE_ATTEMPTS", 1000),
		.folder = folder,
	};
	remote_source_fn *remote_source;
	struct narc_error error;
	enum narc_status opened = NARC_OK;
	enum exit_status status = load_remote(&remote_source);

	if (status == EXIT_DONE)
		opened = remote_source(url, &options, source, &error);
	free(folder);
	/* Of an address that is none, nothing is told but why: it may have a password in it. */
	if (opened == NARC_MISUSE) {
		report("%s", error.message);
		return EXIT_USAGE;
	}
	return opened == NARC_OK ? status : report_error(url, &error);
}
