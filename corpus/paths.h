/* From the paths a user names to the files to read. */
#ifndef ANAM_CORPUS_PATHS_H
#define ANAM_CORPUS_PATHS_H

#include "base/error.h"

#include <stdbool.h>

struct anam_path {
    char *path;    /* "-" for stdin */
    size_t named;  /* which of the user's paths it comes from */
    bool inside;   /* found in a folder, not named itself */
    bool has_size; /* a regular file */
    uint64_t size;
};

/* {0} is an empty list. */
struct anam_paths {
    struct anam_path *items;
    size_t n;
    size_t cap;
};

/* Appends `path`, or where it is a folder its regular files: folders within too, in
 * byte order of names, without hidden ones (a leading dot). Links are followed, but
 * no folder is walked twice. `named` is kept in the items.
 * ANAM_IO; ANAM_BAD_DATA for a folder without files; ANAM_NO_MEMORY. */
anam_status anam_paths_add(struct anam_paths *paths, const char *path, size_t named,
                           anam_error *err);
void anam_paths_free(struct anam_paths *paths); /* back to {0} */

#endif
