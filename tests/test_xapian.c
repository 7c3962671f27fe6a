/* The Xapian bindings: databases, writing and documents. */
#include "test_xapian.h"

/* ---- Library ---- */

static void every_status_has_a_name(void **state)
{
    (void)state;
    for (int s = XAP_OK; s <= XAP_INTERNAL; s++)
        assert_string_not_equal(xap_status_name((xap_status)s), "unknown");
    assert_string_equal(xap_status_name((xap_status)99), "unknown");
    assert_string_equal(xap_status_name(XAP_CORRUPT), "corrupt");
    assert_string_equal(xap_status_name(XAP_INTERNAL), "internal");
}

static void version_string_is_made_of_its_parts(void **state)
{
    char text[40];
    (void)state;
    snprintf(text, sizeof text, "%d.%d.%d", xap_version_major(), xap_version_minor(),
             xap_version_revision());
    assert_string_equal(text, xap_version_string());
}

static void sortable_numbers_sort_and_come_back(void **state)
{
    static const double numbers[] = {-1e300, -2.5, -1, 0, 1e-9, 1, 3, 1e300};
    char before[XAP_SORTABLE_MAX], bytes[XAP_SORTABLE_MAX];
    size_t before_len = 0, len;
    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        xap_sortable_serialise(numbers[i], bytes, &len);
        assert_true(len <= sizeof bytes);
        assert_true(xap_sortable_unserialise(bytes, len) == numbers[i]);
        if (i > 0) {
            int order = memcmp(before, bytes, before_len < len ? before_len : len);
            assert_true(order < 0 || (order == 0 && before_len < len));
        }
        memcpy(before, bytes, len);
        before_len = len;
    }
    xap_sortable_unserialise(NULL, 0);
    xap_sortable_unserialise(S("longer than any that was serialised, and not a number"));
}

/* ---- Databases ---- */

static void counts_lengths_and_bounds_are_right(void **state)
{
    xap_database *db = open_small("counts");
    uint32_t n;
    uint64_t total;
    double average;
    bool yes;
    (void)state;
    ok(xap_database_doccount(db, &n, &err));
    assert_int_equal(n, 3);
    ok(xap_database_lastdocid(db, &n, &err));
    assert_int_equal(n, 3);
    ok(xap_database_total_length(db, &total, &err));
    assert_int_equal(total, 9);
    ok(xap_database_average_length(db, &average, &err));
    assert_true(average == 3);
    ok(xap_database_doclength_lower_bound(db, &n, &err));
    assert_true(n <= 2);
    ok(xap_database_doclength_upper_bound(db, &n, &err));
    assert_true(n >= 4);
    ok(xap_database_has_positions(db, &yes, &err));
    assert_true(yes);
    ok(xap_database_doclength(db, 1, &n, &err));
    assert_int_equal(n, 4);
    ok(xap_database_unique_terms(db, 1, &n, &err));
    assert_int_equal(n, 3);
    assert_int_equal(xap_database_size(db), 1);
    xap_database_free(db);
}

static void terms_are_counted(void **state)
{
    xap_database *db = open_small("terms");
    uint32_t n;
    bool yes;
    (void)state;
    ok(xap_database_term_exists(db, S("apple"), &yes, &err));
    assert_true(yes);
    ok(xap_database_term_exists(db, S("appl"), &yes, &err));
    assert_false(yes);
    ok(xap_database_termfreq(db, S("apple"), &n, &err));
    assert_int_equal(n, 2);
    ok(xap_database_termfreq(db, NULL, 0, &n, &err));
    assert_int_equal(n, 3);
    ok(xap_database_collection_freq(db, S("apple"), &n, &err));
    assert_int_equal(n, 4);
    ok(xap_database_wdf_upper_bound(db, S("apple"), &n, &err));
    assert_true(n >= 3);
    ok(xap_database_wdf_upper_bound(db, S("none"), &n, &err));
    assert_int_equal(n, 0);
    xap_database_free(db);
}

static void values_have_frequency_and_bounds(void **state)
{
    xap_database *db = open_small("values");
    uint32_t n;
    xap_bytes bytes;
    (void)state;
    ok(xap_database_value_freq(db, 0, &n, &err));
    assert_int_equal(n, 3);
    ok(xap_database_value_lower_bound(db, 0, &bytes, &err));
    same(bytes, S("a"));
    ok(xap_database_value_upper_bound(db, 0, &bytes, &err));
    same(bytes, S("b"));
    ok(xap_database_value_upper_bound(db, 7, &bytes, &err));
    same(bytes, S(""));
    xap_database_free(db);
}

