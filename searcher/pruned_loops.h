/* The innermost loops of the search of pruned_body.h, written more than once where a processor
 * does them faster. */
#ifndef ANAM_PRUNED_LOOPS_H
#define ANAM_PRUNED_LOOPS_H

#include "searcher/pruned.h"

#include <string.h>

/* Functions that lose a fifth of their speed where they are inlined, for want of registers. */
#if defined(__GNUC__)
#define APART __attribute__((noinline))
#else
#define APART
#endif

enum {
    RUNNING = 16,  /* room for documents of a window: as many are written at once */
    FILTERED = 20, /* documents of a window that a filter leaves to be looked up, at most */
    RISES = 512,   /* documents from which on ceilings are raised */
    WORD = 64
};

/* The lengths of a window's documents in a field. */
struct lengths {
    const unsigned char *bytes;
    uint32_t width;
    uint32_t mask; /* of a length in four bytes */
};

/* Documents in the running, and their scores so far. */
struct running {
    uint32_t n;
    uint8_t position[RUNNING];
    float score[RUNNING];
};

/* A bit for each document of a window. */
struct documents {
    uint64_t words[ANAM_WINDOW / WORD];
};

/* Those that a filter left, in the order of their positions. */
struct filtered {
    struct documents all;
    struct documents left;              /* which of them are still in the running */
    uint8_t before[ANAM_WINDOW / WORD]; /* how many there are before each word of `all` */
    float score[FILTERED];
    uint16_t rest[FILTERED]; /* what is left of their ceilings */
};

/* Filtered documents of a chunk that a frame of a list has, and as which postings: fewer than
 * ANAM_BITMAP_FROM of each window. */
struct found {
    uint32_t n;
    uint16_t document[ANAM_FRAME * ANAM_BITMAP_FROM];
    uint16_t posting[ANAM_FRAME * ANAM_BITMAP_FROM];
};

/* Documents of a chunk, in any order, and by how much their ceilings rise. Those of several lists
 * are noted before ceilings are raised, so that the lists need not wait for each other: fewer than
 * RISES, and then those of one more, fewer than ANAM_BITMAP_FROM of each window. */
struct rises {
    uint32_t n;
    uint16_t document[RISES + WORD * ANAM_BITMAP_FROM];
    uint16_t by[RISES + WORD * ANAM_BITMAP_FROM];
};

static float norm_of(const struct anam_pruned_list *list, const struct lengths *l,
                     uint32_t position)
{
    uint32_t length = anam_load32(l->bytes + (size_t)position * l->width) & l->mask;
    return list->base + list->slope * (float)length;
}

/* Steps of ceilings, `steps` in a score of 1, that all have which stand for at least `score`. */
static uint16_t to_steps(float score, float steps)
{
    float n = score * steps - 1;
    return n < 1 ? 1 : n > UINT16_MAX ? UINT16_MAX : (uint16_t)n;
}

/* The bits of `v` that `mask` has, side by side. */
static inline uint64_t compress_bits(uint64_t v, uint64_t mask)
{
#if defined(__BMI2__)
    return _pext_u64(v, mask);
#else
    uint64_t bits = 0;
    for (v &= mask; v; v &= v - 1)
        bits |= UINT64_C(1) << anam_count_bits(mask & ((v & -v) - 1));
    return bits;
#endif
}

/* The lowest bits of `v` where `mask` has bits. */
static inline uint64_t expand_bits(uint64_t v, uint64_t mask)
{
#if defined(__BMI2__)
    return _pdep_u64(v, mask);
#else
    uint64_t bits = 0;
    for (; mask; mask &= mask - 1, v >>= 1)
        bits |= v & 1 ? mask & -mask : 0;
    return bits;
#endif
}

/* By how much an entry raises ceilings. */
static uint32_t rise_of(const struct anam_pruned_list *list, uint32_t entry)
{
    return ((list->postings.bounds[entry] + UINT32_C(1)) * list->rise >> 8) + 1;
}

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512DQ__)

enum { LANES = 16 };

