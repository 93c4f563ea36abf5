/* SPDX-License-Identifier: BSD-2-Clause */
#include "remote/piece_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "remote/digest.h"
#include "support/byte_order.h"
#include "support/content_hash.h"

/*
 * A file: the mark; the size of the remote file, 8 bytes; its ETag, with zeros behind it; the number
 * of pieces, 4 bytes; their numbers, 8 bytes each; the pieces, of which the last of the remote file
 * has zeros behind it; and XXH3 of all this, 8 bytes.
 */
static const uint8_t mark[8] = "narcpcs1";

enum { TAG_PLACE = sizeof(mark) + 8, COUNT_PLACE = TAG_PLACE + HTTP_TAG_SIZE };
enum { NUMBERS_PLACE = COUNT_PLACE + 4, HASH_SIZE = 8 };

static const char suffix[] = ".pieces";

static size_t file_size(size_t count)
{
	return NUMBERS_PLACE + count * (8 + PIECE_SIZE) + HASH_SIZE;
}

/* ---- names -------------------------------------------------------------------------------- */

/* Makes a folder, for nobody else, and those above it. */
static bool make_folder(const char *folder)
{
	char *path = strdup(folder);
	bool made = path != NULL;

	for (char *end = path; made && end;) {
		end = strchr(end + 1, '/');
		if (end)
			*end = '\0';
		made = mkdir(path, 0700) == 0 || errno == EEXIST;
		if (end)
			*end = '/';
	}
	free(path);
	return made;
}

char *piece_store_path(const char *folder, const char *url)
{
	const struct payload payload = { .data = url, .size = strlen(url) };
	struct digests digests;
	size_t size = strlen(folder) + sizeof(digests.sha256_text) + sizeof(suffix) + 1;
	char *path = malloc(size);

	if (!path || !make_folder(folder) || digests_make(&payload, &digests, NULL) != NARC_OK) {
		free(path);
		return NULL;
	}
	snprintf(path, size, "%s/%s%s", folder, digests.sha256_text, suffix);
	return path;
}

/* ---- loading ------------------------------------------------------------------------------ */

static bool read_all(int fd, uint8_t *bytes, size_t size)
{
	for (size_t got = 0; got < size;) {
		ssize_t part = read(fd, bytes + got, size - got);

		if (part == 0 || (part < 0 && errno != EINTR))
			return false;
		got += part > 0 ? (size_t)part : 0;
	}
	return true;
}

/* Whether the bytes are what was written; if so, says what they are. */
static bool take_file(const uint8_t *bytes, size_t size, struct kept_pieces *kept)
{
	const char *tag = (const char *)bytes + TAG_PLACE;

	if (memcmp(bytes, mark, sizeof(mark)) != 0 || !memchr(tag, '\0', HTTP_TAG_SIZE) ||
	    file_size(load_le32(bytes + COUNT_PLACE)) != size ||
	    content_hash(bytes, size - HASH_SIZE) != load_le64(bytes + size - HASH_SIZE))
		return false;
	kept->state.total = load_le64(bytes + sizeof(mark));
	strcpy(kept->state.tag, tag);
	kept->count = load_le32(bytes + COUNT_PLACE);
	kept->numbers = bytes + NUMBERS_PLACE;
	kept->bytes = kept->numbers + 8 * kept->count;
	return true;
}

void piece_store_load(const char *path, struct kept_pieces *kept)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat about;

	*kept = (struct kept_pieces){ 0 };
	if (fd < 0)
		return;
	/* What somebody else has put there is not believed. */
	if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_uid == geteuid() &&
	    about.st_size >= (off_t)file_size(0) &&
	    about.st_size <= (off_t)file_size(STORE_FILE_PIECES)) {
		size_t size = (size_t)about.st_size;

		kept->memory = malloc(size);
		if (kept->memory && read_all(fd, kept->memory, size) &&
		    take_file(kept->memory, size, kept))
			futimens(fd, NULL); /* it was used */
	}
	close(fd);
}

void kept_pieces_free(struct kept_pieces *kept)
{
	free(kept->memory);
	*kept = (struct kept_pieces){ 0 };
}

void kept_pieces_give(const struct kept_pieces *kept, struct piece_cache *cache)
{
	for (size_t i = kept->count; i-- > 0;) {
		uint64_t number = load_le64(kept->numbers + 8 * i);
		struct piece *piece;

		if (number > kept->state.total / PIECE_SIZE || piece_cache_find(cache, number))
			continue;
		piece = piece_cache_begin(cache, number);
		if (!piece)
			return;
		memcpy(piece->bytes, kept->bytes + i * PIECE_SIZE, PIECE_SIZE);
		piece->is_lasting = true;
		piece_cache_end(cache, piece, true);
	}
}

