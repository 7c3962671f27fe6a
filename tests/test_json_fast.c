/* The short cut for JSON Lines: whether it is open or shut, the same records, rejections and
 * counts. Linked with --wrap for its entry, so that it can be shut, and seen to be taken. */
#include "reading.h"

#include "corpus/json_fast.h"

bool __real_anam_json_fast_take(struct anam_json_fast *fast, const char *line, size_t n,
                                struct anam_builder *b);
bool __wrap_anam_json_fast_take(struct anam_json_fast *fast, const char *line, size_t n,
                                struct anam_builder *b);

static bool is_shut;
static size_t taken; /* lines, since it was set to 0 */

bool __wrap_anam_json_fast_take(struct anam_json_fast *fast, const char *line, size_t n,
                                struct anam_builder *b)
{
    if (is_shut || !__real_anam_json_fast_take(fast, line, n, b))
        return false;
    taken++;
    return true;
}

/* ---- Reading both ways ---- */

struct outcome {
    anam_status status;
    anam_error err;
    struct anam_corpus_counts counts;
    struct anam_buffer records; /* every member of each */
    struct anam_buffer skipped; /* the messages */
};

/* Members cannot run into each other, and NULL is not "". */
static void put(struct anam_buffer *to, const char *s)
{
    assert_true(anam_buffer_append(to, s ? "+" : "-", 1));
    if (s)
        assert_true(anam_buffer_append(to, s, strlen(s) + 1));
}

static void put_number(struct anam_buffer *to, uint64_t n)
{
    assert_true(anam_buffer_append(to, &n, sizeof n));
}

static anam_status put_record(void *ctx, const anam_record *r, anam_error *err)
{
    (void)err;
    struct anam_buffer *to = &((struct outcome *)ctx)->records;
    const char *const strings[] = {r->id,        r->title, r->question,  r->text,
                                   r->specialty, r->date,  r->url,       r->source,
                                   r->lang,      r->extra, r->asker.sex, r->asker.extra};
    for (size_t i = 0; i < COUNT(strings); i++)
        put(to, strings[i]);
    put_number(to, (uint64_t)r->asker.age_min);
    put_number(to, (uint64_t)r->asker.age_max);
    put_number(to, r->n_answers);
    for (size_t i = 0; i < r->n_answers; i++) {
        const anam_answer *a = &r->answers[i];
        const char *const parts[] = {a->text, a->author, a->role, a->date, a->extra};
        for (size_t j = 0; j < COUNT(parts); j++)
            put(to, parts[j]);
    }
    put_number(to, r->n_tags);
    for (size_t i = 0; i < r->n_tags; i++)
        put(to, r->tags[i]);
    return ANAM_OK;
}

static void put_skipped(void *ctx, const char *msg)
{
    put(&((struct outcome *)ctx)->skipped, msg);
}

static void read_one_way(struct outcome *out, const char *path, bool shut)
{
    struct anam_corpus_options options = {
        .format = "jsonl", .skip_bad = true, .skipped = put_skipped, .ctx = out};
    *out = (struct outcome){.status = ANAM_OK};
    put(&out->records, NULL);
    put(&out->skipped, NULL);
    is_shut = shut;
    out->status = anam_corpus_read(&path, 1, &options, put_record, out, &out->counts, &out->err);
}

static void assert_same_bytes(const struct anam_buffer *a, const struct anam_buffer *b)
{
    assert_memory_equal(a->data, b->data, a->len < b->len ? a->len : b->len);
    assert_int_equal(a->len, b->len);
}

static void assert_same(const struct outcome *a, const struct outcome *b)
{
    assert_same_bytes(&a->skipped, &b->skipped);
    assert_same_bytes(&a->records, &b->records);
    assert_int_equal(a->status, b->status);
    assert_string_equal(a->err.msg, b->err.msg);
    assert_int_equal(a->counts.records, b->counts.records);
    assert_int_equal(a->counts.rejected, b->counts.rejected);
    assert_int_equal(a->counts.bad_utf8, b->counts.bad_utf8);
    assert_int_equal(a->counts.n_reasons, b->counts.n_reasons);
    for (size_t i = 0; i < a->counts.n_reasons; i++) {
        assert_string_equal(a->counts.reasons[i].reason, b->counts.reasons[i].reason);
        assert_int_equal(a->counts.reasons[i].count, b->counts.reasons[i].count);
    }
}

