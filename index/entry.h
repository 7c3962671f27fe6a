/* The postings of one window of a list: the innermost decoding, inlined into whoever reads,
 * and written twice where a processor does it faster. */
#ifndef ANAM_ENTRY_H
#define ANAM_ENTRY_H

#include "index/bitpack.h"
#include "index/postings.h"

#include <string.h>

#if defined(__BMI2__) && defined(__AVX2__)
#include <immintrin.h>
#endif

enum {
    ANAM_MAX_WIDTH = 8,      /* bits of a packed frequency; what needs more is an exception */
    ANAM_WIDTHS = 9,         /* 0 to 8 bits, of counts and of frequencies */
    ANAM_HUGE_TF = 0xFFFF,   /* in an exception: the value follows behind */
    ANAM_EXCEPTION_BYTES = 4 /* of one, while it is below that */
};

/* Where the postings of a window lie. */
struct anam_entry {
    uint32_t n;                      /* 1 to ANAM_WINDOW */
    const unsigned char *positions;  /* n bytes, ascending; or from ANAM_BITMAP_FROM on, bits */
    const unsigned char *packed;     /* frequencies of the frame, less 1 */
    unsigned width;                  /* bits of each */
    uint32_t first;                  /* number of this window's first posting in the frame */
    uint32_t n_exceptions;           /* of the frame */
    const unsigned char *exceptions; /* numbers of postings, u16 each, ascending; then as many
                                        frequencies less 1 */
    const unsigned char *end;        /* of the list */
};

/* The frequency of an exception that says ANAM_HUGE_TF; of a damaged one 1. */
uint32_t anam_huge_tf(const struct anam_entry *e, uint32_t i);

/* Eight values of `width` bits, 0 to 8, as bytes. May read up to eight bytes from `in`,
 * which a file's trailer always leaves room for. */
static inline uint64_t anam_spread8(const unsigned char *in, unsigned shift, unsigned width)
{
    uint64_t bits = anam_load64(in) >> shift;
    uint64_t mask = UINT64_C(0x0101010101010101) * ((UINT64_C(1) << width) - 1);
#if defined(__BMI2__)
    return _pdep_u64(bits, mask);
#else
    uint64_t out = 0;
    for (unsigned i = 0; i < 8 && mask; i++)
        out |= (bits >> i * width & (mask & 0xFF)) << 8 * i;
    return out;
#endif
}

/* Counts less 1 of a frame's windows: how many postings and how many bytes of positions lie
 * before window `at`, and in all of them; zero beyond the last. */
struct anam_counts {
    uint32_t before, bytes_before, all, bytes_all, here;
};

static inline struct anam_counts anam_add_counts(const uint64_t less1[ANAM_FRAME / 8],
                                                 uint32_t windows, uint32_t at)
{
    struct anam_counts c = {0};
#if defined(__BMI2__) && defined(__AVX2__)
    static const unsigned char ones[2 * ANAM_FRAME] = {
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    const __m256i zero = _mm256_setzero_si256();
    __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)less1);
    __m256i low = _mm256_min_epu8(v, _mm256_set1_epi8(ANAM_BITMAP_BYTES - 1));
    __m256i all = _mm256_loadu_si256((const __m256i *)(const void *)(ones + ANAM_FRAME - windows));
    __m256i head = _mm256_loadu_si256((const __m256i *)(const void *)(ones + ANAM_FRAME - at));
    __m256i sums[4] = {_mm256_and_si256(v, head), _mm256_and_si256(low, head),
                       _mm256_and_si256(v, all), _mm256_and_si256(low, all)};
    uint32_t out[4];
    for (int i = 0; i < 4; i++) {
        __m256i s = _mm256_sad_epu8(sums[i], zero);
        __m128i t = _mm_add_epi64(_mm256_castsi256_si128(s), _mm256_extracti128_si256(s, 1));
        out[i] = (uint32_t)(_mm_cvtsi128_si64(t) + _mm_extract_epi64(t, 1));
    }
    c = (struct anam_counts){out[0] + at, out[1] + at, out[2] + windows, out[3] + windows, 0};
    c.here = ((const unsigned char *)less1)[at] + 1U;
#else
    for (uint32_t i = 0; i < windows; i++) {
        uint32_t n = (uint32_t)(less1[i / 8] >> i % 8 * 8 & 0xFF) + 1;
        uint32_t bytes = n < ANAM_BITMAP_FROM ? n : ANAM_BITMAP_BYTES;
        if (i < at) {
            c.before += n;
            c.bytes_before += bytes;
        }
        c.all += n;
        c.bytes_all += bytes;
        if (i == at)
            c.here = n;
    }
#endif
    return c;
}

