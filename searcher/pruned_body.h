/* The search of pruned.h, built once for each processor: the file that includes this says
 * for which with compiler flags, and gives it a name. All builds give the same bits: the
 * operations on a score and their order are those of anam_bm25_score everywhere. */
#include "searcher/pruned_filter.h"

#include <float.h>
#include <stdlib.h>

enum {
    LOOK_UP = 12,   /* documents of a window that are looked up without a filter; at most RUNNING */
    FILTER_FEW = 4, /* hits asked for to each window looked into so far; with more, most
                       documents would pass */
    FIRST = 4,      /* windows that are looked into before all others, */
    SECOND = 32,    /* and then; more for many hits, */
    MORE_MOST = 2048, /* but no more than for so many */
    GROUPS = 512,     /* of windows, of which the best are looked for */
    BUCKETS = 256,    /* of windows by sum of bounds */
    BEHIND = 16       /* bytes behind bounds that are read and written, to be dropped */
};

_Static_assert(RUNNING >= 16 && (int)LOOK_UP <= (int)RUNNING, "begin_running writes 16 documents");
_Static_assert((int)ANAM_FRAME <= (int)ANAM_TRAILER && (int)ANAM_BITMAP_FROM <= (int)ANAM_TRAILER,
               "as many bytes are read at once, of which the last may be a file's");

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
        p->room = anam_presence_words(p->windows) * WORD;
    }
    if (!p->sums)
        p->sums = anam_new_array(p->room, sizeof *p->sums);
    if (!p->left)
        p->left = anam_new_array(p->room, ANAM_STAGES * sizeof *p->left);
    anam_arena_reset(&p->arena);
    p->costs = (struct anam_pruned_costs){0};
    p->looked_into = 0;
    p->n_lists = 0;
    return p->sums && p->left && anam_grow(&p->lists, &p->cap_lists, n_lists, sizeof *p->lists) &&
           anam_grow(&p->kept, &p->cap_kept, anam_topk_room(k), sizeof *p->kept);
}

/* Lengths are read past the last document of the last window, if only to be dropped. */
static anam_status open_lengths(struct anam_native_reader *r, int field, anam_error *err)
{
    struct anam_pruned *p = r->pruned;
    struct anam_length_array *all = &p->lengths[field];
    anam_status status = anam_lengths_array(&r->segment->lengths, field, all, err);
    if (status || p->last_lengths[field] || p->windows == 0)
        return status;
    p->last_lengths[field] = calloc((size_t)ANAM_WINDOW + 1, 4);
    if (!p->last_lengths[field])
        return anam_fail_memory(err);
    size_t before = (size_t)(p->windows - 1) * ANAM_WINDOW;
    memcpy(p->last_lengths[field], all->bytes + before * all->width,
           (p->documents - before) * all->width);
    return ANAM_OK;
}

static anam_status open_list(struct anam_native_reader *r, const struct anam_weighed *w,
                             anam_error *err)
{
    struct anam_pruned *p = r->pruned;
    struct anam_pruned_list *list = &p->lists[p->n_lists];
    const struct anam_list_ref *ref = &r->refs[w->term][w->field];
    if (ref->df == 0) /* the statistics are of more than this index */
        return ANAM_OK;
    anam_status status = anam_segment_postings(r->segment, ref, &list->postings, err);
    if (status)
        return status;
    list->excess = anam_impact_excess(&r->segment->lengths.field[w->field].impact, &w->bm25.impact);
    struct anam_presence *presence =
        anam_arena_alloc(&p->arena, anam_presence_words(p->windows) * sizeof *presence);
    if (!presence)
        return anam_fail_memory(err);
    list->presence = presence;
    list->bounds = list->postings.bounds;
    list->bound_scale = (float)(w->bm25.scale * list->excess / 256);
    list->scale = (float)w->bm25.scale;
    list->term = w->term;
    list->idf = (float)anam_idf(p->documents, ref->df);
    list->field = w->field;
    list->base = (float)w->bm25.impact.base;
    list->slope = (float)w->bm25.impact.slope;
    list->frame.number = ANAM_NO_FRAME;
    p->n_lists++;
    return anam_postings_presence(&list->postings, presence, err);
}

/* Two lists of a term, of which `second` is gone through later. The bounds of the first are
 * lowered so that the sum of both is what a document may have in both fields; once the first has
 * gone by, what is left is the bound of the second, as ever.
 *
 * Slacks are of idf x + idf' y. With other scales S x + S' y is r (idf x + idf' y), r the
 * lesser of S / idf and S' / idf', and what is more of one of the two: it has r times the
 * slack. Where an excess was cut, to the bound of any impact, bounds are no multiples of those that
 * slacks are of. */
