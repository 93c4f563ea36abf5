/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of newsarc-exchange, which is loaded when one of them is first wanted: it
 * brings libarchive with it, whose loading takes longer than fetching a post. */
#ifndef NARC_TOOLS_EXCHANGE_H
#define NARC_TOOLS_EXCHANGE_H

#include "report.h"

struct exchange {
	enum narc_status (*import_archive)(narc_packer *packer, const char *path,
					   struct narc_error *error);
	enum narc_status (*export_archive)(narc_archive *archive, const struct narc_filter *filter,
					   const char *format,
					   const struct narc_export_options *options,
					   struct narc_sink sink, struct narc_error *error);
};

/* EXIT_SYSTEM, with a message, if it is not there. It stays loaded until the end. */
enum exit_status load_exchange(struct exchange *exchange);

#endif
