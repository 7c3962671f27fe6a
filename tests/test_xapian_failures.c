/* The Xapian bindings: every way to fail on one machine, and maintenance. */
#include "test_xapian.h"

#include <errno.h>

/* AddressSanitizer ends a program whose allocation in C++ fails. */
#if defined(__SANITIZE_ADDRESS__)
#define ALLOCATIONS_MAY_FAIL 0
#else
#define ALLOCATIONS_MAY_FAIL 1
#endif

/* Xapian 1.4 deletes the cursor of a check as an object of its base class. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "new_delete_type_mismatch=0";
}

static void write_at(const char *path, long offset, int byte, size_t n)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    while (n-- > 0)
        fputc(byte, file);
    assert_int_equal(fclose(file), 0);
}

/* Large enough that its tables are trees of several blocks. */
static xap_writable *make_large(const char *name)
{
    char data[200];
    xap_writable *db;
    memset(data, 'x', sizeof data);
    ok(xap_open_writable(path_of(name), XAP_CREATE_OR_OVERWRITE, XAP_NO_SYNC, 2048, &db, &err));
    for (int i = 0; i < 500; i++) {
        xap_document *doc = small_document(1 + i % 3);
        ok(xap_document_set_data(doc, data, sizeof data, &err));
        ok(xap_writable_add_document(db, doc, NULL, &err));
        xap_document_free(doc);
    }
    ok(xap_writable_commit(db, &err));
    return db;
}

/* ---- Opening ---- */

static void a_missing_path_is_not_a_database(void **state)
{
    xap_database *db;
    xap_writable *writable;
    (void)state;
    assert_int_equal(xap_open(path_of("missing"), XAP_BACKEND_AUTO, &db, &err), XAP_NOT_DATABASE);
    assert_null(db);
    assert_int_equal(err.code, XAP_NOT_DATABASE);
    assert_int_equal(err.sys, ENOENT);
    assert_non_null(strstr(err.msg, "missing"));
    assert_int_equal(xap_open(path_of("missing"), XAP_BACKEND_AUTO, &db, NULL), XAP_NOT_DATABASE);
    fails(XAP_NOT_DATABASE, xap_open_writable(path_of("missing"), XAP_OPEN, 0, 0, &writable, &err));
    assert_null(writable);
    fails(XAP_INVALID, xap_open_writable(path_of("x"), (xap_action)7, 0, 0, &writable, &err));
}

static void a_folder_of_other_files_is_not_a_database(void **state)
{
    xap_database *db;
    (void)state;
    fails(XAP_NOT_DATABASE, xap_open(folder, XAP_BACKEND_AUTO, &db, &err));
    fails(XAP_NOT_DATABASE, xap_open(folder, XAP_BACKEND_GLASS, &db, &err));
}

static void a_text_file_is_not_a_database(void **state)
{
    char path[400];
    FILE *file;
    xap_database *db;
    xap_status status;
    (void)state;
    snprintf(path, sizeof path, "%s", path_of("plain.txt"));
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("This is no database, and no stub file either.\n", file);
    fclose(file);
    status = xap_open(path, XAP_BACKEND_AUTO, &db, &err);
    fails(XAP_NOT_DATABASE, status);
    assert_null(db);
}

static void a_second_writer_is_locked_out(void **state)
{
    xap_writable *first = make_small("locked"), *second;
    (void)state;
    fails(XAP_LOCKED, xap_open_writable(path_of("locked"), XAP_OPEN, 0, 0, &second, &err));
    assert_null(second);
    xap_writable_free(first);
}

static void creating_what_exists_fails(void **state)
{
    xap_writable *db;
    (void)state;
    xap_writable_free(make_small("exists"));
    fails(XAP_DATABASE, xap_open_writable(path_of("exists"), XAP_CREATE, 0, 0, &db, &err));
    ok(xap_open_writable(path_of("new"), XAP_CREATE, XAP_FULL_SYNC | XAP_NO_TERMLIST, 4096, &db,
                         &err));
    xap_writable_free(db);
    ok(xap_open_writable(path_of("new"), XAP_CREATE_OR_OPEN, XAP_DANGEROUS, 0, &db, &err));
    xap_writable_free(db);
}

static void a_newer_format_is_too_new(void **state)
{
    xap_database *db;
    (void)state;
    xap_writable_free(make_small("newer"));
    write_at(path_of("newer/iamglass"), 14, 0xff, 2);
    fails(XAP_TOO_NEW, xap_open(path_of("newer"), XAP_BACKEND_AUTO, &db, &err));
}

/* ---- Using ---- */

static void absent_documents_are_not_found(void **state)
{
    xap_writable *db = make_small("absent");
    xap_database *view = xap_writable_as_database(db);
    xap_document *doc;
    uint32_t n = 7;
    (void)state;
    fails(XAP_NOT_FOUND, xap_database_document(view, 9, false, &doc, &err));
    assert_null(doc);
    fails(XAP_NOT_FOUND, xap_database_doclength(view, 9, &n, &err));
    assert_int_equal(n, 0);
    fails(XAP_NOT_FOUND, xap_database_unique_terms(view, 9, &n, &err));
    fails(XAP_NOT_FOUND, xap_writable_delete_document(db, 9, &err));
    fails(XAP_INVALID, xap_database_document(view, 0, false, &doc, &err));
    xap_writable_free(db);
}

