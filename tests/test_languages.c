/* What differs by language: apostrophes, stop words and stems; rules 5, 7 and 8 of
 * analysis/analyzer.h. */
#include "tokens.h"

#include "analysis/stop.h"

static void test_unknown_language_is_invalid(void **state)
{
    (void)state;
    static const char *const names[] = {"",      "klingon", "English", "english ",
                                        "none ", "en",      "NONE",    "a\nb"};
    for (size_t i = 0; i < COUNT(names); i++) {
        struct anam_analyzer *a = (struct anam_analyzer *)&a;
        anam_error err;
        assert_int_equal(anam_analyzer_new(&a, names[i], &err), ANAM_INVALID);
        assert_null(a);
        assert_int_equal(err.code, ANAM_INVALID);
        assert_non_null(strstr(err.msg, "unknown language"));
        assert_int_equal(anam_analyzer_new(&a, names[i], NULL), ANAM_INVALID);
    }
    anam_analyzer_free(NULL);
}

/* ---- Rule 5: apostrophes ---- */

static void test_english_endings_with_an_apostrophe_are_dropped(void **state)
{
    (void)state;
    CHECK(PLACES, {"english", "patient's", "patient@0[0,9)"},
          {"english", "patients'", "patient@0[0,8)"},
          {"english", "patient\u2019s PATIENT'S", "patient@0[0,11) patient@1[12,21)"},
          {"english", "it's he's what's", ""},
          {"english", "Crohn's disease", "crohn@0[0,7) diseas@1[8,15)"},
          {"porter", "patient's", "patient@0[0,9)"}, {"english", "I'm ill", "ill@1[4,7)"},
          {"english", "I'll be ill", "ill@2[8,11)"},
          {"english", "we'll she'd they've you're I'd've", ""},
          {"english", "doctor'll", "doctor@0[0,9)"}, {"english", "'s", "s@0[1,2)"});
    CHECK(TERMS, {"none", "patient's I'll", "patients ill"}, {"german", "geht's", "geht"});
}

static void test_contractions_lose_the_apostrophe_and_stay(void **state)
{
    (void)state;
    CHECK(PLACES, {"english", "don't", "dont@0[0,5)"}, {"english", "don\u2019t", "dont@0[0,7)"},
          {"english", "don\u2018t", "dont@0[0,7)"}, {"english", "don\u02BCt", "dont@0[0,6)"},
          {"english", "don\uFF07t", "dont@0[0,7)"}, {"english", "don`t", "dont@0[0,5)"},
          {"english", "don\u00B4t", "dont@0[0,6)"}, {"english", "DON'T", "dont@0[0,5)"},
          {"english", "o'clock", "oclock@0[0,7)"}, {"english", "rock'n'roll", "rocknrol@0[0,11)"},
          {"english", "'quoted'", "quot@0[1,7)"}, {"english", "can''t", "t@1[5,6)"},
          {"english", "can'\u02BCt", "t@1[6,7)"}, {"english", "5'6", "5@0[0,1) 6@1[2,3)"});
}

static void test_french_italian_and_catalan_split_at_apostrophes(void **state)
{
    (void)state;
    CHECK(PLACES, {"french", "l'eau", "l@0[0,1) eau@1[2,5)"},
          {"french", "l\u2019eau", "l@0[0,1) eau@1[4,7)"},
          {"italian", "l'occhio", "l@0[0,1) occhi@1[2,8)"});
    CHECK(TERMS, {"catalan", "l'ull", "l ull"}, {"spanish", "l'eau", "leau"});
}

/* ---- Rule 7: stop words ---- */

