/* MedQuAD, the XML of Ben Abacha and Demner-Fushman (BMC Bioinformatics 20:511,
 * 2019): a file is a Document with a Focus, its topic, and QAPairs. Each pair is a
 * record SOURCE_DOCUMENT-PID. Pairs whose answer was withheld stay, without one. */
#include "corpus/format.h"

#include <expat.h>
#include <string.h>
#include <strings.h>

/* Document's attributes and its Focus are copied into each of its records, so that
 * they must not be large. */
enum { MAX_DEPTH = 256, MAX_ATTRIBUTE = 4096, MAX_FOCUS = 64 << 10 };

struct medquad {
    struct anam_reader *reader;
    XML_Parser parser;
    anam_status status;      /* what a handler failed with */
    const char *reason;      /* why a handler gave the file up; static */
    uint64_t reason_line;    /* and where */
    int depth;               /* open elements */
    int capture;             /* depth of the element whose text is collected, or 0 */
    bool in_pair;            /* its record is in the builder */
    uint64_t pair_line;      /* where it begins */
    struct anam_arena attrs; /* of Document */
    const char *id;
    const char *source;
    const char *url;
    struct anam_buffer focus;
    struct anam_buffer text; /* of the element being collected */
};

static uint64_t here(const struct medquad *m)
{
    return XML_GetCurrentLineNumber(m->parser);
}

static bool stopped(const struct medquad *m)
{
    return m->status != ANAM_OK || m->reason;
}

static void stop(struct medquad *m, anam_status status, const char *reason)
{
    m->status = status;
    m->reason = reason;
    m->reason_line = here(m);
    XML_StopParser(m->parser, XML_FALSE);
}

static const char *attribute(const XML_Char **attrs, const char *name)
{
    for (; *attrs; attrs += 2) {
        if (strcmp(attrs[0], name) == 0)
            return attrs[1];
    }
    return NULL;
}

static void start_document(struct medquad *m, const char *name, const XML_Char **attrs)
{
    if (strcmp(name, "Document") != 0) {
        stop(m, ANAM_OK, "the root element is not Document");
        return;
    }
    const char *const names[] = {"id", "source", "url"};
    const char **const to[] = {&m->id, &m->source, &m->url};
    for (size_t i = 0; i < 3; i++) {
        const char *value = attribute(attrs, names[i]);
        if (!value || !*value)
            continue;
        if (strlen(value) > MAX_ATTRIBUTE) {
            stop(m, ANAM_OK, "an attribute of Document is longer than 4096 bytes");
            return;
        }
        *to[i] = anam_arena_copy(&m->attrs, value, strlen(value));
        if (!*to[i]) {
            stop(m, anam_fail_memory(m->reader->err), NULL);
            return;
        }
    }
}

static bool has_suffix(const char *s, size_t n, const char *suffix)
{
    size_t len = strlen(suffix);
    return n > len && strncasecmp(s + n - len, suffix, len) == 0;
}

/* The document's part of an id. Some files of CancerGov share one document id and
 * are told apart by their name alone, as 0000013_2_1.xml and 0000013_2_2.xml. */
static const char *document_name(const struct medquad *m, size_t *n)
{
    const char *path = m->reader->path;
    const char *slash = strrchr(path, '/');
    const char *stem = slash ? slash + 1 : path;
    size_t len = strlen(stem);
    if (has_suffix(stem, len, ".gz"))
        len -= 3;
    if (has_suffix(stem, len, ".xml"))
        len -= 4;
    if (!m->id) {
        *n = len;
        return stem;
    }
    size_t id_len = strlen(m->id);
    bool longer = len > id_len && strncmp(stem, m->id, id_len) == 0 && stem[id_len] == '_';
    *n = longer ? len : id_len;
    return longer ? stem : m->id;
}

static void start_pair(struct medquad *m, const XML_Char **attrs)
{
    struct anam_builder *b = &m->reader->builder;
    anam_builder_reset(b);
    m->in_pair = true;
    m->pair_line = here(m);
    const char *pid = attribute(attrs, "pid");
    size_t n;
    const char *document = document_name(m, &n);
    if (!pid || !*pid) {
        stop(m, ANAM_OK, "a QAPair has no pid");
        return;
    }
    struct anam_buffer id = {0};
    bool ok = (!m->source ||
               (anam_buffer_append_str(&id, m->source) && anam_buffer_append(&id, "_", 1))) &&
              anam_buffer_append(&id, document, n) && anam_buffer_append(&id, "-", 1) &&
              anam_buffer_append_str(&id, pid);
    if (ok)
        b->record.id = anam_builder_copy(b, id.data, id.len);
    anam_buffer_free(&id);
    if (!ok)
        stop(m, anam_fail_memory(m->reader->err), NULL);
}

