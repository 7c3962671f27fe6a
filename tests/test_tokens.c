/* From text to tokens: folding, borders of words, CJK, bad bytes and lengths; rules 1 to 4,
 * 6 and 9 of analysis/analyzer.h. */
#include "tokens.h"

static void test_text_without_words_gives_no_tokens(void **state)
{
    (void)state;
    CHECK(PLACES, {"english", "", ""}, {"english", " \t\r\n", ""},
          {"english", "... --- ''' !?", ""}, {"none", "\u0301\u0302", ""}, {"none", "\u00AD", ""},
          {"none", "\u200D\uFE0F", ""}, {"english", "the of and", ""});
    struct anam_analyzer *a = analyzer("english");
    struct anam_token t;
    anam_analyzer_start(a, NULL, 0);
    assert_int_equal(anam_analyzer_next(a, &t), 0);
    assert_int_equal(anam_analyzer_next(a, &t), 0); /* the end stays the end */
    anam_analyzer_free(a);
}

/* ---- Rule 2: NFKC and case ---- */

static void test_compatibility_forms_are_folded(void **state)
{
    (void)state;
    CHECK(PLACES,
          {"none", "\uFB01ne o\uFB03ce \uFB05op", "fine@0[0,5) office@1[6,12) stop@2[13,18)"},
          {"none", "\uFF26\uFF35\uFF2C\uFF2C \uFF11\uFF12", "full@0[0,12) 12@1[13,19)"},
          {"none", "5\u338E \u338F", "5mg@0[0,4) kg@1[5,8)"},
          {"none", "x\u00B2 H\u2082O", "x2@0[0,3) h2o@1[4,9)"},
          {"none", "factor \u2163", "factor@0[0,6) iv@1[7,10)"},
          {"none", "\u2460 \u24B6", "1@0[0,3) a@1[4,7)"}, {"none", "\u00B5g", "\u03BCg@0[0,3)"},
          {"none", "37\u2103", "37@0[0,2) c@1[2,5)"},
          {"none", "co\uFF0Dvid\uFF0D19", "co@0[0,2) vid-19@1[5,13)"});
}

static void test_fractions_are_apart_from_the_number_before(void **state)
{
    (void)state;
    CHECK(PLACES, {"none", "\u00BD", "1@0[0,2) 2@1[0,2)"},
          {"none", "3\u00BD years", "3@0[0,1) 1@1[1,3) 2@2[1,3) years@3[4,9)"},
          {"none", "a\u2154b", "a@0[0,1) 2@1[1,4) 3b@2[1,5)"},
          {"none", "2\u215F3", "2@0[0,1) 1@1[1,4) 3@2[4,5)"}, {"none", "1/2", "1@0[0,1) 2@1[2,3)"});
}

static void test_trade_marks_are_no_part_of_a_name(void **state)
{
    (void)state;
    CHECK(PLACES, {"english", "Tylenol\u2122 Advil\u00AE", "tylenol@0[0,7) advil@1[11,16)"},
          {"none", "Plan\u2120B", "plan@0[0,4) b@1[7,8)"});
}

static void test_case_is_folded_in_full(void **state)
{
    (void)state;
    CHECK(TERMS, {"none", "ABCxyz", "abcxyz"},
          {"none", "Stra\u00DFe STRASSE STRA\u1E9EE", "strasse strasse strasse"},
          {"none", "\u0130stanbul ISTANBUL istanbul", "istanbul istanbul istanbul"},
          {"none",
           "\u03A3\u039F\u03A6\u039F\u03A3 \u03C3\u03BF\u03C6\u03BF\u03C2 "
           "\u03C3\u03BF\u03C6\u03BF\u03C3",
           "\u03C3\u03BF\u03C6\u03BF\u03C3 \u03C3\u03BF\u03C6\u03BF\u03C3 "
           "\u03C3\u03BF\u03C6\u03BF\u03C3"},
          {"none", "\u0411\u041E\u041B\u042C \u0431\u043E\u043B\u044C",
           "\u0431\u043E\u043B\u044C \u0431\u043E\u043B\u044C"},
          {"none", "\u1FB3 \u03B1\u0345", "\u03B1\u03B9 \u03B1\u03B9"},
          {"none", "\u01C6 \u01C4 \u01C5", "dz dz dz"},
          {"none", "\U00010400 \U00010428", "\U00010428 \U00010428"});
}

/* ---- Rule 6: diacritics ---- */

