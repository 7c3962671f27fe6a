/* anam_evaluate: measures over qrels and a run. */
#include "base/error.h"
#include "eval/measures.h"
#include "eval/trec.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A measure at a cutoff. */
struct column {
    const struct anam_measure *measure;
    double cutoff;
};

struct columns {
    struct column *all;
    size_t n;
    size_t cap;
};

/* Scratch of one query. */
struct scratch {
    struct anam_docs docs;
    const struct anam_trec_entry **ranked;
    size_t cap_ranked;
    int *grades;
    size_t cap_grades;
    size_t *levels;
    size_t cap_levels;
};

/* ---- choosing columns ---- */

static bool add_column(struct columns *c, const struct anam_measure *m, double cutoff)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->all[i].measure == m && c->all[i].cutoff == cutoff)
            return true;
    if (!anam_grow(&c->all, &c->cap, c->n + 1, sizeof *c->all))
        return false;
    c->all[c->n++] = (struct column){m, cutoff};
    return true;
}

static bool add_family(struct columns *c, const struct anam_measure *m)
{
    if (!m->cutoffs)
        return add_column(c, m, 0);
    for (const double *cutoff = m->cutoffs; *cutoff >= 0; cutoff++)
        if (!add_column(c, m, *cutoff))
            return false;
    return true;
}

static const struct anam_measure *find_measure(const char *name, size_t n)
{
    for (const struct anam_measure *const *m = anam_measures; *m; m++)
        if (strlen((*m)->name) == n && memcmp((*m)->name, name, n) == 0)
            return *m;
    return NULL;
}

static anam_status unknown(const char *name, anam_error *err)
{
    static const char help[] = "'anamnesis eval --help measures' lists them";
    size_t n = strcspn(name, ".");
    size_t cutoffs = strlen(name);
    while (cutoffs > 0 && strchr("0123456789.,", name[cutoffs - 1]))
        cutoffs--;
    if (name[n] == '\0' && cutoffs > 0 && name[cutoffs - 1] == '_') /* as it is printed */
        n = cutoffs - 1;
    const char *meant = anam_measure_closest(name, n);
    if (!meant)
        return anam_fail(err, ANAM_INVALID, "unknown measure '%.60s'; %s", name, help);
    const struct anam_measure *m = find_measure(meant, strlen(meant));
    return anam_fail(err, ANAM_INVALID, "unknown measure '%.60s'; did you mean '%s%.40s'? %s", name,
                     meant, m && m->cutoffs ? name + n : "", help);
}

/* Cutoffs "5,10" for a measure. */
static anam_status add_cutoffs(struct columns *c, const struct anam_measure *m, const char *list,
                               const char *name, anam_error *err)
{
    while (*list) {
        char *end;
        double cutoff = strtod(list, &end);
        bool whole = m->by_recall ? cutoff <= 1 : cutoff >= 1 && cutoff == floor(cutoff);
        if (end == list || (*end && *end != ',') || !(cutoff >= 0) || cutoff > 1e9 || !whole)
            return anam_fail(err, ANAM_INVALID, "'%.60s': cutoffs are %s", name,
                             m->by_recall ? "shares from 0 to 1" : "whole numbers from 1");
        if (!add_column(c, m, cutoff))
            return anam_fail_memory(err);
        list = *end ? end + 1 : end;
    }
    return ANAM_OK;
}

/* One word of -m. */
static anam_status choose(struct columns *c, const char *name, anam_error *err)
{
    const char *const *set = anam_measure_set(name);
    if (set || strcmp(name, "all") == 0) {
        for (const struct anam_measure *const *m = anam_measures; *m; m++) {
            bool in = !set;
            for (const char *const *s = set; s && *s; s++)
                in = in || strcmp(*s, (*m)->name) == 0;
            if (in && !add_family(c, *m))
                return anam_fail_memory(err);
        }
        return ANAM_OK;
    }
    size_t n = strcspn(name, ".");
    const struct anam_measure *m = find_measure(name, n);
    if (!m) { /* as it is printed: ndcg_cut_10, iprec_at_recall_0.50 */
        const char *last = strrchr(name, '_');
        n = last ? (size_t)(last - name) : 0;
        m = find_measure(name, n);
    }
    if (!m || (name[n] != '\0' && (!m->cutoffs || name[n + 1] == '\0')))
        return unknown(name, err);
    if (name[n] != '\0')
        return add_cutoffs(c, m, name + n + 1, name, err);
    return add_family(c, m) ? ANAM_OK : anam_fail_memory(err);
}

static anam_status choose_columns(struct columns *c, const struct anam_evaluate_options *o,
                                  anam_error *err)
{
    anam_status status = o->n_measures == 0 ? choose(c, "official", err) : ANAM_OK;
    for (size_t i = 0; i < o->n_measures && !status; i++)
        status = choose(c, o->measures[i], err);
    return status;
}