static void on_start(void *ctx, const XML_Char *name, const XML_Char **attrs)
{
    struct medquad *m = ctx;
    if (stopped(m))
        return;
    if (++m->depth > MAX_DEPTH) {
        stop(m, ANAM_OK, "elements are nested too deeply");
    } else if (m->depth == 1) {
        start_document(m, name, attrs);
    } else if (m->capture > 0) {
        return;
    } else if (strcmp(name, "QAPair") == 0) {
        if (m->in_pair)
            stop(m, ANAM_OK, "a QAPair within a QAPair");
        else
            start_pair(m, attrs);
    } else if (strcmp(name, m->in_pair ? "Question" : "Focus") == 0 ||
               (m->in_pair && strcmp(name, "Answer") == 0)) {
        m->capture = m->depth;
        m->text.len = 0;
        const char *type = attribute(attrs, "qtype");
        if (m->in_pair && type && m->reader->builder.extra.len == 0)
            anam_builder_extra(&m->reader->builder, "qtype", type, strlen(type));
    }
}

static void on_text(void *ctx, const XML_Char *s, int n)
{
    struct medquad *m = ctx;
    if (m->capture > 0 && !stopped(m) && !anam_buffer_append(&m->text, s, (size_t)n))
        stop(m, anam_fail_memory(m->reader->err), NULL);
}

static void end_capture(struct medquad *m, const char *name)
{
    struct anam_builder *b = &m->reader->builder;
    m->capture = 0;
    if (strcmp(name, "Focus") == 0) {
        m->focus.len = 0;
        if (m->text.len > MAX_FOCUS)
            stop(m, ANAM_OK, "the Focus is longer than 64 KiB");
        else if (!anam_buffer_append(&m->focus, m->text.data, m->text.len))
            stop(m, anam_fail_memory(m->reader->err), NULL);
        return;
    }
    b->has_content = true;
    const char *text = anam_builder_copy_trimmed(b, m->text.data, m->text.len);
    if (strcmp(name, "Question") == 0)
        b->record.question = text;
    else
        anam_builder_answer(b, &(anam_answer){.text = text});
}

static void end_pair(struct medquad *m)
{
    struct anam_builder *b = &m->reader->builder;
    m->in_pair = false;
    b->record.title = anam_builder_copy_trimmed(b, m->focus.data, m->focus.len);
    b->has_content = b->has_content || b->record.title;
    if (m->source)
        b->record.source = anam_builder_copy(b, m->source, strlen(m->source));
    if (m->url)
        b->record.url = anam_builder_copy(b, m->url, strlen(m->url));
    anam_status status = anam_reader_give(m->reader, m->pair_line);
    if (status != ANAM_OK)
        stop(m, status, NULL);
}

static void on_end(void *ctx, const XML_Char *name)
{
    struct medquad *m = ctx;
    if (stopped(m))
        return;
    if (m->capture == m->depth)
        end_capture(m, name);
    else if (m->capture == 0 && m->in_pair && strcmp(name, "QAPair") == 0)
        end_pair(m);
    m->depth--;
}

/* A few declared entities can expand to gigabytes, and MedQuAD declares none: the
 * first declaration ends the file, before anything can use it. */
static void on_entity(void *ctx, const XML_Char *name, int is_parameter, const XML_Char *value,
                      int value_len, const XML_Char *base, const XML_Char *system_id,
                      const XML_Char *public_id, const XML_Char *notation)
{
    (void)name, (void)is_parameter, (void)value, (void)value_len, (void)base;
    (void)system_id, (void)public_id, (void)notation;
    struct medquad *m = ctx;
    if (!stopped(m))
        stop(m, ANAM_OK, "an entity is declared, which is refused");
}

/* Nor does it declare attributes, whose default would come again with every element. */
static void on_attributes(void *ctx, const XML_Char *element, const XML_Char *name,
                          const XML_Char *type, const XML_Char *value, int is_required)
{
    (void)element, (void)name, (void)type, (void)is_required;
    struct medquad *m = ctx;
    if (value && !stopped(m))
        stop(m, ANAM_OK, "an attribute is declared with a default, which is refused");
}

