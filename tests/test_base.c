/* The foundations: memory, bytes, UTF-8, hash, errors and checksummed files. */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static char folder[] = "/tmp/anamnesis-base-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

/* A size that the compiler cannot see through, so that it does not warn of it. */
static size_t opaque(size_t n)
{
    volatile size_t v = n;
    return v;
}

/* ---- alloc ---- */

static void test_new_array_is_zeroed_and_never_null_for_zero(void **state)
{
    (void)state;
    unsigned char *a = anam_new_array(1000, 3);
    assert_non_null(a);
    for (size_t i = 0; i < 3000; i++)
        assert_int_equal(a[i], 0);
    free(a);
    const size_t zeros[][2] = {{0, 8}, {8, 0}, {0, 0}, {0, SIZE_MAX}};
    for (size_t i = 0; i < COUNT(zeros); i++) {
        void *empty = anam_new_array(opaque(zeros[i][0]), opaque(zeros[i][1]));
        assert_non_null(empty);
        free(empty);
    }
}

static void test_sizes_that_overflow_give_no_memory(void **state)
{
    (void)state;
    const size_t half = SIZE_MAX / 2 + 1;
    assert_null(anam_new_array(opaque(half), 2));
    assert_null(anam_new_array(opaque(half + 1), 2)); /* the product would be 2 */
    int *kept = anam_new_array(1, sizeof *kept);
    assert_non_null(kept);
    *kept = 42;
    assert_null(anam_resize_array(kept, opaque(half), 2));
    assert_null(anam_resize_array(kept, opaque(half + 1), 2));
    assert_int_equal(*kept, 42);
    free(kept);
    struct anam_arena arena = {0};
    assert_null(anam_arena_array(&arena, opaque(half), 2));
    assert_null(anam_arena_array(&arena, opaque(half + 1), 2));
    assert_null(anam_arena_alloc(&arena, opaque(SIZE_MAX)));
    assert_null(anam_arena_alloc(&arena, opaque(half)));
    assert_null(anam_arena_copy(&arena, "", opaque(SIZE_MAX)));
    assert_null(anam_arena_copy(&arena, "", opaque(SIZE_MAX - 1)));
    assert_int_equal(arena.total, 0);
    anam_arena_free(&arena);
}

static void test_resize_array_keeps_content_and_accepts_zero(void **state)
{
    (void)state;
    char *a = anam_resize_array(NULL, 3, 1);
    assert_non_null(a);
    memcpy(a, "abc", 3);
    char *bigger = anam_resize_array(a, 1 << 16, 1);
    assert_non_null(bigger);
    assert_memory_equal(bigger, "abc", 3);
    void *empty = anam_resize_array(bigger, 0, 8);
    assert_non_null(empty);
    free(empty);
}

static void test_grow_doubles_and_changes_nothing_on_failure(void **state)
{
    (void)state;
    uint32_t *a = NULL;
    size_t cap = 0;
    assert_true(anam_grow(&a, &cap, 0, sizeof *a));
    assert_null(a);
    assert_int_equal(cap, 0);
    assert_true(anam_grow(&a, &cap, 1, sizeof *a));
    assert_int_equal(cap, 8);
    for (uint32_t i = 0; i < 8; i++)
        a[i] = i;
    const uint32_t *before = a;
    assert_true(anam_grow(&a, &cap, 8, sizeof *a));
    assert_ptr_equal(a, before);
    assert_true(anam_grow(&a, &cap, 9, sizeof *a));
    assert_int_equal(cap, 16);
    assert_true(anam_grow(&a, &cap, 1000, sizeof *a));
    assert_int_equal(cap, 1024);
    for (uint32_t i = 0; i < 8; i++)
        assert_int_equal(a[i], i);
    before = a;
    assert_false(anam_grow(&a, &cap, opaque(SIZE_MAX), sizeof *a));
    assert_false(anam_grow(&a, &cap, opaque(SIZE_MAX / 2 + 2), 1));
    assert_false(anam_grow(&a, &cap, opaque(SIZE_MAX / sizeof *a), sizeof *a));
    assert_ptr_equal(a, before);
    assert_int_equal(cap, 1024);
    free(a);
}

static void test_buffer_appends_and_terminates_without_counting(void **state)
{
    (void)state;
    struct anam_buffer buf = {0};
    assert_true(anam_buffer_append(&buf, NULL, 0));
    assert_int_equal(buf.len, 0);
    assert_true(anam_buffer_terminate(&buf));
    assert_string_equal(buf.data, "");
    assert_int_equal(buf.len, 0);
    assert_true(anam_buffer_append(&buf, "a\0b", 3));
    assert_true(anam_buffer_append_str(&buf, "cd"));
    assert_true(anam_buffer_append_str(&buf, ""));
    assert_true(anam_buffer_terminate(&buf));
    assert_int_equal(buf.len, 5);
    assert_memory_equal(buf.data, "a\0bcd", 6);
    assert_true(anam_buffer_reserve(&buf, 100));
    assert_true(buf.cap >= 105);
    assert_false(anam_buffer_reserve(&buf, opaque(SIZE_MAX)));
    assert_false(anam_buffer_reserve(&buf, opaque(SIZE_MAX - 5)));
    assert_false(anam_buffer_append(&buf, "x", opaque(SIZE_MAX)));
    assert_int_equal(buf.len, 5);
    anam_buffer_free(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.len, 0);
    assert_int_equal(buf.cap, 0);
    anam_buffer_free(&buf);
}

