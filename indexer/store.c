#include "indexer/store.h"

#include "base/pool.h"

#include <stdlib.h>
#include <string.h>

/* The store in the making. */
struct storing {
    const struct anam_store *store;
    uint32_t *record; /* of each document; NULL: of the same number */
    struct anam_docstore_writer writer;
};

static uint32_t record_of(const struct storing *s, uint32_t document)
{
    return s->record ? s->record[document] : document;
}

static bool turn_round(struct storing *s)
{
    const struct anam_store *store = s->store;
    if (!store->number)
        return true;
    s->record = anam_new_array(store->documents, sizeof *s->record);
    for (uint32_t i = 0; s->record && i < store->spool->records; i++)
        if (store->number[i] != UINT32_MAX)
            s->record[store->number[i]] = i;
    return s->record != NULL;
}

/* ---- the dictionary ---- */

/* Begins the store, with a dictionary from all over the archive. What is left out is as if it had
 * never been there. */
static anam_status begin(struct storing *s, anam_error *err)
{
    const struct anam_store *store = s->store;
    const struct anam_spool *spool = store->spool;
    uint64_t total = 0;
    for (uint32_t d = 0; d < store->documents; d++)
        total += anam_spool_size(spool, record_of(s, d));
    struct anam_buffer sample = {0};
    anam_status status = ANAM_OK;
    uint64_t seen = 0;
    for (uint32_t i = 0; i < spool->records && sample.len < ANAM_DICTIONARY_BYTES && !status; i++) {
        if (store->number && store->number[i] == UINT32_MAX)
            continue;
        size_t n = anam_spool_size(spool, i);
        seen += n;
        if (seen * ANAM_DICTIONARY_BYTES <= sample.len * total)
            continue;
        if (!anam_buffer_reserve(&sample, n))
            status = anam_fail_memory(err);
        else
            status = anam_spool_read(spool, i, sample.data + sample.len, err);
        sample.len += n < ANAM_BLOCK_BYTES ? n : ANAM_BLOCK_BYTES;
    }
    if (!status)
        status = anam_docstore_begin(&s->writer, sample.data, sample.len, err);
    anam_buffer_free(&sample);
    return status;
}

/* ---- packing ---- */

/* Memory that a usual block needs, and that is kept for the next one. */
enum { KEEP = 1 << 20 };

/* What one thread needs. */
struct packer {
    const struct storing *storing;
    struct anam_docpacker packer;
    struct anam_buffer records;
    uint32_t *lengths; /* of these */
    size_t cap_lengths;
};

/* A block: documents first to first + n - 1. */
struct block {
    uint32_t first;
    uint32_t n;
    struct anam_buffer packed;
    anam_status status;
    anam_error err;
};

static anam_status collect(struct packer *w, const struct block *b, anam_error *err)
{
    const struct anam_spool *spool = w->storing->store->spool;
    anam_status status = ANAM_OK;
    w->records.len = 0;
    if (!anam_grow(&w->lengths, &w->cap_lengths, b->n, sizeof *w->lengths))
        return anam_fail_memory(err);
    for (uint32_t i = 0; i < b->n && !status; i++) {
        uint32_t record = record_of(w->storing, b->first + i);
        size_t n = anam_spool_size(spool, record);
        if (!anam_buffer_reserve(&w->records, n))
            return anam_fail_memory(err);
        status = anam_spool_read(spool, record, w->records.data + w->records.len, err);
        w->records.len += n;
        w->lengths[i] = (uint32_t)n;
    }
    return status;
}

static void pack(void *worker, void *item)
{
    struct packer *w = worker;
    struct block *b = item;
    b->packed.len = 0;
    b->status = collect(w, b, &b->err);
    if (!b->status)
        b->status =
            anam_docpacker_pack(&w->packer, w->records.data, w->lengths, b->n, &b->packed, &b->err);
    if (w->records.cap > KEEP)
        anam_buffer_free(&w->records);
}

/* Puts the block that was begun first. */
static anam_status put_oldest(struct storing *s, struct anam_pool *pool, anam_error *err)
{
    struct block *b = anam_pool_take(pool, true);
    anam_status status = b->status;
    if (status && err)
        *err = b->err;
    if (!status)
        status = anam_docstore_put(&s->writer, b->packed.data, b->packed.len, b->n, err);
    if (b->packed.cap > KEEP)
        anam_buffer_free(&b->packed);
    return status;
}

/* How many documents there are in the block that begins with `first`. */
static uint32_t end_block(const struct storing *s, uint32_t first)
{
    uint32_t n = 0;
    size_t bytes = 0;
    while (first + n < s->store->documents && (n == 0 || !anam_docblock_full(bytes, n)))
        bytes += anam_spool_size(s->store->spool, record_of(s, first + n++));
    return n;
}

/* Packs all blocks, with room for `ahead` of them. */
static anam_status pack_all(struct storing *s, struct anam_pool *pool, struct block *blocks,
                            size_t ahead, anam_error *err)
{
    size_t n_put = 0;
    size_t n_taken = 0;
    anam_status status = ANAM_OK;
    for (uint32_t first = 0; first < s->store->documents && !status;) {
        if (n_put - n_taken == ahead) {
            status = put_oldest(s, pool, err);
            n_taken++;
        }
        if (!status)
            status = anam_check_stop(s->store->stop, err);
        if (status)
            return status;
        struct block *b = &blocks[n_put++ % ahead];
        b->first = first;
        b->n = end_block(s, first);
        first += b->n;
        anam_pool_put(pool, b);
    }
    for (; n_taken < n_put && !status; n_taken++)
        status = put_oldest(s, pool, err);
    return status;
}

static anam_status pack_by_jobs(struct storing *s, anam_error *err)
{
    static const struct anam_pool_work work = {.work = pack};
    unsigned jobs = s->store->jobs;
    size_t ahead = 2 * (size_t)jobs;
    struct packer *packers = anam_new_array(jobs, sizeof *packers);
    void **workers = anam_new_array(jobs, sizeof *workers);
    struct block *blocks = anam_new_array(ahead, sizeof *blocks);
    struct anam_pool *pool = NULL;
    anam_status status = packers && workers && blocks ? ANAM_OK : anam_fail_memory(err);
    for (unsigned i = 0; i < jobs && !status; i++) {
        packers[i] = (struct packer){.storing = s, .packer.dictionary = &s->writer.dictionary};
        workers[i] = &packers[i];
    }
    if (!status)
        status = anam_pool_open(&pool, &work, workers, jobs, ahead, err);
    if (!status)
        status = pack_all(s, pool, blocks, ahead, err);
    anam_pool_close(pool, status != ANAM_OK);
    for (unsigned i = 0; packers && i < jobs; i++) {
        anam_docpacker_free(&packers[i].packer);
        anam_buffer_free(&packers[i].records);
        free(packers[i].lengths);
    }
    for (size_t i = 0; blocks && i < ahead; i++)
        anam_buffer_free(&blocks[i].packed);
    free(packers);
    free(workers);
    free(blocks);
    return status;
}

anam_status anam_store_records(const struct anam_store *store, anam_error *err)
{
    struct storing s = {.store = store, .writer.file = store->file};
    anam_status status = turn_round(&s) ? begin(&s, err) : anam_fail_memory(err);
    if (!status)
        status = pack_by_jobs(&s, err);
    if (!status)
        status = anam_docstore_end(&s.writer, err);
    anam_docstore_writer_free(&s.writer);
    free(s.record);
    return status;
}
