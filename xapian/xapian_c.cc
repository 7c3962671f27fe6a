// The bindings of xapian_c.h. Each entry is a call of `guard` or `give`, behind which no
// exception gets out; the functions that are not can neither fail nor throw.
#include "xapian/xapian_c.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <xapian.h>

static_assert(sizeof(Xapian::docid) == 4 && sizeof(Xapian::termcount) == 4 &&
                  sizeof(Xapian::termpos) == 4,
              "xapian_c.h says 32 bits");

#define SAME(ours, theirs) static_assert(int(ours) == int(theirs), #ours)
SAME(XAP_BACKEND_GLASS, Xapian::DB_BACKEND_GLASS);
SAME(XAP_BACKEND_CHERT, Xapian::DB_BACKEND_CHERT);
SAME(XAP_BACKEND_STUB, Xapian::DB_BACKEND_STUB);
SAME(XAP_CREATE_OR_OPEN, Xapian::DB_CREATE_OR_OPEN);
SAME(XAP_CREATE_OR_OVERWRITE, Xapian::DB_CREATE_OR_OVERWRITE);
SAME(XAP_CREATE, Xapian::DB_CREATE);
SAME(XAP_OPEN, Xapian::DB_OPEN);
SAME(XAP_NO_SYNC, Xapian::DB_NO_SYNC);
SAME(XAP_FULL_SYNC, Xapian::DB_FULL_SYNC);
SAME(XAP_DANGEROUS, Xapian::DB_DANGEROUS);
SAME(XAP_NO_TERMLIST, Xapian::DB_NO_TERMLIST);
SAME(XAP_RETRY_LOCK, Xapian::DB_RETRY_LOCK);
SAME(XAP_OP_AND, Xapian::Query::OP_AND);
SAME(XAP_OP_OR, Xapian::Query::OP_OR);
SAME(XAP_OP_AND_NOT, Xapian::Query::OP_AND_NOT);
SAME(XAP_OP_XOR, Xapian::Query::OP_XOR);
SAME(XAP_OP_AND_MAYBE, Xapian::Query::OP_AND_MAYBE);
SAME(XAP_OP_FILTER, Xapian::Query::OP_FILTER);
SAME(XAP_OP_NEAR, Xapian::Query::OP_NEAR);
SAME(XAP_OP_PHRASE, Xapian::Query::OP_PHRASE);
SAME(XAP_OP_ELITE_SET, Xapian::Query::OP_ELITE_SET);
SAME(XAP_OP_SYNONYM, Xapian::Query::OP_SYNONYM);
SAME(XAP_OP_MAX, Xapian::Query::OP_MAX);
SAME(XAP_WILDCARD_ERROR, Xapian::Query::WILDCARD_LIMIT_ERROR);
SAME(XAP_WILDCARD_FIRST, Xapian::Query::WILDCARD_LIMIT_FIRST);
SAME(XAP_WILDCARD_MOST_FREQUENT, Xapian::Query::WILDCARD_LIMIT_MOST_FREQUENT);
SAME(XAP_SMOOTHING_TWO_STAGE, Xapian::Weight::TWO_STAGE_SMOOTHING);
SAME(XAP_SMOOTHING_DIRICHLET, Xapian::Weight::DIRICHLET_SMOOTHING);
SAME(XAP_SMOOTHING_ABSOLUTE_DISCOUNT, Xapian::Weight::ABSOLUTE_DISCOUNT_SMOOTHING);
SAME(XAP_SMOOTHING_JELINEK_MERCER, Xapian::Weight::JELINEK_MERCER_SMOOTHING);
SAME(XAP_SMOOTHING_DIRICHLET_PLUS, Xapian::Weight::DIRICHLET_PLUS_SMOOTHING);
SAME(XAP_DOCID_DESCENDING, Xapian::Enquire::DESCENDING);
SAME(XAP_DOCID_ASCENDING, Xapian::Enquire::ASCENDING);
SAME(XAP_DOCID_DONT_CARE, Xapian::Enquire::DONT_CARE);
SAME(XAP_EXPAND_INCLUDE_QUERY_TERMS, Xapian::Enquire::INCLUDE_QUERY_TERMS);
SAME(XAP_EXPAND_USE_EXACT_TERMFREQ, Xapian::Enquire::USE_EXACT_TERMFREQ);
SAME(XAP_SNIPPET_BACKGROUND_MODEL, Xapian::MSet::SNIPPET_BACKGROUND_MODEL);
SAME(XAP_SNIPPET_EXHAUSTIVE, Xapian::MSet::SNIPPET_EXHAUSTIVE);
SAME(XAP_SNIPPET_EMPTY_WITHOUT_MATCH, Xapian::MSet::SNIPPET_EMPTY_WITHOUT_MATCH);
SAME(XAP_SNIPPET_CJK_NGRAM, Xapian::MSet::SNIPPET_CJK_NGRAM);
SAME(XAP_COMPACT_STANDARD, Xapian::Compactor::STANDARD);
SAME(XAP_COMPACT_FULL, Xapian::Compactor::FULL);
SAME(XAP_COMPACT_FULLER, Xapian::Compactor::FULLER);
SAME(XAP_COMPACT_NO_RENUMBER, Xapian::DBCOMPACT_NO_RENUMBER);
SAME(XAP_COMPACT_MULTIPASS, Xapian::DBCOMPACT_MULTIPASS);
SAME(XAP_COMPACT_SINGLE_FILE, Xapian::DBCOMPACT_SINGLE_FILE);
SAME(XAP_CHECK_SHORT_TREE, Xapian::DBCHECK_SHORT_TREE);
SAME(XAP_CHECK_FULL_TREE, Xapian::DBCHECK_FULL_TREE);
SAME(XAP_CHECK_SHOW_FREELIST, Xapian::DBCHECK_SHOW_FREELIST);
SAME(XAP_CHECK_SHOW_STATS, Xapian::DBCHECK_SHOW_STATS);
SAME(XAP_CHECK_FIX, Xapian::DBCHECK_FIX);
#undef SAME

// ---- Handles ----

// `scratch` holds the bytes that were last lent.
struct xap_database {
    Xapian::Database value;
    std::string scratch{};
};

struct xap_writable {
    Xapian::WritableDatabase value;
    xap_database view; // shares its parts with value
};

struct xap_document {
    Xapian::Document value;
    std::string scratch{};
};

struct xap_query {
    Xapian::Query value;
    std::string scratch{};
};

struct xap_weight {
    std::unique_ptr<const Xapian::Weight> value;
    std::string scratch{};
};

struct xap_enquire {
    Xapian::Enquire value;
};

struct xap_mset {
    Xapian::MSet value;
    std::string scratch{};
    std::string sort_key{};
};

struct xap_rset {
    Xapian::RSet value;
};

struct xap_eset {
    Xapian::ESet value;
    std::string scratch{};
};

