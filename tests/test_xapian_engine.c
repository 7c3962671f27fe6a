/* The Xapian engine where others have a hand in it: directories that come from anywhere,
 * writers and servers. */
#include "folder.h"
#include "good.h"
#include "serving.h"

#include "index/uri.h"
#include "index/xapian_stub.h"
#include "searcher/xapian_shards.h"

#include <sys/resource.h>
#include <sys/stat.h>

enum { RECORDS = 90 };

static anam_error err;

static void fails(anam_status expected, anam_status got, const char *with)
{
    if (got != expected || !strstr(err.msg, with))
        fail_msg("%s instead of %s, with '%s': %s", anam_status_name(got),
                 anam_status_name(expected), with, err.msg);
    assert_int_equal(err.code, expected);
}

/* "xapian:FOLDER/NAME"; good until the eighth call from now. */
static const char *uri_of(const char *name)
{
    static char uris[8][400];
    static int at;
    at = (at + 1) % 8;
    snprintf(uris[at], sizeof uris[at], "xapian:%s", path_of(name));
    return uris[at];
}

static const char *tcp(uint16_t port)
{
    static char uris[8][60];
    static int at;
    at = (at + 1) % 8;
    snprintf(uris[at], sizeof uris[at], "xapian+tcp://127.0.0.1:%u", (unsigned)port);
    return uris[at];
}

/* Records r0, r1, ... all of one text, so that they tie. */
static void build_many(const char *uri, int n, unsigned shards, const char *text,
                       const char *language)
{
    anam_writer *w;
    anam_writer_options o = ANAM_WRITER_OPTIONS_INIT;
    o.shards = shards;
    o.language = language;
    ok(anam_writer_open(&w, uri, &o, &err), &err);
    for (int i = 0; i < n; i++) {
        char id[20];
        anam_record r = ANAM_RECORD_INIT;
        snprintf(id, sizeof id, "r%d", i);
        r.id = id;
        r.title = text;
        ok(anam_writer_add(w, &r, &err), &err);
    }
    ok(anam_writer_commit(w, NULL, &err), &err);
    anam_writer_free(w);
}

static void build(const char *uri, unsigned shards, const char *text, const char *language)
{
    build_many(uri, RECORDS, shards, text, language);
}

