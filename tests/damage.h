/* Indexes to be damaged: made, asked all that an index can be asked, and made whole again. */
#ifndef ANAM_DAMAGE_H
#define ANAM_DAMAGE_H

#include "testing.h"

#include "base/alloc.h"
#include "base/file.h"
#include "index/manifest.h"

#include <fcntl.h>
#include <sys/stat.h>

enum { MANIFEST = ANAM_N_FILES, N_NAMES, PATH_BYTES = 320, ID_BYTES = 32 };

static const unsigned char masks[] = {0x01, 0x80, 0xFF};
enum { N_MASKS = sizeof masks };

/* An index on disk, what it answers, and the present content of each of its files. */
struct subject {
    char dir[256];
    const char *const *queries; /* NULL-terminated */
    char (*ids)[ID_BYTES];
    size_t n_ids;
    char names[N_NAMES][ANAM_FILE_NAME];
    unsigned char *bytes[N_NAMES];
    size_t size[N_NAMES];
    struct anam_buffer answers; /* see ask_all() */
};

/* How one try ended: the first failure of opening or asking, and that of checking. */
struct outcome {
    anam_status asked;
    anam_error ask_err;
    anam_status checked;
    anam_error check_err;
    size_t findings;
    struct anam_buffer answers;
};

static struct subject small;
static struct subject large;

/* ---- Files ---- */

static inline void path_of(const struct subject *s, int file, char out[PATH_BYTES])
{
    snprintf(out, PATH_BYTES, "%s/%s", s->dir, s->names[file]);
}

