/* The document store: what it took it gives back, whatever else its bytes say it does no harm. */
#include "folder.h"
#include "good.h"

#include "base/bytes.h"
#include "index/docstore.h"
#include "index/record.h"

enum { N = 4000, HEAD = 9, FOOT = 16 };

static struct anam_buffer records; /* N of them, one after the other */
static uint32_t ends[N];

static uint32_t begin_of(size_t i)
{
    return i > 0 ? ends[i - 1] : 0;
}

static void append_words(uint64_t *seed, size_t n)
{
    static const char *const words[] = {"red ",   "spots ", "on ",   "hands ", "fever ",
                                        "not ",   "itchy ", "rash ", "after ", "weeks ",
                                        "often ", "a ",     "mild ", "cough "};
    while (n-- > 0)
        assert_true(anam_buffer_append_str(&records, words[testing_below(seed, COUNT(words))]));
}

/* One of 2,000 phrases, more than a block has room for. */
static void append_phrase(uint64_t *seed)
{
    uint64_t phrase = testing_below(seed, 2000);
    for (size_t i = 0; i < 24; i++) {
        char letter = (char)('a' + testing_below(&phrase, 26));
        assert_true(anam_buffer_append(&records, &letter, 1));
    }
}

static void append_noise(uint64_t *seed, size_t n)
{
    for (; n > 0; n--) {
        char byte = (char)testing_below(seed, 256);
        assert_true(anam_buffer_append(&records, &byte, 1));
    }
}

/* Records like those of an archive: about 60 bytes each. */
static void make_words(void)
{
    uint64_t seed = 1;
    records.len = 0;
    for (size_t i = 0; i < N; i++) {
        char id[16];
        snprintf(id, sizeof id, "q-%06zu", i * 7919 % N);
        assert_true(anam_buffer_append_str(&records, id));
        append_words(&seed, 1 + testing_below(&seed, 10));
        append_phrase(&seed);
        ends[i] = (uint32_t)records.len;
    }
}

/* Packs n records, the first of them record i. */
static anam_status pack(struct anam_docpacker *packer, size_t i, size_t n, struct anam_buffer *out,
                        anam_error *err)
{
    static uint32_t lengths[N];
    for (size_t j = 0; j < n; j++)
        lengths[j] = ends[i + j] - begin_of(i + j);
    return anam_docpacker_pack(packer, records.data + begin_of(i), lengths, n, out, err);
}

/* What the dictionary is made of. */
enum source { RECORDS, NOTHING };

/* Writes the first n records and maps the file. */
static void write_store(size_t n, enum source source, struct anam_map *map)
{
    anam_error err;
    uint64_t size;
    struct anam_file_writer file;
    struct anam_docstore_writer w = {.file = &file};
    struct anam_docpacker packer = {.dictionary = &w.dictionary};
    struct anam_buffer block = {0};
    ok(anam_file_writer_open(&file, folder, "documents", &err), &err);
    file.temporary = true;
    ok(anam_docstore_begin(&w, records.data, source == NOTHING ? 0 : begin_of(n), &err), &err);
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && !anam_docblock_full(ends[end - 1] - begin_of(i), end - i))
            end++;
        block.len = 0;
        ok(pack(&packer, i, end - i, &block, &err), &err);
        ok(anam_docstore_put(&w, block.data, block.len, (uint32_t)(end - i), &err), &err);
        i = end;
    }
    ok(anam_docstore_end(&w, &err), &err);
    ok(anam_file_finish(&file, &size, &err), &err);
    ok(anam_map_open(map, folder, "documents", size, &err), &err);
    anam_buffer_free(&block);
    anam_docpacker_free(&packer);
    anam_docstore_writer_free(&w);
    anam_file_writer_free(&file);
}

static void expect_record(const struct anam_docstore *d, struct anam_docblock *block, uint32_t i)
{
    anam_error err;
    const unsigned char *record;
    size_t n;
    ok(anam_docstore_get(d, i, block, &record, &n, &err), &err);
    assert_int_equal(n, ends[i] - begin_of(i));
    if (n)
        assert_memory_equal(record, records.data + begin_of(i), n);
}

static void expect_records(const struct anam_map *map, uint32_t n, uint64_t *seed)
{
    anam_error err;
    struct anam_docstore d;
    struct anam_docblock block = {0};
    ok(anam_docstore_open(&d, map, n, &err), &err);
    for (uint32_t i = 0; i < 2 * n; i++)
        expect_record(&d, &block, i < n ? i : testing_below(seed, n));
    assert_int_equal(anam_docstore_open(&d, map, n - 1, &err), ANAM_DAMAGED);
    anam_docblock_free(&block);
}

