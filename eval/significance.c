#include "eval/significance.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- random numbers ---- */

static uint64_t rotate(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

struct anam_random anam_random_seeded(uint64_t seed)
{
    struct anam_random r;
    for (size_t i = 0; i < 4; i++) { /* SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) */
        uint64_t z = seed += UINT64_C(0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
        r.s[i] = z ^ (z >> 31);
    }
    return r;
}

uint64_t anam_random_next(struct anam_random *r)
{
    uint64_t result = rotate(r->s[1] * 5, 7) * 9;
    uint64_t t = r->s[1] << 17;
    r->s[2] ^= r->s[0];
    r->s[3] ^= r->s[1];
    r->s[1] ^= r->s[2];
    r->s[0] ^= r->s[3];
    r->s[2] ^= t;
    r->s[3] = rotate(r->s[3], 45);
    return result;
}

/* ---- Student's t ---- */

/* The denominator of a step must not be 0; Numerical Recipes calls it FPMIN. */
static double not_zero(double x)
{
    return fabs(x) < 1e-300 ? 1e-300 : x;
}

/* The continued fraction of I_x(a, b), DLMF 8.17.22, which converges quickly where
 * x < (a + 1) / (a + b + 2): within some sqrt(max(a, b)) steps. */
static double beta_fraction(double a, double b, double x)
{
    enum { STEPS = 100000 };
    double c = 1;
    double d = 1 / not_zero(1 - (a + b) * x / (a + 1));
    double value = d;
    for (int m = 1; m <= STEPS; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / not_zero(1 + even * d);
        c = not_zero(1 + even / c);
        value *= c * d;
        d = 1 / not_zero(1 + odd * d);
        c = not_zero(1 + odd / c);
        value *= c * d;
        if (fabs(c * d - 1) < 1e-15)
            break;
    }
    return value;
}

/* I_x(a, b) with y = 1 - x given apart, since a small y would be lost in x. */
static double incomplete_beta(double a, double b, double x, double y)
{
    if (x <= 0)
        return 0;
    if (y <= 0)
        return 1;
    double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(y));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, y) / b;
}

double anam_incomplete_beta(double a, double b, double x)
{
    return incomplete_beta(a, b, x, 1 - x);
}

double anam_t_two_sided(double t, double df)
{
    if (isinf(t))
        return 0;
    double sum = df + t * t;
    if (isinf(sum))
        return 0;
    return incomplete_beta(df / 2, .5, df / sum, t * t / sum);
}

struct anam_t_test anam_t_test_paired(const double *d, size_t n)
{
    struct anam_t_test test = {0, 0, n > 0 ? (double)(n - 1) : 0, 1};
    double sum = 0;
    double squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += d[i];
    if (n > 0)
        test.mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (d[i] - test.mean) * (d[i] - test.mean);
    if (n < 2 || test.mean == 0)
        return test;
    double error = sqrt(squares / test.df / (double)n);
    /* Equal differences: what is left of their variance is rounding of the mean. */
    test.t = error > 1e-14 * fabs(test.mean) ? test.mean / error : copysign(INFINITY, test.mean);
    test.p = anam_t_two_sided(test.t, test.df);
    return test;
}

/* ---- randomisation ---- */

enum { GROUP = 8, SUMS = 1 << GROUP, GROUPS_A_WORD = 64 / GROUP };

/* The differences other than 0 in groups of eight. sums[256 g + bits] is the sum of
 * group g where those differences are added whose bit is set, and the others taken
 * away: a flip of all signs costs a look-up a group. */
struct flips {
    double *sums;
    size_t n; /* differences */
    size_t n_groups;
    double observed; /* |sum| */
    double slack;    /* sums that differ by less are equal but for rounding */
};

static void fill_group(double *sums, const double *d)
{
    sums[0] = 0;
    for (size_t i = 0; i < GROUP; i++)
        sums[0] -= d[i];
    for (size_t i = 0; i < GROUP; i++)
        for (size_t bits = 0; bits < (size_t)1 << i; bits++)
            sums[bits | (size_t)1 << i] = sums[bits] + 2 * d[i];
}

