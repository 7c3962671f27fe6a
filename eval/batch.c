#include "eval/batch.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/pool.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    AHEAD = 16 /* topics a job may be ahead of the sink: bounds what waits in memory */
};

struct slot {
    anam_results *results;
    anam_status status;
    anam_error err;
    int done;
};

struct batch {
    const anam_index *index;
    const struct anam_topics *topics;
    const anam_search_options *options;
    struct slot *slots; /* a ring */
    size_t n_slots;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t room;  /* the sink has moved on, or the batch ends */
    pthread_cond_t ready; /* a slot is done */
    size_t next;          /* topic to hand out */
    size_t taken;         /* topics the sink has had */
    int stop;
};

/* The next topic to search, or topics->n: no more. */
static size_t take(struct batch *b)
{
    pthread_mutex_lock(&b->lock);
    while (!b->stop && b->next < b->topics->n && b->next >= b->taken + b->n_slots)
        pthread_cond_wait(&b->room, &b->lock);
    size_t i = b->stop || b->next >= b->topics->n ? b->topics->n : b->next++;
    pthread_mutex_unlock(&b->lock);
    return i;
}

static void give(struct batch *b, size_t i, const struct slot *result)
{
    pthread_mutex_lock(&b->lock);
    b->slots[i % b->n_slots] = *result;
    pthread_cond_signal(&b->ready);
    pthread_mutex_unlock(&b->lock);
}

static void *work(void *arg)
{
    struct batch *b = arg;
    anam_searcher *searcher = NULL;
    anam_error no_searcher = {0};
    anam_status made = anam_searcher_new(&searcher, b->index, &no_searcher);
    for (size_t i = take(b); i < b->topics->n; i = take(b)) {
        const struct anam_topic *t = &b->topics->topics[i];
        struct slot s = {.done = 1, .status = made, .err = no_searcher};
        if (!made)
            s.status = anam_search(searcher, t->text, t->length, b->options, &s.results, &s.err);
        give(b, i, &s);
    }
    anam_searcher_free(searcher);
    return NULL;
}

/* Waits for topic i and takes its result out of the ring. */
static struct slot collect(struct batch *b, size_t i)
{
    pthread_mutex_lock(&b->lock);
    struct slot *slot = &b->slots[i % b->n_slots];
    while (!slot->done)
        pthread_cond_wait(&b->ready, &b->lock);
    struct slot got = *slot;
    *slot = (struct slot){0};
    b->taken = i + 1;
    pthread_cond_broadcast(&b->room);
    pthread_mutex_unlock(&b->lock);
    return got;
}

static anam_status drain(struct batch *b, anam_batch_sink sink, void *ctx, anam_error *err)
{
    anam_status status = ANAM_OK;
    for (size_t i = 0; i < b->topics->n && !status; i++) {
        struct slot got = collect(b, i);
        status = got.status;
        if (status && err)
            *err = got.err;
        if (!status)
            status = sink(ctx, i, got.results, err);
        anam_results_free(got.results);
    }
    pthread_mutex_lock(&b->lock);
    b->stop = 1;
    pthread_cond_broadcast(&b->room);
    pthread_mutex_unlock(&b->lock);
    return status;
}

anam_status anam_batch(const anam_index *index, const struct anam_topics *topics,
                       const anam_search_options *options, unsigned jobs, anam_batch_sink sink,
                       void *ctx, anam_error *err)
{
    if (jobs > ANAM_MAX_JOBS)
        return anam_fail(err, ANAM_INVALID, "more than %d jobs", ANAM_MAX_JOBS);
    if (jobs == 0)
        jobs = anam_pool_processors();
    struct batch b = {.index = index,
                      .topics = topics,
                      .options = options,
                      .n_slots = (size_t)jobs * AHEAD,
                      .lock = PTHREAD_MUTEX_INITIALIZER,
                      .room = PTHREAD_COND_INITIALIZER,
                      .ready = PTHREAD_COND_INITIALIZER};
    pthread_t threads[ANAM_MAX_JOBS];
    unsigned started = 0;
    int sys = 0;
    b.slots = anam_new_array(b.n_slots, sizeof *b.slots);
    if (!b.slots)
        return anam_fail_memory(err);
    while (started < jobs && (sys = pthread_create(&threads[started], NULL, work, &b)) == 0)
        started++;
    anam_status status =
        started > 0 ? drain(&b, sink, ctx, err) : anam_fail_sys(err, sys, "cannot start a thread");
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < b.n_slots; i++)
        anam_results_free(b.slots[i].results);
    free(b.slots);
    return status;
}
