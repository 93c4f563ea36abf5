/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as an archive that is exported, through libarchive, in two formats; damaged records
 * are left out. */
#include <stdlib.h>

#include "fuzz.h"

static bool leave_out(void *context, const struct narc_error *damage)
{
	(void)context;
	HOLDS(!fuzz_succeeded(damage->status, damage));
	return true;
}

static void export(narc_archive *archive, const char *format)
{
	struct narc_export_options options = { .threads = 1, .damaged = leave_out };
	struct narc_filter filter;
	struct narc_sink sink;
	struct narc_error error = { 0 };
	void *data = NULL;
	size_t size = 0;

	narc_filter_init(&filter);
	filter.all_versions = true;
	HOLDS(narc_memory_sink(&data, &size, &sink, &error) == NARC_OK);
	fuzz_succeeded(narc_export_archive(archive, &filter, format, &options, sink, &error),
		       &error);
	sink.ops->close(sink.context);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	narc_archive *archive = fuzz_open(data, size);

	if (!archive)
		return 0;
	export(archive, "pax");
	export(archive, "zip");
	narc_archive_close(archive);
	return 0;
}
