#include "index/record.h"

#include "base/bytes.h"

#include <string.h>

enum tag {
    TAG_ID = 1,
    TAG_TITLE,
    TAG_QUESTION,
    TAG_TEXT,
    TAG_ANSWER,
    TAG_ANSWER_AUTHOR,
    TAG_ANSWER_ROLE,
    TAG_ANSWER_DATE,
    TAG_ANSWER_EXTRA,
    TAG_SPECIALTY,
    TAG_TAG,
    TAG_ASKER_SEX,
    TAG_ASKER_EXTRA,
    TAG_DATE,
    TAG_URL,
    TAG_SOURCE,
    TAG_LANG,
    TAG_EXTRA,
    TAG_NUMBERS = 64,
    TAG_AGE_MIN = TAG_NUMBERS,
    TAG_AGE_MAX
};

/* NULL is left out. */
static bool put(struct anam_buffer *out, enum tag tag, const char *s)
{
    if (!s)
        return true;
    unsigned char byte = (unsigned char)tag;
    size_t n = strlen(s);
    return anam_buffer_append(out, &byte, 1) && anam_buffer_append_varint(out, n) &&
           anam_buffer_append(out, s, n + 1);
}

static bool put_age(struct anam_buffer *out, enum tag tag, int32_t age)
{
    unsigned char byte = (unsigned char)tag;
    return age < 0 || (anam_buffer_append(out, &byte, 1) &&
                       anam_buffer_append_varint(out, (unsigned long long)age));
}

bool anam_record_encode(const anam_record *r, struct anam_buffer *out)
{
    bool ok = put(out, TAG_ID, r->id) && put(out, TAG_TITLE, r->title) &&
              put(out, TAG_QUESTION, r->question) && put(out, TAG_TEXT, r->text);
    for (size_t i = 0; i < r->n_answers && ok; i++) {
        const anam_answer *a = &r->answers[i];
        ok = put(out, TAG_ANSWER, a->text ? a->text : "") &&
             put(out, TAG_ANSWER_AUTHOR, a->author) && put(out, TAG_ANSWER_ROLE, a->role) &&
             put(out, TAG_ANSWER_DATE, a->date) && put(out, TAG_ANSWER_EXTRA, a->extra);
    }
    ok = ok && put(out, TAG_SPECIALTY, r->specialty);
    for (size_t i = 0; i < r->n_tags && ok; i++)
        ok = put(out, TAG_TAG, r->tags[i]);
    return ok && put(out, TAG_ASKER_SEX, r->asker.sex) &&
           put_age(out, TAG_AGE_MIN, r->asker.age_min) &&
           put_age(out, TAG_AGE_MAX, r->asker.age_max) &&
           put(out, TAG_ASKER_EXTRA, r->asker.extra) && put(out, TAG_DATE, r->date) &&
           put(out, TAG_URL, r->url) && put(out, TAG_SOURCE, r->source) &&
           put(out, TAG_LANG, r->lang) && put(out, TAG_EXTRA, r->extra);
}

/* Reads one item; *text is NULL for a number. */
static bool next_item(struct anam_cursor *c, unsigned *tag, const char **text, uint64_t *number)
{
    *tag = anam_cursor_u8(c);
    *number = anam_cursor_varint(c);
    *text = NULL;
    if (*tag < TAG_NUMBERS) {
        const unsigned char *s = anam_cursor_bytes(c, *number);
        const unsigned char *nul = anam_cursor_bytes(c, 1);
        if (!s || !nul || *nul != 0)
            return false;
        *text = (const char *)s;
    }
    return !c->bad;
}

static bool count(const unsigned char *bytes, size_t n, size_t *answers, size_t *tags)
{
    struct anam_cursor c = anam_cursor_over(bytes, n);
    unsigned tag;
    const char *text;
    uint64_t number;
    *answers = *tags = 0;
    while (anam_cursor_left(&c) > 0) {
        if (!next_item(&c, &tag, &text, &number))
            return false;
        *answers += tag == TAG_ANSWER;
        *tags += tag == TAG_TAG;
    }
    return true;
}

/* Where a string item goes, NULL for an unknown one. */
static const char **slot(anam_record *r, anam_answer *answer, unsigned tag)
{
    switch (tag) {
    case TAG_ID:
        return &r->id;
    case TAG_TITLE:
        return &r->title;
    case TAG_QUESTION:
        return &r->question;
    case TAG_TEXT:
        return &r->text;
    case TAG_ANSWER_AUTHOR:
        return answer ? &answer->author : NULL;
    case TAG_ANSWER_ROLE:
        return answer ? &answer->role : NULL;
    case TAG_ANSWER_DATE:
        return answer ? &answer->date : NULL;
    case TAG_ANSWER_EXTRA:
        return answer ? &answer->extra : NULL;
    case TAG_SPECIALTY:
        return &r->specialty;
    case TAG_ASKER_SEX:
        return &r->asker.sex;
    case TAG_ASKER_EXTRA:
        return &r->asker.extra;
    case TAG_DATE:
        return &r->date;
    case TAG_URL:
        return &r->url;
    case TAG_SOURCE:
        return &r->source;
    case TAG_LANG:
        return &r->lang;
    case TAG_EXTRA:
        return &r->extra;
    default:
        return NULL;
    }
}

anam_status anam_record_decode(const unsigned char *bytes, size_t n, struct anam_arena *arena,
                               anam_record *record)
{
    *record = (anam_record)ANAM_RECORD_INIT;
    size_t n_answers;
    size_t n_tags;
    if (!count(bytes, n, &n_answers, &n_tags))
        return ANAM_DAMAGED;
    /* More than a record may have, and memory that is a multiple of its bytes. */
    if (n_answers > ANAM_MAX_RECORD / ANAM_ANSWER_BYTES ||
        n_tags > ANAM_MAX_RECORD / ANAM_TAG_BYTES)
        return ANAM_DAMAGED;
    anam_answer *answers = anam_arena_array(arena, n_answers, sizeof *answers);
    const char **tags = anam_arena_array(arena, n_tags, sizeof *tags);
    if (!answers || !tags)
        return ANAM_NO_MEMORY;
    struct anam_cursor c = anam_cursor_over(bytes, n);
    while (anam_cursor_left(&c) > 0) {
        unsigned tag;
        const char *text;
        uint64_t number;
        if (!next_item(&c, &tag, &text, &number))
            return ANAM_DAMAGED;
        if (tag == TAG_ANSWER) {
            answers[record->n_answers++].text = text;
        } else if (tag == TAG_TAG) {
            tags[record->n_tags++] = text;
        } else if (tag == TAG_AGE_MIN) {
            record->asker.age_min = (int32_t)(number & INT32_MAX);
        } else if (tag == TAG_AGE_MAX) {
            record->asker.age_max = (int32_t)(number & INT32_MAX);
        } else if (tag < TAG_NUMBERS) {
            anam_answer *last = record->n_answers > 0 ? &answers[record->n_answers - 1] : NULL;
            const char **to = slot(record, last, tag);
            if (to)
                *to = text;
        }
    }
    record->answers = answers;
    record->tags = tags;
    return record->id ? ANAM_OK : ANAM_DAMAGED;
}

size_t anam_field_strings(const anam_record *record, int field)
{
    return field == ANAM_FIELD_QUESTION ? 2 : record->n_answers + 1;
}

const char *anam_field_string(const anam_record *record, int field, size_t i)
{
    if (field == ANAM_FIELD_QUESTION)
        return i == 0 ? record->title : record->question;
    return i < record->n_answers ? record->answers[i].text : record->text;
}
