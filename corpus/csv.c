/* Comma, semicolon or tab separated values with a header row, by RFC 4180: fields
 * may be quoted, and must be where they hold a quote, a newline or the separator.
 * The same quoting holds with tabs. */
#include "corpus/format.h"

#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_COLUMNS = 4096, MAX_COLUMN_NAME = 256, FIELD_BLOCK = 64 << 10 };

enum column_kind {
    COLUMN_EXTRA,
    COLUMN_ID,
    COLUMN_TEXT, /* one of anam_record_key_find */
    COLUMN_ANSWER,
    COLUMN_ANSWER_AUTHOR,
    COLUMN_ANSWER_ROLE,
    COLUMN_ANSWER_DATE,
    COLUMN_SEX,
    COLUMN_AGE_MIN,
    COLUMN_AGE_MAX,
    COLUMN_TAGS
};

struct column {
    enum column_kind kind;
    const struct anam_record_key *key; /* of COLUMN_TEXT */
    char *name;                        /* owned */
};

struct table {
    struct anam_reader *reader;
    struct csv_parser parser;
    char delimiter;
    struct column *columns; /* NULL until the header was read */
    size_t n_columns;
    bool given_up;            /* the header is no good: the rest is of no use */
    anam_status status;       /* of what libcsv's callbacks did */
    uint64_t row_line;        /* where the present row begins */
    size_t row_bytes;         /* lines of the present row */
    size_t n_fields;          /* of the present row */
    struct anam_buffer text;  /* its fields, each with a NUL */
    struct anam_buffer field; /* size_t of each field's start in text */
};

static int no_space(unsigned char c)
{
    (void)c;
    return 0; /* libcsv would strip them off the fields */
}

static anam_status start_parser(struct table *t)
{
    if (csv_init(&t->parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return anam_fail_memory(t->reader->err);
    csv_set_delim(&t->parser, (unsigned char)t->delimiter);
    csv_set_space_func(&t->parser, no_space);
    csv_set_blk_size(&t->parser, FIELD_BLOCK);
    t->n_fields = 0;
    t->text.len = t->field.len = 0;
    return ANAM_OK;
}

static anam_status restart_parser(struct table *t)
{
    csv_free(&t->parser);
    return start_parser(t);
}

static anam_status reject_row(struct table *t, const char *reason)
{
    t->given_up = !t->columns;
    return anam_reader_reject(t->reader, t->row_line, reason, NULL);
}

static const char *field_text(const struct table *t, size_t i, size_t *n)
{
    size_t start;
    memcpy(&start, t->field.data + i * sizeof start, sizeof start);
    size_t end = t->text.len;
    if ((i + 1) * sizeof end < t->field.len)
        memcpy(&end, t->field.data + (i + 1) * sizeof end, sizeof end);
    *n = end - start - 1;
    return t->text.data + start;
}

/* ---- The header ---- */

static char lower(char c)
{
    if (c == '.')
        return '_';
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static void classify(struct column *column)
{
    static const struct {
        const char *name;
        enum column_kind kind;
    } names[] = {
        {"id", COLUMN_ID},
        {"_id", COLUMN_ID},
        {"answer", COLUMN_ANSWER},
        {"answer_author", COLUMN_ANSWER_AUTHOR},
        {"answer_role", COLUMN_ANSWER_ROLE},
        {"answer_date", COLUMN_ANSWER_DATE},
        {"asker_sex", COLUMN_SEX},
        {"asker_age_min", COLUMN_AGE_MIN},
        {"asker_age_max", COLUMN_AGE_MAX},
        {"tags", COLUMN_TAGS},
    };
    char name[MAX_COLUMN_NAME + 1] = "";
    for (size_t i = 0; i < MAX_COLUMN_NAME && column->name[i]; i++)
        name[i] = lower(column->name[i]);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i].name) == 0)
            column->kind = names[i].kind;
    }
    column->key = anam_record_key_find(name);
    if (column->key)
        column->kind = COLUMN_TEXT;
}

