/* SPDX-License-Identifier: BSD-2-Clause */
#include "remote.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "command.h"
#include "libraries.h"

bool is_remote(const char *path)
{
	size_t length = 0;

	while (isascii(path[length]) && isalnum(path[length]))
		length++;
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

char *cache_folder(void)
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

struct narc_remote_options remote_options(void)
{
	return (struct narc_remote_options){
		.cache = (size_t)environment_number("NARC_REMOTE_CACHE", 1 << 20) << 20,
		.timeout = environment_number("NARC_REMOTE_TIMEOUT", 86400),
		.attempts = environment_number("NARC_REMOTE_ATTEMPTS", 1000),
	};
}

/* Whether it has a password in it, which is not for a screen, or a log. */
static bool has_credentials(const char *url)
{
	const char *host = strstr(url, "://");

	return host && memchr(host + 3, '@', strcspn(host + 3, "/?#"));
}

enum exit_status report_remote(const char *url, const struct narc_error *error)
{
	if (!has_credentials(url) && error->status != NARC_MISUSE)
		return report_error(url, error);
	report("%s", error->message);
	return exit_status_for(error->status);
}

enum exit_status open_remote(const char *url, struct narc_source *source)
{
	struct narc_remote_options options = remote_options();
	char *folder;
	struct remote remote;
	struct narc_error error;
	enum narc_status status;

	if (load_remote(&remote, &error) != NARC_OK) {
		report("%s", error.message);
		return EXIT_SYSTEM;
	}
	options.folder = folder = cache_folder();
	status = remote.source(url, &options, source, &error);
	free(folder);
	return status == NARC_OK ? EXIT_DONE : report_remote(url, &error);
}

enum exit_status refuse_remote(const char *command, const char *archive)
{
	if (!is_remote(archive))
		return EXIT_DONE;
	if (strncasecmp(archive, "s3://", 5) == 0)
		report("%s: an archive in a store cannot be changed where it is: do it to a copy "
		       "here, and put that there by \"narc merge --force s3://BUCKET/KEY COPY\"",
		       command);
	else
		report("%s: an archive on a server can only be read: do it to a copy here", command);
	return EXIT_USAGE;
}

const char *standard_folder(void)
{
	const char *folder = getenv("TMPDIR");

	return folder && *folder ? folder : "/tmp";
}
