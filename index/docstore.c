#include "index/docstore.h"

#include "base/bytes.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

enum {
    FOOT_BYTES = 16,
    TABLE_ENTRY = 12,
    BLOCK_HEAD = 8,
    QUICK = 1,     /* level of libdeflate: as small as zlib's 4 at three times the speed */
    SMALL = 6,     /* a tenth smaller, three times as long */
    KEEP = 1 << 20 /* bytes of a usual block, kept for the next one */
};

/* A record has at most ANAM_MAX_RECORD bytes of text; the rest is its framing. */
static const size_t max_raw = 2 * ANAM_MAX_RECORD;

void anam_docpacker_free(struct anam_docpacker *p)
{
    if (p->compressor)
        libdeflate_free_compressor(p->compressor);
    anam_buffer_free(&p->raw);
    *p = (struct anam_docpacker){0};
}

/* Puts the block together as it is before compression. */
static bool fill_raw(struct anam_docpacker *p, const void *records, const uint32_t *ends,
                     uint32_t from, size_t n)
{
    unsigned char number[4];
    p->raw.len = 0;
    anam_store32(number, (uint32_t)n);
    bool ok = anam_buffer_append(&p->raw, number, 4);
    for (size_t i = 0; i < n && ok; i++) {
        anam_store32(number, ends[i] - from);
        ok = anam_buffer_append(&p->raw, number, 4);
    }
    return ok && anam_buffer_append(&p->raw, records, ends[n - 1] - from);
}

anam_status anam_docpacker_pack(struct anam_docpacker *p, const void *records, const uint32_t *ends,
                                uint32_t from, size_t n, struct anam_buffer *out, anam_error *err)
{
    if (ends[n - 1] - from > max_raw - 4 - 4 * n)
        return anam_fail(err, ANAM_BAD_DATA, "record is too large to store");
    if (!p->compressor)
        p->compressor = libdeflate_alloc_compressor(p->small ? SMALL : QUICK);
    if (!p->compressor || !fill_raw(p, records, ends, from, n))
        return anam_fail_memory(err);
    size_t bound = libdeflate_zlib_compress_bound(p->compressor, p->raw.len);
    if (!anam_buffer_reserve(out, BLOCK_HEAD + bound))
        return anam_fail_memory(err);
    char *block = out->data + out->len;
    size_t packed =
        libdeflate_zlib_compress(p->compressor, p->raw.data, p->raw.len, block + BLOCK_HEAD, bound);
    unsigned char sizes[BLOCK_HEAD];
    anam_store32(sizes, (uint32_t)p->raw.len);
    anam_store32(sizes + 4, (uint32_t)packed);
    memcpy(block, sizes, BLOCK_HEAD);
    out->len += BLOCK_HEAD + packed;
    if (p->raw.cap > KEEP)
        anam_buffer_free(&p->raw);
    return packed > 0 ? ANAM_OK : anam_fail_memory(err); /* there is room for sure */
}

anam_status anam_docstore_put(struct anam_docstore_writer *w, const void *block, size_t n,
                              uint32_t records, anam_error *err)
{
    unsigned char entry[TABLE_ENTRY];
    anam_store64(entry, w->file->pos);
    anam_store32(entry + 8, w->documents);
    if (!anam_buffer_append(&w->table, entry, sizeof entry))
        return anam_fail_memory(err);
    w->blocks++;
    w->documents += records;
    return anam_file_append(w->file, block, n, err);
}

static anam_status close_block(struct anam_docstore_writer *w, anam_error *err)
{
    if (w->n_ends == 0)
        return ANAM_OK;
    w->packed.len = 0;
    anam_status status = anam_docpacker_pack(&w->packer, w->raw.data ? w->raw.data : "", w->ends, 0,
                                             w->n_ends, &w->packed, err);
    if (!status)
        status = anam_docstore_put(w, w->packed.data, w->packed.len, (uint32_t)w->n_ends, err);
    w->n_ends = 0;
    w->raw.len = 0;
    return status;
}

anam_status anam_docstore_add(struct anam_docstore_writer *w, const void *record, size_t n,
                              anam_error *err)
{
    if (n > max_raw - ANAM_BLOCK_BYTES - 4 * ANAM_BLOCK_BYTES)
        return anam_fail(err, ANAM_BAD_DATA, "record is too large to store");
    if (!anam_buffer_append(&w->raw, record, n) ||
        !anam_grow(&w->ends, &w->cap_ends, w->n_ends + 1, sizeof *w->ends))
        return anam_fail_memory(err);
    w->ends[w->n_ends++] = (uint32_t)w->raw.len;
    return anam_docblock_full(w->raw.len, w->n_ends) ? close_block(w, err) : ANAM_OK;
}

anam_status anam_docstore_end(struct anam_docstore_writer *w, anam_error *err)
{
    anam_status status = close_block(w, err);
    uint64_t table = w->file->pos;
    if (!status && w->table.len > 0)
        status = anam_file_append(w->file, w->table.data, w->table.len, err);
    unsigned char foot[FOOT_BYTES];
    anam_store64(foot, table);
    anam_store32(foot + 8, w->blocks);
    anam_store32(foot + 12, w->documents);
    return status ? status : anam_file_append(w->file, foot, sizeof foot, err);
}

