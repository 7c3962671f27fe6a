#include "indexer/run.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

anam_status anam_run_advance(struct anam_run *r, bool *more, anam_error *err)
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
    r->n = anam_cursor_varint(&c);
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
    return anam_run_posting(r, err);
}

int anam_run_compare(const struct anam_run *a, const struct anam_run *b)
{
    int order = memcmp(a->term, b->term, a->len < b->len ? a->len : b->len);
    if (!order)
        order = (a->len > b->len) - (a->len < b->len);
    return order ? order : (a->field > b->field) - (a->field < b->field);
}

static bool before(const struct anam_run *a, const struct anam_run *b)
{
    int order = anam_run_compare(a, b);
    return order < 0 || (order == 0 && a->document < b->document);
}

static void sift_down(struct anam_run **heap, size_t n, size_t i)
{
    for (;;) {
        size_t least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < n; child++)
            if (before(heap[child], heap[least]))
                least = child;
        if (least == i)
            return;
        struct anam_run *swap = heap[i];
        heap[i] = heap[least];
        heap[least] = swap;
        i = least;
    }
}

anam_status anam_run_heap_init(struct anam_run_heap *h, const struct anam_map *maps, size_t n,
                               anam_error *err)
{
    *h = (struct anam_run_heap){.runs = anam_new_array(n, sizeof *h->runs),
                                .heap = anam_new_array(n, sizeof *h->heap)};
    anam_status status = h->runs && h->heap ? ANAM_OK : anam_fail_memory(err);
    for (size_t i = 0; i < n && !status; i++) {
        bool more;
        h->runs[i] = (struct anam_run){.map = &maps[i]};
        status = anam_run_advance(&h->runs[i], &more, err);
        if (!status && more)
            h->heap[h->n++] = &h->runs[i];
    }
    for (size_t i = h->n / 2; i-- > 0;)
        sift_down(h->heap, h->n, i);
    return status;
}

void anam_run_heap_free(struct anam_run_heap *h)
{
    free(h->runs);
    free(h->heap);
    *h = (struct anam_run_heap){0};
}

void anam_run_heap_settle(struct anam_run_heap *h, bool more)
{
    if (!more)
        h->heap[0] = h->heap[--h->n];
    sift_down(h->heap, h->n, 0);
}
