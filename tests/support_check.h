/* SPDX-License-Identifier: BSD-2-Clause */
/* What every test starts with: cmocka, with what it needs before it, and checks of what
 * newsarc's calls return. */
#ifndef TESTS_SUPPORT_CHECK_H
#define TESTS_SUPPORT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "newsarc.h"

/* A test: TEST(what_must_hold) { ... } */
#define TEST(name) static void name(void **state __attribute__((unused)))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Fails the test, and says what error says, unless status is the one that is wanted. */
#define ASSERT_STATUS(status, wanted, error) \
	check_status((status), (wanted), (error), __FILE__, __LINE__)
#define ASSERT_OK(status, error) ASSERT_STATUS(status, NARC_OK, error)

void check_status(enum narc_status status, enum narc_status wanted,
		  const struct narc_error *error, const char *file, int line);

/* Fails the test unless error is filled in as the header promises: with this status, and
 * with a stage and a message. */
#define ASSERT_ERROR_IS_TOLD(error, wanted) \
	check_error_is_told((error), (wanted), __FILE__, __LINE__)

void check_error_is_told(const struct narc_error *error, enum narc_status wanted,
			 const char *file, int line);

/* Whether as much is tried as there is time for. With sanitizers all takes three times as long, and
 * they look for mistakes that few of very many like inputs show: there it is what NARC_LONG asks for. */
bool is_thorough(void);

/* Numbers that look random and are the same at every run (splitmix64, by S. Vigna). */
struct test_random {
	uint64_t state;
};

static inline uint64_t random_next(struct test_random *random)
{
	uint64_t z = (random->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static inline uint64_t random_below(struct test_random *random, uint64_t limit)
{
	return random_next(random) % limit;
}

#endif