static void test_diacritics_are_off_composed_or_not(void **state)
{
    (void)state;
    CHECK(
        TERMS, {"none", "Sj\u00F6gren Sjo\u0308gren SJO\u0308GREN", "sjogren sjogren sjogren"},
        {"english", "M\u00E9ni\u00E8re's Me\u0301nie\u0300re's Meniere's", "menier menier menier"},
        {"none", "na\u00EFve nai\u0308ve", "naive naive"},
        {"none", "Ti\u1EBFng Vi\u1EC7t Tie\u0302\u0301ng Vie\u0323\u0302t Vie\u0302\u0323t",
         "tieng viet tieng viet viet"},
        {"none", "\u03AC\u03BB\u03C6\u03B1 \u03B1\u0301\u03BB\u03C6\u03B1 \u0386\u03BB\u03C6\u03B1",
         "\u03B1\u03BB\u03C6\u03B1 \u03B1\u03BB\u03C6\u03B1 \u03B1\u03BB\u03C6\u03B1"},
        {"none", "\u0451\u043B\u043A\u0430 \u0435\u0308\u043B\u043A\u0430",
         "\u0435\u043B\u043A\u0430 \u0435\u043B\u043A\u0430"},
        {"none", "a\u0301\u0302\u0303\u0304b", "ab"});
}

static void test_vowel_points_of_arabic_and_hebrew_are_off(void **state)
{
    (void)state;
    CHECK(TERMS, {"none", "\u0631\u062D\u0645\u0670\u0646", "\u0631\u062D\u0645\u0646"},
          {"none", "\u0643\u064E\u062A\u064E\u0628\u064E \u0643\u062A\u0628",
           "\u0643\u062A\u0628 \u0643\u062A\u0628"},
          {"none", "\u05E9\u05C1\u05B8\u05DC\u05D5\u05B9\u05DD \u05E9\u05DC\u05D5\u05DD",
           "\u05E9\u05DC\u05D5\u05DD \u05E9\u05DC\u05D5\u05DD"});
}

static void test_vowels_of_indic_and_thai_script_stay(void **state)
{
    (void)state;
    CHECK(PLACES,
          {"none", "\u0939\u093F\u0928\u094D\u0926\u0940 \u092E\u0947\u0902",
           "\u0939\u093F\u0928\u094D\u0926\u0940@0[0,18) \u092E\u0947\u0902@1[19,28)"},
          {"none", "\u0E1B\u0E27\u0E14\u0E2B\u0E31\u0E27",
           "\u0E1B\u0E27\u0E14\u0E2B\u0E31\u0E27@0[0,18)"},
          {"none", "\u0BA4\u0BAE\u0BBF\u0BB4\u0BCD", "\u0BA4\u0BAE\u0BBF\u0BB4\u0BCD@0[0,15)"});
    /* QA may be one character or two. */
    char *one = terms_of("hindi", "\u0958\u0932\u092E");
    char *two = terms_of("hindi", "\u0915\u093C\u0932\u092E");
    assert_string_equal(one, two);
    free(one);
    free(two);
}

/* ---- Rule 3: what belongs to a token ---- */

static void test_numbers_keep_their_points(void **state)
{
    (void)state;
    CHECK(PLACES, {"english", "0.1 cm", "0.1@0[0,3) cm@1[4,6)"}, {"english", "5mg", "5mg@0[0,3)"},
          {"english", "2.5mg", "2.5mg@0[0,5)"}, {"english", "v 3.5.2.", "v@0[0,1) 3.5.2@1[2,7)"},
          {"english", "took 5.", "took@0[0,4) 5@1[5,6)"}, {"english", ".5", "5@0[1,2)"},
          {"english", "5..6", "5@0[0,1) 6@1[3,4)"}, {"english", "1,000", "1@0[0,1) 000@1[2,5)"},
          {"english", "end.Next 5.x", "end@0[0,3) next@1[4,8) 5@2[9,10) x@3[11,12)"},
          {"english", "b2.5", "b2@0[0,2) 5@1[3,4)"}, {"english", "120/80", "120@0[0,3) 80@1[4,6)"});
}

