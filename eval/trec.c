#include "eval/trec.h"

#include "base/error.h"
#include "base/slurp.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- queries by id ---- */

static size_t slot_of(const struct anam_trec *t, const char *qid)
{
    size_t at = anam_hash(t->key, qid, strlen(qid)) & (t->slots - 1);
    while (t->table[at] && strcmp(t->queries[t->table[at] - 1].qid, qid) != 0)
        at = (at + 1) & (t->slots - 1);
    return at;
}

const struct anam_trec_query *anam_trec_find(const struct anam_trec *t, const char *qid)
{
    uint32_t found = t->slots > 0 ? t->table[slot_of(t, qid)] : 0;
    return found ? &t->queries[found - 1] : NULL;
}

static bool grow_table(struct anam_trec *t)
{
    size_t slots = t->slots > 0 ? t->slots * 2 : 256;
    uint32_t *table = anam_new_array(slots, sizeof *table);
    if (!table)
        return false;
    free(t->table);
    t->table = table;
    t->slots = slots;
    for (size_t i = 0; i < t->n; i++)
        table[slot_of(t, t->queries[i].qid)] = (uint32_t)i + 1;
    return true;
}

/* The query a line belongs to; NULL without memory. */
static struct anam_trec_query *query_of(struct anam_trec *t, const char *qid)
{
    if (t->n > 0 && strcmp(t->queries[t->last].qid, qid) == 0)
        return &t->queries[t->last];
    if (t->n * 2 >= t->slots && !grow_table(t))
        return NULL;
    size_t at = slot_of(t, qid);
    if (!t->table[at]) {
        if (!anam_grow(&t->queries, &t->cap, t->n + 1, sizeof *t->queries))
            return NULL;
        t->queries[t->n++] = (struct anam_trec_query){.qid = qid};
        t->table[at] = (uint32_t)t->n;
    }
    t->last = t->table[at] - 1;
    return &t->queries[t->last];
}

static bool add_entry(struct anam_trec *t, const char *qid, struct anam_trec_entry entry)
{
    struct anam_trec_query *q = query_of(t, qid);
    if (!q || q->n >= UINT32_MAX - 1 || /* anam_docs counts in 32 bits */
        !anam_grow(&q->entries, &q->cap, q->n + 1, sizeof entry))
        return false;
    q->entries[q->n++] = entry;
    return true;
}

static void free_lines(struct anam_trec *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->queries[i].entries);
    free(t->queries);
    free(t->table);
    anam_buffer_free(&t->text);
    anam_arena_free(&t->strings);
}

/* ---- documents of a query ---- */

bool anam_docs_fill(struct anam_docs *d, const struct anam_trec_query *query,
                    const struct anam_trec_entry **first, const struct anam_trec_entry **again)
{
    *first = *again = NULL;
    size_t slots = 16;
    while (slots < query->n * 2)
        slots *= 2;
    if (!anam_grow(&d->table, &d->cap, slots, sizeof *d->table))
        return false;
    memset(d->table, 0, slots * sizeof *d->table);
    d->slots = slots;
    d->query = query;
    for (size_t i = 0; i < query->n; i++) {
        const char *docid = query->entries[i].docid;
        size_t at = anam_hash(d->key, docid, strlen(docid)) & (slots - 1);
        for (; d->table[at]; at = (at + 1) & (slots - 1)) {
            const struct anam_trec_entry *other = &query->entries[d->table[at] - 1];
            if (strcmp(other->docid, docid) == 0) {
                *first = other;
                *again = &query->entries[i];
                return false;
            }
        }
        d->table[at] = (uint32_t)i + 1;
    }
    return true;
}

const struct anam_trec_entry *anam_docs_find(const struct anam_docs *d, const char *docid)
{
    size_t at = anam_hash(d->key, docid, strlen(docid)) & (d->slots - 1);
    for (; d->table[at]; at = (at + 1) & (d->slots - 1)) {
        const struct anam_trec_entry *e = &d->query->entries[d->table[at] - 1];
        if (strcmp(e->docid, docid) == 0)
            return e;
    }
    return NULL;
}

