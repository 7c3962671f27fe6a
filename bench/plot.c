/* usage: plot RESULTS > SVG: time a query by its length, of the largest collection, beside
 * its growth with the collection; both on logarithmic axes. */
#include "bench/figures.h"
#include "bench/vocabulary.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Colours that people with any kind of colour vision tell apart (Okabe and Ito, "Color
 * Universal Design", 2008); ours are of one colour. */
static const char *const colours[] = {"#D55E00", "#D55E00", "#0072B2", "#009E73", "#CC79A7"};
static const char *const dashes[] = {"", "7 4", "", "", ""};

enum { WIDTH = 1200, HEIGHT = 560, TOP = 80, BOTTOM = 470 };

struct panel {
    double left, right;
    double x_min, x_max; /* logarithms of base ten, or places */
    double y_min, y_max; /* logarithms of base ten of milliseconds */
};

static double at_x(const struct panel *p, double x)
{
    return p->left + (p->right - p->left) * (x - p->x_min) / (p->x_max - p->x_min);
}

static double at_y(const struct panel *p, double y)
{
    return BOTTOM - (BOTTOM - TOP) * (y - p->y_min) / (p->y_max - p->y_min);
}

static double log_ms(const struct results *r, double docs, const char *engine, const char *bucket)
{
    return log10(results_value(r, docs, engine, bucket, "cpu_mean_us") / 1000);
}

static void put_frame(const struct panel *p, const char *title, const char *x_label)
{
    printf("<text x=\"%.0f\" y=\"%d\" font-size=\"16\" font-weight=\"bold\">%s</text>\n", p->left,
           TOP - 24, title);
    for (double e = p->y_min; e <= p->y_max + 1e-9; e++) {
        double y = at_y(p, e);
        printf("<path d=\"M%.1f %.1fH%.1f\" stroke=\"#ddd\"/>"
               "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n",
               p->left, y, p->right, p->left - 8, y + 4.5, pow(10, e));
        for (int i = 2; i <= 9 && e < p->y_max; i++)
            printf("<path d=\"M%.1f %.1fH%.1f\" stroke=\"#f2f2f2\"/>\n", p->left,
                   at_y(p, e + log10(i)), p->right);
    }
    printf("<path d=\"M%.1f %dV%dH%.1f\" fill=\"none\" stroke=\"#333\"/>\n", p->left, TOP, BOTTOM,
           p->right);
    printf("<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" font-size=\"14\">%s</text>\n",
           (p->left + p->right) / 2, BOTTOM + 48, x_label);
    printf("<text transform=\"translate(%.1f %d) rotate(-90)\" text-anchor=\"middle\" "
           "font-size=\"14\">mean ms a query</text>\n",
           p->left - 56, (TOP + BOTTOM) / 2);
}

static void put_x_tick(const struct panel *p, double x, const char *text)
{
    printf("<path d=\"M%.1f %dv5\" stroke=\"#333\"/><text x=\"%.1f\" y=\"%d\" "
           "text-anchor=\"middle\">%s</text>\n",
           at_x(p, x), BOTTOM, at_x(p, x), BOTTOM + 20, text);
}

static void put_curve(const struct panel *p, size_t engine, const double *x, const double *y,
                      size_t n)
{
    char step = 'M';
    printf("<path fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\" d=\"",
           colours[engine], dashes[engine]);
    for (size_t i = 0; i < n; i++) {
        if (isnan(y[i]))
            continue;
        printf("%c%.1f %.1f", step, at_x(p, x[i]), at_y(p, y[i]));
        step = 'L';
    }
    printf("\"/>\n");
    for (size_t i = 0; i < n; i++)
        if (!isnan(y[i]))
            printf("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>\n", at_x(p, x[i]),
                   at_y(p, y[i]), colours[engine]);
}