static bool flips_make(struct flips *f, const double *d, size_t n)
{
    double group[GROUP] = {0};
    double sum = 0;
    double total = 0;
    *f = (struct flips){0};
    f->sums = anam_new_array(n / GROUP + 1, SUMS * sizeof *f->sums);
    if (!f->sums)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (d[i] == 0)
            continue;
        sum += d[i];
        total += fabs(d[i]);
        group[f->n++ % GROUP] = d[i];
        if (f->n % GROUP == 0) {
            fill_group(f->sums + SUMS * f->n_groups++, group);
            memset(group, 0, sizeof group);
        }
    }
    if (f->n % GROUP != 0)
        fill_group(f->sums + SUMS * f->n_groups++, group);
    f->observed = fabs(sum);
    f->slack = 1e-11 * total;
    return true;
}

static bool is_hit(const struct flips *f, double sum)
{
    return fabs(sum) >= f->observed - f->slack;
}

static uint64_t hits_of_all(const struct flips *f)
{
    uint64_t hits = 0;
    for (uint64_t flip = 0; flip < UINT64_C(1) << f->n; flip++) {
        double sum = 0;
        for (size_t g = 0; g < f->n_groups; g++)
            sum += f->sums[SUMS * g + (flip >> (GROUP * g)) % SUMS];
        hits += is_hit(f, sum);
    }
    return hits;
}

static uint64_t hits_of_some(const struct flips *f, uint64_t trials, uint64_t seed)
{
    struct anam_random random = anam_random_seeded(seed);
    uint64_t hits = 0;
    for (uint64_t trial = 0; trial < trials; trial++) {
        double sum = 0;
        uint64_t word = 0;
        for (size_t g = 0; g < f->n_groups; g++) {
            word = g % GROUPS_A_WORD == 0 ? anam_random_next(&random) : word >> GROUP;
            sum += f->sums[SUMS * g + word % SUMS];
        }
        hits += is_hit(f, sum);
    }
    return hits;
}

bool anam_randomise(const double *d, size_t n, uint64_t trials, uint64_t seed,
                    struct anam_randomisation *out)
{
    struct flips f;
    if (!flips_make(&f, d, n))
        return false;
    out->exact = f.n < 64 && UINT64_C(1) << f.n <= trials;
    if (out->exact) {
        out->trials = UINT64_C(1) << f.n;
        out->p = (double)hits_of_all(&f) / (double)out->trials;
    } else {
        out->trials = trials;
        out->p = (double)(hits_of_some(&f, trials, seed) + 1) / (double)(trials + 1);
    }
    free(f.sums);
    return true;
}

/* ---- Holm ---- */

struct ranked {
    double p;
    size_t at;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    if (x->p != y->p)
        return x->p < y->p ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

bool anam_holm(const double *p, double *adjusted, size_t n)
{
    struct ranked *order = anam_new_array(n, sizeof *order);
    if (!order)
        return false;
    for (size_t i = 0; i < n; i++)
        order[i] = (struct ranked){p[i], i};
    if (n > 0)
        qsort(order, n, sizeof *order, compare_ranked);
    double least = 0; /* a larger p is never adjusted to less than a smaller one */
    for (size_t i = 0; i < n; i++) {
        least = fmax(least, fmin(1, (double)(n - i) * order[i].p));
        adjusted[order[i].at] = least;
    }
    free(order);
    return true;
}

/* ---- bootstrap ---- */

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The quantile of sorted values, between two of them where it falls there: definition 7
 * of Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996. */
static double quantile(const double *sorted, size_t n, double share)
{
    double at = share * (double)(n - 1);
    size_t i = (size_t)at;
    if (i + 1 >= n)
        return sorted[n - 1];
    return sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]);
}

/* The mean of n differences drawn with replacement. A draw takes 32 bits, multiplied
 * and shifted (Lemire, ACM TOMACS 29, 2019); its bias, n / 2^32, is no matter here. */
static double resample(const double *d, size_t n, struct anam_random *random)
{
    double sum = 0;
    uint64_t word = 0;
    for (size_t i = 0; i < n; i++) {
        word = i % 2 == 0 ? anam_random_next(random) : word >> 32;
        sum += d[((word & UINT32_MAX) * n) >> 32];
    }
    return sum / (double)n;
}

bool anam_bootstrap(const double *d, size_t n, size_t resamples, double level, uint64_t seed,
                    struct anam_interval *out)
{
    struct anam_random random = anam_random_seeded(seed);
    double *means = anam_new_array(resamples, sizeof *means);
    if (!means)
        return false;
    for (size_t i = 0; i < resamples; i++)
        means[i] = resample(d, n, &random);
    qsort(means, resamples, sizeof *means, compare_doubles);
    out->low = quantile(means, resamples, (1 - level) / 2);
    out->high = quantile(means, resamples, (1 + level) / 2);
    free(means);
    return true;
}
