#include "cli/utf8.h"

#include <stdbool.h>

/* Length that a first byte announces, 0 where it cannot be a first byte. */
static size_t announced(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return 2;
    if (first >= 0xE0 && first <= 0xEF)
        return 3;
    if (first >= 0xF0 && first <= 0xF4)
        return 4;
    return 0;
}

/* The second byte rules out overlong forms, surrogates and what lies beyond U+10FFFF. */
static bool second_fits(unsigned char first, unsigned char second)
{
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    if (first == 0xE0)
        low = 0xA0;
    else if (first == 0xED)
        high = 0x9F;
    else if (first == 0xF0)
        low = 0x90;
    else if (first == 0xF4)
        high = 0x8F;
    return second >= low && second <= high;
}

size_t utf8_next(const char *s, size_t n, uint32_t *c)
{
    static const unsigned char first_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    unsigned char first = (unsigned char)s[0];
    size_t length = announced(first);
    *c = UTF8_REPLACEMENT;
    if (length == 0)
        return 1;
    uint32_t value = first & first_bits[length];
    for (size_t i = 1; i < length; i++) {
        if (i == n)
            return i;
        unsigned char next = (unsigned char)s[i];
        bool fits = i == 1 ? second_fits(first, next) : (next & 0xC0) == 0x80;
        if (!fits)
            return i;
        value = value << 6 | (next & 0x3F);
    }
    *c = value;
    return length;
}

size_t utf8_put(uint32_t c, char *out)
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
