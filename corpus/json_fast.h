/* The short cut of jsonl.c: takes records as most archives have them, and leaves every
 * other line to jansson, which decides what is right and says what is wrong.
 *
 * A line is plain when it begins with '{', is no longer than ANAM_JSON_FAST_MOST, is valid
 * JSON, names no key twice in an object, and has for known keys a value of the usual kind or
 * null. Other keys are kept in `extra` as the text that jansson would write: their values hold
 * no number but integers of 64 bits, are at most 8 levels deep, and no object that they are in
 * or hold has more than 64 members. */
#ifndef ANAM_CORPUS_JSON_FAST_H
#define ANAM_CORPUS_JSON_FAST_H

#include "corpus/record.h"

#define ANAM_JSON_FAST_MOST ((size_t)256 << 10) /* bytes of a line; bounds what is allocated */

struct anam_json_fast; /* opaque: for one thread at a time, for any number of lines */

/* NULL without memory. All that is ever needed, but for what goes to the builder, is allocated
 * here: up to 15 times the longest line, of which only what lines fill is touched. */
struct anam_json_fast *anam_json_fast_new(void);
void anam_json_fast_free(struct anam_json_fast *fast); /* NULL is fine */

/* Whether the n bytes are a plain line. Then its record is in the builder, which was reset
 * before; else the builder has to be reset again. Escapes that mean no character must have
 * been replaced (see repair_escapes). In both cases no_memory of the builder counts. */
bool anam_json_fast_take(struct anam_json_fast *fast, const char *line, size_t n,
                         struct anam_builder *b);

#endif
