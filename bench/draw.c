#include "bench/draw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Lengths of the two fields in words, and the spread of their logarithms. */
#define QUESTION_MEAN 45.0
#define QUESTION_SIGMA 0.6
#define ANSWER_MEAN 85.0
#define ANSWER_SIGMA 0.7
enum { QUESTION_MIN = 4, QUESTION_MAX = 600, ANSWER_MIN = 5, ANSWER_MAX = 2000, TITLE_MAX = 9 };

/* Heaps' law: the vocabulary that a number of tokens should have. Through 394,000 at
 * 130 million tokens, and 31,700 at 3.7 million as in the real records. */
#define HEAPS_EXPONENT 0.709
#define HEAPS_FACTOR (394000.0 / pow(130e6, HEAPS_EXPONENT))

/* Shares of a record's words. What is left over is drawn from the whole source. */
#define INVENTED 0.012   /* typing errors, names, codes */
#define INVENTED_NEW 0.5 /* of these: said for the first time, where Heaps' law wants one */
#define BURST 0.015      /* said before in this record */

void row_add(struct row *row, uint32_t word)
{
    MAKE_ROOM(row->words, row->n, row->cap);
    row->words[row->n++] = word;
}

uint32_t *draw_popularity(const struct source *s, struct random_stream *r)
{
    uint32_t *order = resize(NULL, s->n_themes, sizeof *order);
    for (uint32_t i = 0; i < s->n_themes; i++) {
        uint32_t j = random_below(r, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    return order;
}

const struct theme *draw_theme(const struct source *s, const uint32_t *popular,
                               struct random_stream *r)
{
    double u = random_unit(r);
    return &s->themes[popular[(size_t)(u * sqrt(u) * (double)s->n_themes)]];
}

const struct theme *draw_neighbour(const struct source *s, const struct theme *theme,
                                   struct random_stream *r)
{
    uint32_t n = s->n_members[theme->group];
    uint32_t reach = random_below(r, 4) == 0 ? n : 12;
    if (reach > n)
        reach = n;
    uint32_t place = (theme->place + n - reach / 2 + random_below(r, reach)) % n;
    return &s->themes[s->members[theme->group][place]];
}

static uint32_t any_word(const struct source *s, struct stretch stretch, struct random_stream *r)
{
    return s->tokens[stretch.start + random_below(r, stretch.n)];
}

uint32_t draw_content_word(const struct source *s, const struct theme *theme,
                           struct random_stream *r)
{
    uint32_t word = 0;
    for (int tries = 0; tries < 50; tries++) {
        bool short_side = random_below(r, 3) == 0;
        word = any_word(s, short_side ? theme->question : theme->answer, r);
        if (!s->function[word] && s->df[word] * (uint64_t)10 < s->n_themes)
            break;
    }
    return word;
}

/* ---- words that are in no source ---- */

static size_t misspell(const char *word, size_t len, char *out, struct random_stream *r)
{
    size_t at = random_below(r, (uint32_t)len);
    char letter = (char)('a' + random_below(r, 26));
    size_t n = 0;
    uint32_t kind = random_below(r, 4);
    for (size_t i = 0; i < len; i++) {
        if (i == at && kind == 0) /* one left out */
            continue;
        if (i == at && kind == 1) { /* one changed */
            out[n++] = letter;
            continue;
        }
        if (i == at && kind == 2) /* one doubled */
            out[n++] = word[i];
        if (i == at && kind == 3 && i + 1 < len) { /* two swapped */
            out[n++] = word[i + 1];
            out[n++] = word[i++];
            continue;
        }
        out[n++] = word[i];
    }
    return n;
}

static size_t compose(char *out, struct random_stream *r)
{
    static const char *const syllables[] = {"ab",  "ro", "cet", "in",  "ol",  "vir", "mab", "zi",
                                            "pra", "do", "lor", "ta",  "din", "fen", "mi",  "cla",
                                            "ver", "so", "na",  "tri", "pex", "ul",  "gen", "hy"};
    size_t n = 0;
    for (uint32_t left = 2 + random_below(r, 4); left > 0; left--) {
        const char *s = syllables[random_below(r, sizeof syllables / sizeof syllables[0])];
        memcpy(out + n, s, strlen(s));
        n += strlen(s);
    }
    if (random_below(r, 6) == 0)
        for (uint32_t left = 1 + random_below(r, 3); left > 0; left--)
            out[n++] = (char)('0' + random_below(r, 10));
    return n;
}

static uint32_t invent(struct draw *d, const struct theme *theme)
{
    struct vocabulary *words = &d->source->words;
    char text[WORD_MAX + 2];
    for (;;) {
        size_t n;
        uint32_t from = draw_content_word(d->source, theme, &d->random);
        if (random_below(&d->random, 5) < 3 && words->length[from] > 3)
            n = misspell(vocabulary_word(words, from), words->length[from], text, &d->random);
        else
            n = compose(text, &d->random);
        bool is_new = false;
        uint32_t word = n <= WORD_MAX ? vocabulary_add(words, text, n, &is_new) : 0;
        if (is_new)
            return word;
    }
}

/* New where the vocabulary is behind Heaps' law; else one that was used before, more
 * likely if often (Simon, "On a class of skew distribution functions", 1955), most often
 * in the same theme. */
static uint32_t rare_word(struct draw *d, const struct theme *theme)
{
    uint32_t *recent = d->recent[theme - d->source->themes];
    bool behind = (double)d->vocabulary < HEAPS_FACTOR * pow((double)d->tokens, HEAPS_EXPONENT);
    uint32_t word;
    if ((behind && random_unit(&d->random) < INVENTED_NEW) || d->invented.n == 0) {
        if (!behind)
            return any_word(d->source, theme->whole, &d->random);
        word = invent(d, theme);
        recent[random_below(&d->random, 16)] = word + 1;
    } else {
        uint32_t own = recent[random_below(&d->random, 16)];
        word = own ? own - 1 : d->invented.words[random_below(&d->random, (uint32_t)d->invented.n)];
    }
    row_add(&d->invented, word);
    return word;
}

/* ---- records ---- */

/* Some words in a row from a stretch of the source. */
static void add_run(struct draw *d, struct row *row, struct stretch from, size_t limit)
{
    uint32_t n = 1 + random_below(&d->random, 6);
    uint32_t at = random_below(&d->random, from.n);
    for (; n > 0 && at < from.n && row->n < limit; n--, at++)
        row_add(row, d->source->tokens[from.start + at]);
}

/* As a run, but of a topic, whose own subject is replaced by that of the theme: how
 * people ask, not what they asked. */
static void add_manner(struct draw *d, struct row *row, const struct theme *theme, size_t limit)
{
    const struct source *s = d->source;
    struct stretch topic = s->topics[random_below(&d->random, (uint32_t)s->n_topics)];
    uint32_t n = 2 + random_below(&d->random, 8);
    uint32_t at = random_below(&d->random, topic.n);
    for (; n > 0 && at < topic.n && row->n < limit; n--, at++) {
        uint32_t word = s->tokens[topic.start + at];
        bool common = s->function[word] || s->topic_df[word] > 3;
        row_add(row, common ? word : draw_content_word(s, theme, &d->random));
    }
}

static size_t length(struct draw *d, double mean, double sigma, size_t least, size_t most)
{
    double x = random_length(&d->random, mean, sigma);
    return x < (double)least ? least : x > (double)most ? most : (size_t)(x + .5);
}

static bool add_special(struct draw *d, struct row *row, const struct theme *theme, double u)
{
    /* These add one word where the others add some three and a half. */
    double invented = 3.5 * INVENTED;
    double burst = 3.5 * BURST;
    double scale = 1 / (1 + (invented + burst) * (1 - 1 / 3.5));
    if (u < invented * scale)
        row_add(row, rare_word(d, theme));
    else if (u < (invented + burst) * scale && row->n > 0)
        row_add(row, row->words[random_below(&d->random, (uint32_t)row->n)]);
    else
        return false;
    return true;
}

static void draw_question(struct draw *d, struct drawn *out, const struct theme *theme,
                          const struct theme *neighbour)
{
    struct stretch all = {0, (uint32_t)d->source->n_theme_tokens};
    size_t limit = length(d, QUESTION_MEAN, QUESTION_SIGMA, QUESTION_MIN, QUESTION_MAX);
    struct row *row = &out->question;
    row->n = 0;
    for (uint32_t i = 0; i < theme->title.n && i < TITLE_MAX && row->n < limit; i++)
        row_add(row, d->source->tokens[theme->title.start + i]);
    out->title = row->n;
    while (row->n < limit) {
        if (add_special(d, row, theme, random_unit(&d->random)))
            continue;
        double u = random_unit(&d->random);
        if (u < .45)
            add_manner(d, row, theme, limit);
        else if (u < .54)
            add_run(d, row, theme->question, limit);
        else if (u < .76)
            add_run(d, row, theme->answer, limit);
        else if (u < .87)
            add_run(d, row, neighbour->whole, limit);
        else
            add_run(d, row, all, limit);
    }
}

static void draw_answer(struct draw *d, struct drawn *out, const struct theme *theme,
                        const struct theme *neighbour)
{
    struct stretch all = {0, (uint32_t)d->source->n_theme_tokens};
    size_t limit = length(d, ANSWER_MEAN, ANSWER_SIGMA, ANSWER_MIN, ANSWER_MAX);
    const struct theme *second = draw_neighbour(d->source, theme, &d->random);
    struct row *row = &out->answer;
    row->n = 0;
    while (row->n < limit) {
        if (add_special(d, row, theme, random_unit(&d->random)))
            continue;
        double u = random_unit(&d->random);
        if (u < .46)
            add_run(d, row, theme->answer, limit);
        else if (u < .49)
            add_run(d, row, theme->question, limit);
        else if (u < .65)
            add_run(d, row, neighbour->whole, limit);
        else if (u < .80)
            add_run(d, row, second->whole, limit);
        else
            add_run(d, row, all, limit);
    }
}

static void make_room_for_words(struct draw *d)
{
    size_t old = d->words_cap;
    if (d->source->words.n <= old)
        return;
    d->words_cap = 2 * (size_t)d->source->words.n;
    d->seen = resize(d->seen, d->words_cap, 1);
    d->last = resize(d->last, d->words_cap, sizeof *d->last);
    memset(d->seen + old, 0, d->words_cap - old);
    memset(d->last + old, 0, (d->words_cap - old) * sizeof *d->last);
}

/* Counts the words of a field under a mark of its own; those that the record's other
 * field, of the mark before, has too are no new postings of the whole. */
static void count_field(struct draw *d, const struct row *row, uint32_t mark, uint32_t other)
{
    for (size_t i = 0; i < row->n; i++) {
        uint32_t word = row->words[i];
        d->vocabulary += !d->seen[word];
        d->seen[word] = 1;
        if (d->last[word] != mark) {
            d->postings_split++;
            d->postings += d->last[word] != other;
        }
        d->last[word] = mark;
    }
    d->tokens += row->n;
}

void draw_record(struct draw *d, struct drawn *out)
{
    const struct theme *theme = draw_theme(d->source, d->popular, &d->random);
    const struct theme *neighbour = draw_neighbour(d->source, theme, &d->random);
    draw_question(d, out, theme, neighbour);
    draw_answer(d, out, theme, neighbour);
    make_room_for_words(d);
    uint32_t mark = (uint32_t)(2 * d->records + 1);
    count_field(d, &out->question, mark, 0);
    count_field(d, &out->answer, mark + 1, mark);
    d->records++;
}

void draw_begin(struct draw *d, struct source *source, uint64_t seed)
{
    *d = (struct draw){.source = source, .random = {seed}};
    d->popular = draw_popularity(source, &d->random);
    d->recent = resize(NULL, source->n_themes, sizeof *d->recent);
    memset(d->recent, 0, source->n_themes * sizeof *d->recent);
}

void draw_end(struct draw *d)
{
    free(d->popular);
    free(d->invented.words);
    free(d->recent);
    free(d->seen);
    free(d->last);
    *d = (struct draw){0};
}
