/* The reading half of anamnesis.h: index, searcher, results. */
#include "index/lines.h"
#include "index/uri.h"
#include "searcher/bm25.h"
#include "searcher/passage.h"
#include "searcher/plan.h"

#include <stdlib.h>
#include <string.h>

struct anam_index {
    const struct anam_engine *engine;
    void *index;
};

struct anam_searcher {
    const struct anam_engine *engine;
    const anam_settings *stored; /* of the index */
    uint32_t shards;
    void *reader;
    struct anam_analyzer *analyzer;
    struct anam_arena scratch; /* of the search that goes on */
};

struct anam_results {
    struct anam_arena arena; /* everything below and what the hits point to */
    anam_hit *hits;
    size_t n;
    const char **missing;
    size_t n_missing;
};

/* What the steps of one search share. */
struct search {
    anam_searcher *searcher;
    const anam_search_options *options;
    const char *text; /* the query, or the id that is looked for */
    size_t length;
    anam_settings settings;
    struct anam_plan plan;
    struct anam_stats stats;
    struct anam_arena *arena;      /* of the plan; ends with the search */
    double *worths;                /* of each term, for passages */
    size_t *seen;                  /* scratch of passages, 0 for each term */
    uint32_t (*tf)[ANAM_N_FIELDS]; /* scratch of parts, by term */
    struct anam_engine_hit *hits;
    anam_results *results;
};

const char *anam_field_name(int field)
{
    switch (field) {
    case ANAM_FIELD_QUESTION:
        return "question";
    case ANAM_FIELD_ANSWER:
        return "answer";
    default:
        return NULL;
    }
}

/* Which engine reads a uri; NULL where it is not built in. */
static const struct anam_engine *engine_of(const char *uri)
{
    if (anam_uri_kind(uri, NULL) != ANAM_URI_NATIVE) {
#ifdef ANAM_XAPIAN
        return &anam_engine_xapian;
#else
        return NULL;
#endif
    }
    return &anam_engine_native;
}

static anam_status read_open_options(const anam_open_options *given, anam_open_options *o,
                                     anam_error *err)
{
    *o = (anam_open_options)ANAM_OPEN_OPTIONS_INIT;
    if (given) {
        if (given->size < sizeof given->size || given->size > 4096)
            return anam_fail(err, ANAM_INVALID, "option struct without its size");
        memcpy(o, given, given->size < sizeof *o ? given->size : sizeof *o);
    }
    if (o->timeout_ms < 1 || o->timeout_ms > 3600000)
        return anam_fail(err, ANAM_INVALID, "timeout is not 1 to 3600000 milliseconds");
    return ANAM_OK;
}

anam_status anam_index_open(anam_index **out, const char *uri, const anam_open_options *options,
                            anam_error *err)
{
    *out = NULL;
    anam_open_options o;
    anam_status status = read_open_options(options, &o, err);
    if (status)
        return status;
    const struct anam_engine *engine = engine_of(uri);
    if (!engine)
        return anam_fail(err, ANAM_INVALID, "%.200s: this program was built without Xapian", uri);
    anam_index *x = calloc(1, sizeof *x);
    if (!x)
        return anam_fail_memory(err);
    x->engine = engine;
    status = engine->open(&x->index, uri, &o, err);
    if (status) {
        free(x);
        return status;
    }
    *out = x;
    return ANAM_OK;
}

void anam_index_close(anam_index *x)
{
    if (!x)
        return;
    x->engine->close(x->index);
    free(x);
}

const anam_index_info *anam_index_get_info(const anam_index *x)
{
    return x->engine->info(x->index);
}

anam_status anam_index_check(const anam_index *x, anam_check_fn report, void *ctx, anam_error *err)
{
    return x->engine->check(x->index, report, ctx, err);
}

anam_status anam_searcher_new(anam_searcher **out, const anam_index *index, anam_error *err)
{
    *out = NULL;
    anam_searcher *s = calloc(1, sizeof *s);
    if (!s)
        return anam_fail_memory(err);
    s->engine = index->engine;
    s->stored = &anam_index_get_info(index)->settings;
    s->shards = anam_index_get_info(index)->shards;
    anam_status status = anam_analyzer_new(&s->analyzer, anam_index_get_info(index)->language, err);
    if (!status)
        status = s->engine->reader(&s->reader, index->index, err);
    if (status) {
        anam_searcher_free(s);
        return status;
    }
    *out = s;
    return ANAM_OK;
}

