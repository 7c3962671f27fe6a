/* Damaged indexes: every byte flipped, every length cut, files that are missing or
 * something else. Nothing may crash, hang or read outside of a file; run it with the
 * sanitizers too. What lies under right checksums is in test_lies.c. */
#include "damage.h"

#include <errno.h>

/* ---- Flipped and missing bytes ---- */

static void flip_bytes(const struct subject *s, size_t step)
{
    struct outcome o = {.asked = ANAM_OK};
    for (int file = 0; file < N_NAMES; file++) {
        char path[PATH_BYTES];
        path_of(s, file, path);
        int fd = open(path, O_WRONLY);
        assert_true(fd >= 0);
        for (size_t at = 0; at < s->size[file]; at += step) {
            for (size_t m = 0; m < N_MASKS; m++) {
                unsigned char byte = s->bytes[file][at] ^ masks[m];
                assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
                try_index(s, &o);
                const char *name = s->names[file];
                if (!same_answers(s, &o) && !tells_damage(o.asked, &o.ask_err, name))
                    fail_msg("%s, byte %zu ^ %02x: asking gives %s", name, at, masks[m],
                             o.asked ? o.ask_err.msg : "other answers");
                if (!tells_damage(o.checked, &o.check_err, name))
                    fail_msg("%s, byte %zu ^ %02x: checking gives %s", name, at, masks[m],
                             o.checked ? o.check_err.msg : "no finding");
            }
            assert_int_equal(pwrite(fd, &s->bytes[file][at], 1, (off_t)at), 1);
        }
        assert_int_equal(close(fd), 0);
    }
    try_index(s, &o);
    assert_true(same_answers(s, &o));
    anam_buffer_free(&o.answers);
}

static void every_flipped_byte_is_found(void **state)
{
    (void)state;
    flip_bytes(&small, 1);
}

static void flipped_bytes_of_windows_and_bitmaps_are_found(void **state)
{
    (void)state;
    flip_bytes(&large, 37);
}

static void resize_file(const struct subject *s, int file, size_t size)
{
    char path[PATH_BYTES];
    struct outcome o = {.asked = ANAM_OK};
    path_of(s, file, path);
    assert_int_equal(truncate(path, (off_t)size), 0);
    try_index(s, &o);
    if (!tells_damage(o.asked, &o.ask_err, s->names[file]))
        fail_msg("%s with %zu bytes of %zu: %s", s->names[file], size, s->size[file],
                 o.asked ? o.ask_err.msg : "opens");
    anam_buffer_free(&o.answers);
}

static void resize_files(const struct subject *s, size_t step)
{
    for (int file = 0; file < N_NAMES; file++) {
        /* Downwards, so that nothing has to be written. */
        for (size_t size = (s->size[file] - 1) / step * step;; size -= step) {
            resize_file(s, file, size);
            if (size == 0)
                break;
        }
        restore(s, file);
        static const size_t more[] = {1, 4, ANAM_TRAILER, ANAM_CHUNK, ANAM_CHUNK + 4, 1 << 20};
        for (size_t i = 0; i < COUNT(more); i++)
            resize_file(s, file, s->size[file] + more[i]);
        restore(s, file);
    }
}

static void every_other_length_of_a_file_is_found(void **state)
{
    (void)state;
    resize_files(&small, 1);
    resize_files(&large, 37);
}

/* ---- Files that are something else ---- */

static void missing_files_are_found(void **state)
{
    (void)state;
    for (int file = 0; file < N_NAMES; file++) {
        char path[PATH_BYTES];
        path_of(&small, file, path);
        assert_int_equal(unlink(path), 0);
        if (file == MANIFEST)
            expect_opening(&small, ANAM_NOT_INDEX, small.dir);
        else
            expect_opening(&small, ANAM_DAMAGED, small.names[file]);
        restore(&small, file);
    }
}

static void directories_in_place_of_files_are_found(void **state)
{
    (void)state;
    for (int file = 0; file < N_NAMES; file++) {
        char path[PATH_BYTES];
        path_of(&small, file, path);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkdir(path, 0777), 0);
        expect_opening(&small, file == MANIFEST ? ANAM_IO : ANAM_DAMAGED, small.names[file]);
        assert_int_equal(rmdir(path), 0);
        restore(&small, file);
    }
}

static void named_pipes_in_place_of_files_do_not_hang(void **state)
{
    (void)state;
    for (int file = 0; file < N_NAMES; file++) {
        char path[PATH_BYTES];
        path_of(&small, file, path);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkfifo(path, 0666), 0);
        alarm(10);
        expect_opening(&small, ANAM_DAMAGED, small.names[file]);
        alarm(0);
        assert_int_equal(unlink(path), 0);
        restore(&small, file);
    }
}

