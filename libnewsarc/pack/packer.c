/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking files in: each is parsed, and goes to the sorter with what was found. */
#include "pack/packer.h"

#include <stdlib.h>
#include <string.h>

#include "format/limits.h"
#include "format/post_path.h"
#include "pack/intake.h"
#include "pack/pack_item.h"
#include "pack/pack_options.h"
#include "pack/post_date.h"
#include "pack/train_dictionary.h"
#include "pack/check_tail.h"
#include "read/cursor.h"
#include "support/content_hash.h"
#include "support/status.h"
#include "support/translate.h"

/* Where a site says, among other things, what time zone its dates are of. */
#define CONFIG_PATH "_config.yml"

/* Contents above this are not like the posts that a dictionary is for. */
#define SAMPLED_CONTENT_LIMIT ((size_t)128 << 10)

static enum narc_status find_zone(const struct narc_pack_options *options, const char *zone,
				  int64_t local_time, int *minutes, struct narc_error *error)
{
	if (zone_offset_parse(zone, strlen(zone), minutes))
		return NARC_OK;
	if (options->zone_lookup &&
	    options->zone_lookup(options->zone_context, zone, local_time, minutes) &&
	    *minutes >= -ZONE_MINUTES_LIMIT && *minutes <= ZONE_MINUTES_LIMIT)
		return NARC_OK;
	return narc_fail(error, NARC_MISUSE, "time zone", NARC_NO_OFFSET,
			 "there is no time zone \"%s\" here; give a name such as Asia/Shanghai, or "
			 "an offset such as +08:00",
			 zone);
}

enum narc_status narc_packer_new(const struct narc_pack_options *options, narc_packer **out,
				 struct narc_error *error)
{
	struct narc_packer *packer;
	int minutes;
	enum narc_status status = pack_options_check(options, error);

	if (status == NARC_OK)
		status = find_zone(options, options->zone, 0, &minutes, error);

	if (status != NARC_OK)
		return status;
	packer = calloc(1, sizeof(*packer));
	if (!packer)
		return narc_fail_memory(error);
	packer->options = *options;
	packer->progress = (struct progress){ .tell = options->progress,
					      .context = options->progress_context };
	packer->large.fd = -1;
	narc_filter_init(&packer->dates);
	packer->sample = (struct sample){
		.budget = dictionary_effort_for(options->level).sample_size,
		.threshold = UINT64_MAX,
	};
	packer->temporary_folder = strdup(options->temporary_folder);
	packer->zone = strdup(options->zone);
	if (!packer->temporary_folder || !packer->zone)
		status = narc_fail_memory(error);
	if (status == NARC_OK)
		status = external_sort_new(options->memory, packer->temporary_folder,
					   &packer->items, error);
	if (status == NARC_OK) {
		packer->large = spill_file_in(packer->temporary_folder);
		status = narc_packer_begin_tree(packer, error);
	}
	if (status != NARC_OK) {
		narc_packer_free(packer);
		return status;
	}
	*out = packer;
	return NARC_OK;
}

void narc_packer_free(narc_packer *packer)
{
	if (!packer)
		return;
	intake_free(packer->intake);
	external_sort_free(packer->items);
	spill_file_close(&packer->large);
	sample_free(&packer->sample);
	name_counter_free(&packer->names);
	path_set_free(&packer->paths);
	packer_free_links(packer);
	base_reader_close(&packer->reader);
	number_map_free(&packer->former_rows);
	free(packer->foreign_rows);
	month_counts_free(&packer->unchanged_months);
	history_free(&packer->history);
	for (size_t i = 0; i < packer->tree_count; i++) {
		free(packer->trees[i].zone);
		free(packer->trees[i].root);
	}
	free(packer->trees);
	front_matter_free(&packer->matter);
	byte_buffer_free(&packer->key);
	byte_buffer_free(&packer->value);
	byte_buffer_free(&packer->content);
	free(packer->temporary_folder);
	free(packer->zone);
	free(packer->label);
	free(packer->base_site.zone);
	free(packer);
}

