/* The search of pruned.h, built once for each processor: the file that includes this says
 * for which with compiler flags, and gives it a name. All builds give the same bits: the
 * operations on a score and their order are those of anam_bm25_score everywhere. */
#include "searcher/pruned.h"

#include <float.h>
#include <stdlib.h>

enum {
    LOOK_UP = 12,  /* documents in the running that are looked up one by one */
    FIRST = 64,    /* windows that are looked into before all others */
    BUCKETS = 256, /* of windows by sum of bounds */
    WORD = 64
};

/* ---- the innermost loops ---- */

/* sums[i] += scale * (bounds[i] + 1), for n windows in a row. */
static void add_bounds(float *restrict sums, const unsigned char *restrict bounds, size_t n,
                       float scale)
{
    for (size_t i = 0; i < n; i++)
        sums[i] += scale * (float)(bounds[i] + 1);
}

/* out[i] = base + slope * lengths[i], for n lengths of `width` bytes. */
static void fill_norms(float *restrict out, const unsigned char *restrict lengths, unsigned width,
                       size_t n, float base, float slope)
{
    if (width == 1)
        for (size_t i = 0; i < n; i++)
            out[i] = base + slope * (float)lengths[i];
    else if (width == 2)
        for (size_t i = 0; i < n; i++)
            out[i] = base + slope * (float)anam_load16(lengths + 2 * i);
    else
        for (size_t i = 0; i < n; i++)
            out[i] = base + slope * (float)anam_load32(lengths + 4 * i);
}

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512DQ__)

enum { LANES = 16 };

/* Adds scale * tf / (tf + norm) to the scores at the positions of an entry. */
static void score_entry(float *scores, const float *norms, const struct anam_entry *e, float scale)
{
    float tfs[ANAM_WINDOW + LANES];
    const __m512 scales = _mm512_set1_ps(scale);
    anam_entry_tfs(e, tfs);
    if (e->n < ANAM_BITMAP_FROM) {
        for (uint32_t i = 0; i < e->n; i += LANES) {
            uint32_t n = e->n - i < LANES ? e->n - i : LANES;
            __mmask16 here = (__mmask16)((1U << n) - 1);
            __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(e->positions + i));
            __m512i at = _mm512_cvtepu8_epi32(bytes);
            __m512 tf = _mm512_loadu_ps(tfs + i);
            __m512 norm = _mm512_mask_i32gather_ps(tf, here, at, norms, 4);
            __m512 part = _mm512_div_ps(_mm512_mul_ps(scales, tf), _mm512_add_ps(tf, norm));
            float parts[LANES];
            _mm512_storeu_ps(parts, part);
            for (uint32_t j = 0; j < n; j++)
                scores[e->positions[i + j]] += parts[j];
        }
        return;
    }
    const float *from = tfs;
    for (uint32_t i = 0; i < ANAM_WINDOW; i += LANES) {
        __mmask16 here = anam_load16(e->positions + i / 8);
        __m512 tf = _mm512_maskz_expandloadu_ps(here, from);
        __m512 norm = _mm512_loadu_ps(norms + i);
        __m512 part = _mm512_div_ps(_mm512_mul_ps(scales, tf), _mm512_add_ps(tf, norm));
        __m512 sum = _mm512_loadu_ps(scores + i);
        _mm512_storeu_ps(scores + i, _mm512_mask_add_ps(sum, here, sum, part));
        from += anam_count_bits(here);
        if (from > tfs + e->n) /* a damaged list has more bits than it counts */
            from = tfs + e->n;
    }
}

static void clear(float scores[ANAM_WINDOW])
{
    for (uint32_t i = 0; i < ANAM_WINDOW; i += LANES)
        _mm512_storeu_ps(scores + i, _mm512_setzero_ps());
}

/* A bit for each of the ANAM_WINDOW scores that is at least `least`. */
static void at_least(const float *scores, float least, uint64_t bits[ANAM_WINDOW / WORD])
{
    const __m512 limit = _mm512_set1_ps(least);
    for (uint32_t word = 0; word < ANAM_WINDOW / WORD; word++) {
        bits[word] = 0;
        for (uint32_t i = 0; i < WORD; i += LANES) {
            __m512 v = _mm512_loadu_ps(scores + word * WORD + i);
            bits[word] |= (uint64_t)_mm512_cmp_ps_mask(v, limit, _CMP_GE_OQ) << i;
        }
    }
}