namespace
{

enum class Place { before, at, end, broken };

// Of an iterator over terms.
enum Shows : unsigned { shows_wdf = 1, shows_termfreq = 2, unsorted = 4 };

// Something that must live as long as what came from it.
using Keep = std::shared_ptr<const void>;

// ---- The guard ----

// Whether the exception being handled is an E.
template <class E> bool is()
{
    try {
        throw;
    } catch (const E &) {
        return true;
    } catch (...) {
        return false;
    }
}

// Subclasses stand before their parents.
const struct {
    bool (*is)();
    xap_status status;
} classes[] = {
    {is<Xapian::DatabaseVersionError>, XAP_TOO_NEW},
    {is<Xapian::DatabaseOpeningError>, XAP_NOT_DATABASE}, // and DatabaseNotFoundError
    {is<Xapian::DatabaseCorruptError>, XAP_CORRUPT},
    {is<Xapian::DatabaseLockError>, XAP_LOCKED},
    {is<Xapian::DatabaseModifiedError>, XAP_MODIFIED},
    {is<Xapian::DatabaseClosedError>, XAP_CLOSED},
    {is<Xapian::DatabaseError>, XAP_DATABASE},
    {is<Xapian::NetworkTimeoutError>, XAP_TIMEOUT},
    {is<Xapian::NetworkError>, XAP_NETWORK},
    {is<Xapian::DocNotFoundError>, XAP_NOT_FOUND},
    {is<Xapian::InvalidArgumentError>, XAP_INVALID},
    {is<Xapian::InvalidOperationError>, XAP_INVALID},
    {is<Xapian::RangeError>, XAP_INVALID},
    {is<Xapian::WildcardError>, XAP_INVALID},
    {is<Xapian::UnimplementedError>, XAP_UNSUPPORTED},
    {is<Xapian::FeatureUnavailableError>, XAP_UNSUPPORTED},
    {is<Xapian::SerialisationError>, XAP_BAD_DATA},
    {is<Xapian::QueryParserError>, XAP_BAD_DATA},
    {is<std::bad_alloc>, XAP_NO_MEMORY},
    {is<std::length_error>, XAP_NO_MEMORY},
};

xap_status status_of_exception()
{
    for (const auto &c : classes)
        if (c.is())
            return c.status;
    return XAP_INTERNAL;
}

// Xapian keeps the errno to itself, but gives the text of strerror.
int errno_of(const char *text)
{
    for (int e = 1; text && e < 200; e++)
        if (std::strcmp(std::strerror(e), text) == 0)
            return e;
    return 0;
}

void describe_exception(xap_error *err)
{
    try {
        throw;
    } catch (const Xapian::Error &e) {
        const char *system = e.get_error_string();
        err->sys = errno_of(system);
        std::snprintf(err->context, sizeof err->context, "%s", e.get_context().c_str());
        std::snprintf(err->msg, sizeof err->msg, "%s: %s%s%s", e.get_type(), e.get_msg().c_str(),
                      system ? ": " : "", system ? system : "");
    } catch (const std::exception &e) {
        std::snprintf(err->msg, sizeof err->msg, "%s", e.what());
    }
}

xap_status caught(xap_error *err) noexcept
{
    xap_status status = status_of_exception();
    if (!err)
        return status;
    *err = xap_error();
    err->code = status;
    std::snprintf(err->msg, sizeof err->msg, "%s", xap_status_name(status));
    try {
        describe_exception(err);
    } catch (...) { // not a std::exception, or no memory for more than the name
    }
    return status;
}

template <class F> xap_status guard(xap_error *err, F &&f) noexcept
{
    try {
        f();
        return XAP_OK;
    } catch (...) {
        return caught(err);
    }
}

// *out is what f returns, or nothing.
template <class T, class F> xap_status give(xap_error *err, T *out, F &&f) noexcept
{
    *out = T();
    return guard(err, [&] { *out = f(); });
}

// ---- Between C and C++ ----

// C may put any number in an enum, which C++ must not even read as one.
template <class E> int number(const E &value)
{
    static_assert(sizeof(E) == sizeof(int), "an enum of C is an int");
    int n;
    std::memcpy(&n, &value, sizeof n);
    return n;
}

template <class E> int number_in(const E &value, int first, int last)
{
    int n = number(value);
    if (n < first || n > last)
        throw Xapian::InvalidArgumentError("a number that its enum has not got");
    return n;
}

std::string str(const char *data, size_t len)
{
    return len ? std::string(data, len) : std::string();
}

xap_bytes lend(std::string &scratch, std::string &&bytes)
{
    scratch = std::move(bytes);
    return {scratch.data(), scratch.size()};
}

xap_writable *new_writable(Xapian::WritableDatabase &&db)
{
    return new xap_writable{db, {db}};
}

xap_document *new_document(Xapian::Document &&doc)
{
    return new xap_document{std::move(doc)};
}

xap_query *new_query(const Xapian::Query &query)
{
    return new xap_query{query};
}

template <class W, class... Args>
xap_status give_weight(xap_error *err, xap_weight **out, Args... args)
{
    return give(err, out, [&] { return new xap_weight{std::make_unique<W>(args...)}; });
}

// Xapian calls bytes that are too few a failure of the network.
template <class F> auto unserialise(F &&f)
{
    try {
        return f();
    } catch (const Xapian::NetworkError &e) {
        throw Xapian::SerialisationError(e.get_msg());
    }
}

template <class C> void need_index(const C &list, uint32_t i)
{
    if (i >= list.size())
        throw Xapian::RangeError("there are not so many");
}

// ---- Iterators ----

template <class It> struct Cursor {
    It it;
    Place place = Place::before;

    explicit Cursor(const It &begin) : it(begin)
    {
    }

    // Runs `move`, and stays broken if that throws. Whether there is an entry.
    template <class F> bool go(F &&move)
    {
        if (place == Place::broken)
            throw Xapian::InvalidOperationError("the iterator failed before");
        Place was = place;
        place = Place::broken;
        if (it != It())
            move(was);
        place = it == It() ? Place::end : Place::at;
        return place == Place::at;
    }

    bool next()
    {
        return go([this](Place was) {
            if (was == Place::at)
                ++it;
        });
    }

    // Xapian's own iterators over terms can go back, or to the end, for a target that lies
    // behind them.
    template <class T, class Key> bool skip_to(const T &target, Key &&key)
    {
        return go([&](Place) {
            if (key() < target)
                it.skip_to(target);
        });
    }

    void need_entry() const
    {
        if (place != Place::at)
            throw Xapian::InvalidOperationError("the iterator stands on no entry");
    }
};

} // namespace

struct xap_terms {
    Cursor<Xapian::TermIterator> cursor;
    unsigned shows;
    Keep keep;
    std::string scratch{};

    xap_term_entry entry(bool found)
    {
        xap_term_entry e = {};
        e.found = found;
        if (found) {
            e.wdf = shows & shows_wdf ? cursor.it.get_wdf() : 0;
            e.termfreq = shows & shows_termfreq ? cursor.it.get_termfreq() : 0;
            e.term = lend(scratch, *cursor.it);
        }
        return e;
    }

