/* Properties of every character and of random text: what holds whatever is analysed. */
#include "tokens.h"

#include "analysis/fold.h"
#include "base/utf8.h"

static const char *const pool[] = {"a",
                                   "s",
                                   "S",
                                   "i",
                                   "I",
                                   "t",
                                   "ing",
                                   "the",
                                   "not",
                                   "0",
                                   "1",
                                   "9",
                                   " ",
                                   "  ",
                                   ".",
                                   ",",
                                   "-",
                                   "\n",
                                   "'",
                                   "\u2019",
                                   "\u02BC",
                                   "`",
                                   "\u00B4",
                                   "\u2010",
                                   "\u2011",
                                   "\uFF0D",
                                   "_",
                                   "\u00E9",
                                   "\u0301",
                                   "\u0307",
                                   "\u0323",
                                   "\u0345",
                                   "\u20E3",
                                   "\u00DF",
                                   "\u0130",
                                   "\u0131",
                                   "\u03C2",
                                   "\u1FB3",
                                   "\u0149",
                                   "\uFB03",
                                   "\u00BD",
                                   "\u215F",
                                   "\u00B2",
                                   "\u338E",
                                   "\u2163",
                                   "\uFDFA",
                                   "\u2122",
                                   "\u0439",
                                   "\u0435",
                                   "\u0308",
                                   "\u0623",
                                   "\u064B",
                                   "\u0640",
                                   "\u05E9",
                                   "\u05C1",
                                   "\u0958",
                                   "\u0915",
                                   "\u093C",
                                   "\u094D",
                                   "\u093F",
                                   "\u09C7",
                                   "\u09BE",
                                   "\u0E33",
                                   "\u0F73",
                                   "\u0F71",
                                   "\u5934",
                                   "\u75DB",
                                   "\uF900",
                                   "\u304B",
                                   "\u3099",
                                   "\u309A",
                                   "\uFF76",
                                   "\uFF9E",
                                   "\u30FC",
                                   "\u30FB",
                                   "\u1112",
                                   "\u1161",
                                   "\u11AB",
                                   "\uD55C",
                                   "\uD558",
                                   "\u3131",
                                   "\u00AD",
                                   "\u200D",
                                   "\u200B",
                                   "\uFE0F",
                                   "\uFEFF",
                                   "\U0001F468",
                                   "\U0001F3FD",
                                   "\U00010400",
                                   "\U00020000",
                                   "\U0001D400",
                                   "\U0001D165",
                                   "\U000E0061",
                                   "\uFFFD",
                                   "\u0660",
                                   "\u2460",
                                   "\u1E9B",
                                   "\u212B",
                                   "\u2126",
                                   "\u01C4",
                                   "\u13A0",
                                   "\uAB70",
                                   "\u1C80",
                                   "\u10FB",
                                   "\u00BA",
                                   "\xFF",
                                   "\xC3",
                                   "\xE2\x82",
                                   "\xF0\x9F\x98",
                                   "\xED\xA0\x80",
                                   "\xC0\x80",
                                   "\x80"};

static uint64_t seed;

static void random_text(uint64_t *x, struct anam_buffer *out)
{
    out->len = 0;
    append(out, "", 0);
    size_t pieces = testing_random(x) % 40;
    for (size_t i = 0; i < pieces; i++) {
        uint64_t r = testing_random(x) >> 8;
        if (r % 16 == 0) { /* any character at all */
            char c[4];
            uint32_t any = (uint32_t)(testing_random(x) >> 20) % 0x110000;
            append(out, c, anam_utf8_encode(any, c));
        } else if (r % 16 == 1) { /* a long run */
            const char *piece = pool[(r >> 8) % COUNT(pool)];
            for (int run = 0; run < 70; run++)
                append(out, piece, strlen(piece));
        } else {
            const char *piece = pool[(r >> 8) % COUNT(pool)];
            append(out, piece, r % 64 == 2 && piece[0] ? 1 : strlen(piece)); /* some are cut */
        }
    }
}

