#include "xapian/open.h"

#include "base/file.h"
#include "xapian/status.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

/* The first one must be there. */
static const char *const files[] = {"iamglass",       "postlist.glass", "docdata.glass",
                                    "termlist.glass", "position.glass", "spelling.glass",
                                    "synonym.glass"};

static anam_status check_file(const char *path, const char *name, bool must, const char *where,
                              anam_error *err)
{
    struct stat st;
    char *file = anam_path_join(path, name);
    if (!file)
        return anam_fail_memory(err);
    int sys = stat(file, &st) == 0 ? 0 : errno;
    free(file);
    if (sys == ENOENT || sys == ENOTDIR)
        return must ? anam_fail(err, ANAM_NOT_INDEX, "%s: no index here", where) : ANAM_OK;
    if (sys)
        return anam_fail_sys(err, sys, "cannot open %s", where);
    if (!S_ISREG(st.st_mode))
        return anam_fail(err, ANAM_DAMAGED, "%s is damaged: %s is no plain file", where, name);
    return ANAM_OK;
}

anam_status anam_xapian_open_glass(xap_database **out, const char *path, const char *where,
                                   anam_error *err)
{
    xap_error x;
    anam_status status = ANAM_OK;
    *out = NULL;
    for (size_t i = 0; i < sizeof files / sizeof files[0] && !status; i++)
        status = check_file(path, files[i], i == 0, where, err);
    if (!status && xap_open(path, XAP_BACKEND_GLASS, out, &x))
        status = anam_xapian_fail(err, &x, where);
    return status;
}
