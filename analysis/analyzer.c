#include "analysis/analyzer.h"

#include "analysis/fold.h"
#include "analysis/stop.h"
#include "analysis/termcache.h"
#include "base/alloc.h"
#include "base/utf8.h"

#include <libstemmer.h>
#include <stdlib.h>
#include <string.h>

/* One folded character and the bytes of the text that it came from. */
struct folded {
    uint32_t c;
    enum anam_char_kind kind;
    size_t start;
    size_t end;
};

enum { QUEUE = ANAM_FOLD_MAX + 2 };

/* A word that is a run of ASCII letters and digits. */
struct run_word {
    struct anam_ascii_run run;
    struct anam_cached_term *set; /* where the cache has it; NULL: there is no cache */
    size_t start;
    size_t end;
};

struct anam_analyzer {
    struct sb_stemmer *stemmer; /* NULL: no stemming */
    bool stops;                 /* English function words */
    bool english;               /* drop 's, 'll and the like */
    bool splits_apostrophe;     /* l'eau */
    bool fold_after_stem;       /* accents belong to the stemmer's rules */
    bool slow;                  /* no short cut for ASCII */
    uint64_t bad_utf8;
    struct anam_term_cache cache;

    const char *text;
    size_t n;
    size_t at;                  /* next byte to decode */
    struct folded queue[QUEUE]; /* characters decoded ahead */
    size_t head;
    size_t ahead;
    struct run_word next; /* the word behind the one that is told, while its set is on its way */
    bool has_next;
    uint32_t position;
    struct folded cjk; /* last character of the CJK run being read, c == 0: none */
    bool cjk_paired;   /* it already stands in a bigram */

    char token[ANAM_FOLD_TOKEN + 1];
};

static bool one_of(const char *language, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(language, *names) == 0)
            return true;
    return false;
}

const char *const *anam_languages(void)
{
    static const char *const none[] = {NULL};
    const char **names = sb_stemmer_list();
    return names ? (const char *const *)names : none;
}

anam_status anam_analyzer_new(struct anam_analyzer **out, const char *language, anam_error *err)
{
    static const char *const english[] = {"english", "porter", NULL};
    static const char *const eliding[] = {"french", "italian", "catalan", NULL};
    *out = NULL;
    bool stems = strcmp(language, "none") != 0;
    if (stems && !one_of(language, anam_languages()))
        return anam_fail(err, ANAM_INVALID, "unknown language '%.40s'", language);
    struct anam_analyzer *a = calloc(1, sizeof *a);
    if (!a)
        return anam_fail_memory(err);
    a->stops = a->english = one_of(language, english);
    a->splits_apostrophe = one_of(language, eliding);
    a->fold_after_stem = stems && !a->english;
    if (stems) {
        a->stemmer = sb_stemmer_new(language, NULL);
        if (!a->stemmer) {
            free(a);
            return anam_fail_memory(err);
        }
    }
    *out = a;
    return ANAM_OK;
}

void anam_analyzer_free(struct anam_analyzer *a)
{
    if (!a)
        return;
    if (a->stemmer)
        sb_stemmer_delete(a->stemmer);
    anam_term_cache_free(&a->cache);
    free(a);
}

anam_status anam_analyzer_remember(struct anam_analyzer *a, size_t words, anam_error *err)
{
    anam_term_cache_free(&a->cache);
    return anam_term_cache_init(&a->cache, words) ? ANAM_OK : anam_fail_memory(err);
}

void anam_analyzer_clear_notes(struct anam_analyzer *a)
{
    anam_term_cache_clear_notes(&a->cache);
}

size_t anam_analyzer_memory(const struct anam_analyzer *a)
{
    return anam_term_cache_memory(&a->cache);
}

void anam_analyzer_read_slowly(struct anam_analyzer *a)
{
    a->slow = true;
}

uint64_t anam_analyzer_bad_utf8(const struct anam_analyzer *a)
{
    return a->bad_utf8;
}

void anam_analyzer_start(struct anam_analyzer *a, const char *text, size_t n)
{
    a->text = text ? text : "";
    a->n = n;
    a->at = 0;
    a->head = a->ahead = 0;
    a->has_next = false;
    a->position = 0;
    a->cjk.c = 0;
}

