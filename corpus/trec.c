/* TREC text: <DOC> ... </DOC> with a <DOCNO>. It looks like SGML and is not: there is
 * no root, text holds bare & and <, and tags are scanned for, not parsed. TITLE, HEAD
 * and HEADLINE are the title, all other text is the body. */
#include "corpus/format.h"

#include "base/utf8.h"

#include <string.h>
#include <strings.h>

enum { MAX_TAG = 1000 }; /* a < without > within about so many bytes is text */

struct trec {
    struct anam_reader *reader;
    struct anam_buffer doc; /* what stands between <DOC> and </DOC> */
    uint64_t doc_line;      /* where <DOC> stands; 0 outside */
    bool too_large;         /* no more is collected */
    bool stray;             /* text outside a DOC was complained about */
    struct anam_buffer id;
    struct anam_buffer title;
    struct anam_buffer text;
};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct tag {
    const char *name; /* behind < or </ */
    size_t name_len;
    size_t len; /* of the whole tag; 0: no tag */
    bool closes;
};

/* The tag that begins at s[0] == '<'; comments and <!...> too, without a name. */
static struct tag scan_tag(const char *s, size_t n)
{
    struct tag tag = {0};
    size_t i = 1;
    if (i < n && s[i] == '/') {
        tag.closes = true;
        i++;
    }
    if (i >= n || !(is_letter(s[i]) || (!tag.closes && (s[i] == '!' || s[i] == '?'))))
        return tag;
    tag.name = s + i;
    while (i < n && s[i] != '>' && s[i] != '<' && !is_space(s[i]))
        i++;
    tag.name_len = (size_t)(s + i - tag.name);
    while (i < n && i < MAX_TAG && s[i] != '>' && s[i] != '<')
        i++;
    if (i < n && s[i] == '>')
        tag.len = i + 1;
    return tag;
}

static bool is_tag(const struct tag *tag, const char *name)
{
    return tag->len > 0 && tag->name_len == strlen(name) &&
           strncasecmp(tag->name, name, tag->name_len) == 0;
}

/* ---- One DOC ---- */

/* Decodes the entity at s[0] == '&' into out (4 bytes), its length into *out_len;
 * returns the bytes it takes, 0 where it is none. */