static bool same_column(const struct column *a, const struct column *b)
{
    if (a->kind == COLUMN_EXTRA || a->kind == COLUMN_TEXT)
        return a->kind == b->kind && a->key == b->key && (a->key || strcmp(a->name, b->name) == 0);
    return a->kind == b->kind;
}

static void trim(const char **s, size_t *n)
{
    while (*n > 0 && (*s)[*n - 1] == ' ')
        --*n;
    while (*n > 0 && **s == ' ') {
        ++*s;
        --*n;
    }
}

/* A column without a name is called after its number. */
static bool name_column(struct table *t, size_t i)
{
    size_t n;
    const char *name = field_text(t, i, &n);
    char number[32];
    trim(&name, &n);
    if (n == 0) {
        snprintf(number, sizeof number, "column_%zu", i + 1);
        name = number;
        n = strlen(number);
    }
    t->columns[i].name = strndup(name, n);
    return t->columns[i].name != NULL;
}

static anam_status check_header(struct table *t)
{
    bool has_id = false;
    bool has_content = false;
    for (size_t i = 0; i < t->n_columns; i++) {
        const struct column *column = &t->columns[i];
        has_id = has_id || column->kind == COLUMN_ID;
        has_content =
            has_content || column->kind == COLUMN_ANSWER || (column->key && column->key->content);
        if (strlen(column->name) > MAX_COLUMN_NAME)
            return reject_row(t, "the name of a column is longer than 256 bytes");
        for (size_t j = 0; j < i; j++) {
            if (!same_column(column, &t->columns[j]))
                continue;
            t->given_up = true;
            return anam_reader_reject(t->reader, t->row_line, "two columns of the same name",
                                      "the header has two columns %s", column->name);
        }
    }
    t->given_up = !has_id || !has_content;
    if (!has_id)
        return anam_reader_reject(t->reader, t->row_line, "the header has no column id", NULL);
    if (!has_content)
        return anam_reader_reject(t->reader, t->row_line,
                                  "the header has none of title, question, answer, text", NULL);
    return ANAM_OK;
}

static anam_status take_header(struct table *t)
{
    if (t->n_fields > MAX_COLUMNS)
        return reject_row(t, "the header has more than 4096 columns");
    t->columns = anam_new_array(t->n_fields, sizeof *t->columns);
    if (!t->columns)
        return anam_fail_memory(t->reader->err);
    t->n_columns = t->n_fields;
    const struct column *id = NULL;
    for (size_t i = 0; i < t->n_columns; i++) {
        if (!name_column(t, i))
            return anam_fail_memory(t->reader->err);
        classify(&t->columns[i]);
        if (t->columns[i].kind == COLUMN_ID && t->columns[i].name[0] != '_')
            id = &t->columns[i];
    }
    for (size_t i = 0; i < t->n_columns && id; i++) /* beside an id _id is a key like others */
        if (t->columns[i].kind == COLUMN_ID && t->columns[i].name[0] == '_')
            t->columns[i].kind = COLUMN_EXTRA;
    return check_header(t);
}

/* ---- A row ---- */

static bool take_age(const char *s, size_t n, int32_t *age)
{
    int32_t years = 0;
    trim(&s, &n);
    if (n == 0)
        return true;
    size_t i = 0;
    for (; i < n && s[i] >= '0' && s[i] <= '9' && years <= 150; i++)
        years = years * 10 + (s[i] - '0');
    if (i > 0 && i < n && s[i] == '.') /* "34.0", as some programs write whole numbers */
        for (i++; i < n && s[i] >= '0' && s[i] <= '9';)
            i++;
    if (i < n)
        return false;
    *age = years;
    return years <= 150;
}

static void take_tags(struct anam_builder *b, const char *s, size_t n)
{
    while (n > 0) {
        size_t len = 0;
        while (len < n && s[len] != ';' && s[len] != '|')
            len++;
        anam_builder_tag(b, anam_builder_copy_trimmed(b, s, len));
        size_t step = len < n ? len + 1 : len;
        s += step;
        n -= step;
    }
}

