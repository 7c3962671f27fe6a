#include "cli/flow.h"

#include "cli/output.h"
#include "cli/screen.h"
#include "cli/utf8.h"

#include <string.h>

static const char ellipsis[] = "\xE2\x80\xA6";
static const char reset[] = "\033[0m";

static const char *escape(enum style style)
{
    switch (style) {
    case STYLE_STRONG:
        return "\033[1m";
    case STYLE_MARK:
        return "\033[1;31m";
    case STYLE_FAINT:
        return "\033[2m";
    case STYLE_PLAIN:
        break;
    }
    return reset;
}

void style_put(enum style style, bool colour)
{
    if (colour)
        out_string(escape(style));
}

void flow_begin(struct flow *flow, size_t left, size_t right, bool colour)
{
    memset(flow, 0, sizeof *flow);
    flow->left = left;
    flow->right = right > left + 10 ? right : left + 10;
    flow->colour = colour;
    flow->column = left;
}

/* Styles lie in the word as control characters, which no text has here. */
static char code_of(enum style style)
{
    return (char)(1 + style);
}

/* Spaces and words of one style follow each other without a change between; what
 * the style is not meant for (gaps beside a mark, indentation) is plain. */
static void show_style(struct flow *flow, enum style style)
{
    if (flow->shown == style)
        return;
    if (flow->shown != STYLE_PLAIN)
        style_put(STYLE_PLAIN, flow->colour);
    if (style != STYLE_PLAIN)
        style_put(style, flow->colour);
    flow->shown = style;
}

static void end_line(struct flow *flow)
{
    show_style(flow, STYLE_PLAIN);
    if (flow->tail) {
        size_t width = screen_string_width(flow->tail);
        size_t gap =
            flow->column + width < flow->tail_right ? flow->tail_right - flow->column - width : 2;
        out_spaces(gap);
        style_put(STYLE_FAINT, flow->colour);
        out_string(flow->tail);
        style_put(STYLE_PLAIN, flow->colour);
        flow->tail = NULL;
    }
    out_char('\n');
}

static void put_word(struct flow *flow)
{
    size_t from = 0;
    for (size_t i = 0; i <= flow->used; i++) {
        bool code = i < flow->used && flow->word[i] > 0 && flow->word[i] <= code_of(STYLE_FAINT);
        if (i < flow->used && !code)
            continue;
        out_bytes(flow->word + from, i - from);
        if (code)
            show_style(flow, (enum style)(flow->word[i] - 1));
        from = i + 1;
    }
}

static void end_word(struct flow *flow)
{
    if (flow->used == 0)
        return;
    size_t gap = flow->space && flow->column > flow->left ? 1 : 0;
    if (flow->column > flow->left && flow->column + gap + flow->word_columns > flow->right) {
        end_line(flow);
        out_spaces(flow->left);
        flow->column = flow->left;
        gap = 0;
    }
    if (gap > 0 && flow->word[0] != code_of(flow->shown))
        show_style(flow, STYLE_PLAIN);
    out_spaces(gap);
    put_word(flow);
    flow->column += gap + flow->word_columns;
    flow->used = 0;
    flow->word_columns = 0;
    flow->space = false;
}

static void put_char(struct flow *flow, uint32_t c, enum style style)
{
    if (c == ' ') {
        end_word(flow);
        flow->space = true;
        return;
    }
    size_t width = screen_width(c);
    /* Ideographs may be parted anywhere; words longer than a line have to be, and
     * a pile of combining marks must fit the buffer. */
    bool full = flow->used + UTF8_MAX + 1 > FLOW_WORD;
    if (width == 2 || flow->word_columns + width > flow->right - flow->left || full)
        end_word(flow);
    if (flow->used == 0 || flow->style != style)
        flow->word[flow->used++] = code_of(style);
    flow->style = style;
    flow->used += utf8_put(c, flow->word + flow->used);
    flow->word_columns += width;
    if (width == 2)
        end_word(flow);
}

void flow_text(struct flow *flow, const char *s, size_t n, enum style style)
{
    while (n > 0) {
        uint32_t c;
        size_t used = utf8_next(s, n, &c);
        put_char(flow, screen_char(c), style);
        s += used;
        n -= used;
    }
}

void flow_string(struct flow *flow, const char *s, enum style style)
{
    flow_text(flow, s, strlen(s), style);
}

void flow_passage(struct flow *flow, const anam_passage *passage, enum style style)
{
    const char *source = passage->source;
    size_t at = passage->range.start;
    if (at > 0) {
        flow_string(flow, ellipsis, STYLE_FAINT);
        flow_string(flow, " ", style);
    }
    for (size_t i = 0; i < passage->n_marks; i++) {
        anam_range mark = passage->marks[i];
        if (mark.start < at || mark.end < mark.start || mark.end > passage->range.end)
            continue;
        flow_text(flow, source + at, mark.start - at, style);
        flow_text(flow, source + mark.start, mark.end - mark.start, STYLE_MARK);
        at = mark.end;
    }
    flow_text(flow, source + at, passage->range.end - at, style);
    if (source[passage->range.end] != '\0') {
        flow_string(flow, " ", style);
        flow_string(flow, ellipsis, STYLE_FAINT);
    }
}

void flow_end(struct flow *flow)
{
    end_word(flow);
    end_line(flow);
}

void style_line(const char *s, size_t n, size_t columns, enum style style, bool colour)
{
    size_t column = 0;
    style_put(style, colour);
    while (n > 0) {
        char bytes[UTF8_MAX];
        uint32_t c;
        size_t used = utf8_next(s, n, &c);
        c = screen_char(c);
        column += screen_width(c);
        /* One column is kept for the ellipsis, unless this is the last character. */
        if (column > columns || (column == columns && used < n)) {
            out_string(ellipsis);
            break;
        }
        out_bytes(bytes, utf8_put(c, bytes));
        s += used;
        n -= used;
    }
    style_put(STYLE_PLAIN, colour);
}
