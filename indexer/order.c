/* Recursive graph bisection: Dhulipala, Kabiljo, Karrer, Ottaviano, Pupyrev, Shalita,
 * "Compressing Graphs and Indexes with Recursive Graph Bisection", KDD 2016; what makes it
 * fast is in part from Mackenzie, Petri, Moffat, "Faster Index Reordering with Bipartite
 * Graph Partitioning", SIGIR 2021.
 *
 * A range of documents is cut in two halves. Of a term with l documents in the left one and r
 * in the right one, gaps take some l log(L / (l + 1)) + r log(R / (r + 1)) bits, L and R being
 * the halves' sizes. Each document is asked how many bits its being on the right would save,
 * which is its pull; those with the least pull make the new left half. This is repeated while
 * documents change sides, and then each half is cut in turn.
 *
 * A term which a range has once pulls nowhere, and neither does one which all its documents
 * have: when a range was cut, such terms are struck from the lists of its halves, and the others
 * renumbered, so that lists and counts are small where there are many ranges. These lists are
 * written in the order of places, from which they are read again and again. All sums are of
 * integers, so that threads may share the work in any way. */
#include "indexer/order.h"

#include "base/alloc.h"
#include "base/prefetch.h"
#include "index/format.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROUNDS = 12,       /* of exchanges a range, at most */
    STILL = 100,       /* a range is done when less than 1 in 100 documents move */
    BIT = 512,         /* a bit of cost; 32 bits of cost still fit 16 bits */
    COOLING = 2,       /* more of cost that a move must save, a round */
    AHEAD = 12,        /* documents to fetch into the cache before their turn */
    MIN_SHARED = 4096, /* documents from which threads share a range */
    MAX_JOBS = 64
};

static const uint16_t STRUCK = UINT16_MAX;

/* One thread's numbers of each term. */
struct counts {
    uint32_t *left;   /* documents in the left half */
    uint32_t *degree; /* in both */
    /* In the left half, in the right half: */
    int16_t *pull[2];      /* on a document */
    uint16_t *renumber[2]; /* for what comes of it, STRUCK: not in it */
};

struct order {
    struct anam_forward *f;
    int16_t *saving;       /* bits saved by the d-th document of a term in a half */
    int32_t *pull;         /* on the document at a place */
    uint32_t *moved;       /* places whose documents have just been exchanged */
    struct counts *counts; /* a thread */
    unsigned jobs;
    const atomic_bool *stop;
};

/* A range of documents that is being cut. */
struct range {
    const struct order *o;
    uint32_t first;
    uint32_t n;
    uint32_t n_left;
    uint32_t terms;         /* numbers are below it */
    uint16_t *lists;        /* of its documents and of others */
    uint16_t *next;         /* where those of its halves go, */
    uint64_t begin;         /* from here on in both, with room for as many as it has */
    const uint64_t *starts; /* where those go that a job writes */
    unsigned jobs;
    struct counts *counts; /* the first thread's are the sum */
    struct anam_forward_document *documents;
    int32_t *pull;
    uint32_t *moved;
    uint32_t n_moved;
};

/* ---- threads ---- */

typedef void share_fn(void *ctx, unsigned job);

struct share {
    share_fn *fn;
    void *ctx;
    unsigned job;
    pthread_t thread;
    bool running;
};

static void *run_share(void *arg)
{
    struct share *s = arg;
    s->fn(s->ctx, s->job);
    return NULL;
}

