/* SPDX-License-Identifier: BSD-2-Clause */
/* What a simulated disk may hold when the power comes back. */
#include <stdlib.h>
#include <string.h>

#include "disk_record.h"
#include "support/content_hash.h"
#include "support_check.h"

enum { SECTOR = 512 };

/* What is found where the file has grown and nothing was written. */
enum filling { FILLED_WITH_ZEROS, FILLED_WITH_GARBAGE, FILLED_WITH_WHAT_WAS_THERE, FILLINGS };

/* A size that the file may have, and how many of its changes have changed the size by then. */
struct possible_size {
	size_t size;
	size_t changes;
};

/* A file at a moment: what was done to it, and what of that may not have reached the disk. */
struct suspect {
	const struct disk_file *file;
	const struct disk_change **changes; /* writes and truncations, in order */
	size_t change_count;
	size_t settled; /* so many of them have had their sizes synced */
	struct possible_size *sizes;
	size_t size_count;
	size_t capacity; /* more than any size, whole sectors */
	size_t sector_count;
	/* Of each sector: how many writes there were, how many of them are safe, and how many
	 * have reached the disk in the image that is made. */
	size_t *writes, *safe, *reached;
	size_t *open; /* the sectors of which not all writes are safe */
	size_t open_count;
	uint8_t *image;
	size_t *passed; /* while an image is made: writes so far */
};

/* The images that were given, by hash. */
struct seen_images {
	uint64_t *hashes; /* 0: free */
	size_t count, capacity;
};

struct disk_checker {
	struct simulated_disk *disk;
	uint64_t limit;
	disk_check_fn check;
	void *context;
	struct disk_counts *counts;
	struct disk_image image; /* what it may be, and when */
	struct seen_images seen;
	struct test_random random;
};

static void *new_array(size_t count, size_t size)
{
	void *array = calloc(count + 1, size);

	assert_non_null(array);
	return array;
}

/* ---- giving an image ----------------------------------------------------------------------- */

static bool see(struct seen_images *seen, uint64_t hash)
{
	size_t place;

	if (seen->count * 2 >= seen->capacity) {
		struct seen_images larger = { NULL, 0, seen->capacity * 2 + 1024 };

		larger.hashes = new_array(larger.capacity, sizeof(*larger.hashes));
		for (size_t i = 0; i < seen->capacity; i++)
			if (seen->hashes[i])
				see(&larger, seen->hashes[i]);
		free(seen->hashes);
		*seen = larger;
	}
	for (place = hash % seen->capacity; seen->hashes[place]; place = (place + 1) % seen->capacity)
		if (seen->hashes[place] == hash)
			return false;
	seen->hashes[place] = hash;
	seen->count++;
	return true;
}

static void give_image(struct disk_checker *checker, const uint8_t *data, size_t size)
{
	struct disk_image image = checker->image;
	const uint64_t key[] = { data != NULL, content_hash(data, size), image.lowest,
				 image.highest };

	checker->counts->images++;
	if (!see(&checker->seen, content_hash(key, sizeof(key)) | 1))
		return;
	checker->counts->distinct++;
	image.data = data;
	image.size = size;
	checker->check(checker->context, &image);
}

/* ---- making an image ----------------------------------------------------------------------- */

static void fill(uint8_t *image, size_t start, size_t end, enum filling filling)
{
	struct test_random random = { start };

	for (size_t i = start; i < end; i++)
		image[i] = filling == FILLED_WITH_ZEROS ? 0 : (uint8_t)random_next(&random);
}

static void write_sectors(struct suspect *suspect, const struct disk_change *change)
{
	size_t place = (size_t)change->offset;
	const size_t end = place + change->size;

	while (place < end) {
		size_t sector = place / SECTOR;
		size_t next = (sector + 1) * SECTOR < end ? (sector + 1) * SECTOR : end;

		if (suspect->passed[sector]++ < suspect->reached[sector])
			memcpy(suspect->image + place, change->data + (place - change->offset),
			       next - place);
		place = next;
	}
}

static void make_image(struct disk_checker *checker, struct suspect *suspect,
		       const struct possible_size *size, enum filling filling)
{
	const struct disk_file *file = suspect->file;

	memset(suspect->passed, 0, suspect->sector_count * sizeof(*suspect->passed));
	if (file->size)
		memcpy(suspect->image, file->data, file->size);
	fill(suspect->image, file->size, suspect->capacity, filling);
	for (size_t i = 0; i < suspect->change_count; i++) {
		const struct disk_change *change = suspect->changes[i];

		if (change->kind == CHANGE_WRITE)
			write_sectors(suspect, change);
		else if (i < suspect->settled ||
			 (i < size->changes && filling != FILLED_WITH_WHAT_WAS_THERE))
			fill(suspect->image, change->size, suspect->capacity, filling);
	}
	give_image(checker, suspect->image, size->size);
}

/* ---- which images -------------------------------------------------------------------------- */

