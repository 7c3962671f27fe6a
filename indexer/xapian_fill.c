#include "indexer/xapian_fill.h"

#include "base/hash.h"
#include "index/record.h"
#include "indexer/xapian_bag.h"
#include "xapian/status.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct shard {
    char *path; /* of the database; for messages too */
    xap_writable *db;
    uint32_t next; /* document id */
    uint32_t records;
};

struct fill {
    const struct anam_segment *segment;
    struct anam_xapian_facts *facts;
    struct shard *shards;
    struct anam_analyzer *analyzer;
    struct anam_docblock block;
    struct anam_arena arena; /* a record */
    struct anam_bag bag;
    double base[ANAM_N_FIELDS]; /* impact = tf / (tf + base + slope * length) */
    double slope[ANAM_N_FIELDS];
    uint64_t name[2]; /* running hashes of all records */
    size_t pending;   /* bytes of text since the last commit */
    size_t most;      /* of these */
};

static anam_status open_shard(struct shard *s, const char *dir, uint32_t number,
                              const struct anam_xapian_facts *facts, anam_error *err)
{
    char name[ANAM_XAPIAN_PATH];
    xap_error x;
    anam_xapian_shard_path(name, number);
    s->path = anam_path_join(dir, name);
    if (!s->path)
        return anam_fail_memory(err);
    if (mkdir(s->path, 0777) != 0 && errno != EEXIST)
        return anam_fail_sys(err, errno, "cannot create %s", s->path);
    free(s->path);
    anam_xapian_database_path(name, number, facts->generation);
    s->path = anam_path_join(dir, name);
    if (!s->path)
        return anam_fail_memory(err);
    s->next = facts->sentinels + 1;
    /* Nobody reads it before it is done, and it is synced then. */
    unsigned flags = XAP_NO_SYNC | XAP_DANGEROUS;
    if (xap_open_writable(s->path, XAP_CREATE, flags, 0, &s->db, &x))
        return anam_xapian_fail(err, &x, s->path);
    return ANAM_OK;
}

/* Xapian sums the wdf of a document in 32 bits, and takes the largest sum for the mark of a
 * deleted one: such a document is given one more. */
static xap_status pad(xap_document *doc, uint32_t sum, xap_error *x)
{
    char name[ANAM_XAPIAN_MAX_NAME];
    if (sum != UINT32_MAX)
        return XAP_OK;
    return xap_document_add_term(doc, name, anam_xapian_padding_term(name), 1, x);
}

static xap_status add_field(struct fill *f, xap_document *doc, int field, uint32_t *sum,
                            xap_error *x)
{
    char name[ANAM_XAPIAN_MAX_NAME];
    const struct anam_terms *terms = &f->bag.terms;
    uint32_t length = (uint32_t)terms->tokens; /* a record has fewer bytes */
    double k = f->base[field] + f->slope[field] * length;
    xap_status status = XAP_OK;
    for (size_t i = 0; i < terms->n && !status; i++) {
        const struct anam_term *t = &terms->terms[i];
        size_t n = anam_xapian_term(name, field, t->term, t->len);
        uint32_t wdf = anam_xapian_wdf((double)t->count / ((double)t->count + k), t->count);
        status = xap_document_add_term(doc, name, n, wdf, x);
        *sum += wdf;
        if (!status && t->count >= ANAM_XAPIAN_TF) {
            n = anam_xapian_frequency_term(name, field, t->term, t->len);
            status = xap_document_add_term(doc, name, n, t->count, x);
            *sum += t->count;
        }
    }
    if (!status) {
        size_t n = anam_xapian_length_term(name, field);
        status = xap_document_add_term(doc, name, n, length + 1, x);
        *sum += length + 1;
    }
    return status;
}

static anam_status commit(struct shard *s, anam_error *err)
{
    xap_error x;
    return xap_writable_commit(s->db, &x) ? anam_xapian_fail(err, &x, s->path) : ANAM_OK;
}

