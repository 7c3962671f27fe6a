/* Measures: trec_eval's figures, properties, and what malformed files are told. */
#include "folder.h"
#include "good.h"
#include "testing.h"

#include "eval/evaluation.h"
#include "eval/measures.h"

#include <math.h>

#define DATA "tests/data/eval/"

static struct anam_evaluation *evaluate(const struct anam_qrels *qrels, const struct anam_run *run,
                                        const struct anam_evaluate_options *o)
{
    struct anam_evaluation *e;
    anam_error err;
    ok(anam_evaluate(qrels, run, o, &e, &err), &err);
    return e;
}

static struct anam_evaluate_options all_measures(void)
{
    static const char *const all[] = {"all"};
    struct anam_evaluate_options o = ANAM_EVALUATE_OPTIONS_INIT;
    o.measures = all;
    o.n_measures = 1;
    return o;
}

static double value_of(const struct anam_evaluation *e, const char *name, const char *qid)
{
    for (size_t i = 0; i < e->n_measures; i++) {
        if (strcmp(e->names[i], name) != 0)
            continue;
        if (strcmp(qid, "all") == 0)
            return e->all[i];
        for (size_t q = 0; q < e->n_queries; q++)
            if (strcmp(e->qids[q], qid) == 0)
                return e->values[q * e->n_measures + i];
    }
    fail_msg("no %s of query %s", name, qid);
    return 0;
}

/* ---- trec_eval's own figures ---- */

/* DATA set.qrels and set.run against the figures in DATA set + options + ".txt". */
static void equals_golden(const char *set, const char *options,
                          const struct anam_evaluate_options *o)
{
    struct anam_qrels *qrels;
    struct anam_run *run;
    anam_error err;
    char file[100];
    snprintf(file, sizeof file, DATA "%s.qrels", set);
    ok(anam_qrels_read(&qrels, file, &err), &err);
    snprintf(file, sizeof file, DATA "%s.run", set);
    ok(anam_run_read(&run, file, &err), &err);
    snprintf(file, sizeof file, DATA "%s%s.txt", set, options);
    struct anam_evaluation *e = evaluate(qrels, run, o);
    FILE *golden = fopen(file, "r");
    assert_non_null(golden);
    char line[128];
    size_t lines = 0;
    while (fgets(line, sizeof line, golden)) {
        char name[64];
        char qid[16];
        char expected[32];
        char got[32];
        assert_int_equal(sscanf(line, "%63s %15s %31s", name, qid, expected), 3);
        bool whole = !strchr(expected, '.');
        snprintf(got, sizeof got, whole ? "%.0f" : "%6.4f", value_of(e, name, qid));
        if (strcmp(got, expected) != 0)
            fail_msg("%s %s is %s, trec_eval says %s", name, qid, got, expected);
        lines++;
    }
    fclose(golden);
    assert_true(lines > 370);
    anam_evaluation_free(e);
    anam_run_free(run);
    anam_qrels_free(qrels);
}

static void figures_equal_those_of_trec_eval(void **state)
{
    (void)state;
    struct anam_evaluate_options o = all_measures();
    equals_golden("small", "", &o);
}

static void figures_under_complete_equal_those_of_trec_eval(void **state)
{
    (void)state;
    struct anam_evaluate_options o = all_measures();
    o.complete = true;
    equals_golden("small", "-c", &o);
}

static void figures_at_another_level_equal_those_of_trec_eval(void **state)
{
    (void)state;
    struct anam_evaluate_options o = all_measures();
    o.level = 2;
    equals_golden("small", "-l2", &o);
}

static void figures_of_judged_documents_equal_those_of_trec_eval(void **state)
{
    (void)state;
    struct anam_evaluate_options o = all_measures();
    o.judged_only = true;
    equals_golden("small", "-J", &o);
}

/* Scores that are equal as floats but not as doubles, or equal in other words; exponents
 * and infinities; comments, blank lines, tabs, tags with blanks; shares of recall that
 * fall on half a document. */
static void figures_of_near_scores_equal_those_of_trec_eval(void **state)
{
    (void)state;
    struct anam_evaluate_options o = all_measures();
    equals_golden("near", "", &o);
    o.complete = true;
    equals_golden("near", "-c", &o);
    o.judged_only = true;
    o.level = 2;
    equals_golden("near", "-clJ", &o);
    o = all_measures();
    o.judged_only = true;
    equals_golden("near", "-J", &o);
}

/* ---- our own measures, and properties ---- */

static const char *write_bytes(const void *bytes, size_t n)
{
    static char path[300];
    snprintf(path, sizeof path, "%s/file", folder);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    return path;
}

