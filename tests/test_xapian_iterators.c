/* The Xapian bindings: iterators over terms, postings, positions and values. */
#include "test_xapian.h"

/* What is left of an iterator over terms as "term:wdf:termfreq "; the iterator is freed.
 * Good until the next call. */
static const char *rest_of(xap_terms *it)
{
    static char text[300];
    xap_term_entry e;
    size_t n = 0;
    text[0] = '\0';
    for (;;) {
        ok(xap_terms_next(it, &e, &err));
        if (!e.found)
            break;
        n += (size_t)snprintf(text + n, sizeof text - n, "%s:%u:%u ", e.term.data, (unsigned)e.wdf,
                              (unsigned)e.termfreq);
    }
    ok(xap_terms_next(it, &e, &err));
    assert_false(e.found);
    xap_terms_free(it);
    return text;
}

static void all_terms_come_with_frequency(void **state)
{
    xap_database *db = open_small("all");
    xap_terms *it;
    (void)state;
    ok(xap_terms_all(db, NULL, 0, &it, &err));
    assert_string_equal(rest_of(it), "Q1:0:1 Q2:0:1 Q3:0:1 apple:0:2 pie:0:2 tart:0:1 ");
    ok(xap_terms_all(db, S("Q"), &it, &err));
    xap_database_free(db);
    assert_string_equal(rest_of(it), "Q1:0:1 Q2:0:1 Q3:0:1 ");
}

static void terms_of_a_document_come_with_wdf(void **state)
{
    xap_database *db = open_small("termlist");
    xap_document *doc = small_document(1);
    xap_terms *it;
    (void)state;
    ok(xap_terms_of_docid(db, 1, true, &it, &err));
    assert_string_equal(rest_of(it), "Q1:0:1 apple:3:2 pie:1:2 ");
    ok(xap_terms_of_docid(db, 1, false, &it, &err));
    assert_string_equal(rest_of(it), "Q1:0:0 apple:3:0 pie:1:0 ");
    ok(xap_terms_of_document(doc, &it, &err));
    xap_document_free(doc);
    assert_string_equal(rest_of(it), "Q1:0:0 apple:3:0 pie:1:0 ");
    fails(XAP_NOT_FOUND, xap_terms_of_docid(db, 9, false, &it, &err));
    assert_null(it);
    xap_database_free(db);
}

static void terms_skip_forward_only(void **state)
{
    xap_database *db = open_small("skip");
    xap_terms *it;
    xap_term_entry e;
    (void)state;
    ok(xap_terms_all(db, NULL, 0, &it, &err));
    ok(xap_terms_skip_to(it, S("b"), &e, &err));
    same(e.term, S("pie"));
    ok(xap_terms_skip_to(it, S("a"), &e, &err));
    same(e.term, S("pie"));
    for (int i = 0; i < 2; i++) {
        ok(xap_terms_skip_to(it, S("z"), &e, &err));
        assert_false(e.found);
    }
    xap_terms_free(it);
    ok(xap_terms_all(db, S("p"), &it, &err));
    ok(xap_terms_skip_to(it, S("a"), &e, &err));
    same(e.term, S("pie"));
    xap_terms_free(it);
    xap_database_free(db);
}

/* "pie" at positions 1 and 3, "apple" at 2 and twice at 4. */
static xap_query *pie_apple_pie(void)
{
    static const char *const words[] = {"pie", "apple", "pie", "apple", "apple"};
    xap_query *parts[COUNT(words)], *query;
    for (uint32_t i = 0; i < COUNT(words); i++)
        ok(xap_query_term(words[i], strlen(words[i]), 1, i < 4 ? i + 1 : 4, &parts[i], &err));
    ok(xap_query_combine(XAP_OP_OR, parts, COUNT(words), 0, &query, &err));
    for (size_t i = 0; i < COUNT(words); i++)
        xap_query_free(parts[i]);
    return query;
}