/* Takes the zone that a site's configuration names for the tree that it is in. */
static enum narc_status take_config(struct pack_tree *tree, struct front_matter *matter,
				    const uint8_t *text, size_t size, struct narc_error *error)
{
	const struct byte_buffer *zone = &matter->timezone;

	front_matter_parse_yaml(matter, text, size);
	if (matter->failed)
		return narc_fail_memory(error);
	tree->has_config = true;
	free(tree->zone);
	tree->zone = NULL;
	if (zone->size == 0)
		return NARC_OK;
	tree->zone = strndup((const char *)zone->data, zone->size);
	return tree->zone ? NARC_OK : narc_fail_memory(error);
}

/* The same of the configuration in the archive that is appended to: it need not come again. */
static enum narc_status take_base_config(struct narc_packer *packer, struct narc_error *error)
{
	narc_cursor *cursor = packer->reader.cursor;
	const struct narc_record *record;
	const void *content;
	size_t size;
	enum narc_status status = base_find_path(&packer->reader, CONFIG_PATH, &record, error);

	if (status != NARC_OK || !record || record->is_redacted ||
	    record->type != NARC_TYPE_REGULAR || narc_cursor_is_large(cursor))
		return status;
	size = (size_t)record->size;
	status = cursor_read_content(cursor, &content, error);
	if (!is_damage(status))
		return status == NARC_OK ? take_config(&packer->base_site, &packer->matter, content,
						       size, error)
					 : status;
	packer_notice(packer, NARC_NOTICE_SKIPPED, CONFIG_PATH,
		      "is damaged in the archive: the time zone that it names is not known");
	return NARC_OK;
}

enum narc_status narc_packer_append_to(narc_packer *packer, narc_archive *archive,
				       struct narc_error *error)
{
	enum narc_status status;

	if (packer->base || packer->sequence || packer->history.is_used)
		return narc_fail(error, NARC_MISUSE, "append", NARC_NO_OFFSET,
				 "files were added already");
	if (archive->trailer.generation >= GENERATIONS_LIMIT)
		return narc_fail(error, NARC_LIMIT, "append", NARC_NO_OFFSET,
				 "the archive has as many generations as one can have");
	status = archive->volumes ? NARC_OK : check_tail(archive, error);
	if (status != NARC_OK)
		return status;
	packer->base = archive;
	if (archive->volumes)
		archive->volumes->only = packer->label;
	status = base_reader_open(&packer->reader, archive, error);
	return status == NARC_OK ? take_base_config(packer, error) : status;
}

void packer_notice(struct narc_packer *packer, enum narc_notice_kind kind, const char *path,
		   const char *text)
{
	packer->notices += kind != NARC_NOTICE_ITSELF && kind != NARC_NOTICE_REDACTED;
	if (packer->options.notice)
		packer->options.notice(packer->options.notice_context, kind, path,
				       translated(text));
}

void narc_packer_notify(narc_packer *packer, enum narc_notice_kind kind, const char *path,
			const char *text)
{
	packer_notice(packer, kind, path, text);
}

enum narc_status narc_packer_begin_tree(narc_packer *packer, struct narc_error *error)
{
	enum narc_status status = intake_drain(packer->intake, error);

	if (status != NARC_OK)
		return status;
	if (packer->tree_count == packer->tree_capacity) {
		size_t capacity = packer->tree_capacity ? 2 * packer->tree_capacity : 4;
		struct pack_tree *trees = realloc(packer->trees, capacity * sizeof(*trees));

		if (!trees)
			return narc_fail_memory(error);
		packer->trees = trees;
		packer->tree_capacity = capacity;
	}
	packer->trees[packer->tree_count++] = (struct pack_tree){ .zone = NULL };
	return NARC_OK;
}

/* ---- zones --------------------------------------------------------------------------- */

enum narc_status packer_zone(struct narc_packer *packer, uint64_t tree, int64_t local_time,
			     int *minutes, struct narc_error *error)
{
	const struct pack_tree *site = packer->trees[tree].has_config ? &packer->trees[tree]
								      : &packer->base_site;
	const char *zone = site->zone;
	enum narc_status status = find_zone(&packer->options, zone ? zone : packer->zone,
					    local_time, minutes, error);

	if (status != NARC_OK && zone)
		narc_error_set_path(error, CONFIG_PATH);
	return status;
}

/* ---- one file ------------------------------------------------------------------------- */

/* The path as it is stored, without what means nothing in it: "." and empty components. A
 * slash at the front means something, and stays. */
