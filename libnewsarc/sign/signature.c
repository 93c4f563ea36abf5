/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures as minisign makes and checks them (section 5 of newsarc-signature.md). */
#include "sign/signature.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "sign/keys.h"
#include "sign/minisign_lines.h"
#include "support/byte_buffer.h"
#include "support/status.h"

enum {
	DIGEST_SIZE = 64, /* BLAKE2b-512 */
	ED25519_SIZE = 64,
	IDENTIFIER = 2,
	BYTES = IDENTIFIER + NARC_KEY_ID_SIZE,
	SIGNATURE_SIZE = BYTES + ED25519_SIZE,
	COMMENT_SIZE_LIMIT = 8192 /* minisign's */
};

static_assert(ED25519_SIZE == crypto_sign_BYTES, "signatures are those of Ed25519");

static const char of_message[2] = { 'E', 'd' };
static const char of_digest[2] = { 'E', 'D' };

/* What a signature file says; points into it. */
struct signature {
	uint8_t bytes[SIGNATURE_SIZE];
	const char *comment;
	size_t comment_size;
	uint8_t of_all[ED25519_SIZE]; /* over the signature and the comment */
};

static void digest_message(const void *message, size_t size, uint8_t digest[DIGEST_SIZE])
{
	crypto_generichash(digest, DIGEST_SIZE, message, size, NULL, 0);
}

/* What the second signature is over. */
static enum narc_status join_comment(const uint8_t signature[SIGNATURE_SIZE], const char *comment,
				     size_t size, struct byte_buffer *joined,
				     struct narc_error *error)
{
	byte_buffer_append(joined, signature + BYTES, ED25519_SIZE);
	byte_buffer_append(joined, comment, size);
	return byte_buffer_status(joined, error);
}

/* ---- making ------------------------------------------------------------------------------- */

static void put_base64(struct byte_buffer *text, const uint8_t *bytes, size_t size)
{
	char base64[sodium_base64_ENCODED_LEN(SIGNATURE_SIZE, sodium_base64_VARIANT_ORIGINAL)];

	sodium_bin2base64(base64, sizeof(base64), bytes, size, sodium_base64_VARIANT_ORIGINAL);
	byte_buffer_append(text, base64, strlen(base64));
	byte_buffer_append(text, "\n", 1);
}

static void put_text(struct byte_buffer *text, const char *piece)
{
	byte_buffer_append(text, piece, strlen(piece));
}

/* Signs, and puts the four lines together, with a NUL behind them. */
static enum narc_status write_lines(const narc_secret_key *key,
				    const uint8_t signature[SIGNATURE_SIZE], const char *comment,
				    struct byte_buffer *lines, struct narc_error *error)
{
	struct byte_buffer joined = BYTE_BUFFER_EMPTY;
	uint8_t of_all[ED25519_SIZE];
	char id[NARC_KEY_ID_TEXT_SIZE];
	enum narc_status status =
		join_comment(signature, comment, strlen(comment), &joined, error);

	if (status == NARC_OK) {
		crypto_sign_detached(of_all, NULL, joined.data, joined.size, key->bytes);
		narc_key_id_text(key->public.id, id);
		put_text(lines, UNTRUSTED_COMMENT "signature by newsarc with key ");
		put_text(lines, id);
		put_text(lines, "\n");
		put_base64(lines, signature, SIGNATURE_SIZE);
		put_text(lines, TRUSTED_COMMENT);
		put_text(lines, comment);
		put_text(lines, "\n");
		put_base64(lines, of_all, sizeof(of_all));
		byte_buffer_append_u8(lines, '\0');
		status = byte_buffer_status(lines, error);
	}
	byte_buffer_free(&joined);
	return status;
}

enum narc_status narc_sign(const narc_secret_key *key, const void *message, size_t size,
			   const char *comment, char text[NARC_SIGNATURE_SIZE],
			   struct narc_error *error)
{
	struct byte_buffer lines = BYTE_BUFFER_EMPTY;
	uint8_t signature[SIGNATURE_SIZE], digest[DIGEST_SIZE];
	enum narc_status status;

