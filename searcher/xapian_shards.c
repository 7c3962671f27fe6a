#include "searcher/xapian_shards.h"

#include "searcher/engine.h"
#include "searcher/xapian_fit.h"
#include "xapian/open.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRY_AGAIN_AFTER = 30 }; /* seconds that a shard is left alone with `partial` */

/* ---- time ---- */

static struct timespec now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec++; /* 0 stands for never */
    return t;
}

static bool recently(const struct timespec *then)
{
    return then->tv_sec != 0 && now().tv_sec - then->tv_sec < TRY_AGAIN_AFTER;
}

static bool any_served(const struct anam_xapian_shards *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (!s->shard[i].place->path)
            return true;
    return false;
}

void anam_xapian_shards_begin(struct anam_xapian_shards *s)
{
    uint64_t ms = (uint64_t)ANAM_DEADLINE * s->options.timeout_ms;
    s->deadline = (struct timespec){0};
    s->revivals = 0;
    for (size_t i = 0; i < s->n; i++)
        s->shard[i].failures = 0;
    if (!any_served(s))
        return;
    s->deadline = now();
    s->deadline.tv_sec += (time_t)(ms / 1000);
    s->deadline.tv_nsec += (long)(ms % 1000) * 1000000;
    if (s->deadline.tv_nsec >= 1000000000) {
        s->deadline.tv_sec++;
        s->deadline.tv_nsec -= 1000000000;
    }
}

anam_status anam_xapian_shards_in_time(const struct anam_xapian_shards *s, anam_error *err)
{
    const struct timespec *end = &s->deadline;
    if (end->tv_sec == 0)
        return ANAM_OK;
    struct timespec t = now();
    if (t.tv_sec < end->tv_sec || (t.tv_sec == end->tv_sec && t.tv_nsec < end->tv_nsec))
        return ANAM_OK;
    return anam_fail(err, ANAM_REMOTE, "%.200s%s: took longer than %g seconds in all",
                     s->shard[0].place->uri, s->n > 1 ? " and others" : "",
                     ANAM_DEADLINE * (double)s->options.timeout_ms / 1000);
}

/* ---- one shard ---- */

static void part(struct anam_xapian_shards *s)
{
    xap_database_free(s->all);
    s->all = NULL;
}

static void disconnect(struct anam_xapian_shards *s, struct anam_xapian_shard *shard)
{
    part(s);
    xap_database_free(shard->db);
    shard->db = NULL;
    for (int f = 0; f < ANAM_N_FIELDS; f++) {
        free(shard->lengths[f]);
        shard->lengths[f] = NULL;
    }
}

static anam_status replaced(const struct anam_xapian_shard *shard, anam_error *err)
{
    return anam_fail(err, ANAM_CHANGED,
                     "%s: was replaced by another index since it was opened; open it again",
                     shard->place->uri);
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
        status = replaced(shard, err);
    if (!status)
        status = anam_xapian_fit_count(shard->place, db, &facts, err);
    if (!status) {
        shard->facts = facts;
        shard->known = true;
    }
    return status;
}

static anam_status open_database(const struct anam_xapian_shards *s,
                                 const struct anam_xapian_shard *shard, xap_database **db,
                                 anam_error *err)
{
    const struct anam_xapian_place *place = shard->place;
    unsigned timeout = s->options.timeout_ms;
    xap_error x;
    if (place->path) {
        anam_status status = anam_xapian_open_glass(db, place->path, place->uri, err);
        return status == ANAM_NOT_INDEX && shard->known ? replaced(shard, err) : status;
    }
    if (xap_open_remote(place->host, place->port, timeout, timeout, db, &x))
        return anam_xapian_fail(err, &x, place->uri);
    return ANAM_OK;
}

static anam_status connect_shard(struct anam_xapian_shards *s, struct anam_xapian_shard *shard,
                                 anam_error *err)
{
    xap_database *db = NULL;
    anam_status status = open_database(s, shard, &db, err);
    if (!status)
        status = read_facts(shard, db, err);
    if (status) {
        xap_database_free(db);
        return status;
    }
    part(s);
    shard->db = db;
    return ANAM_OK;
}

/* ---- all of them ---- */

