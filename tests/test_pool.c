/* base/pool: every item once, by one worker at a time, and out in the order it went in. */
#include "testing.h"

#include "base/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

struct item {
    unsigned number;
    unsigned result;
    unsigned times; /* worked on */
    unsigned delay; /* microseconds */
};

struct worker {
    atomic_int busy;
    unsigned items;
    unsigned ended;
    int blocked; /* SIGINT is, in its thread */
};

static void work(void *worker, void *item)
{
    struct worker *w = worker;
    struct item *i = item;
    sigset_t mask;
    assert_int_equal(atomic_exchange(&w->busy, 1), 0);
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    w->blocked = sigismember(&mask, SIGINT);
    if (i->delay > 0)
        usleep(i->delay);
    i->result = i->number * 3;
    i->times++;
    w->items++;
    atomic_store(&w->busy, 0);
}

static void end(void *worker)
{
    struct worker *w = worker;
    w->ended++;
}

static const struct anam_pool_work what = {work, end};

enum { WORKERS = 5, ITEMS = 2000 };

static struct anam_pool *open_pool(struct worker *workers, size_t n, size_t ahead)
{
    void *list[WORKERS];
    struct anam_pool *pool;
    for (size_t i = 0; i < n; i++)
        list[i] = &workers[i];
    assert_int_equal(anam_pool_open(&pool, &what, list, n, ahead, NULL), ANAM_OK);
    return pool;
}

static void check_order(size_t n, size_t ahead, bool wait, uint64_t *seed)
{
    static struct item items[ITEMS];
    struct worker workers[WORKERS] = {{.items = 0}};
    struct anam_pool *pool = open_pool(workers, n, ahead);
    size_t taken = 0;
    for (unsigned i = 0; i < ITEMS; i++) {
        items[i] = (struct item){i, 0, 0, testing_below(seed, 20) ? 0 : testing_below(seed, 300)};
        bool full;
        while ((full = anam_pool_full(pool)) || testing_below(seed, 4) == 0) {
            struct item *done = anam_pool_take(pool, full && wait);
            if (!done && !full)
                break;
            if (done)
                assert_ptr_equal(done, &items[taken++]);
        }
        assert_false(anam_pool_full(pool));
        anam_pool_put(pool, &items[i]);
    }
    for (struct item *done; (done = anam_pool_take(pool, true)) != NULL;)
        assert_ptr_equal(done, &items[taken++]);
    assert_int_equal(taken, ITEMS);
    anam_pool_close(pool, false);
    size_t worked = 0;
    for (size_t i = 0; i < n; i++) {
        worked += workers[i].items;
        assert_int_equal(workers[i].ended, 1);
        if (n > 1 && workers[i].items > 0)
            assert_true(workers[i].blocked);
    }
    assert_int_equal(worked, ITEMS);
    for (unsigned i = 0; i < ITEMS; i++)
        assert_true(items[i].times == 1 && items[i].result == 3 * i);
}

static void items_come_out_in_order(void **state)
{
    (void)state;
    uint64_t seed = testing_seed();
    for (size_t n = 1; n <= WORKERS; n++)
        for (size_t ahead = 1; ahead < 20; ahead += 6)
            for (int wait = 0; wait <= 1; wait++)
                check_order(n, ahead, wait, &seed);
}

static void an_abandoned_pool_ends_soon(void **state)
{
    (void)state;
    for (size_t n = 1; n <= WORKERS; n++) {
        struct item items[8] = {{.number = 1}};
        struct worker workers[WORKERS] = {{.items = 0}};
        struct anam_pool *pool = open_pool(workers, n, COUNT(items));
        for (size_t i = 0; i < COUNT(items); i++) {
            items[i].delay = 1000;
            anam_pool_put(pool, &items[i]);
        }
        assert_true(anam_pool_full(pool));
        anam_pool_close(pool, true);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(workers[i].ended, 0);
        for (size_t i = 0; i < COUNT(items); i++)
            assert_true(items[i].times <= 1);
    }
    anam_pool_close(NULL, false);
}

/* Items that nobody takes any more are worked on all the same. */
static void a_closed_pool_finishes_what_it_has(void **state)
{
    (void)state;
    for (size_t n = 1; n <= WORKERS; n++) {
        struct item items[8] = {{.number = 1}};
        struct worker workers[WORKERS] = {{.items = 0}};
        struct anam_pool *pool = open_pool(workers, n, COUNT(items));
        for (size_t i = 0; i < COUNT(items); i++)
            anam_pool_put(pool, &items[i]);
        anam_pool_close(pool, false);
        for (size_t i = 0; i < COUNT(items); i++)
            assert_int_equal(items[i].times, 1);
    }
}

static void there_is_a_processor(void **state)
{
    (void)state;
    assert_in_range(anam_pool_processors(), 1, ANAM_MAX_JOBS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_out_in_order),
        cmocka_unit_test(an_abandoned_pool_ends_soon),
        cmocka_unit_test(a_closed_pool_finishes_what_it_has),
        cmocka_unit_test(there_is_a_processor),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
