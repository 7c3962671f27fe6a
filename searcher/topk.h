/* The best k of many. Better is a higher score, and at equal scores the id later in byte order
 * (trec_eval's rule). Candidates are put aside in any order, and now and then all but the best
 * k of them are dropped: cheaper by far than keeping them in order, for most are never looked at
 * again. */
#ifndef ANAM_TOPK_H
#define ANAM_TOPK_H

#include "index/segment.h"
#include "searcher/engine.h"

enum { ANAM_TOPK_CLASSES = 512 };

struct anam_topk {
    uint64_t *kept; /* the caller's, with room for anam_topk_room(k): bits of the score, then the
                       document */
    size_t k;       /* at least 1 */
    size_t n;
    float least;         /* what a score must reach; 0 as long as any will do, */
    uint32_t least_rank; /* and the rank of the id of a document that just reaches it; 0: any */
    const struct anam_segment *segment; /* whose ids are ranked */
    /* Candidates are counted by class of score, so that `least` rises without looking at them
     * again: */
    uint32_t counts[ANAM_TOPK_CLASSES]; /* the last class is all scores that are higher */
    uint32_t first_class;               /* of the counts: the score's first bits */
    uint32_t edge;                      /* the class that had the k-th when t->least was looked at
                                           last, counted from the first, */
    size_t from_edge;                   /* and candidates from there on */
    anam_status status;                 /* of looking ranks up: ANAM_OK or ANAM_DAMAGED, */
    anam_error error;                   /* and why */
};

/* How many are put aside at most: twice k or more, for sorting the best needs as much again. */
static inline size_t anam_topk_room(size_t k)
{
    enum { MORE = 512 };
    return k + 2 * (k > MORE ? k : MORE);
}

/* The document is in the segment, its score above 0 and at least t->least. */
void anam_topk_offer(struct anam_topk *t, uint32_t document, float score);

/* t->least may rise, to a score that k candidates reach: at most 1/256 below the least of the best
 * k, where that is not below FLT_MIN. */
void anam_topk_tighten(struct anam_topk *t);

/* Sorts the best k, best first, into `hits` with room for k; ends the collecting.
 * ANAM_DAMAGED. */
anam_status anam_topk_end(struct anam_topk *t, struct anam_engine_hit *hits, size_t *n,
                          anam_error *err);

#endif
