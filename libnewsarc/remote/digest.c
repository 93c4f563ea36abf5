/* SPDX-License-Identifier: BSD-2-Clause */
#include "remote/digest.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "support/file_io.h"
#include "support/status.h"

enum { PIECE_LIMIT = 64 * 1024, SHA256_SIZE = 32 };

enum narc_status payload_read(const struct payload *payload, uint64_t place, void *buffer,
			      size_t size, struct narc_error *error)
{
	if (!payload->data)
		return file_read_at(payload->fd, payload->offset + place, buffer, size, error);
	memcpy(buffer, (const uint8_t *)payload->data + place, size);
	return NARC_OK;
}

static void print_hexadecimal(const uint8_t *bytes, size_t size, char *text)
{
	for (size_t i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

/* A system may be set up so that there is no MD5. */
static enum narc_status fail_digest(struct narc_error *error)
{
	return narc_fail(error, NARC_UNSUPPORTED, "remote", NARC_NO_OFFSET,
			 "OpenSSL gives no MD5 or SHA-256 here, which stores of S3 are asked with");
}

static enum narc_status update(EVP_MD_CTX *md5, EVP_MD_CTX *sha256, const struct payload *payload,
			       struct narc_error *error)
{
	uint8_t bytes[PIECE_LIMIT];
	enum narc_status status = NARC_OK;

	for (uint64_t place = 0; place < payload->size && status == NARC_OK; place += PIECE_LIMIT) {
		uint64_t left = payload->size - place;
		size_t size = left < PIECE_LIMIT ? (size_t)left : PIECE_LIMIT;

		status = payload_read(payload, place, bytes, size, error);
		if (status == NARC_OK && (!EVP_DigestUpdate(md5, bytes, size) ||
					  !EVP_DigestUpdate(sha256, bytes, size)))
			status = fail_digest(error);
	}
	return status;
}

enum narc_status digests_make(const struct payload *payload, struct digests *digests,
			      struct narc_error *error)
{
	EVP_MD_CTX *md5 = EVP_MD_CTX_new(), *sha256 = EVP_MD_CTX_new();
	uint8_t sha256_bytes[SHA256_SIZE];
	enum narc_status status;

	if (!md5 || !sha256)
		status = narc_fail_memory(error);
	else if (!EVP_DigestInit_ex(md5, EVP_md5(), NULL) ||
		 !EVP_DigestInit_ex(sha256, EVP_sha256(), NULL))
		status = fail_digest(error);
	else
		status = update(md5, sha256, payload, error);
	if (status == NARC_OK && (!EVP_DigestFinal_ex(md5, digests->md5, NULL) ||
				  !EVP_DigestFinal_ex(sha256, sha256_bytes, NULL)))
		status = fail_digest(error);
	EVP_MD_CTX_free(md5);
	EVP_MD_CTX_free(sha256);
	if (status != NARC_OK)
		return status;
	EVP_EncodeBlock((unsigned char *)digests->md5_text, digests->md5, MD5_SIZE);
	print_hexadecimal(sha256_bytes, SHA256_SIZE, digests->sha256_text);
	return NARC_OK;
}

void etag_of_md5(const uint8_t md5[MD5_SIZE], char etag[ETAG_TEXT_SIZE])
{
	char text[2 * MD5_SIZE + 1];

	print_hexadecimal(md5, MD5_SIZE, text);
	snprintf(etag, ETAG_TEXT_SIZE, "\"%s\"", text);
}

enum narc_status etag_of_parts(const uint8_t *md5s, size_t count, char etag[ETAG_TEXT_SIZE],
			       struct narc_error *error)
{
	uint8_t md5[MD5_SIZE];
	char text[2 * MD5_SIZE + 1];

	if (!EVP_Digest(md5s, count * MD5_SIZE, md5, NULL, EVP_md5(), NULL))
		return fail_digest(error);
	print_hexadecimal(md5, MD5_SIZE, text);
	snprintf(etag, ETAG_TEXT_SIZE, "\"%s-%zu\"", text, count);
	return NARC_OK;
}
