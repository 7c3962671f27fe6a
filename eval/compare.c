#include "eval/compare.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Differences below this come from rounding: they are ties. */
#define TIE 1e-9

static double value(const struct anam_evaluation *e, size_t row, size_t column)
{
    return row == ANAM_NO_ROW ? 0 : e->values[row * e->n_measures + column];
}

/* ---- queries ---- */

static void add_pair(struct anam_comparison *c, const char *qid, size_t a, size_t b)
{
    c->pairs[c->n_queries++] = (struct anam_pair){qid, a, b};
}

/* Both lists of queries are in byte order: one pass pairs them. */
static void pair_queries(struct anam_comparison *c)
{
    size_t i = 0;
    size_t j = 0;
    while (i < c->a->n_queries || j < c->b->n_queries) {
        int order = i == c->a->n_queries   ? 1
                    : j == c->b->n_queries ? -1
                                           : strcmp(c->a->qids[i], c->b->qids[j]);
        if (order == 0) {
            add_pair(c, c->a->qids[i], i, j);
            i++;
            j++;
        } else if (order < 0) {
            c->only_a++;
            if (c->options.complete)
                add_pair(c, c->a->qids[i], i, ANAM_NO_ROW);
            i++;
        } else {
            c->only_b++;
            if (c->options.complete)
                add_pair(c, c->b->qids[j], ANAM_NO_ROW, j);
            j++;
        }
    }
}

/* ---- measures ---- */

static void match_measures(struct anam_comparison *c)
{
    for (size_t i = 0; i < c->a->n_measures; i++) {
        for (size_t j = 0; j < c->b->n_measures; j++) {
            if (strcmp(c->a->names[i], c->b->names[j]) != 0)
                continue;
            c->measures[c->n_measures++] =
                (struct anam_compared){.name = c->a->names[i],
                                       .a = i,
                                       .b = j,
                                       .tested = !c->a->is_count[i] && !c->a->only_all[i]};
            break;
        }
    }
}

/* Means, differences, and who won how often. */
static void fill_differences(const struct anam_comparison *c, struct anam_compared *m, double *d)
{
    double sum_a = 0;
    double sum_b = 0;
    for (size_t q = 0; q < c->n_queries; q++) {
        double a = value(c->a, c->pairs[q].a, m->a);
        double b = value(c->b, c->pairs[q].b, m->b);
        sum_a += a;
        sum_b += b;
        d[q] = fabs(b - a) < TIE ? 0 : b - a;
        m->wins += d[q] > 0;
        m->losses += d[q] < 0;
    }
    m->ties = c->n_queries - m->wins - m->losses;
    m->value_a = sum_a / (double)c->n_queries;
    m->value_b = sum_b / (double)c->n_queries;
}

/* What is no mean, over the queries compared: a sum, or a geometric mean, whose values
 * are logarithms. */
static double summary(const struct anam_comparison *c, const struct anam_evaluation *e,
                      size_t column, bool of_b)
{
    double sum = 0;
    for (size_t q = 0; q < c->n_queries; q++)
        sum += value(e, of_b ? c->pairs[q].b : c->pairs[q].a, column);
    return e->is_count[column] ? sum : exp(sum / (double)c->n_queries);
}

static bool test_measure(const struct anam_comparison *c, struct anam_compared *m, double *d)
{
    const struct anam_compare_options *o = &c->options;
    if (!m->tested) {
        m->value_a = summary(c, c->a, m->a, false);
        m->value_b = summary(c, c->b, m->b, true);
        m->difference = m->value_b - m->value_a;
        return true;
    }
    fill_differences(c, m, d);
    m->t_test = anam_t_test_paired(d, c->n_queries);
    m->difference = m->t_test.mean;
    return anam_randomise(d, c->n_queries, o->trials, o->seed, &m->randomisation) &&
           anam_bootstrap(d, c->n_queries, o->resamples, o->level, o->seed, &m->interval);
}

/* The tested ones together, whatever stands between them. */
static bool correct(struct anam_comparison *c)
{
    double *p = anam_new_array(c->n_measures, sizeof *p);
    size_t n = 0;
    if (!p)
        return false;
    for (size_t i = 0; i < c->n_measures; i++)
        if (c->measures[i].tested)
            p[n++] = c->measures[i].randomisation.p;
    bool ok = anam_holm(p, p, n);
    n = 0;
    for (size_t i = 0; i < c->n_measures && ok; i++)
        if (c->measures[i].tested)
            c->measures[i].p_holm = p[n++];
    free(p);
    return ok;
}

