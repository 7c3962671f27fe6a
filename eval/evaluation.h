/* Judging runs: TREC qrels and runs in, a value a measure and query out. Usable without
 * an index. Definitions and printed values are those of trec_eval 10
 * (https://github.com/usnistgov/trec_eval). */
#ifndef ANAM_EVALUATION_H
#define ANAM_EVALUATION_H

#include "anamnesis.h"

#include <stdbool.h>

/* Judgments `qid iter docid grade` and ranked lists `qid Q0 docid rank score tag`.
 * Immutable once read; free in any order. */
struct anam_qrels;
struct anam_run;

/* A path or "-". Malformed lines: ANAM_BAD_DATA with "file:line: reason"; a document
 * judged twice or retrieved twice for one query is malformed. Blank lines and those that
 * begin with '#' are passed over. ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_qrels_read(struct anam_qrels **out, const char *path, anam_error *err);
void anam_qrels_free(struct anam_qrels *q);

/* Whether the query was judged. */
bool anam_qrels_has(const struct anam_qrels *q, const char *qid);

anam_status anam_run_read(struct anam_run **out, const char *path, anam_error *err);
void anam_run_free(struct anam_run *r);

/* A run built in memory: add every query's list, best first or in any order, and no
 * document twice for a query. ANAM_INVALID where score is NaN, ANAM_NO_MEMORY. */
anam_status anam_run_new(struct anam_run **out, anam_error *err);
anam_status anam_run_add(struct anam_run *r, const char *qid, const char *docid, double score,
                         anam_error *err);

/* The tag of the run's first line, "" where it has none; borrowed. */
const char *anam_run_tag(const struct anam_run *r);

struct anam_evaluate_options {
    const char *const *measures; /* as -m takes them: "map", "ndcg_cut.5,10", "ndcg_cut_10",
                                     a family, or a set: "official", "set", "all_trec", and
                                     "all", which has ours too */
    size_t n_measures;           /* 0: official */
    bool complete;               /* -c: average over all queries of the qrels, missing ones 0 */
    int level;                   /* -l: least grade that is relevant, 1 by default */
    bool judged_only;            /* -J: leave unjudged documents out of the lists */
};

#define ANAM_EVALUATE_OPTIONS_INIT                                                                 \
    {                                                                                              \
        NULL, 0, false, 1, false                                                                   \
    }

/* The values of one run. Everything is owned by the evaluation. */
struct anam_evaluation {
    size_t n_measures; /* columns: each cutoff is one */
    char **names;      /* "ndcg_cut_10", as trec_eval prints them */
    bool *is_count;    /* printed as an integer and summed (num_q, num_ret, ...) */
    bool *only_all;    /* not defined for a single query (gm_map) */
    size_t n_queries;  /* in both qrels and run; where complete, all of the qrels */
    char **qids;       /* in byte order, as trec_eval -q has them */
    double *values;    /* values[query * n_measures + measure] */
    double *all;       /* one a measure: the summary line */
};

/* ANAM_INVALID for an unknown measure (err names the closest), ANAM_BAD_DATA where no query of a
 * run that has any is in the qrels, ANAM_NO_MEMORY. */
anam_status anam_evaluate(const struct anam_qrels *qrels, const struct anam_run *run,
                          const struct anam_evaluate_options *options, struct anam_evaluation **out,
                          anam_error *err);
void anam_evaluation_free(struct anam_evaluation *e);

/* How deep into a list the measure looks: its cutoff, or 0 where it has none. ANAM_INVALID for
 * an unknown measure, for several, and for one whose summary is not the mean over queries;
 * ANAM_NO_MEMORY. */
anam_status anam_measure_depth(const char *measure, size_t *depth, anam_error *err);

#endif