static void test_buffer_holds_what_was_appended_byte_by_byte(void **state)
{
    (void)state;
    struct anam_buffer buf = {0};
    for (unsigned i = 0; i < 100000; i++) {
        char c = (char)(i * 31 % 127);
        assert_true(anam_buffer_append(&buf, &c, 1));
    }
    assert_int_equal(buf.len, 100000);
    for (unsigned i = 0; i < 100000; i++)
        assert_int_equal(buf.data[i], i * 31 % 127);
    anam_buffer_free(&buf);
}

static void test_arena_memory_is_aligned_apart_and_copied(void **state)
{
    (void)state;
    struct anam_arena arena = {0};
    char *blocks[500];
    for (size_t i = 0; i < COUNT(blocks); i++) {
        size_t n = i * 7 % 1000 + 1;
        blocks[i] = anam_arena_alloc(&arena, n);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % _Alignof(max_align_t), 0);
        memset(blocks[i], (int)(i % 128), n);
    }
    for (size_t i = 0; i < COUNT(blocks); i++)
        for (size_t j = 0; j < i * 7 % 1000 + 1; j++)
            assert_int_equal(blocks[i][j], i % 128);
    assert_non_null(anam_arena_alloc(&arena, 0));
    char *copy = anam_arena_copy(&arena, "a\0bc", 3);
    assert_memory_equal(copy, "a\0b", 4);
    assert_string_equal(anam_arena_copy(&arena, NULL, 0), "");
    uint64_t *zeros = anam_arena_array(&arena, 100, sizeof *zeros);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(zeros[i], 0);
    assert_non_null(anam_arena_array(&arena, 0, 8));
    assert_non_null(anam_arena_array(&arena, 8, 0));
    anam_arena_free(&arena);
}

static void test_arena_gives_allocations_larger_than_a_block(void **state)
{
    (void)state;
    struct anam_arena arena = {0};
    char *small = anam_arena_copy(&arena, "small", 5);
    char *large = anam_arena_alloc(&arena, 3 << 20);
    assert_non_null(large);
    memset(large, 'x', 3 << 20);
    char *after = anam_arena_copy(&arena, "after", 5);
    assert_string_equal(small, "small");
    assert_string_equal(after, "after");
    assert_int_equal(large[(3 << 20) - 1], 'x');
    assert_true(arena.total >= 3 << 20);
    anam_arena_free(&arena);
    assert_int_equal(arena.total, 0);
    assert_null(arena.blocks);
}

static void test_arena_reset_keeps_one_block(void **state)
{
    (void)state;
    struct anam_arena arena = {0};
    anam_arena_reset(&arena);
    assert_int_equal(arena.total, 0);
    void *first = anam_arena_alloc(&arena, 100);
    size_t one = arena.total;
    for (int i = 0; i < 1000; i++)
        assert_non_null(anam_arena_alloc(&arena, 1000));
    assert_true(arena.total > 10 * one);
    anam_arena_reset(&arena);
    assert_int_equal(arena.total, one);
    assert_int_equal(arena.used, 0);
    assert_ptr_equal(anam_arena_alloc(&arena, 100), first);
    assert_int_equal(arena.total, one);
    /* Freed arenas can be used again. */
    anam_arena_free(&arena);
    assert_non_null(anam_arena_alloc(&arena, 1));
    anam_arena_free(&arena);
}

/* ---- bytes ---- */

static void test_integers_are_little_endian(void **state)
{
    (void)state;
    unsigned char p[8];
    anam_store16(p, 0x0201);
    assert_memory_equal(p, "\x01\x02", 2);
    anam_store32(p, 0x84838281);
    assert_memory_equal(p, "\x81\x82\x83\x84", 4);
    anam_store64(p, UINT64_C(0x8887868584838281));
    assert_memory_equal(p, "\x81\x82\x83\x84\x85\x86\x87\x88", 8);
    assert_int_equal(anam_load16(p), 0x8281);
    assert_int_equal(anam_load32(p), 0x84838281);
    assert_true(anam_load64(p) == UINT64_C(0x8887868584838281));
    const uint64_t edges[] = {0, 1, 0x7F, 0x80, UINT16_MAX, UINT32_MAX, UINT64_MAX};
    for (size_t i = 0; i < COUNT(edges); i++) {
        anam_store16(p, (uint16_t)edges[i]);
        assert_int_equal(anam_load16(p), (uint16_t)edges[i]);
        anam_store32(p, (uint32_t)edges[i]);
        assert_int_equal(anam_load32(p), (uint32_t)edges[i]);
        anam_store64(p, edges[i]);
        assert_true(anam_load64(p) == edges[i]);
    }
}

static void test_varints_come_back_in_as_few_bytes_as_possible(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits <= 64; bits++) {
        for (unsigned delta = 0; delta < 3; delta++) {
            uint64_t power = bits < 64 ? UINT64_C(1) << bits : 0;
            uint64_t v = power + delta - 1; /* around each power of two; 2^64 - 1 too */
            struct anam_buffer buf = {0};
            assert_true(anam_buffer_append_varint(&buf, v));
            size_t expected = 1;
            for (uint64_t rest = v; rest >= 0x80; rest >>= 7)
                expected++;
            assert_int_equal(buf.len, expected);
            struct anam_cursor c = anam_cursor_over(buf.data, buf.len);
            assert_true(anam_cursor_varint(&c) == v);
            assert_false(c.bad);
            assert_int_equal(anam_cursor_left(&c), 0);
            for (size_t n = 0; n < buf.len; n++) { /* every truncation is bad */
                c = anam_cursor_over(buf.data, n);
                assert_true(anam_cursor_varint(&c) == 0);
                assert_true(c.bad);
            }
            anam_buffer_free(&buf);
        }
    }
}

