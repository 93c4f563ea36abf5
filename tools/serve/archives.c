/* SPDX-License-Identifier: BSD-2-Clause */
#include "archives.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "../command.h"

/* What tells a file that was changed. */
struct file_state {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec mtime;
};

struct archives {
	const char *const *names;
	size_t count;
	struct narc_limits limits;

	pthread_mutex_t look; /* held by who looks at the files; before lock */
	struct file_state *states;

	pthread_mutex_t lock; /* of all below, and of the idle lists of sets */
	pthread_cond_t changed;
	struct archive_set *set;
	time_t last_look;
	struct catalog *catalog;
	const struct archive_set *cataloged; /* what catalog is of; set, or an older one */
	const struct archive_set *counted;   /* set, when that was tried */
	bool is_ending;
	atomic_bool stop; /* counting: there are others, or it is the end */
	pthread_t counter;
};

/* ---- files ------------------------------------------------------------------------------ */

static struct file_state state_of(const char *name)
{
	struct file_state state = { .size = -1 };
	struct stat about;

	if (stat(name, &about) == 0)
		state = (struct file_state){ about.st_dev, about.st_ino, about.st_size,
					     about.st_mtim };
	return state;
}

static bool is_same_state(const struct file_state *a, const struct file_state *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->mtime.tv_sec == b->mtime.tv_sec && a->mtime.tv_nsec == b->mtime.tv_nsec;
}

/* ---- sets ------------------------------------------------------------------------------- */

static void free_lookup(struct lookup *lookup)
{
	for (size_t i = 0; i < lookup->set->count; i++) {
		narc_cursor_close(lookup->current[i]);
		narc_cursor_close(lookup->versions[i]);
	}
	free(lookup->current);
	free(lookup->versions);
	free(lookup);
}

static void free_set(struct archive_set *set)
{
	while (set->idle) {
		struct lookup *lookup = set->idle;

		set->idle = lookup->next;
		free_lookup(lookup);
	}
	for (size_t i = 0; i < set->count; i++)
		narc_archive_close(set->archives[i]);
	free(set->archives);
	free(set);
}

void archive_set_release(struct archive_set *set)
{
	if (set && atomic_fetch_sub(&set->holders, 1) == 1)
		free_set(set);
}

/* Opens all archives; the files may change meanwhile, so their states were taken before. */
static struct archive_set *open_set(struct archives *owner, enum exit_status *status)
{
	struct archive_set *set = calloc(1, sizeof(*set));

	if (set)
		set->archives = calloc(owner->count, sizeof(narc_archive *));
	if (!set || !set->archives) {
		report("out of memory");
		free(set);
		*status = EXIT_SYSTEM;
		return NULL;
	}
	atomic_init(&set->holders, 1);
	set->owner = owner;
	set->names = owner->names;
	for (; set->count < owner->count; set->count++) {
		const char *name = owner->names[set->count];

		set->archives[set->count] = open_archive_within(name, &owner->limits, status);
		if (!set->archives[set->count]) {
			free_set(set);
			return NULL;
		}
	}
	return set;
}

/* ---- counting --------------------------------------------------------------------------- */

/* Counts the posts of a set, and passes on what came of it. */
static void count_set(struct archives *archives, struct archive_set *set, bool with_tags)
{
	struct catalog *catalog = NULL;
	struct narc_error error;
	enum narc_status status = catalog_make(set->archives, set->count, with_tags,
					       &archives->stop, &catalog, &error);

	if (status != NARC_OK && status != NARC_CANCELLED)
		report_error("counting posts", &error);
	pthread_mutex_lock(&archives->lock);
	if (status == NARC_OK && set == archives->set) {
		catalog_release(archives->catalog);
		archives->catalog = catalog_hold(catalog);
		archives->cataloged = set;
	}
	if (set == archives->set)
		archives->counted = set;
	pthread_cond_broadcast(&archives->changed);
	pthread_mutex_unlock(&archives->lock);
	catalog_release(catalog);
}

static void *count_always(void *context)
{
	struct archives *archives = context;

	/* Of this thread alone, in Linux; who asks for a post is to have it first. */
	setpriority(PRIO_PROCESS, 0, 10);
	pthread_mutex_lock(&archives->lock);
	while (!archives->is_ending) {
		struct archive_set *set = archives->set;

		if (set == archives->counted) {
			pthread_cond_wait(&archives->changed, &archives->lock);
			continue;
		}
		atomic_fetch_add(&set->holders, 1);
		atomic_store(&archives->stop, false);
		pthread_mutex_unlock(&archives->lock);
		count_set(archives, set, false);
		count_set(archives, set, true);
		archive_set_release(set);
		pthread_mutex_lock(&archives->lock);
	}
	pthread_mutex_unlock(&archives->lock);
	return NULL;
}

