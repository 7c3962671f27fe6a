/* No memory: each allocation in turn fails, alone and with all later ones, on the way
 * of writing, of reading and of importing. All must end in ANAM_NO_MEMORY with nothing
 * lost and nothing left behind; the sanitizers see what leaks.
 *
 * Linked with --wrap for the allocators below. The shared libraries are not wrapped:
 * what libc, Snowball, utf8proc, zlib, zstd, expat, libcsv and simdjson's own part allocate
 * does not fail here. jansson is, by way of its own hook. */
#include "testing.h"

#include "base/alloc.h"
#include "corpus/corpus.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdatomic.h>
#include <sys/stat.h>

/* ---- Allocators that fail when told ---- */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *ptr, size_t n);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *ptr, size_t n);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);
/* new and new[] of C++ that do not throw, by their names for the linker. */
void *__real__ZnwmRKSt9nothrow_t(size_t n, const void *nothrow);
void *__real__ZnamRKSt9nothrow_t(size_t n, const void *nothrow);
void *__wrap__ZnwmRKSt9nothrow_t(size_t n, const void *nothrow);
void *__wrap__ZnamRKSt9nothrow_t(size_t n, const void *nothrow);

static struct {
    bool armed;
    bool all;               /* that one and all later ones */
    size_t victim;          /* number of the allocation that fails */
    _Atomic size_t counted; /* since arming; by threads of the library, too */
} failing;

static bool fails(void)
{
    if (!failing.armed)
        return false;
    size_t number = atomic_fetch_add(&failing.counted, 1);
    bool fail = failing.all ? number >= failing.victim : number == failing.victim;
    if (fail)
        errno = ENOMEM;
    return fail;
}

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *ptr, size_t n)
{
    return fails() ? NULL : __real_realloc(ptr, n);
}

char *__wrap_strdup(const char *s)
{
    return fails() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t n)
{
    return fails() ? NULL : __real_strndup(s, n);
}

void *__wrap__ZnwmRKSt9nothrow_t(size_t n, const void *nothrow)
{
    return fails() ? NULL : __real__ZnwmRKSt9nothrow_t(n, nothrow);
}

void *__wrap__ZnamRKSt9nothrow_t(size_t n, const void *nothrow)
{
    return fails() ? NULL : __real__ZnamRKSt9nothrow_t(n, nothrow);
}

/* ---- Trying a job with every allocation failing ---- */

typedef anam_status (*job_fn)(void *ctx, anam_error *err);
typedef void (*after_fn)(void *ctx, anam_status status);

static void arm(size_t victim, bool all)
{
    failing.victim = victim;
    failing.all = all;
    failing.counted = 0;
    failing.armed = true;
}

static void disarm(void)
{
    failing.armed = false;
}

/* Runs the job until it no longer allocates as often as the failing number; then it
 * must have gone well. `after` looks at what each run left. */
static size_t fail_each(const char *name, job_fn job, after_fn after, void *ctx, bool all,
                        bool with_error)
{
    for (size_t victim = 0;; victim++) {
        anam_error err = {.code = ANAM_OK};
        arm(victim, all);
        anam_status status = job(ctx, with_error ? &err : NULL);
        disarm();
        bool failed = failing.counted > victim;
        if (status != (failed ? ANAM_NO_MEMORY : ANAM_OK))
            fail_msg("%s, allocation %zu%s: %s: %s", name, victim, all ? " and later" : "",
                     anam_status_name(status), err.msg);
        if (failed && with_error && (err.code != ANAM_NO_MEMORY || !strstr(err.msg, "memory")))
            fail_msg("%s, allocation %zu: the error says %s: %s", name, victim,
                     anam_status_name(err.code), err.msg);
        after(ctx, status);
        if (!failed)
            return victim;
    }
}

static void fail_all_ways(const char *name, job_fn job, after_fn after, void *ctx)
{
    size_t n = fail_each(name, job, after, ctx, false, true);
    assert_true(n > 0);
    fail_each(name, job, after, ctx, true, true);
    fail_each(name, job, after, ctx, false, false);
}

/* ---- The place ---- */

