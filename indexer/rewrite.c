#include "indexer/rewrite.h"

#include "base/pool.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_MEMORY = 1 << 30 }; /* ends of records are 32 bits */

/* The documents first to last - 1, of which as many as fit are in memory. */
struct range {
    uint32_t first;
    uint32_t last;
    char *records;  /* one after the other */
    uint32_t *ends; /* of each in `records`, by number less first */
};

static anam_status read_sizes(const struct anam_rewrite *w, uint32_t *sizes, anam_error *err)
{
    struct anam_docblock block = {0};
    anam_status status = ANAM_OK;
    for (uint32_t i = 0; i < w->from->documents && !status; i++) {
        size_t n;
        if (w->number[i] == UINT32_MAX)
            continue;
        status = anam_docstore_size(w->from, i, &block, &n, err);
        if (!status)
            sizes[w->number[i]] = (uint32_t)n;
    }
    anam_docblock_free(&block);
    return status;
}

static uint32_t begin_of(const struct range *r, uint32_t i)
{
    return i > 0 ? r->ends[i - 1] : 0;
}

static anam_status collect(const struct anam_rewrite *w, const struct range *r, anam_error *err)
{
    struct anam_docblock block = {0};
    anam_status status = ANAM_OK;
    for (uint32_t i = 0; i < w->from->documents && !status; i++) {
        const unsigned char *record;
        size_t n;
        if (w->number[i] < r->first || w->number[i] >= r->last)
            continue;
        status = anam_docstore_get(w->from, i, &block, &record, &n, err);
        if (!status)
            memcpy(r->records + begin_of(r, w->number[i] - r->first), record, n);
    }
    anam_docblock_free(&block);
    return status;
}

/* ---- packing ---- */

struct packer {
    struct anam_docpacker packer;
    const struct range *range;
};

struct packed {
    uint32_t first; /* less that of the range */
    uint32_t n;
    struct anam_buffer bytes;
    anam_status status;
    anam_error err;
};

static void pack(void *worker, void *item)
{
    struct packer *w = worker;
    struct packed *p = item;
    const struct range *r = w->range;
    uint32_t from = begin_of(r, p->first);
    p->bytes.len = 0;
    p->status = anam_docpacker_pack(&w->packer, r->records + from, r->ends + p->first, from, p->n,
                                    &p->bytes, &p->err);
}

/* The records of the block that begins with document `first` of the range. */
static uint32_t block_at(const struct range *r, uint32_t first)
{
    uint32_t n = 1;
    while (first + n < r->last - r->first &&
           !anam_docblock_full(r->ends[first + n - 1] - begin_of(r, first), n))
        n++;
    return n;
}

static anam_status put_oldest(const struct anam_rewrite *w, struct anam_pool *pool, anam_error *err)
{
    const struct packed *p = anam_pool_take(pool, true);
    if (p->status && err)
        *err = p->err;
    return p->status ? p->status : anam_docstore_put(w->to, p->bytes.data, p->bytes.len, p->n, err);
}

static anam_status pack_range(const struct anam_rewrite *w, const struct range *r, anam_error *err)
{
    static const struct anam_pool_work work = {.work = pack};
    size_t ahead = 2 * (size_t)w->jobs;
    struct packer *packers = anam_new_array(w->jobs, sizeof *packers);
    void **workers = anam_new_array(w->jobs, sizeof *workers);
    struct packed *items = anam_new_array(ahead, sizeof *items);
    struct anam_pool *pool = NULL;
    anam_status status = ANAM_OK;
    if (!packers || !workers || !items)
        status = anam_fail_memory(err);
    for (unsigned i = 0; i < w->jobs && !status; i++) {
        packers[i] = (struct packer){.packer.dictionary = &w->to->dictionary, .range = r};
        workers[i] = &packers[i];
    }
    if (!status)
        status = anam_pool_open(&pool, &work, workers, w->jobs, ahead, err);
    size_t n_put = 0;
    size_t n_taken = 0;
    for (uint32_t i = 0; i < r->last - r->first && !status;) {
        struct packed *item = &items[n_put % ahead];
        if (n_put - n_taken == ahead) {
            status = put_oldest(w, pool, err);
            n_taken++;
        }
        if (!status)
            status = anam_check_stop(w->stop, err);
        item->first = i;
        item->n = block_at(r, i);
        i += item->n;
        if (!status) {
            anam_pool_put(pool, item);
            n_put++;
        }
    }
    for (; n_taken < n_put && !status; n_taken++)
        status = put_oldest(w, pool, err);
    anam_pool_close(pool, status != ANAM_OK);
    for (unsigned i = 0; packers && i < w->jobs; i++)
        anam_docpacker_free(&packers[i].packer);
    for (size_t i = 0; items && i < ahead; i++)
        anam_buffer_free(&items[i].bytes);
    free(packers);
    free(workers);
    free(items);
    return status;
}