/* Decodes and folds the next character of the text behind the queue. */
static void decode(struct anam_analyzer *a)
{
    if (a->ahead == 0)
        a->head = 0;
    struct folded *slot = &a->queue[a->head + a->ahead];
    unsigned char byte = (unsigned char)a->text[a->at];
    if (byte < 0x80) {
        uint32_t c = byte >= 'A' && byte <= 'Z' ? byte + 32u : byte;
        *slot = (struct folded){c, anam_char_kind(c), a->at, a->at + 1};
        a->at++;
        a->ahead++;
        return;
    }
    uint32_t c;
    bool valid;
    size_t len = anam_utf8_decode(a->text + a->at, a->n - a->at, &c, &valid);
    a->bad_utf8 += !valid;
    uint32_t folds[ANAM_FOLD_MAX];
    size_t n = anam_fold_char(c, folds);
    for (size_t i = 0; i < n; i++)
        slot[i] = (struct folded){folds[i], anam_char_kind(folds[i]), a->at, a->at + len};
    a->at += len;
    a->ahead += n;
}

/* The i-th character ahead (0 or 1), NULL beyond the end of the text. */
static const struct folded *peek(struct anam_analyzer *a, size_t i)
{
    while (a->ahead <= i) {
        if (a->at == a->n)
            return NULL;
        if (a->head > 1 && a->ahead == 1) { /* make room for the longest folding */
            a->queue[0] = a->queue[a->head];
            a->head = 0;
        }
        decode(a);
    }
    return &a->queue[a->head + i];
}

static void advance(struct anam_analyzer *a)
{
    a->head++;
    a->ahead--;
}

static bool is_apostrophe(uint32_t c)
{
    return c == '\'' || c == '`' || c == 0x2019 || c == 0x2018 || c == 0x02BC;
}

static bool is_hyphen(uint32_t c)
{
    return c == '-' || c == 0x2010;
}

/* What is known of the word read so far. */
struct word {
    size_t len;
    enum anam_char_kind last;
    bool has_letter;
    bool has_digit;
    bool ascii;
};

/* Whether c, a separator elsewhere, stays inside this word before `next`. */
static bool joins(const struct anam_analyzer *a, const struct word *w, uint32_t c,
                  const struct folded *next)
{
    if (!next)
        return false;
    if (is_apostrophe(c))
        return !a->splits_apostrophe && w->last == ANAM_CHAR_LETTER &&
               next->kind == ANAM_CHAR_LETTER && !is_apostrophe(next->c);
    if (next->kind != ANAM_CHAR_DIGIT)
        return false;
    if (c == '.')
        return !w->has_letter && w->last == ANAM_CHAR_DIGIT;
    return is_hyphen(c) && w->has_letter;
}

static void append(struct anam_analyzer *a, struct word *w, uint32_t c)
{
    char bytes[4];
    size_t width = anam_utf8_encode(c, bytes);
    if (w->len + width > ANAM_FOLD_TOKEN)
        return; /* rule 9: beyond what a term can hold anyway */
    memcpy(a->token + w->len, bytes, width);
    w->len += width;
    w->ascii = w->ascii && width == 1;
}

/* Reads the word that begins at the next character into a->token. */
static struct word read_word(struct anam_analyzer *a, struct anam_token *token)
{
    struct word w = {.ascii = true};
    const struct folded *f = peek(a, 0);
    token->start = f->start;
    for (; f; f = peek(a, 0)) {
        enum anam_char_kind kind = f->kind;
        uint32_t c = f->c;
        size_t end = f->end;
        if (is_apostrophe(c) || kind == ANAM_CHAR_OTHER) {
            const struct folded *next = w.len > 0 ? peek(a, 1) : NULL;
            if (!joins(a, &w, c, next))
                break;
            c = is_apostrophe(c) ? '\'' : is_hyphen(c) ? '-' : c;
            kind = w.last;
        } else if (kind == ANAM_CHAR_CJK) {
            break;
        }
        append(a, &w, c);
        w.has_letter |= kind == ANAM_CHAR_LETTER;
        w.has_digit |= kind == ANAM_CHAR_DIGIT;
        if (kind != ANAM_CHAR_MARK)
            w.last = kind;
        token->end = end;
        advance(a);
    }
    return w;
}

/* Length of the English ending that begins with an apostrophe and ends s, or 0.
 * Without this, I'll would be ill. */
static size_t clitic(const char *s, size_t n)
{
    static const char *const endings[] = {"'s", "'m", "'d", "'ll", "'re", "'ve"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t len = strlen(endings[i]);
        if (n > len && memcmp(s + n - len, endings[i], len) == 0)
            return len;
    }
    return 0;
}

static size_t drop_apostrophes(const struct anam_analyzer *a, char *s, size_t n)
{
    if (a->english)
        for (size_t len; (len = clitic(s, n)) > 0;)
            n -= len;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (s[i] != '\'')
            s[kept++] = s[i];
    return kept;
}

