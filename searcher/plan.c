#include "searcher/plan.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

/* Distinct terms while they are collected. */
struct collector {
    struct anam_hash_key key;
    struct anam_arena *arena;
    struct anam_plan_term *terms;
    size_t n;
    size_t cap;
    uint32_t *table; /* index + 1; open addressing */
    size_t slots;
};

static bool grow_table(struct collector *c)
{
    size_t slots = c->slots > 0 ? c->slots * 2 : 64;
    uint32_t *table = anam_new_array(slots, sizeof *table);
    if (!table)
        return false;
    for (size_t i = 0; i < c->n; i++) {
        size_t at = anam_hash(c->key, c->terms[i].term, c->terms[i].len) & (slots - 1);
        while (table[at])
            at = (at + 1) & (slots - 1);
        table[at] = (uint32_t)i + 1;
    }
    free(c->table);
    c->table = table;
    c->slots = slots;
    return true;
}

static bool count(struct collector *c, const char *term, size_t len)
{
    if (c->n * 2 >= c->slots && !grow_table(c))
        return false;
    size_t at = anam_hash(c->key, term, len) & (c->slots - 1);
    for (; c->table[at]; at = (at + 1) & (c->slots - 1)) {
        struct anam_plan_term *t = &c->terms[c->table[at] - 1];
        if (t->len == len && memcmp(t->term, term, len) == 0) {
            t->query_tf += 1;
            return true;
        }
    }
    if (!anam_grow(&c->terms, &c->cap, c->n + 1, sizeof *c->terms))
        return false;
    const char *copy = anam_arena_copy(c->arena, term, len);
    if (!copy)
        return false;
    c->terms[c->n++] = (struct anam_plan_term){copy, len, 1};
    c->table[at] = (uint32_t)c->n;
    return true;
}

static int compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return order ? order : (a_len > b_len) - (a_len < b_len);
}

static int compare_terms(const void *a, const void *b)
{
    const struct anam_plan_term *x = a;
    const struct anam_plan_term *y = b;
    return compare(x->term, x->len, y->term, y->len);
}

anam_status anam_plan_make(struct anam_plan *plan, struct anam_analyzer *analyzer,
                           const char *query, size_t length, struct anam_arena *arena,
                           anam_error *err)
{
    *plan = (struct anam_plan){0};
    if (length > ANAM_MAX_QUERY)
        return anam_fail(err, ANAM_QUERY, "query is longer than %zu MiB", ANAM_MAX_QUERY >> 20);
    struct collector c = {.key = anam_hash_random_key(), .arena = arena};
    struct anam_token token;
    int got;
    anam_analyzer_start(analyzer, query, length);
    while ((got = anam_analyzer_next(analyzer, &token)) > 0)
        if (!count(&c, token.term, token.len))
            break;
    anam_status status = ANAM_OK;
    struct anam_plan_term *terms = anam_arena_array(arena, c.n, sizeof *terms);
    if (got != 0 || !terms) {
        status = anam_fail_memory(err);
    } else if (c.n > 0) {
        memcpy(terms, c.terms, c.n * sizeof *terms);
        qsort(terms, c.n, sizeof *terms, compare_terms);
        plan->terms = terms;
        plan->n = c.n;
    }
    free(c.terms);
    free(c.table);
    return status;
}

size_t anam_plan_find(const struct anam_plan *plan, const char *term, size_t len)
{
    size_t low = 0;
    size_t high = plan->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(plan->terms[middle].term, plan->terms[middle].len, term, len);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return plan->n;
}
