/* SPDX-License-Identifier: BSD-2-Clause */
/* Front matter for those who use the library: they see what the packer sees. */
#include <stdlib.h>

#include "pack/front_matter.h"
#include "support/status.h"

struct narc_front_matter_reader {
	struct front_matter matter;
};

enum narc_status narc_front_matter_reader_new(narc_front_matter_reader **out,
					      struct narc_error *error)
{
	narc_front_matter_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return narc_fail_memory(error);
	*out = reader;
	return NARC_OK;
}

void narc_front_matter_reader_free(narc_front_matter_reader *reader)
{
	if (reader)
		front_matter_free(&reader->matter);
	free(reader);
}

static void end_strings(struct front_matter *matter)
{
	struct byte_buffer *const strings[] = { &matter->title, &matter->date,
						&matter->categories, &matter->tags };

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		byte_buffer_append_u8(strings[i], '\0');
		matter->failed |= strings[i]->failed;
	}
}

enum narc_status narc_front_matter_read(narc_front_matter_reader *reader, const void *content,
					size_t size, struct narc_front_matter *out,
					struct narc_error *error)
{
	struct front_matter *matter = &reader->matter;

	if (!front_matter_parse(matter, content, size))
		return narc_fail(error, NARC_NOT_FOUND, "front matter", NARC_NO_OFFSET,
				 "there is no front matter");
	end_strings(matter);
	if (matter->failed) {
		/* A buffer that failed takes nothing more. */
		front_matter_free(matter);
		*matter = (struct front_matter){ .failed = false };
		return narc_fail_memory(error);
	}
	*out = (struct narc_front_matter){ .title = (const char *)matter->title.data,
					   .date = (const char *)matter->date.data,
					   .categories = (const char *)matter->categories.data,
					   .tags = (const char *)matter->tags.data,
					   .size = matter->end,
					   .problem = matter->problem,
					   .problem_line = matter->problem_line };
	return NARC_OK;
}
