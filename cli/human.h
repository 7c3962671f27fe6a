/* Numbers as people read them. Returned by value: use them within one expression,
 * as in message("%s records", human_count(n).s). */
#ifndef ANAM_CLI_HUMAN_H
#define ANAM_CLI_HUMAN_H

#include <stdint.h>

struct human {
    char s[32];
};

/* 17,891 */
struct human human_count(uint64_t n);

/* "1 record", "17,891 records"; noun is in the singular and takes an s. */
struct human human_counted(uint64_t n, const char *noun);

/* 512 bytes, 30.5 MB, 2.1 GB; powers of 1000. */
struct human human_bytes(uint64_t n);

/* 0.31 ms, 1.2 ms, 3.2 s, 4 min 05 s, 2 h 10 min */
struct human human_seconds(double seconds);

#endif
