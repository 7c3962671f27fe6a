/* The document store: what each record was, in blocks that zstd packs with a dictionary of
 * their own archive. docs/FORMAT.md, "documents". */
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

/* Makes blocks of records: one a thread. {0} with a dictionary is ready. */
struct anam_docpacker {
    const struct anam_buffer *dictionary; /* of the store, may be empty; borrowed */
    struct ZSTD_CCtx_s *context;          /* made with the first block, the dictionary in it */
};

/* Appends to `out` one block with n records, 1 or more, of these lengths, that lie one after the
 * other. ANAM_BAD_DATA where they are too large to store, ANAM_NO_MEMORY. */
anam_status anam_docpacker_pack(struct anam_docpacker *p, const void *records,
                                const uint32_t *lengths, size_t n, struct anam_buffer *out,
                                anam_error *err);
void anam_docpacker_free(struct anam_docpacker *p);

/* Takes blocks in document order; `file` is opened and finished by the caller. */
struct anam_docstore_writer {
    struct anam_file_writer *file;
    struct anam_buffer dictionary; /* for packers, once begun */
    struct anam_buffer table;
    uint32_t documents;
    uint32_t blocks;
};

/* Begins the store. Encoded records, the first ANAM_DICTIONARY_BYTES of these n bytes, become its
 * dictionary; what fits into one block needs none.
 * ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_docstore_begin(struct anam_docstore_writer *w, const void *records, size_t n,
                                anam_error *err);

/* Appends a block that was packed of so many records. ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_docstore_put(struct anam_docstore_writer *w, const void *block, size_t n,
                              uint32_t records, anam_error *err);

/* ANAM_IO. */
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

/* The block that was read last, and the dictionary, read with the first record: one a thread.
 * {0} is empty. */
struct anam_docblock {
    bool unpacked;  /* the records are there */
    uint32_t first; /* document of its first record */
    uint32_t count;
    uint32_t *ends; /* of each record, from the first one's begin */
    size_t cap_ends;
    uint64_t frame;       /* offset of the packed records */
    uint32_t packed;      /* their bytes */
    unsigned char *bytes; /* the dictionary, then the records */
    size_t cap;
    size_t dictionary;           /* its bytes */
    struct ZSTD_DCtx_s *context; /* made with the dictionary */
};

/* The encoded record of a document below d->documents, valid until the next call
 * with this block. ANAM_DAMAGED, ANAM_NO_MEMORY. */
anam_status anam_docstore_get(const struct anam_docstore *d, uint32_t document,
                              struct anam_docblock *block, const unsigned char **record, size_t *n,
                              anam_error *err);

void anam_docblock_free(struct anam_docblock *block);

#endif
