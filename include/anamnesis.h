/* anamnesis.h: full-text search for archives of medical questions and answers.
 *
 * Caveats first
 * - Every function that can fail returns an anam_status and takes an optional
 *   `anam_error *` as last argument (NULL is fine). On failure the error record
 *   is filled, every output pointer is set to NULL, and nothing leaks. What the record holds
 *   after a success means nothing.
 * - Pointer-to-pointer outputs are yours to free with the matching _free or
 *   _close function; const pointers are borrowed from the object they came from.
 * - The library prints nothing, never exits, has no global state, touches no network
 *   of its own accord and never records a query.
 * - Strings are NUL-terminated UTF-8. Invalid bytes are accepted everywhere and
 *   read as U+FFFD, but for an id that is looked up.
 * - Option structs begin with their own size; start from the _INIT macro, so
 *   that a program keeps working when a later library adds members.
 * - Opening a uri xapian+tcp:... is the one thing that uses the network, and libxapian
 *   then makes the process ignore SIGPIPE. Servers are trusted not to exhaust memory: an
 *   answer is as large as they say. A directory may come from anywhere: nothing in it
 *   makes a program run or a connection be made.
 * - An index directory must be on a local file system: files are mapped, and the
 *   writer's lock is flock(2).
 *
 * Threads
 * - anam_index is immutable: any number of threads may use one at once.
 * - anam_searcher is the scratch space of one thread: one a thread, all on one index.
 * - anam_results is whole and copied out: it outlives searcher and index.
 * - anam_writer belongs to one thread at a time. It has threads of its own, unless it is
 *   opened with `jobs` 1: made by anam_writer_open, and by anam_writer_commit to put records
 *   into another order or leave replaced ones out; ended by anam_writer_commit or
 *   anam_writer_free, with all signals blocked. They call nothing of the program's.
 *
 * A complete program is docs/examples/embed.c.
 */
#ifndef ANAMNESIS_H
#define ANAMNESIS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define ANAM_API __attribute__((visibility("default")))
#define ANAM_MUST_USE __attribute__((warn_unused_result))
#else
#define ANAM_API
#define ANAM_MUST_USE
#endif

#define ANAM_VERSION_MAJOR 0
#define ANAM_VERSION_MINOR 1
#define ANAM_VERSION_PATCH 0
#define ANAM_VERSION "0.1.0"

/* ---- Status and errors ---- */

typedef enum anam_status {
    ANAM_OK = 0,
    ANAM_INVALID = 1,    /* an argument is out of its range: a mistake of the caller */
    ANAM_QUERY = 2,      /* the query cannot be answered (longer than ANAM_MAX_QUERY) */
    ANAM_BAD_DATA = 3,   /* a record is malformed or too large */
    ANAM_NOT_INDEX = 4,  /* there is no index at that place */
    ANAM_DAMAGED = 5,    /* an index file fails a check; msg names file and offset */
    ANAM_TOO_NEW = 6,    /* the index was written by a newer format version */
    ANAM_NOT_FOUND = 7,  /* no record has that id */
    ANAM_IO = 8,         /* the operating system refused; sys is its errno */
    ANAM_LOCKED = 9,     /* another writer holds the index; try again later */
    ANAM_NO_MEMORY = 10, /* an allocation failed */
    ANAM_REMOTE = 11,    /* a server cannot be reached, is too slow, or does not understand */
    ANAM_CHANGED = 12,   /* the index was replaced, or kept changing: open it again */
    ANAM_STOPPED = 13    /* anam_writer_stop was called */
} anam_status;

typedef struct anam_error {
    anam_status code;
    int sys;       /* errno of the failed call, or 0 */
    uint64_t pos;  /* byte offset in the file that msg names, or 0 */
    char msg[480]; /* one line, no newline: what, where, why */
} anam_error;

/* The name of a status, such as "damaged"; never NULL. */
ANAM_API const char *anam_status_name(anam_status status);

