/* A small index of a few records: made, opened, searched, with each engine in turn. */
#ifndef ANAM_SMALL_H
#define ANAM_SMALL_H

#include "folder.h"
#include "good.h"

/* The engines for which every test of a program holds. Scores of Xapian are rounded. */
static const struct small_engine {
    const char *name;
    const char *prefix;
    unsigned shards;
    double tolerance; /* of a score, relative */
} small_engines[] = {
    {"native", "", 1, 3e-6},
#ifdef ANAM_XAPIAN
    {"xapian", "xapian:", 1, 1e-5},
    {"three shards of xapian", "xapian:", 3, 1e-5},
#endif
};

static const struct small_engine *engine = small_engines;

/* The index of the test at hand, at `path`. */
static char path[300];
static anam_index *small_index;
static anam_searcher *searcher;

static inline int make_dir(void **state)
{
    int failed = make_folder(state);
    snprintf(path, sizeof path, "%s%s/x", engine->prefix, folder);
    return failed;
}

#define RUN_WITH_EACH_ENGINE(tests)                                                                \
    do {                                                                                           \
        int failed_tests = 0;                                                                      \
        for (engine = small_engines; engine < small_engines + COUNT(small_engines); engine++)      \
            failed_tests +=                                                                        \
                cmocka_run_group_tests_name(engine->name, tests, make_dir, remove_folder);         \
        return failed_tests;                                                                       \
    } while (0)

static inline anam_writer_options small_options(void)
{
    anam_writer_options o = ANAM_WRITER_OPTIONS_INIT;
    o.language = "none";
    o.shards = engine->shards;
    return o;
}

/* With language "none": the words as they stand. */
static inline void build(const anam_record *records, size_t n)
{
    anam_error err;
    anam_writer *w;
    anam_writer_options o = small_options();
    ok(anam_writer_open(&w, path, &o, &err), &err);
    for (size_t i = 0; i < n; i++)
        ok(anam_writer_add(w, &records[i], &err), &err);
    ok(anam_writer_commit(w, NULL, &err), &err);
    anam_writer_free(w);
}

static inline void open_small(const anam_record *records, size_t n)
{
    anam_error err;
    build(records, n);
    ok(anam_index_open(&small_index, path, NULL, &err), &err);
    ok(anam_searcher_new(&searcher, small_index, &err), &err);
}

static inline void close_small(void)
{
    anam_searcher_free(searcher);
    anam_index_close(small_index);
}

static inline anam_results *search(const char *query, const anam_search_options *o)
{
    anam_results *r;
    anam_error err;
    ok(anam_search(searcher, query, strlen(query), o, &r, &err), &err);
    return r;
}

static inline anam_record titled(const char *id, const char *title)
{
    anam_record r = ANAM_RECORD_INIT;
    r.id = id;
    r.title = title;
    return r;
}

#endif
