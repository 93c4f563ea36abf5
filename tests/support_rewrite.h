/* SPDX-License-Identifier: BSD-2-Clause */
/* Archives that are made of archives, in memory. */
#ifndef TESTS_SUPPORT_REWRITE_H
#define TESTS_SUPPORT_REWRITE_H

#include "faulty_io.h"
#include "support_archive.h"

/* An archive of two generations: posts of which some were rewritten, moved and copied, in
 * several blocks, with a dictionary. */
struct packed make_living_archive(void);

/* What the living archive was packed with, but for the threads. */
struct narc_pack_options living_options(void);

enum rewriting { REDACTING, REDACTING_CURRENT, MERGING, COMPACTING, SPLITTING, REWRITINGS };

/* The code and the path that redacting takes out of a living archive. */
#define REDACTED_CODE "NW202201050000000001"
#define REDACTED_PATH "notes/private.txt"
#define REDACTED_TEXT "what must not be read by anybody any more"
#define REASON "court order of 5 May"

/* What was written: one archive, or the parts of one. */
struct rewritten {
	struct packed parts[32];
	size_t count;
	struct narc_redact_result redacted;
	struct faulty_io *io; /* if not NULL, all goes through it */
	const char *folder;   /* if not NULL, there are files in it instead, NAME.narc */
	size_t memory;        /* to be done with; 0: as much as is usual */
};

/* What the archive is called that is not a part of one. */
#define REWRITTEN_NAME "rewritten"

/* Writes what is made of an archive; merging takes a second one, other. */
enum narc_status rewrite(enum rewriting rewriting, narc_archive *archive, narc_archive *other,
			 struct rewritten *rewritten, struct narc_error *error);
void rewritten_free(struct rewritten *rewritten);

/* The same in memory, which has to succeed; other may be NULL. */
struct rewritten rewrite_packed(enum rewriting rewriting, const struct packed *packed,
				const struct packed *other);

#endif