static anam_status bound_together(struct anam_pruned *p, struct anam_pruned_list *first,
                                  const struct anam_pruned_list *second, anam_error *err)
{
    const struct anam_postings *slacks =
        first->field > second->field ? &first->postings : &second->postings;
    size_t words = anam_presence_words(p->windows);
    size_t shared = 0;
    for (size_t i = 0; i < words; i++)
        shared += anam_count_bits(first->presence[i].bits & second->presence[i].bits);
    if (shared != slacks->n_slacks)
        return anam_map_damaged(slacks->map, slacks->offset, "slacks of a posting list", err);
    float r = first->bound_scale / first->idf;
    if (second->bound_scale / second->idf < r)
        r = second->bound_scale / second->idf;
    /* In steps of the first; less than what rounding may add. */
    float factor = r * first->idf / first->bound_scale / 15 * (1 - 1e-5F);
    float other_factor = r * second->idf / first->bound_scale / 15 * (1 - 1e-5F);
    if (shared == 0 || first->excess >= ANAM_MOST_EXCESS || second->excess >= ANAM_MOST_EXCESS ||
        !(factor > 0)) /* 0 or none: of weights too small for a float */
        return ANAM_OK;
    unsigned char *lowered = anam_arena_alloc(&p->arena, first->postings.windows + BEHIND);
    if (!lowered)
        return anam_fail_memory(err);
    for (size_t i = 0, slack = 0; i < words; i++) {
        lower_bounds(lowered, first->bounds, first->presence[i], factor, second->bounds,
                     second->presence[i], other_factor, slacks, (uint32_t)slack);
        slack += anam_count_bits(first->presence[i].bits & second->presence[i].bits);
    }
    first->bounds = lowered;
    return ANAM_OK;
}

/* The bounds of all lists, added up by window. */
static anam_status add_up_bounds(struct anam_pruned *p, anam_error *err)
{
    size_t terms = 0; /* that have lists; those of one are neighbours */
    anam_status status = ANAM_OK;
    for (size_t i = 0; i < p->n_lists && !status; i++)
        if (i > 0 && p->lists[i].term == p->lists[i - 1].term)
            status = bound_together(p, &p->lists[i - 1], &p->lists[i], err);
        else
            terms++;
    begin_filter(p, terms);
    memset(p->sums, 0, p->room * sizeof *p->sums);
    for (size_t i = p->n_lists; i > 0; i--) {
        if (p->filters && i % p->stage == 0)
            put_steps(left_at(p, i), p->sums, p->room, p->steps);
        add_bounds(p->sums, &p->lists[i - 1], anam_presence_words(p->windows));
    }
    return status;
}

/* ---- one window ---- */

static void look_up(struct anam_pruned *p, const struct anam_pruned_list *list,
                    const struct lengths *l, const struct anam_entry *entry,
                    struct running *running)
{
    for (uint32_t i = 0; i < running->n; i++) {
        uint32_t found = anam_entry_find(entry, running->position[i]);
        if (found < entry->n) {
            p->costs.postings++;
            float tf = (float)anam_entry_tf(entry, found);
            float norm = norm_of(list, l, running->position[i]);
            running->score[i] += list->scale * tf / (tf + norm);
        }
    }
}

static void drop_below(struct running *running, float least)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < running->n; i++) {
        running->position[n] = running->position[i];
        running->score[n] = running->score[i];
        n += running->score[i] >= least;
    }
    running->n = n;
}

static uint32_t count_all(const uint64_t bits[ANAM_WINDOW / WORD])
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < ANAM_WINDOW / WORD; i++)
        n += anam_count_bits(bits[i]);
    return n;
}

/* Puts the documents of a window that have bits into the running. */
static void put_running(struct running *running, const uint64_t bits[ANAM_WINDOW / WORD])
{
    running->n = 0;
    for (uint32_t i = 0; i < ANAM_WINDOW / WORD; i++)
        for (uint64_t b = bits[i]; b; b &= b - 1)
            running->position[running->n++] = (uint8_t)(i * WORD + anam_lowest_bit(b));
}

/* How many documents score at least `least`; if they are few enough to be looked up, they are put
 * into the running. */
static uint32_t find_running(const float *scores, float least, struct running *running)
{
    uint64_t bits[ANAM_WINDOW / WORD];
    at_least(scores, least, bits);
    uint32_t n = count_all(bits);
    if (n > LOOK_UP)
        return n;
    put_running(running, bits);
    for (uint32_t i = 0; i < n; i++)
        running->score[i] = scores[running->position[i]];
    return n;
}

static anam_status offer(struct anam_native_reader *r, struct anam_topk *top, uint32_t document,
                         float score, anam_error *err)
{
    if (document >= r->pruned->documents)
        return anam_map_damaged(&r->segment->map[ANAM_FILE_POSTINGS], 0, "a position", err);
    if (score > 0 && score >= top->least)
        anam_topk_offer(top, document, score);
    return ANAM_OK;
}

