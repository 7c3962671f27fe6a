/* The bytes on disk: packing, dictionaries, lengths, records, manifest. Posting lists:
 * test_postings.c. */
#include "folder.h"
#include "good.h"

#include "index/bitpack.h"
#include "index/record.h"
#include "index/segment.h"

static void bitpack_round_trips_all_widths_and_lengths(void **state)
{
    (void)state;
    uint64_t seed = testing_seed();
    for (unsigned width = 0; width <= 32; width++) {
        for (size_t n = 0; n <= 300; n += n < 20 ? 1 : 7) {
            uint32_t in[300];
            uint32_t out[300];
            uint64_t mask = (UINT64_C(1) << width) - 1;
            struct anam_buffer buf = {0};
            for (size_t i = 0; i < n; i++)
                in[i] = (uint32_t)((i % 5 ? testing_random(&seed) : mask) & mask);
            assert_true(anam_bitpack(&buf, in, n, width));
            assert_int_equal(buf.len, anam_packed_bytes(n, width));
            unsigned char *exact = malloc(buf.len ? buf.len : 1);
            memcpy(exact, buf.data ? buf.data : "", buf.len);
            anam_bitunpack(exact, out, n, width);
            if (n)
                assert_memory_equal(in, out, n * sizeof in[0]);
            free(exact);
            anam_buffer_free(&buf);
        }
    }
}

static struct anam_map map;

static int compare_strings(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Of the key at which `it` stands; key i has i * 37 % 300 bytes, from 1000 on, and i % 9 of
 * payload. */
static void assert_value(const struct anam_dict_iter *it, bool values)
{
    size_t i = it->ordinal;
    uint64_t offset = values ? 1000 : 0;
    for (size_t before = 0; before < i && values; before++)
        offset += before * 37 % 300;
    assert_int_equal(it->offset, offset);
    assert_int_equal(it->bytes, values ? i * 37 % 300 : 0);
    assert_int_equal(it->payload_len, values ? i % 9 : 0);
    if (it->payload_len > 0)
        assert_memory_equal(it->payload, &i, it->payload_len);
}

enum { MOST_KEYS = 3000, KEY = 256 };

/* Keys much like one of n are found where they are among these, and only there. */
static void find_like(const struct anam_dict *d, char (*keys)[KEY], size_t n, const char *key,
                      uint64_t *seed)
{
    char like[4][KEY + 1];
    size_t len = strlen(key);
    for (size_t i = 0; i < 4; i++)
        memcpy(like[i], key, len + 1);
    like[0][len - 1] = '\0';
    memcpy(like[1] + len, "0", 2);
    like[2][len - 1]++;
    like[3][testing_below(seed, (uint32_t)len)] = "-05x\xA9"[testing_below(seed, 5)];
    for (size_t i = 0; i < 4; i++) {
        struct anam_dict_iter it;
        anam_error err;
        bool found;
        char(*there)[KEY] = bsearch(like[i], keys, n, KEY, compare_strings);
        ok(anam_dict_find(d, like[i], strlen(like[i]), &it, &found, &err), &err);
        assert_int_equal(found, there != NULL);
        if (found)
            assert_int_equal(it.ordinal, there - keys);
    }
}

static void find_and_walk_random_keys(bool values)
{
    enum { MOST = MOST_KEYS, LONG = 200 };
    uint64_t seed = testing_seed();
    static char keys[MOST][KEY];
    static char lengthy[LONG + 1];
    memset(lengthy, 'x', LONG);
    const char *const stems[] = {
        "rash", "\xC3\xA9", "r", "rash-on-both-hands-", "rash-that-neither-itches-nor-hurts-",
        lengthy};
    const size_t sizes[] = {0, 1, 15, 16, 17, 32, 33, MOST};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        size_t n = sizes[s];
        for (size_t i = 0; i < n; i++)
            snprintf(keys[i], KEY, "%s%05zu", stems[testing_below(&seed, 6)], i * 7 % 100000);
        if (n)
            qsort(keys, n, KEY, compare_strings);
        anam_error err;
        struct anam_file_writer file;
        uint64_t size;
        ok(anam_file_writer_open(&file, folder, "dict", &err), &err);
        struct anam_dict_writer w = {.file = &file};
        struct anam_dict_value value = {.offset = 1000};
        for (size_t i = 0; i < n; i++) {
            value.bytes = i * 37 % 300;
            value.n = i % 9;
            memcpy(value.payload, &i, value.n);
            ok(anam_dict_add(&w, keys[i], strlen(keys[i]), values ? &value : NULL, &err), &err);
            value.offset += value.bytes;
        }
        ok(anam_dict_end(&w, &err), &err);
        ok(anam_file_finish(&file, &size, &err), &err);
        anam_dict_writer_free(&w);
        ok(anam_map_open(&map, folder, "dict", size, &err), &err);

        struct anam_dict d;
        struct anam_dict_iter it;
        bool found;
        ok(anam_dict_open(&d, &map, map.body, values, &err), &err);
        assert_int_equal(d.keys, n);
        for (size_t i = 0; i < n; i++) {
            ok(anam_dict_find(&d, keys[i], strlen(keys[i]), &it, &found, &err), &err);
            assert_true(found);
            assert_int_equal(it.ordinal, i);
            assert_string_equal(it.key, keys[i]);
            assert_value(&it, values);
            find_like(&d, keys, n, keys[i], &seed);
            ok(anam_dict_seek(&it, &d, i, &err), &err);
            assert_int_equal(it.ordinal, i);
            assert_string_equal(it.key, keys[i]);
            assert_int_equal(it.len, strlen(keys[i]));
            assert_value(&it, values);
            bool another;
            ok(anam_dict_next(&it, &another, &err), &err);
            assert_int_equal(another, i + 1 < n);
            if (another)
                assert_string_equal(it.key, keys[i + 1]);
        }
        const char *absent[] = {"", "a", "rash", "rash9", "zzz", "\xC3\xA9x"};
        for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++) {
            ok(anam_dict_find(&d, absent[i], strlen(absent[i]), &it, &found, &err), &err);
            assert_false(found);
        }
        bool more = n > 0;
        if (more)
            ok(anam_dict_seek(&it, &d, 0, &err), &err);
        size_t walked = 0;
        while (more) {
            assert_string_equal(it.key, keys[walked++]);
            assert_value(&it, values);
            ok(anam_dict_next(&it, &more, &err), &err);
        }
        assert_int_equal(walked, n);
        anam_map_close(&map);
    }
}