static void terms_of_a_query_keep_its_order_or_are_unique(void **state)
{
    xap_query *query = pie_apple_pie();
    xap_terms *it;
    xap_term_entry e;
    (void)state;
    ok(xap_terms_of_query(query, true, &it, &err));
    assert_string_equal(rest_of(it), "apple:0:0 pie:0:0 ");
    ok(xap_terms_of_query(query, false, &it, &err));
    xap_query_free(query);
    fails(XAP_INVALID, xap_terms_skip_to(it, S("pie"), &e, &err));
    assert_string_equal(rest_of(it), "pie:0:0 apple:0:0 pie:0:0 apple:0:0 ");
}

static void matching_terms_of_a_hit_are_told(void **state)
{
    xap_database *db = open_small("matching");
    xap_query *query = pie_apple_pie();
    xap_enquire *enquire;
    xap_terms *it;
    (void)state;
    ok(xap_enquire_new(db, &enquire, &err));
    ok(xap_enquire_set_query(enquire, query, 0, &err));
    ok(xap_terms_matching(enquire, 1, &it, &err));
    assert_string_equal(rest_of(it), "pie:0:0 apple:0:0 ");
    ok(xap_terms_matching(enquire, 2, &it, &err));
    assert_string_equal(rest_of(it), "apple:0:0 ");
    fails(XAP_NOT_FOUND, xap_terms_matching(enquire, 9, &it, &err));
    xap_enquire_free(enquire);
    xap_query_free(query);
    xap_database_free(db);
}

static void metadata_keys_and_spellings_are_listed(void **state)
{
    xap_writable *db = make_small("keys");
    xap_database *view = xap_writable_as_database(db);
    xap_terms *it;
    (void)state;
    ok(xap_writable_set_metadata(db, S("one"), S("1"), &err));
    ok(xap_writable_set_metadata(db, S("two"), S("2"), &err));
    ok(xap_writable_add_spelling(db, S("apple"), 3, &err));
    ok(xap_writable_commit(db, &err));
    ok(xap_terms_metadata_keys(view, NULL, 0, &it, &err));
    assert_string_equal(rest_of(it), "one:0:0 two:0:0 ");
    ok(xap_terms_metadata_keys(view, S("t"), &it, &err));
    assert_string_equal(rest_of(it), "two:0:0 ");
    ok(xap_terms_spellings(view, &it, &err));
    assert_string_equal(rest_of(it), "apple:0:3 ");
    xap_writable_free(db);
}

static void synonyms_come_and_go(void **state)
{
    xap_writable *db = make_small("synonyms");
    xap_database *view = xap_writable_as_database(db);
    xap_terms *it;
    (void)state;
    ok(xap_writable_add_synonym(db, S("pie"), S("tart"), &err));
    ok(xap_writable_add_synonym(db, S("pie"), S("cake"), &err));
    ok(xap_writable_add_synonym(db, S("apple"), S("fruit"), &err));
    ok(xap_terms_synonyms(view, S("pie"), &it, &err));
    assert_string_equal(rest_of(it), "cake:0:0 tart:0:0 ");
    ok(xap_writable_remove_synonym(db, S("pie"), S("cake"), &err));
    ok(xap_writable_clear_synonyms(db, S("apple"), &err));
    ok(xap_writable_commit(db, &err));
    ok(xap_terms_synonym_keys(view, NULL, 0, &it, &err));
    assert_string_equal(rest_of(it), "pie:0:0 ");
    ok(xap_terms_synonyms(view, S("apple"), &it, &err));
    assert_string_equal(rest_of(it), "");
    xap_writable_free(db);
}

/* ---- Postings ---- */

static void postings_come_by_ascending_id(void **state)
{
    xap_database *db = open_small("postings");
    xap_postings *it;
    xap_posting p;
    uint32_t n;
    (void)state;
    ok(xap_postings_open(db, S("apple"), &it, &err));
    xap_database_free(db);
    fails(XAP_INVALID, xap_postings_doclength(it, &n, &err));
    ok(xap_postings_next(it, &p, &err));
    assert_true(p.found && p.docid == 1 && p.wdf == 3);
    ok(xap_postings_doclength(it, &n, &err));
    assert_int_equal(n, 4);
    ok(xap_postings_unique_terms(it, &n, &err));
    assert_int_equal(n, 3);
    ok(xap_postings_next(it, &p, &err));
    assert_true(p.found && p.docid == 2 && p.wdf == 1);
    for (int i = 0; i < 3; i++) {
        ok(xap_postings_next(it, &p, &err));
        assert_true(!p.found && p.docid == 0 && p.wdf == 0);
    }
    fails(XAP_INVALID, xap_postings_unique_terms(it, &n, &err));
    xap_postings_free(it);
}