static void test_varint_beyond_64_bits_is_bad(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        bool bad;
        uint64_t value;
    } cases[] = {
        {"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 10, false, UINT64_MAX},
        {"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 10, false, UINT64_C(1) << 63},
        {"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 10, false, 0},
        {"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02", 10, true, 0},
        {"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", 10, true, 0},
        {"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 11, true, 0},
        {"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x81\x00", 11, true, 0},
        {"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 11, true, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct anam_cursor c = anam_cursor_over(cases[i].bytes, cases[i].n);
        assert_true(anam_cursor_varint(&c) == cases[i].value);
        assert_int_equal(c.bad, cases[i].bad);
    }
}

static void test_varint_above_its_maximum_is_bad(void **state)
{
    (void)state;
    struct anam_cursor c = anam_cursor_over("\x05\x06\x05", 3);
    assert_int_equal(anam_cursor_varint_max(&c, 5), 5);
    assert_false(c.bad);
    assert_int_equal(anam_cursor_varint_max(&c, 5), 0);
    assert_true(c.bad);
    assert_int_equal(anam_cursor_varint_max(&c, 5), 0); /* bad sticks */
}

static void test_cursor_reads_in_order_up_to_the_end(void **state)
{
    (void)state;
    const char bytes[] = "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F\x10\x11";
    struct anam_cursor c = anam_cursor_over(bytes, 17);
    assert_int_equal(anam_cursor_u8(&c), 1);
    assert_int_equal(anam_cursor_u16(&c), 0x0302);
    assert_int_equal(anam_cursor_u32(&c), 0x07060504);
    assert_true(anam_cursor_u64(&c) == UINT64_C(0x0F0E0D0C0B0A0908));
    assert_int_equal(anam_cursor_left(&c), 2);
    const unsigned char *rest = anam_cursor_bytes(&c, 2);
    assert_memory_equal(rest, "\x10\x11", 2);
    assert_non_null(anam_cursor_bytes(&c, 0));
    assert_false(c.bad);
    assert_int_equal(anam_cursor_u8(&c), 0);
    assert_true(c.bad);
}

/* Reads an integer of 2^kind bytes, or with kind 4 a varint, 5 plain bytes. */
static uint64_t read_kind(struct anam_cursor *c, int kind)
{
    switch (kind) {
    case 0:
        return anam_cursor_u8(c);
    case 1:
        return anam_cursor_u16(c);
    case 2:
        return anam_cursor_u32(c);
    case 3:
        return anam_cursor_u64(c);
    case 4:
        return anam_cursor_varint(c);
    default:
        return anam_cursor_bytes(c, 1) != NULL;
    }
}

static void test_cursor_never_reads_beyond_the_end_and_stays_bad(void **state)
{
    (void)state;
    for (int kind = 0; kind <= 3; kind++) {
        size_t width = (size_t)1 << kind;
        for (size_t n = 0; n < width; n++) {
            unsigned char *bytes = malloc(n + 1); /* sanitizers see a read too far */
            assert_non_null(bytes);
            memset(bytes, 0xFF, n + 1);
            struct anam_cursor c = anam_cursor_over(bytes + 1, n);
            assert_true(read_kind(&c, kind) == 0);
            assert_true(c.bad);
            assert_int_equal(anam_cursor_left(&c), n);
            for (int later = 0; later <= 5; later++)
                assert_true(read_kind(&c, later) == 0);
            assert_null(anam_cursor_bytes(&c, 0));
            assert_int_equal(anam_cursor_left(&c), n);
            free(bytes);
        }
    }
    struct anam_cursor c = anam_cursor_over("abc", 3);
    assert_null(anam_cursor_bytes(&c, 4));
    assert_true(c.bad);
    c = anam_cursor_over("abc", 3);
    assert_null(anam_cursor_bytes(&c, UINT64_MAX));
    assert_true(c.bad);
    c = anam_cursor_over(NULL, 0);
    assert_int_equal(anam_cursor_left(&c), 0);
    assert_int_equal(anam_cursor_u8(&c), 0);
    assert_true(c.bad);
}

/* ---- utf8 ---- */

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

/* ---- hash ---- */

/* SipHash-c-d straight from section 2 of the paper, on bytes, to compare with. */
static uint64_t siphash(unsigned c_rounds, unsigned d_rounds, const uint64_t k[2],
                        const unsigned char *m, size_t n)
{
#define ROTATE(x, b) (((x) << (b)) | ((x) >> (64 - (b))))
    uint64_t v0 = k[0] ^ UINT64_C(0x736f6d6570736575);
    uint64_t v1 = k[1] ^ UINT64_C(0x646f72616e646f6d);
    uint64_t v2 = k[0] ^ UINT64_C(0x6c7967656e657261);
    uint64_t v3 = k[1] ^ UINT64_C(0x7465646279746573);
    size_t words = n / 8 + 1;
    for (size_t w = 0; w <= words; w++) {
        bool finalise = w == words;
        uint64_t word = 0;
        for (size_t i = 0; i < 8 && !finalise; i++) {
            size_t at = 8 * w + i;
            uint64_t byte = at < n ? m[at] : i == 7 ? n & 0xFF : 0;
            word |= byte << (8 * i);
        }
        if (finalise)
            v2 ^= 0xFF;
        v3 ^= word;
        for (unsigned r = 0; r < (finalise ? d_rounds : c_rounds); r++) {
            v0 += v1;
            v2 += v3;
            v1 = ROTATE(v1, 13);
            v3 = ROTATE(v3, 16);
            v1 ^= v0;
            v3 ^= v2;
            v0 = ROTATE(v0, 32);
            v2 += v1;
            v0 += v3;
            v1 = ROTATE(v1, 17);
            v3 = ROTATE(v3, 21);
            v1 ^= v2;
            v3 ^= v0;
            v2 = ROTATE(v2, 32);
        }
        v0 ^= word;
    }
    return v0 ^ v1 ^ v2 ^ v3;
#undef ROTATE
}

static void test_hash_is_siphash_1_3(void **state)
{
    (void)state;
    struct anam_hash_key key = {{UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)}};
    unsigned char m[300];
    for (size_t i = 0; i < sizeof m; i++)
        m[i] = (unsigned char)i;
    /* The reference itself is right: appendix A of the paper, SipHash-2-4 of 15 bytes. */
    assert_true(siphash(2, 4, key.k, m, 15) == UINT64_C(0xa129ca6149be45e5));
    for (size_t n = 0; n <= sizeof m; n++)
        assert_true(anam_hash(key, m, n) == siphash(1, 3, key.k, m, n));
    for (size_t i = 1; i < 9; i++) /* at every alignment */
        assert_true(anam_hash(key, m + i, 20) == siphash(1, 3, key.k, m + i, 20));
    assert_true(anam_hash(key, NULL, 0) == siphash(1, 3, key.k, m, 0));
}

static void test_hash_depends_on_key_and_every_bit(void **state)
{
    (void)state;
    struct anam_hash_key a = anam_hash_random_key();
    struct anam_hash_key b = anam_hash_random_key();
    assert_memory_not_equal(&a, &b, sizeof a);
    assert_true(anam_hash(a, "term", 4) != anam_hash(b, "term", 4));
    assert_true(anam_hash(a, "a", 1) != anam_hash(a, "a\0", 2));
    unsigned char m[17] = {0};
    uint64_t plain = anam_hash(a, m, sizeof m);
    for (size_t bit = 0; bit < 8 * sizeof m; bit++) {
        m[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_true(anam_hash(a, m, sizeof m) != plain);
        m[bit / 8] = 0;
    }
}

/* ---- error ---- */

static void test_fail_fills_the_record_and_returns_its_status(void **state)
{
    (void)state;
    anam_error err;
    memset(&err, 0xAA, sizeof err);
    assert_int_equal(anam_fail(&err, ANAM_QUERY, "%s %d", "no", 7), ANAM_QUERY);
    assert_int_equal(err.code, ANAM_QUERY);
    assert_int_equal(err.sys, 0);
    assert_int_equal(err.pos, 0);
    assert_string_equal(err.msg, "no 7");
    memset(&err, 0xAA, sizeof err);
    assert_int_equal(anam_fail_at(&err, ANAM_DAMAGED, UINT64_MAX, "at %s", "it"), ANAM_DAMAGED);
    assert_int_equal(err.code, ANAM_DAMAGED);
    assert_int_equal(err.sys, 0);
    assert_true(err.pos == UINT64_MAX);
    assert_string_equal(err.msg, "at it");
    memset(&err, 0xAA, sizeof err);
    assert_int_equal(anam_fail_memory(&err), ANAM_NO_MEMORY);
    assert_int_equal(err.code, ANAM_NO_MEMORY);
    assert_int_equal(err.sys, 0);
    assert_string_equal(err.msg, "out of memory");
}

static void test_fail_sys_says_what_errno_means(void **state)
{
    (void)state;
    anam_error err;
    memset(&err, 0xAA, sizeof err);
    assert_int_equal(anam_fail_sys(&err, ENOENT, "cannot open %s", "x"), ANAM_IO);
    assert_int_equal(err.code, ANAM_IO);
    assert_int_equal(err.sys, ENOENT);
    assert_int_equal(err.pos, 0);
    assert_string_equal(err.msg, "cannot open x: No such file or directory");
    assert_int_equal(anam_fail_sys(&err, ENOMEM, "x"), ANAM_NO_MEMORY);
    assert_int_equal(err.code, ANAM_NO_MEMORY);
    assert_int_equal(err.sys, ENOMEM);
    assert_int_equal(anam_fail_sys(&err, 123456, "x"), ANAM_IO);
    assert_string_equal(err.msg, "x: error 123456");
}

static void test_errors_without_a_record_only_return_the_status(void **state)
{
    (void)state;
    assert_int_equal(anam_fail(NULL, ANAM_LOCKED, "%d", 1), ANAM_LOCKED);
    assert_int_equal(anam_fail_at(NULL, ANAM_DAMAGED, 5, "%d", 1), ANAM_DAMAGED);
    assert_int_equal(anam_fail_sys(NULL, EACCES, "%d", 1), ANAM_IO);
    assert_int_equal(anam_fail_sys(NULL, ENOMEM, "%d", 1), ANAM_NO_MEMORY);
    assert_int_equal(anam_fail_memory(NULL), ANAM_NO_MEMORY);
}

static void test_long_messages_are_cut_but_keep_the_reason(void **state)
{
    (void)state;
    char path[3000];
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    struct {
        anam_error err;
        char guard[8];
    } box;
    memset(&box, 0x55, sizeof box);
    anam_fail(&box.err, ANAM_INVALID, "%s", path);
    assert_int_equal(strlen(box.err.msg), sizeof box.err.msg - 1);
    anam_fail_at(&box.err, ANAM_DAMAGED, 1, "%s", path);
    assert_int_equal(strlen(box.err.msg), sizeof box.err.msg - 1);
    for (size_t n = 400; n < 500; n++) {
        anam_fail_sys(&box.err, ENOSPC, "%.*s", (int)n, path);
        const char why[] = "p: No space left on device";
        size_t len = strlen(box.err.msg);
        assert_true(len < sizeof box.err.msg);
        assert_string_equal(box.err.msg + len - strlen(why), why);
    }
    assert_memory_equal(box.guard, "UUUUUUUU", 8);
}

static void test_every_status_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = ANAM_OK; i <= ANAM_NO_MEMORY; i++) {
        const char *name = anam_status_name((anam_status)i);
        assert_non_null(name);
        assert_string_not_equal(name, "unknown status");
        for (int j = ANAM_OK; j < i; j++)
            assert_string_not_equal(name, anam_status_name((anam_status)j));
    }
    assert_string_equal(anam_status_name(ANAM_DAMAGED), "damaged");
    assert_string_equal(anam_status_name((anam_status)(ANAM_NO_MEMORY + 1)), "unknown status");
    int below = -1;
    anam_status negative;
    memcpy(&negative, &below, sizeof negative);
    assert_string_equal(anam_status_name(negative), "unknown status");
    assert_string_equal(anam_version(), ANAM_VERSION);
}

/* ---- files ---- */

enum { N_MOST = 300000 };

static unsigned char byte_at(size_t i)
{
    return (unsigned char)(i * 2654435761u >> 7);
}

static char *path_of(const char *name)
{
    char *path = anam_path_join(folder, name);
    assert_non_null(path);
    return path;
}

static void remove_file(const char *name)
{
    char *path = path_of(name);
    assert_int_equal(unlink(path), 0);
    free(path);
}

/* Writes a file with a body of n bytes, in pieces; returns the size of the file. */
static uint64_t write_body(const char *name, size_t n, size_t piece)
{
    unsigned char *bytes = malloc(n + 1);
    assert_non_null(bytes);
    for (size_t i = 0; i < n; i++)
        bytes[i] = byte_at(i);
    struct anam_file_writer w;
    anam_error err;
    assert_int_equal(anam_file_writer_open(&w, folder, name, &err), ANAM_OK);
    for (size_t i = 0; i < n; i += piece) {
        size_t part = n - i < piece ? n - i : piece;
        assert_int_equal(anam_file_append(&w, bytes + i, part, &err), ANAM_OK);
        assert_int_equal(w.pos, i + part);
    }
    uint64_t size = 0;
    assert_int_equal(anam_file_finish(&w, &size, &err), ANAM_OK);
    anam_file_writer_free(&w);
    free(bytes);
    return size;
}

static const size_t body_sizes[] = {0, 1, 4095, 4096, 4097, N_MOST};

static void test_written_bytes_are_read_back(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 7, 4096, 5000, N_MOST};
    for (size_t i = 0; i < COUNT(body_sizes); i++) {
        for (size_t j = 0; j < COUNT(pieces); j++) {
            size_t n = body_sizes[i];
            uint64_t size = write_body("file", n, pieces[j]);
            assert_int_equal(size, n + (n + 4095) / 4096 * 4 + ANAM_TRAILER);
            struct anam_map map;
            anam_error err;
            assert_int_equal(anam_map_open(&map, folder, "file", size, &err), ANAM_OK);
            assert_int_equal(map.size, size);
            assert_int_equal(map.body, n);
            const unsigned char *bytes;
            assert_int_equal(anam_map_read(&map, 0, n, &bytes, &err), ANAM_OK);
            for (size_t b = 0; b < n; b++)
                if (bytes[b] != byte_at(b))
                    fail_msg("byte %zu of %zu", b, n);
            anam_map_close(&map);
            anam_map_close(&map); /* closed is empty */
            remove_file("file");
        }
    }
}

static void test_ranges_inside_the_body_are_read_and_no_others(void **state)
{
    (void)state;
    static const uint64_t edges[] = {0, 1, 4095, 4096, 4097, 8191, 8192, 9999, 10000};
    uint64_t size = write_body("file", 10000, 10000);
    const unsigned char *bytes;
    anam_error err;
    for (size_t i = 0; i < COUNT(edges); i++) {
        for (size_t j = i; j < COUNT(edges); j++) {
            struct anam_map map; /* opened anew: nothing is verified yet */
            assert_int_equal(anam_map_open(&map, folder, "file", size, &err), ANAM_OK);
            uint64_t n = edges[j] - edges[i];
            for (int again = 0; again < 2; again++) {
                assert_int_equal(anam_map_read(&map, edges[i], n, &bytes, &err), ANAM_OK);
                for (uint64_t b = 0; b < n; b++)
                    assert_int_equal(bytes[b], byte_at((size_t)(edges[i] + b)));
            }
            anam_map_close(&map);
        }
    }
    static const uint64_t beyond[][2] = {
        {0, 10001},      {10000, 1},      {9999, 2},       {10001, 0},
        {UINT64_MAX, 0}, {UINT64_MAX, 1}, {1, UINT64_MAX}, {0, UINT64_MAX},
    };
    struct anam_map map;
    assert_int_equal(anam_map_open(&map, folder, "file", size, &err), ANAM_OK);
    for (size_t i = 0; i < COUNT(beyond); i++) {
        bytes = (const unsigned char *)"";
        assert_int_equal(anam_map_read(&map, beyond[i][0], beyond[i][1], &bytes, &err),
                         ANAM_DAMAGED);
        assert_null(bytes);
        assert_true(err.pos == beyond[i][0]);
        assert_non_null(strstr(err.msg, "/file is damaged at byte "));
        assert_non_null(strstr(err.msg, ": points beyond the end"));
    }
    anam_map_close(&map);
    remove_file("file");
}

static void test_alignment_pads_with_zero_bytes(void **state)
{
    (void)state;
    static const size_t alignments[] = {1, 2, 8, 16, 64, 65, 100, 128, 512, 4096, 8192};
    for (size_t i = 0; i < COUNT(alignments); i++) {
        size_t alignment = alignments[i];
        struct anam_file_writer w;
        anam_error err;
        assert_int_equal(anam_file_writer_open(&w, folder, "file", &err), ANAM_OK);
        assert_int_equal(anam_file_align(&w, alignment, &err), ANAM_OK);
        assert_int_equal(w.pos, 0);
        for (int round = 0; round < 3; round++) {
            assert_int_equal(anam_file_append(&w, "x", 1, &err), ANAM_OK);
            assert_int_equal(anam_file_align(&w, alignment, &err), ANAM_OK);
            assert_int_equal(w.pos % alignment, 0);
            assert_int_equal(anam_file_align(&w, alignment, &err), ANAM_OK);
        }
        assert_int_equal(w.pos, 3 * alignment);
        uint64_t size;
        assert_int_equal(anam_file_finish(&w, &size, &err), ANAM_OK);
        struct anam_map map;
        const unsigned char *bytes;
        assert_int_equal(anam_map_open(&map, folder, "file", size, &err), ANAM_OK);
        assert_int_equal(anam_map_read(&map, 0, 3 * alignment, &bytes, &err), ANAM_OK);
        for (size_t b = 0; b < 3 * alignment; b++)
            assert_int_equal(bytes[b], b % alignment == 0 ? 'x' : 0);
        anam_map_close(&map);
        remove_file("file");
    }
}

static void change_byte(const char *name, uint64_t at, unsigned char mask)
{
    char *path = path_of(name);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    unsigned char byte;
    assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
    byte ^= mask;
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
    close(fd);
    free(path);
}

static void test_a_flipped_bit_of_the_body_is_found_when_it_is_read(void **state)
{
    (void)state;
    static const uint64_t places[] = {0, 1, 4095, 4096, 8191, 8192, 9999};
    uint64_t size = write_body("file", 10000, 10000);
    anam_error err;
    const unsigned char *bytes;
    for (size_t i = 0; i < COUNT(places); i++) {
        uint64_t chunk = places[i] / 4096;
        change_byte("file", places[i], 0x10);
        struct anam_map map;
        assert_int_equal(anam_map_open(&map, folder, "file", size, &err), ANAM_OK);
        for (uint64_t c = 0; c < 3; c++) { /* other chunks can be read */
            uint64_t n = c == 2 ? 10000 - 8192 : 4096;
            anam_status status = anam_map_read(&map, c * 4096, n, &bytes, &err);
            assert_int_equal(status, c == chunk ? ANAM_DAMAGED : ANAM_OK);
        }
        assert_int_equal(anam_map_read(&map, 0, 10000, &bytes, &err), ANAM_DAMAGED);
        assert_null(bytes);
        assert_int_equal(err.code, ANAM_DAMAGED);
        assert_int_equal(err.pos, chunk * 4096);
        char want[200];
        snprintf(want, sizeof want, "%s/file is damaged at byte %u: checksum mismatch", folder,
                 (unsigned)(chunk * 4096));
        assert_string_equal(err.msg, want);
        /* Once found, found again. */
        assert_int_equal(anam_map_read(&map, places[i], 1, &bytes, NULL), ANAM_DAMAGED);
        anam_map_close(&map);
        change_byte("file", places[i], 0x10);
    }
    remove_file("file");
}

static void test_a_flipped_bit_behind_the_body_is_found_on_opening(void **state)
{
    (void)state;
    uint64_t size = write_body("file", 10000, 10000);
    for (uint64_t at = 10000; at < size; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            change_byte("file", at, (unsigned char)(1 << bit));
            struct anam_map map;
            anam_error err;
            assert_int_equal(anam_map_open(&map, folder, "file", size, &err), ANAM_DAMAGED);
            assert_int_equal(err.code, ANAM_DAMAGED);
            assert_int_equal(err.pos, at < size - ANAM_TRAILER ? 10000 : size - ANAM_TRAILER);
            assert_non_null(strstr(err.msg, "/file is damaged at byte "));
            assert_null(map.bytes);
            assert_null(map.path);
            change_byte("file", at, (unsigned char)(1 << bit));
        }
    }
    remove_file("file");
}

