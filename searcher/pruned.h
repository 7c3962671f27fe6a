/* Rank-safe top-k over windows of documents. Each list bounds what a term can add to a score
 * in a window, where a term's two fields are bounded together. Windows are gone through 64 at a
 * time: first the few with the largest sums of bounds are looked into, then some more of these,
 * then all whose sum can still lift a document among the best k.
 *
 * Of more than a few terms first the bounds are added up by document, which needs positions only:
 * hardly any document of the windows comes out of this with a chance, and these alone are looked up
 * and scored. Else, until enough windows for k documents were looked into and where too many of a
 * window have a chance, the lists come one by one, those of the heaviest term first, and as soon as
 * what is left of them cannot lift a document of the window that has nothing yet, only the
 * documents still in the running are looked up.
 *
 * The search is written once, in pruned_body.h, and built for several processors. */
#ifndef ANAM_PRUNED_H
#define ANAM_PRUNED_H

#include "index/entry.h"
#include "searcher/native.h"
#include "searcher/topk.h"

/* A posting list of the query. */
struct anam_pruned_list {
    const struct anam_presence *presence; /* in which windows it is */
    const unsigned char *bounds;          /* one an entry: the index's, or lowered */
    float bound_scale;                    /* of a bound's steps */
    float scale;                          /* of scores */
    float base;                           /* norm = base + slope * length */
    float slope;
    float idf;     /* as slacks count it */
    double excess; /* of impacts over those that bounds are of */
    uint32_t rise; /* of ceilings, 256 times what a bound's step is */
    size_t term;   /* of the plan */
    int field;
    struct anam_postings postings;
    struct anam_frame frame; /* the last that was read */
};

struct anam_pruned {
    struct anam_pruned_costs costs;
    struct anam_pruned_list *lists;
    size_t n_lists;
    size_t cap_lists;
    uint64_t *kept; /* room for the best: anam_topk */
    size_t cap_kept;
    uint32_t documents;
    uint32_t windows; /* of the index; and as many with whole words of presence: */
    size_t room;
    float *sums;             /* of bounds, by window */
    struct anam_arena arena; /* presence of lists */
    size_t looked_into;      /* windows so far */
    bool filters;            /* the query's lists are enough to filter documents by ceilings */
    float steps;             /* of ceilings in a score of 1 */
    size_t stage;            /* lists that go by before windows are looked at again, */
    uint16_t *left; /* and what the lists behind each stage may add to ceilings, by window */
    uint16_t ceilings[64][ANAM_WINDOW];
    struct anam_length_array lengths[ANAM_N_FIELDS];
    unsigned char *last_lengths[ANAM_N_FIELDS]; /* of the last window, zeros behind */
    float scores[64][ANAM_WINDOW];              /* of windows of a word of presence */
};

enum { ANAM_STAGES = 24 };

/* Bytes of scratch a window of the index: sums and what is left. */
enum { ANAM_A_WINDOW = sizeof(float) + ANAM_STAGES * sizeof(uint16_t) };

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
