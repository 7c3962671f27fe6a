/* Stored records in another order. */
#ifndef ANAM_REWRITE_H
#define ANAM_REWRITE_H

#include "base/stop.h"
#include "index/docstore.h"

struct anam_rewrite {
    const struct anam_docstore *from;
    const uint32_t *number; /* of each document in `to`; UINT32_MAX: it is left out */
    uint32_t documents;     /* in `to` */
    struct anam_docstore_writer *to;
    size_t memory;           /* for records, in bytes; a single one may be larger */
    unsigned jobs;           /* threads that pack */
    const atomic_bool *stop; /* looked at once a block */
    bool sampled;            /* the dictionary comes from all over, not from the first records */
};

/* Puts the records of `from` to `to`. As many as fit into memory are collected at a time, and for
 * each such range of numbers the old store is read from its front, though no block that has none
 * of them. Takes 4 bytes a document besides. The same bytes with any number of jobs.
 * ANAM_STOPPED, ANAM_IO, ANAM_DAMAGED, ANAM_NO_MEMORY. */
anam_status anam_rewrite_records(const struct anam_rewrite *rewrite, anam_error *err);

#endif
