/* BM25 as anam_search documents it, in one place, so that every path to a score
 * computes the same bits: a part in float, by the operations of anam_bm25_score one after
 * the other, and parts added in float in the order of anam_bm25_order. */
#ifndef ANAM_BM25_H
#define ANAM_BM25_H

#include "index/impact.h"
#include "searcher/engine.h"

/* The idf of a scorer, see anam_scorer; n <= N. It is never negative. */
static inline double anam_bm25_idf(const anam_settings *s, uint64_t documents, uint64_t df)
{
    if (s->scorer != ANAM_SCORER_BM25_XAPIAN)
        return anam_idf(documents, df);
    double x = ((double)documents - (double)df + 0.5) / ((double)df + 0.5);
    return x < 2 ? log(x * 0.5 + 1) : log(x);
}

/* One (term, field): part(tf, len) = scale * tf / (tf + base + slope * len). */
struct anam_bm25 {
    double scale; /* weight * query tf * idf * (k1 + 1) */
    struct anam_impact impact;
};

static inline double anam_average_length(const struct anam_stats *s, int field)
{
    return s->documents > 0 ? (double)s->tokens[field] / (double)s->documents : 0;
}

static inline struct anam_bm25 anam_bm25_of(const struct anam_plan *plan,
                                            const struct anam_stats *s, size_t term, int field)
{
    const anam_settings *set = &plan->settings;
    double idf = anam_bm25_idf(set, s->documents, s->df[term][field]);
    return (struct anam_bm25){set->weight[field] * plan->terms[term].query_tf * idf * (set->k1 + 1),
                              anam_impact_of(set->k1, set->b, anam_average_length(s, field))};
}

/* A term of the plan in a field, weighed. */
struct anam_weighed {
    struct anam_bm25 bm25;
    size_t term;
    int field;
    double term_scale; /* of all fields of the term */
};

/* Whether what a part adds is counted: a smaller scale would make scores that a float holds with
 * few bits or none. */
static inline bool anam_bm25_counts(const struct anam_bm25 *b)
{
    return b->scale >= 1e-25;
}

/* All (term, field) that can add to a score, the heaviest term first, and of a term the heavier
 * field: the order in which every engine sums parts. `out` has room for plan->n * ANAM_N_FIELDS;
 * returns how many. */
size_t anam_bm25_order(const struct anam_plan *plan, const struct anam_stats *s,
                       struct anam_weighed *out);

/* What is added to a term's frequency below the line: base + slope * len. */
static inline float anam_bm25_norm(const struct anam_bm25 *m, uint32_t length)
{
    return (float)m->impact.base + (float)m->impact.slope * (float)length;
}

/* The part of a score. */
static inline float anam_bm25_score(const struct anam_bm25 *m, uint32_t tf, float norm)
{
    return (float)m->scale * (float)tf / ((float)tf + norm);
}

/* The same, exactly, to be shown. */
static inline double anam_bm25_part(const struct anam_bm25 *m, uint32_t tf, uint32_t length)
{
    return m->scale * (double)tf /
           ((double)tf + (m->impact.base + m->impact.slope * (double)length));
}

#endif
