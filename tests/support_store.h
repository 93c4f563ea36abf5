/* SPDX-License-Identifier: BSD-2-Clause */
/* A store in memory whose calls are counted, and can fail. */
#ifndef TESTS_SUPPORT_STORE_H
#define TESTS_SUPPORT_STORE_H

#include "newsarc.h"

enum { STORED_FILES = 64 };

struct stored_file {
	char name[64];
	void *data;
	size_t size;
	int64_t time;
};

struct memory_store {
	struct stored_file files[STORED_FILES];
	size_t count;
	int64_t clock; /* that files get their times from */
	/* Of the calls that may fail, which are all but close, and reads and appends of what was
	 * opened or begun: */
	uint64_t calls;
	uint64_t fail_at; /* counted from 1; 0: none fails */
	bool has_failed;
	unsigned opened; /* stores, sources and sinks that are not closed yet */
	/* Called once, before a file is replaced: somebody else is faster. */
	void (*rival)(struct memory_store *store);
};

/* The store, once more: each is to be closed. */
struct narc_store memory_store_open(struct memory_store *store);
void memory_store_free(struct memory_store *store);

/* A copy of all files. */
struct memory_store memory_store_copy(const struct memory_store *store);

/* Writes a file, which may be there. */
void memory_store_put(struct memory_store *store, const char *name, const void *data,
		      size_t size);

/* NULL if there is no such file. */
struct stored_file *memory_store_find(struct memory_store *store, const char *name);

#endif
