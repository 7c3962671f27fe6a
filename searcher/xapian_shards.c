#include "searcher/xapian_shards.h"

#include "searcher/engine.h"
#include "xapian/open.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRY_AGAIN_AFTER = 30 }; /* seconds that a shard is left alone with `partial` */

static void disconnect(struct anam_xapian_shards *s, struct anam_xapian_shard *shard)
{
    xap_database_free(s->all);
    s->all = NULL;
    xap_database_free(shard->db);
    shard->db = NULL;
    for (int f = 0; f < ANAM_N_FIELDS; f++) {
        free(shard->lengths[f]);
        shard->lengths[f] = NULL;
    }
}

/* Reads the facts of a database just opened, and whether it is the one known before. */
static anam_status read_facts(struct anam_xapian_shard *shard, xap_database *db, anam_error *err)
{
    const char *uri = shard->place->uri;
    struct anam_xapian_facts facts;
    xap_bytes text = {0};
    xap_error x;
    if (xap_database_metadata(db, ANAM_XAPIAN_KEY, strlen(ANAM_XAPIAN_KEY), &text, &x))
        return anam_xapian_fail(err, &x, uri);
    anam_status status = anam_xapian_facts_read(&facts, text.data, text.len, uri, err);
    if (!status)
        status = anam_engine_reads(facts.analyzer, facts.language, uri, err);
    if (!status && shard->known &&
        (strcmp(facts.archive, shard->facts.archive) != 0 || facts.shard != shard->facts.shard))
        status =
            anam_fail(err, ANAM_CHANGED,
                      "%s: was replaced by another index since it was opened; open it again", uri);
    if (!status) {
        shard->facts = facts;
        shard->known = true;
    }
    return status;
}

static anam_status connect_shard(const struct anam_xapian_shards *s,
                                 struct anam_xapian_shard *shard, anam_error *err)
{
    const struct anam_xapian_place *place = shard->place;
    unsigned timeout = s->options.timeout_ms;
    xap_error x;
    xap_database *db = NULL;
    anam_status status = ANAM_OK;
    if (place->path)
        status = anam_xapian_open_glass(&db, place->path, place->uri, err);
    else if (xap_open_remote(place->host, place->port, timeout, timeout, &db, &x))
        status = anam_xapian_fail(err, &x, place->uri);
    if (!status)
        status = read_facts(shard, db, err);
    if (status)
        xap_database_free(db);
    else
        shard->db = db;
    return status;
}

/* ---- do they belong together ---- */

static anam_status fit_pair(const struct anam_xapian_shard *a, const struct anam_xapian_shard *b,
                            anam_error *err)
{
    const char *x = a->place->uri;
    const char *y = b->place->uri;
    if (a->facts.analyzer != b->facts.analyzer || strcmp(a->facts.language, b->facts.language) != 0)
        return anam_fail(err, ANAM_BAD_DATA,
                         "%.120s was indexed with analyzer %" PRIu32 " %s, %.120s with %" PRIu32
                         " %s: they cannot be searched together",
                         x, a->facts.analyzer, a->facts.language, y, b->facts.analyzer,
                         b->facts.language);
    if (strcmp(a->facts.archive, b->facts.archive) == 0 && a->facts.shard == b->facts.shard)
        return anam_fail(err, ANAM_BAD_DATA,
                         "%.120s and %.120s are both shard %" PRIu32 " of %" PRIu32
                         " of one archive: name each shard once",
                         x, y, a->facts.shard, a->facts.shards);
    return ANAM_OK;
}

static size_t shards_of(const struct anam_xapian_shards *s, const struct anam_xapian_facts *facts)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += s->shard[i].known && strcmp(s->shard[i].facts.archive, facts->archive) == 0;
    return n;
}

/* Shards nobody named would be missed silently. */
static anam_status fit_whole(const struct anam_xapian_shards *s, anam_error *err)
{
    size_t unknown = 0;
    for (size_t i = 0; i < s->n; i++)
        unknown += !s->shard[i].known;
    for (size_t i = 0; i < s->n; i++) {
        const struct anam_xapian_facts *facts = &s->shard[i].facts;
        size_t known = s->shard[i].known ? shards_of(s, facts) : 0;
        if (known > 0 && known + unknown < facts->shards)
            return anam_fail(err, ANAM_BAD_DATA,
                             "%.200s is shard %" PRIu32 " of %" PRIu32
                             ", but only %zu of them are named: name all, joined by commas",
                             s->shard[i].place->uri, facts->shard, facts->shards, known + unknown);
    }
    return ANAM_OK;
}

static anam_status fit(const struct anam_xapian_shards *s, anam_error *err)
{
    anam_status status = ANAM_OK;
    for (size_t i = 0; i < s->n && !status; i++)
        for (size_t j = 0; j < i && !status; j++)
            if (s->shard[i].known && s->shard[j].known)
                status = fit_pair(&s->shard[j], &s->shard[i], err);
    return status ? status : fit_whole(s, err);
}

bool anam_xapian_shards_one_archive(const struct anam_xapian_shards *s)
{
    const struct anam_xapian_facts *first = NULL;
    for (size_t i = 0; i < s->n; i++) {
        if (!s->shard[i].known)
            continue;
        if (first && strcmp(first->archive, s->shard[i].facts.archive) != 0)
            return false;
        first = &s->shard[i].facts;
    }
    return true;
}

