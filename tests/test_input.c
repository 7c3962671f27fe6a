/* Paths, compression, sizes, counts, and input that means harm. */
#include "reading.h"

#include <errno.h>
#include <jansson.h>

/* ---- Formats and paths ---- */

static void formats_are_known_by_content(void **state)
{
    (void)state;
    assert_reads("a", "\n \t{\"id\":\"1\",\"text\":\"x\"}", NULL, "1 text=x\n");
    assert_reads("a", "\xEF\xBB\xBF{\"id\":\"1\",\"text\":\"x\"}", "auto", "1 text=x\n");
    assert_reads("a", "\xEF\xBB\xBFid\ttext\r\n1\tx\r\n", NULL, "1 text=x\n");
    assert_reads("a", "\n<doc><docno>1</docno>x</doc>", NULL, "1 text=x\n");
    assert_rejects("a", "1\tx\n", NULL,
                   "a: unknown format; --format says which it is: jsonl, csv, tsv, medquad, trec");
    assert_rejects("a", "<?xml version=\"1.0\"?><html></html>", NULL,
                   "a: unknown format; --format says which it is: jsonl, csv, tsv, medquad, trec");
    assert_rejects("a", "<?xml version=\"1.0\"?>\n<a/>\n", NULL,
                   "a: unknown format; --format says which it is: jsonl, csv, tsv, medquad, trec");
    assert_rejects("a", "[{\"id\":\"1\"}]", NULL,
                   "a: a JSON array is not read; write one object a line (jq -c '.[]')");
    assert_rejects("a", "\xFF\xFE{\0", NULL,
                   "a: this is UTF-16 text; convert it first: iconv -f UTF-16 -t UTF-8");
    struct reading r = {0};
    read_bytes(&r, "a", "\0{\0\"", 4, NULL, true);
    assert_string_equal(
        r.err.msg, "a: unknown format; --format says which it is: jsonl, csv, tsv, medquad, trec");
    end_reading(&r);
    read_bytes(&r, "a", "\xFF\xFE\0\0{\0\0\0", 8, NULL, true);
    assert_string_equal(r.err.msg,
                        "a: this is UTF-32 text; convert it first: iconv -f UTF-32 -t UTF-8");
    end_reading(&r);
}

static void formats_are_listed_and_others_refused(void **state)
{
    (void)state;
    const char *const *names = anam_corpus_formats();
    assert_string_equal(names[0], "auto");
    size_t n = 0;
    for (; names[n]; n++) {
        struct reading r = {0};
        read_bytes(&r, "a", "", 0, names[n], false);
        assert_string_equal(r.err.msg, "no records in a");
        end_reading(&r);
    }
    assert_int_equal(n, 6);
    struct reading r = {0};
    const char *path = DATA "rash.csv";
    read_paths(&r, &path, 1, "xls", false);
    assert_int_equal(r.status, ANAM_INVALID);
    assert_string_equal(r.err.msg, "no format is called xls; known are auto, jsonl, csv, tsv, "
                                   "medquad, trec");
    end_reading(&r);
}

static void folders_are_read_in_byte_order_without_hidden_and_unknown_files(void **state)
{
    (void)state;
    struct reading r = {0};
    read_file(&r, DATA "folder", false);
    assert_string_equal(r.err.msg, "");
    assert_string_equal(r.records.data, "f-B text=upper case comes first\nf-a text=first\n"
                                        "f-b text=second\nf-c text=third\n");
    assert_int_equal(r.counts.files, 4);
    assert_int_equal(r.counts.bytes, r.counts.bytes_total);
    assert_true(r.calls > 0);
    end_reading(&r);
}

static void folders_linked_in_a_loop_are_read_once(void **state)
{
    (void)state;
    assert_int_equal(mkdir(path_of("loop"), 0700), 0);
    assert_int_equal(mkdir(path_of("loop/in"), 0700), 0);
    write_bytes("loop/in/x.jsonl", "{\"id\":\"1\",\"text\":\"x\"}", 21);
    assert_int_equal(symlink("..", path_of("loop/in/up")), 0);
    assert_int_equal(symlink("in", path_of("loop/again")), 0);
    assert_int_equal(symlink("gone", path_of("loop/nowhere.jsonl")), 0);
    assert_int_equal(symlink("itself.jsonl", path_of("loop/itself.jsonl")), 0);
    struct reading r = {0};
    read_file(&r, path_of("loop"), false);
    assert_int_equal(r.status, ANAM_OK);
    assert_int_equal(r.counts.records, 1);
    end_reading(&r);
}

