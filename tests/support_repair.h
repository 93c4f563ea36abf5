/* SPDX-License-Identifier: BSD-2-Clause */
/* Archives that were damaged and repaired, in memory. */
#ifndef TESTS_SUPPORT_REPAIR_H
#define TESTS_SUPPORT_REPAIR_H

#include "format/extent.h"
#include "support_archive.h"

/* An archive of three generations with parity of so much: posts with a dictionary, copies, moved
 * and rewritten ones; and some that were redacted between the second and the third. noise is how
 * many bytes that do not compress it has besides. */
struct packed make_redacted_archive(unsigned parity, size_t noise);

/* The same in one generation without redactions. */
struct packed make_plain_archive(unsigned parity, size_t noise);

/* What repairing comes to; repaired is set if it is written. */
enum narc_status try_to_repair(const void *data, size_t size, struct packed *repaired,
			       struct narc_repair_result *result, struct narc_error *error);

/* Repairs the archive at path in its place, as narc does. */
enum narc_status repair_file(const char *path, struct narc_repair_result *result,
			     struct narc_error *error);

/* Fails unless this is repaired, bit for bit. */
void assert_mended(const struct packed *whole, const void *data, size_t size);

/* What an archive has: all states of all files, and where in it. */
struct known_row {
	char *path;
	char *text;      /* all that is said of it */
	char *tombstone; /* or NULL */
	uint64_t owner;      /* number of the row that has the content */
	struct extent block; /* data frame and descriptor */
};

struct known_rows {
	struct known_row *rows;
	size_t count;
	char *times;           /* of the generations */
	struct extent *known_in; /* the segments, which alone have the times */
	size_t segment_count;
	struct extent manifest;  /* the last one, which alone has all tombstones */
};

struct known_rows known_rows_of(const struct packed *packed);
void known_rows_free(struct known_rows *known);

/* Fails unless data can be repaired, and has then nothing that was not there, and all rows whose
 * blocks lie outside of the region that is lost. What stands in segments and the manifest alone may
 * be lost with these. Returns how many rows it has. */
uint64_t assert_saved(const struct known_rows *known, const void *data, size_t size,
		      struct extent lost);

#endif
