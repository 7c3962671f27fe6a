/* How records lie in a Xapian database, so that Xapian's stock matcher, also that of a
 * stock server, ranks by our formula and may skip what cannot win.
 *
 * A record is a document. For each term of a field it has a Xapian term, 'q' or 'a' and the
 * term, whose wdf is not the frequency but what BM25 makes of it and of the field's length,
 *   impact = tf / (tf + k1 (1 - b + b len / avglen)), from 0 to 1,
 * as a whole number of 2^-20, with the frequency itself in the low 7 bits. A weight that is
 * linear in wdf (TfIdfWeight "nnn"), each term scaled by its share of the score, then sums
 * to our score. k1, b and the average lengths are those at the time of indexing; with
 * others the postings still tell tf and length, and all of them are read.
 *
 *   'q' term, 'a' term   wdf = impact and tf, see anam_xapian_wdf
 *   'f' 'q'|'a' term     wdf = tf, where that is ANAM_XAPIAN_TF or more
 *   'l' 'q'|'a'          wdf = 1 + length of the field, for every record
 *   'p'                  in a document whose wdf would add up to 2^32 - 1 otherwise
 *   'i' id               one document; see anam_xapian_id_term
 *   value 0              the id
 *   data                 the record as anam_record_encode has it
 *
 * Xapian bounds a term's wdf by its collection frequency less the wdf of the first
 * posting, in 32 bits, where sums of impacts overflow. Therefore the first documents are
 * sentinels: they have no id, and between them every term of the database once with the
 * largest wdf there is, which Xapian then takes for the bound. They match first and are
 * dropped; every term's document frequency is one more than it has records. */
#ifndef ANAM_XAPIAN_LAYOUT_H
#define ANAM_XAPIAN_LAYOUT_H

#include "anamnesis.h"
#include "base/alloc.h"

#include <stdbool.h>

enum {
    ANAM_XAPIAN_FORMAT = 1,
    ANAM_XAPIAN_ID_SLOT = 0,
    ANAM_XAPIAN_IMPACT_BITS = 20,
    ANAM_XAPIAN_TF_BITS = 7,
    ANAM_XAPIAN_TF = (1 << ANAM_XAPIAN_TF_BITS) - 1, /* the frequency, or more */
    ANAM_XAPIAN_SENTINEL_TERMS = 1 << 17,            /* a sentinel has at most so many */
    ANAM_XAPIAN_MAX_NAME = 240,                      /* bytes of a Xapian term of ours */
    ANAM_XAPIAN_ARCHIVE = 33                         /* an archive's name and its NUL */
};

/* The impact 1 as a wdf, and the largest wdf: that of the sentinels. */
#define ANAM_XAPIAN_ONE (UINT32_C(1) << (ANAM_XAPIAN_IMPACT_BITS + ANAM_XAPIAN_TF_BITS))
#define ANAM_XAPIAN_CEILING (ANAM_XAPIAN_ONE + ANAM_XAPIAN_TF)

/* The wdf of an impact from 0 to 1 and a frequency of at least 1: of the numbers whose low
 * bits are min(tf, ANAM_XAPIAN_TF), the one nearest to impact * ANAM_XAPIAN_ONE. It is off by
 * at most 2^-21. */
uint32_t anam_xapian_wdf(double impact, uint32_t tf);

/* The names of Xapian terms; each returns the length. `out` has ANAM_XAPIAN_MAX_NAME bytes. */
size_t anam_xapian_term(char *out, int field, const char *term, size_t len);
size_t anam_xapian_frequency_term(char *out, int field, const char *term, size_t len);
size_t anam_xapian_length_term(char *out, int field);
size_t anam_xapian_padding_term(char *out);
/* An id too long for a term is cut, and two keyed hashes stand for the rest. */
size_t anam_xapian_id_term(char *out, const char *id);

/* Which shard, from 0, has a record: a hash of the id that never changes. */
uint32_t anam_xapian_shard(const char *id, uint32_t shards);

/* What a database says of itself, under the metadata key ANAM_XAPIAN_KEY. */
#define ANAM_XAPIAN_KEY "anamnesis"

struct anam_xapian_facts {
    char archive[ANAM_XAPIAN_ARCHIVE]; /* names records, layout and settings of all shards */
    uint64_t generation;
    uint32_t shard; /* from 1 */
    uint32_t shards;
    uint32_t analyzer; /* version */
    char language[32];
    anam_settings settings; /* to search with */
    double k1, b;           /* of the impacts */
    uint32_t records;       /* of this shard */
    uint32_t sentinels;     /* documents 1 to this are, or were kept for, sentinels */
    uint64_t documents;     /* of the archive, and so all below */
    uint64_t tokens[ANAM_N_FIELDS];
    uint64_t postings[ANAM_N_FIELDS];
    uint64_t terms;
};

enum { ANAM_XAPIAN_FACTS = 2048 };

/* As text; returns its length. */
size_t anam_xapian_facts_print(const struct anam_xapian_facts *f, char text[ANAM_XAPIAN_FACTS]);

/* ANAM_NOT_INDEX for an empty text, ANAM_TOO_NEW, ANAM_DAMAGED; messages begin with `where`. */
anam_status anam_xapian_facts_read(struct anam_xapian_facts *f, const char *text, size_t n,
                                   const char *where, anam_error *err);

/* The directory of an index for Xapian:
 *   XAPIANDB             stub, `auto shard-1/g000007` and so on: the current generation
 *   shard-1/XAPIANDB     stub, `auto g000007`: for a server of this shard alone
 *   shard-1/g000007/     a database
 *   build/               a writer's lock and temporary files
 * The stub at the top is replaced last; it commits. */
enum {
    ANAM_XAPIAN_PATH = 64,
    ANAM_XAPIAN_DIGITS = 18 /* of a generation's number, at most */
};
#define ANAM_XAPIAN_GENERATIONS UINT64_C(999999999999999999)
#define ANAM_XAPIAN_STUB "XAPIANDB"
#define ANAM_XAPIAN_BUILD "build"

void anam_xapian_shard_path(char out[ANAM_XAPIAN_PATH], uint32_t shard);
void anam_xapian_database_path(char out[ANAM_XAPIAN_PATH], uint32_t shard, uint64_t generation);

/* Whether the name of a directory is that of a shard, of a generation. */
bool anam_xapian_shard_name(const char *name, uint32_t *shard);
bool anam_xapian_generation_name(const char *name, uint64_t *generation);

/* Whether a line is one of the top stub, and then the database it names. */
bool anam_xapian_stub_line(const char *line, uint32_t *shard, uint64_t *generation);

#endif
