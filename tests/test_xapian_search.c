/* The Xapian bindings: queries, weights, searching, relevance feedback. */
#include "test_xapian.h"

#include <math.h>

/* ---- Queries ---- */

static xap_enquire *enquire_small(const char *name)
{
    xap_database *db = open_small(name);
    xap_enquire *enquire;
    ok(xap_enquire_new(db, &enquire, &err));
    xap_database_free(db);
    return enquire;
}

static xap_query *joined(xap_op op, const char *a, const char *b, uint32_t parameter)
{
    xap_query *parts[2] = {term_query(a), term_query(b)}, *query;
    ok(xap_query_combine(op, parts, 2, parameter, &query, &err));
    xap_query_free(parts[0]);
    xap_query_free(parts[1]);
    return query;
}

static void every_operator_finds_what_it_says(void **state)
{
    static const struct {
        xap_op op;
        const char *a, *b;
        uint32_t parameter;
        const char *ids;
    } cases[] = {
        {XAP_OP_AND, "apple", "pie", 0, "1 "},
        {XAP_OP_OR, "tart", "Q2", 0, "2 "},
        {XAP_OP_AND_NOT, "apple", "pie", 0, "2 "},
        {XAP_OP_XOR, "Q1", "Q2", 0, "1 2 "},
        {XAP_OP_AND_MAYBE, "apple", "tart", 0, "2 1 "},
        {XAP_OP_FILTER, "apple", "Q2", 0, "2 "},
        {XAP_OP_NEAR, "pie", "apple", 2, "1 "},
        {XAP_OP_PHRASE, "pie", "apple", 2, ""},
        {XAP_OP_PHRASE, "apple", "pie", 2, "1 "},
        {XAP_OP_ELITE_SET, "tart", "apple", 1, "2 "},
        {XAP_OP_SYNONYM, "tart", "none", 0, "2 "},
        {XAP_OP_MAX, "tart", "none", 0, "2 "},
    };
    xap_enquire *enquire = enquire_small("operators");
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(
            found(enquire, joined(cases[i].op, cases[i].a, cases[i].b, cases[i].parameter)),
            cases[i].ids);
    xap_enquire_free(enquire);
}

static void leaf_queries_match_by_term_or_value(void **state)
{
    xap_enquire *enquire = enquire_small("leaves");
    xap_query *query;
    (void)state;
    assert_string_equal(found(enquire, term_query("tart")), "2 ");
    ok(xap_query_match_all(&query, &err));
    assert_string_equal(found(enquire, query), "1 2 3 ");
    ok(xap_query_match_nothing(&query, &err));
    assert_true(xap_query_is_empty(query));
    assert_string_equal(found(enquire, query), "");
    ok(xap_query_combine(XAP_OP_OR, NULL, 0, 0, &query, &err));
    assert_true(xap_query_is_empty(query));
    xap_query_free(query);
    ok(xap_query_value_range(0, S("b"), S("c"), &query, &err));
    assert_string_equal(found(enquire, query), "2 ");
    ok(xap_query_value_ge(0, S("b"), &query, &err));
    assert_string_equal(found(enquire, query), "2 ");
    ok(xap_query_value_le(0, S("a"), &query, &err));
    assert_string_equal(found(enquire, query), "1 3 ");
    xap_enquire_free(enquire);
}

static void a_wildcard_takes_all_up_to_its_limit(void **state)
{
    xap_enquire *enquire = enquire_small("wildcard");
    xap_query *query;
    (void)state;
    ok(xap_query_wildcard(S("Q"), 0, XAP_WILDCARD_ERROR, XAP_OP_SYNONYM, &query, &err));
    assert_string_equal(found(enquire, query), "1 2 3 ");
    ok(xap_query_wildcard(S("Q"), 2, XAP_WILDCARD_FIRST, XAP_OP_OR, &query, &err));
    assert_string_equal(found(enquire, query), "1 2 ");
    fails(XAP_INVALID, xap_query_wildcard(S("Q"), 0, XAP_WILDCARD_ERROR, XAP_OP_AND, &query, &err));
    xap_enquire_free(enquire);
}

