/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack_input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libraries.h"
#include "store.h"

/* ---- options ------------------------------------------------------------------------------ */

static enum exit_status add_revision(struct pack_input *input, const char *revision)
{
	size_t size = (input->revision_count + 1) * sizeof(*input->revisions);
	const char **revisions = realloc(input->revisions, size);

	if (!revisions) {
		report("out of memory");
		return EXIT_SYSTEM;
	}
	revisions[input->revision_count++] = revision;
	input->revisions = revisions;
	return EXIT_DONE;
}

static enum exit_status take_generation(struct pack_input *input, const char *value)
{
	input->has_generation = true;
	input->by_day = strcmp(value, "day") == 0;
	if (input->by_day || strcmp(value, "commit") == 0)
		return EXIT_DONE;
	report("--generation: \"%s\" is neither \"commit\" nor \"day\"", value);
	return EXIT_USAGE;
}

enum exit_status take_pack_input(int option, const char *value, struct pack_input *input,
				 bool *taken)
{
	*taken = true;
	switch (option) {
	case OPTION_FILES_FROM:
		input->list = value;
		return EXIT_DONE;
	case '0':
		input->delimiter = '\0';
		return EXIT_DONE;
	case OPTION_FROM_ARCHIVE:
		input->from_archive = value;
		return EXIT_DONE;
	case OPTION_FROM_GIT:
		input->from_git = value;
		return EXIT_DONE;
	case OPTION_REV:
		return add_revision(input, value);
	case OPTION_GENERATION:
		return take_generation(input, value);
	default:
		*taken = false;
		return EXIT_DONE;
	}
}

