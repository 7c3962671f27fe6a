#include "indexer/merge.h"

#include "base/prefetch.h"
#include "index/segment.h"
#include "indexer/run.h"

#include <stdlib.h>
#include <string.h>

struct posting {
    uint32_t document;
    uint32_t tf;
};

/* What is being built for the current term. */
struct output {
    struct anam_merge *merge;
    struct anam_postings_writer postings;
    struct anam_dict_writer terms;
    char term[ANAM_MAX_KEY];
    size_t len;
    uint32_t field;
    struct anam_list_ref refs[ANAM_N_FIELDS];
    struct posting *list;  /* a whole one, where they are shuffled */
    struct posting *other; /* as large */
    size_t n;
    size_t cap;
    size_t cap_other;
};

/* Keeps a posting, by the old number of its document, until the list is whole. */
static anam_status keep_posting(struct output *o, struct posting p, anam_error *err)
{
    if (!anam_grow(&o->list, &o->cap, o->n + 1, sizeof *o->list))
        return anam_fail_memory(err);
    o->list[o->n++] = p;
    return ANAM_OK;
}

/* Writes a posting, behind those of lower numbers. */
static anam_status put_posting(struct output *o, struct posting p, anam_error *err)
{
    struct anam_list_ref *ref = &o->refs[o->field];
    ref->df++;
    ref->cf += p.tf;
    return anam_postings_add(&o->postings, p.document, p.tf,
                             o->merge->lengths[o->field][p.document], err);
}

/* Adds the posting at which r stands, and more as long as their document is below `limit`;
 * *more tells whether one is left, at which r then stands. */
static anam_status add_postings(struct output *o, struct anam_run *r, uint64_t limit, bool *more,
                                anam_error *err)
{
    const struct anam_merge *m = o->merge;
    anam_status status = ANAM_OK;
    o->postings.impact = m->impact[r->field];
    do {
        struct posting p = {(uint32_t)r->document, r->tf};
        if (m->shuffled) {
            status = keep_posting(o, p, err);
        } else {
            p.document = m->renumber ? m->renumber[p.document] : p.document;
            if (p.document != UINT32_MAX)
                status = put_posting(o, p, err);
        }
        *more = anam_cursor_left(&r->postings) > 0;
        if (*more && !status)
            status = anam_run_posting(r, err);
    } while (*more && !status && r->document < limit);
    return status;
}

/* Gives the documents of the list their new numbers, and drops those that have none. Apart from
 * reading the list, so that what waits for memory waits at once. */
static void renumber_list(struct output *o)
{
    const uint32_t *renumber = o->merge->renumber;
    size_t n = 0;
    for (size_t i = 0; i < o->n; i++) {
        uint32_t to = renumber[o->list[i].document];
        o->list[n] = (struct posting){to, o->list[i].tf};
        n += to != UINT32_MAX;
    }
    o->n = n;
}

static void sort_few(struct posting *list, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct posting p = list[i];
        size_t at = i;
        for (; at > 0 && list[at - 1].document > p.document; at--)
            list[at] = list[at - 1];
        list[at] = p;
    }
}

enum { DIGIT = 11 }; /* bits: two of them for four million documents */

/* Sorts by one digit of the document. */
static void sort_by_digit(const struct posting *from, struct posting *to, size_t n, unsigned shift)
{
    enum { DIGITS = 1 << DIGIT };
    uint32_t start[DIGITS] = {0};
    for (size_t i = 0; i < n; i++)
        start[from[i].document >> shift & (DIGITS - 1)]++;
    uint32_t sum = 0;
    for (size_t digit = 0; digit < DIGITS; digit++) {
        uint32_t count = start[digit];
        start[digit] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++)
        to[start[from[i].document >> shift & (DIGITS - 1)]++] = from[i];
}

/* Sorts the list by document. */
static bool sort_list(struct output *o)
{
    enum { FEW = 24 };
    if (o->n <= FEW) {
        sort_few(o->list, o->n);
        return true;
    }
    if (!anam_grow(&o->other, &o->cap_other, o->n, sizeof *o->other))
        return false;
    uint32_t most = 0;
    for (size_t i = 0; i < o->n; i++)
        most |= o->list[i].document;
    for (unsigned shift = 0; shift < 32 && most >> shift > 0; shift += DIGIT) {
        sort_by_digit(o->list, o->other, o->n, shift);
        struct posting *list = o->list;
        size_t cap = o->cap;
        o->list = o->other;
        o->cap = o->cap_other;
        o->other = list;
        o->cap_other = cap;
    }
    return true;
}

