/* Reads archives in any supported format, one record after the other.
 * One file a format (jsonl.c, csv.c, medquad.c, trec.c), one line in the table of
 * corpus.c. For programs: an embedder of the library brings its own records. */
#ifndef ANAM_CORPUS_H
#define ANAM_CORPUS_H

#include "anamnesis.h"

#include <stdatomic.h>
#include <stdbool.h>

/* Records that could not be read, by reason; reasons are static strings. */
struct anam_reject {
    const char *reason;
    uint64_t count;
};

enum { ANAM_MAX_REASONS = 32 };

struct anam_corpus_counts {
    uint64_t files;
    uint64_t records;     /* given to the sink and accepted */
    uint64_t rejected;    /* skipped because of skip_bad */
    uint64_t bytes;       /* of input read so far, compressed where it is */
    uint64_t bytes_total; /* of all input, 0 where unknown (stdin) */
    uint64_t bad_utf8;    /* invalid byte sequences replaced by U+FFFD */
    struct anam_reject reasons[ANAM_MAX_REASONS];
    size_t n_reasons;
};

/* Receives one record, borrowed for the call. ANAM_BAD_DATA counts as a malformed
 * record (stops, or is skipped under skip_bad, with file and line put before err's
 * message); any other failure ends the reading and is returned as it is. */
typedef anam_status (*anam_record_sink)(void *ctx, const anam_record *record, anam_error *err);

struct anam_corpus_options {
    const char *format; /* name of a format, or NULL or "auto": by content */
    bool skip_bad;      /* go on after a malformed record */
    /* Ends the reading with ANAM_STOPPED once it is set; may be NULL. */
    const atomic_bool *stop;
    /* Called now and then, for a progress line; may be NULL. */
    void (*progress)(void *ctx, const struct anam_corpus_counts *counts);
    /* Called for each skipped record, with "file:line: reason"; may be NULL. */
    void (*skipped)(void *ctx, const char *msg);
    void *ctx; /* for both */
};

/* Reads every path in turn: a file, a folder (walked in sorted order, hidden
 * files left out, files of unknown format left out), or "-" for stdin; gzip is
 * read as it is. counts is filled also on failure. A format that is named is taken for
 * every file, of folders too. Under skip_bad a malformed XML file counts as one record;
 * damaged gzip, UTF-16 and UTF-32 always end the reading.
 * ANAM_BAD_DATA with "file:line: reason" for the first malformed record, unknown
 * format or input without any record; ANAM_INVALID for an unknown format name;
 * ANAM_STOPPED; ANAM_IO; ANAM_NO_MEMORY; or what the sink returned. */
anam_status anam_corpus_read(const char *const *paths, size_t n_paths,
                             const struct anam_corpus_options *options, anam_record_sink sink,
                             void *ctx, struct anam_corpus_counts *counts, anam_error *err);

/* Names of the formats, "auto" first, NULL-terminated; static. */
const char *const *anam_corpus_formats(void);

#endif
