/* Checksummed files: written, read back, and found damaged. */
#include "folder.h"

#include "base/bytes.h"
#include "base/file.h"

#include <fcntl.h>
#include <sys/wait.h>

enum { N_MOST = 300000 };

static unsigned char byte_at(size_t i)
{
    return (unsigned char)(i * 2654435761u >> 7);
}

/* Nothing may have been left behind. */
static int remove_empty_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void remove_file(const char *name)
{
    assert_int_equal(unlink(path_of(name)), 0);
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
    int fd = open(path_of(name), O_RDWR);
    assert_true(fd >= 0);
    unsigned char byte;
    assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
    byte ^= mask;
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
    close(fd);
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
        char want[500];
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
    const char *path = path_of("file");
    static const uint64_t cuts[] = {1, 4, 31, 32, 33, 40, 41, 1000, 5000, 5039};
    for (size_t i = 0; i <= COUNT(cuts); i++) {
        uint64_t left = i < COUNT(cuts) ? size - cuts[i] : 0;
        assert_int_equal(truncate(path, (off_t)left), 0);
        struct anam_map map;
        anam_error err;
        char want[500];
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
    const char *path = path_of("file");
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
    remove_file("file");
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
    char want[500];
    snprintf(want, sizeof want, "%s/file is damaged at byte 7: no such window", folder);
    assert_string_equal(err.msg, want);
    assert_int_equal(err.pos, 7);
    anam_map_close(&map);
    assert_int_equal(anam_map_damaged(&map, 1, "x", &err), ANAM_DAMAGED);
    assert_string_equal(err.msg, "index is damaged at byte 1: x");
    remove_file("file");
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
        cmocka_unit_test(test_written_bytes_are_read_back),
        cmocka_unit_test(test_ranges_inside_the_body_are_read_and_no_others),
        cmocka_unit_test(test_alignment_pads_with_zero_bytes),
        cmocka_unit_test(test_a_flipped_bit_of_the_body_is_found_when_it_is_read),
        cmocka_unit_test(test_a_flipped_bit_behind_the_body_is_found_on_opening),
        cmocka_unit_test(test_a_truncated_file_is_damaged),
        cmocka_unit_test(test_a_size_other_than_expected_is_damage),
        cmocka_unit_test(test_a_trailer_with_an_impossible_length_is_damage),
        cmocka_unit_test(test_a_writer_can_be_freed_in_any_state),
        cmocka_unit_test(test_opening_a_writer_replaces_the_file),
        cmocka_unit_test(test_damage_named_by_a_reader_carries_file_and_offset),
        cmocka_unit_test(test_write_all_goes_on_after_short_writes),
        cmocka_unit_test(test_path_join_puts_a_slash_between),
    };
    return cmocka_run_group_tests_name("files", tests, make_folder, remove_empty_folder);
}
