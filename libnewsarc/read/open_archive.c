/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening: the header, the trailer, what is in the archive, and proof that all of it lies inside
 * of the file. */
#include <stdlib.h>
#include <string.h>

#include "format/header.h"
#include "read/check_places.h"
#include "read/make_up.h"
#include "read/scan_sections.h"
#include "support/byte_order.h"
#include "support/checked_math.h"
#include "support/status.h"

/* How far back from the end each step of the search for a trailer looks. */
enum { SEARCH_STEP = 1 << 20 };

/* How often it is begun anew, as the file has another end now. */
enum { SEARCH_ATTEMPTS = 10 };

/* The end of the file is read at once, as manifest and segments mostly stand there too. */
enum { TAIL_SIZE = 4096 };

struct tail {
	const struct narc_archive *archive;
	uint64_t offset;
	uint8_t bytes[TAIL_SIZE];
};

static enum narc_status read_header(struct narc_archive *archive, struct narc_error *error)
{
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	uint8_t heading[SECTION_HEADING_SIZE];
	uint32_t size;
	enum narc_status status;

	if (archive->file_size < sizeof(heading))
		return narc_fail(error, NARC_NOT_NEWSARC, "header", 0,
				 "too short to be a newsarc archive");
	status = archive_read(archive, 0, heading, sizeof(heading), error);
	if (status != NARC_OK)
		return status;
	if (load_le32(heading) != SECTION_MAGIC || load_le32(heading + 8) != SECTION_HEADER)
		return narc_fail(error, NARC_NOT_NEWSARC, "header", 0, "not a newsarc archive");
	status = section_read_heading(heading, SECTION_HEADER, 0, &size, error);
	if (status != NARC_OK)
		return status;
	status = archive_read_section(archive, (struct extent){ 0, size }, &section, error);
	if (status == NARC_OK)
		status = header_check(section.data, section.size, error);
	if (status == NARC_OK)
		archive->header_size = size;
	byte_buffer_free(&section);
	return status;
}

static enum narc_status fail_unfinished(const struct narc_archive *archive,
					struct narc_error *error)
{
	return narc_fail(error, NARC_CORRUPT, "trailer", archive->file_size,
			 "the file has no valid trailer: it was cut short, or was never finished");
}

/* Looks for the last valid trailer that starts before limit. A trailer states its own
 * place, so chance finds are few, and the cost is one read of the file. */
static enum narc_status search_trailer(struct narc_archive *archive, uint64_t limit,
				       struct narc_error *error)
{
	uint8_t *window = malloc(SEARCH_STEP + TRAILER_SECTION_SIZE);
	enum narc_status status = NARC_OK;
	bool found = false;

	if (!window)
		return narc_fail_memory(error);
	while (limit > archive->header_size && !found) {
		uint64_t start = limit - archive->header_size > SEARCH_STEP
					 ? limit - SEARCH_STEP
					 : archive->header_size;
		uint64_t left = archive->file_size - start;
		size_t size = left < SEARCH_STEP + TRAILER_SECTION_SIZE
				      ? (size_t)left
				      : SEARCH_STEP + TRAILER_SECTION_SIZE;

		status = archive_read(archive, start, window, size, error);
		if (status != NARC_OK)
			break;
		for (uint64_t place = limit; place-- > start && !found;) {
			const uint8_t *bytes = window + (place - start);

			if (size - (size_t)(place - start) < TRAILER_SECTION_SIZE ||
			    load_le32(bytes) != SECTION_MAGIC)
				continue;
			found = trailer_decode(bytes, place, &archive->trailer, NULL) == NARC_OK;
		}
		limit = start;
	}
	free(window);
	return status == NARC_OK && !found ? fail_unfinished(archive, error) : status;
}

/* Looks for a manifest that ends at a place. */
struct manifest_search {
	uint64_t end;
	bool found;
};

/* A section_found_fn. */
static enum narc_status look_at_section(void *context, enum section_tag tag,
					const struct byte_buffer *section, uint64_t offset,
					struct narc_error *error)
{
	struct manifest_search *search = context;

