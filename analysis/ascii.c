#include "analysis/ascii.h"

#include "base/bytes.h"

#include <string.h>

/* In each of eight bytes: bit 7 tells something of that byte. */
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define FLAGS EACH(0x80)

/* Flags the bytes from `first` to `last`; bytes are below 0x80, so nothing carries. */
static inline uint64_t between(uint64_t bytes, unsigned first, unsigned last)
{
    return (bytes + EACH(0x80 - first)) & ~(bytes + EACH(0x7F - last)) & FLAGS;
}

/* The position of the lowest flag, 8 where there is none. */
static inline size_t first_flag(uint64_t flags)
{
#if defined(__GNUC__)
    return flags ? (size_t)__builtin_ctzll(flags) / 8 : 8;
#else
    size_t i = 0;
    while (i < 8 && !(flags >> (8 * i) & 0x80))
        i++;
    return i;
#endif
}

/* The next eight bytes, with zeros beyond the end. */
static inline uint64_t load_within(const char *text, size_t n)
{
    unsigned char bytes[8] = {0};
    if (n >= 8)
        memcpy(bytes, text, 8);
    else
        memcpy(bytes, text, n);
    return anam_load64(bytes);
}

bool anam_ascii_run(const char *text, size_t n, struct anam_ascii_run *run)
{
    uint64_t any_letter = 0;
    uint64_t any_digit = 0;
    run->folded = (struct anam_short_word){{0}};
    run->len = 0;
    for (size_t i = 0; i < ANAM_SHORT_WORDS; i++) {
        uint64_t bytes = load_within(text + run->len, n - run->len);
        uint64_t low = bytes & ~FLAGS;
        uint64_t letters = between(low | EACH(0x20), 'a', 'z') & ~bytes;
        uint64_t digits = between(low, '0', '9') & ~bytes;
        size_t good = first_flag(~(letters | digits) & FLAGS);
        uint64_t keep = good < 8 ? (UINT64_C(1) << (8 * good)) - 1 : UINT64_MAX;
        run->folded.bytes[i] = (bytes | (letters >> 2)) & keep;
        run->len += good;
        any_letter |= letters & keep;
        any_digit |= digits & keep;
        if (good < 8) {
            run->letter = any_letter != 0;
            run->digit = any_digit != 0;
            return true;
        }
    }
    return false;
}

size_t anam_ascii_gap(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        unsigned letter = (c | 0x20u) - 'a';
        if (c >= 0x80 || letter < 26 || (unsigned)c - '0' < 10)
            return i;
    }
    return n;
}

void anam_short_word_store(const struct anam_short_word *w, char *bytes)
{
    unsigned char le[8];
    for (size_t i = 0; i < ANAM_SHORT_WORDS; i++) {
        anam_store64(le, w->bytes[i]);
        memcpy(bytes + 8 * i, le, 8);
    }
}

struct anam_short_word anam_short_word_load(const char *bytes, size_t n)
{
    unsigned char padded[ANAM_SHORT_WORD] = {0};
    memcpy(padded, bytes, n);
    struct anam_short_word w;
    for (size_t i = 0; i < ANAM_SHORT_WORDS; i++)
        w.bytes[i] = anam_load64(padded + 8 * i);
    return w;
}
