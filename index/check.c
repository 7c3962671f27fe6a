/* anam_segment_check: reads all of an index and compares its parts. */
#include "index/record.h"
#include "index/segment.h"

#include <stdlib.h>
#include <string.h>

struct check {
    const struct anam_segment *s;
    anam_check_fn report;
    void *ctx;
    anam_error *err; /* receives the first finding */
    anam_status first;
    uint64_t findings;
    struct anam_length_array lengths[ANAM_N_FIELDS];
    uint64_t *seen[ANAM_N_FIELDS]; /* terms counted a document */
    uint64_t postings[ANAM_N_FIELDS];
};

static void find(struct check *c, const anam_error *finding)
{
    if (c->findings++ == 0) {
        c->first = finding->code;
        if (c->err)
            *c->err = *finding;
    }
    if (c->report)
        c->report(c->ctx, finding->msg);
}

/* A list of a term in one field only has none to be bounded together with. */
static anam_status check_alone(const struct check *c, const struct anam_list_ref *ref,
                               anam_error *finding)
{
    struct anam_postings p;
    anam_status status = anam_segment_postings(c->s, ref, &p, finding);
    if (!status && p.n_slacks > 0)
        status = anam_map_damaged(p.map, p.offset, "slacks of a posting list", finding);
    return status;
}

/* Every chunk of a file, so that damage is found wherever it is. */
static void check_bytes(struct check *c, const struct anam_map *map)
{
    for (uint64_t at = 0; at < map->body; at += ANAM_CHUNK) {
        uint64_t n = map->body - at < ANAM_CHUNK ? map->body - at : ANAM_CHUNK;
        const unsigned char *bytes;
        anam_error finding;
        if (anam_map_read(map, at, n, &bytes, &finding))
            find(c, &finding);
    }
}

static anam_status check_list(struct check *c, int field, const struct anam_list_ref *ref,
                              anam_error *finding)
{
    struct anam_postings p;
    struct anam_postings_reader r = {0};
    const struct anam_impact *impact = &c->s->lengths.field[field].impact;
    uint64_t df = 0;
    uint64_t cf = 0;
    anam_status status = anam_segment_postings(c->s, ref, &p, finding);
    if (!status)
        status = anam_postings_read(&r, &p, finding);
    while (!status) {
        const struct anam_block *b = &r.block;
        status = anam_postings_next(&r, finding);
        if (status || b->n == 0)
            break;
        df += b->n;
        c->postings[field] += b->n;
        for (uint32_t i = 0; i < b->n && !status; i++) {
            uint32_t length = anam_length_of(c->lengths[field], b->docs[i]);
            cf += b->tfs[i];
            c->seen[field][b->docs[i]] += b->tfs[i];
            if (anam_impact_bound(impact, b->tfs[i], length) > b->bound)
                status = anam_map_damaged(p.map, ref->offset, "bound is too low", finding);
        }
    }
    anam_postings_reader_free(&r);
    if (!status && (df != ref->df || cf != ref->cf))
        status = anam_map_damaged(p.map, ref->offset, "posting list and lexicon differ", finding);
    return status;
}

/* Adds the impacts of a window's block, times a weight; returns the greatest sum. */
static double add_impacts(const struct check *c, int field, const struct anam_block *b,
                          double weight, double sums[ANAM_WINDOW])
{
    double most = 0;
    for (uint32_t i = 0; i < b->n; i++) {
        uint32_t length = anam_length_of(c->lengths[field], b->docs[i]);
        double *sum = &sums[b->docs[i] % ANAM_WINDOW];
        *sum += weight * anam_impact(&c->s->lengths.field[field].impact, b->tfs[i], length);
        most = *sum > most ? *sum : most;
    }
    return most;
}

/* Goes through the windows of two lists of a term, whose readers stand at the first, and compares
 * slacks with documents. */
static anam_status check_windows(const struct check *c, struct anam_postings_reader r[2],
                                 const struct anam_list_ref refs[2], anam_error *finding)
{
    const struct anam_postings *p = &r[1].list;
    const double idf[] = {anam_idf(p->documents, refs[0].df), anam_idf(p->documents, refs[1].df)};
    uint32_t shared = 0;
    anam_status status = ANAM_OK;
    while (!status && r[0].block.n > 0 && r[1].block.n > 0) {
        uint32_t window[] = {r[0].block.docs[0] / ANAM_WINDOW, r[1].block.docs[0] / ANAM_WINDOW};
        if (window[0] == window[1]) {
            double sums[ANAM_WINDOW] = {0};
            double x = idf[0] * (r[0].block.bound + 1) / 256;
            double y = idf[1] * (r[1].block.bound + 1) / 256;
            add_impacts(c, 0, &r[0].block, idf[0], sums);
            double most = add_impacts(c, 1, &r[1].block, idf[1], sums);
            double slack = shared < p->n_slacks ? anam_postings_slack(p, shared) : 0;
            if (most > x + y - slack / 15 * (x < y ? x : y))
                break;
            shared++;
        }
        for (int i = 0; i < 2 && !status; i++)
            if (window[i] <= window[1 - i])
                status = anam_postings_next(&r[i], finding);
    }
    if (!status && ((r[0].block.n > 0 && r[1].block.n > 0) || shared != p->n_slacks))
        status = anam_map_damaged(p->map, p->offset, "slacks of a posting list", finding);
    return status;
}

