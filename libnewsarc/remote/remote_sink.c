/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sink that becomes an object in a store of S3. What is appended goes to a temporary file, from
 * which it can be read back, and threads of the sink's own put parts of that as soon as they are
 * whole. So memory is bounded, however slow the store is. What is smaller than a part is put when
 * it is published, by one request.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "remote/put_object.h"
#include "remote/upload.h"
#include "support/file_io.h"
#include "support/file_output.h"
#include "support/status.h"

enum { REQUESTS = 8, REQUESTS_LIMIT = 64 };

/* Attempts at a request, when work was done already: a gateway that begins anew takes its time. */
enum { PATIENCE = 10 };

struct remote_sink {
	struct s3_client client;
	bool replace;
	struct file_output copy;
	uint64_t size;  /* that was appended */
	uint64_t start; /* of what is in no part yet */
	char mark[S3_MARK_SIZE];

	pthread_mutex_t lock;   /* for all below */
	pthread_cond_t changed;
	char *upload; /* its id; NULL until there is a part */
	struct part *parts;
	size_t part_count, part_room;
	size_t next; /* part that a thread is to put */
	size_t done;
	pthread_t threads[REQUESTS_LIMIT];
	unsigned thread_count, thread_limit, busy;
	bool is_closing;  /* threads are to end */
	bool is_settled;  /* there is no upload any more: it was completed, or removed */
	enum narc_status status; /* of the first part that could not be put */
	struct narc_error error;
};

/* ---- threads that put parts --------------------------------------------------------------- */

/* Puts a part without the lock, which is held before and after: parts may be moved by then. */
static void put_part(struct remote_sink *sink, size_t number)
{
	struct part part = sink->parts[number];
	struct narc_error error;
	enum narc_status status;

	sink->busy++;
	pthread_mutex_unlock(&sink->lock);
	status = upload_part(&sink->client, sink->upload, (unsigned)number + 1, sink->copy.fd, &part,
			     &error);
	pthread_mutex_lock(&sink->lock);
	sink->busy--;
	sink->done++;
	sink->parts[number] = part;
	if (status != NARC_OK && sink->status == NARC_OK) {
		sink->status = status;
		sink->error = error;
	}
	pthread_cond_broadcast(&sink->changed);
}

static void *work(void *context)
{
	struct remote_sink *sink = context;

	pthread_mutex_lock(&sink->lock);
	while (!sink->is_closing) {
		if (sink->next < sink->part_count && sink->status == NARC_OK)
			put_part(sink, sink->next++);
		else
			pthread_cond_wait(&sink->changed, &sink->lock);
	}
	pthread_mutex_unlock(&sink->lock);
	return NULL;
}

/* Has what failed in a thread fail here. Under the lock. */
static enum narc_status status_of_parts(const struct remote_sink *sink, struct narc_error *error)
{
	if (sink->status != NARC_OK && error)
		*error = sink->error;
	return sink->status;
}

/* ---- cutting parts ------------------------------------------------------------------------ */

static enum narc_status add_part(struct remote_sink *sink, uint64_t size, struct narc_error *error)
{
	if (sink->part_count == sink->part_room) {
		size_t room = sink->part_room ? 2 * sink->part_room : 16;
		struct part *parts = realloc(sink->parts, room * sizeof(*parts));

		if (!parts)
			return narc_fail_memory(error);
		sink->parts = parts;
		sink->part_room = room;
	}
	sink->parts[sink->part_count++] =
		(struct part){ .offset = sink->start, .size = size };
	sink->start += size;
	return NARC_OK;
}

/* One thread that can be had is enough. */
static enum narc_status start_thread(struct remote_sink *sink, struct narc_error *error)
{
	unsigned limit = sink->thread_limit;

	if (sink->thread_count < limit && sink->part_count - sink->done > sink->thread_count &&
	    pthread_create(&sink->threads[sink->thread_count], NULL, work, sink) == 0)
		sink->thread_count++;
	return sink->thread_count ? NARC_OK : narc_fail_memory(error);
}

/* Begins a part of so many bytes, which are in the file. Under the lock. */
static enum narc_status cut_part(struct remote_sink *sink, uint64_t size, struct narc_error *error)
{
	enum narc_status status = status_of_parts(sink, error);