anam_status anam_compare(const struct anam_evaluation *a, const struct anam_evaluation *b,
                         const struct anam_compare_options *options, struct anam_comparison **out,
                         anam_error *err)
{
    struct anam_comparison *c = calloc(1, sizeof *c);
    *out = NULL;
    if (!c)
        return anam_fail_memory(err);
    c->a = a;
    c->b = b;
    c->options = *options;
    c->pairs = anam_new_array(a->n_queries + b->n_queries, sizeof *c->pairs);
    c->measures = anam_new_array(a->n_measures, sizeof *c->measures);
    bool ok = c->pairs && c->measures;
    if (ok) {
        pair_queries(c);
        match_measures(c);
        if (c->n_queries == 0) {
            anam_comparison_free(c);
            return anam_fail(err, ANAM_BAD_DATA, "no query is in both runs and in the qrels");
        }
        c->differences = anam_new_array(c->n_measures, c->n_queries * sizeof *c->differences);
        ok = c->differences != NULL;
    }
    for (size_t i = 0; i < c->n_measures && ok; i++)
        ok = test_measure(c, &c->measures[i], c->differences + i * c->n_queries);
    if (!ok || !correct(c)) {
        anam_comparison_free(c);
        return anam_fail_memory(err);
    }
    *out = c;
    return ANAM_OK;
}

void anam_comparison_free(struct anam_comparison *c)
{
    if (!c)
        return;
    free(c->pairs);
    free(c->measures);
    free(c->differences);
    free(c);
}

/* ---- reading it ---- */

const struct anam_compared *anam_comparison_first(const struct anam_comparison *c)
{
    for (size_t i = 0; i < c->n_measures; i++)
        if (c->measures[i].tested)
            return &c->measures[i];
    return NULL;
}

const double *anam_comparison_differences(const struct anam_comparison *c,
                                          const struct anam_compared *m)
{
    return c->differences + (size_t)(m - c->measures) * c->n_queries;
}

struct changed {
    double difference;
    const struct anam_pair *pair;
};

static int compare_changed(const void *x, const void *y)
{
    const struct changed *a = x;
    const struct changed *b = y;
    if (a->difference != b->difference)
        return a->difference > b->difference ? -1 : 1;
    return strcmp(a->pair->qid, b->pair->qid);
}

const struct anam_pair **anam_comparison_sorted(const struct anam_comparison *c,
                                                const struct anam_compared *m)
{
    const double *d = anam_comparison_differences(c, m);
    const struct anam_pair **sorted =
        anam_new_array(c->n_queries, sizeof(const struct anam_pair *));
    struct changed *changed = anam_new_array(c->n_queries, sizeof *changed);
    if (!sorted || !changed) {
        free(changed);
        free(sorted);
        return NULL;
    }
    for (size_t i = 0; i < c->n_queries; i++)
        changed[i] = (struct changed){d[i], &c->pairs[i]};
    if (c->n_queries > 0)
        qsort(changed, c->n_queries, sizeof *changed, compare_changed);
    for (size_t i = 0; i < c->n_queries; i++)
        sorted[i] = changed[i].pair;
    free(changed);
    return sorted;
}

/* Moves every evaluation's row to its first query not before `qid`; whether all have it. */
static bool all_have(struct anam_evaluation *const *e, size_t n, const char *qid, size_t *rows)
{
    bool all = true;
    for (size_t i = 0; i < n; i++) {
        while (rows[i] < e[i]->n_queries && strcmp(e[i]->qids[rows[i]], qid) < 0)
            rows[i]++;
        all = all && rows[i] < e[i]->n_queries && strcmp(e[i]->qids[rows[i]], qid) == 0;
    }
    return all;
}

double *anam_common_means(struct anam_evaluation *const *evaluations, size_t n, size_t *n_queries)
{
    size_t columns = evaluations[0]->n_measures;
    double *means = anam_new_array(n, columns * sizeof *means);
    size_t *rows = anam_new_array(n, sizeof *rows);
    *n_queries = 0;
    if (!means || !rows) {
        free(rows);
        free(means);
        return NULL;
    }
    for (size_t q = 0; q < evaluations[0]->n_queries; q++) {
        if (!all_have(evaluations, n, evaluations[0]->qids[q], rows))
            continue;
        ++*n_queries;
        for (size_t i = 0; i < n; i++)
            for (size_t m = 0; m < columns; m++)
                means[i * columns + m] += value(evaluations[i], rows[i], m);
    }
    for (size_t i = 0; i<n * columns && * n_queries> 0; i++)
        means[i] /= (double)*n_queries;
    free(rows);
    return means;
}
