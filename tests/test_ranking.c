/* Ranking against brute force, ties, queries, options, settings, threads: the contract of
 * every engine. */
#include "small.h"

#include <math.h>
#include <pthread.h>
#include <stdbool.h>

/* ---- a random collection over the words w0, w1, ... ---- */

enum { MAX_DOCS = 1500, WORDS = 60, MAX_LEN = 40, MAX_QUERY = 12 };

static uint32_t n_docs;
static uint32_t tf[MAX_DOCS][ANAM_N_FIELDS][WORDS];
static uint32_t len[MAX_DOCS][ANAM_N_FIELDS];
static char ids[MAX_DOCS][16];

static uint32_t random_word(uint64_t *seed)
{
    uint32_t a = testing_below(seed, WORDS);
    uint32_t b = testing_below(seed, WORDS);
    return a < b ? a : b; /* low numbers are frequent */
}

static void random_text(uint64_t *seed, uint32_t doc, int field, uint32_t most, char *text)
{
    text[0] = '\0';
    uint32_t n = testing_below(seed, most + 1);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t word = random_word(seed);
        tf[doc][field][word]++;
        len[doc][field]++;
        sprintf(text + strlen(text), "w%u ", word);
    }
}

static void build_random(uint64_t *seed)
{
    anam_error err;
    anam_writer *w;
    anam_writer_options o = small_options();
    n_docs = 1 + testing_below(seed, MAX_DOCS);
    memset(tf, 0, sizeof tf);
    memset(len, 0, sizeof len);
    ok(anam_writer_open(&w, path, &o, &err), &err);
    for (uint32_t d = 0; d < n_docs; d++) {
        char title[8 * MAX_LEN];
        char answer[8 * MAX_LEN];
        random_text(seed, d, 0, 8, title);
        random_text(seed, d, 1, MAX_LEN, answer);
        snprintf(ids[d], sizeof ids[d], "d%u", d * 7919 % 100003);
        anam_answer a = {answer, NULL, NULL, NULL, NULL};
        anam_record r = ANAM_RECORD_INIT;
        r.id = ids[d];
        r.title = title;
        r.answers = &a;
        r.n_answers = 1;
        ok(anam_writer_add(w, &r, &err), &err);
    }
    ok(anam_writer_commit(w, NULL, &err), &err);
    anam_writer_free(w);
}

struct scored {
    const char *id;
    double score;
};

static int by_score(const void *a, const void *b)
{
    const struct scored *x = a;
    const struct scored *y = b;
    float fx = (float)x->score;
    float fy = (float)y->score;
    if (fx != fy)
        return fx > fy ? -1 : 1;
    return strcmp(y->id, x->id);
}

/* The formula of anamnesis.h, read off the page. */
static size_t brute_force(const uint32_t *query, size_t n_query, const anam_settings *o,
                          struct scored *out)
{
    double df[ANAM_N_FIELDS][WORDS] = {{0}};
    double average[ANAM_N_FIELDS] = {0};
    size_t n = 0;
    for (uint32_t d = 0; d < n_docs; d++) {
        for (int f = 0; f < ANAM_N_FIELDS; f++) {
            average[f] += (double)len[d][f] / n_docs;
            for (int w = 0; w < WORDS; w++)
                df[f][w] += tf[d][f][w] > 0;
        }
    }
    for (uint32_t d = 0; d < n_docs; d++) {
        double score = 0;
        for (int f = 0; f < ANAM_N_FIELDS; f++) {
            for (size_t q = 0; q < n_query; q++) {
                uint32_t w = query[q];
                double t = tf[d][f][w];
                if (t == 0)
                    continue;
                double idf = log(1 + (n_docs - df[f][w] + 0.5) / (df[f][w] + 0.5));
                score += o->weight[f] * idf * t * (o->k1 + 1) /
                         (t + o->k1 * (1 - o->b + o->b * len[d][f] / average[f]));
            }
        }
        if (score > 0)
            out[n++] = (struct scored){ids[d], score};
    }
    if (n)
        qsort(out, n, sizeof *out, by_score);
    return n;
}