static anam_status offer_all(struct anam_native_reader *r, struct anam_topk *top, uint32_t window,
                             const float *scores, anam_error *err)
{
    uint64_t bits[ANAM_WINDOW / WORD];
    anam_status status = ANAM_OK;
    at_least(scores, top->least > 0 ? top->least : FLT_MIN, bits);
    for (uint32_t i = 0; i < ANAM_WINDOW / WORD && !status; i++)
        for (uint64_t b = bits[i]; b && !status; b &= b - 1) {
            uint32_t at = i * WORD + anam_lowest_bit(b);
            status = offer(r, top, window * ANAM_WINDOW + at, scores[at], err);
        }
    return status;
}

/* What a sum of bounds must reach to matter from now on; rounding counted: a score is a sum of at
 * most n floats in one order, a sum of bounds one in another. */
static float needed(struct anam_topk *top, size_t n)
{
    anam_topk_tighten(top);
    return top->least * (1 - 2.4e-7F * (float)(n + 4));
}

/* The list's postings in one window, at least some of which may still matter. */
static void add_entry(struct anam_pruned *p, struct chunk *c, const struct anam_pruned_list *list,
                      const struct anam_entry *entry, uint32_t window, float bound, float least)
{
    uint64_t bit = UINT64_C(1) << window;
    float *scores = p->scores[window];
    struct running *running = &c->of[window];
    struct lengths lengths = lengths_of(p, list->field, c->first + window);
    float before = c->left[window];
    c->left[window] -= bound;
    if (!((c->scored | c->running) & bit)) {
        if (c->left[window] < least && entry->n <= LOOK_UP) {
            p->costs.postings += entry->n;
            begin_running(running, list, &lengths, entry, least - c->left[window]);
            c->running |= bit;
            if (running->n == 0)
                c->alive &= ~bit;
            return;
        }
        clear(scores, sizeof p->scores[0]);
        c->scored |= bit;
    } else if (c->scored & bit && before < least &&
               find_running(scores, least - before, running) <= LOOK_UP) {
        c->scored &= ~bit;
        c->running |= bit;
    }
    if (c->scored & bit) {
        p->costs.postings += entry->n;
        score_entry(scores, list, &lengths, entry);
        return;
    }
    look_up(p, list, &lengths, entry, running);
    drop_below(running, least - c->left[window]);
    if (running->n == 0)
        c->alive &= ~bit;
}

/* ---- scoring a chunk ---- */

static anam_status offer_filtered(struct anam_native_reader *r, struct anam_topk *top,
                                  uint32_t window, const struct filtered *f, anam_error *err)
{
    anam_status status = ANAM_OK;
    for (uint32_t word = 0, n = 0; word < ANAM_WINDOW / WORD; word++)
        for (uint64_t b = f->all.words[word]; b && !status; b &= b - 1, n++)
            if (f->left.words[word] & b & -b)
                status = offer(r, top, window * ANAM_WINDOW + word * WORD + anam_lowest_bit(b),
                               f->score[n], err);
    return status;
}

static anam_status offer_chunk(struct anam_native_reader *r, struct anam_topk *top,
                               const struct chunk *c, anam_error *err)
{
    anam_status status = ANAM_OK;
    for (uint64_t bits = c->alive; bits && !status; bits &= bits - 1) {
        uint32_t i = anam_lowest_bit(bits);
        if (c->scored >> i & 1)
            status = offer_all(r, top, c->first + i, r->pruned->scores[i], err);
        else if (c->refined >> i & 1)
            status = offer_filtered(r, top, c->first + i, &c->filtered[i], err);
        else
            for (uint32_t j = 0; j < c->of[i].n && !status; j++)
                status = offer(r, top, (c->first + i) * ANAM_WINDOW + c->of[i].position[j],
                               c->of[i].score[j], err);
    }
    return status;
}

