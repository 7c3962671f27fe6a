/* Bytes: integers, varints, the cursor over what was read, and the hash. */
#include "testing.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/hash.h"

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
    struct anam_cursor c = anam_cursor_over("\x01\x02\x10\x11", 4);
    assert_int_equal(anam_cursor_u8(&c), 1);
    assert_int_equal(anam_cursor_u8(&c), 2);
    assert_int_equal(anam_cursor_left(&c), 2);
    const unsigned char *rest = anam_cursor_bytes(&c, 2);
    assert_memory_equal(rest, "\x10\x11", 2);
    assert_non_null(anam_cursor_bytes(&c, 0));
    assert_false(c.bad);
    assert_int_equal(anam_cursor_u8(&c), 0);
    assert_true(c.bad);
}

/* Reads `width` bytes: 1 as a number, 0 a varint of one byte or more. */
static uint64_t read_width(struct anam_cursor *c, size_t width)
{
    if (width == 0)
        return anam_cursor_varint(c);
    return width == 1 ? anam_cursor_u8(c) : anam_cursor_bytes(c, width) != NULL;
}

static void test_cursor_never_reads_beyond_the_end_and_stays_bad(void **state)
{
    (void)state;
    for (size_t width = 1; width <= 8; width++) {
        for (size_t n = 0; n < width; n++) {
            unsigned char *bytes = malloc(n + 1); /* sanitizers see a read too far */
            assert_non_null(bytes);
            memset(bytes, 0xFF, n + 1);
            struct anam_cursor c = anam_cursor_over(bytes + 1, n);
            assert_true(read_width(&c, width) == 0);
            assert_true(c.bad);
            assert_int_equal(anam_cursor_left(&c), n);
            for (size_t later = 0; later <= 8; later++)
                assert_true(read_width(&c, later) == 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers_are_little_endian),
        cmocka_unit_test(test_varints_come_back_in_as_few_bytes_as_possible),
        cmocka_unit_test(test_varint_beyond_64_bits_is_bad),
        cmocka_unit_test(test_varint_above_its_maximum_is_bad),
        cmocka_unit_test(test_cursor_reads_in_order_up_to_the_end),
        cmocka_unit_test(test_cursor_never_reads_beyond_the_end_and_stays_bad),
        cmocka_unit_test(test_hash_is_siphash_1_3),
        cmocka_unit_test(test_hash_depends_on_key_and_every_bit),
    };
    return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
