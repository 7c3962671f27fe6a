/* anam_writer: records in, a committed generation out. */
#include "base/utf8.h"
#include "index/record.h"
#include "index/uri.h"
#include "indexer/flow.h"
#ifdef ANAM_XAPIAN
#include "indexer/xapian_export.h"
#endif

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct anam_writer {
    struct anam_build build;
    struct anam_flow flow;
    size_t memory;
    bool failed;
    uint64_t bad_utf8;
    struct anam_hash_key id_key;
    uint32_t *id_table; /* ordinal + 1 by hash of the id; open addressing */
    size_t id_slots;
    struct anam_arena scratch; /* a repaired record */
    struct anam_buffer repaired;
    struct anam_xapian_export *export; /* of an index for Xapian; else NULL */
};

static anam_status read_options(const anam_writer_options *given, anam_writer_options *o,
                                anam_error *err)
{
    *o = (anam_writer_options)ANAM_WRITER_OPTIONS_INIT;
    if (given) {
        if (given->size < sizeof given->size || given->size > 4096)
            return anam_fail(err, ANAM_INVALID, "option struct without its size");
        memcpy(o, given, given->size < sizeof *o ? given->size : sizeof *o);
    }
    if (o->memory < ANAM_MIN_MEMORY)
        return anam_fail(err, ANAM_INVALID, "memory bound below %zu bytes", ANAM_MIN_MEMORY);
    if (!o->language)
        return anam_fail(err, ANAM_INVALID, "no language");
    if (o->shards < 1 || o->shards > ANAM_MAX_SHARDS)
        return anam_fail(err, ANAM_INVALID, "shards are not 1 to %d", ANAM_MAX_SHARDS);
    if (o->optimize != 0 && o->optimize != 1)
        return anam_fail(err, ANAM_INVALID, "optimize is neither 0 nor 1");
    if (o->jobs > ANAM_MAX_JOBS)
        return anam_fail(err, ANAM_INVALID, "more than %d jobs", ANAM_MAX_JOBS);
    return ANAM_OK;
}

/* Finds the directory where the native index is to be written, which for an index for
 * Xapian is a temporary one. */
static anam_status find_place(anam_writer *w, const char *uri, unsigned shards, const char **place,
                              anam_error *err)
{
    const char *dir;
    enum anam_uri_kind kind = anam_uri_kind(uri, &dir);
    *place = uri;
    if (kind == ANAM_URI_SERVED)
        return anam_fail(err, ANAM_INVALID,
                         "%.200s: an index is made where it lies; then xapian-tcpsrv serves it",
                         uri);
    if (kind == ANAM_URI_NATIVE)
        return shards == 1
                   ? ANAM_OK
                   : anam_fail(err, ANAM_INVALID,
                               "%.200s: a native index has no shards; name it xapian:PATH", uri);
    if (uri[anam_uri_first(uri)])
        return anam_fail(err, ANAM_INVALID,
                         "%.200s: names several; an index is written to one directory", uri);
    if (!*dir)
        return anam_fail(err, ANAM_INVALID, "'%s' names no directory", uri);
#ifdef ANAM_XAPIAN
    anam_status status = anam_xapian_export_open(&w->export, dir, shards, err);
    if (!status)
        *place = anam_xapian_export_build(w->export);
    return status;
#else
    (void)w;
    return anam_fail(err, ANAM_INVALID, "%.200s: this program was built without Xapian", uri);
#endif
}

anam_status anam_writer_open(anam_writer **out, const char *uri, const anam_writer_options *options,
                             anam_error *err)
{
    *out = NULL;
    anam_writer_options o;
    anam_status status = read_options(options, &o, err);
    if (status)
        return status;
    anam_writer *w = calloc(1, sizeof *w);
    if (!w)
        return anam_fail_memory(err);
    w->memory = o.memory;
    w->id_key = anam_hash_random_key();
    const char *place;
    status = anam_flow_init(&w->flow, &w->build, o.language, o.memory, o.jobs, err);
    if (!status)
        status = find_place(w, uri, o.shards, &place, err);
    if (!status)
        status = anam_build_begin(&w->build, place, o.language, err);
    w->build.jobs = (unsigned)w->flow.n_workers;
    w->build.memory = o.memory;
    w->build.optimize = o.optimize && !w->export; /* that one reads records one by one */
    if (!status)
        status = anam_flow_start(&w->flow, err);
    if (status) {
        anam_writer_free(w);
        return status;
    }
    *out = w;
    return ANAM_OK;
}

void anam_writer_stop(anam_writer *w)
{
    atomic_store(&w->build.stop, true);
}

