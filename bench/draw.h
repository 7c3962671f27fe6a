/* Invented records with the statistics of real ones. */
#ifndef ANAM_BENCH_DRAW_H
#define ANAM_BENCH_DRAW_H

#include "bench/random.h"
#include "bench/source.h"

/* A growing row of words. */
struct row {
    uint32_t *words;
    size_t n;
    size_t cap;
};

struct draw {
    struct source *source;
    struct random_stream random;
    uint32_t *popular;      /* themes, the most wanted first */
    struct row invented;    /* every use of a word that is in no source */
    uint32_t (*recent)[16]; /* such words of a theme, by its number: number + 1, or 0 */
    uint8_t *seen;          /* word i occurs in the collection */
    uint32_t *last;         /* record number + 1 that word i was last in */
    size_t words_cap;       /* of seen and last */
    uint64_t records;
    uint64_t tokens;
    uint64_t postings;       /* different words of each record */
    uint64_t postings_split; /* of each field of each record */
    uint64_t vocabulary;
};

struct drawn {
    struct row question; /* with the title, which comes first */
    size_t title;        /* words of it */
    struct row answer;
};

void draw_begin(struct draw *d, struct source *source, uint64_t seed);

/* The next record into *out, whose rows are used again. */
void draw_record(struct draw *d, struct drawn *out);

void draw_end(struct draw *d);

/* A theme, the popular ones more often. */
const struct theme *draw_theme(const struct source *s, const uint32_t *popular,
                               struct random_stream *r);

/* The themes in an order of popularity; yours to free. */
uint32_t *draw_popularity(const struct source *s, struct random_stream *r);

/* A theme from about the same place of the same group. */
const struct theme *draw_neighbour(const struct source *s, const struct theme *theme,
                                   struct random_stream *r);

/* A word of a theme that says something: no function word, not in a tenth of all themes. */
uint32_t draw_content_word(const struct source *s, const struct theme *theme,
                           struct random_stream *r);

void row_add(struct row *row, uint32_t word);

#endif
