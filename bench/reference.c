/* Checks that engines rank as their formula says: scores every record that has a word of
 * the query, and compares with what the engine found.
 *
 *   reference CORPUS1 TOPICS RUNS BUCKET,... ENGINE=FORMULA...
 *
 * reads RUNS/ENGINE.BUCKET.run. The formulas are BM25 with k1 1.2 and b 0.75, and differ in
 *   anamnesis  idf ln(1 + x), x being (N - n + 0.5) / (n + 0.5)
 *   lucene     the same; lengths rounded down to what a byte can say: 40 whole numbers,
 *              then numbers of 4 significant bits
 *   xapian     idf ln(x), and ln(1 + x / 2) where x < 2
 *   fts5       idf ln(x), and 1e-6 where that is not above 0
 * The hit at each rank must have, by the formula, the score of that rank; so sets of ten
 * are equal except for ties. The engine's own score must be the same times a constant.
 * Last, how many of its ten are among those of the first formula. Status 1: one is wrong. */
#include "bench/peer.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define K1 1.2
#define B 0.75

enum { TOP = 10 };

struct postings {
    uint32_t *doc;
    uint16_t *tf;
    size_t n;
    size_t doc_cap;
    size_t tf_cap;
};

struct collection {
    struct vocabulary words; /* of the queries */
    struct postings *postings;
    size_t postings_cap;
    uint32_t *length;
    size_t n;
    size_t cap;
    uint64_t tokens;
};

struct formula {
    const char *name;
    double (*idf)(double x);
    uint32_t (*length)(uint32_t exact);
    double tolerance; /* relative, of a score: the engine's arithmetic */
};

struct scored {
    double score;
    uint32_t doc;
};

/* ---- formulas ---- */

static double idf_plain(double x)
{
    return log(1 + x);
}

static double idf_xapian(double x)
{
    return x < 2 ? log(1 + x / 2) : log(x);
}

static double idf_fts5(double x)
{
    return x > 1 ? log(x) : 1e-6;
}

static uint32_t length_exact(uint32_t n)
{
    return n;
}

/* 24 steps of one, then a floating point number of four bits, the first of them implied. */
static uint32_t length_byte(uint32_t n)
{
    const uint32_t whole = 24;
    if (n < whole + 16)
        return n;
    uint32_t rest = n - whole;
    int shift = 0;
    while (rest >> shift >= 16)
        shift++;
    return whole + (rest >> shift << shift);
}

static const struct formula formulas[] = {
    {"anamnesis", idf_plain, length_exact, 2.5e-7},
    {"lucene", idf_plain, length_byte, 2e-5},
    {"xapian", idf_xapian, length_exact, 1e-8},
    {"fts5", idf_fts5, length_exact, 1e-8},
};

static const struct formula *formula_named(const char *name)
{
    for (size_t i = 0; i < sizeof formulas / sizeof formulas[0]; i++)
        if (strcmp(formulas[i].name, name) == 0)
            return &formulas[i];
    die("%s: no such formula", name);
}

/* ---- the collection, as far as the queries need it ---- */

static void want_word(void *ctx, const char *word, size_t len)
{
    struct collection *c = ctx;
    vocabulary_add(&c->words, word, len, NULL);
}

static void add_posting(struct postings *p, uint32_t doc)
{
    if (p->n > 0 && p->doc[p->n - 1] == doc) {
        p->tf[p->n - 1]++;
        return;
    }
    MAKE_ROOM(p->doc, p->n, p->doc_cap);
    MAKE_ROOM(p->tf, p->n, p->tf_cap);
    p->doc[p->n] = doc;
    p->tf[p->n++] = 1;
}

