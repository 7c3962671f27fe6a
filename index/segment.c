#include "index/segment.h"

#include "base/prefetch.h"
#include "index/bitpack.h"

#include <errno.h>
#include <string.h>

static anam_status open_parts(struct anam_segment *s, anam_error *err)
{
    const struct anam_map *ids = &s->map[ANAM_FILE_IDS];
    const struct anam_map *terms = &s->map[ANAM_FILE_TERMS];
    uint32_t documents = s->manifest.documents;
    anam_status status = anam_dict_open(&s->terms, terms, terms->body, true, err);
    if (status)
        return status;
    if (ids->body < 8)
        return anam_map_damaged(ids, ids->body, "too short", err);
    const unsigned char *foot;
    status = anam_map_read(ids, ids->body - 8, 8, &foot, err);
    if (status)
        return status;
    s->ranks = anam_load64(foot);
    s->number_bits = anam_number_bits(documents);
    uint64_t bytes = anam_packed_bytes(documents, s->number_bits);
    uint64_t links = anam_packed_bytes(anam_links(documents), s->number_bits);
    if (s->ranks > ids->body - 8 || ids->body - 8 - s->ranks != bytes + links)
        return anam_map_damaged(ids, ids->body - 8, "offset of the ranks", err);
    s->links = s->ranks + bytes;
    status = anam_dict_open(&s->ids, ids, s->ranks, false, err);
    if (!status && s->ids.keys != documents)
        status = anam_map_damaged(ids, s->ranks - 8, "number of ids", err);
    if (!status)
        status = anam_lengths_open(&s->lengths, &s->map[ANAM_FILE_LENGTHS], documents, err);
    if (!status)
        status = anam_docstore_open(&s->documents, &s->map[ANAM_FILE_DOCUMENTS], documents, err);
    return status;
}

/* *missing: the name of a file that the manifest names and that is not there, else "". */
static anam_status open_once(struct anam_segment *s, const char *dir, char missing[ANAM_FILE_NAME],
                             anam_error *err)
{
    *s = (struct anam_segment){0};
    missing[0] = '\0';
    anam_error why = {0};
    anam_status status = anam_manifest_read(&s->manifest, dir, err);
    for (int i = 0; i < ANAM_N_FILES && !status; i++) {
        char name[ANAM_FILE_NAME];
        anam_file_name(name, s->manifest.generation, (enum anam_part_file)i);
        status = anam_map_open(&s->map[i], dir, name, s->manifest.size[i], &why);
        if (status && why.sys == ENOENT)
            memcpy(missing, name, sizeof name);
        if (status && err)
            *err = why;
    }
    return status ? status : open_parts(s, err);
}

anam_status anam_segment_open(struct anam_segment *s, const char *dir, anam_error *err)
{
    /* A commit between reading the manifest and opening what it names removes those
     * files; then there is a newer manifest to read. */
    enum { ATTEMPTS = 100 };
    char missing[ANAM_FILE_NAME];
    anam_status status = ANAM_OK;
    uint64_t generation = 0;
    for (int i = 0; i < ATTEMPTS; i++) {
        status = open_once(s, dir, missing, err);
        if (!status)
            return status;
        bool changed = s->manifest.generation != generation;
        generation = s->manifest.generation;
        anam_segment_close(s);
        if (!missing[0] || !changed)
            break;
    }
    if (missing[0])
        status = anam_fail(err, ANAM_DAMAGED, "%s is damaged: %s is missing", dir, missing);
    return status;
}

void anam_segment_close(struct anam_segment *s)
{
    for (int i = 0; i < ANAM_N_FILES; i++)
        anam_map_close(&s->map[i]);
}

enum { FIELD_BITS = (1 << ANAM_N_FIELDS) - 1 };

void anam_list_refs_encode(const struct anam_list_ref refs[ANAM_N_FIELDS],
                           struct anam_dict_value *value)
{
    char bytes[ANAM_MAX_PAYLOAD + 64];
    struct anam_buffer buf = {bytes, 0, sizeof bytes}; /* never grows */
    uint64_t fields = 0;
    for (int f = 0; f < ANAM_N_FIELDS; f++)
        fields |= (uint64_t)(refs[f].df > 0) << f;
    value->bytes = 0;
    for (int f = 0; f < ANAM_N_FIELDS; f++) {
        bool first = value->bytes == 0;
        if (refs[f].df == 0)
            continue;
        if (first)
            value->offset = refs[f].offset;
        anam_buffer_append_varint(&buf,
                                  first ? refs[f].df * (FIELD_BITS + 1) + fields : refs[f].df);
        anam_buffer_append_varint(&buf, refs[f].cf - refs[f].df);
        if (fields >> (f + 1) > 0)
            anam_buffer_append_varint(&buf, refs[f].bytes);
        value->bytes += refs[f].bytes;
    }
    memcpy(value->payload, bytes, buf.len); /* 2 * 3 * 10 at most */
    value->n = buf.len;
}

bool anam_list_refs_decode(const struct anam_dict_iter *it,
                           struct anam_list_ref refs[ANAM_N_FIELDS])
{
    struct anam_cursor c = anam_cursor_over(it->payload, it->payload_len);
    uint64_t df = anam_cursor_varint(&c);
    uint64_t fields = df & FIELD_BITS;
    uint64_t left = it->bytes;
    bool ok = fields > 0;
    df >>= ANAM_N_FIELDS;
    for (int f = 0; f < ANAM_N_FIELDS; f++) {
        refs[f] = (struct anam_list_ref){0};
        if (!(fields >> f & 1))
            continue;
        refs[f].df = df > 0 ? df : anam_cursor_varint(&c);
        refs[f].cf = anam_cursor_varint_max(&c, INT64_MAX) + refs[f].df;
        refs[f].offset = it->offset + it->bytes - left;
        refs[f].bytes = fields >> (f + 1) > 0 ? anam_cursor_varint_max(&c, left) : left;
        left -= refs[f].bytes;
        ok = ok && refs[f].df > 0 && refs[f].df <= ANAM_MAX_DOCUMENTS;
        df = 0;
    }
    return ok && !c.bad && anam_cursor_left(&c) == 0;
}

