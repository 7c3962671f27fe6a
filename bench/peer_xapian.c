/* Xapian, through the bindings of this project: no positions, no term lists, compacted;
 * BM25 with k1 1.2, b 0.75 and Xapian's own idf. */
#include "bench/peer.h"
#include "xapian/xapian_c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(xap_status status, const xap_error *err)
{
    if (status != XAP_OK)
        die("xapian: %s", err->msg);
}

/* ---- building ---- */

static void add_record(void *ctx, uint32_t number, const char *text, size_t len)
{
    xap_writable *db = ctx;
    xap_document *doc;
    xap_error err;
    uint32_t docid;
    check(xap_document_new(&doc, &err), &err);
    for (size_t at = 0; at < len;) {
        const char *space = memchr(text + at, ' ', len - at);
        size_t n = space ? (size_t)(space - text) - at : len - at;
        if (n > 0)
            check(xap_document_add_term(doc, text + at, n, 1, &err), &err);
        at += n + 1;
    }
    check(xap_writable_add_document(db, doc, &docid, &err), &err);
    if (docid != number + 1)
        die("xapian: record %u has id %u", number, docid);
    xap_document_free(doc);
}

static void remove_database(const char *path)
{
    static const char *const files[] = {"docdata.glass",  "flintlock",      "iamglass",
                                        "position.glass", "postlist.glass", "spelling.glass",
                                        "synonym.glass",  "termlist.glass", NULL};
    char file[4200];
    for (size_t i = 0; files[i]; i++) {
        snprintf(file, sizeof file, "%s/%s", path, files[i]);
        remove(file);
    }
    remove(path);
}

/* Compaction writes a second database, as small as Xapian makes it for reading. */
static void build(const char *corpus, const char *index)
{
    char loose[4096];
    xap_writable *db;
    xap_error err;
    snprintf(loose, sizeof loose, "%s.loose", index);
    setenv("XAPIAN_FLUSH_THRESHOLD", "100000", 0);
    check(xap_open_writable(loose, XAP_CREATE_OR_OVERWRITE,
                            XAP_NO_SYNC | XAP_DANGEROUS | XAP_NO_TERMLIST, 0, &db, &err),
          &err);
    each_record(corpus, add_record, db);
    check(xap_writable_commit(db, &err), &err);
    check(xap_database_compact(xap_writable_as_database(db), index, XAP_COMPACT_FULL, 0, &err),
          &err);
    check(xap_writable_close(db, &err), &err);
    xap_writable_free(db);
    remove_database(loose);
}

/* ---- searching ---- */

struct engine {
    xap_database *db;
    xap_enquire *enquire;
    xap_query **parts;
    size_t cap;
};

static struct engine engine;

static void *open_index(const char *path)
{
    xap_weight *weight;
    xap_error err;
    check(xap_open(path, XAP_BACKEND_AUTO, &engine.db, &err), &err);
    check(xap_enquire_new(engine.db, &engine.enquire, &err), &err);
    check(xap_weight_bm25(1.2, 0, 0, 0.75, 0, &weight, &err), &err);
    check(xap_enquire_set_weight(engine.enquire, weight, &err), &err);
    check(xap_enquire_set_docid_order(engine.enquire, XAP_DOCID_DONT_CARE, &err), &err);
    xap_weight_free(weight);
    return &engine;
}

/* A word said several times weighs as often: with k3 = 0 Xapian itself does not count. */
static xap_query *part_of(const struct query_term *term)
{
    xap_query *once;
    xap_query *scaled;
    xap_error err;
    check(xap_query_term(term->word, term->len, 1, 0, &once, &err), &err);
    if (term->times == 1)
        return once;
    check(xap_query_scale(once, term->times, &scaled, &err), &err);
    xap_query_free(once);
    return scaled;
}

static void search(void *e, const struct query *q, size_t k, struct hits *hits)
{
    struct engine *in = e;
    xap_query *all;
    xap_mset *mset;
    xap_error err;
    if (q->n_terms > in->cap) {
        in->cap = q->n_terms;
        in->parts = resize(in->parts, in->cap, sizeof(xap_query *));
    }
    for (size_t i = 0; i < q->n_terms; i++)
        in->parts[i] = part_of(&q->terms[i]);
    check(xap_query_combine(XAP_OP_OR, in->parts, q->n_terms, 0, &all, &err), &err);
    check(xap_enquire_set_query(in->enquire, all, 0, &err), &err);
    check(xap_enquire_mset(in->enquire, 0, (uint32_t)k, 0, NULL, &mset, &err), &err);
    for (uint32_t i = 0; i < xap_mset_size(mset); i++) {
        xap_hit hit;
        check(xap_mset_hit(mset, i, &hit, &err), &err);
        hits_add(hits, hit.docid - 1, hit.weight);
    }
    xap_mset_free(mset);
    xap_query_free(all);
    for (size_t i = 0; i < q->n_terms; i++)
        xap_query_free(in->parts[i]);
}

static void close_index(void *e)
{
    struct engine *in = e;
    xap_enquire_free(in->enquire);
    xap_database_free(in->db);
    free(in->parts);
}

int main(int argc, char **argv)
{
    const struct peer peer = {build, open_index, search, close_index};
    return peer_main(&peer, argc, argv);
}
