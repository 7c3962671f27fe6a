#include "searcher/topk.h"

#include <stdlib.h>
#include <string.h>

/* Times that values are parted, one part out of the other; two dozen are usual among millions.
 * Where an archive was made so that they part badly, sorting ends it. */
enum { ROUNDS = 64 };

/* Scores are above 0: their bits are in the order of their values. */
static uint64_t join(float score, uint32_t low)
{
    uint32_t bits;
    memcpy(&bits, &score, sizeof bits);
    return (uint64_t)bits << 32 | low;
}

static float score_of(uint64_t kept)
{
    uint32_t bits = (uint32_t)(kept >> 32);
    float score;
    memcpy(&score, &bits, sizeof score);
    return score;
}

/* Puts the values that are at least `least` before the others; returns how many they are. */
static size_t part(uint64_t *v, size_t n, uint64_t least)
{
    size_t m = 0;
    for (size_t i = 0; i < n; i++) { /* which of them are cannot be foreseen: no branch */
        uint64_t value = v[i];
        v[i] = v[m];
        v[m] = value;
        m += value >= least;
    }
    return m;
}

/* Puts what is above one of n > 0 different values before it and the rest behind it; returns where
 * it is then. */
static size_t part_by_one(uint64_t *v, size_t n)
{
    size_t a = n / 4;
    size_t b = n / 2;
    size_t c = n - 1 - n / 4;
    size_t low = v[a] < v[b] ? a : b;
    size_t high = v[a] < v[b] ? b : a;
    size_t middle = v[c] < v[low] ? low : v[c] > v[high] ? high : c;
    uint64_t one = v[middle];
    v[middle] = v[0];
    size_t m = part(v + 1, n - 1, one);
    v[0] = v[m];
    v[m] = one;
    return m;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x < y) - (x > y);
}

/* The k greatest of n different values first, in any order. */
static void select_greatest(uint64_t *v, size_t n, size_t k)
{
    for (int rounds = ROUNDS; n > 1 && k > 0 && k < n; rounds--) {
        if (rounds == 0) {
            qsort(v, n, sizeof *v, compare);
            return;
        }
        size_t m = part_by_one(v, n);
        if (m >= k) {
            n = m;
        } else {
            v += m + 1;
            n -= m + 1;
            k -= m + 1;
        }
    }
}

static void sort_few(uint64_t *v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint64_t value = v[i];
        size_t j = i;
        for (; j > 0 && v[j - 1] < value; j--)
            v[j] = v[j - 1];
        v[j] = value;
    }
}

/* The greater upper halves first: by their bytes, from the last to the first. `other` has room for
 * n; below FEW, counting bytes takes longer. */
static void sort(uint64_t *v, uint64_t *other, size_t n)
{
    enum { FEW = 24, BYTES = 4, FIRST_BIT = 32 };
    if (n <= FEW) {
        sort_few(v, n);
        return;
    }
    uint32_t before[BYTES][256] = {0};
    for (size_t i = 0; i < n; i++)
        for (unsigned b = 0; b < BYTES; b++)
            before[b][UINT8_MAX - (v[i] >> (FIRST_BIT + 8 * b) & UINT8_MAX)]++;
    uint64_t *from = v;
    uint64_t *to = other;
    for (unsigned b = 0; b < BYTES; b++) {
        unsigned shift = FIRST_BIT + 8 * b;
        uint32_t *place = before[b];
        if (place[UINT8_MAX - (v[0] >> shift & UINT8_MAX)] == n)
            continue;
        for (uint32_t i = 0, sum = 0, here; i <= UINT8_MAX; i++, sum += here) {
            here = place[i];
            place[i] = sum;
        }
        for (size_t i = 0; i < n; i++)
            to[place[UINT8_MAX - (from[i] >> shift & UINT8_MAX)]++] = from[i];
        uint64_t *sorted = to;
        to = from;
        from = sorted;
    }
    if (from != v)
        memcpy(v, from, n * sizeof *v);
}

/* Classes of scores: 256 to a doubling. */
enum { CLASS_SHIFT = 32 + 23 - 8, LAST_CLASS = ANAM_TOPK_CLASSES - 1 };

static void count(struct anam_topk *t, uint64_t kept)
{
    uint32_t class = (uint32_t)(kept >> CLASS_SHIFT) - t->first_class;
    t->counts[class < LAST_CLASS ? class : LAST_CLASS]++;
    t->from_edge++;
}

/* Counts the best k anew, of which `least` is the least. */
static void begin_counts(struct anam_topk *t, uint64_t least)
{
    memset(t->counts, 0, sizeof t->counts);
    t->first_class = (uint32_t)(least >> CLASS_SHIFT);
    t->edge = 0;
    t->from_edge = 0;
    for (size_t i = 0; i < t->k; i++)
        count(t, t->kept[i]);
}

