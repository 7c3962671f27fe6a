#include "indexer/xapian_tidy.h"

#include "base/file.h"
#include "index/xapian_stub.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct tidy {
    const char *dir;
    struct anam_xapian_stub top;
    bool damaged; /* the top stub: what it named is not known */
    uint64_t mine;
};

/* Which generations of a shard are to go. */
struct sweep {
    enum { NONE, ALL, ALL_BUT, ONLY } which;
    uint64_t generation;
};

typedef void visit_fn(void *ctx, int dir, const char *name);

/* Calls `visit` for every entry of a directory, which is closed. */
static void visit_all(int fd, visit_fn *visit, void *ctx)
{
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (const struct dirent *e = readdir(dir); e; e = readdir(dir))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            visit(ctx, fd, e->d_name);
    closedir(dir);
}

static int open_top(const char *dir)
{
    return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* A link would lead to what is not ours to remove. */
static int open_below(int dir, const char *name)
{
    return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

char *anam_xapian_home(const char *dir, uint32_t shard)
{
    char name[ANAM_XAPIAN_PATH];
    anam_xapian_shard_path(name, shard);
    return anam_path_join(dir, name);
}

/* ---- generations ---- */

static void note_generation(void *ctx, int dir, const char *name)
{
    uint64_t *highest = ctx;
    uint64_t generation;
    (void)dir;
    if (anam_xapian_generation_name(name, &generation) && generation > *highest)
        *highest = generation;
}

static void note_generations(void *ctx, int dir, const char *name)
{
    uint32_t shard;
    if (anam_xapian_shard_name(name, &shard))
        visit_all(open_below(dir, name), note_generation, ctx);
}

uint64_t anam_xapian_highest(const char *dir)
{
    uint64_t highest = 0;
    visit_all(open_top(dir), note_generations, &highest);
    return highest;
}

/* ---- stubs ---- */

anam_status anam_xapian_stub_write(const char *home, uint64_t generation, anam_error *err)
{
    char line[ANAM_XAPIAN_PATH];
    int n = snprintf(line, sizeof line, "auto g%06" PRIu64 "\n", generation);
    return anam_publish(home, ANAM_XAPIAN_STUB, line, (size_t)n, err);
}

/* The generation that a shard's stub names. false for another stub or one that cannot be
 * read; 0 where there is none. */
static bool stub_names(const char *home, uint64_t *generation)
{
    struct anam_xapian_stub stub;
    *generation = 0;
    if (anam_xapian_stub_read(home, &stub, NULL))
        return false;
    return stub.kind == ANAM_XAPIAN_NO_STUB || (stub.kind == ANAM_XAPIAN_SHARD_STUB &&
                                                anam_xapian_generation_name(stub.name, generation));
}

/* A database that is gone is not made by naming it. */
static anam_status repair_stub(const struct tidy *t, uint32_t shard, anam_error *err)
{
    char name[ANAM_XAPIAN_PATH];
    struct stat st;
    uint64_t named;
    anam_xapian_database_path(name, shard, t->top.generation);
    char *database = anam_path_join(t->dir, name);
    char *home = anam_xapian_home(t->dir, shard);
    anam_status status = database && home ? ANAM_OK : anam_fail_memory(err);
    if (!status && stat(database, &st) == 0 &&
        (!stub_names(home, &named) || named != t->top.generation))
        status = anam_xapian_stub_write(home, t->top.generation, err);
    free(database);
    free(home);
    return status;
}

/* ---- removing ---- */

static void remove_file(void *ctx, int dir, const char *name)
{
    (void)ctx;
    unlinkat(dir, name, 0);
}

static void sweep_generation(void *ctx, int dir, const char *name)
{
    const struct sweep *s = ctx;
    uint64_t generation;
    if (!anam_xapian_generation_name(name, &generation) ||
        (s->which == ALL_BUT && generation == s->generation) ||
        (s->which == ONLY && generation != s->generation))
        return;
    int fd = open_below(dir, name);
    if (fd < 0) {
        unlinkat(dir, name, 0); /* a link */
        return;
    }
    visit_all(fd, remove_file, NULL);
    unlinkat(dir, name, AT_REMOVEDIR);
}

/* What goes of a shard where no top stub says what counts: what cannot be in use. */
static struct sweep sweep_of_headless(const struct tidy *t, const char *home, int shard)
{
    uint64_t named;
    bool readable = stub_names(home, &named);
    if (t->mine == 0)
        return t->damaged || !readable ? (struct sweep){NONE, 0} : (struct sweep){ALL_BUT, named};
    if (readable && named == t->mine) {
        if (t->damaged)
            return (struct sweep){NONE, 0};
        unlinkat(shard, ANAM_XAPIAN_STUB, 0);
    }
    return (struct sweep){ONLY, t->mine};
}

static void sweep_shard(void *ctx, int dir, const char *name)
{
    const struct tidy *t = ctx;
    struct sweep s = {ALL_BUT, t->top.generation};
    uint32_t number;
    int shard = anam_xapian_shard_name(name, &number) ? open_below(dir, name) : -1;
    if (shard < 0)
        return;
    if (t->top.kind != ANAM_XAPIAN_TOP_STUB) {
        char *home = anam_path_join(t->dir, name);
        s = home ? sweep_of_headless(t, home, shard) : (struct sweep){NONE, 0};
        free(home);
    } else if (number > t->top.shards) { /* there are fewer now */
        unlinkat(shard, ANAM_XAPIAN_STUB, 0);
        s = (struct sweep){ALL, 0};
    }
    unlinkat(shard, ANAM_XAPIAN_STUB ".new", 0);
    if (s.which != NONE)
        visit_all(shard, sweep_generation, &s);
    else
        close(shard);
    unlinkat(dir, name, AT_REMOVEDIR); /* fails where anything is left, as it should */
}

anam_status anam_xapian_tidy(const char *dir, uint64_t mine, anam_error *err)
{
    struct tidy t = {.dir = dir, .mine = mine};
    anam_status status = anam_xapian_stub_read(dir, &t.top, err);
    if (status != ANAM_OK && status != ANAM_DAMAGED)
        return status;
    t.damaged = status != ANAM_OK || t.top.kind == ANAM_XAPIAN_SHARD_STUB;
    if (t.damaged)
        t.top.kind = ANAM_XAPIAN_NO_STUB;
    if (t.top.kind == ANAM_XAPIAN_TOP_STUB) {
        if (t.top.generation == mine)
            return ANAM_OK;
        status = anam_sync_dir(dir, err); /* before what another stub named is removed */
        for (uint32_t i = 1; i <= t.top.shards && !status; i++)
            status = repair_stub(&t, i, err);
        if (status)
            return status;
    }
    visit_all(open_top(dir), sweep_shard, &t);
    return ANAM_OK;
}
