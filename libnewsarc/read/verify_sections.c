/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/verify_sections.h"

#include "read/scan_sections.h"
#include "read/verify_parity.h"
#include "support/status.h"

/* The parts of a generation, in their order. The pages at the top of the index stand behind the
 * parity, those at its bottom in front of it. */
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
	PART_TOP_KEY_PAGES,
	PART_TOP_BLOCK_PAGES,
	PART_TOP_SUPERSEDED_PAGES,
	PART_SEGMENT,
	PART_MANIFEST,
	PART_TRAILER
};

struct section_walk {
	const struct narc_archive *archive;
	const char *folder; /* for temporary files; NULL: parity is not looked at as a whole */
	struct damage_list *damages;
	struct section_scan *scan;
	uint64_t place;
	uint64_t start; /* of the generation at hand */
	uint64_t parity_size; /* of those before it */
	enum part last; /* of the generation at hand */
	bool needs_run; /* names or a dictionary stand behind a run: then another one follows */
	struct extent names;
	size_t dictionaries; /* of the manifest's, that were passed */
	struct parity_check parity;
	bool is_lost; /* of the generation at hand, something was damaged: not all is known of it */
};

static enum narc_status fail_place(const struct section_walk *walk, struct narc_error *error,
				   const char *what)
{
	return narc_fail_text(error, NARC_CORRUPT, "section", walk->place, what);
}

static enum part part_of(enum section_tag tag)
{
	switch (tag) {
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
	case SECTION_SET:
	case SECTION_FILTER:
		break;
	}
	return PART_NONE;
}

static bool is_page(enum part part)
{
	return part >= PART_KEY_PAGES && part <= PART_SUPERSEDED_PAGES;
}

/* Whether a generation may have several of these. */
static bool may_repeat(enum part part)
{
	return part == PART_DICTIONARY || part == PART_RUNS || is_page(part) ||
	       part == PART_PARITY ||
	       (part >= PART_TOP_KEY_PAGES && part <= PART_TOP_SUPERSEDED_PAGES);
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
	     walk->parity_size != manifest->former_parity_size ||
	     walk->parity_size + parity_check_size(&walk->parity) !=
		     manifest_parity_size(manifest)))
		return fail_place(walk, error, "the manifest says other things of the parity");
	return parity_check_end(&walk->parity, archive, walk->start, trailer->end, walk->folder,
				error);
}

static enum narc_status end_generation(struct section_walk *walk,
				       const struct byte_buffer *section, struct extent extent,
				       struct narc_error *error)
{
	struct trailer trailer;
	enum narc_status status = trailer_decode(section->data, extent.offset, &trailer, error);

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
				   const struct byte_buffer *section, struct narc_error *error)
{
	struct extent extent = { walk->place, section->size };

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
		return parity_check_first_table(&walk->parity, section, extent.offset, error);
	case PART_PARITY:
		return parity_check_parity(&walk->parity, section, extent.offset, error);
	case PART_SECOND_TABLE:
		return parity_check_second_table(&walk->parity, section, extent.offset, error);
	case PART_TRAILER:
		return end_generation(walk, section, extent, error);
	default:
		return NARC_OK;
	}
}

/* Whether a section that is whole is what should stand here. */
static enum narc_status check_section(struct section_walk *walk, enum section_tag tag,
				      const struct byte_buffer *section, struct narc_error *error)
{
	enum part part = part_of(tag);
	enum narc_status status;

	if (part == PART_NONE)
		return fail_place(walk, error, "there is something that does not belong here");
	if (part == PART_PARITY_TABLE && walk->last == PART_PARITY)
		part = PART_SECOND_TABLE;
	if (is_page(part) && (walk->last >= PART_SECOND_TABLE || walk->last > part))
		part += PART_TOP_KEY_PAGES - PART_KEY_PAGES;
	status = enter_part(walk, part, error);
	return status == NARC_OK ? check_part(walk, part, section, error) : status;
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

/* Checks what stands between place and end, section by section. Behind what is none that is whole,
 * it goes on with the next one that is. */
static enum narc_status pass_sections(struct section_walk *walk, uint64_t end,
				      struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	while (status == NARC_OK && walk->place < end) {
		const struct byte_buffer *section;
		struct narc_error damage;
		enum section_tag tag;
		uint64_t start = walk->place, next = start;

		status = section_scan_read(walk->scan, start, end, &tag, &section, &damage);
		if (status == NARC_OK) {
			next += section->size;
			status = check_section(walk, tag, section, &damage);
		} else if (is_damage(status)) {
			enum narc_status found =
				section_scan_find(walk->scan, &next, end, error);

			if (found != NARC_OK)
				return found;
		}
		walk->place = next;
		if (is_damage(status)) /* a wrong trailer ends its generation nevertheless */
			walk->is_lost = walk->place > walk->start;
		status = damage_list_tell(walk->damages, status, &damage,
					  damage.offset == start ? next - start : 0, NULL, error);
	}
	return status;
}

enum narc_status verify_sections(const struct narc_archive *archive, const char *folder,
				 struct damage_list *damages, struct narc_error *error)
{
	struct section_walk walk = { .archive = archive, .folder = folder, .damages = damages,
				     .place = archive->header_size };
	struct narc_error damage;
	enum narc_status status =
		section_scan_new(archive->source, archive->header_size, &walk.scan, error);

	for (size_t i = 0; i <= archive->run_count && status == NARC_OK; i++) {
		const struct run *run = i < archive->run_count ? archive->runs[i].run : NULL;

		status = pass_sections(&walk, run ? run->blocks.offset : archive->trailer.end,
				       error);
		if (status == NARC_OK && run)
			status = damage_list_tell(damages, pass_run(&walk, run, &damage), &damage,
						  0, NULL, error);
	}
	parity_check_free(&walk.parity);
	section_scan_free(walk.scan);
	return status;
}
