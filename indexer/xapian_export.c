#include "indexer/xapian_export.h"

#include "base/file.h"
#include "indexer/directory.h"
#include "indexer/xapian_fill.h"
#include "xapian/status.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct anam_xapian_export {
    char *dir;
    char *build;
    bool made;    /* dir is new with us */
    bool started; /* there may be databases of our generation */
    struct anam_xapian_facts facts;
};

/* Calls `each` for every entry of a directory that is there. */
static anam_status walk(const char *path,
                        anam_status (*each)(void *ctx, const char *path, const char *name,
                                            anam_error *err),
                        void *ctx, anam_error *err)
{
    DIR *dir = opendir(path);
    if (!dir)
        return errno == ENOENT ? ANAM_OK : anam_fail_sys(err, errno, "cannot read %s", path);
    anam_status status = ANAM_OK;
    for (const struct dirent *e = readdir(dir); e && !status; e = readdir(dir))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            status = each(ctx, path, e->d_name, err);
    closedir(dir);
    return status;
}

static bool is_shard(const char *name)
{
    return strncmp(name, "shard-", 6) == 0 && name[6] != '\0' &&
           strspn(name + 6, "0123456789") == strlen(name + 6);
}

static bool is_generation(const char *name, uint64_t *generation)
{
    if (name[0] != 'g' || strlen(name) < 7 || strspn(name + 1, "0123456789") != strlen(name + 1))
        return false;
    *generation = strtoull(name + 1, NULL, 10);
    return true;
}

static anam_status refuse_foreign(void *ctx, const char *path, const char *name, anam_error *err)
{
    (void)ctx;
    if (is_shard(name) || strcmp(name, ANAM_XAPIAN_BUILD) == 0 ||
        strncmp(name, ANAM_XAPIAN_STUB, strlen(ANAM_XAPIAN_STUB)) == 0)
        return ANAM_OK;
    return anam_fail(err, ANAM_BAD_DATA,
                     "%s: is no index for Xapian of ours but holds '%.80s'; name an empty or new "
                     "directory",
                     path, name);
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
    anam_status status = x->dir && x->build ? ANAM_OK : anam_fail_memory(err);
    if (!status && mkdir(dir, 0777) == 0)
        x->made = true;
    else if (!status && errno != EEXIST)
        status = anam_fail_sys(err, errno, "cannot create %s", dir);
    if (!status)
        status = walk(dir, refuse_foreign, NULL, err);
    if (status) {
        anam_xapian_export_free(x);
        return status;
    }
    *out = x;
    return ANAM_OK;
}

const char *anam_xapian_export_build(const struct anam_xapian_export *x)
{
    return x->build;
}

/* ---- what is there already ---- */

static anam_status note_generation(void *ctx, const char *path, const char *name, anam_error *err)
{
    uint64_t *highest = ctx;
    uint64_t generation;
    (void)path;
    (void)err;
    if (is_generation(name, &generation) && generation > *highest)
        *highest = generation;
    return ANAM_OK;
}

static anam_status note_generations(void *ctx, const char *path, const char *name, anam_error *err)
{
    if (!is_shard(name))
        return ANAM_OK;
    char *shard = anam_path_join(path, name);
    if (!shard)
        return anam_fail_memory(err);
    anam_status status = walk(shard, note_generation, ctx, err);
    free(shard);
    return status;
}

/* Facts of shard 1, if it can be read. */
static anam_status old_facts(const char *dir, struct anam_xapian_facts *facts, anam_error *err)
{
    xap_database *db = NULL;
    xap_bytes text = {0};
    xap_error x;
    char name[ANAM_XAPIAN_PATH];
    anam_xapian_shard_path(name, 1);
    char *path = anam_path_join(dir, name);
    if (!path)
        return anam_fail_memory(err);
    xap_status got = xap_open(path, XAP_BACKEND_AUTO, &db, &x);
    if (!got)
        got = xap_database_metadata(db, ANAM_XAPIAN_KEY, strlen(ANAM_XAPIAN_KEY), &text, &x);
    anam_status status = got ? anam_xapian_fail(err, &x, path)
                             : anam_xapian_facts_read(facts, text.data, text.len, path, err);
    xap_database_free(db);
    free(path);
    return status;
}

