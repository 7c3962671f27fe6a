#include "indexer/arrange.h"

#include "base/alloc.h"
#include "indexer/order.h"
#include "indexer/run.h"

#include <stdlib.h>

enum {
    MIN_DF = 32,   /* rarer terms say little, */
    MAX_SHARE = 12 /* and so do those in more than a twelfth of the documents */
};

static const uint16_t NO_TERM = UINT16_MAX;

/* Turns the lists of runs round. They are numbered as runs have them, by term and field. */
struct turning {
    const struct anam_arrange *arrange;
    uint32_t *lengths; /* of lists */
    size_t lists;
    size_t cap_lengths;
    uint16_t *terms; /* which they are of the forward index, NO_TERM: none */
    uint32_t n_terms;
    uint64_t postings; /* of these */
    struct anam_forward forward;
};

/* ---- runs ---- */

/* Gets the part of a list that a run has. */
typedef anam_status part_fn(struct turning *t, size_t list, struct anam_run *run, anam_error *err);

static anam_status each_part(struct turning *t, part_fn *fn, anam_error *err)
{
    const struct anam_arrange *a = t->arrange;
    struct anam_run_heap h;
    struct anam_run last = {0};
    size_t list = 0;
    anam_status status = anam_run_heap_init(&h, a->runs, a->n_runs, err);
    for (bool first = true; h.n > 0 && !status; first = false) {
        struct anam_run *run = h.heap[0];
        bool more = false;
        if (!first && anam_run_compare(&last, run) != 0)
            list++;
        last = *run;
        status = anam_check_stop(a->stop, err);
        if (!status)
            status = fn(t, list, run, err);
        if (!status)
            status = anam_run_advance(run, &more, err);
        anam_run_heap_settle(&h, more);
    }
    anam_run_heap_free(&h);
    return status;
}

/* Calls fn with each document of the run's list that is not left out. */
static anam_status each_document(struct turning *t, size_t list, struct anam_run *run,
                                 void (*fn)(struct turning *t, size_t list, uint32_t document),
                                 anam_error *err)
{
    const uint32_t *renumber = t->arrange->renumber;
    anam_status status = ANAM_OK;
    for (bool more = true; more && !status;) {
        uint32_t document = renumber[run->document];
        if (document != UINT32_MAX)
            fn(t, list, document);
        more = anam_cursor_left(&run->postings) > 0;
        if (more)
            status = anam_run_posting(run, err);
    }
    return status;
}

static void count_posting(struct turning *t, size_t list, uint32_t document)
{
    (void)document;
    t->lengths[list]++;
}

static anam_status count_list(struct turning *t, size_t list, struct anam_run *run, anam_error *err)
{
    if (!anam_grow(&t->lengths, &t->cap_lengths, list + 1, sizeof *t->lengths))
        return anam_fail_memory(err);
    if (list == t->lists) {
        t->lengths[list] = 0;
        t->lists++;
    }
    if (t->arrange->gaps)
        return each_document(t, list, run, count_posting, err);
    t->lengths[list] += (uint32_t)run->n;
    return ANAM_OK;
}

static void count_document(struct turning *t, size_t list, uint32_t document)
{
    (void)list;
    anam_forward_count(&t->forward, document);
}

static anam_status count_documents(struct turning *t, size_t list, struct anam_run *run,
                                   anam_error *err)
{
    return t->terms[list] == NO_TERM ? ANAM_OK : each_document(t, list, run, count_document, err);
}

static void collect_document(struct turning *t, size_t list, uint32_t document)
{
    anam_forward_add(&t->forward, document, t->terms[list]);
}

static anam_status collect_documents(struct turning *t, size_t list, struct anam_run *run,
                                     anam_error *err)
{
    return t->terms[list] == NO_TERM ? ANAM_OK : each_document(t, list, run, collect_document, err);
}

/* ---- which terms ---- */

struct length {
    uint32_t length;
    uint32_t list;
};

static int longer(const void *a, const void *b)
{
    const struct length *x = a;
    const struct length *y = b;
    if (x->length != y->length)
        return x->length < y->length ? 1 : -1;
    return (x->list > y->list) - (x->list < y->list);
}

/* Terms are numbered by frequency: what is counted most often then lies together. Of too many the
 * rarest are left out. */
static bool choose_terms(struct turning *t)
{
    uint32_t most = t->arrange->documents / MAX_SHARE;
    size_t n = 0;
    for (size_t i = 0; i < t->lists; i++)
        n += t->lengths[i] >= MIN_DF && t->lengths[i] <= most;
    struct length *chosen = anam_new_array(n, sizeof *chosen);
    t->terms = anam_new_array(t->lists, sizeof *t->terms);
    if (!chosen || !t->terms) {
        free(chosen);
        return false;
    }
    n = 0;
    for (size_t i = 0; i < t->lists; i++) {
        t->terms[i] = NO_TERM;
        if (t->lengths[i] >= MIN_DF && t->lengths[i] <= most)
            chosen[n++] = (struct length){t->lengths[i], (uint32_t)i};
    }
    free(t->lengths);
    t->lengths = NULL;
    if (n > 0)
        qsort(chosen, n, sizeof *chosen, longer);
    for (; t->n_terms < n && t->n_terms < ANAM_FORWARD_TERMS; t->n_terms++) {
        t->terms[chosen[t->n_terms].list] = (uint16_t)t->n_terms;
        t->postings += chosen[t->n_terms].length;
    }
    free(chosen);
    return true;
}

/* Whether there is memory for all that it takes, as far as is known yet. */
static bool fits(const struct turning *t)
{
    enum { A_POSTING = 4, A_DOCUMENT = 34, A_LIST = 2 }; /* bytes */
    uint64_t need = t->postings * A_POSTING + (uint64_t)t->arrange->documents * A_DOCUMENT +
                    (uint64_t)t->lists * A_LIST;
    return need <= t->arrange->memory;
}

/* ---- all of it ---- */

static anam_status turn(struct turning *t, anam_error *err)
{
    if (!anam_forward_init(&t->forward, t->arrange->documents))
        return anam_fail_memory(err);
    anam_status status = each_part(t, count_documents, err);
    if (!status && !anam_forward_begin(&t->forward))
        status = anam_fail_memory(err);
    if (!status)
        status = each_part(t, collect_documents, err);
    if (!status && !anam_forward_end(&t->forward))
        status = anam_fail_memory(err);
    free(t->terms);
    t->terms = NULL;
    return status;
}

anam_status anam_arrange_documents(const struct anam_arrange *a, uint32_t **number, anam_error *err)
{
    *number = NULL;
    if (a->documents <= ANAM_WINDOW)
        return ANAM_OK;
    struct turning t = {.arrange = a};
    if (!fits(&t))
        return ANAM_OK;
    anam_status status = each_part(&t, count_list, err);
    if (!status && !choose_terms(&t))
        status = anam_fail_memory(err);
    if (!status && fits(&t)) {
        status = turn(&t, err);
        if (!status)
            *number = anam_new_array(a->documents, sizeof **number);
        if (!status)
            status = *number ? anam_order_documents(&t.forward, a->jobs, a->stop, *number, err)
                             : anam_fail_memory(err);
    }
    if (status) {
        free(*number);
        *number = NULL;
    }
    anam_forward_free(&t.forward);
    free(t.lengths);
    free(t.terms);
    return status;
}
