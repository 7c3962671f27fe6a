#include "eval/measures.h"

#include "eval/nearest.h"

#include <math.h>
#include <string.h>

static const double ranks[] = {5, 10, 15, 20, 30, 100, 200, 500, 1000, -1};
static const double success_ranks[] = {1, 5, 10, -1};
static const double recalls[] = {0, .1, .2, .3, .4, .5, .6, .7, .8, .9, 1, -1};

static bool relevant(const struct anam_ranking *r, size_t rank)
{
    return r->grades[rank] >= r->level;
}

static size_t up_to(const struct anam_ranking *r, double cutoff)
{
    return cutoff < (double)r->n ? (size_t)cutoff : r->n;
}

static size_t relevant_in(const struct anam_ranking *r, size_t depth)
{
    size_t found = 0;
    for (size_t i = 0; i < depth; i++)
        found += relevant(r, i);
    return found;
}

static double num_q(const struct anam_ranking *r, double cutoff)
{
    (void)r;
    (void)cutoff;
    return 1;
}

static double num_ret(const struct anam_ranking *r, double cutoff)
{
    (void)cutoff;
    return (double)r->n;
}

static double num_rel(const struct anam_ranking *r, double cutoff)
{
    (void)cutoff;
    return (double)r->relevant;
}

static double num_rel_ret(const struct anam_ranking *r, double cutoff)
{
    (void)cutoff;
    return (double)r->relevant_found;
}

static double average_precision(const struct anam_ranking *r, size_t depth)
{
    double sum = 0;
    size_t found = 0;
    for (size_t i = 0; i < depth; i++)
        if (relevant(r, i))
            sum += (double)++found / (double)(i + 1);
    return r->relevant > 0 ? sum / (double)r->relevant : 0;
}

static double map(const struct anam_ranking *r, double cutoff)
{
    (void)cutoff;
    return average_precision(r, r->n);
}

static double map_cut(const struct anam_ranking *r, double cutoff)
{
    return average_precision(r, up_to(r, cutoff));
}

static double gm_map(const struct anam_ranking *r, double cutoff)
{
    double ap = map(r, cutoff);
    return log(ap > .00001 ? ap : .00001);
}

static double r_precision(const struct anam_ranking *r, double cutoff)
{
    (void)cutoff;
    size_t depth = r->n < r->relevant ? r->n : r->relevant;
    return r->relevant > 0 ? (double)relevant_in(r, depth) / (double)r->relevant : 0;
}

static double bpref(const struct anam_ranking *r, double cutoff)
{
    (void)cutoff;
    size_t judged_not = 0;
    for (int g = 0; g <= r->top && g < r->level; g++)
        judged_not += r->levels[g];
    size_t bound = judged_not < r->relevant ? judged_not : r->relevant;
    size_t seen_not = 0;
    double sum = 0;
    for (size_t i = 0; i < r->n; i++) {
        if (r->grades[i] < 0)
            continue;
        if (!relevant(r, i)) {
            seen_not++;
            continue;
        }
        size_t worse = seen_not < r->relevant ? seen_not : r->relevant;
        sum += worse > 0 ? 1 - (double)worse / (double)bound : 1;
    }
    return r->relevant > 0 ? sum / (double)r->relevant : 0;
}

static double recip_rank(const struct anam_ranking *r, double cutoff)
{
    (void)cutoff;
    for (size_t i = 0; i < r->n; i++)
        if (relevant(r, i))
            return 1 / (double)(i + 1);
    return 0;
}

static double precision(const struct anam_ranking *r, double cutoff)
{
    return (double)relevant_in(r, up_to(r, cutoff)) / cutoff;
}

static double recall(const struct anam_ranking *r, double cutoff)
{
    size_t found = relevant_in(r, up_to(r, cutoff));
    return r->relevant > 0 ? (double)found / (double)r->relevant : 0;
}

static double success(const struct anam_ranking *r, double cutoff)
{
    return relevant_in(r, up_to(r, cutoff)) > 0;
}

static double set_precision(const struct anam_ranking *r, double cutoff)
{
    (void)cutoff;
    return r->n > 0 ? (double)r->relevant_found / (double)r->n : 0;
}

static double set_recall(const struct anam_ranking *r, double cutoff)
{
    (void)cutoff;
    return r->relevant > 0 ? (double)r->relevant_found / (double)r->relevant : 0;
}

static double set_f(const struct anam_ranking *r, double cutoff)
{
    double p = set_precision(r, cutoff);
    double c = set_recall(r, cutoff);
    return p + c > 0 ? 2 * p * c / (p + c) : 0;
}

