/* The pruned search against the exhaustive one: the same hits, bit for bit, in every build
 * that this processor runs. */
#include "folder.h"
#include "good.h"

#include "searcher/pruned.h"

#include <math.h>

enum { MAX_WORDS = 600, MAX_PLAN = 300, MAX_K = 1000 };

/* Words are drawn with a skew, and in themes, so that some lists are dense, some are rare
 * and some cluster. */
struct shape {
    uint32_t documents;
    uint32_t words;
    uint32_t most; /* words of a record */
    uint32_t themes;
    bool tight;     /* all records have as many words, each once: bounds exceed scores by little */
    uint32_t again; /* times that a record says one word more often, now and then */
};

static uint32_t draw_word(uint64_t *seed, const struct shape *shape, uint32_t theme)
{
    uint32_t a = testing_below(seed, shape->words);
    uint32_t b = testing_below(seed, a + 1);
    if (testing_below(seed, 3) == 0)
        return (b / 4 + theme * 37) % shape->words;
    return testing_below(seed, b + 1);
}

/* Another one than those that are used. */
static uint32_t draw_other(uint64_t *seed, const struct shape *shape, uint32_t theme, bool *used)
{
    uint32_t word = draw_word(seed, shape, theme);
    while (used[word])
        word = testing_below(seed, shape->words);
    used[word] = true;
    return word;
}

static void make_index(uint64_t *seed, const struct shape *shape)
{
    anam_error err;
    anam_writer *w;
    anam_writer_options o = ANAM_WRITER_OPTIONS_INIT;
    o.language = "none";
    o.optimize = (int)testing_below(seed, 2);
    ok(anam_writer_open(&w, path_of("x"), &o, &err), &err);
    for (uint32_t d = 0; d < shape->documents; d++) {
        char text[2][8 * 600];
        char id[16];
        uint32_t theme = d * shape->themes / shape->documents;
        for (int f = 0; f < 2; f++) {
            bool used[MAX_WORDS] = {false};
            uint32_t n = !shape->tight ? testing_below(seed, shape->most) : f ? 0 : shape->most;
            char *at = text[f];
            *at = '\0';
            for (uint32_t i = 0; i < n; i++)
                at += sprintf(at, "w%u ",
                              shape->tight ? draw_other(seed, shape, theme, used)
                                           : draw_word(seed, shape, theme));
            uint32_t word = shape->again ? draw_word(seed, shape, theme) : 0;
            uint32_t again = shape->again && testing_below(seed, 8) == 0
                                 ? 1 + testing_below(seed, shape->again)
                                 : 0;
            for (uint32_t i = 0; i < again; i++)
                at += sprintf(at, "w%u ", word);
        }
        snprintf(id, sizeof id, "d%u", (uint32_t)testing_random(seed) % 1000 * 100000 + d);
        anam_record r = ANAM_RECORD_INIT;
        r.id = id;
        r.question = text[0];
        r.text = text[1];
        ok(anam_writer_add(w, &r, &err), &err);
    }
    ok(anam_writer_commit(w, NULL, &err), &err);
    anam_writer_free(w);
}

/* A plan of distinct words in byte order, and settings. */
struct question {
    char words[MAX_PLAN][8];
    struct anam_plan_term terms[MAX_PLAN];
    struct anam_plan plan;
    uint64_t df[MAX_PLAN][ANAM_N_FIELDS];
    struct anam_stats stats;
};

static int compare_words(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void draw_question(uint64_t *seed, const struct shape *shape, struct question *q)
{
    static const size_t sizes[] = {1, 2, 4, 10, 30, MAX_PLAN};
    size_t n = 1 + testing_below(seed, (uint32_t)sizes[testing_below(seed, COUNT(sizes))]);
    for (size_t i = 0; i < n; i++)
        sprintf(q->words[i], "w%u", testing_below(seed, shape->words + 2));
    qsort(q->words, n, sizeof q->words[0], compare_words);
    q->plan.n = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && strcmp(q->words[i], q->words[i - 1]) == 0)
            continue;
        double weight = testing_below(seed, 2) ? 1 : 0.05 * (1 + testing_below(seed, 60));
        q->terms[q->plan.n++] = (struct anam_plan_term){q->words[i], strlen(q->words[i]), weight};
    }
    q->plan.terms = q->terms;
    anam_settings *s = &q->plan.settings;
    *s = (anam_settings)ANAM_SETTINGS_INIT;
    switch (testing_below(seed, 4)) {
    case 0:
        s->k1 = testing_below(seed, 40) / 10.0;
        s->b = testing_below(seed, 11) / 10.0;
        break;
    case 1:
        s->weight[testing_below(seed, 2)] = 0;
        break;
    case 2:
        s->weight[0] = testing_below(seed, 10) / 7.0;
        s->weight[1] = testing_below(seed, 4) > 0 ? 1 : pow(10, -(double)testing_below(seed, 45));
        break;
    default:
        break;
    }
    s->scorer = (int)testing_below(seed, 2);
    q->stats.df = q->df;
}

