/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/verify_sections.h"

#include "read/scan_sections.h"
#include "read/verify_parity.h"
#include "support/byte_order.h"
#include "support/status.h"

/* The parts of a generation, in their order. */
enum part {
	PART_NONE,
	PART_NAMES,
	PART_DICTIONARY,
	PART_RUNS,
	PART_KEY_PAGES,
	PART_BLOCK_PAGES,
	PART_SUPERSEDED_PAGES,
	PART_PARITY_TABLE,
	PART_PARITY,
	PART_SECOND_TABLE,
	PART_SEGMENT,
	PART_MANIFEST,
	PART_TRAILER
};

struct section_walk {
	const struct narc_archive *archive;
	const char *folder; /* for temporary files; NULL: parity is not looked at as a whole */
	struct damage_list *damages;
	uint64_t place;
	uint64_t next;  /* go_on: where it goes on */
	uint64_t start; /* of the generation at hand */
	uint64_t parity_size; /* of those before it */
	enum part last; /* of the generation at hand */
	bool needs_run; /* names or a dictionary stand behind a run: then another one follows */
	struct extent names;
	size_t dictionaries; /* of the manifest's, that were passed */
	struct parity_check parity;
	bool is_lost; /* of the generation at hand, something was damaged: not all is known of it */
	struct byte_buffer section;
};

static enum narc_status fail_place(const struct section_walk *walk, struct narc_error *error,
				   const char *what)
{
	return narc_fail(error, NARC_CORRUPT, "section", walk->place, "%s", what);
}

static enum part part_of(uint32_t tag)
{
	switch ((enum section_tag)tag) {
	case SECTION_NAMES:
		return PART_NAMES;
	case SECTION_DICTIONARY:
		return PART_DICTIONARY;
	case SECTION_KEY_PAGE:
		return PART_KEY_PAGES;
	case SECTION_BLOCK_PAGE:
		return PART_BLOCK_PAGES;
	case SECTION_SUPERSEDED:
		return PART_SUPERSEDED_PAGES;
	case SECTION_PARITY_TABLE:
		return PART_PARITY_TABLE;
	case SECTION_PARITY:
		return PART_PARITY;
	case SECTION_SEGMENT:
		return PART_SEGMENT;
	case SECTION_MANIFEST:
		return PART_MANIFEST;
	case SECTION_TRAILER:
		return PART_TRAILER;
	case SECTION_HEADER:
	case SECTION_DESCRIPTOR:
		break;
	}
	return PART_NONE;
}

/* Whether a generation may have several of these. */
static bool may_repeat(enum part part)
{
	return part == PART_DICTIONARY || part == PART_RUNS || part == PART_KEY_PAGES ||
	       part == PART_BLOCK_PAGES || part == PART_SUPERSEDED_PAGES || part == PART_PARITY;
}

/* Names and dictionaries may stand in front of each run of an archive that was rewritten. */
static bool begins_run(const struct section_walk *walk, enum part part)
{
	return walk->last == PART_RUNS && (part == PART_NAMES || part == PART_DICTIONARY);
}

/* A parity table, parity, and the table once more only stand together. */
static bool needs_more_parity(const struct section_walk *walk)
{
	return walk->last == PART_PARITY_TABLE || walk->last == PART_PARITY;
}

/* Parity may be there twice: as if nothing of it had been passed. */
static bool begins_second_group(const struct section_walk *walk, enum part part)
{
	return walk->last == PART_SECOND_TABLE && part == PART_PARITY_TABLE;
}

static enum narc_status enter_part(struct section_walk *walk, enum part part,
				   struct narc_error *error)
{
	if (begins_run(walk, part)) {
		walk->last = PART_NONE;
		walk->needs_run = true;
	}
	if (begins_second_group(walk, part))
		walk->last = PART_SUPERSEDED_PAGES;
	if (part == PART_RUNS)
		walk->needs_run = false;
	if (walk->is_lost) {
		walk->last = part;
		return NARC_OK;
	}
	if (needs_more_parity(walk) && part != walk->last && part != walk->last + 1)
		return fail_place(walk, error, "parity is not complete");
	if (part == PART_PARITY && !needs_more_parity(walk))
		return fail_place(walk, error, "parity has no table");
	if ((part > PART_RUNS && walk->needs_run) || part < walk->last ||
	    (part == walk->last && !may_repeat(part)) ||
	    (part == PART_TRAILER && walk->last != PART_MANIFEST))
		return fail_place(walk, error, "there is something that does not belong here");
	walk->last = part;
	return NARC_OK;
}

