/* Which terms each document has: an index turned round, in memory. */
#ifndef ANAM_FORWARD_H
#define ANAM_FORWARD_H

#include <stdbool.h>
#include <stdint.h>

/* How many terms there may be: their numbers take 16 bits, and one of these is no term's. */
enum { ANAM_FORWARD_TERMS = UINT16_MAX };

/* A document and its terms: lists[start] to lists[start + terms - 1]. */
struct anam_forward_document {
    uint64_t start;
    uint32_t terms;
    uint32_t document;
};

/* The terms of each document, by number, each at most once. First they are counted, so that there
 * is room for them, then added in any order of documents; what is added is kept by groups of
 * documents, so that putting it in their order finds all of a group in the cache. */
struct anam_forward {
    uint32_t documents;
    uint32_t terms;    /* numbers are below it */
    uint64_t postings; /* of all documents */
    struct anam_forward_document *document;
    uint16_t *lists; /* those of document 0 first, and as much room again */
    uint32_t *added; /* the same bytes before they are put in order */
    uint64_t *group; /* counts, then where the next one of each group is added */
};

/* An empty one. false without memory. */
bool anam_forward_init(struct anam_forward *f, uint32_t documents);

/* One more term of a document is to be added. */
void anam_forward_count(struct anam_forward *f, uint32_t document);

/* Makes room for those that were counted: 4 bytes for each and 16 for a document. false without
 * memory. */
bool anam_forward_begin(struct anam_forward *f);

/* Gives a document one more term, below ANAM_FORWARD_TERMS. */
void anam_forward_add(struct anam_forward *f, uint32_t document, uint32_t term);

/* Once all that were counted are added: puts them in order, those of a group by way of 2 bytes more
 * for each. false without memory. */
bool anam_forward_end(struct anam_forward *f);

void anam_forward_free(struct anam_forward *f);

#endif
