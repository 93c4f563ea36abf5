/* SPDX-License-Identifier: BSD-2-Clause */
#include "survey/categories.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"

static int compare_name(const struct category *category, const char *name, size_t size)
{
	int order = strncmp(category->name, name, size);

	return order ? order : category->name[size] != '\0';
}

/* The place of the first category that is not before this name. */
static size_t place_of(const struct categories *categories, const char *name, size_t size)
{
	size_t low = 0, high = categories->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_name(&categories->list[middle], name, size) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool insert(struct categories *categories, size_t place, const char *name, size_t size,
		   int32_t day)
{
	struct category *list;
	char *copy;

	if (!grow_list((void **)&categories->list, categories->count, &categories->capacity,
		       sizeof(*categories->list)))
		return false;
	copy = strndup(name, size);
	if (!copy)
		return false;
	list = categories->list;
	memmove(list + place + 1, list + place, (categories->count - place) * sizeof(*list));
	list[place] = (struct category){ .name = copy, .first_day = day, .last_day = day };
	categories->count++;
	return true;
}

static void count_post(struct category *category, int32_t day, uint64_t size)
{
	const int32_t gap = day - category->last_day - 1;

	if (gap > 0 && (uint32_t)gap > category->gap) {
		category->gap = (uint32_t)gap;
		category->gap_day = category->last_day + 1;
	}
	category->days += category->posts == 0 || category->last_day != day;
	category->last_day = day;
	category->posts++;
	category->size += size;
}

static bool add_name(struct categories *categories, const char *name, size_t length, int32_t day,
		     uint64_t size)
{
	const size_t place = place_of(categories, name, length);
	const bool is_known = place < categories->count &&
			      compare_name(&categories->list[place], name, length) == 0;

	if (!is_known && categories->count == CATEGORIES_LIMIT) {
		categories->other++;
		return true;
	}
	if (!is_known && !insert(categories, place, name, length, day))
		return false;
	count_post(&categories->list[place], day, size);
	return true;
}

bool categories_add(struct categories *categories, const char *names, int32_t day, uint64_t size)
{
	categories->none += *names == '\0';
	while (*names) {
		const size_t length = strcspn(names, "\n");

		if (!add_name(categories, names, length, day, size))
			return false;
		names += length + (names[length] == '\n');
	}
	return true;
}

static int compare_posts(const void *a, const void *b)
{
	const struct category *left = a, *right = b;

	if (left->posts != right->posts)
		return left->posts < right->posts ? 1 : -1;
	return strcmp(left->name, right->name);
}

void categories_complete(struct categories *categories)
{
	if (categories->count)
		qsort(categories->list, categories->count, sizeof(*categories->list),
		      compare_posts);
}

void categories_free(struct categories *categories)
{
	for (size_t i = 0; i < categories->count; i++)
		free(categories->list[i].name);
	free(categories->list);
}
