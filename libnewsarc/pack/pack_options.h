/* SPDX-License-Identifier: BSD-2-Clause */
/* What is asked of a packer: the defaults, presets and bounds of its options. */
#ifndef NARC_PACK_PACK_OPTIONS_H
#define NARC_PACK_PACK_OPTIONS_H

#include "newsarc.h"

/* NARC_MISUSE for what is out of bounds. */
enum narc_status pack_options_check(const struct narc_pack_options *options,
				    struct narc_error *error);

#endif