/* By the boolean weight, since Xapian leaks other weights here. */
static void a_wildcard_over_its_limit_fails_or_is_cut(void **state)
{
    xap_enquire *enquire = enquire_small("limit");
    xap_query *query;
    xap_weight *weight;
    xap_mset *mset;
    (void)state;
    ok(xap_weight_bool(&weight, &err));
    ok(xap_enquire_set_weight(enquire, weight, &err));
    xap_weight_free(weight);
    ok(xap_query_wildcard(S(""), 1, XAP_WILDCARD_MOST_FREQUENT, XAP_OP_MAX, &query, &err));
    assert_int_equal(strlen(found(enquire, query)), strlen("1 2 "));
    ok(xap_query_wildcard(S("Q"), 2, XAP_WILDCARD_ERROR, XAP_OP_OR, &query, &err));
    ok(xap_enquire_set_query(enquire, query, 0, &err));
    fails(XAP_INVALID, xap_enquire_mset(enquire, 0, 10, 0, NULL, &mset, &err));
    assert_null(mset);
    xap_query_free(query);
    xap_enquire_free(enquire);
}

static void a_query_survives_serialising(void **state)
{
    xap_query *query = joined(XAP_OP_PHRASE, "apple", "pie", 3), *copy;
    xap_bytes bytes;
    char text[200];
    (void)state;
    assert_int_equal(xap_query_length(query), 2);
    ok(xap_query_description(query, &bytes, &err));
    snprintf(text, sizeof text, "%s", bytes.data);
    assert_non_null(strstr(text, "apple"));
    ok(xap_query_serialise(query, &bytes, &err));
    ok(xap_query_unserialise(bytes.data, bytes.len, &copy, &err));
    ok(xap_query_description(copy, &bytes, &err));
    same(bytes, text, strlen(text));
    xap_query_free(query);
    xap_query_free(copy);
}

static void wrong_queries_are_refused(void **state)
{
    xap_query *parts[2] = {term_query("a"), joined(XAP_OP_AND, "b", "c", 0)}, *query;
    (void)state;
    fails(XAP_INVALID, xap_query_scale(parts[0], -1, &query, &err));
    assert_null(query);
    fails(XAP_INVALID, xap_query_combine((xap_op)8, parts, 2, 0, &query, &err));
    fails(XAP_INVALID, xap_query_combine((xap_op)99, parts, 2, 0, &query, &err));
    fails(XAP_INVALID, xap_query_combine(XAP_OP_AND, parts, 2, 5, &query, &err));
    fails(XAP_UNSUPPORTED, xap_query_combine(XAP_OP_PHRASE, parts, 2, 0, &query, &err));
    xap_query_free(parts[0]);
    xap_query_free(parts[1]);
}

/* ---- Weights ---- */

static double weight_of(xap_enquire *enquire, uint32_t docid)
{
    xap_mset *mset;
    double weight = -1;
    ok(xap_enquire_mset(enquire, 0, 10, 10, NULL, &mset, &err));
    for (uint32_t i = 0; i < xap_mset_size(mset); i++) {
        xap_hit hit;
        ok(xap_mset_hit(mset, i, &hit, &err));
        if (hit.docid == docid)
            weight = hit.weight;
    }
    xap_mset_free(mset);
    return weight;
}

/* apple is in 2 of 3 documents; the average length is 3. */
static double bm25_of_apple(double k1, double b, double wdf, double length)
{
    double odds = (3 - 2 + 0.5) / (2 + 0.5);
    double idf = log(odds < 2 ? 1 + odds / 2 : odds);
    return idf * wdf * (k1 + 1) / (k1 * (1 - b + b * length / 3) + wdf);
}

