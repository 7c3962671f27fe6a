/* A stream of random numbers that is the same on every machine. */
#ifndef ANAM_BENCH_RANDOM_H
#define ANAM_BENCH_RANDOM_H

#include <math.h>
#include <stdint.h>

struct random_stream {
    uint64_t state;
};

/* SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014). */
static inline uint64_t random_bits(struct random_stream *r)
{
    uint64_t z = r->state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* 0 to n - 1, n not 0. */
static inline uint32_t random_below(struct random_stream *r, uint32_t n)
{
    return (uint32_t)(((random_bits(r) >> 32) * n) >> 32);
}

/* [0, 1) */
static inline double random_unit(struct random_stream *r)
{
    return (double)(random_bits(r) >> 11) * 0x1p-53;
}

/* Log-normal by its mean and the spread of its logarithm; the sum of twelve uniform
 * numbers stands for a normal one. */
static inline double random_length(struct random_stream *r, double mean, double sigma)
{
    double normal = -6;
    for (int i = 0; i < 12; i++)
        normal += random_unit(r);
    return mean * exp(sigma * normal - sigma * sigma / 2);
}

#endif
