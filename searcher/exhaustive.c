#include "searcher/native.h"
#include "searcher/topk.h"

#include <stdlib.h>
#include <string.h>

static anam_status score_list(struct anam_native_reader *r, const struct anam_weighed *w,
                              anam_error *err)
{
    const struct anam_list_ref *ref = &r->refs[w->term][w->field];
    struct anam_postings p;
    struct anam_postings_reader reader = {0};
    struct anam_length_array lengths;
    const struct anam_block *b = &reader.block;
    if (ref->df == 0) /* the statistics are of more than this index */
        return ANAM_OK;
    anam_status status = anam_segment_postings(r->segment, ref, &p, err);
    if (!status)
        status = anam_lengths_array(&r->segment->lengths, w->field, &lengths, err);
    if (!status)
        status = anam_postings_read(&reader, &p, err);
    while (!status) {
        status = anam_postings_next(&reader, err);
        if (status || b->n == 0)
            break;
        for (uint32_t i = 0; i < b->n; i++) {
            uint32_t d = b->docs[i];
            float norm = anam_bm25_norm(&w->bm25, anam_length_of(lengths, d));
            r->scores[d] += anam_bm25_score(&w->bm25, b->tfs[i], norm);
        }
    }
    anam_postings_reader_free(&reader);
    return status;
}

static anam_status collect(struct anam_native_reader *r, size_t k, struct anam_engine_hit *hits,
                           size_t *n, anam_error *err)
{
    uint32_t documents = r->segment->manifest.documents;
    struct anam_topk top = {.k = k, .segment = r->segment};
    top.kept = anam_new_array(anam_topk_room(k), sizeof *top.kept);
    if (!top.kept)
        return anam_fail_memory(err);
    for (uint32_t d = 0; d < documents; d++)
        if (r->scores[d] > 0 && r->scores[d] >= top.least)
            anam_topk_offer(&top, d, r->scores[d]);
    anam_status status = anam_topk_end(&top, hits, n, err);
    free(top.kept);
    return status;
}

anam_status anam_exhaustive_search(struct anam_native_reader *r, const struct anam_weighed *weighed,
                                   size_t n_weighed, size_t k, struct anam_engine_hit *hits,
                                   size_t *n, anam_error *err)
{
    uint32_t documents = r->segment->manifest.documents;
    anam_status status = ANAM_OK;
    *n = 0;
    if (!r->scores)
        r->scores = anam_new_array(documents, sizeof *r->scores);
    if (!r->scores)
        return anam_fail_memory(err);
    memset(r->scores, 0, documents * sizeof *r->scores);
    for (size_t i = 0; i < n_weighed && !status; i++)
        status = score_list(r, &weighed[i], err);
    return status ? status : collect(r, k, hits, n, err);
}