static enum exit_status check_git(const char *command, const struct pack_input *input)
{
	if (input->from_git && (input->list || input->from_archive)) {
		report("%s: --from-git does not go together with --%s", command,
		       input->list ? "files-from" : "from-archive");
		return EXIT_USAGE;
	}
	if (!input->from_git && (input->revision_count || input->has_generation)) {
		report("%s: --%s is of --from-git, which is not given", command,
		       input->revision_count ? "rev" : "generation");
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

/* Whether the archive to be written is among what it is made of. */
static enum exit_status check_archive(const char *archive, const struct pack_input *input)
{
	const char *same = NULL;

	if (input->from_archive && is_same_file(archive, input->from_archive))
		same = input->from_archive;
	for (size_t i = 0; i < input->path_count && !input->from_git; i++)
		if (is_same_file(archive, input->paths[i]))
			same = input->paths[i];
	if (!same)
		return EXIT_DONE;
	report("%s: an archive cannot be packed into itself", same);
	return EXIT_USAGE;
}

enum exit_status check_pack_input(const char *command, const char *archive,
				  const struct pack_input *input)
{
	enum exit_status status = check_git(command, input);

	if (status != EXIT_DONE)
		return status;
	if (!input->path_count && !input->list && !input->from_archive && !input->from_git) {
		report("%s: no files: give a PATH, --files-from, --from-archive or --from-git",
		       command);
		return EXIT_USAGE;
	}
	if (strcmp(archive, "-") == 0) {
		report("%s: an archive cannot be written to standard output (\"./-\" is a file)",
		       command);
		return EXIT_USAGE;
	}
	if (input->list && input->from_archive && strcmp(input->list, "-") == 0 &&
	    strcmp(input->from_archive, "-") == 0) {
		report("%s: --files-from and --from-archive cannot both be standard input",
		       command);
		return EXIT_USAGE;
	}
	status = check_archive(archive, input);
	if (status == EXIT_DONE && input->list && input->path_count > 1) {
		report("%s: --files-from takes one PATH at most, which its paths are relative to",
		       command);
		return EXIT_USAGE;
	}
	return status;
}

/* ---- what they name ----------------------------------------------------------------------- */

/* What is told with a place, and without a name, is of the archive that is appended to; and what
 * is told of a volume of it. */
static enum exit_status report_input(const struct pack_input *input, const narc_archive *archive,
				     const char *name, const struct narc_error *error)
{
	bool is_of_archive = (error->offset != NARC_NO_OFFSET && !error->path[0]) ||
			     has_volume(archive, error->path);

	return report_error(is_of_archive ? input->archive : name, error);
}

static enum exit_status add_listed(narc_packer *packer, const struct pack_input *input,
				   const narc_archive *archive, FILE *list)
{
	const char *root = input->path_count ? input->paths[0] : NULL;
	char *line = NULL;
	size_t capacity = 0;
	ssize_t size;
	struct narc_error error;
	enum exit_status status = EXIT_DONE;

	while (status == EXIT_DONE &&
	       (size = getdelim(&line, &capacity, input->delimiter, list)) >= 0) {
		if (size && line[size - 1] == (char)input->delimiter)
			line[--size] = '\0';
		if (strlen(line) != (size_t)size) {
			report("%s: paths in it end with NUL: give -0", input->list);
			status = EXIT_USAGE;
			break;
		}
		if (*line && narc_packer_add_path(packer, root, line, &error) != NARC_OK)
			status = report_input(input, archive, line, &error);
	}
	if (status == EXIT_DONE && ferror(list)) {
		report("%s: cannot read: %s", input->list, strerror(errno));
		status = EXIT_SYSTEM;
	}
	free(line);
	return status;
}

static enum exit_status add_from_list(narc_packer *packer, const struct pack_input *input,
				      const narc_archive *archive)
{
	bool is_stdin = strcmp(input->list, "-") == 0;
	FILE *list = is_stdin ? stdin : fopen(input->list, "re");
	struct narc_error error;
	enum exit_status status;

	if (!list) {
		report("%s: cannot open: %s", input->list, strerror(errno));
		return EXIT_SYSTEM;
	}
	if (narc_packer_begin_tree(packer, &error) != NARC_OK)
		status = report_input(input, archive, input->list, &error);
	else
		status = add_listed(packer, input, archive, list);
	if (!is_stdin)
		fclose(list);
	return status;
}

static enum exit_status add_from_archive(narc_packer *packer, const struct pack_input *input,
					 const narc_archive *archive)
{
	const char *path = input->from_archive;
	struct exchange exchange;
	struct narc_error error;
	enum exit_status status = load_exchange(&exchange);

	if (status == EXIT_DONE && exchange.import_archive(packer, path, &error) != NARC_OK)
		status = report_input(input, archive, path, &error);
	return status;
}

static enum exit_status add_from_git(narc_packer *packer, const struct pack_input *input,
				     narc_archive *archive)
{
	struct narc_git_options options;
	struct git_import git;
	struct narc_error error;
	enum exit_status status = load_git_import(&git);

	if (status != EXIT_DONE)
		return status;
	git.options_init(&options);
	options.revisions = input->revisions;
	options.revision_count = input->revision_count;
	options.paths = (const char *const *)input->paths;
	options.path_count = input->path_count;
	options.generation = input->by_day ? NARC_GIT_DAY : NARC_GIT_COMMIT;
	options.archive = archive;
	return git.import(packer, input->from_git, &options, &error) == NARC_OK
		       ? EXIT_DONE
		       : report_input(input, archive, input->from_git, &error);
}

enum exit_status add_pack_input(narc_packer *packer, const struct pack_input *input,
				narc_archive *archive)
{
	enum exit_status status = EXIT_DONE;
	struct narc_error error;

	if (input->from_git)
		return add_from_git(packer, input, archive);
	if (input->from_archive)
		status = add_from_archive(packer, input, archive);
	if (status == EXIT_DONE && input->list)
		return add_from_list(packer, input, archive);
	for (size_t i = 0; i < input->path_count && status == EXIT_DONE; i++)
		if (narc_packer_add_tree(packer, input->paths[i], &error) != NARC_OK)
			status = report_input(input, archive, input->paths[i], &error);
	return status;
}
