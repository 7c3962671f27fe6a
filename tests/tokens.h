/* Tokens as text, and examples of them, for the tests of analysis/. */
#ifndef ANAM_TOKENS_H
#define ANAM_TOKENS_H

#include "testing.h"

#include "analysis/analyzer.h"
#include "base/alloc.h"

static inline struct anam_analyzer *analyzer(const char *language)
{
    struct anam_analyzer *a;
    anam_error err;
    assert_int_equal(anam_analyzer_new(&a, language, &err), ANAM_OK);
    return a;
}

static inline void append(struct anam_buffer *to, const char *bytes, size_t n)
{
    assert_true(anam_buffer_append(to, bytes, n));
    assert_true(anam_buffer_terminate(to));
}

enum shown { TERMS, PLACES };

/* "term term ..." or "term@position[start,end) ...", to be freed. */
static inline char *analyse(struct anam_analyzer *a, const char *text, size_t n, enum shown what)
{
    struct anam_buffer out = {0};
    append(&out, "", 0);
    anam_analyzer_start(a, text, n);
    struct anam_token t;
    int more;
    while ((more = anam_analyzer_next(a, &t)) == 1) {
        assert_true(t.len >= 1 && t.len <= ANAM_MAX_TERM);
        assert_int_equal(strlen(t.term), t.len);
        if (out.len > 0)
            append(&out, " ", 1);
        append(&out, t.term, t.len);
        if (what == PLACES) {
            char place[80];
            int len =
                snprintf(place, sizeof place, "@%u[%zu,%zu)", (unsigned)t.position, t.start, t.end);
            append(&out, place, (size_t)len);
        }
    }
    assert_int_equal(more, 0);
    return out.data;
}

static inline char *terms_of(const char *language, const char *text)
{
    struct anam_analyzer *a = analyzer(language);
    char *terms = analyse(a, text, strlen(text), TERMS);
    anam_analyzer_free(a);
    return terms;
}

struct example {
    const char *language;
    const char *text;
    const char *terms;
};

static inline void check(const struct example *examples, size_t n, enum shown what)
{
    for (size_t i = 0; i < n; i++) {
        struct anam_analyzer *a = analyzer(examples[i].language);
        char *got = analyse(a, examples[i].text, strlen(examples[i].text), what);
        if (strcmp(got, examples[i].terms) != 0)
            fail_msg("%s: '%s' gives '%s', want '%s'", examples[i].language, examples[i].text, got,
                     examples[i].terms);
        assert_true(anam_analyzer_bad_utf8(a) == 0);
        free(got);
        anam_analyzer_free(a);
    }
}

#define CHECK(what, ...)                                                                           \
    do {                                                                                           \
        static const struct example examples[] = {__VA_ARGS__};                                    \
        check(examples, COUNT(examples), what);                                                    \
    } while (0)

#endif
