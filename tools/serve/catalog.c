/* SPDX-License-Identifier: BSD-2-Clause */
#include "catalog.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <xxhash.h>

#include "days.h"
#include "fail.h"
#include "grow.h"
#include "matter.h"

/* ---- days ------------------------------------------------------------------------------- */

bool day_counts_add(struct day_counts *counts, int32_t day)
{
	if (counts->count == 0 || counts->days[counts->count - 1].day != day) {
		if (!grow_list((void **)&counts->days, counts->count, &counts->capacity,
			       sizeof(*counts->days)))
			return false;
		counts->days[counts->count++] = (struct day_count){ .day = day };
	}
	counts->days[counts->count - 1].posts++;
	counts->posts++;
	return true;
}

size_t day_counts_place(const struct day_counts *counts, int32_t day)
{
	size_t low = 0, high = counts->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (counts->days[middle].day < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint64_t day_counts_between(const struct day_counts *counts, int32_t first, int32_t last)
{
	uint64_t posts = 0;

	for (size_t i = day_counts_place(counts, first);
	     i < counts->count && counts->days[i].day <= last; i++)
		posts += counts->days[i].posts;
	return posts;
}

/* ---- subjects --------------------------------------------------------------------------- */

/* Where a name is in the table, or would be. */
static struct subject **find_place(const struct subjects *subjects, const char *name, size_t size)
{
	size_t place = XXH3_64bits_withSeed(name, size, subjects->seed) &
		       (subjects->table_size - 1);

	while (subjects->table[place] && (strncmp(subjects->table[place]->name, name, size) != 0 ||
					  subjects->table[place]->name[size] != '\0'))
		place = (place + 1) & (subjects->table_size - 1);
	return &subjects->table[place];
}

/* Keeps at least half of the table empty. */
static bool grow_table(struct subjects *subjects)
{
	struct subject **old = subjects->table;
	size_t size = subjects->table_size ? 2 * subjects->table_size : 64;

	if (subjects->table && 2 * (subjects->count + 1) <= subjects->table_size)
		return true;
	subjects->table = calloc(size, sizeof(struct subject *));
	if (!subjects->table) {
		subjects->table = old;
		return false;
	}
	free(old);
	subjects->table_size = size;
	for (size_t i = 0; i < subjects->count; i++) {
		const char *name = subjects->list[i]->name;

		*find_place(subjects, name, strlen(name)) = subjects->list[i];
	}
	return true;
}

static struct subject *add_subject(struct subjects *subjects, const char *name, size_t size)
{
	struct subject *made = NULL;

	if (!grow_table(subjects) || !grow_list((void **)&subjects->list, subjects->count,
						&subjects->capacity, sizeof(struct subject *)))
		return NULL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return NULL;
	made->name = strndup(name, size);
	if (!made->name) {
		free(made);
		return NULL;
	}
	*find_place(subjects, name, size) = made;
	subjects->list[subjects->count++] = made;
	return made;
}

/* Counts a post in a category or tag, as far as there is room for counts. */
static bool count_subject(struct catalog *catalog, struct subjects *subjects, const char *name,
			  size_t size, int32_t day)
{
	struct subject *subject = subjects->table ? *find_place(subjects, name, size) : NULL;
	size_t before;

	if (!subject && catalog->kept >= CATALOG_COUNTS) {
		catalog->is_cut = true;
		return true;
	}
	if (!subject)
		subject = add_subject(subjects, name, size);
	if (!subject)
		return false;
	before = subject->counts.count;
	if (catalog->kept >= CATALOG_COUNTS && before &&
	    subject->counts.days[before - 1].day != day) {
		catalog->is_cut = true;
		return true;
	}
	if (!day_counts_add(&subject->counts, day))
		return false;
	/* A name costs about as much as ten counts. */
	catalog->kept += (subject->counts.count - before) + (before ? 0 : 10);
	return true;
}

/* Counts a post in all that a list names, separated by "\n". */
static bool count_subjects(struct catalog *catalog, struct subjects *subjects, const char *names,
			   int32_t day)
{
	while (*names) {
		size_t size = strcspn(names, "\n");

		if (size && !count_subject(catalog, subjects, names, size, day))
			return false;
		names += size + (names[size] == '\n');
	}
	return true;
}

static int compare_subjects(const void *a, const void *b)
{
	return strcmp((*(struct subject *const *)a)->name, (*(struct subject *const *)b)->name);
}

static void complete_subjects(struct subjects *subjects)
{
	free(subjects->table);
	subjects->table = NULL;
	if (subjects->count)
		qsort(subjects->list, subjects->count, sizeof(struct subject *), compare_subjects);
}

const struct subject *subjects_find(const struct subjects *subjects, const char *name)
{
	size_t low = 0, high = subjects->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(subjects->list[middle]->name, name);

		if (order == 0)
			return subjects->list[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static void free_subjects(struct subjects *subjects)
{
	for (size_t i = 0; i < subjects->count; i++) {
		free(subjects->list[i]->name);
		free(subjects->list[i]->counts.days);
		free(subjects->list[i]);
	}
	free(subjects->list);
	free(subjects->table);
}

/* ---- the whole -------------------------------------------------------------------------- */

/* Counts the post that the walk is at. reader: NULL: without its tags. */
static bool count_post(struct catalog *catalog, struct walk *walk, const struct narc_record *record,
		       narc_front_matter_reader *reader)
{
	int32_t day = day_of_time(record->local_time);

	return day_counts_add(&catalog->days, day) &&
	       count_subjects(catalog, &catalog->categories, record->categories, day) &&
	       (!reader || count_subjects(catalog, &catalog->tags,
					  matter_read(reader, walk_cursor(walk)).tags, day));
}

static enum narc_status count_posts(struct catalog *catalog, struct walk *walk,
				    const atomic_bool *stop, struct narc_error *error)
{
	narc_front_matter_reader *reader = NULL;
	const struct narc_record *record;
	enum narc_status status = NARC_OK;

	if (catalog->has_tags)
		status = narc_front_matter_reader_new(&reader, error);
	while (status == NARC_OK && (status = walk_next(walk, &record, error)) == NARC_OK) {
		if (atomic_load_explicit(stop, memory_order_relaxed))
			status = fail_at(error, NARC_CANCELLED, "serve", "stopped");
		else if (!count_post(catalog, walk, record, reader))
			status = fail_memory(error);
	}
	narc_front_matter_reader_free(reader);
	return status == NARC_END ? NARC_OK : status;
}

enum narc_status catalog_make(narc_archive *const *archives, size_t count, bool with_tags,
			      const atomic_bool *stop, struct catalog **catalog,
			      struct narc_error *error)
{
	struct catalog *made = calloc(1, sizeof(*made));
	struct narc_filter filter;
	struct walk *walk = NULL;
	const struct narc_error *damage;
	enum narc_status status;
	uint64_t seed;
	size_t place;

	if (!made)
		return fail_memory(error);
	atomic_init(&made->holders, 1);
	made->has_tags = with_tags;
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != (ssize_t)sizeof(seed))
		seed = (uint64_t)time(NULL);
	made->categories.seed = made->tags.seed = seed;
	narc_filter_init(&filter);
	filter.kind = NARC_KIND_ONLY_POSTS;
	walk = walk_new(archives, count, &filter);
	status = walk ? count_posts(made, walk, stop, error) : fail_memory(error);
	if (status == NARC_OK)
		made->damages = walk_damages(walk, &damage, &place);
	walk_close(walk);
	complete_subjects(&made->categories);
	complete_subjects(&made->tags);
	if (status == NARC_OK)
		*catalog = made;
	else
		catalog_release(made);
	return status;
}

struct catalog *catalog_hold(struct catalog *catalog)
{
	if (catalog)
		atomic_fetch_add(&catalog->holders, 1);
	return catalog;
}

void catalog_release(struct catalog *catalog)
{
	if (!catalog || atomic_fetch_sub(&catalog->holders, 1) != 1)
		return;
	free(catalog->days.days);
	free_subjects(&catalog->categories);
	free_subjects(&catalog->tags);
	free(catalog);
}