static void dictionary_finds_and_walks_random_keys(void **state)
{
    (void)state;
    find_and_walk_random_keys(true);
    find_and_walk_random_keys(false);
}

static void dictionary_refuses_keys_out_of_order(void **state)
{
    (void)state;
    struct anam_file_writer file;
    anam_error err;
    ok(anam_file_writer_open(&file, folder, "dict", &err), &err);
    struct anam_dict_writer w = {.file = &file};
    struct anam_dict_value value = {.offset = 7, .bytes = 3};
    struct anam_dict_value gap = {.offset = 11, .bytes = 3};
    ok(anam_dict_add(&w, "b", 1, &value, &err), &err);
    assert_int_equal(anam_dict_add(&w, "b", 1, NULL, &err), ANAM_INVALID);
    assert_int_equal(anam_dict_add(&w, "a", 1, NULL, &err), ANAM_INVALID);
    assert_int_equal(anam_dict_add(&w, "c", 1, &gap, &err), ANAM_INVALID);
    anam_dict_writer_free(&w);
    anam_file_writer_free(&file);
}

static void lengths_are_exact_at_every_width(void **state)
{
    (void)state;
    uint64_t seed = testing_seed();
    const uint32_t most[] = {0, 200, 60000, 4000000};
    for (size_t m = 0; m < 4; m++) {
        enum { N = 1000 };
        static uint32_t question[N];
        static uint32_t answer[N];
        uint32_t *lengths[ANAM_N_FIELDS] = {question, answer};
        const uint64_t postings[ANAM_N_FIELDS] = {11, 12};
        for (size_t i = 0; i < N; i++) {
            question[i] = testing_below(&seed, most[m] + 1);
            answer[i] = testing_below(&seed, 100);
        }
        question[N / 2] = most[m];
        anam_error err;
        struct anam_file_writer file;
        uint64_t size;
        ok(anam_file_writer_open(&file, folder, "lengths", &err), &err);
        ok(anam_lengths_write(&file, lengths, 1.2, 0.75, postings, N, &err), &err);
        ok(anam_file_finish(&file, &size, &err), &err);
        ok(anam_map_open(&map, folder, "lengths", size, &err), &err);
        struct anam_lengths l;
        struct anam_length_array a[ANAM_N_FIELDS];
        ok(anam_lengths_open(&l, &map, N, &err), &err);
        assert_int_equal(anam_lengths_open(&l, &map, N + 1, &err), ANAM_DAMAGED);
        ok(anam_lengths_open(&l, &map, N, &err), &err);
        uint64_t total = 0;
        for (int f = 0; f < ANAM_N_FIELDS; f++)
            ok(anam_lengths_array(&l, f, &a[f], &err), &err);
        for (uint32_t i = 0; i < N; i++) {
            total += question[i];
            assert_int_equal(anam_length_of(a[0], i), question[i]);
            assert_int_equal(anam_length_of(a[1], i), answer[i]);
        }
        assert_true(l.field[0].total == total && l.field[1].postings == 12);
        struct anam_impact expected = anam_impact_of(1.2, 0.75, (double)total / N);
        assert_memory_equal(&l.field[0].impact, &expected, sizeof expected);
        anam_map_close(&map);
    }
}

static void same(const char *a, const char *b)
{
    if (a && b)
        assert_string_equal(a, b);
    else
        assert_ptr_equal(a, b);
}

