/* Fills the caller's anam_error and returns its status, so that a failing
 * function ends in `return anam_fail(err, ...)`. err may always be NULL. */
#ifndef ANAM_BASE_ERROR_H
#define ANAM_BASE_ERROR_H

#include "anamnesis.h"

#if defined(__GNUC__)
#define ANAM_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define ANAM_PRINTF(fmt, args)
#endif

/* Fails with `code` and a printf-style message of one line. */
anam_status anam_fail(anam_error *err, anam_status code, const char *fmt, ...) ANAM_PRINTF(3, 4);

/* The same, with `pos` the byte offset in the file which the message names. */
anam_status anam_fail_at(anam_error *err, anam_status code, uint64_t pos, const char *fmt, ...)
    ANAM_PRINTF(4, 5);

/* Fails because a system call failed with errno `sys`: appends ": " and what sys
 * means. ANAM_NO_MEMORY for ENOMEM, ANAM_IO for all others. */
anam_status anam_fail_sys(anam_error *err, int sys, const char *fmt, ...) ANAM_PRINTF(3, 4);

/* Fails with ANAM_NO_MEMORY. */
anam_status anam_fail_memory(anam_error *err);

#endif
