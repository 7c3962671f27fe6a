/* UTF-8, one character at a time, from text that may hold anything. */
#ifndef ANAM_CLI_UTF8_H
#define ANAM_CLI_UTF8_H

#include <stddef.h>
#include <stdint.h>
#include <utf8proc.h>

enum { UTF8_REPLACEMENT = 0xFFFD, UTF8_MAX = 4 };

/* Decodes the character at s[0..n), n > 0, into *c and returns its length in bytes.
 * A byte that begins no well-formed character is U+FFFD. */
static inline size_t utf8_next(const char *s, size_t n, uint32_t *c)
{
    utf8proc_int32_t decoded;
    utf8proc_ssize_t length =
        utf8proc_iterate((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)n, &decoded);
    *c = length > 0 ? (uint32_t)decoded : UTF8_REPLACEMENT;
    return length > 0 ? (size_t)length : 1;
}

/* Writes c to out (UTF8_MAX bytes) and returns its length. */
static inline size_t utf8_put(uint32_t c, char *out)
{
    return (size_t)utf8proc_encode_char((utf8proc_int32_t)c, (utf8proc_uint8_t *)out);
}

#endif
