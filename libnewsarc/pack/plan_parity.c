/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/plan_parity.h"

#include <stdlib.h>
#include <string.h>

#include "support/status.h"

void parity_plan_free(struct parity_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		parity_table_free(&plan->tables[i]);
	plan->count = 0;
}

uint64_t parity_plan_end(const struct parity_plan *plan)
{
	return extent_end(parity_table_group(&plan->tables[plan->count - 1]));
}

/* Adds a group that covers these extents, and the tail. */
static enum narc_status add_group(struct parity_plan *plan,
				  const struct bare_generation *generation,
				  const struct extent *extents, size_t count,
				  struct parity_aim aim, struct narc_error *error)
{
	struct parity_table table = {
		.offset = plan->count ? parity_plan_end(plan) : generation->offset,
		.extents = calloc(count + 1, sizeof(*table.extents)),
		.extent_count = count + 1,
	};
	enum narc_status status;

	if (!table.extents)
		return narc_fail_memory(error);
	if (count)
		memcpy(table.extents, extents, count * sizeof(*extents));
	table.extents[count].size = generation->tail_size;
	status = parity_table_choose(&table, aim, error);
	if (status != NARC_OK) {
		parity_table_free(&table);
		return status;
	}
	plan->tables[plan->count++] = table;
	return NARC_OK;
}

static enum narc_status add_guard(struct parity_plan *plan,
				  const struct bare_generation *generation,
				  struct narc_error *error)
{
	return add_group(plan, generation, generation->guarded, generation->guarded_count,
			 (struct parity_aim){ .survives_region = true }, error);
}

/* Adds a group that covers all that stands before it. */
static enum narc_status add_whole(struct parity_plan *plan,
				  const struct bare_generation *generation,
				  struct parity_aim aim, struct narc_error *error)
{
	uint64_t end = plan->count ? parity_plan_end(plan) : generation->offset;
	struct extent before = { generation->start, end - generation->start };

	return add_group(plan, generation, &before, 1, aim, error);
}

/* The guard is there in any case where all of the parity behind it is so many times its size. */
enum { GUARD_IS_SMALL = 12 };

static bool guard_is_small(const struct parity_plan *guarded)
{
	uint64_t size = parity_table_group(&guarded->tables[0]).size;

	return parity_table_group(&guarded->tables[1]).size / GUARD_IS_SMALL >= size;
}

/* Parity of a small part is less than the guard, which is there if none is asked for. So it is to
 * make up for as much; or it stands behind the guard: which of both is smaller. In large archives
 * the guard costs next to nothing, and is left where more is damaged than parity can make up for. */
static enum narc_status choose_groups(const struct bare_generation *generation, unsigned strength,
				      struct parity_plan *plan, struct narc_error *error)
{
	struct parity_plan guarded = { .count = 0 };
	enum narc_status status =
		add_whole(plan, generation, (struct parity_aim){ strength, true }, error);

	if (status == NARC_OK)
		status = add_guard(&guarded, generation, error);
	if (status == NARC_OK)
		status = add_whole(&guarded, generation, (struct parity_aim){ strength, false },
				   error);
	if (status == NARC_OK &&
	    (guard_is_small(&guarded) || parity_plan_end(&guarded) < parity_plan_end(plan))) {
		struct parity_plan larger = *plan;

		*plan = guarded;
		guarded = larger;
	}
	parity_plan_free(&guarded);
	return status;
}

enum narc_status plan_parity(const struct bare_generation *generation, unsigned strength,
			     struct parity_plan *plan, struct narc_error *error)
{
	enum narc_status status;

	plan->count = 0;
	status = strength ? choose_groups(generation, strength, plan, error)
			  : add_guard(plan, generation, error);
	if (status != NARC_OK) {
		parity_plan_free(plan);
		return status;
	}
	for (size_t i = 0; i < plan->count; i++) {
		struct parity_table *table = &plan->tables[i];

		table->extents[table->extent_count - 1].offset = parity_plan_end(plan);
	}
	return NARC_OK;
}