/* The manifest has all dictionaries, in order. */
static enum narc_status check_dictionary(struct section_walk *walk, struct extent extent,
					 struct narc_error *error)
{
	const struct manifest *manifest = &walk->archive->manifest;
	size_t place = walk->dictionaries;

	while (walk->is_lost && place + 1 < manifest->dictionary_count &&
	       manifest->dictionaries[place].extent.offset < extent.offset)
		place++;
	walk->dictionaries = place + 1;
	if (place < manifest->dictionary_count &&
	    manifest->dictionaries[place].extent.offset == extent.offset &&
	    manifest->dictionaries[place].extent.size == extent.size)
		return NARC_OK;
	return fail_place(walk, error, "the manifest does not have this dictionary");
}

/* The parity of a generation; of what is damaged, its hashes say nothing new. */
static enum narc_status check_parity(struct section_walk *walk, const struct trailer *trailer,
				     struct narc_error *error)
{
	const struct narc_archive *archive = walk->archive;
	const struct manifest *manifest = &archive->manifest;

	if (walk->damages->count)
		return NARC_OK;
	if (trailer->end == archive->trailer.end &&
	    (parity_check_offset(&walk->parity) != manifest->parity ||
	     walk->parity_size != manifest->former_parity_size))
		return fail_place(walk, error, "the manifest says other things of the parity");
	return parity_check_end(&walk->parity, archive, walk->start, trailer->end, walk->folder,
				error);
}

static enum narc_status end_generation(struct section_walk *walk, struct extent extent,
				       struct narc_error *error)
{
	struct trailer trailer;
	enum narc_status status =
		trailer_decode(walk->section.data, extent.offset, &trailer, error);

	if (status == NARC_OK)
		status = check_parity(walk, &trailer, error);
	walk->parity_size += parity_check_size(&walk->parity);
	parity_check_free(&walk->parity);
	walk->last = PART_NONE;
	walk->names = (struct extent){ 0 };
	walk->start = extent_end(extent);
	walk->is_lost = false;
	return status;
}

static enum narc_status check_part(struct section_walk *walk, enum part part,
				   struct extent extent, struct narc_error *error)
{
	if (walk->is_lost && (part == PART_PARITY_TABLE || part == PART_PARITY ||
			      part == PART_SECOND_TABLE))
		return NARC_OK; /* the checksum was right: what else it should be is not known */
	switch (part) {
	case PART_NAMES:
		walk->names = extent;
		return NARC_OK;
	case PART_DICTIONARY:
		return check_dictionary(walk, extent, error);
	case PART_PARITY_TABLE:
		return parity_check_first_table(&walk->parity, &walk->section, extent.offset,
						error);
	case PART_PARITY:
		return parity_check_parity(&walk->parity, &walk->section, extent.offset, error);
	case PART_SECOND_TABLE:
		return parity_check_second_table(&walk->parity, &walk->section, extent.offset,
						 error);
	case PART_TRAILER:
		return end_generation(walk, extent, error);
	default:
		return NARC_OK;
	}
}

/* Checks the section that stands here and ends before end. */
static enum narc_status check_section(struct section_walk *walk, uint64_t end,
				      struct narc_error *error)
{
	uint8_t heading[SECTION_HEADING_SIZE];
	struct byte_reader payload;
	uint32_t tag, size;
	enum part part;
	enum narc_status status;

