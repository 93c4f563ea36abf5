/* SPDX-License-Identifier: BSD-2-Clause */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "search/library.h"

#include <pcre2.h>
#include <stdio.h>
#include <string.h>

/* PCRE2 says "10.42 2022-12-11". */
static void find_pcre2(struct narc_library *library)
{
	char text[64];

	library->name = "PCRE2";
	library->version[0] = '\0';
	if (pcre2_config(PCRE2_CONFIG_VERSION, NULL) > (int)sizeof(text) ||
	    pcre2_config(PCRE2_CONFIG_VERSION, text) < 0)
		return;
	snprintf(library->version, sizeof(library->version), "%.*s", (int)strcspn(text, " "), text);
}

bool search_library_version(size_t index, struct narc_library *library)
{
	if (index == 0) {
		find_pcre2(library);
		return true;
	}
	/* gumbo does not say of itself which it is. */
	*library = (struct narc_library){ "gumbo", GUMBO_VERSION };
	return index == 1;
}
