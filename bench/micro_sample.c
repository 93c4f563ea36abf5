// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "micro.h"
#include "random.h"

void make_sample_post(uint64_t number, struct sample_post *sample)
{
	static const struct newsroom newsroom = { .seed = 1, .start = 18993, .per_day = 125 };

	sample->post = plan_post(&newsroom, number);
	snprintf(sample->path, sizeof(sample->path), "_posts/%s-%s.md", sample->post.date,
		 sample->post.code);
	sample->size = write_post_text(&sample->post, sample->text);
}

/* Adds the posts, and keeps their codes in an order that follows nothing in the archive. */
static void add_posts(narc_packer *packer, char (*codes)[24])
{
	struct sample_post *sample = take_memory(1, sizeof(*sample));
	uint64_t rng = 1;
	struct narc_error error;

	for (uint32_t i = 0; i < SAMPLE_POSTS; i++) {
		struct narc_entry entry = { .path = sample->path, .permissions = 0644 };
		uint32_t place = below(&rng, i + 1);

		make_sample_post(i, sample);
		entry.mtime_seconds = sample->post.time + 60;
		must(narc_packer_add(packer, &entry, sample->text, sample->size, &error), &error);
		memcpy(codes[i], codes[place], sizeof(*codes));
		memcpy(codes[place], sample->post.code, sizeof(*codes));
	}
	free(sample);
}

struct sample_archive *pack_sample(size_t block_size)
{
	struct sample_archive *sample = take_memory(1, sizeof(*sample));
	struct narc_pack_options options;
	struct narc_pack_result result;
	struct narc_source source;
	struct narc_sink sink;
	narc_packer *packer;
	struct narc_error error;

	narc_pack_options_init(&options);
	must(narc_pack_options_preset(&options, "fast", &error), &error);
	options.block_size = block_size;
	options.threads = 1;
	sample->codes = take_memory(SAMPLE_POSTS, sizeof(*sample->codes));
	must(narc_packer_new(&options, &packer, &error), &error);
	add_posts(packer, sample->codes);
	must(narc_memory_sink(&sample->data, &sample->size, &sink, &error), &error);
	must(narc_packer_commit(packer, sink, &result, &error), &error);
	narc_packer_free(packer);
	must(narc_memory_source(sample->data, sample->size, &source, &error), &error);
	must(narc_archive_open(source, &sample->archive, &error), &error);
	must(narc_cursor_open(sample->archive, NULL, &sample->cursor, &error), &error);
	return sample;
}

void sample_archive_free(struct sample_archive *sample)
{
	narc_cursor_close(sample->cursor);
	narc_archive_close(sample->archive);
	free(sample->data);
	free(sample->codes);
	free(sample);
}