static bool near(double a, double b)
{
    return fabs(a - b) <= engine->tolerance * b;
}

static void compare_with_brute_force(anam_searcher *s, uint64_t *seed)
{
    static struct scored expected[MAX_DOCS];
    uint32_t query[MAX_QUERY];
    char text[8 * MAX_QUERY] = "";
    size_t n_query = 1 + testing_below(seed, MAX_QUERY);
    for (size_t i = 0; i < n_query; i++) {
        query[i] = random_word(seed);
        sprintf(text + strlen(text), "w%u ", query[i]);
    }
    anam_search_options o = ANAM_SEARCH_OPTIONS_INIT;
    const size_t ks[] = {1, 10, 100, MAX_DOCS};
    o.k = ks[testing_below(seed, 4)];
    o.flags = ANAM_WITH_PARTS;
    anam_settings settings = ANAM_SETTINGS_INIT;
    if (testing_below(seed, 2)) {
        settings.k1 = testing_below(seed, 30) / 10.0;
        settings.b = testing_below(seed, 11) / 10.0;
        settings.weight[0] = testing_below(seed, 10) / 7.0;
        settings.weight[1] = testing_below(seed, 10) / 7.0;
        o.settings = &settings;
    }
    size_t n = brute_force(query, n_query, &settings, expected);
    anam_results *r;
    anam_error err;
    ok(anam_search(s, text, strlen(text), &o, &r, &err), &err);
    assert_int_equal(anam_results_count(r), n < o.k ? n : o.k);
    bool seen[MAX_DOCS] = {false};
    for (size_t i = 0; i < anam_results_count(r); i++) {
        const anam_hit *h = anam_results_hit(r, i);
        assert_int_equal(h->rank, i + 1);
        assert_true(near(h->score, expected[i].score));
        /* Sums in another order may differ in the last bit, and then swap neighbours. */
        size_t own = 0;
        while (own < n && strcmp(h->id, expected[own].id) != 0)
            own++;
        assert_true(own < n && !seen[own]);
        assert_true(own == i || near(h->score, expected[own].score));
        seen[own] = true;
        double sum = 0;
        for (size_t p = 0; p < h->n_parts; p++)
            sum += h->parts[p].score;
        assert_true(fabs(sum - h->score) <= engine->tolerance * (sum > 1 ? sum : 1));
    }
    anam_results_free(r);
}

static void search_equals_brute_force_on_random_collections(void **state)
{
    (void)state;
    uint64_t seed = testing_seed();
    for (int round = 0; round < 25; round++) {
        anam_index *x;
        anam_searcher *s;
        anam_error err;
        build_random(&seed);
        ok(anam_index_open(&x, path, NULL, &err), &err);
        ok(anam_index_check(x, NULL, NULL, &err), &err);
        assert_int_equal(anam_index_get_info(x)->documents, n_docs);
        ok(anam_searcher_new(&s, x, &err), &err);
        for (int q = 0; q < 40; q++)
            compare_with_brute_force(s, &seed);
        anam_searcher_free(s);
        anam_index_close(x);
    }
}

/* ---- small collections ---- */

static void equal_scores_come_by_id_descending(void **state)
{
    (void)state;
    const char *order[] = {"b", "a2", "a10", "a", "\xC3\xA9", "B"};
    anam_record records[6];
    for (size_t i = 0; i < 6; i++)
        records[i] = titled(order[i], "rash");
    open_small(records, 6);
    const char *expected[] = {"\xC3\xA9", "b", "a2", "a10", "a", "B"};
    for (size_t k = 1; k <= 7; k++) {
        anam_search_options o = ANAM_SEARCH_OPTIONS_INIT;
        o.k = k;
        anam_results *r = search("rash", &o);
        assert_int_equal(anam_results_count(r), k < 6 ? k : 6);
        for (size_t i = 0; i < anam_results_count(r); i++)
            assert_string_equal(anam_results_hit(r, i)->id, expected[i]);
        assert_null(anam_results_hit(r, anam_results_count(r)));
        anam_results_free(r);
    }
    close_small();
}