static void folders_and_files_with_nothing_to_read_are_errors(void **state)
{
    (void)state;
    assert_int_equal(mkdir(path_of("empty"), 0700), 0);
    struct reading r = {0};
    read_file(&r, path_of("empty"), false);
    assert_int_equal(r.status, ANAM_BAD_DATA);
    assert_string_equal(r.err.msg, "no files in the folder empty");
    end_reading(&r);
    write_bytes("empty/LICENSE.txt", "free\n", 5);
    read_file(&r, path_of("empty"), false);
    assert_int_equal(r.status, ANAM_BAD_DATA);
    assert_string_equal(r.err.msg, "no file of a known format in the folder empty; --format forces "
                                   "one: jsonl, csv, tsv, medquad, trec");
    end_reading(&r);
    read_file(&r, path_of("missing"), false);
    assert_int_equal(r.status, ANAM_IO);
    assert_int_equal(r.err.sys, ENOENT);
    assert_string_equal(r.err.msg, "missing: No such file or directory");
    end_reading(&r);
    assert_rejects("a.jsonl", "\n \n", NULL, "no records in a.jsonl");
    assert_rejects("a.csv", "id,text\n", NULL, "no records in a.csv");
    const char *const two[] = {DATA "folder/LICENSE.txt", "x"};
    read_paths(&r, two, 1, "jsonl", true);
    assert_string_equal(r.err.msg, "no records in " DATA "folder/LICENSE.txt (1 malformed)");
    end_reading(&r);
}

static void stdin_is_read_through_a_pipe(void **state)
{
    (void)state;
    const char text[] = "{\"id\":\"1\",\"text\":\"x\"}\noops\n{\"id\":\"2\",\"text\":\"y\"}\n";
    int ends[2];
    int saved = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, sizeof text - 1), sizeof text - 1);
    close(ends[1]);
    assert_true(dup2(ends[0], STDIN_FILENO) >= 0);
    close(ends[0]);
    struct reading r = {0};
    read_file(&r, "-", true);
    assert_true(dup2(saved, STDIN_FILENO) >= 0);
    close(saved);
    assert_int_equal(r.status, ANAM_OK);
    assert_string_equal(r.records.data, "1 text=x\n2 text=y\n");
    assert_string_equal(r.skipped.data,
                        "stdin:2: not valid JSON at byte 4: '[' or '{' expected near 'oops'\n");
    assert_int_equal(r.counts.bytes, sizeof text - 1);
    assert_int_equal(r.counts.bytes_total, 0);
    end_reading(&r);
}

/* ---- Bytes ---- */

static void invalid_utf8_and_nul_are_replaced_and_counted(void **state)
{
    (void)state;
    const char text[] =
        "{\"id\":\"1\",\"text\":\"a\xFF\0\xC3(\"}\r\n{\"id\":\"2\",\"text\":\"b\"}\r";
    struct reading r = {0};
    read_bytes(&r, "a.jsonl", text, sizeof text - 1, NULL, false);
    assert_string_equal(r.records.data, "1 text=a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD(\n"
                                        "2 text=b\n");
    assert_int_equal(r.counts.bad_utf8, 3);
    end_reading(&r);
    const char xml[] = DOCUMENT "<QAPair pid=\"1\"><Answer>\xE9</Answer></QAPair></Document>";
    read_bytes(&r, "7.xml", xml, sizeof xml - 1, NULL, false);
    assert_string_equal(r.records.data, "S_7-1 answer=\xEF\xBF\xBD url=u source=S\n");
    assert_int_equal(r.counts.bad_utf8, 1);
    end_reading(&r);
}

static void gzip_is_read_as_it_is_in_several_members_and_with_padding(void **state)
{
    (void)state;
    append_gzip("a.gz", "{\"id\":\"1\",\"te", 13, "wb");
    append_gzip("a.gz", "xt\":\"x\"}\n", 9, "ab");
    append_gzip("a.gz", "", 0, "ab");
    append_gzip("a.gz", "{\"id\":\"2\",\"text\":\"y\"}", 21, "ab");
    FILE *f = fopen(path_of("a.gz"), "ab");
    assert_non_null(f);
    assert_int_equal(fwrite("\0\0\0\0\0", 1, 5, f), 5);
    fclose(f);
    struct reading r = {0};
    read_file(&r, path_of("a.gz"), false);
    assert_string_equal(r.err.msg, "");
    assert_string_equal(r.records.data, "1 text=x\n2 text=y\n");
    assert_int_equal(r.counts.bytes, r.counts.bytes_total);
    end_reading(&r);
}

