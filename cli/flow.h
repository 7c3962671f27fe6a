/* Text flowing between two margins of the screen, with words to be noticed. */
#ifndef ANAM_CLI_FLOW_H
#define ANAM_CLI_FLOW_H

#include "anamnesis.h"

#include <stdbool.h>
#include <stddef.h>

enum style { STYLE_PLAIN, STYLE_STRONG, STYLE_MARK, STYLE_FAINT };

enum { FLOW_WORD = 1024 };

struct flow {
    size_t left; /* lines after the first are indented by so much */
    size_t right;
    bool colour;
    const char *tail; /* set after flow_begin: put right-aligned behind the first line */
    size_t tail_right;
    size_t column;
    bool space;       /* white space came before the word */
    enum style shown; /* the style the screen is in */
    enum style style; /* of the last character of the word */
    size_t word_columns;
    size_t used;
    char word[FLOW_WORD]; /* characters, and before each change of style its code */
};

/* The caller has put `left` columns of indentation, or a label as wide. */
void flow_begin(struct flow *flow, size_t left, size_t right, bool colour);

/* Adds text; white space of any kind is where lines may break. */
void flow_text(struct flow *flow, const char *s, size_t n, enum style style);
void flow_string(struct flow *flow, const char *s, enum style style);

/* Adds a passage with its marks, and "…" where its text goes on beyond. */
void flow_passage(struct flow *flow, const anam_passage *passage, enum style style);

/* Ends the last line. */
void flow_end(struct flow *flow);

/* Switches styles on stdout at once; nothing without colour. */
void style_put(enum style style, bool colour);

/* One string in one style, on one line, cut to `columns` with "…". */
void style_line(const char *s, size_t n, size_t columns, enum style style, bool colour);

#endif