struct place {
    char dir[256];   /* of the test */
    char index[300]; /* in it */
    char file[300];  /* an archive in it */
    unsigned jobs;   /* of the writer */
};

static void make_place(struct place *p)
{
    testing_make_dir(p->dir);
    p->jobs = 1;
    snprintf(p->index, sizeof p->index, "%s/index", p->dir);
    snprintf(p->file, sizeof p->file, "%s/archive", p->dir);
}

/* Names in a directory, sorted by nothing: how many of them `counts` accepts. */
static size_t count_entries(const char *dir, bool (*counts)(const char *name))
{
    size_t n = 0;
    DIR *d = opendir(dir);
    for (const struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d))
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && counts(e->d_name);
    if (d)
        closedir(d);
    return n;
}

static bool any_name(const char *name)
{
    return name[0] != '\0';
}

static bool of_first_generation(const char *name)
{
    return strcmp(name, "lock") == 0 || strcmp(name, "manifest") == 0 ||
           strncmp(name, "000001.", 7) == 0;
}

static void empty_directory(const char *dir)
{
    DIR *d = opendir(dir);
    for (const struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d))
        unlinkat(dirfd(d), e->d_name, 0);
    if (d)
        closedir(d);
    rmdir(dir);
}

static void remove_place(const struct place *p)
{
    empty_directory(p->index);
    unlink(p->file);
    assert_int_equal(rmdir(p->dir), 0); /* nothing else was left there */
}

/* ---- Writing ---- */

/* Three records: bytes that are no UTF-8, many terms, and an id that comes again. */
static anam_status add_records(anam_writer *writer, anam_error *err)
{
    static const anam_answer answers[] = {{"Wait \xFF and see.", "Dr. \xC3", "doctor", NULL, NULL},
                                          {"It went away.", NULL, NULL, NULL, NULL}};
    static const char *const tags[] = {"red spots", "ha\xE9nds"};
    anam_record r = ANAM_RECORD_INIT;
    r.id = "a\xFE";
    r.title = "Red \x80 spots";
    r.question = "pinpoint red dots on hands";
    r.answers = answers;
    r.n_answers = 2;
    r.tags = tags;
    r.n_tags = 2;
    anam_status status = anam_writer_add(writer, &r, err);
    if (status)
        return status;

    enum { WORDS = 600, WORD = 7 }; /* beyond the first size of each table */
    static char text[WORDS * WORD + 1];
    for (unsigned i = 0; i < WORDS; i++)
        snprintf(text + (size_t)i * WORD, WORD + 1, "w%05u ", i * 37u % 99991u);
    r = (anam_record)ANAM_RECORD_INIT;
    r.id = "b";
    r.text = text;
    status = anam_writer_add(writer, &r, err);
    if (status)
        return status;

    r = (anam_record)ANAM_RECORD_INIT;
    r.id = "a\xFE";
    r.title = "Red spots again";
    return anam_writer_add(writer, &r, err);
}

static anam_status write_index(void *ctx, anam_error *err)
{
    const struct place *p = ctx;
    anam_writer *writer;
    anam_writer_options options = ANAM_WRITER_OPTIONS_INIT;
    options.jobs = p->jobs;
    anam_status status = anam_writer_open(&writer, p->index, &options, err);
    if (status) {
        assert_null(writer);
        return status;
    }
    status = add_records(writer, err);
    if (!status)
        status = anam_writer_commit(writer, NULL, err);
    if (status) /* afterwards it can only be freed, and says so */
        assert_int_equal(anam_writer_commit(writer, NULL, NULL), ANAM_INVALID);
    anam_writer_free(writer);
    return status;
}

/* The number of hits, having read all of them. */
static anam_status read_hits(const anam_results *results, size_t *n)
{
    *n = anam_results_count(results);
    for (size_t i = 0; i < *n; i++) {
        const anam_hit *hit = anam_results_hit(results, i);
        if (!hit->record || strcmp(hit->record->id, hit->id) != 0)
            return ANAM_DAMAGED;
    }
    return ANAM_OK;
}