/* The version of the library that is linked, such as "0.1.0". */
ANAM_API const char *anam_version(void);

/* ---- Records ---- */

/* One reply. Strings may be NULL where unknown, except text. */
typedef struct anam_answer {
    const char *text;
    const char *author;
    const char *role;
    const char *date;
    const char *extra; /* further keys as the text of a JSON object, or NULL */
} anam_answer;

/* Who asks. Ages in years, -1 where unknown. */
typedef struct anam_asker {
    const char *sex;
    int32_t age_min;
    int32_t age_max;
    const char *extra; /* as in anam_answer */
} anam_asker;

/* One prior question with its answers, or one article (text). Every pointer may
 * be NULL except id; at least one of title, question, answers, text is set.
 * Two scored fields: question = title + question; answer = answers + text. */
typedef struct anam_record {
    const char *id; /* 1 to ANAM_MAX_ID bytes, no white space or control character */
    const char *title;
    const char *question;
    const char *text; /* the body of an article */
    const anam_answer *answers;
    size_t n_answers;
    const char *specialty;
    const char *const *tags;
    size_t n_tags;
    anam_asker asker;
    const char *date;
    const char *url;
    const char *source;
    const char *lang;
    const char *extra; /* further keys as the text of a JSON object, or NULL */
} anam_record;

/* clang-format off */
#define ANAM_RECORD_INIT \
    { NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, 0, { NULL, -1, -1, NULL }, \
      NULL, NULL, NULL, NULL, NULL }
/* clang-format on */

#define ANAM_MAX_ID 512
#define ANAM_MAX_RECORD                                                                            \
    ((size_t)64 << 20) /* bytes of all strings of one record, 16 an answer, 4 a tag */
#define ANAM_MAX_QUERY ((size_t)64 << 20) /* bytes of one query */
#define ANAM_MAX_HITS 1000000             /* largest k */

/* ---- Reading an index ---- */

typedef struct anam_index anam_index;

#define ANAM_N_FIELDS 2
typedef enum anam_field { ANAM_FIELD_QUESTION = 0, ANAM_FIELD_ANSWER = 1 } anam_field;

/* "question" or "answer"; NULL for anything else. */
ANAM_API const char *anam_field_name(int field);

typedef struct anam_field_info {
    uint64_t tokens;   /* terms of all records, stop words not counted */
    uint64_t postings; /* (term, record) pairs */
    double avg_length; /* tokens / documents */
} anam_field_info;

/* Which idf BM25 is weighed with, x being (N - n + 0.5) / (n + 0.5). */
typedef enum anam_scorer {
    ANAM_SCORER_BM25 = 0,       /* ln(1 + x) */
    ANAM_SCORER_BM25_XAPIAN = 1 /* ln(x), and ln(1 + x / 2) where x < 2, as Xapian has it */
} anam_scorer;

/* "bm25", "bm25-xapian"; NULL for anything else. */
ANAM_API const char *anam_scorer_name(int scorer);

/* How records are ranked. An index carries its own settings, those of the _INIT macro
 * until others are stored; indexing again keeps them. */
typedef struct anam_settings {
    size_t size;                  /* of this struct, set by the _INIT macro */
    double k1;                    /* BM25 term frequency saturation, 0 to 1000 */
    double b;                     /* BM25 length normalisation, 0 to 1 */
    double weight[ANAM_N_FIELDS]; /* of each field, 0 to 1000; 0: not searched */
    int scorer;                   /* anam_scorer */
} anam_settings;

/* clang-format off */
#define ANAM_SETTINGS_INIT { sizeof(anam_settings), 1.2, 0.75, { 0.5, 0.5 }, ANAM_SCORER_BM25 }
/* clang-format on */