void anam_searcher_free(anam_searcher *s)
{
    if (!s)
        return;
    if (s->reader)
        s->engine->reader_free(s->reader);
    anam_analyzer_free(s->analyzer);
    anam_arena_free(&s->scratch);
    free(s);
}

size_t anam_results_count(const anam_results *r)
{
    return r->n;
}

const anam_hit *anam_results_hit(const anam_results *r, size_t i)
{
    return i < r->n ? &r->hits[i] : NULL;
}

size_t anam_results_missing(const anam_results *r)
{
    return r->n_missing;
}

const char *anam_results_missing_uri(const anam_results *r, size_t i)
{
    return i < r->n_missing ? r->missing[i] : NULL;
}

void anam_results_free(anam_results *r)
{
    if (!r)
        return;
    anam_arena_free(&r->arena);
    free(r);
}

static anam_status read_options(const anam_search_options *given, anam_search_options *o,
                                anam_error *err)
{
    *o = (anam_search_options)ANAM_SEARCH_OPTIONS_INIT;
    if (given) {
        if (given->size < sizeof given->size || given->size > 4096)
            return anam_fail(err, ANAM_INVALID, "option struct without its size");
        memcpy(o, given, given->size < sizeof *o ? given->size : sizeof *o);
    }
    if (o->k < 1 || o->k > ANAM_MAX_HITS)
        return anam_fail(err, ANAM_INVALID, "k is not 1 to %d", ANAM_MAX_HITS);
    if (o->passage_bytes < 40 || o->passage_bytes > 10000)
        return anam_fail(err, ANAM_INVALID, "passage length is not 40 to 10000");
    return ANAM_OK;
}

/* The settings asked for, else those of the index. */
static anam_status read_settings(const anam_settings *given, const anam_settings *stored,
                                 anam_settings *s, anam_error *err)
{
    *s = *stored;
    if (!given)
        return ANAM_OK;
    if (given->size < sizeof given->size || given->size > 4096)
        return anam_fail(err, ANAM_INVALID, "settings without their size");
    memcpy(s, given, given->size < sizeof *s ? given->size : sizeof *s);
    if (!anam_settings_valid(s))
        return anam_fail(err, ANAM_INVALID, ANAM_SETTINGS_RANGES);
    return ANAM_OK;
}

static anam_status make_plan(struct search *s, anam_error *err)
{
    anam_status status =
        anam_plan_make(&s->plan, s->searcher->analyzer, s->text, s->length, s->arena, err);
    if (status)
        return status;
    s->plan.settings = s->settings;
    s->stats.df = anam_arena_array(s->arena, s->plan.n, sizeof *s->stats.df);
    s->worths = anam_arena_array(s->arena, s->plan.n, sizeof *s->worths);
    s->seen = anam_arena_array(s->arena, s->plan.n, sizeof *s->seen);
    s->tf = anam_arena_array(s->arena, s->plan.n, sizeof *s->tf);
    if (!s->stats.df || !s->worths || !s->seen || !s->tf)
        return anam_fail_memory(err);
    status = s->searcher->engine->stats(s->searcher->reader, &s->plan, &s->stats, err);
    for (size_t i = 0; i < s->plan.n && !status; i++)
        for (int f = 0; f < ANAM_N_FIELDS; f++)
            if (s->stats.df[i][f] > 0)
                s->worths[i] += anam_bm25_of(&s->plan, &s->stats, i, f).scale;
    return status;
}

/* Ranks, and makes the hits with their ids. */
static anam_status rank(struct search *s, anam_error *err)
{
    const struct anam_engine *engine = s->searcher->engine;
    anam_results *r = s->results;
    uint64_t documents = s->stats.documents;
    size_t k = s->options->k < documents ? s->options->k : (size_t)documents;
    size_t n = 0;
    s->hits = anam_arena_array(s->arena, k, sizeof *s->hits);
    if (!s->hits)
        return anam_fail_memory(err);
    anam_status status =
        engine->search(s->searcher->reader, &s->plan, &s->stats, k, s->hits, &n, err);
    if (status)
        return status;
    r->hits = anam_arena_array(&r->arena, n, sizeof *r->hits);
    const char **ids = anam_arena_array(s->arena, n, sizeof *ids);
    if (!r->hits || !ids)
        return anam_fail_memory(err);
    status = engine->ids(s->searcher->reader, s->hits, n, &r->arena, ids, err);
    if (status)
        return status;
    for (r->n = 0; r->n < n; r->n++) {
        anam_hit *hit = &r->hits[r->n];
        hit->rank = r->n + 1;
        hit->score = s->hits[r->n].score;
        hit->id = ids[r->n];
    }
    return ANAM_OK;
}