static void bm25_is_the_formula_of_the_header(void **state)
{
    static const double parameters[][2] = {{1.2, 0.75}, {0.9, 0.4}, {2, 1}, {1, 0}, {0, 0.5}};
    xap_enquire *enquire = enquire_small("bm25");
    xap_query *query = term_query("apple");
    (void)state;
    ok(xap_enquire_set_query(enquire, query, 0, &err));
    for (size_t i = 0; i < COUNT(parameters); i++) {
        double k1 = parameters[i][0], b = parameters[i][1];
        xap_weight *weight;
        ok(xap_weight_bm25(k1, 0, 0, b, 0, &weight, &err));
        ok(xap_enquire_set_weight(enquire, weight, &err));
        xap_weight_free(weight);
        assert_true(fabs(weight_of(enquire, 1) - bm25_of_apple(k1, b, 3, 4)) < 1e-12);
        assert_true(fabs(weight_of(enquire, 2) - bm25_of_apple(k1, b, 1, 3)) < 1e-12);
    }
    xap_query_free(query);
    xap_enquire_free(enquire);
}

static void scaling_scales(void **state)
{
    xap_enquire *enquire = enquire_small("scale");
    xap_query *query = term_query("tart"), *scaled;
    double weight;
    (void)state;
    ok(xap_enquire_set_query(enquire, query, 0, &err));
    weight = weight_of(enquire, 2);
    ok(xap_query_scale(query, 2.5, &scaled, &err));
    ok(xap_enquire_set_query(enquire, scaled, 0, &err));
    assert_true(fabs(weight_of(enquire, 2) - 2.5 * weight) < 1e-12);
    xap_query_free(query);
    xap_query_free(scaled);
    xap_enquire_free(enquire);
}

enum { WEIGHTS = 17 };

static void make_weights(xap_weight *w[WEIGHTS])
{
    ok(xap_weight_bm25(1, 0, 1, 0.5, 0.5, &w[0], &err));
    ok(xap_weight_bm25plus(1, 0, 1, 0.5, 0.5, 1, &w[1], &err));
    ok(xap_weight_tfidf("ntn", &w[2], &err));
    ok(xap_weight_bool(&w[3], &err));
    ok(xap_weight_trad(1, &w[4], &err));
    ok(xap_weight_coord(&w[5], &err));
    ok(xap_weight_pl2(1, &w[6], &err));
    ok(xap_weight_pl2plus(1, 0.8, &w[7], &err));
    ok(xap_weight_inl2(1, &w[8], &err));
    ok(xap_weight_ifb2(1, &w[9], &err));
    ok(xap_weight_ineb2(1, &w[10], &err));
    ok(xap_weight_bb2(1, &w[11], &err));
    ok(xap_weight_dlh(&w[12], &err));
    ok(xap_weight_dph(&w[13], &err));
    ok(xap_weight_lm(0, XAP_SMOOTHING_JELINEK_MERCER, 0.3, 0, &w[14], &err));
    ok(xap_weight_lm(0, XAP_SMOOTHING_DIRICHLET, 2000, 0, &w[15], &err));
    ok(xap_weight_lm(0, XAP_SMOOTHING_TWO_STAGE, -1, -1, &w[16], &err));
}

static void every_weight_can_rank(void **state)
{
    static const char *const names[WEIGHTS] = {
        "BM25Weight", "BM25PlusWeight", "TfIdfWeight", "BoolWeight", "TradWeight",  "CoordWeight",
        "PL2Weight",  "PL2PlusWeight",  "InL2Weight",  "IfB2Weight", "IneB2Weight", "BB2Weight",
        "DLHWeight",  "DPHWeight",      "LMWeight",    "LMWeight",   "LMWeight"};
    xap_weight *weights[WEIGHTS];
    xap_enquire *enquire = enquire_small("weights");
    (void)state;
    make_weights(weights);
    for (size_t i = 0; i < WEIGHTS; i++) {
        xap_bytes name;
        ok(xap_weight_name(weights[i], &name, &err));
        assert_string_equal(name.data + strlen("Xapian::"), names[i]);
        ok(xap_enquire_set_weight(enquire, weights[i], &err));
        assert_string_equal(found(enquire, term_query("tart")), "2 ");
        xap_weight_free(weights[i]);
    }
    xap_enquire_free(enquire);
}

