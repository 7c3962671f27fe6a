/* What indexing says while it runs and when it is done, on stderr. */
#ifndef ANAM_CLI_PROGRESS_H
#define ANAM_CLI_PROGRESS_H

#include "corpus/corpus.h"

#include <stdbool.h>
#include <stddef.h>

struct progress {
    bool drawing; /* stderr is a screen */
    bool drawn;   /* a line stands there to be cleared */
    double start; /* seconds */
    double last;
    size_t warned; /* warnings shown so far */
};

void progress_begin(struct progress *progress);

/* Draws the line anew, some times a second; callback of anam_corpus_read. */
void progress_counts(struct progress *progress, const struct anam_corpus_counts *counts);

/* Draws a line about what takes a while now. */
void progress_stage(struct progress *progress, const char *what);

/* Clears the line: before any message. */
void progress_clear(struct progress *progress);

/* Warns of a skipped record; after PROGRESS_WARNINGS only "..." once. */
enum { PROGRESS_WARNINGS = 20 };
void progress_skipped(struct progress *progress, const char *msg);

/* The closing lines: what was done, how fast, and what was not as it should be. */
void progress_summary(struct progress *progress, const struct anam_corpus_counts *counts,
                      const anam_write_summary *written, const char *place);

#endif
