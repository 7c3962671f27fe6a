/* The Xapian engine: databases made by indexer/xapian_export.c, searched by Xapian's own
 * matcher, here or in xapian-tcpsrv. index/xapian_layout.h tells how records lie there. */
#include "analysis/analyzer.h"
#include "index/record.h"
#include "searcher/plan.h"
#include "searcher/xapian_check.h"
#include "searcher/xapian_fit.h"
#include "searcher/xapian_match.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct xapian_index {
    struct anam_xapian_places places;
    struct anam_xapian_known *known; /* of each place, when it was opened */
    anam_open_options options;
    anam_index_info info;
    char language[32];
    char analyzer[64];
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
    anam_xapian_archives(shards, add_archive, &x->info);
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
    free(x->known);
    free(x);
}

static bool same_string(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Whether a uri now leads to other databases than before. */
static bool moved(const struct anam_xapian_places *before, const char *uri)
{
    struct anam_xapian_places after;
    bool same = !anam_xapian_places_find(&after, uri, NULL) && after.n == before->n;
    for (size_t i = 0; i < before->n && same; i++)
        same = same_string(before->place[i].path, after.place[i].path);
    anam_xapian_places_free(&after);
    return !same;
}

enum { LOOKS = 5 };

/* A writer may replace a local index between looking at its stub and opening. */
static anam_status find_and_open(struct xapian_index *x, const char *uri,
                                 struct anam_xapian_shards *shards, anam_error *err)
{
    anam_status status = anam_xapian_places_find(&x->places, uri, err);
    for (int i = 0; i < LOOKS && !status; i++) {
        status = anam_xapian_shards_open(shards, &x->places, NULL, &x->options, err);
        if (!status || (status != ANAM_CHANGED && !moved(&x->places, uri)))
            return status;
        anam_xapian_shards_free(shards);
        anam_xapian_places_free(&x->places);
        if (i + 1 < LOOKS)
            status = anam_xapian_places_find(&x->places, uri, err);
    }
    return status;
}

/* Readers made later are to read the same archive. */
static anam_status remember(struct xapian_index *x, const struct anam_xapian_shards *shards,
                            anam_error *err)
{
    x->known = anam_new_array(shards->n, sizeof *x->known);
    if (!x->known)
        return anam_fail_memory(err);
    for (size_t i = 0; i < shards->n; i++) {
        const struct anam_xapian_shard *shard = &shards->shard[i];
        if (shard->known)
            x->known[i].facts = shard->facts;
        x->known[i].lost = shard->lost;
    }
    return ANAM_OK;
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
        status = remember(x, &shards, err);
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
    anam_status status = anam_xapian_shards_open(&shards, &x->places, x->known, &x->options, err);
    if (!status)
        status = anam_xapian_check(&shards, report, ctx, err);
    anam_xapian_shards_free(&shards);
    return status;
}

/* ---- readers ---- */

static void xapian_reader_free(void *reader)
{
    struct anam_xapian_reader *r = reader;
    anam_xapian_shards_free(&r->shards);
    anam_analyzer_free(r->analyzer);
    anam_arena_free(&r->ids);
    free(r->hits);
    free(r);
}

static anam_status xapian_reader(void **reader, const void *index, anam_error *err)
{
    const struct xapian_index *x = index;
    struct anam_xapian_reader *r = calloc(1, sizeof *r);
    if (!r)
        return anam_fail_memory(err);
    r->index = x;
    anam_status status = anam_analyzer_new(&r->analyzer, x->language, err);
    if (!status)
        status = anam_xapian_shards_open(&r->shards, &x->places, x->known, &x->options, err);
    if (status)
        xapian_reader_free(r);
    else
        *reader = r;
    return status;
}

static anam_status xapian_refresh(void *reader, anam_error *err)
{
    struct anam_xapian_reader *r = reader;
    anam_status status = anam_xapian_shards_refresh(&r->shards, err);
    r->again = !status;
    return status;
}

/* The first call of an operation, or of another try. */
static anam_status begin(struct anam_xapian_reader *r, anam_error *err)
{
    if (!r->again)
        anam_xapian_shards_begin(&r->shards);
    r->again = false;
    return anam_xapian_shards_revive(&r->shards, err);
}

static const char *const *xapian_missing(const void *reader, size_t *n)
{
    const struct anam_xapian_reader *r = reader;
    *n = r->shards.n_missing;
    return (const char *const *)r->shards.missing;
}

/* ---- statistics ---- */

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
    struct anam_xapian_reader *r = reader;
    anam_status status = begin(r, err);
    stats->documents = 0;
    for (int f = 0; f < ANAM_N_FIELDS; f++)
        stats->tokens[f] = 0;
    for (size_t i = 0; i < plan->n; i++)
        for (int f = 0; f < ANAM_N_FIELDS; f++)
            stats->df[i][f] = 0;
    if (status)
        return status;
    anam_xapian_archives(&r->shards, add_totals, stats);
    for (size_t i = 0; i < r->shards.n && !status; i++)
        if (r->shards.shard[i].db)
            status = anam_xapian_frequencies(&r->shards, &r->shards.shard[i], plan, stats, err);
    return status ? status : anam_xapian_shards_in_time(&r->shards, err);
}

/* ---- searching ---- */

