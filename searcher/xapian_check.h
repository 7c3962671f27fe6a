/* Verifying an index for Xapian. */
#ifndef ANAM_XAPIAN_CHECK_H
#define ANAM_XAPIAN_CHECK_H

#include "searcher/xapian_shards.h"

/* Lets Xapian check the databases that are local, and reads every record of all: that it
 * is whole, bears its id and is found by it, and that counts and lengths add up.
 * ANAM_DAMAGED after reporting each finding (err holds the first), else as reading. Where
 * all is well, the shards that are missing, and so not checked, are reported. */
anam_status anam_xapian_check(struct anam_xapian_shards *s, anam_check_fn report, void *ctx,
                              anam_error *err);

#endif
