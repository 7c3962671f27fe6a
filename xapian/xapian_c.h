/* xapian_c.h: libxapian 1.4 from C.
 *
 * Caveats first
 * - Xapian is GPL-2+. These two files are MIT, but a program linked with libxapian is a
 *   combination under the GPL: distribute it by the GPL's terms.
 * - Document ids, counts, wdf, document lengths and positions are 32 bits wide, as in a
 *   default build of Xapian; the bindings refuse to compile against a 64-bit one. Xapian
 *   does not check sums of wdf, see xap_document_add_term; the frequency of a term in the
 *   whole collection wraps around too. The total length is 64 bits wide.
 * - A term is 1 to 245 bytes, less where it holds zero bytes (each counts twice); the
 *   limit is checked when the document is written, not when the term is added to it.
 * - A database that a writer commits to twice while you read it answers XAP_MODIFIED.
 *   Reopen it and begin the whole operation again; the bindings never do that for you.
 * - Handles must not be NULL and pointers must be good, except where NULL is said to be
 *   fine. A byte string of length 0 may have a NULL pointer.
 *
 * Errors
 * - Every function that can fail returns a xap_status and takes an optional `xap_error *`
 *   as last argument (NULL is fine). On failure the record is filled, every output is
 *   set to NULL, 0 or false, and nothing leaks; on success the record is left as it was.
 *   No C++ exception passes through.
 * - XAP_NO_MEMORY and XAP_INTERNAL may come from every function, and so may the statuses
 *   of a database that breaks under its reader from every one that reads: XAP_MODIFIED,
 *   XAP_CORRUPT, XAP_CLOSED, XAP_DATABASE, and from a remote one XAP_NETWORK and
 *   XAP_TIMEOUT. Below, "reads" stands for these, and only the others are named.
 *
 * Ownership
 * - Pointer-to-pointer outputs are yours, to free with the matching _free (NULL is fine).
 * - The order of freeing does not matter: references are counted, so an enquire, a document,
 *   an iterator or a match set keeps alive what it came from.
 *   Conversely a database's files stay open until the last of them is freed;
 *   xap_database_close closes them at once.
 * - Inputs are borrowed for the call. What a setter keeps, it has copied.
 * - A xap_bytes that a function returns is borrowed from the handle that is the
 *   function's first argument, until the next call on that handle. Its data is never
 *   NULL after success, and a zero byte follows it.
 *
 * Threads
 * - A handle, and everything that came from it, belongs to one thread at a time. Two
 *   handles opened separately, even on the same path, may be used in two threads at once.
 *   A query is shared with the queries made of it and with the enquires it was set on:
 *   they all belong to one thread.
 */
#ifndef XAPIAN_C_H
#define XAPIAN_C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Put before every function: define it to export them from a shared library. */
#ifndef XAP_API
#define XAP_API
#endif

/* ---- Status and errors ---- */

typedef enum xap_status {
    XAP_OK = 0,
    XAP_INVALID = 1,      /* an argument or the moment is wrong: a mistake of the caller */
    XAP_NOT_FOUND = 2,    /* there is no such document */
    XAP_NOT_DATABASE = 3, /* there is no database at that place, or it cannot be opened */
    XAP_TOO_NEW = 4,      /* the database is of a format version this Xapian cannot read */
    XAP_CORRUPT = 5,      /* the database is damaged */
    XAP_LOCKED = 6,       /* another writer holds the database */
    XAP_MODIFIED = 7,     /* overtaken by a writer: reopen, then begin again */
    XAP_CLOSED = 8,       /* the database was closed */
    XAP_NETWORK = 9,      /* the connection to a remote database failed */
    XAP_TIMEOUT = 10,     /* a remote database did not answer in time */
    XAP_UNSUPPORTED = 11, /* this backend or build of Xapian cannot do that */
    XAP_DATABASE = 12,    /* another failure of a database, such as a full disk */
    XAP_BAD_DATA = 13,    /* serialised bytes cannot be understood */
    XAP_NO_MEMORY = 14,   /* an allocation failed */
    XAP_INTERNAL = 15     /* anything else: a fault in Xapian */
} xap_status;

typedef struct xap_error {
    xap_status code;
    int sys;           /* errno of the failed system call where Xapian tells it, or 0 */
    char context[160]; /* for a remote database: which connection; else mostly "" */
    char msg[400];     /* Xapian's class of error, its message and the system's */
} xap_error;

/* The name of a status, such as "corrupt"; never NULL. */
XAP_API const char *xap_status_name(xap_status status);

/* ---- Library ---- */

/* The version of the libxapian that is linked, such as "1.4.22", and its parts. */
XAP_API const char *xap_version_string(void);
XAP_API int xap_version_major(void);
XAP_API int xap_version_minor(void);
XAP_API int xap_version_revision(void);

/* ---- Byte strings ---- */

/* Any bytes, zero included. */
typedef struct xap_bytes {
    const char *data;
    size_t len;
} xap_bytes;

#define XAP_SORTABLE_MAX 9

/* Numbers as byte strings that sort as the numbers do, for value slots. `out` receives
 * *len bytes, at most XAP_SORTABLE_MAX. Cannot fail; any bytes can be turned back. */
XAP_API void xap_sortable_serialise(double number, char out[XAP_SORTABLE_MAX], size_t *len);
XAP_API double xap_sortable_unserialise(const char *data, size_t len);

/* ---- Handles ---- */

typedef struct xap_database xap_database;
typedef struct xap_writable xap_writable;
typedef struct xap_document xap_document;
typedef struct xap_query xap_query;
typedef struct xap_weight xap_weight;
typedef struct xap_enquire xap_enquire;
typedef struct xap_mset xap_mset;
typedef struct xap_rset xap_rset;
typedef struct xap_eset xap_eset;
typedef struct xap_terms xap_terms;
typedef struct xap_postings xap_postings;
typedef struct xap_positions xap_positions;
typedef struct xap_values xap_values;

/* ---- Opening a database to read ---- */

typedef enum xap_backend {
    XAP_BACKEND_AUTO = 0,      /* find out: directory, single file, stub file or directory */
    XAP_BACKEND_GLASS = 0x100, /* the format of 1.4 */
    XAP_BACKEND_CHERT = 0x200, /* the format of 1.2 */
    XAP_BACKEND_STUB = 0x300   /* a text file that lists databases, one a line */
} xap_backend;