    bool skip_to(const std::string &term)
    {
        if (shows & unsorted)
            throw Xapian::InvalidOperationError("these terms are in no order to skip by");
        return cursor.skip_to(term, [this] { return *cursor.it; });
    }
};

struct xap_postings {
    Cursor<Xapian::PostingIterator> cursor;

    xap_posting entry(bool found) const
    {
        return found ? xap_posting{true, *cursor.it, cursor.it.get_wdf()} : xap_posting();
    }

    bool skip_to(uint32_t docid)
    {
        return cursor.skip_to(docid, [this] { return *cursor.it; });
    }
};

struct xap_positions {
    Cursor<Xapian::PositionIterator> cursor;
    Keep keep;

    xap_position entry(bool found) const
    {
        return found ? xap_position{true, *cursor.it} : xap_position();
    }

    bool skip_to(uint32_t position)
    {
        return cursor.skip_to(position, [this] { return *cursor.it; });
    }
};

struct xap_values {
    Cursor<Xapian::ValueIterator> cursor;
    bool of_document;
    std::string scratch{};

    uint32_t number() const
    {
        return of_document ? cursor.it.get_valueno() : cursor.it.get_docid();
    }

    xap_value_entry entry(bool found)
    {
        return found ? xap_value_entry{true, number(), lend(scratch, *cursor.it)}
                     : xap_value_entry();
    }

    bool skip_to(uint32_t target)
    {
        return cursor.skip_to(target, [this] { return number(); });
    }
};

static xap_terms *new_terms(const Xapian::TermIterator &begin, unsigned shows, Keep &&keep = {})
{
    return new xap_terms{Cursor<Xapian::TermIterator>(begin), shows, std::move(keep)};
}

static xap_positions *new_positions(const Xapian::PositionIterator &begin, Keep &&keep)
{
    return new xap_positions{Cursor<Xapian::PositionIterator>(begin), std::move(keep)};
}

// ---- Library ----

const char *xap_status_name(xap_status status)
{
    static const char *const names[] = {
        "ok",       "invalid",  "not found", "not a database", "too new", "corrupt",
        "locked",   "modified", "closed",    "network",        "timeout", "unsupported",
        "database", "bad data", "no memory", "internal",
    };
    unsigned i = unsigned(number(status));
    return i < sizeof names / sizeof names[0] ? names[i] : "unknown";
}

const char *xap_version_string(void)
{
    return Xapian::version_string();
}

int xap_version_major(void)
{
    return Xapian::major_version();
}

int xap_version_minor(void)
{
    return Xapian::minor_version();
}

int xap_version_revision(void)
{
    return Xapian::revision();
}

void xap_sortable_serialise(double number, char out[XAP_SORTABLE_MAX], size_t *len)
{
    *len = Xapian::sortable_serialise_(number, out);
}

// So short a string needs no memory.
double xap_sortable_unserialise(const char *data, size_t len)
{
    return Xapian::sortable_unserialise(str(data, std::min(len, size_t(XAP_SORTABLE_MAX))));
}

// ---- Opening a database to read ----

xap_status xap_open(const char *path, xap_backend backend, xap_database **out, xap_error *err)
{
    return give(err, out,
                [&] { return new xap_database{Xapian::Database(path, number(backend))}; });
}

xap_status xap_open_remote(const char *host, uint16_t port, uint32_t timeout_ms,
                           uint32_t connect_timeout_ms, xap_database **out, xap_error *err)
{
    return give(err, out, [&] {
        return new xap_database{Xapian::Remote::open(host, port, timeout_ms, connect_timeout_ms)};
    });
}

xap_status xap_open_program(const char *program, const char *args, uint32_t timeout_ms,
                            xap_database **out, xap_error *err)
{
    return give(err, out, [&] {
        return new xap_database{
            Xapian::Remote::open(std::string(program), std::string(args), timeout_ms)};
    });
}

xap_status xap_database_new(xap_database **out, xap_error *err)
{
    return give(err, out, [&] { return new xap_database{Xapian::Database()}; });
}

xap_status xap_database_add(xap_database *db, const xap_database *other, xap_error *err)
{
    return guard(err, [&] { db->value.add_database(other->value); });
}

size_t xap_database_size(const xap_database *db)
{
    return db->value.size();
}

xap_status xap_database_reopen(xap_database *db, bool *changed, xap_error *err)
{
    bool unused;
    return give(err, changed ? changed : &unused, [&] { return db->value.reopen(); });
}

xap_status xap_database_close(xap_database *db, xap_error *err)
{
    return guard(err, [&] { db->value.close(); });
}

xap_status xap_database_keep_alive(xap_database *db, xap_error *err)
{
    return guard(err, [&] { db->value.keep_alive(); });
}

void xap_database_free(xap_database *db)
{
    delete db;
}

// ---- What a database holds ----

xap_status xap_database_doccount(const xap_database *db, uint32_t *out, xap_error *err)
{
    return give(err, out, [&] { return db->value.get_doccount(); });
}

xap_status xap_database_lastdocid(const xap_database *db, uint32_t *out, xap_error *err)
{
    return give(err, out, [&] { return db->value.get_lastdocid(); });
}

xap_status xap_database_average_length(const xap_database *db, double *out, xap_error *err)
{
    return give(err, out, [&] { return db->value.get_avlength(); });
}

xap_status xap_database_total_length(const xap_database *db, uint64_t *out, xap_error *err)
{
    return give(err, out, [&] { return db->value.get_total_length(); });
}

xap_status xap_database_doclength_lower_bound(const xap_database *db, uint32_t *out, xap_error *err)
{
    return give(err, out, [&] { return db->value.get_doclength_lower_bound(); });
}

xap_status xap_database_doclength_upper_bound(const xap_database *db, uint32_t *out, xap_error *err)
{
    return give(err, out, [&] { return db->value.get_doclength_upper_bound(); });
}

xap_status xap_database_has_positions(const xap_database *db, bool *out, xap_error *err)
{
    return give(err, out, [&] { return db->value.has_positions(); });
}

xap_status xap_database_doclength(const xap_database *db, uint32_t docid, uint32_t *out,
                                  xap_error *err)
{
    return give(err, out, [&] { return db->value.get_doclength(docid); });
}

xap_status xap_database_unique_terms(const xap_database *db, uint32_t docid, uint32_t *out,
                                     xap_error *err)
{
    return give(err, out, [&] { return db->value.get_unique_terms(docid); });
}

xap_status xap_database_term_exists(const xap_database *db, const char *term, size_t term_len,
                                    bool *out, xap_error *err)
{
    return give(err, out, [&] { return db->value.term_exists(str(term, term_len)); });
}