static void documents_are_read_back(void **state)
{
    xap_database *db = open_small("documents");
    xap_document *doc;
    xap_bytes bytes;
    uint32_t n;
    (void)state;
    for (int trust = 0; trust < 2; trust++) {
        ok(xap_database_document(db, 2, trust, &doc, &err));
        ok(xap_document_docid(doc, &n, &err));
        assert_int_equal(n, 2);
        ok(xap_document_data(doc, &bytes, &err));
        same(bytes, S("2"));
        ok(xap_document_value(doc, 0, &bytes, &err));
        same(bytes, S("b"));
        ok(xap_document_term_count(doc, &n, &err));
        assert_int_equal(n, 3);
        xap_document_free(doc);
    }
    xap_database_free(db);
}

static void a_document_outlives_its_database(void **state)
{
    xap_database *db = open_small("outlive");
    xap_document *doc;
    xap_bytes bytes;
    (void)state;
    ok(xap_database_document(db, 1, false, &doc, &err));
    xap_database_free(db);
    ok(xap_document_data(doc, &bytes, &err));
    same(bytes, S("1"));
    xap_document_free(doc);
}

static void a_union_interleaves_ids(void **state)
{
    xap_database *all, *a = open_small("a"), *b = open_small("b");
    xap_document *doc;
    xap_bytes bytes;
    uint32_t n;
    (void)state;
    ok(xap_database_new(&all, &err));
    ok(xap_database_add(all, a, &err));
    ok(xap_database_add(all, b, &err));
    xap_database_free(a);
    xap_database_free(b);
    assert_int_equal(xap_database_size(all), 2);
    ok(xap_database_doccount(all, &n, &err));
    assert_int_equal(n, 6);
    ok(xap_database_document(all, (2 - 1) * 2 + 1 + 1, false, &doc, &err));
    ok(xap_document_data(doc, &bytes, &err));
    same(bytes, S("2"));
    ok(xap_document_docid(doc, &n, &err));
    assert_int_equal(n, 2);
    xap_document_free(doc);
    fails(XAP_INVALID, xap_database_add(all, all, &err));
    xap_database_free(all);
}

static void a_stub_file_names_databases(void **state)
{
    char stub[400];
    FILE *file;
    xap_database *db;
    uint32_t n;
    (void)state;
    xap_database_free(open_small("under"));
    snprintf(stub, sizeof stub, "%s", path_of("stub"));
    file = fopen(stub, "w");
    assert_non_null(file);
    fprintf(file, "auto %s\n", path_of("under"));
    fclose(file);
    for (int named = 0; named < 2; named++) {
        ok(xap_open(stub, named ? XAP_BACKEND_STUB : XAP_BACKEND_AUTO, &db, &err));
        ok(xap_database_doccount(db, &n, &err));
        assert_int_equal(n, 3);
        xap_database_free(db);
    }
}

static void reopen_shows_what_was_committed_since(void **state)
{
    xap_writable *writer = make_small("reopen");
    xap_database *reader;
    uint32_t n;
    uint64_t before, after;
    bool changed;
    (void)state;
    ok(xap_open(path_of("reopen"), XAP_BACKEND_GLASS, &reader, &err));
    ok(xap_database_revision(reader, &before, &err));
    add_small(writer);
    ok(xap_writable_commit(writer, &err));
    ok(xap_database_doccount(reader, &n, &err));
    assert_int_equal(n, 3);
    ok(xap_database_reopen(reader, &changed, &err));
    assert_true(changed);
    ok(xap_database_doccount(reader, &n, &err));
    assert_int_equal(n, 6);
    ok(xap_database_revision(reader, &after, &err));
    assert_true(after > before);
    ok(xap_database_reopen(reader, NULL, &err));
    ok(xap_database_keep_alive(reader, &err));
    xap_database_free(reader);
    xap_writable_free(writer);
}

static void uuid_is_the_same_for_reader_and_writer(void **state)
{
    xap_writable *writer = make_small("uuid");
    xap_database *reader;
    xap_bytes mine, theirs;
    bool locked;
    (void)state;
    ok(xap_open(path_of("uuid"), XAP_BACKEND_AUTO, &reader, &err));
    ok(xap_database_uuid(reader, &theirs, &err));
    assert_int_equal(theirs.len, 36);
    ok(xap_database_uuid(xap_writable_as_database(writer), &mine, &err));
    same(mine, theirs.data, theirs.len);
    ok(xap_database_locked(reader, &locked, &err));
    assert_true(locked);
    ok(xap_writable_close(writer, &err));
    ok(xap_writable_close(writer, &err));
    ok(xap_database_locked(reader, &locked, &err));
    assert_false(locked);
    xap_writable_free(writer);
    xap_database_free(reader);
}