/* Scores windows of one word of presence, as `windows` has bits. */
static anam_status score_chunk(struct anam_native_reader *r, struct anam_topk *top, uint32_t word,
                               uint64_t windows, anam_error *err)
{
    struct anam_pruned *p = r->pruned;
    struct chunk c;
    c.first = word * WORD;
    c.alive = windows;
    c.scored = c.running = c.refined = 0;
    float least = needed(top, p->n_lists);
    bool filters = p->filters && top->least > 0 && top->k < FILTER_FEW * p->looked_into;
    p->looked_into += anam_count_bits(windows);
    p->costs.windows = p->looked_into;
    /* More by what rounding can make of adding up and of subtracting. */
    for (uint64_t bits = windows; bits; bits &= bits - 1) {
        uint32_t i = anam_lowest_bit(bits);
        c.left[i] = p->sums[c.first + i] * (1 + 2.4e-7F * (float)(p->n_lists + 4));
        p->sums[c.first + i] = 0; /* done */
    }
    if (filters) {
        anam_status status = filter(p, &c, least, err);
        if (!status)
            status = refine(p, &c, least, err);
        if (status)
            return status;
    } else {
        for (uint64_t bits = windows; bits; bits &= bits - 1)
            foresee_lengths(p, c.first + anam_lowest_bit(bits));
    }
    for (size_t i = 0; i < p->n_lists && c.alive & ~c.refined; i++) {
        struct anam_pruned_list *list = &p->lists[i];
        uint64_t bits = list->presence[word].bits & c.alive & ~c.refined;
        foresee_frame(p, i + AHEAD, word, c.alive & ~c.refined);
        for (; bits; bits &= bits - 1) {
            if (!read_frame(list, word, bits))
                return damaged_frame(list, err);
            uint32_t e = first_number(list, word, bits);
            struct anam_entry entry = anam_frame_entry(&list->frame, e % ANAM_FRAME);
            float bound = list->bound_scale * (float)(list->bounds[e] + 1);
            add_entry(p, &c, list, &entry, anam_lowest_bit(bits), bound, least);
        }
    }
    c.alive &= c.scored | c.running | c.refined; /* all of them, but in a damaged index */
    return offer_chunk(r, top, &c, err);
}

/* ---- all windows ---- */

/* A sum that some `wanted` windows reach, fewer than GROUPS. */
static float best_sums(const struct anam_pruned *p, size_t wanted)
{
    float best[GROUPS] = {0};
    uint32_t counts[BUCKETS] = {0};
    float most = 0;
    for (size_t i = 0; i < p->room; i += WORD) {
        const float *sums = p->sums + i;
        float *group = best + i % GROUPS;
        for (size_t j = 0; j < WORD; j++)
            group[j] = sums[j] > group[j] ? sums[j] : group[j];
    }
    for (size_t i = 0; i < GROUPS; i++)
        most = best[i] > most ? best[i] : most;
    if (most < FLT_MIN * BUCKETS) /* or steps may be too many for a float */
        return FLT_MIN;
    float steps = (BUCKETS - 1) / most;
    for (size_t i = 0; i < GROUPS; i++)
        counts[(size_t)(best[i] * steps)]++;
    size_t bucket = BUCKETS;
    for (size_t n = 0; bucket > 1 && n < wanted;)
        n += counts[--bucket];
    return (float)bucket / steps;
}

/* The windows whose sums reach `floor` and what is needed, a word of presence at a time, in the
 * order in which they lie on disk. */
static anam_status score_from(struct anam_native_reader *r, struct anam_topk *top, float floor,
                              anam_error *err)
{
    struct anam_pruned *p = r->pruned;
    anam_status status = ANAM_OK;
    for (uint32_t word = 0; word < p->room / WORD && !status; word++) {
        float least = needed(top, p->n_lists);
        uint64_t windows =
            word_at_least(p->sums + (size_t)word * WORD, least > floor ? least : floor);
        if (windows)
            status = score_chunk(r, top, word, windows, err);
    }
    return status;
}

/* A few of the most promising windows first, then some more, for they tell what the others must
 * reach. */
static anam_status score_windows(struct anam_native_reader *r, struct anam_topk *top,
                                 anam_error *err)
{
    const struct anam_pruned *p = r->pruned;
    size_t more = top->k < MORE_MOST ? top->k : MORE_MOST;
    anam_status status = score_from(r, top, best_sums(p, FIRST + more / 64), err);
    if (!status)
        status = score_from(r, top, best_sums(p, SECOND + more / 8), err);
    return status ? status : score_from(r, top, FLT_MIN, err);
}

static anam_status search(struct anam_native_reader *r, const struct anam_weighed *weighed,
                          size_t n_weighed, size_t k, struct anam_engine_hit *hits, size_t *n,
                          anam_error *err)
{
    *n = 0;
    if (!prepare(r, n_weighed, k))
        return anam_fail_memory(err);
    struct anam_pruned *p = r->pruned;
    struct anam_topk top = {.kept = p->kept, .k = k, .segment = r->segment};
    anam_status status = ANAM_OK;
    for (int f = 0; f < ANAM_N_FIELDS && !status; f++)
        status = open_lengths(r, f, err);
    for (size_t i = 0; i < n_weighed; i++)
        anam_segment_foresee_list(r->segment, &r->refs[weighed[i].term][weighed[i].field]);
    for (size_t i = 0; i < n_weighed && !status; i++)
        status = open_list(r, &weighed[i], err);
    if (!status)
        status = add_up_bounds(p, err);
    if (!status)
        status = score_windows(r, &top, err);
    return status ? status : anam_topk_end(&top, hits, n, err);
}
