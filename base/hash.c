#include "base/hash.h"

#include "base/bytes.h"

#include <stdbool.h>
#include <time.h>
#include <unistd.h>

struct anam_hash_key anam_hash_random_key(void)
{
    static _Thread_local struct anam_hash_key key;
    static _Thread_local bool drawn;
    if (!drawn)
        drawn = getentropy(key.k, sizeof key.k) == 0;
    if (!drawn) {
        struct timespec now = {0};
        clock_gettime(CLOCK_MONOTONIC, &now);
        key.k[0] += (uint64_t)now.tv_nsec;
        key.k[1] = (uint64_t)getpid() << 32 ^ (uint64_t)now.tv_sec;
    }
    key.k[0]++;
    return key;
}

static inline uint64_t rotate(uint64_t v, unsigned bits)
{
    return v << bits | v >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static inline void absorb(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
}

uint64_t anam_hash(struct anam_hash_key key, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    uint64_t v[4] = {
        key.k[0] ^ UINT64_C(0x736f6d6570736575), key.k[1] ^ UINT64_C(0x646f72616e646f6d),
        key.k[0] ^ UINT64_C(0x6c7967656e657261), key.k[1] ^ UINT64_C(0x7465646279746573)};
    uint64_t last = (uint64_t)n << 56;
    for (; n >= 8; n -= 8, p += 8)
        absorb(v, anam_load64(p));
    for (size_t i = 0; i < n; i++)
        last |= (uint64_t)p[i] << 8 * i;
    absorb(v, last);
    v[2] ^= 0xFF;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