void anam_docs_free(struct anam_docs *d)
{
    free(d->table);
}

static anam_status refuse_duplicates(const struct anam_trec *t, const char *name, anam_error *err)
{
    struct anam_docs docs = {.key = t->key};
    anam_status status = ANAM_OK;
    for (size_t i = 0; i < t->n && !status; i++) {
        const struct anam_trec_entry *first;
        const struct anam_trec_entry *again;
        if (anam_docs_fill(&docs, &t->queries[i], &first, &again))
            continue;
        if (again)
            status = anam_fail(err, ANAM_BAD_DATA,
                               "%s:%zu: document %.80s of query %.80s stands in line %zu already",
                               name, again->line, again->docid, t->queries[i].qid, first->line);
        else
            status = anam_fail_memory(err);
    }
    anam_docs_free(&docs);
    return status;
}

/* ---- lines ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* Cuts a line into at most `most` words in place; returns how many it has. */
static size_t cut(char *line, char **words, size_t most)
{
    size_t n = 0;
    for (char *p = line;;) {
        while (is_blank(*p))
            p++;
        if (*p == '\0')
            return n;
        if (n == most)
            return n + 1;
        words[n++] = p;
        while (*p && !is_blank(*p))
            p++;
        if (*p)
            *p++ = '\0';
    }
}

/* A decimal number. Up to 15 digits over a power of ten to 22 is exact in a double, so
 * one division rounds correctly (Clinger, "How to read floating point numbers
 * accurately", 1990); all else is left to strtod. */
static bool parse_score(const char *s, double *score)
{
    static const double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const char *p = s + (*s == '-' || *s == '+');
    uint64_t digits = 0;
    size_t n = 0;
    size_t behind = 0;
    bool point = false;
    for (; (*p >= '0' && *p <= '9') || (*p == '.' && !point); p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        if (++n > 15)
            break;
        digits = digits * 10 + (uint64_t)(*p - '0');
        behind += point;
    }
    double value;
    if (*p == '\0' && n > 0) {
        value = (double)digits / powers[behind];
        value = *s == '-' ? -value : value;
    } else {
        char *end;
        value = strtod(s, &end);
        if (end == s || *end != '\0' || isnan(value))
            return false;
    }
    *score = value;
    return true;
}

static bool parse_grade(const char *s, int *grade)
{
    char *end;
    errno = 0;
    long value = strtol(s, &end, 10);
    if (end == s || *end != '\0' || errno != 0 || value < -1000 || value > 1000)
        return false;
    *grade = (int)value;
    return true;
}

static const char *add_run_line(struct anam_trec *t, char **words, size_t n, size_t line)
{
    struct anam_trec_entry e = {.line = line};
    if (n < 6) /* trec_eval passes over more, so a tag may hold blanks */
        return "not the six columns qid Q0 docid rank score tag";
    if (!parse_score(words[4], &e.score))
        return "score is not a number";
    e.docid = words[2];
    if (!t->tag)
        t->tag = words[5];
    return add_entry(t, words[0], e) ? NULL : "";
}

static const char *add_qrels_line(struct anam_trec *t, char **words, size_t n, size_t line)
{
    struct anam_trec_entry e = {.line = line};
    if (n != 4)
        return "not the four columns qid iter docid grade";
    if (!parse_grade(words[3], &e.grade))
        return "grade is not a whole number from -1000 to 1000";
    e.docid = words[2];
    return add_entry(t, words[0], e) ? NULL : "";
}

