/* Two runs compared query by query: how large the difference is for each measure, and
 * whether it is more than chance. */
#ifndef ANAM_COMPARE_H
#define ANAM_COMPARE_H

#include "eval/evaluation.h"
#include "eval/significance.h"

struct anam_compare_options {
    bool complete;    /* over the queries of either run, a missing one being 0; else over
                       * those of both */
    uint64_t trials;  /* of the randomisation test */
    size_t resamples; /* of the bootstrap */
    double level;     /* of the interval */
    uint64_t seed;    /* of both */
};

#define ANAM_COMPARE_OPTIONS_INIT                                                                  \
    {                                                                                              \
        false, 100000, 10000, .95, 42                                                              \
    }

/* A query and its row in each evaluation; ANAM_NO_ROW where that run has none. */
#define ANAM_NO_ROW SIZE_MAX

struct anam_pair {
    const char *qid; /* borrowed from an evaluation */
    size_t a;
    size_t b;
};

/* One measure. Difference means B - A everywhere: a win is a query that B does better. */
struct anam_compared {
    const char *name; /* borrowed from evaluation A, like its column */
    size_t a;         /* column in A */
    size_t b;         /* column in B */
    bool tested;      /* false: a count or a geometric mean; then all that follows
                       * but the first three is 0 */
    double value_a;   /* over the queries compared: mean, sum of a count, geometric mean */
    double value_b;
    double difference;
    struct anam_t_test t_test;
    struct anam_randomisation randomisation;
    double p_holm; /* the randomisation p, corrected over the measures tested */
    struct anam_interval interval;
    size_t wins;
    size_t ties;
    size_t losses;
};

/* Borrows from both evaluations, which must live as long. */
struct anam_comparison {
    const struct anam_evaluation *a;
    const struct anam_evaluation *b;
    struct anam_compare_options options;
    size_t n_queries;
    struct anam_pair *pairs; /* one a query, in byte order of qid */
    size_t only_a;           /* queries of one run only: left out, or compared with 0 */
    size_t only_b;
    size_t n_measures;
    struct anam_compared *measures; /* in the order of A, those that B has too */
    double *differences;            /* differences[measure * n_queries + query] */
};

/* Compares two evaluations of the same qrels with the same options.
 * ANAM_BAD_DATA where no query can be compared, ANAM_NO_MEMORY. */
anam_status anam_compare(const struct anam_evaluation *a, const struct anam_evaluation *b,
                         const struct anam_compare_options *options, struct anam_comparison **out,
                         anam_error *err);
void anam_comparison_free(struct anam_comparison *c);

/* The first measure that was tested: pictures and lists of queries go by it. NULL where
 * none was. */
const struct anam_compared *anam_comparison_first(const struct anam_comparison *c);

/* The differences of a measure, n_queries of them. */
const double *anam_comparison_differences(const struct anam_comparison *c,
                                          const struct anam_compared *m);

/* The pairs by their difference in a measure, greatest gain first, ties by qid; n_queries
 * of them, to be freed. NULL without memory. */
const struct anam_pair **anam_comparison_sorted(const struct anam_comparison *c,
                                                const struct anam_compared *m);

/* Means of every column over the queries that all n evaluations have, which have the
 * same columns: means[evaluation * n_measures + column]. *n_queries may be 0, and then
 * so are the means. Free them; NULL without memory. */
double *anam_common_means(struct anam_evaluation *const *evaluations, size_t n, size_t *n_queries);

#endif