xap_status xap_database_termfreq(const xap_database *db, const char *term, size_t term_len,
                                 uint32_t *out, xap_error *err)
{
    return give(err, out, [&] { return db->value.get_termfreq(str(term, term_len)); });
}

xap_status xap_database_collection_freq(const xap_database *db, const char *term, size_t term_len,
                                        uint32_t *out, xap_error *err)
{
    return give(err, out, [&] { return db->value.get_collection_freq(str(term, term_len)); });
}

xap_status xap_database_wdf_upper_bound(const xap_database *db, const char *term, size_t term_len,
                                        uint32_t *out, xap_error *err)
{
    return give(err, out, [&] { return db->value.get_wdf_upper_bound(str(term, term_len)); });
}

xap_status xap_database_value_freq(const xap_database *db, uint32_t slot, uint32_t *out,
                                   xap_error *err)
{
    return give(err, out, [&] { return db->value.get_value_freq(slot); });
}

xap_status xap_database_value_lower_bound(xap_database *db, uint32_t slot, xap_bytes *out,
                                          xap_error *err)
{
    return give(err, out, [&] { return lend(db->scratch, db->value.get_value_lower_bound(slot)); });
}

xap_status xap_database_value_upper_bound(xap_database *db, uint32_t slot, xap_bytes *out,
                                          xap_error *err)
{
    return give(err, out, [&] { return lend(db->scratch, db->value.get_value_upper_bound(slot)); });
}

xap_status xap_database_document(const xap_database *db, uint32_t docid, bool assume_valid,
                                 xap_document **out, xap_error *err)
{
    unsigned flags = assume_valid ? unsigned(Xapian::DOC_ASSUME_VALID) : 0;
    return give(err, out, [&] { return new_document(db->value.get_document(docid, flags)); });
}

xap_status xap_database_metadata(xap_database *db, const char *key, size_t key_len, xap_bytes *out,
                                 xap_error *err)
{
    return give(err, out,
                [&] { return lend(db->scratch, db->value.get_metadata(str(key, key_len))); });
}

xap_status xap_database_spelling(xap_database *db, const char *word, size_t word_len,
                                 uint32_t max_edit_distance, xap_bytes *out, xap_error *err)
{
    return give(err, out, [&] {
        return lend(db->scratch,
                    db->value.get_spelling_suggestion(str(word, word_len), max_edit_distance));
    });
}

// ---- Replication ----

xap_status xap_database_uuid(xap_database *db, xap_bytes *out, xap_error *err)
{
    return give(err, out, [&] { return lend(db->scratch, db->value.get_uuid()); });
}

xap_status xap_database_revision(const xap_database *db, uint64_t *out, xap_error *err)
{
    return give(err, out, [&] { return db->value.get_revision(); });
}

xap_status xap_database_locked(const xap_database *db, bool *out, xap_error *err)
{
    return give(err, out, [&] { return db->value.locked(); });
}

// ---- Opening a database to write ----

xap_status xap_open_writable(const char *path, xap_action action, unsigned flags,
                             uint32_t block_size, xap_writable **out, xap_error *err)
{
    return give(err, out, [&] {
        return new_writable(Xapian::WritableDatabase(
            path, number_in(action, XAP_CREATE_OR_OPEN, XAP_OPEN) | int(flags), int(block_size)));
    });
}

xap_status xap_open_inmemory(xap_writable **out, xap_error *err)
{
    return give(err, out, [&] {
        return new_writable(Xapian::WritableDatabase(std::string(), Xapian::DB_BACKEND_INMEMORY));
    });
}

xap_status xap_open_remote_writable(const char *host, uint16_t port, uint32_t timeout_ms,
                                    uint32_t connect_timeout_ms, unsigned flags, xap_writable **out,
                                    xap_error *err)
{
    return give(err, out, [&] {
        return new_writable(
            Xapian::Remote::open_writable(host, port, timeout_ms, connect_timeout_ms, int(flags)));
    });
}

xap_status xap_open_program_writable(const char *program, const char *args, uint32_t timeout_ms,
                                     unsigned flags, xap_writable **out, xap_error *err)
{
    return give(err, out, [&] {
        return new_writable(Xapian::Remote::open_writable(std::string(program), std::string(args),
                                                          timeout_ms, int(flags)));
    });
}

xap_database *xap_writable_as_database(xap_writable *db)
{
    return &db->view;
}

xap_status xap_writable_close(xap_writable *db, xap_error *err)
{
    return guard(err, [&] { db->value.close(); });
}

void xap_writable_free(xap_writable *db)
{
    delete db;
}

// ---- Writing ----

xap_status xap_writable_commit(xap_writable *db, xap_error *err)
{
    return guard(err, [&] { db->value.commit(); });
}

xap_status xap_writable_begin_transaction(xap_writable *db, bool flushed, xap_error *err)
{
    return guard(err, [&] { db->value.begin_transaction(flushed); });
}

xap_status xap_writable_commit_transaction(xap_writable *db, xap_error *err)
{
    return guard(err, [&] { db->value.commit_transaction(); });
}

xap_status xap_writable_cancel_transaction(xap_writable *db, xap_error *err)
{
    return guard(err, [&] { db->value.cancel_transaction(); });
}

xap_status xap_writable_add_document(xap_writable *db, const xap_document *doc, uint32_t *docid,
                                     xap_error *err)
{
    uint32_t unused;
    return give(err, docid ? docid : &unused, [&] { return db->value.add_document(doc->value); });
}

xap_status xap_writable_replace_document(xap_writable *db, uint32_t docid, const xap_document *doc,
                                         xap_error *err)
{
    return guard(err, [&] { db->value.replace_document(docid, doc->value); });
}

xap_status xap_writable_replace_by_term(xap_writable *db, const char *term, size_t term_len,
                                        const xap_document *doc, uint32_t *docid, xap_error *err)
{
    uint32_t unused;
    return give(err, docid ? docid : &unused,
                [&] { return db->value.replace_document(str(term, term_len), doc->value); });
}

xap_status xap_writable_delete_document(xap_writable *db, uint32_t docid, xap_error *err)
{
    return guard(err, [&] { db->value.delete_document(docid); });
}

xap_status xap_writable_delete_by_term(xap_writable *db, const char *term, size_t term_len,
                                       xap_error *err)
{
    return guard(err, [&] { db->value.delete_document(str(term, term_len)); });
}

xap_status xap_writable_set_metadata(xap_writable *db, const char *key, size_t key_len,
                                     const char *value, size_t value_len, xap_error *err)
{
    return guard(err, [&] { db->value.set_metadata(str(key, key_len), str(value, value_len)); });
}

xap_status xap_writable_add_spelling(xap_writable *db, const char *word, size_t word_len,
                                     uint32_t freq, xap_error *err)
{
    return guard(err, [&] { db->value.add_spelling(str(word, word_len), freq); });
}

xap_status xap_writable_remove_spelling(xap_writable *db, const char *word, size_t word_len,
                                        uint32_t freq, xap_error *err)
{
    return guard(err, [&] { db->value.remove_spelling(str(word, word_len), freq); });
}

