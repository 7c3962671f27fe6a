#include "indexer/inverter.h"

#include "base/prefetch.h"

#include <stdlib.h>
#include <string.h>

/* The bytes of a posting list grow in a chain of slices, each twice as large as the one
 * before, with the address of the next one in its last bytes. */
enum { FIRST_SLICE = 16, DOUBLINGS = 8, LINK = sizeof(unsigned char *) };

enum { AHEAD = 8 }; /* terms whose slices are on their way */

/* The next byte goes to `at`; the slice's link is at `end`. */
struct chain {
    unsigned char *at; /* NULL: no slice yet */
    unsigned char *end;
};

/* What is needed only for a new slice, a new term or when a run is written. */
struct named {
    unsigned char *first[ANAM_N_FIELDS]; /* slice of each chain */
    uint8_t doublings[ANAM_N_FIELDS];    /* of the newest slice, up to DOUBLINGS */
    uint16_t len;
    char term[];
};

/* All that a posting touches besides its slice. */
struct anam_inverted {
    uint32_t tf; /* in the field being read */
    uint32_t hash;
    uint32_t postings[ANAM_N_FIELDS];
    uint32_t document[ANAM_N_FIELDS]; /* of the newest posting */
    struct chain chains[ANAM_N_FIELDS];
    struct named *named;
};

_Static_assert(sizeof(void *) < 8 || sizeof(struct anam_inverted) == ANAM_CACHE_LINE,
               "one line of the cache a posting");

void anam_inverter_init(struct anam_inverter *inv)
{
    *inv = (struct anam_inverter){.key = anam_hash_random_key()};
}

void anam_inverter_free(struct anam_inverter *inv)
{
    anam_arena_free(&inv->arena);
    free(inv->table);
    free(inv->touched);
    *inv = (struct anam_inverter){0};
}

size_t anam_inverter_memory(const struct anam_inverter *inv)
{
    return inv->arena.total + inv->slots * sizeof(struct anam_inverted *) +
           inv->cap_touched * sizeof(struct anam_inverted *);
}

static bool grow_table(struct anam_inverter *inv)
{
    size_t slots = inv->slots > 0 ? inv->slots * 2 : 1024;
    struct anam_inverted **table = anam_new_array(slots, sizeof(struct anam_inverted *));
    if (!table)
        return false;
    for (size_t i = 0; i < inv->slots; i++) {
        struct anam_inverted *t = inv->table[i];
        if (!t)
            continue;
        size_t at = t->hash & (slots - 1);
        while (table[at])
            at = (at + 1) & (slots - 1);
        table[at] = t;
    }
    free(inv->table);
    inv->table = table;
    inv->slots = slots;
    return true;
}

static struct anam_inverted *find_or_add(struct anam_inverter *inv, const char *term, size_t len)
{
    if (inv->terms * 2 >= inv->slots && !grow_table(inv))
        return NULL;
    uint32_t hash = (uint32_t)anam_hash(inv->key, term, len);
    size_t at = hash & (inv->slots - 1);
    for (; inv->table[at]; at = (at + 1) & (inv->slots - 1)) {
        struct anam_inverted *t = inv->table[at];
        if (t->hash == hash && t->named->len == len && memcmp(t->named->term, term, len) == 0)
            return t;
    }
    struct anam_inverted *t = anam_arena_array(&inv->arena, 1, sizeof *t);
    struct named *named = t ? anam_arena_alloc(&inv->arena, sizeof *named + len) : NULL;
    if (!named)
        return NULL;
    *named = (struct named){.len = (uint16_t)len};
    memcpy(named->term, term, len);
    t->hash = hash;
    t->named = named;
    inv->table[at] = t;
    inv->terms++;
    return t;
}

/* Counts the terms that wait. */
static bool settle(struct anam_inverter *inv)
{
    size_t n = inv->n_waiting;
    inv->n_waiting = 0;
    if (!anam_grow(&inv->touched, &inv->cap_touched, inv->n_touched + n,
                   sizeof(struct anam_inverted *)))
        return false;
    for (size_t i = 0; i < n; i++)
        if (inv->waiting[i]->tf++ == 0)
            inv->touched[inv->n_touched++] = inv->waiting[i];
    return true;
}

bool anam_inverter_count(struct anam_inverter *inv, const char *term, size_t len, void **note)
{
    struct anam_inverted *t = note ? *note : NULL;
    if (!t) {
        t = find_or_add(inv, term, len);
        if (!t)
            return false;
        if (note)
            *note = t;
    }
    anam_prefetch(t);
    inv->waiting[inv->n_waiting++] = t;
    return inv->n_waiting < ANAM_INVERTER_WAITING || settle(inv);
}

static bool add_slice(struct anam_inverter *inv, struct anam_inverted *t, int field)
{
    struct chain *c = &t->chains[field];
    uint8_t *doublings = &t->named->doublings[field];
    if (c->at && *doublings < DOUBLINGS)
        ++*doublings;
    size_t size = (size_t)FIRST_SLICE << *doublings;
    unsigned char *slice = anam_arena_alloc(&inv->arena, size);
    if (!slice)
        return false;
    if (c->at)
        memcpy(c->end, &slice, LINK);
    else
        t->named->first[field] = slice;
    c->at = slice;
    c->end = slice + size - LINK;
    return true;
}

