/* UTF-8: reading, writing, telling what is valid, and repairing what is not. */
#include "testing.h"

#include "base/alloc.h"
#include "base/utf8.h"

/* Table 3-7 of the Unicode Standard, "Well-Formed UTF-8 Byte Sequences". */
static const struct row {
    unsigned char low[4];
    unsigned char high[4];
    size_t len;
} table_3_7[] = {
    {{0x00}, {0x7F}, 1},
    {{0xC2, 0x80}, {0xDF, 0xBF}, 2},
    {{0xE0, 0xA0, 0x80}, {0xE0, 0xBF, 0xBF}, 3},
    {{0xE1, 0x80, 0x80}, {0xEC, 0xBF, 0xBF}, 3},
    {{0xED, 0x80, 0x80}, {0xED, 0x9F, 0xBF}, 3},
    {{0xEE, 0x80, 0x80}, {0xEF, 0xBF, 0xBF}, 3},
    {{0xF0, 0x90, 0x80, 0x80}, {0xF0, 0xBF, 0xBF, 0xBF}, 4},
    {{0xF1, 0x80, 0x80, 0x80}, {0xF3, 0xBF, 0xBF, 0xBF}, 4},
    {{0xF4, 0x80, 0x80, 0x80}, {0xF4, 0x8F, 0xBF, 0xBF}, 4},
};

struct decoded {
    size_t len;
    uint32_t c;
    bool valid;
};

/* What the table says of the first character of s[0..n). */
static struct decoded by_table(const unsigned char *s, size_t n)
{
    size_t longest = 1;
    for (size_t r = 0; r < COUNT(table_3_7); r++) {
        const struct row *row = &table_3_7[r];
        size_t fits = 0;
        while (fits < row->len && fits < n && s[fits] >= row->low[fits] &&
               s[fits] <= row->high[fits])
            fits++;
        if (fits == row->len) {
            uint32_t c = fits == 1 ? s[0] : s[0] & (0x7Fu >> fits);
            for (size_t i = 1; i < fits; i++)
                c = c << 6 | (s[i] & 0x3Fu);
            return (struct decoded){fits, c, true};
        }
        longest = fits > longest ? fits : longest;
    }
    return (struct decoded){longest, 0xFFFD, false};
}

static void check_decode(const unsigned char *s, size_t n)
{
    struct decoded want = by_table(s, n);
    struct decoded got;
    char exact[4]; /* a copy, so that reading further than n would show */
    memset(exact, 0xBF, sizeof exact);
    memcpy(exact, s, n);
    got.len = anam_utf8_decode(exact, n, &got.c, &got.valid);
    if (got.len != want.len || got.c != want.c || got.valid != want.valid)
        fail_msg("%02X %02X %02X %02X of %zu: got %zu U+%04X %d, want %zu U+%04X %d", s[0], s[1],
                 s[2], s[3], n, got.len, got.c, got.valid, want.len, want.c, want.valid);
}

static void test_decode_agrees_with_table_for_all_of_two_bytes(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 256; a++) {
        unsigned char s[4] = {(unsigned char)a, 0xBF, 0xBF, 0xBF};
        check_decode(s, 1);
        for (unsigned b = 0; b < 256; b++) {
            s[1] = (unsigned char)b;
            check_decode(s, 2);
        }
    }
}

static void test_decode_agrees_with_table_at_boundaries_of_four_bytes(void **state)
{
    (void)state;
    static const unsigned char edges[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0,
                                          0xBF, 0xC0, 0xC2, 0xE0, 0xED, 0xF0, 0xF4, 0xFF};
    for (unsigned a = 0; a < 256; a++)
        for (size_t b = 0; b < COUNT(edges); b++)
            for (size_t c = 0; c < COUNT(edges); c++)
                for (size_t d = 0; d < COUNT(edges); d++) {
                    unsigned char s[4] = {(unsigned char)a, edges[b], edges[c], edges[d]};
                    check_decode(s, 4);
                    check_decode(s, 3);
                }
}

static void test_ill_formed_sequences_are_not_valid(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t subpart;
        const char *what;
    } cases[] = {
        {"\xC0\x80", 1, "overlong NUL"},
        {"\xC1\xBF", 1, "overlong U+007F"},
        {"\xE0\x9F\xBF", 1, "overlong U+07FF"},
        {"\xF0\x8F\xBF\xBF", 1, "overlong U+FFFF"},
        {"\xED\xA0\x80", 1, "surrogate U+D800"},
        {"\xED\xBF\xBF", 1, "surrogate U+DFFF"},
        {"\xF4\x90\x80\x80", 1, "U+110000"},
        {"\xF5\x80\x80\x80", 1, "first byte F5"},
        {"\xFE", 1, "first byte FE"},
        {"\xFF", 1, "first byte FF"},
        {"\x80", 1, "continuation alone"},
        {"\xBF", 1, "continuation alone"},
        {"\xC2", 1, "truncated after 1 of 2"},
        {"\xE2\x82", 2, "truncated after 2 of 3"},
        {"\xF0\x9F\x98", 3, "truncated after 3 of 4"},
        {"\xF0\x9F\x98Z", 3, "broken off after 3 of 4"},
        {"\xE2\x82\xE2\x82\xAC", 2, "broken off by another character"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint32_t c = 0;
        bool valid = true;
        size_t len = anam_utf8_decode(cases[i].bytes, strlen(cases[i].bytes), &c, &valid);
        if (valid || c != 0xFFFD || len != cases[i].subpart)
            fail_msg("%s: %zu bytes, U+%04X, valid %d", cases[i].what, len, c, valid);
    }
}

