/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A source over a file that is elsewhere. What is read comes in pieces, which stay in memory as long
 * as there is room; what is likely to be read next is fetched by threads of the source's own.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "remote/fork_list.h"
#include "remote/piece_store.h"
#include "remote/scan_guess.h"
#include "support/checked_math.h"
#include "support/status.h"

/* The end of the file has what it is opened by, and the top of its index. */
enum { TAIL_PIECES = 8 };

/* Pieces of one request, at most: where all of them will be read, and where that is only likely. */
enum { FETCH_LIMIT = 256, EXPECT_LIMIT = 64 };

enum { CACHE_SIZE = 64 << 20, CACHE_LEAST = 4 << 20, REQUESTS = 8, REQUESTS_LIMIT = 64 };
enum { TIMEOUT = 30, ATTEMPTS = 6 };

/* Pieces, one behind the other, that are fetched by one request. Each can be read as soon as it is
 * complete. */
struct fetch {
	struct remote_source *source;
	struct fetch *next;
	uint64_t first;
	size_t count;
	size_t size;     /* bytes of all of them */
	size_t got;      /* of these, by this attempt */
	size_t complete; /* pieces; from now on the cache may give them up */
	struct piece *pieces[FETCH_LIMIT];
};

struct remote_source {
	struct http_client *client;
	struct http_state state;
	char *kept; /* where pieces are kept; NULL: nowhere */
	pthread_mutex_t lock;    /* for all below */
	pthread_cond_t arrived;  /* pieces came, or did not */
	pthread_cond_t wanted;   /* there is something to be fetched, or no more will be */
	struct piece_cache cache;
	struct scan_guess guess;
	uint64_t told_start, told_end; /* what was last said that it will be read, if that is all of it */
	struct fetch *queue, **queue_end; /* to be fetched by the threads */
	pthread_t threads[REQUESTS_LIMIT];
	unsigned thread_count, thread_limit;
	unsigned idle; /* threads that wait */
	unsigned queued; /* fetches in the queue */
	unsigned busy; /* fetches under way */
	bool has_new;  /* lasting pieces came that are not kept yet */
	bool is_forking; /* no fetch is begun by the threads */
	bool is_closing;
	struct fork_member member;
};

/* ---- fetching ------------------------------------------------------------------------------- */

static void begin_fetch(void *context)
{
	struct fetch *fetch = context;

	fetch->got = 0;
}

/* Pieces are here, up to one. */
static void complete_pieces(struct fetch *fetch, size_t end)
{
	struct remote_source *source = fetch->source;

	pthread_mutex_lock(&source->lock);
	while (fetch->complete < end) {
		struct piece *piece = fetch->pieces[fetch->complete++];

		source->has_new |= piece->is_lasting;
		piece_cache_end(&source->cache, piece, true);
	}
	pthread_cond_broadcast(&source->arrived);
	pthread_mutex_unlock(&source->lock);
}

/* An http_bytes_fn. */
static void take_bytes(void *context, const uint8_t *bytes, size_t size)
{
	struct fetch *fetch = context;
	size_t complete = fetch->complete;

	while (size) {
		size_t place = fetch->got / PIECE_SIZE, inside = fetch->got % PIECE_SIZE;
		size_t part = PIECE_SIZE - inside < size ? PIECE_SIZE - inside : size;

		/* What an attempt before has completed is there. */
		if (place == complete)
			memcpy(fetch->pieces[place]->bytes + inside, bytes, part);
		fetch->got += part;
		if (place == complete &&
		    (inside + part == PIECE_SIZE || fetch->got == fetch->size))
			complete++;
		bytes += part;
		size -= part;
	}
	if (complete > fetch->complete)
		complete_pieces(fetch, complete);
}

/* Begins the pieces from first on, up to count, until one is known already. NULL if there is no
 * memory for even one. */
static struct fetch *new_fetch(struct remote_source *source, uint64_t first, uint64_t count,
			       bool is_lasting)
{
	struct fetch *fetch = malloc(sizeof(*fetch));

	if (!fetch)
		return NULL;
	fetch->source = source;
	fetch->next = NULL;
	fetch->first = first;
	fetch->count = fetch->got = fetch->complete = 0;
	while (fetch->count < count && fetch->count < FETCH_LIMIT &&
	       !piece_cache_find(&source->cache, first + fetch->count)) {
		struct piece *piece = piece_cache_begin(&source->cache, first + fetch->count);

		if (!piece)
			break;
		piece->is_lasting = is_lasting;
		fetch->pieces[fetch->count++] = piece;
	}
	if (fetch->count)
		return fetch;
	free(fetch);
	return NULL;
}