/* Adds to the sums of a list's windows what its bounds allow. */
static void add_bounds(float *sums, const struct anam_pruned_list *list, size_t words)
{
    const __m512 scale = _mm512_set1_ps(list->bound_scale);
    for (size_t i = 0; i < words; i++) {
        const unsigned char *bounds = list->bounds + list->presence[i].before;
        uint64_t bits = list->presence[i].bits;
        for (float *sum = sums + i * WORD; bits; bits >>= LANES, sum += LANES) {
            __mmask16 here = (__mmask16)bits;
            __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)bounds);
            __m512i steps = _mm512_add_epi32(_mm512_cvtepu8_epi32(bytes), _mm512_set1_epi32(1));
            __m512 spread = _mm512_maskz_expand_ps(here, _mm512_cvtepi32_ps(steps));
            __m512 old = _mm512_loadu_ps(sum);
            _mm512_storeu_ps(sum, _mm512_add_ps(old, _mm512_mul_ps(scale, spread)));
            bounds += anam_count_bits(here);
        }
    }
}

/* The bytes at `at`, one for each lane that has a bit. */
static __m512i spread_bytes(__mmask16 here, const void *at)
{
    return _mm512_maskz_expand_epi32(here, _mm512_cvtepu8_epi32(_mm_loadu_si128(at)));
}

/* Puts bounds of a list in the windows of a word into `lowered`, those in which the same term's
 * `other` list is, too, lowered by slacks from number `slack` on: each times the lesser of both
 * bounds, times their factors. Writes up to LANES behind them. */
static void lower_bounds(unsigned char *lowered, const unsigned char *bounds,
                         struct anam_presence presence, float factor, const unsigned char *other,
                         struct anam_presence other_presence, float other_factor,
                         const struct anam_postings *slacks, uint32_t slack)
{
    const __m512i one = _mm512_set1_epi32(1);
    lowered += presence.before;
    bounds += presence.before;
    other += other_presence.before;
    for (; presence.bits; presence.bits >>= LANES) {
        __mmask16 here = (__mmask16)presence.bits;
        __mmask16 there = (__mmask16)other_presence.bits;
        const unsigned char *at = slacks->slacks + slack / 2;
        __m128i parts = _mm_set_epi64x((long long)anam_spread8(at + 4, slack % 2 * 4, 4),
                                       (long long)anam_spread8(at, slack % 2 * 4, 4));
        __m512i old = spread_bytes(here, bounds);
        __m512 x = _mm512_cvtepi32_ps(_mm512_add_epi32(old, one));
        __m512 y = _mm512_cvtepi32_ps(_mm512_add_epi32(spread_bytes(there, other), one));
        x = _mm512_mul_ps(_mm512_set1_ps(factor), x);
        y = _mm512_mul_ps(_mm512_set1_ps(other_factor), y);
        __m512i part = _mm512_maskz_expand_epi32(here & there, _mm512_cvtepu8_epi32(parts));
        __m512 less = _mm512_mul_ps(_mm512_min_ps(x, y), _mm512_cvtepi32_ps(part));
        __m512i rest = _mm512_sub_epi32(old, _mm512_min_epu32(old, _mm512_cvttps_epi32(less)));
        rest = _mm512_maskz_compress_epi32(here, rest);
        _mm_storeu_si128((__m128i *)(void *)lowered, _mm512_cvtepi32_epi8(rest));
        lowered += anam_count_bits(here);
        bounds += anam_count_bits(here);
        other += anam_count_bits(there);
        slack += anam_count_bits(here & there);
        other_presence.bits >>= LANES;
    }
}

static __m512 parts_of(const struct anam_pruned_list *list, __m512 tf, __m512i lengths)
{
    __m512 slopes = _mm512_mul_ps(_mm512_set1_ps(list->slope), _mm512_cvtepu32_ps(lengths));
    __m512 norm = _mm512_add_ps(_mm512_set1_ps(list->base), slopes);
    return _mm512_div_ps(_mm512_mul_ps(_mm512_set1_ps(list->scale), tf), _mm512_add_ps(tf, norm));
}

