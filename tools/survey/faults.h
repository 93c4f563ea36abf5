/* SPDX-License-Identifier: BSD-2-Clause */
/* What is wrong with posts, or missing from them. */
#ifndef NARC_SURVEY_FAULTS_H
#define NARC_SURVEY_FAULTS_H

#include <newsarc.h>

enum fault_kind {
	FAULT_NOT_YAML,        /* front matter that had to be read line by line */
	FAULT_NO_TITLE,
	FAULT_NO_DATE,         /* in the front matter */
	FAULT_BAD_DATE,        /* there is one, which is no date */
	FAULT_OTHER_DATE,      /* not the day that the file name has */
	FAULT_NO_CODE,
	FAULT_NO_CATEGORY,
	FAULT_NO_FRONT_MATTER, /* a Markdown file, which is no post, then */
	FAULT_KINDS
};

/* "not_yaml", and what is wrong in words. */
const char *fault_name(enum fault_kind kind);
const char *fault_text(enum fault_kind kind);

struct fault {
	uint64_t row;
	const char *problem; /* of FAULT_NOT_YAML, in static storage; else NULL */
	uint32_t line;       /* of FAULT_NOT_YAML, from 1; else 0 */
};

struct fault_list {
	struct fault *list; /* the first of them */
	size_t count;
	size_t capacity;
	uint64_t total;
};

/* All zero when it is empty. */
struct faults {
	struct fault_list kinds[FAULT_KINDS];
	uint64_t posts; /* that have any; and other files */
};

/* What is wrong with one post: a bit for each kind. */
struct post_faults {
	uint32_t kinds;
	const char *problem;
	uint32_t line;
};

/* Looks at a record; matter is NULL if it has no front matter, or it was not read. */
struct post_faults post_faults_find(const struct narc_record *record,
				    const struct narc_front_matter *matter);

/* Counts them, and keeps the first most of each kind; 0: all. False if there is no memory. */
bool faults_add(struct faults *faults, const struct post_faults *found, uint64_t row, size_t most);
void faults_free(struct faults *faults);

#endif
