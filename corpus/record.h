/* Puts one anam_record together from the parts a reader finds. */
#ifndef ANAM_CORPUS_RECORD_H
#define ANAM_CORPUS_RECORD_H

#include "anamnesis.h"
#include "base/alloc.h"

#include <stdbool.h>

/* The record being built. {0} and a reset begin one; everything in it lives until
 * the next reset. Lack of memory is remembered in no_memory and checked once, when
 * the record is given away (corpus/reader.h). */
struct anam_builder {
    struct anam_arena arena;
    anam_record record;
    bool has_content; /* title, question, answer or text was there, if only as "" */
    bool no_memory;
    size_t bytes; /* of all strings */
    anam_answer *answers;
    size_t cap_answers;
    const char **tags;
    size_t cap_tags;
    struct anam_buffer extra; /* a JSON object without its last brace */
};

void anam_builder_reset(struct anam_builder *b);
void anam_builder_free(struct anam_builder *b); /* back to {0} */

/* A copy of n bytes in the record's memory; NULL for an empty string (which means
 * absent) and without memory. */
const char *anam_builder_copy(struct anam_builder *b, const char *s, size_t n);
/* The same without white space at both ends. */
const char *anam_builder_copy_trimmed(struct anam_builder *b, const char *s, size_t n);

/* Adds an answer; it is dropped where text is NULL: there would be nothing to show. */
void anam_builder_answer(struct anam_builder *b, const anam_answer *answer);
/* Adds a tag unless it is NULL. */
void anam_builder_tag(struct anam_builder *b, const char *tag);

/* Adds `key`: `value` (n bytes) to the record's extra, as a JSON string; no two calls may
 * name the same key. Not together with setting record.extra. */
void anam_builder_extra(struct anam_builder *b, const char *key, const char *value, size_t n);

/* Appends n bytes of UTF-8 as a JSON string, escaped as jansson does it; false without memory. */
bool anam_json_append_string(struct anam_buffer *out, const char *s, size_t n);

/* Completes the record; borrowed until the next reset. */
const anam_record *anam_builder_finish(struct anam_builder *b);

/* A string member of anam_record that formats know by name. */
struct anam_record_key {
    const char *name;
    const char *not_a_string; /* reason to reject a value of another type */
    size_t offset;            /* in anam_record */
    bool content;             /* one of those of which a record needs one */
};

/* Among title, question, text, specialty, date, url, source, lang; NULL if none. */
const struct anam_record_key *anam_record_key_find(const char *name);

/* Sets that member; NULL is fine. */
void anam_builder_set(struct anam_builder *b, const struct anam_record_key *key, const char *value);

/* NULL where the id keeps the rules, else the static reason why not: 1 to
 * ANAM_MAX_ID bytes, no white space or control character. id may be NULL. */
const char *anam_record_bad_id(const char *id);

#endif
