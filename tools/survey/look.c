/* SPDX-License-Identifier: BSD-2-Clause */
#include "survey/look.h"

#include <stdlib.h>

#include "fail.h"

static enum narc_status get_reader(struct looker *looker, unsigned thread,
				   narc_front_matter_reader **reader, struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	if (!looker->readers[thread])
		status = narc_front_matter_reader_new(&looker->readers[thread], error);
	*reader = looker->readers[thread];
	return status;
}

void looker_free(struct looker *looker)
{
	for (size_t i = 0; i < NARC_THREADS_LIMIT; i++)
		narc_front_matter_reader_free(looker->readers[i]);
}

/* Reads the content of a post; one that is too large for memory is only known by its record. */
static enum narc_status read_post(narc_cursor *cursor, narc_front_matter_reader *reader,
				  struct look *look, struct narc_error *error)
{
	const struct narc_record *record = narc_cursor_record(cursor);
	struct narc_front_matter matter = { .title = "", .date = "" };
	const void *content;
	enum narc_status status;

	if (narc_cursor_is_large(cursor)) {
		look->faults = post_faults_find(record, NULL);
		return NARC_OK;
	}
	status = narc_cursor_content(cursor, &content, error);
	if (status != NARC_OK)
		return status;
	status = narc_front_matter_read(reader, content, record->size, &matter, error);
	if (status != NARC_OK && status != NARC_NOT_FOUND)
		return status;
	look->faults = post_faults_find(record, status == NARC_OK ? &matter : NULL);
	look->has_sketch = sketch_make((const char *)content + matter.size,
				       (size_t)record->size - matter.size, true, &look->sketch);
	return NARC_OK;
}

enum narc_status look_at_post(void *context, unsigned thread, narc_cursor *cursor, void **result,
			      struct narc_error *error)
{
	narc_front_matter_reader *reader;
	struct look *look;
	enum narc_status status;

	if (narc_cursor_record(cursor)->kind != NARC_KIND_POST)
		return NARC_OK;
	status = get_reader(context, thread, &reader, error);
	if (status != NARC_OK)
		return status;
	look = calloc(1, sizeof(*look));
	if (!look)
		return fail_memory(error);
	status = read_post(cursor, reader, look, error);
	if (status == NARC_OK)
		*result = look;
	else
		free(look);
	return status;
}
