/* SPDX-License-Identifier: BSD-2-Clause */
#include "reply.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "encode.h"
#include "stream.h"

/* What a browser may do with an answer. That nothing is ever loaded from elsewhere, is what these
 * say in common. */
static const char *policy_for(enum reply_kind kind)
{
	switch (kind) {
	case REPLY_PAGE:
		return "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; "
		       "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
	case REPLY_POST:
		return "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
		       "form-action 'none'; base-uri 'none'; frame-ancestors 'self'";
	case REPLY_DATA:
		break;
	}
	return "sandbox; default-src 'none'; form-action 'none'; base-uri 'none'; "
	       "frame-ancestors 'none'";
}

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
	MHD_add_response_header(response, name, value);
}

static void add_safety(struct MHD_Response *response, enum reply_kind kind)
{
	add_header(response, "Content-Security-Policy", policy_for(kind));
	add_header(response, "X-Content-Type-Options", "nosniff");
	add_header(response, "Referrer-Policy", "no-referrer");
	add_header(response, "Cross-Origin-Resource-Policy", "same-origin");
	add_header(response, "Cross-Origin-Opener-Policy", "same-origin");
	add_header(response, "X-DNS-Prefetch-Control", "off");
	if (kind == REPLY_PAGE)
		add_header(response, "X-Frame-Options", "DENY");
}

static void add_quoted_tag(struct MHD_Response *response, const char *tag)
{
	char quoted[TAG_SIZE + 8];

	snprintf(quoted, sizeof(quoted), "\"%s\"", tag);
	add_header(response, "ETag", quoted);
}

static void add_headers(struct MHD_Response *response, const struct visit *visit, const char *tag,
			enum encoding encoding)
{
	const struct reply *reply = &visit->reply;
	char seconds[16];

	add_safety(response, reply->kind);
	if (reply->status != MHD_HTTP_NOT_MODIFIED)
		add_header(response, "Content-Type", reply->type);
	if (encoding_name(encoding))
		add_header(response, "Content-Encoding", encoding_name(encoding));
	add_header(response, "Vary",
		   reply->kind == REPLY_PAGE ? "Accept-Encoding, Accept-Language, Cookie"
					     : "Accept-Encoding");
	add_header(response, "Cache-Control",
		   reply->status >= 400 || reply->stream ? "no-store" : "no-cache");
	if (*tag)
		add_quoted_tag(response, tag);
	if (reply->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		add_header(response, "Allow", "GET, HEAD");
	if (reply->retry_after) {
		snprintf(seconds, sizeof(seconds), "%u", reply->retry_after);
		add_header(response, "Retry-After", seconds);
	}
}

/* Headers whose values are put together. False if there is no memory. */
static bool add_made_headers(struct MHD_Response *response, struct visit *visit)
{
	struct reply *reply = &visit->reply;
	const char *location = reply->location.size ? text_string(&reply->location) : NULL;
	const char *name = reply->name.size ? text_string(&reply->name) : NULL;
	char cookie[96];

	if (reply->location.failed || reply->name.failed)
		return false;
	if (location)
		add_header(response, "Location", location);
	if (name)
		add_header(response, "Content-Disposition", name);
	if (reply->sets_language) {
		snprintf(cookie, sizeof(cookie),
			 "lang=%s; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly",
			 language_code(visit->language));
		add_header(response, "Set-Cookie", cookie);
	}
	return true;
}

/* ---- bodies ----------------------------------------------------------------------------- */

/* An answer with the body of a visit, which it takes over. */
static struct MHD_Response *take_body(struct text *body)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(body->size, body->bytes, MHD_RESPMEM_MUST_FREE);

	if (response)
		*body = (struct text){ .bytes = NULL };
	return response;
}

/* Cuts the body down to the part that is asked for; returns the status for it. content_range has
 * room for the header, which stays "" if there is none. */
static unsigned take_range(struct visit *visit, const char *tag, char *content_range, size_t room)
{
	struct text *body = &visit->reply.body;
	uint64_t first, last, size = body->size;

	if (visit->if_range && !is_same_tag(visit->if_range, tag))
		return MHD_HTTP_OK;
	switch (parse_range(visit->range, size, &first, &last)) {
	case RANGE_PART:
		snprintf(content_range, room, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, first, last,
			 size);
		memmove(body->bytes, body->bytes + first, last - first + 1);
		body->size = last - first + 1;
		return MHD_HTTP_PARTIAL_CONTENT;
	case RANGE_NOT_SATISFIABLE:
		snprintf(content_range, room, "bytes */%" PRIu64, size);
		body->size = 0;
		return MHD_HTTP_RANGE_NOT_SATISFIABLE;
	case RANGE_WHOLE:
		break;
	}
	return MHD_HTTP_OK;
}

static struct MHD_Response *make_plain(struct visit *visit, uint64_t *size)
{
	struct reply *reply = &visit->reply;
	enum encoding encoding = visit_encoding(visit, reply->body.size);
	char tag[TAG_SIZE], content_range[96] = "";
	struct text encoded = { .bytes = NULL };
	struct MHD_Response *response;

	if (!*reply->tag)
		snprintf(reply->tag, TAG_SIZE, "%016" PRIx64,
			 (uint64_t)XXH3_64bits(reply->body.bytes, reply->body.size));
	encoded_tag(reply->tag, encoding, tag);
	if (reply->status == MHD_HTTP_OK && visit->if_none_match &&
	    names_tag(visit->if_none_match, tag))
		reply->status = MHD_HTTP_NOT_MODIFIED;
	else if (reply->status >= 300 && reply->status != MHD_HTTP_NOT_MODIFIED)
		*tag = '\0';
	if (reply->status == MHD_HTTP_NOT_MODIFIED) {
		text_free(&reply->body);
		encoding = ENCODING_NONE;
	} else if (reply->status == MHD_HTTP_OK && visit->range) {
		reply->status = take_range(visit, tag, content_range, sizeof(content_range));
	}
	if (encoding != ENCODING_NONE) {
		if (!encode(encoding, reply->body.bytes, reply->body.size, &encoded))
			return NULL;
		text_free(&reply->body);
		reply->body = encoded;
	}
	*size = reply->body.size;
	response = take_body(&reply->body);
	if (!response)
		return NULL;
	add_headers(response, visit, tag, encoding);
	if (reply->status != MHD_HTTP_NOT_MODIFIED)
		add_header(response, "Accept-Ranges", "bytes");
	if (*content_range)
		add_header(response, "Content-Range", content_range);
	return response;
}

static struct MHD_Response *make_stream(struct visit *visit, struct MHD_Connection *connection)
{
	struct reply *reply = &visit->reply;
	struct stream *stream = reply->stream;
	struct MHD_Response *response = stream_response(stream, connection);

	if (response) {
		add_headers(response, visit, reply->tag, ENCODING_NONE);
		add_header(response, "X-Accel-Buffering", "no"); /* of nginx: pass it on at once */
	}
	reply->stream = NULL;
	return response;
}

enum MHD_Result reply_send(struct visit *visit, struct MHD_Connection *connection,
			   unsigned *status, uint64_t *size)
{
	struct reply *reply = &visit->reply;
	struct MHD_Response *response = NULL;
	enum MHD_Result result = MHD_NO;

	*size = 0;
	if (reply->stream)
		response = make_stream(visit, connection);
	else if (!reply->body.failed)
		response = make_plain(visit, size);
	*status = reply->status;
	if (response && add_made_headers(response, visit))
		result = MHD_queue_response(connection, reply->status, response);
	if (response)
		MHD_destroy_response(response);
	return result;
}
