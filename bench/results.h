/* What was measured: lines of DOCS, ENGINE, BUCKET, MEASURE, VALUE between tabs. The bucket
 * is "-" where the measure is of no query. */
#ifndef ANAM_BENCH_RESULTS_H
#define ANAM_BENCH_RESULTS_H

#include <stddef.h>

struct result {
    double docs;
    char engine[32];
    char bucket[32];
    char measure[32];
    double value;
};

struct results {
    struct result *all;
    size_t n;
    size_t cap;
};

/* Appends a line to a file. */
void results_append(const char *path, double docs, const char *engine, const char *bucket,
                    const char *measure, double value);

void results_read(struct results *results, const char *path);
void results_free(struct results *results);

/* The value, the last one if there are several; NAN if there is none. */
double results_value(const struct results *results, double docs, const char *engine,
                     const char *bucket, const char *measure);

#endif