static void test_a_truncated_file_is_damaged(void **state)
{
    (void)state;
    uint64_t size = write_body("file", 5000, 5000);
    char *path = path_of("file");
    static const uint64_t cuts[] = {1, 4, 31, 32, 33, 40, 41, 1000, 5000, 5039};
    for (size_t i = 0; i <= COUNT(cuts); i++) {
        uint64_t left = i < COUNT(cuts) ? size - cuts[i] : 0;
        assert_int_equal(truncate(path, (off_t)left), 0);
        struct anam_map map;
        anam_error err;
        char want[200];
        assert_int_equal(anam_map_open(&map, folder, "file", size, &err), ANAM_DAMAGED);
        snprintf(want, sizeof want, "%s is damaged: it has %u bytes, the manifest says %u", path,
                 (unsigned)left, (unsigned)size);
        assert_string_equal(err.msg, want);
        assert_int_equal(err.pos, left);
        assert_int_equal(anam_map_open(&map, folder, "file", ANAM_ANY_SIZE, &err), ANAM_DAMAGED);
        assert_null(strstr(err.msg, "manifest"));
        if (left < ANAM_TRAILER) {
            snprintf(want, sizeof want, "%s is damaged at byte %u: ends before its trailer", path,
                     (unsigned)left);
            assert_string_equal(err.msg, want);
        }
    }
    free(path);
    remove_file("file");
}

