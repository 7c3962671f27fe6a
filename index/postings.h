/* Posting lists: which documents hold a term in a field, and how often.
 * docs/FORMAT.md, "postings". */
#ifndef ANAM_POSTINGS_H
#define ANAM_POSTINGS_H

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/file.h"
#include "index/format.h"

/* Writes lists one after the other to `file`, which the caller opens and finishes. */
struct anam_postings_writer {
    struct anam_file_writer *file;
    const uint32_t *thresholds; /* of the field's lengths; set before each list */
    struct anam_buffer frames;  /* of the list being written */
    struct anam_buffer directory;
    struct anam_frame_builder *frame; /* made by anam_postings_add */
    uint64_t windows;
    int64_t last_window;       /* -1: none yet */
    int64_t last_frame_window; /* last window of the frames already closed */
};

/* Adds a posting; documents ascend, tf >= 1, length is the field's. ANAM_NO_MEMORY. */
anam_status anam_postings_add(struct anam_postings_writer *w, uint32_t document, uint32_t tf,
                              uint32_t length, anam_error *err);
/* Ends the list: where it is in the file. ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_postings_end(struct anam_postings_writer *w, uint64_t *offset, uint64_t *bytes,
                              anam_error *err);
void anam_postings_writer_free(struct anam_postings_writer *w);

/* One frame, decoded. Documents of window i are docs[first[i]] to docs[first[i + 1] - 1]. */
struct anam_frame {
    uint32_t windows;
    uint32_t window[ANAM_FRAME];
    uint8_t bound[ANAM_FRAME];
    uint32_t first[ANAM_FRAME + 1];
    uint32_t n;
    uint32_t docs[ANAM_FRAME * ANAM_WINDOW];
    uint32_t tfs[ANAM_FRAME * ANAM_WINDOW];
};

/* Reads one list from front to back. */
struct anam_postings {
    const struct anam_map *map;
    uint64_t offset;
    uint32_t documents;
    uint64_t windows_left;
    int64_t last_window;
    struct anam_cursor directory;
    struct anam_cursor frames;
};

/* ANAM_DAMAGED. `documents` is the number in the index. */
anam_status anam_postings_open(struct anam_postings *p, const struct anam_map *map, uint64_t offset,
                               uint64_t bytes, uint32_t documents, anam_error *err);

/* Decodes the next frame; frame->n is 0 at the end of the list. Everything in it is
 * checked: documents ascend and are below `documents`, tf >= 1. ANAM_DAMAGED. */
anam_status anam_postings_next(struct anam_postings *p, struct anam_frame *frame, anam_error *err);

#endif
