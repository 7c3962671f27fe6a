/* Memory: arrays, growing, buffers and arenas. */
#include "testing.h"

#include "base/alloc.h"

/* A size that the compiler cannot see through, so that it does not warn of it. */
static size_t opaque(size_t n)
{
    volatile size_t v = n;
    return v;
}

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

static void test_arena_reset_keeps_what_was_used_up_to_a_mebibyte(void **state)
{
    (void)state;
    struct anam_arena arena = {0};
    anam_arena_reset(&arena);
    assert_int_equal(arena.total, 0);
    void *first = anam_arena_alloc(&arena, 100);
    size_t one = arena.total;
    anam_arena_reset(&arena);
    assert_int_equal(arena.total, one);
    assert_int_equal(arena.used, 0);
    assert_ptr_equal(anam_arena_alloc(&arena, 100), first);
    assert_int_equal(arena.total, one);
    for (int i = 0; i < 600; i++)
        assert_non_null(anam_arena_alloc(&arena, 1000));
    size_t all = arena.total;
    assert_true(all >= 600000);
    for (int times = 0; times < 2; times++) { /* now in one block */
        anam_arena_reset(&arena);
        anam_arena_reset(&arena);
        for (int i = 0; i < 600; i++)
            assert_non_null(anam_arena_alloc(&arena, 1000));
        assert_int_equal(arena.total, all);
    }
    anam_arena_reset(&arena);
    assert_int_equal(arena.total, all);
    char *block = anam_arena_alloc(&arena, all);
    assert_non_null(block);
    memset(block, 'x', all);
    assert_int_equal(arena.total, all);
    assert_non_null(anam_arena_alloc(&arena, 3 << 20)); /* too large to be kept */
    anam_arena_reset(&arena);
    assert_int_equal(arena.total, 0);
    assert_non_null(anam_arena_alloc(&arena, 1));
    assert_int_equal(arena.total, 1 << 20);
    /* Freed arenas can be used again. */
    anam_arena_free(&arena);
    assert_non_null(anam_arena_alloc(&arena, 1));
    assert_int_equal(arena.total, one);
    anam_arena_free(&arena);
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
        cmocka_unit_test(test_arena_reset_keeps_what_was_used_up_to_a_mebibyte),
    };
    return cmocka_run_group_tests_name("alloc", tests, NULL, NULL);
}