/* Opens the database at `path` as it was last committed.
 * XAP_NOT_DATABASE, XAP_TOO_NEW, XAP_CORRUPT, XAP_DATABASE. */
XAP_API xap_status xap_open(const char *path, xap_backend backend, xap_database **out,
                            xap_error *err);

/* Connects to a xapian-tcpsrv. Times are in milliseconds: `timeout_ms` for each answer
 * (0: wait for ever), `connect_timeout_ms`, not 0, for making the connection. Xapian sets
 * the whole program to ignore SIGPIPE as soon as it connects to anything.
 * XAP_NETWORK, XAP_TIMEOUT. */
XAP_API xap_status xap_open_remote(const char *host, uint16_t port, uint32_t timeout_ms,
                                   uint32_t connect_timeout_ms, xap_database **out, xap_error *err);

/* The same over a pipe: starts `program` (such as xapian-progsrv, or ssh) with `args`,
 * which are split at spaces. XAP_NETWORK, XAP_TIMEOUT. */
XAP_API xap_status xap_open_program(const char *program, const char *args, uint32_t timeout_ms,
                                    xap_database **out, xap_error *err);

/* A database of no parts, for xap_database_add. Searching it before is XAP_INVALID. */
XAP_API xap_status xap_database_new(xap_database **out, xap_error *err);

/* Makes `db` the union of itself and `other`, which is shared, not copied. Of n parts,
 * document d of part p (from 0) has the id (d - 1) * n + p + 1 in the union. Not for a
 * database of xap_writable_as_database. XAP_INVALID where `other` is `db`. */
XAP_API xap_status xap_database_add(xap_database *db, const xap_database *other, xap_error *err);

/* The number of parts. */
XAP_API size_t xap_database_size(const xap_database *db);

/* Goes on to the newest commit, also after XAP_MODIFIED. *changed is false where `db`
 * certainly is what it was; it may be NULL. Anything that came from `db` before
 * (iterators, match sets) may answer XAP_MODIFIED afterwards. Reads. */
XAP_API xap_status xap_database_reopen(xap_database *db, bool *changed, xap_error *err);

/* Closes files and connections now. Afterwards calls on `db`, and on what came from it,
 * answer XAP_CLOSED, or still succeed where the answer was at hand. Closing again is
 * fine. Of a writable database: see xap_writable_close. */
XAP_API xap_status xap_database_close(xap_database *db, xap_error *err);

/* Sends a message over each remote connection, lest it be cut for idleness. Reads. */
XAP_API xap_status xap_database_keep_alive(xap_database *db, xap_error *err);

XAP_API void xap_database_free(xap_database *db);

/* ---- What a database holds (each of these reads) ---- */

XAP_API xap_status xap_database_doccount(const xap_database *db, uint32_t *out, xap_error *err);

/* The largest document id ever used; 0 where none was. */
XAP_API xap_status xap_database_lastdocid(const xap_database *db, uint32_t *out, xap_error *err);

/* Lengths are sums of wdf: of the average document (0 without documents), of all. */
XAP_API xap_status xap_database_average_length(const xap_database *db, double *out, xap_error *err);
XAP_API xap_status xap_database_total_length(const xap_database *db, uint64_t *out, xap_error *err);

/* Bounds of the lengths of documents, not always attained. */
XAP_API xap_status xap_database_doclength_lower_bound(const xap_database *db, uint32_t *out,
                                                      xap_error *err);
XAP_API xap_status xap_database_doclength_upper_bound(const xap_database *db, uint32_t *out,
                                                      xap_error *err);

/* Whether any posting has positions. */
XAP_API xap_status xap_database_has_positions(const xap_database *db, bool *out, xap_error *err);

/* The length of a document and its number of different terms. XAP_NOT_FOUND. */
XAP_API xap_status xap_database_doclength(const xap_database *db, uint32_t docid, uint32_t *out,
                                          xap_error *err);
XAP_API xap_status xap_database_unique_terms(const xap_database *db, uint32_t docid, uint32_t *out,
                                             xap_error *err);

/* Of a term, 0 or false where the database has not got it: whether it exists, in how many
 * documents (the empty term: in all), how often in all (sum of wdf), and an upper bound of
 * its wdf in one document. */
XAP_API xap_status xap_database_term_exists(const xap_database *db, const char *term,
                                            size_t term_len, bool *out, xap_error *err);
XAP_API xap_status xap_database_termfreq(const xap_database *db, const char *term, size_t term_len,
                                         uint32_t *out, xap_error *err);
XAP_API xap_status xap_database_collection_freq(const xap_database *db, const char *term,
                                                size_t term_len, uint32_t *out, xap_error *err);
XAP_API xap_status xap_database_wdf_upper_bound(const xap_database *db, const char *term,
                                                size_t term_len, uint32_t *out, xap_error *err);

/* Of a value slot: in how many documents it is set, and bounds of its values, "" where in
 * none. XAP_UNSUPPORTED for the bounds where a part of a union cannot tell. */
XAP_API xap_status xap_database_value_freq(const xap_database *db, uint32_t slot, uint32_t *out,
                                           xap_error *err);
XAP_API xap_status xap_database_value_lower_bound(xap_database *db, uint32_t slot, xap_bytes *out,
                                                  xap_error *err);
XAP_API xap_status xap_database_value_upper_bound(xap_database *db, uint32_t slot, xap_bytes *out,
                                                  xap_error *err);

/* A document. Its parts are read when asked for. With `assume_valid` the id is taken on
 * trust, which saves a look-up: one that does not exist then fails later or reads as
 * empty. XAP_NOT_FOUND, XAP_INVALID for id 0. */
XAP_API xap_status xap_database_document(const xap_database *db, uint32_t docid, bool assume_valid,
                                         xap_document **out, xap_error *err);

/* The value under a key that xap_writable_set_metadata stored, or "". XAP_INVALID for an
 * empty key. */
XAP_API xap_status xap_database_metadata(xap_database *db, const char *key, size_t key_len,
                                         xap_bytes *out, xap_error *err);

/* The most frequent known spelling within `max_edit_distance` (usually 2) edits of a word,
 * or "" where there is none better. */
