/* Damaged indexes: every byte flipped, every length cut, content that lies under right
 * checksums, files that are missing or something else. Nothing may crash, hang or read
 * outside of a file; run it with the sanitizers too. */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/file.h"
#include "index/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

enum { MANIFEST = ANAM_N_FILES, N_NAMES, PATH_BYTES = 256, ID_BYTES = 32, CRC_LINE = 13 };

static const unsigned char masks[] = {0x01, 0x80, 0xFF};
enum { N_MASKS = sizeof masks };

/* An index on disk, what it answers, and the present content of each of its files. */
struct subject {
    char dir[64];
    const char *const *queries; /* NULL-terminated */
    char (*ids)[ID_BYTES];
    size_t n_ids;
    char names[N_NAMES][ANAM_FILE_NAME];
    unsigned char *bytes[N_NAMES];
    size_t size[N_NAMES];
    struct anam_buffer answers; /* see ask() */
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
static struct subject longest;

/* ---- Files ---- */

static void path_of(const struct subject *s, int file, char out[PATH_BYTES])
{
    snprintf(out, PATH_BYTES, "%s/%s", s->dir, s->names[file]);
}

static void write_file(const struct subject *s, int file, const void *bytes, size_t n)
{
    char path[PATH_BYTES];
    path_of(s, file, path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    assert_true(fd >= 0);
    assert_int_equal(anam_write_all(fd, bytes, n), 0);
    assert_int_equal(close(fd), 0);
}

static void restore(const struct subject *s, int file)
{
    write_file(s, file, s->bytes[file], s->size[file]);
}

static void load_file(struct subject *s, int file)
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

static size_t body_of(const unsigned char *bytes, size_t size)
{
    return (size_t)anam_load64(bytes + size - ANAM_TRAILER + 8);
}

static void store_crc(unsigned char *at, const unsigned char *bytes, size_t n)
{
    anam_store32(at, (uint32_t)crc32(0, bytes, (uInt)n));
}

/* Makes checksums right again after body byte `at` was changed. */
static void seal(unsigned char *bytes, size_t size, size_t at)
{
    size_t body = body_of(bytes, size);
    size_t chunk = at / ANAM_CHUNK;
    size_t from = chunk * ANAM_CHUNK;
    unsigned char *trailer = bytes + size - ANAM_TRAILER;
    store_crc(bytes + body + 4 * chunk, bytes + from,
              body - from < ANAM_CHUNK ? body - from : ANAM_CHUNK);
    store_crc(trailer + 20, bytes + body, size - ANAM_TRAILER - body);
    store_crc(trailer + 28, trailer, 28);
}

static void seal_manifest(unsigned char *bytes, size_t size)
{
    char line[CRC_LINE + 1];
    snprintf(line, sizeof line, "crc %08lx\n", crc32(0, bytes, (uInt)(size - CRC_LINE)));
    memcpy(bytes + size - CRC_LINE, line, CRC_LINE);
}

/* ---- Asking: all that an index can be asked, as one text ---- */

ANAM_PRINTF(2, 3) static void say(struct anam_buffer *to, const char *fmt, ...)
{
    char text[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    assert_true(anam_buffer_append_str(to, text));
}

static void say_string(struct anam_buffer *to, const char *s)
{
    if (s)
        assert_true(anam_buffer_append_str(to, s));
    assert_true(anam_buffer_append_str(to, s ? "|" : "-"));
}

static void say_record(struct anam_buffer *to, const anam_record *r)
{
    const char *const strings[] = {r->id,        r->title, r->question,  r->text,
                                   r->specialty, r->date,  r->asker.sex, r->url,
                                   r->source,    r->lang,  r->extra,     r->asker.extra};
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
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

static void say_passage(struct anam_buffer *to, const anam_passage *p)
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

static void say_results(struct anam_buffer *to, const anam_results *results)
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

static anam_status ask_all(const struct subject *s, anam_searcher *searcher, struct outcome *o)
{
    anam_search_options options = ANAM_SEARCH_OPTIONS_INIT;
    options.flags = ANAM_WITH_RECORDS | ANAM_WITH_PASSAGES | ANAM_WITH_PARTS;
    options.passage_bytes = 60;
    anam_status first = ANAM_OK;
    for (size_t i = 0; s->queries[i]; i++) {
        anam_results *results;
        anam_error err = {.code = ANAM_OK};
        anam_status status =
            anam_search(searcher, s->queries[i], strlen(s->queries[i]), &options, &results, &err);
        if (!status)
            say_results(&o->answers, results);
        else
            assert_null(results);
        anam_results_free(results);
        if (status && !first) {
            first = status;
            o->ask_err = err;
        }
    }
    for (size_t i = 0; i < s->n_ids; i++) {
        anam_results *results;
        anam_error err = {.code = ANAM_OK};
        anam_status status = anam_get(searcher, s->ids[i], &results, &err);
        if (!status)
            say_results(&o->answers, results);
        else
            assert_null(results);
        anam_results_free(results);
        if (status && !first) {
            first = status;
            o->ask_err = err;
        }
    }
    return first;
}

static void count_finding(void *ctx, const char *msg)
{
    struct outcome *o = ctx;
    assert_true(msg[0] != '\0' && !strchr(msg, '\n'));
    o->findings++;
}

/* Opens the index, asks it everything, checks it. The caller frees o->answers. */
static void try_index(const struct subject *s, struct outcome *o)
{
    anam_index *index;
    anam_searcher *searcher;
    o->answers.len = 0;
    o->findings = 0;
    o->asked = o->checked = anam_index_open(&index, s->dir, &o->ask_err);
    if (o->asked) {
        assert_null(index);
        o->check_err = o->ask_err;
        return;
    }
    o->asked = anam_searcher_new(&searcher, index, &o->ask_err);
    if (!o->asked)
        o->asked = ask_all(s, searcher, o);
    o->checked = anam_index_check(index, count_finding, o, &o->check_err);
    assert_true((o->findings > 0) == (o->checked != ANAM_OK));
    anam_searcher_free(searcher);
    anam_index_close(index);
}

static bool same_answers(const struct subject *s, const struct outcome *o)
{
    return o->asked == ANAM_OK && o->answers.len == s->answers.len &&
           memcmp(o->answers.data, s->answers.data, s->answers.len) == 0;
}

static bool tells_damage(anam_status status, const anam_error *err, const char *name)
{
    bool bad = status == ANAM_DAMAGED || status == ANAM_TOO_NEW || status == ANAM_NOT_INDEX;
    return bad && err->code == status && strstr(err->msg, name);
}

/* ---- Making the indexes ---- */

static void add(anam_writer *writer, const anam_record *record)
{
    anam_error err;
    if (anam_writer_add(writer, record, &err))
        fail_msg("%s: %s", record->id, err.msg);
}

static void begin_index(struct subject *s, size_t n_ids, anam_writer **writer)
{
    anam_error err;
    snprintf(s->dir, sizeof s->dir, "/tmp/anamnesis-damage-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    s->n_ids = n_ids;
    s->ids = calloc(n_ids, sizeof *s->ids);
    assert_non_null(s->ids);
    if (anam_writer_open(writer, s->dir, NULL, &err))
        fail_msg("%s", err.msg);
}

/* Of the first generation. */
static void name_files(struct subject *s)
{
    for (int i = 0; i < ANAM_N_FILES; i++)
        anam_file_name(s->names[i], 1, (enum anam_part_file)i);
    snprintf(s->names[MANIFEST], ANAM_FILE_NAME, "manifest");
}

static void end_index(struct subject *s, anam_writer *writer, const char *const *queries)
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
static void make_small(void)
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
static void make_tiny(struct subject *s, size_t n, size_t n_ids, const char *const *queries)
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

static void remove_index(struct subject *s)
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

static int make_indexes(void **state)
{
    static const char *const tiny_queries[] = {"every third rare pain w7", NULL};
    static const char *const long_queries[] = {"every", "pain", NULL};
    (void)state;
    make_small();
    make_tiny(&large, 700, 3, tiny_queries);
    make_tiny(&longest, (size_t)ANAM_WINDOW * (ANAM_FRAME + 3), 1, long_queries);
    return 0;
}

static int remove_indexes(void **state)
{
    (void)state;
    remove_index(&small);
    remove_index(&large);
    remove_index(&longest);
    return 0;
}

/* After a test that failed half way, too. */
static int restore_indexes(void **state)
{
    const struct subject *const all[] = {&small, &large, &longest};
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        for (int file = 0; file < N_NAMES; file++) {
            char path[PATH_BYTES];
            path_of(all[i], file, path);
            if (unlink(path) != 0)
                rmdir(path);
            restore(all[i], file);
        }
    }
    return 0;
}

/* ---- Flipped and missing bytes ---- */

static void flip_bytes(const struct subject *s, size_t step)
{
    struct outcome o = {.asked = ANAM_OK};
    for (int file = 0; file < N_NAMES; file++) {
        char path[PATH_BYTES];
        path_of(s, file, path);
        int fd = open(path, O_WRONLY);
        assert_true(fd >= 0);
        for (size_t at = 0; at < s->size[file]; at += step) {
            for (size_t m = 0; m < N_MASKS; m++) {
                unsigned char byte = s->bytes[file][at] ^ masks[m];
                assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
                try_index(s, &o);
                const char *name = s->names[file];
                if (!same_answers(s, &o) && !tells_damage(o.asked, &o.ask_err, name))
                    fail_msg("%s, byte %zu ^ %02x: asking gives %s", name, at, masks[m],
                             o.asked ? o.ask_err.msg : "other answers");
                if (!tells_damage(o.checked, &o.check_err, name))
                    fail_msg("%s, byte %zu ^ %02x: checking gives %s", name, at, masks[m],
                             o.checked ? o.check_err.msg : "no finding");
            }
            assert_int_equal(pwrite(fd, &s->bytes[file][at], 1, (off_t)at), 1);
        }
        assert_int_equal(close(fd), 0);
    }
    try_index(s, &o);
    assert_true(same_answers(s, &o));
    anam_buffer_free(&o.answers);
}

static void every_flipped_byte_is_found(void **state)
{
    (void)state;
    flip_bytes(&small, 1);
}

static void flipped_bytes_of_windows_and_bitmaps_are_found(void **state)
{
    (void)state;
    flip_bytes(&large, 37);
}

static void resize_file(const struct subject *s, int file, size_t size)
{
    char path[PATH_BYTES];
    struct outcome o = {.asked = ANAM_OK};
    path_of(s, file, path);
    assert_int_equal(truncate(path, (off_t)size), 0);
    try_index(s, &o);
    if (!tells_damage(o.asked, &o.ask_err, s->names[file]))
        fail_msg("%s with %zu bytes of %zu: %s", s->names[file], size, s->size[file],
                 o.asked ? o.ask_err.msg : "opens");
    anam_buffer_free(&o.answers);
}

static void resize_files(const struct subject *s, size_t step)
{
    for (int file = 0; file < N_NAMES; file++) {
        /* Downwards, so that nothing has to be written. */
        for (size_t size = (s->size[file] - 1) / step * step;; size -= step) {
            resize_file(s, file, size);
            if (size == 0)
                break;
        }
        restore(s, file);
        static const size_t more[] = {1, 4, ANAM_TRAILER, ANAM_CHUNK, ANAM_CHUNK + 4, 1 << 20};
        for (size_t i = 0; i < sizeof more / sizeof more[0]; i++)
            resize_file(s, file, s->size[file] + more[i]);
        restore(s, file);
    }
}

static void every_other_length_of_a_file_is_found(void **state)
{
    (void)state;
    resize_files(&small, 1);
    resize_files(&large, 37);
}

/* ---- Right checksums, wrong content ---- */

/* Anything but a crash: an error, or other answers. */
static void accept_any(const struct subject *s, const char *name, size_t at, struct outcome *o)
{
    try_index(s, o);
    bool known = o->asked == ANAM_OK || o->asked == ANAM_DAMAGED || o->asked == ANAM_TOO_NEW ||
                 o->asked == ANAM_NOT_FOUND;
    if (!known || (o->asked && o->ask_err.msg[0] == '\0'))
        fail_msg("%s, byte %zu: asking gives %s: %s", name, at, anam_status_name(o->asked),
                 o->ask_err.msg);
    if (o->checked != ANAM_OK && o->checked != ANAM_DAMAGED && o->checked != ANAM_TOO_NEW)
        fail_msg("%s, byte %zu: checking gives %s: %s", name, at, anam_status_name(o->checked),
                 o->check_err.msg);
}

/* Sets bytes [at, at + n) of the body to `value`, with right checksums. */
static void lie(const struct subject *s, int file, size_t at, uint64_t value, size_t n,
                struct outcome *o)
{
    size_t size = s->size[file];
    unsigned char *bytes = malloc(size);
    assert_non_null(bytes);
    memcpy(bytes, s->bytes[file], size);
    for (size_t i = 0; i < n; i++)
        bytes[at + i] = (unsigned char)(value >> 8 * i);
    seal(bytes, size, at);
    seal(bytes, size, at + n - 1);
    write_file(s, file, bytes, size);
    free(bytes);
    accept_any(s, s->names[file], at, o);
}

static void lie_in_bodies(const struct subject *s, size_t step)
{
    struct outcome o = {.asked = ANAM_OK};
    for (int file = 0; file < ANAM_N_FILES; file++) {
        size_t body = body_of(s->bytes[file], s->size[file]);
        for (size_t at = 0; at < body; at += step)
            for (size_t m = 0; m < N_MASKS; m++)
                lie(s, file, at, s->bytes[file][at] ^ masks[m], 1, &o);
        restore(s, file);
    }
    anam_buffer_free(&o.answers);
}

static void lying_bytes_do_no_harm(void **state)
{
    (void)state;
    lie_in_bodies(&small, 1);
}

static void lying_windows_and_bitmaps_do_no_harm(void **state)
{
    (void)state;
    lie_in_bodies(&large, 7);
}

/* The list of "every" is the longest one and has a directory of frames. */
static void a_lying_directory_of_frames_does_no_harm(void **state)
{
    (void)state;
    struct outcome o = {.asked = ANAM_OK};
    size_t body = body_of(longest.bytes[ANAM_FILE_POSTINGS], longest.size[ANAM_FILE_POSTINGS]);
    for (size_t at = 0; at < 24; at++)
        for (size_t m = 0; m < N_MASKS; m++)
            lie(&longest, ANAM_FILE_POSTINGS, at, longest.bytes[ANAM_FILE_POSTINGS][at] ^ masks[m],
                1, &o);
    for (size_t at = 24; at < body; at += body / 40)
        lie(&longest, ANAM_FILE_POSTINGS, at, 0xFF, 1, &o);
    restore(&longest, ANAM_FILE_POSTINGS);
    anam_buffer_free(&o.answers);
}

/* Offsets and counts at the limits of their type, wherever one could stand. */
static void extreme_numbers_do_no_harm(void **state)
{
    static const uint64_t extremes[] = {0,         UINT64_MAX, INT64_MAX,        UINT32_MAX,
                                        INT32_MAX, 1,          UINT64_MAX - 4095};
    (void)state;
    struct outcome o = {.asked = ANAM_OK};
    for (int file = 0; file < ANAM_N_FILES; file++) {
        size_t body = body_of(small.bytes[file], small.size[file]);
        size_t from = file == ANAM_FILE_LENGTHS || body < 256 ? 0 : body - 256;
        for (size_t at = from; at + 8 <= body; at += 4) {
            for (size_t i = 0; i < sizeof extremes / sizeof extremes[0]; i++)
                lie(&small, file, at, extremes[i], 8, &o);
        }
        restore(&small, file);
    }
    anam_buffer_free(&o.answers);
}

static void a_lying_trailer_is_found(void **state)
{
    static const uint64_t bodies[] = {
        0, 1, 4096, UINT32_MAX, INT64_MAX, UINT64_MAX, UINT64_MAX - 4095};
    (void)state;
    struct outcome o = {.asked = ANAM_OK};
    for (int file = 0; file < ANAM_N_FILES; file++) {
        size_t size = small.size[file];
        for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
            unsigned char *bytes = malloc(size);
            assert_non_null(bytes);
            memcpy(bytes, small.bytes[file], size);
            unsigned char *trailer = bytes + size - ANAM_TRAILER;
            anam_store64(trailer + 8, bodies[i]);
            store_crc(trailer + 28, trailer, 28);
            write_file(&small, file, bytes, size);
            free(bytes);
            try_index(&small, &o);
            assert_true(tells_damage(o.asked, &o.ask_err, small.names[file]));
        }
        restore(&small, file);
    }
    anam_buffer_free(&o.answers);
}

static void write_manifest(const struct subject *s, const unsigned char *bytes, size_t n)
{
    unsigned char *copy = malloc(n);
    assert_non_null(copy);
    memcpy(copy, bytes, n);
    seal_manifest(copy, n);
    write_file(s, MANIFEST, copy, n);
    free(copy);
}

static void a_lying_manifest_does_no_harm(void **state)
{
    (void)state;
    struct outcome o = {.asked = ANAM_OK};
    size_t size = small.size[MANIFEST];
    unsigned char *bytes = malloc(size);
    assert_non_null(bytes);
    memcpy(bytes, small.bytes[MANIFEST], size);
    for (size_t at = 0; at < size - CRC_LINE; at++) {
        unsigned char was = bytes[at];
        static const unsigned char instead[] = {'0', '9', ' ', '\n', '-', '\0', 0xFF};
        for (size_t i = 0; i < sizeof instead; i++) {
            bytes[at] = instead[i];
            write_manifest(&small, bytes, size);
            accept_any(&small, "manifest", at, &o);
        }
        bytes[at] = was;
    }
    restore(&small, MANIFEST);
    free(bytes);
    anam_buffer_free(&o.answers);
}

/* The intact manifest with the line that begins with `key` replaced, sealed. */
static void change_line(const struct subject *s, const char *key, const char *line)
{
    struct anam_buffer text = {0};
    s->bytes[MANIFEST][s->size[MANIFEST]] = '\0';
    const char *all = (const char *)s->bytes[MANIFEST];
    const char *at = strstr(all, key);
    assert_non_null(at);
    assert_true(anam_buffer_append(&text, all, (size_t)(at - all)));
    assert_true(anam_buffer_append_str(&text, line));
    assert_true(anam_buffer_append_str(&text, strchr(at, '\n')));
    write_manifest(s, (const unsigned char *)text.data, text.len);
    anam_buffer_free(&text);
}

static void expect_opening(const struct subject *s, anam_status status, const char *in_message)
{
    anam_index *index;
    anam_error err = {.code = ANAM_OK};
    anam_status got = anam_index_open(&index, s->dir, &err);
    anam_index_close(index);
    if (got != status || (status && (err.code != status || !strstr(err.msg, in_message))))
        fail_msg("%s instead of %s: %s", anam_status_name(got), anam_status_name(status), err.msg);
}

static void an_index_of_a_newer_program_is_too_new(void **state)
{
    (void)state;
    change_line(&small, "anamnesis-index", "anamnesis-index 2");
    expect_opening(&small, ANAM_TOO_NEW, "format 2");
    change_line(&small, "analyzer", "analyzer 2 english");
    expect_opening(&small, ANAM_TOO_NEW, "analyzer 2");
    change_line(&small, "analyzer", "analyzer 1 klingon");
    expect_opening(&small, ANAM_TOO_NEW, "klingon");
    change_line(&small, "anamnesis-index", "anamnesis-index 0");
    expect_opening(&small, ANAM_DAMAGED, "format 0");
    change_line(&small, "documents", "documents 4294967295");
    expect_opening(&small, ANAM_DAMAGED, "manifest");
    restore(&small, MANIFEST);
    expect_opening(&small, ANAM_OK, "");
}

/* ---- Files that are something else ---- */

static void missing_files_are_found(void **state)
{
    (void)state;
    for (int file = 0; file < N_NAMES; file++) {
        char path[PATH_BYTES];
        path_of(&small, file, path);
        assert_int_equal(unlink(path), 0);
        if (file == MANIFEST)
            expect_opening(&small, ANAM_NOT_INDEX, small.dir);
        else
            expect_opening(&small, ANAM_DAMAGED, small.names[file]);
        restore(&small, file);
    }
}

static void directories_in_place_of_files_are_found(void **state)
{
    (void)state;
    for (int file = 0; file < N_NAMES; file++) {
        char path[PATH_BYTES];
        path_of(&small, file, path);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkdir(path, 0777), 0);
        expect_opening(&small, file == MANIFEST ? ANAM_IO : ANAM_DAMAGED, small.names[file]);
        assert_int_equal(rmdir(path), 0);
        restore(&small, file);
    }
}

static void named_pipes_in_place_of_files_do_not_hang(void **state)
{
    (void)state;
    for (int file = 0; file < N_NAMES; file++) {
        char path[PATH_BYTES];
        path_of(&small, file, path);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkfifo(path, 0666), 0);
        alarm(10);
        expect_opening(&small, ANAM_DAMAGED, small.names[file]);
        alarm(0);
        assert_int_equal(unlink(path), 0);
        restore(&small, file);
    }
}

static void unreadable_files_are_told_with_their_name(void **state)
{
    (void)state;
    enum { NOBODY = 65534 };
    bool root = geteuid() == 0;
    assert_int_equal(chmod(small.dir, 0755), 0);
    for (int file = 0; file < N_NAMES; file++) {
        char path[PATH_BYTES];
        path_of(&small, file, path);
        assert_int_equal(chmod(path, 0), 0);
        if (root && seteuid(NOBODY) != 0) {
            chmod(path, 0644);
            print_message("root may read everything and cannot become another user\n");
            skip();
        }
        expect_opening(&small, ANAM_IO, small.names[file]);
        if (root)
            assert_int_equal(seteuid(0), 0);
        assert_int_equal(chmod(path, 0644), 0);
    }
}

static void a_place_without_index_is_no_index(void **state)
{
    (void)state;
    anam_index *index;
    anam_error err;
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/nowhere", small.dir);
    assert_int_equal(anam_index_open(&index, path, &err), ANAM_NOT_INDEX);
    assert_non_null(strstr(err.msg, path));
    path_of(&small, MANIFEST, path); /* a file */
    assert_int_equal(anam_index_open(&index, path, &err), ANAM_NOT_INDEX);
    assert_int_equal(anam_index_open(&index, "", &err), ANAM_NOT_INDEX);
    assert_int_equal(anam_index_open(&index, "", NULL), ANAM_NOT_INDEX);
}

static void a_path_of_any_length_is_answered(void **state)
{
    (void)state;
    anam_index *index;
    anam_writer *writer;
    anam_error err;
    char path[9000];
    memset(path, 'x', sizeof path);
    for (size_t n = 200; n < sizeof path; n = n * 3 / 2) {
        path[n] = '\0';
        anam_status status = anam_index_open(&index, path, &err);
        assert_true(status == ANAM_NOT_INDEX || status == ANAM_IO);
        path[n] = 'x';
    }
    path[sizeof path - 1] = '\0';
    assert_int_equal(anam_writer_open(&writer, path, NULL, &err), ANAM_IO);
    assert_int_equal(err.sys, ENAMETOOLONG);
}

/* ---- Damaged records ---- */

/* U+FFFD has three bytes: what is within bounds need not be so when repaired. */
static void a_record_too_large_once_repaired_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    struct subject s = {.dir = "/tmp/anamnesis-damage-XXXXXX"};
    char id[ANAM_MAX_ID];
    anam_writer *writer;
    anam_error err;
    anam_write_summary summary;
    anam_record r = ANAM_RECORD_INIT;
    assert_non_null(mkdtemp(s.dir));
    assert_int_equal(anam_writer_open(&writer, s.dir, NULL, &err), ANAM_OK);
    memset(id, 0xFF, sizeof id);
    id[ANAM_MAX_ID / 2] = '\0';
    r.id = id;
    r.title = "spots";
    assert_int_equal(anam_writer_add(writer, &r, &err), ANAM_BAD_DATA);
    assert_non_null(strstr(err.msg, "id is longer"));
    char *text = malloc(ANAM_MAX_RECORD / 2);
    assert_non_null(text);
    memset(text, 0xFF, ANAM_MAX_RECORD / 2);
    text[ANAM_MAX_RECORD / 2 - 1] = '\0';
    r.id = "b";
    r.text = text;
    assert_int_equal(anam_writer_add(writer, &r, &err), ANAM_BAD_DATA);
    assert_non_null(strstr(err.msg, "larger than 64 MiB"));
    free(text);
    r.text = "\xFF";
    assert_int_equal(anam_writer_add(writer, &r, &err), ANAM_OK);
    assert_int_equal(anam_writer_commit(writer, &summary, &err), ANAM_OK);
    assert_int_equal(summary.documents, 1);
    assert_int_equal(summary.bad_utf8, 1);
    anam_writer_free(writer);

