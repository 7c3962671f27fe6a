/* The databases of a generation: one a shard, filled from a native index. */
#ifndef ANAM_XAPIAN_FILL_H
#define ANAM_XAPIAN_FILL_H

#include "base/stop.h"
#include "index/segment.h"
#include "index/xapian_layout.h"

/* Writes the databases of all facts->shards shards into `dir`, where those of this
 * generation do not yet exist, synced to disk. The facts come with generation, shards,
 * settings, k1 and b; the rest is filled in from the segment. `stop` is looked at once a
 * record. ANAM_DAMAGED, ANAM_STOPPED, ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_xapian_fill(const struct anam_segment *segment, const char *dir,
                             struct anam_xapian_facts *facts, size_t memory,
                             const atomic_bool *stop, anam_error *err);

#endif
