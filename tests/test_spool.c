/* The spool: what was written in pieces, by any thread and in any order, is read back record by
 * record, or it is said that it was not. */
#include "folder.h"
#include "good.h"

#include "base/alloc.h"
#include "indexer/spool.h"

#include <unistd.h>

enum { PIECES = 40, RECORDS = 25, MOST = 3000 };

static char bytes[PIECES][RECORDS * MOST];
static uint32_t ends[PIECES][RECORDS];
static uint32_t checks[PIECES][RECORDS];

static void make_pieces(uint64_t *seed)
{
    for (size_t p = 0; p < PIECES; p++)
        for (size_t i = 0, at = 0; i < RECORDS; i++) {
            for (uint64_t n = testing_below(seed, MOST); n > 0; n--)
                bytes[p][at++] = (char)testing_below(seed, 256);
            ends[p][i] = (uint32_t)at;
        }
}

/* Writes new pieces, every seventh of them in turn. */
static void spool_pieces(struct anam_spool *s)
{
    anam_error err;
    uint64_t seed = testing_seed();
    make_pieces(&seed);
    uint64_t offset[PIECES + 1] = {0};
    for (size_t p = 0; p < PIECES; p++)
        offset[p + 1] = offset[p] + ends[p][RECORDS - 1];
    ok(anam_spool_open(s, folder, "records", &err), &err);
    for (size_t i = 0; i < PIECES; i++) {
        size_t p = i * 7 % PIECES;
        ok(anam_spool_write(s, offset[p], bytes[p], ends[p], RECORDS, checks[p], &err), &err);
    }
    for (size_t p = 0; p < PIECES; p++) {
        assert_int_equal(anam_spool_offset(s, s->records), offset[p]);
        ok(anam_spool_enter(s, ends[p], checks[p], RECORDS, &err), &err);
    }
    assert_int_equal(s->records, PIECES * RECORDS);
}

static void records_are_read_back_in_any_order(void **state)
{
    (void)state;
    anam_error err;
    struct anam_spool s;
    char record[MOST];
    spool_pieces(&s);
    for (uint32_t i = 0; i < PIECES * RECORDS; i++) {
        uint32_t one = i * 389 % (PIECES * RECORDS);
        uint32_t p = one / RECORDS;
        uint32_t begin = one % RECORDS > 0 ? ends[p][one % RECORDS - 1] : 0;
        assert_int_equal(anam_spool_size(&s, one), ends[p][one % RECORDS] - begin);
        ok(anam_spool_read(&s, one, record, &err), &err);
        assert_memory_equal(record, bytes[p] + begin, anam_spool_size(&s, one));
    }
    assert_true(anam_spool_memory(&s) >= PIECES * RECORDS * 12U);
    assert_int_equal(access(path_of("records"), F_OK), 0);
    anam_spool_remove(&s);
    assert_int_equal(access(path_of("records"), F_OK), -1);
}

static void what_reads_back_otherwise_is_damage(void **state)
{
    (void)state;
    anam_error err;
    struct anam_spool s;
    char record[MOST];
    spool_pieces(&s);
    uint32_t last = PIECES * RECORDS - 1;
    while (anam_spool_size(&s, last) == 0)
        last--;
    off_t at = (off_t)s.ends[last] - 1;
    char byte;
    assert_int_equal(pread(s.fd, &byte, 1, at), 1);
    byte ^= 4;
    assert_int_equal(pwrite(s.fd, &byte, 1, at), 1);
    assert_int_equal(anam_spool_read(&s, last, record, &err), ANAM_DAMAGED);
    assert_non_null(strstr(err.msg, "records: reads back other than it was written"));
    assert_int_equal(ftruncate(s.fd, at), 0);
    assert_int_equal(anam_spool_read(&s, last, record, &err), ANAM_DAMAGED);
    assert_non_null(strstr(err.msg, "records: shorter than what was written"));
    ok(anam_spool_read(&s, 0, record, &err), &err);
    anam_spool_free(&s);
}

static void what_cannot_be_made_or_written_is_told(void **state)
{
    (void)state;
    anam_error err;
    struct anam_spool s = {0};
    anam_spool_free(&s);
    assert_int_equal(anam_spool_open(&s, path_of("nowhere"), "records", &err), ANAM_IO);
    anam_spool_free(&s);
    uint32_t end = 4;
    uint32_t check;
    ok(anam_spool_open(&s, folder, "records", &err), &err);
    assert_int_equal(close(s.fd), 0);
    assert_int_equal(anam_spool_write(&s, 0, "four", &end, 1, &check, &err), ANAM_IO);
    s.fd = -1;
    anam_spool_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_read_back_in_any_order),
        cmocka_unit_test(what_reads_back_otherwise_is_damage),
        cmocka_unit_test(what_cannot_be_made_or_written_is_told),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
