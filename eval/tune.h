/* Tuning: better settings for an archive from judged topics, and whether they are
 * better. Coordinate search on the training part of each fold of a cross-validation;
 * what is reported was held out. */
#ifndef ANAM_TUNE_H
#define ANAM_TUNE_H

#include "eval/evaluation.h"
#include "eval/topics.h"
#include "eval/tunable.h"

struct anam_tune_options {
    const char *measure;                      /* one mean, such as "ndcg_cut_10" */
    const struct anam_tunable *const *params; /* to turn, ended by NULL */
    size_t folds;                             /* 2 to 100, at most the number of queries */
    uint64_t seed;                            /* of the split into folds */
    int level;                                /* least relevant grade, as -l of eval */
    unsigned jobs;                            /* as of anam_batch */
    /* Called after each setting that was tried; may be NULL. */
    void (*progress)(void *ctx, size_t tried);
    void *ctx;
};

/* One fold of the cross-validation. */
struct anam_tune_fold {
    anam_settings settings; /* best on the other folds */
    size_t queries;         /* held out */
    double train;           /* mean of the measure on the other folds at `settings` */
    double before;          /* mean held out, at the index's settings */
    double after;           /* mean held out, at `settings` */
};

struct anam_tuning {
    size_t n; /* queries that are both judged and topics */
    const char **qids;
    double *before; /* by query: the index's settings */
    double *after;  /* by query, while it was held out: the settings of its fold */
    size_t n_folds;
    struct anam_tune_fold *folds;
    anam_settings proposed; /* best on all queries */
    double proposed_mean;   /* its mean on all queries: optimistic */
    size_t tried;           /* settings that were run */
};

/* ANAM_INVALID (measure, folds), ANAM_BAD_DATA (fewer than 4 queries both
 * judged and given), or what anam_batch returns. Free with anam_tuning_free. */
anam_status anam_tune(const anam_index *index, const struct anam_topics *topics,
                      const struct anam_qrels *qrels, const struct anam_tune_options *options,
                      struct anam_tuning **out, anam_error *err);
void anam_tuning_free(struct anam_tuning *t);

#endif