/* Numbers of the n sums that are at least `least`, ascending; returns how many. */
static size_t select_sums(const float *sums, size_t n, float least, uint32_t *out)
{
    const __m512 limit = _mm512_set1_ps(least);
    __m512i at = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    size_t found = 0;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        __mmask16 here = _mm512_cmp_ps_mask(_mm512_loadu_ps(sums + i), limit, _CMP_GE_OQ);
        _mm512_mask_compressstoreu_epi32(out + found, here, at);
        found += anam_count_bits(here);
        at = _mm512_add_epi32(at, _mm512_set1_epi32(LANES));
    }
    for (; i < n; i++) {
        out[found] = (uint32_t)i;
        found += sums[i] >= least;
    }
    return found;
}

#else

static void clear(float scores[ANAM_WINDOW])
{
    memset(scores, 0, ANAM_WINDOW * sizeof *scores);
}

static void score_entry(float *scores, const float *norms, const struct anam_entry *e, float scale)
{
    float tfs[ANAM_WINDOW + 8];
    anam_entry_tfs(e, tfs);
    if (e->n < ANAM_BITMAP_FROM) {
        for (uint32_t i = 0; i < e->n; i++) {
            uint32_t at = e->positions[i];
            scores[at] += scale * tfs[i] / (tfs[i] + norms[at]);
        }
        return;
    }
    uint32_t i = 0;
    for (uint32_t word = 0; word < ANAM_WINDOW / WORD; word++) {
        uint64_t bits = anam_load64(e->positions + 8 * word);
        for (; bits && i < e->n; bits &= bits - 1, i++) {
            uint32_t at = word * WORD + anam_lowest_bit(bits);
            scores[at] += scale * tfs[i] / (tfs[i] + norms[at]);
        }
    }
}

static void at_least(const float *scores, float least, uint64_t bits[ANAM_WINDOW / WORD])
{
    for (uint32_t word = 0; word < ANAM_WINDOW / WORD; word++) {
        bits[word] = 0;
#if defined(__AVX2__)
        const __m256 limit = _mm256_set1_ps(least);
        for (uint32_t i = 0; i < WORD; i += 8) {
            __m256 v = _mm256_loadu_ps(scores + word * WORD + i);
            int here = _mm256_movemask_ps(_mm256_cmp_ps(v, limit, _CMP_GE_OQ));
            bits[word] |= (uint64_t)here << i;
        }
#else
        for (uint32_t i = 0; i < WORD; i++)
            bits[word] |= (uint64_t)(scores[word * WORD + i] >= least) << i;
#endif
    }
}

static size_t select_sums(const float *sums, size_t n, float least, uint32_t *out)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        out[found] = (uint32_t)i;
        found += sums[i] >= least;
    }
    return found;
}

#endif

/* ---- scratch and lists ---- */

static bool prepare(struct anam_native_reader *r, size_t n_lists, size_t k)
{
    struct anam_pruned *p = r->pruned;
    if (!p) {
        p = r->pruned = calloc(1, sizeof *p);
        if (!p)
            return false;
        p->documents = r->segment->manifest.documents;
        p->windows = p->documents / ANAM_WINDOW + (p->documents % ANAM_WINDOW > 0);
        p->sums = anam_new_array(p->windows, sizeof *p->sums);
        p->order = anam_new_array(p->windows, sizeof *p->order);
        p->chosen = anam_new_array((size_t)p->windows + 1, sizeof *p->chosen);
        p->decoded = anam_new_array(p->windows, sizeof *p->decoded);
    }
    anam_arena_reset(&p->arena);
    p->costs = (struct anam_pruned_costs){0};
    p->n_lists = 0;
    return p->sums && p->order && p->chosen && p->decoded &&
           anam_grow(&p->lists, &p->cap_lists, n_lists, sizeof *p->lists) &&
           anam_grow(&p->parts, &p->cap_parts, n_lists, sizeof *p->parts) &&
           anam_grow(&p->heap, &p->cap_heap, k, sizeof *p->heap);
}

