#include "eval/topics.h"

#include "base/slurp.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct reader {
    const char *name; /* of the file, for messages */
    struct anam_buffer text;
    struct anam_arena arena;
    struct anam_topic *topics;
    size_t n;
    size_t cap;
    anam_error *err;
};

/* What anam_topics_read hands out: the topics first, so that both can be freed. */
struct owned {
    struct anam_topics topics;
    struct anam_arena arena;
    struct anam_topic *array;
    const struct anam_topic **by_qid;
};

static anam_status malformed(const struct reader *r, size_t line, const char *reason)
{
    return anam_fail(r->err, ANAM_BAD_DATA, "%s:%zu: %s", r->name, line, reason);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void trim(const char **s, size_t *n)
{
    while (*n > 0 && is_space((*s)[*n - 1]))
        --*n;
    for (; *n > 0 && is_space(**s); --*n)
        ++*s;
}

static anam_status add(struct reader *r, size_t line, const char *qid, size_t qid_len,
                       const char *text, size_t length)
{
    trim(&qid, &qid_len);
    trim(&text, &length);
    if (qid_len == 0)
        return malformed(r, line, "topic has no qid");
    for (size_t i = 0; i < qid_len; i++)
        if (is_space(qid[i]) || qid[i] == '\0')
            return malformed(r, line, "qid holds white space, which a run cannot");
    if (!anam_grow(&r->topics, &r->cap, r->n + 1, sizeof *r->topics))
        return anam_fail_memory(r->err);
    struct anam_topic *t = &r->topics[r->n];
    t->qid = anam_arena_copy(&r->arena, qid, qid_len);
    t->text = anam_arena_copy(&r->arena, text, length);
    t->length = length;
    t->line = line;
    if (!t->qid || !t->text)
        return anam_fail_memory(r->err);
    r->n++;
    return ANAM_OK;
}

/* The next line of the text from *at on; false at the end. */
static bool next_line(const struct reader *r, size_t *at, const char **line, size_t *n)
{
    if (*at >= r->text.len)
        return false;
    *line = r->text.data + *at;
    const char *end = memchr(*line, '\n', r->text.len - *at);
    *n = end ? (size_t)(end - *line) : r->text.len - *at;
    *at += *n + 1;
    return true;
}

static anam_status read_tsv(struct reader *r)
{
    const char *line;
    size_t n;
    size_t number = 0;
    anam_status status = ANAM_OK;
    for (size_t at = 0; !status && next_line(r, &at, &line, &n);) {
        const char *rest = line;
        size_t left = n;
        number++;
        trim(&rest, &left);
        if (left == 0)
            continue;
        const char *tab = memchr(line, '\t', n);
        if (!tab)
            return malformed(r, number, "no tab between qid and text");
        status = add(r, number, line, (size_t)(tab - line), tab + 1, n - (size_t)(tab + 1 - line));
    }
    return status;
}

static const json_t *first_of(const json_t *object, const char *const *keys)
{
    for (; *keys; keys++) {
        const json_t *value = json_object_get(object, *keys);
        if (value && !json_is_null(value))
            return value;
    }
    return NULL;
}

static anam_status read_object(struct reader *r, size_t number, const json_t *object)
{
    static const char *const ids[] = {"qid", "id", "_id", NULL};
    static const char *const texts[] = {"text", "query", "question", "title", NULL};
    const json_t *id = first_of(object, ids);
    const json_t *text = first_of(object, texts);
    char digits[32];
    if (json_is_integer(id))
        snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(id));
    else if (!json_is_string(id))
        return malformed(r, number, "no qid (a string or an integer under qid, id or _id)");
    if (!json_is_string(text))
        return malformed(r, number, "no text (a string under text, query, question or title)");
    const char *qid = json_is_string(id) ? json_string_value(id) : digits;
    return add(r, number, qid, strlen(qid), json_string_value(text), json_string_length(text));
}

