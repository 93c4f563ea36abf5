/* SPDX-License-Identifier: BSD-2-Clause */
/* What a set is opened with: its manifest, and filters. The first byte says which of them; the rest is
 * the section's payload. */
#include <string.h>

#include "format/key_filter.h"
#include "format/set_manifest.h"
#include "fuzz.h"

/* What is taken can be written again; and what is written comes back as it is. */
static void fuzz_manifest(const struct fuzz_section *section)
{
	struct set_manifest manifest = { 0 }, copy = { 0 };
	struct byte_buffer again = BYTE_BUFFER_EMPTY, copied = BYTE_BUFFER_EMPTY;
	struct narc_error error = { 0 };

	if (!fuzz_succeeded(set_manifest_decode(section->bytes, section->size, &manifest, &error),
			    &error))
		return;
	for (size_t i = 0; i < manifest.volume_count; i++) {
		HOLDS(volume_name_is_valid(manifest.volumes[i].name));
		HOLDS(set_manifest_has(&manifest, manifest.volumes[i].name));
		HOLDS(manifest.volumes[i].filter_file <= manifest.filter_file_count);
	}
	for (size_t i = 0; i < manifest.filter_file_count; i++) {
		HOLDS(volume_name_is_valid(manifest.filter_files[i].name));
		HOLDS(set_manifest_names(&manifest, manifest.filter_files[i].name));
	}
	HOLDS(set_manifest_encode(&again, &manifest, &error) == NARC_OK);
	HOLDS(set_manifest_decode(again.data, again.size, &copy, &error) == NARC_OK);
	HOLDS(set_manifest_encode(&copied, &copy, &error) == NARC_OK);
	HOLDS(again.size == copied.size && memcmp(again.data, copied.data, again.size) == 0);
	set_manifest_free(&manifest);
	set_manifest_free(&copy);
	byte_buffer_free(&again);
	byte_buffer_free(&copied);
}

/* Wherever a key leads to is in the filter. */
static void fuzz_filter(const struct fuzz_section *section)
{
	struct narc_error error = { 0 };
	struct key_filter filter;
	uint64_t hash = section->size;

	if (!fuzz_succeeded(key_filter_decode(section->bytes, section->size, FUZZ_OFFSET, &filter,
					      &error),
			    &error))
		return;
	for (unsigned i = 0; i < 64; i++) {
		hash = hash * 0x9e3779b97f4a7c15u + i;
		key_filter_may_have(&filter, hash);
		key_filter_may_have(&filter, ~hash);
	}
	key_filter_may_have(&filter, 0);
	key_filter_may_have(&filter, UINT64_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fuzz_kind kinds[] = { { SECTION_SET, fuzz_manifest },
						  { SECTION_FILTER, fuzz_filter } };

	fuzz_one_of(kinds, sizeof(kinds) / sizeof(kinds[0]), data, size);
	return 0;
}
