/* Text to terms. The one place that decides what a word is: the indexer, the
 * searcher and the snippets all read text through it.
 *
 * The rules, in order (version ANAM_ANALYZER_VERSION; the index stores it):
 *  1. UTF-8; invalid bytes become U+FFFD, which separates, and are counted.
 *  2. Each character: NFKC, full case folding, default-ignorables (soft hyphen,
 *     zero-width joiner) dropped. A fraction is set apart from digits before it
 *     (3½: 3, 1, 2); trade and service mark separate.
 *  3. A token is a run of letters, marks and digits. Inside it stay: an apostrophe
 *     between letters; a full stop between digits of a number (0.1); a hyphen
 *     between a letter or digit and a digit where the token has a letter before it
 *     (covid-19, b-12; not 20-29, not 5-year-old). All else separates.
 *  4. Runs of Han, Hiragana, Katakana and Hangul give overlapping bigrams; a single
 *     such character stands alone. They are not stemmed.
 *  5. English and Porter: 's, 'm, 'd, 'll, 're, 've at the end are dropped (I'll is
 *     not ill). French, Italian and Catalan split at apostrophes (l'eau). Other
 *     apostrophes, among them a backtick or acute accent typed instead of one, are
 *     taken out (don't: dont).
 *  6. Diacritics off: combining marks of Latin, Greek, Cyrillic, and the optional
 *     vowel points of Arabic and Hebrew; the dotless i becomes an i. Where accents
 *     are part of the spelling that the stemmer's rules speak of (all but English,
 *     Porter, none) this comes after stemming.
 *  7. English and Porter: function words are stopped, never no, not, without, never; they
 *     leave a gap in the positions.
 *  8. Snowball stemming. Tokens holding a digit are not stemmed.
 *  9. A term has at most ANAM_MAX_TERM bytes: what a longer token has beyond is
 *     ignored, whole characters only. */
#ifndef ANAM_ANALYZER_H
#define ANAM_ANALYZER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ANAM_ANALYZER_VERSION = 1, ANAM_MAX_TERM = 128 };

/* Settings, stemmer and scratch: one a thread. */
struct anam_analyzer;

struct anam_token {
    const char *term; /* NUL-terminated, valid until the next call on the analyzer */
    size_t len;       /* 1 to ANAM_MAX_TERM */
    size_t start;     /* bytes of the text that the token came from */
    size_t end;
    uint32_t position; /* counts tokens, stopped ones too, from 0 */
    void **note;       /* see anam_analyzer_remember; NULL: the term has none this time */
};

/* `language` is a Snowball name or "none" (no stemming, no stop words).
 * ANAM_INVALID for another name, ANAM_NO_MEMORY. */
anam_status anam_analyzer_new(struct anam_analyzer **out, const char *language, anam_error *err);
void anam_analyzer_free(struct anam_analyzer *a);

/* Makes the analyzer remember what about so many words became, 64 bytes each; worth it
 * where much text is read. A term then mostly comes with a note, a pointer for the user
 * that is NULL at first and stays with the term, until it is forgotten for others or all
 * notes are cleared. Not in the middle of a text. ANAM_NO_MEMORY. */
anam_status anam_analyzer_remember(struct anam_analyzer *a, size_t words, anam_error *err);
void anam_analyzer_clear_notes(struct anam_analyzer *a);
size_t anam_analyzer_memory(const struct anam_analyzer *a); /* bytes that this takes */

/* Reads every character by the rules, without the short cut for ASCII: the reference
 * that tests compare with. Not in the middle of a text. */
void anam_analyzer_read_slowly(struct anam_analyzer *a);

/* Begins with a text, which must stay until the last token was read. */
void anam_analyzer_start(struct anam_analyzer *a, const char *text, size_t n);

/* The next term that is no stop word: 1, or 0 at the end, or -1 without memory. */
int anam_analyzer_next(struct anam_analyzer *a, struct anam_token *token);

/* Invalid sequences met since the analyzer was made. */
uint64_t anam_analyzer_bad_utf8(const struct anam_analyzer *a);

#endif