/* Reads the file both ways; gives the number of records and rejected lines. */
static size_t assert_same_both_ways(const char *path)
{
    struct outcome open;
    struct outcome shut;
    read_one_way(&open, path, false);
    read_one_way(&shut, path, true);
    assert_same(&open, &shut);
    size_t n = open.counts.records + open.counts.rejected;
    anam_buffer_free(&open.records);
    anam_buffer_free(&open.skipped);
    anam_buffer_free(&shut.records);
    anam_buffer_free(&shut.skipped);
    return n;
}

/* ---- Which lines are taken ---- */

static void assert_taken(const char *line, size_t n, bool plain)
{
    const char *path = write_bytes("a.jsonl", line, n);
    taken = 0;
    assert_int_equal(assert_same_both_ways(path), 1);
    if (taken != plain)
        fail_msg("%s: %.200s", plain ? "not taken" : "taken", line);
}

#define AND_TEXT ",\"text\":\"x\"}"
#define TEXT(text) "{\"id\":\"1\",\"text\":" text "}"
#define WITH(members) "{\"id\":\"1\",\"text\":\"x\"," members "}"

static const char *const plain_lines[] = {
    TEXT("\"x\""),
    "{\"_id\":\"1\"" AND_TEXT,
    "{\"id\":7" AND_TEXT,
    "{\"id\":-0" AND_TEXT,
    "{\"id\":9223372036854775807" AND_TEXT,
    "{\"id\":-9223372036854775808" AND_TEXT,
    "{ \"id\" :\t\"1\"\r, \"text\" : \"x\" } \t\v\f\r",
    "{\"i\\u0064\":\"1\",\"t\\u0065xt\":\"x\"}",
    "{\"text\":\"x\",\"id\":\"last\"}",
    TEXT("\"\\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u00e9 \\uD83D\\ude00 \\uffff\""),
    TEXT("\"\\u0000 \\ud800 \\udc00 \\ud800\\u0041 \\\\u0000\""),
    TEXT("\"\x7F \xC2\x85 \xE2\x80\xA8 \xEF\xBF\xBF \xF4\x8F\xBF\xBF\""),
    TEXT("\"\x80 \xC0\x80 \xED\xA0\x80 \xF4\x90\x80\x80 \xFF\""),
    TEXT("\"\""),
    WITH("\"title\":\"t\",\"question\":\"q\",\"specialty\":\"s\",\"date\":\"d\",\"url\":\"u\","
         "\"source\":\"o\",\"lang\":\"l\""),
    WITH("\"title\":\"\",\"question\":null,\"specialty\":\"\",\"date\":null,\"url\":null,"
         "\"source\":null,\"lang\":\"\",\"answer\":null,\"answers\":null,\"tags\":null,"
         "\"asker\":null"),
    WITH("\"answers\":[{\"text\":\"a\",\"author\":\"b\",\"role\":\"c\",\"date\":\"d\"},\"e\",\"\","
         "{\"author\":\"f\",\"text\":\"\"},{\"role\":null,\"text\":\"g\"}],\"answer\":\"first\""),
    "{\"id\":\"1\",\"answers\":[]}",
    "{\"id\":\"1\",\"answer\":\"\"}",
    WITH("\"tags\":[\"a\",\"\",\"b c\"]"),
    WITH("\"tags\":[]"),
    WITH("\"asker\":{\"sex\":\"female\",\"age_min\":0,\"age_max\":150}"),
    WITH("\"asker\":{\"sex\":null,\"age_min\":null,\"age_max\":-0}"),
    WITH("\"asker\":{}"),
    /* Keys of their own. */
    "{\"z\":\"first\",\"id\":\"1\",\"b\":\"between\",\"text\":\"x\",\"a\":\"last\"}",
    WITH("\"\":null"),
    WITH("\"e\":\"\",\"f\":[],\"g\":{},\"h\":[[],{},\"\",null],\"i\":{\"\":{}}"),
    WITH("\"t\":true,\"f\":false,\"n\":null"),
    WITH("\"n\":[0,-0,7,-1,9223372036854775807,-9223372036854775808]"),
    WITH("\"m\" : { \"url\" : \"u\" , \"l\" : [ \"a\" ,\t1 , { } , [ ] ] }"),
    WITH("\"m\":{\"z\":1,\"a\":{\"id\":2,\"text\":3},\"text\":[{\"a\":4},{\"a\":5}]}"),
    WITH("\"k\":{\"k\":{\"k\":1},\"K\":[{\"k\":2}]}"),
    WITH("\"Title\":\"t\""),
    WITH("\"text\\u0020\":\"t\""),
    WITH("\"_id\":\"2\""),
    WITH("\"k\\\"\\\\\\/\\b\\f\\n\\r\\t\\u000b\\u001f\\u00e9\\u0000\":1"),
    WITH("\"k\":\"\\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u00e9 \\uD83D\\ude00 \\uffff\""),
    WITH("\"k\":\"\\u0001\\u0002\\u0007\\u0008\\u000b\\u000E\\u001f \\u007f\\u0080\\u2028\""),
    WITH("\"k\":\"\\u0000 \\ud800 \\udc00 \x7F \xC2\x85 \xF4\x8F\xBF\xBF \x80 \xED\xA0\x80 \xFF\""),
    WITH("\"answers\":[{\"text\":\"a\",\"votes\":3,\"by\":{}},{\"id\":null,\"text\":\"\"},"
         "{\"text\":\"b\"},{\"title\":\"t\",\"text\":\"c\"}]"),
    WITH("\"asker\":{\"job\":\"cook\",\"age_min\":3,\"text\":[\"\"]},\"job\":0"),
    /* Rejected by rules that are the same for all formats. */
    "{\"id\":\"a b\"" AND_TEXT,
    "{\"id\":\"1\"}",
    "{\"id\":\"1\",\"text\":null}",
};