void anam_docstore_writer_free(struct anam_docstore_writer *w)
{
    anam_docpacker_free(&w->packer);
    anam_buffer_free(&w->raw);
    anam_buffer_free(&w->packed);
    anam_buffer_free(&w->table);
    free(w->ends);
    *w = (struct anam_docstore_writer){0};
}

anam_status anam_docstore_open(struct anam_docstore *d, const struct anam_map *map,
                               uint32_t documents, anam_error *err)
{
    *d = (struct anam_docstore){.map = map};
    if (map->body < FOOT_BYTES)
        return anam_map_damaged(map, map->body, "too short", err);
    const unsigned char *foot;
    uint64_t at = map->body - FOOT_BYTES;
    anam_status status = anam_map_read(map, at, FOOT_BYTES, &foot, err);
    if (status)
        return status;
    d->table = anam_load64(foot);
    d->blocks = anam_load32(foot + 8);
    d->documents = anam_load32(foot + 12);
    if (d->documents != documents)
        return anam_map_damaged(map, at, "number of documents differs from the manifest's", err);
    uint64_t table_bytes = (uint64_t)d->blocks * TABLE_ENTRY;
    if (d->table > at || at - d->table != table_bytes)
        return anam_map_damaged(map, at, "table of blocks", err);
    return ANAM_OK;
}

static anam_status entry_at(const struct anam_docstore *d, uint32_t block, uint64_t *offset,
                            uint32_t *first, anam_error *err)
{
    const unsigned char *entry;
    anam_status status =
        anam_map_read(d->map, d->table + (uint64_t)block * TABLE_ENTRY, TABLE_ENTRY, &entry, err);
    if (status)
        return status;
    *offset = anam_load64(entry);
    *first = anam_load32(entry + 8);
    return ANAM_OK;
}

/* The last block that begins at or before the document. */
static anam_status find_block(const struct anam_docstore *d, uint32_t document, uint64_t *offset,
                              uint32_t *first, anam_error *err)
{
    uint32_t low = 0;
    uint32_t high = d->blocks;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        anam_status status = entry_at(d, middle, offset, first, err);
        if (status)
            return status;
        if (*first <= document)
            low = middle;
        else
            high = middle;
    }
    return entry_at(d, low, offset, first, err);
}

static anam_status unpack(const struct anam_docstore *d, uint64_t offset,
                          struct anam_docblock *block, anam_error *err)
{
    const unsigned char *head;
    anam_status status = anam_map_read(d->map, offset, BLOCK_HEAD, &head, err);
    if (status)
        return status;
    size_t raw_len = anam_load32(head);
    uint32_t packed_len = anam_load32(head + 4);
    /* Deflate never does better than 1032:1, so a lying length cannot claim much. */
    if (raw_len < 4 || raw_len > max_raw || raw_len > (uint64_t)packed_len * 1040 + 64)
        return anam_map_damaged(d->map, offset, "size of a document block", err);
    const unsigned char *packed;
    status = anam_map_read(d->map, offset + BLOCK_HEAD, packed_len, &packed, err);
    if (status)
        return status;
    if (!anam_grow(&block->raw, &block->raw_cap, raw_len, 1))
        return anam_fail_memory(err);
    if (!block->unpacker)
        block->unpacker = libdeflate_alloc_decompressor();
    if (!block->unpacker)
        return anam_fail_memory(err);
    if (libdeflate_zlib_decompress(block->unpacker, packed, packed_len, block->raw, raw_len,
                                   NULL) != LIBDEFLATE_SUCCESS)
        return anam_map_damaged(d->map, offset, "document block does not unpack", err);
    block->raw_len = raw_len;
    block->count = anam_load32(block->raw);
    if (block->count == 0 || block->count > (raw_len - 4) / 4)
        return anam_map_damaged(d->map, offset, "document block", err);
    return ANAM_OK;
}

anam_status anam_docstore_get(const struct anam_docstore *d, uint32_t document,
                              struct anam_docblock *block, const unsigned char **record, size_t *n,
                              anam_error *err)
{
    if (d->blocks == 0)
        return anam_map_damaged(d->map, d->table, "no document blocks", err);
    if (!block->loaded || document < block->first || document - block->first >= block->count) {
        uint64_t offset;
        block->loaded = false;
        anam_status status = find_block(d, document, &offset, &block->first, err);
        if (!status)
            status = unpack(d, offset, block, err);
        if (status)
            return status;
        if (document < block->first || document - block->first >= block->count)
            return anam_map_damaged(d->map, offset, "document block lacks its document", err);
        block->loaded = true;
    }
    uint32_t i = document - block->first;
    size_t head = 4 + 4 * (size_t)block->count;
    size_t from = i > 0 ? anam_load32(block->raw + 4 * (size_t)i) : 0;
    size_t to = anam_load32(block->raw + 4 + 4 * (size_t)i);
    if (from > to || to > block->raw_len - head)
        return anam_map_damaged(d->map, d->table, "record ends outside its block", err);
    *record = block->raw + head + from;
    *n = to - from;
    return ANAM_OK;
}

void anam_docblock_free(struct anam_docblock *block)
{
    free(block->raw);
    if (block->unpacker)
        libdeflate_free_decompressor(block->unpacker);
    *block = (struct anam_docblock){0};
}
