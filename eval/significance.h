/* Is a mean difference more than chance? Tests and intervals over paired differences,
 * one a query. Pure functions: nothing is read or printed, and the same differences
 * and seed give the same result on every machine. */
#ifndef ANAM_SIGNIFICANCE_H
#define ANAM_SIGNIFICANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Random numbers ---- */

/* xoshiro256** 1.0 (Blackman and Vigna, "Scrambled Linear Pseudorandom Number
 * Generators", ACM TOMS 47, 2021), its state filled by SplitMix64 as they advise. */
struct anam_random {
    uint64_t s[4];
};

struct anam_random anam_random_seeded(uint64_t seed);
uint64_t anam_random_next(struct anam_random *r);

/* ---- Student's t ---- */

/* The regularised incomplete beta function I_x(a, b); a, b > 0, x from 0 to 1. Good to
 * 1e-10 for a + b up to 1e5. Continued fraction of DLMF 8.17(v)
 * (https://dlmf.nist.gov/8.17#v), evaluated by Lentz's method as Press et al.,
 * Numerical Recipes, section 6.4, advise. */
double anam_incomplete_beta(double a, double b, double x);

/* The probability that |t| of Student's distribution is at least |t|; df > 0, t may be
 * infinite. */
double anam_t_two_sided(double t, double df);

struct anam_t_test {
    double mean;
    double t;  /* infinite where all differences are equal and not 0 */
    double df; /* n - 1 */
    double p;  /* two-sided; 1 where n < 2 or every difference is 0 */
};

/* The paired t-test ("Student", Biometrika 6, 1908) that the mean of d[0..n) is 0. */
struct anam_t_test anam_t_test_paired(const double *d, size_t n);

/* ---- Fisher's randomisation test ---- */

struct anam_randomisation {
    double p;        /* two-sided, never 0 */
    uint64_t trials; /* sign flips looked at */
    bool exact;      /* they were all there are */
};

/* Were the labels of the two runs exchanged by chance in each query, how often would
 * the mean difference be as large as it is? Smucker, Allan and Carterette, "A Comparison
 * of Statistical Significance Tests for Information Retrieval Evaluation", CIKM 2007.
 * Differences of 0 do not matter. With m others: all 2^m flips where these are no more
 * than `trials`, else as many at random, and p = (1 + hits) / (1 + trials). false
 * without memory. */
bool anam_randomise(const double *d, size_t n, uint64_t trials, uint64_t seed,
                    struct anam_randomisation *out);

/* ---- Several measures ---- */

/* p-values adjusted for being n of them (Holm, "A simple sequentially rejective multiple
 * test procedure", Scandinavian Journal of Statistics 6, 1979): adjusted[i] <= alpha
 * where Holm's procedure rejects at alpha. The arrays may be the same. false without
 * memory. */
bool anam_holm(const double *p, double *adjusted, size_t n);

/* ---- The size of the difference ---- */

struct anam_interval {
    double low;
    double high;
};

/* The percentile bootstrap interval of the mean of d[0..n), n > 0 (Efron, "Bootstrap
 * Methods: Another Look at the Jackknife", Annals of Statistics 7, 1979): `level`, such
 * as .95, is how much of the `resamples` means it holds. false without memory. */
bool anam_bootstrap(const double *d, size_t n, size_t resamples, double level, uint64_t seed,
                    struct anam_interval *out);

#endif
