#include "indexer/batch.h"

#include "index/record.h"

#include <stdlib.h>
#include <string.h>

/* Memory that a usual batch needs, and that is kept for the next one. */
enum { KEEP = 4 << 20 };

/* Where record i begins in the bytes. */
static uint32_t begin_of(const struct anam_batch *b, size_t i)
{
    return i > 0 ? b->ends[i - 1] : 0;
}

bool anam_batch_add(struct anam_batch *b, const anam_record *record)
{
    if (!anam_grow(&b->ends, &b->cap_ends, b->n + 1, sizeof *b->ends) ||
        !anam_record_encode(record, &b->bytes))
        return false;
    b->ends[b->n++] = (uint32_t)b->bytes.len;
    return true;
}

void anam_batch_reset(struct anam_batch *b)
{
    if (b->bytes.cap > KEEP)
        anam_buffer_free(&b->bytes);
    b->bytes.len = 0;
    b->n = 0;
    b->status = ANAM_OK;
    b->text_bytes = 0;
}

void anam_batch_free(struct anam_batch *b)
{
    anam_buffer_free(&b->bytes);
    free(b->ends);
    free(b->lengths);
    free(b->checks);
    *b = (struct anam_batch){0};
}

size_t anam_batch_memory(const struct anam_batch *b)
{
    return b->bytes.cap + b->cap_ends * sizeof *b->ends + b->cap_lengths * sizeof *b->lengths +
           b->cap_checks * sizeof *b->checks;
}

anam_status anam_batch_worker_init(struct anam_batch_worker *w, struct anam_build *build,
                                   const char *language, size_t words, anam_error *err)
{
    *w = (struct anam_batch_worker){.build = build};
    anam_inverter_init(&w->inverter);
    anam_status status = anam_analyzer_new(&w->analyzer, language, err);
    return status ? status : anam_analyzer_remember(w->analyzer, words, err);
}

void anam_batch_worker_free(struct anam_batch_worker *w)
{
    anam_analyzer_free(w->analyzer);
    anam_inverter_free(&w->inverter);
    anam_arena_free(&w->scratch);
}

/* Analyses one string of a field; its terms are added to *length. */
static bool add_text(struct anam_batch_worker *w, const char *text, size_t n, uint32_t *length)
{
    anam_analyzer_start(w->analyzer, text, n);
    struct anam_token token;
    int got;
    while ((got = anam_analyzer_next(w->analyzer, &token)) > 0) {
        if (!anam_inverter_count(&w->inverter, token.term, token.len, token.note))
            return false;
        ++*length;
    }
    return got == 0;
}

static bool invert(struct anam_batch_worker *w, struct anam_batch *b, const anam_record *r,
                   size_t i)
{
    for (int f = 0; f < ANAM_N_FIELDS; f++) {
        uint32_t *length = &b->lengths[i * ANAM_N_FIELDS + (size_t)f];
        *length = 0;
        for (size_t j = 0; j < anam_field_strings(r, f); j++) {
            const char *text = anam_field_string(r, f, j);
            size_t n = text ? strlen(text) : 0;
            b->text_bytes += n;
            if (n > 0 && !add_text(w, text, n, length))
                return false;
        }
        if (!anam_inverter_end_field(&w->inverter, b->first + (uint32_t)i, f))
            return false;
    }
    return true;
}

static anam_status write_run(struct anam_batch_worker *w, anam_error *err)
{
    anam_status status = anam_build_run(w->build, &w->inverter, err);
    anam_analyzer_clear_notes(w->analyzer);
    return status;
}

static anam_status invert_all(struct anam_batch_worker *w, struct anam_batch *b, anam_error *err)
{
    if (!anam_grow(&b->lengths, &b->cap_lengths, b->n * ANAM_N_FIELDS, sizeof *b->lengths))
        return anam_fail_memory(err);
    for (size_t i = 0; i < b->n; i++) {
        anam_record r;
        uint32_t from = begin_of(b, i);
        anam_arena_reset(&w->scratch);
        if (anam_record_decode((const unsigned char *)b->bytes.data + from, b->ends[i] - from,
                               &w->scratch, &r) != ANAM_OK ||
            !invert(w, b, &r, i))
            return anam_fail_memory(err); /* there is nothing else to fail */
        if (anam_inverter_memory(&w->inverter) < b->memory)
            continue;
        anam_status status = write_run(w, err);
        if (status)
            return status;
    }
    return ANAM_OK;
}

static anam_status spool(const struct anam_batch_worker *w, struct anam_batch *b, anam_error *err)
{
    if (!anam_grow(&b->checks, &b->cap_checks, b->n, sizeof *b->checks))
        return anam_fail_memory(err);
    return anam_spool_write(&w->build->spool, b->offset, b->bytes.data, b->ends, b->n, b->checks,
                            err);
}

void anam_batch_work(void *worker, void *batch)
{
    struct anam_batch_worker *w = worker;
    struct anam_batch *b = batch;
    b->status = invert_all(w, b, &b->err);
    if (!b->status)
        b->status = spool(w, b, &b->err);
}

void anam_batch_last_run(void *worker)
{
    struct anam_batch_worker *w = worker;
    if (w->inverter.terms > 0)
        w->status = write_run(w, &w->err);
}
