/* Posting lists on disk: written, read from front to back and anywhere, damaged. */
#include "folder.h"
#include "good.h"

#include "index/entry.h"
#include "index/postings.h"

/* A list in memory. */
struct posting {
    uint32_t document;
    uint32_t tf;
    uint32_t length;
};

static struct anam_map map;
static uint64_t list_offset;
static uint64_t list_bytes;

static const struct anam_impact impact = {0.3, 0.05};

/* Writes one list behind some other bytes and maps the file. */
static void write_list(const struct posting *list, size_t n, uint32_t documents)
{
    anam_error err;
    struct anam_file_writer file;
    uint64_t size;
    ok(anam_file_writer_open(&file, folder, "postings", &err), &err);
    struct anam_postings_writer w = {.file = &file, .impact = impact, .documents = documents};
    ok(anam_postings_add(&w, 0, 3, 9, &err), &err);
    ok(anam_postings_end(&w, &list_offset, &list_bytes, &err), &err);
    for (size_t i = 0; i < n; i++)
        ok(anam_postings_add(&w, list[i].document, list[i].tf, list[i].length, &err), &err);
    ok(anam_postings_end(&w, &list_offset, &list_bytes, &err), &err);
    ok(anam_file_finish(&file, &size, &err), &err);
    anam_postings_writer_free(&w);
    ok(anam_map_open(&map, folder, "postings", size, &err), &err);
}

static void read_list(const struct posting *list, size_t n, uint32_t documents)
{
    anam_error err;
    struct anam_postings p;
    struct anam_postings_reader r;
    const struct anam_block *b = &r.block;
    size_t at = 0;
    ok(anam_postings_open(&p, &map, list_offset, list_bytes, documents, &err), &err);
    ok(anam_postings_read(&r, &p, &err), &err);
    for (;;) {
        ok(anam_postings_next(&r, &err), &err);
        if (b->n == 0)
            break;
        assert_true(at + b->n <= n);
        for (uint32_t i = 0; i < b->n; i++, at++) {
            assert_int_equal(b->docs[i], list[at].document);
            assert_true(b->tfs[i] == list[at].tf);
            assert_true(anam_impact_bound(&impact, list[at].tf, list[at].length) <= b->bound);
        }
    }
    assert_int_equal(at, n);
    anam_postings_reader_free(&r);
}

/* Entries out of order, all frequencies at once and one by one, positions looked for. */
static void read_entries(const struct posting *list, size_t n, uint32_t documents, uint64_t *seed)
{
    anam_error err;
    struct anam_postings p;
    ok(anam_postings_open(&p, &map, list_offset, list_bytes, documents, &err), &err);
    struct anam_presence *presence = malloc(anam_presence_words(p.all) * sizeof *presence);
    struct anam_frame frame = {.number = ANAM_NO_FRAME};
    size_t *firsts = malloc(p.windows * sizeof *firsts);
    ok(anam_postings_presence(&p, presence, &err), &err);
    for (size_t i = 0, e = 0; i < n; i++)
        if (i == 0 || list[i].document / ANAM_WINDOW != list[i - 1].document / ANAM_WINDOW)
            firsts[e++] = i;
    for (int i = 0; i < 40; i++) {
        struct anam_entry entry = {0};
        float tfs[ANAM_WINDOW + 16];
        uint32_t at_window;
        uint32_t e = testing_below(seed, p.windows);
        const struct posting *first = &list[firsts[e]];
        assert_true(anam_presence_has(presence, first->document / ANAM_WINDOW, &at_window));
        assert_int_equal(at_window, e);
        assert_true(anam_postings_entry(&p, &frame, e, &entry));
        anam_entry_tfs(&entry, tfs);
        uint32_t next = 0;
        for (uint32_t at = 0; at < ANAM_WINDOW; at++) {
            uint32_t found = anam_entry_find(&entry, at);
            if (next < entry.n && first[next].document % ANAM_WINDOW == at) {
                assert_int_equal(found, next);
                assert_true(anam_entry_tf(&entry, next) == first[next].tf);
                assert_true(tfs[next] == (float)first[next].tf);
                next++;
            } else {
                assert_true(found >= entry.n);
            }
        }
        assert_int_equal(next, entry.n);
    }
    free(presence);
    free(firsts);
}

/* Mostly 1, and what is not may be anything. */
static uint32_t some_tf(uint64_t *seed)
{
    switch (testing_below(seed, 50)) {
    case 0:
        return (uint32_t)testing_random(seed) | 1;
    case 1:
    case 2:
        return 1 + testing_below(seed, 70000);
    case 3:
    case 4:
    case 5:
        return 1 + testing_below(seed, 6);
    default:
        return 1;
    }
}