static size_t cut_at_character(const char *s, size_t n)
{
    if (n <= ANAM_MAX_TERM)
        return n;
    n = ANAM_MAX_TERM;
    while (n > 0 && ((unsigned char)s[n] & 0xC0) == 0x80)
        n--;
    return n;
}

static bool is_ascii(const char *s, size_t n)
{
    unsigned char all = 0;
    for (size_t i = 0; i < n; i++)
        all |= (unsigned char)s[i];
    return all < 0x80;
}

/* Rules 5 to 9 on the word in a->token. 1 term, 0 no term, -1 without memory. */
static int finish_word(struct anam_analyzer *a, struct word *w, struct anam_token *token)
{
    char *s = a->token;
    size_t n = drop_apostrophes(a, s, w->len);
    if (!w->ascii)
        n = a->fold_after_stem ? anam_compose_token(s, n) : anam_strip_diacritics(s, n);
    n = cut_at_character(s, n);
    if (a->stops && anam_is_stop_word(s, n))
        return 0;
    if (a->stemmer && !w->has_digit && n > 0) {
        const sb_symbol *stem = sb_stemmer_stem(a->stemmer, (const sb_symbol *)s, (int)n);
        if (!stem)
            return -1;
        int len = sb_stemmer_length(a->stemmer);
        if (len > 0 && len <= ANAM_FOLD_TOKEN) {
            n = (size_t)len;
            memcpy(s, stem, n);
        }
    }
    if (a->fold_after_stem && !is_ascii(s, n)) /* Turkish stems may gain a letter */
        n = anam_strip_diacritics(s, n);
    n = cut_at_character(s, n);
    s[n] = '\0';
    token->term = s;
    token->len = n;
    return n > 0;
}

/* The term that the cache holds for a token, as finish_word. */
static int use_cached(struct anam_cached_term *t, struct anam_token *token)
{
    token->term = t->term;
    token->len = t->len;
    token->note = &t->note;
    return t->len > 0;
}

/* Finishes the word in a->token, which the cache does not know, and enters it there. */
static int finish_and_remember(struct anam_analyzer *a, struct word *w,
                               struct anam_cached_term *set, const struct anam_short_word *key,
                               struct anam_token *token)
{
    int found = finish_word(a, w, token);
    if (found < 0 || (found > 0 && token->len >= ANAM_SHORT_WORD))
        return found;
    return use_cached(anam_term_cache_add(set, key, token->term, found > 0 ? token->len : 0),
                      token);
}

/* What a token becomes depends on nothing but its bytes and the language. */
static int finish_any(struct anam_analyzer *a, struct word *w, struct anam_token *token)
{
    token->note = NULL;
    if (a->cache.sets == 0 || w->len >= ANAM_SHORT_WORD || w->len == 0)
        return finish_word(a, w, token);
    struct anam_short_word key = anam_short_word_load(a->token, w->len);
    struct anam_cached_term *set = anam_term_cache_set(&a->cache, &key);
    struct anam_cached_term *known = anam_term_cache_find(set, &key);
    return known ? use_cached(known, token) : finish_and_remember(a, w, set, &key, token);
}

/* The same for a word that is a run of ASCII letters and digits. */
static int finish_run(struct anam_analyzer *a, const struct run_word *word,
                      struct anam_token *token)
{
    const struct anam_ascii_run *run = &word->run;
    token->start = word->start;
    token->end = word->end;
    if (word->set) {
        struct anam_cached_term *known = anam_term_cache_find(word->set, &run->folded);
        if (known)
            return use_cached(known, token);
    }
    struct word w = {
        .len = run->len, .has_letter = run->letter, .has_digit = run->digit, .ascii = true};
    anam_short_word_store(&run->folded, a->token);
    token->note = NULL;
    return word->set ? finish_and_remember(a, &w, word->set, &run->folded, token)
                     : finish_word(a, &w, token);
}

/* Whether a run is a whole word, going by the byte behind it and the one after that. Says
 * no where the rules for characters have to decide. */
static bool ends_word(const struct anam_analyzer *a, const struct anam_ascii_run *run, size_t end)
{
    if (end == a->n)
        return true;
    unsigned char c = (unsigned char)a->text[end];
    if (c >= 0x80)
        return false;
    if (c != '.' && c != '-' && !is_apostrophe(c))
        return true;
    if (end + 1 == a->n)
        return true;
    unsigned char next = (unsigned char)a->text[end + 1];
    if (next >= 0x80)
        return false;
    enum anam_char_kind kind = anam_char_kind(next);
    if (is_apostrophe(c))
        return kind != ANAM_CHAR_LETTER;
    return kind != ANAM_CHAR_DIGIT || (c == '-' ? !run->letter : run->letter);
}

