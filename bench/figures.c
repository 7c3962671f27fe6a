#include "bench/figures.h"

#include <stdlib.h>

const struct label engine_labels[] = {
    {"ours", "Anamnesis, one field"},
    {"ours2", "Anamnesis, two fields"},
    {"xapian", "Xapian"},
    {"lucene", "Lucene"},
    {"fts5", "SQLite FTS5"},
    {NULL, NULL},
};

const struct label build_labels[] = {
    {"ours", "Anamnesis, one field"},
    {"ours2", "Anamnesis, two fields"},
    {"ours-plain", "Anamnesis, one field, `--no-optimize`"},
    {"ours2-plain", "Anamnesis, two fields, `--no-optimize`"},
    {"xapian", "Xapian, no text"},
    {"lucene", "Lucene, no text"},
    {"lucene-stored", "Lucene, text stored"},
    {"fts5", "SQLite FTS5, no text"},
    {NULL, NULL},
};

const struct label bucket_labels[] = {
    {"q2", "2\xE2\x80\x93"
           "4 words"},
    {"q5", "5\xE2\x80\x93"
           "10 words"},
    {"qlong", "20\xE2\x80\x93"
              "100 words"},
    {"qweighted", "100\xE2\x80\x93"
                  "300 weighted"},
    {NULL, NULL},
};

const struct label sparse_labels[] = {
    {"q2-nostop", "2\xE2\x80\x93"
                  "4 words, function words dropped"},
    {"q5-nostop", "5\xE2\x80\x93"
                  "10 words, function words dropped"},
    {"qlong-nostop", "20\xE2\x80\x93"
                     "100 words, function words dropped"},
    {"qweighted-nostop", "100\xE2\x80\x93"
                         "300 weighted, function words dropped"},
    {NULL, NULL},
};

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

size_t sizes_of(const struct results *results, double sizes[SIZES_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < results->n; i++) {
        size_t at = 0;
        while (at < n && sizes[at] != results->all[i].docs)
            at++;
        if (at == n && n < SIZES_MAX)
            sizes[n++] = results->all[i].docs;
    }
    qsort(sizes, n, sizeof *sizes, compare);
    return n;
}
