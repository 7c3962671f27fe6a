/* The native engine: our own index, searched by pruned.c. */
#include "analysis/analyzer.h"
#include "index/entry.h"
#include "index/record.h"
#include "index/segment.h"
#include "searcher/native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct native_index {
    struct anam_segment segment;
    anam_index_info info;
    char analyzer[64];
};

static void fill_info(struct native_index *x)
{
    const struct anam_segment *s = &x->segment;
    const struct anam_manifest *m = &s->manifest;
    snprintf(x->analyzer, sizeof x->analyzer, "anamnesis-%u %s", m->analyzer, m->language);
    x->info = (anam_index_info){
        .engine = anam_engine_native.name,
        .analyzer = x->analyzer,
        .language = m->language,
        .format = ANAM_FORMAT_VERSION,
        .generation = m->generation,
        .documents = m->documents,
        .shards = 1,
        .terms = s->terms.keys,
        .bytes_postings = m->size[ANAM_FILE_POSTINGS],
        .bytes_terms = m->size[ANAM_FILE_TERMS],
        .bytes_documents = m->size[ANAM_FILE_DOCUMENTS],
        .bytes_other = m->size[ANAM_FILE_IDS] + m->size[ANAM_FILE_LENGTHS],
    };
    x->info.settings = m->settings;
    for (int i = 0; i < ANAM_N_FILES; i++)
        x->info.bytes += m->size[i];
    x->info.bytes_mapped = x->info.bytes - x->info.bytes_documents;
    x->info.bytes_searcher = anam_pruned_memory(m->documents);
    for (int f = 0; f < ANAM_N_FIELDS; f++) {
        anam_field_info *field = &x->info.fields[f];
        field->tokens = s->lengths.field[f].total;
        field->postings = s->lengths.field[f].postings;
        field->avg_length = m->documents > 0 ? (double)field->tokens / (double)m->documents : 0;
    }
}

static void native_close(void *index)
{
    struct native_index *x = index;
    anam_segment_close(&x->segment);
    free(x);
}

static anam_status native_open(void **index, const char *location, const anam_open_options *options,
                               anam_error *err)
{
    (void)options;
    struct native_index *x = calloc(1, sizeof *x);
    if (!x)
        return anam_fail_memory(err);
    anam_status status = anam_segment_open(&x->segment, location, err);
    if (!status)
        status = anam_engine_reads(x->segment.manifest.analyzer, x->segment.manifest.language,
                                   location, err);
    if (status) {
        anam_segment_close(&x->segment);
        free(x);
        return status;
    }
    fill_info(x);
    *index = x;
    return ANAM_OK;
}

static const anam_index_info *native_info(const void *index)
{
    const struct native_index *x = index;
    return &x->info;
}

static anam_status native_check(const void *index, anam_check_fn report, void *ctx, anam_error *err)
{
    const struct native_index *x = index;
    return anam_segment_check(&x->segment, report, ctx, err);
}

static void native_reader_free(void *reader)
{
    struct anam_native_reader *r = reader;
    free(r->scores);
    free(r->refs);
    anam_pruned_free(r->pruned);
    anam_docblock_free(&r->block);
    free(r);
}

static anam_status native_reader(void **reader, const void *index, anam_error *err)
{
    const struct native_index *x = index;
    struct anam_native_reader *r = calloc(1, sizeof *r);
    if (!r)
        return anam_fail_memory(err);
    r->segment = &x->segment;
    *reader = r;
    return ANAM_OK;
}

static anam_status native_refresh(void *reader, anam_error *err)
{
    (void)reader;
    (void)err;
    return ANAM_OK;
}

static const char *const *native_missing(const void *reader, size_t *n)
{
    (void)reader;
    *n = 0;
    return NULL;
}

/* Looks terms [from, to) of the plan up, of which the lexicon's blocks are loaded all at once. */
static anam_status look_up_terms(struct anam_native_reader *r, const struct anam_plan *plan,
                                 size_t from, size_t to, anam_error *err)
{
    const struct anam_plan_term *terms = plan->terms;
    for (int step = 0; step < 2; step++)
        for (size_t i = from; i < to; i++)
            anam_dict_foresee_key(&r->segment->terms, terms[i].term, terms[i].len, step == 1);
    anam_status status = ANAM_OK;
    for (size_t i = from; i < to && !status; i++)
        status = anam_segment_term(r->segment, terms[i].term, terms[i].len, r->refs[i], err);
    return status;
}