static anam_status add_record(struct search *s, anam_hit *hit, uint64_t handle, anam_error *err)
{
    anam_record *record;
    anam_status status =
        s->searcher->engine->record(s->searcher->reader, handle, &s->results->arena, &record, err);
    if (!status)
        hit->record = record;
    return status;
}

/* The best passage over all answers and the article's text; the first of equals. */
static anam_status best_answer(const struct anam_passage_maker *m, anam_hit *hit, anam_error *err)
{
    const anam_record *record = hit->record;
    double best = -1;
    for (size_t i = 0; i <= record->n_answers; i++) {
        const char *text = i < record->n_answers ? record->answers[i].text : record->text;
        anam_passage passage;
        double worth;
        anam_status status = anam_passage_make(m, text, &passage, &worth, err);
        if (status)
            return status;
        passage.answer = i;
        if (text && worth > best) {
            best = worth;
            hit->answer = passage;
        }
    }
    return ANAM_OK;
}

static anam_status add_passages(struct search *s, anam_hit *hit, anam_error *err)
{
    double worth;
    struct anam_passage_maker m = {.analyzer = s->searcher->analyzer,
                                   .plan = &s->plan,
                                   .weights = s->worths,
                                   .seen = s->seen,
                                   .arena = &s->results->arena};
    anam_status status = anam_passage_make(&m, hit->record->title, &hit->title, &worth, err);
    m.bytes = s->options->passage_bytes;
    if (!status)
        status = anam_passage_make(&m, hit->record->question, &hit->question, &worth, err);
    return status ? status : best_answer(&m, hit, err);
}

static int compare_parts(const void *a, const void *b)
{
    const anam_part *x = a;
    const anam_part *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    int order = strcmp(x->term, y->term);
    return order ? order : x->field - y->field;
}

static anam_status add_parts(struct search *s, anam_hit *hit, uint64_t handle, anam_error *err)
{
    struct anam_arena *arena = &s->results->arena;
    const struct anam_plan *plan = &s->plan;
    uint32_t length[ANAM_N_FIELDS];
    uint32_t(*tf)[ANAM_N_FIELDS] = s->tf;
    anam_status status =
        s->searcher->engine->frequencies(s->searcher->reader, plan, handle, tf, length, err);
    if (status)
        return status;
    size_t n = 0;
    for (size_t i = 0; i < plan->n; i++)
        for (int f = 0; f < ANAM_N_FIELDS; f++)
            n += tf[i][f] > 0;
    anam_part *parts = anam_arena_array(arena, n, sizeof *parts);
    if (!parts)
        return anam_fail_memory(err);
    for (size_t i = 0; i < plan->n; i++) {
        for (int f = 0; f < ANAM_N_FIELDS; f++) {
            struct anam_bm25 bm25 = anam_bm25_of(plan, &s->stats, i, f);
            if (tf[i][f] == 0 || !anam_bm25_counts(&bm25))
                continue;
            const char *term = anam_arena_copy(arena, plan->terms[i].term, plan->terms[i].len);
            if (!term)
                return anam_fail_memory(err);
            parts[hit->n_parts++] = (anam_part){
                .field = f,
                .term = term,
                .query_tf = plan->terms[i].query_tf,
                .df = s->stats.df[i][f],
                .idf = anam_bm25_idf(&plan->settings, s->stats.documents, s->stats.df[i][f]),
                .tf = tf[i][f],
                .length = length[f],
                .avg_length = anam_average_length(&s->stats, f),
                .score = anam_bm25_part(&bm25, tf[i][f], length[f]),
            };
        }
    }
    if (hit->n_parts > 0)
        qsort(parts, hit->n_parts, sizeof *parts, compare_parts);
    hit->parts = parts;
    return ANAM_OK;
}

