/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving files of a repository to the packer. */
#ifndef NARC_EXCHANGE_GIT_FILES_H
#define NARC_EXCHANGE_GIT_FILES_H

#include "exchange/path_map.h"
#include "newsarc.h"

struct git_files {
	narc_packer *packer;
	git_odb *odb;
	int64_t time; /* of the commit that brings them, which is their modification time */
	struct path_map told; /* paths that cannot be packed */
};

void git_files_free(struct git_files *files);

/* Tells the packer's notice that what is at a path is left out, once. */
enum narc_status git_files_skip(struct git_files *files, const char *path, const char *text,
				struct narc_error *error);

/* Adds a file or symbolic link, from its blob; of anything else, and of what cannot be stored,
 * the packer's notice is told. */
enum narc_status git_files_add(struct git_files *files, const char *path, const git_oid *id,
			       git_filemode_t mode, struct narc_error *error);

#endif
