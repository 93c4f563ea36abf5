/* SPDX-License-Identifier: BSD-2-Clause */
/* Key files: a secret one is for its owner alone, and none is ever written over. */
#include <errno.h>
#include <fcntl.h>
#include <sodium/utils.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sign/keys.h"
#include "support/file_io.h"
#include "support/status.h"

/* Comments may be of any length; those of more are not read. */
enum { KEY_FILE_SIZE_LIMIT = 4096 };

static enum narc_status read_file(const char *path, char text[KEY_FILE_SIZE_LIMIT], size_t *size,
				  struct narc_error *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum narc_status status;

	if (fd < 0)
		return narc_fail_system(error, "key", path, errno, "cannot open");
	status = file_read_some(fd, text, KEY_FILE_SIZE_LIMIT, size, error);
	if (status != NARC_OK)
		narc_error_set_path(error, path);
	close(fd);
	return status;
}

enum narc_status narc_public_key_load(const char *path, struct narc_public_key *key,
				      struct narc_error *error)
{
	char text[KEY_FILE_SIZE_LIMIT];
	size_t size;
	enum narc_status status = read_file(path, text, &size, error);

	if (status != NARC_OK)
		return status;
	status = public_key_read(text, size, key, error);
	if (status != NARC_OK)
		narc_error_set_path(error, path);
	return status;
}

enum narc_status narc_secret_key_load(const char *path, narc_passphrase_fn ask, void *context,
				      narc_secret_key **out, struct narc_error *error)
{
	narc_secret_key *key = calloc(1, sizeof(*key));
	char text[KEY_FILE_SIZE_LIMIT];
	size_t size;
	enum narc_status status;

	if (!key)
		return narc_fail_memory(error);
	status = read_file(path, text, &size, error);
	if (status == NARC_OK) {
		status = secret_key_read(text, size, ask, context, key, error);
		if (status != NARC_OK)
			narc_error_set_path(error, path);
	}
	sodium_memzero(text, sizeof(text));
	if (status == NARC_OK)
		*out = key;
	else
		narc_secret_key_free(key);
	return status;
}

/* ---- making them -------------------------------------------------------------------------- */

/* Writes what must not be read by others, nor be lost half written. */
static enum narc_status write_secret(const char *path, const char *text, struct narc_error *error)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	enum narc_status status;

	if (fd < 0 && errno == EEXIST) {
		status = narc_fail(error, NARC_EXISTS, "key", NARC_NO_OFFSET,
				   "there is such a file already, and a key is never replaced");
		narc_error_set_path(error, path);
		return status;
	}
	if (fd < 0)
		return narc_fail_system(error, "key", path, errno, "cannot make the file");
	status = file_write_all(fd, text, strlen(text), error);
	if (status == NARC_OK && fsync(fd) != 0)
		status = narc_fail_system(error, "key", path, errno, "cannot sync");
	if (status != NARC_OK) {
		narc_error_set_path(error, path);
		unlink(path);
	}
	close(fd);
	return status;
}

static enum narc_status write_public(struct narc_sink *sink, const char *text,
				     struct narc_error *error)
{
	enum narc_status status = sink->ops->append(sink->context, text, strlen(text), error);

	if (status == NARC_OK)
		status = sink->ops->sync(sink->context, error);
	if (status == NARC_OK)
		status = sink->ops->publish(sink->context, error);
	return status;
}

enum narc_status narc_key_pair_make(const char *secret_path, const char *public_path,
				    struct narc_public_key *public, struct narc_error *error)
{
	struct narc_secret_key key;
	char secret_text[SECRET_KEY_TEXT_SIZE], public_text[PUBLIC_KEY_TEXT_SIZE];
	struct narc_sink sink;
	enum narc_status status = narc_file_sink(public_path, false, &sink, error);

	if (status != NARC_OK)
		return status;
	status = secret_key_make(&key, error);
	if (status == NARC_OK) {
		secret_key_write(&key, secret_text);
		public_key_write(&key.public, public_text);
		status = write_secret(secret_path, secret_text, error);
	}
	if (status == NARC_OK) {
		status = write_public(&sink, public_text, error);
		if (status == NARC_OK)
			*public = key.public;
		else
			unlink(secret_path);
	}
	sodium_memzero(&key, sizeof(key));
	sodium_memzero(secret_text, sizeof(secret_text));
	sink.ops->close(sink.context);
	return status;
}