static void postings_skip_forward_only(void **state)
{
    xap_database *db = open_small("skippostings");
    xap_postings *it;
    xap_posting p;
    (void)state;
    ok(xap_postings_open(db, NULL, 0, &it, &err));
    ok(xap_postings_skip_to(it, 2, &p, &err));
    assert_true(p.found && p.docid == 2 && p.wdf == 1);
    ok(xap_postings_skip_to(it, 1, &p, &err));
    assert_true(p.found && p.docid == 2);
    ok(xap_postings_next(it, &p, &err));
    assert_true(p.found && p.docid == 3);
    ok(xap_postings_skip_to(it, 4, &p, &err));
    assert_false(p.found);
    xap_postings_free(it);
    ok(xap_postings_open(db, S("none"), &it, &err));
    ok(xap_postings_next(it, &p, &err));
    assert_false(p.found);
    xap_postings_free(it);
    xap_database_free(db);
}

static void postings_are_read_in_batches(void **state)
{
    xap_database *db = open_small("batches");
    xap_postings *it;
    uint32_t ids[2], wdfs[2], lengths[2];
    size_t n;
    (void)state;
    ok(xap_postings_open(db, S("pie"), &it, &err));
    ok(xap_postings_read(it, ids, wdfs, lengths, 0, &n, &err));
    assert_int_equal(n, 0);
    ok(xap_postings_read(it, ids, wdfs, lengths, 2, &n, &err));
    assert_int_equal(n, 2);
    assert_true(ids[0] == 1 && ids[1] == 3);
    assert_true(wdfs[0] == 1 && wdfs[1] == 2);
    assert_true(lengths[0] == 4 && lengths[1] == 2);
    ok(xap_postings_read(it, ids, wdfs, lengths, 2, &n, &err));
    assert_int_equal(n, 0);
    xap_postings_free(it);
    ok(xap_postings_open(db, NULL, 0, &it, &err));
    ok(xap_postings_read(it, NULL, NULL, NULL, 2, &n, &err));
    assert_int_equal(n, 2);
    ok(xap_postings_read(it, ids, NULL, NULL, 2, &n, &err));
    assert_true(n == 1 && ids[0] == 3);
    xap_postings_free(it);
    xap_database_free(db);
}

static void batches_and_single_steps_agree(void **state)
{
    enum { DOCS = 3000, BATCH = 7 };
    xap_writable *db;
    xap_postings *one, *many;
    xap_posting p;
    uint32_t ids[BATCH], wdfs[BATCH];
    size_t n, sum = 0;
    (void)state;
    ok(xap_open_inmemory(&db, &err));
    for (int i = 0; i < DOCS / 3; i++)
        add_small(db);
    ok(xap_postings_open(xap_writable_as_database(db), S("apple"), &one, &err));
    ok(xap_postings_open(xap_writable_as_database(db), S("apple"), &many, &err));
    do {
        ok(xap_postings_read(many, ids, wdfs, NULL, BATCH, &n, &err));
        for (size_t i = 0; i < n; i++) {
            ok(xap_postings_next(one, &p, &err));
            assert_true(p.found && p.docid == ids[i] && p.wdf == wdfs[i]);
        }
        sum += n;
    } while (n > 0);
    assert_int_equal(sum, DOCS / 3 * 2);
    xap_postings_free(one);
    xap_postings_free(many);
    xap_writable_free(db);
}

/* ---- Positions and values ---- */

