#include "eval/tune.h"

#include "base/alloc.h"
#include "base/error.h"
#include "eval/batch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* DEPTH: hits a query for a measure that has no cutoff. */
enum { DEPTH = 1000, ROUNDS = 4, REFINEMENTS = 2 };

/* A setting that was run, with the measure of every query. Folds share these: a
 * query's value at a setting does not depend on the fold, so nothing is run twice. */
struct point {
    anam_settings settings;
    double *values;
};

struct tuner {
    const anam_index *index;
    const struct anam_topics *topics;
    const struct anam_qrels *qrels;
    const struct anam_tune_options *options;
    size_t depth; /* hits a query that the measure looks at */
    struct anam_tuning *result;
    struct point *points;
    size_t n_points;
    size_t cap_points;
    size_t *fold_of; /* by query */
    anam_error *err;
};

/* ---- running a setting ---- */

struct collecting {
    struct anam_run *run;
    const struct anam_topics *topics;
};

static anam_status collect(void *ctx, size_t i, const anam_results *results, anam_error *err)
{
    struct collecting *c = ctx;
    anam_status status = ANAM_OK;
    for (size_t h = 0; h < anam_results_count(results) && !status; h++) {
        const anam_hit *hit = anam_results_hit(results, h);
        status = anam_run_add(c->run, c->topics->topics[i].qid, hit->id, (double)hit->score, err);
    }
    return status;
}

static anam_status evaluate(struct tuner *t, const anam_settings *settings,
                            struct anam_evaluation **e)
{
    anam_search_options o = ANAM_SEARCH_OPTIONS_INIT;
    o.k = t->depth;
    o.flags = 0;
    o.settings = settings;
    struct anam_evaluate_options how = ANAM_EVALUATE_OPTIONS_INIT;
    how.measures = &t->options->measure;
    how.n_measures = 1;
    how.complete = true;
    how.level = t->options->level;
    struct collecting c = {.topics = t->topics};
    *e = NULL;
    anam_status status = anam_run_new(&c.run, t->err);
    if (!status)
        status = anam_batch(t->index, t->topics, &o, t->options->jobs, collect, &c, t->err);
    if (!status)
        status = anam_evaluate(t->qrels, c.run, &how, e, t->err);
    anam_run_free(c.run);
    return status;
}

/* The queries that count: judged, and among the topics. */
static anam_status choose_queries(struct tuner *t, const struct anam_evaluation *e)
{
    struct anam_tuning *r = t->result;
    r->qids = anam_new_array(e->n_queries, sizeof(const char *));
    r->before = anam_new_array(e->n_queries, sizeof(double));
    r->after = anam_new_array(e->n_queries, sizeof(double));
    t->fold_of = anam_new_array(e->n_queries, sizeof(size_t));
    if (!r->qids || !r->before || !r->after || !t->fold_of)
        return anam_fail_memory(t->err);
    for (size_t q = 0; q < e->n_queries; q++) {
        const struct anam_topic *topic = anam_topics_find(t->topics, e->qids[q]);
        if (topic)
            r->qids[r->n++] = topic->qid;
    }
    if (r->n < 4)
        return anam_fail(t->err, ANAM_BAD_DATA,
                         "%zu of the topics are judged: too few to tune with", r->n);
    return ANAM_OK;
}

static bool same_settings(const anam_settings *a, const anam_settings *b)
{
    for (const struct anam_tunable *p = anam_tunables; p->name; p++)
        if (fabs(p->get(a) - p->get(b)) > 1e-9)
            return false;
    return true;
}

/* The values of a setting, run if it was not run before. */
static anam_status run_setting(struct tuner *t, const anam_settings *settings,
                               const double **values)
{
    for (size_t i = 0; i < t->n_points; i++) {
        if (same_settings(&t->points[i].settings, settings)) {
            *values = t->points[i].values;
            return ANAM_OK;
        }
    }
    struct anam_evaluation *e;
    anam_status status = evaluate(t, settings, &e);
    if (!status && !t->result->qids)
        status = choose_queries(t, e);
    struct point p = {.settings = *settings};
    if (!status) {
        p.values = anam_new_array(t->result->n, sizeof *p.values);
        if (!p.values || !anam_grow(&t->points, &t->cap_points, t->n_points + 1, sizeof p)) {
            free(p.values);
            status = anam_fail_memory(t->err);
        }
    }
    if (!status) {
        size_t kept = 0;
        for (size_t q = 0; q < e->n_queries && kept < t->result->n; q++)
            if (strcmp(e->qids[q], t->result->qids[kept]) == 0)
                p.values[kept++] = e->values[q];
        t->points[t->n_points++] = p;
        *values = p.values;
        if (t->options->progress)
            t->options->progress(t->options->ctx, t->n_points);
    }
    anam_evaluation_free(e);
    return status;
}

/* ---- search ---- */

/* Mean over the queries outside fold `held_out` (SIZE_MAX: over all), or inside it. */
static double mean(const struct tuner *t, const double *values, size_t held_out, bool inside)
{
    double sum = 0;
    size_t n = 0;
    for (size_t q = 0; q < t->result->n; q++) {
        if ((t->fold_of[q] == held_out) == inside) {
            sum += values[q];
            n++;
        }
    }
    return n > 0 ? sum / (double)n : 0;
}