static anam_status use_searcher(const anam_index *index, anam_searcher *searcher, anam_error *err)
{
    static const char query[] = "red spots w00037 w00074 again and again";
    anam_search_options options = ANAM_SEARCH_OPTIONS_INIT;
    anam_results *results;
    size_t n;
    options.flags = ANAM_WITH_RECORDS | ANAM_WITH_PASSAGES | ANAM_WITH_PARTS;
    options.passage_bytes = 60;
    anam_status status = anam_search(searcher, query, strlen(query), &options, &results, err);
    if (status) {
        assert_null(results);
        return status;
    }
    status = read_hits(results, &n);
    anam_results_free(results);
    if (!status && n != 2)
        return ANAM_DAMAGED;
    if (!status)
        status = anam_get(searcher, "b", &results, err);
    if (status) {
        assert_null(results);
        return status;
    }
    status = read_hits(results, &n);
    anam_results_free(results);
    return status ? status : anam_index_check(index, NULL, NULL, err);
}

static anam_status read_index(void *ctx, anam_error *err)
{
    const struct place *p = ctx;
    anam_index *index;
    anam_searcher *searcher;
    anam_status status = anam_index_open(&index, p->index, NULL, err);
    if (status) {
        assert_null(index);
        return status;
    }
    status = anam_searcher_new(&searcher, index, err);
    if (status)
        assert_null(searcher);
    else
        status = use_searcher(index, searcher, err);
    anam_searcher_free(searcher);
    anam_index_close(index);
    return status;
}

static void nothing_to_see(void *ctx, anam_status status)
{
    (void)ctx;
    (void)status;
}

static void nothing_is_left(void *ctx, anam_status status)
{
    const struct place *p = ctx;
    if (status) {
        assert_int_equal(access(p->index, F_OK), -1);
        return;
    }
    assert_int_equal(read_index(ctx, NULL), ANAM_OK);
    empty_directory(p->index);
}

static void a_new_index_without_memory_leaves_nothing(void **state)
{
    (void)state;
    struct place p;
    make_place(&p);
    fail_all_ways("a new index", write_index, nothing_is_left, &p);
    remove_place(&p);
}

/* The records are few enough that the threads never work at the same time. */
static void nor_does_one_with_threads(void **state)
{
    (void)state;
    struct place p;
    make_place(&p);
    p.jobs = 2;
    fail_all_ways("a new index, two jobs", write_index, nothing_is_left, &p);
    remove_place(&p);
}

/* Several batches, though the first is large, so that the threads do work at the same time. */
static anam_status write_much(const struct place *p, anam_error *err)
{
    enum { RECORDS = 120, WORDS = 1000, WORD = 7 };
    static char text[WORDS * WORD + 1];
    anam_writer *writer;
    anam_writer_options options = ANAM_WRITER_OPTIONS_INIT;
    options.jobs = 2;
    options.memory = ANAM_MIN_MEMORY;
    anam_status status = anam_writer_open(&writer, p->index, &options, err);
    for (unsigned i = 0; i < RECORDS && !status; i++) {
        char id[16];
        for (unsigned j = 0; j < WORDS; j++)
            snprintf(text + (size_t)j * WORD, WORD + 1, "w%05u ", (i * WORDS + j) * 37u % 99991u);
        snprintf(id, sizeof id, "%u", i);
        anam_record r = ANAM_RECORD_INIT;
        r.id = id;
        r.text = text;
        status = anam_writer_add(writer, &r, err);
    }
    if (!status)
        status = anam_writer_commit(writer, NULL, err);
    anam_writer_free(writer);
    return status;
}

/* Which allocation fails is left to chance, but not what comes of it. */
static void threads_at_work_end_well_without_memory(void **state)
{
    (void)state;
    enum { TRIES = 100 };
    struct place p;
    make_place(&p);
    arm(SIZE_MAX, false);
    assert_int_equal(write_much(&p, NULL), ANAM_OK);
    disarm();
    size_t n = failing.counted;
    empty_directory(p.index);
    for (size_t i = 0; i < TRIES; i++) {
        arm(n * i / TRIES, i % 2 == 0);
        anam_status status = write_much(&p, NULL);
        disarm();
        assert_int_equal(status, failing.counted > failing.victim ? ANAM_NO_MEMORY : ANAM_OK);
        if (status)
            assert_int_equal(access(p.index, F_OK), -1);
        else
            empty_directory(p.index);
    }
    remove_place(&p);
}