static void it_gives_back_what_it_took(void **state)
{
    (void)state;
    uint64_t seed = testing_seed();
    struct anam_map map;
    for (int kind = 0; kind < 3; kind++) {
        records.len = 0;
        for (size_t i = 0; i < N; i++) {
            bool large = kind == 1 && i % 500 == 100;
            size_t n = large ? 100000 : i % 10 ? testing_below(&seed, 60) : 0;
            if (kind == 0 || (kind == 1 && i % 2))
                append_words(&seed, n / 2);
            else if (kind == 1)
                append_noise(&seed, n);
            ends[i] = (uint32_t)records.len;
        }
        for (enum source source = RECORDS; source <= NOTHING; source++) {
            write_store(N, source, &map);
            expect_records(&map, N, &seed);
            anam_map_close(&map);
        }
    }
}

/* What is in the dictionary costs nothing again where it is stored. */
static void a_dictionary_costs_little_and_saves_more(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 100, 1000, 1200, 1500, N};
    make_words();
    for (size_t i = 0; i < COUNT(counts); i++) {
        struct anam_map with;
        struct anam_map without;
        write_store(counts[i], NOTHING, &without);
        write_store(counts[i], RECORDS, &with);
        if (begin_of(counts[i]) <= ANAM_BLOCK_BYTES)
            assert_int_equal(with.body, without.body);
        assert_true(with.body <= without.body + without.body / 50);
        if (counts[i] == N)
            assert_true(with.body < without.body - without.body / 10);
        anam_map_close(&with);
        anam_map_close(&without);
    }
}

static void the_same_records_give_the_same_bytes_however_packers_were_used(void **state)
{
    (void)state;
    anam_error err;
    struct anam_file_writer file;
    struct anam_docstore_writer w = {.file = &file};
    struct anam_buffer one = {0};
    struct anam_buffer other = {0};
    make_words();
    ok(anam_file_writer_open(&file, folder, "documents", &err), &err);
    file.temporary = true;
    ok(anam_docstore_begin(&w, records.data, records.len, &err), &err);
    struct anam_docpacker used = {.dictionary = &w.dictionary};
    for (size_t i = 0; i + 300 <= N; i += 100) {
        struct anam_docpacker fresh = {.dictionary = &w.dictionary};
        one.len = other.len = 0;
        ok(pack(&used, i, 300, &one, &err), &err);
        ok(pack(&fresh, i, 300, &other, &err), &err);
        assert_int_equal(one.len, other.len);
        assert_memory_equal(one.data, other.data, one.len);
        anam_docpacker_free(&fresh);
    }
    anam_docpacker_free(&used);
    anam_docstore_writer_free(&w);
    anam_file_writer_free(&file);
    anam_buffer_free(&one);
    anam_buffer_free(&other);
}

/* ---- Lies under right checksums ---- */

/* A map of a body in memory, every chunk of which counts as verified. */
struct body {
    struct anam_map map;
    unsigned char *bytes;
    struct anam_verified *verified;
};

static void take_body(struct body *b, const struct anam_map *map)
{
    size_t words = (size_t)map->body / ANAM_CHUNK / 64 + 1;
    b->bytes = malloc((size_t)map->body);
    b->verified = calloc(words, sizeof *b->verified);
    assert_true(b->bytes && b->verified);
    memcpy(b->bytes, map->bytes, (size_t)map->body);
    for (size_t i = 0; i < words; i++)
        atomic_store(&b->verified[i].bits, UINT64_MAX);
    b->map = (struct anam_map){
        .path = map->path, .bytes = b->bytes, .body = map->body, .verified = b->verified};
}

static void free_body(struct body *b)
{
    free(b->bytes);
    free(b->verified);
}

/* Reads some records of all blocks, every byte of them: as they were, or others, or damage, told
 * with its place. */
static anam_status read_some(const struct anam_map *map, anam_error *err)
{
    struct anam_docstore d;
    struct anam_docblock block = {0};
    struct anam_buffer copy = {0};
    anam_status worst = anam_docstore_open(&d, map, N, err);
    for (uint32_t i = 0; i < N && !worst; i += N / 5) {
        const unsigned char *record;
        size_t n;
        worst = anam_docstore_get(&d, i, &block, &record, &n, err);
        copy.len = 0;
        if (!worst)
            assert_true(anam_buffer_append(&copy, record, n));
    }
    anam_buffer_free(&copy);
    if (worst && (worst != ANAM_DAMAGED || !strstr(err->msg, "documents is damaged at byte ")))
        fail_msg("%s", err->msg);
    anam_docblock_free(&block);
    return worst;
}

