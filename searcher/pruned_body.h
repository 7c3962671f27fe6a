/* The search of pruned.h, built once for each processor: the file that includes this says
 * for which with compiler flags, and gives it a name. All builds give the same bits: the
 * operations on a score and their order are those of anam_bm25_score everywhere. */
#include "searcher/pruned_loops.h"

#include <float.h>
#include <stdlib.h>

enum {
    LOOK_UP = 12, /* documents of a window that are looked up without a filter; at most RUNNING */
    FILTER_LEAST = 5,     /* terms of a query from which on filtering is worth it */
    FILTER_FEW = 4,       /* hits asked for to each window looked into so far; with more, most
                             documents would pass */
    FILTER_MOST = 4096,   /* lists up to which ceilings in 16 bits tell enough, */
    CEILING_ROOM = 65000, /* and what all of these may add to one */
    FIRST = 4,            /* windows that are looked into before all others, */
    SECOND = 32,          /* and then; more for many hits, */
    MORE_MOST = 2048,     /* but no more than for so many */
    GROUPS = 512,         /* of windows, of which the best are looked for */
    BUCKETS = 256,        /* of windows by sum of bounds */
    AHEAD = 2,            /* lists, of which the next frames are loaded */
    BEHIND = 16           /* bytes that are read behind bounds, to be dropped */
};

_Static_assert(RUNNING >= 16 && (int)LOOK_UP <= (int)RUNNING, "begin_running writes 16 documents");
_Static_assert((int)FILTERED < (int)ANAM_BITMAP_FROM, "so many of a window may be found");
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
        p->sums = anam_new_array(p->room, sizeof *p->sums);
        p->left = anam_new_array(p->room, ANAM_STAGES * sizeof *p->left);
    }
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
    double excess =
        anam_impact_excess(&r->segment->lengths.field[w->field].impact, &w->bm25.impact);
    struct anam_presence *presence =
        anam_arena_alloc(&p->arena, anam_presence_words(p->windows) * sizeof *presence);
    if (!presence)
        return anam_fail_memory(err);
    list->presence = presence;
    list->bounds = list->postings.bounds;
    list->bound_scale = (float)(w->bm25.scale * excess / 256);
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
 * slack. */
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
    if (shared == 0 || !(factor > 0)) /* 0 or none: of weights too small for a float */
        return ANAM_OK;
    unsigned char *lowered = anam_arena_alloc(&p->arena, first->postings.windows + BEHIND);
    if (!lowered)
        return anam_fail_memory(err);
    memcpy(lowered, first->bounds, first->postings.windows);
    for (size_t i = 0, slack = 0; i < words; i++) {
        uint64_t both = first->presence[i].bits & second->presence[i].bits;
        if (both)
            lower_bounds(lowered, first->bounds, first->presence[i], factor, second->bounds,
                         second->presence[i], other_factor, slacks, (uint32_t)slack);
        slack += anam_count_bits(both);
    }
    first->bounds = lowered;
    return ANAM_OK;
}

/* Sets the steps of ceilings so that those of all lists together are below 2^16. */
static void begin_filter(struct anam_pruned *p, size_t terms)
{
    float most = 0;
    for (size_t i = 0; i < p->n_lists; i++)
        most += p->lists[i].bound_scale * 256;
    p->filters = terms >= FILTER_LEAST && p->n_lists <= FILTER_MOST &&
                 most > FLT_MIN * CEILING_ROOM && most < FLT_MAX;
    if (!p->filters)
        return;
    p->steps = (CEILING_ROOM - 2 * (float)p->n_lists) / most;
    p->stage = (p->n_lists + ANAM_STAGES - 1) / ANAM_STAGES;
    for (size_t i = 0; i < p->n_lists; i++)
        p->lists[i].rise = (uint32_t)(p->lists[i].bound_scale * 256 * p->steps * (1 + 1e-5F)) + 1;
}