/* Reads every line through `add`, which returns why it will not have it ("": memory). */
static anam_status read_lines(struct anam_trec *t, const char *path,
                              const char *(*add)(struct anam_trec *, char **, size_t, size_t),
                              anam_error *err)
{
    enum { COLUMNS = 6 };
    const char *name = strcmp(path, "-") == 0 ? "stdin" : path;
    t->key = anam_hash_random_key();
    anam_status status = anam_slurp(path, &t->text, err);
    if (status)
        return status;
    char *p = t->text.data;
    char *end = p + t->text.len;
    if (t->text.len >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0) /* byte order mark */
        p += 3;
    for (size_t number = 1; p < end; number++) {
        char *newline = memchr(p, '\n', (size_t)(end - p));
        char *words[COLUMNS];
        if (newline)
            *newline = '\0';
        else
            newline = end; /* a NUL stands there */
        const char *reason = NULL;
        if (memchr(p, '\0', (size_t)(newline - p)))
            reason = "holds a NUL byte";
        size_t n = reason ? 0 : cut(p, words, COLUMNS);
        if (n > 0 && words[0][0] != '#') /* a comment to trec_eval 10 */
            reason = add(t, words, n, number);
        if (reason && *reason == '\0')
            return anam_fail_memory(err);
        if (reason)
            return anam_fail(err, ANAM_BAD_DATA, "%s:%zu: %s", name, number, reason);
        p = newline + 1;
    }
    if (t->n == 0)
        return anam_fail(err, ANAM_BAD_DATA, "%s: no lines", name);
    return refuse_duplicates(t, name, err);
}

/* ---- the public functions ---- */

anam_status anam_qrels_read(struct anam_qrels **out, const char *path, anam_error *err)
{
    *out = NULL;
    struct anam_qrels *q = calloc(1, sizeof *q);
    if (!q)
        return anam_fail_memory(err);
    anam_status status = read_lines(&q->lines, path, add_qrels_line, err);
    if (status) {
        anam_qrels_free(q);
        return status;
    }
    for (size_t i = 0; i < q->lines.n; i++)
        for (size_t j = 0; j < q->lines.queries[i].n; j++)
            if (q->lines.queries[i].entries[j].grade > q->max_grade)
                q->max_grade = q->lines.queries[i].entries[j].grade;
    *out = q;
    return ANAM_OK;
}

void anam_qrels_free(struct anam_qrels *q)
{
    if (!q)
        return;
    free_lines(&q->lines);
    free(q);
}

bool anam_qrels_has(const struct anam_qrels *q, const char *qid)
{
    return anam_trec_find(&q->lines, qid) != NULL;
}

anam_status anam_run_new(struct anam_run **out, anam_error *err)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return anam_fail_memory(err);
    (*out)->lines.key = anam_hash_random_key();
    return ANAM_OK;
}

anam_status anam_run_read(struct anam_run **out, const char *path, anam_error *err)
{
    anam_status status = anam_run_new(out, err);
    if (status)
        return status;
    status = read_lines(&(*out)->lines, path, add_run_line, err);
    if (status) {
        anam_run_free(*out);
        *out = NULL;
    }
    return status;
}

anam_status anam_run_add(struct anam_run *r, const char *qid, const char *docid, double score,
                         anam_error *err)
{
    struct anam_trec *t = &r->lines;
    if (isnan(score))
        return anam_fail(err, ANAM_INVALID,
                         "the score of document %.80s of query %.80s is no number", docid, qid);
    const char *copy = anam_arena_copy(&t->strings, docid, strlen(docid));
    bool known = t->n > 0 && strcmp(t->queries[t->last].qid, qid) == 0;
    const char *query = known ? qid : anam_arena_copy(&t->strings, qid, strlen(qid));
    struct anam_trec_entry e = {.docid = copy, .score = score};
    if (!copy || !query || !add_entry(t, query, e))
        return anam_fail_memory(err);
    return ANAM_OK;
}

void anam_run_free(struct anam_run *r)
{
    if (!r)
        return;
    free_lines(&r->lines);
    free(r);
}

const char *anam_run_tag(const struct anam_run *r)
{
    return r->lines.tag ? r->lines.tag : "";
}
