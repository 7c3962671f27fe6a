/* The engine seam: an analysed, weighted query plan goes in, a finished top-k comes
 * out. One virtual call a query, never one a posting. What a document is inside an
 * engine stays there: it hands out opaque handles, good until the next search on the
 * same reader, and external ids. All slots are mandatory. */
#ifndef ANAM_ENGINE_H
#define ANAM_ENGINE_H

#include "anamnesis.h"
#include "base/alloc.h"

struct anam_plan_term {
    const char *term; /* as indexed */
    size_t len;
    double query_tf; /* how often the query says it */
};

/* Distinct terms in byte order, and how to weigh them. */
struct anam_plan {
    const struct anam_plan_term *terms;
    size_t n;
    anam_settings settings;
};

/* What a plan is weighed with: of one index, or summed over several. */
struct anam_stats {
    uint64_t documents;
    uint64_t tokens[ANAM_N_FIELDS];
    uint64_t (*df)[ANAM_N_FIELDS]; /* by plan term; the caller's array of plan->n */
};

struct anam_engine_hit {
    uint64_t handle;
    float score;
};

struct anam_engine {
    const char *name;

    /* The index at a uri. As anam_index_open; the options are checked and whole. */
    anam_status (*open)(void **index, const char *uri, const anam_open_options *options,
                        anam_error *err);
    void (*close)(void *index);
    const anam_index_info *(*info)(const void *index);
    anam_status (*check)(const void *index, anam_check_fn report, void *ctx, anam_error *err);

    /* A reader is the scratch of one thread; the index outlives it. */
    anam_status (*reader)(void **reader, const void *index, anam_error *err);
    void (*reader_free)(void *reader);
    /* Makes a reader see the index as it is now, after a slot below said ANAM_CHANGED;
     * what it gave before means nothing then. */
    anam_status (*refresh)(void *reader, anam_error *err);
    /* The uris of the shards that the last answers lack, borrowed until the next call. */
    const char *const *(*missing)(const void *reader, size_t *n);

    /* Fills stats for the plan from this index alone. Goes before search and frequencies,
     * which are about the plan of the last call. */
    anam_status (*stats)(void *reader, const struct anam_plan *plan, struct anam_stats *stats,
                         anam_error *err);

    /* The best k by the formula of anam_search with the given (global) stats, best
     * first; hits has room for k. Fields of weight 0 are not searched. */
    anam_status (*search)(void *reader, const struct anam_plan *plan,
                          const struct anam_stats *global, size_t k, struct anam_engine_hit *hits,
                          size_t *n, anam_error *err);

    /* Frequencies of the plan's terms in one document, and its field lengths. */
    anam_status (*frequencies)(void *reader, const struct anam_plan *plan, uint64_t handle,
                               uint32_t (*tf)[ANAM_N_FIELDS], uint32_t length[ANAM_N_FIELDS],
                               anam_error *err);

    /* The ids of n hits, of which only the handles are read, copied into the arena; `ids` has room
     * for n. Fastest for hits in the order in which a search gave them. */
    anam_status (*ids)(void *reader, const struct anam_engine_hit *hits, size_t n,
                       struct anam_arena *arena, const char **ids, anam_error *err);
    /* The document with an id. */
    anam_status (*find)(void *reader, const char *id, uint64_t *handle, bool *found,
                        anam_error *err);
    /* The record of a document, copied into the arena. */
    anam_status (*record)(void *reader, uint64_t handle, struct anam_arena *arena,
                          anam_record **record, anam_error *err);
};

/* Whether a query would be analysed as the index at `where` was: ANAM_TOO_NEW, or
 * ANAM_DAMAGED for an analyzer that no longer is. */
anam_status anam_engine_reads(uint32_t analyzer, const char *language, const char *where,
                              anam_error *err);

extern const struct anam_engine anam_engine_native;
#ifdef ANAM_XAPIAN
extern const struct anam_engine anam_engine_xapian;
#endif

#endif