XAP_API xap_status xap_database_spelling(xap_database *db, const char *word, size_t word_len,
                                         uint32_t max_edit_distance, xap_bytes *out,
                                         xap_error *err);

/* ---- Replication ----
 * The public headers of Xapian 1.4 offer the two facts below and nothing else:
 * replicating itself is the work of the programs xapian-replicate-server and
 * xapian-replicate, which the library keeps to itself. A replica has its master's uuid
 * (a compacted or converted copy has one of its own), and is up to date where the
 * revisions are equal. */

/* Text that names the database for its lifetime; joined for a union; "" for a backend
 * without uuids or a database of no parts. Reads. */
XAP_API xap_status xap_database_uuid(xap_database *db, xap_bytes *out, xap_error *err);

/* Grows with each commit; 0 for a database of no parts. XAP_INVALID for one of several,
 * XAP_UNSUPPORTED for one that is not on local disk. Reads. */
XAP_API xap_status xap_database_revision(const xap_database *db, uint64_t *out, xap_error *err);

/* Whether a writer has the database open now. XAP_UNSUPPORTED for a remote database,
 * XAP_LOCKED where the lock cannot be tested. Reads. */
XAP_API xap_status xap_database_locked(const xap_database *db, bool *out, xap_error *err);

/* ---- Opening a database to write ---- */

typedef enum xap_action {
    XAP_CREATE_OR_OPEN = 0,
    XAP_CREATE_OR_OVERWRITE = 1, /* what was there is lost */
    XAP_CREATE = 2,              /* XAP_DATABASE where there is one */
    XAP_OPEN = 3                 /* XAP_NOT_DATABASE where there is none */
} xap_action;

enum {
    XAP_NO_SYNC = 0x04,     /* a commit need not reach the disk: for indexes soon rebuilt */
    XAP_FULL_SYNC = 0x08,   /* press harder than fsync, where the system can */
    XAP_DANGEROUS = 0x10,   /* write in place: faster, no reader meanwhile, a crash ruins it */
    XAP_NO_TERMLIST = 0x20, /* a new database without the terms of documents: smaller, but
                               without deleting, replacing and term expansion */
    XAP_RETRY_LOCK = 0x40   /* wait for the lock */
};

/* Opens the database at directory `path`, and takes its write lock. `flags` are any of the
 * above. `block_size` is that of a new database: a power of 2 from 2048 to 65536, in bytes;
 * 0 or anything else means 8192.
 * XAP_LOCKED, XAP_NOT_DATABASE, XAP_TOO_NEW, XAP_CORRUPT, XAP_DATABASE. */
XAP_API xap_status xap_open_writable(const char *path, xap_action action, unsigned flags,
                                     uint32_t block_size, xap_writable **out, xap_error *err);

/* A new, empty database in memory. It is meant for small amounts and tests; transactions,
 * spelling, synonyms and a few others are XAP_UNSUPPORTED. */
XAP_API xap_status xap_open_inmemory(xap_writable **out, xap_error *err);

/* As xap_open_remote and xap_open_program, from a server started with --writable. Of the
 * flags only XAP_RETRY_LOCK counts. XAP_NETWORK, XAP_TIMEOUT, XAP_LOCKED. */
XAP_API xap_status xap_open_remote_writable(const char *host, uint16_t port, uint32_t timeout_ms,
                                            uint32_t connect_timeout_ms, unsigned flags,
                                            xap_writable **out, xap_error *err);
XAP_API xap_status xap_open_program_writable(const char *program, const char *args,
                                             uint32_t timeout_ms, unsigned flags,
                                             xap_writable **out, xap_error *err);

/* The same database for every function that takes a xap_database: it sees uncommitted
 * changes too. Borrowed until xap_writable_free: do not free it. */
XAP_API xap_database *xap_writable_as_database(xap_writable *db);

/* Commits, except within a transaction, which is cancelled; then closes and gives up the
 * lock. Where the commit fails, it stays open. Closing again is fine. XAP_DATABASE. */
XAP_API xap_status xap_writable_close(xap_writable *db, xap_error *err);

/* As xap_writable_close if this was the last handle that uses the database (else the last
 * one does it), except that a failure cannot be told: to know, commit first. */
XAP_API void xap_writable_free(xap_writable *db);

/* ---- Writing (each reads, too) ---- */

/* Makes all changes so far permanent and visible to readers who open or reopen. Xapian also
 * commits on its own after every 10000 changed documents ($XAPIAN_FLUSH_THRESHOLD).
 * XAP_INVALID within a transaction. */
XAP_API xap_status xap_writable_commit(xap_writable *db, xap_error *err);

/* Changes until commit_transaction are made together or, after cancel_transaction, not at
 * all. A `flushed` transaction is a commit at both ends; one that is not reaches the disk
 * with a later commit, and cancelling it may lose changes pending from before it.
 * XAP_INVALID where begin finds a transaction open, the others none; XAP_UNSUPPORTED. */
XAP_API xap_status xap_writable_begin_transaction(xap_writable *db, bool flushed, xap_error *err);
XAP_API xap_status xap_writable_commit_transaction(xap_writable *db, xap_error *err);
XAP_API xap_status xap_writable_cancel_transaction(xap_writable *db, xap_error *err);

/* Adds a document as it is now, under the next id, which *docid receives (may be NULL).
 * XAP_INVALID for a term too long; XAP_DATABASE where ids have run out. */
XAP_API xap_status xap_writable_add_document(xap_writable *db, const xap_document *doc,
                                             uint32_t *docid, xap_error *err);

/* Puts a document under an id, whether or not that was in use. XAP_INVALID for id 0. */
XAP_API xap_status xap_writable_replace_document(xap_writable *db, uint32_t docid,
                                                 const xap_document *doc, xap_error *err);

/* Replaces the first document that has the term, deletes the others that have it, or adds
 * where there is none; *docid (may be NULL) receives the id. The term is not added to
 * the document. XAP_INVALID for an empty term. */
XAP_API xap_status xap_writable_replace_by_term(xap_writable *db, const char *term, size_t term_len,
                                                const xap_document *doc, uint32_t *docid,
                                                xap_error *err);