typedef struct anam_index_info {
    const char *engine;   /* "native" or "xapian" */
    const char *analyzer; /* name and version, such as "anamnesis-1 english" */
    const char *language; /* a Snowball language, or "none" */
    uint32_t format;      /* version of the format on disk */
    uint64_t generation;  /* grows with every commit */
    uint64_t documents;
    uint64_t terms; /* distinct terms over both fields; of archives joined by commas their sum */
    uint64_t bytes; /* size of all index files; 0 where a server has them, so the next too */
    uint64_t bytes_postings;
    uint64_t bytes_terms;
    uint64_t bytes_documents; /* the stored records */
    uint64_t bytes_other;
    anam_field_info fields[ANAM_N_FIELDS];
    anam_settings settings;  /* what searches use unless told otherwise */
    uint32_t shards;         /* databases that make up the index; 1 for a native index */
    uint32_t shards_missing; /* of these: not reached when it was opened with `partial` */
    /* Memory of a process that searches; 0 for Xapian. The files that ranking reads are mapped: at
     * most so much of them is resident, shared by all searchers and processes, and given back
     * where the system needs it. Each searcher adds its own, more for long queries and many
     * hits, most of which it keeps until it is freed. Stored records are read only for the hits
     * that are asked for; a searcher that reads them holds 1 MiB besides, more where a record is
     * larger. */
    uint64_t bytes_mapped;
    uint64_t bytes_searcher;
} anam_index_info;

typedef struct anam_open_options {
    size_t size;         /* of this struct, set by the _INIT macro */
    unsigned timeout_ms; /* for a server to connect, and for each answer; 1 to 3,600,000 */
    int partial;         /* not 0: go on without shards that cannot be reached */
} anam_open_options;

/* clang-format off */
#define ANAM_OPEN_OPTIONS_INIT { sizeof(anam_open_options), 5000, 0 }
/* clang-format on */

/* Opens an index. `uri` says where it is and which engine reads it:
 *   PATH                       a directory with a native index
 *   xapian:PATH                a directory with an index made for Xapian
 *   xapian:PATH/shard-N        one shard of it, or a replica that xapian-replicate made
 *   xapian+tcp://HOST:PORT     one shard, served by a xapian-tcpsrv of its own
 * Several of the last three, joined by commas, are searched as one; all shards of an
 * index must be named. `options` may be NULL.
 *
 * A native index is mapped, and only the manifest, heads and tables of checksums, a thousandth of
 * it, are read. What is seen is the
 * index committed at this moment: later commits do not change it. An index for Xapian is
 * opened again by each searcher, and ANAM_CHANGED where it was replaced by then. Close an
 * index after every searcher on it was freed.
 *
 * Waiting for servers: opening, and making a searcher, takes timeout_ms at most for each
 * server and each of its answers. A search or anam_get that has not ended after 3 times
 * timeout_ms in all fails with ANAM_REMOTE once the answer it waits for has come or timed
 * out.
 * ANAM_INVALID (an option or uri is malformed, or Xapian is not built in), ANAM_NOT_INDEX,
 * ANAM_BAD_DATA (the databases do not belong together), ANAM_DAMAGED, ANAM_TOO_NEW,
 * ANAM_REMOTE, ANAM_IO, ANAM_NO_MEMORY. */
ANAM_API ANAM_MUST_USE anam_status anam_index_open(anam_index **out, const char *uri,
                                                   const anam_open_options *options,
                                                   anam_error *err);
ANAM_API void anam_index_close(anam_index *index); /* NULL is fine */

/* Facts about the index; borrowed until it is closed. */
ANAM_API const anam_index_info *anam_index_get_info(const anam_index *index);

/* Called by anam_index_check for each finding; `msg` is borrowed for the call. */
typedef void (*anam_check_fn)(void *ctx, const char *msg);

/* Verifies every byte of a native index: checksums, and that all parts agree with each other. One
 * for Xapian has no checksums: Xapian's own check is run where the files are local, and records,
 * ids and lengths are compared. ANAM_OK where all is well, ANAM_DAMAGED after reporting each
 * finding (err holds the first), ANAM_REMOTE, ANAM_CHANGED, ANAM_IO, ANAM_NO_MEMORY. `report` may
 * be NULL. Where all is well of an index opened with `partial`, each shard that did not answer, and
 * was not checked, is reported. */
