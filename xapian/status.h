/* From the statuses of the bindings to ours. */
#ifndef ANAM_XAPIAN_STATUS_H
#define ANAM_XAPIAN_STATUS_H

#include "base/error.h"
#include "xapian/xapian_c.h"

/* Fails with what `x` tells; the message begins with `where`, a path or uri.
 * ANAM_NOT_INDEX, ANAM_TOO_NEW, ANAM_DAMAGED, ANAM_LOCKED, ANAM_CHANGED, ANAM_REMOTE, ANAM_IO,
 * ANAM_NO_MEMORY. */
anam_status anam_xapian_fail(anam_error *err, const xap_error *x, const char *where);

#endif