/* ---- Writing ---- */

static uint32_t count(xap_writable *db)
{
    uint32_t n;
    ok(xap_database_doccount(xap_writable_as_database(db), &n, &err));
    return n;
}

static void documents_are_added_replaced_and_deleted(void **state)
{
    xap_writable *db = make_small("write");
    xap_document *doc = small_document(1);
    uint32_t id;
    (void)state;
    ok(xap_writable_add_document(db, doc, &id, &err));
    assert_int_equal(id, 4);
    ok(xap_writable_replace_document(db, 10, doc, &err));
    assert_int_equal(count(db), 5);
    ok(xap_writable_replace_by_term(db, S("Q1"), doc, &id, &err));
    assert_int_equal(id, 1);
    assert_int_equal(count(db), 3);
    ok(xap_writable_replace_by_term(db, S("Q9"), doc, NULL, &err));
    assert_int_equal(count(db), 4);
    ok(xap_writable_delete_document(db, 2, &err));
    ok(xap_writable_delete_by_term(db, S("Q1"), &err));
    assert_int_equal(count(db), 1);
    fails(XAP_INVALID, xap_writable_delete_by_term(db, NULL, 0, &err));
    fails(XAP_INVALID, xap_writable_replace_document(db, 0, doc, &err));
    xap_document_free(doc);
    xap_writable_free(db);
}

static void transactions_are_made_or_not_made(void **state)
{
    xap_writable *db = make_small("transaction");
    (void)state;
    ok(xap_writable_begin_transaction(db, true, &err));
    add_small(db);
    fails(XAP_INVALID, xap_writable_begin_transaction(db, true, &err));
    fails(XAP_INVALID, xap_writable_commit(db, &err));
    ok(xap_writable_cancel_transaction(db, &err));
    assert_int_equal(count(db), 3);
    ok(xap_writable_begin_transaction(db, false, &err));
    add_small(db);
    ok(xap_writable_commit_transaction(db, &err));
    assert_int_equal(count(db), 6);
    fails(XAP_INVALID, xap_writable_commit_transaction(db, &err));
    xap_writable_free(db);
}

static void freeing_commits_and_closing_cancels_a_transaction(void **state)
{
    xap_writable *db = make_small("freed");
    (void)state;
    add_small(db);
    xap_writable_free(db);
    ok(xap_open_writable(path_of("freed"), XAP_OPEN, XAP_NO_SYNC, 0, &db, &err));
    assert_int_equal(count(db), 6);
    ok(xap_writable_begin_transaction(db, true, &err));
    add_small(db);
    ok(xap_writable_close(db, &err));
    xap_writable_free(db);
    ok(xap_open_writable(path_of("freed"), XAP_OPEN, XAP_NO_SYNC | XAP_RETRY_LOCK, 0, &db, &err));
    assert_int_equal(count(db), 6);
    xap_writable_free(db);
}

static void metadata_holds_any_bytes(void **state)
{
    xap_writable *db = make_small("metadata");
    xap_database *view = xap_writable_as_database(db);
    xap_bytes bytes;
    (void)state;
    ok(xap_writable_set_metadata(db, S("k\0y"), S("v\0l"), &err));
    ok(xap_database_metadata(view, S("k\0y"), &bytes, &err));
    same(bytes, S("v\0l"));
    ok(xap_writable_set_metadata(db, S("k\0y"), NULL, 0, &err));
    ok(xap_database_metadata(view, S("k\0y"), &bytes, &err));
    same(bytes, S(""));
    fails(XAP_INVALID, xap_database_metadata(view, NULL, 0, &bytes, &err));
    assert_null(bytes.data);
    xap_writable_free(db);
}

static void spelling_is_suggested(void **state)
{
    xap_writable *db = make_small("spelling");
    xap_database *view = xap_writable_as_database(db);
    xap_bytes bytes;
    (void)state;
    ok(xap_writable_add_spelling(db, S("apple"), 3, &err));
    ok(xap_database_spelling(view, S("appel"), 2, &bytes, &err));
    same(bytes, S("apple"));
    ok(xap_writable_remove_spelling(db, S("apple"), 3, &err));
    ok(xap_database_spelling(view, S("appel"), 2, &bytes, &err));
    same(bytes, S(""));
    xap_writable_free(db);
}

static void an_in_memory_database_can_be_searched(void **state)
{
    xap_writable *db;
    uint32_t n;
    (void)state;
    ok(xap_open_inmemory(&db, &err));
    add_small(db);
    ok(xap_database_termfreq(xap_writable_as_database(db), S("pie"), &n, &err));
    assert_int_equal(n, 2);
    fails(XAP_UNSUPPORTED, xap_writable_begin_transaction(db, true, &err));
    xap_writable_free(db);
}

