/* What anamnesis eval found, and how it is shown: in trec_eval's format or as a report
 * for people (eval_text.c), or as JSON (eval_json.c, docs/JSON.md). */
#ifndef ANAM_CLI_EVAL_H
#define ANAM_CLI_EVAL_H

#include "eval/compare.h"
#include "eval/topics.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    EVAL_MOST_RUNS = 26,  /* they are called A to Z */
    EVAL_MOST_CURVES = 12 /* that a plot can tell apart */
};

struct judged_run {
    const char *path; /* borrowed */
    char *tag;
    struct anam_evaluation *evaluation;
    struct anam_evaluation *recall; /* precision at 11 points of recall; NULL without --plot */
};

struct eval_report {
    struct judged_run runs[EVAL_MOST_RUNS];
    size_t n_runs;
    /* comparisons[i] is run i + 1 with the first. */
    struct anam_comparison *comparisons[EVAL_MOST_RUNS];
    const struct anam_topics *topics; /* or NULL */
    bool queries;                     /* -q */
    bool runid;                       /* show the tag as trec_eval does */
};

/* One run, in the lines of trec_eval. */
void eval_trec(const struct eval_report *report);

/* All comparisons. An exit code. */
int eval_text(const struct eval_report *report);

/* Either as a line of JSON. An exit code. */
int eval_json(const struct eval_report *report);

/* The table of measures. */
void eval_list_measures(void);

#endif
