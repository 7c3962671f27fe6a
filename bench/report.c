/* usage: report RESULTS: tables in Markdown of what bench/measure found; the first is of
 * the largest collection. */
#include "bench/figures.h"
#include "bench/vocabulary.h"

#include <math.h>
#include <stdio.h>

static void put_cell(double value, int decimals, const char *unit)
{
    if (isnan(value))
        printf(" | -");
    else
        printf(" | %.*f%s", decimals, value, unit);
}

/* Three digits that count. */
static void put_scaled(double value)
{
    put_cell(value, value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3, "");
}

static void put_latency(const struct results *r, double docs, const struct label *buckets)
{
    static const char *const measures[] = {"cpu_mean_us", "cpu_p50_us", "cpu_p95_us", "cpu_p99_us",
                                           "wall_mean_us"};
    for (; buckets->name; buckets++) {
        for (const struct label *e = engine_labels; e->name; e++) {
            if (isnan(results_value(r, docs, e->name, buckets->name, "cpu_mean_us")))
                continue;
            printf("| %s | %s", buckets->text, e->text);
            for (size_t i = 0; i < sizeof measures / sizeof measures[0]; i++)
                put_scaled(results_value(r, docs, e->name, buckets->name, measures[i]) / 1000);
            put_scaled(results_value(r, docs, e->name, buckets->name, "cpu_ratio"));
            put_cell(100 * results_value(r, docs, e->name, buckets->name, "round_spread"), 0, " %");
            put_cell(results_value(r, docs, e->name, buckets->name, "queries"), 0, "");
            printf(" |\n");
        }
    }
}

static void put_costs(const struct results *r, double docs)
{
    printf("\n| engine | build, CPU s | build, wall s | build, peak MB | search, peak MB "
           "| index, MB | with the text, MB |\n|---|---|---|---|---|---|---|\n");
    for (const struct label *e = build_labels; e->name; e++) {
        if (isnan(results_value(r, docs, e->name, "-", "build_cpu_s")))
            continue;
        printf("| %s", e->text);
        put_scaled(results_value(r, docs, e->name, "-", "build_cpu_s"));
        put_scaled(results_value(r, docs, e->name, "-", "build_wall_s"));
        put_scaled(results_value(r, docs, e->name, "-", "build_memory") / 1e6);
        put_scaled(results_value(r, docs, e->name, "-", "search_memory") / 1e6);
        put_scaled(results_value(r, docs, e->name, "-", "index_bytes") / 1e6);
        put_scaled(results_value(r, docs, e->name, "-", "stored_bytes") / 1e6);
        printf(" |\n");
    }
}

static void put_many(const struct results *r, double docs)
{
    printf("\n| words | engine | top 1,000, mean | times its top 10 | times ours |\n"
           "|---|---|---|---|---|\n");
    for (const struct label *b = bucket_labels; b->name; b++) {
        for (const struct label *e = engine_labels; e->name; e++) {
            double mean = results_value(r, docs, e->name, b->name, "many_mean_us");
            if (isnan(mean))
                continue;
            printf("| %s | %s", b->text, e->text);
            put_scaled(mean / 1000);
            /* Only where both are means of the same queries. */
            bool same = results_value(r, docs, e->name, b->name, "queries") ==
                        results_value(r, docs, e->name, b->name, "many_queries");
            put_scaled(same ? mean / results_value(r, docs, e->name, b->name, "cpu_mean_us") : NAN);
            put_scaled(results_value(r, docs, e->name, b->name, "many_ratio"));
            printf(" |\n");
        }
    }
}

static void put_cold(const struct results *r, double docs)
{
    printf("\n| words | engine | opened, ms | first, ms | 20 queries, mean ms "
           "| the same again, mean ms | opened again, ms |\n|---|---|---|---|---|---|---|\n");
    for (const struct label *b = bucket_labels; b->name; b++) {
        for (const struct label *e = engine_labels; e->name; e++) {
            if (isnan(results_value(r, docs, e->name, b->name, "cold_mean_us")))
                continue;
            printf("| %s | %s", b->text, e->text);
            put_scaled(results_value(r, docs, e->name, b->name, "cold_open_us") / 1000);
            put_scaled(results_value(r, docs, e->name, b->name, "cold_first_us") / 1000);
            put_scaled(results_value(r, docs, e->name, b->name, "cold_mean_us") / 1000);
            put_scaled(results_value(r, docs, e->name, b->name, "second_mean_us") / 1000);
            put_scaled(results_value(r, docs, e->name, b->name, "open_us") / 1000);
            printf(" |\n");
        }
    }
}

static void put_growth(const struct results *r, const double *sizes, size_t n)
{
    printf("\n| words | engine");
    for (size_t i = 0; i < n; i++)
        printf(" | %.0f records", sizes[i]);
    printf(" |\n|---|---");
    for (size_t i = 0; i < n; i++)
        printf("|---");
    printf("|\n");
    for (const struct label *b = bucket_labels; b->name; b++) {
        for (const struct label *e = engine_labels; e->name; e++) {
            if (isnan(results_value(r, sizes[n - 1], e->name, b->name, "cpu_mean_us")))
                continue;
            printf("| %s | %s", b->text, e->text);
            double queries = results_value(r, sizes[n - 1], e->name, b->name, "queries");
            for (size_t i = 0; i < n; i++) {
                bool same = results_value(r, sizes[i], e->name, b->name, "queries") == queries;
                double mean = results_value(r, sizes[i], e->name, b->name, "cpu_mean_us");
                put_scaled(same ? mean / 1000 : NAN); /* else it is of other queries */
            }
            printf(" |\n");
        }
    }
}

int main(int argc, char **argv)
{
    struct results r;
    double sizes[SIZES_MAX];
    if (argc != 2)
        die("usage: report RESULTS");
    results_read(&r, argv[1]);
    size_t n = sizes_of(&r, sizes);
    if (n == 0)
        die("%s: no results", argv[1]);
    double docs = sizes[n - 1];
    printf("%.0f records; milliseconds a query, of CPU except where it says wall\n\n", docs);
    printf("| words | engine | mean | p50 | p95 | p99 | wall mean | times ours | rounds differ by "
           "| queries |\n|---|---|---|---|---|---|---|---|---|---|\n");
    put_latency(&r, docs, bucket_labels);
    put_latency(&r, docs, sparse_labels);
    put_many(&r, docs);
    printf("\nCosts\n");
    put_costs(&r, docs);
    printf("\nCold: the index out of the page cache, a new process; wall clock\n");
    put_cold(&r, docs);
    if (n > 1) {
        printf("\nGrowth: mean milliseconds a query\n");
        put_growth(&r, sizes, n);
    }
    results_free(&r);
    return 0;
}
