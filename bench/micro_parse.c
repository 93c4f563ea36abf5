// SPDX-License-Identifier: BSD-2-Clause
/* What packing learns of a post from its text. */
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "micro.h"
#include "pack/parse_post.h"
#include "pack/post_code.h"
#include "pack/post_date.h"

enum { TEXTS = 64 };

struct parse_input {
	struct front_matter matter;
	struct sample_post posts[TEXTS];
};

static void *prepare_texts(void)
{
	struct parse_input *input = take_memory(1, sizeof(*input));

	for (uint32_t i = 0; i < TEXTS; i++)
		make_sample_post(i, &input->posts[i]);
	return input;
}

static void finish_texts(void *argument)
{
	struct parse_input *input = argument;

	front_matter_free(&input->matter);
	free(input);
}

static void run_parse_post(void *argument, uint64_t operations)
{
	struct parse_input *input = argument;
	struct post_facts facts;

	for (uint64_t i = 0; i < operations; i++) {
		const struct sample_post *post = &input->posts[i % TEXTS];
		struct narc_entry entry = { .path = post->path };

		parse_post(&input->matter, &entry, (const uint8_t *)post->text, post->size, &facts);
	}
}

static void run_front_matter(void *argument, uint64_t operations)
{
	struct parse_input *input = argument;

	for (uint64_t i = 0; i < operations; i++) {
		const struct sample_post *post = &input->posts[i % TEXTS];

		front_matter_parse(&input->matter, (const uint8_t *)post->text, post->size);
	}
}

static void run_post_code(void *argument, uint64_t operations)
{
	struct parse_input *input = argument;
	char code[CODE_SIZE_LIMIT + 1];

	for (uint64_t i = 0; i < operations; i++) {
		const struct sample_post *post = &input->posts[i % TEXTS];

		post_code_find(post->path, (const uint8_t *)post->text, post->size, code);
	}
}

static void run_post_date(void *argument, uint64_t operations)
{
	static const char *const texts[] = { "2022-01-05 11:01:51 +0800", "2022-01-05T11:01Z",
					     "2022-1-5" };
	struct post_date date;

	(void)argument;
	for (uint64_t i = 0; i < operations; i++) {
		const char *text = texts[i % 3];

		post_date_parse(text, strlen(text), &date);
	}
}

const struct benchmark parse_benchmarks[] = {
	{ "parse-post", prepare_texts, run_parse_post, finish_texts },
	{ "front-matter", prepare_texts, run_front_matter, finish_texts },
	{ "post-code", prepare_texts, run_post_code, finish_texts },
	{ "post-date", prepare_texts, run_post_date, finish_texts },
	{ 0 },
};
