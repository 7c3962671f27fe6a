#include "indexer/xapian_bag.h"

#include "index/record.h"

#include <string.h>

bool anam_bag_fill(struct anam_bag *bag, struct anam_analyzer *analyzer, const anam_record *record,
                   int field)
{
    anam_arena_reset(&bag->arena);
    anam_terms_clear(&bag->terms);
    if (!bag->terms.arena) {
        bag->terms.arena = &bag->arena;
        bag->terms.key = anam_hash_random_key();
    }
    for (size_t i = 0; i < anam_field_strings(record, field); i++) {
        const char *text = anam_field_string(record, field, i);
        if (!anam_terms_count(&bag->terms, analyzer, text, text ? strlen(text) : 0))
            return false;
    }
    anam_terms_sort(&bag->terms);
    return true;
}

void anam_bag_free(struct anam_bag *bag)
{
    anam_terms_free(&bag->terms);
    anam_arena_free(&bag->arena);
}
