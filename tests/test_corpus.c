/* Reading archives: every format, what is malformed and how it is said, and input
 * that means harm. Run from the root of the repository. */
#include "base/alloc.h"
#include "corpus/corpus.h"

#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#define DATA "tests/data/corpus/"

/* ---- Reading into one string, a line a record ---- */

struct reading {
    anam_status status;
    anam_error err;
    struct anam_corpus_counts counts;
    struct anam_buffer records; /* see show() */
    struct anam_buffer skipped; /* a message a line */
    size_t longest;             /* text of a record */
    unsigned calls;             /* of progress */
    anam_status refuse;         /* what the sink answers to the record with this id */
    const char *refuse_id;
};

static char folder[200];

static void append(struct anam_buffer *to, const char *s)
{
    assert_true(anam_buffer_append_str(to, s));
    assert_true(anam_buffer_terminate(to));
}

static void show(struct anam_buffer *to, const char *name, const char *value)
{
    if (!value)
        return;
    append(to, " ");
    append(to, name);
    append(to, "=");
    append(to, value);
}

static void show_number(struct anam_buffer *to, const char *name, int32_t value)
{
    char text[16];
    snprintf(text, sizeof text, "%d", (int)value);
    show(to, name, value < 0 ? NULL : text);
}

static anam_status keep(void *ctx, const anam_record *record, anam_error *err)
{
    struct reading *r = ctx;
    if (r->refuse_id && strcmp(r->refuse_id, record->id) == 0) {
        *err = (anam_error){.code = r->refuse};
        snprintf(err->msg, sizeof err->msg, "not wanted");
        return r->refuse;
    }
    if (record->text && strlen(record->text) > 10000) {
        r->longest = strlen(record->text);
        return ANAM_OK;
    }
    struct anam_buffer *to = &r->records;
    append(to, record->id);
    show(to, "title", record->title);
    show(to, "question", record->question);
    for (size_t i = 0; i < record->n_answers; i++) {
        show(to, "answer", record->answers[i].text);
        show(to, "author", record->answers[i].author);
        show(to, "role", record->answers[i].role);
        show(to, "on", record->answers[i].date);
        show(to, "more", record->answers[i].extra);
    }
    show(to, "text", record->text);
    show(to, "specialty", record->specialty);
    for (size_t i = 0; i < record->n_tags; i++)
        show(to, "tag", record->tags[i]);
    show(to, "sex", record->asker.sex);
    show_number(to, "from", record->asker.age_min);
    show_number(to, "to", record->asker.age_max);
    show(to, "asker", record->asker.extra);
    show(to, "date", record->date);
    show(to, "url", record->url);
    show(to, "source", record->source);
    show(to, "lang", record->lang);
    show(to, "extra", record->extra);
    append(to, "\n");
    return ANAM_OK;
}

/* Messages without the folder of this run. */
static void strip_folder(char *msg)
{
    char *at;
    while ((at = strstr(msg, folder)) != NULL) {
        char *rest = at + strlen(folder) + 1;
        memmove(at, rest, strlen(rest) + 1);
    }
}

static void note_skipped(void *ctx, const char *msg)
{
    struct reading *r = ctx;
    char copy[500];
    snprintf(copy, sizeof copy, "%s\n", msg);
    strip_folder(copy);
    append(&r->skipped, copy);
}

static void note_progress(void *ctx, const struct anam_corpus_counts *counts)
{
    struct reading *r = ctx;
    assert_ptr_equal(counts, &r->counts);
    r->calls++;
}

static void read_paths(struct reading *r, const char *const *paths, size_t n, const char *format,
                       bool skip_bad)
{
    struct anam_corpus_options options = {format, skip_bad, note_progress, note_skipped, r};
    append(&r->records, "");
    append(&r->skipped, "");
    r->status = anam_corpus_read(paths, n, &options, keep, r, &r->counts, &r->err);
    assert_int_equal(r->status, r->err.code);
    strip_folder(r->err.msg);
}

static void end_reading(struct reading *r)
{
    anam_buffer_free(&r->records);
    anam_buffer_free(&r->skipped);
    *r = (struct reading){0};
}

/* ---- Files ---- */

