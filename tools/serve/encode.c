/* SPDX-License-Identifier: BSD-2-Clause */
#include "encode.h"

#include <limits.h>
#include <pthread.h>
#include <zlib.h>
#include <zstd.h>

enum { ZSTD_LEVEL = 3, GZIP_LEVEL = 5, GZIP_WINDOW = 15 + 16 /* with a header of gzip */ };

/* A context takes longer to make than a post to compress: so each thread keeps one. */
static pthread_key_t context_key;
static pthread_once_t context_once = PTHREAD_ONCE_INIT;

static void free_context(void *context)
{
	ZSTD_freeCCtx(context);
}

static bool has_key;

static void make_key(void)
{
	has_key = pthread_key_create(&context_key, free_context) == 0;
}

static ZSTD_CCtx *own_context(void)
{
	ZSTD_CCtx *context;

	pthread_once(&context_once, make_key);
	if (!has_key)
		return NULL;
	context = pthread_getspecific(context_key);
	if (context)
		return context;
	context = ZSTD_createCCtx();
	if (context && pthread_setspecific(context_key, context) != 0) {
		ZSTD_freeCCtx(context);
		return NULL;
	}
	return context;
}

static bool encode_zstd(const void *bytes, size_t size, struct text *out)
{
	ZSTD_CCtx *context = own_context();
	size_t bound = ZSTD_compressBound(size);
	char *place = context ? text_room(out, bound) : NULL;
	size_t made;

	if (!place)
		return false;
	made = ZSTD_compressCCtx(context, place, bound, bytes, size, ZSTD_LEVEL);
	if (ZSTD_isError(made))
		return false;
	out->size = made;
	return true;
}

static bool encode_gzip(const void *bytes, size_t size, struct text *out)
{
	z_stream stream = { .next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)size };
	bool is_good = false;
	size_t bound;

	if (size > UINT_MAX / 2 ||
	    deflateInit2(&stream, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) !=
		    Z_OK)
		return false;
	bound = deflateBound(&stream, size);
	stream.next_out = (Bytef *)text_room(out, bound);
	stream.avail_out = (uInt)bound;
	if (stream.next_out && deflate(&stream, Z_FINISH) == Z_STREAM_END) {
		out->size = stream.total_out;
		is_good = true;
	}
	deflateEnd(&stream);
	return is_good;
}

bool encode(enum encoding encoding, const void *bytes, size_t size, struct text *out)
{
	return encoding == ENCODING_ZSTD ? encode_zstd(bytes, size, out)
					 : encode_gzip(bytes, size, out);
}