static anam_status read_jsonl(struct reader *r)
{
    const char *line;
    size_t n;
    size_t number = 0;
    anam_status status = ANAM_OK;
    for (size_t at = 0; !status && next_line(r, &at, &line, &n);) {
        number++;
        trim(&line, &n);
        if (n == 0)
            continue;
        json_error_t why;
        json_t *object = json_loadb(line, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
        if (!object && json_error_code(&why) == json_error_out_of_memory)
            return anam_fail_memory(r->err);
        if (!json_is_object(object))
            status = malformed(r, number, object ? "not a JSON object" : "not valid JSON");
        else
            status = read_object(r, number, object);
        json_decref(object);
    }
    return status;
}

/* ---- TREC ---- */

static size_t line_of(const struct reader *r, const char *at)
{
    size_t line = 1;
    for (const char *p = r->text.data; p < at; p++)
        line += *p == '\n';
    return line;
}

static const char *find_tag(const char *from, const char *end, const char *tag)
{
    size_t n = strlen(tag);
    for (; (size_t)(end - from) >= n; from++)
        if (*from == '<' && strncasecmp(from, tag, n) == 0)
            return from;
    return NULL;
}

/* The next tag, <name> or </name>; any other < is of the text ("saturation < 90"). */
static const char *next_tag(const char *from, const char *end)
{
    for (; from < end; from++) {
        if (*from != '<')
            continue;
        const char *name = from + 1 + (from + 1 < end && from[1] == '/');
        const char *at = name;
        while (at < end && ((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z')))
            at++;
        if (at > name && at < end && *at == '>')
            return from;
    }
    return end;
}

/* What stands behind <tag> up to the next tag, without its label ("Number:"). */
static bool element(const char *from, const char *end, const char *tag, const char *label,
                    const char **text, size_t *n)
{
    const char *at = find_tag(from, end, tag);
    if (!at)
        return false;
    at += strlen(tag);
    *text = at;
    *n = (size_t)(next_tag(at, end) - at);
    trim(text, n);
    size_t len = strlen(label);
    if (*n >= len && strncasecmp(*text, label, len) == 0) {
        *text += len;
        *n -= len;
        trim(text, n);
    }
    return true;
}

static anam_status read_trec(struct reader *r)
{
    const char *end = r->text.data + r->text.len;
    const char *top = find_tag(r->text.data, end, "<top>");
    anam_status status = ANAM_OK;
    while (top && !status) {
        const char *inside = top + strlen("<top>");
        const char *close = find_tag(inside, end, "</top>");
        const char *next = find_tag(inside, end, "<top>");
        size_t line = line_of(r, top);
        if (!close || (next && next < close))
            return malformed(r, line, "<top> without </top>");
        const char *qid = NULL;
        const char *text = NULL;
        size_t qid_len = 0;
        size_t length = 0;
        if (!element(inside, close, "<num>", "Number:", &qid, &qid_len))
            return malformed(r, line, "topic has no <num>");
        if ((!element(inside, close, "<title>", "Topic:", &text, &length) || length == 0) &&
            !element(inside, close, "<desc>", "Description:", &text, &length))
            return malformed(r, line, "topic has neither <title> nor <desc>");
        status = add(r, line, qid, qid_len, text, length);
        top = next;
    }
    return status;
}

/* ---- all of them ---- */

static anam_status read_by_content(struct reader *r)
{
    const char *s = r->text.data;
    size_t n = r->text.len;
    if (n >= 3 && memcmp(s, "\xEF\xBB\xBF", 3) == 0) /* byte order mark */
        memset(r->text.data, ' ', 3);
    trim(&s, &n);
    if (n >= 5 && strncasecmp(s, "<top>", 5) == 0)
        return read_trec(r);
    return n > 0 && *s == '{' ? read_jsonl(r) : read_tsv(r);
}

static int by_qid(const void *a, const void *b)
{
    const struct anam_topic *const *x = a;
    const struct anam_topic *const *y = b;
    int order = strcmp((*x)->qid, (*y)->qid);
    return order ? order : ((*x)->line > (*y)->line) - ((*x)->line < (*y)->line);
}

static anam_status index_qids(struct reader *r, struct owned *o)
{
    o->by_qid = anam_new_array(r->n, sizeof(const struct anam_topic *));
    if (!o->by_qid)
        return anam_fail_memory(r->err);
    for (size_t i = 0; i < r->n; i++)
        o->by_qid[i] = &r->topics[i];
    qsort(o->by_qid, r->n, sizeof(const struct anam_topic *), by_qid);
    for (size_t i = 1; i < r->n; i++) {
        const struct anam_topic *first = o->by_qid[i - 1];
        const struct anam_topic *again = o->by_qid[i];
        if (strcmp(first->qid, again->qid) == 0)
            return anam_fail(r->err, ANAM_BAD_DATA, "%s:%zu: qid %.80s was given in line %zu",
                             r->name, again->line, again->qid, first->line);
    }
    return ANAM_OK;
}

anam_status anam_topics_read(struct anam_topics **out, const char *path, anam_error *err)
{
    *out = NULL;
    struct reader r = {.name = strcmp(path, "-") == 0 ? "stdin" : path, .err = err};
    struct owned *o = calloc(1, sizeof *o);
    anam_status status = o ? anam_slurp(path, &r.text, err) : anam_fail_memory(err);
    if (!status)
        status = read_by_content(&r);
    if (!status && r.n == 0)
        status = anam_fail(err, ANAM_BAD_DATA, "%s: no topics", r.name);
    if (!status)
        status = index_qids(&r, o);
    anam_buffer_free(&r.text);
    if (status) {
        if (o)
            free(o->by_qid);
        free(o);
        free(r.topics);
        anam_arena_free(&r.arena);
        return status;
    }
    o->topics = (struct anam_topics){r.n, r.topics};
    o->arena = r.arena;
    o->array = r.topics;
    *out = &o->topics;
    return ANAM_OK;
}

void anam_topics_free(struct anam_topics *topics)
{
    if (!topics)
        return;
    struct owned *o = (struct owned *)topics; /* its first member */
    free(o->array);
    free(o->by_qid);
    anam_arena_free(&o->arena);
    free(o);
}

const struct anam_topic *anam_topics_find(const struct anam_topics *topics, const char *qid)
{
    const struct owned *o = (const struct owned *)topics;
    size_t low = 0;
    size_t high = topics->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(o->by_qid[middle]->qid, qid);
        if (order == 0)
            return o->by_qid[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
