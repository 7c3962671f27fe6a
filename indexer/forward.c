#include "indexer/forward.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

enum { GROUP = 1 << 14 }; /* documents */

static uint32_t groups(const struct anam_forward *f)
{
    return f->documents / GROUP + 1;
}

bool anam_forward_init(struct anam_forward *f, uint32_t documents)
{
    *f = (struct anam_forward){.documents = documents};
    f->group = anam_new_array(groups(f), sizeof *f->group);
    return f->group != NULL;
}

void anam_forward_count(struct anam_forward *f, uint32_t document)
{
    f->group[document / GROUP]++;
    f->postings++;
}

bool anam_forward_begin(struct anam_forward *f)
{
    uint64_t at = 0;
    for (uint32_t g = 0; g < groups(f); g++) {
        uint64_t n = f->group[g];
        f->group[g] = at;
        at += n;
    }
    f->document = anam_new_array(f->documents, sizeof *f->document);
    if (f->document && at <= SIZE_MAX)
        f->added = anam_resize_array(NULL, (size_t)at, sizeof *f->added);
    return f->added != NULL;
}

void anam_forward_add(struct anam_forward *f, uint32_t document, uint32_t term)
{
    f->added[f->group[document / GROUP]++] = document % GROUP << 16 | term;
    if (term >= f->terms)
        f->terms = term + 1;
}

/* Puts in order what was added of a group, from number `first` to the one before `last`. */
static void end_group(struct anam_forward *f, uint32_t group, uint64_t first, uint64_t last,
                      uint16_t *list)
{
    uint32_t documents = f->documents - group * GROUP;
    struct anam_forward_document *document = f->document + (size_t)group * GROUP;
    documents = documents < GROUP ? documents : GROUP;
    for (uint64_t i = first; i < last; i++)
        document[f->added[i] >> 16].terms++;
    uint64_t start = first;
    for (uint32_t d = 0; d < documents; d++) {
        document[d].document = group * GROUP + d;
        document[d].start = start;
        start += document[d].terms;
        document[d].terms = 0;
    }
    for (uint64_t i = first; i < last; i++) {
        struct anam_forward_document *d = &document[f->added[i] >> 16];
        list[d->start - first + d->terms++] = (uint16_t)f->added[i];
    }
    memcpy((uint16_t *)(void *)f->added + first, list, (last - first) * sizeof *list);
}

bool anam_forward_end(struct anam_forward *f)
{
    uint64_t most = 0;
    for (uint32_t g = 0; g < groups(f); g++) {
        uint64_t n = f->group[g] - (g > 0 ? f->group[g - 1] : 0);
        most = n > most ? n : most;
    }
    uint16_t *list = anam_resize_array(NULL, most, sizeof *list);
    if (!list)
        return false;
    for (uint32_t g = 0; g < groups(f); g++)
        end_group(f, g, g > 0 ? f->group[g - 1] : 0, f->group[g], list);
    free(list);
    f->lists = (uint16_t *)(void *)f->added;
    return true;
}

void anam_forward_free(struct anam_forward *f)
{
    free(f->document);
    free(f->added);
    free(f->group);
    *f = (struct anam_forward){0};
}
