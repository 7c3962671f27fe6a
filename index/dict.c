#include "index/dict.h"

#include "base/prefetch.h"

#include <stdlib.h>
#include <string.h>

enum {
    ESCAPE = 15,      /* a length from which the rest follows */
    USUAL_PAYLOAD = 2 /* bytes; another number is told */
};

static int compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return order ? order : (a_len > b_len) - (a_len < b_len);
}

/* The first eight bytes of a key as a number in the order of keys; none of them is 0. */
static uint64_t prefix_of(const char *key, size_t len)
{
    uint64_t prefix = 0;
    for (size_t i = 0; i < 8; i++)
        prefix = prefix << 8 | (i < len ? (unsigned char)key[i] : 0);
    return prefix;
}

static void append_length(struct anam_buffer *out, size_t n)
{
    if (n >= ESCAPE)
        anam_buffer_append_varint(out, n - ESCAPE);
}

anam_status anam_dict_add(struct anam_dict_writer *w, const char *key, size_t len,
                          const struct anam_dict_value *value, anam_error *err)
{
    if (len > ANAM_MAX_KEY || (w->keys > 0 && compare(w->last, w->last_len, key, len) >= 0) ||
        (value && (value->n > ANAM_MAX_PAYLOAD || (w->keys > 0 && value->offset != w->end))))
        return anam_fail(err, ANAM_INVALID, "dictionary key out of order");
    char bytes[ANAM_MAX_KEY + ANAM_MAX_PAYLOAD + 64];
    struct anam_buffer entry = {bytes, 0, sizeof bytes}; /* never grows */
    size_t shared = 0;
    if (w->keys % ANAM_DICT_BLOCK == 0) {
        if (!anam_grow(&w->offsets, &w->cap_offsets, w->n_offsets + 1, sizeof *w->offsets))
            return anam_fail_memory(err);
        if (value && w->n_offsets % ANAM_GUIDED == 0) {
            if (!anam_grow(&w->guide, &w->cap_guide, w->n_guide + 1, sizeof *w->guide))
                return anam_fail_memory(err);
            w->guide[w->n_guide++] = prefix_of(key, len);
        }
        w->offsets[w->n_offsets++] = w->file->pos;
        if (value)
            anam_buffer_append_varint(&entry, value->offset);
    } else {
        while (shared < len && shared < w->last_len && key[shared] == w->last[shared])
            shared++;
    }
    size_t fresh = len - shared;
    unsigned char head = (unsigned char)((shared < ESCAPE ? shared : ESCAPE) << 4 |
                                         (fresh < ESCAPE ? fresh : ESCAPE));
    anam_buffer_append(&entry, &head, 1);
    append_length(&entry, shared);
    append_length(&entry, fresh);
    anam_buffer_append(&entry, key + shared, fresh);
    if (value) {
        bool usual = value->n == USUAL_PAYLOAD;
        anam_buffer_append_varint(&entry, value->bytes << 1 | !usual);
        if (!usual)
            anam_buffer_append_varint(&entry, value->n);
        anam_buffer_append(&entry, value->payload, value->n);
        w->end = value->offset + value->bytes;
    }
    memcpy(w->last, key, len);
    w->last_len = len;
    w->keys++;
    return anam_file_append(w->file, entry.data, entry.len, err);
}

/* Bytes of each block's offset, all of which are below `end`. */
static unsigned offset_width(uint64_t end)
{
    unsigned width = 1;
    while (width < 8 && end >> 8 * width)
        width++;
    return width;
}

anam_status anam_dict_end(struct anam_dict_writer *w, anam_error *err)
{
    uint64_t at = w->file->pos;
    unsigned width = offset_width(at);
    anam_status status = ANAM_OK;
    unsigned char bytes[16];
    for (size_t i = 0; i < w->n_offsets && !status; i++) {
        anam_store64(bytes, w->offsets[i]);
        status = anam_file_append(w->file, bytes, width, err);
    }
    for (size_t i = 0; i < w->n_guide && !status; i++) {
        anam_store64(bytes, w->guide[i]);
        status = anam_file_append(w->file, bytes, 8, err);
    }
    anam_store64(bytes, at);
    anam_store64(bytes + 8, w->keys);
    return status ? status : anam_file_append(w->file, bytes, 16, err);
}

void anam_dict_writer_free(struct anam_dict_writer *w)
{
    free(w->offsets);
    free(w->guide);
    *w = (struct anam_dict_writer){0};
}

