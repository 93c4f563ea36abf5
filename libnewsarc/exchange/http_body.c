/* SPDX-License-Identifier: BSD-2-Clause */
#include "exchange/http_body.h"

#include <stdio.h>
#include <string.h>

#include "exchange/header_fields.h"
#include "exchange/hex_digit.h"

enum { HEAD_LIMIT = 64 * 1024, CHUNK_LINE_LIMIT = 1024 };

static enum narc_status fail(struct http_body *body, const char *text, struct narc_error *error)
{
	return exchange_say(NARC_CORRUPT, body->from->source, text, error);
}

/* ---- the bytes of the record -------------------------------------------------------------- */

/* Looks at up to size bytes of what is left. */
static enum narc_status look(struct http_body *body, size_t size, const uint8_t **bytes,
			     size_t *there, struct narc_error *error)
{
	enum narc_status status;

	if (size > body->left)
		size = (size_t)body->left;
	status = unpacked_look(body->from, size, bytes, there, error);
	if (status == NARC_OK && *there < size)
		return exchange_say(NARC_IO, body->from->source,
				    "ends amid a record: it was cut short", error);
	if (*there > body->left)
		*there = (size_t)body->left;
	return status;
}

static void take(struct http_body *body, size_t size)
{
	unpacked_take(body->from, size);
	body->left -= size;
}

/* ---- chunks: RFC 9112, section 7.1 -------------------------------------------------------- */

/* The line in front of a chunk at bytes: gives the size of the chunk and that of the line, which
 * is 0 if it is no such line. */
static size_t chunk_line(const uint8_t *bytes, size_t there, uint64_t *chunk_size)
{
	const uint8_t *end = memchr(bytes, '\n', there);
	const uint8_t *next = bytes;

	*chunk_size = 0;
	for (; end && next < end && hex_digit(*next) >= 0; next++) {
		if (*chunk_size >> 60)
			return 0;
		*chunk_size = *chunk_size << 4 | (uint64_t)hex_digit(*next);
	}
	if (!end || next == bytes)
		return 0;
	/* Some fill up with spaces; an extension may follow. */
	while (*next == ' ' || *next == '\t')
		next++;
	return *next == ';' || *next == '\r' || *next == '\n' ? (size_t)(end - bytes) + 1 : 0;
}

/* Goes to the next chunk. The line end behind the one before is still there. */
static enum narc_status begin_chunk(struct http_body *body, bool is_first,
				    struct narc_error *error)
{
	const uint8_t *bytes;
	size_t there, skipped = 0, line;
	enum narc_status status = look(body, CHUNK_LINE_LIMIT, &bytes, &there, error);

	if (status != NARC_OK)
		return status;
	if (!is_first) {
		skipped += skipped < there && bytes[skipped] == '\r';
		skipped += skipped < there && bytes[skipped] == '\n';
	}
	line = chunk_line(bytes + skipped, there - skipped, &body->chunk_left);
	if (line == 0)
		return fail(body, "its chunks are damaged, or the last ones are not there", error);
	take(body, skipped + line);
	body->has_ended = body->chunk_left == 0;
	return NARC_OK;
}

/* Reads some bytes of the body as it was sent, packed or not. */
static enum narc_status read_sent(struct http_body *body, void *buffer, size_t size, size_t *got,
				  struct narc_error *error)
{
	enum narc_status status = NARC_OK;
	const uint8_t *bytes;

	*got = 0;
	if (body->is_chunked && body->chunk_left == 0 && !body->has_ended)
		status = begin_chunk(body, false, error);
	if (status != NARC_OK || body->has_ended || body->left == 0)
		return status;
	if (body->is_chunked && size > body->chunk_left)
		size = (size_t)body->chunk_left;
	status = look(body, 1, &bytes, got, error);
	if (status != NARC_OK)
		return status;
	if (*got > size)
		*got = size;
	memcpy(buffer, bytes, *got);
	take(body, *got);
	if (body->is_chunked)
		body->chunk_left -= *got;
	if (body->is_chunked && body->left == 0)
		return fail(body, "its last chunk is not there", error);
	return NARC_OK;
}

/* ---- gzip and deflate --------------------------------------------------------------------- */

/* Reads ahead until so many bytes are in the block, or there are no more. */
static enum narc_status read_ahead(struct http_body *body, size_t least, struct narc_error *error)
{
	z_stream *unpacker = &body->unpacker;
	enum narc_status status = NARC_OK;
	size_t got = 1;

