/* The analyzer's short cut for ASCII and its memory of terms: the same tokens as without,
 * on random text of every kind and on real text. */
#include "tokens.h"

#include "base/slurp.h"

static const char *const languages[] = {"english", "porter", "none",   "french",
                                        "german",  "arabic", "catalan"};

/* What texts are put together from: words, borders and what is beside ASCII. */
static const char *const pieces[] = {"a",
                                     "b",
                                     "the",
                                     "The",
                                     "PAIN",
                                     "itching",
                                     "spots",
                                     "0",
                                     "7",
                                     "19",
                                     "2004",
                                     "B12",
                                     "x",
                                     "covid",
                                     "don",
                                     "t",
                                     "s",
                                     "ll",
                                     "patient",
                                     "running",
                                     "generalizations",
                                     "i",
                                     "im",
                                     "ve",
                                     "pneumonoultramicroscopicsilicovolcanoconiosis",
                                     "abcdefghijklmnopqrstuvw",
                                     "abcdefghijklmnopqrstuvwx",
                                     "12345678",
                                     "123456789012345678901234",
                                     "abcdefgh",
                                     " ",
                                     " ",
                                     " ",
                                     " ",
                                     " ",
                                     "\n",
                                     "\t",
                                     "-",
                                     "-",
                                     ".",
                                     ".",
                                     "'",
                                     "'",
                                     "`",
                                     ",",
                                     "/",
                                     "(",
                                     ")",
                                     "@",
                                     "[",
                                     "`",
                                     "{",
                                     "_",
                                     "~",
                                     "\x7F",
                                     "\x01",
                                     "\xC3\xA9",
                                     "\xC3\x89",
                                     "\xE2\x80\x99",
                                     "\xC2\xB4",
                                     "\xE2\x80\x90",
                                     "\xCC\x81",
                                     "\xC2\xAD",
                                     "\xE2\x80\x8D",
                                     "\xC2\xBD",
                                     "\xE2\x84\xA2",
                                     "\xE6\x97\xA5",
                                     "\xE6\x9C\xAC",
                                     "\xED\x95\x9C",
                                     "\xE3\x82\xAB",
                                     "\xE3\x82\x99",
                                     "\xEF\xBC\xA1",
                                     "\xD9\xA3",
                                     "\xC3\x9F",
                                     "\xEF\xAC\x81",
                                     "\xFF",
                                     "\xC3",
                                     "\xE2\x80",
                                     "\xF0\x9F\x98\x80",
                                     "\xEF\xB7\xBA",
                                     "\xC4\xB0",
                                     "\xE2\x85\xA3"};

/* The reference, the short cut alone, and with a memory. */
struct trio {
    struct anam_analyzer *slow;
    struct anam_analyzer *fast;
    struct anam_analyzer *remembering;
};

static struct trio make_trio(const char *language, size_t words)
{
    struct trio t = {analyzer(language), analyzer(language), analyzer(language)};
    anam_analyzer_read_slowly(t.slow);
    assert_int_equal(anam_analyzer_remember(t.remembering, words, NULL), ANAM_OK);
    return t;
}

static void free_trio(struct trio *t)
{
    anam_analyzer_free(t->slow);
    anam_analyzer_free(t->fast);
    anam_analyzer_free(t->remembering);
}

static void compare_one(struct anam_analyzer *a, const char *text, size_t n, const char *want,
                        const char *what)
{
    char *got = analyse(a, text, n, PLACES);
    if (strcmp(got, want) != 0)
        fail_msg("%s: '%.*s' gives '%.300s', want '%.300s'", what, (int)(n < 300 ? n : 300), text,
                 got, want);
    free(got);
}

static void compare(struct trio *t, const char *text, size_t n, const char *what)
{
    char *want = analyse(t->slow, text, n, PLACES);
    compare_one(t->fast, text, n, want, what);
    compare_one(t->remembering, text, n, want, what);
    free(want);
    assert_true(anam_analyzer_bad_utf8(t->fast) == anam_analyzer_bad_utf8(t->slow));
    assert_true(anam_analyzer_bad_utf8(t->remembering) == anam_analyzer_bad_utf8(t->slow));
}

static void make_text(struct anam_buffer *text, uint64_t *seed)
{
    text->len = 0;
    for (uint32_t n = testing_below(seed, 40); n > 0; n--) {
        const char *piece = pieces[testing_below(seed, COUNT(pieces))];
        append(text, piece, strlen(piece));
    }
}

