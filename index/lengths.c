#include "index/lengths.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD_BYTES = 8, FIELD_BYTES = 48, ARRAY_ALIGN = 64, BILLION = 1000000000 };

static uint32_t width_for(const uint32_t *lengths, uint32_t n)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < n; i++)
        most = lengths[i] > most ? lengths[i] : most;
    if (most <= UINT8_MAX)
        return most > 0;
    return most <= UINT16_MAX ? 2 : 4;
}

static uint64_t align_up(uint64_t v)
{
    return (v + ARRAY_ALIGN - 1) / ARRAY_ALIGN * ARRAY_ALIGN;
}

anam_status anam_lengths_write(struct anam_file_writer *file,
                               uint32_t *const lengths[ANAM_N_FIELDS], double k1, double b,
                               const uint64_t postings[ANAM_N_FIELDS], uint32_t documents,
                               anam_error *err)
{
    unsigned char head[HEAD_BYTES + ANAM_N_FIELDS * FIELD_BYTES] = {0};
    uint32_t width[ANAM_N_FIELDS];
    uint64_t offset = align_up(sizeof head);
    anam_store32(head, documents);
    for (int f = 0; f < ANAM_N_FIELDS; f++) {
        uint64_t total = 0;
        for (uint32_t d = 0; d < documents; d++)
            total += lengths[f][d];
        width[f] = width_for(lengths[f], documents);
        unsigned char *p = head + HEAD_BYTES + f * FIELD_BYTES;
        anam_store64(p, total);
        anam_store64(p + 8, postings[f]);
        anam_store64(p + 16, offset);
        anam_store32(p + 24, width[f]);
        anam_store64(p + 32, (uint64_t)(k1 * BILLION + 0.5));
        anam_store64(p + 40, (uint64_t)(b * BILLION + 0.5));
        offset = align_up(offset + (uint64_t)documents * width[f]);
    }
    anam_status status = anam_file_append(file, head, sizeof head, err);
    for (int f = 0; f < ANAM_N_FIELDS && !status; f++) {
        status = anam_file_align(file, ARRAY_ALIGN, err);
        for (uint32_t d = 0; d < documents && !status; d++) {
            unsigned char bytes[4];
            anam_store32(bytes, lengths[f][d]);
            status = anam_file_append(file, bytes, width[f], err);
        }
    }
    return status;
}

anam_status anam_lengths_open(struct anam_lengths *l, const struct anam_map *map,
                              uint32_t documents, anam_error *err)
{
    *l = (struct anam_lengths){.map = map, .documents = documents};
    const unsigned char *head;
    anam_status status =
        anam_map_read(map, 0, HEAD_BYTES + ANAM_N_FIELDS * FIELD_BYTES, &head, err);
    if (status)
        return status;
    if (anam_load32(head) != documents)
        return anam_map_damaged(map, 0, "number of documents differs from the manifest's", err);
    for (int f = 0; f < ANAM_N_FIELDS; f++) {
        uint64_t at = HEAD_BYTES + (uint64_t)f * FIELD_BYTES;
        const unsigned char *p = head + at;
        l->field[f].total = anam_load64(p);
        l->field[f].postings = anam_load64(p + 8);
        l->field[f].offset = anam_load64(p + 16);
        l->field[f].width = anam_load32(p + 24);
        if (anam_load64(p + 32) > UINT64_C(1000) * BILLION || anam_load64(p + 40) > BILLION)
            return anam_map_damaged(map, at + 32, "k1 or b of bounds", err);
        l->field[f].impact = anam_impact_of(
            (double)anam_load64(p + 32) / BILLION, (double)anam_load64(p + 40) / BILLION,
            documents > 0 ? (double)l->field[f].total / documents : 0);
        uint32_t width = l->field[f].width;
        if ((width > 2 && width != 4) || l->field[f].offset > map->body ||
            (uint64_t)documents * width > map->body - l->field[f].offset)
            return anam_map_damaged(map, at, "array of lengths", err);
    }
    return ANAM_OK;
}

anam_status anam_lengths_array(const struct anam_lengths *l, int field,
                               struct anam_length_array *out, anam_error *err)
{
    out->width = l->field[field].width;
    return anam_map_read(l->map, l->field[field].offset, (uint64_t)l->documents * out->width,
                         &out->bytes, err);
}
