/* Document order: a permutation, always the same one, that brings like to like. */
#include "folder.h"
#include "good.h"

#include "index/format.h"
#include "indexer/order.h"

#include <math.h>

enum { MAX_TERMS = 64 };

/* A collection: document d has the terms list[d][0] to list[d][terms[d] - 1]. */
struct collection {
    uint32_t documents;
    uint32_t *terms;
    uint32_t (*list)[MAX_TERMS];
};

static struct collection make_collection(uint32_t documents)
{
    struct collection c = {.documents = documents};
    c.terms = calloc(documents + 1, sizeof *c.terms);
    c.list = calloc(documents + 1, sizeof *c.list);
    assert_non_null(c.terms);
    assert_non_null(c.list);
    return c;
}

static void free_collection(struct collection *c)
{
    free(c->terms);
    free(c->list);
}

static void put(struct collection *c, uint32_t document, uint32_t term)
{
    for (uint32_t i = 0; i < c->terms[document]; i++)
        if (c->list[document][i] == term)
            return;
    assert_true(c->terms[document] < MAX_TERMS);
    c->list[document][c->terms[document]++] = term;
}

/* Documents on `topics` topics in random order: some words of the topic, some of all. */
static struct collection on_topics(uint32_t documents, uint32_t topics, uint64_t seed)
{
    enum { WORDS = 40, COMMON = 2000 };
    struct collection c = make_collection(documents);
    for (uint32_t d = 0; d < documents; d++) {
        uint32_t topic = testing_below(&seed, topics);
        for (int i = 0; i < 15; i++)
            put(&c, d, COMMON + topic * WORDS + testing_below(&seed, WORDS));
        for (int i = 0; i < 10; i++)
            put(&c, d, testing_below(&seed, 1 + testing_below(&seed, COMMON)));
    }
    return c;
}

static uint32_t *order(const struct collection *c, unsigned jobs)
{
    anam_error err;
    struct anam_forward f;
    uint32_t *number = malloc((c->documents + 1) * sizeof *number);
    assert_non_null(number);
    assert_true(anam_forward_init(&f, c->documents));
    for (uint32_t d = 0; d < c->documents; d++)
        for (uint32_t i = 0; i < c->terms[d]; i++)
            anam_forward_count(&f, d);
    assert_true(anam_forward_begin(&f));
    for (uint32_t d = c->documents; d-- > 0;)
        for (uint32_t i = 0; i < c->terms[d]; i++)
            anam_forward_add(&f, d, c->list[d][i]);
    assert_true(anam_forward_end(&f));
    for (uint32_t d = 0; d < c->documents; d++) {
        assert_int_equal(f.document[d].document, d);
        assert_int_equal(f.document[d].terms, c->terms[d]);
        for (uint32_t i = 0; i < c->terms[d]; i++)
            assert_int_equal(f.lists[f.document[d].start + i], c->list[d][i]);
    }
    ok(anam_order_documents(&f, jobs, NULL, number, &err), &err);
    anam_forward_free(&f);
    return number;
}

static void assert_permutation(const uint32_t *number, uint32_t n)
{
    bool *seen = calloc(n + 1, sizeof *seen);
    for (uint32_t d = 0; d < n; d++) {
        assert_true(number[d] < n);
        assert_false(seen[number[d]]);
        seen[number[d]] = true;
    }
    free(seen);
}

/* Bits of all gaps of all lists (log2(gap) + 1 each), and windows of all lists. */
static double gap_bits(const struct collection *c, const uint32_t *number, size_t *windows)
{
    enum { TERMS = 1 << 16 };
    uint32_t *at = calloc(c->documents + 1, sizeof *at);
    int64_t *last = malloc(TERMS * sizeof *last);
    double bits = 0;
    *windows = 0;
    for (uint32_t d = 0; d < c->documents; d++)
        at[number ? number[d] : d] = d;
    for (uint32_t t = 0; t < TERMS; t++)
        last[t] = -1;
    for (uint32_t place = 0; place < c->documents; place++) {
        uint32_t d = at[place];
        for (uint32_t i = 0; i < c->terms[d]; i++) {
            int64_t *before = &last[c->list[d][i]];
            bits += log2((double)(place - *before)) + 1;
            *windows += *before < 0 || *before / ANAM_WINDOW != place / ANAM_WINDOW;
            *before = place;
        }
    }
    free(at);
    free(last);
    return bits;
}

static void order_is_a_permutation_for_every_size(void **state)
{
    (void)state;
    uint64_t seed = testing_seed();
    const uint32_t sizes[] = {0, 1, 2, 255, 256, 257, 511, 512, 513, 767, 768, 769, 1025, 5000};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct collection c = on_topics(sizes[i], 7, testing_random(&seed));
        uint32_t *number = order(&c, 2);
        assert_permutation(number, sizes[i]);
        free(number);
        free_collection(&c);
    }
}