static void test_random_text_gives_the_same_tokens(void **state)
{
    (void)state;
    uint64_t seed = testing_seed();
    struct anam_buffer text = {0};
    append(&text, "", 0);
    for (size_t l = 0; l < COUNT(languages); l++) {
        struct trio trio = make_trio(languages[l], 32);
        for (int i = 0; i < 3000; i++) {
            make_text(&text, &seed);
            /* In memory of just its size: what reads beyond the end is noticed. */
            char *exact = malloc(text.len > 0 ? text.len : 1);
            assert_non_null(exact);
            memcpy(exact, text.data, text.len);
            compare(&trio, exact, text.len, languages[l]);
            free(exact);
        }
        free_trio(&trio);
    }
    anam_buffer_free(&text);
}

static void same_file(const char *path)
{
    enum { MOST = 4000000 };
    struct anam_buffer text = {0};
    anam_error err;
    assert_int_equal(anam_slurp(path, &text, &err), ANAM_OK);
    for (size_t l = 0; l < COUNT(languages); l++) {
        struct trio trio = make_trio(languages[l], 4096);
        compare(&trio, text.data, text.len < MOST ? text.len : MOST, path);
        free_trio(&trio);
    }
    anam_buffer_free(&text);
}

static void test_real_text_gives_the_same_tokens(void **state)
{
    (void)state;
    same_file("corpus/sample/archive.jsonl");
    const char *data = getenv("DATA");
    char path[4200];
    snprintf(path, sizeof path, "%.4000s/medquad-liveqa/corpus.jsonl", data ? data : "");
    if (data && access(path, R_OK) == 0)
        same_file(path);
}

/* A text that is not read to its end leaves nothing to the next one. */
static void test_a_text_may_be_left_early(void **state)
{
    (void)state;
    struct anam_analyzer *a = analyzer("none");
    struct anam_token t;
    anam_analyzer_start(a, "red dots on hands", 17);
    assert_int_equal(anam_analyzer_next(a, &t), 1);
    anam_analyzer_start(a, "sore throat", 11);
    assert_int_equal(anam_analyzer_next(a, &t), 1);
    assert_string_equal(t.term, "sore");
    assert_int_equal(t.position, 0);
    anam_analyzer_free(a);
}

/* ---- Notes ---- */

static struct anam_token only_token(struct anam_analyzer *a, const char *text)
{
    struct anam_token t;
    anam_analyzer_start(a, text, strlen(text));
    assert_int_equal(anam_analyzer_next(a, &t), 1);
    return t;
}

static void test_a_note_stays_with_its_word(void **state)
{
    (void)state;
    static char mark;
    struct anam_analyzer *a = analyzer("english");
    assert_null(only_token(a, "spots").note);
    assert_int_equal(anam_analyzer_remember(a, 4096, NULL), ANAM_OK);
    struct anam_token t = only_token(a, "Spots");
    assert_non_null(t.note);
    assert_null(*t.note);
    *t.note = &mark;
    t = only_token(a, "spots");
    assert_string_equal(t.term, "spot");
    assert_ptr_equal(*t.note, &mark);
    assert_null(*only_token(a, "hands").note);
    anam_analyzer_clear_notes(a);
    assert_null(*only_token(a, "SPOTS").note);
    anam_analyzer_free(a);
}

/* Far more words than there is room for: those said often keep their note. */
static void test_memory_is_bounded_and_keeps_frequent_words(void **state)
{
    (void)state;
    static char mark;
    struct anam_analyzer *a = analyzer("none");
    assert_int_equal(anam_analyzer_remember(a, 64, NULL), ANAM_OK);
    size_t lost = 0;
    for (unsigned i = 0; i < 10000; i++) {
        char word[32];
        snprintf(word, sizeof word, "w%u", i);
        struct anam_token t = only_token(a, word);
        assert_string_equal(t.term, word);
        t = only_token(a, "pain");
        assert_string_equal(t.term, "pain");
        lost += *t.note == NULL;
        *t.note = &mark;
    }
    assert_true(lost < 10);
    anam_analyzer_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_text_gives_the_same_tokens),
        cmocka_unit_test(test_real_text_gives_the_same_tokens),
        cmocka_unit_test(test_a_text_may_be_left_early),
        cmocka_unit_test(test_a_note_stays_with_its_word),
        cmocka_unit_test(test_memory_is_bounded_and_keeps_frequent_words),
    };
    return cmocka_run_group_tests_name("shortcut", tests, NULL, NULL);
}