static void positions_ascend_and_skip(void **state)
{
    xap_database *db = open_small("positions");
    xap_positions *it;
    xap_position p;
    (void)state;
    ok(xap_positions_open(db, 1, S("apple"), &it, &err));
    for (uint32_t i = 1; i <= 3; i++) {
        ok(xap_positions_next(it, &p, &err));
        assert_true(p.found && p.position == i);
    }
    ok(xap_positions_next(it, &p, &err));
    assert_false(p.found);
    xap_positions_free(it);
    ok(xap_positions_open(db, 1, S("apple"), &it, &err));
    ok(xap_positions_skip_to(it, 3, &p, &err));
    assert_true(p.found && p.position == 3);
    ok(xap_positions_skip_to(it, 9, &p, &err));
    assert_false(p.found);
    xap_positions_free(it);
    ok(xap_positions_open(db, 2, S("pie"), &it, &err));
    ok(xap_positions_next(it, &p, &err));
    assert_false(p.found);
    xap_positions_free(it);
    fails(XAP_INVALID, xap_positions_open(db, 0, S("pie"), &it, &err));
    fails(XAP_INVALID, xap_positions_open(db, 1, NULL, 0, &it, &err));
    xap_database_free(db);
}

static void positions_of_a_posting_are_those_where_it_stands(void **state)
{
    xap_database *db = open_small("postingpositions");
    xap_postings *postings;
    xap_posting posting;
    xap_positions *it;
    xap_position p;
    (void)state;
    ok(xap_postings_open(db, S("pie"), &postings, &err));
    fails(XAP_INVALID, xap_positions_of_posting(postings, &it, &err));
    assert_null(it);
    ok(xap_postings_next(postings, &posting, &err));
    ok(xap_positions_of_posting(postings, &it, &err));
    xap_postings_free(postings);
    ok(xap_positions_next(it, &p, &err));
    assert_true(p.found && p.position == 4);
    xap_positions_free(it);
    xap_database_free(db);
}

static void values_of_a_slot_come_by_id(void **state)
{
    xap_database *db = open_small("slot");
    xap_values *it;
    xap_value_entry e;
    (void)state;
    ok(xap_values_of_slot(db, 0, &it, &err));
    xap_database_free(db);
    ok(xap_values_next(it, &e, &err));
    assert_true(e.found && e.number == 1);
    same(e.value, S("a"));
    ok(xap_values_skip_to(it, 2, &e, &err));
    assert_true(e.found && e.number == 2);
    same(e.value, S("b"));
    ok(xap_values_skip_to(it, 9, &e, &err));
    assert_false(e.found);
    ok(xap_values_next(it, &e, &err));
    assert_false(e.found);
    xap_values_free(it);
}

static void values_of_a_document_come_by_slot(void **state)
{
    xap_document *doc = small_document(1);
    xap_values *it;
    xap_value_entry e;
    (void)state;
    ok(xap_document_set_value(doc, 300, S("x\0y"), &err));
    ok(xap_values_of_document(doc, &it, &err));
    ok(xap_values_next(it, &e, &err));
    assert_true(e.found && e.number == 0);
    ok(xap_values_next(it, &e, &err));
    assert_true(e.found && e.number == 300);
    same(e.value, S("x\0y"));
    ok(xap_values_next(it, &e, &err));
    assert_false(e.found);
    xap_values_free(it);
    xap_document_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_terms_come_with_frequency),
        cmocka_unit_test(terms_of_a_document_come_with_wdf),
        cmocka_unit_test(terms_skip_forward_only),
        cmocka_unit_test(terms_of_a_query_keep_its_order_or_are_unique),
        cmocka_unit_test(matching_terms_of_a_hit_are_told),
        cmocka_unit_test(metadata_keys_and_spellings_are_listed),
        cmocka_unit_test(synonyms_come_and_go),
        cmocka_unit_test(postings_come_by_ascending_id),
        cmocka_unit_test(postings_skip_forward_only),
        cmocka_unit_test(postings_are_read_in_batches),
        cmocka_unit_test(batches_and_single_steps_agree),
        cmocka_unit_test(positions_ascend_and_skip),
        cmocka_unit_test(positions_of_a_posting_are_those_where_it_stands),
        cmocka_unit_test(values_of_a_slot_come_by_id),
        cmocka_unit_test(values_of_a_document_come_by_slot),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
