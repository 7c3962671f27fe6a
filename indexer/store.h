/* The document store of a generation: its records, packed in the order of its documents. */
#ifndef ANAM_STORE_H
#define ANAM_STORE_H

#include "base/stop.h"
#include "index/docstore.h"
#include "indexer/spool.h"

struct anam_store {
    const struct anam_spool *spool;
    const uint32_t *number; /* of the document that each record is, UINT32_MAX: of none; NULL: as
                               they came */
    uint32_t documents;
    struct anam_file_writer *file; /* opened and finished by the caller */
    unsigned jobs;                 /* threads that pack */
    const atomic_bool *stop;       /* looked at once a block */
};

/* Writes all of it. Takes 4 bytes a document, and a job some 3 MiB and three times its largest
 * record on the way. The same bytes with any number of jobs. ANAM_STOPPED, ANAM_IO, ANAM_DAMAGED,
 * ANAM_BAD_DATA (a record is too large), ANAM_NO_MEMORY. */
anam_status anam_store_records(const struct anam_store *store, anam_error *err);

#endif