/* Up to a limit of any number of bits, so that of every width some do not fit, by little or by
 * much. */
static uint32_t tf_of_bits(uint64_t *seed, uint32_t bits)
{
    return 1 + testing_below(seed, 1U << testing_below(seed, bits + 1));
}

static void posting_lists_round_trip_at_every_density(void **state)
{
    (void)state;
    uint64_t seed = testing_seed();
    static struct posting list[120000];
    const uint32_t gaps[] = {1, 2, 3, 8, 40, 300, 5000};
    const size_t sizes[] = {1, 2, 31, 32, 33, 255, 256, 257, 5000, 32768, 32769, 120000};
    for (size_t g = 0; g < sizeof gaps / sizeof gaps[0]; g++) {
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
            uint32_t document = testing_below(&seed, 1000);
            uint32_t bits = 1 + testing_below(&seed, 12);
            for (size_t i = 0; i < sizes[s]; i++) {
                uint32_t tf = (s + g) % 2 > 0 ? some_tf(&seed) : tf_of_bits(&seed, bits);
                list[i] = (struct posting){document, tf, 3 + testing_below(&seed, 400)};
                document += 1 + testing_below(&seed, gaps[g]);
            }
            write_list(list, sizes[s], document);
            read_list(list, sizes[s], document);
            read_entries(list, sizes[s], document, &seed);
            anam_map_close(&map);
        }
    }
}

/* Writes and reads a list of the first n documents with these frequencies. */
static void round_trip_frequencies(struct posting *list, size_t n, uint64_t *seed)
{
    for (size_t i = 0; i < n; i++) {
        list[i].document = (uint32_t)i;
        list[i].length = 10;
    }
    write_list(list, n, (uint32_t)n);
    read_list(list, n, (uint32_t)n);
    read_entries(list, n, (uint32_t)n, seed);
    anam_map_close(&map);
}

/* What is packed, what is an exception and what is huge, each at the ends of its range. */
static void frequencies_at_the_limits_round_trip(void **state)
{
    enum { FRAME = ANAM_FRAME * ANAM_WINDOW };
    static const uint32_t tfs[] = {1, 2, 256, 257, 271, 272, 273, 301, UINT32_MAX};
    static const uint32_t exceptions[] = {1, 31, 32, 33, 64, 65, 254, 255, 256, 257, 1000};
    static struct posting list[FRAME + 1];
    (void)state;
    uint64_t seed = testing_seed();
    for (size_t t = 0; t < COUNT(tfs); t++)
        for (size_t n = FRAME - 1; n <= FRAME + 1; n++) {
            for (size_t i = 0; i < n; i++)
                list[i].tf = tfs[t];
            round_trip_frequencies(list, n, &seed);
        }
    for (size_t x = 0; x < COUNT(exceptions); x++)
        for (uint32_t tf = 14; tf <= 20; tf++) {
            for (uint32_t i = 0; i < FRAME; i++)
                list[i].tf = 1;
            for (uint32_t i = 0; i < exceptions[x]; i++)
                list[(uint64_t)i * FRAME / exceptions[x]].tf = tf;
            round_trip_frequencies(list, FRAME, &seed);
        }
}

/* A list whose only exceptions are postings 70 and 80 of a hundred, in bytes that may be changed:
 * what is known of it points into `copy`. */
static struct anam_postings open_copy(unsigned char copy[1024])
{
    anam_error err;
    struct anam_postings p;
    ok(anam_postings_open(&p, &map, list_offset, list_bytes, 100, &err), &err);
    const unsigned char *list = p.end - list_bytes;
    assert_true(list_bytes + ANAM_TRAILER <= 1024);
    memcpy(copy, list, list_bytes);
    p.presence = copy + (p.presence - list);
    p.bounds = copy + (p.bounds - list);
    p.frames = copy + (p.frames - list);
    p.end = copy + list_bytes;
    return p;
}

static anam_status read_first(const struct anam_postings *p)
{
    anam_error err;
    struct anam_postings_reader r;
    ok(anam_postings_read(&r, p, &err), &err);
    anam_status status = anam_postings_next(&r, &err);
    anam_postings_reader_free(&r);
    return status;
}