/* Records of a store with a dictionary, from several of its blocks. */
static anam_status read_much(void *ctx, anam_error *err)
{
    static const char *const ids[] = {"0", "119", "60"};
    const struct place *p = ctx;
    anam_index *index;
    anam_searcher *searcher = NULL;
    anam_status status = anam_index_open(&index, p->index, NULL, err);
    if (!status)
        status = anam_searcher_new(&searcher, index, err);
    for (size_t i = 0; i < COUNT(ids) && !status; i++) {
        anam_results *results;
        size_t n = 0;
        status = anam_get(searcher, ids[i], &results, err);
        if (!status)
            status = read_hits(results, &n);
        anam_results_free(results);
        if (!status && n != 1)
            status = ANAM_DAMAGED;
    }
    anam_searcher_free(searcher);
    anam_index_close(index);
    return status;
}

static void reading_with_a_dictionary_without_memory_says_so(void **state)
{
    (void)state;
    struct place p;
    make_place(&p);
    assert_int_equal(write_much(&p, NULL), ANAM_OK);
    fail_all_ways("records of a large store", read_much, nothing_to_see, &p);
    remove_place(&p);
}

/* More records than a window holds, so that they are put in order; one is replaced. */
static anam_status write_ordered(void *ctx, anam_error *err)
{
    enum { RECORDS = 600 };
    const struct place *p = ctx;
    anam_writer *writer;
    anam_writer_options options = ANAM_WRITER_OPTIONS_INIT;
    options.jobs = p->jobs;
    anam_status status = anam_writer_open(&writer, p->index, &options, err);
    for (unsigned i = 0; i <= RECORDS && !status; i++) {
        char id[16];
        char text[80];
        anam_record r = ANAM_RECORD_INIT;
        snprintf(id, sizeof id, "%u", i % RECORDS);
        snprintf(text, sizeof text, "w%u x%u y%u z%u", i % 8, i % 8, i % 8, i % 64);
        r.id = id;
        r.text = text;
        status = anam_writer_add(writer, &r, err);
    }
    if (!status)
        status = anam_writer_commit(writer, NULL, err);
    anam_writer_free(writer);
    return status;
}

static void it_is_ordered_or_nothing_is_left(void *ctx, anam_status status)
{
    const struct place *p = ctx;
    anam_index *index;
    if (status) {
        assert_int_equal(access(p->index, F_OK), -1);
        return;
    }
    assert_int_equal(anam_index_open(&index, p->index, NULL, NULL), ANAM_OK);
    assert_int_equal(anam_index_check(index, NULL, NULL, NULL), ANAM_OK);
    anam_index_close(index);
    empty_directory(p->index);
}

static void putting_documents_in_order_without_memory_leaves_nothing(void **state)
{
    (void)state;
    struct place p;
    make_place(&p);
    p.jobs = 1;
    fail_all_ways("documents in order", write_ordered, it_is_ordered_or_nothing_is_left, &p);
    remove_place(&p);
}

static void only_the_first_generation_is_there(void *ctx, anam_status status)
{
    struct place *p = ctx;
    anam_error err = {.code = ANAM_OK};
    if (read_index(ctx, &err))
        fail_msg("the index cannot be searched: %s", err.msg);
    if (status) {
        assert_int_equal(count_entries(p->index, any_name), 7);
        assert_int_equal(count_entries(p->index, of_first_generation), 7);
    } else {
        assert_int_equal(count_entries(p->index, any_name), 7);
        empty_directory(p->index);
        assert_int_equal(write_index(p, NULL), ANAM_OK);
    }
}

static void an_old_index_stays_whole_without_memory(void **state)
{
    (void)state;
    struct place p;
    make_place(&p);
    assert_int_equal(write_index(&p, NULL), ANAM_OK);
    fail_all_ways("a replaced index", write_index, only_the_first_generation_is_there, &p);
    remove_place(&p);
}