static void lying_bytes_do_no_harm(void **state)
{
    (void)state;
    static const unsigned char masks[] = {0x01, 0x80, 0xFF};
    struct anam_map map;
    struct body b;
    anam_error err;
    make_words();
    write_store(N, RECORDS, &map);
    take_body(&b, &map);
    for (size_t at = 0; at < map.body; at += at < 64 || at + 1000 > map.body ? 1 : 13) {
        for (size_t m = 0; m < sizeof masks; m++) {
            b.bytes[at] ^= masks[m];
            read_some(&b.map, &err);
            b.bytes[at] ^= masks[m];
        }
    }
    assert_int_equal(read_some(&b.map, &err), ANAM_OK);
    free_body(&b);
    anam_map_close(&map);
}

/* The foot is moved to where the body is cut. */
static void missing_bytes_do_no_harm(void **state)
{
    (void)state;
    struct anam_map map;
    make_words();
    write_store(N, RECORDS, &map);
    for (size_t cut = 1; cut + FOOT < map.body; cut += cut < 100 ? 1 : 97) {
        struct body b;
        anam_error err;
        struct anam_map shorter = map;
        shorter.body -= cut;
        take_body(&b, &shorter);
        memcpy(b.bytes + shorter.body - FOOT, map.bytes + map.body - FOOT, FOOT);
        assert_int_equal(read_some(&b.map, &err), ANAM_DAMAGED);
        free_body(&b);
    }
    anam_map_close(&map);
}

static void a_lying_head_is_found(void **state)
{
    (void)state;
    struct anam_map map;
    struct body b;
    anam_error err;
    make_words();
    write_store(N, RECORDS, &map);
    take_body(&b, &map);
    size_t block = (size_t)anam_load64(b.bytes + anam_load64(b.bytes + map.body - FOOT));
    size_t width = b.bytes[block + 8];
    size_t frame = block + HEAD + (anam_load32(b.bytes + block + 4) * width + 7) / 8;
    assert_int_equal(anam_load32(b.bytes + frame), 0xFD2FB528);
    const struct {
        size_t at;
        uint64_t value; /* of four bytes, or five */
        const char *what;
    } lies[] = {
        {0, ANAM_DICTIONARY_BYTES + 1, "size of the dictionary"},
        {0, ANAM_BLOCK_BYTES, "frame of a document block"},
        {0, UINT32_MAX, "size of the dictionary"},
        {4, 0, "frame of a document block"},
        {4, anam_load32(b.bytes + 4) - 1, "frame of a document block"},
        {4, anam_load32(b.bytes + 4) + 1, "frame of a document block"},
        {4, UINT32_MAX, "points beyond the end"},
        {8, 0xFD2FB527, "frame of a document block"}, /* zstd 0.7 */
        {8, 0x184D2A50, "frame of a document block"}, /* to be skipped */
        {block, 3, "frame of a document block"},
        {block, UINT32_MAX, "points beyond the end"},
        {block + 4, 0, "head of a document block"},
        {block + 4, ANAM_BLOCK_BYTES / 4 + 1, "head of a document block"},
        {block + 4, UINT32_MAX, "head of a document block"},
        {block + 4, 1, "document block"},
        {block + 8, 33, "head of a document block"},
        {block + 4, UINT64_C(32) << 32 | 3, "size of a document block"},
        {block + 8, 0, "frame of a document block"},
        {frame, 0xFD2FB527, "frame of a document block"},
        {frame, 0x184D2A50, "frame of a document block"},
    };
    for (size_t i = 0; i < COUNT(lies); i++) {
        unsigned char was[5];
        memcpy(was, b.bytes + lies[i].at, sizeof was);
        anam_store32(b.bytes + lies[i].at, (uint32_t)lies[i].value);
        if (lies[i].value > UINT32_MAX)
            b.bytes[lies[i].at + 4] = (unsigned char)(lies[i].value >> 32);
        anam_status status = read_some(&b.map, &err);
        if (status != ANAM_DAMAGED || !strstr(err.msg, lies[i].what))
            fail_msg("lie %zu: %s", i, status ? err.msg : "is not found");
        memcpy(b.bytes + lies[i].at, was, sizeof was);
    }
    free_body(&b);
    anam_map_close(&map);
}