/* XAP_NOT_FOUND. */
XAP_API xap_status xap_writable_delete_document(xap_writable *db, uint32_t docid, xap_error *err);

/* Deletes every document that has the term; none is fine. XAP_INVALID for an empty term. */
XAP_API xap_status xap_writable_delete_by_term(xap_writable *db, const char *term, size_t term_len,
                                               xap_error *err);

/* Stores a value under a key; an empty value takes the key away. XAP_INVALID for an empty
 * key. */
XAP_API xap_status xap_writable_set_metadata(xap_writable *db, const char *key, size_t key_len,
                                             const char *value, size_t value_len, xap_error *err);

/* Adds to or takes from the frequency of a word in the spelling dictionary. */
XAP_API xap_status xap_writable_add_spelling(xap_writable *db, const char *word, size_t word_len,
                                             uint32_t freq, xap_error *err);
XAP_API xap_status xap_writable_remove_spelling(xap_writable *db, const char *word, size_t word_len,
                                                uint32_t freq, xap_error *err);

/* Synonyms of a term: one more, one less, none. */
XAP_API xap_status xap_writable_add_synonym(xap_writable *db, const char *term, size_t term_len,
                                            const char *synonym, size_t synonym_len,
                                            xap_error *err);
XAP_API xap_status xap_writable_remove_synonym(xap_writable *db, const char *term, size_t term_len,
                                               const char *synonym, size_t synonym_len,
                                               xap_error *err);
XAP_API xap_status xap_writable_clear_synonyms(xap_writable *db, const char *term, size_t term_len,
                                               xap_error *err);

/* ---- Documents (on one that came from a database, each of these reads) ---- */

XAP_API xap_status xap_document_new(xap_document **out, xap_error *err);
XAP_API void xap_document_free(xap_document *doc);

/* The id in the database it came from (of a union: in that part), or 0. */
XAP_API xap_status xap_document_docid(const xap_document *doc, uint32_t *out, xap_error *err);

/* Any bytes the document carries. */
XAP_API xap_status xap_document_set_data(xap_document *doc, const char *data, size_t len,
                                         xap_error *err);
XAP_API xap_status xap_document_data(xap_document *doc, xap_bytes *out, xap_error *err);

/* Adds `wdf` occurrences of a term. A boolean term has wdf 0: it filters, but counts neither
 * for the length nor as a match of weight. Keep the sum over the document below
 * 2^32 - 1. Xapian does not check, nor does xap_check see it: a larger sum wraps around, and
 * with it weights and the bounds a search relies on. 2^32 - 1 itself is Xapian's mark of a
 * deletion: as a wdf it loses the posting; as a length it makes deleting the document, and
 * every search that meets it, XAP_NOT_FOUND. XAP_INVALID for an empty term. */
XAP_API xap_status xap_document_add_term(xap_document *doc, const char *term, size_t term_len,
                                         uint32_t wdf, xap_error *err);
XAP_API xap_status xap_document_add_boolean_term(xap_document *doc, const char *term,
                                                 size_t term_len, xap_error *err);

/* Adds a position of a term and `wdf` occurrences. XAP_INVALID for an empty term. */
XAP_API xap_status xap_document_add_posting(xap_document *doc, const char *term, size_t term_len,
                                            uint32_t position, uint32_t wdf, xap_error *err);

/* Takes a term with its positions away. XAP_INVALID where the document has not got it. */
XAP_API xap_status xap_document_remove_term(xap_document *doc, const char *term, size_t term_len,
                                            xap_error *err);

/* Takes a position away and `wdf` occurrences (at most all). XAP_INVALID where there is no
 * such term or position. */
XAP_API xap_status xap_document_remove_posting(xap_document *doc, const char *term, size_t term_len,
                                               uint32_t position, uint32_t wdf, xap_error *err);

/* Takes all terms away. */
XAP_API xap_status xap_document_clear_terms(xap_document *doc, xap_error *err);

/* Sets a value slot (an empty value unsets it), takes it away (XAP_INVALID where it was not
 * set), takes all away, or reads it ("" where it is not set). */
XAP_API xap_status xap_document_set_value(xap_document *doc, uint32_t slot, const char *value,
                                          size_t value_len, xap_error *err);
XAP_API xap_status xap_document_remove_value(xap_document *doc, uint32_t slot, xap_error *err);
XAP_API xap_status xap_document_clear_values(xap_document *doc, xap_error *err);
XAP_API xap_status xap_document_value(xap_document *doc, uint32_t slot, xap_bytes *out,
                                      xap_error *err);

/* How many different terms, and how many values. */
XAP_API xap_status xap_document_term_count(const xap_document *doc, uint32_t *out, xap_error *err);
XAP_API xap_status xap_document_value_count(const xap_document *doc, uint32_t *out, xap_error *err);

/* The document as bytes, and back. The format may differ between versions of Xapian.
 * XAP_BAD_DATA. */
XAP_API xap_status xap_document_serialise(xap_document *doc, xap_bytes *out, xap_error *err);
XAP_API xap_status xap_document_unserialise(const char *data, size_t len, xap_document **out,
                                            xap_error *err);

/* ---- Queries: never changed once made ---- */

typedef enum xap_op {
    XAP_OP_AND = 0,
    XAP_OP_OR = 1,
    XAP_OP_AND_NOT = 2,    /* the first and none of the others */
    XAP_OP_XOR = 3,        /* an odd number of them */
    XAP_OP_AND_MAYBE = 4,  /* the first; the others only add weight */
    XAP_OP_FILTER = 5,     /* all; weight from the first only */
    XAP_OP_NEAR = 6,       /* all, within `parameter` positions */
    XAP_OP_PHRASE = 7,     /* as NEAR, and in this order */
    XAP_OP_ELITE_SET = 10, /* OR of the `parameter` (0: 10) heaviest */
    XAP_OP_SYNONYM = 13,   /* OR, weighed as if one term */
    XAP_OP_MAX = 14        /* OR, with the largest weight instead of the sum */
} xap_op;

/* One term with its frequency in the query (wqf) and position there (0: none). The empty
 * term matches every document. */
XAP_API xap_status xap_query_term(const char *term, size_t term_len, uint32_t wqf,
                                  uint32_t position, xap_query **out, xap_error *err);