static const char *const other_lines[] = {
    /* Records that are not plain. */
    "  " TEXT("\"x\""),
    "{\"id\":null,\"_id\":\"2\"" AND_TEXT,
    WITH("\"answers\":[{\"author\":\"f\",\"text\":null}]"),
    WITH("\"tags\":\"one\""),
    WITH("\"k\":1.5"),
    WITH("\"k\":-0.0"),
    WITH("\"k\":[1e1]"),
    WITH("\"k\":{\"k\":[{\"k\":0.1}]}"),
    WITH("\"k\":9223372036854775808"),
    WITH("\"k\":[-9223372036854775809]"),
    WITH("\"answers\":[{\"text\":\"a\",\"score\":0.5}]"),
    WITH("\"asker\":{\"weight\":70.5}"),
    WITH("\"asker\":{\"age_min\":1.0,\"age_max\":2e1}"),
    WITH("\"n\":123456789012345678901234567890"),
    "{\"id\":1.0" AND_TEXT,
    /* Records that are malformed. */
    "{}",
    "{\"text\":\"x\"}",
    "{\"id\":null" AND_TEXT,
    "{\"id\":true" AND_TEXT,
    "{\"id\":1.5" AND_TEXT,
    "{\"id\":9223372036854775808" AND_TEXT,
    "{\"id\":18446744073709551616" AND_TEXT,
    "{\"id\":1e999" AND_TEXT,
    WITH("\"text\":\"x\""),
    WITH("\"id\":\"1\""),
    WITH("\"t\\u0065xt\":null"),
    WITH("\"answers\":[{\"text\":\"a\",\"text\":\"b\"}]"),
    WITH("\"asker\":{\"sex\":\"m\",\"sex\":\"m\"}"),
    WITH("\"k\":1,\"k\":1"),
    WITH("\"k\":1,\"l\":2,\"title\":null,\"\\u006b\":3"),
    WITH("\"k\":1,\"id\":\"1\""),
    WITH("\"text\":null,\"k\":1"),
    WITH("\"k\":{\"a\":1,\"b\":2,\"a\":3}"),
    WITH("\"k\":[{\"l\":{\"\":1,\"\":1}}]"),
    WITH("\"answers\":[{\"text\":\"a\",\"k\":1,\"k\":1}]"),
    WITH("\"asker\":{\"k\":1,\"sex\":\"m\",\"k\":1}"),
    WITH("\"k\":1e999"),
    WITH("\"title\":5"),
    WITH("\"title\":[\"x\"]"),
    WITH("\"answer\":[]"),
    WITH("\"answers\":{}"),
    WITH("\"answers\":[null]"),
    WITH("\"answers\":[[]]"),
    WITH("\"answers\":[{}]"),
    WITH("\"answers\":[{\"text\":1}]"),
    WITH("\"tags\":[null]"),
    WITH("\"tags\":[3]"),
    WITH("\"tags\":{}"),
    WITH("\"asker\":[]"),
    WITH("\"asker\":{\"sex\":3}"),
    WITH("\"asker\":{\"age_min\":151}"),
    WITH("\"asker\":{\"age_min\":-1}"),
    WITH("\"asker\":{\"age_min\":\"9\"}"),
    WITH("\"asker\":{\"age_min\":9223372036854775808}"),
    /* No JSON. */
    "\v" TEXT("\"x\""),
    "x" TEXT("\"x\""),
    TEXT("\"x\"") "x",
    TEXT("\"x\"") "}",
    TEXT("\"x\"") " {}",
    TEXT("\"x\"") ",",
    TEXT("\"x\","),
    TEXT(",\"x\""),
    TEXT("\"x\" \"y\""),
    TEXT("'x'"),
    TEXT("x"),
    TEXT("\"x"),
    TEXT("\"x\\"),
    TEXT("\"x\\\""),
    TEXT("\"\\x41\""),
    TEXT("\"\\u12G4\""),
    TEXT("\"\\u12\""),
    TEXT("\"\\U0041\""),
    TEXT("\"a\tb\""),
    TEXT("\"a\x1F\""),
    TEXT("\"x\" /* c */"),
    TEXT("\"x\" // c"),
    TEXT("\"x\"\xC2\xA0"),
    TEXT("\"x\"\xEF\xBB\xBF"),
    TEXT("nul"),
    TEXT("nulll"),
    TEXT("Null"),
    "{\"id\":01" AND_TEXT,
    "{\"id\":+1" AND_TEXT,
    "{\"id\":-" AND_TEXT,
    "{\"id\":1." AND_TEXT,
    "{\"id\":.5" AND_TEXT,
    "{\"id\":0x10" AND_TEXT,
    "{\"id\":1e" AND_TEXT,
    "{\"id\":NaN" AND_TEXT,
    "{\"id\":1x" AND_TEXT,
    "{\"id\":\"1\" \"text\":\"x\"}",
    "{\"id\" \"1\"" AND_TEXT,
    "{\"id\":\"1\";\"text\":\"x\"}",
    "{id:\"1\"" AND_TEXT,
    "{1:\"1\"" AND_TEXT,
    "{\"id\":\"1\",\"tags\":[\"a\"}",
    "{\"id\":\"1\",\"tags\":[\"a\",]" AND_TEXT,
    "{\"id\":\"1\",\"tags\":[\"a\"]]" AND_TEXT,
    "{",
    "{\"id\"",
    "[" TEXT("\"x\"") "]",
    "\"x\"",
    "null",
};

