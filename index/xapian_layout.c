#include "index/xapian_layout.h"

#include "base/error.h"
#include "base/hash.h"
#include "index/format.h"
#include "index/lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t anam_xapian_wdf(double impact, uint32_t tf)
{
    uint32_t low = tf < ANAM_XAPIAN_TF ? tf : ANAM_XAPIAN_TF;
    double above = impact * ANAM_XAPIAN_ONE - low;
    uint32_t high = above > 0 ? (uint32_t)(above / (1 << ANAM_XAPIAN_TF_BITS) + 0.5) : 0;
    return high << ANAM_XAPIAN_TF_BITS | low;
}

static char letter(int field)
{
    return field == ANAM_FIELD_QUESTION ? 'q' : 'a';
}

size_t anam_xapian_term(char *out, int field, const char *term, size_t len)
{
    out[0] = letter(field);
    memcpy(out + 1, term, len);
    return len + 1;
}

size_t anam_xapian_frequency_term(char *out, int field, const char *term, size_t len)
{
    out[0] = 'f';
    return anam_xapian_term(out + 1, field, term, len) + 1;
}

size_t anam_xapian_length_term(char *out, int field)
{
    out[0] = 'l';
    out[1] = letter(field);
    return 2;
}

size_t anam_xapian_padding_term(char *out)
{
    out[0] = 'p';
    return 1;
}

size_t anam_xapian_id_term(char *out, const char *id)
{
    enum { KEPT = 160 };
    size_t n = strlen(id);
    if (n + 2 <= ANAM_XAPIAN_MAX_NAME)
        return (size_t)snprintf(out, ANAM_XAPIAN_MAX_NAME, "i%s", id);
    static const struct anam_hash_key first = {{1, 2}};
    static const struct anam_hash_key second = {{3, 4}};
    return (size_t)snprintf(out, ANAM_XAPIAN_MAX_NAME, "i%.*s %016" PRIx64 "%016" PRIx64, KEPT, id,
                            anam_hash(first, id, n), anam_hash(second, id, n));
}

uint32_t anam_xapian_shard(const char *id, uint32_t shards)
{
    static const struct anam_hash_key key = {{0, 0}};
    return (uint32_t)(anam_hash(key, id, strlen(id)) % shards);
}

size_t anam_xapian_facts_print(const struct anam_xapian_facts *f, char text[ANAM_XAPIAN_FACTS])
{
    size_t room = ANAM_XAPIAN_FACTS;
    anam_settings impacts = ANAM_SETTINGS_INIT;
    impacts.k1 = f->k1;
    impacts.b = f->b;
    size_t n = (size_t)snprintf(
        text, room,
        "anamnesis-xapian %d\narchive %s\ngeneration %" PRIu64 "\nshard %" PRIu32
        "\nshards %" PRIu32 "\nanalyzer %" PRIu32 "\nlanguage %s\nrecords %" PRIu32
        "\nsentinels %" PRIu32 "\ndocuments %" PRIu64 "\nterms %" PRIu64 "\n",
        ANAM_XAPIAN_FORMAT, f->archive, f->generation, f->shard, f->shards, f->analyzer,
        f->language, f->records, f->sentinels, f->documents, f->terms);
    for (int i = 0; i < ANAM_N_FIELDS; i++)
        n += (size_t)snprintf(text + n, room - n, "tokens %" PRIu64 "\npostings %" PRIu64 "\n",
                              f->tokens[i], f->postings[i]);
    n += anam_settings_print(&f->settings, text + n, room - n);
    n += anam_settings_print(&impacts, text + n, room - n);
    return anam_lines_seal(text, n, room);
}

static bool number(char **at, const char *key, uint64_t max, uint64_t *v)
{
    return anam_line_number(anam_line(at, key), max, v);
}

static bool number32(char **at, const char *key, uint32_t max, uint32_t *v)
{
    uint64_t wide;
    bool ok = number(at, key, max, &wide);
    *v = ok ? (uint32_t)wide : 0;
    return ok;
}

static bool words(char **at, const char *key, char *out, size_t room)
{
    const char *value = anam_line(at, key);
    return value && (size_t)snprintf(out, room, "%s", value) < room;
}

