/* Tests of significance against published examples, comparisons of runs, and their picture. */
#include "tests/testing.h"

#include "eval/compare.h"
#include "eval/plot.h"

#include <dirent.h>
#include <expat.h>
#include <math.h>

static void assert_near(double actual, double expected, double tolerance)
{
    if (!(fabs(actual - expected) <= tolerance))
        fail_msg("%.17g is not %.17g", actual, expected);
}

static double uniform(struct anam_random *r)
{
    return (double)(anam_random_next(r) >> 11) / 9007199254740992.0;
}

/* Nearly normal: the sum of twelve uniforms. */
static double normal(struct anam_random *r)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += uniform(r);
    return sum;
}

/* ---- random numbers ---- */

static void random_numbers_are_those_of_the_reference(void **state)
{
    (void)state;
    /* What Blackman and Vigna's xoshiro256starstar.c gives for this state. */
    static const uint64_t expected[] = {11520, 0, 1509978240, UINT64_C(1215971899390074240)};
    struct anam_random r = {{1, 2, 3, 4}};
    for (size_t i = 0; i < COUNT(expected); i++)
        assert_true(anam_random_next(&r) == expected[i]);
    /* What Vigna's splitmix64.c gives for 1234567. */
    r = anam_random_seeded(1234567);
    assert_true(r.s[0] == UINT64_C(6457827717110365317));
    assert_true(r.s[1] == UINT64_C(3203168211198807973));
    assert_true(r.s[2] == UINT64_C(9817491932198370423));
    assert_true(r.s[3] == UINT64_C(4593380528125082431));
}

/* ---- Student's t ---- */

static void incomplete_beta_has_its_closed_forms(void **state)
{
    (void)state;
    for (double x = 0; x <= 1; x += .015625) {
        assert_near(anam_incomplete_beta(1, 7.5, x), 1 - pow(1 - x, 7.5), 1e-12);
        assert_near(anam_incomplete_beta(3.25, 1, x), pow(x, 3.25), 1e-12);
        assert_near(anam_incomplete_beta(2, 3, x), x * x * (6 - 8 * x + 3 * x * x), 1e-12);
        assert_near(anam_incomplete_beta(.5, .5, x), 2 / acos(-1) * asin(sqrt(x)), 1e-12);
        assert_near(anam_incomplete_beta(40, 900, x) + anam_incomplete_beta(900, 40, 1 - x), 1,
                    1e-10);
    }
    assert_near(anam_incomplete_beta(5000, 5000, .5), .5, 1e-10);
}

static void t_distribution_has_its_closed_forms(void **state)
{
    (void)state;
    for (double t = -40; t <= 40; t += .375) {
        double t2 = t * t;
        assert_near(anam_t_two_sided(t, 1), 1 - 2 / acos(-1) * atan(fabs(t)), 1e-12);
        assert_near(anam_t_two_sided(t, 2), 1 - fabs(t) / sqrt(2 + t2), 1e-12);
        double s = fabs(t) / sqrt(4 + t2);
        assert_near(anam_t_two_sided(t, 4), 1 - s * (1.5 - .5 * s * s), 1e-12);
    }
    assert_true(anam_t_two_sided(0, 9) == 1);
    assert_true(anam_t_two_sided(INFINITY, 9) == 0);
    assert_true(anam_t_two_sided(-1e200, 9) == 0);
}

/* Fisher and Yates, Statistical Tables, table III. */
static void t_distribution_agrees_with_printed_tables(void **state)
{
    (void)state;
    static const struct {
        double df, p05, p01, p001;
    } rows[] = {
        {1, 12.706, 63.657, 636.619}, {2, 4.303, 9.925, 31.598},  {5, 2.571, 4.032, 6.869},
        {10, 2.228, 3.169, 4.587},    {30, 2.042, 2.750, 3.646},  {60, 2.000, 2.660, 3.460},
        {120, 1.980, 2.617, 3.373},   {1e7, 1.960, 2.576, 3.291},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_near(anam_t_two_sided(rows[i].p05, rows[i].df), .05, 5e-5);
        assert_near(anam_t_two_sided(rows[i].p01, rows[i].df), .01, 2e-5);
        assert_near(anam_t_two_sided(rows[i].p001, rows[i].df), .001, 3e-6);
    }
}