static anam_status join(struct anam_xapian_shards *s, anam_error *err)
{
    xap_error x;
    size_t i = 0;
    xap_status got = xap_database_new(&s->all, &x);
    s->n_missing = 0;
    for (; i < s->n && !got; i++) {
        if (s->shard[i].db)
            got = xap_database_add(s->all, s->shard[i].db, &x);
        else
            s->missing[s->n_missing++] = s->shard[i].place->uri;
    }
    if (!got)
        return ANAM_OK;
    part(s);
    return anam_xapian_fail(err, &x, s->shard[i > 0 ? i - 1 : 0].place->uri);
}

static anam_status fit_and_join(struct anam_xapian_shards *s, anam_error *err)
{
    anam_status status = anam_xapian_fit(s, err);
    for (size_t i = 0; i < s->n && status; i++)
        disconnect(s, &s->shard[i]);
    return status ? status : join(s, err);
}

/* Whether to connect now. Of those lost before one is tried an operation, lest their
 * timeouts add up. */
static bool may_connect(struct anam_xapian_shards *s, const struct anam_xapian_shard *shard)
{
    if (shard->db)
        return false;
    if (!s->options.partial || shard->lost.tv_sec == 0)
        return true;
    return !recently(&shard->lost) && s->revivals++ == 0;
}

anam_status anam_xapian_shards_revive(struct anam_xapian_shards *s, anam_error *err)
{
    anam_error why = {.code = ANAM_OK};
    size_t connected = 0;
    anam_status status = ANAM_OK;
    for (size_t i = 0; i < s->n && !status; i++) {
        struct anam_xapian_shard *shard = &s->shard[i];
        if (may_connect(s, shard)) {
            status = anam_xapian_shards_in_time(s, &why);
            if (!status)
                status = connect_shard(s, shard, &why);
            if (!status)
                shard->lost.tv_sec = 0;
            if (status == ANAM_REMOTE && s->options.partial) {
                shard->lost = now();
                status = ANAM_OK;
            }
        }
        connected += shard->db != NULL;
    }
    if (status && err)
        *err = why;
    if (status)
        return status;
    if (connected == 0)
        return anam_fail(err, ANAM_REMOTE, "%s",
                         why.code ? why.msg : "none of the shards can be reached");
    return s->all ? ANAM_OK : fit_and_join(s, err);
}

anam_status anam_xapian_shards_open(struct anam_xapian_shards *s,
                                    const struct anam_xapian_places *places,
                                    const struct anam_xapian_known *known,
                                    const anam_open_options *options, anam_error *err)
{
    *s = (struct anam_xapian_shards){.options = *options, .n = places->n};
    s->shard = anam_new_array(s->n, sizeof *s->shard);
    s->missing = anam_new_array(s->n, sizeof *s->missing);
    if (!s->shard || !s->missing)
        return anam_fail_memory(err);
    for (size_t i = 0; i < s->n; i++) {
        struct anam_xapian_shard *shard = &s->shard[i];
        shard->place = &places->place[i];
        if (known && known[i].facts.shard != 0) {
            shard->facts = known[i].facts;
            shard->known = true;
        }
        if (known)
            shard->lost = known[i].lost;
    }
    return anam_xapian_shards_revive(s, err);
}

void anam_xapian_shards_free(struct anam_xapian_shards *s)
{
    for (size_t i = 0; s->shard && i < s->n; i++)
        disconnect(s, &s->shard[i]);
    part(s);
    free(s->shard);
    free(s->missing);
    *s = (struct anam_xapian_shards){0};
}

/* ---- failures ---- */

/* A connection broke: an idle one may have been closed, and the server be there. A second
 * time within an operation, or after a timeout, it is not. */
static anam_status lose(struct anam_xapian_shards *s, struct anam_xapian_shard *shard,
                        const xap_error *x, anam_error *err)
{
    anam_status status = anam_xapian_fail(err, x, shard->place->uri);
    bool once = ++shard->failures < 2 && x->code != XAP_TIMEOUT;
    disconnect(s, shard);
    shard->lost = now();
    if (once)
        shard->lost.tv_sec = 0;
    if (once || s->options.partial) {
        status = ANAM_CHANGED;
        if (err)
            err->code = status;
    }
    return status;
}

