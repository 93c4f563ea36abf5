/* SPDX-License-Identifier: BSD-2-Clause */
/* From the records of a WARC file to the packer: the bodies that addresses answered with. */
#ifndef NARC_EXCHANGE_IMPORT_WARC_H
#define NARC_EXCHANGE_IMPORT_WARC_H

#include "exchange/unpacked.h"

/* Adds the bodies of answers that are a success (RFC 9110, section 15.3), and resources. */
enum narc_status import_warc(narc_packer *packer, struct unpacked *from,
			     struct narc_error *error);

#endif
