/* What the files of the eval command share. */
#ifndef ANAM_CLI_EVAL_H
#define ANAM_CLI_EVAL_H

#include "eval/evaluation.h"

struct eval_run {
    const char *path;
    char tag[256];
    struct anam_evaluation *values;
};

struct eval_job {
    const char **measures; /* of -m */
    size_t n_measures;
    struct anam_evaluate_options options;
    bool queries;
    bool json;
    uint64_t seed;
    struct eval_run *runs;
    size_t n_runs;
};

/* One run, as trec_eval prints it or as JSON. Returns the exit code, as all here. */
int eval_print(const struct eval_job *job);

/* Every later run against the first. */
int eval_compare(const struct eval_job *job, const struct anam_qrels *qrels);

/* Says what failed and returns the exit code. */
int eval_fail(const anam_error *err);

#endif
