/* Results and facts as text for people. */
#include "cli/printer.h"

#include "cli/flow.h"
#include "cli/human.h"
#include "cli/output.h"
#include "cli/screen.h"

#include <stdio.h>
#include <string.h>

/* Longest beginning of a text that stands in for a missing title. */
enum { TITLE_BYTES = 80 };

static size_t digits_of(size_t n)
{
    size_t digits = 1;
    for (; n >= 10; n /= 10)
        digits++;
    return digits;
}

/* Indentation of all hits of a list: ranks are right-aligned above each other. */
static size_t hit_indent(const anam_results *results)
{
    size_t digits = digits_of(anam_results_count(results));
    return (digits < 2 ? 2 : digits) + 2;
}

/* A record without title goes by the beginning of what it says. */
static anam_passage stand_in(const anam_record *record)
{
    anam_passage passage = {.source = record->question};
    if (!passage.source)
        passage.source = record->text;
    if (!passage.source && record->n_answers > 0)
        passage.source = record->answers[0].text;
    if (!passage.source)
        passage.source = record->id;
    size_t n = strlen(passage.source);
    if (n > TITLE_BYTES) {
        n = TITLE_BYTES;
        while (n > 0 && ((unsigned char)passage.source[n] & 0xC0) == 0x80)
            n--;
        size_t word = n; /* text without spaces is cut between characters */
        while (word > 0 && passage.source[word] != ' ')
            word--;
        n = word > 0 ? word : n;
    }
    passage.range.end = n;
    return passage;
}

static void print_title(const struct printer *printer, const anam_hit *hit, size_t indent)
{
    char rank[24];
    char score[32];
    int used = snprintf(rank, sizeof rank, "%zu", hit->rank);
    snprintf(score, sizeof score, "%.2f", (double)hit->score);
    out_format("%*zu. ", (int)(indent - 2), hit->rank);
    size_t left = used > 0 && (size_t)used + 2 > indent ? (size_t)used + 2 : indent;

    struct flow flow;
    size_t score_columns = strlen(score) + 2;
    size_t right = printer->columns > score_columns ? printer->columns - score_columns : 0;
    flow_begin(&flow, left, right, printer->colour);
    flow.tail = score;
    flow.tail_right = printer->columns;
    anam_passage title = hit->title;
    if (!title.source || title.source[0] == '\0')
        title = stand_in(hit->record);
    flow_passage(&flow, &title, STYLE_STRONG);
    flow_end(&flow);
}

static void print_passage(const struct printer *printer, const anam_passage *passage,
                          const char *label, const char *author, size_t indent)
{
    if (!passage->source || passage->range.end <= passage->range.start)
        return;
    out_spaces(indent);
    out_string(label);
    struct flow flow;
    flow_begin(&flow, indent + strlen(label), printer->columns, printer->colour);
    if (author && author[0] != '\0') {
        flow_string(&flow, author, STYLE_FAINT);
        flow_string(&flow, ": ", STYLE_FAINT);
    }
    flow_passage(&flow, passage, STYLE_PLAIN);
    flow_end(&flow);
}

static void print_hit(const struct printer *printer, const anam_hit *hit, size_t indent)
{
    const anam_record *record = hit->record;
    print_title(printer, hit, indent);

    struct flow flow;
    out_spaces(indent);
    flow_begin(&flow, indent, printer->columns, printer->colour);
    text_meta(&flow, record);
    flow_end(&flow);

    print_passage(printer, &hit->question, "Q: ", NULL, indent);
    bool answered = hit->answer.answer < record->n_answers;
    const char *author = answered ? record->answers[hit->answer.answer].author : NULL;
    print_passage(printer, &hit->answer, answered ? "A: " : "Text: ", author, indent);
    if (printer->explain)
        text_explain(printer, hit, indent);
}

static void print_results(const struct printer *printer, const struct answered *answered)
{
    size_t count = anam_results_count(answered->results);
    if (printer->headed) {
        style_line("query: ", 7, 7, STYLE_FAINT, printer->colour);
        style_line(answered->query, answered->length, printer->columns - 7, STYLE_STRONG,
                   printer->colour);
        out_string(count > 0 ? "\n\n" : "\n");
    }
    size_t indent = hit_indent(answered->results);
    for (size_t i = 0; i < count && !out_failed(); i++) {
        print_hit(printer, anam_results_hit(answered->results, i), indent);
        if (i + 1 < count || printer->headed)
            out_char('\n');
    }
    if (count == 0 && printer->headed)
        out_char('\n');
}

static void print_field(const char *label, const anam_field_info *field)
{
    out_format("  %-10s %s, ", label, human_counted(field->tokens, "word").s);
    out_format("%s, %.1f words a record on average\n", human_counted(field->postings, "posting").s,
               field->avg_length);
}

/* Nothing where servers have the files. */
static void print_sizes(const anam_index_info *info)
{
    const struct {
        const char *label;
        uint64_t bytes;
    } parts[] = {
        {"records", info->bytes_documents},
        {"postings", info->bytes_postings},
        {"terms", info->bytes_terms},
        {"other", info->bytes_other},
    };
    if (info->bytes == 0)
        return;
    out_format("  size       %s", human_bytes(info->bytes).s);
    const char *before = ": ";
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].bytes == 0)
            continue; /* Xapian keeps terms among the postings */
        out_format("%s%s %s", before, parts[i].label, human_bytes(parts[i].bytes).s);
        before = ", ";
    }
    out_char('\n');
}

/* Of a process that searches; nothing for Xapian. */
static void print_memory(const anam_index_info *info)
{
    if (info->bytes_mapped == 0)
        return;
    out_format("  memory     up to %s of files mapped", human_bytes(info->bytes_mapped).s);
    out_format(" and shared by all searches, %s a searcher\n", human_bytes(info->bytes_searcher).s);
}

static void print_shards(const anam_index_info *info)
{
    if (info->shards <= 1)
        return;
    out_format("  shards     %s", human_count(info->shards).s);
    if (info->shards_missing > 0)
        out_format(", %s missing", human_count(info->shards_missing).s);
    out_char('\n');
}

static void print_info(const struct printer *printer, const char *place,
                       const anam_index_info *info)
{
    style_line(place, strlen(place), SIZE_MAX, STYLE_STRONG, printer->colour);
    out_string("\n");
    out_format("  records    %s\n", human_count(info->documents).s);
    out_format("  language   %s (analyzer %s)\n", info->language, info->analyzer);
    out_format("  terms      %s distinct\n", human_count(info->terms).s);
    print_field("question", &info->fields[ANAM_FIELD_QUESTION]);
    print_field("answer", &info->fields[ANAM_FIELD_ANSWER]);
    print_sizes(info);
    print_memory(info);
    print_shards(info);
    out_format("  engine     %s, format %lu, generation %s\n", info->engine,
               (unsigned long)info->format, human_count(info->generation).s);
}

void printer_text_init(struct printer *printer)
{
    *printer = (struct printer){
        .results = print_results,
        .record = text_record,
        .info = print_info,
        .columns = screen_columns(),
    };
}
