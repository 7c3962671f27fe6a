/* Writes JSON to stdout, one value after the other, on one line. Strings are
 * repaired to valid UTF-8; control characters are escaped, those of U+0080 to
 * U+009F too, so that JSON on a terminal is harmless. */
#ifndef ANAM_CLI_JSON_WRITER_H
#define ANAM_CLI_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise. Whether the next value needs a comma before it is all the state
 * that is needed: brackets are the caller's to pair. */
struct json_writer {
    bool comma;
};

/* Each of these writes a value; with a key other than NULL, a member of an object. */
void jw_object(struct json_writer *w, const char *key);
void jw_array(struct json_writer *w, const char *key);
void jw_bytes(struct json_writer *w, const char *key, const char *s, size_t n);
void jw_string(struct json_writer *w, const char *key, const char *s); /* none where s is NULL */
void jw_count(struct json_writer *w, const char *key, uint64_t n);
void jw_float(struct json_writer *w, const char *key, float x);   /* 9 digits */
void jw_double(struct json_writer *w, const char *key, double x); /* as few as read back the same */
void jw_true(struct json_writer *w, const char *key);
void jw_null(struct json_writer *w, const char *key);

void jw_object_end(struct json_writer *w);
void jw_array_end(struct json_writer *w);

/* Writes the members of the JSON object text `object` (NULL is fine) as members of
 * the object being written, as they stand. Members whose key is one of `taken`
 * (ended by NULL) would be there twice: they go into an object "extra" of their own.
 * Nothing is written where the text is not an object. */
void jw_members(struct json_writer *w, const char *object, const char *const *taken);

/* Ends the line. */
void jw_line_end(struct json_writer *w);

#endif