/* Marks the windows of a list, so that an entry is found by counting bits. */
static bool mark_windows(struct anam_pruned *p, struct anam_pruned_list *list)
{
    size_t words = ((size_t)p->windows + WORD - 1) / WORD;
    uint64_t *bits = anam_arena_array(&p->arena, words, sizeof *bits);
    uint32_t *ranks = anam_arena_array(&p->arena, words, sizeof *ranks);
    if (!bits || !ranks)
        return false;
    for (uint32_t i = 0; i < list->postings.windows; i++)
        bits[p->decoded[i] / WORD] |= UINT64_C(1) << p->decoded[i] % WORD;
    uint32_t rank = 0;
    for (size_t i = 0; i < words; i++) {
        ranks[i] = rank;
        rank += anam_count_bits(bits[i]);
    }
    list->bits = bits;
    list->ranks = ranks;
    return true;
}

static anam_status open_list(struct anam_native_reader *r, const struct anam_weighed *w,
                             anam_error *err)
{
    struct anam_pruned *p = r->pruned;
    struct anam_pruned_list *list = &p->lists[p->n_lists];
    const struct anam_list_ref *ref = &r->refs[w->term][w->field];
    if (ref->df == 0) /* the statistics are of more than this index */
        return ANAM_OK;
    *list = (struct anam_pruned_list){.weighed = w};
    anam_status status = anam_segment_postings(r->segment, ref, &list->postings, err);
    if (status)
        return status;
    const struct anam_postings *postings = &list->postings;
    double excess =
        anam_impact_excess(&r->segment->lengths.field[w->field].impact, &w->bm25.impact);
    list->scale = (float)w->bm25.scale;
    list->bound_scale = (float)(w->bm25.scale * excess / 256);
    list->everywhere = postings->windows == p->windows;
    p->n_lists++;
    if (list->everywhere) {
        add_bounds(p->sums, postings->bounds, p->windows, list->bound_scale);
        return ANAM_OK;
    }
    status = anam_postings_windows(postings, p->decoded, err);
    if (status)
        return status;
    for (uint32_t i = 0; i < postings->windows; i++)
        p->sums[p->decoded[i]] += list->bound_scale * (float)(postings->bounds[i] + 1);
    return mark_windows(p, list) ? ANAM_OK : anam_fail_memory(err);
}

/* ---- one window ---- */

/* The lists that have the window, and what they may add together, summed from behind. */
static size_t find_parts(struct anam_pruned *p, uint32_t window)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n_lists; i++) {
        const struct anam_pruned_list *list = &p->lists[i];
        uint32_t entry = window;
        if (!list->everywhere) {
            uint64_t word = list->bits[window / WORD];
            uint64_t bit = UINT64_C(1) << window % WORD;
            if (!(word & bit))
                continue;
            entry = list->ranks[window / WORD] + anam_count_bits(word & (bit - 1));
        }
        float most = list->bound_scale * (float)(list->postings.bounds[entry] + 1);
        p->parts[n++] = (struct anam_pruned_part){list, entry, most};
    }
    for (size_t i = n; i-- > 1;)
        p->parts[i - 1].left += p->parts[i].left;
    return n;
}

/* Makes p->norms hold the norms of all documents of the window. */
static void find_norms(struct anam_pruned *p, const struct anam_pruned_list *list, uint32_t window)
{
    int f = list->weighed->field;
    uint32_t first = window * ANAM_WINDOW;
    uint32_t n = p->documents - first < ANAM_WINDOW ? p->documents - first : ANAM_WINDOW;
    const struct anam_impact *impact = &list->weighed->bm25.impact;
    struct anam_length_array lengths = p->lengths[f];
    fill_norms(p->norms[f], lengths.bytes + (size_t)first * lengths.width, lengths.width, n,
               (float)impact->base, (float)impact->slope);
    p->has_norms[f] = true;
}

/* Makes p->norms hold that of one document; a damaged list may name one that is not. */
static void find_norm(struct anam_pruned *p, const struct anam_pruned_list *list, uint32_t window,
                      uint32_t position)
{
    int f = list->weighed->field;
    uint32_t document = window * ANAM_WINDOW + position;
    uint32_t length = document < p->documents ? anam_length_of(p->lengths[f], document) : 0;
    p->norms[f][position] = anam_bm25_norm(&list->weighed->bm25, length);
}

static bool score_part(struct anam_pruned *p, const struct anam_pruned_part *part, uint32_t window)
{
    struct anam_entry entry;
    const struct anam_pruned_list *list = part->list;
    int f = list->weighed->field;
    if (!anam_postings_entry(&list->postings, part->entry, &entry))
        return false;
    if (!p->has_norms[f] && entry.n >= ANAM_BITMAP_FROM)
        find_norms(p, list, window);
    for (uint32_t i = 0; !p->has_norms[f] && i < entry.n; i++)
        find_norm(p, list, window, entry.positions[i]);
    p->costs.postings += entry.n;
    score_entry(p->scores, p->norms[f], &entry, list->scale);
    return true;
}

