#include "indexer/merge.h"

#include "index/segment.h"

#include <stdlib.h>
#include <string.h>

/* The entry at which a run stands. */
struct run {
    const struct anam_map *map;
    uint64_t next; /* offset of the entry behind */
    const char *term;
    size_t len;
    uint32_t field;
    struct anam_cursor postings; /* behind the posting at which it stands */
    uint64_t document;           /* of that posting */
    uint32_t tf;
};

/* Moves a run to the next posting of its entry, which has one. */
static anam_status next_posting(struct run *r, anam_error *err)
{
    uint64_t code = anam_cursor_varint(&r->postings);
    r->document += code >> 1;
    r->tf = code & 1 ? 1 : (uint32_t)anam_cursor_varint_max(&r->postings, UINT32_MAX);
    if (r->postings.bad || r->document > ANAM_MAX_DOCUMENTS || r->tf == 0)
        return anam_map_damaged(r->map, r->next, "postings of a run", err);
    return ANAM_OK;
}

/* Moves a run to the first posting of its next entry; *more is false at its end. */
static anam_status advance(struct run *r, bool *more, anam_error *err)
{
    enum { HEAD = ANAM_MAX_KEY + 32 };
    uint64_t left = r->map->body - r->next;
    *more = left > 0;
    if (left == 0)
        return ANAM_OK;
    size_t head = left < HEAD ? (size_t)left : HEAD;
    const unsigned char *bytes;
    anam_status status = anam_map_read(r->map, r->next, head, &bytes, err);
    if (status)
        return status;
    struct anam_cursor c = anam_cursor_over(bytes, head);
    r->len = (size_t)anam_cursor_varint_max(&c, ANAM_MAX_KEY);
    r->term = (const char *)anam_cursor_bytes(&c, r->len);
    r->field = anam_cursor_u8(&c);
    uint64_t n = anam_cursor_varint(&c);
    if (c.bad || r->field >= ANAM_N_FIELDS)
        return anam_map_damaged(r->map, r->next, "entry of a run", err);
    uint64_t at = r->next + (uint64_t)(c.at - bytes);
    r->next = at + n;
    r->document = 0;
    status = anam_map_read(r->map, at, n, &bytes, err);
    if (status)
        return status;
    r->postings = anam_cursor_over(bytes, (size_t)n);
    return next_posting(r, err);
}

static int same_key_order(const struct run *a, const struct run *b)
{
    int order = memcmp(a->term, b->term, a->len < b->len ? a->len : b->len);
    if (!order)
        order = (a->len > b->len) - (a->len < b->len);
    return order ? order : (a->field > b->field) - (a->field < b->field);
}

/* By term, field and document, which no two runs share. */
static bool before(const struct run *a, const struct run *b)
{
    int order = same_key_order(a, b);
    return order < 0 || (order == 0 && a->document < b->document);
}

static void sift_down(struct run **heap, size_t n, size_t i)
{
    for (;;) {
        size_t least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++)
            if (before(heap[child], heap[least]))
                least = child;
        if (least == i)
            return;
        struct run *swap = heap[i];
        heap[i] = heap[least];
        heap[least] = swap;
        i = least;
    }
}

/* What is being built for the current term. */
struct output {
    struct anam_merge *merge;
    struct anam_postings_writer postings;
    struct anam_dict_writer terms;
    char term[ANAM_MAX_KEY];
    size_t len;
    uint32_t field;
    struct anam_list_ref refs[ANAM_N_FIELDS];
    bool whole;                 /* lists are needed whole */
    struct anam_posting *list;  /* such a list */
    struct anam_posting *other; /* as large */
    size_t n;
    size_t cap;
    size_t cap_other;
};

static anam_status add_posting(struct output *o, struct anam_posting p, anam_error *err)
{
    if (!o->whole)
        return anam_postings_add(&o->postings, p.document, p.tf,
                                 o->merge->lengths[o->field][p.document], err);
    if (!anam_grow(&o->list, &o->cap, o->n + 1, sizeof *o->list))
        return anam_fail_memory(err);
    o->list[o->n++] = p;
    return ANAM_OK;
}

/* Adds the posting at which r stands, and more as long as their document is below `limit`;
 * *more tells whether one is left, at which r then stands. */
static anam_status add_postings(struct output *o, struct run *r, uint64_t limit, bool *more,
                                anam_error *err)
{
    struct anam_merge *m = o->merge;
    struct anam_list_ref *ref = &o->refs[r->field];
    anam_status status = ANAM_OK;
    o->postings.impact = m->impact[r->field];
    do {
        uint32_t to = m->renumber ? m->renumber[r->document] : (uint32_t)r->document;
        if (to != UINT32_MAX) {
            ref->df++;
            ref->cf += r->tf;
            status = add_posting(o, (struct anam_posting){to, r->tf}, err);
        }
        *more = anam_cursor_left(&r->postings) > 0;
        if (*more && !status)
            status = next_posting(r, err);
    } while (*more && !status && r->document < limit);
    return status;
}

