/* Records: refused, replaced, given back, and shown in passages. */
#define _XOPEN_SOURCE 700 /* nftw */
#include "small.h"

#include <ftw.h>
#include <pthread.h>

/* ---- records ---- */

static void records_and_passages_come_only_when_asked_for(void **state)
{
    (void)state;
    anam_record records[] = {titled("1", "rash")};
    open_small(records, 1);
    anam_search_options o = ANAM_SEARCH_OPTIONS_INIT;
    o.flags = 0;
    anam_results *r = search("rash", &o);
    const anam_hit *h = anam_results_hit(r, 0);
    assert_null(h->record);
    assert_null(h->title.source);
    assert_int_equal(h->n_parts, 0);
    anam_results_free(r);
    close_small();
}

static void results_outlive_searcher_and_index(void **state)
{
    (void)state;
    anam_record records[] = {titled("1", "rash")};
    open_small(records, 1);
    anam_results *r = search("rash", NULL);
    close_small();
    assert_string_equal(anam_results_hit(r, 0)->record->title, "rash");
    anam_results_free(r);
}

static void get_gives_the_record_or_not_found(void **state)
{
    (void)state;
    anam_record records[] = {titled("1", "rash"), titled("2", "fever")};
    open_small(records, 2);
    anam_results *r;
    anam_error err;
    ok(anam_get(searcher, "2", &r, &err), &err);
    assert_string_equal(anam_results_hit(r, 0)->record->title, "fever");
    assert_int_equal(anam_results_hit(r, 0)->rank, 1);
    anam_results_free(r);
    assert_int_equal(anam_get(searcher, "3", &r, &err), ANAM_NOT_FOUND);
    assert_non_null(strstr(err.msg, "'3'"));
    assert_int_equal(anam_get(searcher, "", &r, &err), ANAM_NOT_FOUND);
    close_small();
}

static void the_later_record_of_an_id_wins(void **state)
{
    (void)state;
    anam_error err;
    anam_writer *w;
    anam_write_summary summary;
    anam_record records[] = {titled("1", "rash"), titled("2", "fever"), titled("1", "cough"),
                             titled("1", "headache")};
    ok(anam_writer_open(&w, path, NULL, &err), &err);
    for (size_t i = 0; i < 4; i++)
        ok(anam_writer_add(w, &records[i], &err), &err);
    ok(anam_writer_commit(w, &summary, &err), &err);
    anam_writer_free(w);
    assert_int_equal(summary.added, 4);
    assert_int_equal(summary.replaced, 2);
    assert_int_equal(summary.documents, 2);
    ok(anam_index_open(&small_index, path, NULL, &err), &err);
    ok(anam_index_check(small_index, NULL, NULL, &err), &err);
    ok(anam_searcher_new(&searcher, small_index, &err), &err);
    anam_results *r = search("rash cough", NULL);
    assert_int_equal(anam_results_count(r), 0);
    anam_results_free(r);
    r = search("headaches", NULL);
    assert_string_equal(anam_results_hit(r, 0)->id, "1");
    anam_results_free(r);
    assert_int_equal(anam_index_get_info(small_index)->terms, 2);
    close_small();
}

static void bad_records_are_refused_and_the_writer_goes_on(void **state)
{
    (void)state;
    anam_error err;
    anam_writer *w;
    char long_id[ANAM_MAX_ID + 2];
    memset(long_id, 'x', sizeof long_id - 1);
    long_id[sizeof long_id - 1] = '\0';
    anam_record bad[] = {titled(NULL, "x"),  titled("", "x"),      titled("a b", "x"),
                         titled("a\n", "x"), titled(long_id, "x"), titled("1", NULL)};
    ok(anam_writer_open(&w, path, NULL, &err), &err);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(anam_writer_add(w, &bad[i], &err), ANAM_BAD_DATA);
    assert_int_equal(anam_writer_commit(w, NULL, &err), ANAM_BAD_DATA);
    anam_record good = titled("1", "rash");
    ok(anam_writer_add(w, &good, &err), &err);
    ok(anam_writer_commit(w, NULL, &err), &err);
    assert_int_equal(anam_writer_add(w, &good, &err), ANAM_INVALID);
    anam_writer_free(w);
}

static void a_second_writer_is_locked_out(void **state)
{
    (void)state;
    anam_error err;
    anam_writer *first;
    anam_writer *second;
    ok(anam_writer_open(&first, path, NULL, &err), &err);
    assert_int_equal(anam_writer_open(&second, path, NULL, &err), ANAM_LOCKED);
    assert_null(second);
    anam_writer_free(first);
    ok(anam_writer_open(&second, path, NULL, &err), &err);
    anam_writer_free(second);
}