static const char *write_text(const char *text)
{
    return write_bytes(text, strlen(text));
}

static struct anam_qrels *qrels_of(const char *text)
{
    struct anam_qrels *q;
    anam_error err;
    ok(anam_qrels_read(&q, write_text(text), &err), &err);
    return q;
}

static struct anam_run *run_of(const char *text)
{
    struct anam_run *r;
    anam_error err;
    ok(anam_run_read(&r, write_text(text), &err), &err);
    return r;
}

static void near(double a, double b)
{
    if (fabs(a - b) > 1e-12)
        fail_msg("%.15g is not %.15g", a, b);
}

static void judged_err_and_rbp_follow_their_definitions(void **state)
{
    (void)state;
    struct anam_qrels *q = qrels_of("1 0 a 2\n1 0 b 0\n1 0 c 1\n2 0 z 4\n");
    struct anam_run *r = run_of("1 Q0 a 1 9 t\n1 Q0 x 2 8 t\n1 Q0 c 3 7 t\n1 Q0 y 4 6 t\n");
    struct anam_evaluate_options o = all_measures();
    struct anam_evaluation *e = evaluate(q, r, &o);
    near(value_of(e, "judged_5", "1"), 2 / 4.0); /* of the four there are */
    /* Chapelle et al., CIKM 2009, section 4: the sum over ranks k of 1/k times the chance
     * that the search ends there. A document of grade g satisfies with (2^g - 1) / 2^4, 4
     * being the highest grade of the qrels: 3/16 at rank 1, 1/16 at rank 3. */
    near(value_of(e, "err_10", "1"), 3 / 16.0 + 13 / 16.0 * (1 / 16.0) / 3);
    /* Moffat and Zobel, TOIS 2008: (1 - p) times the sum of gain p^(rank - 1), p = .9,
     * gains 2/2 at rank 1 and 1/2 at rank 3 */
    near(value_of(e, "rbp", "1"), .1 * (1 + .81 * .5));
    anam_evaluation_free(e);
    anam_run_free(r);
    anam_qrels_free(q);
}

static void a_perfect_run_has_the_best_of_everything(void **state)
{
    (void)state;
    struct anam_qrels *q = qrels_of("1 0 a 3\n1 0 b 2\n1 0 c 2\n1 0 d 0\n1 0 e 1\n");
    struct anam_run *r = run_of("1 Q0 a 1 5 t\n1 Q0 b 2 4 t\n1 Q0 c 3 4 t\n1 Q0 e 4 3 t\n");
    struct anam_evaluate_options o = all_measures();
    struct anam_evaluation *e = evaluate(q, r, &o);
    const char *ones[] = {"map",      "gm_map", "Rprec",       "bpref",     "recip_rank",
                          "recall_5", "ndcg",   "ndcg_cut_10", "map_cut_5", "success_1",
                          "set_P",    "set_F",  "set_recall",  "judged_5",  "iprec_at_recall_1.00"};
    for (size_t i = 0; i < sizeof ones / sizeof ones[0]; i++)
        near(value_of(e, ones[i], "all"), 1);
    anam_evaluation_free(e);
    anam_run_free(r);
    anam_qrels_free(q);
}

static void neither_line_order_nor_rank_column_matters(void **state)
{
    (void)state;
    uint64_t seed = testing_seed();
    anam_error err;
    struct anam_qrels *q;
    ok(anam_qrels_read(&q, DATA "small.qrels", &err), &err);
    struct anam_evaluate_options o = all_measures();
    struct anam_run *plain;
    ok(anam_run_read(&plain, DATA "small.run", &err), &err);
    struct anam_evaluation *expected = evaluate(q, plain, &o);
    char lines[400][80];
    size_t n = 0;
    FILE *f = fopen(DATA "small.run", "r");
    assert_non_null(f);
    while (n < 400 && fgets(lines[n], sizeof lines[n], f))
        n++;
    fclose(f);
    for (int round = 0; round < 20; round++) {
        struct anam_run *r;
        ok(anam_run_new(&r, &err), &err);
        for (size_t i = n; i > 0; i--) {
            size_t j = testing_below(&seed, (uint32_t)i);
            char swap[80];
            memcpy(swap, lines[i - 1], sizeof swap);
            memcpy(lines[i - 1], lines[j], sizeof swap);
            memcpy(lines[j], swap, sizeof swap);
        }
        for (size_t i = 0; i < n; i++) {
            char qid[16];
            char docid[16];
            double score;
            assert_int_equal(sscanf(lines[i], "%15s %*s %15s %*s %lf", qid, docid, &score), 3);
            ok(anam_run_add(r, qid, docid, score, &err), &err);
        }
        struct anam_evaluation *e = evaluate(q, r, &o);
        assert_int_equal(e->n_queries, expected->n_queries);
        assert_memory_equal(e->values, expected->values,
                            e->n_queries * e->n_measures * sizeof *e->values);
        anam_evaluation_free(e);
        anam_run_free(r);
    }
    anam_evaluation_free(expected);
    anam_run_free(plain);
    anam_qrels_free(q);
}

