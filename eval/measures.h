/* The measures: one const struct each, with its definition and source. A new measure
 * is one struct and one line in the table of measures.c. */
#ifndef ANAM_MEASURES_H
#define ANAM_MEASURES_H

#include <stdbool.h>
#include <stddef.h>

enum { ANAM_UNJUDGED = -1 }; /* the grade of a document that nobody judged */

/* One query as the measures see it. */
struct anam_ranking {
    const int *grades;    /* by rank: what each retrieved document is worth */
    size_t n;             /* retrieved */
    const size_t *levels; /* levels[g]: judged documents of grade g >= 0 */
    int top;              /* highest grade with a document; -1: none */
    int level;            /* least relevant grade */
    size_t relevant;      /* judged documents of at least that grade */
    size_t relevant_found;
    int max_grade; /* highest grade of all queries */
};

enum anam_average {
    ANAM_MEAN,
    ANAM_GEOMETRIC, /* values are logarithms; not shown for single queries */
    ANAM_SUM,       /* a count: printed as an integer */
    ANAM_QUERIES    /* the count of queries: not shown for single ones */
};

struct anam_measure {
    const char *name;       /* of the family: "ndcg_cut" */
    const char *definition; /* one line */
    const char *source;
    const double *cutoffs; /* the default ones, ended by a negative; NULL: no cutoffs */
    bool by_recall;        /* cutoffs are shares of recall, printed with two decimals */
    enum anam_average average;
    double (*calc)(const struct anam_ranking *r, double cutoff);
};

/* The table, ended by NULL. */
extern const struct anam_measure *const anam_measures[];

/* The measures of a set by their names, ended by NULL, or NULL for another word. Sets are
 * trec_eval's, as far as we have their measures: "official", what it shows by default,
 * "set" and "all_trec". */
const char *const *anam_measure_set(const char *name);

/* The measure or set that was meant by the misspelt name[0..n), as far as eval/nearest.h tells.
 * NULL where there is none. */
const char *anam_measure_closest(const char *name, size_t n);

#endif
