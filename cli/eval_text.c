/* What anamnesis eval found, in the lines of trec_eval or as a report for people. */
#include "cli/eval.h"

#include "cli/flow.h"
#include "cli/human.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/screen.h"
#include "eval/measures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CHANGED = 10 };

#define ALPHA .05 /* what "better" takes */

/* ---- trec_eval's lines ---- */

static void trec_line(const struct anam_evaluation *e, size_t column, const char *qid, double value)
{
    out_format(e->is_count[column] ? "%-22s\t%s\t%.0f\n" : "%-22s\t%s\t%6.4f\n", e->names[column],
               qid, value);
}

void eval_trec(const struct eval_report *report)
{
    const struct anam_evaluation *e = report->runs[0].evaluation;
    for (size_t q = 0; report->queries && q < e->n_queries; q++)
        for (size_t m = 0; m < e->n_measures; m++)
            if (!e->only_all[m])
                trec_line(e, m, e->qids[q], e->values[q * e->n_measures + m]);
    if (report->runid)
        out_format("%-22s\t%s\t%s\n", "runid", "all", report->runs[0].tag);
    for (size_t m = 0; m < e->n_measures; m++)
        trec_line(e, m, "all", e->all[m]);
}

/* ---- numbers ---- */

struct number {
    char s[32];
};

/* A probability: ".0021", "<.0001", "1.0000". */
static struct number probability(double p)
{
    struct number out;
    char digits[24];
    snprintf(digits, sizeof digits, "%.4f", p);
    snprintf(out.s, sizeof out.s, "%s", p < .00005 ? "<.0001" : digits + (digits[0] == '0'));
    return out;
}

/* With its sign, but none for what rounds to 0. */
static struct number signed_value(double x)
{
    struct number out;
    snprintf(out.s, sizeof out.s, "%s%.4f", fabs(x) < .00005 ? " " : x < 0 ? "-" : "+", fabs(x));
    return out;
}

static const char *unpadded(const char *s)
{
    return s + strspn(s, " ");
}

/* ---- the report ---- */

struct look {
    size_t columns;
    bool colour;
};

static void put_strong(const struct look *look, const char *s)
{
    style_line(s, strlen(s), SIZE_MAX, STYLE_STRONG, look->colour);
}

static void put_runs(const struct look *look, const struct eval_report *report)
{
    for (size_t i = 0; i < report->n_runs; i++) {
        const struct judged_run *run = &report->runs[i];
        out_format("%c  ", (char)('A' + i));
        put_strong(look, run->path);
        if (run->tag[0] != '\0') {
            out_string(" (");
            style_line(run->tag, strlen(run->tag), SIZE_MAX, STYLE_PLAIN, look->colour);
            out_char(')');
        }
        out_char('\n');
    }
}

/* What the means are over. `b` is the letter of the second run. */
static void put_coverage(const struct anam_comparison *c, char b)
{
    char queries[40];
    snprintf(queries, sizeof queries, "%s quer%s", human_count(c->n_queries).s,
             c->n_queries == 1 ? "y" : "ies");
    if (c->options.complete) {
        out_format("%s, all that were judged; 0 where a run has no answer", queries);
    } else {
        out_format("%s in both runs and in the qrels", queries);
        if (c->only_a + c->only_b > 0)
            out_format("; left out: %zu of A only, %zu of %c only", c->only_a, c->only_b, b);
    }
    out_char('\n');
}

static size_t name_columns(const struct anam_comparison *c)
{
    size_t most = strlen("measure");
    for (size_t i = 0; i < c->n_measures; i++)
        if (strlen(c->measures[i].name) > most)
            most = strlen(c->measures[i].name);
    return most;
}