anam_status anam_segment_term(const struct anam_segment *s, const char *term, size_t len,
                              struct anam_list_ref refs[ANAM_N_FIELDS], anam_error *err)
{
    for (int f = 0; f < ANAM_N_FIELDS; f++)
        refs[f] = (struct anam_list_ref){0};
    struct anam_dict_iter it;
    bool found;
    anam_status status = anam_dict_find(&s->terms, term, len, &it, &found, err);
    if (status || !found)
        return status;
    bool ok = anam_list_refs_decode(&it, refs);
    for (int f = 0; f < ANAM_N_FIELDS; f++)
        ok = ok && refs[f].df <= s->manifest.documents;
    if (!ok)
        return anam_map_damaged(s->terms.map, (uint64_t)(it.payload - s->terms.map->bytes),
                                "lexicon entry", err);
    return ANAM_OK;
}

void anam_segment_foresee_list(const struct anam_segment *s, const struct anam_list_ref *ref)
{
    enum { MOST = 512 }; /* what lies behind is loaded as it is read */
    const struct anam_map *map = &s->map[ANAM_FILE_POSTINGS];
    if (ref->offset > map->body || ref->bytes > map->body - ref->offset)
        return;
    for (uint64_t i = 0; i < ref->bytes && i < MOST; i += ANAM_CACHE_LINE)
        anam_prefetch(map->bytes + ref->offset + i);
}

anam_status anam_segment_postings(const struct anam_segment *s, const struct anam_list_ref *ref,
                                  struct anam_postings *p, anam_error *err)
{
    return anam_postings_open(p, &s->map[ANAM_FILE_POSTINGS], ref->offset, ref->bytes,
                              s->manifest.documents, err);
}

unsigned anam_number_bits(uint32_t documents)
{
    return documents > 0 ? anam_bits(documents - 1) : 0;
}

uint32_t anam_links(uint32_t documents)
{
    return documents / ANAM_LINKED + (documents % ANAM_LINKED > 0);
}

/* Number i of those packed at byte `at` of the ids. */
static anam_status read_number(const struct anam_segment *s, uint64_t at, uint32_t i,
                               uint32_t *number, anam_error *err)
{
    const struct anam_map *map = &s->map[ANAM_FILE_IDS];
    const unsigned char *bytes;
    uint64_t bit = (uint64_t)i * s->number_bits;
    uint64_t end = bit + s->number_bits;
    anam_status status = anam_map_read(map, at + bit / 8, (end + 7) / 8 - bit / 8, &bytes, err);
    if (status)
        return status;
    *number = anam_bitpack_at(map->bytes + at, i, s->number_bits);
    if (*number >= s->manifest.documents)
        return anam_map_damaged(map, at + bit / 8, "rank of an id", err);
    return ANAM_OK;
}

anam_status anam_segment_rank(const struct anam_segment *s, uint32_t document, uint32_t *rank,
                              anam_error *err)
{
    return read_number(s, s->ranks, document, rank, err);
}

anam_status anam_segment_link(const struct anam_segment *s, uint32_t i, uint32_t *document,
                              anam_error *err)
{
    return read_number(s, s->links, i, document, err);
}

void anam_segment_foresee_rank(const struct anam_segment *s, uint32_t document)
{
    if (document < s->manifest.documents)
        anam_prefetch(s->map[ANAM_FILE_IDS].bytes + s->ranks +
                      (size_t)document * s->number_bits / 8);
}

anam_status anam_segment_id(const struct anam_segment *s, uint32_t document,
                            struct anam_dict_iter *it, anam_error *err)
{
    uint32_t rank;
    anam_status status = anam_segment_rank(s, document, &rank, err);
    return status ? status : anam_dict_seek(it, &s->ids, rank, err);
}

/* The document with a rank. Ranks permute documents: from any, taking its rank for a document and
 * so on, one comes back to it. On the way from `rank` there is one with a link, or `rank` comes
 * first; the link goes back to the one with a link before, from which `rank` is on the way. After
 * Munro, Raman, Raman, Rao: Succinct representations of permutations (ICALP 2003). */
static anam_status find_rank(const struct anam_segment *s, uint32_t rank, uint32_t *document,
                             anam_error *err)
{
    uint32_t at = rank;
    uint32_t next = rank;
    bool linked = false;
    for (uint64_t steps = 0; steps <= s->manifest.documents; steps++) {
        anam_status status = ANAM_OK;
        if (!linked && at == anam_linked(at / ANAM_LINKED)) {
            status = anam_segment_link(s, at / ANAM_LINKED, &at, err);
            linked = true;
        }
        if (!status)
            status = anam_segment_rank(s, at, &next, err);
        *document = at;
        if (status || next == rank)
            return status;
        at = next;
    }
    return anam_map_damaged(&s->map[ANAM_FILE_IDS], s->links, "links of ids", err);
}

anam_status anam_segment_find(const struct anam_segment *s, const char *id, uint32_t *document,
                              bool *found, anam_error *err)
{
    struct anam_dict_iter it;
    anam_status status = anam_dict_find(&s->ids, id, strlen(id), &it, found, err);
    if (status || !*found)
        return status;
    return find_rank(s, (uint32_t)it.ordinal, document, err);
}
