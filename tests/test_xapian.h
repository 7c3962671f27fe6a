/* What the tests of the Xapian bindings share: a folder, a small database, checks. */
#ifndef ANAM_TEST_XAPIAN_H
#define ANAM_TEST_XAPIAN_H

#include "folder.h"

#include "xapian/xapian_c.h"

/* A byte string and its length. */
#define S(text) text, sizeof(text) - 1

static xap_error err;

static inline void ok(xap_status status)
{
    if (status)
        fail_msg("%s: %s", xap_status_name(status), err.msg);
}

/* The status is the one expected, and the record says the same. */
static inline void fails(xap_status expected, xap_status status)
{
    if (status != expected)
        fail_msg("%s instead of %s: %s", xap_status_name(status), xap_status_name(expected),
                 err.msg);
    assert_int_equal(err.code, expected);
    assert_true(err.msg[0] != '\0');
    memset(&err, 0, sizeof err);
}

static inline void same(xap_bytes got, const char *expected, size_t len)
{
    assert_non_null(got.data);
    assert_int_equal(got.len, len);
    assert_memory_equal(got.data, expected, len);
    assert_int_equal(got.data[len], 0);
}

/* Document 1: apple apple apple pie; 2: apple tart tart; 3: pie pie. Positions from 1 on,
 * data the number, value 0 "a", "b", "a", a boolean term Q1, Q2, Q3. */
static inline xap_document *small_document(int i)
{
    static const char *const words[] = {"apple apple apple pie", "apple tart tart", "pie pie"};
    char copy[32], *rest = NULL, id[3] = {'Q', (char)('0' + i), 0};
    xap_document *doc;
    uint32_t position = 0;
    ok(xap_document_new(&doc, &err));
    snprintf(copy, sizeof copy, "%s", words[i - 1]);
    for (char *w = strtok_r(copy, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
        ok(xap_document_add_posting(doc, w, strlen(w), ++position, 1, &err));
    ok(xap_document_add_boolean_term(doc, id, 2, &err));
    ok(xap_document_set_data(doc, id + 1, 1, &err));
    ok(xap_document_set_value(doc, 0, i == 2 ? "b" : "a", 1, &err));
    return doc;
}

static inline void add_small(xap_writable *db)
{
    for (int i = 1; i <= 3; i++) {
        xap_document *doc = small_document(i);
        ok(xap_writable_add_document(db, doc, NULL, &err));
        xap_document_free(doc);
    }
}

static inline xap_writable *make_small(const char *name)
{
    xap_writable *db;
    ok(xap_open_writable(path_of(name), XAP_CREATE_OR_OVERWRITE, XAP_NO_SYNC, 0, &db, &err));
    add_small(db);
    ok(xap_writable_commit(db, &err));
    return db;
}

/* To read only; no writer holds it. */
static inline xap_database *open_small(const char *name)
{
    xap_database *db;
    xap_writable_free(make_small(name));
    ok(xap_open(path_of(name), XAP_BACKEND_AUTO, &db, &err));
    return db;
}

static inline xap_query *term_query(const char *term)
{
    xap_query *query;
    ok(xap_query_term(term, strlen(term), 1, 0, &query, &err));
    return query;
}

/* The documents a query finds, best first, as "2 1 "; the query is freed. Good until the
 * next call. */
static inline const char *found(xap_enquire *enquire, xap_query *query)
{
    static char ids[100];
    xap_mset *mset;
    size_t n = 0;
    ok(xap_enquire_set_query(enquire, query, 0, &err));
    ok(xap_enquire_mset(enquire, 0, 10, 10, NULL, &mset, &err));
    ids[0] = '\0';
    for (uint32_t i = 0; i < xap_mset_size(mset); i++) {
        xap_hit hit;
        ok(xap_mset_hit(mset, i, &hit, &err));
        n += (size_t)snprintf(ids + n, sizeof ids - n, "%u ", (unsigned)hit.docid);
    }
    xap_mset_free(mset);
    xap_query_free(query);
    return ids;
}

#endif
