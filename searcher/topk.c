#include "searcher/topk.h"

static bool worse(const struct anam_candidate *a, const struct anam_candidate *b)
{
    return a->score < b->score || (a->score == b->score && a->rank < b->rank);
}

static void sift_down(struct anam_candidate *heap, size_t n, size_t i)
{
    struct anam_candidate moved = heap[i];
    for (size_t child = 2 * i + 1; child < n; child = 2 * i + 1) {
        if (child + 1 < n && worse(&heap[child + 1], &heap[child]))
            child++;
        if (!worse(&heap[child], &moved))
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = moved;
}

void anam_topk_offer(struct anam_topk *t, struct anam_candidate c)
{
    if (t->n == t->k) {
        if (worse(&t->heap[0], &c)) {
            t->heap[0] = c;
            sift_down(t->heap, t->n, 0);
        }
        return;
    }
    size_t i = t->n++;
    for (; i > 0 && worse(&c, &t->heap[(i - 1) / 2]); i = (i - 1) / 2)
        t->heap[i] = t->heap[(i - 1) / 2];
    t->heap[i] = c;
}

void anam_topk_sort(struct anam_topk *t)
{
    for (size_t n = t->n; n > 1;) {
        struct anam_candidate worst = t->heap[0];
        t->heap[0] = t->heap[--n];
        t->heap[n] = worst;
        sift_down(t->heap, n, 0);
    }
}