static inline bool put_varint(struct anam_inverter *inv, struct anam_inverted *t, int field,
                              uint64_t v)
{
    struct chain *c = &t->chains[field];
    for (;; v >>= 7) {
        if (c->at == c->end && !add_slice(inv, t, field))
            return false;
        if (v < 0x80)
            break;
        *c->at++ = (unsigned char)(v | 0x80);
    }
    *c->at++ = (unsigned char)v;
    return true;
}

bool anam_inverter_end_field(struct anam_inverter *inv, uint32_t document, int field)
{
    if (!settle(inv))
        return false;
    for (size_t i = 0; i < inv->n_touched; i++) {
        struct anam_inverted *t = inv->touched[i];
        if (i + AHEAD < inv->n_touched)
            anam_prefetch(inv->touched[i + AHEAD]->chains[field].at);
        uint64_t gap = document - t->document[field];
        if (!put_varint(inv, t, field, gap << 1 | (t->tf == 1)) ||
            (t->tf > 1 && !put_varint(inv, t, field, t->tf)))
            return false;
        t->document[field] = document;
        t->postings[field]++;
        t->tf = 0;
    }
    inv->n_touched = 0;
    return true;
}

/* A slice of a chain while it is read from its first one on. */
struct walk {
    const struct chain *chain;
    unsigned char *slice;
    unsigned doublings;
    size_t used; /* bytes of postings in this slice */
};

static void walk_to(struct walk *w, unsigned char *slice)
{
    unsigned char *end = slice + ((size_t)FIRST_SLICE << w->doublings) - LINK;
    w->slice = slice;
    w->used = (size_t)((end == w->chain->end ? w->chain->at : end) - slice);
}

static bool walk_begin(struct walk *w, const struct anam_inverted *t, int field)
{
    *w = (struct walk){.chain = &t->chains[field]};
    if (!t->named->first[field])
        return false;
    walk_to(w, t->named->first[field]);
    return true;
}

static bool walk_on(struct walk *w)
{
    unsigned char *end = w->slice + ((size_t)FIRST_SLICE << w->doublings) - LINK;
    if (end == w->chain->end)
        return false;
    unsigned char *next;
    memcpy(&next, end, LINK);
    if (w->doublings < DOUBLINGS)
        w->doublings++;
    walk_to(w, next);
    return true;
}

static anam_status write_chain(struct anam_file_writer *file, const struct anam_inverted *t,
                               int field, anam_error *err)
{
    struct walk w;
    uint64_t total = 0;
    for (bool more = walk_begin(&w, t, field); more; more = walk_on(&w))
        total += w.used;
    if (total == 0)
        return ANAM_OK;
    char bytes[ANAM_MAX_KEY + 32];
    struct anam_buffer head = {bytes, 0, sizeof bytes}; /* never grows */
    unsigned char field_byte = (unsigned char)field;
    anam_buffer_append_varint(&head, t->named->len);
    anam_buffer_append(&head, t->named->term, t->named->len);
    anam_buffer_append(&head, &field_byte, 1);
    anam_buffer_append_varint(&head, t->postings[field]);
    anam_buffer_append_varint(&head, total);
    anam_status status = anam_file_append(file, head.data, head.len, err);
    for (bool more = walk_begin(&w, t, field); more && !status; more = walk_on(&w))
        status = anam_file_append(file, w.slice, w.used, err);
    return status;
}

/* The first bytes of a term settle most comparisons without a look at the term. */
struct sortable {
    uint64_t prefix;
    const struct anam_inverted *term;
};

static uint64_t prefix_of(const struct anam_inverted *t)
{
    uint64_t prefix = 0;
    for (unsigned i = 0; i < 8; i++)
        prefix = prefix << 8 | (i < t->named->len ? (unsigned char)t->named->term[i] : 0);
    return prefix;
}

static int compare_terms(const void *a, const void *b)
{
    const struct sortable *x = a;
    const struct sortable *y = b;
    if (x->prefix != y->prefix)
        return x->prefix < y->prefix ? -1 : 1;
    size_t x_len = x->term->named->len;
    size_t y_len = y->term->named->len;
    int order = memcmp(x->term->named->term, y->term->named->term, x_len < y_len ? x_len : y_len);
    return order ? order : (x_len > y_len) - (x_len < y_len);
}

static void empty(struct anam_inverter *inv)
{
    struct anam_hash_key key = inv->key;
    anam_inverter_free(inv);
    inv->key = key;
}

anam_status anam_inverter_write_run(struct anam_inverter *inv, struct anam_file_writer *file,
                                    anam_error *err)
{
    struct sortable *sorted = anam_new_array(inv->terms, sizeof *sorted);
    if (!sorted)
        return anam_fail_memory(err);
    size_t n = 0;
    for (size_t i = 0; i < inv->slots; i++)
        if (inv->table[i])
            sorted[n++] = (struct sortable){prefix_of(inv->table[i]), inv->table[i]};
    if (n > 0)
        qsort(sorted, n, sizeof *sorted, compare_terms);
    anam_status status = ANAM_OK;
    for (size_t i = 0; i < n && !status; i++)
        for (int f = 0; f < ANAM_N_FIELDS && !status; f++)
            status = write_chain(file, sorted[i].term, f, err);
    free(sorted);
    empty(inv);
    return status;
}
