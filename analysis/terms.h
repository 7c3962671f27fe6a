/* The distinct terms of a text, with their counts. */
#ifndef ANAM_TERMS_H
#define ANAM_TERMS_H

#include "analysis/analyzer.h"
#include "base/alloc.h"
#include "base/hash.h"

struct anam_term {
    const char *term; /* in the arena */
    size_t len;
    uint32_t count;
};

/* {0} but for arena and key, which the caller sets, has no terms. */
struct anam_terms {
    struct anam_arena *arena;
    struct anam_hash_key key;
    struct anam_term *terms;
    size_t n;
    size_t cap;
    uint32_t *table; /* index + 1; open addressing */
    size_t slots;
    uint64_t tokens; /* counts, added up */
};

/* Analyses a text, which may be NULL, and counts its terms. false without memory. */
bool anam_terms_count(struct anam_terms *t, struct anam_analyzer *analyzer, const char *text,
                      size_t len);

/* Puts the terms in byte order, which ends the counting. */
void anam_terms_sort(struct anam_terms *t);

/* Forgets all terms; those in the arena are the caller's. */
void anam_terms_clear(struct anam_terms *t);
void anam_terms_free(struct anam_terms *t);

/* Byte order of terms; as strcmp. */
int anam_term_compare(const char *a, size_t a_len, const char *b, size_t b_len);

#endif