static void documents_of_one_window_stay_as_they_are(void **state)
{
    (void)state;
    struct collection c = on_topics(ANAM_WINDOW, 3, 1);
    uint32_t *number = order(&c, 1);
    for (uint32_t d = 0; d < c.documents; d++)
        assert_int_equal(number[d], d);
    free(number);
    free_collection(&c);
}

static void documents_of_which_nothing_is_known_stay_as_they_are(void **state)
{
    (void)state;
    struct collection c = make_collection(5 * ANAM_WINDOW);
    uint32_t *number = order(&c, 2);
    for (uint32_t d = 0; d < c.documents; d++)
        assert_int_equal(number[d], d);
    free(number);
    free_collection(&c);
}

static void as_many_terms_as_there_may_be_are_told_apart(void **state)
{
    (void)state;
    enum { TERMS = 26 };
    struct collection c = make_collection(20 * ANAM_WINDOW);
    for (uint32_t d = 0; d < c.documents; d++) /* each term in two or three */
        for (uint32_t i = 0; i < TERMS; i++)
            put(&c, d, (d * TERMS + i) % ANAM_FORWARD_TERMS);
    uint32_t *one = order(&c, 1);
    uint32_t *other = order(&c, 3);
    assert_permutation(one, c.documents);
    assert_memory_equal(one, other, c.documents * sizeof *one);
    free(one);
    free(other);
    free_collection(&c);
}

static void any_number_of_threads_gives_the_same_order(void **state)
{
    (void)state;
    uint64_t seed = testing_seed();
    struct collection c = on_topics(20011, 50, seed);
    uint32_t *one = order(&c, 1);
    const unsigned jobs[] = {0, 1, 2, 3, 4, 7, 64, 1000};
    for (size_t i = 0; i < COUNT(jobs); i++) {
        uint32_t *other = order(&c, jobs[i]);
        assert_memory_equal(one, other, c.documents * sizeof *one);
        free(other);
    }
    free(one);
    free_collection(&c);
}

static void documents_on_a_topic_come_to_lie_together(void **state)
{
    (void)state;
    uint64_t seed = testing_seed();
    struct collection c = on_topics(16384, 64, seed);
    uint32_t *number = order(&c, 2);
    size_t windows_before;
    size_t windows_after;
    double before = gap_bits(&c, NULL, &windows_before);
    double after = gap_bits(&c, number, &windows_after);
    assert_permutation(number, c.documents);
    print_message("             %.3f of the bits, %.3f of the windows\n", after / before,
                  (double)windows_after / (double)windows_before);
    assert_true(after < 0.7 * before);
    assert_true(windows_after * 2 < windows_before);
    free(number);
    free_collection(&c);
}

static void duplicates_come_to_lie_together(void **state)
{
    (void)state;
    enum { KINDS = 32, N = KINDS * ANAM_WINDOW };
    struct collection c = make_collection(N);
    for (uint32_t d = 0; d < N; d++)
        for (uint32_t i = 0; i < 20; i++)
            put(&c, d, d % KINDS * 20 + i);
    uint32_t *number = order(&c, 2);
    size_t windows_before;
    size_t windows_after;
    double before = gap_bits(&c, NULL, &windows_before);
    double after = gap_bits(&c, number, &windows_after);
    assert_permutation(number, N);
    print_message("             %.3f of the bits, %.3f of the windows\n", after / before,
                  (double)windows_after / (double)windows_before);
    assert_true(after < 0.4 * before);
    assert_true(windows_after * 8 < windows_before);
    free(number);
    free_collection(&c);
}

static void documents_without_terms_or_all_alike_are_ordered_too(void **state)
{
    (void)state;
    for (uint32_t every = 1; every <= 3; every++) {
        struct collection c = make_collection(3000);
        for (uint32_t d = 0; d < c.documents; d += every)
            for (uint32_t i = 0; i < 5; i++)
                put(&c, d, every == 1 ? i : d / 100 * 5 + i);
        uint32_t *number = order(&c, 2);
        assert_permutation(number, c.documents);
        free(number);
        free_collection(&c);
    }
    struct collection none = make_collection(3000);
    uint32_t *number = order(&none, 2);
    assert_permutation(number, none.documents);
    free(number);
    free_collection(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_a_permutation_for_every_size),
        cmocka_unit_test(documents_of_one_window_stay_as_they_are),
        cmocka_unit_test(documents_of_which_nothing_is_known_stay_as_they_are),
        cmocka_unit_test(as_many_terms_as_there_may_be_are_told_apart),
        cmocka_unit_test(any_number_of_threads_gives_the_same_order),
        cmocka_unit_test(documents_on_a_topic_come_to_lie_together),
        cmocka_unit_test(duplicates_come_to_lie_together),
        cmocka_unit_test(documents_without_terms_or_all_alike_are_ordered_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