static void reading_without_memory_says_so(void **state)
{
    (void)state;
    struct place p;
    make_place(&p);
    assert_int_equal(write_index(&p, NULL), ANAM_OK);
    fail_all_ways("reading", read_index, nothing_to_see, &p);
    remove_place(&p);
}

/* A searcher goes on after a search that found no memory. */
static void a_searcher_answers_after_a_failed_search(void **state)
{
    (void)state;
    struct place p;
    make_place(&p);
    assert_int_equal(write_index(&p, NULL), ANAM_OK);
    anam_index *index;
    anam_searcher *searcher;
    assert_int_equal(anam_index_open(&index, p.index, NULL, NULL), ANAM_OK);
    assert_int_equal(anam_searcher_new(&searcher, index, NULL), ANAM_OK);
    bool failed = true;
    for (size_t victim = 0; failed; victim++) {
        arm(victim, false);
        anam_status status = use_searcher(index, searcher, NULL);
        disarm();
        failed = failing.counted > victim;
        assert_int_equal(status, failed ? ANAM_NO_MEMORY : ANAM_OK);
        assert_int_equal(use_searcher(index, searcher, NULL), ANAM_OK);
    }
    anam_searcher_free(searcher);
    anam_index_close(index);
    remove_place(&p);
}

/* ---- Importing ---- */

static anam_status take(void *ctx, const anam_record *record, anam_error *err)
{
    size_t *records = ctx;
    (void)err;
    *records += record->id != NULL;
    return ANAM_OK;
}

static anam_status import(void *ctx, anam_error *err)
{
    const struct place *p = ctx;
    const char *const paths[] = {p->file};
    struct anam_corpus_options options = {.skip_bad = false};
    struct anam_corpus_counts counts;
    size_t records = 0;
    anam_status status = anam_corpus_read(paths, 1, &options, take, &records, &counts, err);
    assert_int_equal(counts.records, records);
    return !status && records != 2 ? ANAM_DAMAGED : status;
}

/* A folder with one file of each format. */
static anam_status import_folder(void *ctx, anam_error *err)
{
    const struct place *p = ctx;
    const char *const paths[] = {p->index};
    struct anam_corpus_options options = {.skip_bad = true};
    struct anam_corpus_counts counts;
    size_t records = 0;
    anam_status status = anam_corpus_read(paths, 1, &options, take, &records, &counts, err);
    return !status && records != 4 ? ANAM_DAMAGED : status;
}

static void write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(close(fd), 0);
}

/* A record for jansson, and one for the short cut. */
static const char jsonl[] =
    "{\"id\":\"a\",\"title\":\"Red \xFF spots\",\"question\":\"Not itchy?\",\"answers\":[{\"text\":"
    "\"Wait.\",\"author\":\"anna\",\"votes\":3},{\"text\":\"See "
    "\\u00e9.\"}],\"tags\":[\"red\",\"x\"],"
    "\"asker\":{\"sex\":\"female\",\"age_min\":20,\"job\":\"cook\"},\"views\":{\"n\":[1,2.5]}}\n"
    "{\"id\":\"b\",\"text\":\"An article.\"}\n";
static const char plain_jsonl[] =
    "{\"id\":1,\"title\":\"Red spots\",\"answer\":\"Wait.\",\"answers\":[\"a\",\"b\",\"c\",\"d\","
    "\"e\",\"f\",\"g\",{\"text\":\"h\",\"author\":\"anna\",\"votes\":3}],\"tags\":[\"red\",\"x\"],"
    "\"asker\":{\"sex\":\"female\",\"age_min\":20,\"job\":\"cook\"},"
    "\"views\":{\"n\":[1,{},\"long enough that the room for it has to grow\"],\"\\\"\\\"\":"
    "\"\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\\t\"}}\n"
    "{\"id\":\"b\",\"text\":\"An article.\"}\n";
static const char csv[] = "id,title,question,answer,tags,views\n"
                          "a,Red,\"Spots, not \xFF itchy\",Wait.,red;spots,3\n"
                          "b,,What now?,,,\n";