static anam_status prepare(struct anam_xapian_export *x, anam_error *err)
{
    struct anam_xapian_facts old;
    x->facts.settings = (anam_settings)ANAM_SETTINGS_INIT;
    if (!old_facts(x->dir, &old,
                   NULL)) /* what was tuned for this archive outlives indexing again */
        x->facts.settings = old.settings;
    x->facts.k1 = x->facts.settings.k1;
    x->facts.b = x->facts.settings.b;
    anam_status status = walk(x->dir, note_generations, &x->facts.generation, err);
    x->facts.generation++;
    x->started = !status;
    return status;
}

/* ---- removing ---- */

static anam_status remove_file(void *ctx, const char *path, const char *name, anam_error *err)
{
    (void)ctx;
    (void)err;
    char *file = anam_path_join(path, name);
    if (file)
        unlink(file);
    free(file);
    return ANAM_OK;
}

struct sweep {
    uint64_t keep; /* generation; 0: all must go */
    uint64_t only; /* or, if not 0, just this one goes */
};

static anam_status sweep_generation(void *ctx, const char *path, const char *name, anam_error *err)
{
    const struct sweep *s = ctx;
    uint64_t generation;
    if (!is_generation(name, &generation) || generation == s->keep ||
        (s->only != 0 && generation != s->only))
        return ANAM_OK;
    char *database = anam_path_join(path, name);
    if (database) {
        walk(database, remove_file, NULL, err);
        rmdir(database);
    }
    free(database);
    return ANAM_OK;
}

/* Shards that no longer are lose their stub, too. */
static anam_status sweep_shard(void *ctx, const char *path, const char *name, anam_error *err)
{
    if (!is_shard(name))
        return ANAM_OK;
    char *shard = anam_path_join(path, name);
    if (shard) {
        walk(shard, sweep_generation, ctx, err);
        rmdir(shard); /* fails where there is a stub, as it should */
    }
    free(shard);
    return ANAM_OK;
}

static anam_status drop_shard(void *ctx, const char *path, const char *name, anam_error *err)
{
    const uint32_t *shards = ctx;
    if (!is_shard(name) || strtoul(name + 6, NULL, 10) <= *shards)
        return ANAM_OK;
    char *shard = anam_path_join(path, name);
    if (shard)
        remove_file(NULL, shard, ANAM_XAPIAN_STUB, err);
    free(shard);
    return ANAM_OK;
}

/* Removes the native index, all but its lock, which the writer still holds. */
static void remove_build(const struct anam_xapian_export *x)
{
    struct anam_directory d = {.path = x->build, .lock = -1};
    remove_file(NULL, x->build, "manifest", NULL);
    anam_directory_sweep(&d, 0);
}

void anam_xapian_export_abandon(struct anam_xapian_export *x)
{
    struct sweep sweep = {.only = x->facts.generation};
    if (!x->started) /* or published */
        return;
    walk(x->dir, sweep_shard, &sweep, NULL);
    remove_build(x);
    if (x->made)
        remove_file(NULL, x->build, "lock", NULL);
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

/* ---- publishing ---- */

static anam_status sync_file(void *ctx, const char *path, const char *name, anam_error *err)
{
    uint64_t *bytes = ctx;
    struct stat st;
    char *file = anam_path_join(path, name);
    if (!file)
        return anam_fail_memory(err);
    anam_status status = ANAM_OK;
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0 || fstat(fd, &st) != 0)
        status = anam_fail_sys(err, errno, "cannot write %s", file);
    else
        *bytes += (uint64_t)st.st_size;
    if (fd >= 0)
        close(fd);
    free(file);
    return status;
}

/* Makes databases of a shard durable, then names the new one in its stub. */
static anam_status publish_shard(const struct anam_xapian_export *x, uint32_t shard,
                                 uint64_t *bytes, anam_error *err)
{
    char name[ANAM_XAPIAN_PATH];
    char line[ANAM_XAPIAN_PATH];
    anam_xapian_database_path(name, shard, x->facts.generation);
    char *database = anam_path_join(x->dir, name);
    int n = snprintf(line, sizeof line, "auto %s\n", strchr(name, '/') + 1);
    anam_xapian_shard_path(name, shard);
    char *home = anam_path_join(x->dir, name);
    anam_status status = database && home ? ANAM_OK : anam_fail_memory(err);
    if (!status)
        status = walk(database, sync_file, bytes, err);
    if (!status)
        status = anam_sync_dir(database, err);
    if (!status)
        status = anam_publish(home, ANAM_XAPIAN_STUB, line, (size_t)n, err);
    free(database);
    free(home);
    return status;
}