static anam_status add_document(struct fill *f, const anam_record *record,
                                const unsigned char *bytes, size_t n, anam_error *err)
{
    char name[ANAM_XAPIAN_MAX_NAME];
    struct shard *s = &f->shards[anam_xapian_shard(record->id, f->facts->shards)];
    uint32_t sum = 0;
    xap_document *doc;
    xap_error x;
    xap_status status = xap_document_new(&doc, &x);
    if (!status)
        status = xap_document_set_data(doc, (const char *)bytes, n, &x);
    if (!status)
        status =
            xap_document_set_value(doc, ANAM_XAPIAN_ID_SLOT, record->id, strlen(record->id), &x);
    if (!status)
        status =
            xap_document_add_boolean_term(doc, name, anam_xapian_id_term(name, record->id), &x);
    for (int field = 0; field < ANAM_N_FIELDS && !status; field++) {
        if (!anam_bag_fill(&f->bag, f->analyzer, record, field)) {
            xap_document_free(doc);
            return anam_fail_memory(err);
        }
        status = add_field(f, doc, field, &sum, &x);
    }
    if (!status)
        status = pad(doc, sum, &x);
    if (!status)
        status = xap_writable_replace_document(s->db, s->next, doc, &x);
    xap_document_free(doc);
    if (status)
        return anam_xapian_fail(err, &x, s->path);
    s->next++;
    s->records++;
    f->pending += n;
    return ANAM_OK;
}

static anam_status add_record(struct fill *f, uint32_t document, anam_error *err)
{
    const unsigned char *bytes;
    size_t n;
    anam_record record;
    anam_status status =
        anam_docstore_get(&f->segment->documents, document, &f->block, &bytes, &n, err);
    if (status)
        return status;
    anam_arena_reset(&f->arena);
    status = anam_record_decode(bytes, n, &f->arena, &record);
    if (status == ANAM_NO_MEMORY)
        return anam_fail_memory(err);
    if (status)
        return anam_map_damaged(f->segment->documents.map, 0, "a stored record", err);
    for (int i = 0; i < 2; i++) {
        struct anam_hash_key key = {{f->name[i], (uint64_t)i}};
        f->name[i] = anam_hash(key, bytes, n);
    }
    status = add_document(f, &record, bytes, n, err);
    if (f->pending <= f->most)
        return status;
    f->pending = 0;
    for (uint32_t i = 0; i < f->facts->shards && !status; i++)
        status = commit(&f->shards[i], err);
    return status;
}

/* Gathers terms of one prefix into documents 1, 2, ... until the iterator ends. */
static xap_status add_sentinels(struct shard *s, xap_terms *terms, uint32_t *next, xap_error *x)
{
    xap_term_entry entry = {.found = true};
    xap_status status = XAP_OK;
    while (entry.found && !status) {
        xap_document *doc;
        uint32_t n = 0;
        status = xap_document_new(&doc, x);
        while (!status && n < ANAM_XAPIAN_SENTINEL_TERMS) {
            status = xap_terms_next(terms, &entry, x);
            if (status || !entry.found)
                break;
            status =
                xap_document_add_term(doc, entry.term.data, entry.term.len, ANAM_XAPIAN_CEILING, x);
            n++;
        }
        if (!status)
            status = pad(doc, n * ANAM_XAPIAN_CEILING, x);
        if (!status && n > 0)
            status = xap_writable_replace_document(s->db, (*next)++, doc, x);
        xap_document_free(doc);
    }
    return status;
}

static anam_status write_sentinels(struct shard *s, anam_error *err)
{
    uint32_t next = 1;
    xap_error x;
    anam_status status = commit(s, err);
    for (int field = 0; field < ANAM_N_FIELDS && !status; field++) {
        char prefix[ANAM_XAPIAN_MAX_NAME];
        xap_database *db;
        xap_terms *terms = NULL;
        size_t n = anam_xapian_term(prefix, field, "", 0);
        /* A reader of its own: adding to a database ends the iterators over it. */
        xap_status got = xap_open(s->path, XAP_BACKEND_GLASS, &db, &x);
        if (!got)
            got = xap_terms_all(db, prefix, n, &terms, &x);
        if (!got)
            got = add_sentinels(s, terms, &next, &x);
        if (got)
            status = anam_xapian_fail(err, &x, s->path);
        xap_terms_free(terms);
        xap_database_free(db);
    }
    return status;
}

