#include "indexer/commit.h"

#include "analysis/analyzer.h"
#include "index/bitpack.h"
#include "index/dict.h"
#include "index/lengths.h"
#include "index/segment.h"
#include "indexer/arrange.h"
#include "indexer/batch.h"
#include "indexer/merge.h"
#include "indexer/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

anam_status anam_build_begin(struct anam_build *b, const char *path, const char *language,
                             anam_error *err)
{
    *b = (struct anam_build){0};
    anam_status status = anam_directory_lock(&b->dir, path, err);
    if (status)
        return status;
    if (b->dir.highest >= ANAM_MAX_GENERATION)
        return anam_fail(err, ANAM_BAD_DATA, "%s: no generation is left to count", path);
    b->manifest.generation = b->dir.highest + 1;
    b->manifest.analyzer = ANAM_ANALYZER_VERSION;
    b->manifest.settings = (anam_settings)ANAM_SETTINGS_INIT;
    struct anam_manifest old; /* what was tuned for this archive outlives indexing again */
    status = anam_manifest_read(&old, path, err);
    if (status == ANAM_IO || status == ANAM_NO_MEMORY)
        return status;
    if (status == ANAM_OK)
        b->manifest.settings = old.settings;
    snprintf(b->manifest.language, sizeof b->manifest.language, "%s", language);
    char name[ANAM_FILE_NAME];
    snprintf(name, sizeof name, "%06llu.run.records", (unsigned long long)b->manifest.generation);
    return anam_spool_open(&b->spool, b->dir.path, name, err);
}

void anam_build_free(struct anam_build *b)
{
    anam_spool_free(&b->spool);
    anam_arena_free(&b->id_bytes);
    free(b->ids);
    for (int f = 0; f < ANAM_N_FIELDS; f++)
        free(b->lengths[f]);
    if (b->dir.path) {
        if (!b->published)
            anam_directory_abandon(&b->dir, NULL); /* else the next writer does */
        anam_directory_unlock(&b->dir);
    }
    *b = (struct anam_build){.dir.lock = -1};
}

size_t anam_build_memory(const struct anam_build *b)
{
    size_t n = b->id_bytes.total + b->cap_ids * sizeof *b->ids + anam_spool_memory(&b->spool);
    for (int f = 0; f < ANAM_N_FIELDS; f++)
        n += b->cap_lengths[f] * sizeof *b->lengths[f];
    return n;
}

anam_status anam_build_add(struct anam_build *b, const char *id, anam_error *err)
{
    size_t i = b->added;
    if (!anam_grow(&b->ids, &b->cap_ids, i + 1, sizeof *b->ids))
        return anam_fail_memory(err);
    for (int f = 0; f < ANAM_N_FIELDS; f++)
        if (!anam_grow(&b->lengths[f], &b->cap_lengths[f], i + 1, sizeof *b->lengths[f]))
            return anam_fail_memory(err);
    b->ids[i] = anam_arena_copy(&b->id_bytes, id, strlen(id));
    if (!b->ids[i])
        return anam_fail_memory(err);
    b->added++;
    return ANAM_OK;
}

anam_status anam_build_take(struct anam_build *b, const struct anam_batch *batch, anam_error *err)
{
    for (size_t i = 0; i < batch->n; i++)
        for (size_t f = 0; f < ANAM_N_FIELDS; f++)
            b->lengths[f][batch->first + i] = batch->lengths[i * ANAM_N_FIELDS + f];
    return anam_spool_enter(&b->spool, batch->ends, batch->checks, batch->n, err);
}

static void run_name(char out[ANAM_FILE_NAME], uint64_t generation, uint32_t run)
{
    snprintf(out, ANAM_FILE_NAME, "%06llu.run%u", (unsigned long long)generation, run);
}

anam_status anam_build_run(struct anam_build *b, struct anam_inverter *inv, anam_error *err)
{
    char name[ANAM_FILE_NAME];
    struct anam_file_writer file;
    run_name(name, b->manifest.generation, atomic_fetch_add(&b->runs, 1));
    anam_status status = anam_check_stop(&b->stop, err);
    if (!status)
        status = anam_file_writer_open(&file, b->dir.path, name, err);
    if (status)
        return status;
    file.temporary = true;
    status = anam_inverter_write_run(inv, &file, err);
    if (!status)
        status = anam_file_finish(&file, NULL, err);
    anam_file_writer_free(&file);
    return status;
}

