/* What the parts of the native engine share. */
#ifndef ANAM_NATIVE_H
#define ANAM_NATIVE_H

#include "index/segment.h"
#include "searcher/bm25.h"

struct anam_native_reader {
    const struct anam_segment *segment;
    struct anam_list_ref (*refs)[ANAM_N_FIELDS]; /* of the last plan's terms */
    size_t cap_refs;
    float *scores; /* by document; of the exhaustive search */
    struct anam_docblock block;
    struct anam_pruned *pruned; /* scratch of anam_pruned_search */
};

/* Both rank by the parts in `weighed`, in this order, and give the same hits, bit for bit:
 * the best k (at least 1) into `hits`, best first. ANAM_DAMAGED, ANAM_NO_MEMORY. */

/* Reads every posting: the reference. */
anam_status anam_exhaustive_search(struct anam_native_reader *r, const struct anam_weighed *weighed,
                                   size_t n_weighed, size_t k, struct anam_engine_hit *hits,
                                   size_t *n, anam_error *err);

/* Reads what may hold one of the best. */
anam_status anam_pruned_search(struct anam_native_reader *r, const struct anam_weighed *weighed,
                               size_t n_weighed, size_t k, struct anam_engine_hit *hits, size_t *n,
                               anam_error *err);
void anam_pruned_free(struct anam_pruned *scratch);

/* Bytes of scratch that the search takes for an index of so many documents, and more for each list
 * of a query. */
size_t anam_pruned_memory(uint32_t documents);
size_t anam_pruned_list_memory(uint32_t documents);

/* Of the last anam_pruned_search, for benchmarks: windows looked into, entries of lists there whose
 * bounds were added up by document, and postings scored. */
struct anam_pruned_costs {
    uint64_t windows;
    uint64_t entries;
    uint64_t postings;
};
struct anam_pruned_costs anam_pruned_costs(const struct anam_pruned *scratch);

#endif
