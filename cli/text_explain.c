/* How a score came about, as a table: one line for each term of each field. */
#include "cli/flow.h"
#include "cli/human.h"
#include "cli/output.h"
#include "cli/printer.h"
#include "cli/screen.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS = 9, FIELD = 0, TERM = 1, SCORE = 8, CELL = 48 };

static const char *const headings[COLUMNS] = {"field", "term",   "query tf",   "df",  "idf",
                                              "tf",    "length", "avg length", "part"};

/* One line of the table. The term is borrowed: it may be of any length. */
struct line {
    const char *term;
    char cells[COLUMNS][CELL];
};

static struct line line_of(const anam_part *part)
{
    struct line line = {.term = part->term};
    const char *field = anam_field_name(part->field);
    snprintf(line.cells[FIELD], CELL, "%s", field ? field : "?");
    snprintf(line.cells[2], CELL, "%g", part->query_tf);
    snprintf(line.cells[3], CELL, "%s", human_count(part->df).s);
    snprintf(line.cells[4], CELL, "%.4f", part->idf);
    snprintf(line.cells[5], CELL, "%s", human_count(part->tf).s);
    snprintf(line.cells[6], CELL, "%s", human_count(part->length).s);
    snprintf(line.cells[7], CELL, "%.1f", part->avg_length);
    snprintf(line.cells[SCORE], CELL, "%.4f", part->score);
    return line;
}

static const char *cell(const struct line *line, size_t column)
{
    return column == TERM ? line->term : line->cells[column];
}

static void widen(size_t *widths, const struct line *line)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        size_t width = screen_string_width(cell(line, i));
        if (width > widths[i])
            widths[i] = width;
    }
}

/* Words to the left, numbers to the right. */
static void print_line(const struct line *line, const size_t *widths, size_t indent,
                       enum style style, bool colour)
{
    out_spaces(indent);
    style_put(style, style != STYLE_PLAIN && colour);
    for (size_t i = 0; i < COLUMNS; i++) {
        const char *s = cell(line, i);
        size_t gap = widths[i] - screen_string_width(s);
        out_spaces(i > FIELD ? 2 : 0);
        out_spaces(i > TERM ? gap : 0);
        style_line(s, strlen(s), SIZE_MAX, STYLE_PLAIN, false);
        out_spaces(i > TERM ? 0 : gap);
    }
    style_put(STYLE_PLAIN, style != STYLE_PLAIN && colour);
    out_char('\n');
}

void text_explain(const struct printer *printer, const anam_hit *hit, size_t indent)
{
    size_t widths[COLUMNS];
    double sum = 0;
    struct line sum_line = {.term = ""};
    struct line heading = {.term = headings[TERM]};
    for (size_t i = 0; i < COLUMNS; i++) {
        snprintf(heading.cells[i], CELL, "%s", headings[i]);
        widths[i] = strlen(headings[i]);
    }
    for (size_t i = 0; i < hit->n_parts; i++) {
        struct line line = line_of(&hit->parts[i]);
        widen(widths, &line);
        sum += hit->parts[i].score;
    }
    snprintf(sum_line.cells[FIELD], CELL, "sum");
    snprintf(sum_line.cells[SCORE], CELL, "%.4f", sum);
    widen(widths, &sum_line);

    print_line(&heading, widths, indent, STYLE_FAINT, printer->colour);
    for (size_t i = 0; i < hit->n_parts && !out_failed(); i++) {
        struct line line = line_of(&hit->parts[i]);
        print_line(&line, widths, indent, STYLE_PLAIN, printer->colour);
    }
    print_line(&sum_line, widths, indent, STYLE_PLAIN, printer->colour);
}
