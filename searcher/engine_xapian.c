/* The Xapian engine: databases made by indexer/xapian_export.c, searched by Xapian's own
 * matcher, here or in xapian-tcpsrv. index/xapian_layout.h tells how records lie there. */
#include "analysis/analyzer.h"
#include "index/record.h"
#include "searcher/plan.h"
#include "searcher/xapian_check.h"
#include "searcher/xapian_exact.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct xapian_index {
    struct anam_xapian_places places;
    anam_open_options options;
    anam_index_info info;
    char language[32];
    char analyzer[64];
};

struct xapian_reader {
    const struct xapian_index *index;
    struct anam_xapian_shards shards;
    struct anam_analyzer *analyzer;
    struct anam_arena ids;        /* of the last hits */
    struct anam_xapian_hit *hits; /* the last, as they were given out */
    size_t n_hits;
    size_t next; /* hit that the next question is probably about */
};

/* ---- the index ---- */

/* Bytes of the files in a database directory, as info tells them apart. */
static void add_sizes(anam_index_info *info, const char *path)
{
    DIR *dir = opendir(path);
    for (const struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
        struct stat st;
        if (fstatat(dirfd(dir), e->d_name, &st, 0) != 0 || !S_ISREG(st.st_mode))
            continue;
        uint64_t size = (uint64_t)st.st_size;
        info->bytes += size;
        if (strcmp(e->d_name, "postlist.glass") == 0)
            info->bytes_postings += size;
        else if (strcmp(e->d_name, "docdata.glass") == 0)
            info->bytes_documents += size;
        else
            info->bytes_other += size;
    }
    if (dir)
        closedir(dir);
}

static void add_archive(void *ctx, const struct anam_xapian_facts *facts)
{
    anam_index_info *info = ctx;
    info->documents += facts->documents;
    info->terms += facts->terms;
    if (facts->generation > info->generation)
        info->generation = facts->generation;
    for (int f = 0; f < ANAM_N_FIELDS; f++) {
        info->fields[f].tokens += facts->tokens[f];
        info->fields[f].postings += facts->postings[f];
    }
}

static void fill_info(struct xapian_index *x, const struct anam_xapian_shards *shards)
{
    const struct anam_xapian_facts unknown = {.language = "none", .shard = UINT32_MAX};
    const struct anam_xapian_facts *first = &unknown; /* one shard at least is known */
    bool all_local = true;
    x->info = (anam_index_info){.engine = anam_engine_xapian.name,
                                .analyzer = x->analyzer,
                                .language = x->language,
                                .format = ANAM_XAPIAN_FORMAT,
                                .shards = (uint32_t)shards->n,
                                .shards_missing = (uint32_t)shards->n_missing};
    for (size_t i = 0; i < shards->n; i++) {
        const struct anam_xapian_shard *shard = &shards->shard[i];
        if (shard->known && shard->facts.shard < first->shard)
            first = &shard->facts;
        all_local = all_local && shard->place->path;
    }
    for (size_t i = 0; i < shards->n && all_local; i++)
        add_sizes(&x->info, shards->shard[i].place->path);
    anam_xapian_shards_archives(shards, add_archive, &x->info);
    for (int f = 0; f < ANAM_N_FIELDS; f++)
        x->info.fields[f].avg_length =
            (double)x->info.fields[f].tokens / (double)(x->info.documents + !x->info.documents);
    x->info.settings = first->settings;
    snprintf(x->language, sizeof x->language, "%s", first->language);
    snprintf(x->analyzer, sizeof x->analyzer, "anamnesis-%u %s", (unsigned)first->analyzer,
             first->language);
}

static void xapian_close(void *index)
{
    struct xapian_index *x = index;
    anam_xapian_places_free(&x->places);
    free(x);
}

enum { LOOKS = 5 };