static void plain_lines_are_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(plain_lines); i++)
        assert_taken(plain_lines[i], strlen(plain_lines[i]), true);
}

static void other_lines_are_left_to_jansson(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(other_lines); i++)
        assert_taken(other_lines[i], strlen(other_lines[i]), false);
}

static void a_byte_order_mark_is_dropped_from_the_first_line_only(void **state)
{
    (void)state;
    static const char text[] = "\xEF\xBB\xBF" TEXT("\"x\"") "\n\xEF\xBB\xBF" TEXT("\"x\"") "\n";
    taken = 0;
    assert_int_equal(assert_same_both_ways(write_bytes("a.jsonl", text, sizeof text - 1)), 2);
    assert_int_equal(taken, 1);
}

static void long_and_deep_lines_are_left_to_jansson(void **state)
{
    (void)state;
    static char line[ANAM_JSON_FAST_MOST + 1];
    static const char head[] = "{\"id\":\"1\",\"text\":\"";
    for (size_t n = sizeof line - 1; n <= sizeof line; n++) {
        memset(line, 'x', n);
        memcpy(line, head, sizeof head - 1);
        memcpy(line + n - 2, "\"}", 2);
        assert_taken(line, n, n < sizeof line);
    }
    /* As many values as fit, and as many brackets. */
    static const char *const pieces[][3] = {{"{\"id\":\"1\",\"answers\":[\"\"", ",\"\"", "]}"},
                                            {"{\"id\":\"1\",\"answers\":[\"\"", ",0", "]}"},
                                            {"{\"id\":\"1\",\"k\":[", "[", ""},
                                            {"{\"id\":\"1\",\"k\":", "{\"k\":", ""}};
    for (size_t i = 0; i < COUNT(pieces); i++) {
        struct anam_buffer text = {0};
        append(&text, pieces[i][0]);
        while (text.len + 10 < ANAM_JSON_FAST_MOST)
            append(&text, pieces[i][1]);
        append(&text, pieces[i][2]);
        assert_taken(text.data, text.len, i == 0);
        anam_buffer_free(&text);
    }
}

/* A line of n pieces, with their own number for each #, and as many closing ones. */
struct shape {
    const char *head, *piece, *middle, *closing, *tail;
    int most; /* pieces of a plain line */
};