static void wrong_parameters_of_weights_are_refused(void **state)
{
    xap_weight *weight;
    (void)state;
    fails(XAP_INVALID, xap_weight_tfidf("xyz", &weight, &err));
    assert_null(weight);
    fails(XAP_INVALID, xap_weight_pl2(0, &weight, &err));
    fails(XAP_INVALID, xap_weight_bb2(-1, &weight, &err));
    fails(XAP_INVALID, xap_weight_lm(0, (xap_smoothing)6, 0, 0, &weight, &err));
}

/* ---- Searching ---- */

static void hits_come_with_rank_weight_and_bounds(void **state)
{
    xap_enquire *enquire = enquire_small("hits");
    xap_query *query = term_query("apple");
    xap_mset *mset;
    xap_hit hit;
    (void)state;
    ok(xap_enquire_set_query(enquire, query, 1, &err));
    ok(xap_enquire_mset(enquire, 1, 10, 10, NULL, &mset, &err));
    xap_enquire_free(enquire);
    xap_query_free(query);
    assert_int_equal(xap_mset_size(mset), 1);
    ok(xap_mset_hit(mset, 0, &hit, &err));
    assert_int_equal(hit.docid, 2);
    assert_int_equal(hit.rank, 1);
    assert_true(hit.percent > 0 && hit.percent <= 100);
    assert_true(hit.weight > 0 && hit.weight <= xap_mset_max_attained(mset));
    assert_true(xap_mset_max_attained(mset) <= xap_mset_max_possible(mset));
    assert_int_equal(xap_mset_matches_lower_bound(mset), 2);
    assert_int_equal(xap_mset_matches_estimated(mset), 2);
    assert_int_equal(xap_mset_matches_upper_bound(mset), 2);
    same(hit.sort_key, S(""));
    fails(XAP_INVALID, xap_mset_hit(mset, 1, &hit, &err));
    assert_null(hit.sort_key.data);
    ok(xap_mset_fetch(mset, &err));
    xap_mset_free(mset);
}

static xap_mset *search(xap_enquire *enquire, const char *term)
{
    xap_query *query = term_query(term);
    xap_mset *mset;
    ok(xap_enquire_set_query(enquire, query, 0, &err));
    ok(xap_enquire_mset(enquire, 0, 10, 10, NULL, &mset, &err));
    xap_query_free(query);
    return mset;
}

static void documents_of_hits_are_read(void **state)
{
    xap_enquire *enquire = enquire_small("read");
    xap_mset *mset = search(enquire, "apple");
    xap_document *doc;
    xap_bytes data;
    (void)state;
    xap_enquire_free(enquire);
    ok(xap_mset_fetch(mset, &err));
    ok(xap_mset_document(mset, 1, &doc, &err));
    ok(xap_document_data(doc, &data, &err));
    same(data, S("2"));
    xap_document_free(doc);
    fails(XAP_INVALID, xap_mset_document(mset, 2, &doc, &err));
    assert_null(doc);
    xap_mset_free(mset);
}

static void terms_of_a_match_set_have_freq_and_weight(void **state)
{
    xap_enquire *enquire = enquire_small("matchterms");
    xap_mset *mset = search(enquire, "apple");
    uint32_t n;
    double weight;
    (void)state;
    ok(xap_mset_termfreq(mset, S("apple"), &n, &err));
    assert_int_equal(n, 2);
    ok(xap_mset_termfreq(mset, S("tart"), &n, &err));
    assert_int_equal(n, 1);
    ok(xap_mset_termweight(mset, S("apple"), &weight, &err));
    assert_true(weight > 0);
    fails(XAP_INVALID, xap_mset_termweight(mset, S("tart"), &weight, &err));
    xap_mset_free(mset);
    xap_enquire_free(enquire);
}