static void test_every_scalar_value_is_encoded_and_decoded(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        if (c == 0xD800)
            c = 0xE000;
        char s[4];
        size_t len = anam_utf8_encode(c, s);
        size_t want = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        uint32_t back;
        bool valid;
        if (len != want || anam_utf8_decode(s, len, &back, &valid) != len || back != c || !valid)
            fail_msg("U+%04X", c);
        if (c && anam_utf8_valid_prefix(s, len) != len)
            fail_msg("U+%04X is no valid prefix", c);
    }
}

static void test_valid_prefix_stops_at_nul_and_at_bad_bytes(void **state)
{
    (void)state;
    char s[64];
    for (size_t n = 0; n <= 40; n++) {
        for (size_t at = 0; at < n; at++) { /* at every place of the words it reads at once */
            static const char stops[] = {'\0', '\x80', '\xFF', '\xC3', '\xE2'};
            for (size_t i = 0; i < COUNT(stops); i++) {
                memset(s, 'a', sizeof s);
                s[at] = stops[i];
                assert_int_equal(anam_utf8_valid_prefix(s, n), at);
            }
            memset(s, '\x01', sizeof s);
            s[at] = '\x7F';
            assert_int_equal(anam_utf8_valid_prefix(s, n), n);
        }
    }
    assert_int_equal(anam_utf8_valid_prefix("", 0), 0);
    assert_int_equal(anam_utf8_valid_prefix("caf\xC3\xA9", 5), 5);
    assert_int_equal(anam_utf8_valid_prefix("caf\xC3\xA9", 4), 3);
    assert_int_equal(anam_utf8_valid_prefix("\xE2\x82\xAC\xF0\x9F\x98\x80", 7), 7);
    assert_int_equal(anam_utf8_valid_prefix("\xE2\x82\xAC\xF0\x9F\x98\x80", 6), 3);
}

#define FFFD "\xEF\xBF\xBD"

static void test_repair_replaces_maximal_subparts_and_nuls(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        size_t n;
        const char *out;
        uint64_t replaced;
    } cases[] = {
        {"", 0, "", 0},
        {"plain", 5, "plain", 0},
        {"caf\xC3\xA9", 5, "caf\xC3\xA9", 0},
        {"a\0b\0", 4, "a" FFFD "b" FFFD, 2},
        {"\xC3", 1, FFFD, 1},
        {"a\xC3", 2, "a" FFFD, 1},
        {"\xF0\x9F\x98", 3, FFFD, 1}, /* one subpart */
        {"\xC0\x80", 2, FFFD FFFD, 2},
        {"\xED\xA0\x80", 3, FFFD FFFD FFFD, 3},
        {"\xF4\x90\x80\x80", 4, FFFD FFFD FFFD FFFD, 4},
        {FFFD, 3, FFFD, 0}, /* it was there before */
        /* The examples of the Unicode Standard, tables 3-8 to 3-11. */
        {"\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41", 9, FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD "A", 8},
        {"\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41", 9, FFFD FFFD FFFD FFFD FFFD FFFD FFFD FFFD "A", 8},
        {"\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", 9, FFFD FFFD FFFD FFFD FFFD "A" FFFD FFFD "B", 7},
        {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", 9, FFFD FFFD FFFD FFFD "A", 4},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct anam_buffer out = {0};
        uint64_t replaced = 100; /* it adds */
        assert_true(anam_utf8_repair(cases[i].in, cases[i].n, &out, &replaced));
        assert_true(anam_buffer_terminate(&out));
        assert_string_equal(out.data, cases[i].out);
        assert_int_equal(replaced, 100 + cases[i].replaced);
        assert_int_equal(anam_utf8_valid_prefix(out.data, out.len), out.len);
        anam_buffer_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode_agrees_with_table_for_all_of_two_bytes),
        cmocka_unit_test(test_decode_agrees_with_table_at_boundaries_of_four_bytes),
        cmocka_unit_test(test_ill_formed_sequences_are_not_valid),
        cmocka_unit_test(test_every_scalar_value_is_encoded_and_decoded),
        cmocka_unit_test(test_valid_prefix_stops_at_nul_and_at_bad_bytes),
        cmocka_unit_test(test_repair_replaces_maximal_subparts_and_nuls),
    };
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