static void put_table(const struct anam_comparison *c, char b)
{
    int names = (int)name_columns(c);
    out_format("%-*s  %6c  %6c  %3c - A  %-18s  %6s  %7s  %6s  %s\n", names, "measure", 'A', b, b,
               "95 % interval", "t-test", "random.", "Holm", "wins/ties/losses");
    for (size_t i = 0; i < c->n_measures; i++) {
        const struct anam_compared *m = &c->measures[i];
        if (c->a->is_count[m->a]) {
            out_format("%-*s  %6.0f  %6.0f  %+7.0f\n", names, m->name, m->value_a, m->value_b,
                       m->difference);
            continue;
        }
        out_format("%-*s  %6.4f  %6.4f  %7s", names, m->name, m->value_a, m->value_b,
                   signed_value(m->difference).s);
        if (m->tested)
            out_format("  %7s to %7s  %6s  %7s  %6s  %zu/%zu/%zu", signed_value(m->interval.low).s,
                       signed_value(m->interval.high).s, probability(m->t_test.p).s,
                       probability(m->randomisation.p).s, probability(m->p_holm).s, m->wins,
                       m->ties, m->losses);
        out_char('\n');
    }
}

/* What the numbers say about run `b`. How much of it was judged is no merit: that tells
 * how far to trust the other measures. */
static void put_claim(const struct look *look, const struct anam_compared *m, char b)
{
    char claim[64];
    bool up = m->difference > 0;
    if (m->p_holm > ALPHA)
        snprintf(claim, sizeof claim, "no difference shown");
    else if (strncmp(m->name, "judged_", 7) == 0)
        snprintf(claim, sizeof claim, "%s of %c's documents are judged", up ? "more" : "fewer", b);
    else
        snprintf(claim, sizeof claim, "%c is %s", b, up ? "better" : "worse");
    style_put(m->p_holm > ALPHA ? STYLE_PLAIN : STYLE_STRONG, look->colour);
    out_string(claim);
    style_put(STYLE_PLAIN, look->colour);
}

static void put_verdict(const struct look *look, const struct anam_compared *m, char b, int names)
{
    out_format("%-*s  ", names, m->name);
    if (m->wins + m->losses == 0) {
        out_string("no query differs\n");
        return;
    }
    put_claim(look, m, b);
    struct number p = probability(m->p_holm);
    bool below = p.s[0] == '<';
    out_format(": %s (95 %% %s to %s), p %s %s after Holm\n",
               unpadded(signed_value(m->difference).s), unpadded(signed_value(m->interval.low).s),
               unpadded(signed_value(m->interval.high).s), below ? "<" : "=", p.s + below);
}

/* ---- the queries that changed most ---- */

static void put_change(const struct look *look, const struct eval_report *report,
                       const struct anam_comparison *c, const struct anam_compared *m,
                       const struct anam_pair *pair, size_t qids)
{
    double a = pair->a == ANAM_NO_ROW ? 0 : c->a->values[pair->a * c->a->n_measures + m->a];
    double b = pair->b == ANAM_NO_ROW ? 0 : c->b->values[pair->b * c->b->n_measures + m->b];
    double d = anam_comparison_differences(c, m)[pair - c->pairs];
    out_format("  %s  %6.4f -> %6.4f  ", signed_value(d).s, a, b);
    style_line(pair->qid, strlen(pair->qid), SIZE_MAX, STYLE_PLAIN, look->colour);
    const struct anam_topic *topic =
        report->topics ? anam_topics_find(report->topics, pair->qid) : NULL;
    size_t used = 29 + qids + 2;
    if (topic && topic->length > 0) {
        out_spaces(qids - screen_string_width(pair->qid) + 2);
        style_line(topic->text, topic->length,
                   used + 20 < look->columns ? look->columns - used : 20, STYLE_FAINT,
                   look->colour);
    }
    out_char('\n');
}

/* The first `n` of the list, or the last ones backwards. */
static void put_changes(const struct look *look, const struct eval_report *report,
                        const struct anam_comparison *c, const struct anam_compared *m,
                        const struct anam_pair *const *sorted, size_t n, bool backwards)
{
    size_t qids = 0;
    n = n < MOST_CHANGED ? n : MOST_CHANGED;
    for (size_t i = 0; i < n; i++) {
        size_t width = screen_string_width(sorted[backwards ? c->n_queries - 1 - i : i]->qid);
        qids = width > qids ? width : qids;
    }
    for (size_t i = 0; i < n; i++)
        put_change(look, report, c, m, sorted[backwards ? c->n_queries - 1 - i : i], qids);
}

