#include "xapian/status.h"

#include <errno.h>

anam_status anam_xapian_fail(anam_error *err, const xap_error *x, const char *where)
{
    switch (x->code) {
    case XAP_OK:
        return ANAM_OK;
    case XAP_NOT_DATABASE:
        if (x->sys == EACCES || x->sys == EMFILE || x->sys == ENFILE)
            return anam_fail_sys(err, x->sys, "cannot open %s", where);
        return anam_fail(err, ANAM_NOT_INDEX, "%s: no Xapian database here", where);
    case XAP_TOO_NEW:
        return anam_fail(err, ANAM_TOO_NEW,
                         "%s: a database of a format that Xapian %s cannot read: %s", where,
                         xap_version_string(), x->msg);
    case XAP_CORRUPT:
    case XAP_BAD_DATA:
    case XAP_NOT_FOUND:
        return anam_fail(err, ANAM_DAMAGED, "%s is damaged: %s", where, x->msg);
    case XAP_LOCKED:
        return anam_fail(err, ANAM_LOCKED,
                         "%s: another writer is at work; try again when it is done", where);
    case XAP_MODIFIED:
        return anam_fail(err, ANAM_CHANGED, "%s: changed while it was read; try again", where);
    case XAP_TIMEOUT:
        return anam_fail(err, ANAM_REMOTE, "%s: no answer in time", where);
    case XAP_CLOSED:
    case XAP_NETWORK:
        return anam_fail(err, ANAM_REMOTE, "%s: %s", where, x->msg);
    case XAP_NO_MEMORY:
        return anam_fail_memory(err);
    case XAP_DATABASE:
        if (x->sys == ENOMEM)
            return anam_fail_memory(err);
        break;
    case XAP_INVALID:
    case XAP_UNSUPPORTED:
    case XAP_INTERNAL:
        break;
    }
    anam_fail(err, ANAM_IO, "%s: %s", where, x->msg);
    if (err)
        err->sys = x->sys;
    return ANAM_IO;
}
