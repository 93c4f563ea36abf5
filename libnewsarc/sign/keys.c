/* SPDX-License-Identifier: BSD-2-Clause */
#include "sign/keys.h"

#include <assert.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sign/minisign_lines.h"
#include "support/byte_order.h"
#include "support/status.h"

/* Where things stand in the bytes of a secret key: algorithm, key derivation, checksum's
 * algorithm, what is for the derivation, the key's identifier, the key, and a checksum. */
enum {
	SECRET_DERIVATION = 2,
	SECRET_CHECKSUM_KIND = 4,
	SECRET_IDENTIFIER = 54,
	SECRET_BYTES = SECRET_IDENTIFIER + NARC_KEY_ID_SIZE,
	SECRET_CHECKSUM = SECRET_BYTES + SECRET_KEY_SIZE,
	CHECKSUM_SIZE = 32,
	SECRET_SIZE = SECRET_CHECKSUM + CHECKSUM_SIZE
};

/* Of a public one: algorithm, identifier, key. */
enum {
	PUBLIC_IDENTIFIER = 2,
	PUBLIC_BYTES = PUBLIC_IDENTIFIER + NARC_KEY_ID_SIZE,
	PUBLIC_SIZE = PUBLIC_BYTES + NARC_PUBLIC_KEY_SIZE
};

static_assert(SECRET_KEY_SIZE == crypto_sign_SECRETKEYBYTES, "keys are those of Ed25519");
static_assert(NARC_PUBLIC_KEY_SIZE == crypto_sign_PUBLICKEYBYTES, "keys are those of Ed25519");

static const char algorithm[2] = { 'E', 'd' };
static const char checksum_kind[2] = { 'B', '2' };
static const char not_encrypted[2] = { 0, 0 };
static const char by_scrypt[2] = { 'S', 'c' };

static enum narc_status fail(struct narc_error *error, enum narc_status status, const char *what)
{
	return narc_fail(error, status, "key", NARC_NO_OFFSET, "%s", what);
}

void narc_key_id_text(const uint8_t id[NARC_KEY_ID_SIZE], char text[NARC_KEY_ID_TEXT_SIZE])
{
	snprintf(text, NARC_KEY_ID_TEXT_SIZE, "%016" PRIX64, load_le64(id));
}

/* ---- public keys -------------------------------------------------------------------------- */

void public_key_write(const struct narc_public_key *key, char text[PUBLIC_KEY_TEXT_SIZE])
{
	uint8_t bytes[PUBLIC_SIZE];
	char base64[sodium_base64_ENCODED_LEN(PUBLIC_SIZE, sodium_base64_VARIANT_ORIGINAL)];
	char id[NARC_KEY_ID_TEXT_SIZE];

	memcpy(bytes, algorithm, sizeof(algorithm));
	memcpy(bytes + PUBLIC_IDENTIFIER, key->id, sizeof(key->id));
	memcpy(bytes + PUBLIC_BYTES, key->bytes, sizeof(key->bytes));
	sodium_bin2base64(base64, sizeof(base64), bytes, sizeof(bytes),
			  sodium_base64_VARIANT_ORIGINAL);
	narc_key_id_text(key->id, id);
	snprintf(text, PUBLIC_KEY_TEXT_SIZE, UNTRUSTED_COMMENT "minisign public key %s\n%s\n", id,
		 base64);
}

enum narc_status public_key_read(const char *text, size_t size, struct narc_public_key *key,
				 struct narc_error *error)
{
	uint8_t bytes[PUBLIC_SIZE];
	const char *comment;
	size_t comment_size;

	if (!next_comment(&text, &size, UNTRUSTED_COMMENT, &comment, &comment_size) ||
	    !next_base64(&text, &size, bytes, sizeof(bytes)) || size ||
	    memcmp(bytes, algorithm, sizeof(algorithm)) != 0)
		return fail(error, NARC_MISUSE, "this is no public key as minisign has them");
	memcpy(key->id, bytes + PUBLIC_IDENTIFIER, sizeof(key->id));
	memcpy(key->bytes, bytes + PUBLIC_BYTES, sizeof(key->bytes));
	return NARC_OK;
}

/* ---- secret keys -------------------------------------------------------------------------- */

static void make_checksum(const uint8_t bytes[SECRET_SIZE], uint8_t checksum[CHECKSUM_SIZE])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, CHECKSUM_SIZE);
	crypto_generichash_update(&state, bytes, sizeof(algorithm));
	crypto_generichash_update(&state, bytes + SECRET_IDENTIFIER,
				  SECRET_CHECKSUM - SECRET_IDENTIFIER);
	crypto_generichash_final(&state, checksum, CHECKSUM_SIZE);
	sodium_memzero(&state, sizeof(state));
}

