/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/volume_source.h"

#include <stdlib.h>
#include <xxhash.h>

#include "support/checked_math.h"
#include "support/status.h"

/* Below what a process may have open, and what many connections take. */
enum { OPEN_LIMIT = 64 };

/* Of a file that is read from its beginning to its end. */
enum { PIECE_SIZE = 1 << 20 };

/* A volume that is open. */
struct open_volume {
	struct narc_source source;
	const struct volume *volume; /* NULL: none is */
	unsigned users;
	uint64_t used; /* when */
};

struct volume_source {
	const struct volume_list *list;
	pthread_mutex_t lock;
	pthread_cond_t released;
	uint64_t clock;
	struct open_volume open[OPEN_LIMIT];
};

/* A file that was put in its place would be told apart by its hashes, but only where it is read. */
static enum narc_status check_size(const struct volume *volume, struct narc_source source,
				   struct narc_error *error)
{
	uint64_t size = 0;
	enum narc_status status = source.ops->size(source.context, &size, error);

	if (status == NARC_OK && size != volume->place.size)
		status = narc_fail(error, NARC_CORRUPT, "volume", NARC_NO_OFFSET,
				   "has %llu bytes instead of %llu: it is not the file that the set "
				   "had",
				   (unsigned long long)size,
				   (unsigned long long)volume->place.size);
	return status;
}

enum narc_status volume_open(const struct volume_list *list, const struct volume *volume,
			     struct narc_source *out, struct narc_error *error)
{
	struct narc_store store = list->store;
	struct narc_source source;
	enum narc_status status = store.ops->open(store.context, volume->said->name, &source,
						  error);

	if (status == NARC_NOT_FOUND)
		status = narc_fail(error, NARC_CORRUPT, "volume", NARC_NO_OFFSET,
				   "is missing in the set");
	if (status == NARC_OK) {
		status = check_size(volume, source, error);
		if (status != NARC_OK)
			source.ops->close(source.context);
	}
	if (status == NARC_OK)
		*out = source;
	else
		narc_error_set_path(error, volume->said->name);
	return status;
}

enum narc_status volume_hash(struct narc_source source, uint64_t size, struct progress *progress,
			     uint64_t *hash, struct narc_error *error)
{
	XXH3_state_t *state = XXH3_createState();
	uint8_t *piece = malloc(PIECE_SIZE);
	enum narc_status status = state && piece ? NARC_OK : narc_fail_memory(error);

	if (status == NARC_OK)
		XXH3_64bits_reset(state);
	for (uint64_t at = 0; at < size && status == NARC_OK; at += PIECE_SIZE) {
		size_t length = size - at < PIECE_SIZE ? (size_t)(size - at) : PIECE_SIZE;

		status = source.ops->read_at(source.context, at, piece, length, error);
		if (status == NARC_OK)
			XXH3_64bits_update(state, piece, length);
		progress_add(progress, 0, length);
	}
	if (status == NARC_OK)
		*hash = XXH3_64bits_digest(state);
	XXH3_freeState(state);
	free(piece);
	return status;
}

/* The place that has the volume; or one that is to have it: free, or not used for longest. NULL if
 * all are in use. */
static struct open_volume *find_place(struct volume_source *set, const struct volume *volume)
{
	struct open_volume *oldest = NULL;

	for (unsigned i = 0; i < OPEN_LIMIT; i++) {
		struct open_volume *place = &set->open[i];

		if (place->volume == volume)
			return place;
		if (place->users == 0 && (!oldest || place->used < oldest->used))
			oldest = place;
	}
	return oldest;
}

static enum narc_status take_volume(struct volume_source *set, const struct volume *volume,
				    struct open_volume **out, struct narc_error *error)
{
	struct open_volume *place;
	enum narc_status status = NARC_OK;

	pthread_mutex_lock(&set->lock);
	while (!(place = find_place(set, volume)))
		pthread_cond_wait(&set->released, &set->lock);
	if (place->volume != volume) {
		if (place->volume)
			place->source.ops->close(place->source.context);
		*place = (struct open_volume){ .volume = NULL };
		status = volume_open(set->list, volume, &place->source, error);
	}
	if (status == NARC_OK) {
		place->volume = volume;
		place->users++;
		place->used = ++set->clock;
		*out = place;
	}
	pthread_mutex_unlock(&set->lock);
	return status;
}

static void release_volume(struct volume_source *set, struct open_volume *place)
{
	pthread_mutex_lock(&set->lock);
	place->users--;
	pthread_cond_signal(&set->released);
	pthread_mutex_unlock(&set->lock);
}

static enum narc_status volume_source_read_at(void *context, uint64_t offset, void *buffer,
					      size_t length, struct narc_error *error)
{
	struct volume_source *set = context;
	const struct volume *volume = set->list->count ? volume_at(set->list, offset) : NULL;
	struct open_volume *place;
	enum narc_status status;

	if (!volume || !range_inside(offset, length, volume->place.offset,
				     extent_end(volume->place)))
		return narc_fail(error, NARC_CORRUPT, "read", offset,
				 "leads out of the volume that it is in");
	status = take_volume(set, volume, &place, error);
	if (status != NARC_OK)
		return status;
	status = place->source.ops->read_at(place->source.context, offset - volume->place.offset,
					    buffer, length, error);
	release_volume(set, place);
	if (status != NARC_OK && error && error->offset != NARC_NO_OFFSET)
		error->offset += volume->place.offset;
	return status;
}

/* A volume that cannot be opened says so when it is read. */
static void volume_source_expect(void *context, uint64_t offset, uint64_t length)
{
	struct volume_source *set = context;
	const struct volume *volume = volume_at(set->list, offset);
	struct open_volume *place;

	if (!range_inside(offset, length, volume->place.offset, extent_end(volume->place)) ||
	    take_volume(set, volume, &place, NULL) != NARC_OK)
		return;
	if (place->source.ops->expect)
		place->source.ops->expect(place->source.context, offset - volume->place.offset,
					  length);
	release_volume(set, place);
}

static enum narc_status volume_source_size(void *context, uint64_t *size, struct narc_error *error)
{
	const struct volume_source *set = context;
	const struct volume_list *list = set->list;

	(void)error;
	*size = list->count ? extent_end(list->volumes[list->count - 1].place) : 0;
	return NARC_OK;
}

static void volume_source_close(void *context)
{
	struct volume_source *set = context;

	for (unsigned i = 0; i < OPEN_LIMIT; i++)
		if (set->open[i].volume)
			set->open[i].source.ops->close(set->open[i].source.context);
	pthread_cond_destroy(&set->released);
	pthread_mutex_destroy(&set->lock);
	free(set);
}

static const struct narc_source_ops volume_source_ops = {
	.read_at = volume_source_read_at,
	.size = volume_source_size,
	.expect = volume_source_expect,
	.close = volume_source_close,
};

enum narc_status volume_source_new(const struct volume_list *list, struct narc_source *source,
				   struct narc_error *error)
{
	struct volume_source *set = calloc(1, sizeof(*set));

	if (!set)
		return narc_fail_memory(error);
	set->list = list;
	pthread_mutex_init(&set->lock, NULL);
	pthread_cond_init(&set->released, NULL);
	*source = (struct narc_source){ &volume_source_ops, set };
	return NARC_OK;
}