/* Additional hours of sleep by two drugs: Student, "The probable error of a mean",
 * Biometrika 6, 1908; p as given with R's data set "sleep". */
static void t_test_gives_students_sleep(void **state)
{
    (void)state;
    static const double one[] = {.7, -1.6, -.2, -1.2, -.1, 3.4, 3.7, .8, 0, 2};
    static const double two[] = {1.9, .8, 1.1, .1, -.1, 4.4, 5.5, 1.6, 4.6, 3.4};
    double d[COUNT(one)];
    for (size_t i = 0; i < COUNT(one); i++)
        d[i] = one[i] - two[i];
    struct anam_t_test test = anam_t_test_paired(d, COUNT(d));
    assert_near(test.mean, -1.58, 1e-12);
    assert_near(test.t, -4.0621, 5e-5);
    assert_true(test.df == 9);
    assert_near(test.p, .002833, 5e-7);
}

static void t_test_of_what_does_not_vary_is_a_number(void **state)
{
    (void)state;
    static const double zero[5] = {0};
    static const double same[] = {.1, .1, .1, .1, .1, .1, .1};
    struct anam_t_test test = anam_t_test_paired(zero, COUNT(zero));
    assert_true(test.t == 0 && test.p == 1);
    test = anam_t_test_paired(same, COUNT(same));
    assert_true(isinf(test.t) && test.t > 0 && test.p == 0);
    test = anam_t_test_paired(same, 1);
    assert_true(test.t == 0 && test.df == 0 && test.p == 1);
    assert_true(anam_t_test_paired(same, 0).p == 1);
}

/* ---- randomisation ---- */

static struct anam_randomisation randomise(const double *d, size_t n, uint64_t trials)
{
    struct anam_randomisation r;
    assert_true(anam_randomise(d, n, trials, 42, &r));
    return r;
}

/* Heights of cross- and self-fertilised maize, Darwin's data: Fisher, The Design of
 * Experiments, 1935, section 21. Of the 32,768 ways to sign the differences, 1,726 give a
 * sum of at least 314; 56 of these give just 314. t is 2.148, p 4.970 per cent. */
static const double darwin[] = {49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48};

static void randomisation_gives_fishers_maize(void **state)
{
    (void)state;
    struct anam_randomisation r = randomise(darwin, COUNT(darwin), 100000);
    assert_true(r.exact);
    assert_int_equal(r.trials, 32768);
    assert_near(r.p, 1726. / 32768, 1e-15);
    struct anam_t_test test = anam_t_test_paired(darwin, COUNT(darwin));
    assert_near(test.t, 2.148, 5e-4);
    assert_near(test.p, .04970, 5e-6);
}

static void ties_count_in_spite_of_rounding(void **state)
{
    (void)state;
    double d[COUNT(darwin)];
    for (size_t i = 0; i < COUNT(darwin); i++)
        d[i] = darwin[i] / 700; /* no binary fractions: equal sums differ in their last bits */
    assert_near(randomise(d, COUNT(d), 100000).p, 1726. / 32768, 1e-15);
}

static void sampling_comes_near_the_exact_result(void **state)
{
    (void)state;
    struct anam_randomisation r = randomise(darwin, COUNT(darwin), 30000);
    assert_false(r.exact);
    assert_int_equal(r.trials, 30000);
    assert_near(r.p, 1726. / 32768, .005);
}

static void randomisation_of_few_is_what_the_hand_counts(void **state)
{
    (void)state;
    static const double three[] = {1, 2, 4};  /* only +++ and --- are as large: 2 of 8 */
    static const double mixed[] = {1, -1, 3}; /* |sum| is 3, 3, 1, 5 and again: 6 of 8 */
    static const double zeros[] = {0, 1, 0, 2, 4, 0};
    assert_true(randomise(three, 3, 100).p == .25);
    assert_true(randomise(mixed, 3, 100).p == .75);
    assert_true(randomise(zeros, 6, 100).p == .25); /* where nothing differs, nothing flips */
    assert_int_equal(randomise(zeros, 6, 100).trials, 8);
    assert_true(randomise(zeros, 1, 100).p == 1);
    assert_true(randomise(zeros, 0, 100).p == 1);
}

static void sampled_p_is_never_nothing(void **state)
{
    (void)state;
    double d[100];
    for (size_t i = 0; i < COUNT(d); i++)
        d[i] = 1;
    assert_near(randomise(d, COUNT(d), 999).p, .001, 1e-15);
}

