/* Judgments and runs in memory, as the measures read them. */
#ifndef ANAM_TREC_H
#define ANAM_TREC_H

#include "base/alloc.h"
#include "base/hash.h"
#include "eval/evaluation.h"

/* One line of a file, its strings NUL-terminated in place. */
struct anam_trec_entry {
    const char *docid;
    size_t line;
    union {
        double score; /* of a run */
        int grade;    /* of qrels */
    };
};

struct anam_trec_query {
    const char *qid;
    struct anam_trec_entry *entries;
    size_t n;
    size_t cap;
};

/* Lines by query. A run is this with scores, qrels are this with grades. */
struct anam_trec {
    struct anam_buffer text;
    struct anam_arena strings; /* of a run built in memory */
    struct anam_trec_query *queries;
    size_t n;
    size_t cap;
    uint32_t *table; /* query + 1 by hash of its qid */
    size_t slots;
    struct anam_hash_key key;
    size_t last; /* query of the line before: lines of a query stand together */
    const char *tag;
};

struct anam_qrels {
    struct anam_trec lines;
    int max_grade;
};

struct anam_run {
    struct anam_trec lines;
};

/* The query of that id, NULL where there is none. */
const struct anam_trec_query *anam_trec_find(const struct anam_trec *t, const char *qid);

/* A set of the documents of one query, for looking them up. */
struct anam_docs {
    const struct anam_trec_query *query;
    struct anam_hash_key key;
    uint32_t *table; /* entry + 1 */
    size_t slots;
    size_t cap;
};

/* Fills the set anew. false without memory, or where a document stands twice: then
 * *first and *again are its entries. */
bool anam_docs_fill(struct anam_docs *d, const struct anam_trec_query *query,
                    const struct anam_trec_entry **first, const struct anam_trec_entry **again);
const struct anam_trec_entry *anam_docs_find(const struct anam_docs *d, const char *docid);
void anam_docs_free(struct anam_docs *d);

#endif