static void records_round_trip_with_everything_and_with_nothing(void **state)
{
    (void)state;
    const anam_answer answers[] = {
        {"First.", "Dr. Zo\xC3\xAB", "doctor", "2020-01-02", "{\"votes\":3}"},
        {"", NULL, NULL, NULL, NULL},
        {"Third.", NULL, "nurse", NULL, NULL}};
    const char *tags[] = {"red spots", ""};
    anam_record full = {"id-1",
                        "Title",
                        "Question?",
                        "Body",
                        answers,
                        3,
                        "Dermatology",
                        tags,
                        2,
                        {"female", 20, 29, "{\"town\":\"x\"}"},
                        "2020-01-01",
                        "https://example.org/1",
                        "src",
                        "en",
                        "{\"views\":412}"};
    anam_record bare = ANAM_RECORD_INIT;
    bare.id = "b";
    bare.title = "";
    const anam_record *cases[] = {&full, &bare};
    for (size_t c = 0; c < 2; c++) {
        const anam_record *in = cases[c];
        struct anam_buffer buf = {0};
        struct anam_arena arena = {0};
        anam_record out;
        assert_true(anam_record_encode(in, &buf));
        assert_int_equal(anam_record_decode((const unsigned char *)buf.data, buf.len, &arena, &out),
                         ANAM_OK);
        same(in->id, out.id);
        same(in->title, out.title);
        same(in->question, out.question);
        same(in->text, out.text);
        same(in->specialty, out.specialty);
        same(in->date, out.date);
        same(in->url, out.url);
        same(in->source, out.source);
        same(in->lang, out.lang);
        same(in->extra, out.extra);
        same(in->asker.sex, out.asker.sex);
        same(in->asker.extra, out.asker.extra);
        assert_int_equal(in->asker.age_min, out.asker.age_min);
        assert_int_equal(in->asker.age_max, out.asker.age_max);
        assert_int_equal(in->n_answers, out.n_answers);
        for (size_t i = 0; i < in->n_answers; i++) {
            same(in->answers[i].text, out.answers[i].text);
            same(in->answers[i].author, out.answers[i].author);
            same(in->answers[i].role, out.answers[i].role);
            same(in->answers[i].date, out.answers[i].date);
            same(in->answers[i].extra, out.answers[i].extra);
        }
        assert_int_equal(in->n_tags, out.n_tags);
        for (size_t i = 0; i < in->n_tags; i++)
            same(in->tags[i], out.tags[i]);
        for (size_t cut = 0; cut < buf.len; cut++) { /* any prefix: refused or a record */
            unsigned char *exact = malloc(cut ? cut : 1);
            memcpy(exact, buf.data, cut);
            anam_status status = anam_record_decode(exact, cut, &arena, &out);
            assert_true(status == ANAM_OK || status == ANAM_DAMAGED);
            free(exact);
        }
        anam_arena_free(&arena);
        anam_buffer_free(&buf);
    }
}

static void manifest_reads_back_and_replaces_the_old_one(void **state)
{
    (void)state;
    anam_error err;
    struct anam_manifest m = {.generation = 41, .analyzer = 1, .documents = 9};
    struct anam_manifest back;
    m.settings = (anam_settings)ANAM_SETTINGS_INIT;
    strcpy(m.language, "english");
    assert_int_equal(anam_manifest_read(&back, folder, &err), ANAM_NOT_INDEX);
    for (int i = 0; i < ANAM_N_FILES; i++)
        m.size[i] = UINT64_C(5000000000) + (uint64_t)i;
    for (int round = 0; round < 2; round++) {
        m.generation++;
        ok(anam_manifest_publish(&m, folder, &err), &err);
        ok(anam_manifest_read(&back, folder, &err), &err);
        assert_int_equal(back.generation, m.generation);
        assert_int_equal(back.documents, 9);
        assert_string_equal(back.language, "english");
        assert_memory_equal(back.size, m.size, sizeof m.size);
    }
}

static void only_names_of_index_files_are_taken_for_them(void **state)
{
    (void)state;
    uint64_t generation;
    assert_true(anam_is_index_file("000007.terms", &generation));
    assert_int_equal(generation, 7);
    assert_true(anam_is_index_file("1234567.documents", &generation));
    assert_true(anam_is_index_file("000007.run12", &generation));
    assert_true(anam_is_index_file("manifest.new", &generation));
    const char *others[] = {"manifest", "lock",          "7.terms",    "000007.txt",
                            "terms",    "000007.terms~", "notes.run1", "",
                            "000007",   ".000007.terms"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(anam_is_index_file(others[i], &generation));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bitpack_round_trips_all_widths_and_lengths),
        cmocka_unit_test(dictionary_finds_and_walks_random_keys),
        cmocka_unit_test(dictionary_refuses_keys_out_of_order),
        cmocka_unit_test(lengths_are_exact_at_every_width),
        cmocka_unit_test(records_round_trip_with_everything_and_with_nothing),
        cmocka_unit_test(manifest_reads_back_and_replaces_the_old_one),
        cmocka_unit_test(only_names_of_index_files_are_taken_for_them),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
