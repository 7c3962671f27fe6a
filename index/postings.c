#include "index/postings.h"

#include "index/bitpack.h"
#include "index/lengths.h"

#include <stdlib.h>
#include <string.h>

enum { FRAME_POSTINGS = ANAM_FRAME * ANAM_WINDOW, MAX_TF_WIDTH = 16 };

struct anam_frame_builder {
    uint32_t windows;
    uint32_t gaps[ANAM_FRAME];
    uint32_t counts[ANAM_FRAME];
    uint32_t max_tf[ANAM_FRAME];
    uint32_t min_length[ANAM_FRAME];
    uint32_t n;
    uint8_t positions[FRAME_POSTINGS];
    uint32_t tfs[FRAME_POSTINGS]; /* tf - 1 */
};

static unsigned widest(const uint32_t *values, size_t n, uint32_t minus)
{
    uint32_t most = 0;
    for (size_t i = 0; i < n; i++)
        most |= values[i] - minus;
    return anam_bits(most);
}

/* The width that makes frequencies and escapes smallest: an escape costs a byte or more. */
static unsigned tf_width(const uint32_t *tfs, size_t n)
{
    size_t of_bits[33] = {0};
    for (size_t i = 0; i < n; i++)
        of_bits[anam_bits(tfs[i] + 1)]++; /* tf - 1 fits w bits unescaped: tf < 2^w */
    if (of_bits[1] == n)
        return 0;
    unsigned best = 1;
    size_t best_bytes = SIZE_MAX;
    for (unsigned w = 1; w <= MAX_TF_WIDTH; w++) {
        size_t escapes = 0;
        for (unsigned b = w + 1; b <= 32; b++)
            escapes += of_bits[b] * (1 + (b - 1) / 7);
        size_t bytes = anam_packed_bytes(n, w) + escapes;
        if (bytes < best_bytes) {
            best_bytes = bytes;
            best = w;
        }
    }
    return best;
}

static bool put_positions(struct anam_buffer *out, const uint8_t *positions, uint32_t count)
{
    if (count < ANAM_BITMAP_FROM)
        return anam_buffer_append(out, positions, count);
    unsigned char bitmap[ANAM_BITMAP_BYTES] = {0};
    for (uint32_t i = 0; i < count; i++)
        bitmap[positions[i] / 8] |= (unsigned char)(1u << positions[i] % 8);
    return anam_buffer_append(out, bitmap, sizeof bitmap);
}

static bool put_frequencies(struct anam_buffer *out, const struct anam_frame_builder *b,
                            unsigned width)
{
    if (width == 0)
        return true;
    uint32_t escape = (UINT32_C(1) << width) - 1;
    uint32_t *low = anam_new_array(b->n, sizeof *low);
    if (!low)
        return false;
    for (uint32_t i = 0; i < b->n; i++)
        low[i] = b->tfs[i] < escape ? b->tfs[i] : escape;
    bool ok = anam_bitpack(out, low, b->n, width);
    free(low);
    for (uint32_t i = 0; i < b->n && ok; i++)
        if (b->tfs[i] >= escape)
            ok = anam_buffer_append_varint(out, b->tfs[i] - escape);
    return ok;
}

/* Appends the frame to the list and empties the builder. */
static bool close_frame(struct anam_postings_writer *w)
{
    struct anam_frame_builder *b = w->frame;
    struct anam_buffer *out = &w->frames;
    size_t before = out->len;
    for (uint32_t i = 0; i < b->windows; i++)
        b->counts[i]--;
    unsigned gap = widest(b->gaps, b->windows, 0);
    unsigned count = widest(b->counts, b->windows, 0);
    unsigned tf = tf_width(b->tfs, b->n);
    unsigned char widths[2];
    anam_store16(widths, (uint16_t)(gap | count << 6 | tf << 10));
    bool ok = anam_buffer_append(out, widths, 2) && anam_bitpack(out, b->gaps, b->windows, gap) &&
              anam_bitpack(out, b->counts, b->windows, count);
    for (uint32_t i = 0; i < b->windows && ok; i++) {
        unsigned char bound = (unsigned char)(anam_tf_class(b->max_tf[i]) << 4 |
                                              anam_length_class(w->thresholds, b->min_length[i]));
        ok = anam_buffer_append(out, &bound, 1);
    }
    const uint8_t *positions = b->positions;
    for (uint32_t i = 0; i < b->windows && ok; i++) {
        ok = put_positions(out, positions, b->counts[i] + 1);
        positions += b->counts[i] + 1;
    }
    ok = ok && put_frequencies(out, b, tf) &&
         anam_buffer_append_varint(&w->directory,
                                   (uint64_t)(w->last_window - w->last_frame_window - 1)) &&
         anam_buffer_append_varint(&w->directory, out->len - before);
    w->last_frame_window = w->last_window;
    b->windows = b->n = 0;
    return ok;
}

