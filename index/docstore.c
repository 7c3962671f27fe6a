#include "index/docstore.h"

#include "base/bytes.h"
#include "index/bitpack.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum {
    FOOT_BYTES = 16,
    TABLE_ENTRY = 12,
    DICTIONARY_HEAD = 8,
    BLOCK_HEAD = 9,
    MAX_RECORDS = ANAM_BLOCK_BYTES / 4, /* of a block: see anam_docblock_full */
    LEVEL = 5,                          /* of zstd, */
    HASH = 17, /* with tables so small that they stay in a processor's own cache, and are soon
                  copied for each block: a tenth less of indexing for 3 to 7 of 100 bytes more */
    LEAST = 6  /* bytes of a match: shorter ones seldom pay in prose */
};

/* A record has at most ANAM_MAX_RECORD bytes of text; the rest is its framing. */
static const size_t max_raw = 2 * ANAM_MAX_RECORD;

/* ---- packing ---- */

/* NULL: no memory. */
static ZSTD_CCtx *new_context(const struct anam_buffer *dictionary)
{
    ZSTD_CCtx *c = ZSTD_createCCtx();
    if (!c || ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, LEVEL)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_hashLog, HASH)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_minMatch, LEAST)) ||
        (dictionary->len > 0 &&
         ZSTD_isError(ZSTD_CCtx_loadDictionary(c, dictionary->data, dictionary->len)))) {
        ZSTD_freeCCtx(c);
        return NULL;
    }
    return c;
}

void anam_docpacker_free(struct anam_docpacker *p)
{
    ZSTD_freeCCtx(p->context);
    *p = (struct anam_docpacker){0};
}

/* Appends a block's head: all but the frame, whose length is still to come. */
static bool append_head(const uint32_t *lengths, size_t n, struct anam_buffer *out)
{
    uint32_t all = 0;
    for (size_t i = 0; i < n; i++)
        all |= lengths[i];
    unsigned width = anam_bits(all);
    unsigned char head[BLOCK_HEAD] = {0};
    anam_store32(head + 4, (uint32_t)n);
    head[8] = (unsigned char)width;
    return anam_buffer_append(out, head, sizeof head) && anam_bitpack(out, lengths, n, width);
}

anam_status anam_docpacker_pack(struct anam_docpacker *p, const void *records,
                                const uint32_t *lengths, size_t n, struct anam_buffer *out,
                                anam_error *err)
{
    uint64_t raw = 0;
    for (size_t i = 0; i < n; i++)
        raw += lengths[i];
    if (raw > max_raw)
        return anam_fail(err, ANAM_BAD_DATA, "record is too large to store");
    size_t bound = ZSTD_compressBound((size_t)raw);
    size_t begin = out->len;
    if (!p->context)
        p->context = new_context(p->dictionary);
    if (!p->context || !append_head(lengths, n, out) || !anam_buffer_reserve(out, bound))
        return anam_fail_memory(err);
    size_t packed = ZSTD_compress2(p->context, out->data + out->len, bound, records, (size_t)raw);
    if (ZSTD_isError(packed)) /* there is room for sure: it is memory */
        return anam_fail_memory(err);
    unsigned char length[4];
    anam_store32(length, (uint32_t)packed);
    memcpy(out->data + begin, length, sizeof length);
    out->len += packed;
    return ANAM_OK;
}

/* ---- writing ---- */

static anam_status append_dictionary(struct anam_docstore_writer *w, const void *bytes, size_t n,
                                     anam_error *err)
{
    static const struct anam_buffer none;
    size_t bound = ZSTD_compressBound(n);
    char *frame = malloc(bound);
    ZSTD_CCtx *context = new_context(&none);
    size_t packed = 0;
    anam_status status = ANAM_OK;
    if (frame && context && n > 0)
        packed = ZSTD_compress2(context, frame, bound, bytes, n);
    if (!frame || !context || ZSTD_isError(packed))
        status = anam_fail_memory(err);
    unsigned char head[DICTIONARY_HEAD];
    anam_store32(head, (uint32_t)n);
    anam_store32(head + 4, (uint32_t)packed);
    if (!status)
        status = anam_file_append(w->file, head, sizeof head, err);
    if (!status)
        status = anam_file_append(w->file, frame, packed, err);
    ZSTD_freeCCtx(context);
    free(frame);
    return status;
}

