/* UTF-8 as untrusted input. */
#ifndef ANAM_BASE_UTF8_H
#define ANAM_BASE_UTF8_H

#include "base/alloc.h"

#include <stdint.h>

/* Decodes the character at s[0..n), n > 0, into *c and returns its bytes (1-4).
 * Where the bytes are not well-formed (Unicode 15, table 3-7), *c is U+FFFD and the
 * return is the length of the maximal subpart, with *valid false. */
size_t anam_utf8_decode(const char *s, size_t n, uint32_t *c, bool *valid);

/* Writes c as UTF-8 to out (4 bytes at least) and returns its length. */
size_t anam_utf8_encode(uint32_t c, char *out);

/* Length of the longest well-formed prefix without NUL. */
size_t anam_utf8_valid_prefix(const char *s, size_t n);

/* Appends s to out with every invalid sequence and every NUL replaced by U+FFFD;
 * adds the number of replacements to *replaced. false without memory. */
bool anam_utf8_repair(const char *s, size_t n, struct anam_buffer *out, uint64_t *replaced);

#endif