static void a_term_too_long_is_refused_when_written(void **state)
{
    char term[246];
    xap_writable *db = make_small("long");
    xap_document *doc;
    (void)state;
    memset(term, 'x', sizeof term);
    ok(xap_document_new(&doc, &err));
    ok(xap_document_add_term(doc, term, 245, 1, &err));
    ok(xap_writable_add_document(db, doc, NULL, &err));
    ok(xap_document_add_term(doc, term, 246, 1, &err));
    fails(XAP_INVALID, xap_writable_add_document(db, doc, NULL, &err));
    xap_document_free(doc);
    xap_writable_free(db);
}

static void a_database_of_no_parts_cannot_be_searched(void **state)
{
    xap_database *db;
    xap_enquire *enquire;
    uint64_t revision;
    (void)state;
    ok(xap_database_new(&db, &err));
    fails(XAP_INVALID, xap_enquire_new(db, &enquire, &err));
    assert_null(enquire);
    ok(xap_database_revision(db, &revision, &err));
    assert_int_equal(revision, 0);
    xap_database_free(db);
}

static void an_overtaken_reader_must_reopen(void **state)
{
    xap_writable *writer = make_large("modified");
    xap_database *reader;
    xap_document *doc;
    xap_bytes data;
    xap_status status = XAP_OK;
    (void)state;
    ok(xap_open(path_of("modified"), XAP_BACKEND_AUTO, &reader, &err));
    for (int commit = 0; commit < 2; commit++) {
        for (uint32_t id = 1; id <= 500; id++) {
            doc = small_document(1 + commit);
            ok(xap_writable_replace_document(writer, id, doc, &err));
            xap_document_free(doc);
        }
        ok(xap_writable_commit(writer, &err));
    }
    for (uint32_t id = 1; id <= 500 && status == XAP_OK; id++)
        if ((status = xap_database_document(reader, id, false, &doc, &err)) == XAP_OK) {
            status = xap_document_data(doc, &data, &err);
            xap_document_free(doc);
        }
    fails(XAP_MODIFIED, status);
    ok(xap_database_reopen(reader, NULL, &err));
    ok(xap_database_document(reader, 500, false, &doc, &err));
    ok(xap_document_data(doc, &data, &err));
    same(data, S("2"));
    xap_document_free(doc);
    xap_database_free(reader);
    xap_writable_free(writer);
}

static void a_closed_database_says_so(void **state)
{
    xap_writable *writer = make_large("closed");
    xap_database *db;
    xap_document *doc;
    bool changed = true;
    (void)state;
    ok(xap_open(path_of("closed"), XAP_BACKEND_AUTO, &db, &err));
    ok(xap_database_close(db, &err));
    ok(xap_database_close(db, &err));
    fails(XAP_CLOSED, xap_database_document(db, 300, false, &doc, &err));
    fails(XAP_CLOSED, xap_database_reopen(db, &changed, &err));
    assert_false(changed);
    xap_database_free(db);
    ok(xap_writable_close(writer, &err));
    doc = small_document(1);
    fails(XAP_CLOSED, xap_writable_add_document(writer, doc, NULL, &err));
    xap_document_free(doc);
    xap_writable_free(writer);
}

static void garbage_is_bad_data(void **state)
{
    xap_document *doc;
    xap_query *query;
    (void)state;
    fails(XAP_BAD_DATA, xap_document_unserialise(S("garbage"), &doc, &err));
    assert_null(doc);
    fails(XAP_BAD_DATA, xap_document_unserialise(NULL, 0, &doc, &err));
    fails(XAP_BAD_DATA, xap_query_unserialise(S("garbage"), &query, &err));
    assert_null(query);
    ok(xap_query_unserialise(NULL, 0, &query, &err));
    assert_true(xap_query_is_empty(query));
    xap_query_free(query);
}

static void too_much_memory_is_no_memory(void **state)
{
    xap_document *doc = small_document(1);
    xap_bytes data;
    (void)state;
    fails(XAP_NO_MEMORY, xap_document_set_data(doc, "x", SIZE_MAX, &err));
    if (ALLOCATIONS_MAY_FAIL)
        fails(XAP_NO_MEMORY, xap_document_set_data(doc, "x", SIZE_MAX / 16, &err));
    ok(xap_document_data(doc, &data, &err));
    same(data, S("1"));
    xap_document_free(doc);
}

/* ---- Damage ---- */

typedef struct lines {
    size_t n, bytes;
} lines;

static void count_line(void *ctx, const char *line, size_t len)
{
    lines *l = ctx;
    assert_null(memchr(line, '\n', len));
    l->n++;
    l->bytes += len;
}