/* 32 lengths from `position` on, below 2^16, as 16 bits each. */
static __m512i load_short_lengths(const struct lengths *l, uint32_t position)
{
    const void *at = l->bytes + (size_t)position * l->width;
    return l->width == 1 ? _mm512_cvtepu8_epi16(_mm256_loadu_si256(at)) : _mm512_loadu_si512(at);
}

/* The lengths at sixteen positions. */
static __m512i lengths_at(const struct lengths *l, __m128i positions)
{
    if (l->width > 2)
        return _mm512_i32gather_epi32(_mm512_cvtepu8_epi32(positions), l->bytes, 4);
    /* Permuting all of the window is several times faster than gathering. */
    __m512i at = _mm512_castsi256_si512(_mm256_cvtepu8_epi16(positions));
    __m512i quarters[4];
    for (uint32_t i = 0; i < 4; i++)
        quarters[i] = _mm512_permutex2var_epi16(load_short_lengths(l, 64 * i), at,
                                                load_short_lengths(l, 64 * i + 32));
    __mmask32 odd = _mm512_test_epi16_mask(at, _mm512_set1_epi16(64));
    __mmask32 upper = _mm512_test_epi16_mask(at, _mm512_set1_epi16(128));
    __m512i low = _mm512_mask_mov_epi16(quarters[0], odd, quarters[1]);
    __m512i high = _mm512_mask_mov_epi16(quarters[2], odd, quarters[3]);
    __m512i lengths = _mm512_mask_mov_epi16(low, upper, high);
    return _mm512_cvtepu16_epi32(_mm512_castsi512_si256(lengths));
}

/* The frequencies of up to 16 postings of a frame, corrected where they are exceptions. */
static inline __attribute__((always_inline)) __m512
with_exceptions(const struct anam_frame *f, uint32_t first, uint32_t n, __m512 tf)
{
    for (uint32_t at = first, end = first + n; at < end;) {
        struct anam_group g = anam_group_of(f, at, end);
        for (uint32_t i = g.from; i < g.to; i += ANAM_EXCEPTIONS_AT_ONCE)
            for (uint64_t bits = anam_exceptions_of(f, i, &g); bits; bits &= bits - 1) {
                uint32_t x = i + anam_lowest_bit(bits);
                __mmask16 lane = (__mmask16)(1U << (g.begin + f->exceptions[x] - first));
                tf = _mm512_mask_mov_ps(tf, lane, _mm512_set1_ps((float)anam_exception_tf(f, x)));
            }
        at = g.end;
    }
    return tf;
}

/* What the list adds to up to 16 documents, from posting i of an entry without bitmap;
 * `positions` is where they are. */
static inline __attribute__((always_inline)) __m512
sparse_parts(const struct anam_pruned_list *list, const struct lengths *l,
             const struct anam_entry *e, uint32_t i, __m512i *positions)
{
    const struct anam_frame *f = e->frame;
    uint32_t n = e->n - i < LANES ? e->n - i : LANES;
    size_t bit = (size_t)(e->first + i) * f->width;
    const unsigned char *at = f->packed + bit / 8;
    __m128i less1 = _mm_set_epi64x((long long)anam_spread8(at + f->width, bit % 8, f->width),
                                   (long long)anam_spread8(at, bit % 8, f->width));
    __m512i tfs = _mm512_add_epi32(_mm512_cvtepu8_epi32(less1), _mm512_set1_epi32(1));
    __m512 tf = _mm512_cvtepi32_ps(tfs);
    __m128i most = _mm_set1_epi8((char)((1U << f->width) - 1));
    if (f->n_exceptions > 0 && _mm_cmpeq_epi8_mask(less1, most) << (16 - n) & 0xFFFF)
        tf = with_exceptions(f, e->first + i, n, tf);
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(e->positions + i));
    *positions = _mm512_cvtepu8_epi32(bytes);
    return parts_of(list, tf, lengths_at(l, bytes));
}

static __m512i load_lengths(const struct lengths *l, uint32_t position)
{
    const void *at = l->bytes + (size_t)position * l->width;
    if (l->width == 1)
        return _mm512_cvtepu8_epi32(_mm_loadu_si128(at));
    return l->width == 2 ? _mm512_cvtepu16_epi32(_mm256_loadu_si256(at)) : _mm512_loadu_si512(at);
}

