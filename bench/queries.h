/* Topic files: one a bucket of query lengths, each also without function words. */
#ifndef ANAM_BENCH_QUERIES_H
#define ANAM_BENCH_QUERIES_H

#include "bench/draw.h"

/* Writes q2, q5, qlong, qweighted and each with -nostop, all .tsv, into a folder. They
 * depend on source and seed only, not on the size of the collection. */
void queries_write(struct source *s, uint64_t seed, const char *folder);

#endif
