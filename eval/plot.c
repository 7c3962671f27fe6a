#include "eval/plot.h"

#include "base/error.h"
#include "base/slurp.h"
#include "base/utf8.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Colours that people with any kind of colour vision tell apart (Okabe and Ito, "Color
 * Universal Design", 2008), without its yellow, which is too faint for a line; and
 * dashes, so that the picture survives a black-and-white printer. */
static const char *const colours[] = {"#0072B2", "#D55E00", "#009E73",
                                      "#CC79A7", "#000000", "#56B4E9"};
static const char *const dashes[] = {"", "9 4", "2 3", "9 3 2 3", "5 2", "14 4"};
enum { STYLES = sizeof colours / sizeof colours[0] };

#define GAIN "#0072B2"
#define LOSS "#D55E00"

/* Text that bars or curves may reach is kept readable by a white rim. */
#define RIM "stroke=\"#fff\" stroke-width=\"4\" paint-order=\"stroke\""

enum { WIDTH = 1200, HEIGHT = 520, NARROW = 660, LABEL = 44, TICKS = 10 };

/* Where a panel is, in pixels, and the range of its values. */
struct panel {
    double left, right, top, bottom;
    double x_max; /* from 0 */
    double y_min, y_max;
};

struct svg {
    struct anam_buffer *out;
    bool failed;
};

/* ---- text ---- */

__attribute__((format(printf, 2, 3))) static void put(struct svg *svg, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof text || !anam_buffer_append(svg->out, text, (size_t)n))
        svg->failed = true;
}

/* Characters that XML 1.0, production 2, allows. */
static bool is_xml(uint32_t c)
{
    return (c >= 0x20 && c < 0x7F) || (c >= 0xA0 && c != 0xFFFE && c != 0xFFFF);
}

/* The text of an element or of a quoted attribute, at most `most` characters of it. */
static void put_text(struct svg *svg, const char *s, size_t most)
{
    size_t n = strlen(s);
    while (n > 0) {
        uint32_t c;
        bool valid;
        char bytes[4];
        size_t used = anam_utf8_decode(s, n, &c, &valid);
        if (most-- == 0) {
            put(svg, "\xE2\x80\xA6"); /* … */
            return;
        }
        if (c == '&' || c == '<' || c == '>' || c == '"') {
            put(svg, "&#%u;", (unsigned)c);
        } else {
            size_t length = anam_utf8_encode(is_xml(c) ? c : 0xFFFD, bytes);
            put(svg, "%.*s", (int)length, bytes);
        }
        s += used;
        n -= used;
    }
}

/* With a real minus sign. */
static void put_number(struct svg *svg, double x, int decimals, bool with_plus)
{
    char digits[64];
    snprintf(digits, sizeof digits, "%.*f", decimals, fabs(x));
    bool zero = strspn(digits, "0.") == strlen(digits);
    put(svg, "%s%s", zero ? "" : x < 0 ? "\xE2\x88\x92" : with_plus ? "+" : "", digits);
}

/* ---- axes ---- */

static double at_x(const struct panel *p, double x)
{
    return p->left + (p->right - p->left) * x / p->x_max;
}

static double at_y(const struct panel *p, double y)
{
    return p->bottom - (p->bottom - p->top) * (y - p->y_min) / (p->y_max - p->y_min);
}

/* A step of 1, 2 or 5 times a power of ten that makes at most `most` of them. */
static double nice_step(double range, int most)
{
    double step = pow(10, floor(log10(range / most)));
    static const double factors[] = {1, 2, 5};
    for (size_t i = 0; i < 3; i++)
        if (range <= step * factors[i] * most * (1 + 1e-9))
            return step * factors[i];
    return 10 * step;
}

static int decimals_of(double step)
{
    double places = -floor(log10(step * (1 + 1e-9)));
    return places > 0 ? (int)places : 0;
}

static void put_y_ticks(struct svg *svg, const struct panel *p, bool with_plus)
{
    double step = nice_step(p->y_max - p->y_min, TICKS);
    double last = floor(p->y_max / step + 1e-6);
    for (double i = ceil(p->y_min / step - 1e-6); i <= last; i++) {
        double y = at_y(p, i * step);
        put(svg,
            "<path d=\"M%.1f %.1fH%.1f\" stroke=\"#e6e6e6\"/>"
            "<path d=\"M%.1f %.1fh-5\" stroke=\"#333\"/>"
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">",
            p->left, y, p->right, p->left, y, p->left - 9, y + 4.5);
        put_number(svg, i * step, decimals_of(step), with_plus);
        put(svg, "</text>\n");
    }
}