static void gzip_that_is_damaged_ends_the_reading(void **state)
{
    (void)state;
    const char text[] = "{\"id\":\"1\",\"text\":\"some more text than a few bytes\"}\n";
    append_gzip("a.gz", text, sizeof text - 1, "wb");
    unsigned char bytes[200];
    FILE *f = fopen(path_of("a.gz"), "rb");
    assert_non_null(f);
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    struct reading r = {0};
    read_bytes(&r, "b.gz", bytes, n - 3, NULL, true);
    assert_int_equal(r.status, ANAM_BAD_DATA);
    assert_string_equal(r.err.msg, "b.gz: the gzip data is truncated");
    end_reading(&r);
    bytes[n - 5] ^= 0x55; /* the checksum */
    read_bytes(&r, "b.gz", bytes, n, NULL, true);
    assert_int_equal(r.status, ANAM_BAD_DATA);
    assert_string_equal(r.err.msg, "b.gz: the gzip data is corrupt (incorrect data check)");
    end_reading(&r);
    bytes[n - 5] ^= 0x55;
    bytes[n] = 'x';
    read_bytes(&r, "b.gz", bytes, n + 1, NULL, true);
    assert_string_equal(r.err.msg, "b.gz: the gzip data is followed by bytes that are not gzip");
    end_reading(&r);
}

/* ---- Size ---- */

/* Writes head, n times 'a', and tail; all as gzip, or it would take its time. */
static const char *write_long(const char *name, const char *head, size_t n, const char *tail)
{
    static char block[1 << 16];
    memset(block, 'a', sizeof block);
    gzFile f = gzopen(path_of(name), "wb1");
    assert_non_null(f);
    assert_true(gzwrite(f, head, (unsigned)strlen(head)) > 0);
    while (n > 0) {
        unsigned step = n < sizeof block ? (unsigned)n : (unsigned)sizeof block;
        assert_int_equal(gzwrite(f, block, step), step);
        n -= step;
    }
    assert_true(gzwrite(f, tail, (unsigned)strlen(tail)) > 0);
    assert_int_equal(gzclose(f), Z_OK);
    return path_of(name);
}

static void records_of_64_mib_are_read_and_larger_ones_rejected(void **state)
{
    (void)state;
    const size_t most = ANAM_MAX_RECORD - 1; /* the id takes one */
    struct reading r = {0};
    read_file(&r, write_long("a.gz", "{\"id\":\"1\",\"text\":\"", most, "\"}\n"), false);
    assert_string_equal(r.err.msg, "");
    assert_int_equal(r.longest, most);
    end_reading(&r);
    const char *tail = "\"}\n{\"id\":\"2\",\"text\":\"x\"}\n";
    const size_t sizes[] = {most + 1, most + ((size_t)3 << 20)};
    for (size_t i = 0; i < 2; i++) {
        read_file(&r, write_long("a.gz", "{\"id\":\"1\",\"text\":\"", sizes[i], tail), true);
        assert_string_equal(r.skipped.data, "a.gz:1: record larger than 64 MiB\n");
        assert_string_equal(r.records.data, "2 text=x\n");
        end_reading(&r);
    }
}

static void other_formats_reject_what_is_larger_than_64_mib_and_go_on(void **state)
{
    (void)state;
    const size_t many = ANAM_MAX_RECORD + ((size_t)2 << 20);
    struct reading r = {0};
    read_file(&r, write_long("a.gz", "id,text\n1,\"", many / 2, "\n\"\"\n\"\n2,x\n"), false);
    assert_int_equal(r.counts.records, 2);
    end_reading(&r);
    read_file(&r, write_long("a.gz", "id,text\n1,\"", many, "\"\n2,x\n"), true);
    assert_string_equal(r.skipped.data, "a.gz:2: record larger than 64 MiB\n");
    assert_string_equal(r.records.data, "2 text=x\n");
    end_reading(&r);
    read_file(&r,
              write_long("a.gz", "<DOC>\n<DOCNO>1</DOCNO>\n", many,
                         "\n</DOC>\n<DOC>\n<DOCNO>2</DOCNO>x</DOC>\n"),
              true);
    assert_string_equal(r.skipped.data, "a.gz:1: record larger than 64 MiB\n");
    assert_string_equal(r.records.data, "2 text=x\n");
    end_reading(&r);
    read_file(&r, write_long("a.gz", DOCUMENT "<Focus>", many, "</Focus></Document>"), false);
    assert_string_equal(r.err.msg, "a.gz: XML file larger than 64 MiB");
    end_reading(&r);
}

