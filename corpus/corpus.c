#include "corpus/corpus.h"

#include "corpus/format.h"
#include "corpus/paths.h"

#include <string.h>

/* One line a format, in the order in which contents are matched; the names stand below, too. */
static const struct anam_format *const formats[] = {
    &anam_format_jsonl, &anam_format_medquad, &anam_format_trec, &anam_format_tsv, &anam_format_csv,
};

enum { N_FORMATS = sizeof formats / sizeof formats[0] };

#define FORMAT_NAMES "jsonl, csv, tsv, medquad, trec"

const char *const *anam_corpus_formats(void)
{
    static const char *const names[] = {"auto", "jsonl", "csv", "tsv", "medquad", "trec", NULL};
    return names;
}

/* *format is NULL for "by content". */
static anam_status find_format(const char *name, const struct anam_format **format, anam_error *err)
{
    *format = NULL;
    if (!name || strcmp(name, "auto") == 0)
        return ANAM_OK;
    for (size_t i = 0; i < N_FORMATS && !*format; i++) {
        if (strcmp(name, formats[i]->name) == 0)
            *format = formats[i];
    }
    if (!*format)
        return anam_fail(err, ANAM_INVALID, "no format is called %s; known are auto, " FORMAT_NAMES,
                         name);
    return ANAM_OK;
}

static const struct anam_format *sniff(const char *head, size_t n)
{
    for (size_t i = 0; i < N_FORMATS; i++) {
        if (formats[i]->sniff(head, n))
            return formats[i];
    }
    return NULL;
}

/* The first byte that is not white space, BLANK where there is none. */
enum { BLANK = -1 };

static int first_char(const char *head, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (head[i] != ' ' && !(head[i] >= '\t' && head[i] <= '\r'))
            return (unsigned char)head[i];
    }
    return BLANK;
}

static anam_status unknown_format(const struct anam_reader *r, int first)
{
    const char *name = anam_input_name(r->in);
    if (first == '[')
        return anam_fail(r->err, ANAM_BAD_DATA,
                         "%s: a JSON array is not read; write one object a line (jq -c '.[]')",
                         name);
    return anam_fail(r->err, ANAM_BAD_DATA,
                     "%s: unknown format; --format says which it is: " FORMAT_NAMES, name);
}

/* Reads the file that r->in has open. *read is whether it was of a known format. */
static anam_status read_input(struct anam_reader *r, const struct anam_path *path,
                              const struct anam_format *forced, bool *read)
{
    size_t n;
    const char *head = anam_input_head(r->in, &n);
    int first = first_char(head, n);
    const struct anam_format *format = forced ? forced : sniff(head, n);
    if (!format && first != BLANK)
        return path->inside ? ANAM_OK : unknown_format(r, first);
    *read = true;
    r->counts->files++;
    return format && n > 0 ? format->read(r) : ANAM_OK;
}

static anam_status read_file(struct anam_reader *r, const struct anam_path *path,
                             const struct anam_format *forced, bool *read)
{
    struct anam_corpus_counts *counts = r->counts;
    uint64_t before = counts->bytes;
    anam_status status = anam_input_open(&r->in, path->path, &counts->bytes, &counts->bad_utf8,
                                         r->options->stop, r->err);
    if (status != ANAM_OK)
        return status;
    r->path = path->path;
    status = read_input(r, path, forced, read);
    anam_input_close(r->in);
    r->in = NULL;
    /* What was left out of this file, or all of it, is no longer to come. */
    uint64_t got = counts->bytes - before;
    if (status == ANAM_OK && counts->bytes_total > 0 && got < path->size)
        counts->bytes_total -= path->size - got;
    return status;
}

/* The files are in the order of the paths they come from. */
static anam_status read_files(struct anam_reader *r, const struct anam_paths *list,
                              const char *const *paths, const struct anam_format *forced)
{
    for (size_t i = 0; i < list->n;) {
        size_t named = list->items[i].named;
        bool read = false;
        for (; i < list->n && list->items[i].named == named; i++) {
            anam_status status = read_file(r, &list->items[i], forced, &read);
            if (status != ANAM_OK)
                return status;
        }
        if (!read)
            return anam_fail(
                r->err, ANAM_BAD_DATA,
                "no file of a known format in the folder %s; --format forces one: " FORMAT_NAMES,
                paths[named]);
    }
    return ANAM_OK;
}

static uint64_t total_size(const struct anam_paths *list)
{
    uint64_t total = 0;
    for (size_t i = 0; i < list->n; i++) {
        if (!list->items[i].has_size)
            return 0;
        total += list->items[i].size;
    }
    return total;
}

static anam_status no_records(const char *const *paths, size_t n_paths,
                              const struct anam_corpus_counts *counts, anam_error *err)
{
    const char *first = strcmp(paths[0], "-") == 0 ? "stdin" : paths[0];
    const char *more = n_paths > 1 ? " and the other files" : "";
    if (counts->rejected > 0)
        return anam_fail(err, ANAM_BAD_DATA, "no records in %s%s (%llu malformed)", first, more,
                         (unsigned long long)counts->rejected);
    return anam_fail(err, ANAM_BAD_DATA, "no records in %s%s", first, more);
}

anam_status anam_corpus_read(const char *const *paths, size_t n_paths,
                             const struct anam_corpus_options *options, anam_record_sink sink,
                             void *ctx, struct anam_corpus_counts *counts, anam_error *err)
{
    struct anam_reader r = {
        .options = options, .sink = sink, .sink_ctx = ctx, .counts = counts, .err = err};
    struct anam_paths list = {0};
    const struct anam_format *forced = NULL;
    *counts = (struct anam_corpus_counts){0};
    anam_status status = n_paths > 0 ? find_format(options->format, &forced, err)
                                     : anam_fail(err, ANAM_INVALID, "no input is named");
    for (size_t i = 0; i < n_paths && status == ANAM_OK; i++)
        status = anam_paths_add(&list, paths[i], i, err);
    if (status != ANAM_OK)
        goto cleanup;
    counts->bytes_total = total_size(&list);
    status = read_files(&r, &list, paths, forced);
    anam_reader_tick(&r, true);
    if (status == ANAM_OK && counts->records == 0)
        status = no_records(paths, n_paths, counts, err);
cleanup:
    anam_paths_free(&list);
    anam_builder_free(&r.builder);
    return status;
}