static void a_word_said_twice_counts_twice(void **state)
{
    (void)state;
    anam_record records[] = {titled("1", "rash"), titled("2", "fever")};
    open_small(records, 2);
    anam_results *once = search("rash", NULL);
    anam_results *twice = search("rash RASH", NULL);
    assert_true(anam_results_hit(twice, 0)->score == 2 * anam_results_hit(once, 0)->score);
    anam_results_free(once);
    anam_results_free(twice);
    close_small();
}

static void results_outlive_the_next_search(void **state)
{
    (void)state;
    anam_record records[] = {titled("1", "rash itch"), titled("2", "fever")};
    anam_search_options o = ANAM_SEARCH_OPTIONS_INIT;
    o.flags = ANAM_WITH_PARTS;
    open_small(records, 2);
    anam_results *kept = search("itch rash", &o);
    anam_results_free(search("fever fever cough", &o));
    anam_searcher_free(searcher);
    searcher = NULL;
    assert_int_equal(anam_results_count(kept), 1);
    const anam_hit *hit = anam_results_hit(kept, 0);
    assert_string_equal(hit->id, "1");
    assert_int_equal(hit->n_parts, 2);
    assert_string_equal(hit->parts[0].term, "itch");
    assert_string_equal(hit->parts[1].term, "rash");
    anam_results_free(kept);
    close_small();
}

static void any_text_is_a_query_and_nothing_known_gives_no_hits(void **state)
{
    (void)state;
    anam_record records[] = {titled("1", "rash")};
    open_small(records, 1);
    const char *queries[] = {"",         "   ",    "?!\"'()[]{}*~^:\\", "AND OR NOT",
                             "\xFF\xFE", "-rash2", "\xF0\x9F\x98\xAD",  "\x01\x02\x1B[31m"};
    for (size_t i = 0; i < COUNT(queries); i++) {
        anam_results *r = search(queries[i], NULL);
        assert_int_equal(anam_results_count(r), 0);
        anam_results_free(r);
    }
    anam_results *r;
    anam_error err;
    ok(anam_search(searcher, "a\0rash", 6, NULL, &r, &err), &err);
    assert_int_equal(anam_results_count(r), 1);
    anam_results_free(r);
    close_small();
}

static void ten_megabytes_of_query_are_answered(void **state)
{
    (void)state;
    anam_record records[] = {titled("1", "rash"), titled("2", "word7")};
    open_small(records, 2);
    size_t n = (size_t)10 << 20;
    char *query = malloc(n + 32);
    size_t at = 0;
    for (unsigned i = 0; at < n; i++)
        at += (size_t)sprintf(query + at, "word%u ", i);
    anam_results *r;
    anam_error err;
    ok(anam_search(searcher, query, at, NULL, &r, &err), &err);
    assert_int_equal(anam_results_count(r), 1);
    anam_results_free(r);
    assert_int_equal(anam_search(searcher, query, ANAM_MAX_QUERY + 1, NULL, &r, &err), ANAM_QUERY);
    assert_null(r);
    free(query);
    close_small();
}

static void refused(const anam_search_options *o)
{
    anam_results *r;
    anam_error err;
    assert_int_equal(anam_search(searcher, "rash", 4, o, &r, &err), ANAM_INVALID);
    assert_null(r);
    assert_int_equal(anam_search(searcher, "rash", 4, o, &r, NULL), ANAM_INVALID);
}