XAP_API xap_status xap_query_match_all(xap_query **out, xap_error *err);
XAP_API xap_status xap_query_match_nothing(xap_query **out, xap_error *err);

/* Joins `n` queries, which stay yours to free. `parameter` is for NEAR and PHRASE (0: n) and
 * ELITE_SET only. Of none: matches nothing. XAP_INVALID for an operator not in xap_op and
 * for a parameter that it does not take; XAP_UNSUPPORTED for NEAR or PHRASE of anything but
 * terms and ORs of terms. */
XAP_API xap_status xap_query_combine(xap_op op, xap_query *const *queries, size_t n,
                                     uint32_t parameter, xap_query **out, xap_error *err);

/* The same matches with `factor` times the weight. XAP_INVALID where it is negative. */
XAP_API xap_status xap_query_scale(const xap_query *query, double factor, xap_query **out,
                                   xap_error *err);

/* Documents whose value in a slot is, bytewise, from `low` to `high`, both included; at
 * least; at most. No weight. */
XAP_API xap_status xap_query_value_range(uint32_t slot, const char *low, size_t low_len,
                                         const char *high, size_t high_len, xap_query **out,
                                         xap_error *err);
XAP_API xap_status xap_query_value_ge(uint32_t slot, const char *limit, size_t limit_len,
                                      xap_query **out, xap_error *err);
XAP_API xap_status xap_query_value_le(uint32_t slot, const char *limit, size_t limit_len,
                                      xap_query **out, xap_error *err);

typedef enum xap_wildcard_limit {
    XAP_WILDCARD_ERROR = 0,        /* the search fails with XAP_INVALID */
    XAP_WILDCARD_FIRST = 1,        /* takes the first by byte order */
    XAP_WILDCARD_MOST_FREQUENT = 2 /* takes those in most documents */
} xap_wildcard_limit;

/* All terms that begin with `prefix`, joined by XAP_OP_SYNONYM, _OR or _MAX; with more than
 * `max_terms` (0: no limit) of them, `limit` says what happens. XAP_INVALID for another
 * operator. A limit that is reached with _ERROR or _MOST_FREQUENT makes Xapian 1.4 lose
 * some 100 bytes a term, unless the search is by xap_weight_bool. */
XAP_API xap_status xap_query_wildcard(const char *prefix, size_t prefix_len, uint32_t max_terms,
                                      xap_wildcard_limit limit, xap_op combiner, xap_query **out,
                                      xap_error *err);

/* The number of terms in it, counted by wqf. */
XAP_API uint32_t xap_query_length(const xap_query *query);

/* Whether it matches nothing for being of no parts. */
XAP_API bool xap_query_is_empty(const xap_query *query);

/* Text for logs and tests; its form may change with Xapian. */
XAP_API xap_status xap_query_description(xap_query *query, xap_bytes *out, xap_error *err);

/* The query as bytes, and back. Only for bytes from where you trust: a hostile nesting can
 * exhaust the stack. No bytes: matches nothing. XAP_BAD_DATA. */
XAP_API xap_status xap_query_serialise(xap_query *query, xap_bytes *out, xap_error *err);
XAP_API xap_status xap_query_unserialise(const char *data, size_t len, xap_query **out,
                                         xap_error *err);

XAP_API void xap_query_free(xap_query *query);

/* ---- Weighting schemes ----
 * Xapian's own documentation has the formulas. A parameter out of its range is XAP_INVALID
 * or, by Xapian's choice, taken as the nearest in range. */

/* Robertson et al., "Okapi at TREC-3", 1994: of a term,
 *   w * wdf (k1 + 1) / (k1 ((1 - b) + b L) + wdf) * wqf (k3 + 1) / (k3 + wqf)
 * where L is max(length / average length, min_normlen) and, without relevant documents,
 * w = log((N - n + 0.5) / (n + 0.5)), or log(1 + half of that quotient) where the quotient
 * is below 2, so that w stays above 0; k2 adds a part that only depends on lengths. With
 * k3 = 0 wqf does not count. Xapian's defaults: k1 = 1, k2 = 0, k3 = 1, b = 0.5,
 * min_normlen = 0.5. */
XAP_API xap_status xap_weight_bm25(double k1, double k2, double k3, double b, double min_normlen,
                                   xap_weight **out, xap_error *err);

/* Lv and Zhai, "Lower-bounding term frequency normalization", 2011: BM25 with at least
 * `delta` (usually 1) for a term that occurs. */
XAP_API xap_status xap_weight_bm25plus(double k1, double k2, double k3, double b,
                                       double min_normlen, double delta, xap_weight **out,
                                       xap_error *err);

/* Three letters choose the normalisations of wdf (n b s l L), of idf (n t p f s) and of the
 * weight (n); "ntn" is usual. XAP_INVALID for anything else. */
XAP_API xap_status xap_weight_tfidf(const char *normalizations, xap_weight **out, xap_error *err);

/* The weight is always 0: to match only, and sort by something else. */
XAP_API xap_status xap_weight_bool(xap_weight **out, xap_error *err);

/* The traditional probabilistic weight: BM25 with k2 = k3 = 0, b = 1. k >= 0. */
XAP_API xap_status xap_weight_trad(double k, xap_weight **out, xap_error *err);

/* Coordinate matching: the number of query terms that occur, by wqf. */
XAP_API xap_status xap_weight_coord(xap_weight **out, xap_error *err);

/* Divergence from randomness (Amati and van Rijsbergen, 2002). c > 0 scales the length
 * normalisation, usually 1; XAP_INVALID where it is not. DLH and DPH have no parameter. */
XAP_API xap_status xap_weight_pl2(double c, xap_weight **out, xap_error *err);
XAP_API xap_status xap_weight_pl2plus(double c, double delta, xap_weight **out, xap_error *err);
XAP_API xap_status xap_weight_inl2(double c, xap_weight **out, xap_error *err);
XAP_API xap_status xap_weight_ifb2(double c, xap_weight **out, xap_error *err);
XAP_API xap_status xap_weight_ineb2(double c, xap_weight **out, xap_error *err);
XAP_API xap_status xap_weight_bb2(double c, xap_weight **out, xap_error *err);
XAP_API xap_status xap_weight_dlh(xap_weight **out, xap_error *err);
XAP_API xap_status xap_weight_dph(xap_weight **out, xap_error *err);

