/* SQLite FTS5: a contentless table, optimized into one segment. Its bm25() has k1 1.2 and
 * b 0.75, an idf of ln((N - n + 0.5) / (n + 0.5)), and 1e-6 where that is not positive; it
 * needs detail=full, since without positions it knows no term frequency. */
#include "bench/peer.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

struct engine {
    sqlite3 *db;
    sqlite3_stmt *statement;
    char *match;
    size_t cap;
};

static struct engine engine;

static void check(struct engine *e, int code)
{
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
        die("sqlite: %s", sqlite3_errmsg(e->db));
}

static void run(struct engine *e, const char *sql)
{
    check(e, sqlite3_exec(e->db, sql, NULL, NULL, NULL));
}

/* ---- building ---- */

static void add_record(void *ctx, uint32_t number, const char *text, size_t len)
{
    struct engine *e = ctx;
    check(e, sqlite3_bind_int64(e->statement, 1, (sqlite3_int64)number + 1));
    check(e, sqlite3_bind_text(e->statement, 2, text, (int)len, SQLITE_STATIC));
    check(e, sqlite3_step(e->statement));
    check(e, sqlite3_reset(e->statement));
}

static void build(const char *corpus, const char *index)
{
    struct engine *e = &engine;
    check(e, sqlite3_open(index, &e->db));
    run(e, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144;"
           "DROP TABLE IF EXISTS records;"
           "CREATE VIRTUAL TABLE records USING fts5(text, content = '', tokenize = 'ascii');"
           "INSERT INTO records(records, rank) VALUES('hashsize', 268435456);"
           "BEGIN");
    check(e, sqlite3_prepare_v2(e->db, "INSERT INTO records(rowid, text) VALUES(?, ?)", -1,
                                &e->statement, NULL));
    each_record(corpus, add_record, e);
    check(e, sqlite3_finalize(e->statement));
    run(e, "INSERT INTO records(records) VALUES('optimize'); COMMIT; VACUUM");
    check(e, sqlite3_close(e->db));
}

/* ---- searching ---- */

static void *open_index(const char *path)
{
    struct engine *e = &engine;
    check(e, sqlite3_open_v2(path, &e->db, SQLITE_OPEN_READONLY, NULL));
    run(e, "PRAGMA mmap_size = 17179869184; PRAGMA cache_size = -262144");
    check(e, sqlite3_prepare_v2(e->db,
                                "SELECT rowid, -rank FROM records WHERE records MATCH ?"
                                " ORDER BY rank LIMIT ?",
                                -1, &e->statement, NULL));
    return e;
}

/* Every word in quotes, so that none is an operator; as often as it is said, which is the
 * only weight that FTS5 has. */
static size_t write_match(struct engine *e, const struct query *q)
{
    size_t n = 0;
    for (size_t i = 0; i < q->n_terms; i++) {
        for (uint32_t t = 0; t < q->terms[i].times; t++) {
            size_t need = n + q->terms[i].len + 8;
            if (need > e->cap) {
                e->cap = 2 * need;
                e->match = resize(e->match, e->cap, 1);
            }
            if (n > 0) {
                memcpy(e->match + n, " OR ", 4);
                n += 4;
            }
            e->match[n++] = '"';
            memcpy(e->match + n, q->terms[i].word, q->terms[i].len);
            n += q->terms[i].len;
            e->match[n++] = '"';
        }
    }
    return n;
}

static void search(void *ctx, const struct query *q, size_t k, struct hits *hits)
{
    struct engine *e = ctx;
    size_t n = write_match(e, q);
    int code;
    check(e, sqlite3_bind_text(e->statement, 1, e->match, (int)n, SQLITE_STATIC));
    check(e, sqlite3_bind_int64(e->statement, 2, (sqlite3_int64)k));
    while ((code = sqlite3_step(e->statement)) == SQLITE_ROW)
        hits_add(hits, (uint32_t)(sqlite3_column_int64(e->statement, 0) - 1),
                 sqlite3_column_double(e->statement, 1));
    check(e, code);
    check(e, sqlite3_reset(e->statement));
}

static void close_index(void *ctx)
{
    struct engine *e = ctx;
    sqlite3_finalize(e->statement);
    sqlite3_close(e->db);
    free(e->match);
}

int main(int argc, char **argv)
{
    const struct peer peer = {build, open_index, search, close_index};
    return peer_main(&peer, argc, argv);
}