    expect_opening(&s, ANAM_OK, "");
    name_files(&s);
    remove_index(&s);
}

/* Every test begins with whole indexes. */
#define intact_test(f) cmocka_unit_test_setup(f, restore_indexes)

int main(void)
{
    const struct CMUnitTest tests[] = {
        intact_test(every_flipped_byte_is_found),
        intact_test(flipped_bytes_of_windows_and_bitmaps_are_found),
        intact_test(every_other_length_of_a_file_is_found),
        intact_test(lying_bytes_do_no_harm),
        intact_test(lying_windows_and_bitmaps_do_no_harm),
        intact_test(a_lying_directory_of_frames_does_no_harm),
        intact_test(extreme_numbers_do_no_harm),
        intact_test(a_lying_trailer_is_found),
        intact_test(a_lying_manifest_does_no_harm),
        intact_test(an_index_of_a_newer_program_is_too_new),
        intact_test(missing_files_are_found),
        intact_test(directories_in_place_of_files_are_found),
        intact_test(named_pipes_in_place_of_files_do_not_hang),
        intact_test(unreadable_files_are_told_with_their_name),
        intact_test(a_place_without_index_is_no_index),
        intact_test(a_path_of_any_length_is_answered),
        intact_test(a_record_too_large_once_repaired_is_refused_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, make_indexes, remove_indexes);
}