/* Documents of the window in the running. */
struct running {
    uint8_t position[LOOK_UP];
    uint32_t n;
};

static bool look_up(struct anam_pruned *p, const struct anam_pruned_part *part, uint32_t window,
                    const struct running *running)
{
    struct anam_entry entry;
    if (!anam_postings_entry(&part->list->postings, part->entry, &entry))
        return false;
    const struct anam_pruned_list *list = part->list;
    int f = list->weighed->field;
    for (uint32_t i = 0; i < running->n; i++) {
        uint32_t at = running->position[i];
        uint32_t found = anam_entry_find(&entry, at);
        p->costs.postings++;
        if (found < entry.n) {
            float tf = (float)anam_entry_tf(&entry, found);
            if (!p->has_norms[f])
                find_norm(p, list, window, at);
            p->scores[at] += list->scale * tf / (tf + p->norms[f][at]);
        }
    }
    return true;
}

static void drop_below(const struct anam_pruned *p, struct running *running, float least)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < running->n; i++)
        if (p->scores[running->position[i]] >= least)
            running->position[n++] = running->position[i];
    running->n = n;
}

/* How many documents score at least `least`; LOOK_UP + 1 for more than can be looked up. */
static uint32_t find_running(const struct anam_pruned *p, float least, struct running *running)
{
    uint64_t bits[ANAM_WINDOW / WORD];
    uint32_t n = 0;
    at_least(p->scores, least, bits);
    for (uint32_t i = 0; i < ANAM_WINDOW / WORD; i++)
        n += anam_count_bits(bits[i]);
    if (n > LOOK_UP)
        return LOOK_UP + 1;
    running->n = 0;
    for (uint32_t i = 0; i < ANAM_WINDOW / WORD; i++)
        for (uint64_t b = bits[i]; b; b &= b - 1)
            running->position[running->n++] = (uint8_t)(i * WORD + anam_lowest_bit(b));
    return n;
}

static anam_status offer(struct anam_native_reader *r, struct anam_topk *top, uint32_t document,
                         float score, anam_error *err)
{
    struct anam_candidate c = {.score = score, .document = document};
    if (document >= r->pruned->documents)
        return anam_map_damaged(&r->segment->map[ANAM_FILE_POSTINGS], 0, "a position", err);
    if (!(score > 0) || !anam_topk_admits(top, score))
        return ANAM_OK;
    anam_status status = anam_segment_rank(r->segment, document, &c.rank, err);
    if (!status)
        anam_topk_offer(top, c);
    return status;
}

static anam_status offer_all(struct anam_native_reader *r, struct anam_topk *top, uint32_t window,
                             float least, anam_error *err)
{
    struct anam_pruned *p = r->pruned;
    uint64_t bits[ANAM_WINDOW / WORD];
    anam_status status = ANAM_OK;
    at_least(p->scores, least > 0 ? least : FLT_MIN, bits);
    for (uint32_t i = 0; i < ANAM_WINDOW / WORD && !status; i++)
        for (uint64_t b = bits[i]; b && !status; b &= b - 1) {
            uint32_t at = i * WORD + anam_lowest_bit(b);
            status = offer(r, top, window * ANAM_WINDOW + at, p->scores[at], err);
        }
    return status;
}

/* What a sum of bounds must reach to matter, rounding counted: a score is a sum of at most
 * n floats in one order, a sum of bounds one in another. */
static float needed(const struct anam_topk *top, size_t n)
{
    if (top->n < top->k)
        return 0;
    return top->heap[0].score * (1 - 2.4e-7F * (float)(n + 4));
}