void anam_xapian_shards_archives(const struct anam_xapian_shards *s,
                                 void (*each)(void *ctx, const struct anam_xapian_facts *facts),
                                 void *ctx)
{
    for (size_t i = 0; i < s->n; i++) {
        bool first = s->shard[i].known;
        for (size_t j = 0; j < i && first; j++)
            first = !s->shard[j].known ||
                    strcmp(s->shard[j].facts.archive, s->shard[i].facts.archive) != 0;
        if (first)
            each(ctx, &s->shard[i].facts);
    }
}

/* ---- opening, losing, finding again ---- */

static anam_status join(struct anam_xapian_shards *s, anam_error *err)
{
    xap_error x;
    xap_status got = s->all ? XAP_OK : xap_database_new(&s->all, &x);
    if (got)
        return anam_xapian_fail(err, &x, s->shard[0].place->uri);
    if (xap_database_size(s->all) > 0)
        return ANAM_OK;
    s->n_missing = 0;
    for (size_t i = 0; i < s->n && !got; i++) {
        if (s->shard[i].db)
            got = xap_database_add(s->all, s->shard[i].db, &x);
        else
            s->missing[s->n_missing++] = s->shard[i].place->uri;
        if (got)
            return anam_xapian_fail(err, &x, s->shard[i].place->uri);
    }
    return ANAM_OK;
}

static bool recently(const struct timespec *then)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return then->tv_sec != 0 && now.tv_sec - then->tv_sec < TRY_AGAIN_AFTER;
}

anam_status anam_xapian_shards_revive(struct anam_xapian_shards *s, anam_error *err)
{
    anam_error why = {.code = ANAM_OK};
    size_t connected = 0;
    bool changed = false;
    for (size_t i = 0; i < s->n; i++) {
        struct anam_xapian_shard *shard = &s->shard[i];
        if (!shard->db && !(s->options.partial && recently(&shard->lost))) {
            anam_status status = connect_shard(s, shard, &why);
            if (status == ANAM_REMOTE && s->options.partial) {
                clock_gettime(CLOCK_MONOTONIC, &shard->lost);
            } else if (status) {
                if (err)
                    *err = why;
                return status;
            }
            changed = changed || shard->db;
        }
        connected += shard->db != NULL;
    }
    if (connected == 0)
        return anam_fail(err, ANAM_REMOTE, "%s",
                         why.code ? why.msg : "none of the shards can be reached");
    if (changed) {
        xap_database_free(s->all);
        s->all = NULL;
        anam_status status = fit(s, err);
        if (status)
            return status;
    }
    return join(s, err);
}

anam_status anam_xapian_shards_open(struct anam_xapian_shards *s,
                                    const struct anam_xapian_places *places,
                                    const anam_open_options *options, anam_error *err)
{
    *s = (struct anam_xapian_shards){.options = *options, .n = places->n};
    s->shard = anam_new_array(s->n, sizeof *s->shard);
    s->missing = anam_new_array(s->n, sizeof *s->missing);
    if (!s->shard || !s->missing)
        return anam_fail_memory(err);
    for (size_t i = 0; i < s->n; i++)
        s->shard[i].place = &places->place[i];
    return anam_xapian_shards_revive(s, err);
}

void anam_xapian_shards_free(struct anam_xapian_shards *s)
{
    for (size_t i = 0; s->shard && i < s->n; i++)
        disconnect(s, &s->shard[i]);
    xap_database_free(s->all);
    free(s->shard);
    free(s->missing);
    *s = (struct anam_xapian_shards){0};
}

anam_status anam_xapian_shards_refresh(struct anam_xapian_shards *s, anam_error *err)
{
    for (size_t i = 0; i < s->n; i++) {
        struct anam_xapian_shard *shard = &s->shard[i];
        bool changed;
        if (!shard->db)
            continue;
        if (xap_database_reopen(shard->db, &changed, NULL) || changed)
            disconnect(s, shard); /* revive reads the facts again */
    }
    return anam_xapian_shards_revive(s, err);
}

/* Xapian's context of an error of a union is like "remote:tcp(host:port)". */
static struct anam_xapian_shard *shard_of(const struct anam_xapian_shards *s, const char *context)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct anam_xapian_place *place = s->shard[i].place;
        char name[300];
        if (place->path || !s->shard[i].db)
            continue;
        snprintf(name, sizeof name, "(%s:%u)", place->host, (unsigned)place->port);
        if (strstr(context, name))
            return &s->shard[i];
    }
    return NULL;
}

anam_status anam_xapian_shards_failed(struct anam_xapian_shards *s, struct anam_xapian_shard *shard,
                                      const xap_error *x, anam_error *err)
{
    if (!shard)
        shard = shard_of(s, x->context);
    anam_status status =
        anam_xapian_fail(err, x, shard ? shard->place->uri : s->shard[0].place->uri);
    if (status != ANAM_REMOTE || !shard)
        return status;
    disconnect(s, shard);
    if (x->code == XAP_TIMEOUT) {
        clock_gettime(CLOCK_MONOTONIC, &shard->lost);
        return s->options.partial ? ANAM_CHANGED : status;
    }
    /* An idle connection may have been closed, and the server be there. */
    shard->lost.tv_sec = 0;
    return ANAM_CHANGED;
}
