/* A picture of a comparison: differences by query beside precision at eleven points of
 * recall, as one SVG file that needs nothing else (no script, font or style sheet). */
#ifndef ANAM_PLOT_H
#define ANAM_PLOT_H

#include "base/alloc.h"
#include "eval/significance.h"

#include "anamnesis.h"

enum { ANAM_RECALL_POINTS = 11 };

struct anam_plot_curve {
    const char *label;
    double precision[ANAM_RECALL_POINTS]; /* interpolated, at recall 0, .1, ... 1 */
};

/* Strings are borrowed, and may hold any byte. */
struct anam_plot {
    const struct anam_plot_curve *curves; /* at least one */
    size_t n_curves;
    size_t curve_queries; /* that the curves are means over */

    /* The panel of differences; n_differences 0 leaves it out. */
    const char *measure;
    const char *label_a;
    const char *label_b;
    const double *differences; /* B - A, in any order */
    size_t n_differences;
    double mean;
    struct anam_interval interval; /* 95 % of the mean */
};

/* Appends the SVG to *out. ANAM_NO_MEMORY. */
anam_status anam_plot_svg(const struct anam_plot *plot, struct anam_buffer *out, anam_error *err);

/* Writes it to a file: a new one takes the place of an old one as a whole, so a failure
 * leaves what was there. What is no regular file, such as /dev/stdout, is written to.
 * ANAM_IO naming the file, ANAM_NO_MEMORY. */
anam_status anam_plot_write(const struct anam_plot *plot, const char *path, anam_error *err);

#endif
