/* A sorted dictionary on disk: front-coded keys. Those of the lexicon (terms) each stand for a
 * stretch of another file, where their posting lists are, and have a small payload; those of
 * the external ids stand alone. docs/FORMAT.md, "terms and ids". */
#ifndef ANAM_DICT_H
#define ANAM_DICT_H

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/file.h"
#include "index/format.h"

/* What a key stands for. Stretches lie one behind the other, in the order of keys. */
struct anam_dict_value {
    uint64_t offset;
    uint64_t bytes;
    unsigned char payload[ANAM_MAX_PAYLOAD];
    size_t n; /* bytes of payload */
};

/* Writes keys in strictly ascending byte order to `file`, which the caller opens,
 * may go on with after anam_dict_end, and finishes. {.file = f} is ready. */
struct anam_dict_writer {
    struct anam_file_writer *file;
    uint64_t keys;
    uint64_t end;      /* of the last key's stretch */
    uint64_t *offsets; /* of blocks */
    size_t n_offsets;
    size_t cap_offsets;
    uint64_t *guide; /* where keys have values: see anam_dict.guide */
    size_t n_guide;
    size_t cap_guide;
    char last[ANAM_MAX_KEY];
    size_t last_len;
};

/* `value` is NULL for all keys or for none. ANAM_INVALID for a key or a stretch out of order or
 * too long (a mistake of the caller); ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_dict_add(struct anam_dict_writer *w, const char *key, size_t len,
                          const struct anam_dict_value *value, anam_error *err);
anam_status anam_dict_end(struct anam_dict_writer *w, anam_error *err);
void anam_dict_writer_free(struct anam_dict_writer *w);

struct anam_dict {
    const struct anam_map *map;
    uint64_t offsets; /* where the block offsets are, and the blocks end */
    uint64_t blocks;
    uint64_t keys;
    uint64_t guide;  /* where the first bytes of the first key of each ANAM_GUIDED blocks are, */
    uint64_t guides; /* and how many; only where keys have values */
    unsigned width;  /* bytes of a block's offset */
    bool values;     /* keys have them */
};

/* The dictionary, with values or without, that ends at byte `end` of the map. ANAM_DAMAGED. */
anam_status anam_dict_open(struct anam_dict *d, const struct anam_map *map, uint64_t end,
                           bool values, anam_error *err);

enum { ANAM_DICT_COPY = 16 }; /* bytes that are copied at once */

/* One key and what it stands for while going through a dictionary in order. */
struct anam_dict_iter {
    const struct anam_dict *dict;
    uint64_t ordinal;                        /* of the current key */
    char key[ANAM_MAX_KEY + ANAM_DICT_COPY]; /* NUL-terminated */
    size_t len;
    uint64_t offset; /* and so on: the value, zeros where keys have none */
    uint64_t bytes;
    const unsigned char *payload;
    size_t payload_len;
    struct anam_cursor block; /* behind the current key */
    uint64_t next;            /* ordinal of the key that the next step gives */
};

/* Loads where the block of a key is, and with `block` the block itself. */
void anam_dict_foresee(const struct anam_dict *d, uint64_t ordinal, bool block);

/* Goes to key number `ordinal`. ANAM_DAMAGED; ordinal must be below dict->keys. */
anam_status anam_dict_seek(struct anam_dict_iter *it, const struct anam_dict *d, uint64_t ordinal,
                           anam_error *err);
/* To the next key; *more is false at the end. */
anam_status anam_dict_next(struct anam_dict_iter *it, bool *more, anam_error *err);

/* Loads where the blocks are that a key with a value may be in, and with `blocks` how they begin.
 */
void anam_dict_foresee_key(const struct anam_dict *d, const char *key, size_t len, bool blocks);

/* Looks a key up: *found, and then `it` stands on it, else nowhere. ANAM_DAMAGED. */
anam_status anam_dict_find(const struct anam_dict *d, const char *key, size_t len,
                           struct anam_dict_iter *it, bool *found, anam_error *err);

#endif
