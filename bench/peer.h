/* One engine of the benchmark: a program that builds an index of corpus1.jsonl, and one
 * that answers topics from it.
 *
 *   PEER build CORPUS INDEX      a new index
 *   PEER search INDEX            says "opened NS", the nanoseconds of the clock that took, and
 *                                reads commands from stdin, a line each:
 *       K FIRST COUNT FILE       topics FIRST (from 0) to FIRST + COUNT - 1 of a topic
 *                                file, k hits each; answers a line a topic:
 *                                QID WALL CPU ID SCORE ID SCORE ...
 *                                in nanoseconds of the clock and of this thread
 *
 * The time of a query begins with its words and ends with numbers and scores. Words are what
 * single spaces separate; the files of bench/generate have them ready. */
#ifndef ANAM_BENCH_PEER_H
#define ANAM_BENCH_PEER_H

#include "bench/vocabulary.h"

struct query_term {
    const char *word; /* with a NUL behind it */
    size_t len;
    uint32_t times; /* said in the query */
};

struct query {
    const char *id;
    const char *text;
    size_t text_len;
    struct query_term *terms; /* each once, in the order of the text */
    size_t n_terms;
};

enum { HITS_MAX = 1000 };

struct hits {
    size_t n;
    uint32_t number[HITS_MAX]; /* of a record: the digits of its id */
    double score[HITS_MAX];
};

struct peer {
    void (*build)(const char *corpus, const char *index);
    void *(*open)(const char *index); /* what the other two get as engine */
    void (*search)(void *engine, const struct query *query, size_t k, struct hits *hits);
    void (*close)(void *engine);
};

/* main of such a program. */
int peer_main(const struct peer *peer, int argc, char **argv);

/* Reads corpus1.jsonl: calls `add` for each record's number (from 0) and text. */
void each_record(const char *corpus,
                 void (*add)(void *ctx, uint32_t number, const char *text, size_t len), void *ctx);

/* Adds a hit, a record by its number. */
void hits_add(struct hits *hits, uint32_t number, double score);

#endif