/* Adds what the list has to the scores at the positions of an entry. */
static void score_entry(float *scores, const struct anam_pruned_list *list, const struct lengths *l,
                        const struct anam_entry *e)
{
    if (e->n < ANAM_BITMAP_FROM) {
        for (uint32_t i = 0; i < e->n; i += LANES) {
            float parts[LANES];
            __m512i positions;
            _mm512_storeu_ps(parts, sparse_parts(list, l, e, i, &positions));
            for (uint32_t j = 0; j < LANES && i + j < e->n; j++)
                scores[e->positions[i + j]] += parts[j];
        }
        return;
    }
    float tfs[ANAM_WINDOW + LANES];
    const float *from = tfs;
    anam_entry_tfs(e, tfs);
    _mm512_storeu_ps(tfs + e->n, _mm512_setzero_ps()); /* for what a damaged list has more of */
    for (uint32_t i = 0; i < ANAM_WINDOW; i += LANES) {
        __mmask16 here = anam_load16(e->positions + i / 8);
        __m512 tf = _mm512_maskz_expand_ps(here, _mm512_loadu_ps(from));
        __m512 part = parts_of(list, tf, load_lengths(l, i));
        __m512 sum = _mm512_loadu_ps(scores + i);
        _mm512_storeu_ps(scores + i, _mm512_mask_add_ps(sum, here, sum, part));
        from += anam_count_bits(here);
        if (from > tfs + e->n) /* a damaged list has more bits than it counts */
            from = tfs + e->n;
    }
}

/* Of the at most LOOK_UP documents of an entry those that the list alone lifts to `least`. */
static void begin_running(struct running *running, const struct anam_pruned_list *list,
                          const struct lengths *l, const struct anam_entry *e, float least)
{
    __m512i positions;
    __m512 parts = sparse_parts(list, l, e, 0, &positions);
    __mmask16 here = _mm512_cmp_ps_mask(parts, _mm512_set1_ps(least), _CMP_GE_OQ);
    here &= (__mmask16)((1U << e->n) - 1);
    positions = _mm512_maskz_compress_epi32(here, positions);
    _mm512_storeu_ps(running->score, _mm512_maskz_compress_ps(here, parts));
    _mm_storeu_si128((__m128i *)(void *)running->position, _mm512_cvtepi32_epi8(positions));
    running->n = anam_count_bits(here);
}

/* Sets a multiple of 64 bytes to 0; memset takes longer to begin. */
static inline void clear(void *at, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += sizeof(__m512i))
        _mm512_storeu_si512((char *)at + i, _mm512_setzero_si512());
}

/* A bit for each of WORD values that is at least `least`. */
static uint64_t word_at_least(const float *values, float least)
{
    const __m512 limit = _mm512_set1_ps(least);
    uint64_t bits = 0;
    for (uint32_t i = 0; i < WORD; i += LANES) {
        __m512 v = _mm512_loadu_ps(values + i);
        bits |= (uint64_t)_mm512_cmp_ps_mask(v, limit, _CMP_GE_OQ) << i;
    }
    return bits;
}

/* Adds to the ceilings of those documents of a window that a bitmap has. */
static void raise_bitmap(uint16_t *ceilings, const unsigned char *bitmap, uint32_t by)
{
    const __m512i rise = _mm512_set1_epi16((short)by);
    for (uint32_t i = 0; i < ANAM_WINDOW; i += 32) {
        __m512i old = _mm512_loadu_si512(ceilings + i);
        __mmask32 here = anam_load32(bitmap + i / 8);
        _mm512_storeu_si512(ceilings + i, _mm512_mask_add_epi16(old, here, old, rise));
    }
}

/* By how much the entries of a frame raise ceilings, the first of which is `first`; where the list
 * ends before the frame does, what lies behind its bounds is read, too. */