/* A writer may replace a local index between looking at its stub and opening. */
static anam_status find_and_open(struct xapian_index *x, const char *uri,
                                 struct anam_xapian_shards *shards, anam_error *err)
{
    anam_status status = ANAM_OK;
    for (int i = 0; i < LOOKS; i++) {
        anam_xapian_shards_free(shards);
        anam_xapian_places_free(&x->places);
        status = anam_xapian_places_find(&x->places, uri, err);
        if (!status)
            status = anam_xapian_shards_open(shards, &x->places, &x->options, err);
        if (status != ANAM_NOT_INDEX && status != ANAM_CHANGED)
            break;
    }
    return status;
}

static anam_status xapian_open(void **index, const char *uri, const anam_open_options *options,
                               anam_error *err)
{
    struct anam_xapian_shards shards = {0};
    struct xapian_index *x = calloc(1, sizeof *x);
    if (!x)
        return anam_fail_memory(err);
    x->options = *options;
    anam_status status = find_and_open(x, uri, &shards, err);
    if (!status)
        fill_info(x, &shards);
    anam_xapian_shards_free(&shards);
    if (status)
        xapian_close(x);
    else
        *index = x;
    return status;
}

static const anam_index_info *xapian_info(const void *index)
{
    const struct xapian_index *x = index;
    return &x->info;
}

static anam_status xapian_check(const void *index, anam_check_fn report, void *ctx, anam_error *err)
{
    const struct xapian_index *x = index;
    struct anam_xapian_shards shards;
    anam_status status = anam_xapian_shards_open(&shards, &x->places, &x->options, err);
    if (!status)
        status = anam_xapian_check(&shards, report, ctx, err);
    anam_xapian_shards_free(&shards);
    return status;
}

/* ---- readers ---- */

static void xapian_reader_free(void *reader)
{
    struct xapian_reader *r = reader;
    anam_xapian_shards_free(&r->shards);
    anam_analyzer_free(r->analyzer);
    anam_arena_free(&r->ids);
    free(r->hits);
    free(r);
}

static anam_status xapian_reader(void **reader, const void *index, anam_error *err)
{
    const struct xapian_index *x = index;
    struct xapian_reader *r = calloc(1, sizeof *r);
    if (!r)
        return anam_fail_memory(err);
    r->index = x;
    anam_status status = anam_analyzer_new(&r->analyzer, x->language, err);
    if (!status)
        status = anam_xapian_shards_open(&r->shards, &x->places, &x->options, err);
    if (status)
        xapian_reader_free(r);
    else
        *reader = r;
    return status;
}

static anam_status xapian_refresh(void *reader, anam_error *err)
{
    struct xapian_reader *r = reader;
    return anam_xapian_shards_refresh(&r->shards, err);
}

static const char *const *xapian_missing(const void *reader, size_t *n)
{
    const struct xapian_reader *r = reader;
    *n = r->shards.n_missing;
    return (const char *const *)r->shards.missing;
}

static anam_status failed(struct xapian_reader *r, const xap_error *x, anam_error *err)
{
    return anam_xapian_shards_failed(&r->shards, NULL, x, err);
}

/* ---- statistics ---- */

static xap_status term_query(const struct anam_plan *plan, size_t term, int field, xap_query **out,
                             xap_error *x)
{
    char name[ANAM_XAPIAN_MAX_NAME];
    size_t n = anam_xapian_term(name, field, plan->terms[term].term, plan->terms[term].len);
    return xap_query_term(name, n, 1, 0, out, x);
}

static void free_queries(xap_query **queries, size_t n)
{
    for (size_t i = 0; queries && i < n; i++)
        xap_query_free(queries[i]);
    free(queries);
}

