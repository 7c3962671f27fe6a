#include "searcher/xapian_check.h"

#include "index/record.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct check {
    struct anam_xapian_shards *shards;
    anam_check_fn report;
    void *ctx;
    anam_error *err;
    size_t findings;
    struct anam_arena arena;
    char last[200]; /* line of Xapian's check */
};

static void find(struct check *c, const char *fmt, ...) ANAM_PRINTF(2, 3);

static void find(struct check *c, const char *fmt, ...)
{
    char msg[sizeof c->err->msg];
    va_list args;
    va_start(args, fmt);
    vsnprintf(msg, sizeof msg, fmt, args);
    va_end(args);
    if (c->findings++ == 0)
        anam_fail(c->err, ANAM_DAMAGED, "%s", msg);
    if (c->report)
        c->report(c->ctx, msg);
}

static void note_line(void *ctx, const char *line, size_t n)
{
    struct check *c = ctx;
    if (n > 0)
        snprintf(c->last, sizeof c->last, "%.*s",
                 (int)(n < sizeof c->last ? n : sizeof c->last - 1), line);
}

static anam_status check_files(struct check *c, const struct anam_xapian_place *place)
{
    size_t errors = 0;
    xap_error x;
    c->last[0] = '\0';
    xap_status got = xap_check(place->path, 0, note_line, c, &errors, &x);
    if (got == XAP_NO_MEMORY)
        return anam_fail_memory(c->err);
    if (got)
        find(c, "%s is damaged: %s", place->uri, x.msg);
    else if (errors > 0)
        find(c, "%s is damaged: Xapian finds %zu faults (%s)", place->uri, errors, c->last);
    return ANAM_OK;
}

static xap_status look_up(xap_database *db, const char *id, uint32_t *docid, xap_error *x)
{
    char name[ANAM_XAPIAN_MAX_NAME];
    xap_postings *postings = NULL;
    xap_posting posting = {0};
    xap_status status = xap_postings_open(db, name, anam_xapian_id_term(name, id), &postings, x);
    if (!status)
        status = xap_postings_next(postings, &posting, x);
    xap_postings_free(postings);
    *docid = posting.docid;
    return status;
}

/* One record; a failure of Xapian itself ends the check of this shard. */
static xap_status check_document(struct check *c, const struct anam_xapian_shard *shard,
                                 uint32_t docid, xap_error *x)
{
    xap_document *doc = NULL;
    xap_bytes value = {0};
    xap_bytes data = {0};
    anam_record record;
    uint32_t found = 0;
    const char *uri = shard->place->uri;
    const char *id = NULL;
    anam_arena_reset(&c->arena);
    xap_status status = xap_database_document(shard->db, docid, false, &doc, x);
    if (!status)
        status = xap_document_value(doc, ANAM_XAPIAN_ID_SLOT, &value, x);
    if (!status)
        id = anam_arena_copy(&c->arena, value.data, value.len);
    if (!status)
        status = xap_document_data(doc, &data, x);
    if (!status && (!id || anam_record_decode((const unsigned char *)data.data, data.len, &c->arena,
                                              &record) != ANAM_OK))
        find(c, "%s is damaged: document %" PRIu32 " holds no record", uri, docid);
    else if (!status && strcmp(record.id, id) != 0)
        find(c, "%s is damaged: document %" PRIu32 " is of two ids", uri, docid);
    else if (!status)
        status = look_up(shard->db, id, &found, x);
    if (!status && found != 0 && found != docid)
        find(c, "%s is damaged: '%.80s' is found in document %" PRIu32 ", not %" PRIu32, uri, id,
             found, docid);
    else if (!status && id && found == 0)
        find(c, "%s is damaged: '%.80s' is not found", uri, id);
    xap_document_free(doc);
    return status;
}

static xap_status add_lengths(const struct anam_xapian_shard *shard, int field, uint64_t *sum,
                              uint32_t *records, xap_error *x)
{
    char name[ANAM_XAPIAN_MAX_NAME];
    xap_postings *postings = NULL;
    xap_posting posting = {.found = true};
    xap_status status =
        xap_postings_open(shard->db, name, anam_xapian_length_term(name, field), &postings, x);
    *records = 0;
    while (!status && posting.found) {
        status = xap_postings_next(postings, &posting, x);
        if (!status && posting.found) {
            *sum += posting.wdf - 1;
            ++*records;
        }
    }
    xap_postings_free(postings);
    return status;
}

static xap_status check_records(struct check *c, const struct anam_xapian_shard *shard,
                                uint64_t tokens[ANAM_N_FIELDS], xap_error *x)
{
    const struct anam_xapian_facts *facts = &shard->facts;
    xap_status status = XAP_OK;
    for (uint32_t i = 1; i <= facts->records && !status; i++)
        status = check_document(c, shard, facts->sentinels + i, x);
    for (int f = 0; f < ANAM_N_FIELDS && !status; f++) {
        uint32_t records;
        status = add_lengths(shard, f, &tokens[f], &records, x);
        if (!status && records != facts->records)
            find(c, "%s is damaged: %" PRIu32 " records, but %" PRIu32 " have a length",
                 shard->place->uri, facts->records, records);
    }
    return status;
}

anam_status anam_xapian_check(struct anam_xapian_shards *s, anam_check_fn report, void *ctx,
                              anam_error *err)
{
    struct check c = {.shards = s, .report = report, .ctx = ctx, .err = err};
    uint64_t tokens[ANAM_N_FIELDS] = {0};
    uint64_t records = 0;
    anam_status status = ANAM_OK;
    for (size_t i = 0; i < s->n && !status; i++) {
        const struct anam_xapian_shard *shard = &s->shard[i];
        xap_error x;
        if (!shard->db)
            continue;
        if (shard->place->path)
            status = check_files(&c, shard->place);
        records += shard->facts.records;
        if (!status && check_records(&c, shard, tokens, &x)) {
            anam_error why;
            if (anam_xapian_fail(&why, &x, shard->place->uri) == ANAM_DAMAGED)
                find(&c, "%s", why.msg);
            else
                status = anam_xapian_fail(err, &x, shard->place->uri);
        }
    }
    anam_arena_free(&c.arena);
    const struct anam_xapian_facts *first = &s->shard[0].facts;
    if (!status && s->n_missing == 0 && anam_xapian_shards_one_archive(s)) {
        if (records != first->documents)
            find(&c, "%s is damaged: its shards have %" PRIu64 " records of %" PRIu64,
                 s->shard[0].place->uri, records, first->documents);
        for (int f = 0; f < ANAM_N_FIELDS; f++)
            if (tokens[f] != first->tokens[f])
                find(&c, "%s is damaged: lengths of field %s add up to %" PRIu64 ", not %" PRIu64,
                     s->shard[0].place->uri, anam_field_name(f), tokens[f], first->tokens[f]);
    }
    if (!status && c.findings > 0)
        status = ANAM_DAMAGED;
    return status;
}
