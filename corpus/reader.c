#include "corpus/reader.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { TICK_MS = 50 };

void anam_reader_tick(struct anam_reader *r, bool now)
{
    if (!r->options->progress)
        return;
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    uint64_t ms = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
    if (now || ms - r->last_tick >= TICK_MS) {
        r->last_tick = ms;
        r->options->progress(r->options->ctx, r->counts);
    }
}

static void count_reason(struct anam_corpus_counts *counts, const char *reason)
{
    size_t i = 0;
    while (i < counts->n_reasons && strcmp(counts->reasons[i].reason, reason) != 0)
        i++;
    if (i >= ANAM_MAX_REASONS - 1) {
        i = ANAM_MAX_REASONS - 1;
        reason = "other";
    }
    if (i >= counts->n_reasons) {
        counts->n_reasons = i + 1;
        counts->reasons[i] = (struct anam_reject){reason, 0};
    }
    counts->reasons[i].count++;
}

/* Parsers quote their input, cut anywhere: back to one line of valid UTF-8. */
static void clean_message(char *msg)
{
    size_t n = strlen(msg);
    for (size_t i = 0; i < n;) {
        uint32_t c;
        bool valid;
        size_t len = anam_utf8_decode(msg + i, n - i, &c, &valid);
        if (!valid || c < ' ' || (c >= 0x7F && c < 0xA0))
            memset(msg + i, '?', len);
        i += len;
    }
}

static anam_status reject_with(struct anam_reader *r, uint64_t line, const char *reason,
                               const char *detail)
{
    anam_error bad;
    const char *name = anam_input_name(r->in);
    if (line > 0)
        anam_fail(&bad, ANAM_BAD_DATA, "%s:%llu: %s", name, (unsigned long long)line, detail);
    else
        anam_fail(&bad, ANAM_BAD_DATA, "%s: %s", name, detail);
    clean_message(bad.msg);
    if (!r->options->skip_bad)
        return anam_fail(r->err, ANAM_BAD_DATA, "%s", bad.msg);
    r->counts->rejected++;
    count_reason(r->counts, reason);
    if (r->options->skipped)
        r->options->skipped(r->options->ctx, bad.msg);
    anam_reader_tick(r, false);
    return ANAM_OK;
}

anam_status anam_reader_reject(struct anam_reader *r, uint64_t line, const char *reason,
                               const char *fmt, ...)
{
    if (!fmt)
        return reject_with(r, line, reason, reason);
    char detail[sizeof r->err->msg];
    va_list args;
    va_start(args, fmt);
    vsnprintf(detail, sizeof detail, fmt, args);
    va_end(args);
    return reject_with(r, line, reason, detail);
}

anam_status anam_reader_give(struct anam_reader *r, uint64_t line)
{
    const anam_record *record = anam_builder_finish(&r->builder);
    if (r->builder.no_memory)
        return anam_fail_memory(r->err);
    const char *bad_id = anam_record_bad_id(record->id);
    if (bad_id)
        return reject_with(r, line, bad_id, bad_id);
    if (!r->builder.has_content)
        return reject_with(r, line, "no text", ANAM_REASON_NO_CONTENT);
    if (r->builder.bytes > ANAM_MAX_RECORD)
        return reject_with(r, line, ANAM_REASON_TOO_LARGE, ANAM_REASON_TOO_LARGE);
    anam_error refused = {.code = ANAM_OK};
    anam_status status = r->sink(r->sink_ctx, record, &refused);
    if (status == ANAM_BAD_DATA)
        return reject_with(r, line, "refused by the index", refused.msg);
    if (status != ANAM_OK) {
        if (r->err)
            *r->err = refused;
        return status;
    }
    r->counts->records++;
    anam_reader_tick(r, false);
    return ANAM_OK;
}
