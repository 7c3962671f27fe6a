#include "indexer/flow.h"

#include <stdlib.h>

enum {
    WORKER_MEMORY = 4 << 20, /* of the bound, that a worker needs at least */
    LEAST_BATCH = 64 << 10,
    MOST_BATCH = 512 << 10, /* enough that handing over costs nothing */
    LEAST_WORDS = 2048,     /* for an analyzer to remember */
    MOST_WORDS = 32768,     /* 2 MiB: all but 2 or 3 of 100 words of a large archive */
    WORD = 64               /* bytes */
};

static size_t clamp(size_t value, size_t least, size_t most)
{
    return value < least ? least : value > most ? most : value;
}

anam_status anam_flow_init(struct anam_flow *flow, struct anam_build *build, const char *language,
                           size_t memory, unsigned jobs, anam_error *err)
{
    size_t n = clamp(jobs > 0 ? jobs : anam_pool_processors(), 1, memory / WORKER_MEMORY);
    *flow = (struct anam_flow){.build = build, .memory = memory};
    flow->usual = clamp(memory / 64 / n, LEAST_BATCH, MOST_BATCH);
    flow->n_batches = 2 * n + 1; /* each worker has one, another waits, and one is filled */
    flow->workers = anam_new_array(n, sizeof *flow->workers);
    flow->batches = anam_new_array(flow->n_batches, sizeof(struct anam_batch *));
    flow->spare = anam_new_array(flow->n_batches, sizeof(struct anam_batch *));
    if (!flow->workers || !flow->batches || !flow->spare)
        return anam_fail_memory(err);
    size_t words = clamp(memory / 16 / n / WORD, LEAST_WORDS, MOST_WORDS);
    anam_status status = ANAM_OK;
    while (flow->n_workers < n && !status)
        status =
            anam_batch_worker_init(&flow->workers[flow->n_workers++], build, language, words, err);
    return status;
}

anam_status anam_flow_start(struct anam_flow *flow, anam_error *err)
{
    static const struct anam_pool_work work = {anam_batch_work, anam_batch_last_run};
    void **workers = anam_new_array(flow->n_workers, sizeof(void *));
    if (!workers)
        return anam_fail_memory(err);
    for (size_t i = 0; i < flow->n_workers; i++)
        workers[i] = &flow->workers[i];
    anam_status status =
        anam_pool_open(&flow->pool, &work, workers, flow->n_workers, flow->n_batches - 1, err);
    free(workers);
    return status;
}

void anam_flow_free(struct anam_flow *flow)
{
    anam_pool_close(flow->pool, true);
    for (size_t i = 0; i < flow->n_workers; i++)
        anam_batch_worker_free(&flow->workers[i]);
    for (size_t i = 0; flow->batches && i < flow->n_batches && flow->batches[i]; i++) {
        anam_batch_free(flow->batches[i]);
        free(flow->batches[i]);
    }
    free(flow->workers);
    free(flow->batches);
    free(flow->spare);
    *flow = (struct anam_flow){0};
}

/* Takes the oldest batch back and enters it; *taken tells whether there was one to take. */
static anam_status take_batch(struct anam_flow *flow, bool wait, bool *taken, anam_error *err)
{
    struct anam_batch *batch = anam_pool_take(flow->pool, wait);
    *taken = batch != NULL;
    if (!batch)
        return ANAM_OK;
    anam_status status = batch->status;
    if (status && err)
        *err = batch->err;
    if (!status)
        status = anam_build_take(flow->build, batch, err);
    flow->text_bytes += batch->text_bytes;
    flow->on_the_way -= batch->charged;
    anam_batch_reset(batch);
    flow->spare[flow->n_spare++] = batch;
    return status;
}

/* Takes what is done, and waits for more of it until `bytes` more may go their way. */
static anam_status make_way(struct anam_flow *flow, size_t bytes, anam_error *err)
{
    bool taken = true;
    anam_status status = ANAM_OK;
    while (taken && !status) {
        bool crowded = anam_pool_full(flow->pool) ||
                       (flow->on_the_way > 0 && flow->on_the_way + bytes > flow->memory / 8);
        status = take_batch(flow, crowded, &taken, err);
    }
    return status;
}

/* What is left for the inverter of one worker: what ids, lengths and batches need is part of the
 * bound, but a run is never cut short below half of it. */
static size_t share(const struct anam_flow *flow, size_t fixed)
{
    size_t used = fixed;
    for (size_t i = 0; i < flow->n_workers; i++)
        used += anam_analyzer_memory(flow->workers[i].analyzer);
    for (size_t i = 0; i < flow->n_spare; i++)
        used += anam_batch_memory(flow->spare[i]);
    used += flow->on_the_way;
    size_t bound = used < flow->memory / 2 ? flow->memory - used : flow->memory / 2;
    return bound / flow->n_workers;
}

static anam_status hand_over(struct anam_flow *flow, size_t fixed, anam_error *err)
{
    struct anam_batch *batch = flow->open;
    if (!batch || batch->n == 0)
        return ANAM_OK;
    batch->charged = anam_batch_memory(batch);
    anam_status status = make_way(flow, batch->charged, err);
    if (status)
        return status;
    batch->first = flow->first;
    batch->offset = flow->offset;
    batch->memory = share(flow, fixed + batch->charged);
    flow->first += (uint32_t)batch->n;
    flow->offset += batch->bytes.len;
    flow->on_the_way += batch->charged;
    flow->open = NULL;
    anam_pool_put(flow->pool, batch);
    return ANAM_OK;
}

/* Makes `open` an empty batch. */
static anam_status open_batch(struct anam_flow *flow, anam_error *err)
{
    if (flow->n_spare > 0) {
        flow->open = flow->spare[--flow->n_spare];
        return ANAM_OK;
    }
    size_t i = 0;
    while (flow->batches[i]) /* there is room: at most n_batches - 1 are on the way */
        i++;
    flow->open = flow->batches[i] = anam_new_array(1, sizeof **flow->batches);
    return flow->open ? ANAM_OK : anam_fail_memory(err);
}

anam_status anam_flow_add(struct anam_flow *flow, const anam_record *record, size_t fixed,
                          anam_error *err)
{
    anam_status status = flow->open ? ANAM_OK : open_batch(flow, err);
    if (status)
        return status;
    if (!anam_batch_add(flow->open, record))
        return anam_fail_memory(err);
    return flow->open->bytes.len >= flow->usual ? hand_over(flow, fixed, err) : ANAM_OK;
}

anam_status anam_flow_end(struct anam_flow *flow, anam_error *err)
{
    anam_status status = hand_over(flow, 0, err);
    for (bool taken = true; taken && !status;)
        status = take_batch(flow, true, &taken, err);
    anam_pool_close(flow->pool, status != ANAM_OK);
    flow->pool = NULL;
    for (size_t i = 0; i < flow->n_workers && !status; i++) {
        status = flow->workers[i].status;
        if (status && err)
            *err = flow->workers[i].err;
    }
    return status;
}