static void scores_that_differ_in_the_ninth_digit_are_no_tie(void **state)
{
    (void)state;
    struct anam_qrels *q = qrels_of("1 0 a 1\n");
    struct anam_run *r = run_of("1 Q0 z 1 1 t\n1 Q0 a 2 1.00000001 t\n");
    struct anam_evaluate_options o = all_measures();
    struct anam_evaluation *e = evaluate(q, r, &o);
    near(value_of(e, "recip_rank", "1"), 1);
    anam_evaluation_free(e);
    anam_run_free(r);
    anam_qrels_free(q);
}

/* Whatever the grades: best grades first, nothing else retrieved, all that is relevant. */
static void any_ideal_run_scores_one(void **state)
{
    (void)state;
    uint64_t seed = testing_seed();
    const char *ones[] = {"map",
                          "gm_map",
                          "Rprec",
                          "bpref",
                          "recip_rank",
                          "recall_1000",
                          "ndcg",
                          "ndcg_cut_5",
                          "ndcg_cut_100",
                          "map_cut_100",
                          "success_1",
                          "set_P",
                          "set_recall",
                          "set_F",
                          "judged_10",
                          "iprec_at_recall_0.00",
                          "iprec_at_recall_0.50",
                          "iprec_at_recall_1.00"};
    struct anam_evaluate_options o = all_measures();
    for (int round = 0; round < 50; round++) {
        char qrels[4000] = "";
        char docid[16];
        struct anam_run *r;
        anam_error err;
        ok(anam_run_new(&r, &err), &err);
        for (int i = 0; i < 60; i++) {
            int grade = i == 0 ? 1 : (int)testing_below(&seed, 6) - 1;
            size_t n = strlen(qrels);
            snprintf(docid, sizeof docid, "d%d", i);
            snprintf(qrels + n, sizeof qrels - n, "1 0 %s %d\n", docid, grade);
            if (grade > 0)
                ok(anam_run_add(r, "1", docid, grade, &err), &err);
        }
        struct anam_qrels *q = qrels_of(qrels);
        struct anam_evaluation *e = evaluate(q, r, &o);
        for (size_t i = 0; i < COUNT(ones); i++)
            near(value_of(e, ones[i], "all"), 1);
        anam_evaluation_free(e);
        anam_run_free(r);
        anam_qrels_free(q);
    }
}

/* ---- names and malformed files ---- */

static void sets_are_those_of_trec_eval(void **state)
{
    (void)state;
    const char *const names[] = {"num_q", "num_ret",    "num_rel", "num_rel_ret",
                                 "set_P", "set_recall", "set_F"};
    const char *const set[] = {"set"};
    const char *const all_trec[] = {"all_trec"};
    struct anam_qrels *q = qrels_of("1 0 a 1\n");
    struct anam_run *r = run_of("1 Q0 a 1 5 t\n");
    struct anam_evaluate_options o = all_measures();
    struct anam_evaluation *all = evaluate(q, r, &o);
    o.measures = set;
    struct anam_evaluation *e = evaluate(q, r, &o);
    assert_int_equal(e->n_measures, COUNT(names));
    for (size_t i = 0; i < COUNT(names); i++)
        assert_string_equal(e->names[i], names[i]);
    anam_evaluation_free(e);
    o.measures = all_trec; /* all but ours, which stand last: judged and err */
    e = evaluate(q, r, &o);
    assert_int_equal(e->n_measures, all->n_measures - 18);
    for (size_t i = 0; i < e->n_measures; i++)
        assert_string_equal(e->names[i], all->names[i]);
    assert_string_equal(all->names[e->n_measures], "judged_5");
    anam_evaluation_free(e);
    anam_evaluation_free(all);
    anam_run_free(r);
    anam_qrels_free(q);
}

