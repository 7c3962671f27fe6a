/* Costs of searches that depend on no machine: windows of documents looked into, and postings
 * scored or looked up.
 *
 *   costs INDEX K TOPICS...
 *
 * prints for each file of topics (QID TAB QUERY lines) sums over its queries. */
#include "bench/vocabulary.h"
#include "searcher/native.h"
#include "searcher/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct costs {
    const anam_settings *settings;
    struct anam_native_reader *reader;
    struct anam_analyzer *analyzer;
    size_t k;
    struct anam_pruned_costs sum;
    uint64_t postings; /* of the queries' lists */
    uint64_t hits;
};

static void check(anam_status status, const anam_error *err)
{
    if (status)
        die("costs: %s", err->msg);
}

static void search(struct costs *c, const char *query, size_t len)
{
    const struct anam_engine *engine = &anam_engine_native;
    anam_error err;
    struct anam_arena arena = {0};
    struct anam_plan plan;
    check(anam_plan_make(&plan, c->analyzer, query, len, &arena, &err), &err);
    plan.settings = *c->settings;
    struct anam_stats stats = {.df = anam_arena_array(&arena, plan.n, sizeof *stats.df)};
    struct anam_engine_hit *hits = anam_arena_array(&arena, c->k, sizeof *hits);
    size_t n;
    if (!stats.df || !hits)
        die("costs: out of memory");
    check(engine->stats(c->reader, &plan, &stats, &err), &err);
    check(engine->search(c->reader, &plan, &stats, c->k, hits, &n, &err), &err);
    if (c->reader->pruned) {
        struct anam_pruned_costs costs = anam_pruned_costs(c->reader->pruned);
        c->sum.windows += costs.windows;
        c->sum.entries += costs.entries;
        c->sum.postings += costs.postings;
    }
    for (size_t i = 0; i < plan.n; i++)
        c->postings += stats.df[i][0] + stats.df[i][1];
    c->hits += n;
    anam_arena_free(&arena);
}

static void run_topics(struct costs *c, const char *path)
{
    FILE *in = fopen(path, "r");
    char *line = NULL;
    size_t cap = 0;
    if (!in)
        die("costs: cannot open %s", path);
    c->sum = (struct anam_pruned_costs){0};
    c->postings = c->hits = 0;
    while (getline(&line, &cap, in) > 0) {
        const char *query = strchr(line, '\t');
        if (query)
            search(c, query + 1, strcspn(query + 1, "\n"));
    }
    free(line);
    fclose(in);
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    printf("%s: %" PRIu64 " hits, %" PRIu64 " postings in lists, %" PRIu64 " scored, %" PRIu64
           " entries bounded, %" PRIu64 " windows\n",
           name, c->hits, c->postings, c->sum.postings, c->sum.entries, c->sum.windows);
}

int main(int argc, char **argv)
{
    const struct anam_engine *engine = &anam_engine_native;
    const anam_open_options options = ANAM_OPEN_OPTIONS_INIT;
    if (argc < 4)
        die("usage: costs INDEX K TOPICS...");
    void *index;
    void *reader;
    anam_error err;
    struct costs c = {.k = strtoul(argv[2], NULL, 10)};
    check(engine->open(&index, argv[1], &options, &err), &err);
    check(engine->reader(&reader, index, &err), &err);
    c.reader = reader;
    c.settings = &engine->info(index)->settings;
    check(anam_analyzer_new(&c.analyzer, engine->info(index)->language, &err), &err);
    for (int i = 3; i < argc; i++)
        run_topics(&c, argv[i]);
    anam_analyzer_free(c.analyzer);
    engine->reader_free(reader);
    engine->close(index);
    return 0;
}
