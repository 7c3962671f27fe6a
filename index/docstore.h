/* The document store: what each record was, in zlib blocks. docs/FORMAT.md, "documents". */
#ifndef ANAM_DOCSTORE_H
#define ANAM_DOCSTORE_H

#include "base/alloc.h"
#include "base/file.h"
#include "index/format.h"

/* Whether a block of so many bytes in so many records, at least one, is to be closed. */
static inline bool anam_docblock_full(size_t bytes, size_t records)
{
    return bytes + 4 * records >= ANAM_BLOCK_BYTES;
}

/* Makes blocks of records: one a thread. {0} is ready. */
struct anam_docpacker {
    bool small;                               /* takes longer to make them smaller */
    struct libdeflate_compressor *compressor; /* made with the first block */
    struct anam_buffer raw;                   /* the block being packed */
};

/* Appends to `out` one block with n records, 1 or more, that lie one after the other: the
 * first from `records`, each to records + ends[i] - from. ANAM_BAD_DATA where they are too
 * large to store, ANAM_NO_MEMORY. */
anam_status anam_docpacker_pack(struct anam_docpacker *p, const void *records, const uint32_t *ends,
                                uint32_t from, size_t n, struct anam_buffer *out, anam_error *err);
void anam_docpacker_free(struct anam_docpacker *p);

/* Takes blocks, or encoded records, in document order; `file` is opened and finished by
 * the caller. */
struct anam_docstore_writer {
    struct anam_file_writer *file;
    struct anam_buffer table;
    uint32_t documents;
    uint32_t blocks;
    struct anam_docpacker packer;
    struct anam_buffer raw; /* records of the open block */
    struct anam_buffer packed;
    uint32_t *ends;
    size_t n_ends;
    size_t cap_ends;
};

/* Appends a block that was packed of so many records. ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_docstore_put(struct anam_docstore_writer *w, const void *block, size_t n,
                              uint32_t records, anam_error *err);

/* Adds a record to the open block, and packs that when it is full. */
anam_status anam_docstore_add(struct anam_docstore_writer *w, const void *record, size_t n,
                              anam_error *err);
/* ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_docstore_end(struct anam_docstore_writer *w, anam_error *err);
void anam_docstore_writer_free(struct anam_docstore_writer *w);

struct anam_docstore {
    const struct anam_map *map;
    uint64_t table;
    uint32_t blocks;
    uint32_t documents;
};

/* ANAM_DAMAGED. */
anam_status anam_docstore_open(struct anam_docstore *d, const struct anam_map *map,
                               uint32_t documents, anam_error *err);

/* The block that was unpacked last: one a thread. {0} is empty. */
struct anam_docblock {
    bool loaded;
    uint32_t first; /* document of its first record */
    uint32_t count;
    unsigned char *raw;
    size_t raw_len;
    size_t raw_cap;
    struct libdeflate_decompressor *unpacker; /* made with the first block */
};

/* The encoded record of a document below d->documents, valid until the next call
 * with this block. ANAM_DAMAGED, ANAM_NO_MEMORY. */
anam_status anam_docstore_get(const struct anam_docstore *d, uint32_t document,
                              struct anam_docblock *block, const unsigned char **record, size_t *n,
                              anam_error *err);
void anam_docblock_free(struct anam_docblock *block);

#endif