	(void)error;
	search->found = tag == SECTION_MANIFEST && offset + section->size == search->end;
	return NARC_OK;
}

/* Whether a manifest stands behind the last valid trailer, and ends at end: then a generation was
 * written there whose trailer is damaged. */
static enum narc_status look_for_manifest(const struct narc_archive *archive, uint64_t end,
					  bool *found, struct narc_error *error)
{
	struct manifest_search search = { .end = end };
	enum narc_status status = scan_sections(archive->source, archive->trailer.end, end,
						look_at_section, &search, error);

	*found = search.found;
	return status;
}

static enum narc_status find_trailer(struct narc_archive *archive, struct tail *tail,
				     struct narc_error *error)
{
	uint64_t size = archive->file_size < TAIL_SIZE ? archive->file_size : TAIL_SIZE;
	uint64_t place;
	enum narc_status status;

	if (archive->file_size < archive->header_size + TRAILER_SECTION_SIZE)
		return fail_unfinished(archive, error);
	tail->offset = archive->file_size - size;
	place = archive->file_size - TRAILER_SECTION_SIZE;
	status = archive_read(archive, tail->offset, tail->bytes, (size_t)size, error);
	if (status != NARC_OK)
		return status;
	if (trailer_decode(tail->bytes + (place - tail->offset), place, &archive->trailer, NULL) ==
	    NARC_OK)
		return NARC_OK;
	status = search_trailer(archive, place, error);
	if (status == NARC_OK &&
	    trailer_was_written(tail->bytes + (place - tail->offset), place))
		status = look_for_manifest(archive, place, &archive->lost_generation, error);
	return status;
}

/* Whether the file has another size than it had. */
static bool has_another_size(struct narc_archive *archive)
{
	struct narc_source source = archive->source;
	uint64_t before = archive->file_size;

	return source.ops->size(source.context, &archive->file_size, NULL) == NARC_OK &&
	       archive->file_size != before;
}

/* Finds the last trailer. A writer may cut off meanwhile what a torn writing has left, and write
 * something else there: then the file ends where it did not before, and is looked at again. */
static enum narc_status find_end(struct narc_archive *archive, struct tail *tail,
				 struct narc_error *error)
{
	enum narc_status status = find_trailer(archive, tail, error);

	for (unsigned attempt = 1; status == NARC_CORRUPT && attempt < SEARCH_ATTEMPTS &&
				   has_another_size(archive);
	     attempt++)
		status = find_trailer(archive, tail, error);
	return status;
}

/* A give_section_fn: reads it, as it may be in the tail. */
static enum narc_status read_near_tail(void *context, struct extent extent,
				       struct byte_buffer *buffer, struct narc_error *error)
{
	const struct tail *tail = context;
	const struct narc_archive *archive = tail->archive;

	if (!range_inside(extent.offset, extent.size, tail->offset, archive->file_size))
		return archive_read_section(archive, extent, buffer, error);
	byte_buffer_clear(buffer);
	byte_buffer_append(buffer, tail->bytes + (extent.offset - tail->offset),
			   (size_t)extent.size);
	return byte_buffer_status(buffer, error);
}

/* Whether the archive has the generations of a segment. Asked before the next segment is read, as
 * each takes memory for as many as it states. */
static bool has_generations(const struct trailer *trailer, const struct segment *segment)
{
	return segment->first_generation <= trailer->generation &&
	       segment->generation_count <= trailer->generation - segment->first_generation + 1;
}

/* Whether a segment stands behind the one before it in rows, blocks, generations and place. */
static bool segment_follows(const struct segment *segment, const struct segment *before)
{
	if (!before)
		return segment->first_row == 0 && segment->first_block == 0 &&
		       segment->first_generation == 1;
	return segment->first_row == before->first_row + before->rows &&
	       segment->first_block == before->first_block + before->block_count &&
	       segment->first_generation == before->first_generation + before->generation_count &&
	       segment->runs[0].blocks.offset >=
		       extent_end(before->runs[before->run_count - 1].blocks);
}

