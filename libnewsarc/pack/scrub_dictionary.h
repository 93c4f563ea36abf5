/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking the pieces of some texts out of dictionaries. A dictionary that was trained on a text
 * has passages of it; what of these no other text has is overwritten, so that the dictionary
 * keeps its size, and all that it shares with other texts.
 */
#ifndef NARC_PACK_SCRUB_DICTIONARY_H
#define NARC_PACK_SCRUB_DICTIONARY_H

#include "support/byte_buffer.h"
#include "support/number_map.h"

/* Two, for a passage that is only told by its length is made of shorter ones that are common. */
enum { SCRUB_SIZES = 2 };

struct scrub {
	/* By the hash of a piece of each size: of the texts; and of those that a dictionary has,
	 * where it is in kept, or SCRUB_COMMON. */
	struct number_map texts[SCRUB_SIZES];
	struct number_map pieces[SCRUB_SIZES];
	struct byte_buffer kept;
	size_t rare_count;   /* pieces that no text had that stays, when starts was made */
	size_t common_count; /* of these, found in one since */
	uint8_t *starts; /* a bit for each start of a piece that is not common */
};

void scrub_free(struct scrub *scrub);

/* Adds a text whose pieces are to go. */
enum narc_status scrub_add_text(struct scrub *scrub, const uint8_t *text, size_t size,
				struct narc_error *error);

/* Looks for these pieces in the content of a dictionary. */
enum narc_status scrub_search(struct scrub *scrub, const uint8_t *dictionary, size_t size,
			      struct narc_error *error);

/* Whether any was found that is not to be let be. */
bool scrub_has_pieces(const struct scrub *scrub);

/* Lets be what a text has that stays. */
void scrub_spare(struct scrub *scrub, const uint8_t *text, size_t size);

/* Overwrites the pieces in the content of a dictionary that no text that stays has; tells how
 * many bytes these are. */
enum narc_status scrub_overwrite(const struct scrub *scrub, uint8_t *dictionary, size_t size,
				 size_t *overwritten, struct narc_error *error);

#endif
