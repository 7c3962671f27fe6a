/* Consecutive records on their way into the index: collected by the writer, analysed,
 * inverted and spooled by a worker, and then entered in order. */
#ifndef ANAM_BATCH_H
#define ANAM_BATCH_H

#include "analysis/analyzer.h"
#include "base/alloc.h"
#include "indexer/commit.h"
#include "indexer/inverter.h"

/* {0} is an empty batch. */
struct anam_batch {
    uint32_t first;           /* ordinal of the first record, */
    uint64_t offset;          /* which goes there in the spool */
    struct anam_buffer bytes; /* encoded records, one after the other */
    uint32_t *ends;           /* of each record in them */
    size_t n;
    size_t cap_ends;
    size_t memory;  /* that the worker's inversion may hold afterwards */
    size_t charged; /* to the memory bound while a worker has it */

    /* What the worker found. */
    anam_status status;
    anam_error err;
    uint32_t *lengths; /* ANAM_N_FIELDS a record */
    size_t cap_lengths;
    uint32_t *checks; /* see anam_spool_write */
    size_t cap_checks;
    uint64_t text_bytes; /* of scored text */
};

/* Appends a record. false without memory. */
bool anam_batch_add(struct anam_batch *batch, const anam_record *record);

/* Empties the batch for others, without giving all its memory back. */
void anam_batch_reset(struct anam_batch *batch);
void anam_batch_free(struct anam_batch *batch);

/* Bytes it holds. */
size_t anam_batch_memory(const struct anam_batch *batch);

/* What one thread needs to work on batches, in the order in which they were collected. */
struct anam_batch_worker {
    struct anam_build *build; /* gets the runs, and records into its spool */
    struct anam_analyzer *analyzer;
    struct anam_inverter inverter;
    struct anam_arena scratch;
    anam_status status; /* of the last run */
    anam_error err;
};

/* `words` is for anam_analyzer_remember. ANAM_INVALID (language), ANAM_NO_MEMORY. */
anam_status anam_batch_worker_init(struct anam_batch_worker *worker, struct anam_build *build,
                                   const char *language, size_t words, anam_error *err);
void anam_batch_worker_free(struct anam_batch_worker *worker);

/* Work on a batch, and the last run: see anam_pool_work. */
void anam_batch_work(void *worker, void *batch);
void anam_batch_last_run(void *worker);

#endif