/* Frequencies of all terms in one round trip: a search that looks at no document. */
static xap_status served_statistics(const xap_database *db, const struct anam_plan *plan,
                                    xap_mset **out, xap_error *x)
{
    size_t n = plan->n * ANAM_N_FIELDS;
    xap_query **queries = anam_new_array(n, sizeof *queries);
    xap_query *any = NULL;
    xap_enquire *enquire = NULL;
    xap_status status = XAP_OK;
    *out = NULL;
    if (!queries) {
        *x = (xap_error){.code = XAP_NO_MEMORY};
        return XAP_NO_MEMORY;
    }
    for (size_t i = 0; i < n && !status; i++)
        status = term_query(plan, i / ANAM_N_FIELDS, (int)(i % ANAM_N_FIELDS), &queries[i], x);
    if (!status)
        status = xap_query_combine(XAP_OP_OR, queries, n, 0, &any, x);
    if (!status)
        status = xap_enquire_new(db, &enquire, x);
    if (!status)
        status = xap_enquire_set_query(enquire, any, 0, x);
    if (!status)
        status = xap_enquire_mset(enquire, 0, 0, 0, NULL, out, x);
    xap_enquire_free(enquire);
    xap_query_free(any);
    free_queries(queries, n);
    return status;
}

static anam_status shard_statistics(struct xapian_reader *r, struct anam_xapian_shard *shard,
                                    const struct anam_plan *plan, struct anam_stats *stats,
                                    anam_error *err)
{
    xap_mset *served = NULL;
    xap_error x;
    xap_status status = XAP_OK;
    if (!shard->place->path && plan->n > 0)
        status = served_statistics(shard->db, plan, &served, &x);
    for (size_t i = 0; i < plan->n && !status; i++) {
        for (int f = 0; f < ANAM_N_FIELDS && !status; f++) {
            char name[ANAM_XAPIAN_MAX_NAME];
            uint32_t df;
            size_t n = anam_xapian_term(name, f, plan->terms[i].term, plan->terms[i].len);
            status = served ? xap_mset_termfreq(served, name, n, &df, &x)
                            : xap_database_termfreq(shard->db, name, n, &df, &x);
            if (!status && df > 0)
                stats->df[i][f] += df - 1; /* but for the sentinel */
        }
    }
    xap_mset_free(served);
    return status ? anam_xapian_shards_failed(&r->shards, shard, &x, err) : ANAM_OK;
}

static void add_totals(void *ctx, const struct anam_xapian_facts *facts)
{
    struct anam_stats *stats = ctx;
    stats->documents += facts->documents;
    for (int f = 0; f < ANAM_N_FIELDS; f++)
        stats->tokens[f] += facts->tokens[f];
}

static anam_status xapian_stats(void *reader, const struct anam_plan *plan,
                                struct anam_stats *stats, anam_error *err)
{
    struct xapian_reader *r = reader;
    anam_status status = anam_xapian_shards_revive(&r->shards, err);
    stats->documents = 0;
    for (int f = 0; f < ANAM_N_FIELDS; f++)
        stats->tokens[f] = 0;
    for (size_t i = 0; i < plan->n; i++)
        for (int f = 0; f < ANAM_N_FIELDS; f++)
            stats->df[i][f] = 0;
    if (status)
        return status;
    anam_xapian_shards_archives(&r->shards, add_totals, stats);
    for (size_t i = 0; i < r->shards.n && !status; i++)
        if (r->shards.shard[i].db)
            status = shard_statistics(r, &r->shards.shard[i], plan, stats, err);
    return status;
}

/* ---- searching ---- */

/* Xapian adds up factor * wdf in double. Factors are whole numbers whose sum times the
 * largest wdf is below 2^53: then every sum is exact, whatever its order, and equal
 * records have equal scores. Returns what a unit of Xapian's weight is worth. */
static double set_factors(const struct anam_weighed *weighed, size_t n, double *factors)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += weighed[i].bm25.scale;
    double room = 9007199254740992.0 / ANAM_XAPIAN_CEILING - (double)n;
    double unit = sum / room;
    for (size_t i = 0; i < n; i++) {
        factors[i] = floor(weighed[i].bm25.scale / unit + 0.5);
        if (factors[i] < 1)
            factors[i] = 1;
    }
    return unit / ANAM_XAPIAN_ONE;
}