anam_status anam_xapian_shards_refresh(struct anam_xapian_shards *s, anam_error *err)
{
    anam_status status = ANAM_OK;
    for (size_t i = 0; i < s->n && !status; i++) {
        struct anam_xapian_shard *shard = &s->shard[i];
        bool changed;
        xap_error x;
        if (!shard->db)
            continue;
        xap_status got = xap_database_reopen(shard->db, &changed, &x);
        if (got == XAP_TIMEOUT || got == XAP_NETWORK)
            status = lose(s, shard, &x, err) == ANAM_CHANGED ? ANAM_OK : ANAM_REMOTE;
        else if (got || changed)
            disconnect(s, shard); /* revive reads the facts again */
        if (!status)
            status = anam_xapian_shards_in_time(s, err);
    }
    return status ? status : anam_xapian_shards_revive(s, err);
}

static bool is_connection(const struct anam_xapian_shard *shard)
{
    return shard->db && !shard->place->path;
}

static bool is_loss(const xap_error *x)
{
    return x->code == XAP_NETWORK || x->code == XAP_TIMEOUT || x->code == XAP_CLOSED;
}

/* Which shard an error of the union is of: Xapian's context of some is like
 * "remote:tcp(host:port)", and there may be only one connection to lose. NULL where it does not
 * tell. */
static struct anam_xapian_shard *shard_of(const struct anam_xapian_shards *s, const xap_error *x)
{
    struct anam_xapian_shard *last = NULL;
    size_t connections = 0;
    for (size_t i = 0; i < s->n; i++) {
        struct anam_xapian_shard *shard = &s->shard[i];
        char name[300];
        if (!is_connection(shard))
            continue;
        snprintf(name, sizeof name, "(%s:%u)", shard->place->host, (unsigned)shard->place->port);
        if (strstr(x->context, name))
            return shard;
        last = shard;
        connections++;
    }
    return connections == 1 && is_loss(x) ? last : NULL;
}

/* The others may be in the middle of an answer. */
static void disconnect_served(struct anam_xapian_shards *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (!s->shard[i].place->path)
            disconnect(s, &s->shard[i]);
}

anam_status anam_xapian_shards_failed(struct anam_xapian_shards *s, struct anam_xapian_shard *shard,
                                      const xap_error *x, anam_error *err)
{
    bool of_union = !shard;
    if (of_union)
        shard = shard_of(s, x);
    if (of_union)
        disconnect_served(s);
    anam_status status =
        anam_xapian_fail(err, x, shard ? shard->place->uri : s->shard[0].place->uri);
    return status == ANAM_REMOTE && shard ? lose(s, shard, x, err) : status;
}

anam_status anam_xapian_shards_blame(struct anam_xapian_shards *s, const xap_error *x,
                                     xap_status (*ask)(void *ctx, const xap_database *db,
                                                       xap_error *x),
                                     void *ctx, anam_error *err)
{
    bool lost = is_loss(x);
    anam_status status = ANAM_OK;
    if (x->code == XAP_NO_MEMORY || shard_of(s, x))
        return anam_xapian_shards_failed(s, NULL, x, err);
    if (lost) {
        disconnect_served(s);
        status = anam_xapian_shards_revive(s, err);
    }
    for (size_t i = 0; i < s->n && !status; i++) {
        struct anam_xapian_shard *shard = &s->shard[i];
        xap_error alone;
        bool asked = lost ? is_connection(shard) : shard->db != NULL;
        if (asked && ask(ctx, shard->db, &alone))
            return anam_xapian_shards_failed(s, shard, &alone, err);
        status = anam_xapian_shards_in_time(s, err);
    }
    if (status)
        return status;
    return lost ? anam_fail(err, ANAM_CHANGED, "%s", x->msg) /* it is well again */
                : anam_xapian_shards_failed(s, NULL, x, err);
}

xap_status anam_xapian_find_id(const xap_database *db, const char *id, uint32_t *document,
                               xap_error *x)
{
    char name[ANAM_XAPIAN_MAX_NAME];
    xap_postings *postings = NULL;
    xap_posting posting = {0};
    xap_status status = xap_postings_open(db, name, anam_xapian_id_term(name, id), &postings, x);
    if (!status)
        status = xap_postings_next(postings, &posting, x);
    xap_postings_free(postings);
    *document = status ? 0 : posting.docid;
    return status;
}

struct anam_xapian_shard *anam_xapian_shards_holding(const struct anam_xapian_shards *s,
                                                     uint64_t document)
{
    uint64_t parts = s->n - s->n_missing;
    uint64_t at = (document - 1) % parts;
    for (size_t i = 0; i < s->n; i++)
        if (s->shard[i].db && at-- == 0)
            return &s->shard[i];
    return NULL; /* of a union that is no more */
}
