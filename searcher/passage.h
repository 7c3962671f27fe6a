/* Passages: the stretch of a text that answers a query best, and where its words
 * match. */
#ifndef ANAM_PASSAGE_H
#define ANAM_PASSAGE_H

#include "searcher/plan.h"

struct anam_passage_maker {
    struct anam_analyzer *analyzer;
    const struct anam_plan *plan;
    const double *weights; /* by plan term: what a match is worth */
    size_t *seen;          /* by plan term: scratch, 0 before and after */
    size_t bytes;          /* aimed length; 0: the whole text */
    struct anam_arena *arena;
};

/* The best passage of one string, and in *worth the summed weight of its distinct
 * terms (0: nothing matches; then it is the beginning). source NULL gives an empty
 * passage. ANAM_NO_MEMORY. */
anam_status anam_passage_make(const struct anam_passage_maker *m, const char *source,
                              anam_passage *passage, double *worth, anam_error *err);

#endif
