/* The records' way through the workers: into batches, to whoever is free, and back in
 * order. The index does not depend on the number of workers nor on their timing, for runs are
 * merged by document. */
#ifndef ANAM_FLOW_H
#define ANAM_FLOW_H

#include "base/pool.h"
#include "indexer/batch.h"

/* {0} can be freed. */
struct anam_flow {
    struct anam_build *build;
    size_t memory; /* the bound on all of it */
    struct anam_batch_worker *workers;
    size_t n_workers;
    struct anam_pool *pool;
    struct anam_batch **batches; /* all that there are, NULL where not made yet */
    size_t n_batches;
    struct anam_batch **spare; /* those of them that wait to be filled */
    size_t n_spare;
    struct anam_batch *open; /* being filled, or NULL */
    uint32_t first;          /* ordinal of the next batch's first record, */
    uint64_t offset;         /* and where it goes in the spool */
    size_t usual;            /* bytes at which a batch goes to a worker */
    size_t on_the_way;       /* bytes that batches with a worker hold */
    uint64_t text_bytes;     /* of scored text */
};

/* Makes workers for `jobs` (0: one a processor) within the memory bound. ANAM_INVALID
 * (language), ANAM_NO_MEMORY. */
anam_status anam_flow_init(struct anam_flow *flow, struct anam_build *build, const char *language,
                           size_t memory, unsigned jobs, anam_error *err);

/* Starts the threads, once the build has begun. ANAM_NO_MEMORY. */
anam_status anam_flow_start(struct anam_flow *flow, anam_error *err);

/* Adds a record whose id the build has; `fixed` is memory that counts as part of the
 * bound. Reports what failed on earlier records, too. ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_flow_add(struct anam_flow *flow, const anam_record *record, size_t fixed,
                          anam_error *err);

/* Waits for all work, has the last runs written, and ends the threads. ANAM_IO,
 * ANAM_NO_MEMORY. */
anam_status anam_flow_end(struct anam_flow *flow, anam_error *err);

/* Ends the threads, whatever they are at, and gives everything back. */
void anam_flow_free(struct anam_flow *flow);

#endif
