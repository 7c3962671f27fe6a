/* The index directory as its writer sees it: made, locked, swept. */
#ifndef ANAM_DIRECTORY_H
#define ANAM_DIRECTORY_H

#include "base/error.h"

#include <stdbool.h>

struct anam_directory {
    char *path;          /* owned */
    char *lock_path;     /* owned */
    int lock;            /* file descriptor holding the lock */
    bool made;           /* the directory is new with this writer */
    uint64_t generation; /* the committed one, 0: none */
    uint64_t highest;    /* of any file that lies there */
};

/* Makes the directory if need be, takes the writer's lock, and clears away what a
 * killed writer left. ANAM_LOCKED, ANAM_BAD_DATA (in other use), ANAM_IO,
 * ANAM_NO_MEMORY. */
anam_status anam_directory_lock(struct anam_directory *d, const char *path, anam_error *err);

/* Removes the index files of every generation but `keep`; failures are left to the
 * next writer. */
void anam_directory_sweep(const struct anam_directory *d, uint64_t keep);

/* Removes the files of a generation that was not published. Asks the manifest what
 * to keep: it may have been replaced although publishing reported a failure.
 * ANAM_IO, ANAM_NO_MEMORY: nothing was removed. */
anam_status anam_directory_abandon(struct anam_directory *d, anam_error *err);

/* Gives the lock back, and removes the directory again if it is new and empty. */
void anam_directory_unlock(struct anam_directory *d);

#endif
