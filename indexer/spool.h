/* Records as they came, in a temporary file: where they wait until it is known in which order they
 * are stored. */
#ifndef ANAM_SPOOL_H
#define ANAM_SPOOL_H

#include "base/error.h"
#include "base/hash.h"

#include <stddef.h>
#include <stdint.h>

/* {0} can be freed. */
struct anam_spool {
    char *path; /* owned */
    int fd;
    struct anam_hash_key key;
    uint32_t records; /* that were entered */
    uint64_t *ends;   /* in the file, each where the next record begins */
    uint32_t *checks; /* hashes of their bytes */
    size_t cap_ends;
    size_t cap_checks;
};

/* Makes the file. ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_spool_open(struct anam_spool *s, const char *dir, const char *name,
                            anam_error *err);
/* The file stays. */
void anam_spool_free(struct anam_spool *s);
/* Frees it, and removes the file. */
void anam_spool_remove(struct anam_spool *s);

/* Bytes held in memory: some 12 a record. */
size_t anam_spool_memory(const struct anam_spool *s);

/* Puts n encoded records, which lie one after the other to `bytes` + ends[i], at `offset`, and
 * their hashes to checks. Threads may do so at once. ANAM_IO. */
anam_status anam_spool_write(const struct anam_spool *s, uint64_t offset, const char *bytes,
                             const uint32_t *ends, size_t n, uint32_t *checks, anam_error *err);

/* Enters the next n records, that were or will be put where those before end. ANAM_NO_MEMORY. */
anam_status anam_spool_enter(struct anam_spool *s, const uint32_t *ends, const uint32_t *checks,
                             size_t n, anam_error *err);

/* Where the record begins, which may be the one behind the last. */
static inline uint64_t anam_spool_offset(const struct anam_spool *s, uint32_t record)
{
    return record > 0 ? s->ends[record - 1] : 0;
}

/* Bytes of a record. */
static inline uint32_t anam_spool_size(const struct anam_spool *s, uint32_t record)
{
    return (uint32_t)(s->ends[record] - anam_spool_offset(s, record));
}

/* Reads a record back; threads may do so at once. ANAM_IO, ANAM_DAMAGED where it is another. */
anam_status anam_spool_read(const struct anam_spool *s, uint32_t record, char *bytes,
                            anam_error *err);

#endif
