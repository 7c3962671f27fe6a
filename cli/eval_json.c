/* What anamnesis eval found, as JSON; docs/JSON.md tells the keys. */
#include "cli/eval.h"

#include "cli/json_writer.h"
#include "cli/message.h"

#include <stdlib.h>

static void put_value(struct json_writer *w, const char *key, bool is_count, double value)
{
    if (is_count)
        jw_count(w, key, (uint64_t)value);
    else
        jw_double(w, key, value);
}

/* The summary of a run. */
static void put_summary(struct json_writer *w, const struct judged_run *run)
{
    const struct anam_evaluation *e = run->evaluation;
    jw_string(w, "run", run->path);
    jw_string(w, "tag", run->tag);
    jw_object(w, "measures");
    for (size_t m = 0; m < e->n_measures; m++)
        put_value(w, e->names[m], e->is_count[m], e->all[m]);
    jw_object_end(w);
}

static void put_row(struct json_writer *w, const char *key, const struct anam_evaluation *e,
                    size_t row)
{
    jw_object(w, key);
    for (size_t m = 0; m < e->n_measures; m++)
        if (!e->only_all[m])
            put_value(w, e->names[m], e->is_count[m], e->values[row * e->n_measures + m]);
    jw_object_end(w);
}

static void put_text(struct json_writer *w, const struct anam_topics *topics, const char *qid)
{
    const struct anam_topic *topic = topics ? anam_topics_find(topics, qid) : NULL;
    if (topic)
        jw_bytes(w, "text", topic->text, topic->length);
}

static int put_one(struct json_writer *w, const struct eval_report *report)
{
    const struct anam_evaluation *e = report->runs[0].evaluation;
    put_summary(w, &report->runs[0]);
    if (report->queries) {
        jw_object(w, "queries");
        for (size_t q = 0; q < e->n_queries; q++)
            put_row(w, e->qids[q], e, q);
        jw_object_end(w);
    }
    return EXIT_DONE;
}

/* ---- comparisons ---- */

static void put_measure(struct json_writer *w, const struct anam_comparison *c,
                        const struct anam_compared *m)
{
    bool is_count = c->a->is_count[m->a];
    jw_object(w, NULL);
    jw_string(w, "name", m->name);
    put_value(w, "a", is_count, m->value_a);
    put_value(w, "b", is_count, m->value_b);
    jw_double(w, "difference", m->difference);
    if (m->tested) {
        if (m->t_test.t - m->t_test.t == 0) /* an infinite t is left out */
            jw_double(w, "t", m->t_test.t);
        jw_double(w, "df", m->t_test.df);
        jw_double(w, "p_t", m->t_test.p);
        jw_double(w, "p_randomisation", m->randomisation.p);
        jw_double(w, "p_holm", m->p_holm);
        jw_string(w, "test", m->randomisation.exact ? "exact" : "sampled");
        jw_count(w, "trials", m->randomisation.trials);
        jw_array(w, "interval");
        jw_double(w, NULL, m->interval.low);
        jw_double(w, NULL, m->interval.high);
        jw_array_end(w);
        jw_count(w, "wins", m->wins);
        jw_count(w, "ties", m->ties);
        jw_count(w, "losses", m->losses);
    }
    jw_object_end(w);
}

/* Every query with its values in both runs, greatest gain first. */
static bool put_queries(struct json_writer *w, const struct eval_report *report,
                        const struct anam_comparison *c)
{
    const struct anam_compared *first = anam_comparison_first(c);
    const struct anam_pair **sorted = first ? anam_comparison_sorted(c, first) : NULL;
    if (first && !sorted)
        return false;
    const double *d = first ? anam_comparison_differences(c, first) : NULL;
    jw_array(w, "queries");
    for (size_t i = 0; i < c->n_queries; i++) {
        const struct anam_pair *pair = sorted ? sorted[i] : &c->pairs[i];
        jw_object(w, NULL);
        jw_string(w, "qid", pair->qid);
        put_text(w, report->topics, pair->qid);
        if (d)
            jw_double(w, "difference", d[pair - c->pairs]);
        if (pair->a != ANAM_NO_ROW)
            put_row(w, "a", c->a, pair->a);
        if (pair->b != ANAM_NO_ROW)
            put_row(w, "b", c->b, pair->b);
        jw_object_end(w);
    }
    jw_array_end(w);
    free(sorted);
    return true;
}

static bool put_comparison(struct json_writer *w, const struct eval_report *report, size_t i)
{
    const struct anam_comparison *c = report->comparisons[i];
    jw_object(w, NULL);
    jw_string(w, "a", report->runs[0].path);
    jw_string(w, "b", report->runs[i + 1].path);
    jw_count(w, "n_queries", c->n_queries);
    jw_count(w, "only_a", c->only_a);
    jw_count(w, "only_b", c->only_b);
    jw_array(w, "measures");
    for (size_t m = 0; m < c->n_measures; m++)
        put_measure(w, c, &c->measures[m]);
    jw_array_end(w);
    bool ok = !report->queries || put_queries(w, report, c);
    jw_object_end(w);
    return ok;
}

static int put_all(struct json_writer *w, const struct eval_report *report)
{
    const struct anam_compare_options *o = &report->comparisons[0]->options;
    jw_count(w, "seed", o->seed);
    jw_count(w, "trials", o->trials);
    jw_count(w, "resamples", o->resamples);
    jw_double(w, "level", o->level);
    jw_array(w, "runs");
    for (size_t i = 0; i < report->n_runs; i++) {
        jw_object(w, NULL);
        put_summary(w, &report->runs[i]);
        jw_object_end(w);
    }
    jw_array_end(w);
    bool ok = true;
    jw_array(w, "comparisons");
    for (size_t i = 0; i + 1 < report->n_runs && ok; i++)
        ok = put_comparison(w, report, i);
    jw_array_end(w);
    return ok ? EXIT_DONE : fail_memory();
}

int eval_json(const struct eval_report *report)
{
    struct json_writer w = {0};
    jw_object(&w, NULL);
    jw_count(&w, "v", 1);
    int code = report->n_runs > 1 ? put_all(&w, report) : put_one(&w, report);
    jw_object_end(&w);
    jw_line_end(&w);
    return code;
}
