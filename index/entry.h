/* The postings of one window of a list: the innermost decoding, inlined into whoever reads,
 * and written twice where a processor does it faster. */
#ifndef ANAM_ENTRY_H
#define ANAM_ENTRY_H

#include "base/prefetch.h"
#include "index/bitpack.h"
#include "index/postings.h"

#include <string.h>

#if defined(__BMI2__) || defined(__AVX2__)
#include <immintrin.h>
#endif

enum {
    ANAM_MAX_WIDTH = 8,  /* bits of a packed frequency; what needs more is an exception */
    ANAM_WIDTHS = 9,     /* 0 to 8 bits, of counts and of frequencies */
    ANAM_GROUP = 256,    /* postings, whose exceptions a byte tells apart */
    ANAM_VALUE_BITS = 4, /* of what an exception has above the least that does not fit; */
    ANAM_HUGE = 15       /* so much or more: the frequency follows behind the others */
};

/* Where the postings of a window lie. */
struct anam_entry {
    uint32_t n;                     /* 1 to ANAM_WINDOW */
    uint32_t first;                 /* number of this window's first posting in the frame */
    const unsigned char *positions; /* n bytes, ascending; or from ANAM_BITMAP_FROM on, bits */
    const struct anam_frame *frame;
};

#define ANAM_NO_FRAME UINT32_MAX

/* ANAM_FRAME windows of a list: where the postings of each lie. */
struct anam_frame {
    uint32_t number;                 /* of the list's frames; ANAM_NO_FRAME: nothing here */
    unsigned width;                  /* bits of a frequency */
    const unsigned char *positions;  /* of all windows */
    const unsigned char *packed;     /* frequencies less 1; of exceptions all bits are set */
    const unsigned char *before;     /* exceptions before each group but the first, */
    unsigned counted;                /* in so many bytes each */
    const unsigned char *exceptions; /* which postings of their group they are, a byte each,
                                        ascending; then their values */
    uint32_t n_exceptions;
    const unsigned char *end;          /* of the list */
    uint16_t postings[ANAM_FRAME + 1]; /* before each window */
    uint16_t bytes[ANAM_FRAME + 1];    /* of positions before each window */
};

/* The frequency of exception i, that has ANAM_HUGE or more; of a damaged one 1. */
uint32_t anam_huge_tf(const struct anam_frame *f, uint32_t i);

_Static_assert(3 * ANAM_MAX_WIDTH + 8 <= ANAM_TRAILER, "of 32 values the last eight, too");

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

#if defined(__BMI2__) && defined(__AVX512BW__)
/* Puts the running sums of 32 numbers behind a 0. */
static inline void anam_put_sums(uint16_t out[ANAM_FRAME + 1], __m512i v)
{
    v = _mm512_add_epi16(v, _mm512_bslli_epi128(v, 2));
    v = _mm512_add_epi16(v, _mm512_bslli_epi128(v, 4));
    v = _mm512_add_epi16(v, _mm512_bslli_epi128(v, 8));
    /* The sums of all eight, for the quarters one, two and three behind. */
    __m512i last = _mm512_shuffle_epi8(v, _mm512_set1_epi16(0x0F0E));
    __m512i one = _mm512_maskz_shuffle_i64x2(0xFC, last, last, _MM_SHUFFLE(2, 1, 0, 0));
    __m512i two = _mm512_maskz_shuffle_i64x2(0xF0, last, last, _MM_SHUFFLE(1, 0, 0, 0));
    __m512i three = _mm512_maskz_shuffle_i64x2(0xC0, last, last, _MM_SHUFFLE(0, 0, 0, 0));
    v = _mm512_add_epi16(_mm512_add_epi16(v, one), _mm512_add_epi16(two, three));
    out[0] = 0;
    _mm512_storeu_si512(out + 1, v);
}
#elif defined(__BMI2__) && defined(__AVX2__)
static inline __m256i anam_running_sums(__m256i v)
{
    v = _mm256_add_epi16(v, _mm256_slli_si256(v, 2));
    v = _mm256_add_epi16(v, _mm256_slli_si256(v, 4));
    v = _mm256_add_epi16(v, _mm256_slli_si256(v, 8));
    __m256i low = _mm256_permute2x128_si256(v, v, 0x08); /* zero, and the lower half */
    return _mm256_add_epi16(v, _mm256_shuffle_epi8(low, _mm256_set1_epi16(0x0F0E)));
}

