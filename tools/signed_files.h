/* SPDX-License-Identifier: BSD-2-Clause */
/* The files that signatures are made of: a statement, and its signature beside it, where minisign
 * looks for it. */
#ifndef NARC_TOOLS_SIGNED_FILES_H
#define NARC_TOOLS_SIGNED_FILES_H

#include "report.h"

/* To be freed; NULL if there is no memory. */
char *path_with_suffix(const char *path, const char *suffix);

/* Behind an archive's name, the name of its statement; behind that, of the signature. */
#define STATEMENT_SUFFIX ".sig"
#define SIGNATURE_SUFFIX ".minisig"

/* Larger than all that this program writes of statements, signatures and receipts. */
enum { SMALL_FILE_LIMIT = 1 << 17 };

struct small_file {
	char *data;
	size_t size;
};

/* A statement and its signature; start with zeros. */
struct signed_files {
	char *statement_path; /* or NULL, if there was no memory */
	char *signature_path;
	struct small_file statement;
	struct small_file signature;
};

/* The names of the files: path, or where that is NULL what belongs to the archive. */
enum exit_status signed_files_name(struct signed_files *files, const char *archive,
				   const char *path);
/* Reads both. */
enum exit_status signed_files_read(struct signed_files *files);
void signed_files_free(struct signed_files *files);

enum exit_status small_file_read(const char *path, struct small_file *file);

/* Writes all of a file and gives it its name; closes the sink. */
enum exit_status sink_write_whole(struct narc_sink sink, const char *path, const void *data,
				  size_t size);

#endif