enum narc_status secret_key_make(struct narc_secret_key *key, struct narc_error *error)
{
	if (sodium_init() < 0)
		return fail(error, NARC_IO, "the system gives no random bytes");
	randombytes_buf(key->public.id, sizeof(key->public.id));
	crypto_sign_keypair(key->public.bytes, key->bytes);
	return NARC_OK;
}

void secret_key_write(const struct narc_secret_key *key, char text[SECRET_KEY_TEXT_SIZE])
{
	uint8_t bytes[SECRET_SIZE] = { 0 };
	char base64[sodium_base64_ENCODED_LEN(SECRET_SIZE, sodium_base64_VARIANT_ORIGINAL)];

	memcpy(bytes, algorithm, sizeof(algorithm));
	memcpy(bytes + SECRET_CHECKSUM_KIND, checksum_kind, sizeof(checksum_kind));
	memcpy(bytes + SECRET_IDENTIFIER, key->public.id, sizeof(key->public.id));
	memcpy(bytes + SECRET_BYTES, key->bytes, sizeof(key->bytes));
	make_checksum(bytes, bytes + SECRET_CHECKSUM);
	sodium_bin2base64(base64, sizeof(base64), bytes, sizeof(bytes),
			  sodium_base64_VARIANT_ORIGINAL);
	snprintf(text, SECRET_KEY_TEXT_SIZE,
		 UNTRUSTED_COMMENT "minisign secret key, not encrypted: keep it to yourself\n%s\n",
		 base64);
	sodium_memzero(bytes, sizeof(bytes));
	sodium_memzero(base64, sizeof(base64));
}

/* minisign leaves out the checksum of a key that is not encrypted. */
static bool checksum_is_right(const uint8_t bytes[SECRET_SIZE])
{
	uint8_t checksum[CHECKSUM_SIZE];

	make_checksum(bytes, checksum);
	return sodium_is_zero(bytes + SECRET_CHECKSUM, CHECKSUM_SIZE) ||
	       sodium_memcmp(bytes + SECRET_CHECKSUM, checksum, CHECKSUM_SIZE) == 0;
}

/* The second half of a secret key is the public one, which follows from the first. */
static bool halves_agree(const uint8_t key[SECRET_KEY_SIZE])
{
	uint8_t public[NARC_PUBLIC_KEY_SIZE], made[SECRET_KEY_SIZE];
	bool agree;

	crypto_sign_seed_keypair(public, made, key);
	agree = sodium_memcmp(made, key, sizeof(made)) == 0;
	sodium_memzero(made, sizeof(made));
	return agree;
}

static enum narc_status parse_secret(const uint8_t bytes[SECRET_SIZE],
				     struct narc_secret_key *key, struct narc_error *error)
{
	if (memcmp(bytes, algorithm, sizeof(algorithm)) != 0 ||
	    memcmp(bytes + SECRET_CHECKSUM_KIND, checksum_kind, sizeof(checksum_kind)) != 0)
		return fail(error, NARC_MISUSE, "this is no secret key as minisign has them");
	if (memcmp(bytes + SECRET_DERIVATION, by_scrypt, sizeof(by_scrypt)) == 0)
		return fail(error, NARC_MISUSE,
			    "the key is encrypted, and only minisign can use it: have the "
			    "statement written by \"narc sign --unsigned\", then sign that with "
			    "\"minisign -S\"");
	if (memcmp(bytes + SECRET_DERIVATION, not_encrypted, sizeof(not_encrypted)) != 0 ||
	    !checksum_is_right(bytes) || !halves_agree(bytes + SECRET_BYTES))
		return fail(error, NARC_MISUSE, "the secret key is damaged");
	memcpy(key->public.id, bytes + SECRET_IDENTIFIER, sizeof(key->public.id));
	memcpy(key->bytes, bytes + SECRET_BYTES, sizeof(key->bytes));
	memcpy(key->public.bytes, key->bytes + SECRET_KEY_SIZE - NARC_PUBLIC_KEY_SIZE,
	       sizeof(key->public.bytes));
	return NARC_OK;
}

enum narc_status secret_key_read(const char *text, size_t size, struct narc_secret_key *key,
				 struct narc_error *error)
{
	uint8_t bytes[SECRET_SIZE];
	const char *comment;
	size_t comment_size;
	enum narc_status status;

	if (next_comment(&text, &size, UNTRUSTED_COMMENT, &comment, &comment_size) &&
	    next_base64(&text, &size, bytes, sizeof(bytes)) && size == 0)
		status = parse_secret(bytes, key, error);
	else
		status = fail(error, NARC_MISUSE, "this is no secret key as minisign has them");
	sodium_memzero(bytes, sizeof(bytes));
	return status;
}

void narc_secret_key_public(const narc_secret_key *key, struct narc_public_key *public)
{
	*public = key->public;
}

void narc_secret_key_free(narc_secret_key *key)
{
	if (key)
		sodium_memzero(key, sizeof(*key));
	free(key);
}
