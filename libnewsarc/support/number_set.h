/* SPDX-License-Identifier: BSD-2-Clause */
/* A set of numbers: a hash table with open addressing. All zero when it is empty. */
#ifndef NARC_SUPPORT_NUMBER_SET_H
#define NARC_SUPPORT_NUMBER_SET_H

#include "newsarc.h"

struct number_set {
	uint64_t *slots; /* a number plus 1; 0 is empty */
	size_t capacity;
	size_t count;
};

bool number_set_has(const struct number_set *set, uint64_t number);
enum narc_status number_set_add(struct number_set *set, uint64_t number, struct narc_error *error);
void number_set_free(struct number_set *set);

#endif
