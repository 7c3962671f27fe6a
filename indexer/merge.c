#include "indexer/merge.h"

#include "index/segment.h"

#include <stdlib.h>
#include <string.h>

/* The entry at which a run stands. */
struct run {
    const struct anam_map *map;
    size_t index;
    uint64_t next; /* offset of the entry behind */
    const char *term;
    size_t len;
    uint32_t field;
    const unsigned char *postings;
    size_t bytes;
};

/* Moves a run to its next entry; *more is false at its end. */
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
    r->bytes = (size_t)n;
    r->next = at + n;
    return anam_map_read(r->map, at, n, &r->postings, err);
}

static int same_key_order(const struct run *a, const struct run *b)
{
    int order = memcmp(a->term, b->term, a->len < b->len ? a->len : b->len);
    if (!order)
        order = (a->len > b->len) - (a->len < b->len);
    return order ? order : (a->field > b->field) - (a->field < b->field);
}

/* By term, field, and then age: a later run holds later documents. */
static bool before(const struct run *a, const struct run *b)
{
    int order = same_key_order(a, b);
    return order < 0 || (order == 0 && a->index < b->index);
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
};

static anam_status add_postings(struct output *o, const struct run *r, anam_error *err)
{
    struct anam_merge *m = o->merge;
    struct anam_list_ref *ref = &o->refs[r->field];
    struct anam_cursor c = anam_cursor_over(r->postings, r->bytes);
    uint64_t document = 0;
    anam_status status = ANAM_OK;
    o->postings.impact = m->impact[r->field];
    while (anam_cursor_left(&c) > 0 && !status) {
        uint64_t code = anam_cursor_varint(&c);
        document += code >> 1;
        uint64_t tf = code & 1 ? 1 : anam_cursor_varint_max(&c, UINT32_MAX);
        if (c.bad || document > ANAM_MAX_DOCUMENTS || tf == 0)
            return anam_map_damaged(r->map, r->next, "postings of a run", err);
        uint32_t to = m->renumber ? m->renumber[document] : (uint32_t)document;
        if (to == UINT32_MAX)
            continue;
        ref->df++;
        m->n_postings[r->field]++;
        ref->cf += tf;
        status = anam_postings_add(&o->postings, to, (uint32_t)tf, m->lengths[r->field][to], err);
    }
    return status;
}

static anam_status end_list(struct output *o, anam_error *err)
{
    struct anam_list_ref *ref = &o->refs[o->field];
    if (ref->df == 0)
        return ANAM_OK;
    return anam_postings_end(&o->postings, &ref->offset, &ref->bytes, err);
}

static anam_status end_term(struct output *o, anam_error *err)
{
    uint64_t df = 0;
    for (int f = 0; f < ANAM_N_FIELDS; f++)
        df += o->refs[f].df;
    if (df == 0)
        return ANAM_OK; /* it stood in replaced records only */
    unsigned char payload[ANAM_MAX_PAYLOAD];
    size_t n = anam_list_refs_encode(o->refs, payload);
    memset(o->refs, 0, sizeof o->refs);
    return anam_dict_add(&o->terms, o->term, o->len, payload, n, err);
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

static anam_status merge_heap(struct output *o, struct run **heap, size_t n, anam_error *err)
{
    for (size_t i = n / 2; i-- > 0;)
        sift_down(heap, n, i);
    anam_status status = ANAM_OK;
    while (n > 0 && !status) {
        bool more = false;
        status = turn_to(o, heap[0], err);
        if (!status)
            status = add_postings(o, heap[0], err);
        if (!status)
            status = advance(heap[0], &more, err);
        if (!more)
            heap[0] = heap[--n];
        sift_down(heap, n, 0);
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
    struct run *runs = anam_new_array(merge->n_runs, sizeof *runs);
    struct run **heap = anam_new_array(merge->n_runs, sizeof(struct run *));
    anam_status status = runs && heap ? ANAM_OK : anam_fail_memory(err);
    size_t n = 0;
    for (size_t i = 0; i < merge->n_runs && !status; i++) {
        bool more;
        runs[i] = (struct run){.map = &merge->runs[i], .index = i};
        status = advance(&runs[i], &more, err);
        if (!status && more)
            heap[n++] = &runs[i];
    }
    if (!status)
        status = merge_heap(&o, heap, n, err);
    anam_postings_writer_free(&o.postings);
    anam_dict_writer_free(&o.terms);
    free(runs);
    free(heap);
    return status;
}
