#include "searcher/bm25.h"

#include <stdlib.h>

/* Depends on nothing but plan and statistics, so that sums have the same bits. */
static int compare(const void *a, const void *b)
{
    const struct anam_weighed *x = a;
    const struct anam_weighed *y = b;
    if (x->term_scale != y->term_scale)
        return x->term_scale > y->term_scale ? -1 : 1;
    if (x->term != y->term)
        return x->term < y->term ? -1 : 1;
    if (x->bm25.scale != y->bm25.scale)
        return x->bm25.scale > y->bm25.scale ? -1 : 1;
    return x->field - y->field;
}

size_t anam_bm25_order(const struct anam_plan *plan, const struct anam_stats *s,
                       struct anam_weighed *out)
{
    size_t n = 0;
    for (size_t i = 0; i < plan->n; i++) {
        size_t from = n;
        double scale = 0;
        for (int f = 0; f < ANAM_N_FIELDS; f++) {
            struct anam_bm25 bm25 = anam_bm25_of(plan, s, i, f);
            if (s->df[i][f] > 0 && anam_bm25_counts(&bm25)) {
                out[n++] = (struct anam_weighed){.bm25 = bm25, .term = i, .field = f};
                scale += bm25.scale;
            }
        }
        for (size_t j = from; j < n; j++)
            out[j].term_scale = scale;
    }
    if (n > 0)
        qsort(out, n, sizeof *out, compare);
    return n;
}