static bool parse(struct anam_xapian_facts *f, char *at)
{
    anam_settings impacts;
    bool ok = words(&at, "archive", f->archive, sizeof f->archive) &&
              number(&at, "generation", INT64_MAX, &f->generation) &&
              number32(&at, "shard", ANAM_MAX_SHARDS, &f->shard) &&
              number32(&at, "shards", ANAM_MAX_SHARDS, &f->shards) &&
              number32(&at, "analyzer", UINT32_MAX, &f->analyzer) &&
              words(&at, "language", f->language, sizeof f->language) &&
              number32(&at, "records", ANAM_MAX_DOCUMENTS, &f->records) &&
              number32(&at, "sentinels", ANAM_MAX_DOCUMENTS, &f->sentinels) &&
              number(&at, "documents", INT64_MAX, &f->documents) &&
              number(&at, "terms", INT64_MAX, &f->terms);
    for (int i = 0; i < ANAM_N_FIELDS && ok; i++)
        ok = number(&at, "tokens", INT64_MAX, &f->tokens[i]) &&
             number(&at, "postings", INT64_MAX, &f->postings[i]);
    ok = ok && anam_settings_parse(&f->settings, &at) && anam_settings_parse(&impacts, &at);
    if (!ok || *at != '\0' || f->shard < 1 || f->shard > f->shards)
        return false;
    f->k1 = impacts.k1;
    f->b = impacts.b;
    return true;
}

anam_status anam_xapian_facts_read(struct anam_xapian_facts *f, const char *text, size_t n,
                                   const char *where, anam_error *err)
{
    char copy[ANAM_XAPIAN_FACTS];
    char *at = copy;
    uint64_t version;
    *f = (struct anam_xapian_facts){0};
    if (n == 0)
        return anam_fail(err, ANAM_NOT_INDEX,
                         "%s: is a Xapian database, but not one that anamnesis made", where);
    if (n < sizeof copy) {
        memcpy(copy, text, n);
        copy[n] = '\0';
    }
    if (n >= sizeof copy || !anam_lines_unseal(copy, n))
        return anam_fail(err, ANAM_DAMAGED, "%s is damaged: checksum mismatch of its facts", where);
    if (!number(&at, "anamnesis-xapian", UINT32_MAX, &version))
        return anam_fail(err, ANAM_DAMAGED, "%s is damaged: no format version", where);
    if (version != ANAM_XAPIAN_FORMAT)
        return anam_fail(err, version > ANAM_XAPIAN_FORMAT ? ANAM_TOO_NEW : ANAM_DAMAGED,
                         "%s: layout %" PRIu64 ", this program reads %d: index again", where,
                         version, ANAM_XAPIAN_FORMAT);
    if (!parse(f, at))
        return anam_fail(err, ANAM_DAMAGED, "%s is damaged: unreadable fact", where);
    return ANAM_OK;
}

void anam_xapian_shard_path(char out[ANAM_XAPIAN_PATH], uint32_t shard)
{
    snprintf(out, ANAM_XAPIAN_PATH, "shard-%" PRIu32, shard);
}

void anam_xapian_database_path(char out[ANAM_XAPIAN_PATH], uint32_t shard, uint64_t generation)
{
    snprintf(out, ANAM_XAPIAN_PATH, "shard-%" PRIu32 "/g%06" PRIu64, shard, generation);
}

/* A number as we print it, with `digits` at least; NULL where it is not one. */
static const char *whole(const char *text, int digits, uint64_t max, uint64_t *v)
{
    size_t n = strspn(text, "0123456789");
    bool padded = n == (size_t)digits;
    if (n < (size_t)digits || n > ANAM_XAPIAN_DIGITS || (text[0] == '0' && !padded))
        return NULL;
    *v = strtoull(text, NULL, 10);
    return *v >= 1 && *v <= max ? text + n : NULL;
}

static const char *shard_name(const char *name, uint32_t *shard)
{
    uint64_t n;
    const char *end = strncmp(name, "shard-", 6) == 0 ? whole(name + 6, 1, UINT32_MAX, &n) : NULL;
    *shard = end ? (uint32_t)n : 0;
    return end;
}

bool anam_xapian_shard_name(const char *name, uint32_t *shard)
{
    const char *end = shard_name(name, shard);
    return end && *end == '\0';
}

bool anam_xapian_generation_name(const char *name, uint64_t *generation)
{
    const char *end = name[0] == 'g' ? whole(name + 1, 6, INT64_MAX, generation) : NULL;
    return end && *end == '\0';
}

bool anam_xapian_stub_line(const char *line, uint32_t *shard, uint64_t *generation)
{
    const char *end = strncmp(line, "auto ", 5) == 0 ? shard_name(line + 5, shard) : NULL;
    return end && *end == '/' && *shard <= ANAM_MAX_SHARDS &&
           anam_xapian_generation_name(end + 1, generation);
}