	if (end - walk->place < sizeof(heading))
		return fail_place(walk, error, "there is something too short to be a section");
	status = archive_read(walk->archive, walk->place, heading, sizeof(heading), error);
	if (status != NARC_OK)
		return status;
	tag = load_le32(heading + 8);
	part = part_of(tag);
	if (part == PART_NONE)
		return fail_place(walk, error, "there is something that does not belong here");
	status = section_read_heading(heading, (enum section_tag)tag, walk->place, &size, error);
	if (status == NARC_OK && size > end - walk->place)
		status = fail_place(walk, error, "a section reaches into what stands behind it");
	if (part == PART_PARITY_TABLE && walk->last == PART_PARITY)
		part = PART_SECOND_TABLE;
	if (status == NARC_OK)
		status = enter_part(walk, part, error);
	if (status == NARC_OK)
		status = archive_read_section(walk->archive, (struct extent){ walk->place, size },
					      &walk->section, error);
	if (status == NARC_OK)
		status = section_open(walk->section.data, size, (enum section_tag)tag, walk->place,
				      &payload, error);
	if (status == NARC_OK)
		status = check_part(walk, part, (struct extent){ walk->place, size }, error);
	if (status == NARC_OK)
		walk->place += size;
	return status;
}

/* A run has the names of its generation; its blocks are checked elsewhere. */
static enum narc_status pass_run(struct section_walk *walk, const struct run *run,
				 struct narc_error *error)
{
	enum narc_status status = enter_part(walk, PART_RUNS, error);

	if (status == NARC_OK && !walk->is_lost && (run->names.offset != walk->names.offset ||
				  run->names.size != walk->names.size))
		status = fail_place(walk, error, "a run has other names than its generation");
	walk->place = extent_end(run->blocks);
	return status;
}

/* A section_found_fn: moves on to the first one. One that is whole but wrong is passed. */
static enum narc_status stop_at(void *context, enum section_tag tag,
				const struct byte_buffer *section, uint64_t offset,
				struct narc_error *error)
{
	struct section_walk *walk = context;

	(void)tag;
	(void)error;
	walk->next = offset > walk->place ? offset : offset + section->size;
	return NARC_END;
}

/* Moves on to the next section that is whole, or to end. */
static enum narc_status go_on(struct section_walk *walk, uint64_t end, struct narc_error *error)
{
	enum narc_status status;

	walk->next = end;
	status = scan_sections(walk->archive->source, walk->place, end, stop_at, walk, error);
	walk->place = walk->next;
	return status;
}

/* Notes a damage that begins at place, and goes on behind it. */
static enum narc_status settle(struct section_walk *walk, enum narc_status status, uint64_t end,
			       struct damage_list *damages, const struct narc_error *damage,
			       struct narc_error *error)
{
	uint64_t start = walk->place;

	if (status == NARC_OK)
		return NARC_OK;
	if (status == NARC_CORRUPT || status == NARC_LIMIT) {
		enum narc_status moved = go_on(walk, end, error);

		if (moved != NARC_OK)
			return moved;
		walk->is_lost = true;
	}
	return damage_list_tell(damages, status, damage,
				damage->offset == start ? walk->place - start : 0, NULL, error);
}

enum narc_status verify_sections(const struct narc_archive *archive, const char *folder,
				 struct damage_list *damages, struct narc_error *error)
{
	struct section_walk walk = { .archive = archive, .folder = folder, .damages = damages,
				     .place = archive->header_size };
	struct narc_error damage;
	enum narc_status status = NARC_OK;

	for (size_t i = 0; i <= archive->run_count && status == NARC_OK; i++) {
		const struct run *run = i < archive->run_count ? archive->runs[i].run : NULL;
		uint64_t end = run ? run->blocks.offset : archive->trailer.end;

		while (status == NARC_OK && walk.place < end) {
			status = check_section(&walk, end, &damage);
			status = settle(&walk, status, end, damages, &damage, error);
		}
		if (status == NARC_OK && run)
			status = damage_list_tell(damages, pass_run(&walk, run, &damage), &damage,
						  0, NULL, error);
	}
	parity_check_free(&walk.parity);
	byte_buffer_free(&walk.section);
	return status;
}