static bool put_queries(const struct look *look, const struct eval_report *report,
                        const struct anam_comparison *c, char b)
{
    const struct anam_compared *m = anam_comparison_first(c);
    if (!m)
        return true;
    const struct anam_pair **sorted = anam_comparison_sorted(c, m);
    if (!sorted)
        return false;
    if (m->wins > 0) {
        out_format("\nMost gained by %c, %s:\n", b, m->name);
        put_changes(look, report, c, m, sorted, m->wins, false);
    }
    if (m->losses > 0) {
        out_format("\nMost lost by %c, %s:\n", b, m->name);
        put_changes(look, report, c, m, sorted, m->losses, true);
    }
    free(sorted);
    return true;
}

/* ---- all of it ---- */

/* How the figures came about, so that they can be had again. */
static void put_method(const struct look *look, const struct anam_compare_options *o)
{
    struct flow flow;
    char text[640];
    snprintf(text, sizeof text,
             "Two-sided p of the paired t-test; of Fisher's randomisation test (random.), from %s "
             "sign flips, or all where there are no more; and of the latter corrected by Holm's "
             "method for the measures shown: up to .05 counts as a difference. %g %% interval of "
             "the mean difference: bootstrap, percentiles of %s resamples. Seed %llu.",
             human_count(o->trials).s, o->level * 100, human_count(o->resamples).s,
             (unsigned long long)o->seed);
    out_char('\n');
    flow_begin(&flow, 0, look->columns, look->colour);
    flow_string(&flow, text, STYLE_FAINT);
    flow_end(&flow);
}

int eval_text(const struct eval_report *report)
{
    struct look look = {screen_columns(), screen_colour(SCREEN_AUTO)};
    bool tested = false;
    put_runs(&look, report);
    for (size_t i = 0; i + 1 < report->n_runs; i++) {
        const struct anam_comparison *c = report->comparisons[i];
        char b = (char)('B' + i);
        out_format("\nA and %c: ", b);
        put_coverage(c, b);
        out_char('\n');
        put_table(c, b);
        if (anam_comparison_first(c))
            out_char('\n');
        for (size_t m = 0; m < c->n_measures; m++)
            if (c->measures[m].tested)
                put_verdict(&look, &c->measures[m], b, (int)name_columns(c));
        tested = tested || anam_comparison_first(c);
        if (report->queries && !put_queries(&look, report, c, b))
            return fail_memory();
    }
    if (tested)
        put_method(&look, &report->comparisons[0]->options);
    return EXIT_DONE;
}

/* ---- the table of measures ---- */

enum { HELP_COLUMNS = 80, HELP_INDENT = 19 };

static bool is_official(const struct anam_measure *m)
{
    const char *const *names = anam_measure_set("official");
    for (; names && *names; names++)
        if (strcmp(*names, m->name) == 0)
            return true;
    return false;
}

static void put_cutoffs(struct flow *flow, const struct anam_measure *m)
{
    flow_string(flow, "; at ", STYLE_PLAIN);
    for (const double *cutoff = m->cutoffs; *cutoff >= 0; cutoff++) {
        char text[32];
        snprintf(text, sizeof text, m->by_recall ? "%s%.1f" : "%s%.0f",
                 cutoff == m->cutoffs ? "" : ",", *cutoff);
        flow_string(flow, text, STYLE_PLAIN);
    }
}

void eval_list_measures(void)
{
    out_string("Measures for -m NAME. One with cutoffs (at ...) takes others as NAME.5,10.\n"
               "Those marked * are the set official.\n\n");
    for (const struct anam_measure *const *m = anam_measures; *m; m++) {
        struct flow flow;
        out_format("%-16s %c ", (*m)->name, is_official(*m) ? '*' : ' ');
        flow_begin(&flow, HELP_INDENT, HELP_COLUMNS, false);
        flow_string(&flow, (*m)->definition, STYLE_PLAIN);
        if ((*m)->cutoffs)
            put_cutoffs(&flow, *m);
        flow_string(&flow, " [", STYLE_PLAIN);
        flow_string(&flow, (*m)->source, STYLE_PLAIN);
        flow_string(&flow, "]", STYLE_PLAIN);
        flow_end(&flow);
    }
}