typedef enum xap_smoothing {
    XAP_SMOOTHING_TWO_STAGE = 1,
    XAP_SMOOTHING_DIRICHLET = 2,
    XAP_SMOOTHING_ABSOLUTE_DISCOUNT = 3,
    XAP_SMOOTHING_JELINEK_MERCER = 4,
    XAP_SMOOTHING_DIRICHLET_PLUS = 5
} xap_smoothing;

/* Unigram language model (Zhai and Lafferty, 2004). `log` multiplies the probability before
 * its logarithm is taken, so that the weight stays positive; 0 means the upper bound of
 * document lengths. `param1` is lambda of Jelinek-Mercer and two-stage, delta of absolute
 * discount, mu of Dirichlet and Dirichlet+; `param2` mu of two-stage, delta of Dirichlet+.
 * Negative means Xapian's default. It is 0.7 for param1, and Xapian then takes any 0.7,
 * yours too, as 2000 for a Dirichlet, and as 0.1 for Jelinek-Mercer and two-stage where the
 * query's length is 1 or 2. */
XAP_API xap_status xap_weight_lm(double log, xap_smoothing smoothing, double param1, double param2,
                                 xap_weight **out, xap_error *err);

/* The name of its class, such as "Xapian::BM25Weight". */
XAP_API xap_status xap_weight_name(xap_weight *weight, xap_bytes *out, xap_error *err);

XAP_API void xap_weight_free(xap_weight *weight);

/* ---- Searching ---- */

/* Searches of one database; BM25 with Xapian's defaults, by relevance, ids ascending where
 * equal. XAP_INVALID for a database of no parts. */
XAP_API xap_status xap_enquire_new(const xap_database *db, xap_enquire **out, xap_error *err);
XAP_API void xap_enquire_free(xap_enquire *enquire);

/* `length` is the query's for the weights; 0: the number of its terms. */
XAP_API xap_status xap_enquire_set_query(xap_enquire *enquire, const xap_query *query,
                                         uint32_t length, xap_error *err);

/* Copied: the weight can be freed or used again. */
XAP_API xap_status xap_enquire_set_weight(xap_enquire *enquire, const xap_weight *weight,
                                          xap_error *err);

/* Leaves out hits below a percentage (0 to 100, not checked) or below a weight; 0, 0: keeps
 * all. */
XAP_API xap_status xap_enquire_set_cutoff(xap_enquire *enquire, int percent, double weight,
                                          xap_error *err);

#define XAP_NO_SLOT UINT32_MAX

/* Keeps the best `max` hits of those with the same value in `slot` (documents without a
 * value are all kept); XAP_NO_SLOT: keep all again. */
XAP_API xap_status xap_enquire_set_collapse(xap_enquire *enquire, uint32_t slot, uint32_t max,
                                            xap_error *err);

typedef enum xap_docid_order {
    XAP_DOCID_DESCENDING = 0,
    XAP_DOCID_ASCENDING = 1,
    XAP_DOCID_DONT_CARE = 2 /* whichever is cheaper */
} xap_docid_order;

/* The order of hits that are otherwise equal. */
XAP_API xap_status xap_enquire_set_docid_order(xap_enquire *enquire, xap_docid_order order,
                                               xap_error *err);

typedef enum xap_sort {
    XAP_SORT_RELEVANCE = 0,
    XAP_SORT_VALUE = 1,
    XAP_SORT_VALUE_RELEVANCE = 2, /* by value, equal ones by relevance */
    XAP_SORT_RELEVANCE_VALUE = 3
} xap_sort;

/* The order of hits. Values in `slot` (ignored for XAP_SORT_RELEVANCE) compare bytewise,
 * ascending, or descending with `reverse`. XAP_INVALID for an order not in xap_sort. */
XAP_API xap_status xap_enquire_set_sort(xap_enquire *enquire, xap_sort sort, uint32_t slot,
                                        bool reverse, xap_error *err);

/* After so many seconds a search stops looking for more than `max_items` matches; it does
 * not stop the search. 0: no limit. */
XAP_API xap_status xap_enquire_set_time_limit(xap_enquire *enquire, double seconds, xap_error *err);

/* How xap_enquire_eset weighs terms: "trad", with its parameter k (usually 1), or "bo1".
 * XAP_INVALID for another name. */
XAP_API xap_status xap_enquire_set_expansion(xap_enquire *enquire, const char *scheme, double k,
                                             xap_error *err);

/* Runs the query: hits from rank `first` (from 0), at most `max_items`. At least
 * `check_at_least` documents are looked at, which makes the estimates exact where that is
 * the number of documents. `rset` are documents known to be relevant, or NULL.
 * XAP_INVALID for a wildcard over its limit; reads. */
XAP_API xap_status xap_enquire_mset(xap_enquire *enquire, uint32_t first, uint32_t max_items,
                                    uint32_t check_at_least, const xap_rset *rset, xap_mset **out,
                                    xap_error *err);

/* The best terms to add to a query, learnt from the documents of `rset`. Reads;
 * XAP_UNSUPPORTED for a database without termlists. */
enum {
    XAP_EXPAND_INCLUDE_QUERY_TERMS = 1,
    XAP_EXPAND_USE_EXACT_TERMFREQ = 2 /* not estimated in a union: slower */
};
XAP_API xap_status xap_enquire_eset(xap_enquire *enquire, uint32_t max_items, const xap_rset *rset,
                                    unsigned flags, double min_weight, xap_eset **out,
                                    xap_error *err);

/* ---- Match sets ---- */

typedef struct xap_hit {
    uint32_t docid;
    uint32_t rank;           /* from 0 for the best of all, whatever `first` was */
    uint32_t collapse_count; /* a lower bound of the hits left out in its favour */
    int percent;             /* 0 to 100 */
    double weight;
    xap_bytes collapse_key; /* "" without collapsing */
    xap_bytes sort_key;     /* "" when sorted by relevance */
} xap_hit;

XAP_API uint32_t xap_mset_size(const xap_mset *mset);

/* Hit i, from 0. XAP_INVALID where there are not so many. */
XAP_API xap_status xap_mset_hit(xap_mset *mset, uint32_t i, xap_hit *out, xap_error *err);