anam_status anam_dict_open(struct anam_dict *d, const struct anam_map *map, uint64_t end,
                           bool values, anam_error *err)
{
    *d = (struct anam_dict){.map = map, .values = values};
    if (end < 16 || end > map->body)
        return anam_map_damaged(map, end, "dictionary is too short", err);
    const unsigned char *foot;
    anam_status status = anam_map_read(map, end - 16, 16, &foot, err);
    if (status)
        return status;
    d->offsets = anam_load64(foot);
    d->keys = anam_load64(foot + 8);
    d->blocks = d->keys / ANAM_DICT_BLOCK + (d->keys % ANAM_DICT_BLOCK != 0);
    d->width = offset_width(d->offsets);
    d->guides = values ? d->blocks / ANAM_GUIDED + (d->blocks % ANAM_GUIDED != 0) : 0;
    if (d->offsets > end - 16 || d->blocks > end || /* so that nothing overflows */
        d->blocks * d->width + 8 * d->guides != end - 16 - d->offsets)
        return anam_map_damaged(map, end - 16, "dictionary size", err);
    d->guide = d->offsets + d->blocks * d->width;
    return ANAM_OK;
}

/* Where a block begins, of which `at` is the offset. The dictionary's foot lies behind them. */
static uint64_t block_offset(const struct anam_dict *d, const unsigned char *at)
{
    return anam_load64(at) & UINT64_MAX >> (64 - 8 * d->width);
}

/* The bytes of a block; *offset is where the stretch of its first key begins. */
static anam_status block_at(const struct anam_dict *d, uint64_t block, struct anam_cursor *c,
                            uint64_t *offset, anam_error *err)
{
    *c = (struct anam_cursor){0};
    bool last = block + 1 == d->blocks;
    uint64_t at = d->offsets + d->width * block;
    const unsigned char *offsets;
    anam_status status = anam_map_read(d->map, at, last ? d->width : 2 * d->width, &offsets, err);
    if (status)
        return status;
    uint64_t from = block_offset(d, offsets);
    uint64_t to = last ? d->offsets : block_offset(d, offsets + d->width);
    if (from > to || to > d->offsets)
        return anam_map_damaged(d->map, at, "dictionary block offset", err);
    const unsigned char *bytes;
    status = anam_map_read(d->map, from, to - from, &bytes, err);
    if (!status)
        *c = anam_cursor_over(bytes, (size_t)(to - from));
    *offset = d->values ? anam_cursor_varint(c) : 0;
    return status;
}

/* A key and its value, where they lie. */
struct entry {
    size_t shared;
    size_t fresh;
    const unsigned char *suffix;
    uint64_t bytes;
    const unsigned char *payload;
    size_t n;
};

static size_t read_length(struct anam_cursor *c, size_t length)
{
    return length < ESCAPE ? length : ESCAPE + (size_t)anam_cursor_varint_max(c, ANAM_MAX_KEY);
}

static bool read_entry(const struct anam_dict *d, struct anam_cursor *c, struct entry *e)
{
    uint32_t head = anam_cursor_u8(c);
    e->shared = read_length(c, head >> 4);
    e->fresh = read_length(c, head & 0xF);
    e->suffix = anam_cursor_bytes(c, e->fresh);
    if (d->values) {
        e->bytes = anam_cursor_varint(c);
        e->n = e->bytes & 1 ? (size_t)anam_cursor_varint_max(c, ANAM_MAX_PAYLOAD) : USUAL_PAYLOAD;
        e->bytes >>= 1;
        e->payload = anam_cursor_bytes(c, e->n);
    }
    return !c->bad;
}

static anam_status damaged_entry(const struct anam_dict *d, const unsigned char *at,
                                 anam_error *err)
{
    return anam_map_damaged(d->map, (uint64_t)(at - d->map->bytes), "dictionary entry", err);
}

/* To the next key of the block and its value; the key itself is left as it was but for its
 * length. */
static anam_status advance(struct anam_dict_iter *it, struct entry *e, anam_error *err)
{
    const unsigned char *began = it->block.at;
    *e = (struct entry){0};
    if (!read_entry(it->dict, &it->block, e) || e->shared > it->len ||
        e->fresh > ANAM_MAX_KEY - e->shared)
        return damaged_entry(it->dict, began, err);
    it->len = e->shared + e->fresh;
    it->offset += it->bytes;
    it->bytes = e->bytes;
    it->payload = e->payload;
    it->payload_len = e->n;
    it->ordinal = it->next++;
    return ANAM_OK;
}