static anam_status check_slacks(const struct check *c, const struct anam_list_ref refs[2],
                                anam_error *finding)
{
    struct anam_postings_reader r[2] = {0};
    anam_status status = ANAM_OK;
    for (int f = 0; f < 2 && !status; f++) {
        struct anam_postings p;
        status = anam_segment_postings(c->s, &refs[f], &p, finding);
        if (!status)
            status = anam_postings_read(&r[f], &p, finding);
        if (!status)
            status = anam_postings_next(&r[f], finding);
    }
    if (!status)
        status = check_windows(c, r, refs, finding);
    for (int f = 0; f < 2; f++)
        anam_postings_reader_free(&r[f]);
    return status;
}

/* A key is found where `it` stands. */
static anam_status check_found(const struct anam_dict_iter *it, anam_error *err)
{
    const struct anam_dict *d = it->dict;
    struct anam_dict_iter found_at;
    bool found;
    anam_status status = anam_dict_find(d, it->key, it->len, &found_at, &found, err);
    if (!status && (!found || found_at.ordinal != it->ordinal))
        status = anam_map_damaged(d->map, d->offsets, "a key is not found where it is", err);
    return status;
}

static void check_terms(struct check *c)
{
    anam_error finding;
    struct anam_dict_iter it;
    const struct anam_segment *s = c->s;
    bool more = s->terms.keys > 0;
    char last[ANAM_MAX_KEY + 1] = "";
    uint64_t end = 0; /* of the last list */
    anam_status status = more ? anam_dict_seek(&it, &s->terms, 0, &finding) : ANAM_OK;
    while (!status && more) {
        uint64_t at = (uint64_t)(it.payload - s->terms.map->bytes);
        struct anam_list_ref refs[ANAM_N_FIELDS];
        if (it.ordinal > 0 && strcmp(last, it.key) >= 0)
            status = anam_map_damaged(s->terms.map, at, "terms are not in order", &finding);
        else if (it.offset != end)
            status = anam_map_damaged(s->terms.map, at, "posting lists are not in order", &finding);
        else if (!anam_list_refs_decode(&it, refs))
            status = anam_map_damaged(s->terms.map, at, "lexicon entry", &finding);
        if (!status)
            status = check_found(&it, &finding);
        for (int f = 0; f < ANAM_N_FIELDS && !status; f++)
            if (refs[f].df > 0)
                status = check_list(c, f, &refs[f], &finding);
        for (int f = 0; f < ANAM_N_FIELDS && !status; f++)
            if (refs[f].df > 0 && refs[1 - f].df == 0)
                status = check_alone(c, &refs[f], &finding);
        if (!status && refs[0].df > 0 && refs[1].df > 0)
            status = check_slacks(c, refs, &finding);
        memcpy(last, it.key, it.len + 1);
        end += it.bytes;
        if (!status)
            status = anam_dict_next(&it, &more, &finding);
    }
    const struct anam_map *postings = &s->map[ANAM_FILE_POSTINGS];
    if (!status && end != postings->body)
        status = anam_map_damaged(postings, end, "bytes of no posting list", &finding);
    if (status) {
        find(c, &finding);
        return;
    }
    for (int f = 0; f < ANAM_N_FIELDS; f++) {
        uint64_t total = 0;
        if (c->postings[f] != s->lengths.field[f].postings) {
            anam_map_damaged(s->lengths.map, 8, "number of postings", &finding);
            find(c, &finding);
        }
        for (uint32_t d = 0; d < s->manifest.documents; d++) {
            total += c->seen[f][d];
            if (c->seen[f][d] != anam_length_of(c->lengths[f], d)) {
                anam_map_damaged(s->lengths.map, s->lengths.field[f].offset,
                                 "a length differs from the postings", &finding);
                find(c, &finding);
                return;
            }
        }
        if (total != s->lengths.field[f].total) {
            anam_map_damaged(s->lengths.map, 8, "sum of lengths", &finding);
            find(c, &finding);
        }
    }
}

