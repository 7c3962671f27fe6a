/* Which terms each document has: an index turned round, in memory. */
#ifndef ANAM_FORWARD_H
#define ANAM_FORWARD_H

#include <stdbool.h>
#include <stdint.h>

/* A document and its terms: lists[start] to lists[start + terms - 1]. */
struct anam_forward_document {
    uint64_t start;
    uint32_t terms;
    uint32_t document;
};

/* The terms of each document, by number, each at most once. */
struct anam_forward {
    uint32_t documents;
    uint32_t terms; /* numbers are below it */
    struct anam_forward_document *document;
    uint32_t *lists;
};

/* An empty one: document d has room for room[d] terms. Holds 4 bytes a term of a document
 * and 16 a document. false without memory. */
bool anam_forward_init(struct anam_forward *f, const uint32_t *room, uint32_t documents);

/* Gives a document one more term, for which there is room. */
void anam_forward_add(struct anam_forward *f, uint32_t document, uint32_t term);

void anam_forward_free(struct anam_forward *f);

#endif