/* Tries a value of one parameter; keeps it in *best where it is better. */
static anam_status try_value(struct tuner *t, const struct anam_tunable *param, double value,
                             size_t fold, anam_settings *best, double *best_mean)
{
    if (value < param->min - 1e-12 || value > param->max + 1e-12)
        return ANAM_OK;
    anam_settings settings = *best;
    const double *values;
    param->set(&settings, round(value * 1e6) / 1e6);
    anam_status status = run_setting(t, &settings, &values);
    if (status)
        return status;
    double m = mean(t, values, fold, false);
    if (m > *best_mean + 1e-9) {
        *best_mean = m;
        *best = settings;
    }
    return ANAM_OK;
}

/* One parameter along its grid, then finer around the best value. */
static anam_status search_param(struct tuner *t, const struct anam_tunable *param, size_t fold,
                                anam_settings *best, double *best_mean)
{
    anam_status status = ANAM_OK;
    int steps = (int)floor((param->max - param->min) / param->step + 1e-9);
    for (int i = 0; i <= steps && !status; i++)
        status = try_value(t, param, param->min + i * param->step, fold, best, best_mean);
    double step = param->step;
    for (int i = 0; i < REFINEMENTS && !status; i++) {
        step /= 3;
        double centre = param->get(best);
        for (int side = -2; side <= 2 && !status; side++)
            if (side != 0)
                status = try_value(t, param, centre + side * step, fold, best, best_mean);
    }
    return status;
}

/* Coordinate search on all queries outside `fold`. */
static anam_status search(struct tuner *t, size_t fold, anam_settings *best, double *best_mean)
{
    *best = anam_index_get_info(t->index)->settings;
    const double *values;
    anam_status status = run_setting(t, best, &values);
    if (status)
        return status;
    *best_mean = mean(t, values, fold, false);
    for (int round = 0; round < ROUNDS && !status; round++) {
        double before = *best_mean;
        for (size_t p = 0; t->options->params[p] && !status; p++)
            status = search_param(t, t->options->params[p], fold, best, best_mean);
        if (*best_mean <= before + 1e-9)
            break;
    }
    return status;
}

/* ---- folds ---- */

/* SplitMix64 (Steele, Lea, Flood, 2014), and not anam_random: a seed keeps its folds. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* Deals the shuffled queries out to the folds, so that sizes differ by one at most. */
static anam_status deal(struct tuner *t)
{
    size_t n = t->result->n;
    size_t *order = anam_new_array(n, sizeof *order);
    if (!order)
        return anam_fail_memory(t->err);
    uint64_t state = t->options->seed;
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)(next_random(&state) % i);
        size_t swap = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swap;
    }
    for (size_t i = 0; i < n; i++)
        t->fold_of[order[i]] = i % t->result->n_folds;
    free(order);
    return ANAM_OK;
}

static anam_status run_fold(struct tuner *t, size_t fold, const double *before)
{
    struct anam_tune_fold *f = &t->result->folds[fold];
    const double *after;
    anam_status status = search(t, fold, &f->settings, &f->train);
    if (!status)
        status = run_setting(t, &f->settings, &after);
    if (status)
        return status;
    for (size_t q = 0; q < t->result->n; q++) {
        if (t->fold_of[q] == fold) {
            t->result->after[q] = after[q];
            f->queries++;
        }
    }
    f->before = mean(t, before, fold, true);
    f->after = mean(t, after, fold, true);
    return ANAM_OK;
}

static anam_status tune(struct tuner *t)
{
    const double *before;
    anam_status status = run_setting(t, &anam_index_get_info(t->index)->settings, &before);
    if (status)
        return status;
    struct anam_tuning *r = t->result;
    memcpy(r->before, before, r->n * sizeof *before);
    r->n_folds = t->options->folds < r->n ? t->options->folds : r->n;
    r->folds = anam_new_array(r->n_folds, sizeof *r->folds);
    status = r->folds ? deal(t) : anam_fail_memory(t->err);
    for (size_t f = 0; f < r->n_folds && !status; f++)
        status = run_fold(t, f, r->before);
    if (!status)
        status = search(t, SIZE_MAX, &r->proposed, &r->proposed_mean);
    r->tried = t->n_points;
    return status;
}

anam_status anam_tune(const anam_index *index, const struct anam_topics *topics,
                      const struct anam_qrels *qrels, const struct anam_tune_options *options,
                      struct anam_tuning **out, anam_error *err)
{
    *out = NULL;
    if (options->folds < 2 || options->folds > 100)
        return anam_fail(err, ANAM_INVALID, "folds is not 2 to 100");
    struct tuner t = {
        .index = index, .topics = topics, .qrels = qrels, .options = options, .err = err};
    anam_status status = anam_measure_depth(options->measure, &t.depth, err);
    if (status)
        return status;
    t.depth = t.depth == 0 ? DEPTH : t.depth < ANAM_MAX_HITS ? t.depth : ANAM_MAX_HITS;
    t.result = calloc(1, sizeof *t.result);
    if (!t.result)
        return anam_fail_memory(err);
    status = tune(&t);
    for (size_t i = 0; i < t.n_points; i++)
        free(t.points[i].values);
    free(t.points);
    free(t.fold_of);
    if (status)
        anam_tuning_free(t.result);
    else
        *out = t.result;
    return status;
}

void anam_tuning_free(struct anam_tuning *t)
{
    if (!t)
        return;
    free(t->qids);
    free(t->before);
    free(t->after);
    free(t->folds);
    free(t);
}