static char *normal_path(const char *path)
{
	char *copy = malloc(strlen(path) + 2);
	size_t size = 0;

	if (!copy)
		return NULL;
	if (*path == '/')
		copy[size++] = '/';
	while (*path) {
		size_t length = strcspn(path, "/");

		if (length && !(length == 1 && *path == '.')) {
			memcpy(copy + size, path, length);
			size += length;
			copy[size++] = '/';
		}
		path += length + (path[length] == '/');
	}
	if (size && copy[size - 1] == '/' && size > 1)
		size--;
	copy[size] = '\0';
	return copy;
}

static enum narc_status count_names(struct narc_packer *packer, const struct pack_item *item,
				    struct narc_error *error)
{
	char shape[PATH_SIZE_LIMIT + 2];
	const char *rest;
	size_t size = post_path_shape(item->entry.path, item->local_time, item->code, shape, &rest);
	enum narc_status status = name_counter_add(&packer->names, shape, size, error);

	if (status == NARC_OK)
		status = name_counter_add(&packer->names, item->categories,
					  strlen(item->categories), error);
	return status;
}

/* A NUL early on is the mark of what is not text. */
static bool looks_like_text(const uint8_t *content, size_t size)
{
	return !memchr(content, '\0', size < 512 ? size : 512);
}

/* Offers what may be like posts for the dictionary. */
static enum narc_status offer_sample(struct narc_packer *packer, const struct pack_item *item,
				     struct narc_error *error)
{
	size_t size = (size_t)item->size;

	if (item->entry.type != NARC_TYPE_REGULAR || size > SAMPLED_CONTENT_LIMIT ||
	    !looks_like_text(item->content, size))
		return NARC_OK;
	return sample_offer(&packer->sample, item->hash, item->content, size, error);
}

/* A symbolic link whose target no system takes could not be extracted again. */
static enum narc_status check_symlink(const struct narc_entry *entry, const uint8_t *target,
				      uint64_t size, struct narc_error *error)
{
	enum narc_status status;

	if (size > 0 && size <= PATH_SIZE_LIMIT && !memchr(target, '\0', (size_t)size))
		return NARC_OK;
	status = narc_fail(error, NARC_MISUSE, "pack", NARC_NO_OFFSET,
			   "is a symbolic link with a target that cannot be");
	narc_error_set_path(error, entry->path);
	return status;
}

/* What was taken out for good does not come in again with the next night. */
static enum narc_status check_redacted(struct narc_packer *packer, const struct pack_item *item,
				       bool *is_redacted, struct narc_error *error)
{
	enum narc_status status;

	*is_redacted = false;
	if (!packer->base || packer->base->manifest.tombstone_count == 0)
		return NARC_OK;
	status = base_has_redacted(&packer->reader, item, is_redacted, error);
	if (status == NARC_OK && *is_redacted)
		packer_notice(packer, NARC_NOTICE_REDACTED, item->entry.path,
			      "was redacted, and is not stored again");
	return status;
}

/* Gives a file to the sorter. */
static enum narc_status sort_item(struct narc_packer *packer, const struct pack_item *item,
				  struct narc_error *error)
{
	enum narc_status status;

	byte_buffer_clear(&packer->key);
	byte_buffer_clear(&packer->value);
	pack_item_encode(item, &packer->key, &packer->value);
	status = packer->key.failed || packer->value.failed
			 ? narc_fail_memory(error)
			 : count_names(packer, item, error);
	if (status == NARC_OK)
		status = offer_sample(packer, item, error);
	if (status == NARC_OK)
		status = external_sort_add(packer->items,
					   &(struct sort_item){ packer->key.data, packer->key.size,
								packer->value.data,
								packer->value.size },
					   error);
	packer->content_size += item->size;
	packer->admitted += status == NARC_OK;
	return status;
}

/* Of a history, a path comes again and again; else the last time counts. */
static enum narc_status admit_kept(struct narc_packer *packer, const struct pack_item *item,
				   struct narc_error *error)
{
	struct pack_item numbered = *item;
	bool is_kept = true;
	enum narc_status status;