static void add_record(void *ctx, uint32_t number, const char *text, size_t len)
{
    struct collection *c = ctx;
    uint32_t length = 0;
    for (size_t at = 0; at < len;) {
        const char *space = memchr(text + at, ' ', len - at);
        size_t n = space ? (size_t)(space - text) - at : len - at;
        uint32_t word = n > 0 ? vocabulary_find(&c->words, text + at, n) : UINT32_MAX;
        if (word != UINT32_MAX)
            add_posting(&c->postings[word], number);
        length += n > 0;
        at += n + 1;
    }
    MAKE_ROOM(c->length, c->n, c->cap);
    c->length[c->n++] = length;
    c->tokens += length;
}

/* ---- scoring ---- */

static void add_scores(const struct collection *c, const struct formula *f, uint32_t word,
                       double *scores)
{
    const struct postings *p = &c->postings[word];
    double n = (double)p->n;
    double average = (double)c->tokens / (double)c->n;
    double idf = f->idf(((double)c->n - n + 0.5) / (n + 0.5));
    for (size_t i = 0; i < p->n; i++) {
        double tf = p->tf[i];
        double length = f->length(c->length[p->doc[i]]);
        scores[p->doc[i]] += idf * tf * (K1 + 1) / (tf + K1 * (1 - B + B * length / average));
    }
}

struct scoring {
    const struct collection *collection;
    const struct formula *formula;
    double *scores;
};

static void score_word(void *ctx, const char *word, size_t len)
{
    struct scoring *s = ctx;
    uint32_t number = vocabulary_find(&s->collection->words, word, len);
    if (number != UINT32_MAX)
        add_scores(s->collection, s->formula, number, s->scores);
}

/* The best, best first; how many there are. */
static size_t best_of(const double *scores, size_t n, struct scored *best)
{
    size_t found = 0;
    for (uint32_t doc = 0; doc < n; doc++) {
        double score = scores[doc];
        if (score <= 0 || (found == TOP && score <= best[TOP - 1].score))
            continue;
        size_t at = found < TOP ? found++ : TOP - 1;
        for (; at > 0 && best[at - 1].score < score; at--)
            best[at] = best[at - 1];
        best[at] = (struct scored){score, doc};
    }
    return found;
}

static size_t rank_all(const struct collection *c, const struct formula *f, const char *text,
                       double *scores, struct scored *best)
{
    struct scoring s = {c, f, scores};
    memset(scores, 0, c->n * sizeof *scores);
    each_token(text, score_word, &s);
    return best_of(scores, c->n, best);
}

/* ---- runs ---- */

struct topic {
    char *id;
    char *text;
};

struct topics {
    struct topic *all;
    size_t n;
    size_t cap;
};

static FILE *open_file(const char *folder, const char *name, const char *end)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s%s", folder, name, end);
    FILE *file = fopen(path, "r");
    if (!file)
        die("%s: %s", path, strerror(errno));
    return file;
}

static void read_topics(struct topics *t, const char *folder, const char *bucket)
{
    FILE *file = open_file(folder, bucket, ".tsv");
    char *line = NULL;
    size_t cap = 0;
    t->n = 0;
    while (getline(&line, &cap, file) > 0) {
        char *tab = strchr(line, '\t');
        if (!tab)
            continue;
        *tab = '\0';
        MAKE_ROOM(t->all, t->n, t->cap);
        t->all[t->n++] = (struct topic){line, tab + 1};
        line = NULL;
        cap = 0;
    }
    free(line);
    fclose(file);
}

struct answer {
    bool asked;
    size_t n;
    struct scored hits[TOP];
};

/* The first ten hits of each topic of the file, in its order; false where a topic has none. */
static void read_run(const struct topics *t, FILE *file, struct answer *answers)
{
    char qid[64];
    char id[64];
    size_t rank;
    double score;
    size_t at = 0;
    memset(answers, 0, t->n * sizeof *answers);
    while (fscanf(file, "%63s %*s %63s %zu %lf %*s", qid, id, &rank, &score) == 4) {
        while (at < t->n && strcmp(t->all[at].id, qid) != 0)
            at++;
        if (at == t->n)
            die("a run has topic %s, or not in order", qid);
        struct answer *a = &answers[at];
        a->asked = true;
        if (rank > 0 && a->n < TOP)
            a->hits[a->n++] = (struct scored){score, (uint32_t)strtoul(id + 1, NULL, 10)};
    }
}