xap_status xap_writable_add_synonym(xap_writable *db, const char *term, size_t term_len,
                                    const char *synonym, size_t synonym_len, xap_error *err)
{
    return guard(err,
                 [&] { db->value.add_synonym(str(term, term_len), str(synonym, synonym_len)); });
}

xap_status xap_writable_remove_synonym(xap_writable *db, const char *term, size_t term_len,
                                       const char *synonym, size_t synonym_len, xap_error *err)
{
    return guard(err,
                 [&] { db->value.remove_synonym(str(term, term_len), str(synonym, synonym_len)); });
}

xap_status xap_writable_clear_synonyms(xap_writable *db, const char *term, size_t term_len,
                                       xap_error *err)
{
    return guard(err, [&] { db->value.clear_synonyms(str(term, term_len)); });
}

// ---- Documents ----

xap_status xap_document_new(xap_document **out, xap_error *err)
{
    return give(err, out, [&] { return new_document(Xapian::Document()); });
}

void xap_document_free(xap_document *doc)
{
    delete doc;
}

xap_status xap_document_docid(const xap_document *doc, uint32_t *out, xap_error *err)
{
    return give(err, out, [&] { return doc->value.get_docid(); });
}

xap_status xap_document_set_data(xap_document *doc, const char *data, size_t len, xap_error *err)
{
    return guard(err, [&] { doc->value.set_data(str(data, len)); });
}

xap_status xap_document_data(xap_document *doc, xap_bytes *out, xap_error *err)
{
    return give(err, out, [&] { return lend(doc->scratch, doc->value.get_data()); });
}

xap_status xap_document_add_term(xap_document *doc, const char *term, size_t term_len, uint32_t wdf,
                                 xap_error *err)
{
    return guard(err, [&] { doc->value.add_term(str(term, term_len), wdf); });
}

xap_status xap_document_add_boolean_term(xap_document *doc, const char *term, size_t term_len,
                                         xap_error *err)
{
    return guard(err, [&] { doc->value.add_boolean_term(str(term, term_len)); });
}

xap_status xap_document_add_posting(xap_document *doc, const char *term, size_t term_len,
                                    uint32_t position, uint32_t wdf, xap_error *err)
{
    return guard(err, [&] { doc->value.add_posting(str(term, term_len), position, wdf); });
}

xap_status xap_document_remove_term(xap_document *doc, const char *term, size_t term_len,
                                    xap_error *err)
{
    return guard(err, [&] { doc->value.remove_term(str(term, term_len)); });
}

xap_status xap_document_remove_posting(xap_document *doc, const char *term, size_t term_len,
                                       uint32_t position, uint32_t wdf, xap_error *err)
{
    return guard(err, [&] { doc->value.remove_posting(str(term, term_len), position, wdf); });
}

xap_status xap_document_clear_terms(xap_document *doc, xap_error *err)
{
    return guard(err, [&] { doc->value.clear_terms(); });
}

xap_status xap_document_set_value(xap_document *doc, uint32_t slot, const char *value,
                                  size_t value_len, xap_error *err)
{
    return guard(err, [&] { doc->value.add_value(slot, str(value, value_len)); });
}

xap_status xap_document_remove_value(xap_document *doc, uint32_t slot, xap_error *err)
{
    return guard(err, [&] { doc->value.remove_value(slot); });
}

xap_status xap_document_clear_values(xap_document *doc, xap_error *err)
{
    return guard(err, [&] { doc->value.clear_values(); });
}

xap_status xap_document_value(xap_document *doc, uint32_t slot, xap_bytes *out, xap_error *err)
{
    return give(err, out, [&] { return lend(doc->scratch, doc->value.get_value(slot)); });
}

xap_status xap_document_term_count(const xap_document *doc, uint32_t *out, xap_error *err)
{
    return give(err, out, [&] { return doc->value.termlist_count(); });
}

xap_status xap_document_value_count(const xap_document *doc, uint32_t *out, xap_error *err)
{
    return give(err, out, [&] { return doc->value.values_count(); });
}

xap_status xap_document_serialise(xap_document *doc, xap_bytes *out, xap_error *err)
{
    return give(err, out, [&] { return lend(doc->scratch, doc->value.serialise()); });
}

xap_status xap_document_unserialise(const char *data, size_t len, xap_document **out,
                                    xap_error *err)
{
    return give(err, out, [&] {
        return unserialise(
            [&] { return new_document(Xapian::Document::unserialise(str(data, len))); });
    });
}

// ---- Queries ----

xap_status xap_query_term(const char *term, size_t term_len, uint32_t wqf, uint32_t position,
                          xap_query **out, xap_error *err)
{
    return give(err, out,
                [&] { return new_query(Xapian::Query(str(term, term_len), wqf, position)); });
}

xap_status xap_query_match_all(xap_query **out, xap_error *err)
{
    return give(err, out, [&] { return new_query(Xapian::Query(std::string())); });
}

xap_status xap_query_match_nothing(xap_query **out, xap_error *err)
{
    return give(err, out, [&] { return new_query(Xapian::Query()); });
}

// The operators of Xapian that take no list of queries are not of xap_op.
static Xapian::Query::op checked(const xap_op &op)
{
    int n = number_in(op, XAP_OP_AND, XAP_OP_MAX);
    if (n == 8 || n == 9 || n == 11 || n == 12)
        throw Xapian::InvalidArgumentError("not an operator of xap_op");
    return Xapian::Query::op(n);
}

xap_status xap_query_combine(xap_op op, xap_query *const *queries, size_t n, uint32_t parameter,
                             xap_query **out, xap_error *err)
{
    return give(err, out, [&] {
        std::vector<Xapian::Query> parts;
        for (size_t i = 0; i < n; i++)
            parts.push_back(queries[i]->value);
        return new_query(Xapian::Query(checked(op), parts.begin(), parts.end(), parameter));
    });
}

xap_status xap_query_scale(const xap_query *query, double factor, xap_query **out, xap_error *err)
{
    return give(err, out, [&] { return new_query(Xapian::Query(factor, query->value)); });
}

xap_status xap_query_value_range(uint32_t slot, const char *low, size_t low_len, const char *high,
                                 size_t high_len, xap_query **out, xap_error *err)
{
    return give(err, out, [&] {
        return new_query(Xapian::Query(Xapian::Query::OP_VALUE_RANGE, slot, str(low, low_len),
                                       str(high, high_len)));
    });
}

xap_status xap_query_value_ge(uint32_t slot, const char *limit, size_t limit_len, xap_query **out,
                              xap_error *err)
{
    return give(err, out, [&] {
        return new_query(Xapian::Query(Xapian::Query::OP_VALUE_GE, slot, str(limit, limit_len)));
    });
}