static double discount(size_t i)
{
    return log2((double)(i + 2));
}

static double dcg(const struct anam_ranking *r, size_t depth)
{
    double sum = 0;
    for (size_t i = 0; i < depth; i++)
        if (r->grades[i] > 0)
            sum += r->grades[i] / discount(i);
    return sum;
}

static double ideal_dcg(const struct anam_ranking *r, double depth)
{
    double sum = 0;
    size_t i = 0;
    for (int g = r->top; g > 0; g--)
        for (size_t k = 0; k < r->levels[g] && (double)i < depth; k++, i++)
            sum += g / discount(i);
    return sum;
}

static double ndcg_cut(const struct anam_ranking *r, double cutoff)
{
    double ideal = ideal_dcg(r, cutoff);
    return ideal > 0 ? dcg(r, up_to(r, cutoff)) / ideal : 0;
}

static double ndcg(const struct anam_ranking *r, double cutoff)
{
    (void)cutoff;
    return ndcg_cut(r, INFINITY);
}

/* The greatest precision at or behind the point where that share of the relevant
 * documents was found; the number of documents is rounded half away from zero. */
static double iprec_at_recall(const struct anam_ranking *r, double cutoff)
{
    size_t wanted = (size_t)lround(cutoff * (double)r->relevant);
    if (wanted > r->relevant_found || r->n == 0)
        return 0;
    double best = 0;
    size_t found = 0;
    for (size_t i = 0; i < r->n; i++) {
        found += relevant(r, i);
        double p = (double)found / (double)(i + 1);
        if (found >= wanted && p > best)
            best = p;
    }
    return best;
}

static double judged(const struct anam_ranking *r, double cutoff)
{
    size_t depth = up_to(r, cutoff);
    size_t n = 0;
    for (size_t i = 0; i < depth; i++)
        n += r->grades[i] >= 0;
    return depth > 0 ? (double)n / (double)depth : 0;
}

static double err(const struct anam_ranking *r, double cutoff)
{
    size_t depth = up_to(r, cutoff);
    double sum = 0;
    double goes_on = 1;
    for (size_t i = 0; i < depth; i++) {
        double satisfied = r->grades[i] > 0 ? (exp2(r->grades[i]) - 1) / exp2(r->max_grade) : 0;
        sum += goes_on * satisfied / (double)(i + 1);
        goes_on *= 1 - satisfied;
    }
    return sum;
}

static double rbp(const struct anam_ranking *r, double cutoff)
{
    (void)cutoff;
    const double p = 0.9;
    double sum = 0;
    double weight = 1;
    for (size_t i = 0; i < r->n; i++, weight *= p)
        if (r->grades[i] > 0) /* divided first, for the same last bit as trec_eval */
            sum += (double)r->grades[i] / (r->top > 1 ? r->top : 1) * weight;
    return (1 - p) * sum;
}

static const char trec[] = "trec_eval 10";
static const char ndcg_source[] = "Jarvelin and Kekalainen, ACM TOIS 20, 2002";

