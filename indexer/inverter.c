#include "indexer/inverter.h"

#include <stdlib.h>
#include <string.h>

/* Postings bytes grow in a chain of slices, each twice the one before. */
struct slice {
    struct slice *next;
    uint32_t size;
    uint32_t used;
    unsigned char bytes[];
};

enum { FIRST_SLICE = 16, LAST_SLICE = 4096 };

struct chain {
    struct slice *first;
    struct slice *last;
    uint64_t bytes;
    uint32_t document; /* of the newest posting */
};

struct anam_inverted {
    uint64_t hash;
    const char *term;
    uint32_t len;
    uint32_t tf; /* in the field being read */
    struct chain chains[ANAM_N_FIELDS];
};

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
    uint64_t hash = anam_hash(inv->key, term, len);
    size_t at = hash & (inv->slots - 1);
    for (; inv->table[at]; at = (at + 1) & (inv->slots - 1)) {
        struct anam_inverted *t = inv->table[at];
        if (t->hash == hash && t->len == len && memcmp(t->term, term, len) == 0)
            return t;
    }
    struct anam_inverted *t = anam_arena_array(&inv->arena, 1, sizeof *t);
    const char *copy = t ? anam_arena_copy(&inv->arena, term, len) : NULL;
    if (!copy)
        return NULL;
    t->hash = hash;
    t->term = copy;
    t->len = (uint32_t)len;
    inv->table[at] = t;
    inv->terms++;
    return t;
}

bool anam_inverter_count(struct anam_inverter *inv, const char *term, size_t len)
{
    struct anam_inverted *t = find_or_add(inv, term, len);
    if (!t)
        return false;
    if (t->tf++ == 0) {
        if (!anam_grow(&inv->touched, &inv->cap_touched, inv->n_touched + 1,
                       sizeof(struct anam_inverted *)))
            return false;
        inv->touched[inv->n_touched++] = t;
    }
    return true;
}

static bool put_byte(struct anam_inverter *inv, struct chain *c, unsigned char byte)
{
    if (!c->last || c->last->used == c->last->size) {
        uint32_t size = c->last ? c->last->size * 2 : FIRST_SLICE;
        size = size < LAST_SLICE ? size : LAST_SLICE;
        struct slice *s = anam_arena_alloc(&inv->arena, sizeof *s + size);
        if (!s)
            return false;
        *s = (struct slice){.size = size};
        if (c->last)
            c->last->next = s;
        else
            c->first = s;
        c->last = s;
    }
    c->last->bytes[c->last->used++] = byte;
    c->bytes++;
    return true;
}

static bool put_varint(struct anam_inverter *inv, struct chain *c, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        if (!put_byte(inv, c, (unsigned char)(v | 0x80)))
            return false;
    return put_byte(inv, c, (unsigned char)v);
}

bool anam_inverter_end_field(struct anam_inverter *inv, uint32_t document, int field)
{
    for (size_t i = 0; i < inv->n_touched; i++) {
        struct anam_inverted *t = inv->touched[i];
        struct chain *c = &t->chains[field];
        uint64_t gap = document - c->document;
        if (!put_varint(inv, c, gap << 1 | (t->tf == 1)) ||
            (t->tf > 1 && !put_varint(inv, c, t->tf)))
            return false;
        c->document = document;
        t->tf = 0;
    }
    inv->n_touched = 0;
    return true;
}

static int compare_terms(const void *a, const void *b)
{
    const struct anam_inverted *const *x = a;
    const struct anam_inverted *const *y = b;
    size_t n = (*x)->len < (*y)->len ? (*x)->len : (*y)->len;
    int order = memcmp((*x)->term, (*y)->term, n);
    return order ? order : ((*x)->len > (*y)->len) - ((*x)->len < (*y)->len);
}

static anam_status write_chain(struct anam_file_writer *file, const struct anam_inverted *t,
                               int field, anam_error *err)
{
    const struct chain *c = &t->chains[field];
    char bytes[ANAM_MAX_KEY + 32];
    struct anam_buffer head = {bytes, 0, sizeof bytes}; /* never grows */
    unsigned char field_byte = (unsigned char)field;
    anam_buffer_append_varint(&head, t->len);
    anam_buffer_append(&head, t->term, t->len);
    anam_buffer_append(&head, &field_byte, 1);
    anam_buffer_append_varint(&head, c->bytes);
    anam_status status = anam_file_append(file, head.data, head.len, err);
    for (const struct slice *s = c->first; s && !status; s = s->next)
        status = anam_file_append(file, s->bytes, s->used, err);
    return status;
}

anam_status anam_inverter_write_run(struct anam_inverter *inv, struct anam_file_writer *file,
                                    anam_error *err)
{
    /* The table itself is sorted: nothing is looked up in it any more. */
    size_t n = 0;
    for (size_t i = 0; i < inv->slots; i++)
        if (inv->table[i])
            inv->table[n++] = inv->table[i];
    if (n > 0)
        qsort(inv->table, n, sizeof(struct anam_inverted *), compare_terms);
    anam_status status = ANAM_OK;
    for (size_t i = 0; i < n && !status; i++)
        for (int f = 0; f < ANAM_N_FIELDS && !status; f++)
            if (inv->table[i]->chains[f].bytes > 0)
                status = write_chain(file, inv->table[i], f, err);
    struct anam_hash_key key = inv->key;
    anam_inverter_free(inv);
    inv->key = key;
    return status;
}