/* ---- Holm ---- */

static void holm_gives_the_worked_example(void **state)
{
    (void)state;
    /* https://en.wikipedia.org/wiki/Holm-Bonferroni_method: at .05 the first and the last
     * are rejected, the other two are not. */
    static const double p[] = {.01, .04, .03, .005};
    static const double expected[] = {.03, .06, .06, .02};
    double adjusted[COUNT(p)];
    assert_true(anam_holm(p, adjusted, COUNT(p)));
    for (size_t i = 0; i < COUNT(p); i++)
        assert_near(adjusted[i], expected[i], 1e-15);
}

/* Benjamini and Hochberg, "Controlling the false discovery rate", JRSS B 57, 1995, section
 * 4.1: Bonferroni's and Hochberg's procedures both reject the first three at .05, and
 * Holm's lies between them. */
static void holm_rejects_what_the_literature_rejects(void **state)
{
    (void)state;
    static const double p[] = {.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344,
                               .0459, .3240, .4262, .5719, .6528, .7590, 1};
    double adjusted[COUNT(p)];
    assert_true(anam_holm(p, adjusted, COUNT(p)));
    for (size_t i = 0; i < COUNT(p); i++) {
        assert_int_equal(adjusted[i] <= .05, i < 3);
        assert_true(adjusted[i] >= p[i] && adjusted[i] <= 1);
    }
    assert_near(adjusted[0], .0015, 1e-15);
    assert_near(adjusted[3], .114, 1e-15);
    assert_true(anam_holm(p, adjusted, 0));
}

/* ---- by simulation ---- */

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Kolmogorov's distance of a sample from the uniform distribution. */
static double distance_from_uniform(double *p, size_t n)
{
    double most = 0;
    qsort(p, n, sizeof *p, compare_doubles);
    for (size_t i = 0; i < n; i++) {
        most = fmax(most, fabs(p[i] - (double)i / (double)n));
        most = fmax(most, fabs(p[i] - (double)(i + 1) / (double)n));
    }
    return most;
}

static void p_values_are_uniform_where_nothing_differs(void **state)
{
    (void)state;
    enum { SETS = 1000, QUERIES = 30 };
    static double t[SETS];
    static double r[SETS];
    struct anam_random random = anam_random_seeded(1908);
    for (size_t i = 0; i < SETS; i++) {
        double d[QUERIES];
        for (size_t q = 0; q < QUERIES; q++)
            d[q] = normal(&random);
        t[i] = anam_t_test_paired(d, QUERIES).p;
        r[i] = randomise(d, QUERIES, 2000).p;
    }
    /* Exceeded by chance once in a thousand times; the seed is fixed. */
    assert_true(distance_from_uniform(t, SETS) < 1.95 / sqrt(SETS));
    assert_true(distance_from_uniform(r, SETS) < 1.95 / sqrt(SETS));
}

static void interval_covers_the_true_mean_as_often_as_it_says(void **state)
{
    (void)state;
    enum { SETS = 400, QUERIES = 60 };
    size_t covered = 0;
    struct anam_random random = anam_random_seeded(1979);
    for (size_t i = 0; i < SETS; i++) {
        double d[QUERIES];
        struct anam_interval interval;
        for (size_t q = 0; q < QUERIES; q++)
            d[q] = .25 + normal(&random);
        assert_true(anam_bootstrap(d, QUERIES, 1000, .95, i, &interval));
        covered += interval.low <= .25 && .25 <= interval.high;
    }
    assert_in_range(covered, SETS * 91 / 100, SETS * 98 / 100);
}

static void interval_of_one_query_is_its_difference(void **state)
{
    (void)state;
    struct anam_interval interval;
    assert_true(anam_bootstrap(darwin, 1, 100, .95, 42, &interval));
    assert_true(interval.low == 49 && interval.high == 49);
}

static void a_seed_gives_the_same_on_every_machine(void **state)
{
    (void)state;
    struct anam_randomisation r = randomise(darwin, COUNT(darwin), 20000);
    struct anam_interval interval;
    assert_true(anam_bootstrap(darwin, COUNT(darwin), 10000, .95, 42, &interval));
    assert_near(r.p * 20001, 1028, 1e-9);
    assert_near(interval.low * 15, 10, 1e-9);
    assert_near(interval.high * 15, 573, 1e-9);
    assert_true(anam_randomise(darwin, COUNT(darwin), 20000, 43, &r));
    assert_true(fabs(r.p * 20001 - 1028) > .5);
}

