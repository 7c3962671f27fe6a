#include "base/pool.h"

#include "base/alloc.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct slot {
    void *item;
    bool done;
};

struct crew {
    struct anam_pool *pool;
    void *worker;
    pthread_t thread;
};

struct anam_pool {
    struct anam_pool_work work;
    struct crew *crew;
    size_t started; /* threads; 0: the owner works */
    size_t n_workers;
    struct slot *slots; /* a ring */
    size_t n_slots;
    size_t put;           /* items so far; the owner's */
    size_t taken;         /* the owner's */
    pthread_mutex_t lock; /* guards all below, and `done` of the slots */
    pthread_cond_t more;  /* there is an item to work on, or the pool closes */
    pthread_cond_t done;  /* work on an item is done */
    size_t ready;         /* items put, as the workers know it */
    size_t begun;         /* items given to workers */
    bool closing;
    bool abandoned;
};

unsigned anam_pool_processors(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    if (n < 1)
        return 1;
    return n < ANAM_MAX_JOBS ? (unsigned)n : ANAM_MAX_JOBS;
}

/* The next item to work on, or NULL where there will be none. */
static struct slot *begin(struct anam_pool *p)
{
    pthread_mutex_lock(&p->lock);
    while (p->begun == p->ready && !p->closing)
        pthread_cond_wait(&p->more, &p->lock);
    struct slot *slot = NULL;
    if (p->begun < p->ready && !p->abandoned)
        slot = &p->slots[p->begun++ % p->n_slots];
    pthread_mutex_unlock(&p->lock);
    return slot;
}

static void *run(void *arg)
{
    struct crew *c = arg;
    struct anam_pool *p = c->pool;
    for (struct slot *slot = begin(p); slot; slot = begin(p)) {
        p->work.work(c->worker, slot->item);
        pthread_mutex_lock(&p->lock);
        slot->done = true;
        pthread_cond_signal(&p->done);
        pthread_mutex_unlock(&p->lock);
    }
    pthread_mutex_lock(&p->lock);
    bool abandoned = p->abandoned;
    pthread_mutex_unlock(&p->lock);
    if (p->work.end && !abandoned)
        p->work.end(c->worker);
    return NULL;
}

static void start_threads(struct anam_pool *p)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return;
    while (p->started < p->n_workers &&
           pthread_create(&p->crew[p->started].thread, NULL, run, &p->crew[p->started]) == 0)
        p->started++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

anam_status anam_pool_open(struct anam_pool **out, const struct anam_pool_work *work,
                           void *const *workers, size_t n, size_t ahead, anam_error *err)
{
    *out = NULL;
    struct anam_pool *p = calloc(1, sizeof *p);
    if (!p)
        return anam_fail_memory(err);
    p->work = *work;
    p->n_workers = n;
    p->n_slots = ahead > 0 ? ahead : 1;
    p->crew = anam_new_array(n, sizeof *p->crew);
    p->slots = anam_new_array(p->n_slots, sizeof *p->slots);
    if (!p->crew || !p->slots) {
        free(p->crew);
        free(p->slots);
        free(p);
        return anam_fail_memory(err);
    }
    for (size_t i = 0; i < n; i++)
        p->crew[i] = (struct crew){.pool = p, .worker = workers[i]};
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->more, NULL);
    pthread_cond_init(&p->done, NULL);
    if (n > 1)
        start_threads(p);
    *out = p;
    return ANAM_OK;
}

bool anam_pool_full(const struct anam_pool *p)
{
    return p->put - p->taken == p->n_slots;
}

void anam_pool_put(struct anam_pool *p, void *item)
{
    struct slot *slot = &p->slots[p->put++ % p->n_slots];
    if (p->started == 0) {
        *slot = (struct slot){item, true};
        p->work.work(p->crew[0].worker, item);
        return;
    }
    pthread_mutex_lock(&p->lock);
    *slot = (struct slot){item, false};
    p->ready = p->put;
    pthread_cond_signal(&p->more);
    pthread_mutex_unlock(&p->lock);
}

void *anam_pool_take(struct anam_pool *p, bool wait)
{
    if (p->taken == p->put)
        return NULL;
    struct slot *slot = &p->slots[p->taken % p->n_slots];
    pthread_mutex_lock(&p->lock);
    while (wait && !slot->done)
        pthread_cond_wait(&p->done, &p->lock);
    bool done = slot->done;
    pthread_mutex_unlock(&p->lock);
    if (!done)
        return NULL;
    p->taken++;
    return slot->item;
}

void anam_pool_close(struct anam_pool *p, bool abandon)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->closing = true;
    p->abandoned = abandon;
    pthread_cond_broadcast(&p->more);
    pthread_mutex_unlock(&p->lock);
    for (size_t i = 0; i < p->started; i++)
        pthread_join(p->crew[i].thread, NULL);
    if (p->started == 0 && p->work.end && !abandon)
        p->work.end(p->crew[0].worker);
    pthread_cond_destroy(&p->done);
    pthread_cond_destroy(&p->more);
    pthread_mutex_destroy(&p->lock);
    free(p->crew);
    free(p->slots);
    free(p);
}
