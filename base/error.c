#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *anam_status_name(anam_status status)
{
    static const char *const names[] = {
        [ANAM_OK] = "ok",
        [ANAM_INVALID] = "invalid argument",
        [ANAM_QUERY] = "query refused",
        [ANAM_BAD_DATA] = "bad data",
        [ANAM_NOT_INDEX] = "no index",
        [ANAM_DAMAGED] = "damaged",
        [ANAM_TOO_NEW] = "too new",
        [ANAM_NOT_FOUND] = "not found",
        [ANAM_IO] = "input/output error",
        [ANAM_LOCKED] = "locked",
        [ANAM_NO_MEMORY] = "out of memory",
        [ANAM_REMOTE] = "server not reached",
        [ANAM_CHANGED] = "changed while read",
        [ANAM_STOPPED] = "stopped",
    };
    size_t i = (size_t)status;
    return i < sizeof names / sizeof names[0] ? names[i] : "unknown status";
}

const char *anam_version(void)
{
    return ANAM_VERSION;
}

static void fill(anam_error *err, anam_status code, int sys, uint64_t pos, const char *fmt,
                 va_list args) ANAM_PRINTF(5, 0);

static void fill(anam_error *err, anam_status code, int sys, uint64_t pos, const char *fmt,
                 va_list args)
{
    err->code = code;
    err->sys = sys;
    err->pos = pos;
    vsnprintf(err->msg, sizeof err->msg, fmt, args);
}

anam_status anam_fail(anam_error *err, anam_status code, const char *fmt, ...)
{
    if (err) {
        va_list args;
        va_start(args, fmt);
        fill(err, code, 0, 0, fmt, args);
        va_end(args);
    }
    return code;
}

anam_status anam_fail_at(anam_error *err, anam_status code, uint64_t pos, const char *fmt, ...)
{
    if (err) {
        va_list args;
        va_start(args, fmt);
        fill(err, code, 0, pos, fmt, args);
        va_end(args);
    }
    return code;
}

anam_status anam_fail_sys(anam_error *err, int sys, const char *fmt, ...)
{
    anam_status code = sys == ENOMEM ? ANAM_NO_MEMORY : ANAM_IO;
    if (err) {
        va_list args;
        va_start(args, fmt);
        fill(err, code, sys, 0, fmt, args);
        va_end(args);
        char why[128];
        if (strerror_r(sys, why, sizeof why) != 0)
            snprintf(why, sizeof why, "error %d", sys);
        size_t used = strlen(err->msg);
        size_t most = sizeof err->msg - sizeof ": " - strlen(why);
        used = used < most ? used : most; /* a long path must not hide the reason */
        snprintf(err->msg + used, sizeof err->msg - used, ": %s", why);
    }
    return code;
}

anam_status anam_fail_memory(anam_error *err)
{
    return anam_fail(err, ANAM_NO_MEMORY, "out of memory");
}