ANAM_API ANAM_MUST_USE anam_status anam_index_check(const anam_index *index, anam_check_fn report,
                                                    void *ctx, anam_error *err);

/* ---- Searching ---- */

typedef struct anam_searcher anam_searcher;
typedef struct anam_results anam_results;

/* ANAM_NO_MEMORY; of an index for Xapian also ANAM_CHANGED (it was replaced since it was
 * opened: open it again) and all of anam_index_open. The index must outlive the searcher. */
ANAM_API ANAM_MUST_USE anam_status anam_searcher_new(anam_searcher **out, const anam_index *index,
                                                     anam_error *err);
ANAM_API void anam_searcher_free(anam_searcher *searcher); /* NULL is fine */

enum {
    ANAM_WITH_RECORDS = 1,  /* hits carry their record */
    ANAM_WITH_PASSAGES = 2, /* and the best passages of question and answer */
    ANAM_WITH_PARTS = 4     /* and what each term of each field contributed */
};

typedef struct anam_search_options {
    size_t size;                   /* of this struct, set by the _INIT macro */
    size_t k;                      /* how many hits at most, 1 to ANAM_MAX_HITS */
    unsigned flags;                /* ANAM_WITH_... */
    size_t passage_bytes;          /* aimed length of a passage, 40 to 10000 */
    const anam_settings *settings; /* NULL: those of the index */
} anam_search_options;

/* clang-format off */
#define ANAM_SEARCH_OPTIONS_INIT \
    { sizeof(anam_search_options), 10, ANAM_WITH_RECORDS | ANAM_WITH_PASSAGES, 240, NULL }
/* clang-format on */

/* Ranks the archive by the words of `query` (`length` bytes of UTF-8; any text is
 * a bag of words, there is no syntax). `options` may be NULL for the defaults.
 *
 * Score = sum over fields f of weight[f] * sum over query words t of
 *   ln(1 + (N - n + 0.5) / (n + 0.5)) * tf (k1 + 1) / (tf + k1 (1 - b + b len / avglen))
 * with N records, n of them holding t in f, tf its count and len the number of
 * terms in that field of the record; a word said twice counts twice (BM25,
 * Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009, with the
 * non-negative idf of Lucene), and k1, b, weight the settings. Each part is computed and added in
 * float, the heaviest word first, by the sum of its fields, and of a word the heavier field first;
 * words of which all but tf makes less than 1e-25 are left out.
 * Order: score descending, then id descending in byte order. A record holding no word of the query
 * is no hit; no hits is ANAM_OK.
 *
 * The idf above is that of ANAM_SCORER_BM25; another scorer has its own. Xapian's engine rounds tf
 * (k1 + 1) / ... to 2^-20 and each factor to a share of the largest, so its scores differ by some
 * millionths.
 *
 * ANAM_INVALID, ANAM_QUERY, ANAM_DAMAGED, ANAM_NO_MEMORY; of an index for Xapian also ANAM_CHANGED
 * and what anam_index_open returns. */
ANAM_API ANAM_MUST_USE anam_status anam_search(anam_searcher *searcher, const char *query,
                                               size_t length, const anam_search_options *options,
                                               anam_results **out, anam_error *err);

/* The record with this id, as results with one hit of rank 1 and score 0, with its record,
 * without passages and parts.
 * ANAM_NOT_FOUND, ANAM_DAMAGED, ANAM_NO_MEMORY; of an index for Xapian also ANAM_CHANGED and
 * what anam_index_open returns, ANAM_REMOTE also where shards are missing, one of which may
 * have it. */
ANAM_API ANAM_MUST_USE anam_status anam_get(anam_searcher *searcher, const char *id,
                                            anam_results **out, anam_error *err);

/* Bytes [start, end) of a string. */
typedef struct anam_range {
    size_t start;
    size_t end;
} anam_range;

