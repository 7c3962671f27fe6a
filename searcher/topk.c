#include "searcher/topk.h"

static uint32_t rank_of(struct anam_topk *t, struct anam_candidate *c)
{
    if (c->rank == ANAM_NO_RANK && !t->status)
        t->status = anam_segment_rank(t->segment, c->document, &c->rank, &t->error);
    return c->rank;
}

static bool worse_of_equals(struct anam_topk *t, struct anam_candidate *a, struct anam_candidate *b)
{
    return rank_of(t, a) < rank_of(t, b);
}

static inline bool worse(struct anam_topk *t, struct anam_candidate *a, struct anam_candidate *b)
{
    if (a->score == b->score)
        return worse_of_equals(t, a, b);
    return a->score < b->score;
}

static void sift_down(struct anam_topk *t, size_t n, size_t i)
{
    struct anam_candidate *heap = t->heap;
    struct anam_candidate moved = heap[i];
    for (size_t child = 2 * i + 1; child < n; child = 2 * i + 1) {
        if (child + 1 < n) /* which of them cannot be foreseen: no branch */
            child += worse(t, &heap[child + 1], &heap[child]);
        if (!worse(t, &heap[child], &moved))
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = moved;
}

void anam_topk_offer(struct anam_topk *t, uint32_t document, float score)
{
    struct anam_candidate c = {score, document, ANAM_NO_RANK};
    if (t->n == t->k) {
        if (worse(t, &t->heap[0], &c)) {
            t->heap[0] = c;
            sift_down(t, t->n, 0);
        }
        return;
    }
    size_t i = t->n++;
    for (; i > 0 && worse(t, &c, &t->heap[(i - 1) / 2]); i = (i - 1) / 2)
        t->heap[i] = t->heap[(i - 1) / 2];
    t->heap[i] = c;
}

anam_status anam_topk_end(struct anam_topk *t, struct anam_engine_hit *hits, size_t *n,
                          anam_error *err)
{
    *n = 0;
    for (size_t i = t->n; i > 0;) {
        struct anam_candidate worst = t->heap[0];
        t->heap[0] = t->heap[--i];
        hits[i] = (struct anam_engine_hit){worst.document, worst.score};
        if (i > 1)
            sift_down(t, i, 0);
    }
    if (t->status) {
        if (err)
            *err = t->error;
        return t->status;
    }
    *n = t->n;
    return ANAM_OK;
}
