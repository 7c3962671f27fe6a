/* What BM25 makes of a term's frequency and its field's length, and the byte that bounds
 * it for a window of documents. */
#ifndef ANAM_IMPACT_H
#define ANAM_IMPACT_H

#include <math.h>
#include <stdint.h>

/* impact = tf / (tf + base + slope * length), from 0 to 1; base = k1 (1 - b),
 * slope = k1 b / average length. */
struct anam_impact {
    double base;
    double slope;
};

static inline struct anam_impact anam_impact_of(double k1, double b, double average)
{
    return (struct anam_impact){k1 * (1 - b), average > 0 ? k1 * b / average : 0};
}

static inline double anam_impact(const struct anam_impact *m, uint32_t tf, uint32_t length)
{
    return (double)tf / ((double)tf + m->base + m->slope * (double)length);
}

/* A bound b says that every impact is below (b + 1) / 256 or equal to it; a little more than
 * rounding in any order can make of it. */
static inline uint8_t anam_impact_bound(const struct anam_impact *m, uint32_t tf, uint32_t length)
{
    double steps = anam_impact(m, tf, length) * 256 * (1 + 1e-9);
    return steps < 255 ? (uint8_t)steps : 255;
}

/* The weight of a term that df of some documents have in a field; df <= documents. */
static inline double anam_idf(uint64_t documents, uint64_t df)
{
    return log1p(((double)documents - (double)df + 0.5) / ((double)df + 0.5));
}

/* A window has a term in two fields. X and Y are what its bounds say, times anam_idf of each
 * field. A slack of s says that no document of the window has more, of both fields together and
 * weighed like this, than X + Y - s / 15 min(X, Y). `most` is the most that one has in one field or
 * both. */
static inline uint32_t anam_impact_slack(double x, double y, double most)
{
    double slack = (x + y - most * (1 + 1e-6)) / (x < y ? x : y) * 15;
    return slack < 0 ? 0 : slack < 15 ? (uint32_t)slack : 15;
}

enum { ANAM_MOST_EXCESS = 256 };

/* By how much an impact of `to` can exceed that of `from`, or its bound, for the same tf (at
 * least 1) and length: from 1 to ANAM_MOST_EXCESS, which makes any bound 1, and no impact exceeds
 * that. */
static inline double anam_impact_excess(const struct anam_impact *from,
                                        const struct anam_impact *to)
{
    /* (tf + from(length)) / (tf + to(length)) is largest at tf 1, and there, as a quotient
     * of lines, at length 0 or beyond all lengths. */
    double most = (1 + from->base) / (1 + to->base);
    if (from->slope > 0) {
        double far = to->slope > 0 ? from->slope / to->slope : ANAM_MOST_EXCESS;
        most = far > most ? far : most;
    }
    return most < 1 ? 1 : most < ANAM_MOST_EXCESS ? most : ANAM_MOST_EXCESS;
}

#endif
