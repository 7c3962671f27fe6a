/* Sorted runs, read side by side: see anam_inverter_write_run. */
#ifndef ANAM_RUN_H
#define ANAM_RUN_H

#include "base/bytes.h"
#include "base/file.h"
#include "index/format.h"

/* The entry at which a run stands. */
struct anam_run {
    const struct anam_map *map;
    uint64_t next; /* offset of the entry behind */
    const char *term;
    size_t len;
    uint32_t field;
    uint64_t n;                  /* postings */
    struct anam_cursor postings; /* behind the posting at which it stands */
    uint64_t document;           /* of that posting */
    uint32_t tf;
};

/* Moves a run to the first posting of its next entry; *more is false at its end. ANAM_DAMAGED. */
anam_status anam_run_advance(struct anam_run *run, bool *more, anam_error *err);

/* Moves a run to the next posting of its entry, which has one. ANAM_DAMAGED. */
static inline anam_status anam_run_posting(struct anam_run *r, anam_error *err)
{
    uint64_t code = anam_cursor_varint(&r->postings);
    r->document += code >> 1;
    r->tf = code & 1 ? 1 : (uint32_t)anam_cursor_varint_max(&r->postings, UINT32_MAX);
    if (r->postings.bad || r->document > ANAM_MAX_DOCUMENTS || r->tf == 0)
        return anam_map_damaged(r->map, r->next, "postings of a run", err);
    return ANAM_OK;
}

/* Less than, equal to or greater than 0, as the key of a, its term and field, is to that of b. */
int anam_run_compare(const struct anam_run *a, const struct anam_run *b);

/* Runs of which none has been read, as a heap: by term, field and document, which no two share. */
struct anam_run_heap {
    struct anam_run *runs;
    struct anam_run **heap; /* the first one's first */
    size_t n;               /* in the heap: those that are not at their end */
};

/* ANAM_DAMAGED, ANAM_NO_MEMORY; to be freed in any case. */
anam_status anam_run_heap_init(struct anam_run_heap *h, const struct anam_map *maps, size_t n,
                               anam_error *err);
void anam_run_heap_free(struct anam_run_heap *h);

/* Puts the first run to where it belongs now; or takes it out, if there is no `more` of it. */
void anam_run_heap_settle(struct anam_run_heap *h, bool more);

#endif