static void assert_shape_taken(const struct shape *shape, int n, bool plain)
{
    struct anam_buffer text = {0};
    append(&text, shape->head);
    for (int i = 0; i < n; i++) {
        for (const char *s = shape->piece; *s; s++) {
            char c[16] = {*s};
            if (*s == '#')
                snprintf(c, sizeof c, "%d", i);
            append(&text, c);
        }
    }
    append(&text, shape->middle);
    for (int i = 0; i < n; i++)
        append(&text, shape->closing);
    append(&text, shape->tail);
    assert_taken(text.data, text.len, plain);
    anam_buffer_free(&text);
}

static void extras_of_many_members_or_levels_are_left_to_jansson(void **state)
{
    (void)state;
    static const char head[] = "{\"id\":\"1\",\"text\":\"x\"";
    static const char of_key[] = "{\"id\":\"1\",\"text\":\"x\",\"k\":";
    static const char in_object[] = "{\"id\":\"1\",\"text\":\"x\",\"k\":{\"l\":0";
    static const char in_answer[] = "{\"id\":\"1\",\"answers\":[{\"text\":\"x\"";
    static const struct shape shapes[] = {
        {of_key, "[", "", "]", "}", 8},
        {of_key, "{\"k\":", "null", "}", "}", 8},
        {of_key, "[{\"k\":", "\"\"", "}]", "}", 4},
        {in_object, ",\"k#\":#", "", "", "}}", 63},
        {in_answer, ",\"k#\":#", "", "", "}]}", 63},
        {head, ",\"k#\":#", "", "", "}", 62},
        {"{", "\"k#\":#,", "\"text\":\"x\",\"id\":\"1\"", "", "}", 62},
    };
    for (size_t i = 0; i < COUNT(shapes); i++) {
        assert_shape_taken(&shapes[i], shapes[i].most, true);
        assert_shape_taken(&shapes[i], shapes[i].most + 1, false);
    }
}

static void the_records_of_our_own_archive_are_taken(void **state)
{
    (void)state;
    taken = 0;
    size_t n = assert_same_both_ways("corpus/sample/archive.jsonl");
    assert_true(n > 100);
    assert_int_equal(taken, n); /* some have keys of their own */
}

/* ---- Random lines ---- */

/* The first N_TOP are those of a record. */
static const char *const keys[] = {
    "id",     "title",  "own",  "question", "text",       "specialty",  "date",
    "url",    "source", "lang", "own2",     "answer",     "answers",    "tags",
    "asker",  "own\\n", "_id",  "sex",      "age_min",    "age_max",    "role",
    "author", "x",      "",     "text ",    "t\\u0065xt", "t\\u0000xt", "o\\u0077n"};

static const char *const strings[] = {
    "\"\"",
    "\"a\"",
    "\"a b\"",
    "\"\\n\\\"\\\\\"",
    "\"\\b\\f\\r\\t\\u000b\\u001F\\/\"",
    "\"\\u00e9\\ud83d\\ude00\"",
    "\"\\ud800\"",
    "null",
    "\"\xC3\xA9\"",
    "\"\xC3\"",
    "\"more than a block of sixty-four bytes, so that there is a border in it\"",
};

static const char *const others[] = {"true",
                                     "0",
                                     "-0",
                                     "7",
                                     "20",
                                     "150",
                                     "151",
                                     "-1",
                                     "1.5",
                                     "1e1",
                                     "1e400",
                                     "9223372036854775807",
                                     "9223372036854775808",
                                     "18446744073709551615",
                                     "99999999999999999999",
                                     "01",
                                     "[]",
                                     "{}",
                                     "[null]",
                                     "[[]]",
                                     "nul"};

#define ANY(array) (array)[testing_below(seed, COUNT(array))]

enum { N_TOP = 16 };

static void make_object(struct anam_buffer *to, uint64_t *seed, const char *const *names,
                        size_t n_names);

/* Of a key that is not known; mostly not deep. */
static void make_own(struct anam_buffer *to, uint64_t *seed)
{
    static const char *const of_own[] = {"own", "own\\t\\u001f\\\"", "own\xC3\xA9"};
    switch (testing_below(seed, 8)) {
    case 0:
        make_object(to, seed, of_own, COUNT(of_own));
        break;
    case 1:
        append(to, "[ ");
        for (uint32_t i = testing_below(seed, 4); i > 0; i--) {
            make_own(to, seed);
            append(to, i > 1 ? "," : "");
        }
        append(to, "]");
        break;
    case 2:
        append(to, testing_below(seed, 2) ? "false" : "-12");
        break;
    default:
        append(to, ANY(strings));
        break;
    }
}