	/* It came, all the same. */
	if (item->local_time < packer->dates.from || item->local_time > packer->dates.to)
		return path_set_add(&packer->paths, item->entry.path, item->sequence, item->hash,
				    error);
	if (packer->history.is_used) {
		status = history_take(packer, &numbered, &is_kept, error);
		return status == NARC_OK && is_kept ? sort_item(packer, &numbered, error) : status;
	}
	status = path_set_add(&packer->paths, item->entry.path, item->sequence, item->hash, error);
	if (status == NARC_OK)
		status = sort_item(packer, item, error);
	if (status != NARC_OK)
		path_set_forget(&packer->paths, item->sequence);
	return status;
}

enum narc_status packer_admit(struct narc_packer *packer, const struct pack_item *item,
			      struct narc_error *error)
{
	bool is_redacted;
	enum narc_status status = NARC_OK;

	if (item->entry.type == NARC_TYPE_REGULAR && strcmp(item->entry.path, CONFIG_PATH) == 0)
		status = take_config(&packer->trees[item->tree], &packer->matter, item->content,
				     (size_t)item->size, error);
	if (status == NARC_OK)
		status = check_redacted(packer, item, &is_redacted, error);
	progress_add(&packer->progress, 1, item->size);
	if (status != NARC_OK || is_redacted)
		return status;
	return admit_kept(packer, item, error);
}

enum narc_status packer_parse(struct front_matter *matter, struct pack_item *item,
			      const uint8_t *content, struct post_facts *facts,
			      struct narc_error *error)
{
	enum narc_status status = NARC_OK;

	if (item->entry.type == NARC_TYPE_SYMLINK)
		status = check_symlink(&item->entry, content, item->size, error);
	if (status != NARC_OK)
		return status;
	item->content = content;
	item->hash = content_hash(content, (size_t)item->size);
	parse_post(matter, &item->entry, content, (size_t)item->size, facts);
	pack_item_take_facts(item, facts);
	return matter->failed ? narc_fail_memory(error) : NARC_OK;
}

enum narc_status packer_add_content(struct narc_packer *packer, const struct narc_entry *entry,
				    size_t tree, uint64_t sequence,
				    const struct pack_content *content,
				    struct narc_error *error)
{
	struct post_facts facts;
	struct pack_item item = { .entry = *entry,
				  .tree = tree,
				  .sequence = sequence,
				  .size = content->size,
				  .is_large = content->is_large,
				  .large_offset = content->large_offset };
	bool is_unchanged = false;
	enum narc_status status =
		packer_parse(&packer->matter, &item, content->data, &facts, error);

	if (status == NARC_OK && packer->base && !packer->history.is_used)
		status = base_has_content(&packer->reader, entry, content->data, item.size,
					  item.hash, &is_unchanged, error);
	if (status != NARC_OK)
		return status;
	return is_unchanged ? packer_note_unchanged(packer, &item, error)
			    : packer_admit(packer, &item, error);
}

enum narc_status packer_note_unchanged(struct narc_packer *packer, const struct pack_item *item,
				       struct narc_error *error)
{
	enum narc_status status =
		month_counts_add(&packer->unchanged_months, item->local_time, error);

	packer->unchanged++;
	progress_add(&packer->progress, 1, 0);
	return status == NARC_OK ? path_set_add(&packer->paths, item->entry.path,
						packer->sequence++, item->hash, error)
				 : status;
}

enum narc_status packer_check_entry(const struct narc_packer *packer,
				    const struct narc_entry *entry, struct narc_entry *stored,
				    struct narc_error *error)
{
	char *normal;

	if (packer->committed)
		return narc_fail(error, NARC_MISUSE, "pack", NARC_NO_OFFSET,
				 "the archive is written already");
	normal = normal_path(entry->path);
	if (!normal)
		return narc_fail_memory(error);
	if (!post_path_is_storable(normal)) {
		enum narc_status status =
			narc_fail(error, NARC_MISUSE, "pack", NARC_NO_OFFSET,
				  "such a path cannot be stored: it is absolute, too long, or "
				  "leads out of its folder");

		narc_error_set_path(error, entry->path);
		free(normal);
		return status;
	}
	*stored = *entry;
	stored->path = normal;
	stored->permissions &= 07777;
	if (stored->mtime_nanoseconds > 999999999)
		stored->mtime_nanoseconds = 999999999;
	return NARC_OK;
}

enum narc_status narc_packer_base_has(narc_packer *packer, const char *path, bool *has,
				      struct narc_error *error)
{
	const struct narc_record *record = NULL;
	char *normal = packer->base ? normal_path(path) : NULL;
	enum narc_status status = NARC_OK;