static void test_a_size_other_than_expected_is_damage(void **state)
{
    (void)state;
    uint64_t size = write_body("file", 100, 100);
    struct anam_map map;
    anam_error err;
    static const int64_t wrong[] = {-1, 1, -(100 + 4 + ANAM_TRAILER)};
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_int_equal(
            anam_map_open(&map, folder, "file", (uint64_t)((int64_t)size + wrong[i]), &err),
            ANAM_DAMAGED);
    assert_int_equal(anam_map_open(&map, folder, "file", ANAM_ANY_SIZE, &err), ANAM_OK);
    anam_map_close(&map);
    remove_file("file");
}

static void test_a_trailer_with_an_impossible_length_is_damage(void **state)
{
    (void)state;
    static const uint64_t lengths[] = {0,
                                       99,
                                       101,
                                       104,
                                       136,
                                       UINT64_MAX,
                                       UINT64_MAX - 4095,
                                       UINT64_C(1) << 63,
                                       (UINT64_C(1) << 62) + 100};
    write_body("file", 100, 100);
    char *path = path_of("file");
    for (size_t i = 0; i < COUNT(lengths); i++) {
        unsigned char trailer[ANAM_TRAILER];
        int fd = open(path, O_RDWR);
        assert_int_equal(pread(fd, trailer, ANAM_TRAILER, 104), ANAM_TRAILER);
        anam_store64(trailer + 8, lengths[i]);
        /* The trailer's own CRC-32 made right again, bit by bit. */
        uint32_t crc = 0xFFFFFFFF;
        for (size_t b = 0; b < 28; b++) {
            crc ^= trailer[b];
            for (int k = 0; k < 8; k++)
                crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
        }
        anam_store32(trailer + 28, ~crc);
        assert_int_equal(pwrite(fd, trailer, ANAM_TRAILER, 104), ANAM_TRAILER);
        close(fd);
        struct anam_map map;
        anam_error err;
        assert_int_equal(anam_map_open(&map, folder, "file", ANAM_ANY_SIZE, &err), ANAM_DAMAGED);
        assert_int_equal(err.pos, 104 + 8);
        assert_non_null(strstr(err.msg, "length in the trailer"));
    }
    free(path);
    remove_file("file");
}

