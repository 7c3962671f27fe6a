/* A line of workers: items go in at one end and come out at the other in the same order,
 * whoever worked on them and however long that took. One thread, the owner, puts and takes;
 * a bounded number of items is on the way.
 *
 * With one worker there are no threads: the owner does the work when it puts. */
#ifndef ANAM_POOL_H
#define ANAM_POOL_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct anam_pool; /* opaque */

struct anam_pool_work {
    /* Works on an item. Two workers never get the same item, nor two threads the same
     * worker. Failures are left in item or worker. */
    void (*work)(void *worker, void *item);
    /* After a worker's last item, on its thread, unless the pool is abandoned. May be NULL. */
    void (*end)(void *worker);
};

/* Begins with n workers, 1 or more, and up to `ahead` items on the way. All signals are
 * blocked in the threads, which live until the pool is closed. Where the system refuses
 * some threads it goes on with fewer. `workers` must stay until then. ANAM_NO_MEMORY. */
anam_status anam_pool_open(struct anam_pool **out, const struct anam_pool_work *work,
                           void *const *workers, size_t n, size_t ahead, anam_error *err);

/* Whether as many items are on the way, put and not taken, as may be. */
bool anam_pool_full(const struct anam_pool *pool);

/* Puts an item; the pool must not be full. */
void anam_pool_put(struct anam_pool *pool, void *item);

/* Takes the oldest item. Where work on it is not done, waits, or returns NULL without
 * `wait`. NULL also where no item is on the way. */
void *anam_pool_take(struct anam_pool *pool, bool wait);

/* Ends all workers, and frees the pool. Items on the way are finished where `abandon` is
 * false; take them before, to know which they were. NULL is fine. */
void anam_pool_close(struct anam_pool *pool, bool abandon);

/* How many jobs there are processors for, from 1 to ANAM_MAX_JOBS. */
unsigned anam_pool_processors(void);

#endif