/* What did not come will not. */
static void end_fetch(struct remote_source *source, struct fetch *fetch)
{
	for (size_t i = fetch->complete; i < fetch->count; i++)
		piece_cache_end(&source->cache, fetch->pieces[i], false);
	free(fetch);
	pthread_cond_broadcast(&source->arrived);
}

/* Fetches without the lock, which is held before and after. */
static enum narc_status perform_fetch(struct remote_source *source, struct fetch *fetch,
				      struct narc_error *error)
{
	uint64_t offset = fetch->first * PIECE_SIZE;
	uint64_t left = source->state.total - offset;
	enum narc_status status;

	fetch->size = fetch->count * PIECE_SIZE;
	if (fetch->size > left)
		fetch->size = (size_t)left;
	source->busy++;
	pthread_mutex_unlock(&source->lock);
	status = http_client_get(source->client, offset, fetch->size, take_bytes, begin_fetch,
				 fetch, error);
	pthread_mutex_lock(&source->lock);
	source->busy--;
	end_fetch(source, fetch);
	return status;
}

/* ---- ahead of what is wanted ---------------------------------------------------------------- */

static void *work(void *context)
{
	struct remote_source *source = context;

	pthread_mutex_lock(&source->lock);
	while (!source->is_closing) {
		struct fetch *fetch = source->queue;

		if (!fetch || source->is_forking) {
			source->idle++;
			pthread_cond_wait(&source->wanted, &source->lock);
			source->idle--;
			continue;
		}
		source->queue = fetch->next;
		source->queued--;
		/* Who wants it will ask for it, and be told why it does not come. */
		perform_fetch(source, fetch, NULL);
	}
	pthread_mutex_unlock(&source->lock);
	return NULL;
}

static void enqueue(struct remote_source *source, struct fetch *fetch)
{
	if (!source->queue)
		source->queue_end = &source->queue;
	*source->queue_end = fetch;
	source->queue_end = &fetch->next;
	source->queued++;
	/* Those that were woken for another one count as idle until they run. */
	if (source->queued > source->idle && source->thread_count < source->thread_limit &&
	    pthread_create(&source->threads[source->thread_count], NULL, work, source) == 0)
		source->thread_count++;
	pthread_cond_signal(&source->wanted);
}

static void drop_queue(struct remote_source *source)
{
	while (source->queue) {
		struct fetch *fetch = source->queue;

		source->queue = fetch->next;
		source->queued--;
		end_fetch(source, fetch);
	}
}

/* Has size bytes fetched that start somewhere, as far as the file goes. */
static void begin_range(struct remote_source *source, uint64_t start, uint64_t size,
			bool is_lasting)
{
	uint64_t total = source->state.total, number = start / PIECE_SIZE, end;

	if (start >= total)
		return;
	end = start + (size < total - start ? size : total - start) + PIECE_SIZE - 1;
	for (end /= PIECE_SIZE; number < end;) {
		/* Requests of one size, instead of a last one for a rest. */
		uint64_t requests = (end - number + FETCH_LIMIT - 1) / FETCH_LIMIT;
		uint64_t count = (end - number + requests - 1) / requests;
		struct fetch *fetch = new_fetch(source, number, count, is_lasting);

		number += fetch ? fetch->count : 1;
		if (fetch)
			enqueue(source, fetch);
	}
	/* Without threads, nobody does. */
	if (source->thread_count == 0)
		drop_queue(source);
}

/* Where it is known what will be read, there is nothing to be guessed. */
static void fetch_ahead(struct remote_source *source, uint64_t offset, uint64_t length)
{
	uint64_t most = (uint64_t)source->cache.limit * PIECE_SIZE / 4;
	uint64_t start = 0, size = scan_guess_next(&source->guess, offset, length, most, &start);

	if (size && !range_inside(offset, length, source->told_start, source->told_end))
		begin_range(source, start, size, false);
}

/* ---- the source ----------------------------------------------------------------------------- */

/* Waits until the piece is here, and fetches it, with those behind it up to last, if nobody does.
 * It stays until it is released. */
static enum narc_status await_piece(struct remote_source *source, uint64_t number, uint64_t last,
				    struct piece **piece, struct narc_error *error)
{
	struct fetch *fetch;
	enum narc_status status;

	while (!(*piece = piece_cache_find(&source->cache, number)) || !(*piece)->is_here) {
		if (*piece) {
			pthread_cond_wait(&source->arrived, &source->lock);
			continue;
		}
		fetch = new_fetch(source, number, last - number + 1, true);
		if (!fetch)
			return narc_fail_memory(error);
		status = perform_fetch(source, fetch, error);
		if (status != NARC_OK)
			return status;
	}
	piece_cache_hold(&source->cache, *piece);
	return NARC_OK;
}