	if (packer->base)
		status = normal ? base_find_path(&packer->reader, normal, &record, error)
				: narc_fail_memory(error);
	free(normal);
	*has = record != NULL;
	return status;
}

/* Content that is large from the start goes the way of streams. */
struct memory_reader {
	const uint8_t *next;
	size_t left;
};

static enum narc_status read_memory(void *context, void *buffer, size_t size, size_t *got,
				    struct narc_error *error)
{
	struct memory_reader *reader = context;

	(void)error;
	*got = size < reader->left ? size : reader->left;
	memcpy(buffer, reader->next, *got);
	reader->next += *got;
	reader->left -= *got;
	return NARC_OK;
}

enum narc_status narc_packer_add(narc_packer *packer, const struct narc_entry *entry,
				 const void *content, size_t size, struct narc_error *error)
{
	static const uint8_t nothing[1];
	struct pack_content given = { .data = size ? content : nothing, .size = size };
	struct narc_entry stored;
	enum narc_status status;

	if (size >= LARGE_CONTENT) {
		struct memory_reader reader = { content, size };

		return narc_packer_add_stream(packer, entry, read_memory, &reader, error);
	}
	status = intake_drain(packer->intake, error);
	if (status == NARC_OK)
		status = packer_check_entry(packer, entry, &stored, error);
	if (status != NARC_OK)
		return status;
	status = packer_add_content(packer, &stored, packer->tree_count - 1, packer->sequence++,
				    &given, error);
	free((char *)(uintptr_t)stored.path);
	return status;
}

/* Reads up to LARGE_CONTENT bytes into the packer's buffer. */
static enum narc_status read_start(struct narc_packer *packer, narc_read_fn read, void *context,
				   struct narc_error *error)
{
	size_t got = 1;
	enum narc_status status = NARC_OK;
	uint8_t *place;

	byte_buffer_clear(&packer->content);
	place = byte_buffer_reserve(&packer->content, LARGE_CONTENT);
	if (!place)
		return narc_fail_memory(error);
	while (got && packer->content.size < LARGE_CONTENT && status == NARC_OK) {
		got = 0;
		status = read(context, place + packer->content.size,
			      LARGE_CONTENT - packer->content.size, &got, error);
		packer->content.size += got;
	}
	return status;
}

/* Moves what was read, and the rest, to the large file; gives where it is. */
static enum narc_status spill_large(struct narc_packer *packer, narc_read_fn read, void *context,
				    struct pack_content *content, struct narc_error *error)
{
	enum narc_status status = spill_file_align(&packer->large, error);

	content->is_large = true;
	content->large_offset = packer->large.size;
	while (status == NARC_OK && packer->content.size) {
		status = spill_file_append(&packer->large, packer->content.data,
					   packer->content.size, error);
		if (status == NARC_OK)
			status = read_start(packer, read, context, error);
	}
	content->size = (size_t)(packer->large.size - content->large_offset);
	if (status == NARC_OK)
		status = spill_file_map(&packer->large, content->large_offset, content->size,
					&content->data, error);
	return status;
}

enum narc_status packer_add_stream(struct narc_packer *packer, const struct narc_entry *entry,
				   narc_read_fn read, void *context, struct narc_error *error)
{
	struct pack_content content = { 0 };
	struct narc_entry stored;
	enum narc_status status = packer_check_entry(packer, entry, &stored, error);

	if (status != NARC_OK)
		return status;
	status = read_start(packer, read, context, error);
	if (status == NARC_OK && packer->content.size == LARGE_CONTENT) {
		status = spill_large(packer, read, context, &content, error);
	} else {
		content.data = packer->content.data;
		content.size = packer->content.size;
	}
	if (status == NARC_OK)
		status = packer_add_content(packer, &stored, packer->tree_count - 1,
					    packer->sequence++, &content, error);
	if (content.is_large && content.data)
		spill_file_unmap(content.data, content.size);
	free((char *)(uintptr_t)stored.path);
	return status;
}

enum narc_status narc_packer_add_stream(narc_packer *packer, const struct narc_entry *entry,
					narc_read_fn read, void *context,
					struct narc_error *error)
{
	enum narc_status status = intake_drain(packer->intake, error);

	return status == NARC_OK ? packer_add_stream(packer, entry, read, context, error) : status;
}
