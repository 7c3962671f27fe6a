/* Rank-safe top-k over windows of documents. Each list bounds what a term can add to a
 * score in a window; windows are looked into in the order of their sums of bounds, from the
 * largest down, until no window can hold one of the best k any more. Within a window the
 * lists come heaviest first, and as soon as what is left of them cannot lift a document
 * that has nothing yet, only the documents still in the running are looked up.
 *
 * The search is written once, in pruned_body.h, and built for several processors. */
#ifndef ANAM_PRUNED_H
#define ANAM_PRUNED_H

#include "index/entry.h"
#include "searcher/native.h"
#include "searcher/topk.h"

/* A posting list of the query. */
struct anam_pruned_list {
    const struct anam_weighed *weighed;
    struct anam_postings postings;
    float scale;           /* of scores */
    float bound_scale;     /* of a bound's steps */
    bool everywhere;       /* in every window */
    const uint64_t *bits;  /* else: in which windows, */
    const uint32_t *ranks; /* and entries before each word of bits */
};

/* What a list has to say about the window at hand. */
struct anam_pruned_part {
    const struct anam_pruned_list *list;
    uint32_t entry;
    float left; /* the most that this and all lighter parts can add */
};

struct anam_pruned {
    struct anam_pruned_costs costs;
    struct anam_pruned_list *lists;
    size_t n_lists;
    size_t cap_lists;
    struct anam_pruned_part *parts;
    size_t cap_parts;
    struct anam_candidate *heap;
    size_t cap_heap;
    uint32_t windows; /* of the index */
    uint32_t documents;
    float *sums;     /* by window */
    uint32_t *order; /* of windows */
    uint32_t *chosen;
    uint32_t *decoded;       /* windows of a list */
    struct anam_arena arena; /* bits and ranks */
    struct anam_length_array lengths[ANAM_N_FIELDS];
    bool has_norms[ANAM_N_FIELDS]; /* of the window at hand */
    float norms[ANAM_N_FIELDS][ANAM_WINDOW];
    float scores[ANAM_WINDOW];
};

/* One build of the search; see anam_pruned_search. */
struct anam_pruned_variant {
    const char *name;
    anam_status (*search)(struct anam_native_reader *r, const struct anam_weighed *weighed,
                          size_t n_weighed, size_t k, struct anam_engine_hit *hits, size_t *n,
                          anam_error *err);
};

extern const struct anam_pruned_variant anam_pruned_plain;
extern const struct anam_pruned_variant anam_pruned_avx2;
extern const struct anam_pruned_variant anam_pruned_avx512;

/* The i-th of those that this processor runs, from 0, the fastest last; NULL beyond. */
const struct anam_pruned_variant *anam_pruned_variant(size_t i);

#endif
