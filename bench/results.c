#include "bench/results.h"
#include "bench/vocabulary.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void results_append(const char *path, double docs, const char *engine, const char *bucket,
                    const char *measure, double value)
{
    FILE *file = fopen(path, "a");
    if (!file ||
        fprintf(file, "%.0f\t%s\t%s\t%s\t%.9g\n", docs, engine, bucket, measure, value) < 0 ||
        fclose(file) != 0)
        die("%s: %s", path, strerror(errno));
}

void results_read(struct results *results, const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file)
        die("%s: %s", path, strerror(errno));
    char *line = NULL;
    size_t cap = 0;
    *results = (struct results){.n = 0};
    while (getline(&line, &cap, file) > 0) {
        struct result r;
        if (sscanf(line, "%lf %31s %31s %31s %lf", &r.docs, r.engine, r.bucket, r.measure,
                   &r.value) != 5)
            die("%s:%zu: not a result", path, results->n + 1);
        MAKE_ROOM(results->all, results->n, results->cap);
        results->all[results->n++] = r;
    }
    free(line);
    fclose(file);
}

void results_free(struct results *results)
{
    free(results->all);
    *results = (struct results){.n = 0};
}

double results_value(const struct results *results, double docs, const char *engine,
                     const char *bucket, const char *measure)
{
    for (size_t i = results->n; i-- > 0;) {
        const struct result *r = &results->all[i];
        if (r->docs == docs && strcmp(r->engine, engine) == 0 && strcmp(r->bucket, bucket) == 0 &&
            strcmp(r->measure, measure) == 0)
            return r->value;
    }
    return NAN;
}