static xap_status make_query(const struct anam_plan *plan, const struct anam_weighed *weighed,
                             const double *factors, size_t n, xap_query **out, xap_error *x)
{
    xap_query **queries = anam_new_array(n, sizeof *queries);
    xap_status status = XAP_OK;
    *out = NULL;
    if (!queries) {
        *x = (xap_error){.code = XAP_NO_MEMORY};
        return XAP_NO_MEMORY;
    }
    for (size_t i = 0; i < n && !status; i++) {
        xap_query *term;
        status = term_query(plan, weighed[i].term, weighed[i].field, &term, x);
        if (!status)
            status = xap_query_scale(term, factors[i], &queries[i], x);
        xap_query_free(term);
    }
    if (!status)
        status = xap_query_combine(XAP_OP_OR, queries, n, 0, out, x);
    free_queries(queries, n);
    return status;
}

/* The weight is linear in wdf; ties go to the later id; ids come with the hits. */
static xap_status ask(struct xapian_reader *r, const xap_query *query, uint32_t n, xap_mset **out,
                      xap_error *x)
{
    xap_enquire *enquire = NULL;
    xap_weight *weight = NULL;
    *out = NULL;
    xap_status status = xap_enquire_new(r->shards.all, &enquire, x);
    if (!status)
        status = xap_weight_tfidf("nnn", &weight, x);
    if (!status)
        status = xap_enquire_set_weight(enquire, weight, x);
    if (!status)
        status = xap_enquire_set_query(enquire, query, 0, x);
    if (!status)
        status =
            xap_enquire_set_sort(enquire, XAP_SORT_RELEVANCE_VALUE, ANAM_XAPIAN_ID_SLOT, true, x);
    if (!status)
        status = xap_enquire_mset(enquire, 0, n, 0, NULL, out, x);
    xap_weight_free(weight);
    xap_enquire_free(enquire);
    return status;
}

static anam_status take_hits(struct xapian_reader *r, xap_mset *mset, double worth, size_t k,
                             anam_error *err)
{
    uint32_t size = xap_mset_size(mset);
    free(r->hits);
    r->n_hits = 0;
    r->hits = anam_new_array(size, sizeof *r->hits);
    if (!r->hits)
        return anam_fail_memory(err);
    for (uint32_t i = 0; i < size && r->n_hits < k; i++) {
        xap_hit hit;
        xap_error x;
        if (xap_mset_hit(mset, i, &hit, &x))
            return failed(r, &x, err);
        if (hit.sort_key.len == 0) /* a sentinel */
            continue;
        const char *id = anam_arena_copy(&r->ids, hit.sort_key.data, hit.sort_key.len);
        if (!id)
            return anam_fail_memory(err);
        r->hits[r->n_hits++] = (struct anam_xapian_hit){hit.docid, (float)(hit.weight * worth), id};
    }
    return ANAM_OK;
}

/* Sentinels that may match. */
static uint32_t sentinels(const struct xapian_reader *r, size_t terms)
{
    size_t n = 0;
    for (size_t i = 0; i < r->shards.n; i++) {
        uint32_t have = r->shards.shard[i].facts.sentinels;
        if (r->shards.shard[i].db)
            n += have < terms ? have : terms;
    }
    return (uint32_t)n;
}

static anam_status match(struct xapian_reader *r, const struct anam_plan *plan,
                         const struct anam_weighed *weighed, size_t n, size_t k, anam_error *err)
{
    xap_query *query = NULL;
    xap_mset *mset = NULL;
    xap_error x;
    double *factors = anam_new_array(n, sizeof *factors);
    if (!factors)
        return anam_fail_memory(err);
    double worth = set_factors(weighed, n, factors);
    xap_status got = make_query(plan, weighed, factors, n, &query, &x);
    if (!got)
        got = ask(r, query, (uint32_t)k + sentinels(r, n), &mset, &x);
    anam_status status = got ? failed(r, &x, err) : take_hits(r, mset, worth, k, err);
    xap_mset_free(mset);
    xap_query_free(query);
    free(factors);
    return status;
}

