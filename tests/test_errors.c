/* Errors: what is recorded of them, and those of the system. */
#include "folder.h"

#include "base/error.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>

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
    for (int i = ANAM_OK; i <= ANAM_STOPPED; i++) {
        const char *name = anam_status_name((anam_status)i);
        assert_non_null(name);
        assert_string_not_equal(name, "unknown status");
        for (int j = ANAM_OK; j < i; j++)
            assert_string_not_equal(name, anam_status_name((anam_status)j));
    }
    assert_string_equal(anam_status_name(ANAM_DAMAGED), "damaged");
    assert_string_equal(anam_status_name((anam_status)(ANAM_STOPPED + 1)), "unknown status");
    int below = -1;
    anam_status negative;
    memcpy(&negative, &below, sizeof negative);
    assert_string_equal(anam_status_name(negative), "unknown status");
    assert_string_equal(anam_version(), ANAM_VERSION);
}

/* ---- what the system says ---- */

static void test_a_missing_file_or_folder_is_an_io_error(void **state)
{
    (void)state;
    struct anam_map map;
    anam_error err;
    assert_int_equal(anam_map_open(&map, folder, "absent", ANAM_ANY_SIZE, &err), ANAM_IO);
    assert_int_equal(err.sys, ENOENT);
    char want[400];
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fail_fills_the_record_and_returns_its_status),
        cmocka_unit_test(test_fail_sys_says_what_errno_means),
        cmocka_unit_test(test_errors_without_a_record_only_return_the_status),
        cmocka_unit_test(test_long_messages_are_cut_but_keep_the_reason),
        cmocka_unit_test(test_every_status_has_a_name_of_its_own),
        cmocka_unit_test(test_a_missing_file_or_folder_is_an_io_error),
        cmocka_unit_test(test_write_all_reports_a_full_device),
    };
    return cmocka_run_group_tests_name("errors", tests, make_folder, remove_folder);
}
