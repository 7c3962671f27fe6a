/* Every format: what its records are, what is malformed and how it is said. */
#include "reading.h"

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
                 NULL, "1 question=\n-2 question=\n");
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
    char id[530] = "";
    memset(id, 'x', 513);
    char text[600];
    snprintf(text, sizeof text, "{\"id\":\"%s\",\"text\":\"x\"}", id);
    assert_rejects("a.jsonl", text, NULL, "a.jsonl:1: id is longer than 512 bytes");
    id[512] = '\0';
    snprintf(text, sizeof text, "{\"id\":\"%s\",\"text\":\"\"}", id);
    strcat(id, " question=\n");
    assert_reads("a.jsonl", text, NULL, id);
}

/* A byte or two each in the file, hundreds in memory. */
static void jsonl_too_many_values_are_a_malformed_record(void **state)
{
    enum { MOST = 1000000 };
    (void)state;
    struct anam_buffer text = {0};
    append(&text, "{\"id\":\"1\",\"text\":\"");
    for (int i = 0; i < MOST; i++)
        append(&text, i % 2 > 0 ? "[," : "\\\"");
    append(&text, "\"}");
    struct reading r = {0};
    read_bytes(&r, "a.jsonl", text.data, text.len, NULL, false); /* in a text they are none */
    assert_int_equal(r.status, ANAM_OK);
    end_reading(&r);
    text.len = 0;
    append(&text, "{\"id\":\"1\",\"text\":\"x\",\"e\":[{}");
    for (int i = 0; i < MOST / 2; i++)
        append(&text, ",[]");
    append(&text, "]}");
    assert_rejects("a.jsonl", text.data, NULL, "a.jsonl:1: record of more than a million values");
    anam_buffer_free(&text);
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
    assert_reads("a.csv", "id,text\r\r\n1,x\r\r\n", NULL, "1 text=x\n");
    assert_reads("a.csv", "id,text,_ID\n1,x,2\n", NULL, "1 text=x extra={\"_ID\":\"2\"}\n");
    assert_reads("a.csv", "_id,text,asker_age_min,asker_age_max\n1,x,34.0,35.\n", NULL,
                 "1 text=x from=34 to=35\n");
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
    assert_rejects("a.csv", "id,text,asker.age_max\n1,a,3.4.5\n", NULL,
                   "a.csv:2: age_max is not a number from 0 to 150");
    assert_rejects("a.csv", "id,text,asker.age_max\n1,a,.5\n", NULL,
                   "a.csv:2: age_max is not a number from 0 to 150");
    assert_rejects("a.csv", "id,text\r1,a\r2,b\r", NULL,
                   "a.csv:1: lines end with a bare carriage return; convert them first: "
                   "tr '\\r' '\\n'");
}

static void csv_header_must_name_id_and_some_text_once(void **state)
{
    (void)state;
    assert_rejects("a.csv", "a,b\n1,x\n", "csv", "a.csv:1: the header has no column id");
    assert_rejects("a.csv", "id,b\n1,x\n", NULL,
                   "a.csv:1: the header has none of title, question, answer, text");
    assert_rejects("a.csv", "_id,text,_ID\n1,x,2\n", NULL,
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
        {"<?xml version=\"1.0\"?>\n<!DOCTYPE Document [\n<!ATTLIST Question qtype CDATA "
         "\"b\">]>" DOCUMENT,
         "a.xml:3: an attribute is declared with a default, which is refused"},
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
    char bad[sizeof folder + 100];
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

static void medquad_pairs_before_an_error_stay(void **state)
{
    (void)state;
    static const char text[] = DOCUMENT "<QAPair pid=\"1\"><Question>q</Question></QAPair>\n"
                                        "<QAPair pid=\"2\"><oops></QAPair></Document>";
    write_bytes("7.xml", text, sizeof text - 1);
    const char *path = path_of("7.xml");
    struct reading r = {0};
    read_paths(&r, &path, 1, NULL, true);
    assert_int_equal(r.status, ANAM_OK);
    assert_int_equal(r.counts.records, 1);
    assert_int_equal(r.counts.rejected, 1);
    assert_string_equal(r.skipped.data, "7.xml:3: mismatched tag\n");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jsonl_keys_become_the_record_and_unknown_ones_are_kept),
        cmocka_unit_test(jsonl_empty_and_null_mean_absent),
        cmocka_unit_test(jsonl_numbers_too_big_for_integers_do_not_lose_the_record),
        cmocka_unit_test(jsonl_escapes_that_are_no_character_are_replaced_and_counted),
        cmocka_unit_test(jsonl_malformed_records_are_named_by_file_line_and_reason),
        cmocka_unit_test(jsonl_ids_may_have_512_bytes_and_no_more),
        cmocka_unit_test(jsonl_too_many_values_are_a_malformed_record),
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
        cmocka_unit_test(medquad_pairs_before_an_error_stay),
        cmocka_unit_test(trec_documents_become_records),
        cmocka_unit_test(trec_malformed_documents_are_named_by_line),
    };
    return cmocka_run_group_tests_name("formats", tests, make_folder, remove_folder);
}
