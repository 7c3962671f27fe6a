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
 * have: such terms are struck from the lists on the way down, and the others renumbered, so
 * that lists and counts are small where there are many ranges. All sums are of integers, so
 * that threads may share the work in any way. */
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
    ROUNDS = 20,       /* of exchanges a range, at most */
    STILL = 100,       /* a range is done when less than 1 in 100 documents move */
    MIN_DF = 32,       /* rarer terms say little */
    MAX_SHARE = 12,    /* nor do those in more than a twelfth of the documents */
    BIT = 512,         /* a bit of cost; 32 bits of cost still fit 16 bits */
    COOLING = 10,      /* more of cost that a move must save, a round */
    AHEAD = 8,         /* documents to fetch into the cache before their turn */
    MIN_SHARED = 4096, /* documents from which threads share a range */
    MAX_JOBS = 64
};

/* One thread's numbers of each term. */
struct counts {
    uint32_t *left;   /* documents in the left half */
    uint32_t *degree; /* in both */
    uint32_t *renumber;
    int16_t *pull[2]; /* on a document in the left half, in the right half */
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
    uint32_t terms; /* numbers are below it */
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

static void fetch_ahead(const struct range *r, uint32_t place)
{
    if (place + AHEAD < r->n) {
        const uint32_t *list = r->o->f->lists + r->documents[place + AHEAD].start;
        anam_prefetch(list);
        anam_prefetch(list + 16);
        anam_prefetch(list + 32);
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
        const uint32_t *list = r->o->f->lists + d->start;
        uint32_t *count = i < r->n_left ? c->left : c->degree;
        fetch_ahead(r, i);
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

static void strike_share(void *ctx, unsigned job)
{
    const struct range *r = ctx;
    const uint32_t *renumber = r->counts->renumber;
    uint32_t end = share_of(r->n, job + 1, r->jobs);
    for (uint32_t i = share_of(r->n, job, r->jobs); i < end; i++) {
        struct anam_forward_document *d = &r->documents[i];
        uint32_t *list = r->o->f->lists + d->start;
        uint32_t kept = 0;
        fetch_ahead(r, i);
        for (uint32_t k = 0; k < d->terms; k++) {
            list[kept] = renumber[list[k]];
            kept += list[kept] != UINT32_MAX;
        }
        d->terms = kept;
    }
}

/* Counts, and strikes the terms that pull nowhere. */
static void count_and_strike(struct range *r)
{
    struct counts *c = r->counts;
    uint32_t kept = 0;
    count_terms(r);
    for (uint32_t t = 0; t < r->terms; t++) {
        if (c->degree[t] < 2 || c->degree[t] == r->n) {
            c->renumber[t] = UINT32_MAX;
            continue;
        }
        c->left[kept] = c->left[t];
        c->degree[kept] = c->degree[t];
        c->renumber[t] = kept++;
    }
    r->terms = kept;
    run(r->jobs, strike_share, r);
}

struct frequency {
    uint32_t df;
    uint32_t term;
};

static int more_frequent(const void *a, const void *b)
{
    const struct frequency *x = a;
    const struct frequency *y = b;
    if (x->df != y->df)
        return x->df < y->df ? 1 : -1;
    return (x->term > y->term) - (x->term < y->term);
}

/* Leaves out the rarest and the most frequent terms of the whole and numbers the others by
 * frequency: what is counted most often then lies together. */
static bool number_terms(struct range *r)
{
    struct counts *c = r->counts;
    count_terms(r);
    uint32_t kept = 0;
    struct frequency *order = anam_new_array(r->terms, sizeof *order);
    if (!order)
        return false;
    for (uint32_t t = 0; t < r->terms; t++) {
        c->renumber[t] = UINT32_MAX;
        if (anam_order_uses(c->degree[t], r->n))
            order[kept++] = (struct frequency){c->degree[t], t};
    }
    qsort(order, kept, sizeof *order, more_frequent);
    for (uint32_t i = 0; i < kept; i++)
        c->renumber[order[i].term] = i;
    free(order);
    run(r->jobs, strike_share, r);
    r->terms = kept;
    return true;
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

static void pull_documents_share(void *ctx, unsigned job)
{
    const struct range *r = ctx;
    uint32_t end = share_of(r->n, job + 1, r->jobs);
    for (uint32_t i = share_of(r->n, job, r->jobs); i < end; i++) {
        const struct anam_forward_document *d = &r->documents[i];
        const uint32_t *list = r->o->f->lists + d->start;
        const int16_t *pull = r->counts->pull[i >= r->n_left];
        int64_t sum = 0;
        fetch_ahead(r, i);
        for (uint32_t k = 0; k < d->terms; k++)
            sum += pull[list[k]];
        const int64_t most = INT32_MAX / 2;
        r->pull[i] = (int32_t)(sum > most ? most : sum < -most ? -most : sum);
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
        const uint32_t *list = r->o->f->lists + d->start;
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

/* Cuts a range in two, between windows; false where it is one window, or all is to stop. */
static bool cut(const struct order *o, struct range *r, struct range halves[2])
{
    point(r, o);
    if (r->n <= ANAM_WINDOW) {
        qsort(r->documents, r->n, sizeof *r->documents, by_document);
        return false;
    }
    uint32_t windows = (r->n + ANAM_WINDOW - 1) / ANAM_WINDOW;
    r->n_left = windows / 2 * ANAM_WINDOW;
    if (r->n < MIN_SHARED)
        r->jobs = 1;
    count_and_strike(r);
    for (int round = 0; round < ROUNDS; round++) {
        run(r->jobs, pull_terms_share, r);
        run(r->jobs, pull_documents_share, r);
        exchange_halves(r, round);
        if (anam_check_stop(o->stop, NULL))
            return false;
        if (r->n_moved <= r->n / STILL)
            break;
    }
    halves[0] = halves[1] = *r;
    halves[0].n = r->n_left;
    halves[1].n = r->n - r->n_left;
    halves[1].first += r->n_left;
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
    c->renumber = anam_new_array(terms, sizeof *c->renumber);
    c->pull[0] = anam_new_array(terms, sizeof *c->pull[0]);
    c->pull[1] = anam_new_array(terms, sizeof *c->pull[1]);
    return c->left && c->degree && c->renumber && c->pull[0] && c->pull[1];
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
        free(c->renumber);
        free(c->pull[0]);
        free(c->pull[1]);
    }
    free(o->saving);
    free(o->pull);
    free(o->moved);
    free(o->counts);
}

bool anam_order_uses(uint32_t df, uint32_t documents)
{
    return df >= MIN_DF && df <= documents / MAX_SHARE;
}

anam_status anam_order_documents(struct anam_forward *f, unsigned jobs, const atomic_bool *stop,
                                 uint32_t *number, anam_error *err)
{
    jobs = jobs < 1 ? 1 : jobs;
    struct order o = {.f = f, .jobs = jobs < MAX_JOBS ? jobs : MAX_JOBS, .stop = stop};
    bool ok = prepare(&o);
    if (ok) {
        struct range whole = {
            .n = f->documents, .terms = f->terms, .jobs = o.jobs, .counts = o.counts};
        point(&whole, &o);
        ok = number_terms(&whole);
        if (ok)
            cut_whole(&o, &whole);
    }
    for (uint32_t place = 0; place < f->documents && ok; place++)
        number[f->document[place].document] = place;
    clean(&o);
    return ok ? anam_check_stop(stop, err) : anam_fail_memory(err);
}