/* Opens the file of the new generation. */
static anam_status open_file(const struct anam_build *b, enum anam_part_file which,
                             struct anam_file_writer *file, anam_error *err)
{
    char name[ANAM_FILE_NAME];
    anam_file_name(name, b->manifest.generation, which);
    return anam_file_writer_open(file, b->dir.path, name, err);
}

static anam_status write_documents(struct anam_build *b, const uint32_t *number, anam_error *err)
{
    struct anam_file_writer file;
    anam_status status = open_file(b, ANAM_FILE_DOCUMENTS, &file, err);
    struct anam_store store = {.spool = &b->spool,
                               .number = number,
                               .documents = b->manifest.documents,
                               .file = &file,
                               .jobs = b->jobs,
                               .stop = &b->stop};
    if (!status)
        status = anam_store_records(&store, err);
    if (!status)
        status = anam_file_finish(&file, &b->manifest.size[ANAM_FILE_DOCUMENTS], err);
    anam_file_writer_free(&file);
    anam_spool_remove(&b->spool); /* what comes next needs room, too */
    return status;
}

/* How documents are numbered anew. */
struct numbering {
    uint32_t *renumber; /* see struct anam_merge; NULL: as they came */
    bool arranged;      /* not in the order in which they came */
};

/* Closes the gaps that replaced records leave: to->renumber is NULL where there are none, and
 * nothing else numbers documents anew. */
static anam_status close_gaps(struct anam_build *b, struct numbering *to, anam_error *err)
{
    b->manifest.documents = b->added;
    if (b->replaced == 0 && !b->optimize)
        return ANAM_OK;
    to->renumber = anam_new_array(b->added, sizeof *to->renumber);
    if (!to->renumber)
        return anam_fail_memory(err);
    uint32_t n = 0;
    for (uint32_t i = 0; i < b->added; i++) {
        to->renumber[i] = b->ids[i] ? n : UINT32_MAX;
        if (!b->ids[i])
            continue;
        b->ids[n] = b->ids[i];
        for (int f = 0; f < ANAM_N_FIELDS; f++)
            b->lengths[f][n] = b->lengths[f][i];
        n++;
    }
    b->manifest.documents = n;
    return ANAM_OK;
}

/* Puts ids and lengths where number[] says. */
static bool move_documents(struct anam_build *b, const uint32_t *number)
{
    uint32_t n = b->manifest.documents;
    const char **ids = anam_new_array(n, sizeof *ids);
    if (!ids)
        return false;
    for (uint32_t d = 0; d < n; d++)
        ids[number[d]] = b->ids[d];
    free(b->ids);
    b->ids = ids;
    for (int f = 0; f < ANAM_N_FIELDS; f++) {
        uint32_t *lengths = anam_new_array(n, sizeof *lengths);
        if (!lengths)
            return false;
        for (uint32_t d = 0; d < n; d++)
            lengths[number[d]] = b->lengths[f][d];
        free(b->lengths[f]);
        b->lengths[f] = lengths;
    }
    return true;
}

/* Puts like documents side by side. */
static anam_status arrange(struct anam_build *b, const struct anam_map *runs, struct numbering *to,
                           anam_error *err)
{
    uint32_t *number = NULL;
    size_t held = anam_build_memory(b);
    size_t left = b->memory - (held < b->memory / 2 ? held : b->memory / 2);
    struct anam_arrange how = {.runs = runs,
                               .n_runs = b->runs,
                               .renumber = to->renumber,
                               .gaps = b->replaced > 0,
                               .documents = b->manifest.documents,
                               .jobs = b->jobs,
                               .memory = left,
                               .stop = &b->stop};
    anam_status status = anam_arrange_documents(&how, &number, err);
    b->unordered = !number && b->manifest.documents > ANAM_WINDOW;
    if (status || !number)
        return status;
    if (!move_documents(b, number)) {
        free(number);
        return anam_fail_memory(err);
    }
    to->arranged = true;
    for (uint32_t i = 0; i < b->added; i++)
        if (to->renumber[i] != UINT32_MAX)
            to->renumber[i] = number[to->renumber[i]];
    free(number);
    return ANAM_OK;
}