static anam_status native_stats(void *reader, const struct anam_plan *plan,
                                struct anam_stats *stats, anam_error *err)
{
    enum { TOGETHER = 32 }; /* terms whose blocks stay in the caches */
    struct anam_native_reader *r = reader;
    stats->documents = r->segment->manifest.documents;
    for (int f = 0; f < ANAM_N_FIELDS; f++)
        stats->tokens[f] = r->segment->lengths.field[f].total;
    if (!anam_grow(&r->refs, &r->cap_refs, plan->n, sizeof *r->refs))
        return anam_fail_memory(err);
    anam_status status = ANAM_OK;
    for (size_t i = 0; i < plan->n && !status; i += TOGETHER)
        status = look_up_terms(r, plan, i, plan->n - i < TOGETHER ? plan->n : i + TOGETHER, err);
    for (size_t i = 0; i < plan->n && !status; i++)
        for (int f = 0; f < ANAM_N_FIELDS; f++)
            stats->df[i][f] = r->refs[i][f].df;
    return status;
}

/* Whether so many lists would take more memory than reading all of them does, and much. */
static bool too_wide(size_t lists, uint32_t documents)
{
    const size_t much = (size_t)128 << 20;
    size_t all = documents * sizeof(float);
    return lists > (all > much ? all : much) / anam_pruned_list_memory(documents);
}

static anam_status native_search(void *reader, const struct anam_plan *plan,
                                 const struct anam_stats *global, size_t k,
                                 struct anam_engine_hit *hits, size_t *n, anam_error *err)
{
    struct anam_native_reader *r = reader;
    uint32_t documents = r->segment->manifest.documents;
    *n = 0;
    struct anam_weighed *weighed = anam_new_array(plan->n, ANAM_N_FIELDS * sizeof *weighed);
    if (!weighed)
        return anam_fail_memory(err);
    size_t n_weighed = anam_bm25_order(plan, global, weighed);
    anam_status status = ANAM_OK;
    k = k < documents ? k : documents;
    if (n_weighed > 0 && too_wide(n_weighed, documents))
        status = anam_exhaustive_search(r, weighed, n_weighed, k, hits, n, err);
    else if (n_weighed > 0)
        status = anam_pruned_search(r, weighed, n_weighed, k, hits, n, err);
    free(weighed);
    return status;
}

/* The frequency in a document; 0 where the list lacks it. */
static anam_status tf_in(const struct anam_native_reader *r, const struct anam_list_ref *ref,
                         uint32_t document, uint32_t *tf, anam_error *err)
{
    struct anam_postings p;
    struct anam_entry entry;
    anam_status status = anam_segment_postings(r->segment, ref, &p, err);
    *tf = 0;
    if (status)
        return status;
    struct anam_presence *presence = anam_new_array(anam_presence_words(p.all), sizeof *presence);
    if (!presence)
        return anam_fail_memory(err);
    status = anam_postings_presence(&p, presence, err);
    uint32_t e;
    if (!status && anam_presence_has(presence, document / ANAM_WINDOW, &e)) {
        struct anam_frame frame = {.number = ANAM_NO_FRAME};
        if (anam_postings_entry(&p, &frame, e, &entry)) {
            uint32_t i = anam_entry_find(&entry, document % ANAM_WINDOW);
            *tf = i < entry.n ? anam_entry_tf(&entry, i) : 0;
        } else {
            status = anam_map_damaged(p.map, ref->offset, "frame of a posting list", err);
        }
    }
    free(presence);
    return status;
}

