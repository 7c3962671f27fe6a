/* Results that must be good. */
#ifndef ANAM_GOOD_H
#define ANAM_GOOD_H

#include "testing.h"

#include "anamnesis.h"

static inline void ok(anam_status status, const anam_error *err)
{
    if (status)
        fail_msg("%s", err->msg);
}

#endif
