/* Scoring an index for Xapian from its posting lists, all of them: for settings or averages
 * other than those that its impacts were made with. The scores are those of the native
 * engine, bit for bit. */
#ifndef ANAM_XAPIAN_EXACT_H
#define ANAM_XAPIAN_EXACT_H

#include "searcher/bm25.h"
#include "searcher/xapian_shards.h"

/* A hit whose id is still to be asked for where it is NULL. */
struct anam_xapian_hit {
    uint32_t document; /* in the union */
    float score;
    const char *id;
};

/* Scores all records that hold a weighed term: *hits, to be freed, are the best k and all
 * that tie with the last of them, in no order. Failures as of
 * anam_xapian_shards_failed; ANAM_NO_MEMORY. */
anam_status anam_xapian_exact(struct anam_xapian_shards *s, const struct anam_plan *plan,
                              const struct anam_weighed *weighed, size_t n_weighed, size_t k,
                              struct anam_xapian_hit **hits, size_t *n, anam_error *err);

#endif