/* ---- two evaluations ---- */

enum { COLUMNS = 4, MOST = 4 };

/* An evaluation by hand: columns map, num_ret, P_10, gm_map. */
struct made {
    char qids[MOST][8];
    char *qid_list[MOST];
    double values[MOST * COLUMNS];
    struct anam_evaluation e;
};

static char map_name[] = "map", num_ret_name[] = "num_ret", p_name[] = "P_10", gm_name[] = "gm_map";
static char *column_names[] = {map_name, num_ret_name, p_name, gm_name};
static bool column_counts[] = {false, true, false, false};
static bool column_only_all[] = {false, false, false, true};

static void make(struct made *m, size_t n, const char *const *qids, const double *map)
{
    memset(m, 0, sizeof *m);
    for (size_t i = 0; i < n; i++) {
        snprintf(m->qids[i], sizeof m->qids[i], "%s", qids[i]);
        m->qid_list[i] = m->qids[i];
        m->values[i * COLUMNS] = map[i];
        m->values[i * COLUMNS + 1] = 10;
        m->values[i * COLUMNS + 2] = .5;
        m->values[i * COLUMNS + 3] = log(.125);
    }
    m->e = (struct anam_evaluation){.n_measures = COLUMNS,
                                    .names = column_names,
                                    .is_count = column_counts,
                                    .only_all = column_only_all,
                                    .n_queries = n,
                                    .qids = m->qid_list,
                                    .values = m->values};
}

static struct anam_comparison *compare(const struct made *a, const struct made *b, bool complete)
{
    struct anam_compare_options options = ANAM_COMPARE_OPTIONS_INIT;
    struct anam_comparison *c;
    options.complete = complete;
    options.trials = 1000;
    options.resamples = 200;
    assert_int_equal(anam_compare(&a->e, &b->e, &options, &c, NULL), ANAM_OK);
    return c;
}

static const char *const q124[] = {"q1", "q2", "q4"};
static const char *const q234[] = {"q2", "q3", "q4"};

static void runs_are_compared_over_the_queries_of_both(void **state)
{
    (void)state;
    struct made a, b;
    make(&a, 3, q124, (const double[]){1, .2, .4});
    make(&b, 3, q234, (const double[]){.3, 1, .1});
    struct anam_comparison *c = compare(&a, &b, false);
    assert_int_equal(c->n_queries, 2);
    assert_string_equal(c->pairs[0].qid, "q2");
    assert_string_equal(c->pairs[1].qid, "q4");
    assert_int_equal(c->only_a, 1);
    assert_int_equal(c->only_b, 1);
    const struct anam_compared *m = anam_comparison_first(c);
    assert_string_equal(m->name, "map");
    assert_near(m->value_a, .3, 1e-15);
    assert_near(m->value_b, .2, 1e-15);
    assert_near(m->difference, -.1, 1e-15);
    assert_int_equal(m->wins, 1);
    assert_int_equal(m->ties, 0);
    assert_int_equal(m->losses, 1);
    anam_comparison_free(c);
}

static void a_missing_query_is_nothing_where_all_count(void **state)
{
    (void)state;
    struct made a, b;
    make(&a, 3, q124, (const double[]){1, .2, .4});
    make(&b, 3, q234, (const double[]){.3, 1, .1});
    struct anam_comparison *c = compare(&a, &b, true);
    assert_int_equal(c->n_queries, 4);
    assert_int_equal(c->pairs[0].b, ANAM_NO_ROW);
    assert_int_equal(c->pairs[2].a, ANAM_NO_ROW);
    const double *d = anam_comparison_differences(c, anam_comparison_first(c));
    assert_near(d[0], -1, 1e-15);
    assert_near(d[2], 1, 1e-15);
    const struct anam_pair **sorted = anam_comparison_sorted(c, anam_comparison_first(c));
    assert_non_null(sorted);
    assert_string_equal(sorted[0]->qid, "q3");
    assert_string_equal(sorted[1]->qid, "q2");
    assert_string_equal(sorted[3]->qid, "q1");
    free(sorted);
    anam_comparison_free(c);
}

