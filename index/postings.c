#include "index/postings.h"

#include "index/bitpack.h"
#include "index/entry.h"

#include <stdlib.h>
#include <string.h>

enum {
    FRAME_POSTINGS = ANAM_FRAME * ANAM_WINDOW,
    GAP_CHUNK = 128, /* gaps of a common width */
    SLACK_BITS = 4
};

enum presence { PRESENCE_ALL, PRESENCE_BITS, PRESENCE_GAPS };

/* The cheaper of bits and gaps; none where the list is in every window. */
static enum presence presence_of(uint32_t windows, uint32_t all)
{
    if (windows == all)
        return PRESENCE_ALL;
    return windows >= all / 8 ? PRESENCE_BITS : PRESENCE_GAPS;
}

/* Bytes of the offset of a frame, all of which take so many. */
static unsigned offset_width(uint64_t frames)
{
    return frames >> 16 == 0 ? 2 : frames >> 24 == 0 ? 3 : 4;
}

/* ---- writing ---- */

/* What a list is compared by with the term's list in another field. */
struct parts {
    uint32_t *windows;
    size_t n_windows;
    size_t cap_windows;
    uint32_t *starts; /* number of each window's first posting */
    size_t cap_starts;
    struct anam_buffer bounds;    /* of windows */
    struct anam_buffer positions; /* of postings in their window, */
    struct anam_buffer impacts;   /* and their impacts, as float */
};

struct anam_postings_builder {
    struct anam_buffer frames; /* closed ones of the list */
    struct parts parts;        /* of the list, */
    struct parts before;       /* and of the one before */
    struct anam_buffer scratch;
    uint32_t *slacks;
    size_t n_slacks;
    size_t cap_slacks;
    uint32_t *offsets; /* of frames */
    size_t n_offsets;
    size_t cap_offsets;
    uint32_t counts[ANAM_FRAME]; /* of the open frame */
    uint32_t n_counts;
    uint32_t n;
    uint8_t positions[FRAME_POSTINGS];
    float impacts[FRAME_POSTINGS];
    uint32_t tfs[FRAME_POSTINGS]; /* tf - 1 */
};

/* Bytes of a number of exceptions. */
static unsigned counted_width(size_t exceptions)
{
    return exceptions == 0 ? 0 : exceptions <= UINT8_MAX ? 1 : 2;
}

/* Bytes that exceptions among so many postings take, but for huge values; and one more each, for
 * they are slow to read. */
static size_t exceptions_cost(size_t exceptions, uint32_t postings)
{
    return counted_width(exceptions) * (1 + anam_groups_behind(postings)) + 2 * exceptions +
           anam_packed_bytes(exceptions, ANAM_VALUE_BITS);
}

/* The width that costs least. */
static unsigned tf_width(const uint32_t *tfs, uint32_t n)
{
    size_t of_bits[33] = {0};  /* frequencies less 1 that need so many bits; */
    size_t of_above[33] = {0}; /* what is above ANAM_HUGE: huge if it needs more bits than w */
    size_t huge = 0;
    for (uint32_t i = 0; i < n; i++) {
        of_bits[anam_bits(tfs[i])]++;
        if (tfs[i] > ANAM_HUGE) {
            of_above[anam_bits(tfs[i] - ANAM_HUGE)]++;
            huge++;
        }
    }
    size_t exceptions = n - of_bits[0];
    unsigned best = 0;
    size_t least = SIZE_MAX;
    for (unsigned w = 0; w <= ANAM_MAX_WIDTH; w++) {
        size_t cost = anam_packed_bytes(n, w) + exceptions_cost(exceptions, n) + 4 * huge;
        if (cost < least) {
            least = cost;
            best = w;
        }
        exceptions -= of_bits[w + 1];
        huge -= of_above[w + 1];
    }
    return best;
}