static void put_rises(const struct anam_pruned_list *list, uint32_t first, uint16_t by[ANAM_FRAME])
{
    const __m512i rise = _mm512_set1_epi32((int)list->rise);
    const __m512i one = _mm512_set1_epi32(1);
    for (uint32_t i = 0; i < ANAM_FRAME; i += LANES) {
        const void *bounds = list->postings.bounds + first + i;
        __m512i v = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)bounds));
        v = _mm512_srli_epi32(_mm512_mullo_epi32(_mm512_add_epi32(v, one), rise), 8);
        v = _mm512_add_epi32(v, one);
        _mm256_storeu_si256((__m256i *)(void *)(by + i), _mm512_cvtepi32_epi16(v));
    }
}

/* Sums of bounds, a multiple of WORD of them, in steps of ceilings, `steps` in a score of 1. */
static void put_steps(uint16_t *out, const float *sums, size_t n, float steps)
{
    const __m512 scale = _mm512_set1_ps(steps * (1 + 1e-5F));
    for (size_t i = 0; i < n; i += LANES) {
        __m512 v = _mm512_mul_ps(_mm512_loadu_ps(sums + i), scale);
        __m512i up = _mm512_add_epi32(_mm512_cvttps_epi32(v), _mm512_set1_epi32(1));
        _mm256_storeu_si256((__m256i *)(void *)(out + i), _mm512_cvtusepi32_epi16(up));
    }
}

/* A bit for each of WORD values that is below its limit. */
static uint64_t word_below(const uint16_t *values, const uint16_t *limits)
{
    uint64_t low = _mm512_cmplt_epu16_mask(_mm512_loadu_si512(values), _mm512_loadu_si512(limits));
    uint64_t high =
        _mm512_cmplt_epu16_mask(_mm512_loadu_si512(values + 32), _mm512_loadu_si512(limits + 32));
    return low | high << 32;
}

/* The greatest of a window's ceilings. */
static uint32_t most_of(const uint16_t ceilings[ANAM_WINDOW])
{
    __m512i v = _mm512_loadu_si512(ceilings);
    for (uint32_t i = 32; i < ANAM_WINDOW; i += 32)
        v = _mm512_max_epu16(v, _mm512_loadu_si512(ceilings + i));
    __m256i w = _mm256_max_epu16(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
    __m128i x = _mm_max_epu16(_mm256_castsi256_si128(w), _mm256_extracti128_si256(w, 1));
    x = _mm_minpos_epu16(_mm_xor_si128(x, _mm_set1_epi16(-1))); /* there is none for the greatest */
    return UINT16_MAX - (uint32_t)_mm_extract_epi16(x, 0);
}

/* A bit for each of WORD ceilings that is at least `least`. */
static uint64_t ceilings_at_least(const uint16_t *ceilings, uint16_t least)
{
    const __m512i limit = _mm512_set1_epi16((short)least);
    uint64_t low = _mm512_cmpge_epu16_mask(_mm512_loadu_si512(ceilings), limit);
    uint64_t high = _mm512_cmpge_epu16_mask(_mm512_loadu_si512(ceilings + 32), limit);
    return low | high << 32;
}

/* Notes the documents at those positions of an entry without bitmap that have bits in `found`, as
 * number n and the next; reads and writes up to ANAM_BITMAP_FROM. */
static void put_found(struct found *f, uint32_t n, uint32_t window, const struct anam_entry *e,
                      uint32_t found)
{
    const __m512i numbers = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    for (uint32_t i = 0; i < e->n; i += LANES, found >>= LANES) {
        __mmask16 here = (__mmask16)found;
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(e->positions + i));
        __m512i documents = _mm512_add_epi32(_mm512_cvtepu8_epi32(bytes),
                                             _mm512_set1_epi32((int)(window * ANAM_WINDOW)));
        __m512i postings = _mm512_add_epi32(numbers, _mm512_set1_epi32((int)(e->first + i)));
        documents = _mm512_maskz_compress_epi32(here, documents);
        postings = _mm512_maskz_compress_epi32(here, postings);
        _mm256_storeu_si256((__m256i *)(void *)(f->document + n), _mm512_cvtepi32_epi16(documents));
        _mm256_storeu_si256((__m256i *)(void *)(f->posting + n), _mm512_cvtepi32_epi16(postings));
        n += anam_count_bits(here);
    }
}