/* What the lists that come after a stage may add to ceilings, by window; `lists` have gone by. */
static uint16_t *left_at(const struct anam_pruned *p, size_t lists)
{
    return p->left + (lists / p->stage - 1) * p->room;
}

/* The bounds of all lists, added up by window. */
static anam_status add_up_bounds(struct anam_pruned *p, anam_error *err)
{
    size_t terms = 0; /* of the plan, but for those at its end that no list is of, */
    size_t found = 0; /* and those that have one */
    for (size_t i = 0; i < p->n_lists; i++)
        terms = p->lists[i].term < terms ? terms : p->lists[i].term + 1;
    struct anam_pruned_list **first = anam_arena_alloc(&p->arena, terms * sizeof *first);
    if (!first)
        return anam_fail_memory(err);
    memset(first, 0, terms * sizeof *first);
    anam_status status = ANAM_OK;
    for (size_t i = 0; i < p->n_lists && !status; i++) {
        struct anam_pruned_list *list = &p->lists[i];
        if (first[list->term])
            status = bound_together(p, first[list->term], list, err);
        else
            found++;
        first[list->term] = list;
    }
    begin_filter(p, found);
    memset(p->sums, 0, p->room * sizeof *p->sums);
    for (size_t i = p->n_lists; i > 0; i--) {
        if (p->filters && i % p->stage == 0)
            put_steps(left_at(p, i), p->sums, p->room, p->steps);
        add_bounds(p->sums, &p->lists[i - 1], anam_presence_words(p->windows));
    }
    return status;
}

/* ---- one window ---- */

static struct lengths lengths_of(const struct anam_pruned *p, int field, uint32_t window)
{
    static const uint32_t masks[] = {0, 0xFF, 0xFFFF, 0, UINT32_MAX};
    struct anam_length_array all = p->lengths[field];
    if (all.width == 0) /* of a damaged index, for the field has a list */
        return (struct lengths){p->last_lengths[field], 1, masks[1]};
    const unsigned char *bytes = window + 1 < p->windows
                                     ? all.bytes + (size_t)window * ANAM_WINDOW * all.width
                                     : p->last_lengths[field];
    return (struct lengths){bytes, all.width, masks[all.width]};
}

/* Begins to load the lengths of a window's documents, */
static void foresee_lengths(const struct anam_pruned *p, uint32_t window)
{
    for (int f = 0; f < ANAM_N_FIELDS; f++) {
        size_t bytes = (size_t)ANAM_WINDOW * p->lengths[f].width;
        for (size_t i = 0; i < bytes; i += ANAM_CACHE_LINE)
            anam_prefetch(p->lengths[f].bytes + window * bytes + i);
    }
}

/* or that of one document. */
static void foresee_length(const struct anam_pruned *p, size_t document)
{
    for (int f = 0; f < ANAM_N_FIELDS; f++)
        if (p->lengths[f].width > 0)
            anam_prefetch(p->lengths[f].bytes + document * p->lengths[f].width);
}

/* The number of the list's entry in the first of the windows of a word that have bits; the list is
 * in that window. */
static inline uint32_t first_number(const struct anam_pruned_list *list, uint32_t word,
                                    uint64_t bits)
{
    const struct anam_presence *presence = &list->presence[word];
    return presence->before + anam_count_bits(presence->bits & ((bits & -bits) - 1));
}

/* Reads the frame that has that entry. false: damaged. */
static inline bool read_frame(struct anam_pruned_list *list, uint32_t word, uint64_t bits)
{
    uint32_t number = first_number(list, word, bits) / ANAM_FRAME;
    return list->frame.number == number ||
           anam_postings_frame(&list->postings, number, &list->frame);
}

/* The windows of a word that the list is in with entries of the frame that it has read. */
static uint64_t windows_of_frame(const struct anam_pruned_list *list, uint32_t word)
{
    const struct anam_presence presence = list->presence[word];
    const uint64_t frame = (UINT64_C(1) << ANAM_FRAME) - 1;
    if (list->frame.number == ANAM_NO_FRAME)
        return 0;
    uint32_t behind = list->frame.number * ANAM_FRAME - presence.before;
    if (behind < WORD)
        return expand_bits(frame << behind, presence.bits);
    behind = -behind;
    return behind < ANAM_FRAME ? expand_bits(frame >> behind, presence.bits) : 0;
}