static bool put_bytes(struct anam_buffer *out, uint32_t v, unsigned n)
{
    unsigned char bytes[4];
    anam_store32(bytes, v);
    return anam_buffer_append(out, bytes, n);
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

/* Frequencies of `width` bits, then what did not fit; counts of that take `counted` bytes. */
static bool put_frequencies(struct anam_buffer *out, const struct anam_postings_builder *b,
                            unsigned width, unsigned counted)
{
    uint32_t limit = UINT32_C(1) << width;
    uint32_t packed[FRAME_POSTINGS];
    uint32_t ends[FRAME_POSTINGS / ANAM_GROUP]; /* of the exceptions of each group */
    uint32_t n = 0;
    packed[0] = 0; /* a frame is never empty, but compilers cannot know */
    for (uint32_t i = 0; i < b->n; i++) {
        packed[i] = b->tfs[i] < limit ? b->tfs[i] : limit - 1;
        n += b->tfs[i] >= limit;
        ends[i / ANAM_GROUP] = n;
    }
    bool ok = anam_bitpack(out, packed, b->n, width);
    for (uint32_t i = 0; i < anam_groups_behind(b->n) && counted > 0 && ok; i++)
        ok = put_bytes(out, ends[i], counted);
    for (uint32_t i = 0, x = 0; x < n && ok; i++)
        if (b->tfs[i] >= limit) {
            uint32_t above = b->tfs[i] - limit;
            packed[x++] = above < ANAM_HUGE ? above : ANAM_HUGE;
            ok = put_bytes(out, i % ANAM_GROUP, 1);
        }
    ok = ok && anam_bitpack(out, packed, n, ANAM_VALUE_BITS);
    for (uint32_t i = 0; i < b->n && n > 0 && ok; i++)
        if (b->tfs[i] >= limit && b->tfs[i] - limit >= ANAM_HUGE)
            ok = put_bytes(out, b->tfs[i], 4);
    return ok;
}

/* Appends the frame to the list and begins the next. */
static bool close_frame(struct anam_postings_builder *b)
{
    struct anam_buffer *out = &b->frames;
    uint32_t most = 0;
    if (!anam_grow(&b->offsets, &b->cap_offsets, b->n_offsets + 1, sizeof *b->offsets) ||
        out->len > UINT32_MAX)
        return false;
    b->offsets[b->n_offsets++] = (uint32_t)out->len;
    for (uint32_t i = 0; i < b->n_counts; i++)
        most |= --b->counts[i];
    unsigned count_width = anam_bits(most);
    unsigned width = tf_width(b->tfs, b->n);
    uint32_t n_exceptions = 0;
    for (uint32_t i = 0; i < b->n; i++)
        n_exceptions += b->tfs[i] >> width != 0;
    unsigned counted = counted_width(n_exceptions);
    bool ok = put_bytes(out, (counted * ANAM_WIDTHS + count_width) * ANAM_WIDTHS + width, 1) &&
              put_bytes(out, n_exceptions, counted) &&
              anam_bitpack(out, b->counts, b->n_counts, count_width);
    const uint8_t *positions = b->positions;
    for (uint32_t i = 0; i < b->n_counts && ok; i++) {
        ok = put_positions(out, positions, b->counts[i] + 1);
        positions += b->counts[i] + 1;
    }
    ok = ok && put_frequencies(out, b, width, counted) &&
         anam_buffer_append(&b->parts.positions, b->positions, b->n) &&
         anam_buffer_append(&b->parts.impacts, b->impacts, b->n * sizeof *b->impacts);
    b->n_counts = b->n = 0;
    return ok;
}

anam_status anam_postings_add(struct anam_postings_writer *w, uint32_t document, uint32_t tf,
                              uint32_t length, anam_error *err)
{
    if (!w->builder) {
        w->builder = calloc(1, sizeof *w->builder);
        if (!w->builder)
            return anam_fail_memory(err);
    }
    struct anam_postings_builder *b = w->builder;
    struct parts *parts = &b->parts;
    uint32_t window = document / ANAM_WINDOW;
    if (parts->n_windows == 0 || parts->windows[parts->n_windows - 1] != window) {
        size_t n = parts->n_windows;
        if ((b->n_counts == ANAM_FRAME && !close_frame(b)) ||
            !anam_grow(&parts->windows, &parts->cap_windows, n + 1, sizeof *parts->windows) ||
            !anam_grow(&parts->starts, &parts->cap_starts, n + 1, sizeof *parts->starts) ||
            !anam_buffer_append(&parts->bounds, "", 1))
            return anam_fail_memory(err);
        parts->starts[n] = (uint32_t)parts->positions.len + b->n;
        parts->windows[parts->n_windows++] = window;
        b->counts[b->n_counts++] = 0;
    }
    b->counts[b->n_counts - 1]++;
    uint8_t bound = anam_impact_bound(&w->impact, tf, length);
    unsigned char *last = (unsigned char *)parts->bounds.data + parts->bounds.len - 1;
    *last = bound > *last ? bound : *last;
    b->impacts[b->n] = (float)anam_impact(&w->impact, tf, length);
    b->positions[b->n] = (uint8_t)(document % ANAM_WINDOW);
    b->tfs[b->n++] = tf - 1;
    return ANAM_OK;
}

static bool put_gaps(struct anam_buffer *out, const uint32_t *windows, size_t n)
{
    uint32_t next = 0; /* window that would make a gap of 0 */
    for (size_t from = 0; from < n; from += GAP_CHUNK) {
        size_t count = n - from < GAP_CHUNK ? n - from : GAP_CHUNK;
        uint32_t gaps[GAP_CHUNK];
        uint32_t most = 0;
        for (size_t i = 0; i < count; i++) {
            gaps[i] = windows[from + i] - next;
            next = windows[from + i] + 1;
            most |= gaps[i];
        }
        unsigned char width = (unsigned char)anam_bits(most);
        if (!anam_buffer_append(out, &width, 1) || !anam_bitpack(out, gaps, count, width))
            return false;
    }
    return true;
}

static bool put_bits(struct anam_buffer *out, const uint32_t *windows, size_t n, uint32_t all)
{
    size_t bytes = ((size_t)all + 7) / 8;
    if (!anam_buffer_reserve(out, bytes))
        return false;
    char *bits = out->data + out->len;
    memset(bits, 0, bytes);
    for (size_t i = 0; i < n; i++)
        bits[windows[i] / 8] = (char)((unsigned char)bits[windows[i] / 8] | 1u << windows[i] % 8);
    out->len += bytes;
    return true;
}

/* Adds the impacts of the list's window i, times a weight, to those of the window's documents;
 * returns the greatest sum. */
static float add_impacts(const struct parts *parts, size_t i, float weight, float sums[ANAM_WINDOW])
{
    const unsigned char *positions = (const unsigned char *)parts->positions.data;
    const float *impacts = (const float *)(const void *)parts->impacts.data;
    size_t end = i + 1 < parts->n_windows ? parts->starts[i + 1] : parts->positions.len;
    float most = 0;
    for (size_t at = parts->starts[i]; at < end; at++) {
        float sum = sums[positions[at]] + weight * impacts[at];
        sums[positions[at]] = sum;
        most = sum > most ? sum : most;
    }
    return most;
}

static double bound_of(const struct parts *parts, size_t i)
{
    return ((unsigned char)parts->bounds.data[i] + 1) / 256.0;
}

/* Of all windows that the list and the one before, of the same term, are in. */
static bool find_slacks(struct anam_postings_builder *b, uint32_t documents)
{
    const struct parts *x = &b->before;
    const struct parts *y = &b->parts;
    float weight_x = (float)anam_idf(documents, x->positions.len);
    float weight_y = (float)anam_idf(documents, y->positions.len);
    for (size_t i = 0, j = 0; i < x->n_windows && j < y->n_windows;) {
        if (x->windows[i] != y->windows[j]) {
            if (x->windows[i] < y->windows[j])
                i++;
            else
                j++;
            continue;
        }
        float sums[ANAM_WINDOW] = {0};
        float of_x = add_impacts(x, i, weight_x, sums);
        float most = add_impacts(y, j, weight_y, sums);
        if (!anam_grow(&b->slacks, &b->cap_slacks, b->n_slacks + 1, sizeof *b->slacks))
            return false;
        b->slacks[b->n_slacks++] = anam_impact_slack(
            weight_x * bound_of(x, i++), weight_y * bound_of(y, j++), most > of_x ? most : of_x);
    }
    return true;
}

/* All of the list but its frames. */
static bool put_head(struct anam_buffer *out, const struct anam_postings_builder *b, uint32_t all)
{
    const struct parts *parts = &b->parts;
    uint32_t n = (uint32_t)parts->n_windows;
    enum presence presence = presence_of(n, all);
    bool ok = anam_buffer_append_varint(out, 2 * (uint64_t)n + (b->n_slacks > 0));
    if (presence == PRESENCE_BITS)
        ok = ok && put_bits(out, parts->windows, n, all);
    else if (presence == PRESENCE_GAPS)
        ok = ok && put_gaps(out, parts->windows, n);
    ok = ok && anam_buffer_append(out, parts->bounds.data, parts->bounds.len);
    if (b->n_slacks > 0)
        ok = ok && anam_buffer_append_varint(out, b->n_slacks) &&
             anam_bitpack(out, b->slacks, b->n_slacks, SLACK_BITS);
    unsigned width = offset_width(b->frames.len);
    for (size_t i = 0; i < b->n_offsets && b->n_offsets > 1 && ok; i++)
        ok = put_bytes(out, b->offsets[i], width);
    return ok;
}

anam_status anam_postings_end(struct anam_postings_writer *w, uint64_t *offset, uint64_t *bytes,
                              anam_error *err)
{
    struct anam_postings_builder *b = w->builder;
    uint32_t all = w->documents / ANAM_WINDOW + (w->documents % ANAM_WINDOW > 0);
    *offset = w->file->pos;
    *bytes = 0;
    if (!b || b->parts.n_windows == 0)
        return ANAM_OK;
    b->scratch.len = b->n_slacks = 0;
    if (!close_frame(b) || (w->same_term && !find_slacks(b, w->documents)) ||
        !put_head(&b->scratch, b, all))
        return anam_fail_memory(err);
    anam_status status = anam_file_append(w->file, b->scratch.data, b->scratch.len, err);
    if (!status)
        status = anam_file_append(w->file, b->frames.data, b->frames.len, err);
    *bytes = w->file->pos - *offset;
    b->frames.len = b->n_offsets = 0;
    struct parts ended = b->parts;
    b->parts = b->before;
    b->before = ended;
    b->parts.n_windows = 0;
    b->parts.bounds.len = b->parts.positions.len = b->parts.impacts.len = 0;
    return status;
}

static void free_parts(struct parts *parts)
{
    free(parts->windows);
    free(parts->starts);
    anam_buffer_free(&parts->bounds);
    anam_buffer_free(&parts->positions);
    anam_buffer_free(&parts->impacts);
}

void anam_postings_writer_free(struct anam_postings_writer *w)
{
    struct anam_postings_builder *b = w->builder;
    if (b) {
        anam_buffer_free(&b->frames);
        anam_buffer_free(&b->scratch);
        free_parts(&b->parts);
        free_parts(&b->before);
        free(b->slacks);
        free(b->offsets);
        free(b);
    }
    *w = (struct anam_postings_writer){0};
}

/* ---- reading ---- */

anam_status anam_postings_open(struct anam_postings *p, const struct anam_map *map, uint64_t offset,
                               uint64_t bytes, uint32_t documents, anam_error *err)
{
    uint32_t all = documents / ANAM_WINDOW + (documents % ANAM_WINDOW > 0);
    *p = (struct anam_postings){.map = map, .offset = offset, .documents = documents, .all = all};
    const unsigned char *list;
    anam_status status = anam_map_read(map, offset, bytes, &list, err);
    if (status)
        return status;
    struct anam_cursor c = anam_cursor_over(list, (size_t)bytes);
    p->end = c.end;
    uint64_t head = anam_cursor_varint_max(&c, 2 * (uint64_t)all + 1);
    p->windows = (uint32_t)(head / 2);
    p->presence = c.at;
    enum presence presence = presence_of(p->windows, all);
    if (presence == PRESENCE_BITS)
        anam_cursor_bytes(&c, ((uint64_t)all + 7) / 8);
    for (uint32_t i = 0; presence == PRESENCE_GAPS && i < p->windows && !c.bad; i += GAP_CHUNK) {
        uint32_t count = p->windows - i < GAP_CHUNK ? p->windows - i : GAP_CHUNK;
        unsigned width = anam_cursor_u8(&c);
        anam_cursor_bytes(&c, width > 32 ? UINT64_MAX : anam_packed_bytes(count, width));
    }
    p->bounds = anam_cursor_bytes(&c, p->windows);
    if (head % 2 > 0) {
        p->n_slacks = (uint32_t)anam_cursor_varint_max(&c, p->windows);
        p->slacks = anam_cursor_bytes(&c, anam_packed_bytes(p->n_slacks, SLACK_BITS));
    }
    if (p->windows > ANAM_FRAME) {
        /* The width is that of what lies behind the offsets, and these depend on it. */
        uint64_t frames = ((uint64_t)p->windows + ANAM_FRAME - 1) / ANAM_FRAME;
        uint64_t left = anam_cursor_left(&c);
        p->width = 2;
        while (p->width < 4 && left >= frames * p->width &&
               offset_width(left - frames * p->width) > p->width)
            p->width++;
        p->mask = UINT32_MAX >> (32 - 8 * p->width);
        p->offsets = anam_cursor_bytes(&c, frames * p->width);
    }
    p->frames = c.at;
    if (c.bad || p->windows == 0)
        return anam_map_damaged(map, offset, "head of a posting list", err);
    return ANAM_OK;
}

static bool set_gaps(const struct anam_postings *p, struct anam_presence *out)
{
    const unsigned char *at = p->presence;
    uint64_t next = 0;
    for (uint32_t from = 0; from < p->windows; from += GAP_CHUNK) {
        uint32_t count = p->windows - from < GAP_CHUNK ? p->windows - from : GAP_CHUNK;
        unsigned width = *at++;
        uint32_t gaps[GAP_CHUNK];
        anam_bitunpack(at, gaps, count, width);
        at += anam_packed_bytes(count, width);
        for (uint32_t i = 0; i < count; i++) {
            next += gaps[i];
            if (next >= p->all)
                return false;
            out[next / 64].bits |= UINT64_C(1) << next % 64;
            next++;
        }
    }
    return true;
}

static void set_bits(const struct anam_postings *p, struct anam_presence *out)
{
    size_t bytes = ((size_t)p->all + 7) / 8;
    for (size_t i = 0; i < bytes / 8; i++)
        out[i].bits = anam_load64(p->presence + 8 * i);
    for (size_t i = bytes / 8 * 8; i < bytes; i++)
        out[i / 8].bits |= (uint64_t)p->presence[i] << i % 8 * 8;
}

bool anam_postings_windows(const struct anam_postings *p, struct anam_presence *out)
{
    size_t words = anam_presence_words(p->all);
    uint64_t last = UINT64_MAX >> (64 * words - p->all);
    enum presence presence = presence_of(p->windows, p->all);
    bool ok = true;
    for (size_t i = 0; i < words; i++)
        out[i].bits = presence == PRESENCE_ALL ? i + 1 < words ? UINT64_MAX : last : 0;
    if (presence == PRESENCE_BITS)
        set_bits(p, out);
    else if (presence == PRESENCE_GAPS)
        ok = set_gaps(p, out);
    return ok && (out[words - 1].bits & ~last) == 0;
}

uint32_t anam_huge_tf(const struct anam_frame *f, uint32_t i)
{
    _Static_assert((int)ANAM_VALUE_BITS == 4, "16 values in 64 bits");
    const unsigned char *values = f->exceptions + f->n_exceptions;
    const unsigned char *huge = values + anam_packed_bytes(f->n_exceptions, ANAM_VALUE_BITS);
    for (uint32_t from = 0; from < i; from += 16) { /* those before it, 16 at a time */
        uint64_t v = anam_load64(values + from / 2);
        v &= v >> 1;
        v &= v >> 2 & UINT64_C(0x1111111111111111);
        v &= i - from < 16 ? (UINT64_C(1) << 4 * (i - from)) - 1 : UINT64_MAX;
        huge += 4 * anam_count_bits(v);
    }
    uint32_t less1 = f->end - huge < 4 ? 0 : anam_load32(huge);
    return less1 < UINT32_MAX ? less1 + 1 : 1;
}

anam_status anam_postings_read(struct anam_postings_reader *r, const struct anam_postings *p,
                               anam_error *err)
{
    r->list = *p;
    r->window = 0;
    r->block.n = 0;
    r->presence = anam_new_array(anam_presence_words(p->all), sizeof *r->presence);
    r->frame = malloc(sizeof *r->frame);
    if (!r->presence || !r->frame)
        return anam_fail_memory(err);
    r->frame->number = ANAM_NO_FRAME;
    return anam_postings_presence(p, r->presence, err);
}

static bool read_positions(const struct anam_entry *e, uint32_t base, uint32_t *docs)
{
    if (e->n < ANAM_BITMAP_FROM) {
        for (uint32_t i = 0; i < e->n; i++) {
            docs[i] = base + e->positions[i];
            if (i > 0 && docs[i] <= docs[i - 1])
                return false;
        }
        return true;
    }
    uint32_t n = 0;
    for (uint32_t word = 0; word < ANAM_WINDOW / 64; word++)
        for (uint64_t bits = anam_load64(e->positions + 8 * word); bits; bits &= bits - 1) {
            if (n == e->n)
                return false;
            docs[n++] = base + word * 64 + anam_lowest_bit(bits);
        }
    return n == e->n;
}

/* As anam_entry_tfs, in whole numbers. false: damaged, for an exception is not marked as one or is
 * there twice. */
static bool read_tfs(const struct anam_entry *e, uint32_t *tfs)
{
    const struct anam_frame *f = e->frame;
    const uint32_t marked = UINT32_C(1) << f->width;
    size_t bit = (size_t)e->first * f->width;
    for (uint32_t i = 0; i < e->n; i++, bit += f->width)
        tfs[i] = ((uint32_t)anam_load16(f->packed + bit / 8) >> bit % 8 & (marked - 1)) + 1;
    for (uint32_t from = e->first, end = e->first + e->n; from < end;) {
        struct anam_group g = anam_group_of(f, from, end);
        for (uint32_t x = g.from; x < g.to; x++) {
            uint32_t i = g.begin + f->exceptions[x] - e->first;
            if (i >= e->n)
                continue;
            if (tfs[i] != marked)
                return false;
            tfs[i] = anam_exception_tf(f, x);
        }
        from = g.end;
    }
    return true;
}

/* The first window from r->window on that the list is in; r->list.all: none. */
static uint32_t next_window(const struct anam_postings_reader *r)
{
    for (uint32_t at = r->window; at < r->list.all; at += 64 - at % 64) {
        uint64_t bits = r->presence[at / 64].bits >> at % 64;
        if (bits)
            return at + anam_lowest_bit(bits);
    }
    return r->list.all;
}

anam_status anam_postings_next(struct anam_postings_reader *r, anam_error *err)
{
    const struct anam_postings *p = &r->list;
    struct anam_block *b = &r->block;
    struct anam_entry entry;
    uint32_t e = 0;
    b->n = 0;
    r->window = next_window(r);
    if (r->window == p->all)
        return ANAM_OK;
    anam_presence_has(r->presence, r->window, &e);
    if (!anam_postings_entry(p, r->frame, e, &entry) ||
        !read_positions(&entry, r->window * ANAM_WINDOW, b->docs) ||
        b->docs[entry.n - 1] >= p->documents || !read_tfs(&entry, b->tfs))
        return anam_map_damaged(p->map, p->offset, "frame of a posting list", err);
    b->bound = p->bounds[e];
    b->n = entry.n;
    r->window++;
    return ANAM_OK;
}

void anam_postings_reader_free(struct anam_postings_reader *r)
{
    free(r->presence);
    free(r->frame);
    r->presence = NULL;
    r->frame = NULL;
}
