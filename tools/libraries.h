/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of newsarc-exchange, newsarc-git and newsarc-remote. These are loaded when one of
 * them is first wanted: they bring libarchive, libgit2 and libcurl with them, whose loading takes
 * longer than fetching a post. */
#ifndef NARC_TOOLS_LIBRARIES_H
#define NARC_TOOLS_LIBRARIES_H

#include "report.h"

/* As narc_library_version. */
typedef bool library_version_fn(size_t index, struct narc_library *library);

struct exchange {
	enum narc_status (*import_archive)(narc_packer *packer, const char *path,
					   struct narc_error *error);
	enum narc_status (*export_archive)(narc_archive *archive, const struct narc_filter *filter,
					   const char *format,
					   const struct narc_export_options *options,
					   struct narc_sink sink, struct narc_error *error);
};

struct git_import {
	void (*options_init)(struct narc_git_options *options);
	enum narc_status (*import)(narc_packer *packer, const char *path,
				   const struct narc_git_options *options,
				   struct narc_error *error);
};

struct remote {
	enum narc_status (*source)(const char *url, const struct narc_remote_options *options,
				   struct narc_source *source, struct narc_error *error);
	enum narc_status (*sink)(const char *url, bool replace,
				 const struct narc_remote_options *options, struct narc_sink *sink,
				 struct narc_error *error);
	void (*sink_abort)(struct narc_sink sink);
	enum narc_status (*object_get)(const char *url, size_t limit,
				       const struct narc_remote_options *options, void **data,
				       size_t *size, char etag[NARC_ETAG_SIZE],
				       struct narc_error *error);
	enum narc_status (*object_put)(const char *url, const void *data, size_t size,
				       const char *replaces,
				       const struct narc_remote_options *options,
				       char etag[NARC_ETAG_SIZE], struct narc_error *error);
	enum narc_status (*object_delete)(const char *url,
					  const struct narc_remote_options *options,
					  struct narc_error *error);
	enum narc_status (*object_list)(const char *url, const struct narc_remote_options *options,
					narc_object_fn take, void *context,
					struct narc_error *error);
	enum narc_status (*upload_list)(const char *url, const struct narc_remote_options *options,
					narc_upload_fn take, void *context,
					struct narc_error *error);
	enum narc_status (*upload_remove)(const char *url, const char *id,
					  const struct narc_remote_options *options,
					  struct narc_error *error);
};

/* How these libraries tell what they make use of; NULL, without a message, of one that is not
 * there. */
library_version_fn *find_exchange_library_version(void);
library_version_fn *find_git_library_version(void);
library_version_fn *find_remote_library_version(void);

/* EXIT_SYSTEM, with a message, if the library is not there. It stays loaded until the end. */
enum exit_status load_exchange(struct exchange *exchange);
enum exit_status load_git_import(struct git_import *git);

/* The same, told by an error: NARC_IO. */
enum narc_status load_remote(struct remote *remote, struct narc_error *error);

#endif
