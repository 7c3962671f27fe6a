/* From a person's words to a plan. */
#ifndef ANAM_PLAN_H
#define ANAM_PLAN_H

#include "analysis/analyzer.h"
#include "searcher/engine.h"

/* Analyses the query into its distinct terms, in byte order with their counts; the
 * weights of the plan are left to the caller. Everything lives in the arena.
 * ANAM_QUERY (longer than ANAM_MAX_QUERY), ANAM_NO_MEMORY. */
anam_status anam_plan_make(struct anam_plan *plan, struct anam_analyzer *analyzer,
                           const char *query, size_t length, struct anam_arena *arena,
                           anam_error *err);

/* Index of a term in the plan, or plan->n. */
size_t anam_plan_find(const struct anam_plan *plan, const char *term, size_t len);

#endif
