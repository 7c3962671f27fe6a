/* Indexes whose content lies under right checksums: an error or other answers, but no crash,
 * no hang, nothing read outside of a file; run it with the sanitizers too. */
#include "damage.h"

#include "base/bytes.h"

#include <zlib.h>

static struct subject longest;

/* ---- Checksums ---- */

enum { CRC_LINE = 13 };

static size_t body_of(const unsigned char *bytes, size_t size)
{
    return (size_t)anam_load64(bytes + size - ANAM_TRAILER + 8);
}

static void store_crc(unsigned char *at, const unsigned char *bytes, size_t n)
{
    anam_store32(at, (uint32_t)crc32(0, bytes, (uInt)n));
}

/* Makes checksums right again after body byte `at` was changed. */
static void seal(unsigned char *bytes, size_t size, size_t at)
{
    size_t body = body_of(bytes, size);
    size_t chunk = at / ANAM_CHUNK;
    size_t from = chunk * ANAM_CHUNK;
    unsigned char *trailer = bytes + size - ANAM_TRAILER;
    store_crc(bytes + body + 4 * chunk, bytes + from,
              body - from < ANAM_CHUNK ? body - from : ANAM_CHUNK);
    store_crc(trailer + 20, bytes + body, size - ANAM_TRAILER - body);
    store_crc(trailer + 28, trailer, 28);
}

static void seal_manifest(unsigned char *bytes, size_t size)
{
    char line[CRC_LINE + 1];
    snprintf(line, sizeof line, "crc %08lx\n", crc32(0, bytes, (uInt)(size - CRC_LINE)));
    memcpy(bytes + size - CRC_LINE, line, CRC_LINE);
}

/* ---- Right checksums, wrong content ---- */

/* Anything but a crash: an error, or other answers. */
static void accept_any(const struct subject *s, const char *name, size_t at, struct outcome *o)
{
    try_index(s, o);
    bool known = o->asked == ANAM_OK || o->asked == ANAM_DAMAGED || o->asked == ANAM_TOO_NEW ||
                 o->asked == ANAM_NOT_FOUND;
    if (!known || (o->asked && o->ask_err.msg[0] == '\0'))
        fail_msg("%s, byte %zu: asking gives %s: %s", name, at, anam_status_name(o->asked),
                 o->ask_err.msg);
    if (o->checked != ANAM_OK && o->checked != ANAM_DAMAGED && o->checked != ANAM_TOO_NEW)
        fail_msg("%s, byte %zu: checking gives %s: %s", name, at, anam_status_name(o->checked),
                 o->check_err.msg);
}

/* Sets bytes [at, at + n) of the body to `value`, with right checksums. */
static void lie(const struct subject *s, int file, size_t at, uint64_t value, size_t n,
                struct outcome *o)
{
    size_t size = s->size[file];
    unsigned char *bytes = malloc(size);
    assert_non_null(bytes);
    memcpy(bytes, s->bytes[file], size);
    for (size_t i = 0; i < n; i++)
        bytes[at + i] = (unsigned char)(value >> 8 * i);
    seal(bytes, size, at);
    seal(bytes, size, at + n - 1);
    write_file(s, file, bytes, size);
    free(bytes);
    accept_any(s, s->names[file], at, o);
}

/* In each byte of postings, in every `step`th of the other files. */
static void lie_in_bodies(const struct subject *s, size_t step)
{
    struct outcome o = {.asked = ANAM_OK};
    for (int file = 0; file < ANAM_N_FILES; file++) {
        size_t body = body_of(s->bytes[file], s->size[file]);
        for (size_t at = 0; at < body; at += file == ANAM_FILE_POSTINGS ? 1 : step)
            for (size_t m = 0; m < N_MASKS; m++)
                lie(s, file, at, s->bytes[file][at] ^ masks[m], 1, &o);
        restore(s, file);
    }
    anam_buffer_free(&o.answers);
}

static void lying_bytes_do_no_harm(void **state)
{
    (void)state;
    lie_in_bodies(&small, 1);
}

static void lying_windows_and_bitmaps_do_no_harm(void **state)
{
    (void)state;
    lie_in_bodies(&large, 7);
}

/* The list of "every" is the longest one and has a directory of frames. */
static void a_lying_directory_of_frames_does_no_harm(void **state)
{
    (void)state;
    struct outcome o = {.asked = ANAM_OK};
    size_t body = body_of(longest.bytes[ANAM_FILE_POSTINGS], longest.size[ANAM_FILE_POSTINGS]);
    for (size_t at = 0; at < 24; at++)
        for (size_t m = 0; m < N_MASKS; m++)
            lie(&longest, ANAM_FILE_POSTINGS, at, longest.bytes[ANAM_FILE_POSTINGS][at] ^ masks[m],
                1, &o);
    for (size_t at = 24; at < body; at += body / 40)
        lie(&longest, ANAM_FILE_POSTINGS, at, 0xFF, 1, &o);
    restore(&longest, ANAM_FILE_POSTINGS);
    anam_buffer_free(&o.answers);
}

