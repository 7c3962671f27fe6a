#include "analysis/termcache.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/prefetch.h"

#include <stdlib.h>
#include <string.h>

/* Entries that a token can be in. Frequent words come early and stay in the first. */
enum { WAYS = 4 };

bool anam_term_cache_init(struct anam_term_cache *cache, size_t terms)
{
    size_t sets = 1;
    while (sets * WAYS < terms)
        sets *= 2;
    struct anam_hash_key random = anam_hash_random_key();
    *cache = (struct anam_term_cache){.sets = sets};
    for (size_t i = 0; i < ANAM_SHORT_WORDS; i++)
        cache->key[i] = anam_hash(random, &i, sizeof i) | 1;
    cache->terms = anam_new_array(sets * WAYS, sizeof *cache->terms);
    if (!cache->terms)
        cache->sets = 0;
    return cache->terms != NULL;
}

void anam_term_cache_free(struct anam_term_cache *cache)
{
    free(cache->terms);
    *cache = (struct anam_term_cache){0};
}

size_t anam_term_cache_memory(const struct anam_term_cache *cache)
{
    return cache->sets * WAYS * sizeof *cache->terms;
}

/* Cheap, and weak if the key were known; collisions cost no more than no cache would. */
struct anam_cached_term *anam_term_cache_set(const struct anam_term_cache *cache,
                                             const struct anam_short_word *token)
{
    uint64_t h = 0;
    for (size_t i = 0; i < ANAM_SHORT_WORDS; i++)
        h += token->bytes[i] * cache->key[i];
    h = (h ^ h >> 32) * cache->key[0];
    struct anam_cached_term *set = cache->terms + (h >> 32 & (cache->sets - 1)) * WAYS;
    anam_prefetch(set);
    return set;
}

static bool same(const struct anam_short_word *a, const struct anam_short_word *b)
{
    return ((a->bytes[0] ^ b->bytes[0]) | (a->bytes[1] ^ b->bytes[1]) |
            (a->bytes[2] ^ b->bytes[2])) == 0;
}

struct anam_cached_term *anam_term_cache_find(struct anam_cached_term *set,
                                              const struct anam_short_word *token)
{
    for (size_t i = 0; i < WAYS; i++) {
        if (!same(&set[i].token, token))
            continue;
        set[i].said = true;
        return &set[i];
    }
    return NULL;
}

struct anam_cached_term *anam_term_cache_add(struct anam_cached_term *set,
                                             const struct anam_short_word *token, const char *term,
                                             size_t len)
{
    static const struct anam_short_word none;
    size_t victim = 0;
    while (victim < WAYS && !same(&set[victim].token, &none))
        victim++;
    if (victim == WAYS) /* the last that was not said lately */
        for (victim = WAYS - 1; victim > 0 && set[victim].said; victim--)
            set[victim].said = false;
    struct anam_cached_term *t = &set[victim];
    *t = (struct anam_cached_term){.token = *token, .len = (uint8_t)len};
    if (len > 0) /* a stop word becomes nothing */
        memcpy(t->term, term, len);
    return t;
}

void anam_term_cache_clear_notes(struct anam_term_cache *cache)
{
    for (size_t i = 0; i < cache->sets * WAYS; i++)
        cache->terms[i].note = NULL;
}
