#include "bench/queries.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUERIES = 200 };

struct maker {
    const struct source *source;
    const uint32_t *popular;
    struct random_stream random;
    double *weight;        /* of word i for the theme in hand */
    struct row candidates; /* words with a weight */
};

static bool has(const struct row *row, uint32_t word)
{
    for (size_t i = 0; i < row->n; i++)
        if (row->words[i] == word)
            return true;
    return false;
}

static size_t content_words(const struct source *s, const struct row *row)
{
    size_t n = 0;
    for (size_t i = 0; i < row->n; i++)
        n += !s->function[row->words[i]];
    return n;
}

static void add_once(struct row *row, uint32_t word)
{
    if (!has(row, word))
        row_add(row, word);
}

/* `n` words in a row of a stretch, fewer where it is shorter. */
static void take_window(struct maker *m, struct row *row, struct stretch from, size_t n)
{
    if (n > from.n)
        n = from.n;
    uint32_t at = random_below(&m->random, (uint32_t)(from.n - n + 1));
    for (size_t i = 0; i < n; i++)
        add_once(row, m->source->tokens[from.start + at + i]);
}

static struct stretch any_topic(struct maker *m)
{
    return m->source->topics[random_below(&m->random, (uint32_t)m->source->n_topics)];
}

/* As a real topic says it, about the theme instead. */
static void take_manner(struct maker *m, struct row *row, const struct theme *theme, size_t n)
{
    const struct source *s = m->source;
    while (row->n < n) {
        struct stretch topic = any_topic(m);
        uint32_t at = random_below(&m->random, topic.n);
        for (; at < topic.n && row->n < n; at++) {
            uint32_t word = s->tokens[topic.start + at];
            bool common = s->function[word] || s->topic_df[word] > 3;
            row_add(row, common ? word : draw_content_word(s, theme, &m->random));
        }
    }
}

static bool short_query(struct maker *m, struct row *row, size_t number)
{
    const struct theme *theme = draw_theme(m->source, m->popular, &m->random);
    size_t n = 2 + random_below(&m->random, 3);
    (void)number;
    switch (random_below(&m->random, 4)) {
    case 0:
        take_window(m, row, any_topic(m), n);
        break;
    case 1:
        take_window(m, row, theme->question, n);
        break;
    default:
        for (size_t tries = 0; row->n < n && tries < 20; tries++)
            add_once(row, draw_content_word(m->source, theme, &m->random));
        break;
    }
    return row->n >= 2 && content_words(m->source, row) >= 2;
}

static bool medium_query(struct maker *m, struct row *row, size_t number)
{
    const struct theme *theme = draw_theme(m->source, m->popular, &m->random);
    size_t n = 5 + random_below(&m->random, 6);
    (void)number;
    if (random_below(&m->random, 5) < 2)
        take_window(m, row, any_topic(m), n);
    else
        take_manner(m, row, theme, n);
    return row->n >= 5 && content_words(m->source, row) >= 3;
}

/* The real messages that are long enough first, then others in their manner. */
static bool long_query(struct maker *m, struct row *row, size_t number)
{
    const struct theme *theme = draw_theme(m->source, m->popular, &m->random);
    size_t real = 0;
    for (size_t i = 0; i < m->source->n_topics; i++) {
        struct stretch topic = m->source->topics[i];
        if (topic.n < 20 || topic.n > 100 || real++ != number)
            continue;
        for (uint32_t j = 0; j < topic.n; j++)
            row_add(row, m->source->tokens[topic.start + j]);
        return true;
    }
    double n = random_length(&m->random, 38, .45);
    if (n < 20 || n > 100)
        return false;
    take_manner(m, row, theme, (size_t)n);
    return true;
}

static void weigh(struct maker *m, struct stretch stretch, double factor)
{
    const struct source *s = m->source;
    for (uint32_t i = 0; i < stretch.n; i++) {
        uint32_t word = s->tokens[stretch.start + i];
        if (m->weight[word] == 0)
            row_add(&m->candidates, word);
        double rarity = log(1 + (double)s->n_themes / (1 + (double)s->df[word]));
        m->weight[word] += factor * rarity / stretch.n;
    }
}

