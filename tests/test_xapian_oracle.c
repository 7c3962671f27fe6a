/* The oracle: BM25 as the native engine computes it against Xapian's own BM25Weight, which
 * shares no line with it, on random collections of one field. */
#include "testing.h"

#include "anamnesis.h"
#include "folder.h"
#include "good.h"
#include "xapian/xapian_c.h"

#include <math.h>
#include <stdbool.h>

enum { COLLECTIONS = 2000, MAX_DOCS = 200, MAX_WORDS = 50, MAX_LEN = 60, MAX_QUERY = 15 };

/* Sums of up to 15 floats: half a unit in the last place is 6e-8 of each. */
static const double score_tolerance = 2e-6;

struct collection {
    uint32_t docs;
    uint32_t words;
    int field;
    uint32_t tf[MAX_DOCS][MAX_WORDS];
    char ids[MAX_DOCS][16];
};

struct question {
    uint32_t count[MAX_WORDS]; /* how often each word is said */
    char text[16 * MAX_QUERY];
    anam_settings settings;
    size_t k;
};

static void good(xap_status status, const xap_error *x)
{
    if (status)
        fail_msg("%s", x->msg);
}

static uint32_t skewed(uint64_t *seed, uint32_t n)
{
    uint32_t a = testing_below(seed, n);
    uint32_t b = testing_below(seed, n);
    return a < b ? a : b;
}

static void draw_collection(struct collection *c, uint64_t *seed)
{
    memset(c, 0, sizeof *c);
    c->docs = 1 + skewed(seed, MAX_DOCS);
    c->words = 1 + testing_below(seed, MAX_WORDS);
    c->field = (int)testing_below(seed, ANAM_N_FIELDS);
    for (uint32_t d = 0; d < c->docs; d++) {
        uint32_t length = skewed(seed, MAX_LEN);
        snprintf(c->ids[d], sizeof c->ids[d], "d%u", d * 7919 % 10007);
        for (uint32_t i = 0; i < length; i++)
            c->tf[d][skewed(seed, c->words)]++;
    }
}

static void draw_question(struct question *q, const struct collection *c, uint64_t *seed)
{
    memset(q, 0, sizeof *q);
    uint32_t n = 1 + testing_below(seed, MAX_QUERY);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t word = skewed(seed, c->words);
        q->count[word]++;
        sprintf(q->text + strlen(q->text), "w%u ", word);
    }
    q->settings = (anam_settings)ANAM_SETTINGS_INIT;
    q->settings.k1 = testing_below(seed, 30) / 10.0;
    q->settings.b = testing_below(seed, 11) / 10.0;
    q->settings.scorer = ANAM_SCORER_BM25_XAPIAN;
    for (int f = 0; f < ANAM_N_FIELDS; f++)
        q->settings.weight[f] = f == c->field ? 1 : 0;
    q->k = 1 + testing_below(seed, c->docs + 5);
}

/* ---- the native side ---- */

static void index_native(const struct collection *c)
{
    anam_error err;
    anam_writer *w;
    anam_writer_options o = ANAM_WRITER_OPTIONS_INIT;
    o.language = "none";
    ok(anam_writer_open(&w, path_of("x"), &o, &err), &err);
    for (uint32_t d = 0; d < c->docs; d++) {
        char text[8 * MAX_LEN] = "";
        char *at = text;
        for (uint32_t i = 0; i < c->words; i++)
            for (uint32_t j = 0; j < c->tf[d][i]; j++)
                at += sprintf(at, "w%u ", i);
        anam_record r = ANAM_RECORD_INIT;
        r.id = c->ids[d];
        *(c->field == ANAM_FIELD_QUESTION ? &r.question : &r.text) = text;
        ok(anam_writer_add(w, &r, &err), &err);
    }
    ok(anam_writer_commit(w, NULL, &err), &err);
    anam_writer_free(w);
}

/* ---- Xapian's side ---- */

static xap_writable *index_oracle(const struct collection *c)
{
    xap_writable *db;
    xap_error x;
    good(xap_open_inmemory(&db, &x), &x);
    for (uint32_t d = 0; d < c->docs; d++) {
        xap_document *doc;
        good(xap_document_new(&doc, &x), &x);
        for (uint32_t i = 0; i < c->words; i++) {
            char word[16];
            int n = snprintf(word, sizeof word, "w%u", i);
            if (c->tf[d][i] > 0)
                good(xap_document_add_term(doc, word, (size_t)n, c->tf[d][i], &x), &x);
        }
        good(xap_writable_replace_document(db, d + 1, doc, &x), &x);
        xap_document_free(doc);
    }
    good(xap_writable_commit(db, &x), &x);
    return db;
}