/* Puts the running sums of 32 numbers behind a 0. */
static inline void anam_put_sums(uint16_t out[ANAM_FRAME + 1], __m256i low, __m256i high)
{
    low = anam_running_sums(low);
    __m256i last = _mm256_permute4x64_epi64(low, _MM_SHUFFLE(3, 3, 3, 3));
    last = _mm256_shuffle_epi8(last, _mm256_set1_epi16(0x0F0E));
    out[0] = 0;
    _mm256_storeu_si256((__m256i *)(void *)(out + 1), low);
    _mm256_storeu_si256((__m256i *)(void *)(out + 17),
                        _mm256_add_epi16(anam_running_sums(high), last));
}
#endif

/* Adds up the counts of a frame's windows, which are packed at `at` less 1. Where the list ends
 * before 32 windows what lies behind is added, too, 32 bytes from `at` on at most; nobody asks for
 * it. */
static inline void anam_add_counts(struct anam_frame *f, const unsigned char *at, unsigned width)
{
#if defined(__BMI2__) && defined(__AVX2__)
    __m256i less1 = _mm256_set_epi64x((long long)anam_spread8(at + (size_t)3 * width, 0, width),
                                      (long long)anam_spread8(at + (size_t)2 * width, 0, width),
                                      (long long)anam_spread8(at + width, 0, width),
                                      (long long)anam_spread8(at, 0, width));
#if defined(__AVX512BW__)
    __m512i n = _mm512_add_epi16(_mm512_cvtepu8_epi16(less1), _mm512_set1_epi16(1));
    anam_put_sums(f->postings, n);
    anam_put_sums(f->bytes, _mm512_min_epu16(n, _mm512_set1_epi16(ANAM_BITMAP_BYTES)));
#else
    const __m256i one = _mm256_set1_epi16(1);
    const __m256i most = _mm256_set1_epi16(ANAM_BITMAP_BYTES);
    __m256i low = _mm256_cvtepu8_epi16(_mm256_castsi256_si128(less1));
    __m256i high = _mm256_cvtepu8_epi16(_mm256_extracti128_si256(less1, 1));
    low = _mm256_add_epi16(low, one);
    high = _mm256_add_epi16(high, one);
    anam_put_sums(f->postings, low, high);
    anam_put_sums(f->bytes, _mm256_min_epu16(low, most), _mm256_min_epu16(high, most));
#endif
#else
    uint64_t eight = 0;
    f->postings[0] = f->bytes[0] = 0;
    for (uint32_t i = 0; i < ANAM_FRAME; i++, eight >>= 8) {
        if (i % 8 == 0)
            eight = anam_spread8(at + (size_t)(i / 8) * width, 0, width);
        uint32_t n = (uint32_t)(eight & 0xFF) + 1;
        f->postings[i + 1] = (uint16_t)(f->postings[i] + n);
        f->bytes[i + 1] = (uint16_t)(f->bytes[i] + (n < ANAM_BITMAP_FROM ? n : ANAM_BITMAP_BYTES));
    }
#endif
}

/* Asks for what will be read next: the rest of a frame, and the head of the one behind. */
static inline void anam_prefetch_frame(const struct anam_postings *p, const unsigned char *frame,
                                       size_t bytes)
{
    enum { LINE = ANAM_CACHE_LINE, MOST = 1024 };
    for (size_t i = LINE; i < bytes && i < MOST; i += LINE)
        anam_prefetch(frame + i);
    if (p->end - frame > (ptrdiff_t)bytes)
        anam_prefetch(frame + bytes);
}

static inline uint32_t anam_frame_offset(const struct anam_postings *p, uint32_t number)
{
    return p->offsets ? anam_load32(p->offsets + (size_t)p->width * number) & p->mask : 0;
}

/* Begins to load the head of a frame. */
static inline void anam_postings_foresee(const struct anam_postings *p, uint32_t number)
{
    size_t offset = anam_frame_offset(p, number);
    if (offset < (size_t)(p->end - p->frames))
        anam_prefetch(p->frames + offset);
}

/* Groups of so many postings but the first. */
static inline uint32_t anam_groups_behind(uint32_t postings)
{
    return (postings - 1) / ANAM_GROUP;
}

