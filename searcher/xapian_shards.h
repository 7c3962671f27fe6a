/* Connections of one thread to the databases of an index for Xapian: opened, checked to
 * belong together, joined, and joined again when one changes or is lost. */
#ifndef ANAM_XAPIAN_SHARDS_H
#define ANAM_XAPIAN_SHARDS_H

#include "index/xapian_layout.h"
#include "searcher/xapian_places.h"
#include "xapian/status.h"

#include <time.h>

/* What is known of a database before it is connected to. {0} is nothing. */
struct anam_xapian_known {
    struct anam_xapian_facts facts; /* shard 0: were never read */
    struct timespec lost;           /* when it last failed to answer; tv_sec 0: did not fail */
};

struct anam_xapian_shard {
    const struct anam_xapian_place *place;
    xap_database *db; /* NULL: not connected */
    bool known;       /* the facts were read, once at least */
    struct anam_xapian_facts facts;
    struct timespec lost;             /* as above */
    unsigned failures;                /* of the connection, in this operation */
    uint32_t last;                    /* document id; of the lengths */
    uint32_t *lengths[ANAM_N_FIELDS]; /* by document id, or NULL: not yet needed */
};

struct anam_xapian_shards {
    anam_open_options options;
    struct anam_xapian_shard *shard;
    size_t n;
    xap_database *all; /* the union of those connected, in order; NULL: to be made */
    const char **missing;
    size_t n_missing;
    struct timespec deadline; /* of this operation; tv_sec 0: none */
    unsigned revivals;        /* tries to connect to what was lost, in this operation */
};

/* Connects to all places, which must outlive the connections. With options->partial some
 * may stay away, but one. `known` has an element for each place, or is NULL. ANAM_NOT_INDEX,
 * ANAM_BAD_DATA (they do not belong together), ANAM_DAMAGED, ANAM_TOO_NEW, ANAM_REMOTE,
 * ANAM_CHANGED (not what was known), ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_xapian_shards_open(struct anam_xapian_shards *s,
                                    const struct anam_xapian_places *places,
                                    const struct anam_xapian_known *known,
                                    const anam_open_options *options, anam_error *err);
void anam_xapian_shards_free(struct anam_xapian_shards *s);

/* Begins an operation, to which the deadline of ANAM_DEADLINE timeouts applies where
 * databases are served, and ends the one before. */
enum { ANAM_DEADLINE = 3 };
void anam_xapian_shards_begin(struct anam_xapian_shards *s);

/* ANAM_REMOTE where the operation has taken too long. To be called between calls to
 * Xapian. */
anam_status anam_xapian_shards_in_time(const struct anam_xapian_shards *s, anam_error *err);

/* Connects again to what was lost, if it is time to try. The statuses of opening. */
anam_status anam_xapian_shards_revive(struct anam_xapian_shards *s, anam_error *err);

/* Goes on to the newest commit everywhere. The same; ANAM_CHANGED where the index was
 * replaced by another. */
anam_status anam_xapian_shards_refresh(struct anam_xapian_shards *s, anam_error *err);

/* After a call to Xapian failed: fails with ANAM_CHANGED where the work is worth trying
 * again after a refresh (a database changed, a connection was lost and might be made anew,
 * or the rest will do), else with what it says. `shard` is NULL for the union. */
anam_status anam_xapian_shards_failed(struct anam_xapian_shards *s, struct anam_xapian_shard *shard,
                                      const xap_error *x, anam_error *err);

/* The same after a query to the union. Xapian does not always tell which shard it was, or which
 * connection broke: then each is asked alone, of connections new ones. */
anam_status anam_xapian_shards_blame(struct anam_xapian_shards *s, const xap_error *x,
                                     xap_status (*ask)(void *ctx, const xap_database *db,
                                                       xap_error *x),
                                     void *ctx, anam_error *err);

/* The document of one database that has an id; 0: none. */
xap_status anam_xapian_find_id(const xap_database *db, const char *id, uint32_t *document,
                               xap_error *x);

/* The shard that a document of the union is in. */
struct anam_xapian_shard *anam_xapian_shards_holding(const struct anam_xapian_shards *s,
                                                     uint64_t document);

#endif