/* Makes the range whole blocks, as many as fit, so that blocks do not depend on memory; the
 * sizes of its records become their ends. */
static uint32_t end_range(struct range *r, uint32_t *sizes, uint32_t documents, size_t memory)
{
    uint32_t total = 0;
    r->ends = sizes + r->first;
    for (r->last = r->first; r->last < documents;) {
        uint32_t n = 0;
        size_t bytes = 0;
        while (r->last + n < documents && (n == 0 || !anam_docblock_full(bytes, n)))
            bytes += sizes[r->last + n++];
        if (total > 0 && bytes > memory - total)
            break;
        for (; n > 0; n--) {
            total += sizes[r->last];
            sizes[r->last++] = total;
        }
        if (total >= memory)
            break;
    }
    return total;
}

/* Begins the new store. Its dictionary comes from all over where documents are arranged anew; else
 * it is made of the first records, as if those that are left out had never been there. */
static anam_status begin(const struct anam_rewrite *w, const uint32_t *sizes, anam_error *err)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < w->documents; i++)
        total += sizes[i];
    uint64_t from = w->sampled ? total : ANAM_DICTIONARY_BYTES; /* bytes that are represented */
    size_t most = w->sampled ? ANAM_BLOCK_BYTES : ANAM_DICTIONARY_BYTES; /* of a single record */
    struct anam_docblock block = {0};
    struct anam_buffer sample = {0};
    anam_status status = ANAM_OK;
    uint64_t seen = 0;
    for (uint32_t i = 0; i < w->from->documents && !status; i++) {
        const unsigned char *record;
        size_t n;
        if (w->number[i] == UINT32_MAX || sample.len >= ANAM_DICTIONARY_BYTES)
            continue;
        seen += sizes[w->number[i]];
        if (seen * ANAM_DICTIONARY_BYTES <= sample.len * from)
            continue;
        status = anam_docstore_get(w->from, i, &block, &record, &n, err);
        if (!status && !anam_buffer_append(&sample, record, n < most ? n : most))
            status = anam_fail_memory(err);
    }
    if (!status)
        status = anam_docstore_begin(w->to, sample.data, sample.len, err);
    anam_buffer_free(&sample);
    anam_docblock_free(&block);
    return status;
}

anam_status anam_rewrite_records(const struct anam_rewrite *w, anam_error *err)
{
    size_t memory = w->memory < MAX_MEMORY ? w->memory : MAX_MEMORY;
    uint32_t *sizes = anam_new_array(w->documents, sizeof *sizes);
    anam_status status = sizes ? read_sizes(w, sizes, err) : anam_fail_memory(err);
    if (!status)
        status = begin(w, sizes, err);
    for (struct range r = {0}; r.first < w->documents && !status; r.first = r.last) {
        uint32_t total = end_range(&r, sizes, w->documents, memory);
        r.records = malloc(total > 0 ? total : 1);
        status = r.records ? collect(w, &r, err) : anam_fail_memory(err);
        if (!status)
            status = pack_range(w, &r, err);
        free(r.records);
    }
    free(sizes);
    return status;
}