static void options_out_of_range_are_refused(void **state)
{
    (void)state;
    anam_record records[] = {titled("1", "rash")};
    open_small(records, 1);
    anam_search_options bad[4];
    for (size_t i = 0; i < 4; i++)
        bad[i] = (anam_search_options)ANAM_SEARCH_OPTIONS_INIT;
    bad[0].k = 0;
    bad[1].k = (size_t)ANAM_MAX_HITS + 1;
    bad[2].passage_bytes = 39;
    bad[3].size = 0;
    for (size_t i = 0; i < 4; i++)
        refused(&bad[i]);
    anam_settings wrong[6];
    for (size_t i = 0; i < COUNT(wrong); i++)
        wrong[i] = (anam_settings)ANAM_SETTINGS_INIT;
    wrong[0].k1 = -0.1;
    wrong[1].k1 = NAN;
    wrong[2].b = 1.01;
    wrong[3].weight[1] = INFINITY;
    wrong[4].weight[0] = -1;
    wrong[5].size = 0;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        anam_search_options o = ANAM_SEARCH_OPTIONS_INIT;
        anam_error err;
        o.settings = &wrong[i];
        refused(&o);
        assert_int_equal(anam_settings_store(path, &wrong[i], &err), ANAM_INVALID);
    }
    anam_search_options old = ANAM_SEARCH_OPTIONS_INIT; /* of a program built long ago */
    old.size = offsetof(anam_search_options, flags);
    old.k = 1;
    anam_results *r = search("rash", &old);
    assert_int_equal(anam_results_count(r), 1);
    assert_non_null(anam_results_hit(r, 0)->record);
    anam_results_free(r);
    close_small();
}

static void a_field_of_weight_zero_is_not_searched(void **state)
{
    (void)state;
    anam_answer a = {"rash", NULL, NULL, NULL, NULL};
    anam_record records[] = {titled("1", "rash"), titled("2", "fever")};
    records[1].answers = &a;
    records[1].n_answers = 1;
    open_small(records, 2);
    anam_search_options o = ANAM_SEARCH_OPTIONS_INIT;
    anam_settings settings = ANAM_SETTINGS_INIT;
    settings.weight[ANAM_FIELD_ANSWER] = 0;
    o.settings = &settings;
    anam_results *r = search("rash", &o);
    assert_int_equal(anam_results_count(r), 1);
    assert_string_equal(anam_results_hit(r, 0)->id, "1");
    anam_results_free(r);
    close_small();
}

/* However little a field weighs, rare words in it weigh more than frequent ones. */
static void fields_may_differ_in_weight_by_any_factor(void **state)
{
    (void)state;
    anam_answer answers[] = {{.text = "rash"}, {.text = "fever"}, {.text = "fever cough"}};
    anam_record records[] = {titled("1", "rash fever"), titled("2", "cough"), titled("3", "cough"),
                             titled("4", "cough")};
    for (size_t i = 0; i < COUNT(answers); i++) {
        records[i + 1].answers = &answers[i];
        records[i + 1].n_answers = 1;
    }
    open_small(records, COUNT(records));
    static const char *const best[] = {"1", "2", "3", "4"};
    for (size_t light = 0; light < 3; light++) {
        anam_search_options o = ANAM_SEARCH_OPTIONS_INIT;
        anam_settings settings = ANAM_SETTINGS_INIT;
        settings.weight[ANAM_FIELD_QUESTION] = 1000;
        settings.weight[ANAM_FIELD_ANSWER] = (double[]){1, 1e-6, 1e-20}[light];
        o.settings = &settings;
        anam_results *r = search("rash fever", &o);
        assert_int_equal(anam_results_count(r), COUNT(best));
        for (size_t i = 0; i < COUNT(best); i++)
            assert_string_equal(anam_results_hit(r, i)->id, best[i]);
        double of_3 = (double)anam_results_hit(r, 2)->score;
        double of_2 = (double)anam_results_hit(r, 1)->score;
        double idf_rash = log(1 + 3.5 / 1.5);
        double idf_fever = log(1 + 2.5 / 2.5);
        assert_true(fabs(of_2 / of_3 * idf_fever / idf_rash - 1) < 1e-4);
        anam_results_free(r);
    }
    close_small();
}

