/* A temporary folder for all of a test program, and the files in it. */
#ifndef ANAM_FOLDER_H
#define ANAM_FOLDER_H

#include "testing.h"

static char folder[256];

static inline int make_folder(void **state)
{
    (void)state;
    testing_make_dir(folder);
    return 0;
}

static inline int remove_folder(void **state)
{
    (void)state;
    testing_remove_dir(folder);
    return 0;
}

/* Good until the next call. */
static inline const char *path_of(const char *name)
{
    static char path[sizeof folder + 100];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

#endif
