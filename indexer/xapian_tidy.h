/* Keeping the directory of an index for Xapian to what its top stub says. */
#ifndef ANAM_XAPIAN_TIDY_H
#define ANAM_XAPIAN_TIDY_H

#include "base/error.h"

#include <stdint.h>

/* The path of shard `shard` in `dir`, to be freed; NULL without memory. */
char *anam_xapian_home(const char *dir, uint32_t shard);

/* Makes the stub of a shard, whose directory is `home`, name a generation. ANAM_IO,
 * ANAM_NO_MEMORY. */
anam_status anam_xapian_stub_write(const char *home, uint64_t generation, anam_error *err);

/* What a writer that failed or was killed left is undone: every shard's stub names the
 * generation of the top stub again, and then databases of others are removed; failures of
 * removing are left to the next writer. The caller holds the lock. `mine` is the generation
 * that the caller tried in vain to publish, or 0: nothing is removed where the top stub
 * names it, since who knows whether that will last. ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_xapian_tidy(const char *dir, uint64_t mine, anam_error *err);

/* The highest generation of which anything is there; 0: none. */
uint64_t anam_xapian_highest(const char *dir);

#endif
