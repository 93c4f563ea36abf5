/* SPDX-License-Identifier: BSD-2-Clause */
/* An archive on a simulated disk, the states that it goes through, and what must hold of it after
 * a power cut at any moment of that. */
#ifndef TESTS_SUPPORT_CAMPAIGN_H
#define TESTS_SUPPORT_CAMPAIGN_H

#include "newsarc.h"
#include "simulated_disk.h"
#include "support_folder.h"

/* What an archive holds: every state of every file, with its content. */
struct state {
	bool is_nothing; /* there is no archive */
	uint64_t digest;
	uint64_t rows;
	uint32_t generation;
};

enum { STATES = 64 };

struct campaign {
	char *folder;
	char path[TEST_PATH_SIZE]; /* of the archive, in the folder */
	struct simulated_disk *disk;
	struct state states[STATES];
	unsigned count;
	unsigned lowest; /* the first that may be found after a power cut */
};

struct state state_of(narc_archive *archive);
struct state state_of_file(const char *path);

/* How many images of a file are tried at a moment. */
uint64_t images_at_a_moment(void);

/* Fails unless the image, which is in this state, can be appended to: behind a generation that only
 * lacked its trailer, which is whole then. */
void assert_can_be_appended_to(const struct disk_image *image, const struct state *state);

/* Starts in a new folder with an archive of this name and these bytes; NULL: there is none. */
void campaign_begin(struct campaign *campaign, const char *name, const void *data, size_t size);

/* From here on, the archive may be in one state more, which is not known yet. */
void campaign_expect(struct campaign *campaign);

/* It is in that state now, and has to stay in it. */
void campaign_has_changed(struct campaign *campaign);

/* It may be in this state from here on, or in those that it could be in before. */
void campaign_may_be(struct campaign *campaign, const struct state *state);

/* Tries the power cuts at all moments, and says how many they were. */
struct disk_counts campaign_finish(struct campaign *campaign);

#endif
