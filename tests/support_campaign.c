/* SPDX-License-Identifier: BSD-2-Clause */
#include "support_campaign.h"

#include <stdlib.h>
#include <string.h>

#include "pack/finish.h"
#include "support/content_hash.h"
#include "support_archive.h"
#include "support_check.h"

uint64_t images_at_a_moment(void)
{
	return getenv("NARC_LONG") ? 20000 : is_thorough() ? 1000 : 100;
}

/* ---- what an archive holds ----------------------------------------------------------------- */

static uint64_t hash_text(uint64_t hash, const char *text)
{
	const uint64_t both[] = { hash, content_hash(text, strlen(text)) };

	return content_hash(both, sizeof(both));
}

static uint64_t hash_row(uint64_t hash, narc_cursor *cursor, const struct narc_record *record)
{
	const void *content = NULL;
	struct narc_error error;
	uint64_t fields[6];

	if (!record->is_redacted)
		ASSERT_OK(narc_cursor_content(cursor, &content, &error), &error);
	fields[0] = hash_text(hash_text(hash, record->path), record->info_code);
	fields[1] = record->is_redacted ? 0 : content_hash(content, (size_t)record->size);
	fields[2] = record->hash;
	fields[3] = record->generation;
	fields[4] = record->version;
	fields[5] = (uint64_t)record->local_time;
	return content_hash(fields, sizeof(fields));
}

/* A hash of all that an archive had at a generation: every state of every file, with its
 * content. */
static uint64_t digest_of(narc_archive *archive, uint32_t generation)
{
	const struct narc_record *record;
	struct narc_filter filter;
	narc_cursor *cursor;
	uint64_t hash = 0;

	narc_filter_init(&filter);
	filter.as_of = generation;
	filter.all_versions = true;
	filter.with_redacted = true;
	cursor = open_cursor(archive, &filter);
	while ((record = next_record(cursor)))
		hash = hash_row(hash, cursor, record);
	narc_cursor_close(cursor);
	return hash;
}

struct state state_of(narc_archive *archive)
{
	struct narc_info info;
	struct narc_error error;

	ASSERT_OK(narc_archive_info(archive, &info, &error), &error);
	return (struct state){ .digest = digest_of(archive, 0), .rows = info.rows,
			       .generation = info.generation };
}

/* ---- what must hold of an image ------------------------------------------------------------ */

/* Finishes a generation that lacks its trailer; without data if there is none. */
static struct packed finish_image(const struct packed *base)
{
	struct packed finished = { NULL, 0, { 0 } };
	struct narc_sink sink = sink_over(base, &finished);
	struct narc_source source;
	struct narc_error error;

	ASSERT_OK(narc_memory_source(base->data, base->size, &source, &error), &error);
	ASSERT_OK(finish_generation(source, sink, "/tmp", &error), &error);
	source.ops->close(source.context);
	sink.ops->close(sink.context);
	return finished;
}

void assert_can_be_appended_to(const struct disk_image *image, const struct state *state)
{
	const struct given_file file = given_text("appended later", "after the power cut");
	const struct packed base = { (void *)(uintptr_t)image->data, image->size, { 0 } };
	struct packed finished = finish_image(&base);
	const bool is_finished = finished.data != NULL;
	struct packed packed = append_files(is_finished ? &finished : &base, NULL, &file, 1);
	narc_archive *archive = open_packed(&packed);
	struct narc_info info;
	struct narc_error error;

	assert_int_equal(packed.result.rows, 1);
	ASSERT_OK(narc_archive_info(archive, &info, &error), &error);
	assert_int_equal(info.trailing_size, 0);
	assert_int_equal(info.generation, state->generation + 1 + is_finished);
	assert_true(digest_of(archive, state->generation) == state->digest);
	assert_true(is_finished || info.rows == state->rows + 1);
	assert_verifies(archive, info.rows);
	narc_archive_close(archive);
	packed_free(&finished);
	packed_free(&packed);
}

static const struct state *find_state(const struct campaign *campaign,
				      const struct disk_image *image, const struct state *found)
{
	for (unsigned i = image->lowest; i <= image->highest && i < campaign->count; i++) {
		const struct state *state = &campaign->states[i];

		if (state->is_nothing == found->is_nothing && state->digest == found->digest &&
		    state->rows == found->rows && state->generation == found->generation)
			return state;
	}
	return NULL;
}

static void check_image(void *context, const struct disk_image *image)
{
	const struct campaign *campaign = context;
	const struct state *state;
	struct state found = { .is_nothing = true };
	struct narc_source source;
	narc_archive *archive = NULL;
	struct narc_error error = { 0 };
	enum narc_status status = NARC_OK;

	if (image->data) {
		ASSERT_OK(narc_memory_source(image->data, image->size, &source, &error), &error);
		status = narc_archive_open(source, &archive, &error);
		if (status == NARC_OK)
			found = state_of(archive);
	}
	state = find_state(campaign, image, &found);
	if (status != NARC_OK || !state)
		print_error("after %zu changes, %zu bytes are in none of the states %u to %u\n",
			    image->moment, image->size, image->lowest, image->highest);
	ASSERT_OK(status, &error);
	assert_non_null(state);
	if (!archive)
		return;
	assert_verifies(archive, state->rows);
	narc_archive_close(archive);
	assert_can_be_appended_to(image, state);
}

/* ---- campaigns ----------------------------------------------------------------------------- */

struct state state_of_file(const char *path)
{
	struct packed packed = { NULL, 0, { 0 } };
	struct state state = { .is_nothing = true };
	narc_archive *archive;

	packed.data = test_file_read(path, &packed.size);
	if (!packed.data)
		return state;
	archive = open_packed(&packed);
	state = state_of(archive);
	narc_archive_close(archive);
	packed_free(&packed);
	return state;
}

void campaign_begin(struct campaign *campaign, const char *name, const void *data, size_t size)
{
	memset(campaign, 0, sizeof(*campaign));
	campaign->folder = test_folder_new();
	test_path(campaign->path, campaign->folder, name);
	if (data)
		test_file_write(campaign->path, data, size);
	campaign->states[campaign->count++] = state_of_file(campaign->path);
	campaign->disk = disk_new(campaign->folder);
	disk_expect(campaign->disk, 0, 0);
}

void campaign_expect(struct campaign *campaign)
{
	assert_true(campaign->count < STATES);
	disk_expect(campaign->disk, campaign->lowest, campaign->count);
}

void campaign_has_changed(struct campaign *campaign)
{
	const struct state state = state_of_file(campaign->path);

	assert_false(state.is_nothing);
	campaign->lowest = campaign->count;
	campaign_may_be(campaign, &state);
}

void campaign_may_be(struct campaign *campaign, const struct state *state)
{
	assert_true(campaign->count < STATES);
	campaign->states[campaign->count] = *state;
	disk_expect(campaign->disk, campaign->lowest, campaign->count);
	campaign->count++;
}

struct disk_counts campaign_finish(struct campaign *campaign)
{
	const char *name = strrchr(campaign->path, '/') + 1;
	struct disk_counts counts = { 0 };

	disk_check(campaign->disk, name, images_at_a_moment(), check_image, campaign, &counts);
	assert_true(counts.distinct > 1);
	disk_free(campaign->disk);
	test_folder_remove(campaign->folder);
	return counts;
}