static void test_stop_words_are_dropped_and_leave_a_gap(void **state)
{
    (void)state;
    CHECK(PLACES, {"english", "the pain in the chest", "pain@1[4,8) chest@4[16,21)"},
          {"english", "The THE tHe", ""}, {"english", "pain of it", "pain@0[0,4)"});
    static const char *const words[] = {
        "a",       "about",  "am",    "an",     "and",  "are",   "as",    "at",    "be",
        "because", "been",   "but",   "by",     "can",  "could", "did",   "do",    "does",
        "for",     "from",   "had",   "has",    "have", "he",    "her",   "him",   "his",
        "how",     "i",      "if",    "in",     "into", "is",    "it",    "its",   "me",
        "might",   "more",   "my",    "myself", "of",   "on",    "or",    "our",   "out",
        "she",     "should", "so",    "some",   "such", "than",  "that",  "the",   "their",
        "them",    "then",   "there", "these",  "they", "this",  "those", "to",    "too",
        "up",      "us",     "was",   "we",     "were", "what",  "when",  "where", "which",
        "while",   "who",    "why",   "will",   "with", "would", "you",   "your",  "yourselves"};
    for (size_t i = 0; i < COUNT(words); i++) {
        char *terms = terms_of("english", words[i]);
        if (*terms)
            fail_msg("'%s' gives '%s'", words[i], terms);
        free(terms);
        assert_true(anam_is_stop_word(words[i], strlen(words[i])));
    }
    assert_false(anam_is_stop_word("", 0));
    assert_false(anam_is_stop_word("th", 2));
    assert_true(anam_is_stop_word("their own", 5));
    assert_false(anam_is_stop_word("averylongwordindeedyes", 22));
}

static void test_words_that_negate_are_never_stopped(void **state)
{
    (void)state;
    static const char *const words[] = {
        "no",        "not",        "without", "never",   "none",   "nothing",  "neither",
        "nor",       "nobody",     "nowhere", "cannot",  "dont",   "don't",    "cant",
        "can't",     "wont",       "won't",   "doesn't", "didn't", "isn't",    "aren't",
        "wasn't",    "weren't",    "hasn't",  "haven't", "hadn't", "couldn't", "wouldn't",
        "shouldn't", "don\u2019t", "cant"};
    for (size_t i = 0; i < COUNT(words); i++) {
        char *terms = terms_of("english", words[i]);
        if (!*terms || strchr(terms, ' '))
            fail_msg("'%s' gives '%s'", words[i], terms);
        free(terms);
    }
    CHECK(PLACES, {"english", "no pain and not itchy without fever",
                   "no@0[0,2) pain@1[3,7) not@3[12,15) itchi@4[16,21) without@5[22,29) "
                   "fever@6[30,35)"});
}

static void test_none_neither_stems_nor_stops(void **state)
{
    (void)state;
    CHECK(PLACES, {"none", "The spots are itching",
                   "the@0[0,3) spots@1[4,9) are@2[10,13) itching@3[14,21)"});
    CHECK(TERMS, {"german", "the", "the"}); /* stop words are English only */
}

/* ---- Rule 8: stemming ---- */

static void test_two_forms_of_a_word_give_one_term(void **state)
{
    (void)state;
    static const char *const pairs[][3] = {
        {"english", "spots", "spot"},
        {"english", "itching", "itched"},
        {"english", "allergies", "allergy"},
        {"porter", "infections", "infection"},
        {"german", "H\u00E4user", "Haus"},
        {"german", "Krankheiten", "Krankheit"},
        {"french", "douleurs", "douleur"},
        {"french", "nationalit\u00E9", "national"},
        {"spanish", "naci\u00F3n", "naciones"},
        {"spanish", "dolores", "dolor"},
        {"russian", "\u0431\u043E\u043B\u0435\u0437\u043D\u0438",
         "\u0431\u043E\u043B\u0435\u0437\u043D\u044C"},
        {"finnish", "taloissa", "talo"},
        {"italian", "dolori", "dolore"},
        {"portuguese", "dores", "dor"},
        {"dutch", "ziekten", "ziekte"},
        {"swedish", "sjukdomar", "sjukdom"},
        {"turkish", "evleri", "ev"},
        {"turkish", "EVLER\u0130", "evleri"},
        {"turkish", "ilaca", "ila\u00E7"},
        {"turkish", "A\u011ERI", "a\u011Fr\u0131"},
        {"none", "A\u011ERI", "a\u011Fr\u0131"},
    };
    for (size_t i = 0; i < COUNT(pairs); i++) {
        char *a = terms_of(pairs[i][0], pairs[i][1]);
        char *b = terms_of(pairs[i][0], pairs[i][2]);
        if (strcmp(a, b) != 0 || !*a)
            fail_msg("%s: '%s' gives '%s', '%s' gives '%s'", pairs[i][0], pairs[i][1], a,
                     pairs[i][2], b);
        free(a);
        free(b);
    }
}

