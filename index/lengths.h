/* How many terms each field of each document has, exactly. docs/FORMAT.md, "lengths". */
#ifndef ANAM_LENGTHS_H
#define ANAM_LENGTHS_H

#include "base/bytes.h"
#include "base/file.h"
#include "index/format.h"
#include "index/impact.h"

/* Writes body content to `file`, which the caller opens and finishes. k1 and b, to nine
 * decimals, are those of the bounds of posting lists. */
anam_status anam_lengths_write(struct anam_file_writer *file,
                               uint32_t *const lengths[ANAM_N_FIELDS], double k1, double b,
                               const uint64_t postings[ANAM_N_FIELDS], uint32_t documents,
                               anam_error *err);

struct anam_lengths {
    const struct anam_map *map;
    uint32_t documents;
    struct {
        uint64_t total;
        uint64_t postings;
        uint64_t offset;
        uint32_t width;
        struct anam_impact impact; /* that of the bounds of posting lists */
    } field[ANAM_N_FIELDS];
};

/* ANAM_DAMAGED. */
anam_status anam_lengths_open(struct anam_lengths *l, const struct anam_map *map,
                              uint32_t documents, anam_error *err);

/* The verified lengths of one field, ready for anam_length_of. */
struct anam_length_array {
    const unsigned char *bytes;
    uint32_t width; /* 0: all are 0 */
};

/* ANAM_DAMAGED. */
anam_status anam_lengths_array(const struct anam_lengths *l, int field,
                               struct anam_length_array *out, anam_error *err);

static inline uint32_t anam_length_of(struct anam_length_array a, uint32_t document)
{
    const unsigned char *p = a.bytes + (size_t)document * a.width;
    if (a.width < 2)
        return a.width ? p[0] : 0;
    return a.width == 2 ? anam_load16(p) : anam_load32(p);
}

#endif