static void snippets_show_the_match(void **state)
{
    xap_enquire *enquire = enquire_small("snippet");
    xap_mset *mset = search(enquire, "apple");
    xap_bytes text;
    (void)state;
    ok(xap_mset_snippet(mset, S("One <apple> a day"), 100, NULL, XAP_SNIPPET_EXHAUSTIVE, "[", "]",
                        "...", &text, &err));
    same(text, S("One &lt;[apple]&gt; a day"));
    ok(xap_mset_snippet(mset, S("Nothing here"), 100, "english", XAP_SNIPPET_EMPTY_WITHOUT_MATCH,
                        "[", "]", "...", &text, &err));
    same(text, S(""));
    fails(XAP_INVALID, xap_mset_snippet(mset, NULL, 0, 100, "klingon", 0, "", "", "", &text, &err));
    xap_mset_free(mset);
    xap_enquire_free(enquire);
}

static void collapsing_keeps_the_best(void **state)
{
    xap_enquire *enquire = enquire_small("collapse");
    xap_query *query = joined(XAP_OP_OR, "apple", "pie", 0);
    xap_mset *mset;
    xap_hit hit;
    (void)state;
    ok(xap_enquire_set_collapse(enquire, 0, 1, &err));
    ok(xap_enquire_set_query(enquire, query, 0, &err));
    ok(xap_enquire_mset(enquire, 0, 10, 10, NULL, &mset, &err));
    assert_int_equal(xap_mset_size(mset), 2);
    ok(xap_mset_hit(mset, 0, &hit, &err));
    same(hit.collapse_key, S("a"));
    assert_int_equal(hit.collapse_count, 1);
    assert_true(xap_mset_uncollapsed_lower_bound(mset) <= 3);
    assert_int_equal(xap_mset_uncollapsed_estimated(mset), 3);
    assert_int_equal(xap_mset_uncollapsed_upper_bound(mset), 3);
    xap_mset_free(mset);
    ok(xap_enquire_set_collapse(enquire, XAP_NO_SLOT, 0, &err));
    ok(xap_enquire_mset(enquire, 0, 10, 10, NULL, &mset, &err));
    assert_int_equal(xap_mset_size(mset), 3);
    xap_mset_free(mset);
    xap_query_free(query);
    xap_enquire_free(enquire);
}

static void every_order_sorts(void **state)
{
    static const struct {
        xap_sort sort;
        bool reverse;
        const char *ids;
    } cases[] = {
        {XAP_SORT_RELEVANCE, false, "1 3 2 "},      {XAP_SORT_VALUE, false, "1 3 2 "},
        {XAP_SORT_VALUE, true, "2 1 3 "},           {XAP_SORT_VALUE_RELEVANCE, false, "1 3 2 "},
        {XAP_SORT_VALUE_RELEVANCE, true, "2 1 3 "}, {XAP_SORT_RELEVANCE_VALUE, true, "1 3 2 "},
    };
    xap_enquire *enquire = enquire_small("sort");
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ok(xap_enquire_set_sort(enquire, cases[i].sort, 0, cases[i].reverse, &err));
        assert_string_equal(found(enquire, joined(XAP_OP_OR, "apple", "pie", 0)), cases[i].ids);
    }
    fails(XAP_INVALID, xap_enquire_set_sort(enquire, (xap_sort)9, 0, false, &err));
    xap_enquire_free(enquire);
}

static void the_sort_key_is_told(void **state)
{
    xap_enquire *enquire = enquire_small("sortkey");
    xap_mset *mset;
    xap_hit hit;
    (void)state;
    ok(xap_enquire_set_sort(enquire, XAP_SORT_VALUE, 0, true, &err));
    mset = search(enquire, "apple");
    ok(xap_mset_hit(mset, 0, &hit, &err));
    same(hit.sort_key, S("b"));
    xap_mset_free(mset);
    xap_enquire_free(enquire);
}

static void equal_hits_follow_the_order_of_ids(void **state)
{
    xap_enquire *enquire = enquire_small("order");
    xap_query *query;
    (void)state;
    ok(xap_enquire_set_docid_order(enquire, XAP_DOCID_DESCENDING, &err));
    ok(xap_query_match_all(&query, &err));
    assert_string_equal(found(enquire, query), "3 2 1 ");
    xap_enquire_free(enquire);
}