/* With an error each time, also for a reader that goes on. */
static void a_damaged_dictionary_is_found_with_every_record(void **state)
{
    (void)state;
    struct anam_map map;
    struct anam_docstore d;
    struct anam_docblock block = {0};
    struct body b;
    anam_error err;
    const unsigned char *record;
    size_t n;
    make_words();
    write_store(N, RECORDS, &map);
    take_body(&b, &map);
    atomic_store(&b.verified[0].bits, UINT64_MAX - 1); /* the first chunk is not verified yet */
    b.map.crcs = map.crcs;
    b.bytes[1000] ^= 1;
    ok(anam_docstore_open(&d, &b.map, N, &err), &err);
    for (uint32_t i = 0; i < N; i += 100) {
        assert_int_equal(anam_docstore_get(&d, i, &block, &record, &n, &err), ANAM_DAMAGED);
        assert_non_null(strstr(err.msg, "documents is damaged at byte 0: checksum mismatch"));
    }
    b.bytes[1000] ^= 1;
    for (uint32_t i = 0; i < N; i += 100)
        expect_record(&d, &block, i);
    anam_docblock_free(&block);
    free_body(&b);
    anam_map_close(&map);
}

static void a_record_can_be_read_after_one_that_is_damaged(void **state)
{
    (void)state;
    struct anam_map map;
    struct anam_docstore d;
    struct anam_docblock block = {0};
    struct body b;
    anam_error err;
    const unsigned char *record;
    size_t n;
    make_words();
    write_store(N, RECORDS, &map);
    take_body(&b, &map);
    ok(anam_docstore_open(&d, &b.map, N, &err), &err);
    uint64_t first = anam_load64(b.bytes + d.table);
    b.bytes[first + 8] = 33;
    assert_int_equal(anam_docstore_get(&d, 0, &block, &record, &n, &err), ANAM_DAMAGED);
    expect_record(&d, &block, N - 1);
    assert_int_equal(anam_docstore_get(&d, 0, &block, &record, &n, &err), ANAM_DAMAGED);
    expect_record(&d, &block, N - 1);
    anam_docblock_free(&block);
    free_body(&b);
    anam_map_close(&map);
}

static void a_record_too_large_is_refused(void **state)
{
    (void)state;
    anam_error err;
    struct anam_buffer none = {0};
    struct anam_docpacker packer = {.dictionary = &none};
    struct anam_buffer out = {0};
    const uint32_t lengths[] = {UINT32_C(128) << 20, 1};
    assert_int_equal(anam_docpacker_pack(&packer, "", lengths, 2, &out, &err), ANAM_BAD_DATA);
    assert_int_equal(out.len, 0);
    anam_docpacker_free(&packer);
    anam_buffer_free(&out);
}

static int end(void **state)
{
    anam_buffer_free(&records);
    return remove_folder(state);
}

/* No archive has such a record: the indexer would have refused it. */
static void a_record_of_too_many_answers_is_damaged(void **state)
{
    (void)state;
    struct anam_buffer bytes = {0};
    struct anam_arena arena = {0};
    anam_record record = ANAM_RECORD_INIT;
    anam_record out;
    size_t most = ANAM_MAX_RECORD / ANAM_ANSWER_BYTES;
    anam_answer *answers = calloc(most + 1, sizeof *answers);
    assert_non_null(answers);
    for (size_t i = 0; i <= most; i++)
        answers[i].text = "";
    record.id = "1";
    record.answers = answers;
    for (size_t more = 0; more <= 1; more++) {
        bytes.len = 0;
        record.n_answers = most + more;
        assert_true(anam_record_encode(&record, &bytes));
        anam_arena_reset(&arena);
        assert_int_equal(
            anam_record_decode((const unsigned char *)bytes.data, bytes.len, &arena, &out),
            more > 0 ? ANAM_DAMAGED : ANAM_OK);
    }
    free(answers);
    anam_arena_free(&arena);
    anam_buffer_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_gives_back_what_it_took),
        cmocka_unit_test(a_dictionary_costs_little_and_saves_more),
        cmocka_unit_test(the_same_records_give_the_same_bytes_however_packers_were_used),
        cmocka_unit_test(lying_bytes_do_no_harm),
        cmocka_unit_test(missing_bytes_do_no_harm),
        cmocka_unit_test(a_lying_head_is_found),
        cmocka_unit_test(a_damaged_dictionary_is_found_with_every_record),
        cmocka_unit_test(a_record_can_be_read_after_one_that_is_damaged),
        cmocka_unit_test(a_record_too_large_is_refused),
        cmocka_unit_test(a_record_of_too_many_answers_is_damaged),
    };
    return cmocka_run_group_tests_name("docstore", tests, make_folder, end);
}