static anam_status score_window(struct anam_native_reader *r, struct anam_topk *top,
                                uint32_t window, anam_error *err)
{
    struct anam_pruned *p = r->pruned;
    size_t n = find_parts(p, window);
    float least = needed(top, p->n_lists);
    struct running running = {.n = LOOK_UP + 1};
    size_t i = 0;
    bool ok = true;
    p->costs.windows++;
    memset(p->has_norms, 0, sizeof p->has_norms);
    clear(p->scores);
    for (; i < n && ok; i++) {
        /* A document with nothing yet is out of the running once too little is left. */
        if (p->parts[i].left < least &&
            find_running(p, least - p->parts[i].left, &running) <= LOOK_UP)
            break;
        ok = score_part(p, &p->parts[i], window);
    }
    for (; i < n && ok; i++) {
        drop_below(p, &running, least - p->parts[i].left);
        if (running.n == 0)
            return ANAM_OK;
        ok = look_up(p, &p->parts[i], window, &running);
    }
    if (!ok)
        return anam_map_damaged(&r->segment->map[ANAM_FILE_POSTINGS], 0, "a posting list", err);
    if (running.n > LOOK_UP)
        return offer_all(r, top, window, top->n < top->k ? 0 : top->heap[0].score, err);
    anam_status status = ANAM_OK;
    for (uint32_t j = 0; j < running.n && !status; j++)
        status = offer(r, top, window * ANAM_WINDOW + running.position[j],
                       p->scores[running.position[j]], err);
    return status;
}

/* ---- all windows ---- */

/* Windows whose sum is at least `least`, largest sums first, as far as buckets tell. */
static size_t order_windows(struct anam_pruned *p, float least)
{
    size_t n = select_sums(p->sums, p->windows, least, p->chosen);
    uint32_t starts[BUCKETS + 1] = {0};
    float most = 0;
    for (size_t i = 0; i < n; i++)
        most = p->sums[p->chosen[i]] > most ? p->sums[p->chosen[i]] : most;
    float steps = most > least ? (BUCKETS - 1) / (most - least) : 0;
    for (size_t i = 0; i < n; i++)
        starts[1 + (size_t)((most - p->sums[p->chosen[i]]) * steps)]++;
    for (size_t i = 0; i < BUCKETS; i++)
        starts[i + 1] += starts[i];
    for (size_t i = 0; i < n; i++)
        p->order[starts[(size_t)((most - p->sums[p->chosen[i]]) * steps)]++] = p->chosen[i];
    return n;
}

static anam_status visit(struct anam_native_reader *r, struct anam_topk *top, uint32_t window,
                         anam_error *err)
{
    struct anam_pruned *p = r->pruned;
    if (p->sums[window] < needed(top, p->n_lists))
        return ANAM_OK;
    p->sums[window] = 0; /* done */
    return score_window(r, top, window, err);
}

/* The most promising windows first, for they tell what the others must reach; then the
 * others in the order in which they lie on disk. */
static anam_status score_windows(struct anam_native_reader *r, struct anam_topk *top,
                                 anam_error *err)
{
    struct anam_pruned *p = r->pruned;
    anam_status status = ANAM_OK;
    size_t n = order_windows(p, FLT_MIN);
    size_t first = FIRST + top->k / 16;
    first = first < n ? first : n;
    for (size_t i = 0; i < first && !status; i++)
        status = visit(r, top, p->order[i], err);
    float least = needed(top, p->n_lists);
    n = select_sums(p->sums, p->windows, least > FLT_MIN ? least : FLT_MIN, p->chosen);
    for (size_t i = 0; i < n && !status; i++)
        status = visit(r, top, p->chosen[i], err);
    return status;
}

static anam_status search(struct anam_native_reader *r, const struct anam_weighed *weighed,
                          size_t n_weighed, size_t k, struct anam_engine_hit *hits, size_t *n,
                          anam_error *err)
{
    *n = 0;
    if (!prepare(r, n_weighed, k))
        return anam_fail_memory(err);
    struct anam_pruned *p = r->pruned;
    struct anam_topk top = {.heap = p->heap, .k = k};
    anam_status status = ANAM_OK;
    memset(p->sums, 0, p->windows * sizeof *p->sums);
    for (int f = 0; f < ANAM_N_FIELDS && !status; f++)
        status = anam_lengths_array(&r->segment->lengths, f, &p->lengths[f], err);
    for (size_t i = 0; i < n_weighed && !status; i++)
        status = open_list(r, &weighed[i], err);
    if (!status)
        status = score_windows(r, &top, err);
    if (status)
        return status;
    anam_topk_sort(&top);
    for (size_t i = 0; i < top.n; i++)
        hits[i] = (struct anam_engine_hit){top.heap[i].document, top.heap[i].score};
    *n = top.n;
    return ANAM_OK;
}
