/* Words by number. Programs of this folder end themselves with a message when memory or
 * a file fails: nobody waits for their answer. */
#ifndef ANAM_BENCH_VOCABULARY_H
#define ANAM_BENCH_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vocabulary {
    char *text;       /* all words, each with a NUL behind it */
    uint32_t *offset; /* of word i in text */
    uint8_t *length;  /* of word i */
    uint32_t n;       /* words */
    uint32_t *slots;  /* open addressing: number + 1, or 0 */
    size_t n_slots;   /* a power of two */
    size_t text_len;
    size_t text_cap;
    size_t words_cap;
};

enum { WORD_MAX = 40 };

/* The number of a word of 1 to WORD_MAX bytes, a new one if it was not there; *is_new may
 * be NULL. */
uint32_t vocabulary_add(struct vocabulary *v, const char *word, size_t len, bool *is_new);

/* UINT32_MAX where it is not there. */
uint32_t vocabulary_find(const struct vocabulary *v, const char *word, size_t len);

/* Borrowed until the next addition. */
const char *vocabulary_word(const struct vocabulary *v, uint32_t number);

void vocabulary_free(struct vocabulary *v);

/* Calls `add` for every token of a text: runs of ASCII letters and digits in lower case,
 * inner apostrophes left out, so that every engine's tokenizer finds the same ones again.
 * Words longer than WORD_MAX are skipped. */
void each_token(const char *text, void (*add)(void *ctx, const char *word, size_t len), void *ctx);

/* Ends the program: "bench: " and the message. */
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);

/* realloc that does not return without memory. */
void *resize(void *ptr, size_t n, size_t size);

/* Makes room for element n of a growing array. */
#define MAKE_ROOM(array, n, cap)                                                                   \
    do {                                                                                           \
        if ((size_t)(n) >= (cap)) {                                                                \
            (cap) = (cap) ? 2 * (cap) : 64;                                                        \
            (array) = resize((array), (cap), sizeof *(array));                                     \
        }                                                                                          \
    } while (0)

#endif