static void exceptions_that_contradict_what_is_packed_are_damage(void **state)
{
    (void)state;
    static struct posting list[100];
    unsigned char copy[1024] = {0};
    struct anam_frame f;
    for (uint32_t i = 0; i < 100; i++)
        list[i] = (struct posting){i, 1 + i % 2, 10};
    list[70].tf = list[80].tf = 9;
    write_list(list, 100, 100);
    struct anam_postings p = open_copy(copy);
    assert_int_equal(read_first(&p), ANAM_OK);
    assert_true(anam_postings_frame(&p, 0, &f));
    assert_int_equal(f.n_exceptions, 2);
    assert_int_equal(f.width, 1);
    size_t packed = (size_t)(f.packed - copy);
    size_t exceptions = (size_t)(f.exceptions - copy);
    copy[packed + 70 / 8] ^= 1U << 70 % 8; /* not marked */
    assert_int_equal(read_first(&p), ANAM_DAMAGED);
    copy[packed + 70 / 8] ^= 1U << 70 % 8;
    copy[exceptions] = 80; /* twice */
    assert_int_equal(read_first(&p), ANAM_DAMAGED);
    copy[exceptions] = 70;
    assert_int_equal(read_first(&p), ANAM_OK);
    anam_map_close(&map);
}

static void windows_of_every_count_round_trip(void **state)
{
    (void)state;
    uint64_t seed = testing_seed();
    static struct posting list[ANAM_WINDOW * (ANAM_WINDOW + 1) / 2];
    for (int round = 0; round < 20; round++) {
        size_t n = 0;
        for (uint32_t count = 1; count <= ANAM_WINDOW; count++) {
            uint32_t left = count; /* to be chosen from the documents that are left */
            for (uint32_t i = 0; i < ANAM_WINDOW; i++)
                if (testing_below(&seed, ANAM_WINDOW - i) < left) {
                    list[n++] = (struct posting){(count - 1) * ANAM_WINDOW + i, 1, 10};
                    left--;
                }
        }
        write_list(list, n, ANAM_WINDOW * ANAM_WINDOW);
        read_list(list, n, ANAM_WINDOW * ANAM_WINDOW);
        read_entries(list, n, ANAM_WINDOW * ANAM_WINDOW, &seed);
        anam_map_close(&map);
    }
}

static void posting_list_of_the_worked_example_has_its_bytes(void **state)
{
    (void)state;
    static const unsigned char expected[] = {0x04, 0x05, 0x86, 0xEE, 0x0D, 0x01,
                                             0x03, 0x05, 0xBC, 0x10, 0x08};
    const struct posting list[] = {{3, 1, 12}, {5, 2, 40}, {700, 9, 7}};
    write_list(list, 3, 701);
    assert_int_equal(list_bytes, sizeof expected);
    assert_memory_equal(map.bytes + list_offset, expected, sizeof expected);
    anam_map_close(&map);
}

/* docs/FORMAT.md has its frame. */
static void exceptions_of_the_worked_example_have_their_bytes(void **state)
{
    (void)state;
    struct posting list[100];
    for (uint32_t i = 0; i < 100; i++)
        list[i] = (struct posting){i, i == 70 ? 9 : 1, 10};
    write_list(list, 100, 100);
    const unsigned char *frame = map.bytes + list_offset + 2; /* behind head and bound */
    assert_int_equal(list_bytes, 2 + 3 + ANAM_BITMAP_BYTES + 2);
    assert_memory_equal(frame, "\x90\x01\x63", 3);
    assert_memory_equal(frame + 3 + ANAM_BITMAP_BYTES, "\x46\x07", 2);
    anam_map_close(&map);
}

/* Two lists of a term, of which a document's impacts are kept. */
enum { PAIRED = 5000 };
static double impacts[2][PAIRED];

static void write_pair(uint64_t *seed, bool same_term, struct anam_postings p[2])
{
    anam_error err;
    struct anam_file_writer file;
    uint64_t size;
    uint64_t offset[2];
    uint64_t bytes[2];
    ok(anam_file_writer_open(&file, folder, "postings", &err), &err);
    struct anam_postings_writer w = {.file = &file, .impact = impact, .documents = PAIRED};
    for (int f = 0; f < 2; f++) {
        uint32_t every = 1 + testing_below(seed, testing_below(seed, 2) ? 3 : 400);
        memset(impacts[f], 0, sizeof impacts[f]);
        for (uint32_t d = testing_below(seed, every); d < PAIRED;
             d += 1 + testing_below(seed, every)) {
            uint32_t tf = 1 + testing_below(seed, 4);
            uint32_t length = tf + testing_below(seed, 300);
            impacts[f][d] = anam_impact(&impact, tf, length);
            ok(anam_postings_add(&w, d, tf, length, &err), &err);
        }
        w.same_term = f > 0 && same_term;
        ok(anam_postings_end(&w, &offset[f], &bytes[f], &err), &err);
    }
    ok(anam_file_finish(&file, &size, &err), &err);
    anam_postings_writer_free(&w);
    ok(anam_map_open(&map, folder, "postings", size, &err), &err);
    for (int f = 0; f < 2; f++)
        ok(anam_postings_open(&p[f], &map, offset[f], bytes[f], PAIRED, &err), &err);
}