/* Begins to load the head of a list's first frame in a word, of the windows that have bits, but not
 * that of the frame read last; there may be no such list. */
static inline void foresee_frame(const struct anam_pruned *p, size_t i, uint32_t word,
                                 uint64_t bits)
{
    if (i >= p->n_lists)
        return;
    const struct anam_pruned_list *list = &p->lists[i];
    bits &= list->presence[word].bits;
    uint32_t number = first_number(list, word, bits) / ANAM_FRAME;
    if (bits && number != list->frame.number)
        anam_postings_foresee(&list->postings, number);
}

static anam_status damaged_frame(const struct anam_pruned_list *list, anam_error *err)
{
    return anam_map_damaged(list->postings.map, list->postings.offset, "frame of a posting list",
                            err);
}

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

/* What the windows of a word of presence look like while the lists go by. A window begins
 * with no scores. Its documents are scored all together, until those that have nothing yet are out
 * of the running, for too little is left, and few enough are in it to be looked up one by one. Or
 * it begins with the documents that a filter left. */
struct chunk {
    uint32_t first;   /* window */
    uint64_t alive;   /* windows with documents in the running */
    uint64_t scored;  /* of them those whose scores are in anam_pruned.scores, */
    uint64_t running; /* those of `of`, */
    uint64_t refined; /* and those of `filtered` */
    float left[WORD]; /* what the lists to come may add */
    struct running of[WORD];
    struct filtered filtered[WORD];
};

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

/* ---- filtering a chunk ----
 *
 * A document's ceiling is the sum of the bounds of the entries it is in, in steps, rounded up. It
 * needs no frequency and no length, and hardly ever reaches what a document must score to
 * matter where the document does not: of a query of many lists hardly anything is left to be
 * scored.
 */

/* Raises ceilings by the entries of the frame that the list has read, in the windows of `bits`, or
 * notes by how much; returns the windows whose entries are in frames behind it. */
static APART uint64_t raise_frame(struct anam_pruned *p, const struct anam_pruned_list *list,
                                  uint32_t word, uint64_t bits, struct rises *rises)
{
    const struct anam_presence presence = list->presence[word];
    const struct anam_frame *f = &list->frame;
    uint32_t first = f->number * ANAM_FRAME;
    uint16_t by[ANAM_FRAME];
    put_rises(list, first, by);
    uint32_t n = rises->n;
    uint64_t entries = compress_bits(bits, presence.bits);
    uint32_t here = (uint32_t)(presence.before < first ? entries >> (first - presence.before)
                                                       : entries << (presence.before - first));
    for (; here; here &= here - 1, bits &= bits - 1) {
        uint32_t i = anam_lowest_bit(here);
        uint32_t window = anam_lowest_bit(bits);
        uint32_t bytes = (uint32_t)f->bytes[i + 1] - f->bytes[i];
        const unsigned char *positions = f->positions + f->bytes[i];
        if (bytes == ANAM_BITMAP_BYTES) {
            raise_bitmap(p->ceilings[window], positions, by[i]);
            continue;
        }
        note_rises(rises, n, window, positions, by[i]);
        n += bytes;
    }
    rises->n = n;
    return bits;
}

/* Adds a list to the ceilings of windows, as `bits` has them: bitmaps at once, the others when
 * enough was noted or the caller raises what is left. */
static anam_status raise_ceilings(struct anam_pruned *p, struct anam_pruned_list *list,
                                  uint32_t word, uint64_t bits, struct rises *rises,
                                  anam_error *err)
{
    p->costs.entries += anam_count_bits(bits);
    while (bits) {
        if (!read_frame(list, word, bits))
            return damaged_frame(list, err);
        bits = raise_frame(p, list, word, bits, rises);
    }
    if (rises->n >= RISES)
        raise_all((uint16_t *)p->ceilings, rises);
    return ANAM_OK;
}

