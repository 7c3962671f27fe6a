/* Whole small files: from disk to memory and back. */
#ifndef ANAM_BASE_SLURP_H
#define ANAM_BASE_SLURP_H

#include "base/alloc.h"
#include "base/error.h"

/* Reads all of a file, or of stdin where path is "-", and puts a NUL behind it that is
 * not counted. ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_slurp(const char *path, struct anam_buffer *out, anam_error *err);

/* Makes the file hold these bytes: a regular or new one is replaced as a whole, a device
 * or pipe is written to. ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_write_whole(const char *path, const void *bytes, size_t n, anam_error *err);

#endif