static void test_a_missing_file_or_folder_is_an_io_error(void **state)
{
    (void)state;
    struct anam_map map;
    anam_error err;
    assert_int_equal(anam_map_open(&map, folder, "absent", ANAM_ANY_SIZE, &err), ANAM_IO);
    assert_int_equal(err.sys, ENOENT);
    char want[200];
    snprintf(want, sizeof want, "cannot open %s/absent: No such file or directory", folder);
    assert_string_equal(err.msg, want);
    struct anam_file_writer w;
    assert_int_equal(anam_file_writer_open(&w, "/absent/folder", "x", &err), ANAM_IO);
    assert_int_equal(err.sys, ENOENT);
    assert_string_equal(err.msg, "cannot create /absent/folder/x: No such file or directory");
    anam_file_writer_free(&w);
    assert_int_equal(anam_sync_dir("/absent/folder", &err), ANAM_IO);
    assert_int_equal(err.sys, ENOENT);
    assert_int_equal(anam_sync_dir("/dev/null", &err), ANAM_IO);
    assert_int_equal(err.sys, ENOTDIR);
    assert_int_equal(anam_sync_dir(folder, &err), ANAM_OK);
    /* A folder in the place of a file holds no trailer. */
    assert_int_equal(anam_map_open(&map, "/", "tmp", ANAM_ANY_SIZE, &err), ANAM_DAMAGED);
}

