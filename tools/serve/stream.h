/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bodies that are made while they are sent: by a thread of their own, so that others are answered
 * meanwhile. What is made and not yet sent is bounded, and so is the number of such threads.
 */
#ifndef NARC_SERVE_STREAM_H
#define NARC_SERVE_STREAM_H

#include <microhttpd.h>

#include "../text.h"

struct stream;

/* Makes the body, by stream_put. False if it came to a bad end: then the client sees the answer
 * break off. */
typedef bool (*stream_work_fn)(struct stream *stream, void *context);

enum { STREAM_LIMIT = 8 }; /* at once */

/* A stream that nobody reads yet. context is freed by free_context with it. NULL if there are too
 * many, or there is no memory: then context is the caller's still. */
struct stream *stream_new(stream_work_fn work, void *context, void (*free_context)(void *));
void stream_free(struct stream *stream);

/* The answer that has it as its body; takes it over. The work begins when the first byte is wanted.
 * NULL if there is no memory; then it was freed. */
struct MHD_Response *stream_response(struct stream *stream, struct MHD_Connection *connection);

/* For work: hands on bytes. Waits while enough is on its way. False if nobody wants more. */
bool stream_put(struct stream *stream, const void *bytes, size_t size);

/* Ends all, and returns when their threads have ended; there are no new ones from here on. No
 * connection waits for one then. */
void streams_end(void);

#endif
