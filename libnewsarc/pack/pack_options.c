/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/pack_options.h"

#include <string.h>
#include <time.h>

#include "format/limits.h"
#include "support/status.h"

void narc_pack_options_init(struct narc_pack_options *options)
{
	memset(options, 0, sizeof(*options));
	narc_pack_options_preset(options, "default", NULL);
	options->memory = (size_t)128 << 20;
	options->temporary_folder = "/tmp";
	options->zone = "UTC";
	options->parity = NARC_PARITY_AUTO;
	options->time = (int64_t)time(NULL);
}

enum narc_status narc_pack_options_preset(struct narc_pack_options *options, const char *name,
					  struct narc_error *error)
{
	static const struct {
		const char *name;
		int level;
		size_t block_size;
	} presets[] = {
		{ "fast", 6, (size_t)56 << 10 },
		{ "default", 19, (size_t)56 << 10 },
		{ "max", 22, (size_t)1 << 20 },
	};

	for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++) {
		if (strcmp(presets[i].name, name) != 0)
			continue;
		options->level = presets[i].level;
		options->block_size = presets[i].block_size;
		options->dictionary_size = NARC_DICTIONARY_AUTO;
		return NARC_OK;
	}
	return narc_fail(error, NARC_MISUSE, "options", NARC_NO_OFFSET,
			 "there is no preset \"%s\": it is fast, default or max", name);
}

enum narc_status pack_options_check(const struct narc_pack_options *options,
				    struct narc_error *error)
{
	if (options->level < 1 || options->level > 22)
		return narc_fail(error, NARC_MISUSE, "options", NARC_NO_OFFSET,
				 "the level is %d, which is not in 1 to 22", options->level);
	if (options->block_size > BLOCK_CONTENT_LIMIT)
		return narc_fail(error, NARC_MISUSE, "options", NARC_NO_OFFSET,
				 "the block size is above the limit of %llu bytes",
				 (unsigned long long)BLOCK_CONTENT_LIMIT);
	if (options->parity != NARC_PARITY_AUTO && options->parity > NARC_PARITY_WHOLE)
		return narc_fail(error, NARC_MISUSE, "options", NARC_NO_OFFSET,
				 "parity of %u hundredths of a percent is more than all",
				 options->parity);
	if (options->dictionary_size != NARC_DICTIONARY_AUTO &&
	    options->dictionary_size > DICTIONARY_SIZE_LIMIT / 2)
		return narc_fail(error, NARC_MISUSE, "options", NARC_NO_OFFSET,
				 "the dictionary size is above the limit of %lu bytes",
				 (unsigned long)DICTIONARY_SIZE_LIMIT / 2);
	return NARC_OK;
}