xap_status xap_query_value_le(uint32_t slot, const char *limit, size_t limit_len, xap_query **out,
                              xap_error *err)
{
    return give(err, out, [&] {
        return new_query(Xapian::Query(Xapian::Query::OP_VALUE_LE, slot, str(limit, limit_len)));
    });
}

xap_status xap_query_wildcard(const char *prefix, size_t prefix_len, uint32_t max_terms,
                              xap_wildcard_limit limit, xap_op combiner, xap_query **out,
                              xap_error *err)
{
    return give(err, out, [&] {
        return new_query(Xapian::Query(
            Xapian::Query::OP_WILDCARD, str(prefix, prefix_len), max_terms,
            number_in(limit, XAP_WILDCARD_ERROR, XAP_WILDCARD_MOST_FREQUENT), checked(combiner)));
    });
}

uint32_t xap_query_length(const xap_query *query)
{
    return query->value.get_length();
}

bool xap_query_is_empty(const xap_query *query)
{
    return query->value.empty();
}

xap_status xap_query_description(xap_query *query, xap_bytes *out, xap_error *err)
{
    return give(err, out, [&] { return lend(query->scratch, query->value.get_description()); });
}

xap_status xap_query_serialise(xap_query *query, xap_bytes *out, xap_error *err)
{
    return give(err, out, [&] { return lend(query->scratch, query->value.serialise()); });
}

xap_status xap_query_unserialise(const char *data, size_t len, xap_query **out, xap_error *err)
{
    return give(err, out, [&] {
        return unserialise([&] { return new_query(Xapian::Query::unserialise(str(data, len))); });
    });
}

void xap_query_free(xap_query *query)
{
    delete query;
}

// ---- Weighting schemes ----

xap_status xap_weight_bm25(double k1, double k2, double k3, double b, double min_normlen,
                           xap_weight **out, xap_error *err)
{
    return give_weight<Xapian::BM25Weight>(err, out, k1, k2, k3, b, min_normlen);
}

xap_status xap_weight_bm25plus(double k1, double k2, double k3, double b, double min_normlen,
                               double delta, xap_weight **out, xap_error *err)
{
    return give_weight<Xapian::BM25PlusWeight>(err, out, k1, k2, k3, b, min_normlen, delta);
}

xap_status xap_weight_tfidf(const char *normalizations, xap_weight **out, xap_error *err)
{
    return give_weight<Xapian::TfIdfWeight>(err, out, normalizations);
}

xap_status xap_weight_bool(xap_weight **out, xap_error *err)
{
    return give_weight<Xapian::BoolWeight>(err, out);
}

xap_status xap_weight_trad(double k, xap_weight **out, xap_error *err)
{
    return give_weight<Xapian::TradWeight>(err, out, k);
}

xap_status xap_weight_coord(xap_weight **out, xap_error *err)
{
    return give_weight<Xapian::CoordWeight>(err, out);
}

xap_status xap_weight_pl2(double c, xap_weight **out, xap_error *err)
{
    return give_weight<Xapian::PL2Weight>(err, out, c);
}

xap_status xap_weight_pl2plus(double c, double delta, xap_weight **out, xap_error *err)
{
    return give_weight<Xapian::PL2PlusWeight>(err, out, c, delta);
}

xap_status xap_weight_inl2(double c, xap_weight **out, xap_error *err)
{
    return give_weight<Xapian::InL2Weight>(err, out, c);
}

xap_status xap_weight_ifb2(double c, xap_weight **out, xap_error *err)
{
    return give_weight<Xapian::IfB2Weight>(err, out, c);
}

xap_status xap_weight_ineb2(double c, xap_weight **out, xap_error *err)
{
    return give_weight<Xapian::IneB2Weight>(err, out, c);
}

xap_status xap_weight_bb2(double c, xap_weight **out, xap_error *err)
{
    return give_weight<Xapian::BB2Weight>(err, out, c);
}

xap_status xap_weight_dlh(xap_weight **out, xap_error *err)
{
    return give_weight<Xapian::DLHWeight>(err, out);
}

xap_status xap_weight_dph(xap_weight **out, xap_error *err)
{
    return give_weight<Xapian::DPHWeight>(err, out);
}

xap_status xap_weight_lm(double log, xap_smoothing smoothing, double param1, double param2,
                         xap_weight **out, xap_error *err)
{
    return give(err, out, [&] {
        auto kind = Xapian::Weight::type_smoothing(
            number_in(smoothing, XAP_SMOOTHING_TWO_STAGE, XAP_SMOOTHING_DIRICHLET_PLUS));
        return new xap_weight{std::make_unique<Xapian::LMWeight>(log, kind, param1, param2)};
    });
}

xap_status xap_weight_name(xap_weight *weight, xap_bytes *out, xap_error *err)
{
    return give(err, out, [&] { return lend(weight->scratch, weight->value->name()); });
}

void xap_weight_free(xap_weight *weight)
{
    delete weight;
}

// ---- Searching ----

xap_status xap_enquire_new(const xap_database *db, xap_enquire **out, xap_error *err)
{
    return give(err, out, [&] { return new xap_enquire{Xapian::Enquire(db->value)}; });
}

void xap_enquire_free(xap_enquire *enquire)
{
    delete enquire;
}

xap_status xap_enquire_set_query(xap_enquire *enquire, const xap_query *query, uint32_t length,
                                 xap_error *err)
{
    return guard(err, [&] { enquire->value.set_query(query->value, length); });
}

xap_status xap_enquire_set_weight(xap_enquire *enquire, const xap_weight *weight, xap_error *err)
{
    return guard(err, [&] { enquire->value.set_weighting_scheme(*weight->value); });
}

xap_status xap_enquire_set_cutoff(xap_enquire *enquire, int percent, double weight, xap_error *err)
{
    return guard(err, [&] { enquire->value.set_cutoff(percent, weight); });
}

xap_status xap_enquire_set_collapse(xap_enquire *enquire, uint32_t slot, uint32_t max,
                                    xap_error *err)
{
    return guard(err, [&] { enquire->value.set_collapse_key(slot, max); });
}

xap_status xap_enquire_set_docid_order(xap_enquire *enquire, xap_docid_order order, xap_error *err)
{
    return guard(err, [&] {
        enquire->value.set_docid_order(Xapian::Enquire::docid_order(
            number_in(order, XAP_DOCID_DESCENDING, XAP_DOCID_DONT_CARE)));
    });
}

xap_status xap_enquire_set_sort(xap_enquire *enquire, xap_sort sort, uint32_t slot, bool reverse,
                                xap_error *err)
{
    return guard(err, [&] {
        Xapian::Enquire &e = enquire->value;
        switch (number_in(sort, XAP_SORT_RELEVANCE, XAP_SORT_RELEVANCE_VALUE)) {
        case XAP_SORT_VALUE:
            return e.set_sort_by_value(slot, reverse);
        case XAP_SORT_VALUE_RELEVANCE:
            return e.set_sort_by_value_then_relevance(slot, reverse);
        case XAP_SORT_RELEVANCE_VALUE:
            return e.set_sort_by_relevance_then_value(slot, reverse);
        default:
            return e.set_sort_by_relevance();
        }
    });
}

