/* An index for Xapian, made of a native one: records come in by way of a native writer,
 * whose index then is read record by record into the databases of the shards. */
#ifndef ANAM_XAPIAN_EXPORT_H
#define ANAM_XAPIAN_EXPORT_H

#include "base/stop.h"

struct anam_xapian_export;

/* Prepares directory `dir`, which is made if need be, and clears away what a killed writer
 * left. ANAM_INVALID (more shards than files may be open), ANAM_BAD_DATA (in other use),
 * ANAM_LOCKED, ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_xapian_export_open(struct anam_xapian_export **out, const char *dir,
                                    unsigned shards, anam_error *err);

/* Where the native index is to be written: whoever holds its lock may export. */
const char *anam_xapian_export_build(const struct anam_xapian_export *x);

/* Reads the native index there, writes the databases, makes them the ones in `dir`
 * atomically and durably, and removes the older ones and the native index. *bytes
 * receives the size of all databases. `memory` bounds what Xapian is given before it
 * must write. ANAM_DAMAGED, ANAM_STOPPED, ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_xapian_export_run(struct anam_xapian_export *x, size_t memory,
                                   const atomic_bool *stop, uint64_t *bytes, anam_error *err);

/* Undoes what was not published, while the lock is held; afterwards only free. */
void anam_xapian_export_abandon(struct anam_xapian_export *x);

/* NULL is fine. */
void anam_xapian_export_free(struct anam_xapian_export *x);

#endif