#else

static void lower_bounds(unsigned char *lowered, const unsigned char *bounds,
                         struct anam_presence presence, float factor, const unsigned char *other,
                         struct anam_presence other_presence, float other_factor,
                         const struct anam_postings *slacks, uint32_t slack)
{
    uint32_t at = presence.before;
    for (uint64_t b = presence.bits; b; b &= b - 1, at++) {
        lowered[at] = bounds[at];
        if (!(other_presence.bits & b & -b))
            continue;
        uint64_t below = other_presence.bits & ((b & -b) - 1);
        uint32_t y = other[other_presence.before + anam_count_bits(below)];
        float least = factor * (float)(bounds[at] + 1);
        if (other_factor * (float)(y + 1) < least)
            least = other_factor * (float)(y + 1);
        uint32_t less = (uint32_t)(least * (float)anam_postings_slack(slacks, slack++));
        lowered[at] = (unsigned char)(less < bounds[at] ? bounds[at] - less : 0);
    }
}

static void add_bounds(float *sums, const struct anam_pruned_list *list, size_t words)
{
    const float scale = list->bound_scale;
    for (size_t i = 0; i < words; i++) {
        const unsigned char *bounds = list->bounds + list->presence[i].before;
        uint64_t bits = list->presence[i].bits;
        float *sum = sums + i * WORD;
        if (bits == UINT64_MAX)
            for (size_t j = 0; j < WORD; j++)
                sum[j] += scale * (float)(bounds[j] + 1);
        else
            for (; bits; bits &= bits - 1)
                sum[anam_lowest_bit(bits)] += scale * (float)(*bounds++ + 1);
    }
}

static void score_entry(float *scores, const struct anam_pruned_list *list, const struct lengths *l,
                        const struct anam_entry *e)
{
    float tfs[ANAM_WINDOW + 16];
    anam_entry_tfs(e, tfs);
    if (e->n < ANAM_BITMAP_FROM) {
        for (uint32_t i = 0; i < e->n; i++) {
            uint32_t at = e->positions[i];
            scores[at] += list->scale * tfs[i] / (tfs[i] + norm_of(list, l, at));
        }
        return;
    }
    uint32_t i = 0;
    for (uint32_t word = 0; word < ANAM_WINDOW / WORD; word++) {
        uint64_t bits = anam_load64(e->positions + 8 * word);
        for (; bits && i < e->n; bits &= bits - 1, i++) {
            uint32_t at = word * WORD + anam_lowest_bit(bits);
            scores[at] += list->scale * tfs[i] / (tfs[i] + norm_of(list, l, at));
        }
    }
}

static void begin_running(struct running *running, const struct anam_pruned_list *list,
                          const struct lengths *l, const struct anam_entry *e, float least)
{
    float tfs[ANAM_WINDOW + 16];
    anam_entry_tfs(e, tfs);
    running->n = 0;
    for (uint32_t i = 0; i < e->n; i++) {
        uint32_t at = e->positions[i];
        float part = list->scale * tfs[i] / (tfs[i] + norm_of(list, l, at));
        running->position[running->n] = (uint8_t)at;
        running->score[running->n] = part;
        running->n += part >= least;
    }
}

static void clear(void *at, size_t bytes)
{
    memset(at, 0, bytes);
}

static uint64_t word_at_least(const float *values, float least)
{
    uint64_t bits = 0;
#if defined(__AVX2__)
    const __m256 limit = _mm256_set1_ps(least);
    for (uint32_t i = 0; i < WORD; i += 8) {
        __m256 v = _mm256_loadu_ps(values + i);
        bits |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(v, limit, _CMP_GE_OQ)) << i;
    }
#else
    for (uint32_t i = 0; i < WORD; i++)
        bits |= (uint64_t)(values[i] >= least) << i;
#endif
    return bits;
}