static const double *sort_weight; /* for qsort only */

static int compare_weights(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    if (sort_weight[x] != sort_weight[y])
        return sort_weight[x] > sort_weight[y] ? -1 : 1;
    return x < y ? -1 : x > y;
}

/* What feedback makes of a message: the words of the theme and of its neighbours, by how
 * much they tell, each repeated as often as its weight says (1 to 9). */
static bool weighted_query(struct maker *m, struct row *row, size_t number)
{
    const struct theme *theme = draw_theme(m->source, m->popular, &m->random);
    size_t n = 100 + random_below(&m->random, 201);
    (void)number;
    struct row message = {0};
    take_manner(m, &message, theme, 12);
    m->candidates.n = 0;
    weigh(m, theme->question, 1);
    weigh(m, theme->answer, 1);
    for (int i = 0; i < 9; i++)
        weigh(m, draw_neighbour(m->source, theme, &m->random)->whole, .4);
    sort_weight = m->weight;
    qsort(m->candidates.words, m->candidates.n, sizeof *m->candidates.words, compare_weights);
    bool enough = m->candidates.n >= n;
    double most = enough ? m->weight[m->candidates.words[0]] : 1;
    for (size_t i = 0; enough && i < message.n; i++)
        row_add(row, message.words[i]);
    for (size_t i = 0; enough && i < n; i++) {
        uint32_t word = m->candidates.words[i];
        for (int times = 1 + (int)(8 * m->weight[word] / most); times > 0; times--)
            row_add(row, word);
    }
    for (size_t i = 0; i < m->candidates.n; i++)
        m->weight[m->candidates.words[i]] = 0;
    free(message.words);
    return enough;
}

struct bucket {
    const char *name;
    bool (*make)(struct maker *m, struct row *row, size_t number);
};

static const struct bucket buckets[] = {
    {"q2", short_query},
    {"q5", medium_query},
    {"qlong", long_query},
    {"qweighted", weighted_query},
};

static FILE *create(const char *folder, const char *name, const char *variant)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s%s.tsv", folder, name, variant);
    FILE *file = fopen(path, "w");
    if (!file)
        die("%s: %s", path, strerror(errno));
    return file;
}

static void put(const struct source *s, FILE *file, const char *bucket, size_t number,
                const struct row *row, bool with_function)
{
    fprintf(file, "%s-%03zu", bucket, number + 1);
    char before = '\t';
    for (size_t i = 0; i < row->n; i++) {
        if (!with_function && s->function[row->words[i]])
            continue;
        fprintf(file, "%c%s", before, vocabulary_word(&s->words, row->words[i]));
        before = ' ';
    }
    fputc('\n', file);
}

static void write_bucket(struct maker *m, const struct bucket *b, const char *folder)
{
    FILE *file = create(folder, b->name, "");
    FILE *nostop = create(folder, b->name, "-nostop");
    struct row row = {0};
    for (size_t i = 0, tries = 0; i < QUERIES; i++) {
        do {
            row.n = 0;
            if (++tries > 1000 * QUERIES)
                die("the source has too few words for queries of bucket %s", b->name);
        } while (!b->make(m, &row, i));
        put(m->source, file, b->name, i, &row, true);
        put(m->source, nostop, b->name, i, &row, false);
    }
    free(row.words);
    if (fclose(file) != 0 || fclose(nostop) != 0)
        die("%s: %s", folder, strerror(errno));
}

void queries_write(struct source *s, uint64_t seed, const char *folder)
{
    struct maker m = {.source = s, .random = {seed}};
    uint32_t *popular = draw_popularity(s, &m.random); /* as in the collection */
    m.popular = popular;
    m.random.state ^= 0x5175657279u;
    m.weight = resize(NULL, s->n_known, sizeof *m.weight);
    memset(m.weight, 0, s->n_known * sizeof *m.weight);
    for (size_t i = 0; i < sizeof buckets / sizeof buckets[0]; i++)
        write_bucket(&m, &buckets[i], folder);
    free(popular);
    free(m.weight);
    free(m.candidates.words);
}
