/* Facts about an index as lines of text, `key value`, closed by their checksum. */
#ifndef ANAM_LINES_H
#define ANAM_LINES_H

#include "anamnesis.h"

#include <stdbool.h>

/* Reads the line `key value` at *at and moves on; the value is cut off in place. NULL
 * where the line has another key. */
char *anam_line(char **at, const char *key);

/* A whole number of digits only, at most `max`. `text` may be NULL: false. */
bool anam_line_number(const char *text, uint64_t max, uint64_t *v);

/* Whether all values are within their ranges; and what to say if not. */
#define ANAM_SETTINGS_RANGES                                                                       \
    "a setting is out of range: k1 0 to 1000, b 0 to 1, weights 0 to 1000, a known scorer"
bool anam_settings_valid(const anam_settings *s);

/* The lines of the settings, one each: reads them at *at; prints them and returns how
 * many bytes that took, `room` or more where they do not fit. */
bool anam_settings_parse(anam_settings *s, char **at);
size_t anam_settings_print(const anam_settings *s, char *text, size_t room);

/* Appends the line with the checksum of text[0..n), NUL-terminated; the new length, or 0
 * where it does not fit. */
size_t anam_lines_seal(char *text, size_t n, size_t room);

/* Verifies that line of a text of n bytes and takes it off. */
bool anam_lines_unseal(char *text, size_t n);

#endif
