/* Document order: like records side by side. Postings then fall into fewer windows, lists
 * are shorter and a search can pass over more of them. */
#ifndef ANAM_ORDER_H
#define ANAM_ORDER_H

#include "base/stop.h"
#include "indexer/forward.h"

/* number[d] becomes the place of document d, a permutation of 0 to documents - 1. It depends
 * on the terms alone, not on the number of threads, `jobs` (from 1). Uses the lists up. Holds
 * 10 bytes a document, and for each thread 16 a term. `stop`, which may be
 * NULL, is looked at once a round. ANAM_STOPPED, ANAM_NO_MEMORY. */
anam_status anam_order_documents(struct anam_forward *f, unsigned jobs, const atomic_bool *stop,
                                 uint32_t *number, anam_error *err);

#endif