/* Of the windows in `asked` those without a document that may reach `least` steps, were it to get
 * all that is left. `missing` is how many a window's best document lacked when it was looked at
 * last: while at least as many are left there is no need to look again. */
static uint64_t find_dead(const struct anam_pruned *p, uint64_t asked, const uint16_t *left,
                          uint16_t least, uint16_t missing[WORD])
{
    uint64_t dead = 0;
    for (uint64_t bits = asked & word_below(left, missing); bits; bits &= bits - 1) {
        uint32_t window = anam_lowest_bit(bits);
        uint32_t most = most_of(p->ceilings[window]);
        missing[window] = (uint16_t)(least > most ? least - most : 0);
        /* Which of them are dead cannot be foreseen: no branch. */
        dead |= (uint64_t)(left[window] < missing[window]) << window;
    }
    return dead;
}

/* How many documents of a window have ceilings that reach `least`; if they are few enough to be
 * looked up, they are put into `f`. */
static uint32_t take_filtered(const struct anam_pruned *p, uint32_t first, uint32_t window,
                              uint16_t least, struct filtered *f)
{
    const uint16_t *ceilings = p->ceilings[window];
    size_t document = (size_t)(first + window) * ANAM_WINDOW;
    uint32_t n = 0;
    for (uint32_t i = 0; i < ANAM_WINDOW / WORD; i++) {
        f->before[i] = (uint8_t)n;
        f->all.words[i] = ceilings_at_least(ceilings + (size_t)i * WORD, least);
        n += anam_count_bits(f->all.words[i]);
    }
    if (n > FILTERED)
        return n;
    f->left = f->all;
    n = 0;
    for (uint32_t i = 0; i < ANAM_WINDOW / WORD; i++)
        for (uint64_t b = f->all.words[i]; b; b &= b - 1, n++) {
            uint32_t position = i * WORD + anam_lowest_bit(b);
            foresee_length(p, document + position);
            f->rest[n] = ceilings[position];
            f->score[n] = 0;
        }
    return n;
}

/* Leaves windows alive where documents may reach `least`, and where these are few puts them
 * into `filtered`. */
static APART anam_status filter(struct anam_pruned *p, struct chunk *c, float least,
                                anam_error *err)
{
    uint32_t word = c->first / WORD;
    struct rises rises;
    rises.n = 0;
    for (uint64_t bits = c->alive; bits; bits &= bits - 1)
        clear(p->ceilings[anam_lowest_bit(bits)], sizeof p->ceilings[0]);
    const uint16_t steps = to_steps(least, p->steps);
    uint16_t missing[WORD];
    for (size_t i = 0; i < WORD; i++)
        missing[i] = steps;
    uint64_t met = 0;   /* windows that a list was in, */
    uint64_t again = 0; /* and that more than one was in: none other can be without a chance, */
    uint64_t news = 0;  /* and that one was in since the last look at what is left */
    for (size_t i = 0; i < p->n_lists && c->alive; i++) {
        struct anam_pruned_list *list = &p->lists[i];
        uint64_t bits = list->presence[word].bits & c->alive;
        foresee_frame(p, i + AHEAD, word, c->alive);
        anam_status status = raise_ceilings(p, list, word, bits, &rises, err);
        if (status)
            return status;
        again |= met & bits;
        met |= bits;
        news |= bits;
        if ((i + 1) % p->stage == 0) {
            raise_all((uint16_t *)p->ceilings, &rises);
            c->alive &= ~find_dead(p, c->alive & again & news, left_at(p, i + 1) + c->first, steps,
                                   missing);
            news = 0;
        }
    }
    raise_all((uint16_t *)p->ceilings, &rises);
    for (uint64_t bits = c->alive; bits; bits &= bits - 1) {
        uint32_t window = anam_lowest_bit(bits);
        uint32_t n = take_filtered(p, c->first, window, steps, &c->filtered[window]);
        if (n == 0) {
            c->alive &= ~(bits & -bits);
        } else if (n <= FILTERED) {
            c->refined |= bits & -bits;
        } else {
            foresee_lengths(p, c->first + window);
        }
    }
    return ANAM_OK;
}

