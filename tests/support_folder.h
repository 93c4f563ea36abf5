/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders to work in, that go away. */
#ifndef TESTS_SUPPORT_FOLDER_H
#define TESTS_SUPPORT_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { TEST_PATH_SIZE = 512 };

/* A new folder of its own; the name is to be freed with test_folder_remove. */
char *test_folder_new(void);

/* Removes the folder, which holds files only, and frees its name. */
void test_folder_remove(char *folder);

/* The same for a folder with folders in it. */
void test_tree_remove(char *folder);

/* Writes what is in the folder: a line for each file or link, in order of path, with its mode,
 * modification time, and content. */
void test_tree_describe(const char *folder, FILE *out);

/* folder/name. */
void test_path(char path[TEST_PATH_SIZE], const char *folder, const char *name);

/* How many entries the folder has, hidden ones too, but "." and "..". */
size_t test_folder_count(const char *folder);

/* The bytes of a file, to be freed; NULL if there is no such file. */
void *test_file_read(const char *path, size_t *size);

/* Fails unless folder/name is a file that holds this text. */
void assert_file_is(const char *folder, const char *name, const char *text);

void test_file_write(const char *path, const void *data, size_t size);

/* Limits how large files may become, as a disk does that is full. */
#define TEST_NO_LIMIT UINT64_MAX
void test_limit_file_size(uint64_t size);

/* How many file descriptors this process has open. */
size_t test_open_descriptors(void);

#endif
