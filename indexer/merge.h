/* Sorted runs in, posting lists and lexicon out. */
#ifndef ANAM_MERGE_H
#define ANAM_MERGE_H

#include "base/stop.h"
#include "index/dict.h"
#include "index/postings.h"

struct anam_merge {
    const struct anam_map *runs; /* a document is in one of them, or none */
    size_t n_runs;
    const atomic_bool *stop;                  /* looked at once a term; may be NULL */
    const uint32_t *renumber;                 /* new number of each document, UINT32_MAX: left out;
                                                 NULL: all stay */
    bool shuffled;                            /* renumber does not keep their order */
    uint32_t *lengths[ANAM_N_FIELDS];         /* by new number */
    struct anam_impact impact[ANAM_N_FIELDS]; /* of bounds */
    uint32_t documents;                       /* in the new index */
    uint64_t n_postings[ANAM_N_FIELDS];       /* counted by the merge */
    struct anam_file_writer *postings;
    struct anam_file_writer *terms;
};

/* ANAM_DAMAGED (a run does not read back), ANAM_STOPPED, ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_merge_runs(struct anam_merge *merge, anam_error *err);

#endif
