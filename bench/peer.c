#include "bench/peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- records ---- */

void each_record(const char *corpus,
                 void (*add)(void *ctx, uint32_t number, const char *text, size_t len), void *ctx)
{
    static const char key[] = "\"text\":\"";
    FILE *file = fopen(corpus, "r");
    if (!file)
        die("%s: %s", corpus, strerror(errno));
    char *line = NULL;
    size_t cap = 0;
    for (uint32_t number = 0; getline(&line, &cap, file) > 0; number++) {
        const char *text = strstr(line, key);
        const char *end = text ? strchr(text + sizeof key - 1, '"') : NULL;
        if (!end)
            die("%s:%u: not from bench/generate", corpus, number + 1);
        text += sizeof key - 1;
        add(ctx, number, text, (size_t)(end - text));
    }
    free(line);
    fclose(file);
}

void hits_add(struct hits *hits, uint32_t number, double score)
{
    if (hits->n == HITS_MAX)
        return;
    hits->number[hits->n] = number;
    hits->score[hits->n++] = score;
}

/* ---- topics ---- */

struct topics {
    char path[4096];
    char **lines; /* cut at tab and newline */
    struct query *queries;
    size_t n;
};

static void free_topics(struct topics *t)
{
    for (size_t i = 0; i < t->n; i++) {
        for (size_t j = 0; j < t->queries[i].n_terms; j++)
            free((void *)(uintptr_t)t->queries[i].terms[j].word);
        free(t->queries[i].terms);
        free(t->lines[i]);
    }
    free(t->lines);
    free(t->queries);
    *t = (struct topics){.n = 0};
}

static void add_word(struct query *q, const char *word, size_t len)
{
    for (size_t i = 0; i < q->n_terms; i++) {
        if (q->terms[i].len == len && memcmp(q->terms[i].word, word, len) == 0) {
            q->terms[i].times++;
            return;
        }
    }
    q->terms = resize(q->terms, q->n_terms + 1, sizeof *q->terms);
    char *copy = resize(NULL, len + 1, 1);
    memcpy(copy, word, len);
    copy[len] = '\0';
    q->terms[q->n_terms++] = (struct query_term){copy, len, 1};
}

static void add_topic(struct topics *t, char *line)
{
    char *tab = strchr(line, '\t');
    line[strcspn(line, "\n")] = '\0';
    if (!tab)
        die("%s: a topic without a tab", t->path);
    *tab = '\0';
    struct query q = {.id = line, .text = tab + 1, .text_len = strlen(tab + 1)};
    for (const char *p = q.text; *p;) {
        size_t len = strcspn(p, " ");
        if (len > 0)
            add_word(&q, p, len);
        p += len + (p[len] == ' ');
    }
    t->lines = resize(t->lines, t->n + 1, sizeof *t->lines);
    t->queries = resize(t->queries, t->n + 1, sizeof *t->queries);
    t->lines[t->n] = line;
    t->queries[t->n++] = q;
}

static void read_topics(struct topics *t, const char *path)
{
    if (t->n > 0 && strcmp(t->path, path) == 0)
        return;
    free_topics(t);
    FILE *file = fopen(path, "r");
    if (!file)
        die("%s: %s", path, strerror(errno));
    snprintf(t->path, sizeof t->path, "%s", path);
    char *line = NULL;
    size_t cap = 0;
    while (getline(&line, &cap, file) > 0) {
        add_topic(t, line);
        line = NULL; /* now the topic's */
        cap = 0;
    }
    free(line);
    fclose(file);
}

/* ---- answers ---- */

static uint64_t now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void answer(const struct peer *peer, void *engine, const struct query *q, size_t k,
                   struct hits *hits)
{
    uint64_t wall = now(CLOCK_MONOTONIC);
    uint64_t cpu = now(CLOCK_THREAD_CPUTIME_ID);
    hits->n = 0;
    peer->search(engine, q, k, hits);
    cpu = now(CLOCK_THREAD_CPUTIME_ID) - cpu;
    wall = now(CLOCK_MONOTONIC) - wall;
    printf("%s %llu %llu", q->id, (unsigned long long)wall, (unsigned long long)cpu);
    for (size_t i = 0; i < hits->n; i++)
        printf(" b%07u %.9g", hits->number[i], hits->score[i]);
    putchar('\n');
}

static void serve(const struct peer *peer, const char *index)
{
    struct topics topics = {.n = 0};
    struct hits *hits = resize(NULL, 1, sizeof *hits);
    uint64_t began = now(CLOCK_MONOTONIC);
    void *engine = peer->open(index);
    printf("opened %llu\n", (unsigned long long)(now(CLOCK_MONOTONIC) - began));
    fflush(stdout);
    char *line = NULL;
    size_t cap = 0;
    while (getline(&line, &cap, stdin) > 0) {
        size_t k;
        size_t first;
        size_t count;
        int at = 0;
        line[strcspn(line, "\n")] = '\0';
        if (sscanf(line, "%zu %zu %zu %n", &k, &first, &count, &at) != 3 || at == 0 || k > HITS_MAX)
            die("not a command: %s", line);
        read_topics(&topics, line + at);
        for (size_t i = first; i < topics.n && i - first < count; i++)
            answer(peer, engine, &topics.queries[i], k, hits);
        fflush(stdout);
    }
    free(line);
    free(hits);
    free_topics(&topics);
    peer->close(engine);
}

int peer_main(const struct peer *peer, int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "build") == 0)
        peer->build(argv[2], argv[3]);
    else if (argc == 3 && strcmp(argv[1], "search") == 0)
        serve(peer, argv[2]);
    else
        die("usage: %s build CORPUS INDEX | search INDEX", argv[0]);
    return 0;
}