	if (status == NARC_OK && sink->is_closing)
		status = narc_fail(error, NARC_CANCELLED, "remote", NARC_NO_OFFSET, "it was ended");
	if (status == NARC_OK && sink->part_count == PART_LIMIT)
		status = narc_fail(error, NARC_LIMIT, "remote", NARC_NO_OFFSET,
				   "an object has 10,000 parts at most");
	if (status == NARC_OK && !sink->upload)
		status = upload_begin(&sink->client, sink->mark, &sink->upload, error);
	if (status == NARC_OK)
		status = add_part(sink, size, error);
	if (status == NARC_OK)
		status = start_thread(sink, error);
	pthread_cond_broadcast(&sink->changed);
	return status;
}

static enum narc_status cut_whole_parts(struct remote_sink *sink, struct narc_error *error)
{
	enum narc_status status = NARC_OK;
	uint64_t size;

	while (status == NARC_OK &&
	       sink->size - sink->start >= (size = part_size((unsigned)sink->part_count + 1))) {
		status = file_output_flush(&sink->copy, error);
		if (status != NARC_OK)
			return status;
		pthread_mutex_lock(&sink->lock);
		status = cut_part(sink, size, error);
		pthread_mutex_unlock(&sink->lock);
	}
	return status;
}

/* ---- the sink ----------------------------------------------------------------------------- */

static enum narc_status remote_sink_append(void *context, const void *data, size_t length,
					   struct narc_error *error)
{
	struct remote_sink *sink = context;
	enum narc_status status = file_output_append(&sink->copy, data, length, error);

	if (status != NARC_OK)
		return status;
	sink->size += length;
	return cut_whole_parts(sink, error);
}

static enum narc_status remote_sink_read_at(void *context, uint64_t offset, void *buffer,
					    size_t length, struct narc_error *error)
{
	struct remote_sink *sink = context;

	return file_output_read_at(&sink->copy, offset, buffer, length, error);
}

static enum narc_status remote_sink_truncate(void *context, uint64_t size,
					     struct narc_error *error)
{
	(void)context;
	return narc_fail(error, NARC_MISUSE, "remote", size,
			 "an object in a store cannot be continued, only written anew");
}

/* Nothing is there before it is published, and all of it then. */
static enum narc_status remote_sink_sync(void *context, struct narc_error *error)
{
	(void)context;
	(void)error;
	return NARC_OK;
}

static enum narc_status await_parts(struct remote_sink *sink, struct narc_error *error)
{
	enum narc_status status;

	pthread_mutex_lock(&sink->lock);
	while (sink->done < sink->part_count && sink->status == NARC_OK && !sink->is_closing)
		pthread_cond_wait(&sink->changed, &sink->lock);
	status = status_of_parts(sink, error);
	if (status == NARC_OK && sink->is_closing)
		status = narc_fail(error, NARC_CANCELLED, "remote", NARC_NO_OFFSET, "it was ended");
	sink->busy += status == NARC_OK;
	pthread_mutex_unlock(&sink->lock);
	return status;
}

static enum narc_status complete(struct remote_sink *sink, struct narc_error *error)
{
	enum narc_status status = await_parts(sink, error);

	if (status != NARC_OK)
		return status;
	status = upload_complete(&sink->client, sink->upload, sink->mark, sink->parts,
				 sink->part_count, sink->replace, error);
	pthread_mutex_lock(&sink->lock);
	sink->busy--;
	sink->is_settled |= status == NARC_OK;
	pthread_cond_broadcast(&sink->changed);
	pthread_mutex_unlock(&sink->lock);
	return status;
}

static enum narc_status put_whole(struct remote_sink *sink, struct narc_error *error)
{
	const struct payload payload = { .fd = sink->copy.fd, .size = sink->size };

	return put_object(&sink->client, &payload, sink->replace ? NULL : "", NULL, error);
}

static enum narc_status remote_sink_publish(void *context, struct narc_error *error)
{
	struct remote_sink *sink = context;
	enum narc_status status = file_output_flush(&sink->copy, error);

	if (status != NARC_OK)
		return status;
	if (!sink->upload)
		return put_whole(sink, error);
	if (sink->size > sink->start) {
		pthread_mutex_lock(&sink->lock);
		status = cut_part(sink, sink->size - sink->start, error);
		pthread_mutex_unlock(&sink->lock);
	}
	return status == NARC_OK ? complete(sink, error) : status;
}

/* ---- the end ------------------------------------------------------------------------------ */

