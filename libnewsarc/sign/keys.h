/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys of Ed25519, as minisign has them (section 5 of newsarc-signature.md). */
#ifndef NARC_SIGN_KEYS_H
#define NARC_SIGN_KEYS_H

#include "newsarc.h"

enum { SECRET_KEY_SIZE = 64 };

struct narc_secret_key {
	struct narc_public_key public;
	uint8_t bytes[SECRET_KEY_SIZE];
};

/* The texts of key files. */
enum { SECRET_KEY_TEXT_SIZE = 512, PUBLIC_KEY_TEXT_SIZE = 256 };
void secret_key_write(const struct narc_secret_key *key, char text[SECRET_KEY_TEXT_SIZE]);
void public_key_write(const struct narc_public_key *key, char text[PUBLIC_KEY_TEXT_SIZE]);

/* ask is as in narc_secret_key_load. */
enum narc_status secret_key_read(const char *text, size_t size, narc_passphrase_fn ask,
				 void *context, struct narc_secret_key *key,
				 struct narc_error *error);
enum narc_status public_key_read(const char *text, size_t size, struct narc_public_key *key,
				 struct narc_error *error);

/* A new key; from random bytes of the system. */
enum narc_status secret_key_make(struct narc_secret_key *key, struct narc_error *error);

#endif
