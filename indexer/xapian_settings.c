#include "indexer/xapian_settings.h"

#include "base/file.h"
#include "index/xapian_stub.h"
#include "indexer/directory.h"
#include "indexer/xapian_tidy.h"
#include "xapian/open.h"
#include "xapian/status.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char key[] = ANAM_XAPIAN_KEY;

static anam_status facts_of(struct anam_xapian_facts *facts, const char *path, anam_error *err)
{
    xap_database *db = NULL;
    xap_bytes text = {0};
    xap_error x;
    anam_status status = anam_xapian_open_glass(&db, path, path, err);
    if (!status && xap_database_metadata(db, key, strlen(key), &text, &x))
        status = anam_xapian_fail(err, &x, path);
    if (!status)
        status = anam_xapian_facts_read(facts, text.data, text.len, path, err);
    xap_database_free(db);
    return status;
}

/* Settings of one shard. *there becomes false at the end of the shards of an index whose
 * top stub is damaged: each shard's own stub then says what counts. */
static anam_status settings_of(const char *dir, const struct anam_xapian_stub *top, uint32_t shard,
                               bool *there, anam_settings *settings, anam_error *err)
{
    struct anam_xapian_facts facts;
    struct anam_xapian_stub stub = {0};
    char name[ANAM_XAPIAN_PATH];
    struct stat st;
    char *path = NULL;
    char *home = anam_xapian_home(dir, shard);
    anam_status status = home ? ANAM_OK : anam_fail_memory(err);
    if (!status && top->kind == ANAM_XAPIAN_TOP_STUB) {
        anam_xapian_database_path(name, shard, top->generation);
        path = anam_path_join(dir, name);
    } else if (!status) {
        *there = stat(home, &st) == 0;
        status = anam_xapian_stub_read(home, &stub, err);
        path = status ? NULL : anam_path_join(home, stub.name);
    }
    if (!status)
        status = path ? facts_of(&facts, path, err) : anam_fail_memory(err);
    if (!status)
        *settings = facts.settings;
    free(home);
    free(path);
    return status;
}

/* Whether a failure says that there is nothing to be read, now or later. */
static bool is_lost(anam_status status, const anam_error *why)
{
    return status == ANAM_DAMAGED || status == ANAM_NOT_INDEX || status == ANAM_TOO_NEW ||
           (status == ANAM_IO && why->sys == 0);
}

anam_status anam_xapian_settings_read(const char *dir, anam_settings *settings, anam_error *err)
{
    struct anam_xapian_stub top;
    anam_error why = {.code = ANAM_OK};
    bool there = true;
    *settings = (anam_settings)ANAM_SETTINGS_INIT;
    anam_status status = anam_xapian_stub_read(dir, &top, &why);
    if (!status && top.kind == ANAM_XAPIAN_NO_STUB)
        return ANAM_OK;
    if (!status)
        status = ANAM_DAMAGED; /* until a shard can be read */
    uint32_t shards = top.kind == ANAM_XAPIAN_TOP_STUB ? top.shards : ANAM_MAX_SHARDS;
    for (uint32_t i = 1; i <= shards && there && is_lost(status, &why); i++)
        status = settings_of(dir, &top, i, &there, settings, &why);
    if (status == ANAM_OK || is_lost(status, &why))
        return ANAM_OK;
    if (err)
        *err = why;
    return status;
}

static anam_status store_in_shard(const char *path, const anam_settings *settings, anam_error *err)
{
    struct anam_xapian_facts facts;
    char text[ANAM_XAPIAN_FACTS];
    xap_writable *db = NULL;
    xap_error x;
    anam_status status = facts_of(&facts, path, err); /* and it is no stub */
    if (status)
        return status;
    facts.settings = *settings;
    size_t n = anam_xapian_facts_print(&facts, text);
    xap_status got = xap_open_writable(path, XAP_OPEN, 0, 0, &db, &x);
    if (!got)
        got = xap_writable_set_metadata(db, key, strlen(key), text, n, &x);
    if (!got)
        got = xap_writable_commit(db, &x);
    if (got)
        status = anam_xapian_fail(err, &x, path);
    xap_writable_free(db);
    return status;
}

static anam_status read_top(const char *dir, struct anam_xapian_stub *top, anam_error *err)
{
    anam_status status = anam_xapian_stub_read(dir, top, err);
    if (!status && top->kind != ANAM_XAPIAN_TOP_STUB)
        return anam_fail(err, ANAM_NOT_INDEX, "xapian:%s: no index here", dir);
    return status;
}

/* The settings of shard 1 are those that count: they come last. */
static anam_status store(const char *dir, const anam_settings *settings, anam_error *err)
{
    struct anam_xapian_stub top;
    anam_status status = read_top(dir, &top, err);
    for (uint32_t i = top.shards; i >= 1 && !status; i--) {
        char name[ANAM_XAPIAN_PATH];
        anam_xapian_database_path(name, i, top.generation);
        char *path = anam_path_join(dir, name);
        status = path ? store_in_shard(path, settings, err) : anam_fail_memory(err);
        free(path);
    }
    return status;
}

anam_status anam_xapian_settings_store(const char *dir, const anam_settings *settings,
                                       anam_error *err)
{
    struct anam_xapian_stub top;
    struct anam_directory lock;
    anam_status status = read_top(dir, &top, err); /* before the lock makes a directory */
    if (status)
        return status;
    char *build = anam_path_join(dir, ANAM_XAPIAN_BUILD);
    status = build ? anam_directory_lock(&lock, build, err) : anam_fail_memory(err);
    free(build);
    if (status)
        return status;
    status = store(dir, settings, err);
    anam_directory_unlock(&lock);
    return status;
}
