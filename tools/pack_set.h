/* SPDX-License-Identifier: BSD-2-Clause */
/* Packing into sets. */
#ifndef NARC_TOOLS_PACK_SET_H
#define NARC_TOOLS_PACK_SET_H

#include "pack_input.h"

/* What is to be packed, and where to. */
struct set_packing {
	const char *set;
	const char *split; /* --split, or NULL */
	const char *shard; /* --shard, or NULL */
	bool is_append;
	const struct pack_input *input;
};

/* Whether this all goes together. */
enum exit_status check_set_packing(const char *command, const struct set_packing *packing);

/* Packs with a packer that is given nothing else, and that the call takes over. */
enum exit_status pack_into_set(narc_packer *packer, const struct set_packing *packing,
			       struct narc_pack_result *result);

#endif