/* ---- options ---- */

static void writer_refuses(const anam_writer_options *o)
{
    anam_error err;
    anam_writer *w = (anam_writer *)path;
    assert_int_equal(anam_writer_open(&w, path, o, &err), ANAM_INVALID);
    assert_null(w);
    assert_true(err.msg[0] != '\0');
}

static void options_of_a_writer_out_of_range_are_refused(void **state)
{
    (void)state;
    anam_writer_options bad[9];
    for (size_t i = 0; i < COUNT(bad); i++)
        bad[i] = small_options();
    bad[0].size = 0;
    bad[1].memory = ANAM_MIN_MEMORY - 1;
    bad[2].language = NULL;
    bad[3].language = "klingon";
    bad[4].shards = 0;
    bad[5].shards = ANAM_MAX_SHARDS + 1;
    bad[6].jobs = ANAM_MAX_JOBS + 1;
    bad[7].optimize = 2;
    bad[8].optimize = -1;
    for (size_t i = 0; i < COUNT(bad); i++)
        writer_refuses(&bad[i]);
    anam_writer_options old = small_options(); /* of a program built long ago */
    old.size = offsetof(anam_writer_options, jobs);
    old.jobs = ANAM_MAX_JOBS + 1;
    anam_error err;
    anam_writer *w;
    ok(anam_writer_open(&w, path, &old, &err), &err);
    anam_writer_free(w);
}

static void options_of_opening_out_of_range_are_refused(void **state)
{
    (void)state;
    anam_record records[] = {titled("1", "rash")};
    build(records, 1);
    anam_open_options bad[3];
    for (size_t i = 0; i < COUNT(bad); i++)
        bad[i] = (anam_open_options)ANAM_OPEN_OPTIONS_INIT;
    bad[0].size = 0;
    bad[1].timeout_ms = 0;
    bad[2].timeout_ms = 3600001;
    for (size_t i = 0; i < COUNT(bad); i++) {
        anam_error err;
        anam_index *index = (anam_index *)path;
        assert_int_equal(anam_index_open(&index, path, &bad[i], &err), ANAM_INVALID);
        assert_null(index);
    }
}

static void the_summary_counts_records_and_bytes(void **state)
{
    (void)state;
    anam_answer answer = {.text = "a\xFFnswer"};
    anam_record records[] = {titled("1", "rash"), titled("2", "cough"), titled("1", "rashes")};
    records[1].answers = &answer;
    records[1].n_answers = 1;
    anam_writer_options o = small_options();
    anam_write_summary summary;
    anam_error err;
    anam_writer *w;
    ok(anam_writer_open(&w, path, &o, &err), &err);
    for (size_t i = 0; i < COUNT(records); i++)
        ok(anam_writer_add(w, &records[i], &err), &err);
    ok(anam_writer_commit(w, &summary, &err), &err);
    anam_writer_free(w);
    assert_int_equal(summary.added, 3);
    assert_int_equal(summary.replaced, 1);
    assert_int_equal(summary.documents, 2);
    assert_int_equal(summary.bad_utf8, 1);
    assert_int_equal(summary.text_bytes, strlen("rash"
                                                "cough"
                                                "rashes"
                                                "a\xEF\xBF\xBDnswer"));
    ok(anam_index_open(&small_index, path, NULL, &err), &err);
    const anam_index_info *info = anam_index_get_info(small_index);
    assert_int_equal(info->documents, 2);
    assert_int_equal(info->bytes, summary.bytes);
    assert_true(info->bytes > 0 && info->bytes_mapped <= info->bytes);
    assert_true((info->bytes_mapped > 0) == (strcmp(info->engine, "native") == 0));
    assert_true((info->bytes_searcher > 0) == (strcmp(info->engine, "native") == 0));
    anam_index_close(small_index);
    assert_string_equal(anam_field_name(0), "question");
    assert_null(anam_field_name(ANAM_N_FIELDS));
    assert_null(anam_field_name(-1));
}

/* ---- stopping ---- */

static size_t n_files;

static int count_file(const char *name, const struct stat *st, int type, struct FTW *where)
{
    (void)name;
    (void)st;
    (void)where;
    n_files += type == FTW_F;
    return 0;
}

