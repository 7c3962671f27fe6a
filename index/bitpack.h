/* Unsigned integers of a fixed number of bits, packed from the lowest bit up. */
#ifndef ANAM_BITPACK_H
#define ANAM_BITPACK_H

#include "base/alloc.h"
#include "base/bytes.h"

#include <stdint.h>

/* Bits that v needs; 0 for 0. */
unsigned anam_bits(uint32_t v);

/* Bytes that n values of `width` bits take. */
static inline size_t anam_packed_bytes(size_t n, unsigned width)
{
    return (n * width + 7) / 8;
}

/* Bits that are set. */
static inline uint32_t anam_count_bits(uint64_t v)
{
#if defined(__GNUC__)
    return (uint32_t)__builtin_popcountll(v);
#else
    uint32_t n = 0;
    for (; v; v &= v - 1)
        n++;
    return n;
#endif
}

/* The number of the lowest bit that is set; v is not 0. */
static inline uint32_t anam_lowest_bit(uint64_t v)
{
#if defined(__GNUC__)
    return (uint32_t)__builtin_ctzll(v);
#else
    return anam_count_bits((v & -v) - 1);
#endif
}

/* Appends n values, each below 2^width, 0 <= width <= 32. false without memory. */
bool anam_bitpack(struct anam_buffer *out, const uint32_t *values, size_t n, unsigned width);

/* Value i of those at `in`. Reads up to eight bytes from where it lies, which a file's trailer
 * always leaves room for. */
static inline uint32_t anam_bitpack_at(const unsigned char *in, size_t i, unsigned width)
{
    return (uint32_t)(anam_load64(in + i * width / 8) >> i * width % 8 &
                      ((UINT64_C(1) << width) - 1));
}

/* Reads n values from the anam_packed_bytes(n, width) bytes at `in`. */
void anam_bitunpack(const unsigned char *in, uint32_t *values, size_t n, unsigned width);

#endif
