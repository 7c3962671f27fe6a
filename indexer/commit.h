/* A generation in the making: its files while records come in, and the commit. */
#ifndef ANAM_COMMIT_H
#define ANAM_COMMIT_H

#include "base/alloc.h"
#include "base/stop.h"
#include "index/manifest.h"
#include "indexer/directory.h"
#include "indexer/inverter.h"
#include "indexer/spool.h"

struct anam_build {
    struct anam_directory dir;
    struct anam_manifest manifest; /* of the new generation */
    bool published;
    uint32_t added;    /* records so far; the next one's ordinal */
    uint32_t replaced; /* of these */
    const char **ids;  /* by ordinal; NULL once replaced */
    size_t cap_ids;
    uint32_t *lengths[ANAM_N_FIELDS]; /* by ordinal */
    size_t cap_lengths[ANAM_N_FIELDS];
    struct anam_arena id_bytes;
    struct anam_spool spool;
    _Atomic uint32_t runs;
    bool optimize;  /* whether documents may be put into another order, */
    unsigned jobs;  /* by so many threads, */
    size_t memory;  /* within so many bytes; */
    bool unordered; /* they should have been, and were not */
    atomic_bool stop;
};

struct anam_batch;

/* Locks the directory and begins a generation. As anam_directory_lock. */
anam_status anam_build_begin(struct anam_build *b, const char *path, const char *language,
                             anam_error *err);

/* Makes room for the next record and takes its id; ANAM_NO_MEMORY. */
anam_status anam_build_add(struct anam_build *b, const char *id, anam_error *err);

/* Takes what a worker found in the next batch of records, and that they are spooled.
 * ANAM_NO_MEMORY. */
anam_status anam_build_take(struct anam_build *b, const struct anam_batch *batch, anam_error *err);

/* Writes the inverter out as a sorted run and empties it. Several threads may do so at a
 * time, and while one other adds and takes. ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_build_run(struct anam_build *b, struct anam_inverter *inv, anam_error *err);

/* Bytes held in memory. */
size_t anam_build_memory(const struct anam_build *b);

/* Writes all files, publishes the manifest and sweeps the old generation away.
 * ANAM_STOPPED, ANAM_IO, ANAM_DAMAGED, ANAM_NO_MEMORY. */
anam_status anam_build_commit(struct anam_build *b, anam_error *err);

/* Gives everything back; what was not published is removed. */
void anam_build_free(struct anam_build *b);

#endif