/* The document of hit i. XAP_INVALID, XAP_NOT_FOUND where it was deleted since; reads. */
XAP_API xap_status xap_mset_document(const xap_mset *mset, uint32_t i, xap_document **out,
                                     xap_error *err);

/* Tells the system that all documents of the hits will be read soon. A hint. Reads. */
XAP_API xap_status xap_mset_fetch(const xap_mset *mset, xap_error *err);

/* How many documents match in all: certainly not less, about, certainly not more. */
XAP_API uint32_t xap_mset_matches_lower_bound(const xap_mset *mset);
XAP_API uint32_t xap_mset_matches_estimated(const xap_mset *mset);
XAP_API uint32_t xap_mset_matches_upper_bound(const xap_mset *mset);

/* The same without collapsing. */
XAP_API uint32_t xap_mset_uncollapsed_lower_bound(const xap_mset *mset);
XAP_API uint32_t xap_mset_uncollapsed_estimated(const xap_mset *mset);
XAP_API uint32_t xap_mset_uncollapsed_upper_bound(const xap_mset *mset);

/* The largest weight a document could have, and the largest one had. */
XAP_API double xap_mset_max_possible(const xap_mset *mset);
XAP_API double xap_mset_max_attained(const xap_mset *mset);

/* The document frequency of a term, which is looked up if it was not in the query (reads),
 * and the largest weight of a term; XAP_INVALID where it was not in the query. */
XAP_API xap_status xap_mset_termfreq(const xap_mset *mset, const char *term, size_t term_len,
                                     uint32_t *out, xap_error *err);
XAP_API xap_status xap_mset_termweight(const xap_mset *mset, const char *term, size_t term_len,
                                       double *out, xap_error *err);

enum {
    XAP_SNIPPET_BACKGROUND_MODEL = 1,    /* prefer uncommon words around the matches */
    XAP_SNIPPET_EXHAUSTIVE = 2,          /* do not stop at the first that will do */
    XAP_SNIPPET_EMPTY_WITHOUT_MATCH = 4, /* "" rather than a passage without a match */
    XAP_SNIPPET_CJK_NGRAM = 2048
};

/* About `length` bytes of `text` (UTF-8) where the query's terms are, escaped for HTML, each
 * match between `hi_start` and `hi_end`, `omit` where a sentence is cut. `stemmer` is the
 * name of a Snowball language, which the query's terms were stemmed by with prefix "Z", or
 * NULL for none. XAP_INVALID for an unknown one; reads. */
XAP_API xap_status xap_mset_snippet(xap_mset *mset, const char *text, size_t text_len,
                                    size_t length, const char *stemmer, unsigned flags,
                                    const char *hi_start, const char *hi_end, const char *omit,
                                    xap_bytes *out, xap_error *err);

XAP_API void xap_mset_free(xap_mset *mset);

/* ---- Relevance and expand sets ---- */

XAP_API xap_status xap_rset_new(xap_rset **out, xap_error *err);

/* Adding twice counts once. XAP_INVALID for id 0. */
XAP_API xap_status xap_rset_add(xap_rset *rset, uint32_t docid, xap_error *err);
XAP_API xap_status xap_rset_remove(xap_rset *rset, uint32_t docid, xap_error *err);
XAP_API bool xap_rset_contains(const xap_rset *rset, uint32_t docid);
XAP_API uint32_t xap_rset_size(const xap_rset *rset);
XAP_API void xap_rset_free(xap_rset *rset);

typedef struct xap_expand_term {
    xap_bytes term;
    double weight;
} xap_expand_term;

XAP_API uint32_t xap_eset_size(const xap_eset *eset);

/* Term i, from 0 for the best. XAP_INVALID where there are not so many. */
XAP_API xap_status xap_eset_item(xap_eset *eset, uint32_t i, xap_expand_term *out, xap_error *err);
XAP_API void xap_eset_free(xap_eset *eset);

/* ---- Iterators ----
 * Each begins before its first entry. _next goes on by one; at the end found is false,
 * the rest 0, and it stays so. _skip_to goes on to the first entry at or after what is
 * asked for, and never back: where the iterator stands there already, it stays. All of
 * them read, from making the iterator on. After a failure of _next or _skip_to the iterator
 * is only good to be freed: further calls are XAP_INVALID. Changing the database or
 * document it came from ends an iterator, too: what it says then is undefined. */

typedef struct xap_term_entry {
    bool found;
    uint32_t wdf;      /* in the document, or 0 */
    uint32_t termfreq; /* documents with the term, or 0 */
    xap_bytes term;    /* borrowed from the iterator */
} xap_term_entry;

/* All terms of a database that begin with a prefix, with termfreq. Terms, keys and words are
 * in byte order, except where another is named. xap_terms_skip_to is XAP_INVALID, and does
 * no harm, on the terms of a query, unique ones too, and on those matching. */
XAP_API xap_status xap_terms_all(const xap_database *db, const char *prefix, size_t prefix_len,
                                 xap_terms **out, xap_error *err);

/* The terms of document `docid`, with wdf; and with termfreq, which costs a look-up each,
 * where wanted. XAP_NOT_FOUND, XAP_UNSUPPORTED without a termlist. */
XAP_API xap_status xap_terms_of_docid(const xap_database *db, uint32_t docid, bool want_termfreq,
                                      xap_terms **out, xap_error *err);

/* The terms of a document in hand, with wdf. */
XAP_API xap_status xap_terms_of_document(const xap_document *doc, xap_terms **out, xap_error *err);

/* The query's terms that occur in a document, each once, ordered as in the query: no wdf, no
 * termfreq. XAP_NOT_FOUND. */
XAP_API xap_status xap_terms_matching(const xap_enquire *enquire, uint32_t docid, xap_terms **out,
                                      xap_error *err);

/* The terms of a query by their position in it, at the same position in byte order and each
 * once; or `unique`, each once, in byte order. */
XAP_API xap_status xap_terms_of_query(const xap_query *query, bool unique, xap_terms **out,
                                      xap_error *err);

/* Keys of metadata, words of the spelling dictionary (termfreq is the word's frequency),
 * synonyms of a term, terms that have synonyms. */
