#include "searcher/xapian_match.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- frequencies ---- */

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

anam_status anam_xapian_frequencies(struct anam_xapian_shards *s, struct anam_xapian_shard *shard,
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
    return status ? anam_xapian_shards_failed(s, shard, &x, err) : ANAM_OK;
}

/* ---- the best ---- */

/* Xapian adds up factor * wdf in double. Factors are whole numbers whose sum times the
 * largest wdf is below 2^53: then every sum is exact, whatever its order, and equal
 * records have equal scores. What a factor of 1 is worth: */
static double unit_of(const struct anam_weighed *weighed, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += weighed[i].bm25.scale;
    return sum / (9007199254740992.0 / ANAM_XAPIAN_CEILING - (double)n);
}

bool anam_xapian_factors_hold(const struct anam_weighed *weighed, size_t n)
{
    enum { LEAST = 10000 };
    double unit = unit_of(weighed, n);
    double most[ANAM_N_FIELDS] = {0};
    for (size_t i = 0; i < n; i++)
        if (weighed[i].bm25.scale > most[weighed[i].field])
            most[weighed[i].field] = weighed[i].bm25.scale;
    for (int f = 0; f < ANAM_N_FIELDS; f++)
        if (most[f] > 0 && most[f] < LEAST * unit)
            return false;
    return true;
}

/* Returns what a unit of Xapian's weight is worth. */
static double set_factors(const struct anam_weighed *weighed, size_t n, double *factors)
{
    double unit = unit_of(weighed, n);
    for (size_t i = 0; i < n; i++) {
        factors[i] = floor(weighed[i].bm25.scale / unit + 0.5);
        if (factors[i] < 1)
            factors[i] = 1;
    }
    return unit / ANAM_XAPIAN_ONE;
}

/* Any of the terms, each times its factor where there are factors. */
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
            status = xap_query_scale(term, factors ? factors[i] : 1, &queries[i], x);
        xap_query_free(term);
    }
    if (!status)
        status = xap_query_combine(XAP_OP_OR, queries, n, 0, out, x);
    free_queries(queries, n);
    return status;
}

/* The first n hits. The weight is linear in wdf; ids come with the hits, and among equals the
 * later one comes first. */
static xap_status ask(const xap_database *db, const xap_query *query, xap_sort sort, uint32_t n,
                      xap_mset **out, xap_error *x)
{
    xap_enquire *enquire = NULL;
    xap_weight *weight = NULL;
    *out = NULL;
    xap_status status = xap_enquire_new(db, &enquire, x);
    if (!status)
        status = xap_weight_tfidf("nnn", &weight, x);
    if (!status)
        status = xap_enquire_set_weight(enquire, weight, x);
    if (!status)
        status = xap_enquire_set_query(enquire, query, 0, x);
    if (!status)
        status = xap_enquire_set_sort(enquire, sort, ANAM_XAPIAN_ID_SLOT, true, x);
    if (!status)
        status = xap_enquire_mset(enquire, 0, n, 0, NULL, out, x);
    xap_weight_free(weight);
    xap_enquire_free(enquire);
    return status;
}

static anam_status take_hits(struct anam_xapian_reader *r, xap_mset *mset, double worth, size_t k,
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
            return anam_xapian_shards_failed(&r->shards, NULL, &x, err);
        if (hit.sort_key.len == 0) /* a sentinel */
            continue;
        if (!isfinite(hit.weight) || hit.weight <= 0)
            return anam_fail(err, ANAM_DAMAGED, "%s is damaged: document %" PRIu32 " weighs %g",
                             anam_xapian_shards_holding(&r->shards, hit.docid)->place->uri,
                             hit.docid, hit.weight);
        const char *id = anam_arena_copy(&r->ids, hit.sort_key.data, hit.sort_key.len);
        if (!id)
            return anam_fail_memory(err);
        r->hits[r->n_hits++] = (struct anam_xapian_hit){hit.docid, (float)(hit.weight * worth), id};
    }
    return ANAM_OK;
}

/* Sentinels that may match. */
static uint32_t sentinels(const struct anam_xapian_reader *r, size_t terms)
{
    size_t n = 0;
    for (size_t i = 0; i < r->shards.n; i++) {
        uint32_t have = r->shards.shard[i].facts.sentinels;
        if (r->shards.shard[i].db)
            n += have < terms ? have : terms;
    }
    return (uint32_t)n;
}

/* One hit will do to see who answers. */
static xap_status ask_alone(void *query, const xap_database *db, xap_error *x)
{
    xap_mset *mset;
    xap_status status = ask(db, query, XAP_SORT_RELEVANCE_VALUE, 1, &mset, x);
    xap_mset_free(mset);
    return status;
}

