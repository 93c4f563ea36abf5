/* SPDX-License-Identifier: BSD-2-Clause */
#include <isa-l.h>
#include <sodium.h>
#include <stdio.h>
#include <utf8proc.h>
#include <xxhash.h>
#include <yaml.h>
#include <zstd.h>

#include "newsarc.h"
#include "support/reed_solomon.h"

static void set_numbers(struct narc_library *library, unsigned major, unsigned minor,
			unsigned patch)
{
	snprintf(library->version, sizeof(library->version), "%u.%u.%u", major, minor, patch);
}

static void set_text(struct narc_library *library, const char *version)
{
	snprintf(library->version, sizeof(library->version), "%s", version);
}

static void find_zstd(struct narc_library *library)
{
	set_text(library, ZSTD_versionString());
}

static void find_xxhash(struct narc_library *library)
{
	unsigned number = XXH_versionNumber();

	set_numbers(library, number / 10000, number / 100 % 100, number % 100);
}

static void find_yaml(struct narc_library *library)
{
	set_text(library, yaml_get_version_string());
}

static void find_sodium(struct narc_library *library)
{
	set_text(library, sodium_version_string());
}

static void find_utf8proc(struct narc_library *library)
{
	set_text(library, utf8proc_version());
}

/* ISA-L does not say of itself which it is. */
static void find_isal(struct narc_library *library)
{
	if (reed_solomon_is_available())
		set_numbers(library, ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION, ISAL_PATCH_VERSION);
}

bool narc_library_version(size_t index, struct narc_library *library)
{
	static const struct {
		const char *name;
		void (*find)(struct narc_library *library);
	} libraries[] = {
		{ "zstd", find_zstd },	   { "xxHash", find_xxhash },	  { "libyaml", find_yaml },
		{ "libsodium", find_sodium }, { "utf8proc", find_utf8proc }, { "ISA-L", find_isal },
	};

	if (index >= sizeof(libraries) / sizeof(libraries[0]))
		return false;
	*library = (struct narc_library){ .name = libraries[index].name };
	libraries[index].find(library);
	return true;
}