/* Adds to the score of a filtered document what a posting of the list has, and drops it where it
 * can no longer reach `steps`: without a branch, for which do so cannot be foreseen. */
static inline void refine_document(const struct anam_pruned *p, struct chunk *c,
                                   const struct anam_pruned_list *list, uint32_t document,
                                   uint32_t posting, uint32_t rise, uint32_t steps)
{
    uint32_t window = document / ANAM_WINDOW;
    uint32_t position = document % ANAM_WINDOW;
    uint32_t word = position / WORD;
    struct filtered *f = &c->filtered[window];
    uint64_t below = (UINT64_C(1) << position % WORD) - 1;
    uint32_t i = f->before[word] + anam_count_bits(f->all.words[word] & below);
    struct lengths lengths = lengths_of(p, list->field, c->first + window);
    float tf = (float)anam_frame_tf(&list->frame, posting);
    float score = f->score[i] + list->scale * tf / (tf + norm_of(list, &lengths, position));
    uint32_t rest = f->rest[i] - rise;
    uint64_t dropped = (uint32_t)(score * p->steps) + 1 + rest < steps;
    f->score[i] = score;
    f->rest[i] = (uint16_t)rest;
    f->left.words[word] &= ~(dropped << position % WORD);
}

/* Does so for all that the frame has that the list has read, in the windows of `bits`, all of which
 * are in it. What it has is found first, so that nothing waits for that. */
static APART void refine_frame(struct anam_pruned *p, struct chunk *c,
                               const struct anam_pruned_list *list, uint64_t bits, uint32_t steps)
{
    uint32_t word = c->first / WORD;
    uint16_t rises[WORD];
    struct found found;
    found.n = 0;
    for (; bits; bits &= bits - 1) {
        uint32_t e = first_number(list, word, bits);
        uint32_t window = anam_lowest_bit(bits);
        struct anam_entry entry = anam_frame_entry(&list->frame, e % ANAM_FRAME);
        rises[window] = (uint16_t)rise_of(list, e);
        note_found(&found, window, &entry, &c->filtered[window].left);
    }
    p->costs.postings += found.n;
    for (uint32_t i = 0; i < found.n; i++)
        refine_document(p, c, list, found.document[i], found.posting[i],
                        rises[found.document[i] / ANAM_WINDOW], steps);
}

static bool any_left(const struct filtered *f)
{
    uint64_t left = 0;
    for (uint32_t i = 0; i < ANAM_WINDOW / WORD; i++)
        left |= f->left.words[i];
    return left != 0;
}

/* Scores the documents that were filtered. */
static APART anam_status refine(struct anam_pruned *p, struct chunk *c, float least,
                                anam_error *err)
{
    uint32_t word = c->first / WORD;
    uint32_t steps = to_steps(least, p->steps);
    uint64_t alive = c->refined;
    for (size_t i = 0; i < p->n_lists && alive; i++) {
        struct anam_pruned_list *list = &p->lists[i];
        const uint64_t in = list->presence[word].bits & alive;
        for (uint64_t bits = in; bits;) { /* first those of the frame that was read last */
            uint64_t here = bits & windows_of_frame(list, word);
            if (here)
                refine_frame(p, c, list, here, steps);
            else if (!read_frame(list, word, bits))
                return damaged_frame(list, err);
            bits &= ~here;
        }
        for (uint64_t bits = in; bits; bits &= bits - 1) {
            uint32_t window = anam_lowest_bit(bits);
            alive &= ~((uint64_t)!any_left(&c->filtered[window]) << window);
        }
    }
    c->alive &= ~c->refined | alive;
    return ANAM_OK;
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
