#include "searcher/xapian_places.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/slurp.h"
#include "index/xapian_layout.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char local[] = "xapian:";
static const char served[] = "xapian+tcp:";

static bool begins(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

/* The end of the first of the uris joined by commas: a path may hold commas, too. */
static size_t first_of(const char *uri)
{
    size_t n = 0;
    for (; uri[n]; n++)
        if (uri[n] == ',' && (begins(uri + n + 1, local) || begins(uri + n + 1, served)))
            break;
    return n;
}

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
                              anam_error *err)
{
    struct anam_xapian_place *place = add(places, uri, n, NULL);
    if (!place)
        return anam_fail_memory(err);
    const char *at = place->uri + strlen(served);
    const char *colon = strrchr(at, ':');
    const char *end = colon;
    bool ok = begins(at, "//") && colon && colon[1] >= '0' && colon[1] <= '9';
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

/* Adds the database of a line of our own stub; *ours is false for any other line. */
static anam_status add_line(struct anam_xapian_places *places, const char *dir, const char *line,
                            bool *ours, anam_error *err)
{
    char name[ANAM_XAPIAN_PATH];
    uint32_t shard;
    uint64_t generation;
    *ours = anam_xapian_stub_line(line, &shard, &generation);
    if (!*ours)
        return ANAM_OK;
    anam_xapian_database_path(name, shard, generation);
    char *path = anam_path_join(dir, name);
    anam_xapian_shard_path(name, shard);
    char *home = anam_path_join(dir, name);
    char *uri = home ? malloc(strlen(home) + sizeof local) : NULL;
    bool ok = path && uri;
    if (ok)
        sprintf(uri, "%s%s", local, home);
    else
        free(path);
    ok = ok && add(places, uri, strlen(uri), path) != NULL;
    free(home);
    free(uri);
    return ok ? ANAM_OK : anam_fail_memory(err);
}

/* The databases that the stub of a directory lists. *found is false where there is no stub,
 * or one that is not ours: such a database is for Xapian to open. */
static anam_status add_shards(struct anam_xapian_places *places, const char *dir, bool *found,
                              anam_error *err)
{
    struct anam_buffer text = {0};
    anam_error why;
    char *stub = anam_path_join(dir, ANAM_XAPIAN_STUB);
    *found = false;
    if (!stub)
        return anam_fail_memory(err);
    anam_status status = anam_slurp(stub, &text, &why);
    if (status == ANAM_IO && (why.sys == ENOENT || why.sys == ENOTDIR))
        status = ANAM_OK;
    else if (status)
        anam_fail(err, status, "%s", why.msg);
    char *next = NULL;
    for (char *line = text.data ? strtok_r(text.data, "\n", &next) : NULL; line && !status;
         line = strtok_r(NULL, "\n", &next)) {
        bool ours;
        status = add_line(places, dir, line, &ours, err);
        if (!ours)
            break;
        *found = true;
    }
    anam_buffer_free(&text);
    free(stub);
    return status;
}

static anam_status add_local(struct anam_xapian_places *places, const char *uri, size_t n,
                             anam_error *err)
{
    bool found;
    struct stat st;
    char *dir = strndup(uri + strlen(local), n - strlen(local));
    if (!dir)
        return anam_fail_memory(err);
    anam_status status = add_shards(places, dir, &found, err);
    if (!status && !found) {
        if (stat(dir, &st) != 0 && (errno == ENOENT || errno == ENOTDIR))
            status = anam_fail(err, ANAM_NOT_INDEX, "%s: no index here", dir);
        else if (!add(places, uri, n, dir))
            return anam_fail_memory(err);
        else
            return ANAM_OK;
    }
    free(dir);
    return status;
}

anam_status anam_xapian_places_find(struct anam_xapian_places *places, const char *uri,
                                    anam_error *err)
{
    anam_status status = ANAM_OK;
    *places = (struct anam_xapian_places){0};
    for (;;) {
        size_t n = first_of(uri);
        status =
            begins(uri, local) ? add_local(places, uri, n, err) : add_served(places, uri, n, err);
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
