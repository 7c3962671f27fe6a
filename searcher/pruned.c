#include "searcher/pruned.h"

#include <stdlib.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define HAS(feature) __builtin_cpu_supports(feature)
#else
#define HAS(feature) 0
#endif

const struct anam_pruned_variant *anam_pruned_variant(size_t i)
{
    const struct anam_pruned_variant *variants[3];
    size_t n = 0;
    variants[n++] = &anam_pruned_plain;
#if defined(__x86_64__) && defined(__GNUC__)
    bool avx2 = HAS("avx2") && HAS("bmi") && HAS("bmi2") && HAS("popcnt");
    if (avx2)
        variants[n++] = &anam_pruned_avx2;
    if (avx2 && HAS("avx512f") && HAS("avx512bw") && HAS("avx512vl") && HAS("avx512dq"))
        variants[n++] = &anam_pruned_avx512;
#endif
    return i < n ? variants[i] : NULL;
}

anam_status anam_pruned_search(struct anam_native_reader *r, const struct anam_weighed *weighed,
                               size_t n_weighed, size_t k, struct anam_engine_hit *hits, size_t *n,
                               anam_error *err)
{
    size_t best = 0;
    while (anam_pruned_variant(best + 1))
        best++;
    return anam_pruned_variant(best)->search(r, weighed, n_weighed, k, hits, n, err);
}

static size_t words_of(uint32_t documents)
{
    return anam_presence_words(documents / ANAM_WINDOW + (documents % ANAM_WINDOW > 0));
}

size_t anam_pruned_memory(uint32_t documents)
{
    return sizeof(struct anam_pruned) + words_of(documents) * 64 * ANAM_A_WINDOW;
}

size_t anam_pruned_list_memory(uint32_t documents)
{
    return sizeof(struct anam_pruned_list) + words_of(documents) * sizeof(struct anam_presence);
}

void anam_pruned_free(struct anam_pruned *p)
{
    if (!p)
        return;
    free(p->lists);
    free(p->kept);
    free(p->sums);
    free(p->left);
    for (int f = 0; f < ANAM_N_FIELDS; f++)
        free(p->last_lengths[f]);
    anam_arena_free(&p->arena);
    free(p);
}

struct anam_pruned_costs anam_pruned_costs(const struct anam_pruned *p)
{
    return p->costs;
}
