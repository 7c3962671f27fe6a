/* Opening a database that somebody else may have made. */
#ifndef ANAM_XAPIAN_OPEN_H
#define ANAM_XAPIAN_OPEN_H

#include "base/error.h"
#include "xapian/xapian_c.h"

/* Opens the glass database in directory `path`, and nothing else: no stub is followed, no
 * pipe is read. Messages begin with `where`. ANAM_NOT_INDEX, and those of
 * anam_xapian_fail. */
anam_status anam_xapian_open_glass(xap_database **out, const char *path, const char *where,
                                   anam_error *err);

#endif
