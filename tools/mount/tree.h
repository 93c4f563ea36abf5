/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tree of names, as a file system shows it. It is made once: names are added in the order of the
 * archive, and settled; from then on it does not change, and any number of threads may look at it.
 *
 * A node takes 44 bytes and its name, so that ten million posts fit into memory. Those of a folder
 * stand together, in the order in which they were added: who reads them in this order, or in that
 * of their numbers, reads the archive from front to back.
 */
#ifndef NARC_MOUNT_TREE_H
#define NARC_MOUNT_TREE_H

#include <newsarc.h>
#include <sys/stat.h>

enum { TREE_NAME_LIMIT = 255, TREE_PATH_SIZE = 8192 };

/* Numbers of nodes and of folders. The root is the first of both. */
#define TREE_ROOT 0u
#define TREE_NONE UINT32_MAX

struct tree_node {
	const char *name;
	uint64_t row;  /* of a file, its row in the archive; of a folder, its number */
	uint64_t size; /* in bytes */
	int64_t mtime_seconds;
	uint32_t mtime_nanoseconds;
	uint32_t mode; /* type and permissions as in st_mode; 0: it is hidden */
};

struct tree_folder {
	uint32_t node;
	uint32_t parent;     /* a folder; of the root, itself */
	uint32_t first;      /* node in it; */
	uint32_t count;      /* they follow each other, the hidden ones too */
	uint32_t shown;      /* how many are not hidden */
	uint32_t subfolders; /* that are not hidden */
	bool numbers_twins;  /* as do the folders in it: see tree_settle */
};

struct tree;

/* memory: bytes that nodes, folders and names may take, which are few in an archive of thousands of
 * folders for each file. NULL if there is no memory. */
struct tree *tree_new(uint64_t memory);
void tree_free(struct tree *tree);

/* What comes of adding: besides NARC_OK, NARC_NOMEM, NARC_LIMIT for more than has room or numbers,
 * and NARC_MISUSE for a name that no file may have: it is empty, ".", "..", longer than
 * TREE_NAME_LIMIT, or has a "/" in it. */

/* Finds the folder of this name in another, or adds it. */
enum narc_status tree_add_folder(struct tree *tree, uint32_t parent, const char *name, size_t size,
				 uint32_t *folder);

/* Has what is added to the folder from here on, and to those that will be in it, be numbered. */
void tree_number_twins(struct tree *tree, uint32_t folder);

/* Adds a file; the name of it is ignored. */
enum narc_status tree_add_file(struct tree *tree, uint32_t folder, const char *name, size_t size,
			       const struct tree_node *file);

/* Told of a node that is hidden, because another one of its folder has its name. */
typedef void (*tree_hidden_fn)(void *context, const struct tree *tree, uint32_t folder,
			       const char *name);

/* Ends the adding. Of several nodes with one name, the last file is left and all else is hidden,
 * as on a disk a file that is there keeps a folder of this name from being made. Where twins are
 * numbered, all are left, and all but the first get another name: "a.md" becomes "a~2.md",
 * "a~3.md". Gives all folders this time. */
enum narc_status tree_settle(struct tree *tree, int64_t folder_time, tree_hidden_fn hidden,
			     void *context);

/* ---- looking at it ------------------------------------------------------------------------ */

/* How many nodes there are, with those that are hidden; they are numbered from 0. */
uint32_t tree_count(const struct tree *tree);

const struct tree_node *tree_node(const struct tree *tree, uint32_t number);

/* The folder that a node is; NULL if it is none. */
const struct tree_folder *tree_folder_of(const struct tree *tree, uint32_t number);

/* The folder with this number. */
const struct tree_folder *tree_folder(const struct tree *tree, uint32_t folder);

/* The node of this name in a folder; TREE_NONE if there is none. */
uint32_t tree_find(const struct tree *tree, const struct tree_folder *folder, const char *name);

/* Bytes of all files that are shown, and of the largest of them. */
uint64_t tree_size(const struct tree *tree);
uint64_t tree_largest(const struct tree *tree);

/* Writes the path of a name in a folder, cut if it is too long. */
const char *tree_path(const struct tree *tree, uint32_t folder, const char *name,
		      char text[TREE_PATH_SIZE]);

#endif