static void counts_and_geometric_means_are_not_tested(void **state)
{
    (void)state;
    struct made a, b;
    make(&a, 3, q124, (const double[]){1, .2, .4});
    make(&b, 3, q124, (const double[]){.3, 1, .1});
    struct anam_comparison *c = compare(&a, &b, false);
    assert_int_equal(c->n_measures, 4);
    assert_false(c->measures[1].tested);
    assert_false(c->measures[3].tested);
    assert_true(c->measures[1].value_a == 30);
    assert_near(c->measures[3].value_b, .125, 1e-15);
    /* Holm is over the two others; P_10 is the same in every query. */
    assert_true(c->measures[2].p_holm == 1);
    assert_int_equal(c->measures[2].ties, 3);
    assert_near(c->measures[0].p_holm, fmin(1, 2 * c->measures[0].randomisation.p), 1e-15);
    anam_comparison_free(c);
}

static void rounding_is_a_tie(void **state)
{
    (void)state;
    struct made a, b;
    make(&a, 3, q124, (const double[]){.3, .2, .4});
    make(&b, 3, q124, (const double[]){.1 + .2, .2, .4});
    struct anam_comparison *c = compare(&a, &b, false);
    assert_int_equal(c->measures[0].ties, 3);
    assert_true(c->measures[0].difference == 0);
    anam_comparison_free(c);
}

static void one_query_shows_nothing(void **state)
{
    (void)state;
    struct made a, b;
    make(&a, 1, q124, (const double[]){.3});
    make(&b, 1, q124, (const double[]){.8});
    struct anam_comparison *c = compare(&a, &b, false);
    assert_true(c->measures[0].t_test.p == 1);
    assert_true(c->measures[0].randomisation.p == 1);
    assert_near(c->measures[0].interval.low, .5, 1e-15);
    anam_comparison_free(c);
}

static void no_common_query_is_an_error(void **state)
{
    (void)state;
    struct made a, b;
    struct anam_compare_options options = ANAM_COMPARE_OPTIONS_INIT;
    struct anam_comparison *c;
    anam_error err;
    make(&a, 1, q124, (const double[]){.3});
    make(&b, 3, q234, (const double[]){.3, 1, .1});
    assert_int_equal(anam_compare(&a.e, &b.e, &options, &c, &err), ANAM_BAD_DATA);
    assert_null(c);
    assert_string_equal(err.msg, "no query is in both runs and in the qrels");
}

static void common_means_are_over_the_queries_of_all(void **state)
{
    (void)state;
    struct made a, b, c;
    make(&a, 3, q124, (const double[]){1, .2, .4});
    make(&b, 3, q234, (const double[]){.3, 1, .1});
    make(&c, 3, q124, (const double[]){.7, .8, .6});
    struct anam_evaluation *all[] = {&a.e, &b.e, &c.e};
    size_t n;
    double *means = anam_common_means(all, 3, &n);
    assert_non_null(means);
    assert_int_equal(n, 2);
    assert_near(means[0], .3, 1e-15);
    assert_near(means[COLUMNS], .2, 1e-15);
    assert_near(means[2 * COLUMNS], .7, 1e-15);
    free(means);
}

/* ---- the picture ---- */

static void parse_xml(const struct anam_buffer *svg)
{
    XML_Parser parser = XML_ParserCreate(NULL);
    assert_non_null(parser);
    if (XML_Parse(parser, svg->data, (int)svg->len, 1) != XML_STATUS_OK)
        fail_msg("line %lu: %s", XML_GetCurrentLineNumber(parser),
                 XML_ErrorString(XML_GetErrorCode(parser)));
    XML_ParserFree(parser);
}

static struct anam_plot hostile_plot(struct anam_plot_curve *curves, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        curves[i].label = "<script>&\"'\x01\xFF\xC3 \xEF\xBF\xBE ]]> --> \xC3\xA9";
        for (size_t r = 0; r < ANAM_RECALL_POINTS; r++)
            curves[i].precision[r] = 1 - .1 * (double)r;
    }
    return (struct anam_plot){.curves = curves,
                              .n_curves = n,
                              .curve_queries = 1,
                              .measure = "<map>",
                              .label_a = curves[0].label,
                              .label_b = "a label that goes on and on, and is cut because nothing "
                                         "so long could stand there"};
}

