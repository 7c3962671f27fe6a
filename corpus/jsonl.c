/* JSON Lines: one object a line. The keys are in docs and README; keys that are not
 * known are kept as JSON in `extra` of the object they were found in. Ordinary lines go by
 * the short cut of json_fast.h, and all others by jansson. */
#include "corpus/format.h"
#include "corpus/json_fast.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* jansson reports some failed allocations as errors of syntax. So that no record is
 * called malformed for lack of memory, its allocations are watched while reading. */
static _Thread_local bool allocation_failed;
static json_malloc_t underlying_malloc;

static void *watched_malloc(size_t n)
{
    void *ptr = underlying_malloc(n);
    allocation_failed = allocation_failed || !ptr;
    return ptr;
}

enum {
    MOST_VALUES = 1000000
}; /* of a record, with what separates them; each takes a byte or more */

/* A function named take_... puts a value into the record and returns NULL, or the
 * static reason why it cannot. Lack of memory is noted in the builder. */

static bool is_blank(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && (s[i] == ' ' || (s[i] >= '\t' && s[i] <= '\r')))
        i++;
    return i == n;
}

static int hex4(const char *s)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        char c = s[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* Escapes that mean no character, \u0000 and lone surrogates, become U+FFFD in
 * place. Some writers emit them, and the parser would refuse the whole record. */
static void repair_escapes(char *s, size_t n, uint64_t *replaced)
{
    char *end = s + n;
    while ((s = memchr(s, '\\', (size_t)(end - s))) != NULL) {
        if (end - s < 6 || s[1] != 'u') {
            s += end - s < 2 ? 1 : 2;
            continue;
        }
        int code = hex4(s + 2);
        bool high = code >= 0xD800 && code < 0xDC00;
        if (high && end - s >= 12 && s[6] == '\\' && s[7] == 'u') {
            int low = hex4(s + 8);
            if (low >= 0xDC00 && low < 0xE000) {
                s += 12;
                continue;
            }
        }
        if (code == 0 || (code >= 0xD800 && code < 0xE000)) {
            memcpy(s + 2, "fffd", 4);
            ++*replaced;
        }
        s += 6;
    }
}

static const char *copy_json(struct anam_builder *b, const json_t *string)
{
    return anam_builder_copy(b, json_string_value(string), json_string_length(string));
}

/* A string or null into *to. */
static const char *take_string(struct anam_builder *b, const json_t *value, const char **to,
                               const char *not_a_string)
{
    if (json_is_null(value))
        return NULL;
    if (!json_is_string(value))
        return not_a_string;
    *to = copy_json(b, value);
    return NULL;
}

/* *extra is created with its first key. */
static void keep_extra(struct anam_builder *b, json_t **extra, const char *key, json_t *value)
{
    if (!*extra)
        *extra = json_object();
    if (!*extra || json_object_set(*extra, key, value) != 0)
        b->no_memory = true;
}

/* Frees what json_dumps returned. */
static void free_json(char *text)
{
    json_malloc_t malloc_fn;
    json_free_t free_fn;
    json_get_alloc_funcs(&malloc_fn, &free_fn);
    free_fn(text);
}

/* The text of *extra, which is freed. */
static const char *finish_extra(struct anam_builder *b, json_t **extra)
{
    if (!*extra)
        return NULL;
    const char *copy = NULL;
    char *text = json_dumps(*extra, JSON_COMPACT | JSON_REAL_PRECISION(15));
    if (text)
        copy = anam_builder_copy(b, text, strlen(text));
    else
        b->no_memory = true;
    free_json(text);
    json_decref(*extra);
    *extra = NULL;
    return copy;
}

static const char *take_id(struct anam_builder *b, const json_t *value)
{
    if (json_is_integer(value)) {
        char digits[32];
        int n = snprintf(digits, sizeof digits, "%lld", (long long)json_integer_value(value));
        b->record.id = anam_builder_copy(b, digits, (size_t)n);
        return NULL;
    }
    if (json_is_real(value)) {
        /* Integers come as real where another number of the record is too big for one;
         * beyond 2^53 two ids could become the same. */
        double number = json_real_value(value);
        const double most = 9007199254740992.0;
        if (!(number > -most && number < most) || number != (double)(int64_t)number)
            return "id is not a string or an integer of less than 2^53";
        char digits[32];
        int n = snprintf(digits, sizeof digits, "%.0f", number);
        b->record.id = anam_builder_copy(b, digits, (size_t)n);
        return NULL;
    }
    return take_string(b, value, &b->record.id, "id is not a string or an integer");
}

static const char *take_answer_item(struct anam_builder *b, json_t *item)
{
    anam_answer answer = {0};
    if (json_is_string(item)) {
        answer.text = copy_json(b, item);
        anam_builder_answer(b, &answer);
        return NULL;
    }
    if (!json_is_object(item))
        return "an item of answers is not an object or a string";
    if (!json_object_get(item, "text"))
        return "an item of answers has no text";
    const char *bad = NULL;
    json_t *extra = NULL;
    const char *key;
    json_t *value;
    json_object_foreach(item, key, value)
    {
        if (strcmp(key, "text") == 0)
            bad = take_string(b, value, &answer.text, "text of an answer is not a string");
        else if (strcmp(key, "author") == 0)
            bad = take_string(b, value, &answer.author, "author of an answer is not a string");
        else if (strcmp(key, "role") == 0)
            bad = take_string(b, value, &answer.role, "role of an answer is not a string");
        else if (strcmp(key, "date") == 0)
            bad = take_string(b, value, &answer.date, "date of an answer is not a string");
        else
            keep_extra(b, &extra, key, value);
        if (bad)
            break;
    }
    answer.extra = finish_extra(b, &extra);
    anam_builder_answer(b, &answer);
    return bad;
}

static const char *take_answers(struct anam_builder *b, const json_t *answers)
{
    if (json_is_null(answers))
        return NULL;
    if (!json_is_array(answers))
        return "answers is not an array";
    b->has_content = true;
    const char *bad = NULL;
    for (size_t i = 0; i < json_array_size(answers) && !bad; i++)
        bad = take_answer_item(b, json_array_get(answers, i));
    return bad;
}

/* The short form comes before the items of answers, wherever its key stands. */
static const char *take_short_answer(struct anam_builder *b, const json_t *object)
{
    const json_t *value = json_object_get(object, "answer");
    if (!value || json_is_null(value))
        return NULL;
    anam_answer answer = {0};
    const char *bad = take_string(b, value, &answer.text, "answer is not a string");
    anam_builder_answer(b, &answer);
    b->has_content = true;
    return bad;
}

static const char *take_tags(struct anam_builder *b, const json_t *tags)
{
    if (json_is_string(tags)) {
        anam_builder_tag(b, copy_json(b, tags));
        return NULL;
    }
    if (json_is_null(tags))
        return NULL;
    if (!json_is_array(tags))
        return "tags is not an array of strings";
    for (size_t i = 0; i < json_array_size(tags); i++) {
        const json_t *tag = json_array_get(tags, i);
        if (!json_is_string(tag))
            return "tags is not an array of strings";
        anam_builder_tag(b, copy_json(b, tag));
    }
    return NULL;
}

static const char *take_age(const json_t *value, int32_t *age, const char *bad_age)
{
    if (json_is_null(value))
        return NULL;
    if (!json_is_number(value))
        return bad_age;
    double years = json_number_value(value);
    if (!(years >= 0 && years <= 150))
        return bad_age;
    *age = (int32_t)years;
    return NULL;
}

static const char *take_asker(struct anam_builder *b, json_t *object)
{
    if (json_is_null(object))
        return NULL;
    if (!json_is_object(object))
        return "asker is not an object";
    anam_asker *asker = &b->record.asker;
    const char *bad = NULL;
    json_t *extra = NULL;
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        if (strcmp(key, "sex") == 0)
            bad = take_string(b, value, &asker->sex, "sex of the asker is not a string");
        else if (strcmp(key, "age_min") == 0)
            bad = take_age(value, &asker->age_min, "age_min is not a number from 0 to 150");
        else if (strcmp(key, "age_max") == 0)
            bad = take_age(value, &asker->age_max, "age_max is not a number from 0 to 150");
        else
            keep_extra(b, &extra, key, value);
        if (bad)
            break;
    }
    asker->extra = finish_extra(b, &extra);
    return bad;
}