/* The only link of a dozen ids is the last byte before the offset that ends the body. */
static void a_lying_link_of_ids_is_found(void **state)
{
    (void)state;
    struct outcome o = {.asked = ANAM_OK};
    size_t at = body_of(small.bytes[ANAM_FILE_IDS], small.size[ANAM_FILE_IDS]) - 9;
    lie(&small, ANAM_FILE_IDS, at, small.bytes[ANAM_FILE_IDS][at] ^ 1, 1, &o);
    assert_int_equal(o.checked, ANAM_DAMAGED);
    assert_non_null(strstr(o.check_err.msg, "a link of ids"));
    restore(&small, ANAM_FILE_IDS);
    anam_buffer_free(&o.answers);
}

/* Offsets and counts at the limits of their type, wherever one could stand. */
static void extreme_numbers_do_no_harm(void **state)
{
    static const uint64_t extremes[] = {0,         UINT64_MAX, INT64_MAX,        UINT32_MAX,
                                        INT32_MAX, 1,          UINT64_MAX - 4095};
    (void)state;
    struct outcome o = {.asked = ANAM_OK};
    for (int file = 0; file < ANAM_N_FILES; file++) {
        size_t body = body_of(small.bytes[file], small.size[file]);
        size_t from = file == ANAM_FILE_LENGTHS || body < 256 ? 0 : body - 256;
        for (size_t at = from; at + 8 <= body; at += 4) {
            for (size_t i = 0; i < COUNT(extremes); i++)
                lie(&small, file, at, extremes[i], 8, &o);
        }
        restore(&small, file);
    }
    anam_buffer_free(&o.answers);
}

static void a_lying_trailer_is_found(void **state)
{
    static const uint64_t bodies[] = {
        0, 1, 4096, UINT32_MAX, INT64_MAX, UINT64_MAX, UINT64_MAX - 4095};
    (void)state;
    struct outcome o = {.asked = ANAM_OK};
    for (int file = 0; file < ANAM_N_FILES; file++) {
        size_t size = small.size[file];
        for (size_t i = 0; i < COUNT(bodies); i++) {
            unsigned char *bytes = malloc(size);
            assert_non_null(bytes);
            memcpy(bytes, small.bytes[file], size);
            unsigned char *trailer = bytes + size - ANAM_TRAILER;
            anam_store64(trailer + 8, bodies[i]);
            store_crc(trailer + 28, trailer, 28);
            write_file(&small, file, bytes, size);
            free(bytes);
            try_index(&small, &o);
            assert_true(tells_damage(o.asked, &o.ask_err, small.names[file]));
        }
        restore(&small, file);
    }
    anam_buffer_free(&o.answers);
}

static void write_manifest(const struct subject *s, const unsigned char *bytes, size_t n)
{
    unsigned char *copy = malloc(n);
    assert_non_null(copy);
    memcpy(copy, bytes, n);
    seal_manifest(copy, n);
    write_file(s, MANIFEST, copy, n);
    free(copy);
}

static void a_lying_manifest_does_no_harm(void **state)
{
    (void)state;
    struct outcome o = {.asked = ANAM_OK};
    size_t size = small.size[MANIFEST];
    unsigned char *bytes = malloc(size);
    assert_non_null(bytes);
    memcpy(bytes, small.bytes[MANIFEST], size);
    for (size_t at = 0; at < size - CRC_LINE; at++) {
        unsigned char was = bytes[at];
        static const unsigned char instead[] = {'0', '9', ' ', '\n', '-', '\0', 0xFF};
        for (size_t i = 0; i < sizeof instead; i++) {
            bytes[at] = instead[i];
            write_manifest(&small, bytes, size);
            accept_any(&small, "manifest", at, &o);
        }
        bytes[at] = was;
    }
    restore(&small, MANIFEST);
    free(bytes);
    anam_buffer_free(&o.answers);
}

/* The intact manifest with the line that begins with `key` replaced, sealed. */
static void change_line(const struct subject *s, const char *key, const char *line)
{
    struct anam_buffer text = {0};
    s->bytes[MANIFEST][s->size[MANIFEST]] = '\0';
    const char *all = (const char *)s->bytes[MANIFEST];
    const char *at = strstr(all, key);
    assert_non_null(at);
    assert_true(anam_buffer_append(&text, all, (size_t)(at - all)));
    assert_true(anam_buffer_append_str(&text, line));
    assert_true(anam_buffer_append_str(&text, strchr(at, '\n')));
    write_manifest(s, (const unsigned char *)text.data, text.len);
    anam_buffer_free(&text);
}