static void test_hyphens_stay_in_codes_only(void **state)
{
    (void)state;
    CHECK(PLACES, {"english", "COVID-19", "covid-19@0[0,8)"}, {"english", "b-12", "b-12@0[0,4)"},
          {"english", "type-2", "type-2@0[0,6)"}, {"english", "20-29", "20@0[0,2) 29@1[3,5)"},
          {"english", "5-year-old", "5@0[0,1) year@1[2,6) old@2[7,10)"},
          {"english", "covid-19-related", "covid-19@0[0,8) relat@1[9,16)"},
          {"english", "x-ray", "x@0[0,1) ray@1[2,5)"}, {"english", "L4-L5", "l4@0[0,2) l5@1[3,5)"},
          {"english", "il-2-6", "il-2-6@0[0,6)"},
          {"english", "covid\u201019 covid\u201119", "covid-19@0[0,10) covid-19@1[11,21)"},
          {"english", "covid\u201319", "covid@0[0,5) 19@1[8,10)"}, /* a dash */
          {"english", "-5 b- -b --", "5@0[1,2) b@1[3,4) b@2[7,8)"},
          {"english", "b--12", "b@0[0,1) 12@1[3,5)"}, {"english", "covid-", "covid@0[0,5)"},
          {"english", "covid- 19", "covid@0[0,5) 19@1[7,9)"});
}

static void test_ignorable_characters_inside_words_vanish(void **state)
{
    (void)state;
    CHECK(PLACES, {"none", "mi\u00ADgraine", "migraine@0[0,10)"},
          {"none", "a\u200Db\u200Cc\uFEFFd", "abcd@0[0,13)"},
          {"none", "\u00ADword\u00AD next", "word@0[2,6) next@1[9,13)"},
          {"none", "covid\u00AD-\u00AD19", "covid-19@0[0,12)"},
          {"english", "don\u200D'\u200Dt", "dont@0[0,11)"});
}

static void test_controls_and_nul_separate(void **state)
{
    (void)state;
    static const char text[] = "a\0b\x01"
                               "c\x7F"
                               "d\xC2\x85"
                               "e\tf\u2028g\u00A0h_i";
    struct anam_analyzer *a = analyzer("none");
    char *got = analyse(a, text, sizeof text - 1, PLACES);
    assert_string_equal(got, "a@0[0,1) b@1[2,3) c@2[4,5) d@3[6,7) e@4[9,10) f@5[11,12) "
                             "g@6[15,16) h@7[18,19) i@8[20,21)");
    assert_true(anam_analyzer_bad_utf8(a) == 0);
    free(got);
    anam_analyzer_free(a);
}

static void test_emoji_separate(void **state)
{
    (void)state;
    CHECK(PLACES, {"none", "red\U0001F534dots", "red@0[0,3) dots@1[7,11)"},
          {"none", "a\U0001F468\u200D\U0001F469\u200D\U0001F467b", "a@0[0,1) b@1[19,20)"},
          {"none", "a\U0001F44D\U0001F3FDb", "a@0[0,1) b@1[9,10)"},
          {"none", "1\uFE0F\u20E3 2", "1@0[0,7) 2@1[8,9)"}, {"none", "\U0001F1EB\U0001F1F7", ""},
          {"none", "\u2764\uFE0F ok", "ok@0[7,9)"});
}

static void test_right_to_left_scripts_give_words(void **state)
{
    (void)state;
    CHECK(
        PLACES,
        {"none", "\u05DB\u05D0\u05D1 \u05E8\u05D0\u05E9",
         "\u05DB\u05D0\u05D1@0[0,6) \u05E8\u05D0\u05E9@1[7,13)"},
        {"none", "\u202B\u0623\u0644\u0645\u202C \u0641\u064A",
         "\u0627\u0644\u0645@0[3,9) \u0641\u064A@1[13,17)"},
        {"none", "\u0645\u06CC\u200C\u0634\u0648\u062F", "\u0645\u06CC\u0634\u0648\u062F@0[0,13)"});
}

/* ---- Rule 4: CJK ---- */

static void test_cjk_runs_give_overlapping_bigrams(void **state)
{
    (void)state;
    CHECK(PLACES, {"none", "\u5934", "\u5934@0[0,3)"},
          {"none", "\u5934\u75DB", "\u5934\u75DB@0[0,6)"},
          {"none", "\u504F\u5934\u75DB", "\u504F\u5934@0[0,6) \u5934\u75DB@1[3,9)"},
          {"none", "\u5934 \u75DB", "\u5934@0[0,3) \u75DB@1[4,7)"},
          {"none", "ct\u68C0\u67E5b", "ct@0[0,2) \u68C0\u67E5@1[2,8) b@2[8,9)"},
          {"none", "\u7B2C2\u578B", "\u7B2C@0[0,3) 2@1[3,4) \u578B@2[4,7)"},
          {"none", "\u304B\u305C\u306E", "\u304B\u305C@0[0,6) \u305C\u306E@1[3,9)"},
          {"none", "\u30C7\u30FC\u30BF\u30FB\u30D9",
           "\u30C7\u30FC@0[0,6) \u30FC\u30BF@1[3,9) \u30D9@2[12,15)"},
          {"none", "\uB450\uD1B5", "\uB450\uD1B5@0[0,6)"},
          {"none", "\U00020000\U00020001", "\U00020000\U00020001@0[0,8)"},
          {"english", "\u5934\u75DB \u5934\u75DBs",
           "\u5934\u75DB@0[0,6) \u5934\u75DB@1[7,13) s@2[13,14)"});
}