static void a_sound_database_has_no_errors(void **state)
{
    lines report = {0, 0};
    size_t errors = 9;
    (void)state;
    xap_writable_free(make_large("sound"));
    ok(xap_check(path_of("sound"), XAP_CHECK_SHOW_STATS, count_line, &report, &errors, &err));
    assert_int_equal(errors, 0);
    assert_true(report.n > 0 && report.bytes > 0);
    ok(xap_check(path_of("sound"), 0, NULL, NULL, &errors, &err));
    assert_int_equal(errors, 0);
    fails(XAP_NOT_DATABASE, xap_check(path_of("none"), 0, NULL, NULL, &errors, &err));
}

static void a_damaged_database_is_corrupt(void **state)
{
    xap_database *db = NULL;
    xap_postings *it = NULL;
    xap_posting p = {true, 0, 0};
    xap_status status;
    (void)state;
    xap_writable_free(make_large("damaged"));
    write_at(path_of("damaged/postlist.glass"), 0, 0x5a, 8192);
    status = xap_open(path_of("damaged"), XAP_BACKEND_AUTO, &db, &err);
    if (!status)
        status = xap_postings_open(db, S("apple"), &it, &err);
    while (!status && p.found)
        status = xap_postings_next(it, &p, &err);
    fails(XAP_CORRUPT, status);
    xap_postings_free(it);
    xap_database_free(db);
}

static void a_check_finds_damage(void **state)
{
    lines report = {0, 0};
    size_t errors = 0;
    xap_status status;
    (void)state;
    xap_writable_free(make_large("checked"));
    write_at(path_of("checked/docdata.glass"), 2048 + 100, 0x5a, 2048);
    status = xap_check(path_of("checked"), 0, count_line, &report, &errors, &err);
    assert_true(status == XAP_CORRUPT || (status == XAP_OK && errors > 0));
    assert_true(report.n > 0);
}

/* ---- Compaction ---- */

static void compaction_copies_and_merges(void **state)
{
    char to[400];
    xap_database *all, *part = open_small("part1"), *copy;
    xap_bytes uuid;
    uint32_t n;
    (void)state;
    ok(xap_database_new(&all, &err));
    ok(xap_database_add(all, part, &err));
    xap_database_free(part);
    part = open_small("part2");
    ok(xap_database_add(all, part, &err));
    xap_database_free(part);
    snprintf(to, sizeof to, "%s", path_of("single.glass"));
    fails(XAP_INVALID, xap_database_compact(all, to, XAP_COMPACT_NO_RENUMBER, 0, &err));
    ok(xap_database_compact(all, to, XAP_COMPACT_FULLER | XAP_COMPACT_SINGLE_FILE, 4096, &err));
    xap_database_free(all);
    ok(xap_open(to, XAP_BACKEND_AUTO, &copy, &err));
    ok(xap_database_doccount(copy, &n, &err));
    assert_int_equal(n, 6);
    ok(xap_database_uuid(copy, &uuid, &err));
    assert_int_equal(uuid.len, 36);
    xap_database_free(copy);
}

static void compaction_has_its_limits(void **state)
{
    char from[400], to[400];
    xap_writable *db = make_small("uncompacted"), *memory;
    (void)state;
    snprintf(from, sizeof from, "%s", path_of("uncompacted"));
    snprintf(to, sizeof to, "%s", path_of("compacted"));
    add_small(db);
    fails(XAP_INVALID, xap_database_compact(xap_writable_as_database(db), to, 0, 0, &err));
    ok(xap_writable_commit(db, &err));
    fails(XAP_INVALID, xap_database_compact(xap_writable_as_database(db), from, 0, 0, &err));
    ok(xap_database_compact(xap_writable_as_database(db), to,
                            XAP_COMPACT_STANDARD | XAP_COMPACT_MULTIPASS, 0, &err));
    xap_writable_free(db);
    ok(xap_open_inmemory(&memory, &err));
    fails(XAP_DATABASE, xap_database_compact(xap_writable_as_database(memory), to, 0, 0, &err));
    xap_writable_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_path_is_not_a_database),
        cmocka_unit_test(a_folder_of_other_files_is_not_a_database),
        cmocka_unit_test(a_text_file_is_not_a_database),
        cmocka_unit_test(a_second_writer_is_locked_out),
        cmocka_unit_test(creating_what_exists_fails),
        cmocka_unit_test(a_newer_format_is_too_new),
        cmocka_unit_test(absent_documents_are_not_found),
        cmocka_unit_test(a_term_too_long_is_refused_when_written),
        cmocka_unit_test(a_database_of_no_parts_cannot_be_searched),
        cmocka_unit_test(an_overtaken_reader_must_reopen),
        cmocka_unit_test(a_closed_database_says_so),
        cmocka_unit_test(garbage_is_bad_data),
        cmocka_unit_test(too_much_memory_is_no_memory),
        cmocka_unit_test(a_sound_database_has_no_errors),
        cmocka_unit_test(a_damaged_database_is_corrupt),
        cmocka_unit_test(a_check_finds_damage),
        cmocka_unit_test(compaction_copies_and_merges),
        cmocka_unit_test(compaction_has_its_limits),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