static void cutoffs_leave_out_the_weak(void **state)
{
    xap_enquire *enquire = enquire_small("cutoff");
    (void)state;
    ok(xap_enquire_set_cutoff(enquire, 100, 0, &err));
    assert_string_equal(found(enquire, joined(XAP_OP_OR, "apple", "pie", 0)), "1 ");
    ok(xap_enquire_set_cutoff(enquire, 0, 1e9, &err));
    assert_string_equal(found(enquire, term_query("apple")), "");
    ok(xap_enquire_set_cutoff(enquire, 0, 0, &err));
    ok(xap_enquire_set_time_limit(enquire, 10, &err));
    assert_string_equal(found(enquire, term_query("apple")), "1 2 ");
    xap_enquire_free(enquire);
}

/* ---- Relevance ---- */

static void relevance_sets_hold_ids(void **state)
{
    xap_rset *rset;
    (void)state;
    ok(xap_rset_new(&rset, &err));
    ok(xap_rset_add(rset, 2, &err));
    ok(xap_rset_add(rset, 2, &err));
    ok(xap_rset_add(rset, 3, &err));
    assert_int_equal(xap_rset_size(rset), 2);
    ok(xap_rset_remove(rset, 3, &err));
    assert_true(xap_rset_contains(rset, 2));
    assert_false(xap_rset_contains(rset, 3));
    fails(XAP_INVALID, xap_rset_add(rset, 0, &err));
    xap_rset_free(rset);
}

static void expansion_learns_from_relevant_documents(void **state)
{
    xap_enquire *enquire = enquire_small("expand");
    xap_query *query = term_query("apple");
    xap_rset *rset;
    xap_eset *eset;
    xap_mset *mset;
    xap_expand_term term;
    (void)state;
    ok(xap_rset_new(&rset, &err));
    ok(xap_rset_add(rset, 2, &err));
    ok(xap_enquire_set_query(enquire, query, 0, &err));
    ok(xap_enquire_mset(enquire, 0, 10, 0, rset, &mset, &err));
    assert_int_equal(xap_mset_size(mset), 2);
    ok(xap_enquire_set_expansion(enquire, "trad", 1, &err));
    fails(XAP_INVALID, xap_enquire_set_expansion(enquire, "none", 1, &err));
    ok(xap_enquire_eset(enquire, 10, rset, XAP_EXPAND_USE_EXACT_TERMFREQ, 0, &eset, &err));
    assert_true(xap_eset_size(eset) > 0);
    ok(xap_eset_item(eset, 0, &term, &err));
    same(term.term, S("tart"));
    assert_true(term.weight > 0);
    fails(XAP_INVALID, xap_eset_item(eset, xap_eset_size(eset), &term, &err));
    xap_eset_free(eset);
    xap_mset_free(mset);
    xap_rset_free(rset);
    xap_query_free(query);
    xap_enquire_free(enquire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operator_finds_what_it_says),
        cmocka_unit_test(leaf_queries_match_by_term_or_value),
        cmocka_unit_test(a_wildcard_takes_all_up_to_its_limit),
        cmocka_unit_test(a_wildcard_over_its_limit_fails_or_is_cut),
        cmocka_unit_test(a_query_survives_serialising),
        cmocka_unit_test(wrong_queries_are_refused),
        cmocka_unit_test(bm25_is_the_formula_of_the_header),
        cmocka_unit_test(scaling_scales),
        cmocka_unit_test(every_weight_can_rank),
        cmocka_unit_test(wrong_parameters_of_weights_are_refused),
        cmocka_unit_test(hits_come_with_rank_weight_and_bounds),
        cmocka_unit_test(documents_of_hits_are_read),
        cmocka_unit_test(terms_of_a_match_set_have_freq_and_weight),
        cmocka_unit_test(snippets_show_the_match),
        cmocka_unit_test(collapsing_keeps_the_best),
        cmocka_unit_test(every_order_sorts),
        cmocka_unit_test(the_sort_key_is_told),
        cmocka_unit_test(equal_hits_follow_the_order_of_ids),
        cmocka_unit_test(cutoffs_leave_out_the_weak),
        cmocka_unit_test(relevance_sets_hold_ids),
        cmocka_unit_test(expansion_learns_from_relevant_documents),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