static void raise_bitmap(uint16_t *ceilings, const unsigned char *bitmap, uint32_t by)
{
#if defined(__AVX2__)
    const __m256i rise = _mm256_set1_epi16((short)by);
    const __m256i bit = _mm256_setr_epi16(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096,
                                          8192, 16384, INT16_MIN);
    for (uint32_t i = 0; i < ANAM_WINDOW; i += 16) {
        __m256i *at = (__m256i *)(void *)(ceilings + i);
        __m256i bits = _mm256_set1_epi16((short)anam_load16(bitmap + i / 8));
        __m256i here = _mm256_cmpeq_epi16(_mm256_and_si256(bits, bit), bit);
        __m256i more = _mm256_and_si256(here, rise);
        _mm256_storeu_si256(at, _mm256_add_epi16(_mm256_loadu_si256(at), more));
    }
#else
    for (uint32_t i = 0; i < ANAM_WINDOW; i += WORD)
        for (uint64_t b = anam_load64(bitmap + i / 8); b; b &= b - 1)
            ceilings[i + anam_lowest_bit(b)] += (uint16_t)by;
#endif
}

static void put_rises(const struct anam_pruned_list *list, uint32_t first, uint16_t by[ANAM_FRAME])
{
    for (uint32_t i = 0; i < ANAM_FRAME; i++)
        by[i] = (uint16_t)rise_of(list, first + i);
}

static void put_steps(uint16_t *out, const float *sums, size_t n, float steps)
{
    const float scale = steps * (1 + 1e-5F);
    for (size_t i = 0; i < n; i++) {
        int32_t up = (int32_t)(sums[i] * scale) + 1;
        out[i] = (uint16_t)(up < UINT16_MAX ? up : UINT16_MAX);
    }
}

static uint64_t word_below(const uint16_t *values, const uint16_t *limits)
{
    uint64_t bits = 0;
    for (uint32_t i = 0; i < WORD; i++)
        bits |= (uint64_t)(values[i] < limits[i]) << i;
    return bits;
}

static uint32_t most_of(const uint16_t ceilings[ANAM_WINDOW])
{
    uint16_t most = 0;
    for (uint32_t i = 0; i < ANAM_WINDOW; i++)
        most = ceilings[i] > most ? ceilings[i] : most;
    return most;
}

static uint64_t ceilings_at_least(const uint16_t *ceilings, uint16_t least)
{
    uint64_t bits = 0;
#if defined(__AVX2__)
    const __m256i limit = _mm256_set1_epi16((short)least);
    for (uint32_t i = 0; i < WORD; i += 32) {
        __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)(ceilings + i));
        __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(ceilings + i + 16));
        low = _mm256_cmpeq_epi16(_mm256_max_epu16(low, limit), low);
        high = _mm256_cmpeq_epi16(_mm256_max_epu16(high, limit), high);
        __m256i both = _mm256_permute4x64_epi64(_mm256_packs_epi16(low, high), 0xD8);
        bits |= (uint64_t)(uint32_t)_mm256_movemask_epi8(both) << i;
    }
#else
    for (uint32_t i = 0; i < WORD; i++)
        bits |= (uint64_t)(ceilings[i] >= least) << i;
#endif
    return bits;
}

static void put_found(struct found *f, uint32_t n, uint32_t window, const struct anam_entry *e,
                      uint32_t found)
{
    for (; found; found &= found - 1, n++) {
        uint32_t i = anam_lowest_bit(found);
        f->document[n] = (uint16_t)(window * ANAM_WINDOW + e->positions[i]);
        f->posting[n] = (uint16_t)(e->first + i);
    }
}

#endif

/* The fewer than ANAM_BITMAP_FROM documents at positions of a window, as number n and the next;
 * reads and writes ANAM_BITMAP_FROM. */
