#include "indexer/forward.h"

#include "base/alloc.h"

#include <stdlib.h>

bool anam_forward_init(struct anam_forward *f, const uint32_t *room, uint32_t documents)
{
    uint64_t total = 0;
    *f = (struct anam_forward){.documents = documents};
    f->document = anam_new_array(documents, sizeof *f->document);
    if (!f->document)
        return false;
    for (uint32_t d = 0; d < documents; d++) {
        f->document[d] = (struct anam_forward_document){.start = total, .document = d};
        total += room[d];
    }
    if (total <= SIZE_MAX)
        f->lists = anam_resize_array(NULL, (size_t)total, sizeof *f->lists);
    if (f->lists)
        return true;
    anam_forward_free(f);
    return false;
}

void anam_forward_add(struct anam_forward *f, uint32_t document, uint32_t term)
{
    struct anam_forward_document *d = &f->document[document];
    f->lists[d->start + d->terms++] = term;
    if (term >= f->terms)
        f->terms = term + 1;
}

void anam_forward_free(struct anam_forward *f)
{
    free(f->document);
    free(f->lists);
    *f = (struct anam_forward){0};
}