static inline void write_file(const struct subject *s, int file, const void *bytes, size_t n)
{
    char path[PATH_BYTES];
    path_of(s, file, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    assert_true(fd >= 0);
    assert_int_equal(anam_write_all(fd, bytes, n), 0);
    assert_int_equal(close(fd), 0);
}

static inline void restore(const struct subject *s, int file)
{
    write_file(s, file, s->bytes[file], s->size[file]);
}

static inline void load_file(struct subject *s, int file)
{
    char path[PATH_BYTES];
    struct stat st;
    path_of(s, file, path);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    s->size[file] = (size_t)st.st_size;
    s->bytes[file] = malloc(s->size[file] + 1);
    assert_non_null(s->bytes[file]);
    assert_int_equal(read(fd, s->bytes[file], s->size[file]), st.st_size);
    close(fd);
}

/* ---- Asking: all that an index can be asked, as one text ---- */

ANAM_PRINTF(2, 3) static inline void say(struct anam_buffer *to, const char *fmt, ...)
{
    char text[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    assert_true(anam_buffer_append_str(to, text));
}

static inline void say_string(struct anam_buffer *to, const char *s)
{
    if (s)
        assert_true(anam_buffer_append_str(to, s));
    assert_true(anam_buffer_append_str(to, s ? "|" : "-"));
}

static inline void say_record(struct anam_buffer *to, const anam_record *r)
{
    const char *const strings[] = {r->id,        r->title, r->question,  r->text,
                                   r->specialty, r->date,  r->asker.sex, r->url,
                                   r->source,    r->lang,  r->extra,     r->asker.extra};
    for (size_t i = 0; i < COUNT(strings); i++)
        say_string(to, strings[i]);
    for (size_t i = 0; i < r->n_answers; i++) {
        say_string(to, r->answers[i].text);
        say_string(to, r->answers[i].author);
        say_string(to, r->answers[i].role);
        say_string(to, r->answers[i].date);
        say_string(to, r->answers[i].extra);
    }
    for (size_t i = 0; i < r->n_tags; i++)
        say_string(to, r->tags[i]);
    say(to, "%d %d\n", (int)r->asker.age_min, (int)r->asker.age_max);
}

static inline void say_passage(struct anam_buffer *to, const anam_passage *p)
{
    if (!p->source)
        return;
    size_t n = strlen(p->source);
    assert_true(p->range.start <= p->range.end && p->range.end <= n);
    say(to, "%zu [%zu %zu)", p->answer, p->range.start, p->range.end);
    for (size_t i = 0; i < p->n_marks; i++) {
        assert_true(p->marks[i].start >= p->range.start && p->marks[i].end <= p->range.end);
        say(to, " %zu-%zu", p->marks[i].start, p->marks[i].end);
    }
    say(to, "\n");
}

static inline void say_results(struct anam_buffer *to, const anam_results *results)
{
    for (size_t i = 0; i < anam_results_count(results); i++) {
        const anam_hit *hit = anam_results_hit(results, i);
        say(to, "%zu %a ", hit->rank, (double)hit->score);
        say_string(to, hit->id);
        say_record(to, hit->record);
        say_passage(to, &hit->title);
        say_passage(to, &hit->question);
        say_passage(to, &hit->answer);
        for (size_t j = 0; j < hit->n_parts; j++) {
            const anam_part *p = &hit->parts[j];
            say(to, "%d %a %llu %u %u %a ", p->field, p->query_tf, (unsigned long long)p->df, p->tf,
                p->length, p->score);
            say_string(to, p->term);
        }
    }
}

/* Notes one answer; the first failure is kept. */
static inline void note_answer(struct outcome *o, anam_status status, anam_results *results,
                               const anam_error *err)
{
    if (!status)
        say_results(&o->answers, results);
    else
        assert_null(results);
    anam_results_free(results);
    if (status && !o->asked) {
        o->asked = status;
        o->ask_err = *err;
    }
}

static inline void ask_all(const struct subject *s, anam_searcher *searcher, struct outcome *o)
{
    anam_search_options options = ANAM_SEARCH_OPTIONS_INIT;
    options.flags = ANAM_WITH_RECORDS | ANAM_WITH_PASSAGES | ANAM_WITH_PARTS;
    options.passage_bytes = 60;
    anam_results *results;
    for (size_t i = 0; s->queries[i]; i++) {
        anam_error err = {.code = ANAM_OK};
        anam_status status =
            anam_search(searcher, s->queries[i], strlen(s->queries[i]), &options, &results, &err);
        note_answer(o, status, results, &err);
    }
    for (size_t i = 0; i < s->n_ids; i++) {
        anam_error err = {.code = ANAM_OK};
        anam_status status = anam_get(searcher, s->ids[i], &results, &err);
        note_answer(o, status, results, &err);
    }
}

static inline void count_finding(void *ctx, const char *msg)
{
    struct outcome *o = ctx;
    assert_true(msg[0] != '\0' && !strchr(msg, '\n'));
    o->findings++;
}

/* Opens the index, asks it everything, checks it. The caller frees o->answers. */
static inline void try_index(const struct subject *s, struct outcome *o)
{
    anam_index *index;
    anam_searcher *searcher;
    o->answers.len = 0;
    o->findings = 0;
    o->asked = o->checked = anam_index_open(&index, s->dir, NULL, &o->ask_err);
    if (o->asked) {
        assert_null(index);
        o->check_err = o->ask_err;
        return;
    }
    o->asked = anam_searcher_new(&searcher, index, &o->ask_err);
    if (!o->asked)
        ask_all(s, searcher, o);
    o->checked = anam_index_check(index, count_finding, o, &o->check_err);
    assert_true((o->findings > 0) == (o->checked != ANAM_OK));
    anam_searcher_free(searcher);
    anam_index_close(index);
}

static inline bool same_answers(const struct subject *s, const struct outcome *o)
{
    return o->asked == ANAM_OK && o->answers.len == s->answers.len &&
           memcmp(o->answers.data, s->answers.data, s->answers.len) == 0;
}

static inline bool tells_damage(anam_status status, const anam_error *err, const char *name)
{
    bool bad = status == ANAM_DAMAGED || status == ANAM_TOO_NEW || status == ANAM_NOT_INDEX;
    return bad && err->code == status && strstr(err->msg, name);
}

/* ---- Making the indexes ---- */

static inline void add(anam_writer *writer, const anam_record *record)
{
    anam_error err;
    if (anam_writer_add(writer, record, &err))
        fail_msg("%s: %s", record->id, err.msg);
}

static inline void begin_index(struct subject *s, size_t n_ids, anam_writer **writer)
{
    anam_error err;
    testing_make_dir(s->dir);
    s->n_ids = n_ids;
    s->ids = calloc(n_ids, sizeof *s->ids);
    assert_non_null(s->ids);
    if (anam_writer_open(writer, s->dir, NULL, &err))
        fail_msg("%s", err.msg);
}

/* Of the first generation. */
static inline void name_files(struct subject *s)
{
    for (int i = 0; i < ANAM_N_FILES; i++)
        anam_file_name(s->names[i], 1, (enum anam_part_file)i);
    snprintf(s->names[MANIFEST], ANAM_FILE_NAME, "manifest");
}

static inline void end_index(struct subject *s, anam_writer *writer, const char *const *queries)
{
    anam_error err;
    struct outcome o = {.asked = ANAM_OK};
    if (anam_writer_commit(writer, NULL, &err))
        fail_msg("%s", err.msg);
    anam_writer_free(writer);
    s->queries = queries;
    name_files(s);
    for (int i = 0; i < N_NAMES; i++)
        load_file(s, i);
    try_index(s, &o);
    assert_int_equal(o.asked, ANAM_OK);
    assert_int_equal(o.checked, ANAM_OK);
    s->answers = o.answers;
}

/* Twelve records with all that a record can have. */
static inline void make_small(void)
{
    static const char *const queries[] = {"red spots on the hands, not itchy", "fever",
                                          "caf\xC3\xA9 19 covid-19 nothing-of-this", NULL};
    static const char *const words[] = {"red", "spots", "hands", "fever", "itchy", "rash"};
    static const char *const tags[] = {"red spots", "hands", "skin"};
    anam_writer *writer;
    begin_index(&small, 12, &writer);
    for (size_t i = 0; i < small.n_ids; i++) {
        char title[80];
        char question[240];
        char text[160];
        snprintf(small.ids[i], sizeof small.ids[i], "q-%02zu", i * 7 % 12);
        snprintf(title, sizeof title, "Case %zu: %s and %s?", i, words[i % 6], words[i / 2 % 6]);
        snprintf(question, sizeof question,
                 "Hello. I have %s %s since %zu days. They are %s, but not painful. What is it?",
                 words[i * 5 % 6], words[(i + 1) % 6], i + 2, words[i % 4]);
        snprintf(text, sizeof text, "This may be a %s. %s is common, see a doctor in %zu weeks.",
                 words[i % 6], words[(i + 3) % 6], i + 1);
        const anam_answer answers[] = {
            {text, "Dr. Example", "doctor", "2004-01-11", NULL},
            {"I had the same, covid-19 they said.", "anna", NULL, NULL, "{\"votes\":3}"},
            {"Fever fever fever fever fever.", NULL, NULL, NULL, NULL}};
        anam_record r = ANAM_RECORD_INIT;
        r.id = small.ids[i];
        r.title = title;
        r.question = i % 5 == 4 ? NULL : question;
        r.answers = answers;
        r.n_answers = i % 4;
        r.text = i % 4 == 0 ? "An article on caf\xC3\xA9 and red hands." : NULL;
        r.specialty = i % 2 ? "Dermatology" : NULL;
        r.tags = tags;
        r.n_tags = i % 3;
        r.asker =
            (anam_asker){"female", 20, (int32_t)(20 + i), i % 3 ? NULL : "{\"smokes\":false}"};
        r.date = "2004-01-10";
        r.url = i % 2 ? "https://example.org/q" : NULL;
        r.lang = "en";
        r.extra = i == 3 ? "{\"views\":17}" : NULL;
        add(writer, &r);
    }
    end_index(&small, writer, queries);
}

/* n tiny records: one term in all of them (bitmaps), one in every third, one rare one,
 * and one whose frequencies need escapes. */
static inline void make_tiny(struct subject *s, size_t n, size_t n_ids, const char *const *queries)
{
    anam_writer *writer;
    begin_index(s, n_ids, &writer);
    for (size_t i = 0; i < n; i++) {
        char id[ID_BYTES];
        char title[64];
        char text[400] = "";
        size_t times = i % 97 == 0 ? 40 : i % 11 == 0 ? 2 : 1;
        snprintf(id, sizeof id, "t%05zu", i);
        if (i * 41 % n < n_ids)
            memcpy(s->ids[i * 41 % n], id, sizeof id);
        snprintf(title, sizeof title, "every%s%s w%zu", i % 3 ? "" : " third",
                 i % 251 ? "" : " rare", i % 50);
        for (size_t j = 0; j < times; j++)
            strcat(text, "pain ");
        anam_record r = ANAM_RECORD_INIT;
        r.id = id;
        r.title = title;
        r.text = i % 2 ? text : NULL;
        add(writer, &r);
    }
    end_index(s, writer, queries);
}

static inline void remove_index(struct subject *s)
{
    char path[PATH_BYTES];
    for (int i = 0; i < N_NAMES; i++) {
        path_of(s, i, path);
        unlink(path);
        free(s->bytes[i]);
    }
    snprintf(path, sizeof path, "%s/lock", s->dir);
    unlink(path);
    assert_int_equal(rmdir(s->dir), 0);
    free(s->ids);
    anam_buffer_free(&s->answers);
}

static inline int make_indexes(void **state)
{
    static const char *const queries[] = {"every third rare pain w7", NULL};
    (void)state;
    make_small();
    make_tiny(&large, 700, 3, queries);
    return 0;
}

static inline int remove_indexes(void **state)
{
    (void)state;
    remove_index(&small);
    remove_index(&large);
    return 0;
}

/* After a test that failed half way, too. */
static inline void restore_index(const struct subject *s)
{
    for (int file = 0; file < N_NAMES; file++) {
        char path[PATH_BYTES];
        path_of(s, file, path);
        if (unlink(path) != 0)
            rmdir(path);
        restore(s, file);
    }
}

static inline int restore_indexes(void **state)
{
    (void)state;
    restore_index(&small);
    restore_index(&large);
    return 0;
}

/* ---- Opening ---- */

static inline void expect_opening(const struct subject *s, anam_status status,
                                  const char *in_message)
{
    anam_index *index;
    anam_error err = {.code = ANAM_OK};
    anam_status got = anam_index_open(&index, s->dir, NULL, &err);
    anam_index_close(index);
    if (got != status || (status && (err.code != status || !strstr(err.msg, in_message))))
        fail_msg("%s instead of %s: %s", anam_status_name(got), anam_status_name(status), err.msg);
}

/* Every test begins with whole indexes. */
#define intact_test(f) cmocka_unit_test_setup(f, restore_indexes)

#endif
