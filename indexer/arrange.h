/* From runs to a better order of their documents. */
#ifndef ANAM_ARRANGE_H
#define ANAM_ARRANGE_H

#include "base/file.h"
#include "base/stop.h"

struct anam_arrange {
    const struct anam_map *runs; /* a document is in one of them, or none */
    size_t n_runs;
    const uint32_t *renumber; /* number of each document, UINT32_MAX: it is left out */
    bool gaps;                /* some are left out */
    uint32_t documents;       /* numbers are below it */
    unsigned jobs;
    size_t memory;           /* bytes that ordering may hold, but for 1 MiB a job */
    const atomic_bool *stop; /* looked at once a list of a run; may be NULL */
};

/* *number becomes the new number of each number; NULL where they stay as they are, because they
 * are few or ordering them would hold more memory. *number is the caller's. ANAM_DAMAGED,
 * ANAM_STOPPED, ANAM_NO_MEMORY. */
anam_status anam_arrange_documents(const struct anam_arrange *arrange, uint32_t **number,
                                   anam_error *err);

#endif