static void picture_is_well_formed_whatever_it_shows(void **state)
{
    (void)state;
    static double d[3000];
    static const size_t sizes[] = {0, 1, 2, 15, 141, 142, 3000};
    static const double scales[] = {0, 1e-12, .004, 1};
    for (size_t i = 0; i < COUNT(sizes) * COUNT(scales) * 3; i++) {
        struct anam_plot_curve curves[8];
        struct anam_buffer svg = {0};
        struct anam_plot plot = hostile_plot(curves, i % 3 == 0 ? 1 : i % 3 == 1 ? 2 : 8);
        double scale = scales[i / 3 % COUNT(scales)];
        plot.n_differences = sizes[i / 3 / COUNT(scales)];
        plot.differences = d;
        for (size_t q = 0; q < plot.n_differences; q++)
            d[q] = scale * sin((double)q);
        plot.interval = (struct anam_interval){-scale / 2, scale / 2};
        assert_int_equal(anam_plot_svg(&plot, &svg, NULL), ANAM_OK);
        parse_xml(&svg);
        assert_true(anam_buffer_terminate(&svg));
        assert_null(strstr(svg.data, "<script"));
        assert_null(strstr(svg.data, "href"));
        assert_null(strstr(svg.data, "nan"));
        assert_null(strstr(svg.data, "inf"));
        anam_buffer_free(&svg);
    }
}

static size_t count_files(const char *dir)
{
    size_t n = 0;
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (struct dirent *e = readdir(d); e; e = readdir(d))
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

static void picture_takes_the_place_of_an_old_one_as_a_whole(void **state)
{
    (void)state;
    char dir[256];
    char path[300];
    struct anam_plot_curve curves[1];
    struct anam_plot plot = hostile_plot(curves, 1);
    anam_error err;
    testing_make_dir(dir);
    snprintf(path, sizeof path, "%s/p.svg", dir);
    assert_int_equal(anam_plot_write(&plot, path, &err), ANAM_OK);
    assert_int_equal(anam_plot_write(&plot, path, &err), ANAM_OK);
    assert_int_equal(count_files(dir), 1);
    snprintf(path, sizeof path, "%s/none/p.svg", dir);
    assert_int_equal(anam_plot_write(&plot, path, &err), ANAM_IO);
    assert_non_null(strstr(err.msg, path));
    assert_int_equal(anam_plot_write(&plot, dir, &err), ANAM_IO);
    assert_int_equal(anam_plot_write(&plot, "/dev/null", &err), ANAM_OK);
    assert_int_equal(anam_plot_write(&plot, "/dev/full", &err), ANAM_IO);
    testing_remove_dir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_numbers_are_those_of_the_reference),
        cmocka_unit_test(incomplete_beta_has_its_closed_forms),
        cmocka_unit_test(t_distribution_has_its_closed_forms),
        cmocka_unit_test(t_distribution_agrees_with_printed_tables),
        cmocka_unit_test(t_test_gives_students_sleep),
        cmocka_unit_test(t_test_of_what_does_not_vary_is_a_number),
        cmocka_unit_test(randomisation_gives_fishers_maize),
        cmocka_unit_test(ties_count_in_spite_of_rounding),
        cmocka_unit_test(sampling_comes_near_the_exact_result),
        cmocka_unit_test(randomisation_of_few_is_what_the_hand_counts),
        cmocka_unit_test(sampled_p_is_never_nothing),
        cmocka_unit_test(holm_gives_the_worked_example),
        cmocka_unit_test(holm_rejects_what_the_literature_rejects),
        cmocka_unit_test(p_values_are_uniform_where_nothing_differs),
        cmocka_unit_test(interval_covers_the_true_mean_as_often_as_it_says),
        cmocka_unit_test(interval_of_one_query_is_its_difference),
        cmocka_unit_test(a_seed_gives_the_same_on_every_machine),
        cmocka_unit_test(runs_are_compared_over_the_queries_of_both),
        cmocka_unit_test(a_missing_query_is_nothing_where_all_count),
        cmocka_unit_test(counts_and_geometric_means_are_not_tested),
        cmocka_unit_test(rounding_is_a_tie),
        cmocka_unit_test(one_query_shows_nothing),
        cmocka_unit_test(no_common_query_is_an_error),
        cmocka_unit_test(common_means_are_over_the_queries_of_all),
        cmocka_unit_test(picture_is_well_formed_whatever_it_shows),
        cmocka_unit_test(picture_takes_the_place_of_an_old_one_as_a_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