static const char trec[] = "<DOC>\n<DOCNO> a </DOCNO>\n<TITLE>Red &amp; \xFF</TITLE>\n"
                           "<TEXT>\nSpots.<P>Second.\n</TEXT>\n</DOC>\n"
                           "<DOC><DOCNO>b</DOCNO><TEXT>More.</TEXT></DOC>\n";
static const char medquad[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<Document id=\"1\" source=\"X\" url=\"https://example.org\">\n<Focus>Spots</Focus>\n"
    "<QAPairs>\n<QAPair pid=\"1\"><Question qid=\"a\" qtype=\"information\">What are spots?"
    "</Question><Answer>Red &amp; round.</Answer></QAPair>\n"
    "<QAPair pid=\"2\"><Question qid=\"b\" qtype=\"symptoms\">And then?</Question>"
    "<Answer>They go.</Answer></QAPair>\n</QAPairs>\n</Document>\n";

static void import_text(const char *name, const char *text)
{
    struct place p;
    make_place(&p);
    write_text(p.file, text);
    fail_all_ways(name, import, nothing_to_see, &p);
    remove_place(&p);
}

static void importing_jsonl_without_memory_says_so(void **state)
{
    (void)state;
    import_text("jsonl", jsonl);
}

/* By the short cut alone. */
static void importing_plain_jsonl_without_memory_says_so(void **state)
{
    (void)state;
    import_text("plain jsonl", plain_jsonl);
}

static void importing_csv_without_memory_says_so(void **state)
{
    (void)state;
    import_text("csv", csv);
}

static void importing_medquad_without_memory_says_so(void **state)
{
    (void)state;
    import_text("medquad", medquad);
}

static void importing_trec_without_memory_says_so(void **state)
{
    (void)state;
    import_text("trec", trec);
}

/* A line beyond the input's window, and one that has to be repaired there. */
static void importing_a_long_line_without_memory_says_so(void **state)
{
    (void)state;
    enum { LONG = 300000 };
    struct anam_buffer text = {0};
    for (int i = 0; i < 2; i++) {
        assert_true(anam_buffer_append_str(&text, i ? "{\"id\":\"b\",\"text\":\"\xFF "
                                                    : "{\"id\":\"a\",\"text\":\""));
        while (text.len < (size_t)(i + 1) * LONG)
            assert_true(anam_buffer_append_str(&text, "red spots "));
        assert_true(anam_buffer_append_str(&text, "\"}\n"));
    }
    assert_true(anam_buffer_terminate(&text));
    import_text("a long line", text.data);
    anam_buffer_free(&text);
}

static void importing_a_folder_without_memory_says_so(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *text;
    } files[] = {{"a.jsonl", jsonl}, {"b.csv", csv}};
    struct place p;
    make_place(&p);
    assert_int_equal(mkdir(p.index, 0777), 0);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[320];
        snprintf(path, sizeof path, "%s/%s", p.index, files[i].name);
        write_text(path, files[i].text);
    }
    fail_all_ways("a folder", import_folder, nothing_to_see, &p);
    remove_place(&p);
}

static void *failing_malloc(size_t n)
{
    return __wrap_malloc(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_index_without_memory_leaves_nothing),
        cmocka_unit_test(nor_does_one_with_threads),
        cmocka_unit_test(putting_documents_in_order_without_memory_leaves_nothing),
        cmocka_unit_test(threads_at_work_end_well_without_memory),
        cmocka_unit_test(an_old_index_stays_whole_without_memory),
        cmocka_unit_test(reading_without_memory_says_so),
        cmocka_unit_test(reading_with_a_dictionary_without_memory_says_so),
        cmocka_unit_test(a_searcher_answers_after_a_failed_search),
        cmocka_unit_test(importing_jsonl_without_memory_says_so),
        cmocka_unit_test(importing_plain_jsonl_without_memory_says_so),
        cmocka_unit_test(importing_csv_without_memory_says_so),
        cmocka_unit_test(importing_medquad_without_memory_says_so),
        cmocka_unit_test(importing_trec_without_memory_says_so),
        cmocka_unit_test(importing_a_long_line_without_memory_says_so),
        cmocka_unit_test(importing_a_folder_without_memory_says_so),
    };
    json_set_alloc_funcs(failing_malloc, free);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