static void test_a_writer_can_be_freed_in_any_state(void **state)
{
    (void)state;
    struct anam_file_writer w = {0};
    int flags = fcntl(0, F_GETFD);
    anam_file_writer_free(&w);
    assert_int_equal(fcntl(0, F_GETFD), flags); /* {0} does not own descriptor 0 */
    anam_file_writer_free(&w);
    assert_int_equal(anam_file_writer_open(&w, folder, "half", NULL), ANAM_OK);
    assert_int_equal(anam_file_append(&w, "abc", 3, NULL), ANAM_OK);
    int fd = w.fd;
    anam_file_writer_free(&w);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    anam_file_writer_free(&w);
    struct anam_map map;
    assert_int_equal(anam_map_open(&map, folder, "half", ANAM_ANY_SIZE, NULL), ANAM_DAMAGED);
    remove_file("half");
}

static void test_opening_a_writer_replaces_the_file(void **state)
{
    (void)state;
    write_body("file", 20000, 20000);
    uint64_t size = write_body("file", 10, 10);
    struct anam_map map;
    assert_int_equal(anam_map_open(&map, folder, "file", size, NULL), ANAM_OK);
    assert_int_equal(map.body, 10);
    anam_map_close(&map);
    remove_file("file");
}

static void test_damage_named_by_a_reader_carries_file_and_offset(void **state)
{
    (void)state;
    uint64_t size = write_body("file", 10, 10);
    struct anam_map map;
    anam_error err;
    assert_int_equal(anam_map_open(&map, folder, "file", size, NULL), ANAM_OK);
    assert_int_equal(anam_map_damaged(&map, 7, "no such window", &err), ANAM_DAMAGED);
    char want[200];
    snprintf(want, sizeof want, "%s/file is damaged at byte 7: no such window", folder);
    assert_string_equal(err.msg, want);
    assert_int_equal(err.pos, 7);
    anam_map_close(&map);
    assert_int_equal(anam_map_damaged(&map, 1, "x", &err), ANAM_DAMAGED);
    assert_string_equal(err.msg, "index is damaged at byte 1: x");
    remove_file("file");
}