/* Entry e of the list, below p->windows. false: damaged. */
static inline bool anam_postings_entry(const struct anam_postings *p, uint32_t e,
                                       struct anam_entry *entry)
{
    uint32_t frame = e / ANAM_FRAME;
    uint32_t left = p->windows - frame * ANAM_FRAME;
    uint32_t windows = left < ANAM_FRAME ? left : ANAM_FRAME;
    uint32_t offset = p->offsets ? anam_load32(p->offsets + 4 * (size_t)frame) : 0;
    size_t room = (size_t)(p->end - p->frames);
    if (offset >= room)
        return false;
    room -= offset;
    const unsigned char *at = p->frames + offset;
    unsigned count_width = *at / ANAM_WIDTHS;
    unsigned width = *at % ANAM_WIDTHS;
    size_t used = 1;
    uint32_t n_exceptions = 0;
    if (count_width >= ANAM_WIDTHS) {
        count_width -= ANAM_WIDTHS;
        n_exceptions = room >= 3 ? anam_load16(at + 1) : 0;
        used = 3;
    }
    if (count_width > ANAM_MAX_WIDTH || used >= room)
        return false;
    struct anam_counts c = {e % ANAM_FRAME, e % ANAM_FRAME, windows, windows, 1};
    if (count_width > 0) { /* else one posting in each */
        uint64_t less1[ANAM_FRAME / 8] = {0};
        for (uint32_t i = 0; i * 8 < windows; i++)
            less1[i] = anam_spread8(at + used + (size_t)i * count_width, 0, count_width);
        used += anam_packed_bytes(windows, count_width);
        c = anam_add_counts(less1, windows, e % ANAM_FRAME);
    }
    size_t packed = used + c.bytes_all;
    size_t exceptions = packed + anam_packed_bytes(c.all, width);
    if (exceptions + (size_t)ANAM_EXCEPTION_BYTES * n_exceptions > room)
        return false;
    *entry = (struct anam_entry){.n = c.here,
                                 .positions = at + used + c.bytes_before,
                                 .packed = at + packed,
                                 .width = width,
                                 .first = c.before,
                                 .n_exceptions = n_exceptions,
                                 .exceptions = at + exceptions,
                                 .end = p->end};
    return true;
}

static inline uint32_t anam_exception(const struct anam_entry *e, uint32_t i)
{
    return anam_load16(e->exceptions + 2 * (size_t)i);
}

/* The frequency of exception i. */
static inline uint32_t anam_exception_tf(const struct anam_entry *e, uint32_t i)
{
    uint32_t less1 = anam_load16(e->exceptions + 2 * ((size_t)e->n_exceptions + i));
    return less1 < ANAM_HUGE_TF ? less1 + 1 : anam_huge_tf(e, i);
}

/* The first exception at or behind a posting of the frame. */
static inline uint32_t anam_first_exception(const struct anam_entry *e, uint32_t posting)
{
    uint32_t low = 0;
    uint32_t high = e->n_exceptions;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (anam_exception(e, middle) < posting)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* All frequencies of an entry; `out` has room for ANAM_WINDOW + 8. */
static inline void anam_entry_tfs(const struct anam_entry *e, float *out)
{
    size_t bit = (size_t)e->first * e->width;
    const unsigned char *at = e->packed + bit / 8;
    for (uint32_t i = 0; i < e->n; i += 8, at += e->width) {
        uint64_t less1 = anam_spread8(at, bit % 8, e->width);
#if defined(__BMI2__) && defined(__AVX2__)
        __m256i wide = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)less1));
        __m256i tfs = _mm256_add_epi32(wide, _mm256_set1_epi32(1));
        _mm256_storeu_ps(out + i, _mm256_cvtepi32_ps(tfs));
#else
        for (uint32_t j = 0; j < 8; j++)
            out[i + j] = (float)((less1 >> 8 * j & 0xFF) + 1);
#endif
    }
    if (e->n_exceptions == 0)
        return;
    for (uint32_t i = anam_first_exception(e, e->first);
         i < e->n_exceptions && anam_exception(e, i) - e->first < e->n; i++)
        out[anam_exception(e, i) - e->first] = (float)anam_exception_tf(e, i);
}

/* The frequency of posting i of an entry, below e->n. */
static inline uint32_t anam_entry_tf(const struct anam_entry *e, uint32_t i)
{
    uint32_t posting = e->first + i;
    size_t bit = (size_t)posting * e->width;
    uint32_t mask = (UINT32_C(1) << e->width) - 1;
    if (e->n_exceptions > 0) {
        uint32_t x = anam_first_exception(e, posting);
        if (x < e->n_exceptions && anam_exception(e, x) == posting)
            return anam_exception_tf(e, x);
    }
    return ((uint32_t)anam_load16(e->packed + bit / 8) >> bit % 8 & mask) + 1;
}

/* The number of the posting at a position of the window (0 to 255); e->n or more: there is
 * none. */
static inline uint32_t anam_entry_find(const struct anam_entry *e, uint32_t position)
{
    if (e->n < ANAM_BITMAP_FROM) {
#if defined(__BMI2__) && defined(__AVX2__)
        __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)e->positions);
        __m256i same = _mm256_cmpeq_epi8(v, _mm256_set1_epi8((char)position));
        uint32_t bits = (uint32_t)_mm256_movemask_epi8(same);
        return bits ? anam_lowest_bit(bits) : ANAM_WINDOW;
#else
        for (uint32_t i = 0; i < e->n; i++)
            if (e->positions[i] == position)
                return i;
        return ANAM_WINDOW;
#endif
    }
    uint32_t rank = 0;
    for (uint32_t word = 0; word < position / 64; word++)
        rank += anam_count_bits(anam_load64(e->positions + 8 * word));
    uint64_t bits = anam_load64(e->positions + position / 64 * 8);
    uint64_t bit = UINT64_C(1) << position % 64;
    return bits & bit ? rank + anam_count_bits(bits & (bit - 1)) : ANAM_WINDOW;
}

#endif