/* Reads the head of a frame. false: damaged. */
static inline bool anam_postings_frame(const struct anam_postings *p, uint32_t number,
                                       struct anam_frame *f)
{
    uint32_t left = p->windows - number * ANAM_FRAME;
    uint32_t windows = left < ANAM_FRAME ? left : ANAM_FRAME;
    uint32_t offset = anam_frame_offset(p, number);
    size_t room = (size_t)(p->end - p->frames);
    f->number = ANAM_NO_FRAME;
    if (offset >= room)
        return false;
    room -= offset;
    const unsigned char *at = p->frames + offset;
    unsigned count_width = *at / ANAM_WIDTHS % ANAM_WIDTHS;
    unsigned counted = *at / (ANAM_WIDTHS * ANAM_WIDTHS); /* bytes of the number of exceptions */
    f->width = *at % ANAM_WIDTHS;
    size_t used = 1 + counted;
    if (counted > 2 || used >= room)
        return false;
    f->n_exceptions = anam_load16(at + 1) & ((1U << 8 * counted) - 1);
    anam_add_counts(f, at + used, count_width);
    used += anam_packed_bytes(windows, count_width);
    size_t packed = used + f->bytes[windows];
    size_t before = packed + anam_packed_bytes(f->postings[windows], f->width);
    size_t exceptions = before + counted * anam_groups_behind(f->postings[windows]);
    size_t values = exceptions + f->n_exceptions;
    if (f->n_exceptions > f->postings[windows] ||
        values + anam_packed_bytes(f->n_exceptions, ANAM_VALUE_BITS) > room)
        return false;
    f->positions = at + used;
    f->packed = at + packed;
    f->before = at + before;
    f->counted = counted;
    f->exceptions = at + exceptions;
    f->end = p->end;
    f->number = number;
    anam_prefetch_frame(p, at, values);
    return true;
}

/* Entry i of a frame. */
static inline struct anam_entry anam_frame_entry(const struct anam_frame *f, uint32_t i)
{
    return (struct anam_entry){.n = (uint32_t)f->postings[i + 1] - f->postings[i],
                               .first = f->postings[i],
                               .positions = f->positions + f->bytes[i],
                               .frame = f};
}

/* Entry e of the list, below p->windows, of a frame that is kept from one entry to the next.
 * false: damaged. */
static inline bool anam_postings_entry(const struct anam_postings *p, struct anam_frame *f,
                                       uint32_t e, struct anam_entry *entry)
{
    if (f->number != e / ANAM_FRAME && !anam_postings_frame(p, e / ANAM_FRAME, f))
        return false;
    *entry = anam_frame_entry(f, e % ANAM_FRAME);
    return true;
}

/* Whether a list is in a window, and which of its entries that is. */
static inline bool anam_presence_has(const struct anam_presence *presence, uint32_t window,
                                     uint32_t *entry)
{
    const struct anam_presence *word = &presence[window / 64];
    uint64_t bit = UINT64_C(1) << window % 64;
    *entry = word->before + anam_count_bits(word->bits & (bit - 1));
    return (word->bits & bit) != 0;
}

/* How many exceptions a frame has before a group. */
static inline uint32_t anam_exceptions_before(const struct anam_frame *f, uint32_t group)
{
    if (group == 0)
        return 0;
    const unsigned char *at = f->before + (size_t)f->counted * (group - 1);
    uint32_t n = anam_load16(at) & ((1U << 8 * f->counted) - 1);
    return at < f->exceptions && n < f->n_exceptions ? n : f->n_exceptions;
}

/* The frequency of exception i. */
static inline uint32_t anam_exception_tf(const struct anam_frame *f, uint32_t i)
{
    const unsigned char *values = f->exceptions + f->n_exceptions;
    uint32_t above = values[i / 2] >> i % 2 * ANAM_VALUE_BITS & ANAM_HUGE;
    return above < ANAM_HUGE ? (UINT32_C(1) << f->width) + above + 1 : anam_huge_tf(f, i);
}

#if defined(__AVX512BW__)
enum { ANAM_EXCEPTIONS_AT_ONCE = 64 };
#else
enum { ANAM_EXCEPTIONS_AT_ONCE = 32 };
#endif

/* Some postings of one group of a frame. */
struct anam_group {
    uint32_t begin; /* of the group, in the frame */
    uint32_t first; /* of the postings, in the group */
    uint32_t less1; /* their number less 1 */
    uint32_t end;   /* of the postings, in the frame */
    uint32_t from;  /* of the group's exceptions */
    uint32_t to;
};

/* Those from `at` on that are of its group and below `end`. */
static inline struct anam_group anam_group_of(const struct anam_frame *f, uint32_t at, uint32_t end)
{
    uint32_t group = at / ANAM_GROUP;
    uint32_t behind = (group + 1) * ANAM_GROUP;
    end = end < behind ? end : behind;
    return (struct anam_group){.begin = group * ANAM_GROUP,
                               .first = at % ANAM_GROUP,
                               .less1 = end - at - 1,
                               .end = end,
                               .from = anam_exceptions_before(f, group),
                               .to = anam_exceptions_before(f, group + 1)};
}

/* Which of the exceptions i to i + ANAM_EXCEPTIONS_AT_ONCE - 1, below g->to, are of those, as
 * bits. */