xap_status xap_enquire_set_time_limit(xap_enquire *enquire, double seconds, xap_error *err)
{
    return guard(err, [&] { enquire->value.set_time_limit(seconds); });
}

xap_status xap_enquire_set_expansion(xap_enquire *enquire, const char *scheme, double k,
                                     xap_error *err)
{
    return guard(err, [&] { enquire->value.set_expansion_scheme(scheme, k); });
}

xap_status xap_enquire_mset(xap_enquire *enquire, uint32_t first, uint32_t max_items,
                            uint32_t check_at_least, const xap_rset *rset, xap_mset **out,
                            xap_error *err)
{
    return give(err, out, [&] {
        return new xap_mset{enquire->value.get_mset(first, max_items, check_at_least,
                                                    rset ? &rset->value : nullptr)};
    });
}

xap_status xap_enquire_eset(xap_enquire *enquire, uint32_t max_items, const xap_rset *rset,
                            unsigned flags, double min_weight, xap_eset **out, xap_error *err)
{
    return give(err, out, [&] {
        return new xap_eset{
            enquire->value.get_eset(max_items, rset->value, int(flags), nullptr, min_weight)};
    });
}

// ---- Match sets ----

uint32_t xap_mset_size(const xap_mset *mset)
{
    return mset->value.size();
}

xap_status xap_mset_hit(xap_mset *mset, uint32_t i, xap_hit *out, xap_error *err)
{
    return give(err, out, [&] {
        need_index(mset->value, i);
        Xapian::MSetIterator hit = mset->value[i];
        return xap_hit{*hit,
                       hit.get_rank(),
                       hit.get_collapse_count(),
                       hit.get_percent(),
                       hit.get_weight(),
                       lend(mset->scratch, hit.get_collapse_key()),
                       lend(mset->sort_key, hit.get_sort_key())};
    });
}

xap_status xap_mset_document(const xap_mset *mset, uint32_t i, xap_document **out, xap_error *err)
{
    return give(err, out, [&] {
        need_index(mset->value, i);
        return new_document(mset->value[i].get_document());
    });
}

// Xapian 1.4 reads out of bounds when a set that does not begin with the first hit is
// fetched. It is only a hint.
xap_status xap_mset_fetch(const xap_mset *mset, xap_error *err)
{
    return guard(err, [&] {
        if (mset->value.get_firstitem() == 0)
            mset->value.fetch();
    });
}

uint32_t xap_mset_matches_lower_bound(const xap_mset *mset)
{
    return mset->value.get_matches_lower_bound();
}

uint32_t xap_mset_matches_estimated(const xap_mset *mset)
{
    return mset->value.get_matches_estimated();
}

uint32_t xap_mset_matches_upper_bound(const xap_mset *mset)
{
    return mset->value.get_matches_upper_bound();
}

uint32_t xap_mset_uncollapsed_lower_bound(const xap_mset *mset)
{
    return mset->value.get_uncollapsed_matches_lower_bound();
}

uint32_t xap_mset_uncollapsed_estimated(const xap_mset *mset)
{
    return mset->value.get_uncollapsed_matches_estimated();
}

uint32_t xap_mset_uncollapsed_upper_bound(const xap_mset *mset)
{
    return mset->value.get_uncollapsed_matches_upper_bound();
}

double xap_mset_max_possible(const xap_mset *mset)
{
    return mset->value.get_max_possible();
}

double xap_mset_max_attained(const xap_mset *mset)
{
    return mset->value.get_max_attained();
}

xap_status xap_mset_termfreq(const xap_mset *mset, const char *term, size_t term_len, uint32_t *out,
                             xap_error *err)
{
    return give(err, out, [&] { return mset->value.get_termfreq(str(term, term_len)); });
}

xap_status xap_mset_termweight(const xap_mset *mset, const char *term, size_t term_len, double *out,
                               xap_error *err)
{
    return give(err, out, [&] { return mset->value.get_termweight(str(term, term_len)); });
}

xap_status xap_mset_snippet(xap_mset *mset, const char *text, size_t text_len, size_t length,
                            const char *stemmer, unsigned flags, const char *hi_start,
                            const char *hi_end, const char *omit, xap_bytes *out, xap_error *err)
{
    return give(err, out, [&] {
        Xapian::Stem stem = stemmer ? Xapian::Stem(stemmer) : Xapian::Stem();
        return lend(mset->scratch, mset->value.snippet(str(text, text_len), length, stem, flags,
                                                       hi_start, hi_end, omit));
    });
}

void xap_mset_free(xap_mset *mset)
{
    delete mset;
}

// ---- Relevance and expand sets ----

xap_status xap_rset_new(xap_rset **out, xap_error *err)
{
    return give(err, out, [&] { return new xap_rset{Xapian::RSet()}; });
}

xap_status xap_rset_add(xap_rset *rset, uint32_t docid, xap_error *err)
{
    return guard(err, [&] { rset->value.add_document(docid); });
}

xap_status xap_rset_remove(xap_rset *rset, uint32_t docid, xap_error *err)
{
    return guard(err, [&] { rset->value.remove_document(docid); });
}

bool xap_rset_contains(const xap_rset *rset, uint32_t docid)
{
    return rset->value.contains(docid);
}

uint32_t xap_rset_size(const xap_rset *rset)
{
    return rset->value.size();
}

void xap_rset_free(xap_rset *rset)
{
    delete rset;
}

uint32_t xap_eset_size(const xap_eset *eset)
{
    return eset->value.size();
}

xap_status xap_eset_item(xap_eset *eset, uint32_t i, xap_expand_term *out, xap_error *err)
{
    return give(err, out, [&] {
        need_index(eset->value, i);
        Xapian::ESetIterator item = eset->value[i];
        return xap_expand_term{lend(eset->scratch, *item), item.get_weight()};
    });
}

void xap_eset_free(xap_eset *eset)
{
    delete eset;
}

// ---- Iterators ----

xap_status xap_terms_all(const xap_database *db, const char *prefix, size_t prefix_len,
                         xap_terms **out, xap_error *err)
{
    return give(err, out, [&] {
        return new_terms(db->value.allterms_begin(str(prefix, prefix_len)), shows_termfreq);
    });
}

xap_status xap_terms_of_docid(const xap_database *db, uint32_t docid, bool want_termfreq,
                              xap_terms **out, xap_error *err)
{
    unsigned shows = shows_wdf | (want_termfreq ? shows_termfreq : 0U);
    return give(err, out, [&] { return new_terms(db->value.termlist_begin(docid), shows); });
}

xap_status xap_terms_of_document(const xap_document *doc, xap_terms **out, xap_error *err)
{
    return give(err, out, [&] {
        return new_terms(doc->value.termlist_begin(), shows_wdf,
                         std::make_shared<Xapian::Document>(doc->value));
    });
}

