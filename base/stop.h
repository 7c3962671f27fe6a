/* Work that takes long looks now and then whether it was told to stop: one flag a job, set by any
 * thread or signal handler. */
#ifndef ANAM_STOP_H
#define ANAM_STOP_H

#include "base/error.h"

#include <stdatomic.h>

/* ANAM_STOPPED where the flag is set. NULL is never set. */
static inline anam_status anam_check_stop(const atomic_bool *stop, anam_error *err)
{
    if (!stop || !atomic_load_explicit(stop, memory_order_relaxed))
        return ANAM_OK;
    return anam_fail(err, ANAM_STOPPED, "stopped before it was done");
}

#endif
