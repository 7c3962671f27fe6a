/* Runs of ASCII letters and digits, eight bytes at a time. */
#ifndef ANAM_ASCII_H
#define ANAM_ASCII_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ANAM_SHORT_WORDS = 3, ANAM_SHORT_WORD = 8 * ANAM_SHORT_WORDS };

/* A token of less than ANAM_SHORT_WORD bytes: little-endian, zeros behind the last. */
struct anam_short_word {
    uint64_t bytes[ANAM_SHORT_WORDS];
};

struct anam_ascii_run {
    struct anam_short_word folded; /* in lower case */
    size_t len;                    /* less than ANAM_SHORT_WORD */
    bool letter;                   /* it has one */
    bool digit;
};

/* The letters and digits with which text[0..n) begins. false where they are too many. */
bool anam_ascii_run(const char *text, size_t n, struct anam_ascii_run *run);

/* How many ASCII bytes at the beginning are neither letter nor digit. */
size_t anam_ascii_gap(const char *text, size_t n);

/* Between bytes (ANAM_SHORT_WORD of them, in either direction) and a short word. */
void anam_short_word_store(const struct anam_short_word *w, char *bytes);
struct anam_short_word anam_short_word_load(const char *bytes, size_t n);

#endif
