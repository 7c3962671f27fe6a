/* A whole small file in memory. */
#ifndef ANAM_BASE_SLURP_H
#define ANAM_BASE_SLURP_H

#include "base/alloc.h"
#include "base/error.h"

/* Reads all of a file, or of stdin where path is "-", and puts a NUL behind it that is
 * not counted. ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_slurp(const char *path, struct anam_buffer *out, anam_error *err);

#endif
