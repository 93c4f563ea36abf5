/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sample posts of a newsroom
 *
 * The text is nonsense, but it repeats itself the way news does, so that compressors do on it
 * about what they do on real posts. Every level of it (paragraph, sentence, clause, phrase, word)
 * is a function of a seed. A seed is either the post's own, or picked from a set that others pick
 * from too: the whole language, a story of the week, the story's day. That makes repetition of
 * any reach without keeping anything: to write post number i takes no other post.
 */
#ifndef BENCH_POST_TEXT_H
#define BENCH_POST_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define POST_TEXT_MAX	(1 << 16)	/* the longest post, and a paragraph */
#define CODES_A_DAY	100000000

struct newsroom {
	uint64_t seed;
	uint64_t start;			/* day of the first post, since 1970-01-01 */
	uint64_t per_day;		/* posts, CODES_A_DAY at most */
};

struct post {
	const struct newsroom *newsroom;
	uint64_t seed;
	uint64_t story;			/* its seed; 0 in text that all stories share */
	uint64_t edit;			/* seed of an editor's changes, or 0 */
	uint64_t day;			/* since 1970-01-01 */
	time_t time;			/* by the newsroom's clock */
	struct tm tm;			/* the same */
	bool wire;
	const struct outlet *outlet;
	char date[16], code[24];
};

/* To be called once, before the others. */
void prepare_language(void);

/* What post number i of the newsroom is about. */
struct post plan_post(const struct newsroom *newsroom, uint64_t number);

/* Returns the size of the text, which has no NUL behind it. */
size_t write_post_text(const struct post *post, char text[POST_TEXT_MAX]);

#endif
