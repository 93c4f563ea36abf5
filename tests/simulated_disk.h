/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A disk that the power may be cut of at any moment. It takes down what is done to the files of a
 * folder (by way of support_calls), and then makes, for each moment, what a file may be when the
 * power comes back:
 *
 * - What was synced is there. Of what was written later, each sector of 512 bytes is there or is
 *   not, whatever the order of writing; a sector that was written several times has any of these
 *   states. A sector is never torn.
 * - The file's size is any that it had since then, or between two of them, at a sector. Where it
 *   has grown over what did not reach the disk, there are zeros, or the garbage that was there
 *   before: random bytes, or what the file had there before it was cut, unless it was synced in
 *   between: what is cut off and synced does not come back.
 * - What was written before a sync that failed may be lost for good, though it is still read: no
 *   later sync brings it to the disk, unless the sector is written again.
 * - Names change in the order in which they were changed, and the last changes may be lost until
 *   the folder is synced.
 */
#ifndef TESTS_SIMULATED_DISK_H
#define TESTS_SIMULATED_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct simulated_disk;

/* Takes down what is done from here on in this folder, and what its files hold now, which is
 * safe. One disk at a time; the folder's name must outlive it. */
struct simulated_disk *disk_new(const char *folder);
void disk_free(struct simulated_disk *disk);

/* Notes what may be on the disk from here on, as numbers that the test gives its states. Before
 * the first of these, the power is not cut. */
void disk_expect(struct simulated_disk *disk, unsigned lowest, unsigned highest);

/* What a file may be after a power cut. */
struct disk_image {
	const uint8_t *data; /* NULL if there is no file of this name */
	size_t size;
	unsigned lowest, highest; /* what it may be, as disk_expect has it */
	size_t moment;            /* how many changes came before */
};

typedef void (*disk_check_fn)(void *context, const struct disk_image *image);

struct disk_counts {
	uint64_t moments; /* at which the power was cut */
	uint64_t images;  /* all of them, and those that differ from others */
	uint64_t distinct;
};

/* Gives check what the file of this name may be, image by image, but no image twice that may be
 * the same states. At a moment with more images than limit, some are chosen at random. */
void disk_check(struct simulated_disk *disk, const char *name, uint64_t limit, disk_check_fn check,
		void *context, struct disk_counts *counts);

#endif