static size_t files_below(const char *dir)
{
    n_files = 0;
    nftw(dir, count_file, 8, FTW_PHYS);
    return n_files;
}

enum { RECORDS = 1500 };

struct stopping {
    anam_writer *writer;
    long microseconds;
};

static void *stop_later(void *ctx)
{
    const struct stopping *s = ctx;
    nanosleep(&(struct timespec){.tv_nsec = s->microseconds * 1000}, NULL);
    anam_writer_stop(s->writer);
    return NULL;
}

/* Adds records enough to be put in order, tells the writer to stop some time after it was told to
 * commit, and returns what became of it. */
static anam_status commit_and_stop(long microseconds)
{
    anam_error err;
    pthread_t thread;
    struct stopping stopping = {.microseconds = microseconds};
    anam_writer_options o = small_options();
    ok(anam_writer_open(&stopping.writer, path, &o, &err), &err);
    for (uint64_t i = 0, seed = 7; i < RECORDS; i++) {
        char id[16];
        char title[200] = "later";
        snprintf(id, sizeof id, "%u", (unsigned)i);
        for (int word = 0; word < 20; word++)
            snprintf(title + strlen(title), sizeof title - strlen(title), " w%u",
                     testing_below(&seed, 100));
        anam_record record = titled(id, title);
        ok(anam_writer_add(stopping.writer, &record, &err), &err);
    }
    if (microseconds < 0)
        anam_writer_stop(stopping.writer);
    else
        assert_int_equal(pthread_create(&thread, NULL, stop_later, &stopping), 0);
    anam_status status = anam_writer_commit(stopping.writer, NULL, &err);
    if (microseconds >= 0)
        pthread_join(thread, NULL);
    anam_writer_free(stopping.writer);
    return status;
}

static void a_writer_that_is_stopped_leaves_what_was_there(void **state)
{
    (void)state;
    enum { TIMES = 16, STEP = 3000, MOST = 200 };
    const char *dir = strchr(path, '/');
    anam_record records[] = {titled("1", "sooner")};
    int stopped = 0; /* while it committed */
    for (int i = -1; i < TIMES || (stopped == 0 && i < MOST); i++) {
        build(records, 1);
        size_t files = files_below(dir);
        anam_status status = commit_and_stop(i < 0 ? -1 : (long)i % TIMES * STEP);
        assert_true(status == ANAM_STOPPED || (status == ANAM_OK && i >= 0));
        stopped += status == ANAM_STOPPED && i >= 0;
        if (status)
            assert_int_equal(files_below(dir), files);
        anam_error err;
        ok(anam_index_open(&small_index, path, NULL, &err), &err);
        ok(anam_index_check(small_index, NULL, NULL, &err), &err);
        assert_int_equal(anam_index_get_info(small_index)->documents, status ? 1 : RECORDS);
        anam_index_close(small_index);
    }
    assert_true(stopped > 0);
}

static void a_writer_that_is_stopped_takes_no_record(void **state)
{
    (void)state;
    anam_error err;
    anam_writer *w;
    anam_record record = titled("1", "rash");
    ok(anam_writer_open(&w, path, NULL, &err), &err);
    anam_writer_stop(w);
    assert_int_equal(anam_writer_add(w, &record, &err), ANAM_STOPPED);
    assert_int_equal(anam_writer_add(w, &record, &err), ANAM_INVALID);
    anam_writer_free(w);
}

/* ---- passages ---- */

static void check_passage(const anam_passage *p, size_t most)
{
    if (!p->source)
        return;
    size_t n = strlen(p->source);
    assert_true(p->range.start <= p->range.end && p->range.end <= n);
    assert_true(p->range.end - p->range.start <= most);
    assert_true(((unsigned char)p->source[p->range.start] & 0xC0) != 0x80);
    assert_true(((unsigned char)p->source[p->range.end] & 0xC0) != 0x80);
    size_t last = p->range.start;
    for (size_t i = 0; i < p->n_marks; i++) {
        assert_true(p->marks[i].start >= last && p->marks[i].start < p->marks[i].end);
        assert_true(p->marks[i].end <= p->range.end);
        last = p->marks[i].end;
    }
}