static anam_status score_all(struct anam_xapian_reader *r, const struct anam_plan *plan,
                             const struct anam_weighed *weighed, size_t n, size_t k,
                             anam_error *err)
{
    free(r->hits);
    r->n_hits = 0;
    anam_status status =
        anam_xapian_exact(&r->shards, plan, weighed, n, k, &r->hits, &r->n_hits, err);
    return status ? status : anam_xapian_ids(r, plan, weighed, n, err);
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
static bool impacts_hold(const struct anam_xapian_reader *r, const anam_settings *settings)
{
    const struct anam_xapian_facts *facts = NULL;
    for (size_t i = 0; i < r->shards.n; i++)
        if (r->shards.shard[i].known)
            facts = &r->shards.shard[i].facts;
    return facts && facts->k1 == settings->k1 && facts->b == settings->b &&
           anam_xapian_one_archive(&r->shards);
}

static anam_status xapian_search(void *reader, const struct anam_plan *plan,
                                 const struct anam_stats *global, size_t k,
                                 struct anam_engine_hit *hits, size_t *n, anam_error *err)
{
    struct anam_xapian_reader *r = reader;
    *n = 0;
    anam_arena_reset(&r->ids);
    r->n_hits = r->next = 0;
    struct anam_weighed *weighed = anam_new_array(plan->n, ANAM_N_FIELDS * sizeof *weighed);
    if (!weighed)
        return anam_fail_memory(err);
    size_t terms = anam_bm25_order(plan, global, weighed);
    anam_status status = ANAM_OK;
    if (terms > 0 && impacts_hold(r, &plan->settings) && anam_xapian_factors_hold(weighed, terms))
        status = anam_xapian_match(r, plan, weighed, terms, k, err);
    else if (terms > 0)
        status = score_all(r, plan, weighed, terms, k, err);
    if (!status)
        status = anam_xapian_shards_in_time(&r->shards, err);
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

static anam_status xapian_id(struct anam_xapian_reader *r, uint64_t handle,
                             struct anam_arena *arena, const char **id, anam_error *err)
{
    if (r->next >= r->n_hits || r->hits[r->next].document != handle)
        return anam_xapian_id(&r->shards, handle, arena, id, err);
    const char *known = r->hits[r->next++].id;
    *id = anam_arena_copy(arena, known, strlen(known));
    return *id ? ANAM_OK : anam_fail_memory(err);
}

static anam_status xapian_ids(void *reader, const struct anam_engine_hit *hits, size_t n,
                              struct anam_arena *arena, const char **ids, anam_error *err)
{
    anam_status status = ANAM_OK;
    for (size_t i = 0; i < n && !status; i++)
        status = xapian_id(reader, hits[i].handle, arena, &ids[i], err);
    return status;
}

/* One of the shards that are missing may have the record. */
static anam_status fail_unsure(const struct anam_xapian_shards *s, const char *id, anam_error *err)
{
    return anam_fail(err, ANAM_REMOTE,
                     "no record '%.100s', but %zu of %zu shards did not answer (%.200s%s)", id,
                     s->n_missing, s->n, s->missing[0], s->n_missing > 1 ? ", ..." : "");
}

static anam_status xapian_find(void *reader, const char *id, uint64_t *handle, bool *found,
                               anam_error *err)
{
    struct anam_xapian_reader *r = reader;
    struct anam_xapian_shards *s = &r->shards;
    anam_status status = begin(r, err);
    uint64_t parts = s->n - s->n_missing;
    uint64_t part = 0;
    *found = false;
    for (size_t i = 0; i < s->n && !status && !*found; i++) {
        uint32_t document;
        xap_error x;
        if (!s->shard[i].db)
            continue;
        if (anam_xapian_find_id(s->shard[i].db, id, &document, &x))
            return anam_xapian_shards_failed(s, &s->shard[i], &x, err);
        *found = document > 0;
        *handle = ((uint64_t)document - 1) * parts + part++ + 1;
        status = anam_xapian_shards_in_time(s, err);
    }
    if (!status && !*found && s->n_missing > 0)
        status = fail_unsure(s, id, err);
    return status;
}

/* A copy of the bytes that a record is stored as. */
static anam_status stored(struct anam_xapian_reader *r, uint64_t handle,
                          struct anam_xapian_shard *shard, struct anam_arena *arena,
                          unsigned char **bytes, size_t *n, anam_error *err)
{
    xap_document *doc = NULL;
    xap_bytes data = {0};
    xap_error x;
    xap_status got = xap_database_document(r->shards.all, (uint32_t)handle, true, &doc, &x);
    if (!got)
        got = xap_document_data(doc, &data, &x);
    *n = data.len;
    *bytes = got ? NULL : anam_arena_alloc(arena, data.len);
    if (*bytes)
        memcpy(*bytes, data.data, data.len);
    xap_document_free(doc);
    if (got)
        return anam_xapian_shards_failed(&r->shards, shard, &x, err);
    return *bytes ? ANAM_OK : anam_fail_memory(err);
}

static anam_status xapian_record(void *reader, uint64_t handle, struct anam_arena *arena,
                                 anam_record **record, anam_error *err)
{
    struct anam_xapian_reader *r = reader;
    struct anam_xapian_shard *shard = anam_xapian_shards_holding(&r->shards, handle);
    unsigned char *bytes;
    size_t n;
    *record = NULL;
    anam_status status = anam_xapian_shards_in_time(&r->shards, err);
    if (!status)
        status = stored(r, handle, shard, arena, &bytes, &n, err);
    if (status)
        return status;
    *record = anam_arena_alloc(arena, sizeof **record);
    status = *record ? anam_record_decode(bytes, n, arena, *record) : ANAM_NO_MEMORY;
    if (status == ANAM_DAMAGED)
        return anam_fail(err, status, "%s is damaged: a stored record", shard->place->uri);
    return status == ANAM_NO_MEMORY ? anam_fail_memory(err) : status;
}

static bool count_text(struct anam_xapian_reader *r, const struct anam_plan *plan, const char *text,
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
    struct anam_xapian_reader *r = reader;
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
    .ids = xapian_ids,
    .find = xapian_find,
    .record = xapian_record,
};