static void an_index_of_a_newer_program_is_too_new(void **state)
{
    (void)state;
    change_line(&small, "anamnesis-index", "anamnesis-index 2");
    expect_opening(&small, ANAM_TOO_NEW, "format 2");
    change_line(&small, "analyzer", "analyzer 2 english");
    expect_opening(&small, ANAM_TOO_NEW, "analyzer 2");
    change_line(&small, "analyzer", "analyzer 1 klingon");
    expect_opening(&small, ANAM_TOO_NEW, "klingon");
    change_line(&small, "anamnesis-index", "anamnesis-index 0");
    expect_opening(&small, ANAM_DAMAGED, "format 0");
    change_line(&small, "documents", "documents 4294967295");
    expect_opening(&small, ANAM_DAMAGED, "manifest");
    restore(&small, MANIFEST);
    expect_opening(&small, ANAM_OK, "");
}

static void a_lying_line_of_the_manifest_is_found(void **state)
{
    static const char *const lies[][2] = {
        {"generation", "generation 1000000000000000000"},
        {"analyzer", "analyzer 4294967297 english"},
        {"analyzer", "analyzer 1 english "},
        {"analyzer", "analyzer 1 english too"},
        {"analyzer", "analyzer 1"},
        {"analyzer", "analyzer 1 a-language-whose-name-is-longer-than-any"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(lies); i++) {
        change_line(&small, lies[i][0], lies[i][1]);
        expect_opening(&small, ANAM_DAMAGED, "manifest");
    }
    restore(&small, MANIFEST);
}

/* Of both fields, k1 in billionths and then b. */
static void impossible_parameters_of_bounds_are_found(void **state)
{
    (void)state;
    struct outcome o = {.asked = ANAM_OK};
    for (size_t i = 0; i < 4; i++) {
        size_t at = 8 + i / 2 * 48 + 32 + i % 2 * 8;
        uint64_t most = i % 2 > 0 ? UINT64_C(1000000000) : UINT64_C(1000000000000);
        lie(&small, ANAM_FILE_LENGTHS, at, most + 1, 8, &o);
        assert_true(tells_damage(o.asked, &o.ask_err, small.names[ANAM_FILE_LENGTHS]));
        restore(&small, ANAM_FILE_LENGTHS);
    }
    anam_buffer_free(&o.answers);
}

/* Searches do not mind them. */
static void bytes_behind_the_last_posting_list_are_found(void **state)
{
    enum { MORE = 4 };
    (void)state;
    struct outcome o = {.asked = ANAM_OK};
    size_t size = small.size[ANAM_FILE_POSTINGS];
    size_t body = body_of(small.bytes[ANAM_FILE_POSTINGS], size);
    unsigned char *bytes = calloc(size + MORE, 1);
    assert_non_null(bytes);
    memcpy(bytes, small.bytes[ANAM_FILE_POSTINGS], body);
    memcpy(bytes + body + MORE, small.bytes[ANAM_FILE_POSTINGS] + body, size - body);
    anam_store64(bytes + size + MORE - ANAM_TRAILER + 8, body + MORE);
    seal(bytes, size + MORE, body);
    write_file(&small, ANAM_FILE_POSTINGS, bytes, size + MORE);
    free(bytes);
    char line[40];
    snprintf(line, sizeof line, "file postings %zu", size + MORE);
    change_line(&small, "file postings", line);
    try_index(&small, &o);
    assert_int_equal(o.asked, ANAM_OK);
    assert_int_equal(o.checked, ANAM_DAMAGED);
    assert_non_null(strstr(o.check_err.msg, "bytes of no posting list"));
    restore(&small, ANAM_FILE_POSTINGS);
    restore(&small, MANIFEST);
    anam_buffer_free(&o.answers);
}

/* ---- With the longest index, too ---- */

static int make_all(void **state)
{
    static const char *const queries[] = {"every", "pain", NULL};
    make_indexes(state);
    make_tiny(&longest, (size_t)ANAM_WINDOW * (ANAM_FRAME + 3), 1, queries);
    return 0;
}

static int remove_all(void **state)
{
    remove_index(&longest);
    return remove_indexes(state);
}

static int restore_all(void **state)
{
    restore_index(&longest);
    return restore_indexes(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        intact_test(lying_bytes_do_no_harm),
        intact_test(lying_windows_and_bitmaps_do_no_harm),
        cmocka_unit_test_setup(a_lying_directory_of_frames_does_no_harm, restore_all),
        intact_test(a_lying_link_of_ids_is_found),
        intact_test(extreme_numbers_do_no_harm),
        intact_test(a_lying_trailer_is_found),
        intact_test(a_lying_manifest_does_no_harm),
        intact_test(an_index_of_a_newer_program_is_too_new),
        intact_test(a_lying_line_of_the_manifest_is_found),
        intact_test(impossible_parameters_of_bounds_are_found),
        intact_test(bytes_behind_the_last_posting_list_are_found),
    };
    return cmocka_run_group_tests_name("lies", tests, make_all, remove_all);
}