void anam_writer_free(anam_writer *w)
{
    if (!w)
        return;
    anam_flow_free(&w->flow);
#ifdef ANAM_XAPIAN
    if (w->export)
        anam_xapian_export_abandon(w->export);
    anam_build_free(&w->build);
    anam_xapian_export_free(w->export);
#else
    anam_build_free(&w->build);
#endif
    anam_arena_free(&w->scratch);
    anam_buffer_free(&w->repaired);
    free(w->id_table);
    free(w);
}

/* Replaces *s by a copy with invalid bytes repaired, where it has any. */
static bool repair(anam_writer *w, const char **s)
{
    if (!*s)
        return true;
    size_t n = strlen(*s);
    if (anam_utf8_valid_prefix(*s, n) == n)
        return true;
    w->repaired.len = 0;
    if (!anam_utf8_repair(*s, n, &w->repaired, &w->bad_utf8))
        return false;
    *s = anam_arena_copy(&w->scratch, w->repaired.data, w->repaired.len);
    return *s != NULL;
}

/* *copy becomes the record with every string valid UTF-8. */
static bool repair_record(anam_writer *w, const anam_record *record, anam_record *copy)
{
    anam_arena_reset(&w->scratch);
    *copy = *record;
    anam_answer *answers = anam_arena_array(&w->scratch, copy->n_answers, sizeof *answers);
    const char **tags = anam_arena_array(&w->scratch, copy->n_tags, sizeof *tags);
    if (!answers || !tags)
        return false;
    const char **strings[] = {&copy->id,        &copy->title, &copy->question,  &copy->text,
                              &copy->specialty, &copy->date,  &copy->url,       &copy->source,
                              &copy->lang,      &copy->extra, &copy->asker.sex, &copy->asker.extra};
    bool ok = true;
    for (size_t i = 0; i < sizeof strings / sizeof strings[0] && ok; i++)
        ok = repair(w, strings[i]);
    for (size_t i = 0; i < copy->n_answers && ok; i++) {
        answers[i] = copy->answers[i];
        ok = repair(w, &answers[i].text) && repair(w, &answers[i].author) &&
             repair(w, &answers[i].role) && repair(w, &answers[i].date) &&
             repair(w, &answers[i].extra);
    }
    for (size_t i = 0; i < copy->n_tags && ok; i++) {
        tags[i] = copy->tags[i];
        ok = repair(w, &tags[i]);
    }
    copy->answers = answers;
    copy->tags = tags;
    return ok;
}

static size_t length_of(const char *s)
{
    return s ? strlen(s) : 0;
}

/* Bytes of all strings. */
static size_t record_bytes(const anam_record *r)
{
    size_t n = length_of(r->id) + length_of(r->title) + length_of(r->question) +
               length_of(r->text) + length_of(r->specialty) + length_of(r->date) +
               length_of(r->url) + length_of(r->source) + length_of(r->lang) + length_of(r->extra) +
               length_of(r->asker.sex) + length_of(r->asker.extra);
    for (size_t i = 0; i < r->n_answers; i++) {
        const anam_answer *a = &r->answers[i];
        n += length_of(a->text) + length_of(a->author) + length_of(a->role) + length_of(a->date) +
             length_of(a->extra) + ANAM_ANSWER_BYTES;
    }
    for (size_t i = 0; i < r->n_tags; i++)
        n += length_of(r->tags[i]) + ANAM_TAG_BYTES;
    return n;
}

static anam_status validate(const anam_record *r, anam_error *err)
{
    if (!r->id || !r->id[0])
        return anam_fail(err, ANAM_BAD_DATA, "record has no id");
    size_t n = 0;
    for (; r->id[n]; n++)
        if ((unsigned char)r->id[n] <= ' ' || r->id[n] == 0x7F)
            return anam_fail(err, ANAM_BAD_DATA, "id holds white space or a control character");
    if (n > ANAM_MAX_ID)
        return anam_fail(err, ANAM_BAD_DATA, "id is longer than %d bytes", ANAM_MAX_ID);
    if (!r->title && !r->question && !r->text && r->n_answers == 0)
        return anam_fail(err, ANAM_BAD_DATA, "record has no title, question, answer or text");
    if ((r->n_answers > 0 && !r->answers) || (r->n_tags > 0 && !r->tags))
        return anam_fail(err, ANAM_BAD_DATA, "record counts answers or tags that it lacks");
    if (record_bytes(r) > ANAM_MAX_RECORD)
        return anam_fail(err, ANAM_BAD_DATA, "record is larger than %zu MiB",
                         ANAM_MAX_RECORD >> 20);
    return ANAM_OK;
}

