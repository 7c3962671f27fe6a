#include "indexer/xapian_export.h"

#include "base/file.h"
#include "index/xapian_stub.h"
#include "indexer/directory.h"
#include "indexer/xapian_fill.h"
#include "indexer/xapian_publish.h"
#include "indexer/xapian_settings.h"
#include "indexer/xapian_tidy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

struct anam_xapian_export {
    char *dir;
    char *build;
    bool made;    /* dir is new with us */
    bool started; /* there may be databases of our generation */
    struct anam_xapian_facts facts;
};

/* ---- may it be done here ---- */

static bool is_stub(const char *name)
{
    return strcmp(name, ANAM_XAPIAN_STUB) == 0 || strcmp(name, ANAM_XAPIAN_STUB ".new") == 0;
}

static anam_status check_entry(const char *path, int dir, const char *name, bool *shards,
                               anam_error *err)
{
    struct stat st;
    uint32_t shard;
    bool is_shard = anam_xapian_shard_name(name, &shard);
    if (!is_shard && strcmp(name, ANAM_XAPIAN_BUILD) != 0 && !is_stub(name))
        return anam_fail(err, ANAM_BAD_DATA,
                         "%s: is no index for Xapian of ours but holds '%.80s'; name an empty or "
                         "new directory",
                         path, name);
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
        return anam_fail(err, ANAM_BAD_DATA, "%s/%s: is a symbolic link; nothing is written there",
                         path, name);
    *shards = *shards || is_shard;
    return ANAM_OK;
}

/* Nothing of anybody else's may lie there. */
static anam_status survey(const char *path, anam_error *err)
{
    struct anam_xapian_stub stub;
    bool shards = false;
    DIR *dir = opendir(path);
    if (!dir)
        return anam_fail_sys(err, errno, "cannot read %s", path);
    anam_status status = ANAM_OK;
    for (const struct dirent *e = readdir(dir); e && !status; e = readdir(dir))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            status = check_entry(path, dirfd(dir), e->d_name, &shards, err);
    closedir(dir);
    if (status || shards) /* a damaged stub of ours may be replaced */
        return status;
    status = anam_xapian_stub_read(path, &stub, err);
    if (!status && stub.kind != ANAM_XAPIAN_NO_STUB)
        status = ANAM_DAMAGED;
    return status == ANAM_DAMAGED ? anam_fail(err, ANAM_BAD_DATA,
                                              "%s: holds a stub that is none of ours; name an "
                                              "empty or new directory",
                                              path)
                                  : status;
}

/* All databases are open at once while they are written. */
static anam_status check_files(const char *dir, unsigned shards, anam_error *err)
{
    enum { FILES_A_SHARD = 6, OTHERS = 32 };
    struct rlimit limit;
    unsigned long need = FILES_A_SHARD * (unsigned long)shards + OTHERS;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= need)
        return ANAM_OK;
    return anam_fail(err, ANAM_INVALID,
                     "%s: %u shards need %lu open files, and this process may have %lu "
                     "(ulimit -n)",
                     dir, shards, need, (unsigned long)limit.rlim_cur);
}

/* ---- opening ---- */

/* Removes the native index, all but its lock, which the caller holds. */
static void remove_build(const struct anam_xapian_export *x)
{
    struct anam_directory d = {.path = x->build, .lock = -1};
    char *manifest = anam_path_join(x->build, "manifest");
    if (manifest)
        unlink(manifest);
    free(manifest);
    anam_directory_sweep(&d, 0);
}

/* Here, and not only when all is done: the room may be needed. */
static anam_status clear_away(const struct anam_xapian_export *x, anam_error *err)
{
    struct anam_directory lock;
    anam_status status = anam_directory_lock(&lock, x->build, err);
    if (status)
        return status;
    status = anam_xapian_tidy(x->dir, 0, err);
    if (!status)
        remove_build(x);
    anam_directory_unlock(&lock);
    return status;
}

static anam_status prepare(struct anam_xapian_export *x, anam_error *err)
{
    anam_status status = check_files(x->dir, x->facts.shards, err);
    if (status)
        return status;
    if (mkdir(x->dir, 0777) == 0) {
        x->made = true;
        return ANAM_OK;
    }
    if (errno != EEXIST)
        return anam_fail_sys(err, errno, "cannot create %s", x->dir);
    status = survey(x->dir, err);
    return status ? status : clear_away(x, err);
}

anam_status anam_xapian_export_open(struct anam_xapian_export **out, const char *dir,
                                    unsigned shards, anam_error *err)
{
    *out = NULL;
    struct anam_xapian_export *x = calloc(1, sizeof *x);
    if (!x)
        return anam_fail_memory(err);
    x->facts.shards = shards;
    x->dir = strdup(dir);
    x->build = anam_path_join(dir, ANAM_XAPIAN_BUILD);
    anam_status status = x->dir && x->build ? prepare(x, err) : anam_fail_memory(err);
    if (status)
        anam_xapian_export_free(x);
    else
        *out = x;
    return status;
}

const char *anam_xapian_export_build(const struct anam_xapian_export *x)
{
    return x->build;
}

void anam_xapian_export_free(struct anam_xapian_export *x)
{
    if (!x)
        return;
    if (x->made && x->build) { /* these fail, as they should, where an index was made */
        rmdir(x->build);
        rmdir(x->dir);
    }
    free(x->dir);
    free(x->build);
    free(x);
}

/* ---- exporting ---- */

void anam_xapian_export_abandon(struct anam_xapian_export *x)
{
    char *lock = anam_path_join(x->build, "lock");
    if (x->started) {
        anam_xapian_tidy(x->dir, x->facts.generation, NULL);
        remove_build(x);
        if (x->made && lock)
            unlink(lock);
    }
    free(lock);
}

static anam_status fill(struct anam_xapian_export *x, size_t memory, const atomic_bool *stop,
                        anam_error *err)
{
    struct anam_segment segment;
    anam_status status = anam_segment_open(&segment, x->build, err);
    if (status)
        return status;
    status = anam_xapian_fill(&segment, x->dir, &x->facts, memory, stop, err);
    anam_segment_close(&segment);
    return status;
}

anam_status anam_xapian_export_run(struct anam_xapian_export *x, size_t memory,
                                   const atomic_bool *stop, uint64_t *bytes, anam_error *err)
{
    struct anam_xapian_facts *facts = &x->facts;
    x->started = true;
    /* What was tuned for this archive outlives indexing again. */
    anam_status status = anam_xapian_settings_read(x->dir, &facts->settings, err);
    if (status)
        return status;
    facts->k1 = facts->settings.k1;
    facts->b = facts->settings.b;
    facts->generation = anam_xapian_highest(x->dir) + 1;
    if (facts->generation > ANAM_XAPIAN_GENERATIONS)
        return anam_fail(err, ANAM_BAD_DATA, "%s: no generation is left to count", x->dir);
    status = fill(x, memory, stop, err);
    if (!status && x->made)
        status = anam_sync_parent(x->dir, err);
    if (!status)
        status = anam_xapian_publish(x->dir, facts->shards, facts->generation, bytes, err);
    if (status)
        return status;
    x->started = false;
    anam_xapian_tidy(x->dir, 0, NULL); /* what fails is left to the next writer */
    remove_build(x);
    return ANAM_OK;
}