static size_t scan_entity(const char *s, size_t n, char *out, size_t *out_len)
{
    static const struct {
        const char *name;
        char c;
    } names[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t len = strlen(names[i].name);
        if (n >= len && strncasecmp(s, names[i].name, len) == 0) {
            out[0] = names[i].c;
            *out_len = 1;
            return len;
        }
    }
    if (n < 4 || s[1] != '#')
        return 0;
    bool hex = s[2] == 'x' || s[2] == 'X';
    size_t first = hex ? 3 : 2;
    size_t i = first;
    uint32_t code = 0;
    for (; i < n && i < first + 8 && s[i] != ';'; i++) {
        char c = s[i];
        bool digit = c >= '0' && c <= '9';
        bool letter = hex && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
        if (!digit && !letter)
            return 0;
        code = code * (hex ? 16 : 10) + (uint32_t)(digit ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    if (i == first || i >= n || s[i] != ';')
        return 0;
    if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
        code = 0xFFFD;
    *out_len = anam_utf8_encode(code, out);
    return i + 1;
}

/* Where text goes while the innermost open of these tags is `tag`. */
static struct anam_buffer *buffer_of(struct trec *t, const struct tag *tag)
{
    if (is_tag(tag, "DOCNO"))
        return &t->id;
    if (is_tag(tag, "TITLE") || is_tag(tag, "HEAD") || is_tag(tag, "HEADLINE"))
        return &t->title;
    return NULL;
}

static bool append_text(struct anam_buffer *to, const char *s, size_t n)
{
    size_t i = 0;
    while (i < n) {
        const char *amp = memchr(s + i, '&', n - i);
        size_t plain = amp ? (size_t)(amp - s) - i : n - i;
        if (!anam_buffer_append(to, s + i, plain))
            return false;
        i += plain;
        if (i == n)
            break;
        char c[4] = "&";
        size_t c_len = 1;
        size_t len = scan_entity(s + i, n - i, c, &c_len);
        if (!anam_buffer_append(to, c, c_len))
            return false;
        i += len > 0 ? len : 1;
    }
    return true;
}

/* A tag parts words: "<P>red<P>dots" is two. */
static bool append_gap(struct anam_buffer *to)
{
    return to->len == 0 || is_space(to->data[to->len - 1]) || anam_buffer_append(to, " ", 1);
}

static bool split_doc(struct trec *t)
{
    const char *s = t->doc.data;
    size_t n = t->doc.len;
    struct anam_buffer *to = &t->text;
    t->id.len = t->title.len = t->text.len = 0;
    size_t start = 0;
    for (size_t i = 0; i < n; i++) {
        const char *open = memchr(s + i, '<', n - i);
        i = open ? (size_t)(open - s) : n;
        struct tag tag = {0};
        if (open)
            tag = scan_tag(open, n - i);
        if (open && tag.len == 0)
            continue;
        if (!append_text(to, s + start, i - start) || !append_gap(to))
            return false;
        struct anam_buffer *other = buffer_of(t, &tag);
        if (other)
            to = tag.closes ? &t->text : other;
        start = i + tag.len;
        i = open ? start - 1 : n;
    }
    return start >= n || append_text(to, s + start, n - start);
}

static anam_status give_doc(struct trec *t)
{
    uint64_t line = t->doc_line;
    t->doc_line = 0;
    if (t->too_large)
        return anam_reader_reject(t->reader, line, ANAM_REASON_TOO_LARGE, NULL);
    if (!split_doc(t))
        return anam_fail_memory(t->reader->err);
    struct anam_builder *b = &t->reader->builder;
    anam_builder_reset(b);
    b->record.id = anam_builder_copy_trimmed(b, t->id.data, t->id.len);
    if (!b->record.id && !b->no_memory)
        return anam_reader_reject(t->reader, line, "no DOCNO", "the DOC has no DOCNO");
    b->record.title = anam_builder_copy_trimmed(b, t->title.data, t->title.len);
    b->record.text = anam_builder_copy_trimmed(b, t->text.data, t->text.len);
    b->has_content = b->record.title || b->record.text;
    return anam_reader_give(t->reader, line);
}

/* ---- Lines ---- */

static anam_status reject_unclosed(struct trec *t, uint64_t nested_line)
{
    uint64_t line = t->doc_line;
    t->doc_line = 0;
    if (nested_line > 0)
        return anam_reader_reject(t->reader, nested_line, "DOC within a DOC",
                                  "<DOC> within the <DOC> of line %llu", (unsigned long long)line);
    return anam_reader_reject(t->reader, line, "DOC without </DOC>", "<DOC> without </DOC>");
}

/* A run of text between DOCs is complained about once. Lone tags, such as a root
 * element that somebody put around, are passed over. */
static anam_status outside(struct trec *t, const char *s, size_t n, uint64_t line)
{
    while (n > 0 && is_space(s[n - 1]))
        n--;
    while (n > 0 && is_space(*s)) {
        s++;
        n--;
    }
    if (n == 0 || t->stray || (*s == '<' && scan_tag(s, n).len == n))
        return ANAM_OK;
    t->stray = true;
    return anam_reader_reject(t->reader, line, "text outside a DOC", "text outside a <DOC>");
}

static anam_status collect(struct trec *t, const char *s, size_t n, uint64_t line)
{
    if (t->doc_line == 0)
        return outside(t, s, n, line);
    t->too_large = t->too_large || n > ANAM_MAX_LINE - t->doc.len;
    if (!t->too_large && !anam_buffer_append(&t->doc, s, n))
        return anam_fail_memory(t->reader->err);
    return ANAM_OK;
}

static anam_status open_doc(struct trec *t, uint64_t line)
{
    anam_status status = t->doc_line > 0 ? reject_unclosed(t, line) : ANAM_OK;
    t->doc_line = line;
    t->doc.len = 0;
    t->too_large = t->stray = false;
    return status;
}

static anam_status close_doc(struct trec *t, uint64_t line)
{
    if (t->doc_line > 0)
        return give_doc(t);
    if (t->stray)
        return ANAM_OK;
    t->stray = true;
    return anam_reader_reject(t->reader, line, "</DOC> without DOC", "</DOC> without <DOC>");
}

static anam_status take_line(struct trec *t, const struct anam_line *line)
{
    const char *s = line->text;
    size_t n = line->len;
    anam_status status = ANAM_OK;
    size_t start = 0;
    for (size_t i = 0; i < n && status == ANAM_OK; i++) {
        const char *open = memchr(s + i, '<', n - i);
        if (!open)
            break;
        i = (size_t)(open - s);
        struct tag tag = scan_tag(open, n - i);
        if (!is_tag(&tag, "DOC"))
            continue;
        status = collect(t, s + start, i - start, line->number);
        if (status == ANAM_OK)
            status = tag.closes ? close_doc(t, line->number) : open_doc(t, line->number);
        start = i + tag.len;
        i = start - 1;
    }
    if (status == ANAM_OK)
        status = collect(t, s + start, n - start, line->number);
    t->too_large = t->too_large || (line->too_long && t->doc_line > 0);
    return status;
}

static anam_status read_trec(struct anam_reader *r)
{
    struct trec t = {.reader = r};
    anam_status status;
    for (;;) {
        struct anam_line line;
        status = anam_input_line(r->in, &line, r->err);
        if (status != ANAM_OK || !line.text)
            break;
        status = take_line(&t, &line);
        if (status != ANAM_OK)
            break;
    }
    if (status == ANAM_OK && t.doc_line > 0)
        status = reject_unclosed(&t, 0);
    anam_buffer_free(&t.doc);
    anam_buffer_free(&t.id);
    anam_buffer_free(&t.title);
    anam_buffer_free(&t.text);
    return status;
}

static bool sniff_trec(const char *head, size_t n)
{
    size_t i = 0;
    while (i < n && is_space(head[i]))
        i++;
    if (i == n || head[i] != '<')
        return false;
    struct tag tag = scan_tag(head + i, n - i);
    return is_tag(&tag, "DOC") && !tag.closes;
}

const struct anam_format anam_format_trec = {"trec", sniff_trec, read_trec};
