/* Do the databases of an index for Xapian belong together? */
#ifndef ANAM_XAPIAN_FIT_H
#define ANAM_XAPIAN_FIT_H

#include "searcher/xapian_shards.h"

/* Whether a database counts the documents that its facts say. ANAM_BAD_DATA (several
 * behind one server), ANAM_DAMAGED, and those of anam_xapian_fail. */
anam_status anam_xapian_fit_count(const struct anam_xapian_place *place, const xap_database *db,
                                  const struct anam_xapian_facts *facts, anam_error *err);

/* Whether all that is known can be searched as one, and nothing is left out. ANAM_BAD_DATA. */
anam_status anam_xapian_fit(const struct anam_xapian_shards *s, anam_error *err);

/* Whether all that is known is shards of one archive. */
bool anam_xapian_one_archive(const struct anam_xapian_shards *s);

/* Calls `each` for the facts of one shard of each archive. */
void anam_xapian_archives(const struct anam_xapian_shards *s,
                          void (*each)(void *ctx, const struct anam_xapian_facts *facts),
                          void *ctx);

#endif