static void put_x_ticks(struct svg *svg, const struct panel *p, double step, int decimals)
{
    for (double i = 0; i * step <= p->x_max * (1 + 1e-9); i++) {
        double x = at_x(p, i * step);
        put(svg,
            "<path d=\"M%.1f %.1fv5\" stroke=\"#333\"/>"
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
            x, p->bottom, x, p->bottom + 20);
        put_number(svg, i * step, decimals, false);
        put(svg, "</text>\n");
    }
}

/* The two lines that all is measured by, and what they are. */
static void put_axes(struct svg *svg, const struct panel *p, const char *x_label)
{
    put(svg, "<path d=\"M%.1f %.1fV%.1fH%.1f\" fill=\"none\" stroke=\"#333\"/>\n", p->left, p->top,
        p->bottom, p->right);
    put(svg, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" font-size=\"14\">%s</text>\n",
        (p->left + p->right) / 2, p->bottom + 44, x_label);
}

static void begin_y_label(struct svg *svg, const struct panel *p, double away)
{
    put(svg,
        "<text transform=\"translate(%.1f %.1f) rotate(-90)\" text-anchor=\"middle\" "
        "font-size=\"14\">",
        p->left - away, (p->top + p->bottom) / 2);
}

static void begin_title(struct svg *svg, const struct panel *p)
{
    put(svg, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"16\" font-weight=\"bold\">", p->left,
        p->top - 34);
}

static void begin_subtitle(struct svg *svg, const struct panel *p)
{
    put(svg, "<text x=\"%.1f\" y=\"%.1f\" fill=\"#555\">", p->left, p->top - 14);
}

static const char *plural(size_t n)
{
    return n == 1 ? "y" : "ies";
}

/* ---- differences by query ---- */

static int compare_down(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x > y ? -1 : x < y;
}

static void put_differences_frame(struct svg *svg, const struct anam_plot *plot,
                                  const struct panel *p)
{
    begin_title(svg, p);
    put(svg, "Difference in ");
    put_text(svg, plot->measure, LABEL);
    put(svg, " by query</text>\n");
    begin_subtitle(svg, p);
    put_text(svg, plot->label_b, LABEL);
    put(svg, " \xE2\x88\x92 ");
    put_text(svg, plot->label_a, LABEL);
    put(svg, "; %zu quer%s, sorted</text>\n", plot->n_differences, plural(plot->n_differences));
    put_y_ticks(svg, p, true);
    double step = fmax(1, nice_step(p->x_max, TICKS));
    put_x_ticks(svg, p, step, 0);
    put_axes(svg, p, "queries");
    begin_y_label(svg, p, 58);
    put(svg, "difference in ");
    put_text(svg, plot->measure, LABEL);
    put(svg, "</text>\n");
}

/* The bars [from, to) as one path: thousands of separate rectangles would show the seams
 * between them. Narrow bars touch; wide ones stand apart. */
static void put_bars(struct svg *svg, const struct panel *p, const double *d, size_t from,
                     size_t to, const char *colour)
{
    if (from == to)
        return;
    double width = (p->right - p->left) / p->x_max;
    double gap = width >= 4 ? fmin(width * .1, 3) : 0;
    put(svg, "<path fill=\"%s\" d=\"", colour);
    for (size_t i = from; i < to; i++) {
        double y = at_y(p, d[i]);
        if (gap > 0)
            put(svg, "M%.2f %.2fV%.2fH%.2fV%.2fz", at_x(p, (double)i) + gap, at_y(p, 0), y,
                at_x(p, (double)i + 1) - gap, at_y(p, 0));
        else if (i == from)
            put(svg, "M%.2f %.2fV%.2fH%.2f", at_x(p, (double)i), at_y(p, 0), y,
                at_x(p, (double)i + 1));
        else
            put(svg, "V%.2fH%.2f", y, at_x(p, (double)i + 1));
    }
    if (gap <= 0)
        put(svg, "V%.2fz", at_y(p, 0));
    put(svg, "\"/>\n");
}

/* Behind the bars: where the mean lies. */
static void put_interval(struct svg *svg, const struct anam_plot *plot, const struct panel *p)
{
    double high = at_y(p, plot->interval.high);
    put(svg, "<rect x=\"%.1f\" y=\"%.2f\" width=\"%.1f\" height=\"%.2f\" fill=\"#ddd\"/>\n",
        p->left, high, p->right - p->left, fmax(at_y(p, plot->interval.low) - high, 0));
}