/* Who gives the sections, and what they are decoded with. */
struct taking {
	give_section_fn give;
	void *context;
	struct byte_buffer section;
	ZSTD_DCtx *decompressor;
};

static enum narc_status take_segments(struct narc_archive *archive, struct taking *taking,
				      struct narc_error *error)
{
	struct byte_buffer *section = &taking->section;
	const struct manifest *manifest = &archive->manifest;
	enum narc_status status = NARC_OK;

	archive->segments = calloc(manifest->segment_count + 1, sizeof(*archive->segments));
	if (!archive->segments)
		return narc_fail_memory(error);
	for (size_t i = 0; i < manifest->segment_count && status == NARC_OK; i++) {
		struct extent extent = manifest->segments[i];
		struct segment *segment = &archive->segments[i];

		status = taking->give(taking->context, extent, section, error);
		if (status == NARC_OK)
			status = segment_decode(section->data, section->size, extent.offset,
						archive->header_size,
						archive->trailer.manifest.offset,
						taking->decompressor, segment, error);
		if (status == NARC_OK && !has_generations(&archive->trailer, segment))
			status = narc_fail(error, NARC_CORRUPT, "segment", extent.offset,
					   "has generations above that of the trailer");
		if (status == NARC_OK && !segment_follows(segment, i ? segment - 1 : NULL))
			status = narc_fail(error, NARC_CORRUPT, "segment", extent.offset,
					   "does not follow on the one before it");
	}
	return status;
}

static enum narc_status check_totals(const struct narc_archive *archive,
				     struct narc_error *error)
{
	const struct trailer *trailer = &archive->trailer;
	size_t count = archive->manifest.segment_count;
	const struct segment *last = count ? &archive->segments[count - 1] : NULL;
	size_t tombstones = archive->manifest.tombstone_count;

	if (tombstones && archive->manifest.tombstones[tombstones - 1].row >= trailer->rows)
		return narc_fail(error, NARC_CORRUPT, "manifest", trailer->manifest.offset,
				 "has the tombstone of a row that there is not");
	if (last ? last->first_row + last->rows == trailer->rows &&
			    last->first_block + last->block_count == trailer->blocks &&
			    last->first_generation + last->generation_count - 1 ==
				    trailer->generation
		 : trailer->rows == 0)
		return NARC_OK;
	return narc_fail(error, NARC_CORRUPT, "trailer", trailer->end - TRAILER_SECTION_SIZE,
			 "counts other rows, blocks or generations than the segments have");
}

enum narc_status archive_take_contents(struct narc_archive *archive, give_section_fn give,
				       void *context, ZSTD_DCtx *decompressor,
				       struct narc_error *error)
{
	struct taking taking = { give, context, BYTE_BUFFER_EMPTY, decompressor };
	struct extent extent = archive->trailer.manifest;
	enum narc_status status = give(context, extent, &taking.section, error);

	if (status == NARC_OK)
		status = manifest_decode(taking.section.data, taking.section.size, extent.offset,
					 archive->header_size, taking.decompressor,
					 &archive->manifest, error);
	if (status == NARC_OK)
		status = take_segments(archive, &taking, error);
	if (status == NARC_OK)
		status = check_totals(archive, error);
	if (status == NARC_OK)
		status = archive_list_runs(archive, error);
	if (status == NARC_OK)
		status = check_places(archive, error);
	byte_buffer_free(&taking.section);
	return status;
}

/* Names and the first dictionary stand behind the header, and are read after it: where each request
 * takes long, all of it is worth one. But what the end of the file says of that is only believed
 * later. */