	if (unpacker->avail_in)
		memmove(body->block, unpacker->next_in, unpacker->avail_in);
	unpacker->next_in = body->block;
	while (status == NARC_OK && got && unpacker->avail_in < least) {
		status = read_sent(body, body->block + unpacker->avail_in,
				   sizeof(body->block) - unpacker->avail_in, &got, error);
		unpacker->avail_in += (unsigned)got;
	}
	return status;
}

static bool is_gzip(const struct http_body *body)
{
	return body->unpacker.avail_in >= 2 && body->unpacker.next_in[0] == 0x1f &&
	       body->unpacker.next_in[1] == 0x8b;
}

/* Some crawlers record a body unpacked, below a head that says that it is packed. So it is looked
 * at; only that of "deflate" may be without any mark (RFC 9110, section 8.4.1.2). */
static enum narc_status start_unpacking(struct http_body *body, bool is_deflate,
					struct narc_error *error)
{
	enum narc_status status = read_ahead(body, 2, error);
	const uint8_t *mark = body->block;
	bool is_marked;

	if (status != NARC_OK || body->unpacker.avail_in < 2)
		return status;
	is_marked = is_gzip(body) || (is_deflate && (mark[0] & 15) == 8 &&
				      (mark[0] << 8 | mark[1]) % 31 == 0);
	body->is_packed = is_marked || is_deflate;
	if (!body->is_packed)
		return NARC_OK;
	body->has_unpacker = inflateInit2(&body->unpacker, is_marked ? 15 + 32 : -15) == Z_OK;
	return body->has_unpacker ? NARC_OK
				  : exchange_say(NARC_NOMEM, body->from->source, "out of memory",
						 error);
}

static void end_unpacker(struct http_body *body)
{
	if (body->has_unpacker)
		inflateEnd(&body->unpacker);
	body->has_unpacker = false;
}

static enum narc_status fail_to_unpack(struct http_body *body, int result,
				       struct narc_error *error)
{
	if (result == Z_MEM_ERROR)
		return exchange_say(NARC_NOMEM, body->from->source, "out of memory", error);
	return fail(body, "what its body was packed by is damaged, or cut short", error);
}

/* Of gzip, another part may follow (RFC 1952, section 2.2). Something else is no part of it. */
static enum narc_status go_on_unpacking(struct http_body *body, struct narc_error *error)
{
	enum narc_status status = read_ahead(body, 2, error);

	if (status == NARC_OK && (!is_gzip(body) || inflateReset(&body->unpacker) != Z_OK))
		end_unpacker(body);
	return status;
}

static enum narc_status unpack(struct http_body *body, uint8_t *buffer, size_t size, size_t *got,
			       struct narc_error *error)
{
	enum narc_status status = NARC_OK;
	int result = Z_OK;

	body->unpacker.next_out = buffer;
	body->unpacker.avail_out = size < UINT32_MAX ? (unsigned)size : UINT32_MAX;
	while (body->unpacker.next_out == buffer && result == Z_OK) {
		status = read_ahead(body, 1, error);
		if (status != NARC_OK)
			return status;
		result = inflate(&body->unpacker, Z_NO_FLUSH);
	}
	*got = (size_t)(body->unpacker.next_out - buffer);
	if (result == Z_STREAM_END)
		status = go_on_unpacking(body, error);
	if (status != NARC_OK)
		return status;
	return result == Z_OK || result == Z_STREAM_END ? NARC_OK
							: fail_to_unpack(body, result, error);
}

enum narc_status http_body_read(void *context, void *buffer, size_t size, size_t *got,
				struct narc_error *error)
{
	struct http_body *body = context;

	*got = 0;
	if (body->has_unpacker)
		return unpack(body, buffer, size, got, error);
	if (body->is_packed)
		return NARC_OK;
	if (!body->unpacker.avail_in)
		return read_sent(body, buffer, size, got, error);
	*got = size < body->unpacker.avail_in ? size : body->unpacker.avail_in;
	memcpy(buffer, body->unpacker.next_in, *got);
	body->unpacker.next_in += *got;
	body->unpacker.avail_in -= (unsigned)*got;
	return NARC_OK;
}

/* ---- the head ----------------------------------------------------------------------------- */

