/* The best k of many: a heap whose root is the worst kept. Better is a higher score,
 * and at equal scores the id later in byte order (trec_eval's rule). */
#ifndef ANAM_TOPK_H
#define ANAM_TOPK_H

#include "index/segment.h"
#include "searcher/engine.h"

struct anam_candidate {
    float score;
    uint32_t document;
    uint32_t rank; /* of the id in byte order; ANAM_NO_RANK until two scores are equal */
};

#define ANAM_NO_RANK UINT32_MAX

struct anam_topk {
    struct anam_candidate *heap; /* the caller's, room for k */
    size_t k;
    size_t n;
    const struct anam_segment *segment; /* whose ids are ranked */
    anam_status status;                 /* of looking ranks up: ANAM_OK or ANAM_DAMAGED, */
    anam_error error;                   /* and why */
};

/* Whether a score has a chance: it is not below the worst kept, or there is room. */
static inline bool anam_topk_admits(const struct anam_topk *t, float score)
{
    return t->n < t->k || score >= t->heap[0].score;
}

/* The document is in the segment. */
void anam_topk_offer(struct anam_topk *t, uint32_t document, float score);

/* Sorts what was kept, best first, into `hits` with room for k; ends the collecting.
 * ANAM_DAMAGED. */
anam_status anam_topk_end(struct anam_topk *t, struct anam_engine_hit *hits, size_t *n,
                          anam_error *err);

#endif