/* A word said twice counts twice: a scaled term, since BM25Weight would saturate wqf. */
static xap_query *oracle_query(const struct question *q)
{
    xap_query *said[MAX_WORDS];
    size_t n = 0;
    xap_query *all;
    xap_error x;
    for (uint32_t i = 0; i < MAX_WORDS; i++) {
        char word[16];
        xap_query *term;
        if (q->count[i] == 0)
            continue;
        int length = snprintf(word, sizeof word, "w%u", i);
        good(xap_query_term(word, (size_t)length, 1, 0, &term, &x), &x);
        good(xap_query_scale(term, q->count[i], &said[n++], &x), &x);
        xap_query_free(term);
    }
    good(xap_query_combine(XAP_OP_OR, said, n, 0, &all, &x), &x);
    for (size_t i = 0; i < n; i++)
        xap_query_free(said[i]);
    return all;
}

/* Weights of all documents, 0 for those that do not match; returns how many match. */
static size_t ask_oracle(xap_writable *db, const struct question *q, double *weights)
{
    xap_enquire *enquire;
    xap_weight *weight;
    xap_mset *mset;
    xap_error x;
    xap_query *query = oracle_query(q);
    good(xap_weight_bm25(q->settings.k1, 0, 0, q->settings.b, 0, &weight, &x), &x);
    good(xap_enquire_new(xap_writable_as_database(db), &enquire, &x), &x);
    good(xap_enquire_set_query(enquire, query, 0, &x), &x);
    good(xap_enquire_set_weight(enquire, weight, &x), &x);
    good(xap_enquire_mset(enquire, 0, MAX_DOCS, MAX_DOCS, NULL, &mset, &x), &x);
    size_t n = xap_mset_size(mset);
    memset(weights, 0, MAX_DOCS * sizeof *weights);
    for (uint32_t i = 0; i < n; i++) {
        xap_hit hit;
        good(xap_mset_hit(mset, i, &hit, &x), &x);
        weights[hit.docid - 1] = hit.weight;
    }
    xap_mset_free(mset);
    xap_enquire_free(enquire);
    xap_weight_free(weight);
    xap_query_free(query);
    return n;
}

/* ---- side by side ---- */

static uint32_t document_of(const struct collection *c, const char *id)
{
    for (uint32_t d = 0; d < c->docs; d++)
        if (strcmp(c->ids[d], id) == 0)
            return d;
    fail_msg("unknown id %s", id);
    return 0;
}

/* The oracle's order: by weight, where it differs by more than rounding. */
static bool in_order(const double *weights, uint32_t a, uint32_t b)
{
    return weights[a] >= weights[b] * (1 - score_tolerance);
}

static void compare(anam_searcher *s, const struct collection *c, xap_writable *db,
                    const struct question *q)
{
    double weights[MAX_DOCS];
    bool seen[MAX_DOCS] = {false};
    anam_results *r;
    anam_error err;
    anam_search_options o = ANAM_SEARCH_OPTIONS_INIT;
    o.k = q->k;
    o.flags = 0;
    o.settings = &q->settings;
    size_t matches = ask_oracle(db, q, weights);
    ok(anam_search(s, q->text, strlen(q->text), &o, &r, &err), &err);
    size_t n = anam_results_count(r);
    assert_int_equal(n, matches < q->k ? matches : q->k);
    uint32_t last = 0;
    for (size_t i = 0; i < n; i++) {
        const anam_hit *h = anam_results_hit(r, i);
        uint32_t d = document_of(c, h->id);
        assert_false(seen[d]);
        seen[d] = true;
        assert_true(fabs(h->score - weights[d]) <= score_tolerance * weights[d]);
        if (i > 0) {
            const anam_hit *before = anam_results_hit(r, i - 1);
            assert_true(in_order(weights, last, d));
            assert_true(before->score > h->score ||
                        (before->score == h->score && strcmp(before->id, h->id) > 0));
        }
        last = d;
    }
    for (uint32_t d = 0; d < c->docs && n > 0; d++)
        if (!seen[d] && weights[d] > 0)
            assert_true(in_order(weights, last, d));
    anam_results_free(r);
}

static void native_bm25_equals_that_of_xapian(void **state)
{
    (void)state;
    static struct collection c;
    uint64_t seed = testing_seed();
    size_t questions = 0;
    for (int i = 0; i < COLLECTIONS; i++) {
        anam_index *index;
        anam_searcher *s;
        anam_error err;
        draw_collection(&c, &seed);
        index_native(&c);
        xap_writable *db = index_oracle(&c);
        ok(anam_index_open(&index, path_of("x"), NULL, &err), &err);
        ok(anam_searcher_new(&s, index, &err), &err);
        for (uint32_t n = 1 + testing_below(&seed, 3); n > 0; n--) {
            struct question q;
            draw_question(&q, &c, &seed);
            compare(s, &c, db, &q);
            questions++;
        }
        anam_searcher_free(s);
        anam_index_close(index);
        xap_writable_free(db);
    }
    print_message("             %d collections, %zu queries\n", COLLECTIONS, questions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(native_bm25_equals_that_of_xapian),
    };
    return cmocka_run_group_tests_name("oracle", tests, make_folder, remove_folder);
}