/* Names of the curves, from the highest down at their right ends, and apart from each other. */
static void put_names(const struct panel *p, const double *ends, size_t n)
{
    bool done[16] = {false};
    double lowest = 0;
    for (;;) {
        size_t next = n;
        for (size_t e = 0; e < n; e++)
            if (!done[e] && !isnan(ends[e]) && (next == n || ends[e] > ends[next]))
                next = e;
        if (next == n)
            return;
        done[next] = true;
        lowest = fmax(at_y(p, ends[next]) + 4.5, lowest + 15);
        printf("<text x=\"%.1f\" y=\"%.1f\" fill=\"%s\">%s</text>\n", p->right + 8, lowest,
               colours[next], engine_labels[next].text);
    }
}

static void widen(struct panel *p, double y)
{
    if (isnan(y))
        return;
    p->y_min = fmin(p->y_min, floor(y));
    p->y_max = fmax(p->y_max, ceil(y));
}

static void put_lengths(const struct results *r, double docs)
{
    struct panel p = {90, 500, -.3, 3.3, INFINITY, -INFINITY};
    double x[4] = {0, 1, 2, 3};
    double y[16][4];
    double ends[16];
    size_t n = 0;
    for (; engine_labels[n].name; n++) {
        for (size_t b = 0; b < 4; b++) {
            y[n][b] = log_ms(r, docs, engine_labels[n].name, bucket_labels[b].name);
            widen(&p, y[n][b]);
            if (b == 0 || !isnan(y[n][b]))
                ends[n] = y[n][b];
        }
    }
    char title[128];
    snprintf(title, sizeof title, "By length of the query, %.0f records", docs);
    put_frame(&p, title, "words of the query");
    for (size_t b = 0; b < 4; b++)
        put_x_tick(&p, x[b], bucket_labels[b].text);
    for (size_t e = 0; e < n; e++)
        put_curve(&p, e, x, y[e], 4);
    put_names(&p, ends, n);
}

static void put_growth(const struct results *r, const double *sizes, size_t n_sizes)
{
    struct panel p = {740,      1030,     log10(sizes[0]) - .1, log10(sizes[n_sizes - 1]) + .1,
                      INFINITY, -INFINITY};
    double x[SIZES_MAX];
    double y[16][SIZES_MAX];
    double ends[16];
    size_t n = 0;
    for (; engine_labels[n].name; n++) {
        for (size_t i = 0; i < n_sizes; i++) {
            x[i] = log10(sizes[i]);
            y[n][i] = log_ms(r, sizes[i], engine_labels[n].name, "q5");
            widen(&p, y[n][i]);
            if (i == 0 || !isnan(y[n][i]))
                ends[n] = y[n][i];
        }
    }
    char title[128];
    snprintf(title, sizeof title, "By size of the collection, %s", bucket_labels[1].text);
    put_frame(&p, title, "records");
    for (size_t i = 0; i < n_sizes; i++) {
        char text[32];
        snprintf(text, sizeof text, "%.0f", sizes[i]);
        put_x_tick(&p, x[i], text);
    }
    for (size_t e = 0; e < n; e++)
        put_curve(&p, e, x, y[e], n_sizes);
    put_names(&p, ends, n);
}

int main(int argc, char **argv)
{
    struct results r;
    double sizes[SIZES_MAX];
    if (argc != 2)
        die("usage: plot RESULTS > SVG");
    results_read(&r, argv[1]);
    size_t n = sizes_of(&r, sizes);
    if (n == 0 || isnan(results_value(&r, sizes[n - 1], "ours", "q5", "cpu_mean_us")))
        die("%s: nothing to draw", argv[1]);
    printf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
           "height=\"%d\" font-family=\"sans-serif\" font-size=\"13\" fill=\"#222\">\n"
           "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n",
           WIDTH, HEIGHT, WIDTH, HEIGHT, WIDTH, HEIGHT);
    put_lengths(&r, sizes[n - 1]);
    if (n > 1)
        put_growth(&r, sizes, n);
    printf("</svg>\n");
    results_free(&r);
    return 0;
}
