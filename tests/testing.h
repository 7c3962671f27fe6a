/* What the test programs share: cmocka, a temporary folder, seeded random numbers. */
#ifndef ANAM_TESTING_H
#define ANAM_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* A new folder under $TMPDIR or /tmp; testing_remove_dir takes it away again. */
static inline void testing_make_dir(char path[256])
{
    const char *tmp = getenv("TMPDIR");
    snprintf(path, 256, "%s/anamnesis-test-XXXXXX", tmp && tmp[0] ? tmp : "/tmp");
    assert_non_null(mkdtemp(path));
}

static inline void testing_remove_dir(const char *path)
{
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", path);
    assert_int_equal(system(command), 0);
}

/* The seed of this run: $SEED or the time; printed, so that a failure can be repeated. */
static inline uint64_t testing_seed(void)
{
    const char *given = getenv("SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    print_message("             SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

/* SplitMix64 (Steele, Lea, Flood, 2014). */
static inline uint64_t testing_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* 0 to n - 1. */
static inline uint32_t testing_below(uint64_t *state, uint32_t n)
{
    return (uint32_t)(testing_random(state) % n);
}

#endif