static const char *take_key(struct anam_builder *b, const json_t *object, json_t **extra,
                            const char *key, json_t *value)
{
    const struct anam_record_key *known = anam_record_key_find(key);
    if (known) {
        const char *text = NULL;
        const char *bad = take_string(b, value, &text, known->not_a_string);
        if (!json_is_null(value))
            anam_builder_set(b, known, text);
        return bad;
    }
    if (strcmp(key, "id") == 0)
        return take_id(b, value);
    if (strcmp(key, "_id") == 0 && !json_object_get(object, "id"))
        return take_id(b, value);
    if (strcmp(key, "answer") == 0)
        return NULL; /* by take_short_answer */
    if (strcmp(key, "answers") == 0)
        return take_answers(b, value);
    if (strcmp(key, "tags") == 0)
        return take_tags(b, value);
    if (strcmp(key, "asker") == 0)
        return take_asker(b, value);
    keep_extra(b, extra, key, value);
    return NULL;
}

static const char *take_record(struct anam_builder *b, json_t *object)
{
    if (!json_is_object(object))
        return "not a JSON object";
    json_t *extra = NULL;
    const char *bad = take_short_answer(b, object);
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        if (bad)
            break;
        bad = take_key(b, object, &extra, key, value);
    }
    b->record.extra = finish_extra(b, &extra);
    return bad;
}