static uint64_t multiply(uint64_t a, uint64_t b)
{
	return b && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

static uint64_t count_images(const struct suspect *suspect)
{
	uint64_t count = multiply(suspect->size_count, FILLINGS);

	for (size_t i = 0; i < suspect->open_count; i++) {
		size_t sector = suspect->open[i];

		count = multiply(count, suspect->writes[sector] - suspect->safe[sector] + 1);
	}
	return count;
}

/* Moves on to the next choice of what has reached the disk; false behind the last. */
static bool choose_next(struct suspect *suspect)
{
	for (size_t i = 0; i < suspect->open_count; i++) {
		size_t sector = suspect->open[i];

		if (suspect->reached[sector]++ < suspect->writes[sector])
			return true;
		suspect->reached[sector] = suspect->safe[sector];
	}
	return false;
}

static void make_all(struct disk_checker *checker, struct suspect *suspect)
{
	memcpy(suspect->reached, suspect->safe, suspect->sector_count * sizeof(*suspect->reached));
	do
		for (size_t i = 0; i < suspect->size_count; i++)
			for (enum filling filling = 0; filling < FILLINGS; filling++)
				make_image(checker, suspect, &suspect->sizes[i], filling);
	while (choose_next(suspect));
}

/* Lets all that was written to a sector reach the disk, or nothing. */
static void let_reach(struct suspect *suspect, size_t place, bool all)
{
	size_t sector = suspect->open[place];

	suspect->reached[sector] = all ? suspect->writes[sector] : suspect->safe[sector];
}

enum choice { ONLY_ONE, ALL_BUT_ONE, FIRST_ONES, LAST_ONES, REGULAR_CHOICES };

static void choose_regular(struct suspect *suspect, enum choice choice, size_t chosen)
{
	for (size_t i = 0; i < suspect->open_count; i++) {
		bool reaches[] = { i == chosen, i != chosen, i < chosen, i >= chosen };

		let_reach(suspect, i, reaches[choice]);
	}
}

/* A few, some or most of the sectors, and any state of those that have several. */
static void choose_random(struct suspect *suspect, struct test_random *random)
{
	uint64_t share = 1 + random_below(random, 15);

	for (size_t i = 0; i < suspect->open_count; i++) {
		size_t sector = suspect->open[i];
		size_t states = suspect->writes[sector] - suspect->safe[sector];

		suspect->reached[sector] = suspect->safe[sector];
		if (random_below(random, 16) < share)
			suspect->reached[sector] += 1 + random_below(random, states);
	}
}

/* With any size; mostly with the last, which is the one that lets most be seen. */
static void make_sample(struct disk_checker *checker, struct suspect *suspect)
{
	struct test_random *random = &checker->random;
	size_t size = suspect->size_count - 1;

	if (random_below(random, 2))
		size = random_below(random, suspect->size_count);
	make_image(checker, suspect, &suspect->sizes[size], (enum filling)random_below(random, FILLINGS));
}

static void make_some(struct disk_checker *checker, struct suspect *suspect)
{
	const uint64_t share = checker->limit / (2 * REGULAR_CHOICES) + 1;
	const size_t step = (size_t)(suspect->open_count / share) + 1;

	for (enum choice choice = 0; choice < REGULAR_CHOICES; choice++)
		for (size_t chosen = 0; chosen <= suspect->open_count; chosen += step) {
			choose_regular(suspect, choice, chosen);
			make_sample(checker, suspect);
		}
	for (uint64_t i = 0; i < checker->limit / 2; i++) {
		choose_random(suspect, &checker->random);
		make_sample(checker, suspect);
	}
}

/* ---- what may have happened to a file ------------------------------------------------------ */

static bool is_of_file(const struct disk_change *change, size_t file)
{
	return change->file == file &&
	       (change->kind == CHANGE_WRITE || change->kind == CHANGE_TRUNCATE);
}

/* Whether the first sync behind a change, up to a moment, went well. */
static bool is_safe(const struct simulated_disk *disk, size_t number, size_t moment)
{
	const size_t file = disk->changes[number].file;

	while (++number < moment)
		if (disk->changes[number].kind == CHANGE_SYNC && disk->changes[number].file == file)
			return !disk->changes[number].has_failed;
	return false;
}

/* What a write means for the sectors that it touches: with a safe one, all before it are, as a
 * sector goes to the disk as a whole. */
static void count_write(struct suspect *suspect, const struct disk_change *change, bool safe)
{
	if (!change->size)
		return;
	for (size_t sector = (size_t)change->offset / SECTOR;
	     sector <= (change->offset + change->size - 1) / SECTOR; sector++) {
		suspect->writes[sector]++;
		if (safe)
			suspect->safe[sector] = suspect->writes[sector];
	}
}

static size_t size_behind(const struct disk_change *change, size_t size)
{
	if (change->kind == CHANGE_TRUNCATE)
		return change->size;
	return change->offset + change->size > size ? (size_t)(change->offset + change->size) : size;
}

static void add_size(struct suspect *suspect, size_t size, size_t changes)
{
	suspect->sizes[suspect->size_count++] = (struct possible_size){ size, changes };
}

/* Lists the sizes that the file had since the one that is safe. */
static void list_sizes(struct suspect *suspect)
{
	size_t size = suspect->file->size;
	size_t room = suspect->change_count + 1;

	for (size_t i = 0; i < suspect->change_count; i++)
		room += suspect->changes[i]->size / SECTOR + 1;
	suspect->sizes = new_array(room, sizeof(*suspect->sizes));
	for (size_t i = 0; i <= suspect->change_count; i++) {
		size_t next;

		if (i >= suspect->settled)
			add_size(suspect, size, i);
		if (i == suspect->change_count)
			break;
		next = size_behind(suspect->changes[i], size);
		for (size_t part = (size / SECTOR + 1) * SECTOR; part < next; part += SECTOR)
			if (i >= suspect->settled)
				add_size(suspect, part, i);
		size = next;
	}
}

static void make_room(struct suspect *suspect)
{
	size_t size = suspect->file->size, most = size;

	for (size_t i = 0; i < suspect->change_count; i++) {
		size = size_behind(suspect->changes[i], size);
		most = size > most ? size : most;
	}
	suspect->sector_count = most / SECTOR + 1;
	suspect->capacity = suspect->sector_count * SECTOR;
	suspect->image = new_array(suspect->capacity, 1);
	suspect->writes = new_array(suspect->sector_count, sizeof(size_t));
	suspect->safe = new_array(suspect->sector_count, sizeof(size_t));
	suspect->reached = new_array(suspect->sector_count, sizeof(size_t));
	suspect->passed = new_array(suspect->sector_count, sizeof(size_t));
	suspect->open = new_array(suspect->sector_count, sizeof(size_t));
}

static void suspect_init(struct suspect *suspect, const struct simulated_disk *disk, size_t file,
			 size_t moment)
{
	size_t number = 0;

	memset(suspect, 0, sizeof(*suspect));
	suspect->file = &disk->files[file];
	suspect->changes = new_array(moment, sizeof(*suspect->changes));
	for (size_t i = 0; i < moment; i++) {
		const struct disk_change *change = &disk->changes[i];

		if (is_of_file(change, file))
			suspect->changes[suspect->change_count++] = change;
		else if (change->kind == CHANGE_SYNC && change->file == file && !change->has_failed)
			suspect->settled = suspect->change_count;
	}
	make_room(suspect);
	for (size_t i = 0; number < suspect->change_count; i++)
		if (is_of_file(&disk->changes[i], file) &&
		    suspect->changes[number++]->kind == CHANGE_WRITE)
			count_write(suspect, &disk->changes[i], is_safe(disk, i, moment));
	for (size_t i = 0; i < suspect->sector_count; i++)
		if (suspect->safe[i] < suspect->writes[i])
			suspect->open[suspect->open_count++] = i;
	memcpy(suspect->reached, suspect->safe, suspect->sector_count * sizeof(*suspect->reached));
	list_sizes(suspect);
}

static void suspect_free(struct suspect *suspect)
{
	free(suspect->changes);
	free(suspect->sizes);
	free(suspect->image);
	free(suspect->writes);
	free(suspect->safe);
	free(suspect->reached);
	free(suspect->passed);
	free(suspect->open);
}

/* ---- moments ------------------------------------------------------------------------------- */

static void check_file(struct disk_checker *checker, size_t file)
{
	struct suspect suspect;

	if (file == NO_FILE) {
		give_image(checker, NULL, 0);
		return;
	}
	suspect_init(&suspect, checker->disk, file, checker->image.moment);
	if (count_images(&suspect) <= checker->limit)
		make_all(checker, &suspect);
	else
		make_some(checker, &suspect);
	suspect_free(&suspect);
}

/* Checks all files that may have the name at a moment: that which had it when the folder was
 * synced last, and those that were given it since. */
static void check_moment(struct disk_checker *checker, const char *name)
{
	const struct simulated_disk *disk = checker->disk;
	const size_t moment = checker->image.moment;
	size_t synced = moment;

	while (synced > 0 && (disk->changes[synced - 1].kind != CHANGE_SYNC_FOLDER ||
			      disk->changes[synced - 1].has_failed))
		synced--;
	check_file(checker, disk_file_named(disk, name, synced));
	for (size_t i = synced; i < moment; i++)
		if (disk->changes[i].kind == CHANGE_NAME && strcmp(disk->changes[i].name, name) == 0)
			check_file(checker, disk->changes[i].file);
	checker->counts->moments++;
}

void disk_check(struct simulated_disk *disk, const char *name, uint64_t limit, disk_check_fn check,
		void *context, struct disk_counts *counts)
{
	struct disk_checker checker = { .disk = disk, .limit = limit, .check = check,
					.context = context, .counts = counts, .random = { 99 } };
	bool has_begun = false;

	for (size_t i = 0; i < disk->change_count; i++) {
		const struct disk_change *change = &disk->changes[i];

		if (change->kind == CHANGE_EXPECT) {
			has_begun = true;
			checker.image.lowest = change->lowest;
			checker.image.highest = change->highest;
		}
		if (!has_begun)
			continue;
		checker.image.moment = i + 1;
		check_moment(&checker, name);
	}
	free(checker.seen.hashes);
}
