#include "indexer/directory.h"

#include "base/file.h"
#include "index/manifest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char lock_name[] = "lock";

static anam_status take_lock(struct anam_directory *d, anam_error *err)
{
    enum { ATTEMPTS = 10 };
    const char *name = d->lock_path;
    for (int i = 0; i < ATTEMPTS; i++) {
        struct stat held;
        struct stat named;
        d->lock = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (d->lock < 0)
            return anam_fail_sys(err, errno, "cannot create %s", name);
        if (flock(d->lock, LOCK_EX | LOCK_NB) != 0) {
            int sys = errno;
            close(d->lock);
            d->lock = -1; /* it is another writer's: not ours to remove */
            if (sys == EWOULDBLOCK)
                return anam_fail(err, ANAM_LOCKED,
                                 "%s: another writer is at work; try again when it is done",
                                 d->path);
            return anam_fail_sys(err, sys, "cannot lock %s", name);
        }
        /* Another writer may have removed the file between open and flock. */
        if (fstat(d->lock, &held) == 0 && stat(name, &named) == 0 && held.st_ino == named.st_ino)
            return ANAM_OK;
        close(d->lock);
        d->lock = -1;
    }
    return anam_fail(err, ANAM_LOCKED, "%s: cannot get the lock", d->path);
}

/* Whether there is a manifest of ours, be it readable or not: it begins like one, or files of a
 * generation lie beside it. */
static bool has_manifest(const struct anam_directory *d)
{
    struct anam_manifest manifest;
    return anam_manifest_read(&manifest, d->path, NULL) != ANAM_NOT_INDEX &&
           (d->highest > 0 || anam_manifest_begins(d->path));
}

/* Looks at what lies in the directory. The manifest is asked for at the end, and only where it
 * matters: it may come at any moment from a writer at work. */
static anam_status survey(struct anam_directory *d, anam_error *err)
{
    char other[NAME_MAX + 1] = ""; /* a file that is not of a generation */
    DIR *dir = opendir(d->path);
    if (!dir)
        return anam_fail_sys(err, errno, "cannot read %s", d->path);
    for (const struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        uint64_t generation;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
            strcmp(e->d_name, lock_name) == 0)
            continue;
        if (anam_is_index_file(e->d_name, &generation))
            d->highest = generation > d->highest ? generation : d->highest;
        else
            snprintf(other, sizeof other, "%s", e->d_name);
    }
    closedir(dir);
    return !*other || has_manifest(d)
               ? ANAM_OK
               : anam_fail(err, ANAM_BAD_DATA,
                           "%s: is no index but holds '%.80s'; name an empty or new directory",
                           d->path, other);
}

anam_status anam_directory_lock(struct anam_directory *d, const char *path, anam_error *err)
{
    *d = (struct anam_directory){.lock = -1};
    anam_status status = ANAM_OK;
    d->path = strdup(path);
    d->lock_path = anam_path_join(path, lock_name);
    if (!d->path || !d->lock_path) {
        status = anam_fail_memory(err);
        goto cleanup;
    }
    if (mkdir(path, 0777) == 0) {
        d->made = true;
    } else if (errno != EEXIST) {
        status = anam_fail_sys(err, errno, "cannot create %s", path);
        goto cleanup;
    }
    status = survey(d, err); /* before the lock leaves a file in a foreign place */
    if (!status)
        status = take_lock(d, err);
    if (!status)
        status = survey(d, err);
    if (status)
        goto cleanup;
    status = anam_directory_abandon(d, err); /* what a killed writer left */
    d->highest = d->generation > d->highest ? d->generation : d->highest;
cleanup:
    if (status)
        anam_directory_unlock(d);
    return status;
}

void anam_directory_sweep(const struct anam_directory *d, uint64_t keep)
{
    DIR *dir = opendir(d->path);
    if (!dir)
        return;
    int fd = dirfd(dir);
    for (const struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        uint64_t generation;
        if (!anam_is_index_file(e->d_name, &generation))
            continue;
        if (generation != keep || generation == 0 || strstr(e->d_name, ".run"))
            unlinkat(fd, e->d_name, 0);
    }
    closedir(dir);
}

anam_status anam_directory_abandon(struct anam_directory *d, anam_error *err)
{
    struct anam_manifest manifest;
    anam_status readable = anam_manifest_read(&manifest, d->path, NULL);
    /* A manifest that cannot be read may still name files, and so may the one before, which comes
     * back where the new one does not last: nothing is swept then. */
    if (readable != ANAM_OK && readable != ANAM_NOT_INDEX)
        return ANAM_OK;
    d->generation = readable == ANAM_OK ? manifest.generation : 0;
    anam_status status = anam_sync_dir(d->path, err);
    if (!status)
        anam_directory_sweep(d, d->generation);
    return status;
}

void anam_directory_unlock(struct anam_directory *d)
{
    if (d->made && d->generation == 0 && d->lock >= 0)
        unlink(d->lock_path);
    if (d->lock >= 0)
        close(d->lock);
    if (d->made && d->generation == 0)
        rmdir(d->path); /* fails, as it should, where another writer has begun */
    free(d->path);
    free(d->lock_path);
    *d = (struct anam_directory){.lock = -1};
}
