/* SPDX-License-Identifier: BSD-2-Clause */
#include "newsarc.h"

const char *narc_version(void)
{
	return NARC_VERSION_STRING;
}

const char *narc_status_name(enum narc_status status)
{
	switch (status) {
	case NARC_OK:
		return "OK";
	case NARC_END:
		return "END";
	case NARC_NOT_NEWSARC:
		return "NOT_NEWSARC";
	case NARC_UNSUPPORTED:
		return "UNSUPPORTED";
	case NARC_CORRUPT:
		return "CORRUPT";
	case NARC_LIMIT:
		return "LIMIT";
	case NARC_NOT_FOUND:
		return "NOT_FOUND";
	case NARC_EXISTS:
		return "EXISTS";
	case NARC_IO:
		return "IO";
	case NARC_NOMEM:
		return "NOMEM";
	case NARC_MISUSE:
		return "MISUSE";
	case NARC_CANCELLED:
		return "CANCELLED";
	case NARC_BAD_SIGNATURE:
		return "BAD_SIGNATURE";
	}
	return "UNKNOWN";
}