static void write_stub(const char *dir, const char *text)
{
    char name[100];
    snprintf(name, sizeof name, "%s/XAPIANDB", dir);
    unlink(path_of(name));
    FILE *f = fopen(path_of(name), "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static anam_status open_uri(anam_index **x, const char *uri)
{
    return anam_index_open(x, uri, NULL, &err);
}

static void opens(const char *uri)
{
    anam_index *x;
    ok(open_uri(&x, uri), &err);
    anam_index_close(x);
}

static void refuses(const char *uri, anam_status status, const char *with)
{
    anam_index *x;
    fails(status, open_uri(&x, uri), with);
    assert_null(x);
}

/* ---- directories ---- */

static void names_are_read_strictly(void **state)
{
    uint64_t g;
    uint32_t shard;
    const char *rest;
    (void)state;
    assert_true(anam_xapian_generation_name("g000001", &g) && g == 1);
    assert_true(anam_xapian_generation_name("g999999999999999999", &g));
    assert_false(anam_xapian_generation_name("g9999999999999999999", &g));
    assert_false(anam_xapian_generation_name("g00001", &g));
    assert_false(anam_xapian_generation_name("g0000001", &g));
    assert_false(anam_xapian_generation_name("g000000", &g));
    assert_false(anam_xapian_generation_name("g000001x", &g));
    assert_true(anam_xapian_shard_name("shard-12", &shard) && shard == 12);
    assert_false(anam_xapian_shard_name("shard-01", &shard));
    assert_false(anam_xapian_shard_name("shard-99999999999", &shard));
    assert_int_equal(anam_uri_kind("xapian+tcp://a:1", &rest), ANAM_URI_SERVED);
    assert_string_equal(rest, "//a:1");
    assert_int_equal(anam_uri_kind("./xapian:a", &rest), ANAM_URI_NATIVE);
    assert_int_equal(anam_uri_first("xapian:a,b,xapian:c"), 10);
}

static void no_stub_but_ours_is_followed(void **state)
{
    char text[600];
    (void)state;
    build(uri_of("x"), 2, "rash", "none");
    assert_int_equal(mkdir(path_of("evil"), 0777), 0);
    snprintf(text, sizeof text, "remote :/usr/bin/touch %s/evil/ran\n", folder);
    write_stub("evil", text);
    refuses(uri_of("evil"), ANAM_DAMAGED, "no line of ours");
    assert_int_not_equal(access(path_of("evil/ran"), F_OK), 0);
    write_stub("evil", "auto .\n");
    refuses(uri_of("evil"), ANAM_DAMAGED, "no line of ours");
    write_stub("evil", "auto ../x\n");
    refuses(uri_of("evil"), ANAM_DAMAGED, "no line of ours");
    write_stub("evil", "");
    refuses(uri_of("evil"), ANAM_DAMAGED, "names no database");
    assert_int_equal(unlink(path_of("evil/XAPIANDB")), 0);
    assert_int_equal(mkfifo(path_of("evil/XAPIANDB"), 0666), 0);
    refuses(uri_of("evil"), ANAM_DAMAGED, "no plain file");
    assert_int_equal(unlink(path_of("evil/XAPIANDB")), 0);
    assert_int_equal(symlink("/dev/zero", path_of("evil/XAPIANDB")), 0);
    refuses(uri_of("evil"), ANAM_DAMAGED, "no plain file");
    assert_int_equal(unlink(path_of("evil/XAPIANDB")), 0);
    assert_int_equal(mkfifo(path_of("evil/iamglass"), 0666), 0);
    refuses(uri_of("evil"), ANAM_DAMAGED, "no plain file");
    write_stub("x", "auto shard-1/g000001\nauto shard-2/g000001\nauto /etc\n");
    refuses(uri_of("x"), ANAM_DAMAGED, "'auto /etc'");
    refuses("xapian:", ANAM_INVALID, "names no directory");
    refuses(uri_of("nowhere"), ANAM_NOT_INDEX, uri_of("nowhere"));
}

static void shards_databases_and_replicas_are_read(void **state)
{
    char both[900];
    char command[1200];
    (void)state;
    build(uri_of("parts"), 2, "rash", "none");
    snprintf(both, sizeof both, "%s,%s", uri_of("parts/shard-1"), uri_of("parts/shard-2/g000001"));
    opens(both);
    refuses(uri_of("parts/shard-1"), ANAM_BAD_DATA, "shard 1 of 2");
    assert_int_equal(mkdir(path_of("replica"), 0777), 0);
    snprintf(command, sizeof command, "cp -r '%s/parts/shard-1/g000001' '%s/replica/replica_1'",
             folder, folder);
    assert_int_equal(system(command), 0);
    write_stub("replica", "# Automatically generated\nauto replica_1\n");
    snprintf(both, sizeof both, "%s,%s", uri_of("replica"), uri_of("parts/shard-2"));
    opens(both);
}

static void what_does_not_fit_never_does(void **state)
{
    struct anam_xapian_places places;
    struct anam_xapian_shards s;
    const anam_open_options o = ANAM_OPEN_OPTIONS_INIT;
    char twice[900];
    (void)state;
    build(uri_of("fit"), 2, "rash", "none");
    snprintf(twice, sizeof twice, "%s,%s", uri_of("fit/shard-1"), uri_of("fit/shard-1"));
    ok(anam_xapian_places_find(&places, twice, &err), &err);
    fails(ANAM_BAD_DATA, anam_xapian_shards_open(&s, &places, NULL, &o, &err),
          "name each shard once");
    fails(ANAM_BAD_DATA, anam_xapian_shards_revive(&s, &err), "name each shard once");
    fails(ANAM_BAD_DATA, anam_xapian_shards_refresh(&s, &err), "name each shard once");
    assert_null(s.shard[0].db);
    anam_xapian_shards_free(&s);
    anam_xapian_places_free(&places);
}

static void a_replaced_index_is_told(void **state)
{
    anam_index *x;
    anam_searcher *s;
    anam_results *r;
    (void)state;
    build(uri_of("again"), 1, "rash", "none");
    ok(open_uri(&x, uri_of("again")), &err);
    ok(anam_searcher_new(&s, x, &err), &err);
    build(uri_of("again"), 1, "rashes", "english");
    ok(anam_search(s, "rash", 4, NULL, &r, &err), &err); /* it has the files open */
    assert_int_equal(anam_results_count(r), 10);
    anam_results_free(r);
    anam_searcher_free(s);
    fails(ANAM_CHANGED, anam_searcher_new(&s, x, &err), "open it again");
    assert_null(s);
    anam_index_close(x);
}

static void too_many_shards_for_open_files_are_refused(void **state)
{
    struct rlimit old;
    anam_writer *w;
    anam_writer_options o = ANAM_WRITER_OPTIONS_INIT;
    (void)state;
    o.shards = 40;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    struct rlimit few = {100, old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    anam_status status = anam_writer_open(&w, uri_of("many"), &o, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    fails(ANAM_INVALID, status, "open files");
    assert_int_not_equal(access(path_of("many"), F_OK), 0);
}

/* ---- servers ---- */

static anam_searcher *search_at(anam_index **x, const char *uri, unsigned timeout, int partial)
{
    anam_open_options o = ANAM_OPEN_OPTIONS_INIT;
    anam_searcher *s;
    o.timeout_ms = timeout;
    o.partial = partial;
    ok(anam_index_open(x, uri, &o, &err), &err);
    ok(anam_searcher_new(&s, *x, &err), &err);
    return s;
}

static void one_server_of_several_databases_is_refused(void **state)
{
    char first[400];
    (void)state;
    build(uri_of("pair"), 2, "rash", "none");
    snprintf(first, sizeof first, "%s", path_of("pair/shard-1"));
    refuses(tcp(serve(first, path_of("pair/shard-2"))), ANAM_BAD_DATA, "more than one database");
    refuses(tcp(serve(path_of("pair"), NULL)), ANAM_BAD_DATA, "more than one database");
}

/* With other settings all is scored here, and of ties the ids decide. */
static void ties_over_a_server_are_those_of_the_folder(void **state)
{
    anam_index *x[2];
    anam_searcher *s[2];
    anam_results *r[2];
    anam_settings settings = ANAM_SETTINGS_INIT;
    anam_search_options o = ANAM_SEARCH_OPTIONS_INIT;
    (void)state;
    settings.b = 0.1;
    o.settings = &settings;
    o.k = 20;
    build_many(uri_of("ties"), 3000, 1, "rash", "none"); /* lists of several chunks */
    s[0] = search_at(&x[0], uri_of("ties"), 5000, 0);
    s[1] = search_at(&x[1], tcp(serve(path_of("ties/shard-1"), NULL)), 5000, 0);
    for (int i = 0; i < 2; i++)
        ok(anam_search(s[i], "rash", 4, &o, &r[i], &err), &err);
    assert_int_equal(anam_results_count(r[0]), 20);
    assert_int_equal(anam_results_count(r[1]), 20);
    for (size_t i = 0; i < 20; i++)
        assert_string_equal(anam_results_hit(r[0], i)->id, anam_results_hit(r[1], i)->id);
    for (int i = 0; i < 2; i++) {
        anam_results_free(r[i]);
        anam_searcher_free(s[i]);
        anam_index_close(x[i]);
    }
}

/* How many records are found by id, and how many may be in a shard that is missing. */
static void get_all(anam_searcher *s, int *found, int *unsure)
{
    *found = *unsure = 0;
    for (int i = 0; i < RECORDS; i++) {
        char id[20];
        anam_results *r;
        snprintf(id, sizeof id, "r%d", i);
        anam_status status = anam_get(s, id, &r, &err);
        if (status)
            fails(ANAM_REMOTE, status, "1 of 2 shards did not answer");
        *found += status == ANAM_OK;
        *unsure += status != ANAM_OK;
        anam_results_free(r);
    }
}

static void a_record_of_a_missing_shard_is_not_said_to_be_none(void **state)
{
    anam_index *x;
    int found, unsure;
    uint16_t closed;
    char both[200];
    (void)state;
    build(uri_of("gone"), 2, "rash", "none");
    int fd = serving_bind(&closed);
    snprintf(both, sizeof both, "%s,%s", tcp(serve(path_of("gone/shard-1"), NULL)), tcp(closed));
    anam_searcher *s = search_at(&x, both, 1000, 1);
    get_all(s, &found, &unsure);
    assert_true(found > 0 && unsure > 0);
    assert_int_equal(found + unsure, RECORDS);
    anam_searcher_free(s);
    anam_index_close(x);
    close(fd);
}

/* With 0 the connection ends when it is opened, with 1 and 2 when it is asked for frequencies,
 * with 3 and 4 when all are searched as one, later when documents are fetched. */
static void a_server_that_cuts_every_query_is_left_out(void **state)
{
    (void)state;
    build(uri_of("cut"), 2, "rash", "none");
    uint16_t good = serve(path_of("cut/shard-1"), NULL);
    uint16_t cut = serve(path_of("cut/shard-2"), NULL);
    for (int most = 0; most <= 7; most++) {
        anam_index *x;
        anam_results *r;
        char both[200];
        uint16_t bad = serve_badly(cut, most, 0);
        snprintf(both, sizeof both, "%s,%s", tcp(good), tcp(bad));
        anam_searcher *s = search_at(&x, both, 2000, 1);
        ok(anam_search(s, "rash", 4, NULL, &r, &err), &err);
        assert_int_equal(anam_results_missing(r), 1);
        assert_string_equal(anam_results_missing_uri(r, 0), tcp(bad));
        anam_results_free(r);
        anam_searcher_free(s);
        anam_index_close(x);
        if (most == 0) {
            refuses(both, ANAM_REMOTE, tcp(bad));
            continue;
        }
        s = search_at(&x, both, 2000, 0);
        fails(ANAM_REMOTE, anam_search(s, "rash", 4, NULL, &r, &err), tcp(bad));
        assert_null(r);
        anam_searcher_free(s);
        anam_index_close(x);
    }
}

static void a_slow_server_does_not_take_for_ever(void **state)
{
    anam_index *x;
    anam_results *r;
    anam_search_options o = ANAM_SEARCH_OPTIONS_INIT;
    struct timespec begin, end;
    (void)state;
    o.k = RECORDS;
    build(uri_of("slow"), 1, "rash", "none");
    uint16_t slow = serve_badly(serve(path_of("slow/shard-1"), NULL), 1000, 50);
    anam_searcher *s = search_at(&x, tcp(slow), 400, 0);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    fails(ANAM_REMOTE, anam_search(s, "rash", 4, &o, &r, &err), "took longer than 1.2");
    clock_gettime(CLOCK_MONOTONIC, &end);
    assert_true(end.tv_sec - begin.tv_sec < 6);
    anam_searcher_free(s);
    anam_index_close(x);
}

/* The language is the old one's, the archive would be the new one's. */
static void a_replaced_served_index_is_told(void **state)
{
    anam_index *x;
    anam_searcher *s;
    (void)state;
    build(uri_of("served"), 1, "rash", "none");
    uint16_t port = serve(path_of("served/shard-1"), NULL);
    ok(open_uri(&x, tcp(port)), &err);
    build(uri_of("served"), 1, "rashes", "english");
    fails(ANAM_CHANGED, anam_searcher_new(&s, x, &err), "open it again");
    assert_null(s);
    anam_index_close(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_read_strictly),
        cmocka_unit_test(no_stub_but_ours_is_followed),
        cmocka_unit_test(shards_databases_and_replicas_are_read),
        cmocka_unit_test(what_does_not_fit_never_does),
        cmocka_unit_test(a_replaced_index_is_told),
        cmocka_unit_test(too_many_shards_for_open_files_are_refused),
        cmocka_unit_test_teardown(one_server_of_several_databases_is_refused, stop_serving),
        cmocka_unit_test_teardown(ties_over_a_server_are_those_of_the_folder, stop_serving),
        cmocka_unit_test_teardown(a_record_of_a_missing_shard_is_not_said_to_be_none, stop_serving),
        cmocka_unit_test_teardown(a_server_that_cuts_every_query_is_left_out, stop_serving),
        cmocka_unit_test_teardown(a_slow_server_does_not_take_for_ever, stop_serving),
        cmocka_unit_test_teardown(a_replaced_served_index_is_told, stop_serving),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
