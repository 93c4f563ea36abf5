/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages in the language that the process speaks, if it has chosen one with setlocale, and there
 * is a catalogue. Only what people read goes through this: what is stored, compared, or meant for
 * programs stays as it is. */
#ifndef NARC_SUPPORT_TRANSLATE_H
#define NARC_SUPPORT_TRANSLATE_H

#ifdef WITH_NLS
#include <libintl.h>

static inline const char *translated(const char *text) __attribute__((format_arg(1)));
static inline const char *translated(const char *text)
{
	/* What stands for "" in a catalogue is no message. */
	return *text ? dgettext("newsarc", text) : text;
}
#else
#define translated(text) (text)
#endif

#endif
