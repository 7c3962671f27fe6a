/* Topics in every format, and batches on any number of threads. */
#include "folder.h"
#include "good.h"

#include "eval/batch.h"
#include "eval/tunable.h"

#include <math.h>

static const char *write_text(const char *text)
{
    const char *path = path_of("file");
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
    return path;
}

static struct anam_topics *topics_of(const char *text)
{
    struct anam_topics *t;
    anam_error err;
    ok(anam_topics_read(&t, write_text(text), &err), &err);
    return t;
}

static void refused(const char *text, const char *reason)
{
    struct anam_topics *t;
    anam_error err;
    assert_int_equal(anam_topics_read(&t, write_text(text), &err), ANAM_BAD_DATA);
    assert_null(t);
    assert_string_equal(strstr(err.msg, "/file:") + strlen("/file:"), reason);
}

static void lines_are_topics_in_their_order(void **state)
{
    (void)state;
    struct anam_topics *t = topics_of("\xEF\xBB\xBF"
                                      "b\tred dots\r\n\n a \t  chest\tpain  \nc\t");
    assert_int_equal(t->n, 3);
    assert_string_equal(t->topics[0].qid, "b");
    assert_string_equal(t->topics[0].text, "red dots");
    assert_string_equal(t->topics[1].qid, "a");
    assert_string_equal(t->topics[1].text, "chest\tpain");
    assert_int_equal(t->topics[1].length, 10);
    assert_int_equal(t->topics[1].line, 3);
    assert_string_equal(t->topics[2].text, "");
    assert_string_equal(anam_topics_find(t, "a")->text, "chest\tpain");
    assert_null(anam_topics_find(t, "d"));
    anam_topics_free(t);
}

static void json_objects_are_topics_under_several_names(void **state)
{
    (void)state;
    struct anam_topics *t = topics_of("{\"qid\":\"x\",\"text\":\"a\"}\n"
                                      "{\"id\":7,\"query\":\"b\\u0000c\"}\n"
                                      "{\"_id\":\"z\",\"title\":\"c\",\"text\":null}\n");
    assert_int_equal(t->n, 3);
    assert_string_equal(t->topics[1].qid, "7");
    assert_int_equal(t->topics[1].length, 3);
    assert_string_equal(t->topics[2].text, "c");
    anam_topics_free(t);
}

static void trec_topics_give_number_and_title_else_description(void **state)
{
    (void)state;
    struct anam_topics *t =
        topics_of("<top>\n<num> Number: 301\n<title> Topic: red dots\n\n<desc> Description:\nx\n"
                  "</top>\n<TOP><NUM>302</NUM><title></title><desc>why <narr> n</TOP>");
    assert_int_equal(t->n, 2);
    assert_string_equal(t->topics[0].qid, "301");
    assert_string_equal(t->topics[0].text, "red dots");
    assert_string_equal(t->topics[1].qid, "302");
    assert_string_equal(t->topics[1].text, "why");
    anam_topics_free(t);
}

static void malformed_topics_are_named_by_line(void **state)
{
    (void)state;
    refused("a\tx\nb\n", "2: no tab between qid and text");
    refused("a\tx\n\ty\n", "2: topic has no qid");
    refused("a b\tx\n", "1: qid holds white space, which a run cannot");
    refused("a\tx\nb\ty\nc\tz\nb\tw\n", "4: qid b was given in line 2");
    refused("{\"qid\":\"1\",\"text\":\"x\"}\n{\n", "2: not valid JSON");
    refused("{\"text\":\"x\"}", "1: no qid (a string or an integer under qid, id or _id)");
    refused("{\"qid\":1}", "1: no text (a string under text, query, question or title)");
    refused("\n<top><num>1<title>x", "2: <top> without </top>");
    refused("<top><title>x</top>", "1: topic has no <num>");
    refused("<top><num>1</top>", "1: topic has neither <title> nor <desc>");
    refused("<top><num>1<title>x<top></top></top>", "1: <top> without </top>");
    refused("", " no topics");
    refused("\n\n", " no topics");
}

static void random_bytes_never_crash_the_reader(void **state)
{
    (void)state;
    static const char *const pieces[] = {"<top>", "</top>", "<num>", "<title>", "\n",
                                         "\t",    "{",      "}",     "\"qid\"", ":",
                                         "1",     "x",      "<",     "\xFF"};
    uint64_t seed = testing_seed();
    for (int round = 0; round < 2000; round++) {
        char text[512] = "";
        for (uint32_t i = testing_below(&seed, 40); i > 0; i--)
            strcat(text, pieces[testing_below(&seed, sizeof pieces / sizeof pieces[0])]);
        struct anam_topics *t;
        if (anam_topics_read(&t, write_text(text), NULL) == ANAM_OK)
            anam_topics_free(t);
    }
}

/* ---- batches ---- */

static anam_index *make_index(void)
{
    anam_writer *w;
    anam_error err;
    anam_index *index;
    const char *path = path_of("x");
    ok(anam_writer_open(&w, path, NULL, &err), &err);
    for (int i = 0; i < 500; i++) {
        char id[16];
        char title[64];
        anam_record r = ANAM_RECORD_INIT;
        snprintf(id, sizeof id, "d%d", i);
        snprintf(title, sizeof title, "rash number%d and spot%d", i % 7, i % 11);
        r.id = id;
        r.title = title;
        ok(anam_writer_add(w, &r, &err), &err);
    }
    ok(anam_writer_commit(w, NULL, &err), &err);
    anam_writer_free(w);
    ok(anam_index_open(&index, path, NULL, &err), &err);
    return index;
}

