#include "index/dict.h"

#include "base/prefetch.h"

#include <stdlib.h>
#include <string.h>

static int compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return order ? order : (a_len > b_len) - (a_len < b_len);
}

anam_status anam_dict_add(struct anam_dict_writer *w, const char *key, size_t len,
                          const void *payload, size_t n, anam_error *err)
{
    if (len > ANAM_MAX_KEY || n > ANAM_MAX_PAYLOAD ||
        (w->keys > 0 && compare(w->last, w->last_len, key, len) >= 0))
        return anam_fail(err, ANAM_INVALID, "dictionary key out of order");
    size_t shared = 0;
    if (w->keys % ANAM_DICT_BLOCK == 0) {
        if (!anam_grow(&w->offsets, &w->cap_offsets, w->n_offsets + 1, sizeof *w->offsets))
            return anam_fail_memory(err);
        w->offsets[w->n_offsets++] = w->file->pos;
    } else {
        while (shared < len && shared < w->last_len && key[shared] == w->last[shared])
            shared++;
    }
    char bytes[ANAM_MAX_KEY + ANAM_MAX_PAYLOAD + 32];
    struct anam_buffer entry = {bytes, 0, sizeof bytes}; /* never grows */
    anam_buffer_append_varint(&entry, shared);
    anam_buffer_append_varint(&entry, len - shared);
    anam_buffer_append(&entry, key + shared, len - shared);
    anam_buffer_append_varint(&entry, n);
    anam_buffer_append(&entry, payload, n);
    memcpy(w->last, key, len);
    w->last_len = len;
    w->keys++;
    return anam_file_append(w->file, entry.data, entry.len, err);
}

anam_status anam_dict_end(struct anam_dict_writer *w, anam_error *err)
{
    uint64_t at = w->file->pos;
    anam_status status = ANAM_OK;
    unsigned char bytes[16];
    for (size_t i = 0; i < w->n_offsets && !status; i++) {
        anam_store64(bytes, w->offsets[i]);
        status = anam_file_append(w->file, bytes, 8, err);
    }
    anam_store64(bytes, at);
    anam_store64(bytes + 8, w->keys);
    return status ? status : anam_file_append(w->file, bytes, 16, err);
}

void anam_dict_writer_free(struct anam_dict_writer *w)
{
    free(w->offsets);
    *w = (struct anam_dict_writer){0};
}

anam_status anam_dict_open(struct anam_dict *d, const struct anam_map *map, uint64_t end,
                           anam_error *err)
{
    *d = (struct anam_dict){.map = map};
    if (end < 16 || end > map->body)
        return anam_map_damaged(map, end, "dictionary is too short", err);
    const unsigned char *foot;
    anam_status status = anam_map_read(map, end - 16, 16, &foot, err);
    if (status)
        return status;
    d->offsets = anam_load64(foot);
    d->keys = anam_load64(foot + 8);
    d->blocks = d->keys / ANAM_DICT_BLOCK + (d->keys % ANAM_DICT_BLOCK != 0);
    if (d->offsets > end - 16 || d->blocks != (end - 16 - d->offsets) / 8 ||
        (end - 16 - d->offsets) % 8 != 0)
        return anam_map_damaged(map, end - 16, "dictionary size", err);
    return ANAM_OK;
}

/* The bytes of a block. */
static anam_status block_at(const struct anam_dict *d, uint64_t block, struct anam_cursor *c,
                            anam_error *err)
{
    *c = (struct anam_cursor){0};
    uint64_t n = block + 1 < d->blocks ? 16 : 8;
    const unsigned char *offsets;
    anam_status status = anam_map_read(d->map, d->offsets + 8 * block, n, &offsets, err);
    if (status)
        return status;
    uint64_t from = anam_load64(offsets);
    uint64_t to = n == 16 ? anam_load64(offsets + 8) : d->offsets;
    if (from > to || to > d->offsets)
        return anam_map_damaged(d->map, d->offsets + 8 * block, "dictionary block offset", err);
    const unsigned char *bytes;
    status = anam_map_read(d->map, from, to - from, &bytes, err);
    if (!status)
        *c = anam_cursor_over(bytes, (size_t)(to - from));
    return status;
}