	digest_message(message, size, digest);
	memcpy(signature, of_digest, sizeof(of_digest));
	memcpy(signature + IDENTIFIER, key->public.id, sizeof(key->public.id));
	crypto_sign_detached(signature + BYTES, NULL, digest, sizeof(digest), key->bytes);
	status = write_lines(key, signature, comment, &lines, error);
	if (status == NARC_OK && (lines.size > NARC_SIGNATURE_SIZE || strchr(comment, '\n')))
		status = narc_fail(error, NARC_MISUSE, "signature", NARC_NO_OFFSET,
				   "the comment is too long, or has several lines");
	if (status == NARC_OK)
		memcpy(text, lines.data, lines.size);
	byte_buffer_free(&lines);
	return status;
}

/* ---- checking ----------------------------------------------------------------------------- */

static enum narc_status fail(struct narc_error *error, enum narc_status status, const char *what)
{
	return narc_fail_text(error, status, "signature", NARC_NO_OFFSET, what);
}

static enum narc_status parse(const char *text, size_t size, struct signature *signature,
			      struct narc_error *error)
{
	const char *untrusted;
	size_t untrusted_size;

	if (!next_comment(&text, &size, UNTRUSTED_COMMENT, &untrusted, &untrusted_size) ||
	    !next_base64(&text, &size, signature->bytes, sizeof(signature->bytes)) ||
	    !next_comment(&text, &size, TRUSTED_COMMENT, &signature->comment,
			  &signature->comment_size) ||
	    signature->comment_size > COMMENT_SIZE_LIMIT ||
	    !next_base64(&text, &size, signature->of_all, sizeof(signature->of_all)) || size)
		return fail(error, NARC_BAD_SIGNATURE,
			    "this is no signature as minisign makes them, or it was altered");
	if (memcmp(signature->bytes, of_message, sizeof(of_message)) != 0 &&
	    memcmp(signature->bytes, of_digest, sizeof(of_digest)) != 0)
		return fail(error, NARC_UNSUPPORTED,
			    "the signature is of an unknown kind, or was altered");
	return NARC_OK;
}

enum narc_status signature_check_form(const void *text, size_t size, struct narc_error *error)
{
	struct signature signature;

	return parse(text, size, &signature, error);
}

static enum narc_status check_key(const struct signature *signature,
				  const struct narc_public_key *key, struct narc_error *error)
{
	char wanted[NARC_KEY_ID_TEXT_SIZE], given[NARC_KEY_ID_TEXT_SIZE];

	if (memcmp(signature->bytes + IDENTIFIER, key->id, sizeof(key->id)) == 0)
		return NARC_OK;
	narc_key_id_text(signature->bytes + IDENTIFIER, wanted);
	narc_key_id_text(key->id, given);
	return narc_fail(error, NARC_BAD_SIGNATURE, "signature", NARC_NO_OFFSET,
			 "the signature is by the key %s, and not by the one given, %s", wanted,
			 given);
}

static enum narc_status check_message(const struct signature *signature,
				      const struct narc_public_key *key, const void *message,
				      size_t size, struct narc_error *error)
{
	uint8_t digest[DIGEST_SIZE];

	if (memcmp(signature->bytes, of_digest, sizeof(of_digest)) == 0) {
		digest_message(message, size, digest);
		message = digest;
		size = sizeof(digest);
	}
	if (crypto_sign_verify_detached(signature->bytes + BYTES, message, size, key->bytes) == 0)
		return NARC_OK;
	return fail(error, NARC_BAD_SIGNATURE,
		    "the statement is not what was signed: one of the two was altered");
}

static enum narc_status check_comment(const struct signature *signature,
				      const struct narc_public_key *key, struct narc_error *error)
{
	struct byte_buffer joined = BYTE_BUFFER_EMPTY;
	enum narc_status status = join_comment(signature->bytes, signature->comment,
					       signature->comment_size, &joined, error);

	if (status == NARC_OK && crypto_sign_verify_detached(signature->of_all, joined.data,
							     joined.size, key->bytes) != 0)
		status = fail(error, NARC_BAD_SIGNATURE,
			      "the comment in the signature is not what was signed: it was "
			      "altered");
	byte_buffer_free(&joined);
	return status;
}

enum narc_status narc_check_signature(const void *text, size_t size, const void *message,
				      size_t message_size, const struct narc_public_key *key,
				      struct narc_error *error)
{
	struct signature signature;
	enum narc_status status = parse(text, size, &signature, error);

	if (status == NARC_OK)
		status = check_key(&signature, key, error);
	if (status == NARC_OK)
		status = check_message(&signature, key, message, message_size, error);
	return status == NARC_OK ? check_comment(&signature, key, error) : status;
}