static uint32_t df_of(int field)
{
    uint32_t df = 0;
    for (uint32_t d = 0; d < PAIRED; d++)
        df += impacts[field][d] > 0;
    return df;
}

/* With scales as slacks count and with any others; and one more would be too much. */
static void check_slack(uint64_t *seed, uint32_t window, const uint8_t bounds[2], uint32_t slack)
{
    const double idf[] = {anam_idf(PAIRED, df_of(0)), anam_idf(PAIRED, df_of(1))};
    double x = idf[0] * (bounds[0] + 1) / 256;
    double y = idf[1] * (bounds[1] + 1) / 256;
    double part = (x < y ? x : y) / 15;
    double most = 0;
    for (uint32_t d = window * ANAM_WINDOW; d < (window + 1) * ANAM_WINDOW && d < PAIRED; d++) {
        double other[] = {testing_below(seed, 1000) / 100.0, testing_below(seed, 1000) / 100.0};
        double r = other[0] < other[1] ? other[0] : other[1];
        double sum = idf[0] * impacts[0][d] + idf[1] * impacts[1][d];
        double other_sum = other[0] * idf[0] * impacts[0][d] + other[1] * idf[1] * impacts[1][d];
        assert_true(sum <= x + y - slack * part);
        assert_true(other_sum <= (other[0] * x + other[1] * y - r * slack * part) * (1 + 1e-12));
        most = sum > most ? sum : most;
    }
    if (slack < 15)
        assert_true(most * (1 + 2e-6) > x + y - (slack + 1) * part);
}

static void slacks_are_safe_and_no_less_than_they_may_be(void **state)
{
    (void)state;
    uint64_t seed = testing_seed();
    for (int round = 0; round < 100; round++) {
        anam_error err;
        struct anam_postings p[2];
        struct anam_presence presence[2][PAIRED / ANAM_WINDOW / 64 + 1];
        uint32_t n = 0;
        write_pair(&seed, round % 10 > 0, p);
        for (int f = 0; f < 2; f++)
            ok(anam_postings_presence(&p[f], presence[f], &err), &err);
        for (uint32_t w = 0; w < p[0].all; w++) {
            uint32_t x;
            uint32_t y;
            if (!anam_presence_has(presence[0], w, &x) || !anam_presence_has(presence[1], w, &y))
                continue;
            const uint8_t bounds[] = {p[0].bounds[x], p[1].bounds[y]};
            if (round % 10 > 0)
                check_slack(&seed, w, bounds, anam_postings_slack(&p[1], n++));
        }
        assert_int_equal(p[0].n_slacks, 0);
        assert_int_equal(p[1].n_slacks, n);
        anam_map_close(&map);
    }
}

static void posting_beyond_the_last_document_is_damage(void **state)
{
    (void)state;
    const struct posting list[] = {{3, 1, 12}, {700, 9, 7}};
    struct anam_postings p;
    struct anam_postings_reader r;
    anam_error err;
    write_list(list, 2, 701);
    ok(anam_postings_open(&p, &map, list_offset, list_bytes, 700, &err), &err);
    ok(anam_postings_read(&r, &p, &err), &err);
    ok(anam_postings_next(&r, &err), &err);
    assert_int_equal(anam_postings_next(&r, &err), ANAM_DAMAGED);
    assert_non_null(strstr(err.msg, "postings is damaged at byte"));
    anam_postings_reader_free(&r);
    anam_map_close(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posting_lists_round_trip_at_every_density),
        cmocka_unit_test(frequencies_at_the_limits_round_trip),
        cmocka_unit_test(exceptions_that_contradict_what_is_packed_are_damage),
        cmocka_unit_test(windows_of_every_count_round_trip),
        cmocka_unit_test(posting_list_of_the_worked_example_has_its_bytes),
        cmocka_unit_test(exceptions_of_the_worked_example_have_their_bytes),
        cmocka_unit_test(slacks_are_safe_and_no_less_than_they_may_be),
        cmocka_unit_test(posting_beyond_the_last_document_is_damage),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