/* Puts one field into the record; NULL or the static reason why it cannot. */
static const char *take_field(struct anam_builder *b, const struct column *column,
                              anam_answer *answer, const char *s, size_t n)
{
    switch (column->kind) {
    case COLUMN_EXTRA:
        if (n > 0)
            anam_builder_extra(b, column->name, s, n);
        break;
    case COLUMN_ID:
        b->record.id = anam_builder_copy(b, s, n);
        break;
    case COLUMN_TEXT:
        anam_builder_set(b, column->key, anam_builder_copy(b, s, n));
        break;
    case COLUMN_ANSWER:
        answer->text = anam_builder_copy(b, s, n);
        b->has_content = true;
        break;
    case COLUMN_ANSWER_AUTHOR:
        answer->author = anam_builder_copy(b, s, n);
        break;
    case COLUMN_ANSWER_ROLE:
        answer->role = anam_builder_copy(b, s, n);
        break;
    case COLUMN_ANSWER_DATE:
        answer->date = anam_builder_copy(b, s, n);
        break;
    case COLUMN_SEX:
        b->record.asker.sex = anam_builder_copy(b, s, n);
        break;
    case COLUMN_AGE_MIN:
        return take_age(s, n, &b->record.asker.age_min) ? NULL
                                                        : "age_min is not a number from 0 to 150";
    case COLUMN_AGE_MAX:
        return take_age(s, n, &b->record.asker.age_max) ? NULL
                                                        : "age_max is not a number from 0 to 150";
    case COLUMN_TAGS:
        take_tags(b, s, n);
        break;
    }
    return NULL;
}

static anam_status take_row(struct table *t)
{
    if (t->n_fields != t->n_columns)
        return anam_reader_reject(t->reader, t->row_line, "wrong number of fields",
                                  "%zu fields where the header has %zu", t->n_fields, t->n_columns);
    struct anam_builder *b = &t->reader->builder;
    anam_builder_reset(b);
    anam_answer answer = {0};
    for (size_t i = 0; i < t->n_columns; i++) {
        size_t n;
        const char *s = field_text(t, i, &n);
        const char *bad = take_field(b, &t->columns[i], &answer, s, n);
        if (bad)
            return reject_row(t, bad);
    }
    anam_builder_answer(b, &answer);
    return anam_reader_give(t->reader, t->row_line);
}

/* ---- libcsv ---- */

static void on_field(void *bytes, size_t n, void *ctx)
{
    struct table *t = ctx;
    size_t most = t->columns ? t->n_columns : MAX_COLUMNS;
    if (t->status != ANAM_OK || t->n_fields++ >= most)
        return;
    size_t start = t->text.len;
    if (!anam_buffer_append(&t->field, &start, sizeof start) ||
        !anam_buffer_append(&t->text, bytes, n) || !anam_buffer_append(&t->text, "", 1))
        t->status = anam_fail_memory(t->reader->err);
}

static void on_row(int end, void *ctx)
{
    (void)end;
    struct table *t = ctx;
    if (t->status == ANAM_OK && !t->given_up)
        t->status = t->columns ? take_row(t) : take_header(t);
    t->n_fields = 0;
    t->text.len = t->field.len = 0;
}

/* Why libcsv stopped. */
static anam_status parser_failed(struct table *t, const char *reason)
{
    if (csv_error(&t->parser) != CSV_EPARSE)
        return anam_fail_memory(t->reader->err);
    anam_status status = reject_row(t, reason);
    return status == ANAM_OK ? restart_parser(t) : status;
}

static bool in_row(const struct table *t)
{
    return t->parser.pstate != 0; /* 0: between two rows */
}

static bool odd_quotes(const struct anam_line *line)
{
    bool odd = false;
    for (size_t i = 0; i < line->len; i++)
        odd ^= line->text[i] == '"';
    return odd;
}

/* Whether there is more behind a carriage return in no quotes, as where old programs end lines. */
static bool has_bare_return(const struct anam_line *line)
{
    bool quoted = false;
    bool returned = false;
    for (size_t i = 0; i < line->len; i++) {
        char c = line->text[i];
        if (returned && c != '\r' && c != '\n')
            return true;
        quoted ^= c == '"';
        returned = !quoted && c == '\r';
    }
    return false;
}

