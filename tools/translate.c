/* SPDX-License-Identifier: BSD-2-Clause */
#include "translate.h"

#ifdef WITH_NLS
#include <libintl.h>
#include <locale.h>
#include <stdlib.h>

#define DOMAIN "newsarc"

const char *translate(const char *text)
{
	/* What stands for "" in a catalogue is no message. */
	return *text ? dgettext(DOMAIN, text) : text;
}

const char *translate_count(const char *one, const char *many, uint64_t count)
{
	/* Rules of plural look at the last digits only. */
	return dngettext(DOMAIN, one, many, (unsigned long)(count < 1000000 ? count
									    : count % 1000000 + 1000000));
}

/* The locale that is asked for, if it is one with messages. */
static const char *asked_for(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return value;
	}
	return "C";
}

void translate_init(void)
{
	const char *folder = getenv("NARC_LOCALE_FOLDER");

	/* Only messages. Where the system was not given the locale, as in many a container, its name
	 * still says which language is meant. */
	if (!setlocale(LC_MESSAGES, "") && setlocale(LC_MESSAGES, "C.UTF-8"))
		setenv("LANGUAGE", asked_for(), 0);
	bindtextdomain(DOMAIN, folder && *folder ? folder : LOCALE_FOLDER);
	/* Whatever the locale's own: archives are UTF-8 as a rule, and so is all that is printed. That
	 * is also asked of what libc says of errors. */
	bind_textdomain_codeset(DOMAIN, "UTF-8");
	bind_textdomain_codeset("libc", "UTF-8");
}

void translate_nothing(void)
{
	setlocale(LC_MESSAGES, "C");
}

bool is_translated(void)
{
	return *dgettext(DOMAIN, "") != '\0';
}
#endif
