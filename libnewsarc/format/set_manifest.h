/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The manifest of a set (section 3 of the format of sets): its volumes, each with what its own end
 * says of it, so that none of them is opened before something of it is wanted.
 */
#ifndef NARC_FORMAT_SET_MANIFEST_H
#define NARC_FORMAT_SET_MANIFEST_H

#include "format/extent.h"
#include "support/arena.h"

/* Bytes that are elsewhere. */
struct bytes {
	const uint8_t *data;
	size_t size;
};

/* A volume, in the words of the manifest. All that it points to belongs to the manifest. */
struct set_volume {
	const char *name;
	const char *label; /* of the part of the set that it is of; "": of all */
	uint64_t size;     /* of the file */
	uint64_t hash;     /* of all its bytes */
	uint32_t generations;
	const int64_t *times; /* of each, in seconds of UTC, when it came into the set */
	const char *first_code; /* of all its infoCodes without families; "" if there are none */
	const char *last_code;
	/* Sections, byte by byte as the volume has them. */
	struct bytes trailer;
	struct bytes manifest;
	const struct bytes *segments;
	size_t segment_count;
	size_t filter_file;   /* of the set, from 1; 0: the file of the manifest itself */
	struct extent filter; /* in that */
};

/* A file of filters, which are moved there from the manifest, so that not every writer has to
 * write all of them. */
struct filter_file {
	const char *name;
	uint64_t size;
};

/* A row, and one of another volume that superseded it. */
struct succession {
	uint64_t row;
	uint32_t generation; /* of the successor */
	uint64_t successor;
	bool is_replaced;    /* it is the row whose place the successor takes, at its path or moved */
};

/* A file that is not of the set any more. */
struct retired_volume {
	const char *name;
	int64_t time; /* since when, in seconds of UTC */
};

struct set_manifest {
	uint64_t edition; /* one more with each change, from 1 */
	uint64_t current_rows; /* of all volumes, that no newer rows superseded */
	uint64_t current_posts;
	uint64_t current_size; /* of their content, in bytes */
	struct filter_file *filter_files;
	size_t filter_file_count;
	struct set_volume *volumes; /* in the order in which their rows are numbered */
	size_t volume_count;
	struct succession *successions; /* in order of rows */
	size_t succession_count;
	struct retired_volume *retired;
	size_t retired_count;
	uint64_t end; /* of the file: of the last filter that is in it */
	struct arena memory; /* of all that it points to, but for sections */
};

void set_manifest_free(struct set_manifest *manifest);

/* Whether a volume has this name. */
bool set_manifest_has(const struct set_manifest *manifest, const char *name);

/* Whether a file that is read has it: a volume, or one of filters. */
bool set_manifest_names(const struct set_manifest *manifest, const char *name);

/* Whether a retired file has it. */
bool set_manifest_has_retired(const struct set_manifest *manifest, const char *name);

/* Whether a volume may have this name, which is one component of a path, and of an address. */
bool volume_name_is_valid(const char *name);

/* Says of all filters that they are in a file of their own, one behind the other in the order of
 * volumes: those that are in the manifest's until now. It becomes the last one of the list, which has
 * room for it, unless that has one of this name. */
void set_manifest_move_filters(struct set_manifest *manifest, struct filter_file file);

/* Appends the section that the file begins with. Filters that are in no other file follow it, in the
 * order of volumes: what counts of their extents is how large they are. */
enum narc_status set_manifest_encode(struct byte_buffer *out, const struct set_manifest *manifest,
				     struct narc_error *error);

/* Decodes it. The sections of volumes point into it. */
enum narc_status set_manifest_decode(const uint8_t *section, size_t size,
				     struct set_manifest *manifest, struct narc_error *error);

#endif