static void passage_shows_the_sentence_that_matches_and_marks_its_words(void **state)
{
    (void)state;
    anam_record r = ANAM_RECORD_INIT;
    r.id = "1";
    r.title = "Red spots";
    r.question = "Hello doctor, thank you for reading. I have been well for years and work in a "
                 "bakery, where I stand all day long next to the ovens. Since Sunday there are "
                 "spots on both hands; the spots are red. They do not itch. My mother says that "
                 "it is nothing, but she has said so before about other things that were not.";
    anam_answer a[] = {{"See a colleague.", NULL, NULL, NULL, NULL},
                       {"Red spots on hands fade.", NULL, NULL, NULL, NULL}};
    r.answers = a;
    r.n_answers = 2;
    open_small(&r, 1);
    anam_search_options o = ANAM_SEARCH_OPTIONS_INIT;
    o.passage_bytes = 100;
    anam_results *results = search("red spots hands", &o);
    const anam_hit *h = anam_results_hit(results, 0);
    check_passage(&h->question, 100);
    char passage[200];
    size_t n = h->question.range.end - h->question.range.start;
    memcpy(passage, h->question.source + h->question.range.start, n);
    passage[n] = '\0';
    assert_string_equal(passage, "Since Sunday there are spots on both hands; the spots are red. "
                                 "They do not itch.");
    assert_int_equal(h->question.n_marks, 4);
    assert_memory_equal(h->question.source + h->question.marks[1].start, "hands", 5);
    assert_int_equal(h->title.n_marks, 2);
    assert_int_equal(h->answer.answer, 1);
    assert_ptr_equal(h->answer.source, h->record->answers[1].text);
    anam_results_free(results);
    close_small();
}

/* Bytes without a blank between. */
static size_t longest_word(const char *text)
{
    size_t longest = 0;
    for (size_t n; *text; text += n + (text[n] != '\0')) {
        n = strcspn(text, " \n");
        longest = n > longest ? n : longest;
    }
    return longest;
}

static void passages_of_random_text_are_whole_characters_within_bounds(void **state)
{
    (void)state;
    static const char *const pieces[] = {"red",
                                         " ",
                                         ". ",
                                         "\n",
                                         "\xC3\xA9t\xC3\xA9",
                                         "spot",
                                         "\xE7\x9A\xAE\xE8\x86\x9A",
                                         "\xF0\x9F\x98\xAD",
                                         "-",
                                         "'s ",
                                         "hands",
                                         "x",
                                         "\xCC\x81",
                                         "\xE2\x80\x8D",
                                         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    uint64_t seed = testing_seed();
    for (int round = 0; round < 60; round++) {
        char text[6000] = "red ";
        for (uint32_t i = testing_below(&seed, 200); i > 0; i--)
            strcat(text, pieces[testing_below(&seed, COUNT(pieces))]);
        anam_answer a = {text, NULL, NULL, NULL, NULL};
        anam_record r = titled("1", text);
        r.question = text;
        r.text = text;
        r.answers = &a;
        r.n_answers = 1;
        open_small(&r, 1);
        for (int q = 0; q < 10; q++) {
            anam_search_options o = ANAM_SEARCH_OPTIONS_INIT;
            o.passage_bytes = 40 + testing_below(&seed, 300);
            anam_results *results = search(
                q % 2 ? "red spot hands" : "\xE7\x9A\xAE\xE8\x86\x9A \xC3\xA9t\xC3\xA9 red", &o);
            const anam_hit *h = anam_results_hit(results, 0);
            check_passage(&h->title, sizeof text);
            /* a single word longer than the passage is shown whole */
            size_t word = longest_word(text);
            size_t most = word > o.passage_bytes ? word : o.passage_bytes;
            check_passage(&h->question, most);
            check_passage(&h->answer, most);
            anam_results_free(results);
        }
        close_small();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_and_passages_come_only_when_asked_for),
        cmocka_unit_test(results_outlive_searcher_and_index),
        cmocka_unit_test(get_gives_the_record_or_not_found),
        cmocka_unit_test(the_later_record_of_an_id_wins),
        cmocka_unit_test(bad_records_are_refused_and_the_writer_goes_on),
        cmocka_unit_test(a_second_writer_is_locked_out),
        cmocka_unit_test(options_of_a_writer_out_of_range_are_refused),
        cmocka_unit_test(options_of_opening_out_of_range_are_refused),
        cmocka_unit_test(the_summary_counts_records_and_bytes),
        cmocka_unit_test(a_writer_that_is_stopped_leaves_what_was_there),
        cmocka_unit_test(a_writer_that_is_stopped_takes_no_record),
        cmocka_unit_test(passage_shows_the_sentence_that_matches_and_marks_its_words),
        cmocka_unit_test(passages_of_random_text_are_whole_characters_within_bounds),
    };
    RUN_WITH_EACH_ENGINE(tests);
}
