/* SPDX-License-Identifier: BSD-2-Clause */
/* Posts that have something in common: the content, the infoCode, or most of the text. */
#ifndef NARC_SURVEY_GROUPS_H
#define NARC_SURVEY_GROUPS_H

#include <newsarc.h>

#include "survey/sketch.h"

/* What is kept of each post. */
struct surveyed_post {
	uint64_t row;
	uint64_t hash;     /* of the content */
	uint64_t code;     /* hash of the infoCode; 0 if there is none */
	uint64_t size;     /* of the content, in bytes */
	int32_t day;       /* as in days.h */
	uint32_t category; /* hash of the categories, as the record has them; 31 bits, and below: */
	struct sketch sketch;
};

/* The bit of category that says that there is a sketch. */
#define SURVEYED_HAS_SKETCH ((uint32_t)1 << 31)

struct post_group {
	uint32_t first; /* place in the members of all groups */
	uint32_t count;
	bool has_several_contents;
	bool has_several_categories;
	uint32_t days; /* from the first to the last of its posts */
};

/* All zero when it is empty. */
struct post_groups {
	uint32_t *members; /* places of posts, in order in each group */
	struct post_group *groups; /* the most interesting ones first */
	size_t count;
	uint64_t posts;      /* in all groups */
	uint64_t spare_size; /* of the contents of all but the first of each group */
	uint64_t crossing;   /* groups with several categories */
	uint64_t differing;  /* groups with several contents */
	uint64_t cut_buckets; /* of similar posts: places where not all were compared */
};

/* Groups posts of equal contents, those that take the most first. posts are in order of date. While
 * this goes on, or one of the others, up to 40 bytes for each post are taken. */
enum narc_status group_by_content(const struct surveyed_post *posts, uint32_t count,
				  struct post_groups *groups, struct narc_error *error);

/* Groups posts with the same infoCode; first those that have several contents. */
enum narc_status group_by_code(const struct surveyed_post *posts, uint32_t count,
			       struct post_groups *groups, struct narc_error *error);

/* Groups posts whose texts resemble each other by SIMILAR_LEAST percent, or do so through others of
 * the group; without groups of one infoCode, or one content, alone. First those of several
 * categories, and of these, those within a week. Takes time in proportion to the number of posts,
 * whatever they are: of texts that may resemble each other, each is compared with 64 others. */
enum { SIMILAR_LEAST = 71 };
enum narc_status group_by_text(const struct surveyed_post *posts, uint32_t count,
			       struct post_groups *groups, struct narc_error *error);

void post_groups_free(struct post_groups *groups);

#endif