/* The number in "HTTP/1.1 200 OK"; 0 if it is another line. */
static unsigned answer_of(const uint8_t *bytes, size_t there)
{
	static const char version[] = "HTTP/";
	unsigned answer = 0, digits = 0;
	const uint8_t *space;

	if (there < 12 || memcmp(bytes, version, strlen(version)) != 0)
		return 0;
	space = memchr(bytes, ' ', 12);
	for (size_t i = space ? (size_t)(space - bytes) + 1 : there;
	     i < there && bytes[i] >= '0' && bytes[i] <= '9' && digits < 3; i++, digits++)
		answer = answer * 10 + bytes[i] - '0';
	return digits == 3 ? answer : 0;
}

/* As with packing, chunks may be said and not be there. */
static enum narc_status start_chunks(struct http_body *body, struct narc_error *error)
{
	const uint8_t *bytes;
	size_t there;
	uint64_t size;
	enum narc_status status = look(body, CHUNK_LINE_LIMIT, &bytes, &there, error);

	if (status != NARC_OK)
		return status;
	body->is_chunked = chunk_line(bytes, there, &size) > 0;
	return body->is_chunked ? begin_chunk(body, true, error) : NARC_OK;
}

enum packing { NOT_PACKED, GZIP, DEFLATE, OTHER };

/* What a list of codings comes to. Servers also send names that are none, and browsers take what
 * comes as it is. */
static enum packing packing_of(const struct header_field *codings)
{
	static const char *const others[] = { "br",	    "zstd", "compress",
					      "x-compress", "dcb",  "dcz" };
	bool is_gzip = header_field_lists(codings, "gzip") || header_field_lists(codings, "x-gzip");
	bool is_deflate = header_field_lists(codings, "deflate");

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (header_field_lists(codings, others[i]))
			return OTHER;
	if (is_gzip && is_deflate)
		return OTHER;
	return is_gzip ? GZIP : is_deflate ? DEFLATE : NOT_PACKED;
}

/* Whether less follows than a head says. What is packed, a crawler may have unpacked before. */
static bool is_cut_short(const struct http_body *body, const struct header_field *length)
{
	uint64_t wanted = 0;

	for (size_t i = 0; i < length->size; i++) {
		int digit = length->value[i] - '0';

		if (digit < 0 || digit > 9 || wanted > UINT64_MAX / 20)
			return false;
		wanted = wanted * 10 + (uint64_t)digit;
	}
	return body->left < wanted;
}

/* Takes a head, and begins with what follows. */
static enum narc_status take_head(struct http_body *body, const uint8_t *head, size_t size,
				  struct narc_error *error)
{
	struct header_field transfer, content, length;
	enum packing packing, sent;
	enum narc_status status = NARC_OK;
	bool is_chunked;

	header_field_find(head, size, "Transfer-Encoding", &transfer);
	header_field_find(head, size, "Content-Encoding", &content);
	header_field_find(head, size, "Content-Length", &length);
	is_chunked = header_field_lists(&transfer, "chunked");
	packing = packing_of(&content);
	sent = packing_of(&transfer);
	if (packing == OTHER || sent != NOT_PACKED) {
		const struct header_field *which = packing == OTHER ? &content : &transfer;

		snprintf(body->coding, sizeof(body->coding), "%.*s", (int)which->size,
			 which->value);
	}
	take(body, size);
	body->is_cut_short = !is_chunked && packing == NOT_PACKED && is_cut_short(body, &length);
	if (is_chunked)
		status = start_chunks(body, error);
	return status == NARC_OK && (packing == GZIP || packing == DEFLATE)
		       ? start_unpacking(body, packing == DEFLATE, error)
		       : status;
}

enum narc_status http_body_open(struct http_body *body, struct unpacked *from, uint64_t length,
				bool has_head, struct narc_error *error)
{
	enum narc_status status;
	const uint8_t *head;
	size_t there, size;

	memset(body, 0, sizeof(*body));
	body->from = from;
	body->left = length;
	/* Some servers say first that they will answer. */
	while (has_head) {
		status = look(body, HEAD_LIMIT, &head, &there, error);
		if (status != NARC_OK)
			return status;
		body->answer = answer_of(head, there);
		if (!body->answer)
			return NARC_OK;
		size = header_size(head, there < HEAD_LIMIT ? there : HEAD_LIMIT);
		if (size == 0)
			return fail(body, "its head has no end, or is longer than 64 KiB", error);
		if (body->answer / 100 != 1)
			return take_head(body, head, size, error);
		take(body, size);
	}
	return NARC_OK;
}

enum narc_status http_body_close(struct http_body *body, enum narc_status status,
				 struct narc_error *error)
{
	end_unpacker(body);
	return status == NARC_OK ? unpacked_skip(body->from, body->left, error) : status;
}
