/* What folded tokens became, so that a word is stopped and stemmed once and not each time
 * it is said. Bounded: a new word takes the place of one that was not said lately. */
#ifndef ANAM_TERMCACHE_H
#define ANAM_TERMCACHE_H

#include "analysis/ascii.h"

struct anam_cached_term {
    struct anam_short_word token; /* all zero: free */
    void *note;                   /* of the analyzer's user, see anam_token */
    char term[ANAM_SHORT_WORD];   /* NUL-terminated */
    uint8_t len;                  /* of the term; 0: the token gives none */
    bool said;                    /* since the hand passed */
};

struct anam_term_cache {
    uint64_t key[ANAM_SHORT_WORDS]; /* odd; secret, so that no text can be written to miss */
    struct anam_cached_term *terms;
    size_t sets; /* a power of two; 0: no cache */
};

/* Room for about so many terms, 64 bytes each. false without memory. */
bool anam_term_cache_init(struct anam_term_cache *cache, size_t terms);
void anam_term_cache_free(struct anam_term_cache *cache);

/* Bytes it holds. */
size_t anam_term_cache_memory(const struct anam_term_cache *cache);

/* Where the entry of a token is, if there is one, on its way from memory. */
struct anam_cached_term *anam_term_cache_set(const struct anam_term_cache *cache,
                                             const struct anam_short_word *token);

/* The entry of a token, of whose set this is, or NULL. It stays until the next
 * anam_term_cache_add. */
struct anam_cached_term *anam_term_cache_find(struct anam_cached_term *set,
                                              const struct anam_short_word *token);

/* Enters a token that is not there; len is less than ANAM_SHORT_WORD. */
struct anam_cached_term *anam_term_cache_add(struct anam_cached_term *set,
                                             const struct anam_short_word *token, const char *term,
                                             size_t len);

/* Sets every note to NULL. */
void anam_term_cache_clear_notes(struct anam_term_cache *cache);

#endif
