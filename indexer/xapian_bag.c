#include "indexer/xapian_bag.h"

#include "index/record.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    const struct anam_bag_term *x = a;
    const struct anam_bag_term *y = b;
    int order = memcmp(x->term, y->term, x->len < y->len ? x->len : y->len);
    return order ? order : (x->len > y->len) - (x->len < y->len);
}

static bool add(struct anam_bag *bag, const struct anam_token *token)
{
    if (!anam_grow(&bag->terms, &bag->cap, bag->n + 1, sizeof *bag->terms))
        return false;
    const char *copy = anam_arena_copy(&bag->arena, token->term, token->len);
    if (!copy)
        return false;
    bag->terms[bag->n++] = (struct anam_bag_term){copy, token->len, 1};
    return true;
}

static void count(struct anam_bag *bag)
{
    size_t n = 0;
    if (bag->n > 0)
        qsort(bag->terms, bag->n, sizeof *bag->terms, compare);
    for (size_t i = 0; i < bag->n; i++) {
        if (n > 0 && compare(&bag->terms[n - 1], &bag->terms[i]) == 0)
            bag->terms[n - 1].tf++;
        else
            bag->terms[n++] = bag->terms[i];
    }
    bag->n = n;
}

bool anam_bag_fill(struct anam_bag *bag, struct anam_analyzer *analyzer, const anam_record *record,
                   int field)
{
    anam_arena_reset(&bag->arena);
    bag->n = 0;
    for (size_t i = 0; i < anam_field_strings(record, field); i++) {
        const char *text = anam_field_string(record, field, i);
        struct anam_token token;
        int got = 0;
        if (!text)
            continue;
        anam_analyzer_start(analyzer, text, strlen(text));
        while ((got = anam_analyzer_next(analyzer, &token)) > 0)
            if (!add(bag, &token))
                return false;
        if (got < 0)
            return false;
    }
    bag->length = (uint32_t)bag->n;
    count(bag);
    return true;
}

void anam_bag_free(struct anam_bag *bag)
{
    anam_arena_free(&bag->arena);
    free(bag->terms);
    *bag = (struct anam_bag){0};
}