static anam_status id_of(struct xapian_reader *r, uint32_t document, struct anam_arena *arena,
                         const char **id, anam_error *err)
{
    xap_document *doc;
    xap_bytes value;
    xap_error x;
    xap_status got = xap_database_document(r->shards.all, document, true, &doc, &x);
    if (!got)
        got = xap_document_value(doc, ANAM_XAPIAN_ID_SLOT, &value, &x);
    *id = got ? NULL : anam_arena_copy(arena, value.data, value.len);
    xap_document_free(doc);
    if (got)
        return failed(r, &x, err);
    return *id ? ANAM_OK : anam_fail_memory(err);
}

static anam_status score_all(struct xapian_reader *r, const struct anam_plan *plan,
                             const struct anam_weighed *weighed, size_t n, size_t k,
                             anam_error *err)
{
    free(r->hits);
    r->n_hits = 0;
    anam_status status =
        anam_xapian_exact(&r->shards, plan, weighed, n, k, &r->hits, &r->n_hits, err);
    for (size_t i = 0; i < r->n_hits && !status; i++)
        status = id_of(r, r->hits[i].document, &r->ids, &r->hits[i].id, err);
    return status;
}

static int compare_hits(const void *a, const void *b)
{
    const struct anam_xapian_hit *x = a;
    const struct anam_xapian_hit *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return -strcmp(x->id, y->id);
}

/* Whether the impacts are those of the settings, and of the archive as it is searched. */
static bool impacts_hold(const struct xapian_reader *r, const anam_settings *settings)
{
    const struct anam_xapian_facts *facts = NULL;
    for (size_t i = 0; i < r->shards.n; i++)
        if (r->shards.shard[i].known)
            facts = &r->shards.shard[i].facts;
    return facts && facts->k1 == settings->k1 && facts->b == settings->b &&
           anam_xapian_shards_one_archive(&r->shards);
}

static anam_status xapian_search(void *reader, const struct anam_plan *plan,
                                 const struct anam_stats *global, size_t k,
                                 struct anam_engine_hit *hits, size_t *n, anam_error *err)
{
    struct xapian_reader *r = reader;
    *n = 0;
    anam_arena_reset(&r->ids);
    r->n_hits = r->next = 0;
    struct anam_weighed *weighed = anam_new_array(plan->n, ANAM_N_FIELDS * sizeof *weighed);
    if (!weighed)
        return anam_fail_memory(err);
    size_t terms = anam_bm25_order(plan, global, weighed);
    anam_status status = ANAM_OK;
    if (terms > 0 && impacts_hold(r, &plan->settings))
        status = match(r, plan, weighed, terms, k, err);
    else if (terms > 0)
        status = score_all(r, plan, weighed, terms, k, err);
    free(weighed);
    if (status) {
        r->n_hits = 0;
        return status;
    }
    if (r->n_hits > 0)
        qsort(r->hits, r->n_hits, sizeof *r->hits, compare_hits);
    *n = r->n_hits < k ? r->n_hits : k;
    for (size_t i = 0; i < *n; i++)
        hits[i] = (struct anam_engine_hit){r->hits[i].document, r->hits[i].score};
    return ANAM_OK;
}

/* ---- documents ---- */

static anam_status xapian_id(void *reader, uint64_t handle, struct anam_arena *arena,
                             const char **id, anam_error *err)
{
    struct xapian_reader *r = reader;
    if (r->next >= r->n_hits || r->hits[r->next].document != handle)
        return id_of(r, (uint32_t)handle, arena, id, err);
    const char *known = r->hits[r->next++].id;
    *id = anam_arena_copy(arena, known, strlen(known));
    return *id ? ANAM_OK : anam_fail_memory(err);
}