/* ---- saving ------------------------------------------------------------------------------- */

/* A file of the folder. */
struct kept_file {
	char *name;
	off_t size;
	struct timespec used;
};

static int by_use(const void *a, const void *b)
{
	const struct timespec *left = &((const struct kept_file *)a)->used;
	const struct timespec *right = &((const struct kept_file *)b)->used;

	if (left->tv_sec != right->tv_sec)
		return left->tv_sec < right->tv_sec ? -1 : 1;
	return (left->tv_nsec > right->tv_nsec) - (left->tv_nsec < right->tv_nsec);
}

/* Lists the files that pieces are in, also those that a killed process did not end. */
static struct kept_file *list_files(DIR *folder, size_t *count)
{
	struct kept_file *files = NULL;

	for (struct dirent *entry; (entry = readdir(folder));) {
		struct kept_file *grown;
		struct stat about;

		if (!strstr(entry->d_name, suffix) ||
		    fstatat(dirfd(folder), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		grown = realloc(files, (*count + 1) * sizeof(*grown));
		if (!grown)
			break;
		files = grown;
		files[*count] = (struct kept_file){ strdup(entry->d_name), about.st_size,
						    about.st_mtim };
		*count += files[*count].name != NULL;
	}
	return files;
}

/* Removes what was not used for longest, until the rest is not too much. */
static void tidy(const char *path)
{
	char *name = strdup(path);
	struct kept_file *files = NULL;
	size_t count = 0;
	off_t size = 0;
	DIR *folder = NULL;

	if (name) {
		*strrchr(name, '/') = '\0';
		folder = opendir(name);
	}
	if (folder)
		files = list_files(folder, &count);
	if (count)
		qsort(files, count, sizeof(*files), by_use);
	for (size_t i = 0; i < count; i++)
		size += files[i].size;
	for (size_t i = 0; i < count; i++) {
		if (size > STORE_FOLDER_LIMIT)
			unlinkat(dirfd(folder), files[i].name, 0);
		size -= size > STORE_FOLDER_LIMIT ? files[i].size : 0;
		free(files[i].name);
	}
	free(files);
	if (folder)
		closedir(folder);
	free(name);
}

/* Writes it beside the place that it takes then. */
static bool write_file(const char *path, const uint8_t *bytes, size_t size)
{
	size_t room = strlen(path) + sizeof(".XXXXXX");
	char *name = malloc(room);
	FILE *file = NULL;
	bool written = false;
	int fd = -1;

	if (name) {
		snprintf(name, room, "%s.XXXXXX", path);
		fd = mkostemp(name, O_CLOEXEC);
	}
	if (fd >= 0) {
		file = fdopen(fd, "wb");
		if (!file)
			close(fd);
	}
	if (file) {
		written = fwrite(bytes, 1, size, file) == size;
		written = fclose(file) == 0 && written && rename(name, path) == 0;
	}
	if (fd >= 0 && !written)
		unlink(name);
	free(name);
	return written;
}

static size_t count_lasting(const struct piece_cache *cache)
{
	size_t count = 0;

	for (const struct piece *piece = cache->newest; piece; piece = piece->older)
		count += piece->is_lasting;
	return count < STORE_FILE_PIECES ? count : STORE_FILE_PIECES;
}

void piece_store_save(const char *path, const struct http_state *state,
		      const struct piece_cache *cache)
{
	size_t count = count_lasting(cache), size = file_size(count), i = 0;
	uint8_t *bytes = calloc(1, size), *numbers, *pieces;

	if (!bytes)
		return;
	numbers = bytes + NUMBERS_PLACE;
	pieces = numbers + 8 * count;
	memcpy(bytes, mark, sizeof(mark));
	store_le64(bytes + sizeof(mark), state->total);
	strcpy((char *)bytes + TAG_PLACE, state->tag);
	store_le32(bytes + COUNT_PLACE, (uint32_t)count);
	for (const struct piece *piece = cache->newest; piece && i < count; piece = piece->older) {
		uint64_t left = state->total - piece->number * PIECE_SIZE;

		if (!piece->is_lasting)
			continue;
		store_le64(numbers + 8 * i, piece->number);
		memcpy(pieces + i * PIECE_SIZE, piece->bytes,
		       left < PIECE_SIZE ? (size_t)left : PIECE_SIZE);
		i++;
	}
	store_le64(bytes + size - HASH_SIZE, content_hash(bytes, size - HASH_SIZE));
	if (write_file(path, bytes, size))
		tidy(path);
	free(bytes);
}