XAP_API xap_status xap_terms_metadata_keys(const xap_database *db, const char *prefix,
                                           size_t prefix_len, xap_terms **out, xap_error *err);
XAP_API xap_status xap_terms_spellings(const xap_database *db, xap_terms **out, xap_error *err);
XAP_API xap_status xap_terms_synonyms(const xap_database *db, const char *term, size_t term_len,
                                      xap_terms **out, xap_error *err);
XAP_API xap_status xap_terms_synonym_keys(const xap_database *db, const char *prefix,
                                          size_t prefix_len, xap_terms **out, xap_error *err);

XAP_API xap_status xap_terms_next(xap_terms *it, xap_term_entry *out, xap_error *err);
XAP_API xap_status xap_terms_skip_to(xap_terms *it, const char *term, size_t term_len,
                                     xap_term_entry *out, xap_error *err);
XAP_API void xap_terms_free(xap_terms *it);

typedef struct xap_posting {
    bool found;
    uint32_t docid;
    uint32_t wdf;
} xap_posting;

/* The documents that have a term, ids ascending; none for a term that the database has not
 * got. The empty term: every document, with wdf 1. */
XAP_API xap_status xap_postings_open(const xap_database *db, const char *term, size_t term_len,
                                     xap_postings **out, xap_error *err);
XAP_API xap_status xap_postings_next(xap_postings *it, xap_posting *out, xap_error *err);
XAP_API xap_status xap_postings_skip_to(xap_postings *it, uint32_t docid, xap_posting *out,
                                        xap_error *err);

/* Up to `capacity` postings at once: *n receives how many, 0 only at the end (or of capacity
 * 0). Any of the arrays may be NULL; lengths of documents cost a look-up each. */
XAP_API xap_status xap_postings_read(xap_postings *it, uint32_t *docids, uint32_t *wdfs,
                                     uint32_t *lengths, size_t capacity, size_t *n, xap_error *err);

/* Of the document the iterator stands on: its length, and its number of different terms.
 * XAP_INVALID before the first and at the end. */
XAP_API xap_status xap_postings_doclength(const xap_postings *it, uint32_t *out, xap_error *err);
XAP_API xap_status xap_postings_unique_terms(const xap_postings *it, uint32_t *out, xap_error *err);
XAP_API void xap_postings_free(xap_postings *it);

typedef struct xap_position {
    bool found;
    uint32_t position;
} xap_position;

/* The positions of a term in a document, ascending; none where there are none. Of a posting:
 * where the iterator stands, XAP_INVALID as for its length. XAP_INVALID for id 0 and for an
 * empty term; XAP_NOT_FOUND from some backends for a document that does not exist. */
XAP_API xap_status xap_positions_open(const xap_database *db, uint32_t docid, const char *term,
                                      size_t term_len, xap_positions **out, xap_error *err);
XAP_API xap_status xap_positions_of_posting(const xap_postings *it, xap_positions **out,
                                            xap_error *err);
XAP_API xap_status xap_positions_next(xap_positions *it, xap_position *out, xap_error *err);
XAP_API xap_status xap_positions_skip_to(xap_positions *it, uint32_t position, xap_position *out,
                                         xap_error *err);
XAP_API void xap_positions_free(xap_positions *it);

typedef struct xap_value_entry {
    bool found;
    uint32_t number; /* the document's id, or of xap_values_of_document the slot */
    xap_bytes value; /* borrowed from the iterator */
} xap_value_entry;

/* The values of one slot, by document id; the values of a document, by slot. */
XAP_API xap_status xap_values_of_slot(const xap_database *db, uint32_t slot, xap_values **out,
                                      xap_error *err);
XAP_API xap_status xap_values_of_document(const xap_document *doc, xap_values **out,
                                          xap_error *err);
XAP_API xap_status xap_values_next(xap_values *it, xap_value_entry *out, xap_error *err);
XAP_API xap_status xap_values_skip_to(xap_values *it, uint32_t number, xap_value_entry *out,
                                      xap_error *err);
XAP_API void xap_values_free(xap_values *it);

/* ---- Maintenance ---- */

enum {
    XAP_COMPACT_STANDARD = 0, /* one of these three: how hard to press */
    XAP_COMPACT_FULL = 1,
    XAP_COMPACT_FULLER = 2,      /* not for a database that will be changed again */
    XAP_COMPACT_NO_RENUMBER = 4, /* keep ids; those of a union's parts must not overlap */
    XAP_COMPACT_MULTIPASS = 8,   /* merge in several passes: faster, needs room */
    XAP_COMPACT_SINGLE_FILE = 16 /* `destination` becomes one file */
};

/* Writes a compact copy of a database, or of all parts of a union, to `destination`.
 * `block_size` as for xap_open_writable. XAP_INVALID where the destination is a source,
 * where ids overlap, and with uncommitted changes; XAP_DATABASE for a backend that cannot
 * be compacted and where writing fails; reads. */
XAP_API xap_status xap_database_compact(const xap_database *db, const char *destination,
                                        unsigned flags, uint32_t block_size, xap_error *err);

enum {
    XAP_CHECK_SHORT_TREE = 1,    /* say what is in the trees, in short */
    XAP_CHECK_FULL_TREE = 2,     /* in full */
    XAP_CHECK_SHOW_FREELIST = 4, /* say which blocks are free */
    XAP_CHECK_SHOW_STATS = 8,    /* say how full the trees are */
    XAP_CHECK_FIX = 16           /* repair lost base files of a chert database */
};

/* Called by xap_check for each line of what it has to say; without the newline, borrowed
 * for the call. Must not throw or jump out. */
typedef void (*xap_report_fn)(void *ctx, const char *line, size_t len);

/* Checks the database or single table at `path`. *errors receives the number of faults
 * found: look at it, since XAP_OK only says that the check came to its end. `report` may be
 * NULL, and is called at the end, also of a check that fails; `errors` is not NULL.
 * XAP_NOT_DATABASE, XAP_TOO_NEW, XAP_CORRUPT where it could not go on, XAP_UNSUPPORTED. */
XAP_API xap_status xap_check(const char *path, unsigned flags, xap_report_fn report, void *ctx,
                             size_t *errors, xap_error *err);

#ifdef __cplusplus
}
#endif

#endif