/* The head of an entry, of which nearly all have numbers of one byte. */
static bool read_entry(struct anam_cursor *c, size_t *shared, size_t *fresh,
                       const unsigned char **suffix, const unsigned char **payload, size_t *n)
{
    const unsigned char *at = c->at;
    size_t left = anam_cursor_left(c);
    if (left > 2 && (at[0] | at[1]) < 0x80 && left > 2 + (size_t)at[1] && at[2 + at[1]] < 0x80 &&
        left - 3 - at[1] >= at[2 + at[1]]) {
        *shared = at[0];
        *fresh = at[1];
        *suffix = at + 2;
        *n = at[2 + at[1]];
        *payload = at + 3 + at[1];
        c->at = *payload + *n;
        return *n <= ANAM_MAX_PAYLOAD;
    }
    *shared = (size_t)anam_cursor_varint_max(c, ANAM_MAX_KEY);
    *fresh = (size_t)anam_cursor_varint_max(c, ANAM_MAX_KEY);
    *suffix = anam_cursor_bytes(c, *fresh);
    *n = (size_t)anam_cursor_varint_max(c, ANAM_MAX_PAYLOAD);
    *payload = anam_cursor_bytes(c, *n);
    return !c->bad;
}

static anam_status damaged_entry(const struct anam_dict *d, const unsigned char *at,
                                 anam_error *err)
{
    return anam_map_damaged(d->map, (uint64_t)(at - d->map->bytes), "dictionary entry", err);
}

static anam_status step(struct anam_dict_iter *it, anam_error *err)
{
    const unsigned char *began = it->block.at;
    const unsigned char *suffix;
    size_t shared;
    size_t fresh;
    if (!read_entry(&it->block, &shared, &fresh, &suffix, &it->payload, &it->payload_len) ||
        shared > it->len || fresh > ANAM_MAX_KEY - shared)
        return damaged_entry(it->dict, began, err);
    if (fresh <= ANAM_DICT_COPY && it->block.end - suffix >= ANAM_DICT_COPY)
        memcpy(it->key + shared, suffix, ANAM_DICT_COPY);
    else
        memcpy(it->key + shared, suffix, fresh);
    it->len = shared + fresh;
    it->key[it->len] = '\0';
    it->ordinal = it->next++;
    return ANAM_OK;
}

static anam_status enter_block(struct anam_dict_iter *it, uint64_t block, anam_error *err)
{
    it->len = 0;
    it->next = block * ANAM_DICT_BLOCK;
    anam_status status = block_at(it->dict, block, &it->block, err);
    return status ? status : step(it, err);
}

void anam_dict_foresee(const struct anam_dict *d, uint64_t ordinal, bool block)
{
    const unsigned char *offset = d->map->bytes + d->offsets + 8 * (ordinal / ANAM_DICT_BLOCK);
    if (ordinal >= d->keys)
        return;
    if (!block)
        anam_prefetch(offset);
    else if (anam_load64(offset) < d->offsets)
        anam_prefetch(d->map->bytes + anam_load64(offset));
}

anam_status anam_dict_seek(struct anam_dict_iter *it, const struct anam_dict *d, uint64_t ordinal,
                           anam_error *err)
{
    it->dict = d;
    anam_status status = enter_block(it, ordinal / ANAM_DICT_BLOCK, err);
    while (!status && it->ordinal < ordinal)
        status = step(it, err);
    return status;
}

anam_status anam_dict_next(struct anam_dict_iter *it, bool *more, anam_error *err)
{
    *more = it->next < it->dict->keys;
    if (!*more)
        return ANAM_OK;
    if (it->next % ANAM_DICT_BLOCK == 0)
        return enter_block(it, it->next / ANAM_DICT_BLOCK, err);
    return step(it, err);
}

/* The first key of a block, where it lies. */
static anam_status first_key(const struct anam_dict *d, uint64_t block, const unsigned char **key,
                             size_t *len, anam_error *err)
{
    struct anam_cursor c;
    const unsigned char *payload;
    size_t shared;
    size_t n;
    anam_status status = block_at(d, block, &c, err);
    const unsigned char *began = c.at;
    if (!status && (!read_entry(&c, &shared, len, key, &payload, &n) || shared > 0))
        status = damaged_entry(d, began, err);
    return status;
}

anam_status anam_dict_find(const struct anam_dict *d, const char *key, size_t len,
                           struct anam_dict_iter *it, bool *found, anam_error *err)
{
    *found = false;
    it->dict = d;
    if (d->keys == 0)
        return ANAM_OK;
    uint64_t low = 0; /* the last block whose first key is not above `key` */
    uint64_t high = d->blocks;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        const unsigned char *first;
        size_t n;
        anam_status status = first_key(d, middle, &first, &n, err);
        if (status)
            return status;
        if (compare((const char *)first, n, key, len) <= 0)
            low = middle;
        else
            high = middle;
    }
    anam_status status = enter_block(it, low, err);
    while (!status) {
        int order = compare(it->key, it->len, key, len);
        *found = order == 0;
        if (order >= 0 || it->next >= d->keys || it->next % ANAM_DICT_BLOCK == 0)
            return ANAM_OK;
        status = step(it, err);
    }
    return status;
}
