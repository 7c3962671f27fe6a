#include "base/utf8.h"

#include <string.h>

/* Second byte's range and sequence length by first byte: Unicode 15.0, table 3-7. */
size_t anam_utf8_decode(const char *s, size_t n, uint32_t *c, bool *valid)
{
    const unsigned char *p = (const unsigned char *)s;
    *valid = true;
    if (p[0] < 0x80) {
        *c = p[0];
        return 1;
    }
    size_t len;
    uint32_t value;
    unsigned low = 0x80;
    unsigned high = 0xBF;
    if (p[0] >= 0xC2 && p[0] <= 0xDF) {
        len = 2;
        value = p[0] & 0x1Fu;
    } else if ((p[0] & 0xF0) == 0xE0) {
        len = 3;
        value = p[0] & 0x0Fu;
        if (p[0] == 0xE0)
            low = 0xA0;
        else if (p[0] == 0xED)
            high = 0x9F;
    } else if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        len = 4;
        value = p[0] & 0x07u;
        if (p[0] == 0xF0)
            low = 0x90;
        else if (p[0] == 0xF4)
            high = 0x8F;
    } else {
        *c = 0xFFFD;
        *valid = false;
        return 1;
    }
    for (size_t i = 1; i < len; i++) {
        if (i >= n || p[i] < low || p[i] > high) {
            *c = 0xFFFD;
            *valid = false;
            return i;
        }
        value = value << 6 | (p[i] & 0x3Fu);
        low = 0x80;
        high = 0xBF;
    }
    *c = value;
    return len;
}

size_t anam_utf8_encode(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

static size_t ascii_prefix(const char *s, size_t n)
{
    size_t i = 0;
    for (; n - i >= 8; i += 8) {
        uint64_t word;
        memcpy(&word, s + i, 8);
        const uint64_t ones = UINT64_C(0x0101010101010101);
        uint64_t stop = word | ((word - ones) & ~word); /* high bit: not ASCII, or NUL */
        if (stop & (ones << 7))
            break;
    }
    while (i < n && (unsigned char)s[i] - 1u < 0x7F) /* 0x01 to 0x7F */
        i++;
    return i;
}

size_t anam_utf8_valid_prefix(const char *s, size_t n)
{
    size_t i = 0;
    for (;;) {
        i += ascii_prefix(s + i, n - i);
        if (i == n)
            return n;
        uint32_t c;
        bool valid;
        size_t len = anam_utf8_decode(s + i, n - i, &c, &valid);
        if (!valid || c == 0)
            return i;
        i += len;
    }
}

bool anam_utf8_repair(const char *s, size_t n, struct anam_buffer *out, uint64_t *replaced)
{
    size_t i = 0;
    while (i < n) {
        size_t good = anam_utf8_valid_prefix(s + i, n - i);
        if (!anam_buffer_append(out, s + i, good))
            return false;
        i += good;
        if (i == n)
            break;
        uint32_t c;
        bool valid;
        i += anam_utf8_decode(s + i, n - i, &c, &valid);
        if (!anam_buffer_append(out, "\xEF\xBF\xBD", 3))
            return false;
        ++*replaced;
    }
    return true;
}