static anam_status check_all_ids(const struct anam_segment *s, anam_error *err)
{
    struct anam_dict_iter it;
    bool more = s->ids.keys > 0;
    char last[ANAM_MAX_KEY + 1] = "";
    anam_status status = more ? anam_dict_seek(&it, &s->ids, 0, err) : ANAM_OK;
    while (!status && more) {
        if (it.ordinal > 0 && strcmp(last, it.key) >= 0)
            return anam_map_damaged(s->ids.map, 0, "ids are not in order", err);
        memcpy(last, it.key, it.len + 1);
        status = check_found(&it, err);
        if (!status)
            status = anam_dict_next(&it, &more, err);
    }
    return status;
}

/* The ids are in order and found, ranks permute documents, and links go from each to the one before
 * on the way: then each id leads to one document. In time that is linear even where finding one
 * would take all ranks. */
static anam_status check_ids(struct check *c, anam_error *err)
{
    const struct anam_segment *s = c->s;
    uint32_t n = s->manifest.documents;
    uint64_t *ranked = c->seen[0]; /* not needed any more */
    anam_status status = check_all_ids(s, err);
    memset(ranked, 0, n * sizeof *ranked);
    for (uint32_t d = 0; d < n && !status; d++) {
        uint32_t rank;
        status = anam_segment_rank(s, d, &rank, err);
        if (!status && ranked[rank]++ > 0)
            status = anam_map_damaged(s->ids.map, s->ranks, "two ids have the same rank", err);
    }
    for (uint32_t i = 0; i < anam_links(n) && !status; i++) {
        uint32_t from = anam_linked(i);
        uint32_t to = from;
        uint32_t back = from;
        if (from >= n)
            continue;
        do
            status = anam_segment_rank(s, to, &to, err);
        while (!status && to != anam_linked(to / ANAM_LINKED));
        if (!status)
            status = anam_segment_link(s, to / ANAM_LINKED, &back, err);
        if (!status && back != from)
            status = anam_map_damaged(s->ids.map, s->links, "a link of ids", err);
    }
    return status;
}

/* Each document: its stored record says the id that its rank does. */
static void check_documents(struct check *c)
{
    anam_error finding = {0};
    struct anam_docblock block = {0};
    struct anam_arena arena = {0};
    const struct anam_segment *s = c->s;
    anam_status status = check_ids(c, &finding);
    for (uint32_t d = 0; d < s->manifest.documents && !status; d++) {
        struct anam_dict_iter it;
        const unsigned char *bytes;
        size_t n;
        anam_record record;
        anam_arena_reset(&arena);
        status = anam_segment_id(s, d, &it, &finding);
        if (!status)
            status = anam_docstore_get(&s->documents, d, &block, &bytes, &n, &finding);
        if (!status) {
            status = anam_record_decode(bytes, n, &arena, &record);
            if (status == ANAM_NO_MEMORY)
                anam_fail_memory(&finding);
            else if (status || strcmp(record.id, it.key) != 0)
                status = anam_map_damaged(s->documents.map, 0, "a stored record", &finding);
        }
    }
    if (status)
        find(c, &finding);
    anam_docblock_free(&block);
    anam_arena_free(&arena);
}

anam_status anam_segment_check(const struct anam_segment *s, anam_check_fn report, void *ctx,
                               anam_error *err)
{
    struct check c = {.s = s, .report = report, .ctx = ctx, .err = err};
    anam_status status = ANAM_OK;
    bool ok = true;
    for (int f = 0; f < ANAM_N_FIELDS; f++) {
        c.seen[f] = anam_new_array(s->manifest.documents, sizeof *c.seen[f]);
        ok = ok && c.seen[f];
    }
    if (!ok) {
        status = anam_fail_memory(err);
        goto cleanup;
    }
    for (int i = 0; i < ANAM_N_FILES; i++)
        check_bytes(&c, &s->map[i]);
    for (int f = 0; f < ANAM_N_FIELDS && c.findings == 0; f++) {
        anam_error finding;
        if (anam_lengths_array(&s->lengths, f, &c.lengths[f], &finding))
            find(&c, &finding);
    }
    if (c.findings == 0)
        check_terms(&c);
    if (c.findings == 0)
        check_documents(&c);
    if (c.findings > 0)
        status = c.first == ANAM_NO_MEMORY ? ANAM_NO_MEMORY : ANAM_DAMAGED;
cleanup:
    for (int f = 0; f < ANAM_N_FIELDS; f++)
        free(c.seen[f]);
    return status;
}