/* Whether the XML declaration names an encoding that is not UTF-8 (nor ASCII): then
 * expat must have the bytes as they are. */
static bool other_encoding(const char *head, size_t n)
{
    static const char *const utf8[] = {"utf-8", "us-ascii", "ascii", "utf8"};
    static const char key[] = "encoding";
    const char *end = n > 5 && memcmp(head, "<?xml", 5) == 0 ? memchr(head, '>', n) : NULL;
    for (const char *s = head; end && s + sizeof key < end; s++) {
        if (memcmp(s, key, sizeof key - 1) != 0)
            continue;
        s += sizeof key - 1;
        while (s < end && strchr(" \t\r\n=\"'", *s))
            s++;
        for (size_t i = 0; i < sizeof utf8 / sizeof utf8[0]; i++) {
            /* `end` is a > and stops the comparison before the text does. */
            if (strncasecmp(s, utf8[i], strlen(utf8[i])) == 0)
                return false;
        }
        return true;
    }
    return false;
}

static anam_status parse(struct medquad *m, const struct anam_line *all)
{
    XML_SetUserData(m->parser, m);
    XML_SetElementHandler(m->parser, on_start, on_end);
    XML_SetCharacterDataHandler(m->parser, on_text);
    XML_SetEntityDeclHandler(m->parser, on_entity);
    XML_SetAttlistDeclHandler(m->parser, on_attributes);
    /* At one go: piecewise, expat scans a long token again with every piece. */
    enum XML_Status result = XML_Parse(m->parser, all->text, (int)all->len, XML_TRUE);
    if (m->status != ANAM_OK)
        return m->status;
    if (m->reason)
        return anam_reader_reject(m->reader, m->reason_line, m->reason, NULL);
    enum XML_Error code = XML_GetErrorCode(m->parser);
    if (result == XML_STATUS_OK)
        return ANAM_OK;
    if (code == XML_ERROR_NO_MEMORY)
        return anam_fail_memory(m->reader->err);
    return anam_reader_reject(m->reader, here(m), "not well-formed XML", "%s",
                              XML_ErrorString(code));
}

static anam_status read_medquad(struct anam_reader *r)
{
    size_t n;
    const char *head = anam_input_head(r->in, &n);
    bool repair = !other_encoding(head, n);
    struct anam_line all;
    anam_status status = anam_input_rest(r->in, repair, &all, r->err);
    if (status != ANAM_OK)
        return status;
    if (all.too_long)
        return anam_reader_reject(r, 0, "XML file larger than 64 MiB", NULL);
    struct medquad m = {.reader = r, .parser = XML_ParserCreate(repair ? "UTF-8" : NULL)};
    status = m.parser ? parse(&m, &all) : anam_fail_memory(r->err);
    if (m.parser)
        XML_ParserFree(m.parser);
    anam_arena_free(&m.attrs);
    anam_buffer_free(&m.focus);
    anam_buffer_free(&m.text);
    return status;
}

/* The blank or the < before the name of the root element, which a DOCTYPE names too;
 * n where it is not in these bytes. */
static size_t find_root(const char *head, size_t n)
{
    static const char doctype[] = "<!DOCTYPE ";
    size_t i = 0;
    for (;;) {
        while (i < n && strchr(" \t\r\n", head[i]) && head[i])
            i++;
        if (i + 1 >= n || head[i] != '<' || (head[i + 1] != '?' && head[i + 1] != '!'))
            return i;
        if (n - i > sizeof doctype && memcmp(head + i, doctype, sizeof doctype - 1) == 0)
            return i + sizeof doctype - 2;
        bool comment = n - i >= 4 && memcmp(head + i, "<!--", 4) == 0;
        while (i < n && !(head[i] == '>' && (!comment || memcmp(head + i - 2, "--", 2) == 0)))
            i++;
        if (i == n)
            return n;
        i++;
    }
}

static bool sniff_medquad(const char *head, size_t n)
{
    static const char root[] = "Document";
    const size_t len = sizeof root - 1;
    size_t i = find_root(head, n);
    if (n - i > len + 1)
        return (head[i] == '<' || head[i] == ' ') && memcmp(head + i + 1, root, len) == 0 &&
               strchr(" \t\r\n/>[", head[i + 1 + len]) != NULL;
    /* Too much before it: the parser will see. */
    return n >= ANAM_INPUT_HEAD && memcmp(head, "<?xml", 5) == 0;
}

const struct anam_format anam_format_medquad = {"medquad", sniff_medquad, read_medquad};
