#include "searcher/xapian_fit.h"

#include <inttypes.h>
#include <string.h>

anam_status anam_xapian_fit_count(const struct anam_xapian_place *place, const xap_database *db,
                                  const struct anam_xapian_facts *facts, anam_error *err)
{
    uint64_t most = (uint64_t)facts->sentinels + facts->records;
    uint32_t last;
    uint32_t count = 0;
    xap_error x;
    if (xap_database_lastdocid(db, &last, &x) || xap_database_doccount(db, &count, &x))
        return anam_xapian_fail(err, &x, place->uri);
    bool fits = facts->records > 0 ? last == most : last <= most;
    if (fits && count >= facts->records && count <= most)
        return ANAM_OK;
    if (!place->path)
        return anam_fail(err, ANAM_BAD_DATA,
                         "%s: serves more than one database: serve each shard by itself",
                         place->uri);
    return anam_fail(err, ANAM_DAMAGED,
                     "%s is damaged: it counts %" PRIu32 " documents up to %" PRIu32
                     ", not %" PRIu32 " up to %" PRIu64,
                     place->uri, count, last, facts->records, most);
}

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

/* Document ids of a union are 32 bits wide, too. */
static anam_status fit_ids(const struct anam_xapian_shards *s, anam_error *err)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct anam_xapian_facts *facts = &s->shard[i].facts;
        uint64_t last = (uint64_t)facts->sentinels + facts->records;
        if (last * s->n > UINT32_MAX)
            return anam_fail(err, ANAM_BAD_DATA,
                             "%.200s has too many records to be searched with %zu others",
                             s->shard[i].place->uri, s->n - 1);
    }
    return ANAM_OK;
}

anam_status anam_xapian_fit(const struct anam_xapian_shards *s, anam_error *err)
{
    anam_status status = ANAM_OK;
    for (size_t i = 0; i < s->n && !status; i++)
        for (size_t j = 0; j < i && !status; j++)
            if (s->shard[i].known && s->shard[j].known)
                status = fit_pair(&s->shard[j], &s->shard[i], err);
    if (!status)
        status = fit_whole(s, err);
    return status ? status : fit_ids(s, err);
}

bool anam_xapian_one_archive(const struct anam_xapian_shards *s)
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

void anam_xapian_archives(const struct anam_xapian_shards *s,
                          void (*each)(void *ctx, const struct anam_xapian_facts *facts), void *ctx)
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