static void test_accents_reach_the_stemmer_and_are_folded_after(void **state)
{
    (void)state;
    CHECK(TERMS, {"spanish", "naci\u00F3n naciones nacion", "nacion nacion nacion"},
          {"french", "nationalit\u00E9 nationalit\u00E9s", "national national"},
          {"french", "fi\u00E8vre", "fievr"}, {"german", "\u00C4rzte", "arzt"},
          /* Decomposed, the stemmer's rules must still know the letter. */
          {"spanish", "nacio\u0301n", "nacion"}, {"french", "nationalite\u0301", "national"},
          {"german", "A\u0308rzte", "arzt"});
}

static void test_tokens_with_a_digit_are_not_stemmed(void **state)
{
    (void)state;
    CHECK(TERMS, {"english", "covid19s vitamins 20s", "covid19s vitamin 20s"},
          {"english", "things-2", "things-2"});
}

/* ---- Every language ---- */

static const char mixed[] =
    "Patient's T 38.5\u00B0C, no fever; l'eau, \u00C4rzte, \u00BFdolor? na\u00EFve \uFB01ne "
    "\u0431\u043E\u043B\u044C \u0633\u0644\u0627\u0645\u064C \u05E9\u05DC\u05D5\u05DD "
    "\u0928\u092E\u0938\u094D\u0924\u0947 \u0BA4\u0BAE\u0BBF\u0BB4\u0BCD \u5934\u75DB\u836F "
    "\uFF76\uFF9E \uD55C\uAD6D\uC5B4 \u0E1B\u0E27\u0E14 \U0001F468\u200D\U0001F469 "
    "\u03A3\u039F\u03A6\u039F\u03A3 "
    "\u0531\u0540 \u10D0\u10D1 \u0130\u0131 \u1EBF \xFF\xC3 covid-19 5mg x\u00B2 \u00BD \u2122";

static void test_every_language_analyses_mixed_scripts_the_same_each_time(void **state)
{
    (void)state;
    size_t n = 0;
    bool english = false;
    for (const char *const *l = anam_languages(); *l; l++, n++) {
        english = english || strcmp(*l, "english") == 0;
        struct anam_analyzer *a = analyzer(*l);
        char *first = analyse(a, mixed, sizeof mixed - 1, PLACES);
        char *second = analyse(a, mixed, sizeof mixed - 1, PLACES);
        struct anam_analyzer *b = analyzer(*l);
        char *third = analyse(b, mixed, sizeof mixed - 1, PLACES);
        assert_string_equal(first, second);
        assert_string_equal(first, third);
        assert_non_null(strstr(first, "covid-19@"));
        assert_non_null(strstr(first, " 38.5@"));
        assert_non_null(strstr(first, " \u5934\u75DB@"));
        assert_true(anam_analyzer_bad_utf8(a) == 4);
        free(first);
        free(second);
        free(third);
        anam_analyzer_free(a);
        anam_analyzer_free(b);
    }
    assert_true(n >= 15);
    assert_true(english);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unknown_language_is_invalid),
        cmocka_unit_test(test_english_endings_with_an_apostrophe_are_dropped),
        cmocka_unit_test(test_contractions_lose_the_apostrophe_and_stay),
        cmocka_unit_test(test_french_italian_and_catalan_split_at_apostrophes),
        cmocka_unit_test(test_stop_words_are_dropped_and_leave_a_gap),
        cmocka_unit_test(test_words_that_negate_are_never_stopped),
        cmocka_unit_test(test_none_neither_stems_nor_stops),
        cmocka_unit_test(test_two_forms_of_a_word_give_one_term),
        cmocka_unit_test(test_accents_reach_the_stemmer_and_are_folded_after),
        cmocka_unit_test(test_tokens_with_a_digit_are_not_stemmed),
        cmocka_unit_test(test_every_language_analyses_mixed_scripts_the_same_each_time),
    };
    return cmocka_run_group_tests_name("languages", tests, NULL, NULL);
}
