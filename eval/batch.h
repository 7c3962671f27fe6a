/* Many topics against one index, on several threads, answered in the order of topics. */
#ifndef ANAM_BATCH_H
#define ANAM_BATCH_H

#include "eval/topics.h"

/* Receives the results of topic number `i`; called on the caller's thread, in order.
 * Anything but ANAM_OK ends the batch and is returned. */
typedef anam_status (*anam_batch_sink)(void *ctx, size_t i, const anam_results *results,
                                       anam_error *err);

/* Searches every topic with `options` on `jobs` threads (up to ANAM_MAX_JOBS; 0: one a processor),
 * one searcher each.
 * The results do not depend on jobs. What anam_search returns, ANAM_IO (no thread
 * could be started), or what the sink returned. */
anam_status anam_batch(const anam_index *index, const struct anam_topics *topics,
                       const anam_search_options *options, unsigned jobs, anam_batch_sink sink,
                       void *ctx, anam_error *err);

#endif
