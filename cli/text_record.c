/* A whole record as text for people. */
#include "cli/flow.h"
#include "cli/json_object.h"
#include "cli/output.h"
#include "cli/printer.h"

#include <stdio.h>
#include <string.h>

static const char separator[] = " \xC2\xB7 ";
static const char dash[] = "\xE2\x80\x93";

enum { INDENT = 2 };

static bool is_set(const char *s)
{
    return s && s[0] != '\0';
}

/* Adds one item of a list; the first goes without separator. */
static void add_item(struct flow *flow, const char *item, bool *any)
{
    if (!is_set(item))
        return;
    if (*any)
        flow_string(flow, separator, STYLE_FAINT);
    flow_string(flow, item, STYLE_FAINT);
    *any = true;
}

static void add_asker(struct flow *flow, const anam_asker *asker, bool *any)
{
    char ages[40] = "";
    if (asker->age_min >= 0 && asker->age_max == asker->age_min)
        snprintf(ages, sizeof ages, "%d", (int)asker->age_min);
    else if (asker->age_min >= 0 && asker->age_max >= 0)
        snprintf(ages, sizeof ages, "%d%s%d", (int)asker->age_min, dash, (int)asker->age_max);
    else if (asker->age_min >= 0)
        snprintf(ages, sizeof ages, "%d or older", (int)asker->age_min);
    else if (asker->age_max >= 0)
        snprintf(ages, sizeof ages, "%d or younger", (int)asker->age_max);
    add_item(flow, asker->sex, any);
    if (is_set(ages) && is_set(asker->sex)) {
        flow_string(flow, ", ", STYLE_FAINT);
        flow_string(flow, ages, STYLE_FAINT);
    } else {
        add_item(flow, ages, any);
    }
}

void text_meta(struct flow *flow, const anam_record *record)
{
    bool any = false;
    add_item(flow, record->specialty, &any);
    add_asker(flow, &record->asker, &any);
    add_item(flow, record->date, &any);
    add_item(flow, record->id, &any);
}

/* One line for each paragraph of the text, wrapped. */
static void print_body(const struct printer *printer, const char *text)
{
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        struct flow flow;
        out_spaces(INDENT);
        flow_begin(&flow, INDENT, printer->columns, printer->colour);
        flow_text(&flow, text, n, STYLE_PLAIN);
        flow_end(&flow);
        text += n;
        bool gap = strspn(text, "\r\n") > 1 + (size_t)(text[0] == '\n' && text[1] == '\r');
        text += strspn(text, "\r\n");
        if (gap && *text != '\0')
            out_char('\n');
    }
}

static void print_heading(const struct printer *printer, const char *heading)
{
    out_char('\n');
    style_put(STYLE_STRONG, printer->colour);
    out_string(heading);
    style_put(STYLE_PLAIN, printer->colour);
}

static void print_section(const struct printer *printer, const char *heading, const char *text)
{
    if (!is_set(text))
        return;
    print_heading(printer, heading);
    out_char('\n');
    print_body(printer, text);
}

/* "label: value", wrapped. */
static void print_fact(const struct printer *printer, size_t indent, const char *label,
                       size_t label_length, const char *value, size_t n)
{
    struct flow flow;
    out_spaces(indent);
    flow_begin(&flow, indent, printer->columns, printer->colour);
    flow_text(&flow, label, label_length, STYLE_FAINT);
    flow_string(&flow, ": ", STYLE_FAINT);
    flow_text(&flow, value, n, STYLE_PLAIN);
    flow_end(&flow);
}

static void print_fact_string(const struct printer *printer, const char *label, const char *value)
{
    if (is_set(value))
        print_fact(printer, 0, label, strlen(label), value, strlen(value));
}

/* Keys that are not ours, with their values as JSON. */
static void print_extra(const struct printer *printer, const char *extra, size_t indent)
{
    const char *at = NULL;
    struct json_member member;
    if (!extra || !json_object_is_whole(extra))
        return;
    while (json_object_next(extra, &at, &member))
        print_fact(printer, indent, member.key, member.key_length, member.value,
                   member.value_length);
}

static void print_answer(const struct printer *printer, const anam_answer *answer, size_t number,
                         size_t of)
{
    bool any = false;
    struct flow flow;
    print_heading(printer, "Answer");
    flow_begin(&flow, INDENT, printer->columns, printer->colour);
    flow.column = 6;
    if (of > 1) {
        out_format(" %zu", number);
        flow.column = 10;
    }
    if (is_set(answer->author) || is_set(answer->role) || is_set(answer->date))
        flow_string(&flow, separator, STYLE_FAINT);
    add_item(&flow, answer->author, &any);
    add_item(&flow, answer->role, &any);
    add_item(&flow, answer->date, &any);
    flow_end(&flow);
    print_body(printer, answer->text);
    print_extra(printer, answer->extra, INDENT);
}

static void print_tags(const struct printer *printer, const anam_record *record)
{
    if (record->n_tags == 0)
        return;
    struct flow flow;
    flow_begin(&flow, 0, printer->columns, printer->colour);
    flow_string(&flow, "tags: ", STYLE_FAINT);
    for (size_t i = 0; i < record->n_tags; i++) {
        flow_string(&flow, i > 0 ? ", " : "", STYLE_PLAIN);
        flow_string(&flow, record->tags[i], STYLE_PLAIN);
    }
    flow_end(&flow);
}

void text_record(const struct printer *printer, const anam_results *of)
{
    const anam_record *record = anam_results_hit(of, 0)->record;
    struct flow flow;
    if (is_set(record->title)) {
        flow_begin(&flow, 0, printer->columns, printer->colour);
        flow_string(&flow, record->title, STYLE_STRONG);
        flow_end(&flow);
    }
    flow_begin(&flow, 0, printer->columns, printer->colour);
    text_meta(&flow, record);
    flow_end(&flow);
    print_tags(printer, record);
    print_fact_string(printer, "url", record->url);
    print_fact_string(printer, "source", record->source);
    print_fact_string(printer, "lang", record->lang);
    print_extra(printer, record->asker.extra, 0);
    print_extra(printer, record->extra, 0);
    print_section(printer, "Question", record->question);
    print_section(printer, "Text", record->text);
    for (size_t i = 0; i < record->n_answers; i++)
        print_answer(printer, &record->answers[i], i + 1, record->n_answers);
}
