/* The filter of the search of pruned_body.h, and what it shares with it: lists and windows of a
 * word of presence. */
#ifndef ANAM_PRUNED_FILTER_H
#define ANAM_PRUNED_FILTER_H

#include "searcher/pruned_loops.h"

#include <float.h>

enum {
    FILTER_LEAST = 5,     /* terms of a query from which on filtering is worth it */
    FILTER_MOST = 4096,   /* lists up to which ceilings in 16 bits tell enough, */
    CEILING_ROOM = 65000, /* and what all of these may add to one */
    AHEAD = 2             /* lists, of which the next frames are loaded */
};

_Static_assert((int)FILTERED < (int)ANAM_BITMAP_FROM, "so many of a window may be found");

/* ---- lists in a window ---- */

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

/* ---- a chunk ---- */

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

/* ---- filtering a chunk ----
 *
 * A document's ceiling is the sum of the bounds of the entries it is in, in steps, rounded up. It
 * needs no frequency and no length, and hardly ever reaches what a document must score to
 * matter where the document does not: of a query of many lists hardly anything is left to be
 * scored.
 */

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

#endif
