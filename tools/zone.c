/* SPDX-License-Identifier: BSD-2-Clause */
#include "zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* libc takes an unknown zone for UTC without a word, so the file is looked for first. */
static bool zone_exists(const char *zone)
{
	const char *folder = getenv("TZDIR");
	char path[4096];
	char magic[4];
	FILE *file;
	bool good;
	int size;

	if (!*zone || *zone == '/' || *zone == ':' || strstr(zone, ".."))
		return false;
	size = snprintf(path, sizeof(path), "%s/%s", folder ? folder : "/usr/share/zoneinfo", zone);
	if (size < 0 || (size_t)size >= sizeof(path))
		return false;
	file = fopen(path, "re");
	/* RFC 8536: a zone's file starts so; tables and folders beside them do not. */
	good = file && fread(magic, 1, sizeof(magic), file) == sizeof(magic) &&
	       memcmp(magic, "TZif", sizeof(magic)) == 0;
	if (file)
		fclose(file);
	return good;
}

static bool set_zone(const char *zone)
{
	const char *current = getenv("TZ");

	if (current && strcmp(current, zone) == 0)
		return true;
	if (!zone_exists(zone) || setenv("TZ", zone, 1) != 0)
		return false;
	tzset();
	return true;
}

bool zone_lookup(void *context, const char *zone, int64_t local_time, int *minutes)
{
	time_t as_utc = (time_t)local_time;
	time_t instant;
	struct tm split;

	(void)context;
	if (!set_zone(zone) || !gmtime_r(&as_utc, &split))
		return false;
	split.tm_isdst = -1;
	instant = mktime(&split);
	*minutes = (int)((local_time - (int64_t)instant) / 60);
	return true;
}
