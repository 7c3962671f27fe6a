/* From runs to a better order of their documents. */
#ifndef ANAM_ARRANGE_H
#define ANAM_ARRANGE_H

#include "indexer/merge.h"

/* *number becomes the new number of each of `documents` documents, as merge->renumber now
 * numbers them; NULL where they stay as they are, because they are few or ordering them would
 * hold more than `memory` bytes (which does not depend on jobs). Of `merge` only runs, n_runs,
 * renumber and stop are used. *number is the caller's. ANAM_DAMAGED, ANAM_STOPPED,
 * ANAM_NO_MEMORY. */
anam_status anam_arrange_documents(const struct anam_merge *merge, uint32_t documents,
                                   unsigned jobs, size_t memory, uint32_t **number,
                                   anam_error *err);

#endif