static inline uint64_t anam_exceptions_of(const struct anam_frame *f, uint32_t i,
                                          const struct anam_group *g)
{
    uint32_t left = g->to - i;
    uint64_t all = UINT64_MAX >> (64 - ANAM_EXCEPTIONS_AT_ONCE);
    uint64_t here = left < ANAM_EXCEPTIONS_AT_ONCE ? (UINT64_C(1) << left) - 1 : all;
#if defined(__AVX512BW__)
    __m512i from = _mm512_maskz_loadu_epi8(here, f->exceptions + i);
    from = _mm512_sub_epi8(from, _mm512_set1_epi8((char)g->first));
    return _mm512_mask_cmple_epu8_mask(here, from, _mm512_set1_epi8((char)g->less1));
#elif defined(__AVX2__)
    const void *at = f->exceptions + i;
    __m256i from = _mm256_sub_epi8(_mm256_loadu_si256(at), _mm256_set1_epi8((char)g->first));
    __m256i within =
        _mm256_cmpeq_epi8(_mm256_min_epu8(from, _mm256_set1_epi8((char)g->less1)), from);
    return here & (uint32_t)_mm256_movemask_epi8(within);
#else
    uint64_t bits = 0;
    for (uint32_t j = 0; here >> j; j++)
        bits |= (uint64_t)((uint32_t)f->exceptions[i + j] - g->first <= g->less1) << j;
    return bits;
#endif
}

/* All frequencies of an entry; `out` has room for ANAM_WINDOW + 16. */
static inline void anam_entry_tfs(const struct anam_entry *e, float *out)
{
    const struct anam_frame *f = e->frame;
    size_t bit = (size_t)e->first * f->width;
    const unsigned char *at = f->packed + bit / 8;
    for (uint32_t i = 0; i < e->n; i += 8, at += f->width) {
        uint64_t less1 = anam_spread8(at, bit % 8, f->width);
#if defined(__BMI2__) && defined(__AVX2__)
        __m256i wide = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)less1));
        __m256i tfs = _mm256_add_epi32(wide, _mm256_set1_epi32(1));
        _mm256_storeu_ps(out + i, _mm256_cvtepi32_ps(tfs));
#else
        for (uint32_t j = 0; j < 8; j++)
            out[i + j] = (float)((less1 >> 8 * j & 0xFF) + 1);
#endif
    }
    if (f->n_exceptions == 0)
        return;
    for (uint32_t from = e->first, end = e->first + e->n; from < end;) {
        struct anam_group g = anam_group_of(f, from, end);
        for (uint32_t i = g.from; i < g.to; i += ANAM_EXCEPTIONS_AT_ONCE)
            for (uint64_t bits = anam_exceptions_of(f, i, &g); bits; bits &= bits - 1) {
                uint32_t x = i + anam_lowest_bit(bits);
                out[g.begin + f->exceptions[x] - e->first] = (float)anam_exception_tf(f, x);
            }
        from = g.end;
    }
}

/* The frequency of a posting of a frame. */
static inline uint32_t anam_frame_tf(const struct anam_frame *f, uint32_t posting)
{
    size_t bit = (size_t)posting * f->width;
    uint32_t most = (UINT32_C(1) << f->width) - 1;
    uint32_t less1 = (uint32_t)anam_load16(f->packed + bit / 8) >> bit % 8 & most;
    if (less1 < most || f->n_exceptions == 0)
        return less1 + 1;
    struct anam_group g = anam_group_of(f, posting, posting + 1);
    for (uint32_t i = g.from; i < g.to; i += ANAM_EXCEPTIONS_AT_ONCE) {
        uint64_t bits = anam_exceptions_of(f, i, &g);
        if (bits)
            return anam_exception_tf(f, i + anam_lowest_bit(bits));
    }
    return less1 + 1;
}

/* The frequency of posting i of an entry, below e->n. */
static inline uint32_t anam_entry_tf(const struct anam_entry *e, uint32_t i)
{
    return anam_frame_tf(e->frame, e->first + i);
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
    /* Without a branch: where a document lies in its window cannot be foreseen. */
    static const uint64_t before[4][3] = {{0, 0, 0},
                                          {UINT64_MAX, 0, 0},
                                          {UINT64_MAX, UINT64_MAX, 0},
                                          {UINT64_MAX, UINT64_MAX, UINT64_MAX}};
    const uint64_t *masks = before[position / 64];
    uint64_t bits = anam_load64(e->positions + position / 64 * 8);
    uint64_t bit = UINT64_C(1) << position % 64;
    uint32_t rank = anam_count_bits(bits & (bit - 1));
    for (uint32_t word = 0; word < 3; word++)
        rank += anam_count_bits(anam_load64(e->positions + 8 * word) & masks[word]);
    return bits & bit ? rank : ANAM_WINDOW;
}

#endif