static void test_sound_marks_join_their_katakana(void **state)
{
    (void)state;
    CHECK(PLACES, {"none", "\uFF76\uFF9E\uFF77\uFF9E", "\u30AC\u30AE@0[0,12)"},
          {"none", "\uFF8A\uFF9F", "\u30D1@0[0,6)"}, {"none", "\u304B\u3099", "\u304C@0[0,6)"},
          {"none", "\u304C", "\u304C@0[0,3)"},
          {"none", "\u3042\u3099\u3044", "\u3042\u3044@0[0,9)"});
}

static void test_hangul_is_the_same_composed_or_not(void **state)
{
    (void)state;
    CHECK(PLACES, {"none", "\uD55C\uAD6D\uC5B4", "\uD55C\uAD6D@0[0,6) \uAD6D\uC5B4@1[3,9)"},
          {"none", "\u1112\u1161\u11AB\u1100\u116E\u11A8\u110B\u1165",
           "\uD55C\uAD6D@0[0,18) \uAD6D\uC5B4@1[9,24)"},
          {"none", "\u1112\u1161", "\uD558@0[0,6)"}, {"none", "\uFFBE\uFFC2", "\uD558@0[0,6)"});
}

/* ---- Rule 1: invalid bytes ---- */

static void test_invalid_utf8_separates_and_is_counted(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *terms;
        uint64_t bad;
    } cases[] = {
        {"ab\xFF"
         "cd",
         "ab@0[0,2) cd@1[3,5)", 1},
        {"\x80\x81 x", "x@0[3,4)", 2},
        {"caf\xC3", "caf@0[0,3)", 1},
        {"\xF0\x9F\x98 x", "x@0[4,5)", 1}, /* one truncated sequence */
        {"a\xED\xA0\x80z", "a@0[0,1) z@1[4,5)", 3},
        {"a\xC0\xAFz", "a@0[0,1) z@1[3,4)", 2},
        {"a\uFFFDz", "a@0[0,1) z@1[4,5)", 0},
        {"don\xFFt b-\xFF"
         "12",
         "don@0[0,3) t@1[4,5) b@2[6,7) 12@3[9,11)", 2},
    };
    struct anam_analyzer *a = analyzer("none");
    uint64_t bad = 0;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *got = analyse(a, cases[i].text, strlen(cases[i].text), PLACES);
        assert_string_equal(got, cases[i].terms);
        free(got);
        bad += cases[i].bad; /* counted since the analyzer was made */
        assert_true(anam_analyzer_bad_utf8(a) == bad);
    }
    anam_analyzer_free(a);
}

/* ---- Rule 9: long tokens ---- */

enum { MEGABYTE = 1 << 20 };

/* n bytes made of `unit` over and over, to be freed. */
static char *repeated(const char *unit, size_t n)
{
    size_t width = strlen(unit);
    char *s = malloc(n + 1);
    assert_non_null(s);
    for (size_t i = 0; i < n; i++)
        s[i] = unit[i % width];
    s[n] = '\0';
    return s;
}

static void test_a_token_of_a_megabyte_is_one_short_term(void **state)
{
    (void)state;
    static const struct {
        const char *unit;
        size_t kept; /* of "none": whole characters in ANAM_MAX_TERM bytes */
    } cases[] = {{"x", 128}, {"\u0434", 128}, {"\u0926", 126}, {"\U00010428", 128}, {"7", 128}};
    static const char *const languages[] = {"none", "english", "russian", "hindi"};
    clock_t before = clock();
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t width = strlen(cases[i].unit);
        size_t n = MEGABYTE / width * width;
        char *text = repeated(cases[i].unit, n);
        for (size_t l = 0; l < COUNT(languages); l++) {
            struct anam_analyzer *a = analyzer(languages[l]);
            struct anam_token t;
            anam_analyzer_start(a, text, n);
            assert_int_equal(anam_analyzer_next(a, &t), 1);
            assert_true(t.len > 0 && t.len <= ANAM_MAX_TERM);
            assert_int_equal(t.len % width, 0);
            if (l == 0)
                assert_int_equal(t.len, cases[i].kept);
            assert_memory_equal(t.term, text, t.len);
            assert_int_equal(t.start, 0);
            assert_int_equal(t.end, n);
            assert_int_equal(anam_analyzer_next(a, &t), 0);
            anam_analyzer_free(a);
        }
        free(text);
    }
    assert_true((clock() - before) / CLOCKS_PER_SEC < 10);
}

