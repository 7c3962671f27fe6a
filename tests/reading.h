/* Reads archives into strings, for the tests of corpus/. Run from the root of the
 * repository. */
#ifndef ANAM_READING_H
#define ANAM_READING_H

#include "folder.h"

#include "base/alloc.h"
#include "corpus/corpus.h"

#include <sys/stat.h>
#include <zlib.h>

#define DATA "tests/data/corpus/"

/* The beginning of a MedQuAD file. */
#define DOCUMENT "<Document id=\"7\" source=\"S\" url=\"u\">\n"

/* ---- Reading into one string, a line a record ---- */

struct reading {
    anam_status status;
    anam_error err;
    struct anam_corpus_counts counts;
    struct anam_buffer records; /* see show() */
    struct anam_buffer skipped; /* a message a line */
    size_t longest;             /* text of a record */
    unsigned calls;             /* of progress */
    anam_status refuse;         /* what the sink answers to the record with this id */
    const char *refuse_id;
};

static inline void append(struct anam_buffer *to, const char *s)
{
    assert_true(anam_buffer_append_str(to, s));
    assert_true(anam_buffer_terminate(to));
}

static inline void show(struct anam_buffer *to, const char *name, const char *value)
{
    if (!value)
        return;
    append(to, " ");
    append(to, name);
    append(to, "=");
    append(to, value);
}

static inline void show_number(struct anam_buffer *to, const char *name, int32_t value)
{
    char text[16];
    snprintf(text, sizeof text, "%d", (int)value);
    show(to, name, value < 0 ? NULL : text);
}

static inline anam_status keep(void *ctx, const anam_record *record, anam_error *err)
{
    struct reading *r = ctx;
    if (r->refuse_id && strcmp(r->refuse_id, record->id) == 0) {
        *err = (anam_error){.code = r->refuse};
        snprintf(err->msg, sizeof err->msg, "not wanted");
        return r->refuse;
    }
    if (record->text && strlen(record->text) > 10000) {
        r->longest = strlen(record->text);
        return ANAM_OK;
    }
    struct anam_buffer *to = &r->records;
    append(to, record->id);
    show(to, "title", record->title);
    show(to, "question", record->question);
    for (size_t i = 0; i < record->n_answers; i++) {
        show(to, "answer", record->answers[i].text);
        show(to, "author", record->answers[i].author);
        show(to, "role", record->answers[i].role);
        show(to, "on", record->answers[i].date);
        show(to, "more", record->answers[i].extra);
    }
    show(to, "text", record->text);
    show(to, "specialty", record->specialty);
    for (size_t i = 0; i < record->n_tags; i++)
        show(to, "tag", record->tags[i]);
    show(to, "sex", record->asker.sex);
    show_number(to, "from", record->asker.age_min);
    show_number(to, "to", record->asker.age_max);
    show(to, "asker", record->asker.extra);
    show(to, "date", record->date);
    show(to, "url", record->url);
    show(to, "source", record->source);
    show(to, "lang", record->lang);
    show(to, "extra", record->extra);
    append(to, "\n");
    return ANAM_OK;
}

/* Messages without the folder of this run. */
static inline void strip_folder(char *msg)
{
    char *at;
    while ((at = strstr(msg, folder)) != NULL) {
        char *rest = at + strlen(folder) + 1;
        memmove(at, rest, strlen(rest) + 1);
    }
}

static inline void note_skipped(void *ctx, const char *msg)
{
    struct reading *r = ctx;
    char copy[500];
    snprintf(copy, sizeof copy, "%s\n", msg);
    strip_folder(copy);
    append(&r->skipped, copy);
}

static inline void note_progress(void *ctx, const struct anam_corpus_counts *counts)
{
    struct reading *r = ctx;
    assert_ptr_equal(counts, &r->counts);
    r->calls++;
}

static inline void read_paths(struct reading *r, const char *const *paths, size_t n,
                              const char *format, bool skip_bad)
{
    struct anam_corpus_options options = {.format = format,
                                          .skip_bad = skip_bad,
                                          .progress = note_progress,
                                          .skipped = note_skipped,
                                          .ctx = r};
    append(&r->records, "");
    append(&r->skipped, "");
    r->status = anam_corpus_read(paths, n, &options, keep, r, &r->counts, &r->err);
    assert_int_equal(r->status, r->err.code);
    strip_folder(r->err.msg);
}

static inline void end_reading(struct reading *r)
{
    anam_buffer_free(&r->records);
    anam_buffer_free(&r->skipped);
    *r = (struct reading){0};
}

/* ---- Files ---- */

static inline const char *write_bytes(const char *name, const void *bytes, size_t n)
{
    const char *path = path_of(name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    return path;
}

static inline void append_gzip(const char *name, const void *bytes, size_t n, const char *mode)
{
    gzFile f = gzopen(path_of(name), mode);
    assert_non_null(f);
    assert_int_equal(gzwrite(f, bytes, (unsigned)n), n);
    assert_int_equal(gzclose(f), Z_OK);
}

static inline void read_file(struct reading *r, const char *path, bool skip_bad)
{
    read_paths(r, &path, 1, NULL, skip_bad);
}

static inline void read_bytes(struct reading *r, const char *name, const void *bytes, size_t n,
                              const char *format, bool skip_bad)
{
    const char *path = write_bytes(name, bytes, n);
    read_paths(r, &path, 1, format, skip_bad);
}

static inline void assert_reads(const char *name, const char *text, const char *format,
                                const char *records)
{
    struct reading r = {0};
    read_bytes(&r, name, text, strlen(text), format, false);
    assert_string_equal(r.err.msg, "");
    assert_int_equal(r.status, ANAM_OK);
    assert_string_equal(r.records.data, records);
    end_reading(&r);
}

static inline void assert_rejects(const char *name, const char *text, const char *format,
                                  const char *msg)
{
    struct reading r = {0};
    read_bytes(&r, name, text, strlen(text), format, false);
    assert_string_equal(r.err.msg, msg);
    assert_int_equal(r.status, ANAM_BAD_DATA);
    end_reading(&r);
}

/* Under skip_bad: the same text, all messages and what is read all the same. */
static inline void assert_skips(const char *name, const char *text, const char *format,
                                const char *messages, const char *records)
{
    struct reading r = {0};
    read_bytes(&r, name, text, strlen(text), format, true);
    assert_string_equal(r.skipped.data, messages);
    assert_string_equal(r.records.data, records);
    assert_int_equal(r.status, *records ? ANAM_OK : ANAM_BAD_DATA);
    end_reading(&r);
}

static inline void assert_fixture(const char *name, const char *records)
{
    struct reading r = {0};
    read_file(&r, name, false);
    assert_string_equal(r.err.msg, "");
    assert_string_equal(r.records.data, records);
    end_reading(&r);
}

#endif
