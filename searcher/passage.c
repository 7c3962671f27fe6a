#include "searcher/passage.h"

#include "analysis/fold.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

struct match {
    size_t start;
    size_t end;
    size_t term; /* of the plan */
};

static bool find_matches(const struct anam_passage_maker *m, const char *source, size_t n,
                         struct match **matches, size_t *count)
{
    size_t cap = 0;
    struct anam_token token;
    int got;
    anam_analyzer_start(m->analyzer, source, n);
    while ((got = anam_analyzer_next(m->analyzer, &token)) > 0) {
        size_t term = anam_plan_find(m->plan, token.term, token.len);
        if (term == m->plan->n)
            continue;
        if (!anam_grow(matches, &cap, *count + 1, sizeof **matches))
            return false;
        (*matches)[(*count)++] = (struct match){token.start, token.end, term};
    }
    return got == 0;
}

/* The run of matches within the aimed length that is worth most; the first of equals.
 * A window slides over the matches while seen[] counts the terms inside. */
static void best_run(const struct anam_passage_maker *m, const struct match *matches, size_t count,
                     size_t *first, size_t *last, double *worth)
{
    size_t *seen = m->seen;
    size_t from = 0;
    double sum = 0;
    *first = *last = 0;
    *worth = 0;
    for (size_t to = 0; to < count; to++) {
        if (seen[matches[to].term]++ == 0)
            sum += m->weights[matches[to].term];
        for (; from < to && matches[to].end - matches[from].start > m->bytes; from++)
            if (--seen[matches[from].term] == 0)
                sum -= m->weights[matches[from].term];
        if (sum > *worth * (1 + 1e-9)) {
            *worth = sum;
            *first = from;
            *last = to;
        }
    }
    for (size_t i = from; i < count; i++)
        seen[matches[i].term] = 0;
}

static bool is_word_byte(const char *s, size_t n, size_t i)
{
    if (i >= n)
        return false;
    uint32_t c;
    bool valid;
    anam_utf8_decode(s + i, n - i, &c, &valid);
    return valid && anam_char_kind(c) != ANAM_CHAR_OTHER;
}

static bool is_boundary(const char *s, size_t n, size_t i)
{
    if (i == 0 || i >= n)
        return true;
    if (((unsigned char)s[i] & 0xC0) == 0x80)
        return false;
    size_t before = i - 1;
    while (before > 0 && ((unsigned char)s[before] & 0xC0) == 0x80)
        before--;
    return !is_word_byte(s, n, before) || !is_word_byte(s, n, i);
}

static bool ends_sentence(const char *s, size_t i)
{
    return (s[i] == '.' || s[i] == '?' || s[i] == '!') &&
           (s[i + 1] == ' ' || s[i + 1] == '\n' || s[i + 1] == '\0');
}

static size_t skip_space(const char *s, size_t i, size_t end)
{
    while (i < end && (unsigned char)s[i] <= ' ')
        i++;
    return i;
}

/* Where a passage whose first match is at `match` begins: at its sentence if that is
 * within reach, else at a word. */
static size_t begin_of(const char *s, size_t n, size_t match, size_t reach)
{
    size_t lowest = match > reach ? match - reach : 0;
    for (size_t i = match; i > lowest; i--)
        if (s[i - 1] == '\n' || ends_sentence(s, i - 1))
            return skip_space(s, i, match);
    if (lowest == 0)
        return skip_space(s, 0, match);
    size_t near = match > reach / 3 ? match - reach / 3 : 0;
    while (near < match && !is_boundary(s, n, near))
        near++;
    return skip_space(s, near, match);
}

static size_t trim(const char *s, size_t least, size_t end)
{
    while (end > least && (unsigned char)s[end - 1] <= ' ')
        end--;
    return end;
}

/* Where it ends, behind `must` and at most at `limit` if that is possible: at the last
 * end of a sentence that leaves at least `enough`, else at a word. */
static size_t end_of(const char *s, size_t n, size_t must, size_t enough, size_t limit)
{
    if (limit >= n)
        return trim(s, must, n);
    for (size_t i = limit; i > enough && i > must; i--)
        if (ends_sentence(s, i - 1))
            return trim(s, must, i);
    size_t end = limit;
    while (end > must && !is_boundary(s, n, end))
        end--;
    return trim(s, must, end);
}

static anam_range range_of(const struct anam_passage_maker *m, const char *source, size_t n,
                           const struct match *first, const struct match *last)
{
    if (m->bytes == 0 || n <= m->bytes)
        return (anam_range){0, n};
    size_t span = first ? last->end - first->start : 0;
    size_t spare = m->bytes > span ? m->bytes - span : 0;
    size_t start = first ? begin_of(source, n, first->start, spare) : 0;
    size_t must = first ? last->end : start;
    size_t limit = start + m->bytes;
    size_t end = end_of(source, n, must, start + m->bytes / 2, limit > must ? limit : must);
    if (end == start) { /* one word longer than the passage: cut between characters */
        for (end = limit; end > start && ((unsigned char)source[end] & 0xC0) == 0x80;)
            end--;
    }
    return (anam_range){start, end};
}

anam_status anam_passage_make(const struct anam_passage_maker *m, const char *source,
                              anam_passage *passage, double *worth, anam_error *err)
{
    *passage = (anam_passage){.source = source};
    *worth = 0;
    if (!source)
        return ANAM_OK;
    size_t n = strlen(source);
    struct match *matches = NULL;
    size_t count = 0;
    size_t first = 0;
    size_t last = 0;
    anam_status status = ANAM_OK;
    if (!find_matches(m, source, n, &matches, &count)) {
        status = anam_fail_memory(err);
        goto cleanup;
    }
    if (count > 0)
        best_run(m, matches, count, &first, &last, worth);
    passage->range = count > 0 ? range_of(m, source, n, &matches[first], &matches[last])
                               : range_of(m, source, n, NULL, NULL);
    anam_range *marks = anam_arena_array(m->arena, count, sizeof *marks);
    if (!marks) {
        status = anam_fail_memory(err);
        goto cleanup;
    }
    for (size_t i = 0; i < count; i++)
        if (matches[i].start >= passage->range.start && matches[i].end <= passage->range.end)
            marks[passage->n_marks++] = (anam_range){matches[i].start, matches[i].end};
    passage->marks = marks;
cleanup:
    free(matches);
    return status;
}