anam_status anam_docstore_begin(struct anam_docstore_writer *w, const void *records, size_t n,
                                anam_error *err)
{
    if (n > ANAM_DICTIONARY_BYTES)
        n = ANAM_DICTIONARY_BYTES;
    if (n <= ANAM_BLOCK_BYTES)
        n = 0;
    /* A record begins with its id's tag, so zstd does not take it for a dictionary of its own
     * format, but for plain bytes. */
    if (n > 0 && !anam_buffer_append(&w->dictionary, records, n))
        return anam_fail_memory(err);
    return append_dictionary(w, records, n, err);
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

anam_status anam_docstore_end(struct anam_docstore_writer *w, anam_error *err)
{
    uint64_t table = w->file->pos;
    anam_status status = ANAM_OK;
    if (w->table.len > 0)
        status = anam_file_append(w->file, w->table.data, w->table.len, err);
    unsigned char foot[FOOT_BYTES];
    anam_store64(foot, table);
    anam_store32(foot + 8, w->blocks);
    anam_store32(foot + 12, w->documents);
    return status ? status : anam_file_append(w->file, foot, sizeof foot, err);
}

void anam_docstore_writer_free(struct anam_docstore_writer *w)
{
    anam_buffer_free(&w->dictionary);
    anam_buffer_free(&w->table);
    *w = (struct anam_docstore_writer){0};
}

/* ---- reading ---- */

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

/* Unpacks the frame of `packed` bytes at `offset` to `raw` bytes behind the dictionary, as which
 * they stay where there was none yet. */
static anam_status unpack(const struct anam_docstore *d, uint64_t offset, uint32_t packed,
                          size_t raw, struct anam_docblock *block, anam_error *err)
{
    const unsigned char *frame;
    anam_status status = anam_map_read(d->map, offset, packed, &frame, err);
    if (status)
        return status;
    /* 128 KiB in 4 bytes is the best that a frame can do, so a lying length cannot claim much.
     * One frame, and none of zstd's formats of old, which are read by other code. */
    if (raw > (uint64_t)packed << 15 || packed < 4 || anam_load32(frame) != ZSTD_MAGICNUMBER ||
        ZSTD_getFrameContentSize(frame, packed) != raw ||
        ZSTD_findFrameCompressedSize(frame, packed) != packed)
        return anam_map_damaged(d->map, offset, "frame of a document block", err);
    if (!anam_grow(&block->bytes, &block->cap, block->dictionary + raw + 1, 1)) /* never NULL */
        return anam_fail_memory(err);
    /* Where a dictionary lies before what is unpacked, zstd need not tell the two apart. */
    if (ZSTD_decompress_usingDict(block->context, block->bytes + block->dictionary, raw, frame,
                                  packed, block->bytes, block->dictionary) != raw)
        return anam_map_damaged(d->map, offset, "document block does not unpack", err);
    return ANAM_OK;
}

static anam_status load_dictionary(const struct anam_docstore *d, struct anam_docblock *block,
                                   anam_error *err)
{
    const unsigned char *head;
    anam_status status = anam_map_read(d->map, 0, DICTIONARY_HEAD, &head, err);
    if (status)
        return status;
    size_t raw = anam_load32(head);
    if (raw > ANAM_DICTIONARY_BYTES)
        return anam_map_damaged(d->map, 0, "size of the dictionary", err);
    block->context = ZSTD_createDCtx();
    if (!block->context)
        return anam_fail_memory(err);
    if (raw > 0)
        status = unpack(d, DICTIONARY_HEAD, anam_load32(head + 4), raw, block, err);
    if (!status) {
        block->dictionary = raw;
        return ANAM_OK;
    }
    ZSTD_freeDCtx(block->context); /* the next record tries again */
    block->context = NULL;
    return status;
}

/* Reads all of the block at `offset` but its records. */
static anam_status load_head(const struct anam_docstore *d, uint64_t offset,
                             struct anam_docblock *block, anam_error *err)
{
    const unsigned char *head;
    const unsigned char *lengths;
    anam_status status = anam_map_read(d->map, offset, BLOCK_HEAD, &head, err);
    if (status)
        return status;
    uint32_t count = anam_load32(head + 4);
    unsigned width = head[8];
    if (count == 0 || count > MAX_RECORDS || width > 32)
        return anam_map_damaged(d->map, offset, "head of a document block", err);
    size_t lengths_bytes = anam_packed_bytes(count, width);
    status = anam_map_read(d->map, offset + BLOCK_HEAD, lengths_bytes, &lengths, err);
    if (status)
        return status;
    if (!anam_grow(&block->ends, &block->cap_ends, count, sizeof *block->ends))
        return anam_fail_memory(err);
    anam_bitunpack(lengths, block->ends, count, width);
    uint64_t raw = 0;
    for (uint32_t i = 0; i < count; i++) {
        raw += block->ends[i];
        block->ends[i] = (uint32_t)raw;
    }
    if (raw > max_raw)
        return anam_map_damaged(d->map, offset, "size of a document block", err);
    block->count = count;
    block->packed = anam_load32(head);
    block->frame = offset + BLOCK_HEAD + lengths_bytes;
    return ANAM_OK;
}

/* Makes `block` that of the document, whose record is number *i in it. */
static anam_status seek(const struct anam_docstore *d, uint32_t document,
                        struct anam_docblock *block, uint32_t *i, anam_error *err)
{
    if (!block->unpacked || document < block->first || document - block->first >= block->count) {
        uint64_t offset;
        block->unpacked = false;
        if (d->blocks == 0)
            return anam_map_damaged(d->map, d->table, "no document blocks", err);
        anam_status status = find_block(d, document, &offset, &block->first, err);
        if (!status)
            status = load_head(d, offset, block, err);
        if (status)
            return status;
        if (document < block->first || document - block->first >= block->count)
            return anam_map_damaged(d->map, offset, "document block lacks its document", err);
    }
    *i = document - block->first;
    return ANAM_OK;
}

static uint32_t begin_of(const struct anam_docblock *block, uint32_t i)
{
    return i > 0 ? block->ends[i - 1] : 0;
}

anam_status anam_docstore_get(const struct anam_docstore *d, uint32_t document,
                              struct anam_docblock *block, const unsigned char **record, size_t *n,
                              anam_error *err)
{
    uint32_t i = 0;
    anam_status status = seek(d, document, block, &i, err);
    if (!status && !block->context)
        status = load_dictionary(d, block, err);
    if (!status && !block->unpacked)
        status = unpack(d, block->frame, block->packed, block->ends[block->count - 1], block, err);
    if (status)
        return status;
    block->unpacked = true;
    *record = block->bytes + block->dictionary + begin_of(block, i);
    *n = block->ends[i] - begin_of(block, i);
    return ANAM_OK;
}

void anam_docblock_free(struct anam_docblock *block)
{
    free(block->bytes);
    free(block->ends);
    ZSTD_freeDCtx(block->context);
    *block = (struct anam_docblock){0};
}
