/* What results are shown as. */
#ifndef ANAM_BENCH_FIGURES_H
#define ANAM_BENCH_FIGURES_H

#include "bench/results.h"

struct label {
    const char *name; /* in results */
    const char *text; /* for people */
};

/* Ended by a name of NULL. */
extern const struct label engine_labels[];
extern const struct label build_labels[];  /* as engine_labels, and other ways to build */
extern const struct label bucket_labels[]; /* with function words */
extern const struct label sparse_labels[]; /* the same without */

enum { SIZES_MAX = 16 };

/* The sizes of collections, ascending; how many. */
size_t sizes_of(const struct results *results, double sizes[SIZES_MAX]);

#endif