/* Notes which shards these results lack. */
static anam_status add_missing(const anam_searcher *searcher, anam_results *r, anam_error *err)
{
    const char *const *uris = searcher->engine->missing(searcher->reader, &r->n_missing);
    r->missing = anam_arena_array(&r->arena, r->n_missing, sizeof *r->missing);
    if (!r->missing)
        return anam_fail_memory(err);
    for (size_t i = 0; i < r->n_missing; i++) {
        r->missing[i] = anam_arena_copy(&r->arena, uris[i], strlen(uris[i]));
        if (!r->missing[i])
            return anam_fail_memory(err);
    }
    return ANAM_OK;
}

static anam_status try_search(struct search *s, anam_error *err)
{
    anam_status status = make_plan(s, err);
    if (!status && s->plan.n > 0)
        status = rank(s, err);
    unsigned flags = s->options->flags;
    for (size_t i = 0; i < s->results->n && !status; i++) {
        anam_hit *hit = &s->results->hits[i];
        if (flags & (ANAM_WITH_RECORDS | ANAM_WITH_PASSAGES))
            status = add_record(s, hit, s->hits[i].handle, err);
        if (!status && flags & ANAM_WITH_PASSAGES)
            status = add_passages(s, hit, err);
        if (!status && flags & ANAM_WITH_PARTS)
            status = add_parts(s, hit, s->hits[i].handle, err);
    }
    return status ? status : add_missing(s->searcher, s->results, err);
}

static void forget(struct search *s)
{
    anam_results *r = s->results;
    anam_arena_reset(&r->arena);
    anam_arena_reset(s->arena);
    r->hits = NULL;
    r->missing = NULL;
    r->n = r->n_missing = 0;
}

/* An index that changes while it is read is read again from the start, and so it is when a
 * connection breaks: each may do so twice. */
static anam_status run(struct search *s, anam_status (*attempt)(struct search *s, anam_error *err),
                       anam_results **out, anam_error *err)
{
    enum { TRIES = 5 };
    anam_searcher *searcher = s->searcher;
    s->arena = &searcher->scratch;
    s->results = calloc(1, sizeof *s->results);
    if (!s->results)
        return anam_fail_memory(err);
    anam_status status = attempt(s, err);
    for (size_t i = TRIES + 2 * (size_t)searcher->shards; i > 1 && status == ANAM_CHANGED; i--) {
        forget(s);
        status = searcher->engine->refresh(searcher->reader, err);
        if (!status)
            status = attempt(s, err);
    }
    anam_arena_reset(s->arena);
    if (status)
        anam_results_free(s->results);
    else
        *out = s->results;
    return status;
}

anam_status anam_search(anam_searcher *searcher, const char *query, size_t length,
                        const anam_search_options *options, anam_results **out, anam_error *err)
{
    *out = NULL;
    anam_search_options o;
    anam_status status = read_options(options, &o, err);
    if (status)
        return status;
    struct search s = {.searcher = searcher, .options = &o, .text = query, .length = length};
    status = read_settings(o.settings, searcher->stored, &s.settings, err);
    return status ? status : run(&s, try_search, out, err);
}

static anam_status try_get(struct search *s, anam_error *err)
{
    const struct anam_engine *engine = s->searcher->engine;
    anam_results *r = s->results;
    uint64_t handle;
    bool found;
    anam_status status = engine->find(s->searcher->reader, s->text, &handle, &found, err);
    if (status)
        return status;
    if (!found)
        return anam_fail(err, ANAM_NOT_FOUND, "no record '%.200s'", s->text);
    r->hits = anam_arena_array(&r->arena, 1, sizeof *r->hits);
    if (!r->hits)
        return anam_fail_memory(err);
    r->hits[0].rank = 1;
    r->n = 1;
    status = engine->ids(s->searcher->reader, &(struct anam_engine_hit){.handle = handle}, 1,
                         &r->arena, &r->hits[0].id, err);
    if (!status)
        status = add_record(s, r->hits, handle, err);
    return status ? status : add_missing(s->searcher, r, err);
}

anam_status anam_get(anam_searcher *searcher, const char *id, anam_results **out, anam_error *err)
{
    *out = NULL;
    struct search s = {.searcher = searcher, .text = id};
    return run(&s, try_get, out, err);
}