static anam_status publish(const struct anam_xapian_export *x, uint64_t *bytes, anam_error *err)
{
    struct anam_buffer lines = {0};
    anam_status status = ANAM_OK;
    *bytes = 0;
    for (uint32_t i = 1; i <= x->facts.shards && !status; i++) {
        char name[ANAM_XAPIAN_PATH];
        anam_xapian_database_path(name, i, x->facts.generation);
        status = publish_shard(x, i, bytes, err);
        if (!status &&
            (!anam_buffer_append_str(&lines, "auto ") || !anam_buffer_append_str(&lines, name) ||
             !anam_buffer_append_str(&lines, "\n")))
            status = anam_fail_memory(err);
    }
    if (!status)
        status = anam_publish(x->dir, ANAM_XAPIAN_STUB, lines.data, lines.len, err);
    anam_buffer_free(&lines);
    return status;
}

anam_status anam_xapian_export_run(struct anam_xapian_export *x, size_t memory, uint64_t *bytes,
                                   anam_error *err)
{
    struct anam_segment segment;
    anam_status status = prepare(x, err);
    if (status)
        return status;
    status = anam_segment_open(&segment, x->build, err);
    if (status)
        return status;
    status = anam_xapian_fill(&segment, x->dir, &x->facts, memory, err);
    anam_segment_close(&segment);
    if (!status)
        status = publish(x, bytes, err);
    if (status)
        return status;
    struct sweep sweep = {.keep = x->facts.generation};
    x->started = false;
    walk(x->dir, drop_shard, &x->facts.shards, err);
    walk(x->dir, sweep_shard, &sweep, err);
    remove_build(x);
    return ANAM_OK;
}

static anam_status store_in_shard(const char *dir, uint32_t shard, uint64_t generation,
                                  const anam_settings *settings, anam_error *err)
{
    struct anam_xapian_facts facts;
    char name[ANAM_XAPIAN_PATH];
    char text[ANAM_XAPIAN_FACTS];
    xap_writable *db = NULL;
    xap_bytes old = {0};
    xap_error x;
    const char *key = ANAM_XAPIAN_KEY;
    anam_xapian_database_path(name, shard, generation);
    char *path = anam_path_join(dir, name);
    if (!path)
        return anam_fail_memory(err);
    anam_status status = ANAM_OK;
    xap_status got = xap_open_writable(path, XAP_OPEN, 0, 0, &db, &x);
    if (!got)
        got = xap_database_metadata(xap_writable_as_database(db), key, strlen(key), &old, &x);
    if (!got)
        status = anam_xapian_facts_read(&facts, old.data, old.len, path, err);
    if (!got && !status) {
        facts.settings = *settings;
        size_t n = anam_xapian_facts_print(&facts, text);
        got = xap_writable_set_metadata(db, key, strlen(key), text, n, &x);
        if (!got)
            got = xap_writable_commit(db, &x);
    }
    if (got)
        status = anam_xapian_fail(err, &x, path);
    xap_writable_free(db);
    free(path);
    return status;
}

/* The settings of shard 1 are those that count: they come last. */
anam_status anam_xapian_settings_store(const char *dir, const anam_settings *settings,
                                       anam_error *err)
{
    struct anam_xapian_facts facts;
    struct anam_directory lock;
    struct stat st;
    if (stat(dir, &st) != 0)
        return anam_fail(err, ANAM_NOT_INDEX, "%s: no index here", dir);
    anam_status status = old_facts(dir, &facts, err);
    char *build = anam_path_join(dir, ANAM_XAPIAN_BUILD);
    if (!status && !build)
        status = anam_fail_memory(err);
    if (!status) {
        status = anam_directory_lock(&lock, build, err);
        if (!status)
            status = old_facts(dir, &facts, err);
        for (uint32_t i = facts.shards; i >= 1 && !status; i--)
            status = store_in_shard(dir, i, facts.generation, settings, err);
        anam_directory_unlock(&lock);
    }
    free(build);
    return status;
}