static void expect_beginning(const struct narc_archive *archive)
{
	const uint64_t place = archive->file_size - TRAILER_SECTION_SIZE;
	uint8_t bytes[TRAILER_SECTION_SIZE];
	struct byte_buffer section = BYTE_BUFFER_EMPTY;
	struct trailer trailer;
	struct manifest manifest = { 0 };
	ZSTD_DCtx *decompressor = ZSTD_createDCtx();

	if (decompressor && archive->file_size > TRAILER_SECTION_SIZE &&
	    archive_read(archive, place, bytes, sizeof(bytes), NULL) == NARC_OK &&
	    trailer_decode(bytes, place, &trailer, NULL) == NARC_OK &&
	    trailer_check(&trailer, 0, NULL) == NARC_OK &&
	    archive_read_section(archive, trailer.manifest, &section, NULL) == NARC_OK &&
	    manifest_decode(section.data, section.size, trailer.manifest.offset, 0, decompressor,
			    &manifest, NULL) == NARC_OK &&
	    manifest.dictionary_count)
		archive_expect(archive,
			       (struct extent){ 0, extent_end(manifest.dictionaries[0].extent) });
	manifest_free(&manifest);
	byte_buffer_free(&section);
	ZSTD_freeDCtx(decompressor);
}

/* Opens it; what was read of it stays if that fails. */
static enum narc_status open_source(struct narc_archive *archive, struct narc_error *error)
{
	struct tail tail = { .archive = archive };
	ZSTD_DCtx *decompressor;
	enum narc_status status =
		archive->source.ops->size(archive->source.context, &archive->file_size, error);

	if (status == NARC_OK && archive->source.ops->expect)
		expect_beginning(archive);
	if (status == NARC_OK)
		status = read_header(archive, error);
	if (status == NARC_OK)
		status = find_end(archive, &tail, error);
	if (status == NARC_OK)
		status = trailer_check(&archive->trailer, archive->header_size, error);
	if (status != NARC_OK)
		return status;
	decompressor = ZSTD_createDCtx();
	status = decompressor ? archive_take_contents(archive, read_near_tail, &tail, decompressor,
						      error)
			      : narc_fail_memory(error);
	ZSTD_freeDCtx(decompressor);
	return status;
}

static enum narc_status new_archive(struct narc_source source, struct narc_archive **archive,
				    struct narc_error *error)
{
	*archive = calloc(1, sizeof(**archive));
	if (!*archive) {
		source.ops->close(source.context);
		return narc_fail_memory(error);
	}
	(*archive)->source = source;
	pthread_mutex_init(&(*archive)->lock, NULL);
	return NARC_OK;
}

enum narc_status narc_archive_open(struct narc_source source, narc_archive **out,
				   struct narc_error *error)
{
	struct narc_archive *archive;
	enum narc_status status = new_archive(source, &archive, error);

	if (status != NARC_OK)
		return status;
	status = open_source(archive, error);
	if (status != NARC_OK)
		narc_archive_close(archive);
	else
		*out = archive;
	return status;
}

/* Whether an archive that cannot be opened because of this may be one nevertheless. */
static bool may_be_made_up(enum narc_status status)
{
	return status == NARC_CORRUPT || status == NARC_LIMIT || status == NARC_NOT_NEWSARC;
}

enum narc_status narc_archive_open_damaged(struct narc_source source, narc_archive **out,
					   struct narc_error *error)
{
	struct narc_archive *archive;
	struct narc_error damage;
	enum narc_status status = new_archive(source, &archive, error);

	if (status != NARC_OK)
		return status;
	status = open_source(archive, &damage);
	if (may_be_made_up(status)) {
		archive->opening_error = damage;
		status = archive_make_up(archive, &damage);
		if (status == NARC_CORRUPT) /* why it is no archive says more */
			damage = archive->opening_error;
	}
	if (status == NARC_OK) {
		*out = archive;
		return NARC_OK;
	}
	narc_archive_close(archive);
	if (error)
		*error = damage;
	return damage.status;
}

enum narc_status archive_open_made_up(struct narc_source source, struct narc_archive **out,
				      struct narc_error *error)
{
	struct narc_archive *archive;
	enum narc_status status = new_archive(source, &archive, error);

	if (status != NARC_OK)
		return status;
	status = source.ops->size(source.context, &archive->file_size, error);
	if (status == NARC_OK)
		status = archive_make_up(archive, error);
	if (status != NARC_OK)
		narc_archive_close(archive);
	else
		*out = archive;
	return status;
}
