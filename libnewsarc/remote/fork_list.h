/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is told when the process forks: threads are only in the parent, and what they hold is held for
 * good in the child. */
#ifndef NARC_REMOTE_FORK_LIST_H
#define NARC_REMOTE_FORK_LIST_H

#include <stdbool.h>

struct fork_member {
	struct fork_member *next;
	void (*prepare)(void *context);            /* comes to rest, until the next call */
	void (*go_on)(void *context, bool is_child); /* in both processes */
	void *context;
};

/* The member stays the caller's. */
void fork_list_add(struct fork_member *member);
void fork_list_remove(struct fork_member *member);

#endif