/* Lets the short cut begin at the next character: what was decoded ahead is decoded again.
 * false where it is more than plain ASCII. */
static bool rewind_ascii(struct anam_analyzer *a)
{
    size_t from = a->at;
    for (size_t i = a->ahead; i > 0; i--) {
        const struct folded *f = &a->queue[a->head + i - 1];
        if (f->end != from || f->start + 1 != from || (unsigned char)a->text[f->start] >= 0x80)
            return false;
        from = f->start;
    }
    a->at = from;
    a->ahead = 0;
    return true;
}

/* Reads a word of ASCII letters and digits, and separators before it. false where the next
 * word is another, or none is left, with nothing read but separators. */
static bool read_run(struct anam_analyzer *a, struct run_word *word)
{
    struct anam_ascii_run *run = &word->run;
    if (a->slow || !rewind_ascii(a))
        return false;
    a->at += anam_ascii_gap(a->text + a->at, a->n - a->at);
    if (!anam_ascii_run(a->text + a->at, a->n - a->at, run) || run->len == 0 ||
        !ends_word(a, run, a->at + run->len))
        return false;
    word->start = a->at;
    word->end = a->at += run->len;
    word->set = a->cache.sets > 0 ? anam_term_cache_set(&a->cache, &run->folded) : NULL;
    return true;
}

/* The same; reads the word behind it, too, so that there is time to load what is known of that. */
static bool take_run(struct anam_analyzer *a, struct run_word *word)
{
    if (a->has_next)
        *word = a->next;
    else if (!read_run(a, word))
        return false;
    a->has_next = read_run(a, &a->next);
    return true;
}

/* Takes the next CJK character with the sound marks, or the letters of a decomposed
 * Hangul syllable, that follow it. */
static struct folded read_cjk(struct anam_analyzer *a)
{
    struct folded f = *peek(a, 0);
    advance(a);
    const struct folded *next;
    while ((next = peek(a, 0)) != NULL) {
        uint32_t composed = anam_compose(f.c, next->c);
        if (!composed && next->kind != ANAM_CHAR_MARK)
            break;
        f.c = composed ? composed : f.c;
        f.end = next->end;
        advance(a);
    }
    return f;
}

static void emit_cjk(struct anam_analyzer *a, const struct folded *first,
                     const struct folded *second, struct anam_token *token)
{
    size_t n = anam_utf8_encode(first->c, a->token);
    if (second)
        n += anam_utf8_encode(second->c, a->token + n);
    a->token[n] = '\0';
    token->term = a->token;
    token->len = n;
    token->note = NULL;
    token->start = first->start;
    token->end = second ? second->end : first->end;
    token->position = a->position++;
}

/* Goes on with a CJK run: whether it gave a token. */
static bool next_cjk(struct anam_analyzer *a, struct anam_token *token)
{
    struct folded first = a->cjk;
    const struct folded *f = peek(a, 0);
    if (f && f->kind == ANAM_CHAR_CJK) {
        a->cjk = read_cjk(a);
        a->cjk_paired = true;
        emit_cjk(a, &first, &a->cjk, token);
        return true;
    }
    a->cjk.c = 0;
    if (a->cjk_paired)
        return false;
    emit_cjk(a, &first, NULL, token);
    return true;
}

int anam_analyzer_next(struct anam_analyzer *a, struct anam_token *token)
{
    for (;;) {
        if (a->cjk.c && next_cjk(a, token))
            return 1;
        struct run_word word;
        if (take_run(a, &word)) {
            token->position = a->position++;
            int found = finish_run(a, &word, token);
            if (found != 0)
                return found;
            continue;
        }
        const struct folded *f = peek(a, 0);
        if (!f)
            return 0;
        if (f->kind == ANAM_CHAR_CJK) {
            a->cjk = read_cjk(a);
            a->cjk_paired = false;
            continue;
        }
        if ((f->kind != ANAM_CHAR_LETTER && f->kind != ANAM_CHAR_DIGIT) || is_apostrophe(f->c)) {
            advance(a);
            continue;
        }
        struct word w = read_word(a, token);
        token->position = a->position++;
        int found = finish_any(a, &w, token);
        if (found != 0)
            return found;
    }
}
