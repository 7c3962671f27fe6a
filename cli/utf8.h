/* UTF-8, one character at a time, from text that may hold anything. */
#ifndef ANAM_CLI_UTF8_H
#define ANAM_CLI_UTF8_H

#include <stddef.h>
#include <stdint.h>

enum { UTF8_REPLACEMENT = 0xFFFD, UTF8_MAX = 4 };

/* Decodes the character at s[0..n), n > 0, into *c and returns its length in bytes.
 * Bytes that are not well-formed (Unicode 15, table 3-7) are U+FFFD, one for each
 * maximal subpart. */
size_t utf8_next(const char *s, size_t n, uint32_t *c);

/* Writes c to out (UTF8_MAX bytes) and returns its length. */
size_t utf8_put(uint32_t c, char *out);

#endif
