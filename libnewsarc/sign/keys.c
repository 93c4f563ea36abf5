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
 * algorithm, what is for the derivation (a salt, and what it may cost); and what is encrypted:
 * the key's identifier, the key, and a checksum. */
enum {
	SECRET_DERIVATION = 2,
	SECRET_CHECKSUM_KIND = 4,
	SECRET_SALT = 6,
	SECRET_OPERATIONS = SECRET_SALT + 32,
	SECRET_MEMORY = SECRET_OPERATIONS + 8,
	SECRET_IDENTIFIER = SECRET_MEMORY + 8,
	SECRET_BYTES = SECRET_IDENTIFIER + NARC_KEY_ID_SIZE,
	SECRET_CHECKSUM = SECRET_BYTES + SECRET_KEY_SIZE,
	CHECKSUM_SIZE = 32,
	SECRET_SIZE = SECRET_CHECKSUM + CHECKSUM_SIZE,
	ENCRYPTED_SIZE = SECRET_SIZE - SECRET_IDENTIFIER
};

enum { PASSPHRASE_SIZE = 1024 }; /* minisign's */

/* Of a public one: algorithm, identifier, key. */
enum {
	PUBLIC_IDENTIFIER = 2,
	PUBLIC_BYTES = PUBLIC_IDENTIFIER + NARC_KEY_ID_SIZE,
	PUBLIC_SIZE = PUBLIC_BYTES + NARC_PUBLIC_KEY_SIZE
};

static_assert(SECRET_OPERATIONS - SECRET_SALT == crypto_pwhash_scryptsalsa208sha256_SALTBYTES,
	      "the salt is scrypt's");
static_assert(SECRET_KEY_SIZE == crypto_sign_SECRETKEYBYTES, "keys are those of Ed25519");
static_assert(NARC_PUBLIC_KEY_SIZE == crypto_sign_PUBLICKEYBYTES, "keys are those of Ed25519");

static const char algorithm[2] = { 'E', 'd' };
static const char checksum_kind[2] = { 'B', '2' };
static const char not_encrypted[2] = { 0, 0 };
static const char by_scrypt[2] = { 'S', 'c' };

static enum narc_status fail(struct narc_error *error, enum narc_status status, const char *what)
{
	return narc_fail_text(error, status, "key", NARC_NO_OFFSET, what);
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

static bool checksum_is_right(const uint8_t bytes[SECRET_SIZE])
{
	uint8_t checksum[CHECKSUM_SIZE];

	make_checksum(bytes, checksum);
	return sodium_memcmp(bytes + SECRET_CHECKSUM, checksum, CHECKSUM_SIZE) == 0;
}

/* minisign leaves out the checksum of a key that is not encrypted. */
static bool has_checksum(const uint8_t bytes[SECRET_SIZE])
{
	return !sodium_is_zero(bytes + SECRET_CHECKSUM, CHECKSUM_SIZE);
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

/* Makes the stream that the key is encrypted with. What it costs is what the file says, but no
 * more than minisign ever asks for. */
static enum narc_status derive_stream(const uint8_t bytes[SECRET_SIZE], const char *passphrase,
				      uint8_t stream[ENCRYPTED_SIZE], struct narc_error *error)
{
	uint64_t operations = load_le64(bytes + SECRET_OPERATIONS);
	uint64_t memory = load_le64(bytes + SECRET_MEMORY);

	if (operations > crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE ||
	    memory > crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE)
		return fail(error, NARC_MISUSE,
			    "the key asks for more work or memory than minisign does: it is "
			    "damaged");
	if (crypto_pwhash_scryptsalsa208sha256(stream, ENCRYPTED_SIZE, passphrase,
					       strlen(passphrase), bytes + SECRET_SALT, operations,
					       (size_t)memory) != 0)
		return narc_fail(error, NARC_NOMEM, "key", NARC_NO_OFFSET,
				 "out of memory: decrypting the key takes %llu MiB",
				 (unsigned long long)(memory >> 20));
	return NARC_OK;
}

static enum narc_status decrypt(uint8_t bytes[SECRET_SIZE], narc_passphrase_fn ask, void *context,
				struct narc_error *error)
{
	uint8_t stream[ENCRYPTED_SIZE];
	char passphrase[PASSPHRASE_SIZE] = "";
	enum narc_status status;

	if (!ask || !ask(context, passphrase, sizeof(passphrase)))
		status = fail(error, NARC_MISUSE,
			      "the key is encrypted, and no passphrase was given");
	else
		status = derive_stream(bytes, passphrase, stream, error);
	if (status == NARC_OK) {
		for (size_t i = 0; i < ENCRYPTED_SIZE; i++)
			bytes[SECRET_IDENTIFIER + i] ^= stream[i];
		if (!checksum_is_right(bytes))
			status = fail(error, NARC_MISUSE,
				      "the passphrase is wrong, or the secret key is damaged");
	}
	sodium_memzero(passphrase, sizeof(passphrase));
	sodium_memzero(stream, sizeof(stream));
	return status;
}

static enum narc_status parse_secret(uint8_t bytes[SECRET_SIZE], narc_passphrase_fn ask,
				     void *context, struct narc_secret_key *key,
				     struct narc_error *error)
{
	bool is_encrypted =
		memcmp(bytes + SECRET_DERIVATION, by_scrypt, sizeof(by_scrypt)) == 0;
	enum narc_status status = NARC_OK;

	if (memcmp(bytes, algorithm, sizeof(algorithm)) != 0 ||
	    memcmp(bytes + SECRET_CHECKSUM_KIND, checksum_kind, sizeof(checksum_kind)) != 0)
		return fail(error, NARC_MISUSE, "this is no secret key as minisign has them");
	if (is_encrypted)
		status = decrypt(bytes, ask, context, error);
	else if (memcmp(bytes + SECRET_DERIVATION, not_encrypted, sizeof(not_encrypted)) != 0 ||
		 (has_checksum(bytes) && !checksum_is_right(bytes)))
		status = fail(error, NARC_MISUSE, "the secret key is damaged");
	if (status == NARC_OK && !halves_agree(bytes + SECRET_BYTES))
		status = fail(error, NARC_MISUSE, "the secret key is damaged");
	if (status != NARC_OK)
		return status;
	memcpy(key->public.id, bytes + SECRET_IDENTIFIER, sizeof(key->public.id));
	memcpy(key->bytes, bytes + SECRET_BYTES, sizeof(key->bytes));
	memcpy(key->public.bytes, key->bytes + SECRET_KEY_SIZE - NARC_PUBLIC_KEY_SIZE,
	       sizeof(key->public.bytes));
	return NARC_OK;
}

enum narc_status secret_key_read(const char *text, size_t size, narc_passphrase_fn ask,
				 void *context, struct narc_secret_key *key,
				 struct narc_error *error)
{
	uint8_t bytes[SECRET_SIZE];
	const char *comment;
	size_t comment_size;
	enum narc_status status;

	if (next_comment(&text, &size, UNTRUSTED_COMMENT, &comment, &comment_size) &&
	    next_base64(&text, &size, bytes, sizeof(bytes)) && size == 0)
		status = parse_secret(bytes, ask, context, key, error);
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