static void csv_rows_of_many_lines_are_passed_over_when_too_large(void **state)
{
    (void)state;
    struct anam_buffer text = {0};
    append(&text, "id,text\n1,\"");
    static char line[1 << 20];
    memset(line, 'a', sizeof line);
    line[sizeof line - 1] = '\n';
    for (size_t i = 0; i < 70; i++)
        assert_true(anam_buffer_append(&text, line, sizeof line));
    append(&text, "\"\"\n\"\n2,x\n");
    struct reading r = {0};
    read_bytes(&r, "a.csv", text.data, text.len, NULL, true);
    anam_buffer_free(&text);
    assert_string_equal(r.skipped.data, "a.csv:2: record larger than 64 MiB\n");
    assert_string_equal(r.records.data, "2 text=x\n");
    end_reading(&r);
}

/* ---- Counts and the sink ---- */

static void reading_ends_when_it_is_told_to(void **state)
{
    (void)state;
    atomic_bool stop = true;
    struct reading r = {0};
    struct anam_corpus_options options = {.stop = &stop};
    const char *path = write_bytes("a", "{\"id\":\"1\",\"text\":\"x\"}", 21);
    r.status = anam_corpus_read(&path, 1, &options, keep, &r, &r.counts, &r.err);
    assert_int_equal(r.status, ANAM_STOPPED);
    assert_int_equal(r.counts.records, 0);
}

static void skipped_records_are_counted_by_reason(void **state)
{
    (void)state;
    const char text[] = "{\"id\":\"1\",\"text\":\"x\"}\n{\n{\"id\":\"2\",\"text\":3}\nnope\n"
                        "{\"id\":\"3\",\"text\":\"z\"}\n";
    struct reading r = {0};
    read_bytes(&r, "a.jsonl", text, sizeof text - 1, NULL, true);
    assert_int_equal(r.status, ANAM_OK);
    assert_int_equal(r.counts.records, 2);
    assert_int_equal(r.counts.rejected, 3);
    assert_int_equal(r.counts.n_reasons, 2);
    assert_string_equal(r.counts.reasons[0].reason, "not valid JSON");
    assert_int_equal(r.counts.reasons[0].count, 2);
    assert_string_equal(r.counts.reasons[1].reason, "text is not a string");
    assert_int_equal(r.counts.reasons[1].count, 1);
    end_reading(&r);
}

static void the_sink_may_refuse_a_record_or_end_the_reading(void **state)
{
    (void)state;
    struct reading r = {.refuse = ANAM_BAD_DATA, .refuse_id = "r-2"};
    read_file(&r, DATA "rash.jsonl", true);
    assert_int_equal(r.counts.records, 2);
    assert_string_equal(r.skipped.data, DATA "rash.jsonl:3: not wanted\n");
    end_reading(&r);
    r = (struct reading){.refuse = ANAM_BAD_DATA, .refuse_id = "T-2"};
    read_file(&r, DATA "rash.trec", false);
    assert_string_equal(r.err.msg, DATA "rash.trec:8: not wanted");
    end_reading(&r);
    static const char *const files[][2] = {{DATA "rash.jsonl", "r-2"},
                                           {DATA "rash.csv", "c-1"},
                                           {DATA "rash.tsv", "t-2"},
                                           {DATA "0000007_2.xml", "Example_0000007_2-1"},
                                           {DATA "rash.trec", "T-1"}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        r = (struct reading){.refuse = ANAM_IO, .refuse_id = files[i][1]};
        read_file(&r, files[i][0], true);
        assert_int_equal(r.status, ANAM_IO);
        assert_string_equal(r.err.msg, "not wanted");
        end_reading(&r);
    }
}

static long allocations_left;