/* Pieces that are copied from without the lock, at most: as others wait for that. */
enum { HELD_LIMIT = 16 };

static void copy_pieces(struct piece *const *pieces, size_t count, uint64_t offset, size_t length,
			uint8_t *out)
{
	for (size_t i = 0; i < count; i++) {
		size_t inside = (size_t)(offset % PIECE_SIZE);
		size_t part = PIECE_SIZE - inside < length ? PIECE_SIZE - inside : length;

		memcpy(out, pieces[i]->bytes + inside, part);
		out += part;
		offset += part;
		length -= part;
	}
}

/* Reads what is in a few pieces; the lock is held before and after. */
static enum narc_status read_pieces(struct remote_source *source, uint64_t offset, size_t length,
				    uint8_t *out, struct narc_error *error)
{
	uint64_t first = offset / PIECE_SIZE, last = (offset + length - 1) / PIECE_SIZE;
	struct piece *pieces[HELD_LIMIT];
	enum narc_status status = NARC_OK;
	size_t count = 0;

	while (first + count <= last && status == NARC_OK) {
		status = await_piece(source, first + count, last, &pieces[count], error);
		count += status == NARC_OK;
	}
	if (status == NARC_OK) {
		pthread_mutex_unlock(&source->lock);
		copy_pieces(pieces, count, offset, length, out);
		pthread_mutex_lock(&source->lock);
	}
	while (count > 0)
		piece_cache_release(&source->cache, pieces[--count]);
	return status;
}

static enum narc_status read_at(void *context, uint64_t offset, void *buffer, size_t length,
				struct narc_error *error)
{
	struct remote_source *source = context;
	enum narc_status status = NARC_OK;
	uint8_t *out = buffer;

	if (offset > source->state.total || length > source->state.total - offset)
		return narc_fail(error, NARC_CORRUPT, "remote", NARC_NO_OFFSET,
				 "the file ends before %zu bytes that should be at byte %llu",
				 length, (unsigned long long)offset);
	pthread_mutex_lock(&source->lock);
	fetch_ahead(source, offset, length);
	while (length && status == NARC_OK) {
		size_t part = (size_t)(HELD_LIMIT * PIECE_SIZE - offset % PIECE_SIZE);

		part = part < length ? part : length;
		status = read_pieces(source, offset, part, out, error);
		out += part;
		offset += part;
		length -= part;
	}
	pthread_mutex_unlock(&source->lock);
	return status;
}

/* It is as large as it was: what is read is what was there when it was opened. */
static enum narc_status get_size(void *context, uint64_t *size, struct narc_error *error)
{
	const struct remote_source *source = context;

	(void)error;
	*size = source->state.total;
	return NARC_OK;
}

static void expect(void *context, uint64_t offset, uint64_t length)
{
	const uint64_t most = (uint64_t)EXPECT_LIMIT * PIECE_SIZE - offset % PIECE_SIZE;
	struct remote_source *source = context;

	pthread_mutex_lock(&source->lock);
	begin_range(source, offset, length < most ? length : most, true);
	source->told_start = offset;
	source->told_end = length < most ? offset + length : offset;
	pthread_mutex_unlock(&source->lock);
}

/* Of a struct fork_member: with the lock, when nothing is under way. */
static void prepare_fork(void *context)
{
	struct remote_source *source = context;

	pthread_mutex_lock(&source->lock);
	source->is_forking = true;
	while (source->busy)
		pthread_cond_wait(&source->arrived, &source->lock);
}

/* Likewise. The child has no threads, which are begun when there is need, and nobody waits there. */
static void end_fork(void *context, bool is_child)
{
	struct remote_source *source = context;

	source->is_forking = false;
	if (is_child) {
		source->thread_count = source->idle = 0;
		pthread_cond_init(&source->arrived, NULL);
		pthread_cond_init(&source->wanted, NULL);
		drop_queue(source);
		http_client_leave_connections(source->client);
	}
	pthread_cond_broadcast(&source->wanted);
	pthread_mutex_unlock(&source->lock);
}

static void close_source(void *context)
{
	struct remote_source *source = context;

	if (source->member.context)
		fork_list_remove(&source->member);
	pthread_mutex_lock(&source->lock);
	source->is_closing = true;
	pthread_cond_broadcast(&source->wanted);
	pthread_mutex_unlock(&source->lock);
	for (unsigned i = 0; i < source->thread_count; i++)
		pthread_join(source->threads[i], NULL);
	drop_queue(source);
	/* Of what was gone through as a whole, the end would be kept, which is of no use. */
	if (source->kept && source->has_new && !source->cache.was_full &&
	    http_state_is_same(&source->state, &source->state))
		piece_store_save(source->kept, &source->state, &source->cache);
	free(source->kept);
	piece_cache_free(&source->cache);
	http_client_free(source->client);
	pthread_cond_destroy(&source->arrived);
	pthread_cond_destroy(&source->wanted);
	pthread_mutex_destroy(&source->lock);
	free(source);
}

