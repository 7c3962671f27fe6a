/* The stubs of an index for Xapian, read by us: Xapian itself would follow any stub, to
 * programs and to the network. */
#ifndef ANAM_XAPIAN_STUB_H
#define ANAM_XAPIAN_STUB_H

#include "base/error.h"
#include "index/xapian_layout.h"

enum anam_xapian_stub_kind {
    ANAM_XAPIAN_NO_STUB,
    ANAM_XAPIAN_TOP_STUB,  /* names the databases of all shards */
    ANAM_XAPIAN_SHARD_STUB /* names one directory beside it: of a shard, or of a replica */
};

enum { ANAM_XAPIAN_STUB_NAME = 256 };

struct anam_xapian_stub {
    enum anam_xapian_stub_kind kind;
    uint32_t shards; /* of the top stub: shards 1 to this, of one generation */
    uint64_t generation;
    char name[ANAM_XAPIAN_STUB_NAME]; /* of the other */
};

/* Reads DIR/XAPIANDB, never blocking. Lines that begin with # are remarks.
 * ANAM_DAMAGED (any other stub, or no plain file), ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_xapian_stub_read(const char *dir, struct anam_xapian_stub *stub, anam_error *err);

#endif