static void an_unknown_measure_is_told_the_closest(void **state)
{
    (void)state;
    static const char *const told[][2] = {
        {"maps", "did you mean 'map'? "},
        {"MAP", "did you mean 'map'? "},
        {"map.5", "did you mean 'map'? "},
        {"rprec", "did you mean 'Rprec'? "},
        {"ndgc_cut_10", "did you mean 'ndcg_cut_10'? "},
        {"ndgc_cut.5,10", "did you mean 'ndcg_cut.5,10'? "},
        {"ndgc_ct.5", "did you mean 'ndcg_cut.5'? "},
        {"recip-rank", "did you mean 'recip_rank'? "},
        {"oficial", "did you mean 'official'? "},
        {"reward", ""},
        {"q", ""},
        {"", ""},
        {"_", ""},
        {"a_name_that_is_longer_than_any_measure_has", ""},
    };
    struct anam_qrels *q = qrels_of("1 0 a 1\n");
    struct anam_run *r = run_of("1 Q0 a 1 5 t\n");
    struct anam_evaluate_options o = ANAM_EVALUATE_OPTIONS_INIT;
    o.n_measures = 1;
    for (size_t i = 0; i < COUNT(told); i++) {
        struct anam_evaluation *e;
        anam_error err;
        char expected[200];
        snprintf(expected, sizeof expected,
                 "unknown measure '%s'; %s'anamnesis eval --help measures' lists them", told[i][0],
                 told[i][1]);
        o.measures = &told[i][0];
        assert_int_equal(anam_evaluate(q, r, &o, &e, &err), ANAM_INVALID);
        assert_string_equal(err.msg, expected);
    }
    anam_run_free(r);
    anam_qrels_free(q);
}

static void measures_are_chosen_by_family_cutoff_and_printed_name(void **state)
{
    (void)state;
    const char *const chosen[] = {"ndcg_cut.5,7", "P_10", "map", "iprec_at_recall_0.50", "map"};
    const char *const names[] = {"ndcg_cut_5", "ndcg_cut_7", "P_10", "map", "iprec_at_recall_0.50"};
    struct anam_qrels *q = qrels_of("1 0 a 1\n");
    struct anam_run *r = run_of("1 Q0 a 1 5 t\n");
    struct anam_evaluate_options o = ANAM_EVALUATE_OPTIONS_INIT;
    o.measures = chosen;
    o.n_measures = 5;
    struct anam_evaluation *e = evaluate(q, r, &o);
    assert_int_equal(e->n_measures, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(e->names[i], names[i]);
    anam_evaluation_free(e);
    const char *const bad[] = {"mapp", "P.", "P.0", "P.1.5", "P.x", "map.5", "iprec_at_recall.2",
                               ""};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        anam_error err;
        o.measures = &bad[i];
        o.n_measures = 1;
        assert_int_equal(anam_evaluate(q, r, &o, &e, &err), ANAM_INVALID);
        assert_null(e);
    }
    anam_run_free(r);
    anam_qrels_free(q);
}

static void every_measure_says_what_it_is_and_where_it_is_from(void **state)
{
    (void)state;
    for (const struct anam_measure *const *m = anam_measures; *m; m++) {
        assert_true(strlen((*m)->name) > 0 && strlen((*m)->definition) > 0);
        assert_true(strlen((*m)->source) > 0);
        assert_non_null((*m)->calc);
    }
}

static void refused(bool run, const char *text, const char *reason)
{
    anam_error err;
    struct anam_qrels *q;
    struct anam_run *r;
    anam_status status = run ? anam_run_read(&r, write_text(text), &err)
                             : anam_qrels_read(&q, write_text(text), &err);
    assert_int_equal(status, ANAM_BAD_DATA);
    assert_string_equal(strstr(err.msg, "/file:") + strlen("/file:"), reason);
}

static void malformed_lines_are_named(void **state)
{
    (void)state;
    refused(false, "1 0 a 1\n1 0 b\n", "2: not the four columns qid iter docid grade");
    refused(false, "1 0 a 1 x\n", "1: not the four columns qid iter docid grade");
    refused(false, "1 0 a 1.5\n", "1: grade is not a whole number from -1000 to 1000");
    refused(false, "1 0 a 99999999999999999999\n",
            "1: grade is not a whole number from -1000 to 1000");
    refused(false, "\n1 0 a 1\n1 0 b 1\n1 0 a 0\n",
            "4: document a of query 1 stands in line 2 already");
    refused(false, "", " no lines");
    refused(false, "# 1 0 b\n \n1 0 a\n", "3: not the four columns qid iter docid grade");
    refused(true, "# nothing\n", " no lines");
    refused(true, "1 Q0 a 1 x t\n", "1: score is not a number");
    refused(true, "1 Q0 a 1 5 t\n1 Q0 b 2 -NAN t\n", "2: score is not a number");
    refused(true, "1 Q0 a 1 nan t\n", "1: score is not a number");
    refused(true, "1 Q0 a 1 1.5.2 t\n", "1: score is not a number");
    refused(true, "1 Q0 a 1 . t\n", "1: score is not a number");
    refused(true, "1 Q0 a 1 5\n", "1: not the six columns qid Q0 docid rank score tag");
    refused(true, "1 Q0 a 1 5 t\n2 Q0 a 1 5 t\n1 Q0 a 2 4 t\n",
            "3: document a of query 1 stands in line 1 already");
}