void archives_wait(struct archives *archives, unsigned milliseconds)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_nsec += (long)milliseconds * 1000000;
	end.tv_sec += end.tv_nsec / 1000000000;
	end.tv_nsec %= 1000000000;
	pthread_mutex_lock(&archives->lock);
	while (archives->set != archives->counted &&
	       pthread_cond_timedwait(&archives->changed, &archives->lock, &end) == 0)
		;
	pthread_mutex_unlock(&archives->lock);
}

struct catalog *archives_catalog(struct archives *archives, bool *is_current)
{
	struct catalog *catalog;

	pthread_mutex_lock(&archives->lock);
	catalog = catalog_hold(archives->catalog);
	*is_current = catalog && archives->cataloged == archives->set;
	pthread_mutex_unlock(&archives->lock);
	return catalog;
}

/* ---- opening, and opening anew ---------------------------------------------------------- */

static void free_archives(struct archives *archives)
{
	free(archives->states);
	free(archives);
}

struct archives *archives_open(const char *const *names, size_t count,
			       const struct narc_limits *limits, enum exit_status *status)
{
	struct archives *archives = calloc(1, sizeof(*archives));

	*status = EXIT_SYSTEM;
	if (archives)
		archives->states = calloc(count, sizeof(*archives->states));
	if (!archives || !archives->states) {
		report("out of memory");
		free(archives);
		return NULL;
	}
	archives->names = names;
	archives->count = count;
	archives->limits = *limits;
	for (size_t i = 0; i < count; i++)
		archives->states[i] = state_of(names[i]);
	archives->set = open_set(archives, status);
	if (!archives->set) {
		free_archives(archives);
		return NULL;
	}
	pthread_mutex_init(&archives->look, NULL);
	pthread_mutex_init(&archives->lock, NULL);
	pthread_cond_init(&archives->changed, NULL);
	archives->last_look = time(NULL);
	if (pthread_create(&archives->counter, NULL, count_always, archives) != 0) {
		report("cannot start a thread");
		archive_set_release(archives->set);
		free_archives(archives);
		return NULL;
	}
	*status = EXIT_DONE;
	return archives;
}

/* Whether two sets have the same, as after a writer began to append, and is still at it. */
static bool is_same_set(const struct archive_set *a, const struct archive_set *b)
{
	for (size_t i = 0; i < a->count; i++) {
		struct narc_info infos[2];

		memset(infos, 0, sizeof(infos));
		if (narc_archive_info(a->archives[i], &infos[0], NULL) != NARC_OK ||
		    narc_archive_info(b->archives[i], &infos[1], NULL) != NARC_OK)
			return false;
		infos[0].trailing_size = infos[1].trailing_size = 0;
		if (memcmp(&infos[0], &infos[1], sizeof(infos[0])) != 0)
			return false;
	}
	return true;
}

/* Opens all anew, and has what is opened take the place of what is there. What cannot be opened any
 * more goes on as it was. */
static void open_anew(struct archives *archives, bool are_same_files)
{
	enum exit_status status;
	struct archive_set *set = open_set(archives, &status);
	struct archive_set *old;

	if (!set)
		return;
	/* Nobody else puts another one in its place while this one looks. */
	if (are_same_files && is_same_set(archives->set, set)) {
		archive_set_release(set);
		return;
	}
	pthread_mutex_lock(&archives->lock);
	old = archives->set;
	archives->set = set;
	/* A later set may come to lie where one lay that is gone. */
	archives->counted = archives->cataloged = NULL;
	atomic_store(&archives->stop, true);
	pthread_cond_broadcast(&archives->changed);
	pthread_mutex_unlock(&archives->lock);
	archive_set_release(old);
}

/* Opens all anew if one of them has changed. */
static void look_at_files(struct archives *archives)
{
	bool are_same_files = true, has_changed = false;

	for (size_t i = 0; i < archives->count; i++) {
		struct file_state old = archives->states[i];
		struct file_state state = state_of(archives->names[i]);

		are_same_files &= old.device == state.device && old.inode == state.inode;
		has_changed |= !is_same_state(&state, &old);
		archives->states[i] = state;
	}
	if (has_changed)
		open_anew(archives, are_same_files);
}

/* Whether it is time to look at the files again; said to one who asks. */
static bool take_look(struct archives *archives)
{
	time_t now = time(NULL);
	bool taken;

	pthread_mutex_lock(&archives->lock);
	taken = now != archives->last_look;
	archives->last_look = now;
	pthread_mutex_unlock(&archives->lock);
	return taken;
}

struct archive_set *archives_hold(struct archives *archives)
{
	struct archive_set *set;