/* Writes the list that was collected whole. */
static anam_status end_whole_list(struct output *o, anam_error *err)
{
    enum { AHEAD = 16 }; /* postings whose lengths are on their way */
    const uint32_t *lengths = o->merge->lengths[o->field];
    renumber_list(o);
    anam_status status = sort_list(o) ? ANAM_OK : anam_fail_memory(err);
    for (size_t i = 0; i < o->n && !status; i++) {
        if (i + AHEAD < o->n)
            anam_prefetch(&lengths[o->list[i + AHEAD].document]);
        status = put_posting(o, o->list[i], err);
    }
    o->n = 0;
    return status;
}

static anam_status end_list(struct output *o, anam_error *err)
{
    struct anam_list_ref *ref = &o->refs[o->field];
    anam_status status = o->merge->shuffled ? end_whole_list(o, err) : ANAM_OK;
    if (status || ref->df == 0)
        return status;
    o->merge->n_postings[o->field] += ref->df;
    o->postings.same_term = o->field > 0 && o->refs[o->field - 1].df > 0;
    return anam_postings_end(&o->postings, &ref->offset, &ref->bytes, err);
}

static anam_status end_term(struct output *o, anam_error *err)
{
    uint64_t df = 0;
    for (int f = 0; f < ANAM_N_FIELDS; f++)
        df += o->refs[f].df;
    if (df == 0)
        return ANAM_OK; /* it stood in replaced records only */
    struct anam_dict_value value;
    anam_list_refs_encode(o->refs, &value);
    memset(o->refs, 0, sizeof o->refs);
    return anam_dict_add(&o->terms, o->term, o->len, &value, err);
}

/* Brings the output to the key of r, ending what stood before it. */
static anam_status turn_to(struct output *o, const struct anam_run *r, anam_error *err)
{
    struct anam_run last = {.term = o->term, .len = o->len, .field = o->field};
    if (anam_run_compare(&last, r) == 0)
        return ANAM_OK;
    anam_status status = end_list(o, err);
    if (!status && (o->len != r->len || memcmp(o->term, r->term, r->len) != 0)) {
        status = end_term(o, err);
        memcpy(o->term, r->term, r->len);
        o->len = r->len;
    }
    o->field = r->field;
    return status;
}

/* The document at which another run takes over from the first one. */
static uint64_t limit_of(const struct anam_run_heap *h)
{
    uint64_t limit = UINT64_MAX;
    for (size_t i = 1; i < 3 && i < h->n; i++)
        if (anam_run_compare(h->heap[0], h->heap[i]) == 0 && h->heap[i]->document < limit)
            limit = h->heap[i]->document;
    return limit;
}

static anam_status merge_heap(struct output *o, struct anam_run_heap *h, anam_error *err)
{
    anam_status status = ANAM_OK;
    while (h->n > 0 && !status) {
        struct anam_run *first = h->heap[0];
        bool more = false;
        status = anam_check_stop(o->merge->stop, err);
        if (!status)
            status = turn_to(o, first, err);
        if (!status)
            status = add_postings(o, first, limit_of(h), &more, err);
        if (!status && !more)
            status = anam_run_advance(first, &more, err);
        anam_run_heap_settle(h, more);
    }
    if (!status)
        status = end_list(o, err);
    if (!status)
        status = end_term(o, err);
    return status ? status : anam_dict_end(&o->terms, err);
}

anam_status anam_merge_runs(struct anam_merge *merge, anam_error *err)
{
    struct output o = {.merge = merge,
                       .postings = {.file = merge->postings, .documents = merge->documents},
                       .terms = {.file = merge->terms}};
    struct anam_run_heap heap;
    anam_status status = anam_run_heap_init(&heap, merge->runs, merge->n_runs, err);
    if (!status)
        status = merge_heap(&o, &heap, err);
    anam_run_heap_free(&heap);
    anam_postings_writer_free(&o.postings);
    anam_dict_writer_free(&o.terms);
    free(o.list);
    free(o.other);
    return status;
}