xap_status xap_terms_matching(const xap_enquire *enquire, uint32_t docid, xap_terms **out,
                              xap_error *err)
{
    return give(err, out, [&] {
        return new_terms(enquire->value.get_matching_terms_begin(docid), unsorted);
    });
}

xap_status xap_terms_of_query(const xap_query *query, bool unique, xap_terms **out, xap_error *err)
{
    return give(err, out, [&] {
        const Xapian::Query &q = query->value;
        return new_terms(unique ? q.get_unique_terms_begin() : q.get_terms_begin(), unsorted);
    });
}

xap_status xap_terms_metadata_keys(const xap_database *db, const char *prefix, size_t prefix_len,
                                   xap_terms **out, xap_error *err)
{
    return give(err, out, [&] {
        return new_terms(db->value.metadata_keys_begin(str(prefix, prefix_len)), 0);
    });
}

xap_status xap_terms_spellings(const xap_database *db, xap_terms **out, xap_error *err)
{
    return give(err, out, [&] { return new_terms(db->value.spellings_begin(), shows_termfreq); });
}

xap_status xap_terms_synonyms(const xap_database *db, const char *term, size_t term_len,
                              xap_terms **out, xap_error *err)
{
    return give(err, out,
                [&] { return new_terms(db->value.synonyms_begin(str(term, term_len)), 0); });
}

xap_status xap_terms_synonym_keys(const xap_database *db, const char *prefix, size_t prefix_len,
                                  xap_terms **out, xap_error *err)
{
    return give(err, out, [&] {
        return new_terms(db->value.synonym_keys_begin(str(prefix, prefix_len)), 0);
    });
}

xap_status xap_terms_next(xap_terms *it, xap_term_entry *out, xap_error *err)
{
    return give(err, out, [&] { return it->entry(it->cursor.next()); });
}

xap_status xap_terms_skip_to(xap_terms *it, const char *term, size_t term_len, xap_term_entry *out,
                             xap_error *err)
{
    return give(err, out, [&] { return it->entry(it->skip_to(str(term, term_len))); });
}

void xap_terms_free(xap_terms *it)
{
    delete it;
}

xap_status xap_postings_open(const xap_database *db, const char *term, size_t term_len,
                             xap_postings **out, xap_error *err)
{
    return give(err, out, [&] {
        return new xap_postings{
            Cursor<Xapian::PostingIterator>(db->value.postlist_begin(str(term, term_len)))};
    });
}

xap_status xap_postings_next(xap_postings *it, xap_posting *out, xap_error *err)
{
    return give(err, out, [&] { return it->entry(it->cursor.next()); });
}

xap_status xap_postings_skip_to(xap_postings *it, uint32_t docid, xap_posting *out, xap_error *err)
{
    return give(err, out, [&] { return it->entry(it->skip_to(docid)); });
}

xap_status xap_postings_read(xap_postings *it, uint32_t *docids, uint32_t *wdfs, uint32_t *lengths,
                             size_t capacity, size_t *n, xap_error *err)
{
    return give(err, n, [&] {
        size_t i = 0;
        for (; i < capacity && it->cursor.next(); i++) {
            if (docids)
                docids[i] = *it->cursor.it;
            if (wdfs)
                wdfs[i] = it->cursor.it.get_wdf();
            if (lengths)
                lengths[i] = it->cursor.it.get_doclength();
        }
        return i;
    });
}

xap_status xap_postings_doclength(const xap_postings *it, uint32_t *out, xap_error *err)
{
    return give(err, out, [&] {
        it->cursor.need_entry();
        return it->cursor.it.get_doclength();
    });
}

xap_status xap_postings_unique_terms(const xap_postings *it, uint32_t *out, xap_error *err)
{
    return give(err, out, [&] {
        it->cursor.need_entry();
        return it->cursor.it.get_unique_terms();
    });
}

void xap_postings_free(xap_postings *it)
{
    delete it;
}

xap_status xap_positions_open(const xap_database *db, uint32_t docid, const char *term,
                              size_t term_len, xap_positions **out, xap_error *err)
{
    return give(err, out, [&] {
        return new_positions(db->value.positionlist_begin(docid, str(term, term_len)),
                             std::make_shared<Xapian::Database>(db->value));
    });
}

xap_status xap_positions_of_posting(const xap_postings *it, xap_positions **out, xap_error *err)
{
    return give(err, out, [&] {
        it->cursor.need_entry();
        return new_positions(it->cursor.it.positionlist_begin(),
                             std::make_shared<Xapian::PostingIterator>(it->cursor.it));
    });
}

xap_status xap_positions_next(xap_positions *it, xap_position *out, xap_error *err)
{
    return give(err, out, [&] { return it->entry(it->cursor.next()); });
}

xap_status xap_positions_skip_to(xap_positions *it, uint32_t position, xap_position *out,
                                 xap_error *err)
{
    return give(err, out, [&] { return it->entry(it->skip_to(position)); });
}

void xap_positions_free(xap_positions *it)
{
    delete it;
}

xap_status xap_values_of_slot(const xap_database *db, uint32_t slot, xap_values **out,
                              xap_error *err)
{
    return give(err, out, [&] {
        return new xap_values{Cursor<Xapian::ValueIterator>(db->value.valuestream_begin(slot)),
                              false};
    });
}

xap_status xap_values_of_document(const xap_document *doc, xap_values **out, xap_error *err)
{
    return give(err, out, [&] {
        return new xap_values{Cursor<Xapian::ValueIterator>(doc->value.values_begin()), true};
    });
}

xap_status xap_values_next(xap_values *it, xap_value_entry *out, xap_error *err)
{
    return give(err, out, [&] { return it->entry(it->cursor.next()); });
}

xap_status xap_values_skip_to(xap_values *it, uint32_t number, xap_value_entry *out, xap_error *err)
{
    return give(err, out, [&] { return it->entry(it->skip_to(number)); });
}

void xap_values_free(xap_values *it)
{
    delete it;
}

// ---- Maintenance ----

xap_status xap_database_compact(const xap_database *db, const char *destination, unsigned flags,
                                uint32_t block_size, xap_error *err)
{
    return guard(err, [&] {
        Xapian::Database source(db->value);
        source.compact(destination, flags, int(block_size));
    });
}

static void report_lines(std::istream &text, xap_report_fn report, void *ctx)
{
    for (std::string line; std::getline(text, line);)
        report(ctx, line.data(), line.size());
}

xap_status xap_check(const char *path, unsigned flags, xap_report_fn report, void *ctx,
                     size_t *errors, xap_error *err)
{
    *errors = 0;
    return guard(err, [&] {
        std::stringstream text;
        try {
            *errors = Xapian::Database::check(path, int(flags), report ? &text : nullptr);
        } catch (...) {
            if (report)
                report_lines(text, report, ctx);
            throw;
        }
        if (report)
            report_lines(text, report, ctx);
    });
}
