/* Anamnesis as one of the engines: words in, ids and scores out, nothing fetched. Its index
 * is made by the command line, with --language none. */
#include "bench/peer.h"

#include "anamnesis.h"

#include <stdlib.h>

struct engine {
    anam_index *index;
    anam_searcher *searcher;
};

static struct engine engine;

static void build(const char *corpus, const char *index)
{
    die("make %s with: anamnesis index --language none -i %s %s", index, index, corpus);
}

static void *open_index(const char *path)
{
    anam_error err;
    if (anam_index_open(&engine.index, path, NULL, &err) != ANAM_OK ||
        anam_searcher_new(&engine.searcher, engine.index, &err) != ANAM_OK)
        die("%s", err.msg);
    return &engine;
}

static void search(void *e, const struct query *query, size_t k, struct hits *hits)
{
    struct engine *in = e;
    anam_search_options options = ANAM_SEARCH_OPTIONS_INIT;
    anam_results *results;
    anam_error err;
    options.k = k;
    options.flags = 0;
    if (anam_search(in->searcher, query->text, query->text_len, &options, &results, &err) !=
        ANAM_OK)
        die("%s: %s", query->id, err.msg);
    for (size_t i = 0; i < anam_results_count(results); i++) {
        const anam_hit *hit = anam_results_hit(results, i);
        hits_add(hits, (uint32_t)strtoul(hit->id + 1, NULL, 10), (double)hit->score);
    }
    anam_results_free(results);
}

static void close_index(void *e)
{
    struct engine *in = e;
    anam_searcher_free(in->searcher);
    anam_index_close(in->index);
}

int main(int argc, char **argv)
{
    const struct peer peer = {build, open_index, search, close_index};
    return peer_main(&peer, argc, argv);
}