static void explain(const struct anam_buffer *text)
{
    printf("SEED=%llu, text ", (unsigned long long)seed);
    for (size_t i = 0; i < text->len; i++)
        printf("\\x%02X", (unsigned)(unsigned char)text->data[i]);
    printf("\n");
}

static bool is_cjk_term(const char *term)
{
    uint32_t c;
    bool valid;
    anam_utf8_decode(term, strlen(term), &c, &valid);
    return anam_char_kind(c) == ANAM_CHAR_CJK;
}

/* Whether i is where a character, or an invalid sequence, of text begins or the end. */
static bool is_boundary(const struct anam_buffer *text, size_t i)
{
    size_t at = 0;
    while (at < i && at < text->len) {
        uint32_t c;
        bool valid;
        at += anam_utf8_decode(text->data + at, text->len - at, &c, &valid);
    }
    return at == i;
}

static const char *const property_languages[] = {"none",    "english", "french", "german",
                                                 "russian", "hindi",   "arabic", "turkish"};

static void test_offsets_slice_the_text_at_characters_in_order(void **state)
{
    (void)state;
    struct anam_buffer text = {0};
    uint64_t x = seed;
    for (size_t l = 0; l < COUNT(property_languages); l++) {
        struct anam_analyzer *a = analyzer(property_languages[l]);
        for (int round = 0; round < 3000; round++) {
            random_text(&x, &text);
            anam_analyzer_start(a, text.data, text.len);
            struct anam_token t;
            size_t start = 0;
            size_t end = 0;
            bool cjk = false;
            uint32_t positions = 0;
            while (anam_analyzer_next(a, &t) == 1) {
                bool good = t.len >= 1 && t.len <= ANAM_MAX_TERM && t.start < t.end &&
                            t.end <= text.len && is_boundary(&text, t.start) &&
                            is_boundary(&text, t.end) && t.position >= positions &&
                            anam_utf8_valid_prefix(t.term, t.len) == t.len;
                /* A character that folds to several words, or to a word's end and the next
                 * word (one half), belongs to each: they share its bytes. */
                bool both_cjk = cjk && is_cjk_term(t.term);
                bool apart = t.start >= end;
                if (!apart && !both_cjk && t.start < end) {
                    uint32_t c;
                    bool valid;
                    uint32_t folds[ANAM_FOLD_MAX];
                    anam_utf8_decode(text.data + t.start, text.len - t.start, &c, &valid);
                    apart = anam_fold_char(c, folds) > 1;
                }
                if (!good || t.start < start || t.end < end || (!apart && !both_cjk)) {
                    explain(&text);
                    fail_msg("%s: term %s at [%zu,%zu) after [%zu,%zu)", property_languages[l],
                             t.term, t.start, t.end, start, end);
                }
                start = t.start;
                end = t.end;
                cjk = is_cjk_term(t.term);
                positions = t.position + 1;
            }
        }
        anam_analyzer_free(a);
    }
    anam_buffer_free(&text);
}

static void test_text_before_changes_no_terms(void **state)
{
    (void)state;
    struct anam_buffer before = {0};
    struct anam_buffer text = {0};
    struct anam_buffer both = {0};
    uint64_t x = seed;
    for (size_t l = 0; l < COUNT(property_languages); l++) {
        struct anam_analyzer *a = analyzer(property_languages[l]);
        for (int round = 0; round < 1000; round++) {
            random_text(&x, &before);
            random_text(&x, &text);
            both.len = 0;
            append(&both, before.data, before.len);
            append(&both, "\n", 1);
            append(&both, text.data, text.len);
            char *first = analyse(a, before.data, before.len, TERMS);
            char *second = analyse(a, text.data, text.len, TERMS);
            char *whole = analyse(a, both.data, both.len, TERMS);
            struct anam_buffer want = {0};
            append(&want, first, strlen(first));
            if (*first && *second)
                append(&want, " ", 1);
            append(&want, second, strlen(second));
            if (strcmp(want.data, whole) != 0) {
                explain(&both);
                fail_msg("%s: '%s', want '%s'", property_languages[l], whole, want.data);
            }
            anam_buffer_free(&want);
            free(first);
            free(second);
            free(whole);
        }
        anam_analyzer_free(a);
    }
    anam_buffer_free(&before);
    anam_buffer_free(&text);
    anam_buffer_free(&both);
}

