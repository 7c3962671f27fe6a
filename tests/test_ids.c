/* Ids lead to their documents in whatever order the records came. */
#include "numbered.h"

/* Record d of n has the id with the number order[d]. */
static void find_all(const uint32_t *order, uint32_t n)
{
    char dir[256];
    char id[16];
    anam_error err;
    struct anam_segment s;
    testing_make_dir(dir);
    open_numbered(&s, dir, order, n);
    for (uint32_t d = 0; d < n; d++) {
        uint32_t rank;
        uint32_t found_at;
        bool found;
        snprintf(id, sizeof id, "q-%06u", order[d]);
        ok(anam_segment_rank(&s, d, &rank, &err), &err);
        assert_int_equal(rank, order[d]);
        ok(anam_segment_find(&s, id, &found_at, &found, &err), &err);
        assert_true(found);
        assert_int_equal(found_at, d);
    }
    ok(anam_segment_check(&s, NULL, NULL, &err), &err);
    anam_segment_close(&s);
    testing_remove_dir(dir);
}

static void ids_are_found_in_regular_orders(void **state)
{
    (void)state;
    enum { MOST = 3200 };
    static uint32_t order[MOST];
    const uint32_t sizes[] = {1, 2, 31, 32, 33, 63, 64, 65, 1000, MOST};
    const uint32_t steps[] = {0, 1, 31, 32, 64, 320};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        uint32_t n = sizes[i];
        for (size_t j = 0; j < COUNT(steps); j++) {
            for (uint32_t d = 0; d < n; d++)
                order[d] = (d + steps[j]) % n;
            find_all(order, n);
        }
        for (uint32_t d = 0; d < n; d++)
            order[d] = n - 1 - d;
        find_all(order, n);
    }
}

static void ids_are_found_in_random_orders(void **state)
{
    (void)state;
    enum { MOST = 3000 };
    static uint32_t order[MOST];
    uint64_t seed = testing_seed();
    for (int round = 0; round < 30; round++) {
        uint32_t n = 1 + testing_below(&seed, MOST);
        shuffle(order, n, &seed);
        find_all(order, n);
    }
}

/* In a rotation, by 32 or otherwise, a document with a link is never far, unless the way is short.
 */
static void documents_with_links_follow_no_order(void **state)
{
    (void)state;
    enum { N = 1 << 16, MOST = 40 * ANAM_LINKED };
    const uint32_t steps[] = {1, 2, 31, 32, 64, 96, 1024};
    for (size_t i = 0; i < COUNT(steps); i++)
        for (uint32_t d = 0; d < N; d += 7) {
            uint32_t at = d;
            uint32_t gone = 0;
            while (at != anam_linked(at / ANAM_LINKED) && gone < MOST && (gone == 0 || at != d)) {
                at = (at + steps[i]) % N;
                gone++;
            }
            if (gone == MOST)
                fail_msg("from %u by %u", d, steps[i]);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_found_in_regular_orders),
        cmocka_unit_test(ids_are_found_in_random_orders),
        cmocka_unit_test(documents_with_links_follow_no_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