static void sort_few(struct anam_posting *list, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct anam_posting p = list[i];
        size_t at = i;
        for (; at > 0 && list[at - 1].document > p.document; at--)
            list[at] = list[at - 1];
        list[at] = p;
    }
}

/* Sorts by one digit of the document, from `from` to `to`. */
static void sort_by_digit(const struct anam_posting *from, struct anam_posting *to, size_t n,
                          unsigned shift)
{
    size_t start[256] = {0};
    for (size_t i = 0; i < n; i++)
        start[from[i].document >> shift & 255]++;
    size_t sum = 0;
    for (size_t digit = 0; digit < 256; digit++) {
        size_t count = start[digit];
        start[digit] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++)
        to[start[from[i].document >> shift & 255]++] = from[i];
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
    for (unsigned shift = 0; shift < 32 && most >> shift > 0; shift += 8) {
        sort_by_digit(o->list, o->other, o->n, shift);
        struct anam_posting *list = o->list;
        size_t cap = o->cap;
        o->list = o->other;
        o->cap = o->cap_other;
        o->other = list;
        o->cap_other = cap;
    }
    return true;
}

/* Ends a list that was collected whole: sorts it, or gives it to who asked for it. */
static anam_status end_whole_list(struct output *o, anam_error *err)
{
    anam_status status = ANAM_OK;
    const struct anam_merge *m = o->merge;
    if (m->each_list)
        m->each_list(m->ctx, o->list, o->n);
    else if (!sort_list(o))
        status = anam_fail_memory(err);
    for (size_t i = 0; i < o->n && !m->each_list && !status; i++)
        status = anam_postings_add(&o->postings, o->list[i].document, o->list[i].tf,
                                   m->lengths[o->field][o->list[i].document], err);
    o->n = 0;
    return status;
}

static anam_status end_list(struct output *o, anam_error *err)
{
    struct anam_list_ref *ref = &o->refs[o->field];
    if (ref->df == 0)
        return ANAM_OK;
    anam_status status = o->whole ? end_whole_list(o, err) : ANAM_OK;
    if (status)
        return status;
    if (o->merge->each_list) {
        *ref = (struct anam_list_ref){0};
        return ANAM_OK;
    }
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
static anam_status turn_to(struct output *o, const struct run *r, anam_error *err)
{
    struct run last = {.term = o->term, .len = o->len, .field = o->field};
    if (same_key_order(&last, r) == 0)
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

/* The document at which another run takes over from the top one. */
static uint64_t limit_of(struct run *const *heap, size_t n)
{
    uint64_t limit = UINT64_MAX;
    for (size_t i = 1; i < 3 && i < n; i++)
        if (same_key_order(heap[0], heap[i]) == 0 && heap[i]->document < limit)
            limit = heap[i]->document;
    return limit;
}

static anam_status merge_heap(struct output *o, struct run **heap, size_t n, anam_error *err)
{
    for (size_t i = n / 2; i-- > 0;)
        sift_down(heap, n, i);
    anam_status status = ANAM_OK;
    while (n > 0 && !status) {
        bool more = false;
        status = anam_check_stop(o->merge->stop, err);
        if (!status)
            status = turn_to(o, heap[0], err);
        if (!status)
            status = add_postings(o, heap[0], limit_of(heap, n), &more, err);
        if (!status && !more)
            status = advance(heap[0], &more, err);
        if (!more)
            heap[0] = heap[--n];
        sift_down(heap, n, 0);
    }
    if (!status)
        status = end_list(o, err);
    if (!status)
        status = end_term(o, err);
    return status || o->merge->each_list ? status : anam_dict_end(&o->terms, err);
}

anam_status anam_merge_runs(struct anam_merge *merge, anam_error *err)
{
    struct output o = {.merge = merge,
                       .postings = {.file = merge->postings, .documents = merge->documents},
                       .terms = {.file = merge->terms},
                       .whole = merge->shuffled || merge->each_list};
    struct run *runs = anam_new_array(merge->n_runs, sizeof *runs);
    struct run **heap = anam_new_array(merge->n_runs, sizeof(struct run *));
    anam_status status = runs && heap ? ANAM_OK : anam_fail_memory(err);
    size_t n = 0;
    for (size_t i = 0; i < merge->n_runs && !status; i++) {
        bool more;
        runs[i] = (struct run){.map = &merge->runs[i]};
        status = advance(&runs[i], &more, err);
        if (!status && more)
            heap[n++] = &runs[i];
    }
    if (!status)
        status = merge_heap(&o, heap, n, err);
    anam_postings_writer_free(&o.postings);
    anam_dict_writer_free(&o.terms);
    free(o.list);
    free(o.other);
    free(runs);
    free(heap);
    return status;
}