/* Whether text holds an enclosing mark (keycap and its like). */
static bool has_enclosing_mark(const struct anam_buffer *text)
{
    for (size_t at = 0; at < text->len;) {
        uint32_t c;
        bool valid;
        at += anam_utf8_decode(text->data + at, text->len - at, &c, &valid);
        if ((c >= 0x20DD && c <= 0x20E4) || c == 0x1ABE)
            return true;
    }
    return false;
}

/* Two exceptions. An enclosing mark keeps the marks on its two sides from being put in
 * canonical order, and is then taken off. And a term may be cut at ANAM_MAX_TERM bytes
 * right behind a point or hyphen. */
static void test_terms_of_none_analysed_again_give_themselves(void **state)
{
    (void)state;
    struct anam_buffer text = {0};
    uint64_t x = seed;
    struct anam_analyzer *a = analyzer("none");
    struct anam_analyzer *again = analyzer("none");
    for (int round = 0; round < 20000; round++) {
        random_text(&x, &text);
        if (has_enclosing_mark(&text))
            continue;
        anam_analyzer_start(a, text.data, text.len);
        struct anam_token t;
        while (anam_analyzer_next(a, &t) == 1) {
            if (t.term[t.len - 1] == '.' || t.term[t.len - 1] == '-') {
                assert_true(t.len > ANAM_MAX_TERM - 4);
                continue;
            }
            char *same = analyse(again, t.term, t.len, TERMS);
            if (strcmp(same, t.term) != 0) {
                explain(&text);
                fail_msg("'%s' [%zu,%zu) again gives '%s'", t.term, t.start, t.end, same);
            }
            free(same);
        }
    }
    anam_analyzer_free(a);
    anam_analyzer_free(again);
    anam_buffer_free(&text);
}

static void test_every_character_folds_to_itself_when_folded_again(void **state)
{
    (void)state;
    for (uint32_t c = 1; c <= 0x10FFFF; c++) {
        if (c == 0xD800)
            c = 0xE000;
        uint32_t once[ANAM_FOLD_MAX];
        size_t n = anam_fold_char(c, once);
        assert_true(n <= ANAM_FOLD_MAX);
        for (size_t i = 0; i < n; i++) {
            uint32_t twice[ANAM_FOLD_MAX];
            if (anam_fold_char(once[i], twice) != 1 || twice[0] != once[i])
                fail_msg("U+%04X gives U+%04X, which folds further", c, once[i]);
        }
    }
}

static void test_composing_joins_base_and_mark(void **state)
{
    (void)state;
    assert_int_equal(anam_compose('e', 0x0301), 0x00E9);
    assert_int_equal(anam_compose(0x304B, 0x3099), 0x304C);
    assert_int_equal(anam_compose(0x1112, 0x1161), 0xD558);
    assert_int_equal(anam_compose(0xD558, 0x11AB), 0xD55C);
    assert_int_equal(anam_compose('a', 'b'), 0);
    assert_int_equal(anam_compose(0x3042, 0x3099), 0);
}

static int choose_seed(void **state)
{
    (void)state;
    seed = testing_seed();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_offsets_slice_the_text_at_characters_in_order),
        cmocka_unit_test(test_text_before_changes_no_terms),
        cmocka_unit_test(test_terms_of_none_analysed_again_give_themselves),
        cmocka_unit_test(test_every_character_folds_to_itself_when_folded_again),
        cmocka_unit_test(test_composing_joins_base_and_mark),
    };
    return cmocka_run_group_tests_name("folding", tests, choose_seed, NULL);
}