static anam_status step(struct anam_dict_iter *it, anam_error *err)
{
    struct entry e;
    anam_status status = advance(it, &e, err);
    if (status)
        return status;
    if (e.fresh <= ANAM_DICT_COPY && it->block.end - e.suffix >= ANAM_DICT_COPY)
        memcpy(it->key + e.shared, e.suffix, ANAM_DICT_COPY);
    else
        memcpy(it->key + e.shared, e.suffix, e.fresh);
    it->key[it->len] = '\0';
    return ANAM_OK;
}

/* Before the first key of a block. */
static anam_status enter_block(struct anam_dict_iter *it, uint64_t block, anam_error *err)
{
    it->len = 0;
    it->bytes = 0;
    it->payload = NULL;
    it->payload_len = 0;
    it->next = block * ANAM_DICT_BLOCK;
    return block_at(it->dict, block, &it->block, &it->offset, err);
}

void anam_dict_foresee(const struct anam_dict *d, uint64_t ordinal, bool block)
{
    if (ordinal >= d->keys)
        return;
    const unsigned char *offset =
        d->map->bytes + d->offsets + d->width * (ordinal / ANAM_DICT_BLOCK);
    if (!block) {
        anam_prefetch(offset);
    } else if (block_offset(d, offset) < d->offsets) {
        const unsigned char *begin = d->map->bytes + block_offset(d, offset);
        anam_prefetch(begin);
        anam_prefetch(begin + ANAM_CACHE_LINE); /* keys of 32 seldom fit into one */
    }
}

/* As many steps as are ordinary, up to key number `ordinal` of the same block, where keys have no
 * values. Most of the time of looking an id up goes by here. What is copied may reach into the next
 * block, but no entry may. */
static void stride(struct anam_dict_iter *it, uint64_t ordinal)
{
    const unsigned char *at = it->block.at;
    const unsigned char *end = it->dict->map->bytes + it->dict->offsets;
    size_t len = it->len;
    uint64_t next = it->next;
    for (; next <= ordinal && end - at > 3 + ANAM_MAX_KEY + ANAM_DICT_COPY; next++) {
        size_t shared = *at >> 4;
        size_t fresh = *at & 0xF;
        const unsigned char *suffix = at + 1;
        if (shared == ESCAPE)
            shared += *suffix++;
        if (fresh == ESCAPE)
            fresh += *suffix++;
        if (shared > len || shared >= ESCAPE + 0x80 || fresh >= ESCAPE + 0x80 ||
            shared + fresh > ANAM_MAX_KEY || suffix + fresh > it->block.end)
            break; /* for step, which does it or tells what is wrong */
        memcpy(it->key + shared, suffix, ANAM_DICT_COPY);
        if (fresh > ANAM_DICT_COPY)
            memcpy(it->key + shared + ANAM_DICT_COPY, suffix + ANAM_DICT_COPY,
                   fresh - ANAM_DICT_COPY);
        len = shared + fresh;
        at = suffix + fresh;
    }
    it->block.at = at;
    it->len = len;
    it->next = next;
    it->ordinal = next - 1;
    it->key[len] = '\0';
}

anam_status anam_dict_seek(struct anam_dict_iter *it, const struct anam_dict *d, uint64_t ordinal,
                           anam_error *err)
{
    it->dict = d;
    anam_status status = enter_block(it, ordinal / ANAM_DICT_BLOCK, err);
    while (!status && it->next <= ordinal) {
        if (!d->values)
            stride(it, ordinal);
        if (it->next <= ordinal)
            status = step(it, err);
    }
    return status;
}

anam_status anam_dict_next(struct anam_dict_iter *it, bool *more, anam_error *err)
{
    *more = it->next < it->dict->keys;
    if (!*more)
        return ANAM_OK;
    anam_status status = ANAM_OK;
    if (it->next % ANAM_DICT_BLOCK == 0)
        status = enter_block(it, it->next / ANAM_DICT_BLOCK, err);
    return status ? status : step(it, err);
}

