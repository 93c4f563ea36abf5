/* SPDX-License-Identifier: BSD-2-Clause */
/* What the manifest of a set says of a volume. */
#ifndef NARC_PACK_DESCRIBE_VOLUME_H
#define NARC_PACK_DESCRIBE_VOLUME_H

#include "format/set_manifest.h"
#include "pack/volume_sink.h"

struct volume_description {
	struct set_volume volume; /* its strings are those of the file and this description */
	int64_t *times;           /* of its generations, as the volume has them */
	char first_code[CODE_SIZE_LIMIT + 1];
	char last_code[CODE_SIZE_LIMIT + 1];
	struct byte_buffer sections; /* trailer, manifest and segments */
	struct bytes *segments;
	struct byte_buffer filter; /* its section */
	narc_archive *archive;     /* the volume, open */
};

/* Looks at a volume that was written: file must outlive the description, which is to be freed, also
 * on failure. */
enum narc_status describe_volume(const struct volume_file *file,
				 struct volume_description *description,
				 struct narc_error *error);
void volume_description_free(struct volume_description *description);

#endif