/* A row too large goes on while a quote is open: passes over its other lines. */
static anam_status reject_large_row(struct table *t, struct anam_line *line)
{
    anam_status status = reject_row(t, ANAM_REASON_TOO_LARGE);
    bool open = in_row(t) && !line->too_long && !odd_quotes(line);
    while (status == ANAM_OK && open) {
        status = anam_input_line(t->reader->in, line, t->reader->err);
        open = line->text && !line->too_long && !odd_quotes(line);
    }
    return status == ANAM_OK ? restart_parser(t) : status;
}

static anam_status take_line(struct table *t, struct anam_line *line)
{
    if (!in_row(t)) {
        t->row_line = line->number;
        t->row_bytes = 0;
    }
    t->row_bytes += line->len;
    if (!t->columns && has_bare_return(line))
        return reject_row(t, "lines end with a bare carriage return; convert them first: "
                             "tr '\\r' '\\n'");
    if (line->too_long || t->row_bytes > ANAM_MAX_LINE)
        return reject_large_row(t, line);
    size_t done = csv_parse(&t->parser, line->text, line->len, on_field, on_row, t);
    if (t->status == ANAM_OK && done < line->len)
        t->status =
            parser_failed(t, "a quotation mark where RFC 4180 allows none (quote the field, and "
                             "double the marks inside)");
    return t->status;
}

static anam_status take_end(struct table *t)
{
    if (csv_fini(&t->parser, on_field, on_row, t) != 0)
        return parser_failed(t, "a quoted field is not closed");
    return t->status;
}

static anam_status read_table(struct anam_reader *r, char delimiter)
{
    struct table t = {.reader = r, .delimiter = delimiter};
    anam_status status = start_parser(&t);
    while (status == ANAM_OK && !t.given_up) {
        struct anam_line line;
        status = anam_input_line(r->in, &line, r->err);
        if (status != ANAM_OK)
            break;
        if (!line.text) {
            status = take_end(&t);
            break;
        }
        status = take_line(&t, &line);
    }
    csv_free(&t.parser);
    for (size_t i = 0; i < t.n_columns; i++)
        free(t.columns[i].name);
    free(t.columns);
    anam_buffer_free(&t.text);
    anam_buffer_free(&t.field);
    return status;
}

/* ---- The two formats ---- */

/* Whether the first line, split at `delimiter`, names an id and something else. */
static bool has_id_column(const char *head, size_t n, char delimiter)
{
    size_t columns = 1;
    bool found = false;
    size_t start = 0;
    for (size_t i = 0; i <= n; i++) {
        bool end = i == n || head[i] == '\n' || head[i] == '\r';
        if (!end && head[i] != delimiter)
            continue;
        const char *name = head + start;
        size_t len = i - start;
        trim(&name, &len);
        if (len >= 2 && name[0] == '"' && name[len - 1] == '"') {
            name++;
            len -= 2;
        }
        if (len == 3 && name[0] == '_') {
            name++;
            len--;
        }
        found = found || (len == 2 && lower(name[0]) == 'i' && lower(name[1]) == 'd');
        if (end)
            break;
        columns++;
        start = i + 1;
    }
    return found && columns > 1;
}

static bool sniff_tsv(const char *head, size_t n)
{
    return has_id_column(head, n, '\t');
}

static bool sniff_csv(const char *head, size_t n)
{
    return has_id_column(head, n, ',') || has_id_column(head, n, ';');
}

static anam_status read_tsv(struct anam_reader *r)
{
    return read_table(r, '\t');
}

static anam_status read_csv(struct anam_reader *r)
{
    size_t n;
    const char *head = anam_input_head(r->in, &n);
    bool semicolons = has_id_column(head, n, ';') && !has_id_column(head, n, ',');
    return read_table(r, semicolons ? ';' : ',');
}

const struct anam_format anam_format_csv = {"csv", sniff_csv, read_csv};
const struct anam_format anam_format_tsv = {"tsv", sniff_tsv, read_tsv};
