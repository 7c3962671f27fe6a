#include "index/lengths.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD_BYTES = 8, FIELD_BYTES = 32 + 4 * ANAM_CLASSES, ARRAY_ALIGN = 64 };

static const uint32_t tf_tops[ANAM_CLASSES] = {1,  2,  3,  4,  5,  6,  8,   10,
                                               13, 17, 23, 32, 48, 80, 160, UINT32_MAX};

unsigned anam_tf_class(uint32_t tf)
{
    unsigned c = 0;
    while (tf > tf_tops[c])
        c++;
    return c;
}

uint32_t anam_tf_top(unsigned tf_class)
{
    return tf_tops[tf_class];
}

static int compare_lengths(const void *a, const void *b)
{
    uint32_t x;
    uint32_t y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* A sample is enough: any ascending thresholds that begin at the minimum are safe. */
void anam_length_thresholds(const uint32_t *lengths, size_t n, uint32_t out[ANAM_CLASSES])
{
    enum { SAMPLE = 4096 };
    uint32_t sample[SAMPLE] = {0};
    size_t taken = n < SAMPLE ? n : SAMPLE;
    uint32_t least = n > 0 ? lengths[0] : 0;
    for (size_t i = 0; i < n; i++)
        least = lengths[i] < least ? lengths[i] : least;
    for (size_t i = 0; i < taken; i++)
        sample[i] = lengths[(size_t)((uint64_t)i * n / taken)];
    qsort(sample, taken, sizeof sample[0], compare_lengths);
    for (size_t c = 0; c < ANAM_CLASSES; c++)
        out[c] = c > 0 && taken > 0 ? sample[c * taken / ANAM_CLASSES] : least;
}

unsigned anam_length_class(const uint32_t thresholds[ANAM_CLASSES], uint32_t length)
{
    unsigned c = ANAM_CLASSES - 1;
    while (c > 0 && thresholds[c] > length)
        c--;
    return c;
}

static uint32_t width_for(const uint32_t *lengths, uint32_t n)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < n; i++)
        most = lengths[i] > most ? lengths[i] : most;
    return most <= UINT8_MAX ? 1 : most <= UINT16_MAX ? 2 : 4;
}

static uint64_t align_up(uint64_t v)
{
    return (v + ARRAY_ALIGN - 1) / ARRAY_ALIGN * ARRAY_ALIGN;
}

anam_status anam_lengths_write(struct anam_file_writer *file,
                               uint32_t *const lengths[ANAM_N_FIELDS],
                               uint32_t thresholds[ANAM_N_FIELDS][ANAM_CLASSES],
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
        for (unsigned c = 0; c < ANAM_CLASSES; c++)
            anam_store32(p + 32 + 4 * c, thresholds[f][c]);
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
        for (unsigned c = 0; c < ANAM_CLASSES; c++)
            l->field[f].thresholds[c] = anam_load32(p + 32 + 4 * c);
        uint32_t width = l->field[f].width;
        if ((width != 1 && width != 2 && width != 4) || l->field[f].offset > map->body ||
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