static void *failing_malloc(size_t n)
{
    return allocations_left-- > 0 ? malloc(n) : NULL;
}

static void json_without_memory_is_no_malformed_record(void **state)
{
    (void)state;
    json_set_alloc_funcs(failing_malloc, free);
    bool done = false;
    for (long n = 0; n < 1000 && !done; n++) {
        struct reading r = {0};
        allocations_left = n;
        read_file(&r, DATA "rash.jsonl", false);
        done = r.status == ANAM_OK;
        if (!done)
            assert_int_equal(r.status, ANAM_NO_MEMORY);
        end_reading(&r);
    }
    assert_true(done);
}

/* ---- Random bytes ---- */

static void mutate(char *text, size_t *n, uint64_t *seed)
{
    static const char spice[] = "\"\\{}[]<>&;,\t\r\n\0\xFF\xC3/!-u0dDOC";
    for (uint64_t i = testing_random(seed) % 12 + 1; i > 0 && *n > 1; i--) {
        size_t at = testing_random(seed) % *n;
        size_t other = testing_random(seed) % *n;
        size_t len = testing_random(seed) % 20;
        size_t room = *n - (at > other ? at : other);
        switch (testing_random(seed) % 4) {
        case 0:
            text[at] = (char)testing_random(seed);
            break;
        case 1:
            text[at] = spice[testing_random(seed) % (sizeof spice - 1)];
            break;
        case 2:
            memmove(text + at, text + other, len < room ? len : room);
            break;
        default:
            *n = at + 1 > *n / 2 ? at + 1 : *n;
            break;
        }
    }
}

static void random_damage_never_crashes_a_reader(void **state)
{
    (void)state;
    static const char *const files[][2] = {
        {"jsonl", DATA "rash.jsonl"},      {"csv", DATA "rash.csv"},   {"tsv", DATA "rash.tsv"},
        {"medquad", DATA "0000007_2.xml"}, {"trec", DATA "rash.trec"},
    };
    uint64_t seed = testing_seed();
    for (size_t f = 0; f < sizeof files / sizeof files[0]; f++) {
        char whole[2000];
        FILE *in = fopen(files[f][1], "rb");
        assert_non_null(in);
        size_t size = fread(whole, 1, sizeof whole, in);
        fclose(in);
        for (int round = 0; round < 2000; round++) {
            char text[sizeof whole];
            size_t n = size;
            memcpy(text, whole, size);
            mutate(text, &n, &seed);
            struct reading r = {0};
            const char *format = round % 2 ? NULL : files[f][0];
            read_bytes(&r, "fuzz", text, n, format, round % 3 != 0);
            if (r.status != ANAM_OK && r.status != ANAM_BAD_DATA)
                fail_msg("status %d: %s", (int)r.status, r.err.msg);
            end_reading(&r);
        }
    }
}

static int restore_malloc(void **state)
{
    (void)state;
    json_set_alloc_funcs(malloc, free);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_are_known_by_content),
        cmocka_unit_test(formats_are_listed_and_others_refused),
        cmocka_unit_test(folders_are_read_in_byte_order_without_hidden_and_unknown_files),
        cmocka_unit_test(folders_linked_in_a_loop_are_read_once),
        cmocka_unit_test(folders_and_files_with_nothing_to_read_are_errors),
        cmocka_unit_test(stdin_is_read_through_a_pipe),
        cmocka_unit_test(invalid_utf8_and_nul_are_replaced_and_counted),
        cmocka_unit_test(gzip_is_read_as_it_is_in_several_members_and_with_padding),
        cmocka_unit_test(gzip_that_is_damaged_ends_the_reading),
        cmocka_unit_test(records_of_64_mib_are_read_and_larger_ones_rejected),
        cmocka_unit_test(other_formats_reject_what_is_larger_than_64_mib_and_go_on),
        cmocka_unit_test(csv_rows_of_many_lines_are_passed_over_when_too_large),
        cmocka_unit_test(reading_ends_when_it_is_told_to),
        cmocka_unit_test(skipped_records_are_counted_by_reason),
        cmocka_unit_test(the_sink_may_refuse_a_record_or_end_the_reading),
        cmocka_unit_test_teardown(json_without_memory_is_no_malformed_record, restore_malloc),
        cmocka_unit_test(random_damage_never_crashes_a_reader),
    };
    return cmocka_run_group_tests_name("input", tests, make_folder, remove_folder);
}