anam_status anam_xapian_match(struct anam_xapian_reader *r, const struct anam_plan *plan,
                              const struct anam_weighed *weighed, size_t n, size_t k,
                              anam_error *err)
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
        got = ask(r->shards.all, query, XAP_SORT_RELEVANCE_VALUE, (uint32_t)k + sentinels(r, n),
                  &mset, &x);
    anam_status status = got ? anam_xapian_shards_blame(&r->shards, &x, ask_alone, query, err)
                             : take_hits(r, mset, worth, k, err);
    xap_mset_free(mset);
    xap_query_free(query);
    free(factors);
    return status;
}

/* ---- ids ---- */

anam_status anam_xapian_id(struct anam_xapian_shards *s, uint64_t document,
                           struct anam_arena *arena, const char **id, anam_error *err)
{
    xap_document *doc = NULL;
    xap_bytes value = {0};
    xap_error x;
    *id = NULL;
    anam_status status = anam_xapian_shards_in_time(s, err);
    if (status)
        return status;
    xap_status got = xap_database_document(s->all, (uint32_t)document, true, &doc, &x);
    if (!got)
        got = xap_document_value(doc, ANAM_XAPIAN_ID_SLOT, &value, &x);
    if (!got)
        *id = anam_arena_copy(arena, value.data, value.len);
    xap_document_free(doc);
    if (got)
        return anam_xapian_shards_failed(s, anam_xapian_shards_holding(s, document), &x, err);
    return *id ? ANAM_OK : anam_fail_memory(err);
}

static int compare_documents(const void *a, const void *b)
{
    const struct anam_xapian_hit *x = a;
    const struct anam_xapian_hit *y = b;
    return (x->document > y->document) - (x->document < y->document);
}

/* All records of a shard that hold one of the terms: their ids come with the answer. The
 * weight does not matter, but it must need wdf: without, Xapian 1.4 takes another way to a
 * term of all documents, and then finds its list too short. */
static xap_status ask_ids(const struct anam_xapian_shard *shard, const struct anam_plan *plan,
                          const struct anam_weighed *weighed, size_t n, xap_mset **out,
                          xap_error *x)
{
    xap_query *query = NULL;
    uint32_t most = shard->facts.sentinels + shard->facts.records;
    *out = NULL;
    xap_status status = make_query(plan, weighed, NULL, n, &query, x);
    if (!status)
        status = ask(shard->db, query, XAP_SORT_VALUE, most, out, x);
    xap_query_free(query);
    return status;
}

/* Gives the hits, in order of documents, the ids of those of shard `part` of `parts`. */
static anam_status take_ids(struct anam_xapian_reader *r, xap_mset *mset, uint64_t part,
                            uint64_t parts, anam_error *err)
{
    for (uint32_t i = 0; i < xap_mset_size(mset); i++) {
        xap_hit got;
        xap_error x;
        if (xap_mset_hit(mset, i, &got, &x))
            return anam_xapian_shards_failed(&r->shards, NULL, &x, err);
        struct anam_xapian_hit key = {.document =
                                          (uint32_t)(((uint64_t)got.docid - 1) * parts + part + 1)};
        struct anam_xapian_hit *hit =
            bsearch(&key, r->hits, r->n_hits, sizeof *r->hits, compare_documents);
        if (!hit)
            continue;
        hit->id = anam_arena_copy(&r->ids, got.sort_key.data, got.sort_key.len);
        if (!hit->id)
            return anam_fail_memory(err);
    }
    return ANAM_OK;
}

/* From a server ids come one by one, each by a round trip, or all of a query at once. */
static bool worth_asking(const struct anam_xapian_reader *r, const struct anam_xapian_shard *shard,
                         uint64_t part, uint64_t parts)
{
    enum { FEW = 50 };
    size_t n = 0;
    for (size_t i = 0; i < r->n_hits && n < FEW; i++)
        n += (r->hits[i].document - 1) % parts == part;
    return !shard->place->path && n == FEW;
}

anam_status anam_xapian_ids(struct anam_xapian_reader *r, const struct anam_plan *plan,
                            const struct anam_weighed *weighed, size_t n, anam_error *err)
{
    struct anam_xapian_shards *s = &r->shards;
    uint64_t parts = s->n - s->n_missing;
    uint64_t part = 0;
    anam_status status = ANAM_OK;
    if (r->n_hits > 0)
        qsort(r->hits, r->n_hits, sizeof *r->hits, compare_documents);
    for (size_t i = 0; i < s->n && !status; i++) {
        struct anam_xapian_shard *shard = &s->shard[i];
        xap_mset *mset = NULL;
        xap_error x;
        if (!shard->db)
            continue;
        if (worth_asking(r, shard, part, parts))
            status = ask_ids(shard, plan, weighed, n, &mset, &x)
                         ? anam_xapian_shards_failed(s, shard, &x, err)
                         : take_ids(r, mset, part, parts, err);
        xap_mset_free(mset);
        part++;
    }
    for (size_t i = 0; i < r->n_hits && !status; i++)
        if (!r->hits[i].id)
            status = anam_xapian_id(s, r->hits[i].document, &r->ids, &r->hits[i].id, err);
    return status;
}
