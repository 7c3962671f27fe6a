/* A keyed hash, so that no input can be made to collide. */
#ifndef ANAM_BASE_HASH_H
#define ANAM_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct anam_hash_key {
    uint64_t k[2];
};

/* Another key each time in a thread, for which the system's random source is asked once: keys
 * differ by little, hashes by them in all. */
struct anam_hash_key anam_hash_random_key(void);

/* SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012). */
uint64_t anam_hash(struct anam_hash_key key, const void *bytes, size_t n);

#endif