static anam_status finish_shard(struct fill *f, uint32_t i, anam_error *err)
{
    struct shard *s = &f->shards[i];
    char text[ANAM_XAPIAN_FACTS];
    xap_error x;
    f->facts->shard = i + 1;
    f->facts->records = s->records;
    size_t n = anam_xapian_facts_print(f->facts, text);
    anam_status status = write_sentinels(s, err);
    if (status)
        return status;
    if (xap_writable_set_metadata(s->db, ANAM_XAPIAN_KEY, strlen(ANAM_XAPIAN_KEY), text, n, &x) ||
        xap_writable_close(s->db, &x))
        return anam_xapian_fail(err, &x, s->path);
    return ANAM_OK;
}

/* What is known of the archive before its records are read. */
static void take_facts(struct fill *f)
{
    const struct anam_segment *s = f->segment;
    struct anam_xapian_facts *facts = f->facts;
    facts->analyzer = s->manifest.analyzer;
    snprintf(facts->language, sizeof facts->language, "%s", s->manifest.language);
    facts->documents = s->manifest.documents;
    facts->terms = s->terms.keys;
    /* Room for every term in each field, one more for each that is not full. */
    facts->sentinels = (uint32_t)(ANAM_N_FIELDS * (s->terms.keys / ANAM_XAPIAN_SENTINEL_TERMS + 1));
    for (int i = 0; i < ANAM_N_FIELDS; i++) {
        facts->tokens[i] = s->lengths.field[i].total;
        facts->postings[i] = s->lengths.field[i].postings;
        double average = (double)facts->tokens[i] / (double)facts->documents;
        f->base[i] = facts->k1 * (1 - facts->b);
        f->slope[i] = average > 0 ? facts->k1 * facts->b / average : 0;
    }
}

/* The archive's name: same records, analyzer and settings, same name. */
static void name_archive(struct fill *f)
{
    struct anam_xapian_facts *facts = f->facts;
    struct anam_xapian_facts blank = *facts;
    char text[ANAM_XAPIAN_FACTS];
    blank.generation = 0;
    blank.shard = 1;
    blank.records = 0;
    memset(blank.archive, 0, sizeof blank.archive);
    blank.settings = (anam_settings)ANAM_SETTINGS_INIT;
    size_t n = anam_xapian_facts_print(&blank, text);
    for (int i = 0; i < 2; i++) {
        struct anam_hash_key key = {{f->name[i], (uint64_t)i}};
        f->name[i] = anam_hash(key, text, n);
    }
    snprintf(facts->archive, sizeof facts->archive, "%016" PRIx64 "%016" PRIx64, f->name[0],
             f->name[1]);
}

anam_status anam_xapian_fill(const struct anam_segment *segment, const char *dir,
                             struct anam_xapian_facts *facts, size_t memory,
                             const atomic_bool *stop, anam_error *err)
{
    struct fill f = {.segment = segment, .facts = facts, .most = memory / 16};
    take_facts(&f);
    f.shards = anam_new_array(facts->shards, sizeof *f.shards);
    anam_status status = f.shards ? ANAM_OK : anam_fail_memory(err);
    if (!status)
        status = anam_analyzer_new(&f.analyzer, facts->language, err);
    for (uint32_t i = 0; i < facts->shards && !status; i++)
        status = open_shard(&f.shards[i], dir, i + 1, facts, err);
    for (uint32_t d = 0; d < segment->manifest.documents && !status; d++) {
        status = anam_check_stop(stop, err);
        if (!status)
            status = add_record(&f, d, err);
    }
    name_archive(&f);
    for (uint32_t i = 0; i < facts->shards && !status; i++) {
        status = anam_check_stop(stop, err);
        if (!status)
            status = finish_shard(&f, i, err);
    }
    for (uint32_t i = 0; f.shards && i < facts->shards; i++) {
        xap_writable_free(f.shards[i].db);
        free(f.shards[i].path);
    }
    free(f.shards);
    anam_analyzer_free(f.analyzer);
    anam_docblock_free(&f.block);
    anam_arena_free(&f.arena);
    anam_bag_free(&f.bag);
    return status;
}
