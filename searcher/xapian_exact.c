#include "searcher/xapian_exact.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 1024 };

struct exact {
    struct anam_xapian_shards *shards;
    const struct anam_plan *plan;
    struct anam_xapian_hit *hits;
    size_t n;
    size_t cap;
    uint32_t docids[BATCH];
    uint32_t wdfs[BATCH];
};

/* Field lengths of a shard by document id; kept for the next search. */
static anam_status read_lengths(struct exact *e, struct anam_xapian_shard *shard, int field,
                                anam_error *err)
{
    char name[ANAM_XAPIAN_MAX_NAME];
    size_t n = anam_xapian_length_term(name, field);
    size_t got = 1;
    xap_error x;
    xap_postings *postings = NULL;
    xap_status status = xap_database_lastdocid(shard->db, &shard->last, &x);
    uint32_t *lengths = NULL;
    if (!status) {
        lengths = anam_new_array((size_t)shard->last + 1, sizeof *lengths);
        if (!lengths)
            return anam_fail_memory(err);
        status = xap_postings_open(shard->db, name, n, &postings, &x);
    }
    while (!status && got > 0) {
        status = xap_postings_read(postings, e->docids, e->wdfs, NULL, BATCH, &got, &x);
        for (size_t i = 0; i < got && !status; i++)
            if (e->docids[i] <= shard->last)
                lengths[e->docids[i]] = e->wdfs[i] - 1;
    }
    xap_postings_free(postings);
    shard->lengths[field] = lengths;
    if (!status)
        return ANAM_OK;
    free(lengths);
    shard->lengths[field] = NULL;
    return anam_xapian_shards_failed(e->shards, shard, &x, err);
}

/* The frequency of a posting: that of a wdf too small for it is in a list of its own,
 * opened when it is first needed. */
static xap_status frequency(const struct exact *e, const struct anam_xapian_shard *shard,
                            const struct anam_weighed *w, uint32_t docid, uint32_t wdf,
                            xap_postings **high, uint32_t *tf, xap_error *x)
{
    xap_status status = XAP_OK;
    *tf = wdf & ANAM_XAPIAN_TF;
    if (*tf < ANAM_XAPIAN_TF)
        return status;
    if (!*high) {
        char name[ANAM_XAPIAN_MAX_NAME];
        const struct anam_plan_term *t = &e->plan->terms[w->term];
        size_t n = anam_xapian_frequency_term(name, w->field, t->term, t->len);
        status = xap_postings_open(shard->db, name, n, high, x);
    }
    xap_posting posting = {0};
    if (!status)
        status = xap_postings_skip_to(*high, docid, &posting, x);
    if (!status && posting.found && posting.docid == docid)
        *tf = posting.wdf;
    return status;
}

static anam_status score_list(struct exact *e, struct anam_xapian_shard *shard,
                              const struct anam_weighed *w, float *scores, anam_error *err)
{
    char name[ANAM_XAPIAN_MAX_NAME];
    const struct anam_plan_term *t = &e->plan->terms[w->term];
    const uint32_t *lengths = shard->lengths[w->field];
    size_t n = anam_xapian_term(name, w->field, t->term, t->len);
    size_t got = 1;
    xap_error x;
    xap_postings *postings;
    xap_postings *high = NULL;
    xap_status status = xap_postings_open(shard->db, name, n, &postings, &x);
    while (!status && got > 0) {
        status = xap_postings_read(postings, e->docids, e->wdfs, NULL, BATCH, &got, &x);
        for (size_t i = 0; i < got && !status; i++) {
            uint32_t d = e->docids[i];
            uint32_t tf;
            if (d <= shard->facts.sentinels || d > shard->last)
                continue;
            status = frequency(e, shard, w, d, e->wdfs[i], &high, &tf, &x);
            if (!status)
                scores[d] += anam_bm25_score(&w->bm25, tf, anam_bm25_norm(&w->bm25, lengths[d]));
        }
    }
    xap_postings_free(postings);
    xap_postings_free(high);
    return status ? anam_xapian_shards_failed(e->shards, shard, &x, err) : ANAM_OK;
}

static anam_status score_shard(struct exact *e, size_t i, const struct anam_weighed *weighed,
                               size_t n_weighed, anam_error *err)
{
    const struct anam_xapian_shards *s = e->shards;
    struct anam_xapian_shard *shard = &s->shard[i];
    anam_status status = ANAM_OK;
    uint64_t parts = s->n - s->n_missing;
    uint64_t part = 0;
    for (size_t j = 0; j < i; j++)
        part += s->shard[j].db != NULL;
    for (int f = 0; f < ANAM_N_FIELDS && !status; f++)
        if (!shard->lengths[f])
            status = read_lengths(e, shard, f, err);
    if (status)
        return status;
    float *scores = anam_new_array((size_t)shard->last + 1, sizeof *scores);
    if (!scores)
        return anam_fail_memory(err);
    for (size_t j = 0; j < n_weighed && !status; j++)
        status = score_list(e, shard, &weighed[j], scores, err);
    for (uint64_t d = 1; d <= shard->last && !status; d++) {
        if (scores[d] <= 0)
            continue;
        if (!anam_grow(&e->hits, &e->cap, e->n + 1, sizeof *e->hits))
            status = anam_fail_memory(err);
        else
            e->hits[e->n++] = (struct anam_xapian_hit){
                .document = (uint32_t)((d - 1) * parts + part + 1), .score = scores[d]};
    }
    free(scores);
    return status;
}

static int compare_scores(const void *a, const void *b)
{
    const struct anam_xapian_hit *x = a;
    const struct anam_xapian_hit *y = b;
    return (x->score < y->score) - (x->score > y->score);
}

anam_status anam_xapian_exact(struct anam_xapian_shards *s, const struct anam_plan *plan,
                              const struct anam_weighed *weighed, size_t n_weighed, size_t k,
                              struct anam_xapian_hit **hits, size_t *n, anam_error *err)
{
    struct exact *e = calloc(1, sizeof *e);
    anam_status status = e ? ANAM_OK : anam_fail_memory(err);
    *hits = NULL;
    *n = 0;
    if (!e)
        return status;
    e->shards = s;
    e->plan = plan;
    for (size_t i = 0; i < s->n && !status; i++) {
        if (s->shard[i].db)
            status = score_shard(e, i, weighed, n_weighed, err);
        if (!status)
            status = anam_xapian_shards_in_time(s, err);
    }
    if (status) {
        free(e->hits);
    } else {
        if (e->n > 0)
            qsort(e->hits, e->n, sizeof *e->hits, compare_scores);
        *n = e->n < k ? e->n : k;
        while (*n > 0 && *n < e->n && e->hits[*n].score == e->hits[*n - 1].score)
            ++*n;
        *hits = e->hits;
    }
    free(e);
    return status;
}
