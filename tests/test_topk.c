/* The best k of many, in whatever order they come, against sorting them all. */
#include "numbered.h"

#include "searcher/topk.h"

#include <float.h>

enum { MOST = 6000, PRIME = 7919 };

static uint32_t order[MOST]; /* of ids: document d has that with this number */
static float scores[MOST];

static int best_first(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    if (scores[x] != scores[y])
        return scores[x] > scores[y] ? -1 : 1;
    return order[x] > order[y] ? -1 : 1;
}

/* Offers documents 0 to n - 1, `step` after each other, as searches do: none that is below what is
 * needed, looked at again after each `often`. */
static void best_of(const struct anam_segment *s, uint32_t n, size_t k, uint32_t often,
                    uint32_t step)
{
    static uint32_t sorted[MOST];
    struct anam_topk top = {.k = k, .segment = s};
    struct anam_engine_hit *hits = calloc(k, sizeof *hits);
    anam_error err;
    size_t found;
    top.kept = calloc(anam_topk_room(k), sizeof *top.kept);
    assert_non_null(top.kept);
    assert_non_null(hits);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t d = (uint32_t)((uint64_t)i * step % n);
        sorted[i] = i;
        if (i % often == 0)
            anam_topk_tighten(&top);
        if (scores[d] >= top.least)
            anam_topk_offer(&top, d, scores[d]);
        assert_true(top.n <= anam_topk_room(k));
    }
    qsort(sorted, n, sizeof *sorted, best_first);
    if (n >= k) {
        anam_topk_tighten(&top);
        assert_true(top.least <= scores[sorted[k - 1]]);
        if (scores[sorted[k - 1]] >= FLT_MIN) /* below, floats themselves are further apart */
            assert_true(top.least >= scores[sorted[k - 1]] * (1 - 1.0F / 256));
    }
    ok(anam_topk_end(&top, hits, &found, &err), &err);
    assert_int_equal(found, n < k ? n : k);
    for (size_t i = 0; i < found; i++) {
        assert_int_equal(hits[i].handle, sorted[i]);
        assert_true(hits[i].score == scores[sorted[i]]);
    }
    free(top.kept);
    free(hits);
}

static float score_of(int shape, uint32_t d, uint64_t *seed)
{
    switch (shape) {
    case 0: /* all different, */
        return 1 + (float)testing_below(seed, 1 << 20) / 1024;
    case 1: /* all equal, */
        return 7;
    case 2: /* a few levels, */
        return 1 + (float)testing_below(seed, 4);
    case 3: /* ever better, */
        return 1 + (float)d;
    case 4: /* ever worse, */
        return (float)(MOST - d);
    case 5: /* up and down, */
        return 1 + (float)(d % 997);
    case 6: /* the least and the greatest there are, */
        return testing_below(seed, 3) ? FLT_TRUE_MIN * (1 + (float)d) : FLT_MAX / (1 + (float)d);
    default: /* and better ones among many equals */
        return testing_below(seed, 50) ? 2 : 3 + (float)testing_below(seed, 9);
    }
}

static void the_best_are_kept(void **state)
{
    (void)state;
    const size_t ks[] = {1, 2, 3, 10, 11, 100, 511, 512, 513, 1000, MOST - 1, MOST};
    const uint32_t often[] = {1, 64, 300, MOST};
    uint64_t seed = testing_seed();
    char dir[256];
    struct anam_segment s;
    testing_make_dir(dir);
    shuffle(order, MOST, &seed);
    open_numbered(&s, dir, order, MOST);
    for (int shape = 0; shape < 8; shape++) {
        for (uint32_t d = 0; d < MOST; d++)
            scores[d] = score_of(shape, d, &seed);
        for (size_t i = 0; i < COUNT(ks); i++)
            for (size_t j = 0; j < COUNT(often); j++) {
                best_of(&s, MOST, ks[i], often[j], 1);
                best_of(&s, MOST, ks[i], often[j], PRIME);
                best_of(&s, 1 + testing_below(&seed, MOST), ks[i], often[j], PRIME);
            }
    }
    anam_segment_close(&s);
    testing_remove_dir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
