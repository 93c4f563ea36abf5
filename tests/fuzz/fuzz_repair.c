/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a damaged archive that is repaired. What comes of it can be opened, and is good if
 * rows did not lie; what is good already needs no repair. */
#include <stdlib.h>

#include "fuzz.h"

/* Whether all of the file is an archive, and that is good. */
static bool is_whole(const uint8_t *data, size_t size)
{
	narc_archive *archive = fuzz_open(data, size);
	struct narc_info info = { .trailing_size = 1 };
	struct narc_error error;
	bool is = archive && fuzz_is_good(archive) &&
		  narc_archive_info(archive, &info, &error) == NARC_OK && info.trailing_size == 0;

	narc_archive_close(archive);
	return is;
}

static void write_and_check(narc_repair *repair)
{
	narc_archive *archive;
	struct narc_sink sink;
	struct narc_error error;
	void *data = NULL;
	size_t size = 0;

	HOLDS(narc_memory_sink(&data, &size, &sink, &error) == NARC_OK);
	if (fuzz_succeeded(narc_repair_write(repair, sink, &error), &error)) {
		archive = fuzz_open(data, size);
		HOLDS(archive != NULL);
		fuzz_is_good(archive);
		narc_archive_close(archive);
	}
	free(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct narc_repair_options options;
	struct narc_repair_result result;
	struct narc_source source;
	narc_repair *repair;
	struct narc_error error = { 0 };
	bool succeeded;

	narc_repair_options_init(&options);
	options.level = 1;
	HOLDS(narc_memory_source(data, size, &source, &error) == NARC_OK);
	succeeded = fuzz_succeeded(narc_repair_new(source, &options, &repair, &result, &error),
				   &error);
	if (is_whole(data, size))
		HOLDS(succeeded && result.outcome == NARC_REPAIR_NOT_NEEDED);
	if (!succeeded)
		return 0;
	write_and_check(repair);
	narc_repair_free(repair);
	return 0;
}