static uint32_t rank_of(struct anam_topk *t, uint32_t document)
{
    uint32_t rank = 0;
    if (!t->status)
        t->status = anam_segment_rank(t->segment, document, &rank, &t->error);
    return rank;
}

/* Ranks take the place of scores, */
static void put_ranks(struct anam_topk *t, uint64_t *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        anam_segment_foresee_rank(t->segment, (uint32_t)v[i]);
    for (size_t i = 0; i < n; i++)
        v[i] = (uint64_t)rank_of(t, (uint32_t)v[i]) << 32 | (uint32_t)v[i];
}

/* and a score that of ranks. */
static void put_score(uint64_t *v, size_t n, float score)
{
    for (size_t i = 0; i < n; i++)
        v[i] = join(score, (uint32_t)v[i]);
}

/* Of documents with the least score that has a place those with the best ids: they begin at
 * `tied`, and `places` of them may stay. */
static void keep_tied(struct anam_topk *t, uint64_t *tied, size_t n, size_t places)
{
    put_ranks(t, tied, n);
    select_greatest(tied, n, places);
    t->least_rank = UINT32_MAX;
    for (size_t i = 0; i < places; i++) {
        uint32_t rank = (uint32_t)(tied[i] >> 32);
        t->least_rank = rank < t->least_rank ? rank : t->least_rank;
    }
    put_score(tied, places, t->least);
}

static void keep_best(struct anam_topk *t)
{
    if (t->n < t->k)
        return;
    select_greatest(t->kept, t->n, t->k);
    uint64_t least = t->kept[0];
    for (size_t i = 1; i < t->k; i++)
        least = t->kept[i] < least ? t->kept[i] : least;
    if (score_of(least) > t->least)
        t->least_rank = 0;
    t->least = score_of(least);
    /* Of equals those with the greater number were selected, not those with the better id. */
    size_t tied = part(t->kept + t->k, t->n - t->k, join(t->least, 0));
    if (tied > 0) {
        size_t above = part(t->kept, t->k, join(t->least, UINT32_MAX));
        keep_tied(t, t->kept + above, t->k - above + tied, t->k - above);
    }
    t->n = t->k;
    begin_counts(t, least);
}

void anam_topk_offer(struct anam_topk *t, uint32_t document, float score)
{
    if (score == t->least && t->least_rank > 0 && rank_of(t, document) < t->least_rank)
        return;
    uint64_t kept = join(score, document);
    t->kept[t->n++] = kept;
    count(t, kept);
    if (t->n == anam_topk_room(t->k))
        keep_best(t);
}

void anam_topk_tighten(struct anam_topk *t)
{
    while (t->edge < LAST_CLASS && t->from_edge - t->counts[t->edge] >= t->k)
        t->from_edge -= t->counts[t->edge++];
    if (t->edge == LAST_CLASS) { /* the first time, or when scores differ too much */
        keep_best(t);
        return;
    }
    float least = score_of((uint64_t)(t->first_class + t->edge) << CLASS_SHIFT);
    if (least > t->least) {
        t->least = least;
        t->least_rank = 0;
    }
}

anam_status anam_topk_end(struct anam_topk *t, struct anam_engine_hit *hits, size_t *n,
                          anam_error *err)
{
    *n = 0;
    keep_best(t);
    uint64_t *other = t->kept + t->k;
    sort(t->kept, other, t->n);
    /* Ranks of equals, all asked for before the first is waited for. */
    for (size_t i = 1; i < t->n; i++)
        if (score_of(t->kept[i]) == score_of(t->kept[i - 1])) {
            anam_segment_foresee_rank(t->segment, (uint32_t)t->kept[i - 1]);
            anam_segment_foresee_rank(t->segment, (uint32_t)t->kept[i]);
        }
    for (size_t from = 0, to; from < t->n; from = to) {
        float score = score_of(t->kept[from]);
        for (to = from + 1; to < t->n && score_of(t->kept[to]) == score;)
            to++;
        if (to - from > 1) {
            put_ranks(t, t->kept + from, to - from);
            sort(t->kept + from, other, to - from);
            put_score(t->kept + from, to - from, score);
        }
    }
    if (t->status) {
        if (err)
            *err = t->error;
        return t->status;
    }
    for (; *n < t->n; ++*n)
        hits[*n] = (struct anam_engine_hit){(uint32_t)t->kept[*n], score_of(t->kept[*n])};
    return ANAM_OK;
}
