/* What every format's reader stands on: the input, the record in the making, and
 * the two ways a record can go: given to the sink, or rejected. */
#ifndef ANAM_CORPUS_READER_H
#define ANAM_CORPUS_READER_H

#include "base/error.h"
#include "corpus/corpus.h"
#include "corpus/input.h"
#include "corpus/record.h"

/* Reasons that more than one format has. */
#define ANAM_REASON_TOO_LARGE "record larger than 64 MiB"
#define ANAM_REASON_NO_CONTENT "no text: none of title, question, answer, text"

struct anam_reader {
    struct anam_input *in; /* of the present file */
    const char *path;      /* as given */
    struct anam_builder builder;
    const struct anam_corpus_options *options;
    anam_record_sink sink;
    void *sink_ctx;
    struct anam_corpus_counts *counts;
    anam_error *err;    /* filled by reject and give */
    uint64_t last_tick; /* when progress was called, in milliseconds */
};

/* Rejects the record, or the file, at `line` (0: the whole file). `reason` is a
 * static string for the counts; the message says `fmt`, or the reason where fmt is
 * NULL. ANAM_OK under skip_bad: go on; else ANAM_BAD_DATA: return it. */
anam_status anam_reader_reject(struct anam_reader *r, uint64_t line, const char *reason,
                               const char *fmt, ...) ANAM_PRINTF(4, 5);

/* Checks the record in the builder and gives it to the sink. Anything but ANAM_OK
 * ends the reading: return it. */
anam_status anam_reader_give(struct anam_reader *r, uint64_t line);

/* Calls progress where it is due; `now` means in any case. */
void anam_reader_tick(struct anam_reader *r, bool now);

#endif