struct seen {
    size_t next;
    uint64_t digest;
    size_t stop_at;
};

static anam_status look(void *ctx, size_t i, const anam_results *results, anam_error *err)
{
    struct seen *s = ctx;
    assert_int_equal(i, s->next++);
    for (size_t h = 0; h < anam_results_count(results); h++) {
        const anam_hit *hit = anam_results_hit(results, h);
        for (const char *c = hit->id; *c; c++)
            s->digest = s->digest * 31 + (unsigned char)*c;
        s->digest = s->digest * 31 + (uint64_t)(hit->score * 1e6F);
    }
    (void)err;
    return i == s->stop_at ? ANAM_IO : ANAM_OK;
}

static void any_number_of_jobs_gives_the_same_in_order(void **state)
{
    (void)state;
    static char text[60000] = "";
    size_t at = 0;
    for (int i = 0; i < 1500; i++)
        at += (size_t)sprintf(text + at, "q%d\trash number%d spot%d\n", i, i % 7, i % 13);
    struct anam_topics *t = topics_of(text);
    anam_index *index = make_index();
    anam_search_options o = ANAM_SEARCH_OPTIONS_INIT;
    anam_error err;
    o.flags = 0;
    uint64_t expected = 0;
    const unsigned jobs[] = {1, 2, 3, 16, 200, 0};
    for (size_t j = 0; j < sizeof jobs / sizeof jobs[0]; j++) {
        struct seen s = {.stop_at = SIZE_MAX};
        ok(anam_batch(index, t, &o, jobs[j], look, &s, &err), &err);
        assert_int_equal(s.next, 1500);
        expected = j == 0 ? s.digest : expected;
        assert_true(s.digest == expected);
        struct seen early = {.stop_at = 37};
        assert_int_equal(anam_batch(index, t, &o, jobs[j], look, &early, &err), ANAM_IO);
        assert_int_equal(early.next, 38);
    }
    struct seen s = {0};
    assert_int_equal(anam_batch(index, t, &o, ANAM_MAX_JOBS + 1, look, &s, &err), ANAM_INVALID);
    o.k = 0;
    assert_int_equal(anam_batch(index, t, &o, 4, look, &s, &err), ANAM_INVALID);
    anam_index_close(index);
    anam_topics_free(t);
}

/* ---- settings files ---- */

static void settings_files_round_trip_and_name_what_is_wrong(void **state)
{
    (void)state;
    anam_error err;
    anam_settings s = ANAM_SETTINGS_INIT;
    anam_settings back = ANAM_SETTINGS_INIT;
    ok(anam_settings_read(&s, write_text("{\"scorer\": \"bm25-xapian\"}"), &err), &err);
    assert_int_equal(s.scorer, ANAM_SCORER_BM25_XAPIAN);
    const char *path = write_text("{\"k1\": 0.7, \"w_question\": 0.25}");
    ok(anam_settings_read(&s, path, &err), &err);
    assert_true(s.k1 == 0.7 && s.b == 0.75 && s.weight[0] == 0.25 && s.weight[1] == 0.75);
    assert_int_equal(s.scorer, ANAM_SCORER_BM25_XAPIAN); /* not named: kept */
    ok(anam_settings_write(&s, path, &err), &err);
    ok(anam_settings_read(&back, path, &err), &err);
    assert_int_equal(back.scorer, s.scorer);
    for (const struct anam_tunable *t = anam_tunables; t->name; t++) {
        assert_ptr_equal(anam_tunable_find(t->name), t);
        assert_true(fabs(t->get(&s) - t->get(&back)) < 1e-9);
        assert_true(t->min < t->max && t->max <= t->limit && t->step > 0);
    }
    assert_null(anam_tunable_find("k2"));
    assert_int_equal(anam_settings_read(&s, write_text("{\"k2\":1}"), &err), ANAM_BAD_DATA);
    assert_non_null(strstr(err.msg, "unknown setting 'k2'"));
    assert_int_equal(anam_settings_read(&s, write_text("{\"b\":2}"), &err), ANAM_BAD_DATA);
    assert_non_null(strstr(err.msg, "b is not a number from 0 to 1"));
    assert_int_equal(anam_settings_read(&s, write_text("{\"scorer\":\"bm26\"}"), &err),
                     ANAM_BAD_DATA);
    assert_non_null(strstr(err.msg, "unknown scorer 'bm26'; known are bm25, bm25-xapian"));
    assert_int_equal(anam_settings_read(&s, write_text("{\"scorer\":1}"), &err), ANAM_BAD_DATA);
    assert_int_equal(s.scorer, ANAM_SCORER_BM25_XAPIAN);
    assert_int_equal(anam_settings_write(&s, "/nonexistent/x", &err), ANAM_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_topics_in_their_order),
        cmocka_unit_test(json_objects_are_topics_under_several_names),
        cmocka_unit_test(trec_topics_give_number_and_title_else_description),
        cmocka_unit_test(malformed_topics_are_named_by_line),
        cmocka_unit_test(random_bytes_never_crash_the_reader),
        cmocka_unit_test(any_number_of_jobs_gives_the_same_in_order),
        cmocka_unit_test(settings_files_round_trip_and_name_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
