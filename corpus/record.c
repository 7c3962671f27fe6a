#include "corpus/record.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void anam_builder_reset(struct anam_builder *b)
{
    anam_arena_reset(&b->arena);
    b->record = (anam_record)ANAM_RECORD_INIT;
    b->has_content = false;
    b->no_memory = false;
    b->bytes = 0;
    b->extra.len = 0;
}

void anam_builder_free(struct anam_builder *b)
{
    anam_arena_free(&b->arena);
    free(b->answers);
    free(b->tags);
    anam_buffer_free(&b->extra);
    *b = (struct anam_builder){0};
}

const char *anam_builder_copy(struct anam_builder *b, const char *s, size_t n)
{
    if (n == 0)
        return NULL;
    const char *copy = anam_arena_copy(&b->arena, s, n);
    if (copy)
        b->bytes += n;
    else
        b->no_memory = true;
    return copy;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

const char *anam_builder_copy_trimmed(struct anam_builder *b, const char *s, size_t n)
{
    while (n > 0 && is_space(s[n - 1]))
        n--;
    while (n > 0 && is_space(*s)) {
        s++;
        n--;
    }
    return anam_builder_copy(b, s, n);
}

void anam_builder_answer(struct anam_builder *b, const anam_answer *answer)
{
    if (!answer->text)
        return;
    size_t n = b->record.n_answers;
    if (!anam_grow(&b->answers, &b->cap_answers, n + 1, sizeof *b->answers)) {
        b->no_memory = true;
        return;
    }
    b->answers[n] = *answer;
    b->record.n_answers = n + 1;
}

void anam_builder_tag(struct anam_builder *b, const char *tag)
{
    if (!tag)
        return;
    size_t n = b->record.n_tags;
    if (!anam_grow(&b->tags, &b->cap_tags, n + 1, sizeof *b->tags)) {
        b->no_memory = true;
        return;
    }
    b->tags[n] = tag;
    b->record.n_tags = n + 1;
}

bool anam_json_append_string(struct anam_buffer *out, const char *s, size_t n)
{
    static const char named[] = "\b\f\n\r\t\"\\";
    static const char letters[] = "bfnrt\"\\";
    bool ok = anam_buffer_append(out, "\"", 1);
    size_t done = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c >= ' ' && c != '"' && c != '\\')
            continue;
        const char *at = c != 0 ? strchr(named, c) : NULL;
        char escape[8];
        if (at)
            snprintf(escape, sizeof escape, "\\%c", letters[at - named]);
        else
            snprintf(escape, sizeof escape, "\\u%04X", (unsigned)c);
        ok = ok && anam_buffer_append(out, s + done, i - done) &&
             anam_buffer_append_str(out, escape);
        done = i + 1;
    }
    return ok && anam_buffer_append(out, s + done, n - done) && anam_buffer_append(out, "\"", 1);
}

void anam_builder_extra(struct anam_builder *b, const char *key, const char *value, size_t n)
{
    if (!anam_buffer_append(&b->extra, b->extra.len == 0 ? "{" : ",", 1) ||
        !anam_json_append_string(&b->extra, key, strlen(key)) ||
        !anam_buffer_append(&b->extra, ":", 1) || !anam_json_append_string(&b->extra, value, n))
        b->no_memory = true;
}

const anam_record *anam_builder_finish(struct anam_builder *b)
{
    if (b->extra.len > 0) {
        if (!anam_buffer_append(&b->extra, "}", 1) || !anam_buffer_terminate(&b->extra))
            b->no_memory = true;
        b->bytes += b->extra.len;
        b->record.extra = b->extra.data;
    }
    b->record.answers = b->record.n_answers > 0 ? b->answers : NULL;
    b->record.tags = b->record.n_tags > 0 ? b->tags : NULL;
    /* Content that was there but empty keeps its record, with an empty question. */
    if (b->has_content && !b->record.title && !b->record.question && !b->record.text &&
        !b->record.answers)
        b->record.question = "";
    return &b->record;
}

/* clang-format off */
#define KEY(name, content) { #name, #name " is not a string", offsetof(anam_record, name), content }
/* clang-format on */

const struct anam_record_key *anam_record_key_find(const char *name)
{
    static const struct anam_record_key keys[] = {
        KEY(title, true),      KEY(question, true), KEY(text, true), KEY(source, false),
        KEY(specialty, false), KEY(date, false),    KEY(url, false), KEY(lang, false),
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (strcmp(name, keys[i].name) == 0)
            return &keys[i];
    }
    return NULL;
}

void anam_builder_set(struct anam_builder *b, const struct anam_record_key *key, const char *value)
{
    memcpy((char *)&b->record + key->offset, &value, sizeof value);
    b->has_content = b->has_content || key->content;
}

const char *anam_record_bad_id(const char *id)
{
    if (!id)
        return "no id";
    size_t n = strlen(id);
    if (n > ANAM_MAX_ID)
        return "id is longer than 512 bytes";
    for (size_t i = 0; i < n;) {
        uint32_t c;
        bool valid;
        i += anam_utf8_decode(id + i, n - i, &c, &valid);
        if (c <= ' ' || (c >= 0x7F && c <= 0xA0) || c == 0x2028 || c == 0x2029)
            return "id holds white space or a control character";
    }
    return NULL;
}
