/* Characters as search sees them: NFKC, folded case, and their kind. */
#ifndef ANAM_FOLD_H
#define ANAM_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum anam_char_kind {
    ANAM_CHAR_OTHER, /* separates tokens */
    ANAM_CHAR_LETTER,
    ANAM_CHAR_DIGIT,
    ANAM_CHAR_MARK, /* continues a token, cannot begin one */
    ANAM_CHAR_CJK   /* Han, Hiragana, Katakana, Hangul */
};

enum { ANAM_FOLD_MAX = 32 };

/* The NFKC form of one character with case folded; 0 characters where it is
 * ignorable. Writes at most ANAM_FOLD_MAX. Exceptions: a fraction is set apart from
 * what stands before it, trade and service mark stay, a spacing acute accent is an
 * apostrophe. */
size_t anam_fold_char(uint32_t c, uint32_t out[ANAM_FOLD_MAX]);

enum anam_char_kind anam_char_kind(uint32_t c);

/* Composes base and combining mark to one character, or returns 0. */
uint32_t anam_compose(uint32_t base, uint32_t mark);

/* Brings a token of several folded characters to NFKC as a whole (an i keeps no dot
 * of its own); anam_strip_diacritics takes its diacritics off as well. text[0..n) is
 * UTF-8, overwritten; returns the new length, which is at most n. n is at most
 * ANAM_FOLD_TOKEN. */
enum { ANAM_FOLD_TOKEN = 512 };
size_t anam_compose_token(char *text, size_t n);
size_t anam_strip_diacritics(char *text, size_t n);

#endif