/* The mean, and in words at the top right, where sorted bars leave room. */
static void put_mean(struct svg *svg, const struct anam_plot *plot, const struct panel *p)
{
    put(svg, "<path d=\"M%.1f %.2fH%.1f\" stroke=\"#000\" stroke-dasharray=\"6 4\"/>\n", p->left,
        at_y(p, plot->mean), p->right);
    put(svg, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\" " RIM ">mean ", p->right - 4,
        p->top + 18);
    put_number(svg, plot->mean, 4, true);
    put(svg, " (dashed), 95 %% interval ");
    put_number(svg, plot->interval.low, 4, true);
    put(svg, " to ");
    put_number(svg, plot->interval.high, 4, true);
    put(svg, "</text>\n");
}

static void put_sides(struct svg *svg, const struct panel *p, size_t gains, size_t ties,
                      size_t losses)
{
    put(svg,
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\" " RIM "><tspan fill=\"" GAIN
        "\" font-weight=\"bold\">%zu better</tspan>, %zu equal, "
        "<tspan fill=\"" LOSS "\" font-weight=\"bold\">%zu worse</tspan></text>\n",
        p->right - 4, p->top + 38, gains, ties, losses);
}

/* Room for all bars, and a bar's worth of air where there would be none. */
static void fit_differences(const double *sorted, size_t n, struct panel *p)
{
    double most = fmax(sorted[0], 0);
    double least = fmin(sorted[n - 1], 0);
    if (most - least < 1e-6) {
        most = .1;
        least = -.1;
    }
    double step = nice_step(most - least, TICKS);
    p->x_max = (double)n;
    p->y_max = ceil(most / step - 1e-6) * step;
    p->y_min = floor(least / step + 1e-6) * step;
    p->y_max = p->y_max > 0 ? p->y_max : step;
    p->y_min = p->y_min < 0 ? p->y_min : -step;
}

static bool put_differences(struct svg *svg, const struct anam_plot *plot, struct panel p)
{
    size_t n = plot->n_differences;
    size_t gains = 0;
    size_t losses = 0;
    double *sorted = anam_new_array(n, sizeof *sorted);
    if (!sorted)
        return false;
    for (size_t i = 0; i < n; i++) {
        sorted[i] = plot->differences[i];
        gains += sorted[i] > 0;
        losses += sorted[i] < 0;
    }
    qsort(sorted, n, sizeof *sorted, compare_down);
    fit_differences(sorted, n, &p);
    put_differences_frame(svg, plot, &p);
    put_interval(svg, plot, &p);
    put_bars(svg, &p, sorted, 0, gains, GAIN);
    put_bars(svg, &p, sorted, n - losses, n, LOSS);
    put(svg, "<path d=\"M%.1f %.2fH%.1f\" stroke=\"#333\"/>\n", p.left, at_y(&p, 0), p.right);
    put_mean(svg, plot, &p);
    put_sides(svg, &p, gains, n - gains - losses, losses);
    free(sorted);
    return true;
}

/* ---- precision and recall ---- */

