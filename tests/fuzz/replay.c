/* SPDX-License-Identifier: BSD-2-Clause */
/* Gives a fuzz target the files that are named, and those in the folders that are. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

static unsigned replayed;

static _Noreturn void give_up(const char *path)
{
	perror(path);
	exit(1);
}

static void replay_file(const char *path, size_t size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(size ? size : 1); /* of just this size, for sanitizers */

	if (!file || !data || fread(data, 1, size, file) != size)
		give_up(path);
	fclose(file);
	/* Told in front, for what is in the log when a target ends the process. */
	printf("# %s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	replayed++;
}

static void replay(const char *path);

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void replay_folder(const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_input, alphasort);

	if (count < 0)
		give_up(folder);
	for (int i = 0; i < count; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		replay(path);
		free(entries[i]);
	}
	free(entries);
}

static void replay(const char *path)
{
	struct stat facts;

	if (stat(path, &facts) != 0)
		give_up(path);
	if (S_ISDIR(facts.st_mode))
		replay_folder(path);
	else
		replay_file(path, (size_t)facts.st_size);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	printf("%u inputs\n", replayed);
	/* Without any, a test of them would say nothing. */
	return replayed == 0;
}