static void unreadable_files_are_told_with_their_name(void **state)
{
    (void)state;
    enum { NOBODY = 65534 };
    bool root = geteuid() == 0;
    struct stat st;
    assert_int_equal(chmod(small.dir, 0755), 0);
    for (int file = 0; file < N_NAMES; file++) {
        char path[PATH_BYTES];
        path_of(&small, file, path);
        assert_int_equal(chmod(path, 0), 0);
        if (root && (seteuid(NOBODY) != 0 || stat(small.dir, &st) != 0)) {
            assert_int_equal(seteuid(0), 0);
            chmod(path, 0644);
            print_message("root may read everything and cannot become another user here\n");
            skip();
        }
        expect_opening(&small, ANAM_IO, small.names[file]);
        if (root)
            assert_int_equal(seteuid(0), 0);
        assert_int_equal(chmod(path, 0644), 0);
    }
}

static void a_place_without_index_is_no_index(void **state)
{
    (void)state;
    anam_index *index;
    anam_error err;
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/nowhere", small.dir);
    assert_int_equal(anam_index_open(&index, path, NULL, &err), ANAM_NOT_INDEX);
    assert_non_null(strstr(err.msg, path));
    path_of(&small, MANIFEST, path); /* a file */
    assert_int_equal(anam_index_open(&index, path, NULL, &err), ANAM_NOT_INDEX);
    assert_int_equal(anam_index_open(&index, "", NULL, &err), ANAM_NOT_INDEX);
    assert_int_equal(anam_index_open(&index, "", NULL, NULL), ANAM_NOT_INDEX);
}

static void a_path_of_any_length_is_answered(void **state)
{
    (void)state;
    anam_index *index;
    anam_writer *writer;
    anam_error err;
    char path[9000];
    memset(path, 'x', sizeof path);
    for (size_t n = 200; n < sizeof path; n = n * 3 / 2) {
        path[n] = '\0';
        anam_status status = anam_index_open(&index, path, NULL, &err);
        assert_true(status == ANAM_NOT_INDEX || status == ANAM_IO);
        path[n] = 'x';
    }
    path[sizeof path - 1] = '\0';
    assert_int_equal(anam_writer_open(&writer, path, NULL, &err), ANAM_IO);
    assert_int_equal(err.sys, ENAMETOOLONG);
}

/* ---- Damaged records ---- */

/* U+FFFD has three bytes: what is within bounds need not be so when repaired. */
static void a_record_too_large_once_repaired_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    struct subject s = {.n_ids = 0};
    char id[ANAM_MAX_ID];
    anam_writer *writer;
    anam_error err;
    anam_write_summary summary;
    anam_record r = ANAM_RECORD_INIT;
    testing_make_dir(s.dir);
    assert_int_equal(anam_writer_open(&writer, s.dir, NULL, &err), ANAM_OK);
    memset(id, 0xFF, sizeof id);
    id[ANAM_MAX_ID / 2] = '\0';
    r.id = id;
    r.title = "spots";
    assert_int_equal(anam_writer_add(writer, &r, &err), ANAM_BAD_DATA);
    assert_non_null(strstr(err.msg, "id is longer"));
    char *text = malloc(ANAM_MAX_RECORD / 2);
    assert_non_null(text);
    memset(text, 0xFF, ANAM_MAX_RECORD / 2);
    text[ANAM_MAX_RECORD / 2 - 1] = '\0';
    r.id = "b";
    r.text = text;
    assert_int_equal(anam_writer_add(writer, &r, &err), ANAM_BAD_DATA);
    assert_non_null(strstr(err.msg, "larger than 64 MiB"));
    free(text);
    r.text = "\xFF";
    assert_int_equal(anam_writer_add(writer, &r, &err), ANAM_OK);
    assert_int_equal(anam_writer_commit(writer, &summary, &err), ANAM_OK);
    assert_int_equal(summary.documents, 1);
    assert_int_equal(summary.bad_utf8, 1);
    anam_writer_free(writer);

    expect_opening(&s, ANAM_OK, "");
    name_files(&s);
    remove_index(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        intact_test(every_flipped_byte_is_found),
        intact_test(flipped_bytes_of_windows_and_bitmaps_are_found),
        intact_test(every_other_length_of_a_file_is_found),
        intact_test(missing_files_are_found),
        intact_test(directories_in_place_of_files_are_found),
        intact_test(named_pipes_in_place_of_files_do_not_hang),
        intact_test(unreadable_files_are_told_with_their_name),
        intact_test(a_place_without_index_is_no_index),
        intact_test(a_path_of_any_length_is_answered),
        intact_test(a_record_too_large_once_repaired_is_refused_and_changes_nothing),
    };
    return cmocka_run_group_tests_name("damage", tests, make_indexes, remove_indexes);
}