static inline void note_rises(struct rises *r, uint32_t n, uint32_t window,
                              const unsigned char *positions, uint32_t by)
{
#if defined(__AVX2__)
    const __m256i first = _mm256_set1_epi16((short)(window * ANAM_WINDOW));
    const __m256i rise = _mm256_set1_epi16((short)by);
    for (uint32_t i = 0; i < ANAM_BITMAP_FROM; i += 16) {
        __m128i at = _mm_loadu_si128((const __m128i *)(const void *)(positions + i));
        __m256i documents = _mm256_add_epi16(_mm256_cvtepu8_epi16(at), first);
        _mm256_storeu_si256((__m256i *)(void *)(r->document + n + i), documents);
        _mm256_storeu_si256((__m256i *)(void *)(r->by + n + i), rise);
    }
#else
    for (uint32_t i = 0; i < ANAM_BITMAP_FROM; i++) {
        r->document[n + i] = (uint16_t)(window * ANAM_WINDOW + positions[i]);
        r->by[n + i] = (uint16_t)by;
    }
#endif
}

/* Which of the n positions, fewer than ANAM_BITMAP_FROM, have bits. */
static uint32_t positions_among(const unsigned char *positions, uint32_t n,
                                const struct documents *among)
{
#if defined(__AVX2__)
    const __m256i bit_of = _mm256_set1_epi64x((long long)0x8040201008040201);
    __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)positions);
    __m256i bits = _mm256_loadu_si256((const __m256i *)(const void *)among->words);
    __m256i byte = _mm256_and_si256(_mm256_srli_epi16(v, 3), _mm256_set1_epi8(31));
    __m256i low = _mm256_shuffle_epi8(_mm256_permute2x128_si256(bits, bits, 0x00), byte);
    __m256i high = _mm256_shuffle_epi8(_mm256_permute2x128_si256(bits, bits, 0x11), byte);
    __m256i here = _mm256_blendv_epi8(low, high, v);
    __m256i bit = _mm256_shuffle_epi8(bit_of, _mm256_and_si256(v, _mm256_set1_epi8(7)));
    __m256i same = _mm256_cmpeq_epi8(_mm256_and_si256(here, bit), bit);
    return (uint32_t)_mm256_movemask_epi8(same) & ((UINT32_C(1) << n) - 1);
#else
    uint32_t found = 0;
    for (uint32_t i = 0; i < n; i++)
        found |= (uint32_t)(among->words[positions[i] / WORD] >> positions[i] % WORD & 1) << i;
    return found;
#endif
}

/* Notes the documents of an entry that are `among` those of a window. */
static inline void note_found(struct found *f, uint32_t window, const struct anam_entry *e,
                              const struct documents *among)
{
    uint32_t n = f->n;
    if (e->n < ANAM_BITMAP_FROM) {
        uint32_t found = positions_among(e->positions, e->n, among);
        put_found(f, n, window, e, found);
        f->n = n + anam_count_bits(found);
        return;
    }
    uint32_t before = 0;
    for (uint32_t word = 0; word < ANAM_WINDOW / WORD; word++) {
        uint64_t bits = anam_load64(e->positions + 8 * word);
        for (uint64_t here = bits & among->words[word]; here; here &= here - 1) {
            uint32_t i = before + anam_count_bits(bits & ((here & -here) - 1));
            f->document[n] = (uint16_t)(window * ANAM_WINDOW + word * WORD + anam_lowest_bit(here));
            f->posting[n] = (uint16_t)(e->first + i);
            n += i < e->n; /* a damaged list has more bits than it counts */
        }
        before += anam_count_bits(bits);
    }
    f->n = n;
}

/* Does what was noted. */
static APART void raise_all(uint16_t *ceilings, struct rises *r)
{
    uint32_t i = 0;
    for (; i + 4 <= r->n; i += 4) {
        ceilings[r->document[i]] += r->by[i];
        ceilings[r->document[i + 1]] += r->by[i + 1];
        ceilings[r->document[i + 2]] += r->by[i + 2];
        ceilings[r->document[i + 3]] += r->by[i + 3];
    }
    for (; i < r->n; i++)
        ceilings[r->document[i]] += r->by[i];
    r->n = 0;
}

/* A bit for each of the ANAM_WINDOW scores that is at least `least`. */
static void at_least(const float *scores, float least, uint64_t bits[ANAM_WINDOW / WORD])
{
    for (uint32_t i = 0; i < ANAM_WINDOW / WORD; i++)
        bits[i] = word_at_least(scores + (size_t)i * WORD, least);
}

#endif