static void a_nul_byte_is_named(void **state)
{
    (void)state;
    static const char bytes[] = "1 Q0 a 1 5 t\n1 Q0 \0b 1 5 t\n";
    anam_error err;
    struct anam_run *r;
    assert_int_equal(anam_run_read(&r, write_bytes(bytes, sizeof bytes - 1), &err), ANAM_BAD_DATA);
    assert_non_null(strstr(err.msg, "/file:2: holds a NUL byte"));
    assert_null(r);
}

static void a_run_in_memory_takes_no_nan(void **state)
{
    (void)state;
    anam_error err;
    struct anam_run *r;
    ok(anam_run_new(&r, &err), &err);
    assert_int_equal(anam_run_add(r, "1", "a", NAN, &err), ANAM_INVALID);
    assert_string_equal(err.msg, "the score of document a of query 1 is no number");
    anam_run_free(r);
}

static void runs_and_qrels_without_a_common_query_are_an_error(void **state)
{
    (void)state;
    struct anam_qrels *q = qrels_of("1 0 a 1\n");
    struct anam_run *r = run_of("2 Q0 a 1 5 t\n");
    struct anam_evaluate_options o = ANAM_EVALUATE_OPTIONS_INIT;
    struct anam_evaluation *e;
    anam_error err;
    assert_int_equal(anam_evaluate(q, r, &o, &e, &err), ANAM_BAD_DATA);
    anam_run_free(r);
    anam_qrels_free(q);
}

static void random_bytes_never_crash_the_readers(void **state)
{
    (void)state;
    static const char *const pieces[] = {"1",
                                         " ",
                                         "\t",
                                         "\n",
                                         "Q0",
                                         "doc",
                                         "-",
                                         ".",
                                         "e5",
                                         "1e400",
                                         "\r",
                                         "\xFF",
                                         "1 Q0 a 1 5 t\n",
                                         "1 0 a 1\n"};
    uint64_t seed = testing_seed();
    for (int round = 0; round < 3000; round++) {
        char text[1024] = "";
        for (uint32_t i = testing_below(&seed, 40); i > 0; i--)
            strcat(text, pieces[testing_below(&seed, COUNT(pieces))]);
        size_t n = strlen(text);
        for (uint32_t i = testing_below(&seed, 8); i > 0 && n > 0 && round % 2 > 0; i--)
            text[testing_below(&seed, (uint32_t)n)] = (char)testing_below(&seed, 256);
        struct anam_run *r;
        struct anam_qrels *q;
        if (anam_run_read(&r, write_bytes(text, n), NULL) == ANAM_OK)
            anam_run_free(r);
        if (anam_qrels_read(&q, write_bytes(text, n), NULL) == ANAM_OK)
            anam_qrels_free(q);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_equal_those_of_trec_eval),
        cmocka_unit_test(figures_under_complete_equal_those_of_trec_eval),
        cmocka_unit_test(figures_at_another_level_equal_those_of_trec_eval),
        cmocka_unit_test(figures_of_judged_documents_equal_those_of_trec_eval),
        cmocka_unit_test(figures_of_near_scores_equal_those_of_trec_eval),
        cmocka_unit_test(judged_err_and_rbp_follow_their_definitions),
        cmocka_unit_test(a_perfect_run_has_the_best_of_everything),
        cmocka_unit_test(scores_that_differ_in_the_ninth_digit_are_no_tie),
        cmocka_unit_test(any_ideal_run_scores_one),
        cmocka_unit_test(neither_line_order_nor_rank_column_matters),
        cmocka_unit_test(measures_are_chosen_by_family_cutoff_and_printed_name),
        cmocka_unit_test(sets_are_those_of_trec_eval),
        cmocka_unit_test(an_unknown_measure_is_told_the_closest),
        cmocka_unit_test(every_measure_says_what_it_is_and_where_it_is_from),
        cmocka_unit_test(malformed_lines_are_named),
        cmocka_unit_test(a_nul_byte_is_named),
        cmocka_unit_test(a_run_in_memory_takes_no_nan),
        cmocka_unit_test(runs_and_qrels_without_a_common_query_are_an_error),
        cmocka_unit_test(random_bytes_never_crash_the_readers),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