/* Mostly what the key asks for. */
static void make_value(struct anam_buffer *to, uint64_t *seed, const char *key)
{
    static const char *const of_asker[] = {"sex", "age_min", "own", "age_max"};
    static const char *const of_answer[] = {"text", "author", "role", "date", "own"};
    if (testing_below(seed, 20) == 0) {
        append(to, ANY(others));
    } else if (strcmp(key, "answers") == 0 || strcmp(key, "tags") == 0) {
        append(to, "[");
        for (uint32_t i = testing_below(seed, 4); i > 0; i--) {
            if (key[0] == 'a' && testing_below(seed, 2))
                make_object(to, seed, of_answer, COUNT(of_answer));
            else
                append(to, testing_below(seed, 4) ? "\"t\"" : ANY(strings));
            append(to, i > 1 ? "," : "");
        }
        append(to, "]");
    } else if (strcmp(key, "asker") == 0) {
        make_object(to, seed, of_asker, COUNT(of_asker));
    } else if (strncmp(key, "age_", 4) == 0) {
        append(to, testing_below(seed, 2) ? "30" : "null");
    } else if (strncmp(key, "own", 3) == 0) {
        make_own(to, seed);
    } else {
        append(to, ANY(strings));
    }
}

/* Some of the names, mostly once, and now and then another; the first always. */
static void make_object(struct anam_buffer *to, uint64_t *seed, const char *const *names,
                        size_t n_names)
{
    append(to, "{");
    for (size_t i = 0; i < n_names; i++) {
        if (i > 0 && testing_below(seed, 3) == 0)
            continue;
        const char *key = testing_below(seed, 40) ? names[i] : ANY(keys);
        append(to, i == 0 ? "\"" : testing_below(seed, 10) ? ",\"" : " ,\t\"");
        append(to, key);
        append(to, testing_below(seed, 10) ? "\":" : "\" : ");
        make_value(to, seed, key);
    }
    append(to, "}");
}

/* Changes, doubles or drops some bytes behind `start`. */
static void damage(struct anam_buffer *line, size_t start, uint64_t *seed)
{
    static const char spice[] = "\"\\{}[]:,u0-.e+ \t\x01\x7F\xC3\xED";
    uint32_t n = (uint32_t)(line->len - start);
    char *at = line->data + start + testing_below(seed, n);
    size_t left = (size_t)(line->data + line->len - at);
    size_t len = testing_below(seed, 8) % left;
    switch (testing_below(seed, 4)) {
    case 0:
        *at = (char)testing_random(seed);
        break;
    case 1:
        *at = spice[testing_below(seed, sizeof spice - 1)];
        break;
    case 2:
        memmove(at + len, at, left - len);
        break;
    default:
        memmove(at, at + len, left - len);
        line->len -= len;
        break;
    }
}

static void random_lines_are_the_same_both_ways(void **state)
{
    (void)state;
    enum { FILES = 200, LINES = 200 };
    uint64_t seed = testing_seed();
    size_t n = 0;
    taken = 0;
    for (int i = 0; i < FILES; i++) {
        struct anam_buffer text = {0};
        for (int j = 0; j < LINES; j++) {
            size_t start = text.len;
            if (testing_below(&seed, 8) == 0)
                append(&text, plain_lines[testing_below(&seed, COUNT(plain_lines))]);
            else
                make_object(&text, &seed, keys, N_TOP);
            if (testing_below(&seed, 2))
                damage(&text, start, &seed);
            append(&text, "\n");
        }
        n += assert_same_both_ways(write_bytes("a.jsonl", text.data, text.len));
        anam_buffer_free(&text);
    }
    assert_true(taken > n / 10); /* or there was little to compare */
    assert_true(taken < n / 10 * 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_lines_are_taken),
        cmocka_unit_test(other_lines_are_left_to_jansson),
        cmocka_unit_test(a_byte_order_mark_is_dropped_from_the_first_line_only),
        cmocka_unit_test(long_and_deep_lines_are_left_to_jansson),
        cmocka_unit_test(extras_of_many_members_or_levels_are_left_to_jansson),
        cmocka_unit_test(the_records_of_our_own_archive_are_taken),
        cmocka_unit_test(random_lines_are_the_same_both_ways),
    };
    return cmocka_run_group_tests_name("json_fast", tests, make_folder, remove_folder);
}
