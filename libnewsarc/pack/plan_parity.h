/* SPDX-License-Identifier: BSD-2-Clause */
/* What parity a generation gets: which groups, and what they cover (section 19 of the format). */
#ifndef NARC_PACK_PLAN_PARITY_H
#define NARC_PACK_PLAN_PARITY_H

#include "format/limits.h"
#include "format/parity_table.h"

/* A generation, before there is parity. */
struct bare_generation {
	uint64_t start;
	const struct extent *guarded; /* what all else needs, in order, and not adjoining */
	size_t guarded_count;
	uint64_t offset;    /* where its parity goes */
	uint64_t tail_size; /* of what stands behind that, which all else needs, too */
};

struct parity_plan {
	struct parity_table tables[PARITY_GROUPS_LIMIT]; /* in the order of the file */
	size_t count;
};

/* Chooses the groups for parity of a part of the generation, in hundredths of a percent; 0: what
 * there is in any case. */
enum narc_status plan_parity(const struct bare_generation *generation, unsigned strength,
			     struct parity_plan *plan, struct narc_error *error);
void parity_plan_free(struct parity_plan *plan);

/* Where the last group ends, and the tail stands. */
uint64_t parity_plan_end(const struct parity_plan *plan);

#endif