/* A sign for each curve, so that even where dashes are hidden they can be told apart. */
static void put_marker(struct svg *svg, size_t curve, double x, double y)
{
    const char *colour = colours[curve % STYLES];
    switch (curve % 4) {
    case 0:
        put(svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>", x, y, colour);
        break;
    case 1:
        put(svg,
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"7\" height=\"7\" fill=\"#fff\" stroke=\"%s\" "
            "stroke-width=\"1.6\"/>",
            x - 3.5, y - 3.5, colour);
        break;
    case 2:
        put(svg, "<path d=\"M%.1f %.1fl4.6 8h-9.2z\" fill=\"%s\"/>", x, y - 5, colour);
        break;
    default:
        put(svg,
            "<path d=\"M%.1f %.1fl5 5l-5 5l-5-5z\" fill=\"#fff\" stroke=\"%s\" "
            "stroke-width=\"1.6\"/>",
            x, y - 5, colour);
        break;
    }
}

static void begin_line(struct svg *svg, size_t curve)
{
    put(svg, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\" d=\"",
        colours[curve % STYLES], dashes[curve % STYLES]);
}

static void put_curve(struct svg *svg, const struct panel *p, const struct anam_plot_curve *c,
                      size_t curve)
{
    begin_line(svg, curve);
    for (size_t i = 0; i < ANAM_RECALL_POINTS; i++)
        put(svg, "%c%.2f %.2f", i == 0 ? 'M' : 'L', at_x(p, (double)i / 10),
            at_y(p, c->precision[i]));
    put(svg, "\"/>\n");
    for (size_t i = 0; i < ANAM_RECALL_POINTS; i++)
        put_marker(svg, curve, at_x(p, (double)i / 10), at_y(p, c->precision[i]));
    put(svg, "\n");
}

/* Where the curves leave room: they never rise, so that is the top right, or the bottom
 * left where they stay high. Labels on the right end at the edge, because only the
 * reader's fonts know how long they are. */
static void put_legend(struct svg *svg, const struct anam_plot *plot, const struct panel *p)
{
    const size_t behind = ANAM_RECALL_POINTS * 6 / 10; /* the legend begins about there */
    bool high = false;
    for (size_t c = 0; c < plot->n_curves; c++)
        high = high || plot->curves[c].precision[behind] > p->y_max / 2;
    for (size_t i = 0; i < plot->n_curves; i++) {
        double above = 22 * (double)(plot->n_curves - 1 - i);
        double y = high ? p->bottom - 16 - above : p->top + 14 + 22 * (double)i;
        double x = high ? p->left + 12 : p->right - 52;
        begin_line(svg, i);
        put(svg, "M%.1f %.1fh48\"/>", x, y);
        put_marker(svg, i, x + 24, y);
        put(svg, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" " RIM ">", high ? x + 56 : x - 8,
            y + 4.5, high ? "start" : "end");
        put_text(svg, plot->curves[i].label, LABEL);
        put(svg, "</text>\n");
    }
}

static void put_precision(struct svg *svg, const struct anam_plot *plot, struct panel p)
{
    double most = 0;
    for (size_t c = 0; c < plot->n_curves; c++)
        for (size_t i = 0; i < ANAM_RECALL_POINTS; i++)
            most = fmax(most, plot->curves[c].precision[i]);
    p.x_max = 1;
    p.y_min = 0;
    p.y_max = most > 0 ? fmin(1, ceil(most / .1 - 1e-6) * .1) : 1;
    begin_title(svg, &p);
    put(svg, "Interpolated precision\xE2\x80\x93"
             "recall</text>\n");
    begin_subtitle(svg, &p);
    put(svg, "11 points; mean of %zu quer%s</text>\n", plot->curve_queries,
        plural(plot->curve_queries));
    put_y_ticks(svg, &p, false);
    put_x_ticks(svg, &p, .2, 1);
    put_axes(svg, &p, "recall");
    begin_y_label(svg, &p, 48);
    put(svg, "precision</text>\n");
    for (size_t c = 0; c < plot->n_curves; c++)
        put_curve(svg, &p, &plot->curves[c], c);
    put_legend(svg, plot, &p);
}

/* ---- the picture ---- */

static void put_head(struct svg *svg, const struct anam_plot *plot, int width)
{
    put(svg,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
        "viewBox=\"0 0 %d %d\" role=\"img\" font-family=\"Helvetica, Arial, 'Liberation Sans', "
        "sans-serif\" font-size=\"13\" fill=\"#222\">\n<title>",
        width, HEIGHT, width, HEIGHT);
    if (plot->n_differences > 0) {
        put(svg, "Difference in ");
        put_text(svg, plot->measure, LABEL);
        put(svg, " by query, and interpolated precision and recall");
    } else {
        put(svg, "Interpolated precision and recall");
    }
    put(svg, "</title>\n<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", width, HEIGHT);
}

anam_status anam_plot_svg(const struct anam_plot *plot, struct anam_buffer *out, anam_error *err)
{
    struct svg svg = {out, false};
    const struct panel left = {.left = 84, .right = 650, .top = 70, .bottom = 460};
    struct panel right = {.left = 742, .right = 1176, .top = 70, .bottom = 460};
    bool both = plot->n_differences > 0;
    put_head(&svg, plot, both ? WIDTH : NARROW);
    if (both && !put_differences(&svg, plot, left))
        return anam_fail_memory(err);
    if (!both) {
        right.left = 72;
        right.right = NARROW - 24;
    }
    put_precision(&svg, plot, right);
    put(&svg, "</svg>\n");
    return svg.failed ? anam_fail_memory(err) : ANAM_OK;
}

/* ---- the file ---- */

anam_status anam_plot_write(const struct anam_plot *plot, const char *path, anam_error *err)
{
    struct anam_buffer svg = {0};
    anam_status status = anam_plot_svg(plot, &svg, err);
    if (!status)
        status = anam_write_whole(path, svg.data, svg.len, err);
    anam_buffer_free(&svg);
    return status;
}
