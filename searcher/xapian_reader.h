/* A reader of the Xapian engine: connections, and the hits of the last search. */
#ifndef ANAM_XAPIAN_READER_H
#define ANAM_XAPIAN_READER_H

#include "analysis/analyzer.h"
#include "searcher/xapian_exact.h"
#include "searcher/xapian_shards.h"

struct xapian_index;

struct anam_xapian_reader {
    const struct xapian_index *index;
    struct anam_xapian_shards shards;
    struct anam_analyzer *analyzer;
    struct anam_arena ids;        /* of the last hits */
    struct anam_xapian_hit *hits; /* the last, as they were given out */
    size_t n_hits;
    size_t next; /* hit that the next question is probably about */
    bool again;  /* the next call goes on with an operation, after a refresh */
};

#endif