struct id_order {
    const char *id;
    uint32_t document;
};

static int compare_ids(const void *a, const void *b)
{
    const struct id_order *x = a;
    const struct id_order *y = b;
    return strcmp(x->id, y->id);
}

static anam_status append_packed(struct anam_file_writer *file, const uint32_t *numbers, uint32_t n,
                                 unsigned bits, anam_error *err)
{
    struct anam_buffer packed = {0};
    anam_status status = ANAM_OK;
    if (!anam_bitpack(&packed, numbers, n, bits))
        status = anam_fail_memory(err);
    else if (packed.len > 0)
        status = anam_file_append(file, packed.data, packed.len, err);
    anam_buffer_free(&packed);
    return status;
}

/* Each document with a link is that to which the link of the next such one on the way goes: see
 * anam_segment_find. */
static void link_documents(const uint32_t *ranks, uint32_t n, uint32_t *links)
{
    memset(links, 0, anam_links(n) * sizeof *links);
    for (uint32_t i = 0; i < anam_links(n); i++) {
        uint32_t from = anam_linked(i);
        if (from >= n)
            continue;
        uint32_t to = ranks[from];
        while (to != anam_linked(to / ANAM_LINKED))
            to = ranks[to];
        links[to / ANAM_LINKED] = from;
    }
}

static anam_status write_sorted_ids(struct anam_file_writer *file, const struct id_order *order,
                                    uint32_t n, uint32_t *ranks, uint32_t *links, anam_error *err)
{
    struct anam_dict_writer dict = {.file = file};
    anam_status status = ANAM_OK;
    for (uint32_t i = 0; i < n && !status; i++) {
        ranks[order[i].document] = i;
        status = anam_dict_add(&dict, order[i].id, strlen(order[i].id), NULL, err);
    }
    if (!status)
        status = anam_dict_end(&dict, err);
    anam_dict_writer_free(&dict);
    unsigned char ranks_at[8];
    anam_store64(ranks_at, file->pos);
    if (!status)
        status = append_packed(file, ranks, n, anam_number_bits(n), err);
    if (!status)
        link_documents(ranks, n, links);
    if (!status)
        status = append_packed(file, links, anam_links(n), anam_number_bits(n), err);
    return status ? status : anam_file_append(file, ranks_at, sizeof ranks_at, err);
}

static anam_status write_ids(struct anam_build *b, anam_error *err)
{
    uint32_t n = b->manifest.documents;
    struct anam_file_writer file = {.fd = -1};
    struct id_order *order = anam_new_array(n, sizeof *order);
    uint32_t *ranks = anam_new_array(n, sizeof *ranks);
    uint32_t *links = anam_new_array(anam_links(n), sizeof *links);
    anam_status status = order && ranks && links ? ANAM_OK : anam_fail_memory(err);
    if (!status)
        status = open_file(b, ANAM_FILE_IDS, &file, err);
    if (!status) {
        for (uint32_t i = 0; i < n; i++)
            order[i] = (struct id_order){b->ids[i], i};
        qsort(order, n, sizeof *order, compare_ids);
        status = write_sorted_ids(&file, order, n, ranks, links, err);
    }
    if (!status)
        status = anam_file_finish(&file, &b->manifest.size[ANAM_FILE_IDS], err);
    anam_file_writer_free(&file);
    free(order);
    free(ranks);
    free(links);
    return status;
}

static anam_status write_lengths(struct anam_build *b, const uint64_t postings[ANAM_N_FIELDS],
                                 anam_error *err)
{
    struct anam_file_writer file;
    anam_status status = open_file(b, ANAM_FILE_LENGTHS, &file, err);
    if (!status)
        status = anam_lengths_write(&file, b->lengths, b->manifest.settings.k1,
                                    b->manifest.settings.b, postings, b->manifest.documents, err);
    if (!status)
        status = anam_file_finish(&file, &b->manifest.size[ANAM_FILE_LENGTHS], err);
    anam_file_writer_free(&file);
    return status;
}

