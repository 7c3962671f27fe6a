/* What a collection is modelled on: the words of real records and of real topics. */
#ifndef ANAM_BENCH_SOURCE_H
#define ANAM_BENCH_SOURCE_H

#include "bench/vocabulary.h"

/* A stretch of struct source's tokens. */
struct stretch {
    uint32_t start;
    uint32_t n;
};

struct theme {
    struct stretch title;
    struct stretch question; /* with the title, which comes first */
    struct stretch answer;
    struct stretch whole; /* both, one behind the other */
    uint32_t group;       /* records of one source or specialty */
    uint32_t place;       /* in members[group] */
};

struct source {
    struct vocabulary words;
    uint32_t *tokens; /* of all themes, then of all topics */
    size_t n_tokens;
    size_t tokens_cap;
    size_t n_theme_tokens;
    struct theme *themes;
    size_t n_themes;
    size_t themes_cap;
    struct vocabulary groups;
    uint32_t **members; /* themes of a group, in the order of the file */
    uint32_t *n_members;
    struct stretch *topics;
    size_t n_topics;
    size_t topics_cap;
    uint32_t *df;       /* of word i: themes that have it */
    uint32_t *topic_df; /* and topics */
    uint8_t *function;  /* whether word i is a function word */
    uint32_t n_known;   /* words that df, topic_df and function are about */
};

/* Reads records (JSON Lines, with source or specialty if they have one). */
void source_read_records(struct source *s, const char *path);

/* Reads topics, a line each: id, tab, text. May be called for several files. */
void source_read_topics(struct source *s, const char *path);

/* After all of these, before anything is asked. */
void source_finish(struct source *s);

void source_free(struct source *s);

#endif