static bool near(double x, double y, double tolerance)
{
    return fabs(x - y) <= tolerance * fmax(fabs(x), fabs(y));
}

static bool agrees(const struct answer *a, const struct scored *best, size_t found,
                   const double *scores, size_t n, double tolerance)
{
    if (a->n != found)
        return false;
    double factor = found > 0 ? a->hits[0].score / best[0].score : 1;
    for (size_t i = 0; i < found; i++) {
        const struct scored *hit = &a->hits[i];
        for (size_t j = 0; j < i; j++)
            if (a->hits[j].doc == hit->doc)
                return false;
        if (hit->doc >= n || !near(scores[hit->doc], best[i].score, tolerance) ||
            !near(hit->score, factor * best[i].score, 4 * tolerance))
            return false;
    }
    return true;
}

static size_t overlap(const struct answer *a, const struct scored *best, size_t found)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; j < found; j++)
            n += a->hits[i].doc == best[j].doc;
    return n;
}

/* The number of queries whose answer is wrong. */
static size_t check_bucket(const struct collection *c, const struct topics *t, const char *bucket,
                           const char *engine, const struct formula *f, FILE *run)
{
    struct answer *answers = resize(NULL, t->n, sizeof *answers);
    double *scores = resize(NULL, c->n, sizeof *scores);
    struct scored best[TOP];
    size_t checked = 0;
    size_t wrong = 0;
    size_t shared = 0;
    size_t wanted = 0;
    read_run(t, run, answers);
    for (size_t i = 0; i < t->n; i++) {
        if (!answers[i].asked) /* its time was up */
            continue;
        checked++;
        size_t found = rank_all(c, f, t->all[i].text, scores, best);
        if (!agrees(&answers[i], best, found, scores, c->n, f->tolerance)) {
            wrong++;
            fprintf(stderr, "%s: %s is not as its formula says\n", engine, t->all[i].id);
        }
        if (f != &formulas[0])
            found = rank_all(c, &formulas[0], t->all[i].text, scores, best);
        shared += overlap(&answers[i], best, found);
        wanted += found;
    }
    printf("%-10s %-18s %3zu queries, %zu wrong; of our ten: %5.1f %%\n", engine, bucket, checked,
           wrong, wanted ? 100.0 * (double)shared / (double)wanted : 0.0);
    free(answers);
    free(scores);
    return wrong + (checked == 0);
}

int main(int argc, char **argv)
{
    static struct collection c;
    struct topics topics[16];
    char *buckets[16];
    size_t n_buckets = 0;
    size_t wrong = 0;
    if (argc < 6)
        die("usage: reference CORPUS1 TOPICS RUNS BUCKET,... ENGINE=FORMULA...");
    memset(topics, 0, sizeof topics);
    for (char *b = strtok(argv[4], ","); b && n_buckets < 16; b = strtok(NULL, ",")) {
        read_topics(&topics[n_buckets], argv[2], b);
        for (size_t i = 0; i < topics[n_buckets].n; i++)
            each_token(topics[n_buckets].all[i].text, want_word, &c);
        buckets[n_buckets++] = b;
    }
    c.postings = resize(NULL, c.words.n, sizeof *c.postings);
    memset(c.postings, 0, c.words.n * sizeof *c.postings);
    each_record(argv[1], add_record, &c);
    for (int i = 5; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (!equals)
            die("%s: ENGINE=FORMULA is needed", argv[i]);
        *equals = '\0';
        for (size_t b = 0; b < n_buckets; b++) {
            char name[256];
            snprintf(name, sizeof name, "%s.%s", argv[i], buckets[b]);
            FILE *run = open_file(argv[3], name, ".run");
            wrong +=
                check_bucket(&c, &topics[b], buckets[b], argv[i], formula_named(equals + 1), run);
            fclose(run);
        }
    }
    return wrong ? 1 : 0;
}