static anam_status open_runs(const struct anam_build *b, struct anam_map *runs, anam_error *err)
{
    anam_status status = ANAM_OK;
    for (uint32_t i = 0; i < atomic_load(&b->runs) && !status; i++) {
        char name[ANAM_FILE_NAME];
        run_name(name, b->manifest.generation, i);
        status = anam_map_open(&runs[i], b->dir.path, name, ANAM_ANY_SIZE, err);
    }
    return status;
}

/* That of the settings which the index will be searched with, as far as is known. */
static struct anam_impact impact_of(const struct anam_build *b, int field)
{
    const anam_settings *s = &b->manifest.settings;
    uint32_t n = b->manifest.documents;
    uint64_t total = 0;
    for (uint32_t d = 0; d < n; d++)
        total += b->lengths[field][d];
    return anam_impact_of(s->k1, s->b, (double)total / n);
}

static anam_status write_postings(struct anam_build *b, const struct anam_map *runs,
                                  const struct numbering *to, uint64_t counts[ANAM_N_FIELDS],
                                  anam_error *err)
{
    struct anam_file_writer postings = {.fd = -1};
    struct anam_file_writer terms = {.fd = -1};
    anam_status status = open_file(b, ANAM_FILE_POSTINGS, &postings, err);
    if (!status)
        status = open_file(b, ANAM_FILE_TERMS, &terms, err);
    if (!status) {
        struct anam_merge merge = {.runs = runs,
                                   .n_runs = b->runs,
                                   .renumber = to->renumber,
                                   .shuffled = to->arranged,
                                   .documents = b->manifest.documents,
                                   .stop = &b->stop,
                                   .postings = &postings,
                                   .terms = &terms};
        for (int f = 0; f < ANAM_N_FIELDS; f++) {
            merge.lengths[f] = b->lengths[f];
            merge.impact[f] = impact_of(b, f);
        }
        status = anam_merge_runs(&merge, err);
        memcpy(counts, merge.n_postings, sizeof merge.n_postings);
    }
    if (!status)
        status = anam_file_finish(&postings, &b->manifest.size[ANAM_FILE_POSTINGS], err);
    if (!status)
        status = anam_file_finish(&terms, &b->manifest.size[ANAM_FILE_TERMS], err);
    anam_file_writer_free(&postings);
    anam_file_writer_free(&terms);
    return status;
}

/* Writes all files of the generation. */
static anam_status write_files(struct anam_build *b, const struct anam_map *runs,
                               struct numbering *to, anam_error *err)
{
    uint64_t postings[ANAM_N_FIELDS] = {0};
    anam_status status = close_gaps(b, to, err);
    if (!status && b->optimize)
        status = arrange(b, runs, to, err);
    if (!status)
        status = anam_check_stop(&b->stop, err);
    if (!status)
        status = write_documents(b, to->renumber, err);
    if (!status)
        status = anam_check_stop(&b->stop, err);
    if (!status)
        status = write_ids(b, err);
    if (!status)
        status = write_postings(b, runs, to, postings, err);
    return status ? status : write_lengths(b, postings, err);
}

anam_status anam_build_commit(struct anam_build *b, anam_error *err)
{
    struct numbering to = {0};
    struct anam_map *runs = anam_new_array(b->runs, sizeof *runs);
    anam_status status = runs ? open_runs(b, runs, err) : anam_fail_memory(err);
    if (!status)
        status = write_files(b, runs, &to, err);
    for (uint32_t i = 0; runs && i < b->runs; i++)
        anam_map_close(&runs[i]);
    free(runs);
    free(to.renumber);
    if (!status)
        status = anam_check_stop(&b->stop, err); /* for the last time */
    if (!status) /* names of files before the name of their generation, and of the directory */
        status = anam_sync_dir(b->dir.path, err);
    if (!status && b->dir.made)
        status = anam_sync_parent(b->dir.path, err);
    if (!status)
        status = anam_manifest_publish(&b->manifest, b->dir.path, err);
    if (status)
        return status;
    b->published = true;
    b->dir.generation = b->manifest.generation;
    anam_directory_sweep(&b->dir, b->manifest.generation);
    return ANAM_OK;
}
