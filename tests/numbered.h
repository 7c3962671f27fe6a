/* An index of like records whose ids are in an order of one's choice. */
#ifndef ANAM_NUMBERED_H
#define ANAM_NUMBERED_H

#include "folder.h"
#include "good.h"

#include "index/segment.h"

/* Record d of n has the id with the number order[d], which is its rank. */
static inline void open_numbered(struct anam_segment *s, const char *dir, const uint32_t *order,
                                 uint32_t n)
{
    anam_error err;
    anam_writer *writer;
    char id[16];
    ok(anam_writer_open(&writer, dir, NULL, &err), &err); /* in the order given: all are alike */
    for (uint32_t d = 0; d < n; d++) {
        anam_record r = ANAM_RECORD_INIT;
        snprintf(id, sizeof id, "q-%06u", order[d]);
        r.id = id;
        r.text = "red dots";
        ok(anam_writer_add(writer, &r, &err), &err);
    }
    ok(anam_writer_commit(writer, NULL, &err), &err);
    anam_writer_free(writer);
    ok(anam_segment_open(s, dir, &err), &err);
}

static inline void shuffle(uint32_t *order, uint32_t n, uint64_t *seed)
{
    for (uint32_t d = 0; d < n; d++) {
        uint32_t other = testing_below(seed, d + 1);
        order[d] = order[other];
        order[other] = d;
    }
}

#endif
