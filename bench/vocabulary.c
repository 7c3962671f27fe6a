#include "bench/vocabulary.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("bench: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

void *resize(void *ptr, size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / size)
        die("too much memory wanted");
    ptr = realloc(ptr, n * size > 0 ? n * size : 1);
    if (!ptr)
        die("out of memory");
    return ptr;
}

/* FNV-1a, then mixed once more because the table uses the low bits. */
static uint64_t hash(const char *word, size_t len)
{
    uint64_t h = 0xCBF29CE484222325u;
    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)word[i]) * 0x100000001B3u;
    return h ^ (h >> 29);
}

static void grow_slots(struct vocabulary *v)
{
    v->n_slots = v->n_slots ? 2 * v->n_slots : 1024;
    v->slots = resize(v->slots, v->n_slots, sizeof *v->slots);
    memset(v->slots, 0, v->n_slots * sizeof *v->slots);
    for (uint32_t i = 0; i < v->n; i++) {
        size_t at = hash(v->text + v->offset[i], v->length[i]) & (v->n_slots - 1);
        while (v->slots[at] != 0)
            at = (at + 1) & (v->n_slots - 1);
        v->slots[at] = i + 1;
    }
}

static uint32_t append(struct vocabulary *v, const char *word, size_t len)
{
    if (v->n == v->words_cap) {
        v->words_cap = v->words_cap ? 2 * v->words_cap : 1024;
        v->offset = resize(v->offset, v->words_cap, sizeof *v->offset);
        v->length = resize(v->length, v->words_cap, sizeof *v->length);
    }
    while (v->text_cap < v->text_len + len + 1) {
        v->text_cap = v->text_cap ? 2 * v->text_cap : 4096;
        v->text = resize(v->text, v->text_cap, 1);
    }
    memcpy(v->text + v->text_len, word, len);
    v->text[v->text_len + len] = '\0';
    v->offset[v->n] = (uint32_t)v->text_len;
    v->length[v->n] = (uint8_t)len;
    v->text_len += len + 1;
    return v->n++;
}

/* Where the word is, or the empty slot where it would be. */
static size_t slot_of(const struct vocabulary *v, const char *word, size_t len)
{
    size_t at = hash(word, len) & (v->n_slots - 1);
    for (; v->slots[at] != 0; at = (at + 1) & (v->n_slots - 1)) {
        uint32_t i = v->slots[at] - 1;
        if (v->length[i] == len && memcmp(v->text + v->offset[i], word, len) == 0)
            break;
    }
    return at;
}

uint32_t vocabulary_add(struct vocabulary *v, const char *word, size_t len, bool *is_new)
{
    if (2 * (size_t)v->n >= v->n_slots)
        grow_slots(v);
    size_t at = slot_of(v, word, len);
    bool missing = v->slots[at] == 0;
    if (is_new)
        *is_new = missing;
    if (missing)
        v->slots[at] = append(v, word, len) + 1;
    return v->slots[at] - 1;
}

uint32_t vocabulary_find(const struct vocabulary *v, const char *word, size_t len)
{
    size_t at = v->n_slots ? slot_of(v, word, len) : 0;
    return v->n_slots && v->slots[at] != 0 ? v->slots[at] - 1 : UINT32_MAX;
}

const char *vocabulary_word(const struct vocabulary *v, uint32_t number)
{
    return v->text + v->offset[number];
}

void vocabulary_free(struct vocabulary *v)
{
    free(v->text);
    free(v->offset);
    free(v->length);
    free(v->slots);
    *v = (struct vocabulary){0};
}

void each_token(const char *text, void (*add)(void *ctx, const char *word, size_t len), void *ctx)
{
    char word[WORD_MAX];
    size_t len = 0;
    for (const char *p = text;; p++) {
        char c = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            if (len < WORD_MAX)
                word[len] = c;
            len++;
            continue;
        }
        if (c == '\'' && len > 0)
            continue;
        if (len > 0 && len <= WORD_MAX)
            add(ctx, word, len);
        len = 0;
        if (c == '\0')
            return;
    }
}