/* clang-format off */
static const struct anam_measure m_num_q = {"num_q", "queries", trec, NULL, false, ANAM_QUERIES, num_q};
static const struct anam_measure m_num_ret = {"num_ret", "documents retrieved", trec, NULL, false, ANAM_SUM, num_ret};
static const struct anam_measure m_num_rel = {"num_rel", "relevant documents", trec, NULL, false, ANAM_SUM, num_rel};
static const struct anam_measure m_num_rel_ret = {"num_rel_ret", "relevant documents retrieved", trec, NULL, false, ANAM_SUM, num_rel_ret};
static const struct anam_measure m_map = {"map", "average precision: mean over relevant documents of the precision at each", "Buckley and Voorhees, in TREC, MIT Press 2005", NULL, false, ANAM_MEAN, map};
static const struct anam_measure m_gm_map = {"gm_map", "geometric mean over queries of average precision, at least .00001", "Robertson, CIKM 2006", NULL, false, ANAM_GEOMETRIC, gm_map};
static const struct anam_measure m_rprec = {"Rprec", "precision after as many documents as are relevant", "Buckley and Voorhees, in TREC, MIT Press 2005", NULL, false, ANAM_MEAN, r_precision};
static const struct anam_measure m_bpref = {"bpref", "share of judged non-relevant documents ranked behind relevant ones", "Buckley and Voorhees, SIGIR 2004", NULL, false, ANAM_MEAN, bpref};
static const struct anam_measure m_recip_rank = {"recip_rank", "1 / rank of the first relevant document", "Kantor and Voorhees, TREC-5, 1996", NULL, false, ANAM_MEAN, recip_rank};
static const struct anam_measure m_iprec = {"iprec_at_recall", "greatest precision at or beyond a share of recall", trec, recalls, true, ANAM_MEAN, iprec_at_recall};
static const struct anam_measure m_p = {"P", "relevant documents in the top k / k", trec, ranks, false, ANAM_MEAN, precision};
static const struct anam_measure m_recall = {"recall", "share of the relevant documents that is in the top k", trec, ranks, false, ANAM_MEAN, recall};
static const struct anam_measure m_ndcg = {"ndcg", "discounted cumulative gain / the best possible; gain = grade, discount log2(rank + 1)", ndcg_source, NULL, false, ANAM_MEAN, ndcg};
static const struct anam_measure m_ndcg_cut = {"ndcg_cut", "ndcg of the top k", ndcg_source, ranks, false, ANAM_MEAN, ndcg_cut};
static const struct anam_measure m_map_cut = {"map_cut", "average precision of the top k", trec, ranks, false, ANAM_MEAN, map_cut};
static const struct anam_measure m_success = {"success", "1 where the top k hold a relevant document", trec, success_ranks, false, ANAM_MEAN, success};
static const struct anam_measure m_set_p = {"set_P", "precision of the whole list", trec, NULL, false, ANAM_MEAN, set_precision};
static const struct anam_measure m_set_recall = {"set_recall", "recall of the whole list", trec, NULL, false, ANAM_MEAN, set_recall};
static const struct anam_measure m_set_f = {"set_F", "harmonic mean of set_P and set_recall", "van Rijsbergen, Information Retrieval, 1979", NULL, false, ANAM_MEAN, set_f};
static const struct anam_measure m_rbp = {"rbp", "rank-biased precision, p .9; gain = grade / highest grade of the query", "Moffat and Zobel, ACM TOIS 27, 2008", NULL, false, ANAM_MEAN, rbp};
static const struct anam_measure m_judged = {"judged", "share of the top k that was judged", "how far to trust the others; Judged@k of ir_measures", ranks, false, ANAM_MEAN, judged};
static const struct anam_measure m_err = {"err", "expected reciprocal rank of the top k; the highest grade is that of all qrels", "Chapelle, Metzler, Zhang, Grinspan, CIKM 2009", ranks, false, ANAM_MEAN, err};
/* clang-format on */

const struct anam_measure *const anam_measures[] = {
    &m_num_q,      &m_num_ret, &m_num_rel,    &m_num_rel_ret, &m_map,      &m_gm_map,
    &m_rprec,      &m_bpref,   &m_recip_rank, &m_iprec,       &m_p,        &m_recall,
    &m_rbp,        &m_ndcg,    &m_success,    &m_map_cut,     &m_ndcg_cut, &m_set_p,
    &m_set_recall, &m_set_f,   &m_judged,     &m_err,         NULL,
};

/* ---- names ---- */

static const char *const official[] = {"num_q",      "num_ret",         "num_rel", "num_rel_ret",
                                       "map",        "gm_map",          "Rprec",   "bpref",
                                       "recip_rank", "iprec_at_recall", "P",       NULL};
static const char *const set[] = {"num_q", "num_ret",    "num_rel", "num_rel_ret",
                                  "set_P", "set_recall", "set_F",   NULL};
static const char *const all_trec[] = {
    "num_q",   "num_ret",    "num_rel",         "num_rel_ret", "map",        "gm_map", "Rprec",
    "bpref",   "recip_rank", "iprec_at_recall", "P",           "recall",     "rbp",    "ndcg",
    "success", "map_cut",    "ndcg_cut",        "set_P",       "set_recall", "set_F",  NULL};

static const struct {
    const char *name;
    const char *const *measures;
} sets[] = {{"official", official}, {"set", set}, {"all_trec", all_trec}};

enum { SETS = sizeof sets / sizeof sets[0] };

const char *const *anam_measure_set(const char *name)
{
    for (size_t i = 0; i < SETS; i++)
        if (strcmp(name, sets[i].name) == 0)
            return sets[i].measures;
    return NULL;
}

const char *anam_measure_closest(const char *name, size_t n)
{
    struct anam_nearest nearest = {name, n, NULL, 0};
    for (const struct anam_measure *const *m = anam_measures; *m; m++)
        anam_nearest_try(&nearest, (*m)->name);
    for (size_t i = 0; i < SETS; i++)
        anam_nearest_try(&nearest, sets[i].name);
    return nearest.name;
}
