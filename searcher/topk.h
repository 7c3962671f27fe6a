/* The best k of many: a heap whose root is the worst kept. Better is a higher score,
 * and at equal scores the id later in byte order (trec_eval's rule). */
#ifndef ANAM_TOPK_H
#define ANAM_TOPK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct anam_candidate {
    float score;
    uint32_t rank; /* of the id in byte order */
    uint32_t document;
};

struct anam_topk {
    struct anam_candidate *heap; /* the caller's, room for k */
    size_t k;
    size_t n;
};

/* Whether a score has a chance: it is not below the worst kept, or there is room. */
static inline bool anam_topk_admits(const struct anam_topk *t, float score)
{
    return t->n < t->k || score >= t->heap[0].score;
}

void anam_topk_offer(struct anam_topk *t, struct anam_candidate c);

/* Sorts what was kept, best first; ends the collecting. */
void anam_topk_sort(struct anam_topk *t);

#endif