anam_status anam_postings_add(struct anam_postings_writer *w, uint32_t document, uint32_t tf,
                              uint32_t length, anam_error *err)
{
    if (!w->frame) {
        w->frame = calloc(1, sizeof *w->frame);
        if (!w->frame)
            return anam_fail_memory(err);
    }
    struct anam_frame_builder *b = w->frame;
    if (w->windows == 0)
        w->last_window = w->last_frame_window = -1;
    int64_t window = document / ANAM_WINDOW;
    if (window != w->last_window) {
        if (b->windows == ANAM_FRAME && !close_frame(w))
            return anam_fail_memory(err);
        uint32_t i = b->windows++;
        b->gaps[i] = (uint32_t)(window - w->last_window - 1);
        b->counts[i] = 0;
        b->max_tf[i] = 0;
        b->min_length[i] = UINT32_MAX;
        w->last_window = window;
        w->windows++;
    }
    uint32_t i = b->windows - 1;
    b->counts[i]++;
    b->max_tf[i] = tf > b->max_tf[i] ? tf : b->max_tf[i];
    b->min_length[i] = length < b->min_length[i] ? length : b->min_length[i];
    b->positions[b->n] = (uint8_t)(document % ANAM_WINDOW);
    b->tfs[b->n++] = tf - 1;
    return ANAM_OK;
}

anam_status anam_postings_end(struct anam_postings_writer *w, uint64_t *offset, uint64_t *bytes,
                              anam_error *err)
{
    char head[16];
    struct anam_buffer windows = {head, 0, sizeof head}; /* never grows */
    anam_buffer_append_varint(&windows, w->windows);
    if (w->windows > 0 && !close_frame(w))
        return anam_fail_memory(err);
    *offset = w->file->pos;
    anam_status status = anam_file_append(w->file, windows.data, windows.len, err);
    if (!status && w->windows > ANAM_FRAME)
        status = anam_file_append(w->file, w->directory.data, w->directory.len, err);
    if (!status && w->windows > 0)
        status = anam_file_append(w->file, w->frames.data, w->frames.len, err);
    *bytes = w->file->pos - *offset;
    w->frames.len = w->directory.len = 0;
    w->windows = 0;
    return status;
}

void anam_postings_writer_free(struct anam_postings_writer *w)
{
    free(w->frame);
    anam_buffer_free(&w->frames);
    anam_buffer_free(&w->directory);
    *w = (struct anam_postings_writer){0};
}

anam_status anam_postings_open(struct anam_postings *p, const struct anam_map *map, uint64_t offset,
                               uint64_t bytes, uint32_t documents, anam_error *err)
{
    *p = (struct anam_postings){
        .map = map, .offset = offset, .documents = documents, .last_window = -1};
    const unsigned char *list;
    anam_status status = anam_map_read(map, offset, bytes, &list, err);
    if (status)
        return status;
    struct anam_cursor c = anam_cursor_over(list, (size_t)bytes);
    p->windows_left = anam_cursor_varint_max(&c, (documents + UINT64_C(255)) / ANAM_WINDOW);
    p->directory = c;
    if (p->windows_left > ANAM_FRAME) {
        uint64_t frames = (p->windows_left + ANAM_FRAME - 1) / ANAM_FRAME;
        for (uint64_t i = 0; i < frames; i++) {
            anam_cursor_varint(&c);
            anam_cursor_varint(&c);
        }
    }
    p->frames = c;
    return c.bad ? anam_map_damaged(map, offset, "head of a posting list", err) : ANAM_OK;
}