	if (take_look(archives) && pthread_mutex_trylock(&archives->look) == 0) {
		look_at_files(archives);
		pthread_mutex_unlock(&archives->look);
	}
	pthread_mutex_lock(&archives->lock);
	set = archives->set;
	atomic_fetch_add(&set->holders, 1);
	pthread_mutex_unlock(&archives->lock);
	return set;
}

void archives_close(struct archives *archives)
{
	if (!archives)
		return;
	pthread_mutex_lock(&archives->lock);
	archives->is_ending = true;
	atomic_store(&archives->stop, true);
	pthread_cond_broadcast(&archives->changed);
	pthread_mutex_unlock(&archives->lock);
	pthread_join(archives->counter, NULL);
	archive_set_release(archives->set);
	catalog_release(archives->catalog);
	pthread_mutex_destroy(&archives->look);
	pthread_mutex_destroy(&archives->lock);
	pthread_cond_destroy(&archives->changed);
	free_archives(archives);
}

/* ---- looking up ------------------------------------------------------------------------- */

struct lookup *lookup_take(struct archive_set *set)
{
	struct lookup *lookup;

	pthread_mutex_lock(&set->owner->lock);
	lookup = set->idle;
	if (lookup)
		set->idle = lookup->next;
	pthread_mutex_unlock(&set->owner->lock);
	if (lookup)
		return lookup;
	lookup = calloc(1, sizeof(*lookup));
	if (!lookup)
		return NULL;
	lookup->set = set;
	lookup->current = calloc(set->count, sizeof(narc_cursor *));
	lookup->versions = calloc(set->count, sizeof(narc_cursor *));
	if (lookup->current && lookup->versions)
		return lookup;
	free_lookup(lookup);
	return NULL;
}

void lookup_give(struct lookup *lookup)
{
	struct archive_set *set;

	if (!lookup)
		return;
	set = lookup->set;
	pthread_mutex_lock(&set->owner->lock);
	lookup->next = set->idle;
	set->idle = lookup;
	pthread_mutex_unlock(&set->owner->lock);
}

/* Has a cursor over one archive be that of lookup. */
static enum narc_status use_cursor(struct lookup *lookup, size_t archive, bool all_versions,
				   struct narc_error *error)
{
	narc_cursor **cursor = (all_versions ? lookup->versions : lookup->current) + archive;
	struct narc_filter filter;
	enum narc_status status = NARC_OK;

	if (!*cursor) {
		narc_filter_init(&filter);
		filter.all_versions = all_versions;
		filter.with_redacted = true;
		status = narc_cursor_open(lookup->set->archives[archive], &filter, cursor, error);
	}
	lookup->archive = archive;
	lookup->cursor = *cursor;
	return status;
}

enum narc_status lookup_find_row(struct lookup *lookup, size_t archive, uint64_t row,
				 struct narc_error *error)
{
	enum narc_status status = use_cursor(lookup, archive, true, error);

	if (status == NARC_OK)
		status = narc_cursor_find_row(lookup->cursor, row, error);
	return status == NARC_OK ? narc_cursor_next(lookup->cursor, &lookup->record, error)
				 : status;
}

static enum narc_status find_current(struct lookup *lookup, size_t archive, const char *key,
				     struct narc_error *error)
{
	enum narc_status status = use_cursor(lookup, archive, false, error);

	if (status == NARC_OK)
		status = narc_cursor_find(lookup->cursor, key, error);
	return status == NARC_OK ? go_to_newest(lookup->cursor, &lookup->record, error) : status;
}

/* Of several states with a version, as of a file that was moved, the last. */
static enum narc_status find_version(struct lookup *lookup, size_t archive, const char *key,
				     uint32_t version, struct narc_error *error)
{
	uint64_t row = UINT64_MAX;
	enum narc_status status = use_cursor(lookup, archive, true, error);

	if (status == NARC_OK)
		status = post_history_find(lookup->cursor, key, error);
	while (status == NARC_OK) {
		status = narc_cursor_next(lookup->cursor, &lookup->record, error);
		if (status == NARC_OK && lookup->record->version == version)
			row = lookup->record->row;
	}
	if (status != NARC_END)
		return status;
	return row == UINT64_MAX ? NARC_NOT_FOUND : lookup_find_row(lookup, archive, row, error);
}

enum narc_status lookup_find(struct lookup *lookup, const char *key, uint32_t version,
			     struct narc_error *error)
{
	enum narc_status status = NARC_NOT_FOUND;

	for (size_t i = 0; i < lookup->set->count; i++) {
		status = version ? find_version(lookup, i, key, version, error)
				 : find_current(lookup, i, key, error);
		if (status != NARC_NOT_FOUND)
			break;
	}
	return status;
}