anam_status anam_measure_depth(const char *measure, size_t *depth, anam_error *err)
{
    struct columns c = {0};
    anam_status status = choose(&c, measure, err);
    if (!status && c.n != 1)
        status = anam_fail(err, ANAM_INVALID, "%.60s names several measures: choose one", measure);
    if (!status && c.all[0].measure->average != ANAM_MEAN)
        status =
            anam_fail(err, ANAM_INVALID, "%.60s is no mean over queries: choose another", measure);
    if (!status)
        *depth = c.all[0].measure->by_recall ? 0 : (size_t)c.all[0].cutoff;
    free(c.all);
    return status;
}

/* ---- one query ---- */

/* Score descending, then document id descending: trec_eval's order. Scores are doubles as in
 * trec_eval 10; up to 9 they were floats, which makes ties of what differs in the 8th digit. */
static int compare_entries(const void *a, const void *b)
{
    const struct anam_trec_entry *const *x = a;
    const struct anam_trec_entry *const *y = b;
    if ((*x)->score != (*y)->score)
        return (*x)->score > (*y)->score ? -1 : 1;
    return strcmp((*y)->docid, (*x)->docid);
}

static bool rank(struct scratch *s, const struct anam_trec_query *q)
{
    if (!anam_grow(&s->ranked, &s->cap_ranked, q->n, sizeof(const struct anam_trec_entry *)) ||
        !anam_grow(&s->grades, &s->cap_grades, q->n, sizeof *s->grades))
        return false;
    bool sorted = true;
    for (size_t i = 0; i < q->n; i++) {
        s->ranked[i] = &q->entries[i];
        sorted = sorted && (i == 0 || compare_entries(&s->ranked[i - 1], &s->ranked[i]) < 0);
    }
    if (!sorted)
        qsort(s->ranked, q->n, sizeof(const struct anam_trec_entry *), compare_entries);
    return true;
}

static bool count_levels(struct scratch *s, const struct anam_trec_query *judged,
                         struct anam_ranking *r)
{
    r->top = -1;
    for (size_t i = 0; i < judged->n; i++)
        r->top = judged->entries[i].grade > r->top ? judged->entries[i].grade : r->top;
    size_t n = (size_t)(r->top + 1);
    if (!anam_grow(&s->levels, &s->cap_levels, n + 1, sizeof *s->levels))
        return false;
    memset(s->levels, 0, (n + 1) * sizeof *s->levels);
    for (size_t i = 0; i < judged->n; i++) {
        int grade = judged->entries[i].grade;
        if (grade >= 0) {
            s->levels[grade]++;
            r->relevant += grade >= r->level;
        }
    }
    r->levels = s->levels;
    return true;
}

static bool make_ranking(struct scratch *s, const struct anam_trec_query *found,
                         const struct anam_trec_query *judged,
                         const struct anam_evaluate_options *o, struct anam_ranking *r)
{
    const struct anam_trec_entry *first;
    const struct anam_trec_entry *again;
    size_t n = found ? found->n : 0; /* none: a judged query that the run lacks */
    if ((found && !rank(s, found)) || !count_levels(s, judged, r) ||
        !anam_docs_fill(&s->docs, judged, &first, &again))
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct anam_trec_entry *e = anam_docs_find(&s->docs, s->ranked[i]->docid);
        int grade = e && e->grade >= 0 ? e->grade : ANAM_UNJUDGED;
        if (o->judged_only && grade < 0)
            continue;
        s->grades[r->n++] = grade;
        r->relevant_found += grade >= r->level;
    }
    r->grades = s->grades;
    return true;
}

/* ---- all of them ---- */

static anam_status allocate(struct anam_evaluation *e, const struct columns *c, size_t queries,
                            anam_error *err)
{
    e->names = anam_new_array(c->n, sizeof(char *));
    e->is_count = anam_new_array(c->n, sizeof *e->is_count);
    e->only_all = anam_new_array(c->n, sizeof *e->only_all);
    e->qids = anam_new_array(queries, sizeof(char *));
    e->values = anam_new_array(queries, c->n * sizeof *e->values);
    e->all = anam_new_array(c->n, sizeof *e->all);
    if (!e->names || !e->is_count || !e->only_all || !e->qids || !e->values || !e->all)
        return anam_fail_memory(err);
    for (; e->n_measures < c->n; e->n_measures++) {
        const struct column *column = &c->all[e->n_measures];
        char name[64];
        if (!column->measure->cutoffs)
            snprintf(name, sizeof name, "%s", column->measure->name);
        else if (column->measure->by_recall)
            snprintf(name, sizeof name, "%s_%.2f", column->measure->name, column->cutoff);
        else
            snprintf(name, sizeof name, "%s_%.0f", column->measure->name, column->cutoff);
        e->names[e->n_measures] = strdup(name);
        enum anam_average average = column->measure->average;
        e->only_all[e->n_measures] = average == ANAM_GEOMETRIC || average == ANAM_QUERIES;
        e->is_count[e->n_measures] = average == ANAM_SUM || average == ANAM_QUERIES;
        if (!e->names[e->n_measures])
            return anam_fail_memory(err);
    }
    return ANAM_OK;
}

