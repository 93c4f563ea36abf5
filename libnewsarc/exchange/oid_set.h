/* SPDX-License-Identifier: BSD-2-Clause */
/* Object names of git: a list, and a set. All zero when they are empty. */
#ifndef NARC_EXCHANGE_OID_SET_H
#define NARC_EXCHANGE_OID_SET_H

#include <git2/oid.h>
#include <stdbool.h>
#include <stddef.h>

struct oid_list {
	git_oid *ids;
	size_t count;
	size_t capacity;
};

/* False if there is no memory. */
bool oid_list_add(struct oid_list *list, const git_oid *id);
void oid_list_free(struct oid_list *list);

/* A hash table: the names are hashes already. The name of zeros is never in it. */
struct oid_set {
	git_oid *slots;
	size_t capacity;
	size_t count;
};

bool oid_set_has(const struct oid_set *set, const git_oid *id);

/* False if there is no memory. */
bool oid_set_add(struct oid_set *set, const git_oid *id);
void oid_set_free(struct oid_set *set);

#endif
