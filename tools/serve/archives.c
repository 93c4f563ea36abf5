/* SPDX-License-Identifier: BSD-2-Clause */
#include "archives.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "../command.h"
#include "../store.h"

/* While a file cannot be opened, it is tried again after so many seconds: the first time, and at
 * most. */
enum { FIRST_PAUSE = 1, LONGEST_PAUSE = 64 };

/* What tells a file that was changed. */
struct file_state {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec mtime;
};

/* An archive, of one set or several. */
struct opened {
	atomic_uint holders;
	narc_archive *archive;
	struct file_state state; /* of the file; under the lock look */
};

/* A file that changed, and cannot be opened. */
struct pause {
	time_t end;
	unsigned seconds; /* 0: it can be */
};

struct archives {
	const char *const *names;
	size_t count;
	struct narc_limits limits;

	pthread_mutex_t look; /* held by who looks at the files; before lock */
	struct pause *pauses;

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
	/* A set changes with its manifest. */
	char *manifest = names_set(name) ? manifest_path(name) : NULL;
	bool is_there = stat(manifest ? manifest : name, &about) == 0;

	free(manifest);
	if (is_there)
		state = (struct file_state){ about.st_dev, about.st_ino, about.st_size,
					     about.st_mtim };
	return state;
}

static bool is_same_state(const struct file_state *a, const struct file_state *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->mtime.tv_sec == b->mtime.tv_sec && a->mtime.tv_nsec == b->mtime.tv_nsec;
}

/* Opens an archive; the file may change meanwhile, so its state was taken before. NULL, with a
 * message, if that fails. */
static struct opened *open_file(const struct archives *owner, const char *name,
				struct file_state state, enum exit_status *status)
{
	struct opened *opened = malloc(sizeof(*opened));

	if (!opened) {
		report("out of memory");
		*status = EXIT_SYSTEM;
		return NULL;
	}
	atomic_init(&opened->holders, 1);
	opened->state = state;
	opened->archive = open_archive_within(name, &owner->limits, status);
	if (opened->archive)
		return opened;
	free(opened);
	return NULL;
}

static struct opened *hold_opened(struct opened *opened)
{
	atomic_fetch_add(&opened->holders, 1);
	return opened;
}

static void release_opened(struct opened *opened)
{
	if (!opened || atomic_fetch_sub(&opened->holders, 1) != 1)
		return;
	narc_archive_close(opened->archive);
	free(opened);
}

/* Whether a file that was opened anew has the same as before: a writer may have begun to append, and
 * be still at it. */
static bool is_same_archive(const struct opened *a, const struct opened *b)
{
	bool is_generation;

	return a->state.device == b->state.device && a->state.inode == b->state.inode &&
	       (uint64_t)a->state.size - narc_archive_ignored(a->archive, &is_generation) ==
		       (uint64_t)b->state.size - narc_archive_ignored(b->archive, &is_generation);
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
	for (size_t i = 0; set->opened && i < set->count; i++)
		release_opened(set->opened[i]);
	free(set->opened);
	free(set->archives);
	free(set);
}

void archive_set_release(struct archive_set *set)
{
	if (set && atomic_fetch_sub(&set->holders, 1) == 1)
		free_set(set);
}

/* Makes a set without archives; NULL if there is no memory. */
static struct archive_set *new_set(struct archives *owner)
{
	struct archive_set *set = calloc(1, sizeof(*set));

	if (!set) {
		report("out of memory");
		return NULL;
	}
	atomic_init(&set->holders, 1);
	set->owner = owner;
	set->names = owner->names;
	set->count = owner->count;
	set->archives = calloc(owner->count, sizeof(narc_archive *));
	set->opened = calloc(owner->count, sizeof(struct opened *));
	if (set->archives && set->opened)
		return set;
	report("out of memory");
	free_set(set);
	return NULL;
}

static void put_archive(struct archive_set *set, size_t place, struct opened *opened)
{
	set->opened[place] = opened;
	set->archives[place] = opened->archive;
}

/* Opens all archives. */
static struct archive_set *open_set(struct archives *owner, enum exit_status *status)
{
	struct archive_set *set = new_set(owner);

	*status = set ? EXIT_DONE : EXIT_SYSTEM;
	for (size_t i = 0; set && i < owner->count; i++) {
		const char *name = owner->names[i];
		struct opened *opened = open_file(owner, name, state_of(name), status);

		if (!opened) {
			free_set(set);
			return NULL;
		}
		put_archive(set, i, opened);
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
	free(archives->pauses);
	free(archives);
}

struct archives *archives_open(const char *const *names, size_t count,
			       const struct narc_limits *limits, enum exit_status *status)
{
	struct archives *archives = calloc(1, sizeof(*archives));

	*status = EXIT_SYSTEM;
	if (archives)
		archives->pauses = calloc(count, sizeof(*archives->pauses));
	if (!archives || !archives->pauses) {
		report("out of memory");
		free(archives);
		return NULL;
	}
	archives->names = names;
	archives->count = count;
	archives->limits = *limits;
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
		*status = EXIT_SYSTEM;
		return NULL;
	}
	return archives;
}

/* Looks at a file, and opens it anew if it has changed. NULL if it has the same as before; or if it
 * cannot be opened any more: then it goes on as it was, and is tried again later. */
static struct opened *look_at_file(struct archives *archives, size_t place)
{
	struct opened *old = archives->set->opened[place], *opened;
	struct pause *pause = &archives->pauses[place];
	const char *name = archives->names[place];
	struct file_state state = state_of(name);
	enum exit_status status;

	if (is_same_state(&state, &old->state)) {
		pause->seconds = 0;
		return NULL;
	}
	if (pause->seconds && time(NULL) < pause->end)
		return NULL;
	opened = open_file(archives, name, state, &status);
	if (!opened) {
		pause->seconds = pause->seconds ? 2 * pause->seconds : FIRST_PAUSE;
		if (pause->seconds > LONGEST_PAUSE)
			pause->seconds = LONGEST_PAUSE;
		pause->end = time(NULL) + pause->seconds;
		return NULL;
	}
	pause->seconds = 0;
	if (!is_same_archive(old, opened))
		return opened;
	release_opened(opened);
	old->state = state;
	return NULL;
}

/* Has a set with what was opened anew, where it was, take the place of the one that is there. */
static void replace_set(struct archives *archives, struct opened **opened)
{
	struct archive_set *old = archives->set, *set = new_set(archives);

	for (size_t i = 0; set && i < archives->count; i++) {
		put_archive(set, i, opened[i] ? opened[i] : hold_opened(old->opened[i]));
		opened[i] = NULL;
	}
	if (!set)
		return;
	pthread_mutex_lock(&archives->lock);
	archives->set = set;
	/* A later set may come to lie where one lay that is gone. */
	archives->counted = archives->cataloged = NULL;
	atomic_store(&archives->stop, true);
	pthread_cond_broadcast(&archives->changed);
	pthread_mutex_unlock(&archives->lock);
	archive_set_release(old);
}

/* Opens anew what has changed. Nobody else replaces the set meanwhile. */
static void look_at_files(struct archives *archives)
{
	struct opened **opened = calloc(archives->count, sizeof(*opened));
	bool has_changed = false;

	for (size_t i = 0; opened && i < archives->count; i++) {
		opened[i] = look_at_file(archives, i);
		has_changed |= opened[i] != NULL;
	}
	if (has_changed)
		replace_set(archives, opened);
	for (size_t i = 0; opened && i < archives->count; i++)
		release_opened(opened[i]); /* for want of memory, they wait for the next look */
	free(opened);
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
