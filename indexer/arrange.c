#include "indexer/arrange.h"

#include "indexer/order.h"

#include <stdlib.h>

/* Turns the lists of runs round: counts what each document has, then collects it. */
struct turning {
    uint32_t documents;
    uint32_t *room;
    uint64_t postings;
    struct anam_forward forward;
    uint32_t terms;
};

static void count_list(void *ctx, const struct anam_posting *list, size_t n)
{
    struct turning *t = ctx;
    if (!anam_order_uses((uint32_t)n, t->documents))
        return;
    t->postings += n;
    for (size_t i = 0; i < n; i++)
        t->room[list[i].document]++;
}

static void collect_list(void *ctx, const struct anam_posting *list, size_t n)
{
    struct turning *t = ctx;
    if (!anam_order_uses((uint32_t)n, t->documents))
        return;
    for (size_t i = 0; i < n; i++)
        anam_forward_add(&t->forward, list[i].document, t->terms);
    t->terms++;
}

static bool fits(const struct turning *t, size_t memory)
{
    enum { A_POSTING = 4, A_DOCUMENT = 34 }; /* bytes */
    uint64_t need = t->postings * A_POSTING + (uint64_t)t->documents * A_DOCUMENT;
    return need <= memory;
}

anam_status anam_arrange_documents(const struct anam_merge *merge, uint32_t documents,
                                   unsigned jobs, size_t memory, uint32_t **number, anam_error *err)
{
    *number = NULL;
    if (documents <= ANAM_WINDOW)
        return ANAM_OK;
    struct turning t = {.documents = documents};
    struct anam_merge walk = {.runs = merge->runs,
                              .n_runs = merge->n_runs,
                              .renumber = merge->renumber,
                              .stop = merge->stop,
                              .each_list = count_list,
                              .ctx = &t};
    t.room = anam_new_array(documents, sizeof *t.room);
    anam_status status = t.room ? anam_merge_runs(&walk, err) : anam_fail_memory(err);
    if (status || !fits(&t, memory))
        goto cleanup;
    if (!anam_forward_init(&t.forward, t.room, documents)) {
        status = anam_fail_memory(err);
        goto cleanup;
    }
    free(t.room);
    t.room = NULL;
    walk.each_list = collect_list;
    status = anam_merge_runs(&walk, err);
    if (status)
        goto cleanup;
    *number = anam_new_array(documents, sizeof **number);
    status = *number ? anam_order_documents(&t.forward, jobs, merge->stop, *number, err)
                     : anam_fail_memory(err);
    if (status) {
        free(*number);
        *number = NULL;
    }
cleanup:
    anam_forward_free(&t.forward);
    free(t.room);
    return status;
}