static const char *path_of(const char *name)
{
    static char path[sizeof folder + 100];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static const char *write_bytes(const char *name, const void *bytes, size_t n)
{
    const char *path = path_of(name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    return path;
}

static void append_gzip(const char *name, const void *bytes, size_t n, const char *mode)
{
    gzFile f = gzopen(path_of(name), mode);
    assert_non_null(f);
    assert_int_equal(gzwrite(f, bytes, (unsigned)n), n);
    assert_int_equal(gzclose(f), Z_OK);
}

static void read_file(struct reading *r, const char *path, bool skip_bad)
{
    read_paths(r, &path, 1, NULL, skip_bad);
}

static void read_bytes(struct reading *r, const char *name, const void *bytes, size_t n,
                       const char *format, bool skip_bad)
{
    const char *path = write_bytes(name, bytes, n);
    read_paths(r, &path, 1, format, skip_bad);
}

static void assert_reads(const char *name, const char *text, const char *format,
                         const char *records)
{
    struct reading r = {0};
    read_bytes(&r, name, text, strlen(text), format, false);
    assert_string_equal(r.err.msg, "");
    assert_int_equal(r.status, ANAM_OK);
    assert_string_equal(r.records.data, records);
    end_reading(&r);
}

static void assert_rejects(const char *name, const char *text, const char *format, const char *msg)
{
    struct reading r = {0};
    read_bytes(&r, name, text, strlen(text), format, false);
    assert_string_equal(r.err.msg, msg);
    assert_int_equal(r.status, ANAM_BAD_DATA);
    end_reading(&r);
}

/* Under skip_bad: the same text, all messages and what is read all the same. */
static void assert_skips(const char *name, const char *text, const char *format,
                         const char *messages, const char *records)
{
    struct reading r = {0};
    read_bytes(&r, name, text, strlen(text), format, true);
    assert_string_equal(r.skipped.data, messages);
    assert_string_equal(r.records.data, records);
    assert_int_equal(r.status, *records ? ANAM_OK : ANAM_BAD_DATA);
    end_reading(&r);
}

static void assert_fixture(const char *name, const char *records)
{
    struct reading r = {0};
    read_file(&r, name, false);
    assert_string_equal(r.err.msg, "");
    assert_string_equal(r.records.data, records);
    end_reading(&r);
}

/* ---- JSON Lines ---- */

static void jsonl_keys_become_the_record_and_unknown_ones_are_kept(void **state)
{
    (void)state;
    assert_fixture(
        DATA "rash.jsonl",
        "r-1 title=Small red spots question=I have small red spots on the back of my hands. They "
        "do not itch. answer=These may be petechiae. author=Dr. Example role=doctor on=2004-01-11 "
        "more={\"votes\":3} answer=See a doctor if they spread. specialty=Dermatology "
        "tag=red spots tag=hands sex=female from=20 to=29 asker={\"smoker\":false} "
        "date=2004-01-10 url=https://example.org/r-1 source=example lang=en "
        "extra={\"views\":17,\"series\":{\"n\":1}}\n"
        "r-2 title=An article text=Petechiae are small bleedings under the skin.\n"
        "3 question=What now? answer=Wait. answer=Then act. tag=one\n");
}

static void jsonl_empty_and_null_mean_absent(void **state)
{
    (void)state;
    assert_reads("a.jsonl",
                 "{\"id\":\"1\",\"question\":\"\",\"answer\":\"\",\"date\":null,\"tags\":null,"
                 "\"asker\":null,\"answers\":null}\n"
                 "{\"id\":-2,\"answers\":[{\"text\":\"\",\"author\":\"a\"},{\"text\":null},\"\"]}",
                 NULL, "1\n-2\n");
}

static void jsonl_numbers_too_big_for_integers_do_not_lose_the_record(void **state)
{
    (void)state;
    assert_reads("a.jsonl",
                 "{\"id\":7,\"text\":\"x\",\"asker\":{\"age_min\":30},"
                 "\"big\":123456789012345678901234567890}",
                 NULL, "7 text=x from=30 extra={\"big\":1.23456789012346e29}\n");
    assert_rejects("b.jsonl", "{\"id\":123456789012345678901234567890,\"text\":\"x\"}", NULL,
                   "b.jsonl:1: id is not a string or an integer of less than 2^53");
    assert_rejects("b.jsonl", "{\"id\":1.5,\"text\":\"x\"}", NULL,
                   "b.jsonl:1: id is not a string or an integer of less than 2^53");
}

static void jsonl_escapes_that_are_no_character_are_replaced_and_counted(void **state)
{
    (void)state;
    const char text[] = "{\"id\":\"1\",\"text\":\"a\\u0000b\\ud800c\\udc00 \\ud83d\\ude00 "
                        "\\\\u0000\",\"k\\u0000\":\"\\uD800\"}\n";
    struct reading r = {0};
    read_bytes(&r, "a.jsonl", text, strlen(text), NULL, false);
    assert_string_equal(r.records.data, "1 text=a\xEF\xBF\xBD"
                                        "b\xEF\xBF\xBD"
                                        "c\xEF\xBF\xBD \xF0\x9F\x98\x80 \\u0000 "
                                        "extra={\"k\xEF\xBF\xBD\":\"\xEF\xBF\xBD\"}\n");
    assert_int_equal(r.counts.bad_utf8, 5);
    end_reading(&r);
}

static void jsonl_malformed_records_are_named_by_file_line_and_reason(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{\"id\":\"1\"", "not valid JSON at byte 9: '}' expected near end of file"},
        {"{\"id\":\"1\",}", "not valid JSON at byte 11: string or '}' expected near '}'"},
        {"[1]", "not a JSON object"},
        {"\"x\"", "not valid JSON at byte 3: '[' or '{' expected near '\"x\"'"},
        {"{\"id\":\"1\",\"id\":\"2\"}", "duplicate object key near '\"id\"'"},
        {"{\"text\":\"x\"}", "no id"},
        {"{\"id\":\"\",\"text\":\"x\"}", "no id"},
        {"{\"id\":null,\"text\":\"x\"}", "no id"},
        {"{\"id\":true,\"text\":\"x\"}", "id is not a string or an integer"},
        {"{\"id\":\"a b\",\"text\":\"x\"}", "id holds white space or a control character"},
        {"{\"id\":\"a\\u0085\",\"text\":\"x\"}", "id holds white space or a control character"},
        {"{\"id\":\"1\",\"text\":null}", "no text: none of title, question, answer, text"},
        {"{\"id\":\"1\"}", "no text: none of title, question, answer, text"},
        {"{\"id\":\"1\",\"title\":5}", "title is not a string"},
        {"{\"id\":\"1\",\"lang\":[]}", "lang is not a string"},
        {"{\"id\":\"1\",\"answer\":[]}", "answer is not a string"},
        {"{\"id\":\"1\",\"answers\":\"x\"}", "answers is not an array"},
        {"{\"id\":\"1\",\"answers\":[1]}", "an item of answers is not an object or a string"},
        {"{\"id\":\"1\",\"answers\":[{\"body\":\"x\"}]}", "an item of answers has no text"},
        {"{\"id\":\"1\",\"answers\":[{\"k\":1,\"text\":1}]}", "text of an answer is not a string"},
        {"{\"id\":\"1\",\"text\":\"x\",\"tags\":3}", "tags is not an array of strings"},
        {"{\"id\":\"1\",\"text\":\"x\",\"tags\":[3]}", "tags is not an array of strings"},
        {"{\"id\":\"1\",\"text\":\"x\",\"asker\":3}", "asker is not an object"},
        {"{\"id\":\"1\",\"asker\":{\"k\":1,\"sex\":3}}", "sex of the asker is not a string"},
        {"{\"id\":\"1\",\"asker\":{\"age_min\":151}}", "age_min is not a number from 0 to 150"},
        {"{\"id\":\"1\",\"asker\":{\"age_max\":-1}}", "age_max is not a number from 0 to 150"},
        {"{\"id\":\"1\",\"asker\":{\"age_max\":\"9\"}}", "age_max is not a number from 0 to 150"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[300];
        char msg[300];
        snprintf(text, sizeof text, "{\"id\":\"0\",\"text\":\"good\"}\n\n%s\n", cases[i][0]);
        snprintf(msg, sizeof msg, "a.jsonl:3: %s", cases[i][1]);
        assert_rejects("a.jsonl", text, NULL, msg);
    }
}

static void jsonl_ids_may_have_512_bytes_and_no_more(void **state)
{
    (void)state;
    char id[514] = "";
    memset(id, 'x', 513);
    char text[600];
    snprintf(text, sizeof text, "{\"id\":\"%s\",\"text\":\"x\"}", id);
    assert_rejects("a.jsonl", text, NULL, "a.jsonl:1: id is longer than 512 bytes");
    id[512] = '\0';
    snprintf(text, sizeof text, "{\"id\":\"%s\",\"text\":\"\"}", id);
    strcat(id, "\n");
    assert_reads("a.jsonl", text, NULL, id);
}

static void jsonl_deep_nesting_is_a_malformed_record(void **state)
{
    (void)state;
    enum { DEPTH = 100000 };
    char *text = malloc(DEPTH + 30);
    assert_non_null(text);
    int start = sprintf(text, "{\"id\":\"1\",\"text\":\"x\",\"k\":");
    memset(text + start, '[', DEPTH);
    struct reading r = {0};
    read_bytes(&r, "a.jsonl", text, (size_t)start + DEPTH, NULL, false);
    free(text);
    assert_int_equal(r.status, ANAM_BAD_DATA);
    assert_non_null(strstr(r.err.msg, "a.jsonl:1: not valid JSON at byte "));
    assert_non_null(strstr(r.err.msg, "maximum parsing depth reached"));
    end_reading(&r);
}

/* ---- CSV and TSV ---- */

static void csv_columns_become_the_record_and_unknown_ones_are_kept(void **state)
{
    (void)state;
    assert_fixture(DATA "rash.csv",
                   "c-1 title=Spots question=Red spots,\r\non \"both\" hands answer=Wait. "
                   "author=Dr. Example tag=red spots tag=hands tag=skin sex=female from=20 to=29 "
                   "extra={\"views\":\"17\"}\n"
                   "c-2 question=What now?\n");
    assert_fixture(DATA "rash.tsv", "t-1 question=Why? text=two\nlines\nt-2 question=How? "
                                    "text=one line\n");
    assert_reads("a.csv", "\"ID\";Text; ,\n1;\" a \";\"x\"\"\\\n\"\n\n2;b,c;", NULL,
                 "1 text= a  extra={\",\":\"x\\\"\\\\\\n\"}\n2 text=b,c\n");
    assert_reads("a.csv", "id,text,\n1,x,y\n", "csv", "1 text=x extra={\"column_3\":\"y\"}\n");
}

static void csv_malformed_rows_are_named_by_the_line_they_begin_in(void **state)
{
    (void)state;
    assert_rejects("a.csv", "id,text\n1,\"two\n\nlines\"\n2,a,b\n", NULL,
                   "a.csv:5: 3 fields where the header has 2");
    assert_rejects("a.csv", "id,text\n1,a\n2\n", NULL, "a.csv:3: 1 fields where the header has 2");
    assert_rejects("a.csv", "id,text\n1,\"a\nb\"c\n", NULL,
                   "a.csv:2: a quotation mark where RFC 4180 allows none (quote the field, and "
                   "double the marks inside)");
    assert_rejects("a.csv", "id,text\n1,a\n2,\"b\n3,c\n", NULL,
                   "a.csv:3: a quoted field is not closed");
    assert_rejects("a.csv", "id,text\n,a\n", NULL, "a.csv:2: no id");
    assert_rejects("a.csv", "id,text,asker_age_min\n1,a,old\n", NULL,
                   "a.csv:2: age_min is not a number from 0 to 150");
    assert_rejects("a.csv", "id,text,asker.age_max\n1,a,99999999999\n", NULL,
                   "a.csv:2: age_max is not a number from 0 to 150");
}

static void csv_header_must_name_id_and_some_text_once(void **state)
{
    (void)state;
    assert_rejects("a.csv", "a,b\n1,x\n", "csv", "a.csv:1: the header has no column id");
    assert_rejects("a.csv", "id,b\n1,x\n", NULL,
                   "a.csv:1: the header has none of title, question, answer, text");
    assert_rejects("a.csv", "id,text,_ID\n1,x,2\n", NULL,
                   "a.csv:1: the header has two columns _ID");
    assert_rejects("a.csv", "id,text,k,k\n1,x,2,3\n", NULL,
                   "a.csv:1: the header has two columns k");
    assert_rejects("a.csv", "id,te\"xt\n1,x\n", "csv",
                   "a.csv:1: a quotation mark where RFC 4180 allows none (quote the field, and "
                   "double the marks inside)");
    assert_skips("a.csv", "id,b\n1,x\n2,y\n", NULL,
                 "a.csv:1: the header has none of title, question, answer, text\n", "");
}

static void csv_goes_on_with_the_next_line_after_a_malformed_row(void **state)
{
    (void)state;
    assert_skips("a.csv", "id,text\n1,a\n2,x\"y\n3,b\n4\n5,\"c\nd\"e\n6,f\n7,\"g\n", NULL,
                 "a.csv:3: a quotation mark where RFC 4180 allows none (quote the field, and "
                 "double the marks inside)\n"
                 "a.csv:5: 1 fields where the header has 2\n"
                 "a.csv:6: a quotation mark where RFC 4180 allows none (quote the field, and "
                 "double the marks inside)\n"
                 "a.csv:9: a quoted field is not closed\n",
                 "1 text=a\n3 text=b\n6 text=f\n");
}

/* ---- MedQuAD ---- */

#define DOCUMENT "<Document id=\"7\" source=\"S\" url=\"u\">\n"

static void medquad_pairs_become_records_and_empty_answers_stay(void **state)
{
    (void)state;
    assert_fixture(DATA "0000007_2.xml",
                   "Example_0000007_2-1 title=Red Spots question=What are red spots? "
                   "answer=Small & red,\non the skin. url=https://example.org/7 source=Example "
                   "extra={\"qtype\":\"symptoms\"}\n"
                   "Example_0000007_2-2 title=Red Spots question=How to treat them? "
                   "url=https://example.org/7 source=Example extra={\"qtype\":\"treatment\"}\n");
}

static void medquad_file_name_counts_only_where_it_extends_the_document_id(void **state)
{
    (void)state;
    const char *text = "<!-- a > b --><?p?>" DOCUMENT
                       "<QAPair pid=\"1\"><Question>q</Question></QAPair></Document>";
    assert_reads("7_3.xml", text, NULL, "S_7_3-1 question=q url=u source=S\n");
    assert_reads("renamed.xml", text, NULL, "S_7-1 question=q url=u source=S\n");
    assert_reads("70.xml", text, NULL, "S_7-1 question=q url=u source=S\n");
}

static void medquad_other_encodings_are_left_to_the_parser(void **state)
{
    (void)state;
    assert_reads("7.xml",
                 "<?xml version=\"1.0\" encoding='ISO-8859-1'?>" DOCUMENT
                 "<QAPair pid=\"1\"><Question>caf\xE9</Question></QAPair></Document>",
                 NULL, "S_7-1 question=caf\xC3\xA9 url=u source=S\n");
}

static void medquad_malformed_files_are_named_by_line_and_reason(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {DOCUMENT "<QAPair pid=\"1\">\n</Document>", "a.xml:3: mismatched tag"},
        {DOCUMENT, "a.xml:2: no element found"},
        {"<?xml version=\"1.0\"?>\n<Article/>", "a.xml:2: the root element is not Document"},
        {DOCUMENT "\n<QAPair/></Document>", "a.xml:3: a QAPair has no pid"},
        {DOCUMENT "<QAPair pid=\"1\"><QAPair pid=\"2\"/></QAPair></Document>",
         "a.xml:2: a QAPair within a QAPair"},
        {DOCUMENT "<QAPair pid=\"1\">&nbsp;</QAPair></Document>", "a.xml:2: undefined entity"},
        {DOCUMENT "<QAPair pid=\"1\"/></Document>",
         "a.xml:2: no text: none of title, question, answer, text"},
        {DOCUMENT "<QAPair pid=\"1 2\"><Answer>x</Answer></QAPair></Document>",
         "a.xml:2: id holds white space or a control character"},
        {"<?xml version=\"1.0\"?>\n<!DOCTYPE Document [\n<!ENTITY a \"b\">]>" DOCUMENT,
         "a.xml:3: an entity is declared, which is refused"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_rejects("a.xml", cases[i][0], "medquad", cases[i][1]);
}

static void medquad_deep_nesting_is_malformed(void **state)
{
    (void)state;
    struct anam_buffer text = {0};
    append(&text, DOCUMENT);
    for (int i = 0; i < 100000; i++)
        append(&text, "<a>");
    assert_rejects("a.xml", text.data, NULL, "a.xml:2: elements are nested too deeply");
    anam_buffer_free(&text);
}

static void medquad_what_every_pair_repeats_must_not_be_large(void **state)
{
    (void)state;
    struct anam_buffer text = {0};
    append(&text, DOCUMENT "<Focus>");
    for (int i = 0; i < 70000; i++)
        append(&text, "a");
    append(&text, "</Focus></Document>");
    assert_rejects("a.xml", text.data, NULL, "a.xml:2: the Focus is longer than 64 KiB");
    text.len = 0;
    append(&text, "<Document url=\"");
    for (int i = 0; i < 5000; i++)
        append(&text, "a");
    append(&text, "\"/>");
    assert_rejects("a.xml", text.data, NULL,
                   "a.xml:1: an attribute of Document is longer than 4096 bytes");
    anam_buffer_free(&text);
}

static void medquad_entities_that_expand_without_end_are_refused_at_once(void **state)
{
    (void)state;
    struct anam_buffer text = {0};
    append(&text, "<?xml version=\"1.0\"?>\n<!DOCTYPE Document [\n<!ENTITY l0 \"lol\">\n");
    for (int i = 1; i < 40; i++) {
        char line[200];
        snprintf(line, sizeof line, "<!ENTITY l%d \"&l%d;&l%d;&l%d;&l%d;&l%d;&l%d;&l%d;\">\n", i,
                 i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
        append(&text, line);
    }
    append(&text, "]>\n" DOCUMENT "<Focus>&l39;</Focus></Document>\n");
    clock_t before = clock();
    assert_rejects("a.xml", text.data, NULL, "a.xml:3: an entity is declared, which is refused");
    assert_true(clock() - before < CLOCKS_PER_SEC);
    anam_buffer_free(&text);
}

static void medquad_a_malformed_file_is_one_rejected_record(void **state)
{
    (void)state;
    write_bytes("1.xml", "<Document>\n<oops></Document>", 28);
    char bad[300];
    snprintf(bad, sizeof bad, "%s", path_of("1.xml"));
    const char *const paths[] = {bad, DATA "0000007_2.xml"};
    struct reading r = {0};
    read_paths(&r, paths, 2, NULL, true);
    assert_int_equal(r.status, ANAM_OK);
    assert_int_equal(r.counts.records, 2);
    assert_int_equal(r.counts.rejected, 1);
    assert_string_equal(r.counts.reasons[0].reason, "not well-formed XML");
    assert_string_equal(r.skipped.data, "1.xml:2: mismatched tag\n");
    end_reading(&r);
}

/* ---- TREC ---- */

static void trec_documents_become_records(void **state)
{
    (void)state;
    assert_fixture(DATA "rash.trec", "T-1 title=Red & round text=Spots with p < 0.05 and a "
                                     "caf\xC3\xA9. Second third.\nT-2 title=Two\n");
    assert_reads("a.trec",
                 "<collection>\n<DOC id=\"1\">\n<DOCNO>1</DOCNO>a &nbsp; & &#0; &#xD800; "
                 "&#99999999; <!-- c --> <b\n</DOC><DOC><DOCNO>2</DOCNO><HEAD>h</HEAD>b</DOC>\n"
                 "</collection>\n",
                 "trec",
                 "1 text=a &nbsp; & \xEF\xBF\xBD \xEF\xBF\xBD \xEF\xBF\xBD  <b\n"
                 "2 title=h text=b\n");
}

static void trec_malformed_documents_are_named_by_line(void **state)
{
    (void)state;
    const char *text = "<DOC>\n<DOCNO>1</DOCNO>a\n</DOC>\n<DOC>\n<DOCNO> </DOCNO>b\n</DOC>\n"
                       "stray\nstray\n<DOC>\n<DOCNO>2</DOCNO>\n<DOC><DOCNO>3</DOCNO>c</DOC>\n"
                       "</DOC>\n<DOC><DOCNO>4 5</DOCNO>d</DOC>\n<DOC><DOCNO>6</DOCNO></DOC>\n"
                       "<DOC>\n<DOCNO>7</DOCNO>e\n";
    assert_skips("a.trec", text, NULL,
                 "a.trec:4: the DOC has no DOCNO\n"
                 "a.trec:7: text outside a <DOC>\n"
                 "a.trec:11: <DOC> within the <DOC> of line 9\n"
                 "a.trec:12: </DOC> without <DOC>\n"
                 "a.trec:13: id holds white space or a control character\n"
                 "a.trec:14: no text: none of title, question, answer, text\n"
                 "a.trec:15: <DOC> without </DOC>\n",
                 "1 text=a\n3 text=c\n");
    assert_rejects("a.trec", text, NULL, "a.trec:4: the DOC has no DOCNO");
}

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
    assert_rejects("a", "[{\"id\":\"1\"}]", NULL,
                   "a: a JSON array is not read; write one object a line (jq -c '.[]')");
    assert_rejects("a", "\xFF\xFE{\0", NULL,
                   "a: this is UTF-16 text; convert it first: iconv -f UTF-16 -t UTF-8");
    struct reading r = {0};
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

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

static void mutate(char *text, size_t *n, uint64_t *seed)
{
    static const char spice[] = "\"\\{}[]<>&;,\t\r\n\0\xFF\xC3/!-u0dDOC";
    for (uint64_t i = next_random(seed) % 12 + 1; i > 0 && *n > 1; i--) {
        size_t at = next_random(seed) % *n;
        size_t other = next_random(seed) % *n;
        size_t len = next_random(seed) % 20;
        size_t room = *n - (at > other ? at : other);
        switch (next_random(seed) % 4) {
        case 0:
            text[at] = (char)next_random(seed);
            break;
        case 1:
            text[at] = spice[next_random(seed) % (sizeof spice - 1)];
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
    const char *chosen = getenv("ANAM_TEST_SEED");
    uint64_t seed = chosen ? strtoull(chosen, NULL, 10) : (uint64_t)time(NULL);
    print_message("seed: %llu\n", (unsigned long long)seed);
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

static int make_folder(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/anamnesis-corpus-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[sizeof folder + 10];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jsonl_keys_become_the_record_and_unknown_ones_are_kept),
        cmocka_unit_test(jsonl_empty_and_null_mean_absent),
        cmocka_unit_test(jsonl_numbers_too_big_for_integers_do_not_lose_the_record),
        cmocka_unit_test(jsonl_escapes_that_are_no_character_are_replaced_and_counted),
        cmocka_unit_test(jsonl_malformed_records_are_named_by_file_line_and_reason),
        cmocka_unit_test(jsonl_ids_may_have_512_bytes_and_no_more),
        cmocka_unit_test(jsonl_deep_nesting_is_a_malformed_record),
        cmocka_unit_test(csv_columns_become_the_record_and_unknown_ones_are_kept),
        cmocka_unit_test(csv_malformed_rows_are_named_by_the_line_they_begin_in),
        cmocka_unit_test(csv_header_must_name_id_and_some_text_once),
        cmocka_unit_test(csv_goes_on_with_the_next_line_after_a_malformed_row),
        cmocka_unit_test(medquad_pairs_become_records_and_empty_answers_stay),
        cmocka_unit_test(medquad_file_name_counts_only_where_it_extends_the_document_id),
        cmocka_unit_test(medquad_other_encodings_are_left_to_the_parser),
        cmocka_unit_test(medquad_malformed_files_are_named_by_line_and_reason),
        cmocka_unit_test(medquad_deep_nesting_is_malformed),
        cmocka_unit_test(medquad_what_every_pair_repeats_must_not_be_large),
        cmocka_unit_test(medquad_entities_that_expand_without_end_are_refused_at_once),
        cmocka_unit_test(medquad_a_malformed_file_is_one_rejected_record),
        cmocka_unit_test(trec_documents_become_records),
        cmocka_unit_test(trec_malformed_documents_are_named_by_line),
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
        cmocka_unit_test(skipped_records_are_counted_by_reason),
        cmocka_unit_test(the_sink_may_refuse_a_record_or_end_the_reading),
        cmocka_unit_test_teardown(json_without_memory_is_no_malformed_record, restore_malloc),
        cmocka_unit_test(random_damage_never_crashes_a_reader),
    };
    return cmocka_run_group_tests_name("corpus", tests, make_folder, remove_folder);
}