static void stored_settings_are_used_and_outlive_indexing_again(void **state)
{
    (void)state;
    anam_error err;
    anam_record records[] = {titled("1", "rash rash"), titled("2", "rash and some more words")};
    anam_settings settings = ANAM_SETTINGS_INIT;
    settings.k1 = 0.123456789;
    settings.b = 0;
    char nowhere[64];
    snprintf(nowhere, sizeof nowhere, "%s/nonexistent/x", engine->prefix);
    assert_int_equal(anam_settings_store(nowhere, &settings, &err), ANAM_NOT_INDEX);
    open_small(records, 2);
    anam_results *before = search("rash", NULL);
    ok(anam_settings_store(path, &settings, &err), &err);
    anam_results *still = search("rash", NULL);
    assert_true(anam_results_hit(before, 0)->score == anam_results_hit(still, 0)->score);
    anam_results_free(before);
    anam_results_free(still);
    close_small();
    open_small(records, 2);
    assert_true(anam_index_get_info(small_index)->settings.k1 == 0.123456789);
    anam_search_options o = ANAM_SEARCH_OPTIONS_INIT;
    o.settings = &settings;
    anam_results *stored = search("rash", NULL);
    anam_results *given = search("rash", &o);
    assert_true(anam_results_hit(stored, 1)->score == anam_results_hit(given, 1)->score);
    anam_results_free(stored);
    anam_results_free(given);
    close_small();
    settings = (anam_settings)ANAM_SETTINGS_INIT;
    ok(anam_settings_store(path, &settings, &err), &err);
}

/* ---- threads ---- */

struct job {
    uint64_t digest; /* of all answers */
    const anam_index *index;
    int failed;
};

static void *search_many(void *arg)
{
    struct job *job = arg;
    anam_searcher *s = NULL;
    job->failed = anam_searcher_new(&s, job->index, NULL) != ANAM_OK;
    for (int i = 0; i < 200 && !job->failed; i++) {
        char query[32];
        anam_results *r = NULL;
        snprintf(query, sizeof query, "w%d w%d", i % WORDS, i * 7 % WORDS);
        job->failed = anam_search(s, query, strlen(query), NULL, &r, NULL) != ANAM_OK;
        for (size_t h = 0; !job->failed && h < anam_results_count(r); h++) {
            const anam_hit *hit = anam_results_hit(r, h);
            job->digest = job->digest * 31 + strtoull(hit->id + 1, NULL, 10);
            job->digest = job->digest * 31 + (uint64_t)(hit->score * 1e6F);
        }
        anam_results_free(r);
    }
    anam_searcher_free(s);
    return NULL;
}

static void many_threads_share_one_index(void **state)
{
    (void)state;
    enum { THREADS = 8 };
    uint64_t seed = testing_seed();
    anam_error err;
    build_random(&seed);
    ok(anam_index_open(&small_index, path, NULL, &err), &err);
    pthread_t threads[THREADS];
    struct job jobs[THREADS];
    for (int i = 0; i < THREADS; i++) {
        jobs[i] = (struct job){.index = small_index};
        assert_int_equal(pthread_create(&threads[i], NULL, search_many, &jobs[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_false(jobs[i].failed);
    }
    struct job alone = {.index = small_index};
    search_many(&alone);
    assert_true(alone.digest != 0);
    for (int i = 0; i < THREADS; i++)
        assert_true(jobs[i].digest == alone.digest);
    anam_index_close(small_index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(search_equals_brute_force_on_random_collections),
        cmocka_unit_test(equal_scores_come_by_id_descending),
        cmocka_unit_test(a_word_said_twice_counts_twice),
        cmocka_unit_test(results_outlive_the_next_search),
        cmocka_unit_test(any_text_is_a_query_and_nothing_known_gives_no_hits),
        cmocka_unit_test(ten_megabytes_of_query_are_answered),
        cmocka_unit_test(options_out_of_range_are_refused),
        cmocka_unit_test(a_field_of_weight_zero_is_not_searched),
        cmocka_unit_test(fields_may_differ_in_weight_by_any_factor),
        cmocka_unit_test(stored_settings_are_used_and_outlive_indexing_again),
        cmocka_unit_test(many_threads_share_one_index),
    };
    RUN_WITH_EACH_ENGINE(tests);
}
