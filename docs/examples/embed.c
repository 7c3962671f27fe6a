/* embed.c: opens an index, searches, prints.
 *     cc embed.c $(pkg-config --cflags --libs anamnesis) -o embed
 *     ./embed anamnesis.index "pinpoint red dots on hands not itchy" */
#include <anamnesis.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    anam_index *index = NULL;
    anam_searcher *searcher = NULL;
    anam_results *results = NULL;
    anam_error err;
    anam_search_options options = ANAM_SEARCH_OPTIONS_INIT;
    options.k = 3;

    if (argc != 3) {
        fprintf(stderr, "usage: embed INDEX QUERY\n");
        return 2;
    }
    anam_status status = anam_index_open(&index, argv[1], NULL, &err);
    if (!status)
        status = anam_searcher_new(&searcher, index, &err);
    if (!status)
        status = anam_search(searcher, argv[2], strlen(argv[2]), &options, &results, &err);
    for (size_t i = 0; !status && i < anam_results_count(results); i++) {
        const anam_hit *hit = anam_results_hit(results, i);
        const char *title = hit->record->title;
        printf("%zu. %s (%s, %.2f)\n", hit->rank, title ? title : "", hit->id, hit->score);
    }
    if (status)
        fprintf(stderr, "embed: %s\n", err.msg);
    anam_results_free(results);
    anam_searcher_free(searcher);
    anam_index_close(index);
    return status != ANAM_OK;
}