static bool grow_id_table(anam_writer *w)
{
    size_t slots = w->id_slots > 0 ? w->id_slots * 2 : 1024;
    uint32_t *table = anam_new_array(slots, sizeof *table);
    if (!table)
        return false;
    for (size_t i = 0; i < w->id_slots; i++) {
        if (w->id_table[i] == 0)
            continue;
        const char *id = w->build.ids[w->id_table[i] - 1];
        size_t at = anam_hash(w->id_key, id, strlen(id)) & (slots - 1);
        while (table[at])
            at = (at + 1) & (slots - 1);
        table[at] = w->id_table[i];
    }
    free(w->id_table);
    w->id_table = table;
    w->id_slots = slots;
    return true;
}

/* Makes `ordinal` the record of its id; an earlier one is marked as replaced. */
static bool claim_id(anam_writer *w, uint32_t ordinal)
{
    struct anam_build *b = &w->build;
    if ((size_t)ordinal * 2 >= w->id_slots && !grow_id_table(w))
        return false;
    const char *id = b->ids[ordinal];
    size_t at = anam_hash(w->id_key, id, strlen(id)) & (w->id_slots - 1);
    for (; w->id_table[at]; at = (at + 1) & (w->id_slots - 1)) {
        uint32_t earlier = w->id_table[at] - 1;
        if (strcmp(b->ids[earlier], id) == 0) {
            b->ids[earlier] = NULL;
            b->replaced++;
            break;
        }
    }
    w->id_table[at] = ordinal + 1;
    return true;
}

static anam_status add(anam_writer *w, const anam_record *record, anam_error *err)
{
    uint32_t ordinal = w->build.added;
    anam_status status = anam_build_add(&w->build, record->id, err);
    if (status)
        return status;
    if (!claim_id(w, ordinal))
        return anam_fail_memory(err);
    enum { KEEP = 4 << 20 }; /* scratch of a usual record */
    status = anam_flow_add(&w->flow, record,
                           anam_build_memory(&w->build) + w->id_slots * sizeof *w->id_table, err);
    if (w->repaired.cap > KEEP)
        anam_buffer_free(&w->repaired);
    return status;
}

anam_status anam_writer_add(anam_writer *w, const anam_record *record, anam_error *err)
{
    if (w->failed)
        return anam_fail(err, ANAM_INVALID, "the writer has failed or is done: free it");
    anam_status status = validate(record, err);
    if (status)
        return status;
    if (w->build.added >= ANAM_MAX_DOCUMENTS)
        return anam_fail(err, ANAM_BAD_DATA, "an index holds at most %lu records",
                         (unsigned long)ANAM_MAX_DOCUMENTS);
    anam_record repaired;
    uint64_t bad_utf8 = w->bad_utf8;
    if (!repair_record(w, record, &repaired)) {
        w->failed = true;
        return anam_fail_memory(err);
    }
    if (w->bad_utf8 > bad_utf8) { /* U+FFFD is longer than what it stands for */
        status = validate(&repaired, err);
        if (status) {
            w->bad_utf8 = bad_utf8;
            return status;
        }
    }
    status = anam_check_stop(&w->build.stop, err);
    if (!status)
        status = add(w, &repaired, err);
    w->failed = status != ANAM_OK;
    return status;
}

anam_status anam_writer_commit(anam_writer *w, anam_write_summary *summary, anam_error *err)
{
    if (w->failed)
        return anam_fail(err, ANAM_INVALID, "the writer has failed or is done: free it");
    anam_status status = anam_check_stop(&w->build.stop, err);
    if (!status && w->build.added == 0)
        return anam_fail(err, ANAM_BAD_DATA, "no records: an index cannot be empty");
    w->failed = true;
    if (status)
        return status;
    free(w->id_table);
    w->id_table = NULL;
    status = anam_flow_end(&w->flow, err);
    anam_release_freed();
    if (!status)
        status = anam_build_commit(&w->build, err);
    uint64_t bytes = 0;
    for (int i = 0; i < ANAM_N_FILES; i++)
        bytes += w->build.manifest.size[i];
#ifdef ANAM_XAPIAN
    if (!status && w->export)
        status = anam_xapian_export_run(w->export, w->memory, &w->build.stop, &bytes, err);
#endif
    if (!status && summary) {
        *summary = (anam_write_summary){
            .added = w->build.added,
            .replaced = w->build.replaced,
            .documents = w->build.manifest.documents,
            .bad_utf8 = w->bad_utf8,
            .text_bytes = w->flow.text_bytes,
            .bytes = bytes,
            .unordered = w->build.unordered,
        };
    }
    return status;
}