static void test_a_megabyte_of_combining_marks_is_read_quickly(void **state)
{
    (void)state;
    static const char *const bases[] = {"", "a", "\u304B", "\u1112\u1161"};
    static const char *const terms[] = {"", "a", "\u304B", "\uD558"};
    char *marks = repeated("\u0301", MEGABYTE);
    clock_t before = clock();
    for (size_t i = 0; i < COUNT(bases); i++) {
        struct anam_buffer text = {0};
        append(&text, bases[i], strlen(bases[i]));
        append(&text, marks, MEGABYTE);
        size_t end = text.len;
        append(&text, " z", 2);
        struct anam_analyzer *a = analyzer("none");
        struct anam_token t;
        anam_analyzer_start(a, text.data, text.len);
        if (*terms[i]) {
            assert_int_equal(anam_analyzer_next(a, &t), 1);
            assert_string_equal(t.term, terms[i]);
            assert_int_equal(t.start, 0);
            assert_int_equal(t.end, end);
        }
        assert_int_equal(anam_analyzer_next(a, &t), 1);
        assert_string_equal(t.term, "z");
        assert_int_equal(anam_analyzer_next(a, &t), 0);
        anam_analyzer_free(a);
        anam_buffer_free(&text);
    }
    free(marks);
    assert_true((clock() - before) / CLOCKS_PER_SEC < 10);
}

static void test_the_longest_folding_fits_wherever_it_stands(void **state)
{
    (void)state;
    /* U+FDFA is 18 characters in NFKC: four words. */
    struct anam_buffer text = {0};
    for (int i = 0; i < 100; i++)
        append(&text, "a'\uFDFAb-\uFDFA5.\u338E\u00BD", strlen("a'\uFDFAb-\uFDFA5.\u338E\u00BD"));
    struct anam_analyzer *a = analyzer("none");
    struct anam_token t;
    size_t n = 0;
    anam_analyzer_start(a, text.data, text.len);
    while (anam_analyzer_next(a, &t) == 1)
        n++;
    assert_int_equal(n, 1001); /* ten a round; the last 2 is joined by no a */
    anam_analyzer_free(a);
    anam_buffer_free(&text);
    CHECK(PLACES, {"none", "\uFDFA",
                   "\u0635\u0644\u0649@0[0,3) \u0627\u0644\u0644\u0647@1[0,3) "
                   "\u0639\u0644\u064A\u0647@2[0,3) \u0648\u0633\u0644\u0645@3[0,3)"});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_without_words_gives_no_tokens),
        cmocka_unit_test(test_compatibility_forms_are_folded),
        cmocka_unit_test(test_fractions_are_apart_from_the_number_before),
        cmocka_unit_test(test_trade_marks_are_no_part_of_a_name),
        cmocka_unit_test(test_case_is_folded_in_full),
        cmocka_unit_test(test_diacritics_are_off_composed_or_not),
        cmocka_unit_test(test_vowel_points_of_arabic_and_hebrew_are_off),
        cmocka_unit_test(test_vowels_of_indic_and_thai_script_stay),
        cmocka_unit_test(test_numbers_keep_their_points),
        cmocka_unit_test(test_hyphens_stay_in_codes_only),
        cmocka_unit_test(test_ignorable_characters_inside_words_vanish),
        cmocka_unit_test(test_controls_and_nul_separate),
        cmocka_unit_test(test_emoji_separate),
        cmocka_unit_test(test_right_to_left_scripts_give_words),
        cmocka_unit_test(test_cjk_runs_give_overlapping_bigrams),
        cmocka_unit_test(test_sound_marks_join_their_katakana),
        cmocka_unit_test(test_hangul_is_the_same_composed_or_not),
        cmocka_unit_test(test_invalid_utf8_separates_and_is_counted),
        cmocka_unit_test(test_a_token_of_a_megabyte_is_one_short_term),
        cmocka_unit_test(test_a_megabyte_of_combining_marks_is_read_quickly),
        cmocka_unit_test(test_the_longest_folding_fits_wherever_it_stands),
    };
    return cmocka_run_group_tests_name("tokens", tests, NULL, NULL);
}
