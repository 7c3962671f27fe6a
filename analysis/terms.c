#include "analysis/terms.h"

#include <stdlib.h>
#include <string.h>

static bool grow_table(struct anam_terms *t)
{
    size_t slots = t->slots > 0 ? t->slots * 2 : 64;
    uint32_t *table = anam_new_array(slots, sizeof *table);
    if (!table)
        return false;
    for (size_t i = 0; i < t->n; i++) {
        size_t at = anam_hash(t->key, t->terms[i].term, t->terms[i].len) & (slots - 1);
        while (table[at])
            at = (at + 1) & (slots - 1);
        table[at] = (uint32_t)i + 1;
    }
    free(t->table);
    t->table = table;
    t->slots = slots;
    return true;
}

static bool count(struct anam_terms *t, const char *term, size_t len)
{
    if (t->n * 2 >= t->slots && !grow_table(t))
        return false;
    size_t at = anam_hash(t->key, term, len) & (t->slots - 1);
    for (; t->table[at]; at = (at + 1) & (t->slots - 1)) {
        struct anam_term *known = &t->terms[t->table[at] - 1];
        if (known->len == len && memcmp(known->term, term, len) == 0) {
            known->count++;
            return true;
        }
    }
    if (!anam_grow(&t->terms, &t->cap, t->n + 1, sizeof *t->terms))
        return false;
    const char *copy = anam_arena_copy(t->arena, term, len);
    if (!copy)
        return false;
    t->terms[t->n++] = (struct anam_term){copy, len, 1};
    t->table[at] = (uint32_t)t->n;
    return true;
}

bool anam_terms_count(struct anam_terms *t, struct anam_analyzer *analyzer, const char *text,
                      size_t len)
{
    struct anam_token token;
    int got;
    if (!text)
        return true;
    anam_analyzer_start(analyzer, text, len);
    while ((got = anam_analyzer_next(analyzer, &token)) > 0) {
        if (!count(t, token.term, token.len))
            return false;
        t->tokens++;
    }
    return got == 0;
}

int anam_term_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return order ? order : (a_len > b_len) - (a_len < b_len);
}

static int compare_terms(const void *a, const void *b)
{
    const struct anam_term *x = a;
    const struct anam_term *y = b;
    return anam_term_compare(x->term, x->len, y->term, y->len);
}

void anam_terms_sort(struct anam_terms *t)
{
    if (t->n > 0)
        qsort(t->terms, t->n, sizeof *t->terms, compare_terms);
}

void anam_terms_clear(struct anam_terms *t)
{
    enum { KEPT = 1 << 16 }; /* slots: a large text is followed by small ones */
    if (t->slots > KEPT) {
        free(t->terms);
        free(t->table);
        t->terms = NULL;
        t->table = NULL;
        t->cap = t->slots = 0;
    }
    if (t->slots > 0)
        memset(t->table, 0, t->slots * sizeof *t->table);
    t->n = 0;
    t->tokens = 0;
}

void anam_terms_free(struct anam_terms *t)
{
    free(t->terms);
    free(t->table);
    *t = (struct anam_terms){0};
}
