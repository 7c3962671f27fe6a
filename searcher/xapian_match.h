/* What Xapian's matcher is asked: frequencies of terms, the best records, ids. */
#ifndef ANAM_XAPIAN_MATCH_H
#define ANAM_XAPIAN_MATCH_H

#include "searcher/bm25.h"
#include "searcher/xapian_reader.h"

/* All of them fail as anam_xapian_shards_failed does, or with ANAM_NO_MEMORY. */

/* Adds the document frequencies of the plan's terms in one shard. */
anam_status anam_xapian_frequencies(struct anam_xapian_shards *s, struct anam_xapian_shard *shard,
                                    const struct anam_plan *plan, struct anam_stats *stats,
                                    anam_error *err);

/* Whether anam_xapian_match can weigh the words of both fields closely enough: by factors of which
 * the greatest of a field is not small. */
bool anam_xapian_factors_hold(const struct anam_weighed *weighed, size_t n);

/* The best k by the impacts of the index become the reader's hits, with their ids. */
anam_status anam_xapian_match(struct anam_xapian_reader *r, const struct anam_plan *plan,
                              const struct anam_weighed *weighed, size_t n, size_t k,
                              anam_error *err);

/* The id of a document of the union. */
anam_status anam_xapian_id(struct anam_xapian_shards *s, uint64_t document,
                           struct anam_arena *arena, const char **id, anam_error *err);

/* The ids of the reader's hits that a search for these terms found; the hits end up in
 * another order. */
anam_status anam_xapian_ids(struct anam_xapian_reader *r, const struct anam_plan *plan,
                            const struct anam_weighed *weighed, size_t n, anam_error *err);

#endif