/* A stretch of one string of the record with the words that match the query.
 * Offsets count bytes from the beginning of `source`, which is a string of the
 * hit's record. source is NULL where the record has no such string. */
typedef struct anam_passage {
    const char *source;
    size_t answer;           /* answer passages: index into answers, or n_answers for text */
    anam_range range;        /* whole characters, cut between words where possible */
    const anam_range *marks; /* matching words, ascending, inside range */
    size_t n_marks;
} anam_passage;

/* What one query term of one field added to a score. */
typedef struct anam_part {
    int field;         /* anam_field */
    const char *term;  /* as indexed: folded and stemmed */
    double query_tf;   /* how often the query says it */
    uint64_t df;       /* records holding it in this field */
    double idf;        /* of the scorer: see anam_search */
    uint32_t tf;       /* in this record */
    uint32_t length;   /* terms in this field of this record */
    double avg_length; /* over all records */
    double score;      /* the part; parts add up to the hit's score but for rounding to float */
} anam_part;

typedef struct anam_hit {
    size_t rank; /* from 1 */
    float score;
    const char *id;
    const anam_record *record; /* with ANAM_WITH_RECORDS or ANAM_WITH_PASSAGES, and of
                                  anam_get; else NULL */
    anam_passage title;        /* whole title; these three with ANAM_WITH_PASSAGES */
    anam_passage question;
    anam_passage answer;
    const anam_part *parts; /* with ANAM_WITH_PARTS, largest first */
    size_t n_parts;
} anam_hit;

ANAM_API size_t anam_results_count(const anam_results *results);

/* Hit i, 0 to count - 1 (NULL beyond); borrowed until the results are freed. */
ANAM_API const anam_hit *anam_results_hit(const anam_results *results, size_t i);

/* How many shards these results lack: 0, unless the index was opened with `partial`
 * and servers did not answer. Such results are weighed with the document count and
 * lengths of the whole archive, and with the term frequencies of the shards that
 * answered. */
ANAM_API size_t anam_results_missing(const anam_results *results);

/* The uri of missing shard i, 0 to the above - 1 (NULL beyond); borrowed until the
 * results are freed. */
ANAM_API const char *anam_results_missing_uri(const anam_results *results, size_t i);

ANAM_API void anam_results_free(anam_results *results); /* NULL is fine */

/* ---- Writing an index ---- */

typedef struct anam_writer anam_writer;

typedef struct anam_writer_options {
    size_t size;          /* of this struct, set by the _INIT macro */
    size_t memory;        /* bytes that indexing may hold, at least ANAM_MIN_MEMORY; see below */
    const char *language; /* a Snowball language name such as "english", or "none" */
    unsigned shards;      /* into how many databases to split, 1 to ANAM_MAX_SHARDS */
    unsigned jobs;        /* threads that analyse and compress, 0: one a processor; see below */
    int optimize;         /* 1: like records lie side by side, see below; 0: as they came */
} anam_writer_options;

#define ANAM_MIN_MEMORY ((size_t)8 << 20)
#define ANAM_MAX_SHARDS 256
#define ANAM_MAX_JOBS 256

/* clang-format off */
#define ANAM_WRITER_OPTIONS_INIT { sizeof(anam_writer_options), (size_t)1 << 30, "english", 1, 0, 1 }
/* clang-format on */

typedef struct anam_write_summary {
    uint64_t added;      /* records given */
    uint64_t replaced;   /* of these: superseded by a later record with the same id */
    uint64_t documents;  /* records in the index: added - replaced */
    uint64_t bad_utf8;   /* invalid byte sequences replaced by U+FFFD */
    uint64_t text_bytes; /* bytes of all scored text */
    uint64_t bytes;      /* size of the index */
    int unordered; /* 1: `optimize` was asked for and took too much memory, see anam_writer_open */
} anam_write_summary;

