/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * splitmix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014,
 * with the constants of Vigna's public domain code, https://prng.di.unimi.it/splitmix64.c
 * It is chosen because a new stream costs nothing: any number is a good state.
 */
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include <stdint.h>

static inline uint64_t mix(uint64_t z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static inline uint64_t next(uint64_t *rng)
{
	return mix(*rng += 0x9e3779b97f4a7c15);
}

/* The seed of child n, whose stream is none of its parent's. */
static inline uint64_t derive(uint64_t seed, uint64_t n)
{
	return mix(seed ^ n * 0xd1342543de82ef95);
}

/* A number below n, which is at most 2^32. */
static inline uint32_t below(uint64_t *rng, uint64_t n)
{
	return (uint32_t)((next(rng) >> 32) * n >> 32);
}

#endif