static int compare_queries(const void *a, const void *b)
{
    const struct anam_trec_query *const *x = a;
    const struct anam_trec_query *const *y = b;
    return strcmp((*x)->qid, (*y)->qid);
}

/* The summary of a column. */
static double summarise(const struct anam_evaluation *e, size_t column,
                        const struct anam_measure *m, const struct anam_qrels *qrels, bool complete)
{
    double sum = 0;
    double n = (double)e->n_queries;
    for (size_t q = 0; q < e->n_queries; q++)
        sum += e->values[q * e->n_measures + column];
    if (m->average == ANAM_MEAN)
        return sum / n;
    if (m->average == ANAM_GEOMETRIC)
        return exp(sum / n);
    if (m->average == ANAM_QUERIES)
        return n;
    if (!complete || strcmp(m->name, "num_rel") != 0)
        return sum;
    sum = 0; /* of all judged queries; trec_eval counts every grade above 0 here */
    for (size_t q = 0; q < qrels->lines.n; q++)
        for (size_t i = 0; i < qrels->lines.queries[q].n; i++)
            sum += qrels->lines.queries[q].entries[i].grade > 0;
    return sum;
}

static anam_status fill(struct anam_evaluation *e, const struct columns *c,
                        const struct anam_trec_query **queries, size_t n,
                        const struct anam_qrels *qrels, const struct anam_run *run,
                        const struct anam_evaluate_options *o, anam_error *err)
{
    struct scratch s = {.docs = {.key = qrels->lines.key}};
    anam_status status = ANAM_OK;
    for (; e->n_queries < n && !status; e->n_queries++) {
        const char *qid = queries[e->n_queries]->qid;
        const struct anam_trec_query *found = anam_trec_find(&run->lines, qid);
        struct anam_ranking r = {.level = o->level, .max_grade = qrels->max_grade};
        e->qids[e->n_queries] = strdup(qid);
        if (!e->qids[e->n_queries] ||
            !make_ranking(&s, found, anam_trec_find(&qrels->lines, qid), o, &r))
            status = anam_fail_memory(err);
        for (size_t i = 0; i < c->n && !status; i++)
            e->values[e->n_queries * c->n + i] = c->all[i].measure->calc(&r, c->all[i].cutoff);
    }
    for (size_t i = 0; i < c->n && !status; i++)
        e->all[i] = summarise(e, i, c->all[i].measure, qrels, o->complete);
    anam_docs_free(&s.docs);
    free(s.ranked);
    free(s.grades);
    free(s.levels);
    return status;
}

anam_status anam_evaluate(const struct anam_qrels *qrels, const struct anam_run *run,
                          const struct anam_evaluate_options *options, struct anam_evaluation **out,
                          anam_error *err)
{
    *out = NULL;
    struct columns c = {0};
    const struct anam_trec_query **queries = NULL;
    struct anam_evaluation *e = NULL;
    size_t n = 0;
    anam_status status = options->level >= 1 ? choose_columns(&c, options, err)
                                             : anam_fail(err, ANAM_INVALID, "level is below 1");
    if (status)
        goto cleanup;
    const struct anam_trec *from = options->complete ? &qrels->lines : &run->lines;
    queries = anam_new_array(from->n, sizeof(const struct anam_trec_query *));
    e = calloc(1, sizeof *e);
    if (!queries || !e) {
        status = anam_fail_memory(err);
        goto cleanup;
    }
    bool any = run->lines.n == 0;
    for (size_t i = 0; i < run->lines.n && !any; i++)
        any = anam_qrels_has(qrels, run->lines.queries[i].qid);
    for (size_t i = 0; i < from->n; i++)
        if (anam_qrels_has(qrels, from->queries[i].qid))
            queries[n++] = &from->queries[i];
    if (n == 0 || !any) {
        status = anam_fail(err, ANAM_BAD_DATA, "no query is in both the qrels and the run");
        goto cleanup;
    }
    qsort(queries, n, sizeof(const struct anam_trec_query *), compare_queries);
    status = allocate(e, &c, n, err);
    if (!status)
        status = fill(e, &c, queries, n, qrels, run, options, err);
cleanup:
    free(queries);
    free(c.all);
    if (status)
        anam_evaluation_free(e);
    else
        *out = e;
    return status;
}

void anam_evaluation_free(struct anam_evaluation *e)
{
    if (!e)
        return;
    for (size_t i = 0; e->names && i < e->n_measures; i++)
        free(e->names[i]);
    for (size_t i = 0; e->qids && i < e->n_queries; i++)
        free(e->qids[i]);
    free(e->names);
    free(e->is_count);
    free(e->only_all);
    free(e->qids);
    free(e->values);
    free(e->all);
    free(e);
}
