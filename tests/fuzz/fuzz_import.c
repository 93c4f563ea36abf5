/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as an archive to be imported. What comes of it, or of the entries up to where it is
 * damaged, is a good archive. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

/* A file that is in memory only; its path goes into path. */
static int memory_file(const uint8_t *data, size_t size, char path[32])
{
	int fd = memfd_create("import", MFD_CLOEXEC);

	HOLDS(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

static narc_packer *new_packer(void)
{
	struct narc_pack_options options;
	narc_packer *packer;
	struct narc_error error;

	narc_pack_options_init(&options);
	options.level = 1;
	options.threads = 1;
	options.dictionary_size = 0;
	HOLDS(narc_packer_new(&options, &packer, &error) == NARC_OK);
	return packer;
}

static void check_archive(const void *data, size_t size, uint64_t rows)
{
	narc_archive *archive = fuzz_open(data, size);
	struct narc_info info;
	struct narc_error error;

	HOLDS(archive && fuzz_is_good(archive));
	HOLDS(narc_archive_info(archive, &info, &error) == NARC_OK && info.rows == rows);
	narc_archive_close(archive);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[32];
	int fd = memory_file(data, size, path);
	narc_packer *packer = new_packer();
	struct narc_pack_result result;
	struct narc_sink sink;
	struct narc_error error = { 0 };
	enum narc_status status;
	void *packed = NULL;
	size_t packed_size = 0;

	status = narc_import_archive(packer, path, &error);
	/* libarchive says of some large numbers in a file that there is no memory for them. */
	if (status != NARC_NOMEM)
		fuzz_succeeded(status, &error);
	HOLDS(narc_memory_sink(&packed, &packed_size, &sink, &error) == NARC_OK);
	HOLDS(narc_packer_commit(packer, sink, &result, &error) == NARC_OK);
	check_archive(packed, packed_size, result.rows);
	narc_packer_free(packer);
	free(packed);
	close(fd);
	return 0;
}