static void test_write_all_reports_a_full_device(void **state)
{
    (void)state;
    int fd = open("/dev/full", O_WRONLY);
    if (fd < 0)
        skip();
    assert_int_equal(anam_write_all(fd, "x", 1), ENOSPC);
    assert_int_equal(anam_write_all(fd, "", 0), 0);
    close(fd);
    assert_int_equal(anam_write_all(-1, "x", 1), EBADF);
    /* A writer says so too, at the latest when it finishes. */
    struct anam_file_writer w;
    anam_error err;
    assert_int_equal(anam_file_writer_open(&w, "/dev", "full", &err), ANAM_OK);
    assert_int_equal(anam_file_append(&w, "x", 1, &err), ANAM_OK);
    uint64_t size;
    assert_int_equal(anam_file_finish(&w, &size, &err), ANAM_IO);
    assert_int_equal(err.sys, ENOSPC);
    assert_string_equal(err.msg, "cannot write /dev/full: No space left on device");
    anam_file_writer_free(&w);
}

static void test_write_all_goes_on_after_short_writes(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    enum { N = 1 << 20 }; /* more than a pipe holds */
    unsigned char *bytes = malloc(N);
    assert_non_null(bytes);
    for (size_t i = 0; i < N; i++)
        bytes[i] = byte_at(i);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        _exit(anam_write_all(ends[1], bytes, N) == 0 ? 0 : 1);
    }
    close(ends[1]);
    size_t got = 0;
    unsigned char part[1000];
    for (ssize_t n; (n = read(ends[0], part, sizeof part)) > 0; got += (size_t)n)
        assert_memory_equal(part, bytes + got, (size_t)n);
    assert_int_equal(got, N);
    close(ends[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    free(bytes);
}

static void test_path_join_puts_a_slash_between(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"dir", "name", "dir/name"},
        {"/a/b", "c", "/a/b/c"},
        {".", "x", "./x"},
        {"", "x", "/x"},
        {"d\xC3\xA9", "n m", "d\xC3\xA9/n m"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *path = anam_path_join(cases[i][0], cases[i][1]);
        assert_string_equal(path, cases[i][2]);
        free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_array_is_zeroed_and_never_null_for_zero),
        cmocka_unit_test(test_sizes_that_overflow_give_no_memory),
        cmocka_unit_test(test_resize_array_keeps_content_and_accepts_zero),
        cmocka_unit_test(test_grow_doubles_and_changes_nothing_on_failure),
        cmocka_unit_test(test_buffer_appends_and_terminates_without_counting),
        cmocka_unit_test(test_buffer_holds_what_was_appended_byte_by_byte),
        cmocka_unit_test(test_arena_memory_is_aligned_apart_and_copied),
        cmocka_unit_test(test_arena_gives_allocations_larger_than_a_block),
        cmocka_unit_test(test_arena_reset_keeps_one_block),
        cmocka_unit_test(test_integers_are_little_endian),
        cmocka_unit_test(test_varints_come_back_in_as_few_bytes_as_possible),
        cmocka_unit_test(test_varint_beyond_64_bits_is_bad),
        cmocka_unit_test(test_varint_above_its_maximum_is_bad),
        cmocka_unit_test(test_cursor_reads_in_order_up_to_the_end),
        cmocka_unit_test(test_cursor_never_reads_beyond_the_end_and_stays_bad),
        cmocka_unit_test(test_decode_agrees_with_table_for_all_of_two_bytes),
        cmocka_unit_test(test_decode_agrees_with_table_at_boundaries_of_four_bytes),
        cmocka_unit_test(test_ill_formed_sequences_are_not_valid),
        cmocka_unit_test(test_every_scalar_value_is_encoded_and_decoded),
        cmocka_unit_test(test_valid_prefix_stops_at_nul_and_at_bad_bytes),
        cmocka_unit_test(test_repair_replaces_maximal_subparts_and_nuls),
        cmocka_unit_test(test_hash_is_siphash_1_3),
        cmocka_unit_test(test_hash_depends_on_key_and_every_bit),
        cmocka_unit_test(test_fail_fills_the_record_and_returns_its_status),
        cmocka_unit_test(test_fail_sys_says_what_errno_means),
        cmocka_unit_test(test_errors_without_a_record_only_return_the_status),
        cmocka_unit_test(test_long_messages_are_cut_but_keep_the_reason),
        cmocka_unit_test(test_every_status_has_a_name_of_its_own),
        cmocka_unit_test(test_written_bytes_are_read_back),
        cmocka_unit_test(test_ranges_inside_the_body_are_read_and_no_others),
        cmocka_unit_test(test_alignment_pads_with_zero_bytes),
        cmocka_unit_test(test_a_flipped_bit_of_the_body_is_found_when_it_is_read),
        cmocka_unit_test(test_a_flipped_bit_behind_the_body_is_found_on_opening),
        cmocka_unit_test(test_a_truncated_file_is_damaged),
        cmocka_unit_test(test_a_size_other_than_expected_is_damage),
        cmocka_unit_test(test_a_trailer_with_an_impossible_length_is_damage),
        cmocka_unit_test(test_a_missing_file_or_folder_is_an_io_error),
        cmocka_unit_test(test_a_writer_can_be_freed_in_any_state),
        cmocka_unit_test(test_opening_a_writer_replaces_the_file),
        cmocka_unit_test(test_damage_named_by_a_reader_carries_file_and_offset),
        cmocka_unit_test(test_write_all_reports_a_full_device),
        cmocka_unit_test(test_write_all_goes_on_after_short_writes),
        cmocka_unit_test(test_path_join_puts_a_slash_between),
    };
    return cmocka_run_group_tests_name("base", tests, make_folder, remove_folder);
}