static anam_status xapian_find(void *reader, const char *id, uint64_t *handle, bool *found,
                               anam_error *err)
{
    struct xapian_reader *r = reader;
    char name[ANAM_XAPIAN_MAX_NAME];
    size_t n = anam_xapian_id_term(name, id);
    xap_postings *postings = NULL;
    xap_posting posting = {0};
    xap_error x;
    anam_status status = anam_xapian_shards_revive(&r->shards, err);
    if (status)
        return status;
    xap_status got = xap_postings_open(r->shards.all, name, n, &postings, &x);
    if (!got)
        got = xap_postings_next(postings, &posting, &x);
    xap_postings_free(postings);
    if (got)
        return failed(r, &x, err);
    *found = posting.found;
    *handle = posting.docid;
    return ANAM_OK;
}

static anam_status xapian_record(void *reader, uint64_t handle, struct anam_arena *arena,
                                 anam_record **record, anam_error *err)
{
    struct xapian_reader *r = reader;
    xap_document *doc;
    xap_bytes data;
    xap_error x;
    xap_status got = xap_database_document(r->shards.all, (uint32_t)handle, true, &doc, &x);
    if (!got)
        got = xap_document_data(doc, &data, &x);
    unsigned char *copy = got ? NULL : anam_arena_alloc(arena, data.len);
    *record = anam_arena_alloc(arena, sizeof **record);
    anam_status status = ANAM_OK;
    if (got)
        status = failed(r, &x, err);
    else if (!copy || !*record)
        status = anam_fail_memory(err);
    else
        memcpy(copy, data.data, data.len);
    if (!status)
        status = anam_record_decode(copy, data.len, arena, *record);
    if (!got)
        xap_document_free(doc);
    if (status == ANAM_DAMAGED)
        return anam_fail(err, status, "%s is damaged: a stored record",
                         r->shards.shard[0].place->uri);
    return status == ANAM_NO_MEMORY ? anam_fail_memory(err) : status;
}

static bool count_text(struct xapian_reader *r, const struct anam_plan *plan, const char *text,
                       int field, uint32_t (*tf)[ANAM_N_FIELDS], uint32_t *length)
{
    struct anam_token token;
    int got = 0;
    if (!text)
        return true;
    anam_analyzer_start(r->analyzer, text, strlen(text));
    while ((got = anam_analyzer_next(r->analyzer, &token)) > 0) {
        size_t i = anam_plan_find(plan, token.term, token.len);
        if (i < plan->n)
            tf[i][field]++;
        ++*length;
    }
    return got == 0;
}

/* Counted anew in the record: posting lists would have to be fetched whole from a server. */
static anam_status xapian_frequencies(void *reader, const struct anam_plan *plan, uint64_t handle,
                                      uint32_t (*tf)[ANAM_N_FIELDS], uint32_t length[ANAM_N_FIELDS],
                                      anam_error *err)
{
    struct xapian_reader *r = reader;
    struct anam_arena arena = {0};
    anam_record *record;
    anam_status status = xapian_record(r, handle, &arena, &record, err);
    memset(tf, 0, plan->n * sizeof *tf);
    for (int f = 0; f < ANAM_N_FIELDS && !status; f++) {
        length[f] = 0;
        for (size_t i = 0; i < anam_field_strings(record, f) && !status; i++)
            if (!count_text(r, plan, anam_field_string(record, f, i), f, tf, &length[f]))
                status = anam_fail_memory(err);
    }
    anam_arena_free(&arena);
    return status;
}

const struct anam_engine anam_engine_xapian = {
    .name = "xapian",
    .open = xapian_open,
    .close = xapian_close,
    .info = xapian_info,
    .check = xapian_check,
    .reader = xapian_reader,
    .reader_free = xapian_reader_free,
    .refresh = xapian_refresh,
    .missing = xapian_missing,
    .stats = xapian_stats,
    .search = xapian_search,
    .frequencies = xapian_frequencies,
    .id = xapian_id,
    .find = xapian_find,
    .record = xapian_record,
};
