/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/content_digest.h"

#include <assert.h>
#include <sodium/crypto_hash_sha256.h>

static_assert(CONTENT_DIGEST_SIZE == crypto_hash_sha256_BYTES, "a tombstone has another hash");

void digest_content(const uint8_t *content, uint64_t size, uint8_t digest[CONTENT_DIGEST_SIZE])
{
	crypto_hash_sha256(digest, content, size);
}

/* A narc_write_fn. */
static bool add_piece(void *context, const void *data, size_t size)
{
	crypto_hash_sha256_update(context, data, size);
	return true;
}

enum narc_status digest_record(narc_cursor *cursor, uint8_t digest[CONTENT_DIGEST_SIZE],
			       struct narc_error *error)
{
	crypto_hash_sha256_state state;
	enum narc_status status;

	crypto_hash_sha256_init(&state);
	status = narc_cursor_stream(cursor, add_piece, &state, error);
	crypto_hash_sha256_final(&state, digest);
	return status;
}