/* The first key of a block, where it lies. */
static anam_status first_key(const struct anam_dict *d, uint64_t block, const unsigned char **key,
                             size_t *len, anam_error *err)
{
    struct anam_cursor c;
    struct entry e = {0};
    uint64_t offset;
    anam_status status = block_at(d, block, &c, &offset, err);
    const unsigned char *began = c.at;
    if (!status && (!read_entry(d, &c, &e) || e.shared > 0))
        status = damaged_entry(d, began, err);
    *key = e.suffix;
    *len = e.fresh;
    return status;
}

/* The blocks [*low, *high) of which one begins with the last key that is not above `key`, as far
 * as the guide tells. */
static anam_status follow_guide(const struct anam_dict *d, const char *key, size_t len,
                                uint64_t *low, uint64_t *high, anam_error *err)
{
    *low = 0;
    *high = d->blocks;
    if (d->guides < 2)
        return ANAM_OK;
    const unsigned char *guide;
    anam_status status = anam_map_read(d->map, d->guide, 8 * d->guides, &guide, err);
    if (status)
        return status;
    uint64_t prefix = prefix_of(key, len);
    uint64_t below = 0; /* the last that is less, or the first */
    for (uint64_t n = d->guides; n > 1; n -= n / 2)
        below += anam_load64(guide + 8 * (below + n / 2)) < prefix ? n / 2 : 0;
    uint64_t above = below + 1; /* the first that is more, mostly at once */
    for (uint64_t step = 1; step > 0 && above < d->guides;) {
        step = step < d->guides - above ? step : d->guides - above;
        if (anam_load64(guide + 8 * (above + step - 1)) > prefix) {
            step /= 2;
        } else {
            above += step;
            step *= 2;
        }
    }
    *low = below * ANAM_GUIDED;
    if (above < d->guides)
        *high = above * ANAM_GUIDED;
    return ANAM_OK;
}

void anam_dict_foresee_key(const struct anam_dict *d, const char *key, size_t len, bool blocks)
{
    uint64_t low;
    uint64_t high;
    if (follow_guide(d, key, len, &low, &high, NULL) || high - low > 2 * ANAM_GUIDED)
        return;
    for (uint64_t block = low; block < high; block++) {
        const unsigned char *offset = d->map->bytes + d->offsets + d->width * block;
        if (!blocks)
            anam_prefetch(offset);
        else if (block_offset(d, offset) < d->offsets)
            anam_prefetch(d->map->bytes + block_offset(d, offset));
    }
}

/* Looks for `key` in a block that was entered. What a key shares with the one before, which is
 * below `key`, mostly tells enough, and keys need not be put together: more than `key` does, and it
 * is below, too; less, and it is above. */
static anam_status find_in_block(struct anam_dict_iter *it, const char *key, size_t len,
                                 bool *found, anam_error *err)
{
    uint64_t left = it->dict->keys - it->next;
    size_t same = 0; /* bytes at the beginning of `key` that the one before has, too */
    for (uint64_t n = left < ANAM_DICT_BLOCK ? left : ANAM_DICT_BLOCK; n > 0; n--) {
        struct entry e;
        anam_status status = advance(it, &e, err);
        if (status || e.shared < same)
            return status;
        if (e.shared > same)
            continue;
        const char *suffix = (const char *)e.suffix;
        size_t most = it->len < len ? it->len : len;
        while (same < most && suffix[same - e.shared] == key[same])
            same++;
        if (same == len) {
            *found = it->len == len;
            memcpy(it->key, key, len);
            it->key[len] = '\0';
            return ANAM_OK;
        }
        if (same < it->len && (unsigned char)suffix[same - e.shared] > (unsigned char)key[same])
            return ANAM_OK;
    }
    return ANAM_OK;
}

anam_status anam_dict_find(const struct anam_dict *d, const char *key, size_t len,
                           struct anam_dict_iter *it, bool *found, anam_error *err)
{
    *found = false;
    it->dict = d;
    if (d->keys == 0)
        return ANAM_OK;
    uint64_t low; /* the last block whose first key is not above `key` */
    uint64_t high;
    anam_status status = follow_guide(d, key, len, &low, &high, err);
    if (status)
        return status;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        const unsigned char *first;
        size_t n;
        status = first_key(d, middle, &first, &n, err);
        if (status)
            return status;
        if (compare((const char *)first, n, key, len) <= 0)
            low = middle;
        else
            high = middle;
    }
    status = enter_block(it, low, err);
    return status ? status : find_in_block(it, key, len, found, err);
}