/* ---- Documents ---- */

static void terms_and_postings_come_and_go(void **state)
{
    xap_document *doc = small_document(1);
    uint32_t n;
    (void)state;
    ok(xap_document_add_term(doc, S("z\0z"), 2, &err));
    ok(xap_document_term_count(doc, &n, &err));
    assert_int_equal(n, 4);
    ok(xap_document_remove_posting(doc, S("apple"), 1, 1, &err));
    fails(XAP_INVALID, xap_document_remove_posting(doc, S("apple"), 1, 1, &err));
    ok(xap_document_remove_term(doc, S("z\0z"), &err));
    fails(XAP_INVALID, xap_document_remove_term(doc, S("z\0z"), &err));
    fails(XAP_INVALID, xap_document_add_term(doc, NULL, 0, 1, &err));
    ok(xap_document_clear_terms(doc, &err));
    ok(xap_document_term_count(doc, &n, &err));
    assert_int_equal(n, 0);
    xap_document_free(doc);
}

static void values_come_and_go(void **state)
{
    xap_document *doc = small_document(1);
    uint32_t n;
    xap_bytes bytes;
    (void)state;
    ok(xap_document_set_value(doc, 5, S("x\0y"), &err));
    ok(xap_document_value_count(doc, &n, &err));
    assert_int_equal(n, 2);
    ok(xap_document_value(doc, 5, &bytes, &err));
    same(bytes, S("x\0y"));
    ok(xap_document_remove_value(doc, 5, &err));
    fails(XAP_INVALID, xap_document_remove_value(doc, 5, &err));
    ok(xap_document_set_value(doc, 0, NULL, 0, &err));
    ok(xap_document_value_count(doc, &n, &err));
    assert_int_equal(n, 0);
    ok(xap_document_clear_values(doc, &err));
    xap_document_free(doc);
}

static void a_document_survives_serialising(void **state)
{
    xap_document *doc = small_document(2), *copy;
    xap_bytes bytes;
    uint32_t n;
    (void)state;
    ok(xap_document_serialise(doc, &bytes, &err));
    ok(xap_document_unserialise(bytes.data, bytes.len, &copy, &err));
    xap_document_free(doc);
    ok(xap_document_term_count(copy, &n, &err));
    assert_int_equal(n, 3);
    ok(xap_document_data(copy, &bytes, &err));
    same(bytes, S("2"));
    ok(xap_document_docid(copy, &n, &err));
    assert_int_equal(n, 0);
    ok(xap_document_set_data(copy, NULL, 0, &err));
    ok(xap_document_data(copy, &bytes, &err));
    same(bytes, S(""));
    xap_document_free(copy);
}

static void null_is_freed(void **state)
{
    (void)state;
    xap_database_free(NULL);
    xap_writable_free(NULL);
    xap_document_free(NULL);
    xap_query_free(NULL);
    xap_weight_free(NULL);
    xap_enquire_free(NULL);
    xap_mset_free(NULL);
    xap_rset_free(NULL);
    xap_eset_free(NULL);
    xap_terms_free(NULL);
    xap_postings_free(NULL);
    xap_positions_free(NULL);
    xap_values_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_name),
        cmocka_unit_test(version_string_is_made_of_its_parts),
        cmocka_unit_test(sortable_numbers_sort_and_come_back),
        cmocka_unit_test(counts_lengths_and_bounds_are_right),
        cmocka_unit_test(terms_are_counted),
        cmocka_unit_test(values_have_frequency_and_bounds),
        cmocka_unit_test(documents_are_read_back),
        cmocka_unit_test(a_document_outlives_its_database),
        cmocka_unit_test(a_union_interleaves_ids),
        cmocka_unit_test(a_stub_file_names_databases),
        cmocka_unit_test(reopen_shows_what_was_committed_since),
        cmocka_unit_test(uuid_is_the_same_for_reader_and_writer),
        cmocka_unit_test(documents_are_added_replaced_and_deleted),
        cmocka_unit_test(transactions_are_made_or_not_made),
        cmocka_unit_test(freeing_commits_and_closing_cancels_a_transaction),
        cmocka_unit_test(metadata_holds_any_bytes),
        cmocka_unit_test(spelling_is_suggested),
        cmocka_unit_test(an_in_memory_database_can_be_searched),
        cmocka_unit_test(terms_and_postings_come_and_go),
        cmocka_unit_test(values_come_and_go),
        cmocka_unit_test(a_document_survives_serialising),
        cmocka_unit_test(null_is_freed),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