/* Windows and counts of a frame; counts go to first[] as a running sum. */
static bool read_windows(struct anam_postings *p, struct anam_frame *f, unsigned gap_width,
                         unsigned count_width)
{
    uint32_t values[ANAM_FRAME];
    struct anam_cursor *c = &p->frames;
    const unsigned char *gaps = anam_cursor_bytes(c, anam_packed_bytes(f->windows, gap_width));
    const unsigned char *counts = anam_cursor_bytes(c, anam_packed_bytes(f->windows, count_width));
    const unsigned char *bounds = anam_cursor_bytes(c, f->windows);
    if (c->bad)
        return false;
    memcpy(f->bound, bounds, f->windows);
    anam_bitunpack(gaps, values, f->windows, gap_width);
    int64_t limit = ((int64_t)p->documents + ANAM_WINDOW - 1) / ANAM_WINDOW;
    for (uint32_t i = 0; i < f->windows; i++) {
        p->last_window += (int64_t)values[i] + 1;
        if (p->last_window >= limit)
            return false;
        f->window[i] = (uint32_t)p->last_window;
    }
    anam_bitunpack(counts, values, f->windows, count_width);
    f->first[0] = 0;
    for (uint32_t i = 0; i < f->windows; i++)
        f->first[i + 1] = f->first[i] + values[i] + 1;
    f->n = f->first[f->windows];
    return f->n <= FRAME_POSTINGS;
}

static bool read_positions(struct anam_cursor *c, uint32_t *docs, uint32_t base, uint32_t count)
{
    if (count < ANAM_BITMAP_FROM) {
        const unsigned char *bytes = anam_cursor_bytes(c, count);
        for (uint32_t i = 0; bytes && i < count; i++) {
            if (i > 0 && bytes[i] <= bytes[i - 1])
                return false;
            docs[i] = base + bytes[i];
        }
        return bytes != NULL;
    }
    const unsigned char *bitmap = anam_cursor_bytes(c, ANAM_BITMAP_BYTES);
    uint32_t found = 0;
    for (uint32_t bit = 0; bitmap && bit < ANAM_WINDOW; bit++) {
        if (!(bitmap[bit / 8] >> bit % 8 & 1))
            continue;
        if (found == count)
            return false;
        docs[found++] = base + bit;
    }
    return bitmap && found == count;
}

static bool read_frequencies(struct anam_cursor *c, struct anam_frame *f, unsigned width)
{
    if (width == 0) {
        for (uint32_t i = 0; i < f->n; i++)
            f->tfs[i] = 1;
        return true;
    }
    const unsigned char *packed = anam_cursor_bytes(c, anam_packed_bytes(f->n, width));
    if (!packed)
        return false;
    anam_bitunpack(packed, f->tfs, f->n, width);
    uint32_t escape = (UINT32_C(1) << width) - 1;
    for (uint32_t i = 0; i < f->n; i++) {
        if (f->tfs[i] == escape)
            f->tfs[i] += (uint32_t)anam_cursor_varint_max(c, UINT32_MAX - 1 - escape);
        f->tfs[i]++;
    }
    return !c->bad;
}

anam_status anam_postings_next(struct anam_postings *p, struct anam_frame *f, anam_error *err)
{
    f->windows = f->n = 0;
    if (p->windows_left == 0)
        return ANAM_OK;
    struct anam_cursor *c = &p->frames;
    uint64_t at = (uint64_t)(c->at - p->map->bytes);
    f->windows = p->windows_left < ANAM_FRAME ? (uint32_t)p->windows_left : ANAM_FRAME;
    p->windows_left -= f->windows;
    unsigned widths = anam_cursor_u16(c);
    unsigned gap = widths & 63;
    unsigned count = widths >> 6 & 15;
    unsigned tf = widths >> 10;
    if (c->bad || gap > 32 || count > 8 || tf > MAX_TF_WIDTH || !read_windows(p, f, gap, count))
        goto damaged;
    for (uint32_t i = 0; i < f->windows; i++)
        if (!read_positions(c, f->docs + f->first[i], f->window[i] * ANAM_WINDOW,
                            f->first[i + 1] - f->first[i]))
            goto damaged;
    if (f->docs[f->n - 1] >= p->documents || !read_frequencies(c, f, tf))
        goto damaged;
    return ANAM_OK;
damaged:
    return anam_map_damaged(p->map, at, "frame of a posting list", err);
}