/* Calls fn for each job at once, where there are no threads to be had one by one. */
static void run(unsigned jobs, share_fn *fn, void *ctx)
{
    if (jobs == 1) {
        fn(ctx, 0);
        return;
    }
    struct share shares[MAX_JOBS];
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* threads take no signals */
    for (unsigned i = 1; i < jobs; i++) {
        shares[i] = (struct share){.fn = fn, .ctx = ctx, .job = i};
        shares[i].running = pthread_create(&shares[i].thread, NULL, run_share, &shares[i]) == 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    fn(ctx, 0);
    for (unsigned i = 1; i < jobs; i++) {
        if (shares[i].running)
            pthread_join(shares[i].thread, NULL);
        else
            fn(ctx, i);
    }
}

/* Where the share of a job begins; that of job `jobs` is n. */
static uint32_t share_of(uint32_t n, unsigned job, unsigned jobs)
{
    return (uint32_t)((uint64_t)n * job / jobs);
}

/* Lists of documents that changed sides lie elsewhere. */
static void fetch_ahead(const struct range *r, uint32_t place)
{
    if (place + AHEAD < r->n) {
        const uint16_t *list = r->lists + r->documents[place + AHEAD].start;
        anam_prefetch(list);
        anam_prefetch(list + ANAM_CACHE_LINE / sizeof *list);
    }
}

/* ---- counting, and striking terms ---- */

static void count_share(void *ctx, unsigned job)
{
    const struct range *r = ctx;
    const struct counts *c = &r->counts[job];
    uint32_t end = share_of(r->n, job + 1, r->jobs);
    for (uint32_t i = share_of(r->n, job, r->jobs); i < end; i++) {
        const struct anam_forward_document *d = &r->documents[i];
        const uint16_t *list = r->lists + d->start;
        uint32_t *count = i < r->n_left ? c->left : c->degree;
        for (uint32_t k = 0; k < d->terms; k++)
            count[list[k]]++;
    }
}

/* Adds the other threads' counts to the first one's; they are zero again. */
static void gather(uint32_t *sum, uint32_t *other, uint32_t n)
{
    for (uint32_t t = 0; t < n; t++) {
        sum[t] += other[t];
        other[t] = 0;
    }
}

static void count_terms(struct range *r)
{
    struct counts *c = r->counts;
    memset(c->left, 0, r->terms * sizeof *c->left);
    memset(c->degree, 0, r->terms * sizeof *c->degree);
    run(r->jobs, count_share, r);
    for (unsigned job = 1; job < r->jobs; job++) {
        gather(c->left, c[job].left, r->terms);
        gather(c->degree, c[job].degree, r->terms);
    }
    for (uint32_t t = 0; t < r->terms; t++)
        c->degree[t] += c->left[t];
}

static uint64_t count_postings(const struct range *r, uint32_t first, uint32_t end)
{
    uint64_t n = 0;
    for (uint32_t i = first; i < end; i++)
        n += r->documents[i].terms;
    return n;
}

/* Writes the lists of what will be halves, each from where its document's list begins if those
 * before it keep all their terms. */
static void strike_share(void *ctx, unsigned job)
{
    const struct range *r = ctx;
    uint32_t first = share_of(r->n, job, r->jobs);
    uint32_t end = share_of(r->n, job + 1, r->jobs);
    uint64_t start = r->starts[job];
    for (uint32_t i = first; i < end; i++) {
        struct anam_forward_document *d = &r->documents[i];
        const uint16_t *renumber = r->counts->renumber[i >= r->n_left];
        const uint16_t *from = r->lists + d->start;
        uint16_t *to = r->next + start;
        uint32_t kept = 0;
        for (uint32_t k = 0; k < d->terms; k++) {
            to[kept] = renumber[from[k]];
            kept += to[kept] != STRUCK;
        }
        d->start = start;
        start += d->terms;
        d->terms = kept;
    }
}

/* Numbers the terms that pull in a half of n documents, in which they have so many. */
static uint32_t renumber_half(uint16_t *renumber, const struct range *r, bool right, uint32_t n)
{
    const struct counts *c = r->counts;
    uint32_t kept = 0;
    for (uint32_t t = 0; t < r->terms; t++) {
        uint32_t in = right ? c->degree[t] - c->left[t] : c->left[t];
        renumber[t] = in < 2 || in == n ? STRUCK : (uint16_t)kept++;
    }
    return kept;
}

/* Makes the range's halves ranges of their own, and their lists. */
static void part(struct range *r, struct range halves[2])
{
    uint64_t starts[MAX_JOBS];
    uint64_t in_left = count_postings(r, 0, r->n_left);
    for (int right = 0; right < 2; right++) {
        struct range *half = &halves[right];
        *half = *r;
        half->n = right ? r->n - r->n_left : r->n_left;
        half->first += right ? r->n_left : 0;
        half->begin += right ? in_left : 0;
        half->terms = renumber_half(r->counts->renumber[right], r, right, half->n);
        half->lists = r->next;
        half->next = r->lists;
        half->starts = NULL;
    }
    for (unsigned job = 0; job < r->jobs; job++)
        starts[job] = r->begin + count_postings(r, 0, share_of(r->n, job, r->jobs));
    r->starts = starts;
    run(r->jobs, strike_share, r);
}

/* ---- pulls ---- */

static int16_t bits(double b)
{
    return (int16_t)lround(b * BIT);
}

static void pull_terms_share(void *ctx, unsigned job)
{
    const struct range *r = ctx;
    const struct counts *c = r->counts;
    const int16_t *saving = r->o->saving;
    int room = bits(log2((double)r->n_left / (r->n - r->n_left)));
    uint32_t end = share_of(r->terms, job + 1, r->jobs);
    for (uint32_t t = share_of(r->terms, job, r->jobs); t < end; t++) {
        uint32_t left = c->left[t];
        uint32_t right = c->degree[t] - left;
        c->pull[0][t] = (int16_t)(saving[right + 1] - saving[left] + room);
        c->pull[1][t] = (int16_t)(saving[right] - saving[left + 1] + room);
    }
}

/* Four at a time, read at once: of a loop of one a quarter is lost or not, as it happens to lie. */
static int32_t sum_of(const int16_t *pull, const uint16_t *list, uint32_t n)
{
    const int32_t most = INT32_MAX / 2;
    int32_t sum = 0; /* of at most ANAM_FORWARD_TERMS numbers of 16 bits */
    for (; n >= 4; n -= 4, list += 4) {
        uint64_t four;
        memcpy(&four, list, sizeof four);
        sum += pull[four & UINT16_MAX] + pull[four >> 16 & UINT16_MAX];
        sum += pull[four >> 32 & UINT16_MAX] + pull[four >> 48];
    }
    for (; n > 0; n--)
        sum += pull[*list++];
    return sum > most ? most : sum < -most ? -most : sum;
}

static void pull_documents_share(void *ctx, unsigned job)
{
    const struct range *r = ctx;
    uint32_t end = share_of(r->n, job + 1, r->jobs);
    for (uint32_t i = share_of(r->n, job, r->jobs); i < end; i++) {
        const struct anam_forward_document *d = &r->documents[i];
        const uint16_t *list = r->lists + d->start;
        fetch_ahead(r, i);
        r->pull[i] = sum_of(r->counts->pull[i >= r->n_left], list, d->terms);
    }
}

/* ---- exchanging ---- */

/* The pull that n_left documents do not exceed, by digits of the number from the highest. */
static int32_t middle_pull(const struct range *r)
{
    enum { RADIX = 256 };
    uint32_t rank = r->n_left - 1;
    uint32_t prefix = 0;
    uint32_t mask = 0;
    for (int shift = 24; shift >= 0; shift -= 8) {
        uint32_t of_digit[RADIX] = {0};
        for (uint32_t i = 0; i < r->n; i++) {
            uint32_t key = (uint32_t)r->pull[i] ^ UINT32_C(0x80000000);
            if ((key & mask) == prefix)
                of_digit[key >> shift & (RADIX - 1)]++;
        }
        uint32_t digit = 0;
        while (rank >= of_digit[digit])
            rank -= of_digit[digit++];
        prefix |= digit << shift;
        mask |= UINT32_C(0xFF) << shift;
    }
    return (int32_t)(prefix ^ UINT32_C(0x80000000));
}

static void swap_places(struct range *r, uint32_t left, uint32_t right)
{
    struct anam_forward_document document = r->documents[left];
    int32_t pull = r->pull[left];
    r->documents[left] = r->documents[right];
    r->pull[left] = r->pull[right];
    r->documents[right] = document;
    r->pull[right] = pull;
    r->moved[r->n_moved++] = left;
    r->moved[r->n_moved++] = right;
}

/* Exchanges documents of the left half that are pulled by `least` or more with documents of
 * the right half that are pulled by `most` or less, as long as there are both. */
static void exchange(struct range *r, int32_t least, int32_t most)
{
    uint32_t right = r->n_left;
    for (uint32_t left = 0; left < r->n_left; left++) {
        if (r->pull[left] < least)
            continue;
        while (right < r->n && r->pull[right] > most)
            right++;
        if (right == r->n)
            return;
        swap_places(r, left, right++);
    }
}

/* Where each half has as much of every term, all documents or none are pulled across. Then
 * every other one, more or less, changes sides, so that chance makes a difference. */
static void break_balance(struct range *r)
{
    r->n_moved = 0;
    uint32_t n = r->n_left < r->n - r->n_left ? r->n_left : r->n - r->n_left;
    for (uint32_t left = 0; left < n; left++) {
        uint32_t mixed = (left + 1) * UINT32_C(0x9E3779B1);
        mixed = (mixed ^ mixed >> 15) * UINT32_C(0x85EBCA77);
        if (mixed >> 31)
            swap_places(r, left, r->n - 1 - left);
    }
}

static void recount_share(void *ctx, unsigned job)
{
    const struct range *r = ctx;
    uint32_t *left = r->counts[job].left;
    uint32_t end = share_of(r->n_moved, job + 1, r->jobs);
    for (uint32_t i = share_of(r->n_moved, job, r->jobs); i < end; i++) {
        const struct anam_forward_document *d = &r->documents[r->moved[i]];
        const uint16_t *list = r->lists + d->start;
        uint32_t change = r->moved[i] < r->n_left ? 1 : UINT32_MAX; /* minus one */
        for (uint32_t k = 0; k < d->terms; k++)
            left[list[k]] += change;
    }
}

static void recount(struct range *r)
{
    run(r->jobs, recount_share, r);
    for (unsigned job = 1; job < r->jobs; job++)
        gather(r->counts->left, r->counts[job].left, r->terms);
}

/* Moves documents to where they are pulled, by more and more in each round lest some
 * go to and fro. */
static void exchange_halves(struct range *r, int round)
{
    uint32_t smaller = r->n_left < r->n - r->n_left ? r->n_left : r->n - r->n_left;
    int32_t middle = middle_pull(r);
    int32_t cooled = round * COOLING;
    r->n_moved = 0;
    exchange(r, middle + 1 + cooled, middle - 1 - cooled);
    if (round == 0) { /* one side may have more such documents than the other */
        exchange(r, middle + 1, middle);
        exchange(r, middle, middle - 1);
    }
    recount(r);
    if (round == 0 && (r->n_moved == 0 || r->n_moved == 2 * smaller)) {
        break_balance(r);
        recount(r);
    }
}

/* ---- the recursion ---- */

static int by_document(const void *a, const void *b)
{
    const struct anam_forward_document *x = a;
    const struct anam_forward_document *y = b;
    return (x->document > y->document) - (x->document < y->document);
}

static void point(struct range *r, const struct order *o)
{
    r->o = o;
    r->documents = o->f->document + r->first;
    r->pull = o->pull + r->first;
    r->moved = o->moved + r->first;
}

/* Cuts a range in two, between windows; false where it is one window, nothing is known of it, or
 * all is to stop. */
static bool cut(const struct order *o, struct range *r, struct range halves[2])
{
    point(r, o);
    if (r->n <= ANAM_WINDOW || r->terms == 0) {
        qsort(r->documents, r->n, sizeof *r->documents, by_document);
        return false;
    }
    uint32_t windows = (r->n + ANAM_WINDOW - 1) / ANAM_WINDOW;
    r->n_left = windows / 2 * ANAM_WINDOW;
    if (r->n < MIN_SHARED)
        r->jobs = 1;
    count_terms(r);
    for (int round = 0; round < ROUNDS; round++) {
        run(r->jobs, pull_terms_share, r);
        run(r->jobs, pull_documents_share, r);
        exchange_halves(r, round);
        if (anam_check_stop(o->stop, NULL))
            return false;
        if (r->n_moved <= r->n / STILL)
            break;
    }
    part(r, halves);
    return true;
}

static void cut_all(const struct order *o, struct range r)
{
    struct range halves[2];
    if (!cut(o, &r, halves))
        return;
    cut_all(o, halves[0]);
    cut_all(o, halves[1]);
}

/* Ranges that threads take one by one, each for itself. */
struct queue {
    const struct order *o;
    struct range *ranges;
    uint32_t n;
    uint32_t next;
    pthread_mutex_t lock; /* guards next */
};

static void cut_share(void *ctx, unsigned job)
{
    struct queue *q = ctx;
    for (;;) {
        pthread_mutex_lock(&q->lock);
        uint32_t i = q->next < q->n ? q->next++ : q->n;
        pthread_mutex_unlock(&q->lock);
        if (i == q->n)
            return;
        struct range r = q->ranges[i];
        r.jobs = 1;
        r.counts = &q->o->counts[job];
        cut_all(q->o, r);
    }
}

/* Threads share the first cuts; when there are some ranges for each thread, each thread
 * takes whole ranges. */
static void cut_whole(const struct order *o, const struct range *whole)
{
    struct range ranges[8 * MAX_JOBS] = {*whole};
    struct queue q = {.o = o, .ranges = ranges, .n = 1};
    while (o->jobs > 1 && q.n < 4 * o->jobs && q.n > 0) {
        struct range next[8 * MAX_JOBS];
        uint32_t n = 0;
        for (uint32_t i = 0; i < q.n; i++)
            if (cut(o, &ranges[i], &next[n]))
                n += 2;
        memcpy(ranges, next, n * sizeof *next);
        q.n = n;
    }
    pthread_mutex_init(&q.lock, NULL);
    run(o->jobs, cut_share, &q);
    pthread_mutex_destroy(&q.lock);
}

static bool make_counts(struct counts *c, uint32_t terms)
{
    c->left = anam_new_array(terms, sizeof *c->left);
    c->degree = anam_new_array(terms, sizeof *c->degree);
    bool ok = c->left && c->degree;
    for (int right = 0; right < 2; right++) {
        c->pull[right] = anam_new_array(terms, sizeof *c->pull[right]);
        c->renumber[right] = anam_new_array(terms, sizeof *c->renumber[right]);
        ok = ok && c->pull[right] && c->renumber[right];
    }
    return ok;
}

static bool prepare(struct order *o)
{
    uint32_t n = o->f->documents;
    o->saving = anam_new_array((size_t)n + 2, sizeof *o->saving);
    o->pull = anam_new_array(n, sizeof *o->pull);
    o->moved = anam_new_array(n, sizeof *o->moved);
    o->counts = anam_new_array(o->jobs, sizeof *o->counts);
    bool ok = o->saving && o->pull && o->moved && o->counts;
    for (unsigned job = 0; job < o->jobs && ok; job++)
        ok = make_counts(&o->counts[job], o->f->terms);
    for (uint32_t d = 1; d <= n + 1 && ok; d++)
        o->saving[d] = bits(d * log2(d + 1.0) - (d - 1.0) * log2(d));
    return ok;
}

static void clean(struct order *o)
{
    for (unsigned job = 0; o->counts && job < o->jobs; job++) {
        struct counts *c = &o->counts[job];
        free(c->left);
        free(c->degree);
        for (int right = 0; right < 2; right++) {
            free(c->pull[right]);
            free(c->renumber[right]);
        }
    }
    free(o->saving);
    free(o->pull);
    free(o->moved);
    free(o->counts);
}

anam_status anam_order_documents(struct anam_forward *f, unsigned jobs, const atomic_bool *stop,
                                 uint32_t *number, anam_error *err)
{
    jobs = jobs < 1 ? 1 : jobs;
    struct order o = {.f = f, .jobs = jobs < MAX_JOBS ? jobs : MAX_JOBS, .stop = stop};
    bool ok = prepare(&o);
    if (ok) {
        struct range whole = {.n = f->documents,
                              .terms = f->terms,
                              .lists = f->lists,
                              .next = f->lists + f->postings,
                              .jobs = o.jobs,
                              .counts = o.counts};
        cut_whole(&o, &whole);
    }
    for (uint32_t place = 0; place < f->documents && ok; place++)
        number[f->document[place].document] = place;
    clean(&o);
    return ok ? anam_check_stop(stop, err) : anam_fail_memory(err);
}
