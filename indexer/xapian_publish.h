/* Making the databases of a generation the index. */
#ifndef ANAM_XAPIAN_PUBLISH_H
#define ANAM_XAPIAN_PUBLISH_H

#include "base/error.h"

#include <stdint.h>

/* Makes all databases durable, then names them in the stubs: those of the shards one
 * after the other, and the one at the top last. *bytes receives the size of all. After a
 * failure some stubs may name the new generation: see anam_xapian_tidy. ANAM_IO,
 * ANAM_NO_MEMORY. */
anam_status anam_xapian_publish(const char *dir, uint32_t shards, uint64_t generation,
                                uint64_t *bytes, anam_error *err);

#endif
