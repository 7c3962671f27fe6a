#include "searcher/xapian_check.h"

#include "index/record.h"
#include "searcher/xapian_fit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct check {
    struct anam_xapian_shards *shards;
    anam_check_fn report;
    void *ctx;
    anam_error *err;
    size_t findings;
    anam_error first; /* of them */
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
        anam_fail(&c->first, ANAM_DAMAGED, "%s", msg);
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
    if (got && access(place->path, F_OK) != 0)
        return anam_fail(c->err, ANAM_CHANGED, "%s: replaced while it was checked", place->uri);
    if (got && (x.sys == EACCES || x.sys == EMFILE || x.sys == ENFILE || x.sys == ENOMEM))
        return anam_fail_sys(c->err, x.sys, "cannot check %s", place->uri);
    if (got)
        find(c, "%s is damaged: %s", place->uri, x.msg);
    else if (errors > 0)
        find(c, "%s is damaged: Xapian finds %zu faults (%s)", place->uri, errors, c->last);
    return ANAM_OK;
}

/* What there is to say against a document's id and stored record: "" where nothing. NULL
 * without memory. */
static const char *fault(struct check *c, const char *id, xap_bytes data)
{
    anam_record record;
    if (!id)
        return NULL;
    anam_status status =
        anam_record_decode((const unsigned char *)data.data, data.len, &c->arena, &record);
    if (status == ANAM_NO_MEMORY)
        return NULL;
    if (status)
        return "holds no record";
    return strcmp(record.id, id) == 0 ? "" : "is of two ids";
}

/* One record; a failure of Xapian itself ends the check of this shard. */
static xap_status check_document(struct check *c, const struct anam_xapian_shard *shard,
                                 uint32_t docid, xap_error *x)
{
    xap_document *doc = NULL;
    xap_bytes value = {0};
    xap_bytes data = {0};
    uint32_t found = 0;
    const char *uri = shard->place->uri;
    const char *id = NULL;
    const char *what = NULL;
    anam_arena_reset(&c->arena);
    xap_status status = xap_database_document(shard->db, docid, false, &doc, x);
    if (!status)
        status = xap_document_value(doc, ANAM_XAPIAN_ID_SLOT, &value, x);
    if (!status)
        id = anam_arena_copy(&c->arena, value.data, value.len);
    if (!status)
        status = xap_document_data(doc, &data, x);
    if (!status)
        what = fault(c, id, data);
    if (!status && !what) {
        *x = (xap_error){.code = XAP_NO_MEMORY};
        status = XAP_NO_MEMORY;
    } else if (!status && *what) {
        find(c, "%s is damaged: document %" PRIu32 " %s", uri, docid, what);
    } else if (!status) {
        status = anam_xapian_find_id(shard->db, id, &found, x);
        if (!status && found == 0)
            find(c, "%s is damaged: '%.80s' is not found", uri, id);
        else if (!status && found != docid)
            find(c, "%s is damaged: '%.80s' is found in document %" PRIu32 ", not %" PRIu32, uri,
                 id, found, docid);
    }
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

static anam_status check_shard(struct check *c, struct anam_xapian_shard *shard,
                               uint64_t tokens[ANAM_N_FIELDS])
{
    xap_error x;
    anam_error why;
    anam_status status = shard->place->path ? check_files(c, shard->place) : ANAM_OK;
    if (status || !check_records(c, shard, tokens, &x))
        return status;
    if (anam_xapian_fail(&why, &x, shard->place->uri) != ANAM_DAMAGED)
        return anam_xapian_shards_failed(c->shards, shard, &x, c->err);
    find(c, "%s", why.msg);
    return ANAM_OK;
}

/* Where all shards of one archive are there: whether they add up to it. */
static void check_sums(struct check *c, uint64_t records, const uint64_t tokens[ANAM_N_FIELDS])
{
    const struct anam_xapian_facts *first = &c->shards->shard[0].facts;
    const char *uri = c->shards->shard[0].place->uri;
    if (c->shards->n_missing > 0 || !anam_xapian_one_archive(c->shards))
        return;
    if (records != first->documents)
        find(c, "%s is damaged: its shards have %" PRIu64 " records of %" PRIu64, uri, records,
             first->documents);
    for (int f = 0; f < ANAM_N_FIELDS; f++)
        if (tokens[f] != first->tokens[f])
            find(c, "%s is damaged: lengths of field %s add up to %" PRIu64 ", not %" PRIu64, uri,
                 anam_field_name(f), tokens[f], first->tokens[f]);
}

static anam_status check_all(struct check *c)
{
    struct anam_xapian_shards *s = c->shards;
    uint64_t tokens[ANAM_N_FIELDS] = {0};
    uint64_t records = 0;
    anam_status status = ANAM_OK;
    for (size_t i = 0; i < s->n && !status; i++) {
        if (!s->shard[i].db)
            continue;
        records += s->shard[i].facts.records;
        status = check_shard(c, &s->shard[i], tokens);
    }
    if (!status)
        check_sums(c, records, tokens);
    return status;
}

static void report_missing(const struct check *c)
{
    for (size_t i = 0; i < c->shards->n_missing && c->report; i++) {
        char msg[sizeof c->err->msg];
        snprintf(msg, sizeof msg, "%s: did not answer, and is not checked", c->shards->missing[i]);
        c->report(c->ctx, msg);
    }
}

anam_status anam_xapian_check(struct anam_xapian_shards *s, anam_check_fn report, void *ctx,
                              anam_error *err)
{
    enum { TRIES = 5 };
    struct check c = {.shards = s, .report = report, .ctx = ctx, .err = err};
    anam_status status = check_all(&c);
    for (int i = 1; i < TRIES && status == ANAM_CHANGED && c.findings == 0; i++) {
        status = anam_xapian_shards_refresh(s, err);
        if (!status)
            status = check_all(&c);
    }
    anam_arena_free(&c.arena);
    if (c.findings > 0 && (!status || status == ANAM_CHANGED)) {
        if (err)
            *err = c.first;
        return ANAM_DAMAGED;
    }
    if (!status)
        report_missing(&c);
    return status;
}
