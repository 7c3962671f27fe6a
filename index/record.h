/* A record as bytes in the document store. docs/FORMAT.md, "documents". */
#ifndef ANAM_RECORD_H
#define ANAM_RECORD_H

#include "anamnesis.h"
#include "base/alloc.h"

/* What an answer and a tag count of ANAM_MAX_RECORD besides their strings. */
enum { ANAM_ANSWER_BYTES = 16, ANAM_TAG_BYTES = 4 };

/* Appends the record's encoding. false without memory. */
bool anam_record_encode(const anam_record *record, struct anam_buffer *out);

/* Decodes into *record. Strings point into bytes[0..n), which must stay; the arrays
 * come from the arena. ANAM_DAMAGED (without file and offset: the caller knows them),
 * ANAM_NO_MEMORY. */
anam_status anam_record_decode(const unsigned char *bytes, size_t n, struct anam_arena *arena,
                               anam_record *record);

/* The strings that a scored field consists of: how many, and string i, from 0, which is
 * NULL where the record lacks it. */
size_t anam_field_strings(const anam_record *record, int field);
const char *anam_field_string(const anam_record *record, int field, size_t i);

#endif
