/* Posting lists: which documents hold a term in a field, and how often.
 * docs/FORMAT.md, "postings". */
#ifndef ANAM_POSTINGS_H
#define ANAM_POSTINGS_H

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/file.h"
#include "index/bitpack.h"
#include "index/format.h"
#include "index/impact.h"

/* Writes lists one after the other to `file`, which the caller opens and finishes. */
struct anam_postings_writer {
    struct anam_file_writer *file;
    struct anam_impact impact;             /* of the field; set before each list */
    uint32_t documents;                    /* in the index */
    bool same_term;                        /* as the list before, in another field; set before a
                                              list is ended */
    struct anam_postings_builder *builder; /* made by anam_postings_add */
};

/* Adds a posting; documents ascend, tf >= 1, length is the field's. ANAM_NO_MEMORY. */
anam_status anam_postings_add(struct anam_postings_writer *w, uint32_t document, uint32_t tf,
                              uint32_t length, anam_error *err);
/* Ends the list: where it is in the file. ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_postings_end(struct anam_postings_writer *w, uint64_t *offset, uint64_t *bytes,
                              anam_error *err);
void anam_postings_writer_free(struct anam_postings_writer *w);

/* One list, open for reading anywhere in it. Immutable; valid as long as the map. */
struct anam_postings {
    const struct anam_map *map;
    uint64_t offset;
    const unsigned char *end;
    uint32_t documents;            /* in the index */
    uint32_t windows;              /* in which the list has postings: its entries */
    uint32_t all;                  /* windows of the index */
    const unsigned char *presence; /* which windows: nothing, bits or gaps, by their number */
    const unsigned char *bounds;   /* one a window */
    const unsigned char *slacks;   /* one a window that the term's list before is in, too; */
    uint32_t n_slacks;             /* 0 where there is no such list or window */
    const unsigned char *offsets;  /* of each frame, from `frames`; NULL: one frame */
    unsigned width;                /* of an offset, 2 to 4 bytes, */
    uint32_t mask;                 /* and which of four bytes they are */
    const unsigned char *frames;
};

/* ANAM_DAMAGED. `documents` is the number in the index. */
anam_status anam_postings_open(struct anam_postings *p, const struct anam_map *map, uint64_t offset,
                               uint64_t bytes, uint32_t documents, anam_error *err);

/* Slack i, of anam_impact_slack. */
static inline uint32_t anam_postings_slack(const struct anam_postings *p, uint32_t i)
{
    return p->slacks[i / 2] >> i % 2 * 4 & 15;
}

/* Which of 64 windows a list is in, the lowest bit for the first, and how many it is in before
 * them. Entry e of the list is that of its e-th window. */
struct anam_presence {
    uint64_t bits;
    uint32_t before;
};

/* Words of presence for an index of so many windows. */
static inline size_t anam_presence_words(size_t windows)
{
    return (windows + 63) / 64;
}

/* Sets the bits alone, of anam_presence_words(p->all) words; how many there are is still to be
 * compared with p->windows. false: damaged. */
bool anam_postings_windows(const struct anam_postings *p, struct anam_presence *out);

/* The windows of the list; `out` has room for anam_presence_words(p->all). ANAM_DAMAGED. Inlined,
 * so that what is built for a processor that counts bits lets it. */
static inline anam_status anam_postings_presence(const struct anam_postings *p,
                                                 struct anam_presence *out, anam_error *err)
{
    uint32_t n = 0;
    bool ok = anam_postings_windows(p, out);
    for (size_t i = 0; i < anam_presence_words(p->all); i++) {
        out[i].before = n;
        n += anam_count_bits(out[i].bits);
    }
    if (!ok || n != p->windows)
        return anam_map_damaged(p->map, p->offset, "windows of a posting list", err);
    return ANAM_OK;
}

/* Reads a list from front to back, a window at a time. Everything is checked: documents
 * ascend and are below p->documents, tf >= 1. */
struct anam_block {
    uint32_t n;
    uint32_t docs[ANAM_WINDOW];
    uint32_t tfs[ANAM_WINDOW];
    uint8_t bound;
};

struct anam_postings_reader {
    struct anam_postings list;
    struct anam_presence *presence; /* owned */
    struct anam_frame *frame;       /* owned */
    uint32_t window;                /* the next to look at */
    struct anam_block block;
};

/* ANAM_DAMAGED, ANAM_NO_MEMORY. */
anam_status anam_postings_read(struct anam_postings_reader *r, const struct anam_postings *p,
                               anam_error *err);
/* The next window in r->block, whose n is 0 at the end. ANAM_DAMAGED. */
anam_status anam_postings_next(struct anam_postings_reader *r, anam_error *err);
void anam_postings_reader_free(struct anam_postings_reader *r);

#endif