/* Ends what is under way, and removes the parts. */
static void settle(struct remote_sink *sink)
{
	bool removes;

	pthread_mutex_lock(&sink->lock);
	sink->is_closing = true;
	if (!sink->is_settled)
		atomic_store(&sink->client.ended, true);
	pthread_cond_broadcast(&sink->changed);
	while (sink->busy)
		pthread_cond_wait(&sink->changed, &sink->lock);
	removes = sink->upload && !sink->is_settled;
	if (removes)
		upload_remove(&sink->client, NULL, sink->upload, NULL);
	sink->is_settled = true;
	pthread_mutex_unlock(&sink->lock);
}

void narc_remote_sink_abort(struct narc_sink sink)
{
	settle(sink.context);
}

static void remote_sink_close(void *context)
{
	struct remote_sink *sink = context;

	settle(sink);
	for (unsigned i = 0; i < sink->thread_count; i++)
		pthread_join(sink->threads[i], NULL);
	if (sink->copy.fd >= 0)
		close(sink->copy.fd);
	byte_buffer_free(&sink->copy.pending);
	free(sink->copy.path);
	free(sink->upload);
	free(sink->parts);
	s3_client_free(&sink->client);
	pthread_cond_destroy(&sink->changed);
	pthread_mutex_destroy(&sink->lock);
	free(sink);
}

static const struct narc_sink_ops remote_sink_ops = {
	.append = remote_sink_append,
	.read_at = remote_sink_read_at,
	.truncate = remote_sink_truncate,
	.sync = remote_sink_sync,
	.publish = remote_sink_publish,
	.close = remote_sink_close,
};

/* ---- opening ------------------------------------------------------------------------------ */

static enum narc_status open_copy(struct remote_sink *sink, const char *folder,
				  struct narc_error *error)
{
	sink->copy.path = strdup(folder);
	if (!sink->copy.path)
		return narc_fail_memory(error);
	return file_open_unnamed(folder, &sink->copy.fd, error);
}

/* An answer to HEAD does not say whether it is the object that is not there, or the bucket. */
static enum narc_status check_bucket(struct remote_sink *sink, struct narc_error *error)
{
	const struct s3_request request = { .method = "GET", .limit = S3_ANSWER_LIMIT };
	struct s3_answer answer;
	enum narc_status status = s3_perform(&sink->client, &request, &answer, error);

	if (status == NARC_OK && answer.code != S3_OK)
		status = s3_fail(&sink->client, &answer, error);
	s3_answer_free(&answer);
	/* What is there by now is found when publishing. */
	return status == NARC_NOT_FOUND || status == NARC_LIMIT ? NARC_OK : status;
}

/* Whether it can be written is to be known before the work is done, as far as it can be. */
static enum narc_status check_target(struct remote_sink *sink, struct narc_error *error)
{
	struct s3_answer answer;
	enum narc_status status = s3_head(&sink->client, &answer, error);

	s3_answer_free(&answer);
	if (status == NARC_OK && !sink->replace)
		return fail_condition(false, error);
	return status == NARC_NOT_FOUND ? check_bucket(sink, error) : status;
}

enum narc_status narc_remote_sink(const char *url, bool replace,
				  const struct narc_remote_options *options,
				  struct narc_sink *out, struct narc_error *error)
{
	const char *folder = options ? options->temporary_folder : NULL;
	unsigned requests = options && options->requests ? options->requests : REQUESTS;
	struct remote_sink *sink = calloc(1, sizeof(*sink));
	enum narc_status status;

	if (!sink)
		return narc_fail_memory(error);
	status = s3_client_init(&sink->client, url, options, error);
	if (status != NARC_OK) {
		free(sink);
		return status;
	}
	pthread_mutex_init(&sink->lock, NULL);
	pthread_cond_init(&sink->changed, NULL);
	sink->replace = replace;
	sink->copy.fd = -1;
	sink->thread_limit = requests < REQUESTS_LIMIT ? requests : REQUESTS_LIMIT;
	status = s3_mark_make(sink->mark, error);
	if (status == NARC_OK)
		status = open_copy(sink, folder ? folder : "/tmp", error);
	if (status == NARC_OK)
		status = check_target(sink, error);
	if (status != NARC_OK) {
		remote_sink_close(sink);
		return status;
	}
	if (!options || !options->attempts)
		sink->client.attempts = PATIENCE;
	*out = (struct narc_sink){ &remote_sink_ops, sink };
	return NARC_OK;
}
