#include "searcher/plan.h"

#include "analysis/terms.h"

anam_status anam_plan_make(struct anam_plan *plan, struct anam_analyzer *analyzer,
                           const char *query, size_t length, struct anam_arena *arena,
                           anam_error *err)
{
    *plan = (struct anam_plan){0};
    if (length > ANAM_MAX_QUERY)
        return anam_fail(err, ANAM_QUERY, "query is longer than %zu MiB", ANAM_MAX_QUERY >> 20);
    struct anam_terms counted = {.key = anam_hash_random_key(), .arena = arena};
    anam_status status = ANAM_OK;
    bool ok = anam_terms_count(&counted, analyzer, query, length);
    struct anam_plan_term *terms = ok ? anam_arena_array(arena, counted.n, sizeof *terms) : NULL;
    if (!terms) {
        status = anam_fail_memory(err);
    } else if (counted.n > 0) {
        anam_terms_sort(&counted);
        for (size_t i = 0; i < counted.n; i++)
            terms[i] = (struct anam_plan_term){counted.terms[i].term, counted.terms[i].len,
                                               counted.terms[i].count};
        plan->terms = terms;
        plan->n = counted.n;
    }
    anam_terms_free(&counted);
    return status;
}

size_t anam_plan_find(const struct anam_plan *plan, const char *term, size_t len)
{
    size_t low = 0;
    size_t high = plan->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = anam_term_compare(plan->terms[middle].term, plan->terms[middle].len, term, len);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return plan->n;
}