static anam_status native_frequencies(void *reader, const struct anam_plan *plan, uint64_t handle,
                                      uint32_t (*tf)[ANAM_N_FIELDS], uint32_t length[ANAM_N_FIELDS],
                                      anam_error *err)
{
    struct anam_native_reader *r = reader;
    uint32_t document = (uint32_t)handle;
    anam_status status = ANAM_OK;
    for (int f = 0; f < ANAM_N_FIELDS && !status; f++) {
        struct anam_length_array lengths;
        status = anam_lengths_array(&r->segment->lengths, f, &lengths, err);
        if (!status)
            length[f] = anam_length_of(lengths, document);
    }
    for (size_t i = 0; i < plan->n && !status; i++) {
        const struct anam_list_ref *refs = r->refs[i];
        for (int f = 0; f < ANAM_N_FIELDS && !status; f++) {
            tf[i][f] = 0;
            if (refs[f].df > 0)
                status = tf_in(r, &refs[f], document, &tf[i][f], err);
        }
    }
    return status;
}

static anam_status copy_id(const struct anam_native_reader *r, uint32_t rank,
                           struct anam_arena *arena, const char **id, anam_error *err)
{
    struct anam_dict_iter it;
    anam_status status = anam_dict_seek(&it, &r->segment->ids, rank, err);
    if (status)
        return status;
    *id = anam_arena_copy(arena, it.key, it.len);
    return *id ? ANAM_OK : anam_fail_memory(err);
}

/* An id is in three places far apart, each known from the one before. While the first of one hit is
 * on its way, the second of a hit some steps before is, and so on: of many none is waited for. */
static anam_status native_ids(void *reader, const struct anam_engine_hit *hits, size_t n,
                              struct anam_arena *arena, const char **ids, anam_error *err)
{
    enum { STEPS = 8, ROOM = 32 };
    const struct anam_native_reader *r = reader;
    const struct anam_segment *s = r->segment;
    uint32_t ranks[ROOM]; /* of the hits last seen */
    anam_status status = ANAM_OK;
    for (size_t i = 0; i < n + 3 * (size_t)STEPS && !status; i++) {
        size_t second = i - STEPS; /* what would be below 0 is above n */
        size_t third = second - STEPS;
        size_t last = third - STEPS;
        if (i < n)
            anam_segment_foresee_rank(s, (uint32_t)hits[i].handle);
        if (second < n) {
            uint32_t *rank = &ranks[second % ROOM];
            status = anam_segment_rank(s, (uint32_t)hits[second].handle, rank, err);
            if (!status)
                anam_dict_foresee(&s->ids, *rank, false);
        }
        if (third < n)
            anam_dict_foresee(&s->ids, ranks[third % ROOM], true);
        if (last < n && !status)
            status = copy_id(r, ranks[last % ROOM], arena, &ids[last], err);
    }
    return status;
}

static anam_status native_find(void *reader, const char *id, uint64_t *handle, bool *found,
                               anam_error *err)
{
    const struct anam_native_reader *r = reader;
    uint32_t document = 0;
    anam_status status = anam_segment_find(r->segment, id, &document, found, err);
    *handle = document;
    return status;
}

static anam_status native_record(void *reader, uint64_t handle, struct anam_arena *arena,
                                 anam_record **record, anam_error *err)
{
    struct anam_native_reader *r = reader;
    const unsigned char *bytes;
    size_t n;
    anam_status status =
        anam_docstore_get(&r->segment->documents, (uint32_t)handle, &r->block, &bytes, &n, err);
    if (status)
        return status;
    unsigned char *copy = anam_arena_alloc(arena, n);
    *record = anam_arena_alloc(arena, sizeof **record);
    if (!copy || !*record)
        return anam_fail_memory(err);
    memcpy(copy, bytes, n);
    status = anam_record_decode(copy, n, arena, *record);
    if (status == ANAM_NO_MEMORY)
        return anam_fail_memory(err);
    if (status)
        return anam_map_damaged(r->segment->documents.map, 0, "a stored record", err);
    return ANAM_OK;
}

const struct anam_engine anam_engine_native = {
    .name = "native",
    .open = native_open,
    .close = native_close,
    .info = native_info,
    .check = native_check,
    .reader = native_reader,
    .reader_free = native_reader_free,
    .refresh = native_refresh,
    .missing = native_missing,
    .stats = native_stats,
    .search = native_search,
    .frequencies = native_frequencies,
    .ids = native_ids,
    .find = native_find,
    .record = native_record,
};
