/* A committed generation of an index, opened for reading: all its files together. */
#ifndef ANAM_SEGMENT_H
#define ANAM_SEGMENT_H

#include "index/dict.h"
#include "index/docstore.h"
#include "index/lengths.h"
#include "index/manifest.h"
#include "index/postings.h"

struct anam_segment {
    struct anam_manifest manifest;
    struct anam_map map[ANAM_N_FILES];
    struct anam_dict terms;
    struct anam_dict ids;
    uint64_t ranks;       /* of ids by document, packed; offset in the ids file */
    uint64_t links;       /* to documents, likewise: anam_segment_find */
    unsigned number_bits; /* of one of both */
    struct anam_lengths lengths;
    struct anam_docstore documents;
};

/* Opens the generation that the manifest in `dir` names at this moment; reads only
 * the manifest and the ends of files. Immutable afterwards: threads may share it.
 * ANAM_NOT_INDEX, ANAM_DAMAGED, ANAM_TOO_NEW, ANAM_IO, ANAM_NO_MEMORY. */
anam_status anam_segment_open(struct anam_segment *s, const char *dir, anam_error *err);
void anam_segment_close(struct anam_segment *s);

/* Where the posting list of a term in a field is. df 0: the field lacks the term. */
struct anam_list_ref {
    uint64_t df;
    uint64_t cf; /* occurrences over all documents */
    uint64_t offset;
    uint64_t bytes;
};

/* The value of a term that at least one field has, and back from where `it` stands. The
 * lists lie one behind the other. */
void anam_list_refs_encode(const struct anam_list_ref refs[ANAM_N_FIELDS],
                           struct anam_dict_value *value);
bool anam_list_refs_decode(const struct anam_dict_iter *it,
                           struct anam_list_ref refs[ANAM_N_FIELDS]);

/* Looks a term up; all df are 0 where it is unknown. ANAM_DAMAGED. */
anam_status anam_segment_term(const struct anam_segment *s, const char *term, size_t len,
                              struct anam_list_ref refs[ANAM_N_FIELDS], anam_error *err);

/* Begins to load how a list begins: its presence and bounds. */
void anam_segment_foresee_list(const struct anam_segment *s, const struct anam_list_ref *ref);

/* Opens a list found by anam_segment_term. ANAM_DAMAGED. */
anam_status anam_segment_postings(const struct anam_segment *s, const struct anam_list_ref *ref,
                                  struct anam_postings *p, anam_error *err);

/* Bits of a document's number among so many; and how many links these have. */
unsigned anam_number_bits(uint32_t documents);
uint32_t anam_links(uint32_t documents);

/* The document with link i, one of ANAM_LINKED that follow each other. Which of them is as good as
 * random, for orders of documents are regular; the last may be none of the index. */
static inline uint32_t anam_linked(uint32_t i)
{
    return i * ANAM_LINKED + (i * UINT32_C(2654435761) >> 27);
}

/* The document to which link i goes: see anam_segment_find. ANAM_DAMAGED. */
anam_status anam_segment_link(const struct anam_segment *s, uint32_t i, uint32_t *document,
                              anam_error *err);

/* The rank of a document's id among all ids in byte order. ANAM_DAMAGED. */
anam_status anam_segment_rank(const struct anam_segment *s, uint32_t document, uint32_t *rank,
                              anam_error *err);

/* Begins to load it. */
void anam_segment_foresee_rank(const struct anam_segment *s, uint32_t document);

/* The external id of a document, in it->key. ANAM_DAMAGED. */
anam_status anam_segment_id(const struct anam_segment *s, uint32_t document,
                            struct anam_dict_iter *it, anam_error *err);

/* The document with an id; *found. Reads some 64 ranks here and there, in an order
 * of documents made for it up to all. ANAM_DAMAGED. */
anam_status anam_segment_find(const struct anam_segment *s, const char *id, uint32_t *document,
                              bool *found, anam_error *err);

/* Verifies every byte and that all parts agree. Reports each finding through `report`
 * (NULL is fine); err holds the first. ANAM_DAMAGED, ANAM_NO_MEMORY. */
anam_status anam_segment_check(const struct anam_segment *s, anam_check_fn report, void *ctx,
                               anam_error *err);

#endif
