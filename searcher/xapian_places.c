#include "searcher/xapian_places.h"

#include "base/alloc.h"
#include "base/file.h"
#include "index/uri.h"
#include "index/xapian_stub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Adds a place; takes over path. */
static struct anam_xapian_place *add(struct anam_xapian_places *places, const char *uri, size_t n,
                                     char *path)
{
    char *copy = strndup(uri, n);
    if (!copy || !anam_grow(&places->place, &places->cap, places->n + 1, sizeof *places->place)) {
        free(copy);
        free(path);
        return NULL;
    }
    places->place[places->n] = (struct anam_xapian_place){.uri = copy, .path = path};
    return &places->place[places->n++];
}

static anam_status add_served(struct anam_xapian_places *places, const char *uri, size_t n,
                              size_t prefix, anam_error *err)
{
    struct anam_xapian_place *place = add(places, uri, n, NULL);
    if (!place)
        return anam_fail_memory(err);
    const char *at = place->uri + prefix;
    const char *colon = strrchr(at, ':');
    const char *end = colon;
    bool ok = strncmp(at, "//", 2) == 0 && colon && colon[1] >= '0' && colon[1] <= '9';
    char *rest = NULL;
    long port = ok ? strtol(colon + 1, &rest, 10) : 0;
    ok = ok && *rest == '\0' && port >= 1 && port <= 65535;
    at += ok ? 2 : 0;
    if (ok && *at == '[' && colon[-1] == ']') { /* an IPv6 address */
        at++;
        end--;
    } else {
        ok = ok && strchr(at, ':') == colon;
    }
    if (!ok || end <= at)
        return anam_fail(err, ANAM_INVALID, "'%.200s' is not of the form xapian+tcp://HOST:PORT",
                         place->uri);
    place->port = (uint16_t)port;
    place->host = strndup(at, (size_t)(end - at));
    return place->host ? ANAM_OK : anam_fail_memory(err);
}

/* Adds the database of a shard of the index in `dir`. */
static anam_status add_shard(struct anam_xapian_places *places, const char *dir, uint32_t shard,
                             uint64_t generation, anam_error *err)
{
    static const char prefix[] = "xapian:";
    char name[ANAM_XAPIAN_PATH];
    anam_xapian_database_path(name, shard, generation);
    char *path = anam_path_join(dir, name);
    anam_xapian_shard_path(name, shard);
    char *home = anam_path_join(dir, name);
    char *uri = home ? malloc(strlen(home) + sizeof prefix) : NULL;
    bool ok = path && uri;
    if (ok)
        sprintf(uri, "%s%s", prefix, home);
    else
        free(path);
    ok = ok && add(places, uri, strlen(uri), path) != NULL;
    free(home);
    free(uri);
    return ok ? ANAM_OK : anam_fail_memory(err);
}

/* The databases that the stub of a directory names, or the directory itself. */
static anam_status add_directory(struct anam_xapian_places *places, const char *uri, size_t n,
                                 const char *dir, anam_error *err)
{
    struct anam_xapian_stub stub;
    anam_status status = anam_xapian_stub_read(dir, &stub, err);
    if (status)
        return status;
    for (uint32_t i = 1; i <= stub.shards && !status; i++)
        status = add_shard(places, dir, i, stub.generation, err);
    if (stub.kind == ANAM_XAPIAN_TOP_STUB)
        return status;
    char *path = stub.kind == ANAM_XAPIAN_NO_STUB ? strdup(dir) : anam_path_join(dir, stub.name);
    return path && add(places, uri, n, path) ? ANAM_OK : anam_fail_memory(err);
}

static anam_status add_local(struct anam_xapian_places *places, const char *uri, size_t n,
                             const char *rest, anam_error *err)
{
    if (rest == uri + n)
        return anam_fail(err, ANAM_INVALID, "'%.*s' names no directory", (int)n, uri);
    char *dir = strndup(rest, (size_t)(uri + n - rest));
    if (!dir)
        return anam_fail_memory(err);
    anam_status status = add_directory(places, uri, n, dir, err);
    free(dir);
    return status;
}

anam_status anam_xapian_places_find(struct anam_xapian_places *places, const char *uri,
                                    anam_error *err)
{
    anam_status status = ANAM_OK;
    *places = (struct anam_xapian_places){0};
    for (;;) {
        const char *rest;
        size_t n = anam_uri_first(uri);
        status = anam_uri_kind(uri, &rest) == ANAM_URI_XAPIAN
                     ? add_local(places, uri, n, rest, err)
                     : add_served(places, uri, n, (size_t)(rest - uri), err);
        if (status || !uri[n])
            return status;
        uri += n + 1;
    }
}

void anam_xapian_places_free(struct anam_xapian_places *places)
{
    for (size_t i = 0; i < places->n; i++) {
        free(places->place[i].uri);
        free(places->place[i].path);
        free(places->place[i].host);
    }
    free(places->place);
    *places = (struct anam_xapian_places){0};
}