/* Begins a new index in directory `uri` (PATH or xapian:PATH, see anam_index_open), which
 * is created if need be. An index that is there stays as it is, and may be searched,
 * until anam_writer_commit replaces it whole. A directory holding something else is
 * refused. At most 4,294,967,040 records can be added, replaced ones included.
 * Only an index for Xapian can be split into shards: by a hash of the id, which
 * depends on nothing else; shard n of them is the database PATH/shard-n. All are open at
 * once while they are written, each with 6 files.
 *
 * With `jobs` 1 all work is done by the caller's thread. With more, so many threads work
 * beside it, though not more than one for each 4 MiB of `memory`, and fewer where the
 * system refuses them. The same records give the same bytes with any number of jobs.
 * What is kept of each record, some 70 bytes and its id, is part of `memory` up to half of it; what
 * it takes beyond that comes on top, and so does what a thread needs to compress, 4 MiB at most,
 * where that is more than `memory`. Until then records lie on disk as they came.
 *
 * With `optimize` documents are numbered so that like ones lie side by side, which makes the
 * index smaller and searches faster, and changes no answer. It takes 4 bytes of memory for
 * each term of each record, but those in fewer than 32 records or more than a twelfth of them, and
 * 34 a record; where that is more than what is left of `memory` they keep their order of arrival,
 * as they do for Xapian. Records are then read from disk in the new order, which takes long where
 * the system has too little memory to keep them in its cache.
 *
 * ANAM_INVALID (unknown language, memory too small, too many jobs, shards of a native index, or
 * more than the process may have files open), ANAM_LOCKED, ANAM_BAD_DATA (directory in other use),
 * ANAM_IO, ANAM_NO_MEMORY. `options` may be NULL. */
ANAM_API ANAM_MUST_USE anam_status anam_writer_open(anam_writer **out, const char *uri,
                                                    const anam_writer_options *options,
                                                    anam_error *err);

/* Adds one record; everything is copied. A later record with the same id wins.
 * ANAM_BAD_DATA leaves the writer as it was and says why in err; after any other
 * failure (ANAM_IO, ANAM_NO_MEMORY, ANAM_STOPPED), which may be one of work on records
 * added before, the writer can only be freed. */
ANAM_API ANAM_MUST_USE anam_status anam_writer_add(anam_writer *writer, const anam_record *record,
                                                   anam_error *err);

/* Makes the new index the one in `uri`, atomically and durably. Afterwards the
 * writer can only be freed. `summary` may be NULL. ANAM_BAD_DATA where no record
 * was added; ANAM_IO, ANAM_NO_MEMORY, ANAM_STOPPED; ANAM_DAMAGED where what was written meanwhile
 * does not read back. */
ANAM_API ANAM_MUST_USE anam_status anam_writer_commit(anam_writer *writer,
                                                      anam_write_summary *summary, anam_error *err);

/* Asks the writer to stop: the add or commit that is running, or else the next one, soon fails with
 * ANAM_STOPPED, after which the writer can only be freed. A commit that is already putting the new
 * index in its place still succeeds. May be called from any thread and from signal handlers, until
 * the writer is freed. */
ANAM_API void anam_writer_stop(anam_writer *writer);

/* Frees the writer; without a commit nothing has changed. NULL is fine. */
ANAM_API void anam_writer_free(anam_writer *writer);

/* Stores settings in the index at `uri`, atomically and durably, as the ones that
 * searches use. An anam_index that is open keeps those it was opened with. Values are
 * kept to 9 decimals. ANAM_INVALID (out of range), ANAM_NOT_INDEX, ANAM_DAMAGED,
 * ANAM_TOO_NEW, ANAM_LOCKED, ANAM_IO, ANAM_NO_MEMORY. */
ANAM_API ANAM_MUST_USE anam_status anam_settings_store(const char *uri,
                                                       const anam_settings *settings,
                                                       anam_error *err);

/* The Snowball languages this build knows, NULL-terminated; static. "none" (neither
 * stemming nor stop words) is a language too. */
ANAM_API const char *const *anam_languages(void);

#ifdef __cplusplus
}
#endif
#endif