static const struct narc_source_ops remote_source_ops = {
	.read_at = read_at,
	.size = get_size,
	.close = close_source,
	.expect = expect,
};

/* ---- opening -------------------------------------------------------------------------------- */

/* The last bytes of the file, before it is known where its pieces begin. */
struct tail {
	size_t got;
	uint8_t bytes[TAIL_PIECES * PIECE_SIZE];
};

static void begin_tail(void *context)
{
	struct tail *tail = context;

	tail->got = 0;
}

/* An http_bytes_fn. */
static void take_tail(void *context, const uint8_t *bytes, size_t size)
{
	struct tail *tail = context;

	memcpy(tail->bytes + tail->got, bytes, size);
	tail->got += size;
}

/* Keeps the pieces that came as a whole. */
static enum narc_status keep_tail(struct remote_source *source, const struct tail *tail,
				  struct narc_error *error)
{
	uint64_t start = source->state.total - tail->got;
	uint64_t number = start / PIECE_SIZE + (start % PIECE_SIZE != 0);

	for (uint64_t place; (place = number * PIECE_SIZE) < source->state.total; number++) {
		uint64_t size = source->state.total - place;
		struct piece *piece = piece_cache_begin(&source->cache, number);

		if (!piece)
			return narc_fail_memory(error);
		memcpy(piece->bytes, tail->bytes + (place - start),
		       (size_t)(size < PIECE_SIZE ? size : PIECE_SIZE));
		piece->is_lasting = source->has_new = true;
		piece_cache_end(&source->cache, piece, true);
	}
	return NARC_OK;
}

static enum narc_status read_tail(struct remote_source *source, struct narc_error *error)
{
	struct tail *tail = malloc(sizeof(*tail));
	struct kept_pieces kept = { 0 };
	enum narc_status status;

	if (!tail)
		return narc_fail_memory(error);
	tail->got = 0;
	if (source->kept)
		piece_store_load(source->kept, &kept);
	status = http_client_get_end(source->client, sizeof(tail->bytes),
				     kept.count ? &kept.state : NULL, take_tail, begin_tail, tail,
				     &source->state, error);
	if (status == NARC_OK)
		status = keep_tail(source, tail, error);
	if (status == NARC_OK && kept.count && http_state_is_same(&kept.state, &source->state))
		kept_pieces_give(&kept, &source->cache);
	kept_pieces_free(&kept);
	free(tail);
	return status;
}

static unsigned or_default(unsigned value, unsigned standard)
{
	return value ? value : standard;
}

static enum narc_status new_client(const char *url, const struct narc_remote_options *options,
				   struct remote_source *source, struct narc_error *error)
{
	const struct http_client_options asked = {
		.timeout = or_default(options->timeout, TIMEOUT),
		.attempts = or_default(options->attempts, ATTEMPTS),
	};
	struct remote_address address;
	enum narc_status status = remote_address_read(&address, url, error);

	if (status == NARC_OK) {
		if (options->folder)
			source->kept = piece_store_path(options->folder, address.url);
		return http_client_new(&address, &asked, &source->client, error);
	}
	remote_address_free(&address);
	return status;
}

enum narc_status narc_remote_source(const char *url, const struct narc_remote_options *options,
				    struct narc_source *out, struct narc_error *error)
{
	static const struct narc_remote_options standard;
	struct remote_source *source = calloc(1, sizeof(*source));
	enum narc_status status;
	size_t cache;

	if (!source)
		return narc_fail_memory(error);
	if (!options)
		options = &standard;
	cache = options->cache ? options->cache : CACHE_SIZE;
	source->thread_limit = or_default(options->requests, REQUESTS);
	if (source->thread_limit > REQUESTS_LIMIT)
		source->thread_limit = REQUESTS_LIMIT;
	pthread_mutex_init(&source->lock, NULL);
	pthread_cond_init(&source->arrived, NULL);
	pthread_cond_init(&source->wanted, NULL);
	status = piece_cache_init(&source->cache, cache > CACHE_LEAST ? cache : CACHE_LEAST)
			 ? new_client(url, options, source, error)
			 : narc_fail_memory(error);
	if (status == NARC_OK)
		status = read_tail(source, error);
	if (status != NARC_OK) {
		close_source(source);
		return status;
	}
	source->member = (struct fork_member){ NULL, prepare_fork, end_fork, source };
	fork_list_add(&source->member);
	*out = (struct narc_source){ &remote_source_ops, source };
	return NARC_OK;
}