static void same_hits(const struct anam_engine_hit *a, size_t n, const struct anam_engine_hit *b,
                      size_t m, const char *variant)
{
    if (n != m)
        fail_msg("%s finds %zu hits, not %zu", variant, m, n);
    for (size_t i = 0; i < n; i++)
        if (a[i].handle != b[i].handle || memcmp(&a[i].score, &b[i].score, sizeof a[i].score) != 0)
            fail_msg("%s: hit %zu is %llu with %.9g, not %llu with %.9g", variant, i,
                     (unsigned long long)b[i].handle, (double)b[i].score,
                     (unsigned long long)a[i].handle, (double)a[i].score);
}

static void compare(struct anam_native_reader *r, struct question *q, size_t k)
{
    static struct anam_engine_hit expected[MAX_K];
    static struct anam_engine_hit got[MAX_K];
    static struct anam_weighed weighed[MAX_PLAN * ANAM_N_FIELDS];
    anam_error err;
    size_t n;
    size_t m;
    ok(anam_engine_native.stats(r, &q->plan, &q->stats, &err), &err);
    size_t n_weighed = anam_bm25_order(&q->plan, &q->stats, weighed);
    if (n_weighed == 0)
        return;
    ok(anam_exhaustive_search(r, weighed, n_weighed, k, expected, &n, &err), &err);
    for (size_t i = 0; anam_pruned_variant(i); i++) {
        const struct anam_pruned_variant *v = anam_pruned_variant(i);
        ok(v->search(r, weighed, n_weighed, k, got, &m, &err), &err);
        same_hits(expected, n, got, m, v->name);
    }
}

static void pruned_equals_exhaustive(void **state)
{
    static const struct shape shapes[] = {
        {1, 5, 10, 1, false, 0},         {300, 20, 30, 2, false, 0},
        {5000, 600, 40, 20, false, 0},   {9000, 60, 12, 30, false, 0},
        {20000, 500, 25, 60, false, 0},  {2560, 200, 190, 5, false, 0},
        {20000, 500, 100, 200, true, 0}, {6000, 40, 20, 10, false, 400},
    };
    static const size_t ks[] = {1, 2, 10, 100, 250, MAX_K};
    (void)state;
    static struct question q;
    uint64_t seed = testing_seed();
    for (size_t i = 0; i < COUNT(shapes); i++) {
        void *index;
        void *reader;
        anam_error err;
        const anam_open_options o = ANAM_OPEN_OPTIONS_INIT;
        make_index(&seed, &shapes[i]);
        ok(anam_engine_native.open(&index, path_of("x"), &o, &err), &err);
        ok(anam_engine_native.reader(&reader, index, &err), &err);
        for (int n = 0; n < 150; n++) {
            draw_question(&seed, &shapes[i], &q);
            compare(reader, &q, ks[testing_below(&seed, COUNT(ks))]);
        }
        anam_engine_native.reader_free(reader);
        anam_engine_native.close(index);
    }
    for (size_t i = 0; anam_pruned_variant(i); i++)
        print_message("             %s\n", anam_pruned_variant(i)->name);
}

static void no_impact_exceeds_its_bound_under_other_settings(void **state)
{
    (void)state;
    uint64_t seed = testing_seed();
    for (int i = 0; i < 100000; i++) {
        struct anam_impact from =
            anam_impact_of(testing_below(&seed, 50) / 10.0, testing_below(&seed, 11) / 10.0,
                           1 + testing_below(&seed, 300));
        struct anam_impact to =
            anam_impact_of(testing_below(&seed, 50) / 10.0, testing_below(&seed, 11) / 10.0,
                           1 + testing_below(&seed, 300));
        uint32_t tf = 1 + testing_below(&seed, testing_below(&seed, 2) ? 3 : 100000);
        uint32_t length = testing_below(&seed, testing_below(&seed, 2) ? 10 : 1000000);
        double impact = tf / (tf + to.base + to.slope * length);
        double bound = (anam_impact_bound(&from, tf, length) + 1) / 256.0;
        assert_true(impact <= bound * anam_impact_excess(&from, &to));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pruned_equals_exhaustive),
        cmocka_unit_test(no_impact_exceeds_its_bound_under_other_settings),
    };
    return cmocka_run_group_tests_name("pruned", tests, make_folder, remove_folder);
}