/* jansson has no integer above 64 bits: such a record is read once more with all
 * integers as reals, rather than refused. */
static json_t *parse(const char *text, size_t n, json_error_t *why)
{
    json_t *object = json_loadb(text, n, JSON_REJECT_DUPLICATES, why);
    if (!object && json_error_code(why) == json_error_numeric_overflow)
        object = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, why);
    return object;
}

static anam_status reject_syntax(struct anam_reader *r, const struct anam_line *line,
                                 const json_error_t *why)
{
    if (allocation_failed)
        return anam_fail_memory(r->err);
    if (json_error_code(why) == json_error_duplicate_key)
        return anam_reader_reject(r, line->number, "duplicate key in JSON", "%s", why->text);
    if (line->repaired) /* the file has it at another byte */
        return anam_reader_reject(r, line->number, "not valid JSON", "not valid JSON: %s",
                                  why->text);
    return anam_reader_reject(r, line->number, "not valid JSON", "not valid JSON at byte %d: %s",
                              why->position, why->text);
}

static anam_status read_with_jansson(struct anam_reader *r, const struct anam_line *line)
{
    json_error_t why;
    allocation_failed = false;
    json_t *object = parse(line->text, line->len, &why);
    if (object && allocation_failed) { /* jansson may have left characters out */
        json_decref(object);
        return anam_fail_memory(r->err);
    }
    if (!object)
        return reject_syntax(r, line, &why);
    anam_builder_reset(&r->builder);
    const char *bad = take_record(&r->builder, object);
    json_decref(object);
    if (r->builder.no_memory)
        return anam_fail_memory(r->err);
    if (bad)
        return anam_reader_reject(r, line->number, bad, NULL);
    return anam_reader_give(r, line->number);
}

/* Each value takes some 200 bytes of jansson, however few of the line. */
static bool has_too_many_values(const char *s, size_t n)
{
    size_t values = 0;
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '"')
            quoted = !quoted;
        else if (quoted)
            i += s[i] == '\\';
        else
            values += s[i] == ',' || s[i] == '[' || s[i] == '{';
    }
    return values > MOST_VALUES;
}

static anam_status read_line(struct anam_reader *r, struct anam_json_fast *fast,
                             struct anam_line *line)
{
    while (line->len > 0 && is_blank(line->text + line->len - 1, 1))
        line->len--;
    if (line->len > MOST_VALUES && has_too_many_values(line->text, line->len))
        return anam_reader_reject(r, line->number, "record of more than a million values", NULL);
    repair_escapes(line->text, line->len, &r->counts->bad_utf8);
    anam_builder_reset(&r->builder);
    bool plain = anam_json_fast_take(fast, line->text, line->len, &r->builder);
    if (r->builder.no_memory)
        return anam_fail_memory(r->err);
    return plain ? anam_reader_give(r, line->number) : read_with_jansson(r, line);
}

static anam_status read_lines(struct anam_reader *r, struct anam_json_fast *fast)
{
    for (;;) {
        struct anam_line line;
        anam_status status = anam_input_line(r->in, &line, r->err);
        if (status == ANAM_OK && !line.text)
            return ANAM_OK;
        if (status == ANAM_OK && line.too_long)
            status = anam_reader_reject(r, line.number, ANAM_REASON_TOO_LARGE, NULL);
        else if (status == ANAM_OK && !is_blank(line.text, line.len))
            status = read_line(r, fast, &line);
        if (status != ANAM_OK)
            return status;
    }
}

static anam_status read_jsonl(struct anam_reader *r)
{
    struct anam_json_fast *fast = anam_json_fast_new();
    if (!fast)
        return anam_fail_memory(r->err);
    json_free_t free_fn;
    json_get_alloc_funcs(&underlying_malloc, &free_fn);
    json_set_alloc_funcs(watched_malloc, free_fn);
    anam_status status = read_lines(r, fast);
    json_set_alloc_funcs(underlying_malloc, free_fn);
    anam_json_fast_free(fast);
    return status;
}

static bool sniff_jsonl(const char *head, size_t n)
{
    size_t i = 0;
    while (i < n && is_blank(head + i, 1))
        i++;
    return i < n && head[i] == '{';
}

const struct anam_format anam_format_jsonl = {"jsonl", sniff_jsonl, read_jsonl};
